import type { Command, CustomerView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import { aCustomer, clock, customer, NOW, view } from './support.js'

const world = given({ now: NOW })

const update = (params: object = {}, id = 'cus_1'): Command =>
  ({ type: 'UpdateCustomer', id, params }) as Command

const updated = (changes: object) => ({ type: 'CustomerUpdated', at: NOW, id: 'cus_1', changes })

/** Everything that can be unset, set. */
const full = customer({
  address: {
    city: 'Bern',
    country: 'CH',
    line1: 'Gasse 1',
    line2: null,
    postal_code: '3000',
    state: null,
  },
  business_name: 'Ada & Co',
  description: 'first',
  email: 'ada@example.com',
  individual_name: 'Ada',
  invoice_settings: {
    custom_fields: [{ name: 'PO', value: '7' }],
    default_payment_method: null,
    footer: 'Thanks',
    rendering_options: { amount_tax_display: 'exclude_tax', template: null },
  },
  metadata: { a: '1', b: '2' },
  name: 'Ada',
  phone: '031',
  preferred_locales: ['de'],
  tax_exempt: 'exempt',
})

describe('UpdateCustomer', () => {
  it('changes what is given and leaves the rest, as the live API did', () => {
    const six = customer({ name: 'Six', email: 's06@conformance.stripeapi.invalid' })
    const params = { name: 'Six II', email: 's06-2@conformance.stripeapi.invalid' }
    world(six).when(update(params)).answers(view(params))
    world(six).when(update(params)).yields(updated(params))
  })

  it('records only the fields that changed', () =>
    world(full)
      .when(update({ name: 'Ada', description: 'second' }))
      .yields(updated({ description: 'second' })))

  it.each([
    ['nothing is asked', {}],
    ['everything asked is so already', { name: 'Ada', metadata: { a: '1' }, tax_exempt: 'exempt' }],
    ['a key that is not there is removed', { metadata: { z: '' } }],
    ['the invoice prefix is its own', { invoice_prefix: 'PREFIX01' }],
  ])('changes nothing where %s', (_, params) => world(full).when(update(params)).yieldsNothing())

  it('changes nothing where what is unset was never set', () =>
    world(customer())
      .when(update({ business_name: '', individual_name: '', name: '', metadata: '' }))
      .yieldsNothing())

  it.each([
    ['address', null],
    ['business_name', null],
    ['description', null],
    ['email', null],
    ['individual_name', null],
    ['metadata', {}],
    ['name', null],
    ['phone', null],
    ['preferred_locales', []],
    ['tax_exempt', 'none'],
  ])('unsets %s by an empty string', (field, unset) =>
    world(full)
      .when(update({ [field]: '' }))
      .yields(updated({ [field]: unset })),
  )

  it('shows the name of a business no more once it is unset', () => {
    const { result } = accepted(world(full).world, update({ business_name: '' }))
    expect(result).not.toHaveProperty('business_name')
    expect(result).toMatchObject({ individual_name: 'Ada' })
  })

  it('changes one part of the invoice settings and leaves the others', () => {
    const { invoice_settings } = accepted(
      world(full).world,
      update({ invoice_settings: { footer: '', rendering_options: { template: 'tmpl_1' } } }),
    ).result as CustomerView
    expect(invoice_settings).toEqual({
      custom_fields: [{ name: 'PO', value: '7' }],
      default_payment_method: null,
      footer: null,
      rendering_options: { amount_tax_display: null, template: 'tmpl_1' },
    })
  })

  it('merges metadata key by key; an empty value removes its key', () =>
    world(full)
      .when(update({ metadata: { a: '', c: '3' } }))
      .yields(updated({ metadata: { b: '2', c: '3' } })))

  it('acts at the time of the test clock, for a customer that is on one', () =>
    world(clock(NOW + 60), customer({ test_clock: 'clock_1' }))
      .when(update({ name: 'Ada' }))
      .yields({
        type: 'CustomerUpdated',
        at: NOW + 60,
        clock: 'clock_1',
        id: 'cus_1',
        changes: { name: 'Ada' },
      }))

  it('takes the invoice prefix of a customer that gave it up', () =>
    world(
      customer({ invoice_prefix: 'TAKEN' }),
      customer({ id: 'cus_2', invoice_prefix: 'OTHER' }),
      update({ invoice_prefix: 'FREE' }),
    )
      .when(update({ invoice_prefix: 'TAKEN' }, 'cus_2'))
      .answers(view({ id: 'cus_2', invoice_prefix: 'TAKEN' })))

  it('raises the invoice sequence', () =>
    world(customer())
      .when(update({ next_invoice_sequence: 5 }))
      .yields(updated({ next_invoice_sequence: 5 })))
})

describe('UpdateCustomer refuses', () => {
  const missing: Refusal = {
    status: 404,
    code: 'resource_missing',
    param: 'id',
    message: "No such customer: 'cus_1'",
  }

  it('M-H1: a test clock, which is an unknown parameter here', () =>
    world(clock(NOW), customer())
      .when(update({ test_clock: 'clock_1' }))
      .rejects({
        code: 'parameter_unknown',
        param: 'test_clock',
        message: 'Received unknown parameter: test_clock',
      }))

  it('a customer that was never created', () => world().when(update()).rejects(missing))

  it('a customer that was deleted', () =>
    world(customer(), { type: 'DeleteCustomer', id: 'cus_1' })
      .when(update({ name: 'Ada' }))
      .rejects(missing))

  it('to be asked without an id', () =>
    world()
      .when({ type: 'UpdateCustomer', params: {} } as unknown as Command)
      .rejects({
        code: 'parameter_missing',
        param: 'id',
        message: 'Missing required param: id.',
      }))

  it('an invoice prefix that another customer has', () =>
    world(customer({ invoice_prefix: 'TAKEN' }), customer({ id: 'cus_2', invoice_prefix: 'OTHER' }))
      .when(update({ invoice_prefix: 'TAKEN' }, 'cus_2'))
      .rejects({
        param: 'invoice_prefix',
        message:
          'This invoice number prefix is taken by customer: cus_1. Please enter a different prefix.',
      }))

  it('to lower the invoice sequence', () =>
    world(customer({ next_invoice_sequence: 5 }))
      .when(update({ next_invoice_sequence: 4 }))
      .rejects({
        param: 'next_invoice_sequence',
        message: 'The next_invoice_sequence can only be raised; it is 5.',
      }))

  it('metadata that would outgrow 50 keys, all in all', () => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
    const { world: grown } = world(customer({ metadata }))
    given({ now: NOW })(customer({ metadata }))
      .when(update({ metadata: { another: 'v' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      })
    expect(accepted(grown, update({ metadata: { another: 'v', k0: '' } })).result).toMatchObject({
      metadata: { another: 'v' },
    })
  })

  it('an unknown parameter before an unknown customer', () =>
    world()
      .when(update({ nope: 1 }))
      .rejects({
        code: 'parameter_unknown',
        param: 'nope',
        message: 'Received unknown parameter: nope',
      }))

  it('a taken prefix before a lowered sequence', () =>
    world(
      customer({ invoice_prefix: 'TAKEN' }),
      customer({ id: 'cus_2', invoice_prefix: 'OTHER', next_invoice_sequence: 5 }),
    )
      .when(update({ invoice_prefix: 'TAKEN', next_invoice_sequence: 1 }, 'cus_2'))
      .rejects({
        param: 'invoice_prefix',
        message:
          'This invoice number prefix is taken by customer: cus_1. Please enter a different prefix.',
      }))
})

describe('DeleteCustomer', () => {
  const remove = { type: 'DeleteCustomer', id: 'cus_1' } as const

  it('deletes the customer and answers its tombstone', () => {
    world(customer()).when(remove).yields({ type: 'CustomerDeleted', at: NOW, id: 'cus_1' })
    world(customer()).when(remove).answers({ id: 'cus_1', object: 'customer', deleted: true })
  })

  it('acts at the time of the test clock, for a customer that is on one', () =>
    world(clock(NOW + 60), customer({ test_clock: 'clock_1' }))
      .when(remove)
      .yields({ type: 'CustomerDeleted', at: NOW + 60, clock: 'clock_1', id: 'cus_1' }))

  it('frees the invoice prefix', () =>
    world(
      customer({ invoice_prefix: 'TAKEN' }),
      customer({ id: 'cus_2', invoice_prefix: 'B' }),
      remove,
    )
      .when(update({ invoice_prefix: 'TAKEN' }, 'cus_2'))
      .answers(view({ id: 'cus_2', invoice_prefix: 'TAKEN' })))

  it('refuses the second time, and one that was never created', () => {
    const missing: Refusal = {
      status: 404,
      code: 'resource_missing',
      param: 'id',
      message: "No such customer: 'cus_1'",
    }
    world(customer(), remove).when(remove).rejects(missing)
    world().when(remove).rejects(missing)
  })

  it('refuses parameters', () =>
    world(customer())
      .when({ ...remove, params: { now: true } } as unknown as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'now',
        message: 'Received unknown parameter: now',
      }))

  it('leaves the other customers as they are', () => {
    const other = aCustomer({ id: 'cus_2', invoice_prefix: 'B' })
    const { world: after } = accepted(world(customer(), customer(other)).world, remove)
    expect([...after.customers]).toEqual([other])
  })
})
