import { DAY } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { price } from '../catalog/support.js'
import { attached, method } from '../payments/support.js'
import type { Past, Refusal } from '../support/given.js'
import {
  advancing,
  clock,
  customer,
  FEBRUARY,
  isRefused,
  made,
  metered,
  NOW,
  recurring,
  SHOP,
  subscription,
  underway,
  worldOf,
} from './support.js'

const shop = worldOf([
  ...SHOP,
  metered(),
  method({ id: 'pm_2' }),
  price({ id: 'price_once' }),
  price({
    id: 'price_free',
    unit_amount_decimal: null,
    custom_unit_amount: { maximum: null, minimum: null, preset: null },
  }),
  recurring('month', 1, { id: 'price_eur', currency: 'eur' }),
  recurring('month', 1, { id: 'price_off', active: false }),
  recurring('month', 1, { id: 'price_gone', deleted: true }),
  recurring('week', 1, { id: 'price_week' }),
  recurring('month', 2, { id: 'price_2m' }),
  recurring('month', 3, { id: 'price_3m' }),
])

const on = (...prices: readonly string[]) => ({ items: prices.map((id) => ({ price: id })) })

const exclusive = (a: string, b: string): Refusal => ({
  code: 'parameters_exclusive',
  message: `You may only specify one of these parameters: ${a}, ${b}.`,
})

const past = (param: string, value: number): Refusal => ({
  param,
  message: `The parameter \`${param}\` expects a unix timestamp representing a date and time in the future. You specified the value \`${value}\` which is in the past.`,
})

const notBackdated: Refusal = {
  param: 'backdate_start_date',
  message: 'The backdate_start_date must be in the past, and not before 1970.',
}

const ofType = (found: string, wanted: string, param: string): Refusal => ({
  param,
  message: `The price specified is set to \`type=${found}\` but this field only accepts prices with \`type=${wanted}\`.`,
})

const notHers = (id: string): Refusal => ({
  code: 'resource_missing',
  param: 'default_payment_method',
  message: `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
})

const tooMany = (quantity: number, param: string): Refusal => ({
  code: 'amount_too_large',
  param: `${param}[quantity]`,
  message: `A quantity of ${quantity} comes to more than 999999999999, the most that a line can.`,
})

const data = { currency: 'usd', product: 'prod_1', unit_amount: 500 }
const monthly = { interval: 'month' }

/** In the order of the checks: of two, the first is the answer. */
const REFUSALS: readonly (readonly [string, object, Refusal])[] = [
  [
    'an unknown customer',
    { customer: 'cus_nope' },
    {
      status: 404,
      code: 'resource_missing',
      param: 'customer',
      message: "No such customer: 'cus_nope'",
    },
  ],
  [
    'an update that would wait for a payment',
    { payment_behavior: 'pending_if_incomplete' },
    {
      param: 'payment_behavior',
      message:
        'Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a subscription.',
    },
  ],
  [
    'a trial of the price and another',
    { trial_end: 1_798_761_600, trial_from_plan: true },
    { message: 'You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`.' },
  ],
  [
    'two trials',
    { trial_end: FEBRUARY, trial_period_days: 3 },
    exclusive('trial_end', 'trial_period_days'),
  ],
  [
    'two anchors',
    { billing_cycle_anchor: FEBRUARY, billing_cycle_anchor_config: { day_of_month: 1 } },
    exclusive('billing_cycle_anchor', 'billing_cycle_anchor_config'),
  ],
  [
    'a start in the past and a configured anchor',
    { backdate_start_date: 1, billing_cycle_anchor_config: { day_of_month: 1 } },
    exclusive('backdate_start_date', 'billing_cycle_anchor_config'),
  ],
  [
    'two cancellations',
    { cancel_at: FEBRUARY, cancel_at_period_end: true },
    exclusive('cancel_at', 'cancel_at_period_end'),
  ],
  [
    'days until due of what is charged',
    { days_until_due: 5 },
    {
      message:
        "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.",
    },
  ],
  [
    'an invoice that is never due',
    { collection_method: 'send_invoice' },
    {
      message: "You must specify 'days_until_due' if invoice collection method is 'send_invoice'.",
    },
  ],
  ['a trial that is over', { trial_end: NOW }, past('trial_end', NOW)],
  [
    'a trial beyond two years',
    { trial_end: NOW + 730 * DAY + 1 },
    { param: 'trial_end', message: 'A trial can be at most 730 days long.' },
  ],
  ['a start that is not in the past', { backdate_start_date: NOW }, notBackdated],
  ['a start before 1970', { backdate_start_date: -1 }, notBackdated],
  ['a cancellation in the past', { cancel_at: NOW }, past('cancel_at', NOW)],
  [
    'an empty list of items',
    { items: [] },
    { code: 'parameter_missing', param: 'items', message: 'Missing required param: items.' },
  ],
  [
    'an item without a price',
    { items: [{ quantity: 1 }] },
    {
      code: 'parameter_missing',
      param: 'items[0][price]',
      message: 'Missing required param: items[0][price].',
    },
  ],
  [
    'an item with two prices',
    { items: [{ price: 'price_1', plan: 'price_1' }] },
    {
      message: 'You may only specify one of these parameters: items[0][price], items[0][plan].',
    },
  ],
  [
    'an unknown price',
    on('price_nope'),
    {
      code: 'resource_missing',
      param: 'items[0][price]',
      message: "No such price: 'price_nope'",
    },
  ],
  [
    'a price that is gone, by its plan',
    { items: [{ plan: 'price_gone' }] },
    { code: 'resource_missing', param: 'items[0][plan]', message: "No such plan: 'price_gone'" },
  ],
  [
    'an inactive price',
    on('price_off'),
    {
      param: 'items[0][price]',
      message: 'The price specified is inactive. This field only accepts active prices.',
    },
  ],
  ['a price for one time', on('price_once'), ofType('one_time', 'recurring', 'items[0][price]')],
  [
    'a price of an unknown product',
    { items: [{ price_data: { ...data, product: 'prod_nope', recurring: monthly } }] },
    {
      code: 'resource_missing',
      param: 'items[0][price_data][product]',
      message: "No such product: 'prod_nope'",
    },
  ],
  [
    'a price of two amounts',
    { items: [{ price_data: { ...data, unit_amount_decimal: '5.5', recurring: monthly } }] },
    {
      param: 'items[0][price_data][unit_amount]',
      message: 'You may only specify one of these parameters: unit_amount, unit_amount_decimal.',
    },
  ],
  [
    'a quantity of what is metered',
    { items: [{ price: 'price_m', quantity: 1 }] },
    {
      param: 'items[0][quantity]',
      message:
        'Quantity should not be specified where usage_type is `metered`. Remove quantity from `items[0]`',
    },
  ],
  [
    'one price twice',
    on('price_1', 'price_1'),
    {
      param: 'plan',
      message:
        'Cannot create a Subscription with multiple Subscription Items with the same Price: price_1',
    },
  ],
  [
    'two currencies',
    on('price_1', 'price_eur'),
    {
      param: 'items[1][price]',
      message:
        "The price specified supports currencies of `eur`. This doesn't match the expected currency: `usd`.",
    },
  ],
  [
    'more of a price than a line can hold',
    { items: [{ price: 'price_1', quantity: 1e12 }] },
    tooMany(1e12, 'items[0]'),
  ],
  [
    'intervals of which none is a multiple of the other',
    on('price_2m', 'price_3m'),
    {
      message:
        'The intervals of the prices on a subscription must each be a multiple of the shortest one.',
    },
  ],
  [
    'two intervals in classic mode',
    { ...on('price_1', 'price_2m'), billing_mode: { type: 'classic' } },
    {
      message:
        'Currency and interval fields must match across all plans on this subscription. Found mismatch in interval field.',
    },
  ],
  [
    'an anchor before the end of the trial',
    { trial_end: FEBRUARY, billing_cycle_anchor: FEBRUARY - 1 },
    {
      param: 'billing_cycle_anchor',
      message: 'billing_cycle_anchor cannot be before the end of the trial',
    },
  ],
  [
    'an anchor in the past',
    { billing_cycle_anchor: NOW - 1 },
    past('billing_cycle_anchor', NOW - 1),
  ],
  [
    'an anchor beyond the first period',
    { billing_cycle_anchor: FEBRUARY + 1 },
    {
      param: 'billing_cycle_anchor',
      message: `billing_cycle_anchor cannot be later than next natural billing date (${FEBRUARY}) for plan`,
    },
  ],
  [
    'a configured anchor of weeks',
    { ...on('price_week'), billing_cycle_anchor_config: { day_of_month: 1 } },
    {
      param: 'billing_cycle_anchor_config',
      message: 'You can only specify `billing_cycle_anchor_config` for prices of months or years.',
    },
  ],
  [
    'a configured month of a price of every month',
    { billing_cycle_anchor_config: { day_of_month: 1, month: 2 } },
    {
      param: 'billing_cycle_anchor_config[month]',
      message: 'You can only specify a month for prices that recur after several months or years.',
    },
  ],
  [
    'pending items less often than invoices',
    { pending_invoice_item_interval: { interval: 'month' } },
    {
      param: 'pending_invoice_item_interval',
      message: 'The pending_invoice_item_interval must be shorter than the billing interval.',
    },
  ],
  ['an unknown payment method', { default_payment_method: 'pm_nope' }, notHers('pm_nope')],
  ["another's payment method", { default_payment_method: 'pm_2' }, notHers('pm_2')],
  [
    'an added item of a price that recurs',
    { add_invoice_items: [{ price: 'price_2m' }] },
    ofType('recurring', 'one_time', 'add_invoice_items[0][price]'),
  ],
  [
    'more of an added item than a line can hold',
    { add_invoice_items: [{ price_data: data, quantity: 2e9 }] },
    tooMany(2e9, 'add_invoice_items[0]'),
  ],
  [
    'an added item of another currency',
    { add_invoice_items: [{ price_data: { ...data, currency: 'eur' } }] },
    {
      param: 'add_invoice_items[0][price_data]',
      message:
        "The price specified supports currencies of `eur`. This doesn't match the expected currency: `usd`.",
    },
  ],
  [
    'an added item whose amount the customer chooses',
    { add_invoice_items: [{ price: 'price_free' }] },
    {
      param: 'add_invoice_items[0][price]',
      message: 'The price specified has a `custom_unit_amount`, which no invoice can ask for.',
    },
  ],
  [
    'an added item that ends before it starts',
    {
      add_invoice_items: [
        {
          price: 'price_once',
          period: {
            start: { type: 'now' },
            end: { type: 'timestamp', timestamp: NOW - 1 },
          },
        },
      ],
    },
    {
      param: 'add_invoice_items[0][period]',
      message: 'The period must not end before it starts.',
    },
  ],
]

describe('a creation is refused', () => {
  it.each(REFUSALS)('for %s', (_, params, expected) => isRefused(shop, params, expected))

  /** What these are wrong in cannot be wrong together with what stands before them. */
  const alone = ['an invoice that is never due', 'a configured anchor of weeks']

  /** Pairs of neighbours that can both be wrong at once: what the second adds does not undo what the first says. */
  const pairs = REFUSALS.slice(1).flatMap(([second, later], index) => {
    const [first, sooner, expected] = REFUSALS[index] as (typeof REFUSALS)[number]
    return alone.includes(second) || Object.keys(later).some((key) => key in sooner)
      ? []
      : [[first, second, { ...later, ...sooner }, expected] as const]
  })

  it.each(pairs)('for %s rather than for %s', (_, __, params, expected) =>
    isRefused(shop, params, expected),
  )

  it('for its clock, which is advancing, before its parameters', () => {
    const world = worldOf([
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      ...SHOP.slice(3),
      advancing,
    ])
    isRefused(world, { days_until_due: 5 }, underway())
  })

  it('for another currency than her running subscription has', () => {
    const world = worldOf([...SHOP, subscription({ currency: 'eur' })])
    isRefused(
      world,
      {},
      {
        message:
          'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency eur',
      },
    )
  })

  it('not for the currency of one that has ended', () => {
    const world = worldOf([...SHOP, subscription({ currency: 'eur', status: 'canceled' })])
    expect(made(world).subscription.currency).toBe('usd')
  })

  it('for a start so long ago that its invoice would have too many lines', () => {
    const world = worldOf([...SHOP.slice(0, -1), recurring('day')])
    const since = (days: number) => ({ backdate_start_date: NOW - days * DAY })
    isRefused(world, since(250), {
      param: 'backdate_start_date',
      message: 'An invoice can have at most 250 lines.',
    })
    expect(made(world, since(249)).charges).toHaveLength(250)
    expect(made(world, { ...since(250), billing_mode: { type: 'classic' } }).charges).toHaveLength(
      1,
    )
  })
})

describe('how many subscriptions a customer has', () => {
  const owned = (count: number, fields = {}): readonly Past[] =>
    Array.from({ length: count }, (_, nth) => {
      const made_ = subscription({ id: `sub_${nth}`, ...fields })
      const row = made_.subscription as { readonly items: readonly object[] }
      return {
        ...made_,
        subscription: { ...row, items: row.items.map((item) => ({ ...item, id: `si_${nth}` })) },
      }
    })
  const onClock = [clock(NOW), customer({ test_clock: 'clock_1' }), ...SHOP.slice(3)]
  const three = owned(3, { test_clock: 'clock_1' })
  const full = (max: number): Refusal => ({
    code: 'customer_max_subscriptions',
    message: `The customer cus_1 already has the maximum of ${max} subscriptions.`,
  })

  it('is three on a strict clock', () => {
    isRefused(worldOf([...onClock, ...three], NOW, { strict: true }), {}, full(3))
    expect(
      made(worldOf([...onClock, ...three.slice(1)], NOW, { strict: true })).charges,
    ).toHaveLength(1)
    expect(made(worldOf([...onClock, ...three])).charges).toHaveLength(1)
  })

  it('is five hundred elsewhere, of those that have not ended', () => {
    isRefused(worldOf([...SHOP, ...owned(500)]), {}, full(500))
    const ended = owned(1, { status: 'canceled' })
    const others = owned(500).slice(1)
    expect(made(worldOf([...SHOP, ...ended, ...others])).charges).toHaveLength(1)
  })
})

describe('the currency of a creation', () => {
  const both = recurring('month', 1, {
    currency_options: {
      eur: { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '900' },
    },
  })
  const currencyFor = (fields: object, params: object = {}) =>
    made(worldOf([customer(fields), method(), attached(), SHOP[3] as Past, both]), params)
      .subscription.currency

  it('is the one that is asked for', () => expect(currencyFor({}, { currency: 'eur' })).toBe('eur'))
  it('is else her own, where the prices know it', () =>
    expect(currencyFor({ currency: 'eur' })).toBe('eur'))
  it('is else that of the price', () => {
    expect(currencyFor({ currency: 'gbp' })).toBe('usd')
    expect(currencyFor({})).toBe('usd')
  })
})

describe('what a creation brings along', () => {
  it('makes inline prices, inactive and in no list', () => {
    const { subscription: row } = made(shop, {
      items: [{ price_data: { ...data, recurring: monthly }, quantity: 2 }],
    })
    expect(row.items[0]).toMatchObject({ quantity: 2 })
    expect(row.items[0]?.price).toMatch(/^price_1[A-Za-z0-9]{23}$/)
  })

  it('adds items for one time, for the span that all items share unless said', () => {
    const { extra } = made(shop, {
      trial_period_days: 10,
      add_invoice_items: [
        { price: 'price_once', quantity: 3, discountable: false, metadata: { a: 'b' } },
        {
          price: 'price_once',
          period: { start: { type: 'now' }, end: { type: 'timestamp', timestamp: FEBRUARY } },
        },
      ],
    })
    const pricing = {
      billing_scheme: 'per_unit',
      unit_amount_decimal: '1000',
      transform_quantity: null,
    }
    expect(extra).toEqual([
      {
        price: 'price_once',
        pricing,
        quantity: 3,
        period: { start: NOW, end: NOW + 10 * DAY },
        discountable: false,
        metadata: { a: 'b' },
      },
      {
        price: 'price_once',
        pricing,
        quantity: 1,
        period: { start: NOW, end: FEBRUARY },
        discountable: true,
        metadata: {},
      },
    ])
  })
})
