import { type Command, E, type Price, type PriceView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { createPrice } from '../../src/domain/catalog/index.js'
import { accepted, attempt, type Fact, given, type Refusal } from '../support/given.js'
import {
  aPrice,
  FULL_METADATA,
  inactiveMeter,
  MONTHLY,
  meter,
  missingParameter,
  monthly,
  NOW,
  price,
  priceView,
  product,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreatePrice', params }) as Command

/** A price of `prod_1`, at ten dollars unless said. */
const ten = (params: object = {}): Command =>
  create({ currency: 'usd', product: 'prod_1', unit_amount: 1000, ...params })

const none = { unit_amount: undefined }

/** The row that a command makes, under the ids of the examples. */
const made = (command: Command, ...past: readonly Fact[]): Price => {
  const { events } = accepted(world(product(), ...past).world, command)
  return { ...(events.at(-1) as unknown as { readonly price: Price }).price, id: 'price_1' }
}

const rejects = (command: Command, refusal: Refusal, ...past: readonly Fact[]): void =>
  world(product(), ...past)
    .when(command)
    .rejects(refusal)

const TIERS = [
  { up_to: 5, unit_amount: 500 },
  { up_to: 'inf', unit_amount: 400 },
]
const tiered = (params: object = {}): Command =>
  ten({
    ...none,
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    recurring: { interval: 'month' },
    tiers: TIERS,
    ...params,
  })

const tier = (up_to: number | null, fields: object = {}) => ({
  flat_amount: null,
  flat_amount_decimal: null,
  unit_amount: null,
  unit_amount_decimal: null,
  up_to,
  ...fields,
})

describe('CreatePrice', () => {
  it('answers what the live API answered to a price that is paid once', () => {
    const { id, ...rest } = accepted(
      world(product()).world,
      ten({ nickname: 'one time', currency_options: { eur: { unit_amount: 90 } } }),
    ).result as PriceView
    expect(id).toMatch(/^price_1[0-9A-Za-z]{23}$/)
    expect({ id: 'price_1', ...rest }).toStrictEqual(
      priceView({ created: NOW, nickname: 'one time' }),
    )
  })

  it('answers what the live API answered to one that recurs', () => {
    const { id, ...rest } = accepted(
      world(product()).world,
      ten({ recurring: { interval: 'month' }, lookup_key: 's07-key' }),
    ).result as PriceView
    expect(rest).toStrictEqual({
      object: 'price',
      active: true,
      billing_scheme: 'per_unit',
      created: NOW,
      currency: 'usd',
      custom_unit_amount: null,
      livemode: false,
      lookup_key: 's07-key',
      metadata: {},
      nickname: null,
      product: 'prod_1',
      recurring: {
        interval: 'month',
        interval_count: 1,
        meter: null,
        trial_period_days: null,
        usage_type: 'licensed',
      },
      tax_behavior: 'unspecified',
      tiers_mode: null,
      transform_quantity: null,
      type: 'recurring',
      unit_amount: 1000,
      unit_amount_decimal: '1000',
    })
  })

  it('says all of a price in its fact', () =>
    expect(
      made(
        ten({
          currency: 'USD',
          active: 'false',
          currency_options: {
            eur: { unit_amount: 90, tax_behavior: 'inclusive' },
            jpy: { unit_amount_decimal: '0.50' },
          },
          metadata: { a: 1 },
          nickname: 'n',
          recurring: { interval: 'week', interval_count: '2', trial_period_days: 7 },
          tax_behavior: 'exclusive',
          transform_quantity: { divide_by: '5', round: 'up' },
        }),
      ),
    ).toStrictEqual(
      aPrice({
        active: false,
        created: NOW,
        currency_options: {
          eur: { tax_behavior: 'inclusive', tiers: null, unit_amount_decimal: '90' },
          jpy: { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '0.5' },
        },
        metadata: { a: '1' },
        nickname: 'n',
        recurring: { ...MONTHLY, interval: 'week', interval_count: 2, trial_period_days: 7 },
        tax_behavior: 'exclusive',
        transform_quantity: { divide_by: 5, round: 'up' },
      }),
    ))

  it.each([
    [{ unit_amount: 0 }, '0', 0],
    [{ unit_amount: '999999999999' }, '999999999999', 999_999_999_999],
    [{ ...none, unit_amount_decimal: '123.45' }, '123.45', null],
    [{ ...none, unit_amount_decimal: 0.05 }, '0.05', null],
    [{ ...none, unit_amount_decimal: '1500.00' }, '1500', 1500],
    [{ ...none, unit_amount_decimal: '0.000000000001' }, '0.000000000001', null],
    [{ ...none, unit_amount_decimal: '999999999999' }, '999999999999', 999_999_999_999],
  ])('reads the amount of %j', (params, unit_amount_decimal, unit_amount) =>
    expect(accepted(world(product()).world, ten(params)).result).toMatchObject({
      unit_amount,
      unit_amount_decimal,
    }),
  )

  it('answers what the live API answered to tiers, which it does not show', () => {
    const { id, ...rest } = accepted(world(product()).world, tiered()).result as PriceView
    expect({ id: 'price_1', ...rest }).toStrictEqual(
      priceView(
        {
          billing_scheme: 'tiered',
          created: NOW,
          recurring: MONTHLY,
          tiers_mode: 'graduated',
          unit_amount_decimal: null,
        },
        null,
      ),
    )
  })

  it('keeps tiers, in every currency', () => {
    const { tiers, currency_options } = made(
      tiered({
        tiers: [
          { up_to: '5', unit_amount: 500, flat_amount_decimal: '1000.0' },
          { up_to: 10, flat_amount: 0 },
          { up_to: 'inf', unit_amount_decimal: '3.6' },
        ],
        currency_options: { eur: { tiers: { 0: { up_to: 'inf', unit_amount: 4 } } } },
      }),
    )
    expect(tiers).toEqual([
      tier(5, {
        flat_amount: 1000,
        flat_amount_decimal: '1000',
        unit_amount: 500,
        unit_amount_decimal: '500',
      }),
      tier(10, { flat_amount: 0, flat_amount_decimal: '0' }),
      tier(null, { unit_amount_decimal: '3.6' }),
    ])
    expect(currency_options).toEqual({
      eur: {
        tax_behavior: 'unspecified',
        tiers: [tier(null, { unit_amount: 4, unit_amount_decimal: '4' })],
        unit_amount_decimal: null,
      },
    })
  })

  it('answers what the live API answered to an amount of the customer’s choice', () => {
    const custom = { maximum: 10_000, minimum: 100, preset: 500 }
    expect(made(ten({ ...none, custom_unit_amount: { enabled: true, ...custom } }))).toStrictEqual(
      aPrice({ created: NOW, custom_unit_amount: custom, unit_amount_decimal: null }),
    )
  })

  it.each([
    [{}, { maximum: null, minimum: null, preset: null }],
    [
      { minimum: 5, preset: 5 },
      { maximum: null, minimum: 5, preset: 5 },
    ],
    [
      { maximum: 5, preset: 5 },
      { maximum: 5, minimum: null, preset: 5 },
    ],
    [
      { maximum: 5, minimum: 5 },
      { maximum: 5, minimum: 5, preset: null },
    ],
  ])('takes the bounds %j of an amount of the customer’s choice', (bounds, custom_unit_amount) =>
    expect(
      made(ten({ ...none, custom_unit_amount: { enabled: true, ...bounds } })).custom_unit_amount,
    ).toEqual(custom_unit_amount),
  )

  it('bills a meter that is active', () =>
    expect(
      made(
        ten({ recurring: { interval: 'month', usage_type: 'metered', meter: 'mtr_1' } }),
        meter(),
      ).recurring,
    ).toEqual({ ...MONTHLY, meter: 'mtr_1', usage_type: 'metered' }))

  it.each(['sum', 'max', 'last_during_period', 'last_ever'])(
    'bills usage records without a meter, where it says that they add up by %s',
    (aggregate_usage) => {
      const usage = { interval: 'month', usage_type: 'metered', aggregate_usage }
      expect(made(ten({ recurring: usage })).recurring).toStrictEqual({
        aggregate_usage,
        ...MONTHLY,
        usage_type: 'metered',
      })
      world(product())
        .when(ten({ recurring: usage }))
        .answers(
          expect.objectContaining({
            recurring: { aggregate_usage, ...MONTHLY, usage_type: 'metered' },
          }),
        )
    },
  )

  it.each([
    ['day', 1_095],
    ['week', 156],
    ['month', 36],
    ['year', 3],
  ])('recurs at the longest after three years: every %s, %i', (interval, interval_count) => {
    expect(made(ten({ recurring: { interval, interval_count } })).recurring).toMatchObject({
      interval,
      interval_count,
    })
    rejects(ten({ recurring: { interval, interval_count: interval_count + 1 } }), {
      param: 'recurring[interval_count]',
      message: `Invalid recurring[interval_count]: a price recurs at least every three years, so at most ${interval_count} for ${interval}`,
    })
  })

  it('makes its product along with it', () => {
    const { events } = accepted(
      world().world,
      create({
        currency: 'eur',
        unit_amount: 1000,
        product_data: { id: 'inline', name: 'inline prod', unit_label: 'u' },
      }),
    )
    expect(events[0]).toStrictEqual(
      product({ id: 'inline', name: 'inline prod', unit_label: 'u', created: NOW, updated: NOW }),
    )
    expect(events[1]).toMatchObject({ price: { currency: 'eur', product: 'inline' } })
    expect(events).toHaveLength(2)
  })

  it('takes a product that is archived', () =>
    expect(E.isRight(attempt(world(product({ active: false })).world, ten()))).toBe(true))

  it('S-A12: takes a lookup key over from another price, which keeps all else', () => {
    const { events, world: after } = accepted(
      world(product(), price({ id: 'price_A', lookup_key: 'std' })).world,
      ten({ lookup_key: 'std', transfer_lookup_key: true }),
    )
    const { id } = (events[1] as unknown as { readonly price: Price }).price
    expect(events).toStrictEqual([
      { type: 'PriceUpdated', at: NOW, id: 'price_A', changes: { lookup_key: null } },
      price({ id, created: NOW, lookup_key: 'std' }),
    ])
    expect(after.prices.get('price_A')).toEqual(aPrice({ id: 'price_A' }))
  })

  it('takes a lookup key that is free, asked to transfer or not', () => {
    for (const transfer_lookup_key of [true, false])
      world(product(), price())
        .when(ten({ lookup_key: 'std', transfer_lookup_key }))
        .answers(expect.objectContaining({ lookup_key: 'std' }))
  })

  it('takes the lookup key of a price that went with its plan', () =>
    world(product(), monthly({ lookup_key: 'std' }), { type: 'DeletePlan', id: 'price_1' })
      .when(ten({ lookup_key: 'std' }))
      .answers(expect.objectContaining({ lookup_key: 'std' })))

  it('is made inactive and in no list inside another request', () => {
    const done = createPrice(
      { currency: 'usd', unit_amount: 1, product: 'prod_1', active: true },
      { inline: true },
    )(world(product()).world)
    expect(done).toMatchObject(E.right({ result: { active: false, inline: true } }))
  })
})

describe('CreatePrice refuses', () => {
  const noAmount = {
    message: 'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
  }
  const noProduct = {
    message: 'You must specify either `product` or `product_data` when creating a price.',
  }
  const unknownProduct = {
    code: 'resource_missing',
    param: 'product',
    message: "No such product: 'prod_0'",
  }
  const oneTime = {
    param: 'interval',
    message: 'Prices with `type=one_time` are not supported with tiered billing.',
  }
  const taken = {
    param: 'lookup_key',
    message: 'A price (`price_A`) already uses that lookup key.',
  }
  const holder = price({ id: 'price_A', lookup_key: 'std' })
  const onlyTiered = (param: string) => ({
    param,
    message: `You can only set \`${param}\` if \`billing_scheme\` is \`tiered\`.`,
  })

  it('to go without a currency', () =>
    rejects(create({ product: 'prod_1', unit_amount: 1 }), missingParameter('currency')))

  it.each(['xyz', 'us', 1])('the currency %s', (currency) =>
    rejects(ten({ currency }), { param: 'currency', message: `Invalid currency: ${currency}` }),
  )

  it('neither a product nor its fields', () => rejects(ten({ product: undefined }), noProduct))

  it('both a product and its fields', () =>
    rejects(ten({ product_data: { name: 'x' } }), {
      param: 'product',
      message: 'You may only specify one of these parameters: product, product_data.',
    }))

  it('a product that was never created', () => rejects(ten({ product: 'prod_0' }), unknownProduct))

  it('a product that was deleted', () =>
    world(product({ id: 'prod_0' }), { type: 'DeleteProduct', id: 'prod_0' })
      .when(ten({ product: 'prod_0' }))
      .rejects(unknownProduct))

  it('the id of a new product that is taken', () =>
    rejects(
      create({ currency: 'usd', unit_amount: 1, product_data: { id: 'prod_1', name: 'x' } }),
      {
        code: 'resource_already_exists',
        param: 'product_data[id]',
        message: "Product already exists with id 'prod_1'.",
      },
    ))

  it.each(['description', 'url', 'tax_details'])('%s of a new product, by its name', (param) =>
    rejects(
      create({ currency: 'usd', unit_amount: 1, product_data: { name: 'x', [param]: 'y' } }),
      unknownParameter(`product_data[${param}]`),
    ),
  )

  it('no amount', () => rejects(ten(none), noAmount))

  it('two amounts', () =>
    rejects(ten({ unit_amount_decimal: '1' }), {
      param: 'unit_amount',
      message: 'You may only specify one of these parameters: unit_amount, unit_amount_decimal.',
    }))

  it.each([
    [-1, 'This value must be greater than or equal to 0.'],
    [1e12, 'This value must be less than or equal to 999999999999.'],
    [1.5, 'Invalid integer: 1.5'],
  ])('the amount %s', (unit_amount, message) =>
    rejects(ten({ unit_amount }), {
      code: 'parameter_invalid_integer',
      param: 'unit_amount',
      message,
    }),
  )

  it.each(['-0.5', '1e3', '0.0000000000001', '1000000000000', '', true])(
    'the decimal amount %j',
    (unit_amount_decimal) =>
      rejects(ten({ ...none, unit_amount_decimal }), {
        param: 'unit_amount_decimal',
        message: `Invalid decimal: ${unit_amount_decimal}; must be 0 or more, with at most 12 digits on either side of the point`,
      }),
  )

  it('tiers of a price that is paid once', () => rejects(tiered({ recurring: undefined }), oneTime))

  it('tiers without a mode', () =>
    rejects(tiered({ tiers_mode: undefined }), missingParameter('tiers_mode')))

  it.each([undefined, []])('a tiered price with the tiers %j', (tiers) =>
    rejects(tiered({ tiers }), missingParameter('tiers')),
  )

  it('tiers in one currency only', () =>
    rejects(
      tiered({ currency_options: { eur: { tax_behavior: 'inclusive' } } }),
      missingParameter('currency_options[eur][tiers]'),
    ))

  it.each(['tiers_mode', 'tiers'])('%s of a price without tiers', (param) =>
    rejects(
      ten({ recurring: { interval: 'month' }, [param]: param === 'tiers' ? TIERS : 'volume' }),
      onlyTiered(param),
    ),
  )

  it('a unit amount beside tiers', () =>
    rejects(tiered({ unit_amount: 1 }), {
      param: 'unit_amount',
      message: 'A tiered price takes its amounts from `tiers`.',
    }))

  it('packages of a tiered price', () =>
    rejects(tiered({ transform_quantity: { divide_by: 2, round: 'up' } }), {
      param: 'transform_quantity',
      message: '`transform_quantity` cannot be combined with `tiers`.',
    }))

  const LAST = 'The last tier must have `up_to` set to `inf`.'
  const ONLY_LAST = 'Only the last tier can have `up_to` set to `inf`.'
  const HIGHER = 'Each tier must go up to more than the one before it.'
  it.each([
    [[{ up_to: 5, unit_amount: 1 }], 'tiers[0][up_to]', LAST],
    [[{ up_to: 'inf', unit_amount: 1 }, ...TIERS], 'tiers[0][up_to]', ONLY_LAST],
    [[{ up_to: 5, unit_amount: 1 }, ...TIERS], 'tiers[1][up_to]', HIGHER],
    [[{ up_to: 9, unit_amount: 1 }, ...TIERS], 'tiers[1][up_to]', HIGHER],
    [
      [{ up_to: 1 }, ...TIERS],
      'tiers[0]',
      'Each tier must have a `unit_amount` or a `flat_amount`.',
    ],
    [
      [{ up_to: 'inf', unit_amount: 1, unit_amount_decimal: '1' }],
      'tiers[0][unit_amount]',
      'You may only specify one of these parameters: tiers[0][unit_amount], tiers[0][unit_amount_decimal].',
    ],
    [
      [{ up_to: 'inf', flat_amount: 1, flat_amount_decimal: '1' }],
      'tiers[0][flat_amount]',
      'You may only specify one of these parameters: tiers[0][flat_amount], tiers[0][flat_amount_decimal].',
    ],
    [
      [{ up_to: 'inf', flat_amount_decimal: '0.5' }],
      'tiers[0][flat_amount_decimal]',
      'Invalid decimal: 0.5; a flat amount is a whole number of minor units',
    ],
    [
      [{ up_to: 0, unit_amount: 1 }],
      'tiers[0][up_to]',
      'Invalid tiers[0][up_to]: must be a whole number of 1 or more, or inf, not 0',
    ],
  ])('the tiers %j', (tiers, param, message) => rejects(tiered({ tiers }), { param, message }))

  it('the tiers of another currency, by their place', () =>
    rejects(tiered({ currency_options: { eur: { tiers: [{ up_to: 5, unit_amount: 1 }] } } }), {
      param: 'currency_options[eur][tiers][0][up_to]',
      message: LAST,
    }))

  it.each([
    [{ xyz: { unit_amount: 1 } }, 'currency_options[xyz]', 'Invalid currency: xyz'],
    [
      { EUR: { unit_amount: 1 } },
      'currency_options',
      'Currencies must be lowercase when used as keys in a map. Use `eur` instead of `EUR`.',
    ],
    [
      { usd: { unit_amount: 1 } },
      'currency_options[usd]',
      "The price's own currency `usd` has its amount outside of currency_options.",
    ],
    [
      { eur: { tax_behavior: 'inclusive' } },
      'currency_options[eur]',
      'A currency option requires an `unit_amount` or `unit_amount_decimal` parameter to be set.',
    ],
    [
      { eur: { unit_amount: 1, unit_amount_decimal: '1' } },
      'currency_options[eur][unit_amount]',
      'You may only specify one of these parameters: currency_options[eur][unit_amount], currency_options[eur][unit_amount_decimal].',
    ],
    [
      { eur: { tiers: TIERS } },
      'currency_options[eur][tiers]',
      'You can only set `tiers` if `billing_scheme` is `tiered`.',
    ],
    ['eur', 'currency_options', 'Invalid object: eur'],
  ])('the currency options %j', (currency_options, param, message) =>
    rejects(ten({ currency_options }), { param, message }),
  )

  it('what it does not know of a currency option', () =>
    rejects(
      ten({ currency_options: { eur: { unit_amount: 1, custom_unit_amount: {} } } }),
      unknownParameter('currency_options[eur][custom_unit_amount]'),
    ))

  const custom = (fields: object, more: object = none) =>
    ten({ custom_unit_amount: { enabled: true, ...fields }, ...more })
  it.each([
    [
      custom({ enabled: false }),
      'custom_unit_amount[enabled]',
      'Leave `custom_unit_amount` out where it is not enabled.',
    ],
    [
      custom({}, {}),
      'custom_unit_amount',
      'You may only specify one of these parameters: unit_amount, unit_amount_decimal, custom_unit_amount.',
    ],
    [
      custom({}, { ...none, recurring: { interval: 'month' } }),
      'custom_unit_amount',
      'A recurring price cannot have a `custom_unit_amount`.',
    ],
    [
      tiered({ custom_unit_amount: { enabled: true } }),
      'custom_unit_amount',
      'A tiered price takes its amounts from `tiers`.',
    ],
    [
      custom({ maximum: 1, minimum: 2 }),
      'custom_unit_amount[maximum]',
      'The maximum must not be below the minimum.',
    ],
    [
      custom({ minimum: 2, preset: 1 }),
      'custom_unit_amount[preset]',
      'The preset must lie between the minimum and the maximum.',
    ],
    [
      custom({ maximum: 2, preset: 3 }),
      'custom_unit_amount[preset]',
      'The preset must lie between the minimum and the maximum.',
    ],
  ])('an amount of the customer’s choice: %j', (command, param, message) =>
    rejects(command, { param, message }),
  )

  it('usage without a meter', () =>
    rejects(ten({ recurring: { interval: 'month', usage_type: 'metered' } }), {
      message:
        'Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.',
    }))

  it('a meter without usage', () =>
    rejects(
      ten({ recurring: { interval: 'month', meter: 'mtr_1' } }),
      {
        param: 'recurring[meter]',
        message: 'You can only set `recurring[meter]` if `recurring[usage_type]` is `metered`.',
      },
      meter(),
    ))

  it('how usage adds up without usage', () =>
    rejects(ten({ recurring: { interval: 'month', aggregate_usage: 'sum' } }), {
      param: 'recurring[aggregate_usage]',
      message:
        'You can only set `recurring[aggregate_usage]` if `recurring[usage_type]` is `metered`.',
    }))

  const usage = { interval: 'month', usage_type: 'metered', meter: 'mtr_1' }

  it('how usage adds up beside a meter', () =>
    rejects(
      ten({ recurring: { ...usage, aggregate_usage: 'sum' } }),
      {
        param: 'recurring[aggregate_usage]',
        message:
          'You can only set `recurring[aggregate_usage]` without a `recurring[meter]`: a meter has its own `default_aggregation`.',
      },
      meter(),
    ))

  it.each([
    [
      'a meter of a licensed price before how usage adds up',
      { interval: 'month', meter: 'mtr_1', aggregate_usage: 'sum' },
      'recurring[meter]',
    ],
    [
      'how usage adds up before an unknown meter',
      { ...usage, aggregate_usage: 'sum' },
      'recurring[aggregate_usage]',
    ],
  ])('%s', (_, recurring, param) => {
    const done = attempt(world(product()).world, ten({ recurring }))
    expect(E.isLeft(done) && done.left.param).toBe(param)
  })

  it('a meter that was never created', () =>
    rejects(ten({ recurring: usage }), {
      code: 'resource_missing',
      param: 'recurring[meter]',
      message: "No such meter: 'mtr_1'",
    }))

  it('a meter that is inactive', () =>
    rejects(
      ten({ recurring: usage }),
      {
        param: 'recurring[meter]',
        message: 'The meter mtr_1 is inactive. Reactivate it before attaching it to a price.',
      },
      ...inactiveMeter,
    ))

  it.each([
    [{ interval: 'hour' }, 'interval', 'must be one of day, week, month, or year'],
    [{ interval: 'day', usage_type: 'x' }, 'usage_type', 'must be one of licensed or metered'],
    [
      { interval: 'day', aggregate_usage: 'x' },
      'aggregate_usage',
      'must be one of sum, max, last_during_period, or last_ever',
    ],
  ])('%j for how often', (recurring, field, message) =>
    rejects(ten({ recurring }), {
      param: `recurring[${field}]`,
      message: `Invalid recurring[${field}]: ${message}`,
    }),
  )

  it.each([
    ['interval_count', 0, 'This value must be greater than or equal to 1.'],
    ['trial_period_days', 0, 'This value must be greater than or equal to 1.'],
    ['trial_period_days', 731, 'This value must be less than or equal to 730.'],
  ])('the %s %i', (field, value, message) =>
    rejects(ten({ recurring: { interval: 'day', [field]: value } }), {
      code: 'parameter_invalid_integer',
      param: `recurring[${field}]`,
      message,
    }),
  )

  it('packages of nothing', () =>
    rejects(ten({ transform_quantity: { divide_by: 0, round: 'up' } }), {
      code: 'parameter_invalid_integer',
      param: 'transform_quantity[divide_by]',
      message: 'This value must be greater than or equal to 1.',
    }))

  it('S-A12: a lookup key that is taken', () => rejects(ten({ lookup_key: 'std' }), taken, holder))

  it('a lookup key that an inactive price has', () =>
    rejects(
      ten({ lookup_key: 'std' }),
      taken,
      price({ id: 'price_A', lookup_key: 'std', active: false }),
    ))

  it('a lookup key of more than 200 characters', () =>
    rejects(ten({ lookup_key: 'x'.repeat(201) }), {
      code: 'parameter_invalid_string',
      param: 'lookup_key',
      message: `Invalid string: ${'x'.repeat(100)}...; must be at most 200 characters`,
    }))

  it('more than 50 keys of metadata', () =>
    rejects(ten({ metadata: { ...FULL_METADATA, another: 'v' } }), {
      param: 'metadata',
      message: 'You can only have up to 50 metadata keys, but you passed in 51.',
    }))

  it.each(['expand', 'id', 'amount'])('the parameter %s, by its name', (param) =>
    rejects(ten({ [param]: 'x' }), unknownParameter(param)),
  )

  describe('of two reasons, the one that goes before', () => {
    it.each([
      [
        'an unknown parameter before a missing currency',
        create({ nope: 1 }),
        unknownParameter('nope'),
      ],
      ['no product before no amount', ten({ ...none, product: undefined }), noProduct],
      ['an unknown product before no amount', ten({ ...none, product: 'prod_0' }), unknownProduct],
      [
        'tiers paid once before tiers without a mode',
        tiered({ recurring: undefined, tiers_mode: undefined }),
        oneTime,
      ],
      [
        'a missing mode before packages',
        tiered({ tiers_mode: undefined, transform_quantity: { divide_by: 2, round: 'up' } }),
        missingParameter('tiers_mode'),
      ],
      [
        'too seldom before no amount',
        ten({ ...none, recurring: { interval: 'year', interval_count: 4 } }),
        {
          param: 'recurring[interval_count]',
          message:
            'Invalid recurring[interval_count]: a price recurs at least every three years, so at most 3 for year',
        },
      ],
      [
        'no amount before a wrong currency option',
        ten({ ...none, currency_options: { usd: { unit_amount: 1 } } }),
        noAmount,
      ],
      [
        'a wrong currency option before a taken lookup key',
        ten({ currency_options: { usd: { unit_amount: 1 } }, lookup_key: 'std' }),
        {
          param: 'currency_options[usd]',
          message: "The price's own currency `usd` has its amount outside of currency_options.",
        },
      ],
    ] as const)('%s', (_, command, refusal) => rejects(command, refusal, holder))
  })
})
