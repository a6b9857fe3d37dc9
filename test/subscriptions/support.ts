import { E, type Either, type Instant, type Price, type Rejection, type World } from 'clepsydra'
import { expect } from 'vitest'
import { decode } from '../../src/domain/kernel/codec.js'
import {
  createSubscriptionParams,
  type NewSubscription,
  newSubscription,
  type Subscription,
  type SubscriptionItem,
} from '../../src/domain/subscriptions/index.js'
import { MONTHLY, price, product } from '../catalog/support.js'
import { customer, NOW } from '../customers/support.js'
import { attached, method } from '../payments/support.js'
import { type Fact, given, type Past, type Refusal, refusal } from '../support/given.js'

export { advancing, clock, customer, NOW, noticesSince, underway } from '../payments/support.js'
export { product }

/** A price of ten dollars that recurs; `price_1`, monthly and licensed, unless said. */
export const recurring = (
  interval: 'day' | 'week' | 'month' | 'year' = 'month',
  interval_count = 1,
  fields: Partial<Price> = {},
): Fact => price({ recurring: { ...MONTHLY, interval, interval_count }, ...fields })

/** A metered price of every month. */
export const metered = (id = 'price_m'): Fact =>
  price({ id, recurring: { ...MONTHLY, usage_type: 'metered', meter: 'mtr_1' } })

/** `cus_1` with the attached card `pm_1`, and `price_1`. */
export const SHOP: readonly Past[] = [customer(), method(), attached(), product(), recurring()]

/** The world that these facts have led to; those that would be later than its beginning happen at that. */
export const worldOf = (
  past: readonly Past[] = SHOP,
  now: Instant = NOW,
  settings: { readonly strict?: boolean } = {},
): World =>
  given({ now, settings })(
    ...past.map((fact) => ('at' in fact && fact.at > now ? { ...fact, at: now } : fact)),
  ).world

const outcome = (world: World, params: object): Either<Rejection, NewSubscription> => {
  const read = decode(createSubscriptionParams, { customer: 'cus_1', ...params })
  if (E.isLeft(read)) return read
  const done = newSubscription(read.right)(world)
  return E.isLeft(done) ? done : E.right(done.right.result)
}

/** What a creation of `cus_1` on `price_1` makes; other parameters beside or instead. */
export const made = (world: World, params: object = {}): NewSubscription => {
  const done = outcome(world, { items: [{ price: 'price_1' }], ...params })
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right
}

/** That such a creation is refused with exactly this. */
export const isRefused = (world: World, params: object, expected: Refusal): void => {
  const done = outcome(world, { items: [{ price: 'price_1' }], ...params })
  expect(E.isLeft(done) ? done.left : 'accepted').toStrictEqual(refusal(expected))
}

/** What the first invoice bills, without the items: kind, period, and shares as fractions. */
export const billed = ({ charges }: NewSubscription): readonly (readonly unknown[])[] =>
  charges.map(({ kind, period, shares }) => [
    kind,
    period.start,
    period.end,
    ...shares.map(({ part, whole }) => (part === whole ? 1 : `${part}/${whole}`)),
  ])

/** 2026-02-01T00:00:00Z, a month after {@link NOW}. */
export const FEBRUARY = 1_769_904_000

export const anItem = (fields: Partial<SubscriptionItem> = {}): SubscriptionItem => ({
  id: 'si_1',
  created: NOW,
  metadata: {},
  price: 'price_1',
  quantity: 1,
  current_period_start: NOW,
  current_period_end: FEBRUARY,
  usage_from: NOW,
  ...fields,
})

/** An active subscription of `cus_1` from January 2026 on, as a log holds it. */
export const aSubscription = (fields: Partial<Subscription> = {}): Subscription => ({
  id: 'sub_1',
  billing_cycle_anchor: NOW,
  anchor_day: 1,
  billing_cycle_anchor_config: null,
  billing_mode: 'flexible',
  billing_mode_updated_at: NOW,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, reason: null },
  collection_method: 'charge_automatically',
  created: NOW,
  currency: 'usd',
  customer: 'cus_1',
  days_until_due: null,
  default_payment_method: null,
  description: null,
  ended_at: null,
  incomplete_expires_at: null,
  invoice_settings: { custom_fields: null, description: null, footer: null },
  items: [anItem()],
  latest_invoice: null,
  metadata: {},
  pause_collection: null,
  paused: null,
  payment_settings: { payment_method_types: null, save_default_payment_method: 'off' },
  pending_invoice_item_interval: null,
  pending_interval_anchor: null,
  next_pending_invoice_item_invoice: null,
  pending_setup_intent: null,
  start_date: NOW,
  status: 'active',
  test_clock: null,
  trial_end: null,
  trial_start: null,
  missing_payment_method: 'create_invoice',
  trial_anchor: 'now',
  trial_warned: false,
  upcoming_at: null,
  ...fields,
})

/** The fact of its creation. */
export const subscription = (fields: Partial<Subscription> = {}): Fact => {
  const row = aSubscription(fields)
  return {
    type: 'SubscriptionCreated',
    at: row.created,
    ...(row.test_clock === null ? {} : { clock: row.test_clock }),
    subscription: row,
  }
}

/** The fact of a change of `sub_1`. */
export const changed = (
  changes: Partial<Subscription>,
  type:
    | 'SubscriptionUpdated'
    | 'SubscriptionCanceled'
    | 'SubscriptionPaused' = 'SubscriptionUpdated',
  at: Instant = NOW,
): Fact => ({ type, at, id: 'sub_1', changes })
