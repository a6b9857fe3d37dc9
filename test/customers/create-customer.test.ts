import { type Command, type CustomerView, createSimulator, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, attempt, type Fact, given, type Refusal } from '../support/given.js'
import { aCustomer, clock, customer, NOW, view } from './support.js'

const world = given({ now: NOW })

const create = (params: object = {}): Command => ({ type: 'CreateCustomer', params }) as Command

/** The customer that the parameters make, in a world that has nothing yet. */
const made = (params: object): CustomerView =>
  accepted(world().world, create(params)).result as CustomerView

const ADDRESS = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

describe('CreateCustomer', () => {
  it('answers what the live API answered to the same parameters', () => {
    const params = {
      email: 's06@conformance.stripeapi.invalid',
      description: 'scenario 06',
      name: 'Six',
      metadata: { probe: 's06' },
    }
    const { id, invoice_prefix, ...rest } = made(params)
    expect(id).toMatch(/^cus_[0-9A-Za-z]{14}$/)
    expect(invoice_prefix).toMatch(/^[0-9A-Z]{8}$/)
    expect(rest).toStrictEqual({
      object: 'customer',
      address: null,
      balance: 0,
      created: NOW,
      currency: null,
      customer_account: null,
      default_source: null,
      delinquent: false,
      description: 'scenario 06',
      discount: null,
      email: 's06@conformance.stripeapi.invalid',
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
      livemode: false,
      metadata: { probe: 's06' },
      name: 'Six',
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock: null,
    })
  })

  it('records one fact, which holds the whole customer', () => {
    const { events, result } = accepted(world().world, create())
    const { id, invoice_prefix } = result as CustomerView
    expect(events).toStrictEqual([
      { type: 'CustomerCreated', at: NOW, customer: aCustomer({ id, invoice_prefix }) },
    ])
  })

  it('completes an address, a shipping address and rendering options with null', () => {
    const params = {
      address: { city: 'Bern', country: 'CH' },
      shipping: { address: { line1: 'Gasse 1' }, name: 'Ada' },
      invoice_settings: {
        custom_fields: [{ name: 'PO', value: '7' }],
        footer: 'Thanks',
        rendering_options: { amount_tax_display: 'exclude_tax' },
      },
    }
    expect(made(params)).toMatchObject({
      address: { ...ADDRESS, city: 'Bern', country: 'CH' },
      shipping: { address: { ...ADDRESS, line1: 'Gasse 1' }, name: 'Ada', phone: null },
      invoice_settings: {
        custom_fields: [{ name: 'PO', value: '7' }],
        default_payment_method: null,
        footer: 'Thanks',
        rendering_options: { amount_tax_display: 'exclude_tax', template: null },
      },
    })
  })

  it('shows the names of a business and an individual where they are set, and only there', () => {
    expect(made({ business_name: 'Ada & Co', individual_name: 'Ada' })).toMatchObject({
      business_name: 'Ada & Co',
      individual_name: 'Ada',
    })
    expect(made({ business_name: '', individual_name: '' })).not.toHaveProperty('business_name')
    expect(made({})).not.toHaveProperty('individual_name')
  })

  it('takes empty strings for parameters that are not set', () => {
    const params = {
      address: '',
      description: '',
      email: '',
      metadata: '',
      name: '',
      phone: '',
      preferred_locales: '',
      shipping: '',
      tax_exempt: '',
    }
    const { id, invoice_prefix, ...rest } = made(params)
    const { id: _id, invoice_prefix: _prefix, ...blank } = view()
    expect(rest).toStrictEqual(blank)
  })

  it('reads the strings of a form body', () => {
    const params = {
      next_invoice_sequence: '7',
      preferred_locales: { 0: 'de', 1: 'fr' },
      metadata: { n: 3 },
    }
    expect(made(params)).toMatchObject({
      next_invoice_sequence: 7,
      preferred_locales: ['de', 'fr'],
      metadata: { n: '3' },
    })
  })

  it('gives every customer an id and an invoice prefix of its own', () => {
    const sim = createSimulator()
    const all = Array.from({ length: 500 }, () => sim.run({ type: 'CreateCustomer' }))
    expect(new Set(all.map(({ id }) => id)).size).toBe(500)
    expect(new Set(all.map(({ invoice_prefix }) => invoice_prefix)).size).toBe(500)
  })

  it('draws another invoice prefix where the first is taken', () => {
    const drawn = (past: Fact) =>
      (accepted(world(past).world, create()).result as CustomerView).invoice_prefix
    const free = drawn(customer({ invoice_prefix: 'OTHER' }))
    expect(drawn(customer({ invoice_prefix: free }))).toMatch(/^[0-9A-Z]{8}$/)
    expect(drawn(customer({ invoice_prefix: free }))).not.toBe(free)
  })

  it('puts the customer on a test clock, created at its frozen time', () => {
    const { events, result } = accepted(
      world(clock(NOW - 86_400)).world,
      create({ test_clock: 'clock_1' }),
    )
    expect(result).toMatchObject({ test_clock: 'clock_1', created: NOW - 86_400 })
    expect(events).toMatchObject([{ type: 'CustomerCreated', at: NOW - 86_400, clock: 'clock_1' }])
  })

  it('takes an invoice prefix of 1 to 12 characters', () => {
    expect(made({ invoice_prefix: 'A' }).invoice_prefix).toBe('A')
    expect(made({ invoice_prefix: 'ABCDEFGHIJ12' }).invoice_prefix).toBe('ABCDEFGHIJ12')
  })

  it('takes texts at their full lengths', () => {
    const params = {
      name: 'n'.repeat(256),
      email: `${'e'.repeat(500)}@example.com`,
      phone: '1'.repeat(20),
      business_name: 'b'.repeat(150),
      individual_name: 'i'.repeat(150),
      description: 'd'.repeat(5_000),
    }
    expect(made(params)).toMatchObject(params)
  })

  it('takes metadata at its limits: 50 keys of 40 characters, values of 500', () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [String(at).padStart(40, 'k'), 'v'.repeat(500)]),
    )
    expect(made({ metadata }).metadata).toEqual(metadata)
  })

  it('keeps metadata under names that objects have by themselves', () => {
    const metadata = JSON.parse('{"__proto__":"a","constructor":"b"}')
    const kept = made({ metadata }).metadata
    expect(Object.entries(kept)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })
})

describe('CreateCustomer refuses', () => {
  const prefixForm = 'Invoice number prefix must be 1–12 uppercase letters or numbers.'
  const tooLong = (param: string, length: number, max: number): Refusal => ({
    code: 'parameter_invalid_string',
    param,
    message: `Invalid string: ${'x'.repeat(Math.min(length, 100))}${length > 100 ? '...' : ''}; must be at most ${max} characters`,
  })
  const cases: readonly (readonly [string, object, Refusal])[] = [
    [
      'an unknown parameter',
      { nope: 'x' },
      { code: 'parameter_unknown', param: 'nope', message: 'Received unknown parameter: nope' },
    ],
    [
      'an unknown parameter inside another',
      { invoice_settings: { nope: 'x' } },
      {
        code: 'parameter_unknown',
        param: 'invoice_settings[nope]',
        message: 'Received unknown parameter: invoice_settings[nope]',
      },
    ],
    ...['source', 'tax', 'tax_id_data', 'cash_balance', 'expand'].map(
      (name) =>
        [
          `the parameter ${name}, which it does not do`,
          { [name]: 'x' },
          {
            code: 'parameter_unknown',
            param: name,
            message: `Received unknown parameter: ${name}`,
          },
        ] as const,
    ),
    [
      'an email without a domain',
      { email: 'ada' },
      { code: 'email_invalid', param: 'email', message: 'Invalid email address: ada' },
    ],
    ['a name of 257 characters', { name: 'x'.repeat(257) }, tooLong('name', 257, 256)],
    ['a phone of 21 characters', { phone: 'x'.repeat(21) }, tooLong('phone', 21, 20)],
    [
      'a business name of 151 characters',
      { business_name: 'x'.repeat(151) },
      tooLong('business_name', 151, 150),
    ],
    [
      'an unknown tax_exempt',
      { tax_exempt: 'partly' },
      {
        param: 'tax_exempt',
        message: 'Invalid tax_exempt: must be one of none, exempt, or reverse',
      },
    ],
    ['a lower-case invoice prefix', { invoice_prefix: 'abc' }, { message: prefixForm }],
    ['an invoice prefix with other signs', { invoice_prefix: 'AB_1' }, { message: prefixForm }],
    ['an invoice prefix of 13', { invoice_prefix: 'ABCDEFGHIJKLM' }, { message: prefixForm }],
    [
      'an invoice sequence of 0',
      { next_invoice_sequence: 0 },
      {
        code: 'parameter_invalid_integer',
        param: 'next_invoice_sequence',
        message: 'This value must be greater than or equal to 1.',
      },
    ],
    [
      'an invoice sequence that is no integer',
      { next_invoice_sequence: '1.5' },
      {
        code: 'parameter_invalid_integer',
        param: 'next_invoice_sequence',
        message: 'Invalid integer: 1.5',
      },
    ],
    [
      'a shipping without an address',
      { shipping: { name: 'Ada' } },
      {
        code: 'parameter_missing',
        param: 'shipping[address]',
        message: 'Missing required param: shipping[address].',
      },
    ],
    [
      'a shipping without a name',
      { shipping: { address: {} } },
      {
        code: 'parameter_missing',
        param: 'shipping[name]',
        message: 'Missing required param: shipping[name].',
      },
    ],
    [
      'an empty shipping name',
      { shipping: { address: {}, name: '' } },
      {
        code: 'parameter_invalid_empty',
        param: 'shipping[name]',
        message:
          "You passed an empty string for 'shipping[name]'. We assume empty values are an attempt to unset a parameter; however 'shipping[name]' cannot be unset. You should remove 'shipping[name]' from your request or supply a non-empty value.",
      },
    ],
    [
      'a fifth custom field',
      { invoice_settings: { custom_fields: Array(5).fill({ name: 'a', value: 'b' }) } },
      {
        param: 'invoice_settings[custom_fields]',
        message: 'Invalid array: at most 4 items are allowed',
      },
    ],
    [
      'a custom field without a value',
      { invoice_settings: { custom_fields: [{ name: 'a' }] } },
      {
        code: 'parameter_missing',
        param: 'invoice_settings[custom_fields][0][value]',
        message: 'Missing required param: invoice_settings[custom_fields][0][value].',
      },
    ],
    [
      'metadata that is no map',
      { metadata: 'x' },
      { param: 'metadata', message: 'Invalid metadata: it must be a map of keys to strings.' },
    ],
    [
      'a metadata key of 41 characters',
      { metadata: { ['k'.repeat(41)]: 'v' } },
      { param: 'metadata', message: `Metadata keys have 1 to 40 characters: ${'k'.repeat(41)}` },
    ],
    [
      'a metadata key with square brackets',
      { metadata: { 'a[b]': 'v' } },
      { param: 'metadata', message: 'Metadata keys cannot contain square brackets: a[b]' },
    ],
    [
      'a metadata value of 501 characters',
      { metadata: { a: 'v'.repeat(501) } },
      {
        param: 'metadata[a]',
        message:
          'Metadata values can have up to 500 characters, but you passed in a value that is 501 characters.',
      },
    ],
    [
      'a metadata value that is no string',
      { metadata: { a: ['v'] } },
      { param: 'metadata[a]', message: 'Metadata values must be strings.' },
    ],
    [
      '51 metadata keys',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, 'v'])) },
      {
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but you passed in 51.',
      },
    ],
    [
      'a test clock that is unknown',
      { test_clock: 'clock_x' },
      {
        code: 'resource_missing',
        param: 'test_clock',
        message: "No such test clock: 'clock_x'",
      },
    ],
  ]

  it.each(cases)('%s', (_, params, refusal) => world().when(create(params)).rejects(refusal))

  it('an invoice prefix that another customer has', () =>
    world(customer({ invoice_prefix: 'TAKEN' }))
      .when(create({ invoice_prefix: 'TAKEN' }))
      .rejects({
        param: 'invoice_prefix',
        message:
          'This invoice number prefix is taken by customer: cus_1. Please enter a different prefix.',
      }))

  it('a test clock that has been deleted', () =>
    world(clock(NOW), { type: 'DeleteTestClock', id: 'clock_1' })
      .when(create({ test_clock: 'clock_1' }))
      .rejects({
        code: 'resource_missing',
        param: 'test_clock',
        message: "No such test clock: 'clock_1'",
      }))

  it('an id, because it acts on none', () =>
    world()
      .when({ type: 'CreateCustomer', id: 'cus_1' } as unknown as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'id',
        message: 'CreateCustomer acts on no id.',
      }))

  it('an unknown parameter before a wrong value, and a wrong value before an unknown clock', () => {
    world()
      .when(create({ email: 'ada', nope: 1 }))
      .rejects({
        code: 'parameter_unknown',
        param: 'nope',
        message: 'Received unknown parameter: nope',
      })
    world()
      .when(create({ email: 'ada', test_clock: 'clock_x' }))
      .rejects({ code: 'email_invalid', param: 'email', message: 'Invalid email address: ada' })
  })

  it('an unknown clock before a taken invoice prefix', () => {
    const refused = attempt(
      world(customer({ invoice_prefix: 'TAKEN' })).world,
      create({ invoice_prefix: 'TAKEN', test_clock: 'clock_x' }),
    )
    expect(refused).toMatchObject(E.left({ param: 'test_clock' }))
  })
})

describe('CreateCustomer in strict mode', () => {
  const strict = given({ now: NOW, settings: { strict: true } })
  const onClock = (at: number) =>
    customer({ id: `cus_${at}`, invoice_prefix: `P${at}`, test_clock: 'clock_1' })
  const full: Refusal = {
    param: 'test_clock',
    message: 'You can only have up to 3 customers per test clock.',
  }
  const join = create({ test_clock: 'clock_1' })

  it('M-H15: refuses a fourth customer on a clock', () =>
    strict(clock(NOW), onClock(1), onClock(2), onClock(3)).when(join).rejects(full))

  it('takes a third customer on a clock', () =>
    expect(accepted(strict(clock(NOW), onClock(1), onClock(2)).world, join).result).toMatchObject({
      test_clock: 'clock_1',
    }))

  it('counts neither deleted customers nor those of other clocks', () => {
    const { world: free } = strict(
      clock(NOW),
      clock(NOW, 'clock_2'),
      onClock(1),
      onClock(2),
      onClock(3),
      { type: 'DeleteCustomer', id: 'cus_2' },
    )
    expect(accepted(free, join).result).toMatchObject({ test_clock: 'clock_1' })
    expect(accepted(free, create({ test_clock: 'clock_2' })).result).toMatchObject({
      test_clock: 'clock_2',
    })
  })

  it('has no limit outside of strict mode', () => {
    const crowded = world(clock(NOW), onClock(1), onClock(2), onClock(3))
    expect(accepted(crowded.world, join).result).toMatchObject({ test_clock: 'clock_1' })
  })

  it('answers that the clock is advancing before it counts its customers', () =>
    strict(clock(NOW), onClock(1), onClock(2), onClock(3), {
      type: 'AdvanceClock',
      id: 'clock_1',
      params: { frozen_time: NOW + 60 },
    })
      .when(join)
      .rejects({
        status: 429,
        code: 'lock_timeout',
        message: 'Test clock advancement underway - cannot perform modifications: clock_1',
      }))
})
