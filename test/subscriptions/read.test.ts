import { ask, E, type List, type Query, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import type { Subscription, SubscriptionView } from '../../src/domain/subscriptions/index.js'
import { planView, priceView } from '../catalog/support.js'
import { type Refusal, refusal } from '../support/given.js'
import {
  anItem,
  changed,
  clock,
  customer,
  FEBRUARY,
  metered,
  NOW,
  SHOP,
  subscription,
  worldOf,
} from './support.js'

const answer = (world: World, query: Query): unknown => {
  const done = ask(world, query)
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right
}

const refused = (world: World, query: Query, expected: Refusal): void => {
  const done = ask(world, query)
  expect(E.isLeft(done) ? done.left : 'answered').toStrictEqual(refusal(expected))
}

const MONTH = {
  recurring: {
    interval: 'month',
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
  },
} as const

const itemView = (fields: object = {}) => ({
  id: 'si_1',
  object: 'subscription_item',
  billing_thresholds: null,
  created: NOW,
  current_period_end: FEBRUARY,
  current_period_start: NOW,
  current_trial: null,
  discounts: [],
  metadata: {},
  plan: planView(),
  price: priceView(MONTH),
  quantity: 1,
  subscription: 'sub_1',
  tax_rates: [],
  ...fields,
})

/** Field for field as the live API has been recorded. */
const view = (fields: object = {}) => ({
  id: 'sub_1',
  object: 'subscription',
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor: NOW,
  billing_cycle_anchor_config: null,
  billing_mode: {
    flexible: { proration_discounts: 'included' },
    type: 'flexible',
    updated_at: NOW,
  },
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  collection_method: 'charge_automatically',
  created: NOW,
  currency: 'usd',
  customer: 'cus_1',
  customer_account: null,
  days_until_due: null,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  ended_at: null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  items: {
    object: 'list',
    data: [itemView()],
    has_more: false,
    total_count: 1,
    url: '/v1/subscription_items?subscription=sub_1',
  },
  latest_invoice: null,
  livemode: false,
  managed_payments: { enabled: false },
  metadata: {},
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: 'off',
  },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  plan: planView(),
  quantity: 1,
  schedule: null,
  start_date: NOW,
  status: 'active',
  test_clock: null,
  transfer_data: null,
  trial_end: null,
  trial_settings: {
    end_behavior: { billing_cycle_anchor: 'now', missing_payment_method: 'create_invoice' },
  },
  trial_start: null,
  ...fields,
})

const retrieve = (world: World, id = 'sub_1') =>
  answer(world, { type: 'RetrieveSubscription', id }) as SubscriptionView

describe('RetrieveSubscription', () => {
  it('answers every field', () =>
    expect(retrieve(worldOf([...SHOP, subscription()]))).toStrictEqual(view()))

  it('shows a classic one without a flexible mode', () => {
    const past = subscription({ billing_mode: 'classic', billing_mode_updated_at: null })
    expect(retrieve(worldOf([...SHOP, past])).billing_mode).toStrictEqual({
      flexible: null,
      type: 'classic',
    })
  })

  it('says why it is paused while it is', () => {
    const type = 'trial_end_without_payment_method'
    const past = subscription({ status: 'paused', paused: { type, transitioned_at: NOW } })
    expect(retrieve(worldOf([...SHOP, past]))).toStrictEqual(
      view({
        status: 'paused',
        status_details: {
          paused: { subscription: { type }, transitioned_at: NOW, type: 'subscription' },
        },
      }),
    )
  })

  it('shows no quantity where the first item is metered', () => {
    const items = [anItem({ price: 'price_m', quantity: null })]
    const shown = retrieve(worldOf([...SHOP, metered(), subscription({ items })]))
    expect(shown).not.toHaveProperty('quantity')
    expect(shown.items.data[0]).not.toHaveProperty('quantity')
    expect(shown.plan?.usage_type).toBe('metered')
  })

  it('shows ten items at most, and counts them all', () => {
    const items = Array.from({ length: 11 }, (_, nth) => anItem({ id: `si_${nth}` }))
    const shown = retrieve(worldOf([...SHOP, subscription({ items })])).items
    expect(shown.data.map(({ id }) => id)).toEqual(items.slice(0, 10).map(({ id }) => id))
    expect(shown).toMatchObject({ has_more: true, total_count: 11 })
  })

  it('refuses an unknown id', () =>
    refused(
      worldOf(),
      { type: 'RetrieveSubscription', id: 'sub_nope' },
      {
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such subscription: 'sub_nope'",
      },
    ))
})

describe('ListSubscriptions', () => {
  const row = (id: string, fields: Partial<Subscription> = {}) =>
    subscription({ id, items: [anItem({ id: `si_${id}` })], ...fields })
  const world = worldOf([
    ...SHOP,
    clock(NOW),
    customer({ id: 'cus_2', invoice_prefix: 'PREFIX02', test_clock: 'clock_1' }),
    metered(),
    row('sub_active'),
    row('sub_due', { status: 'past_due', collection_method: 'send_invoice', created: NOW + 1 }),
    row('sub_over', { status: 'canceled' }),
    row('sub_expired', { status: 'incomplete_expired' }),
    row('sub_metered', {
      items: [
        anItem({
          id: 'si_m',
          price: 'price_m',
          quantity: null,
          current_period_start: NOW + 60,
          current_period_end: FEBRUARY + 60,
        }),
      ],
    }),
    row('sub_clock', { customer: 'cus_2', test_clock: 'clock_1' }),
  ])
  const ids = (params: object) =>
    (answer(world, { type: 'ListSubscriptions', params }) as List<SubscriptionView>).data.map(
      ({ id }) => id,
    )

  it.each([
    ['nothing', {}, ['sub_metered', 'sub_due', 'sub_active']],
    ['a status', { status: 'canceled' }, ['sub_over']],
    ['all', { status: 'all', limit: 3 }, ['sub_metered', 'sub_expired', 'sub_over']],
    ['those that ended', { status: 'ended' }, ['sub_expired', 'sub_over']],
    ['a clock', { test_clock: 'clock_1' }, ['sub_clock']],
    ['a customer on a clock', { customer: 'cus_2' }, ['sub_clock']],
    ['a customer and another clock', { customer: 'cus_1', test_clock: 'clock_1' }, []],
    ['a price', { price: 'price_m' }, ['sub_metered']],
    ['a plan', { plan: 'price_m' }, ['sub_metered']],
    ['a way of collecting', { collection_method: 'send_invoice' }, ['sub_due']],
    ['a creation', { created: { gt: NOW } }, ['sub_due']],
    ['a start of a period', { current_period_start: { gt: NOW } }, ['sub_metered']],
    ['an end of a period', { current_period_end: FEBRUARY + 60 }, ['sub_metered']],
    ['a page', { limit: 1, starting_after: 'sub_metered' }, ['sub_due']],
  ])('asked for %s', (_, params, expected) => expect(ids(params)).toEqual(expected))

  it('answers views', () =>
    expect(answer(worldOf([...SHOP, subscription()]), { type: 'ListSubscriptions' })).toStrictEqual(
      {
        object: 'list',
        data: [view()],
        has_more: false,
        url: '/v1/subscriptions',
      },
    ))

  it('refuses a status that there is not', () =>
    refused(world, { type: 'ListSubscriptions', params: { status: 'bogus' } } as unknown as Query, {
      param: 'status',
      message:
        'Invalid status: must be one of active, past_due, unpaid, canceled, incomplete, incomplete_expired, trialing, paused, all, or ended',
    }))

  it('refuses an unknown customer', () =>
    refused(
      world,
      { type: 'ListSubscriptions', params: { customer: 'cus_nope' } },
      { code: 'resource_missing', param: 'customer', message: "No such customer: 'cus_nope'" },
    ))
})

describe('items', () => {
  const items = ['si_a', 'si_b', 'si_c'].map((id) => anItem({ id }))
  const world = worldOf([
    ...SHOP,
    subscription({ items: items.slice(0, 2) }),
    changed({ items }),
    changed({ items: items.filter(({ id }) => id !== 'si_b') }),
  ])
  const list = (params: object) =>
    answer(world, {
      type: 'ListSubscriptionItems',
      params: { subscription: 'sub_1', ...params },
    }) as List<{ readonly id: string }>

  it('RetrieveSubscriptionItem answers one', () =>
    expect(answer(world, { type: 'RetrieveSubscriptionItem', id: 'si_c' })).toStrictEqual(
      itemView({ id: 'si_c' }),
    ))

  it.each(['si_nope', 'si_b'])('RetrieveSubscriptionItem refuses one that is not there: %s', (id) =>
    refused(
      world,
      { type: 'RetrieveSubscriptionItem', id },
      { status: 404, message: `Invalid subscription_item id: ${id}` },
    ),
  )

  it('ListSubscriptionItems answers them, the oldest first', () =>
    expect(list({})).toStrictEqual({
      object: 'list',
      data: [itemView({ id: 'si_a' }), itemView({ id: 'si_c' })],
      has_more: false,
      url: '/v1/subscription_items?subscription=sub_1',
    }))

  it.each([
    [{ limit: 1 }, ['si_a'], true],
    [{ starting_after: 'si_a' }, ['si_c'], false],
    [{ starting_after: 'si_b' }, ['si_c'], false],
    [{ ending_before: 'si_c' }, ['si_a'], false],
    [{ ending_before: 'si_b' }, ['si_a'], false],
  ])(
    'ListSubscriptionItems takes a page, a deleted item for a cursor too: %j',
    (page, ids, more) => {
      const { data, has_more } = list(page)
      expect([data.map(({ id }) => id), has_more]).toEqual([ids, more])
    },
  )

  it.each<[string, object, Refusal]>([
    [
      'without a subscription',
      {},
      {
        code: 'parameter_missing',
        param: 'subscription',
        message: 'Missing required param: subscription.',
      },
    ],
    [
      'of an unknown subscription',
      { subscription: 'sub_nope' },
      {
        code: 'resource_missing',
        param: 'subscription',
        message: "No such subscription: 'sub_nope'",
      },
    ],
    [
      'after an unknown item',
      { subscription: 'sub_1', starting_after: 'si_nope' },
      {
        code: 'resource_missing',
        param: 'starting_after',
        message: "No such subscription_item: 'si_nope'",
      },
    ],
  ])('ListSubscriptionItems refuses a list %s', (_, params, expected) =>
    refused(world, { type: 'ListSubscriptionItems', params } as Query, expected),
  )
})
