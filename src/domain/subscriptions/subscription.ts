/** Subscriptions as things: what a row keeps, what follows from it, what a caller sees. */
import {
  type PlanView,
  type Price,
  type PriceId,
  type PriceSlices,
  type PriceView,
  viewPlan,
  viewPrice,
} from '../catalog/index.js'
import type { CustomerId } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import { type Anchor, type Period, periodAt, type Recurrence } from '../kernel/cycle.js'
import type { World } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import type { Id } from '../kernel/ids.js'
import { days, type Instant } from '../kernel/instant.js'
import { LIMIT_DEFAULT, type List } from '../kernel/list.js'
import type { Metadata } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import type { Table } from '../kernel/table.js'
import type { PaymentMethodId } from '../payments/index.js'
import type { TestClockId } from '../test-clocks/index.js'

export type SubscriptionId = Id<'subscription'>
export type SubscriptionItemId = Id<'subscription_item'>

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'canceled'
  | 'unpaid'
  | 'paused'

/** One price on a subscription. */
export interface SubscriptionItem {
  readonly id: SubscriptionItemId
  readonly created: Instant
  readonly metadata: Metadata
  readonly price: PriceId
  /** `null`: metered. */
  readonly quantity: number | null
  readonly current_period_start: Instant
  readonly current_period_end: Instant
  /** Metered usage before it is not billed by the running period. */
  readonly usage_from: Instant
}

/** A day of the month, and the time on it, that a cycle was asked to keep; `null` is that of the creation. */
export interface AnchorConfigRow {
  readonly day_of_month: number
  readonly hour: number | null
  readonly minute: number | null
  readonly month: number | null
  readonly second: number | null
}

/** @remarks Source: docs.stripe.com/api/subscriptions/object. */
export interface Subscription {
  readonly id: SubscriptionId
  readonly billing_cycle_anchor: Instant
  /** The day of the month that the cycle returns to where a month has it. */
  readonly anchor_day: number
  readonly billing_cycle_anchor_config: AnchorConfigRow | null
  readonly billing_mode: 'classic' | 'flexible'
  readonly billing_mode_updated_at: Instant | null
  readonly cancel_at: Instant | null
  readonly cancel_at_period_end: boolean
  readonly canceled_at: Instant | null
  readonly cancellation_details: {
    readonly comment: string | null
    readonly feedback: Feedback | null
    readonly reason: CancellationReason | null
  }
  readonly collection_method: 'charge_automatically' | 'send_invoice'
  readonly created: Instant
  readonly currency: Currency
  readonly customer: CustomerId
  readonly days_until_due: number | null
  readonly default_payment_method: PaymentMethodId | null
  readonly description: string | null
  readonly ended_at: Instant | null
  /** When it expires unless its first invoice is paid; `null` once that is settled. */
  readonly incomplete_expires_at: Instant | null
  readonly invoice_settings: {
    readonly custom_fields: readonly CustomField[] | null
    readonly description: string | null
    readonly footer: string | null
  }
  /** In the order of their creation. */
  readonly items: readonly SubscriptionItem[]
  readonly latest_invoice: string | null
  readonly metadata: Metadata
  readonly pause_collection: {
    readonly behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'
    readonly resumes_at: Instant | null
  } | null
  /** Why it is paused, and since when. */
  readonly paused: { readonly type: PauseType; readonly transitioned_at: Instant } | null
  readonly payment_settings: {
    readonly payment_method_types: readonly 'card'[] | null
    readonly save_default_payment_method: 'off' | 'on_subscription'
  }
  readonly pending_invoice_item_interval: Recurrence | null
  /** When that interval was set: its ticks are counted from there. */
  readonly pending_interval_anchor: Instant | null
  readonly next_pending_invoice_item_invoice: Instant | null
  readonly pending_setup_intent: string | null
  readonly start_date: Instant
  readonly status: SubscriptionStatus
  readonly test_clock: TestClockId | null
  readonly trial_end: Instant | null
  readonly trial_start: Instant | null
  /** What becomes of it at the end of a trial without a payment method. */
  readonly missing_payment_method: 'cancel' | 'create_invoice' | 'pause'
  /** What becomes of the anchor when a trial is ended early. */
  readonly trial_anchor: 'now' | 'unchanged'
  /** Whether the end of its trial has been announced. */
  readonly trial_warned: boolean
  /** When the next invoice is to be announced; `null` once it was, or where it is not to be. */
  readonly upcoming_at: Instant | null
}

export const FEEDBACKS = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
] as const
export type Feedback = (typeof FEEDBACKS)[number]

export const CANCELLATION_REASONS = [
  'cancellation_requested',
  'payment_failed',
  'payment_disputed',
  'canceled_by_retention_policy',
] as const
export type CancellationReason = (typeof CANCELLATION_REASONS)[number]

export const PAUSE_TYPES = [
  'final_payment_failure',
  'first_payment_failure',
  'pause_requested',
  'system',
  'trial_end_without_payment_method',
] as const
export type PauseType = (typeof PAUSE_TYPES)[number]

export interface CustomField {
  readonly name: string
  readonly value: string
}

/** Whose an item is: what finds it by its own id. */
export interface ItemOwner {
  readonly id: SubscriptionItemId
  readonly subscription: SubscriptionId
}

export interface SubscriptionSlices {
  /** By `customer`, and by `test_clock`: an empty text for the root clock. */
  readonly subscriptions: Table<Subscription, 'customer' | 'test_clock'>
  /** By `subscription`. */
  readonly subscriptionItems: Table<ItemOwner, 'subscription'>
}

// What follows from a row

/** How often a price recurs. One that does not is on no subscription. */
export const recurrenceOf = ({ id, recurring }: Price): Recurrence =>
  recurring === null
    ? defect(`the price '${id}' does not recur`)
    : { interval: recurring.interval, interval_count: recurring.interval_count }

export const isMetered = (price: Price): boolean => price.recurring?.usage_type === 'metered'

export const anchorOf = ({ billing_cycle_anchor, anchor_day }: Subscription): Anchor => ({
  at: billing_cycle_anchor,
  day: anchor_day,
})

/** The whole period of an item's cycle that holds a moment, uncut. */
export const naturalPeriod = (
  world: World<PriceSlices>,
  subscription: Subscription,
  item: SubscriptionItem,
  at: Instant,
): Period => periodAt(anchorOf(subscription), recurrenceOf(world.prices.need(item.price)), at)

/** The earliest end of an item's running period: when it is billed next. */
export const renewalAt = ({ items }: Pick<Subscription, 'items'>): Instant =>
  items.reduce((least, item) => Math.min(least, item.current_period_end), Number.POSITIVE_INFINITY)

/** Whether nothing can become of it any more. */
export const isTerminal = (status: SubscriptionStatus): boolean =>
  status === 'canceled' || status === 'incomplete_expired'

/**
 * When the invoice of the next renewal is to be announced: never for a period that is not longer than the notice, nor
 * late, nor in a trial, nor where the subscription ends instead.
 * @param daysBefore - The setting `upcoming.days`.
 * @remarks Source: docs.stripe.com/billing/invoices/subscription; the bounds are inferred. Case: S-C2.
 */
export const announcementOf = (
  { items, status, cancel_at }: Pick<Subscription, 'items' | 'status' | 'cancel_at'>,
  now: Instant,
  daysBefore: number,
): Instant | null => {
  const due = renewalAt({ items })
  const at = due - days(daysBefore)
  let began = Number.NEGATIVE_INFINITY
  for (const { current_period_start, current_period_end } of items)
    if (current_period_end === due) began = Math.max(began, current_period_start)
  const ends = cancel_at !== null && cancel_at <= due
  return status === 'trialing' || ends || at <= began || at < now ? null : at
}

/** @remarks Observed. */
export const unknownSubscription = (id: string): Rejection => resourceMissing('subscription', id)

/** @remarks Observed: neither a code nor a parameter. */
export const unknownSubscriptionItem = (id: string): Rejection =>
  invalidRequest(`Invalid subscription_item id: ${id}`, { status: 404 })

/** An item and the subscription that it is on. */
export const itemOf = (
  world: World<SubscriptionSlices>,
  id: SubscriptionItemId,
): { readonly subscription: Subscription; readonly item: SubscriptionItem } | undefined => {
  const owner = world.subscriptionItems.get(id)
  if (owner === undefined) return undefined
  const subscription = world.subscriptions.need(owner.subscription)
  const item = subscription.items.find((other) => other.id === id)
  return item === undefined ? undefined : { subscription, item }
}

/** How often each item that still runs on a clock recurs: what bounds an advance. */
export const recurrencesOnClock = (
  world: World<SubscriptionSlices & PriceSlices>,
  clock: TestClockId,
): readonly Recurrence[] =>
  [...world.subscriptions.by('test_clock', clock)]
    .filter(({ status }) => !isTerminal(status))
    .flatMap(({ items }) => items.map(({ price }) => recurrenceOf(world.prices.need(price))))

// Views

export interface SubscriptionItemView {
  readonly id: SubscriptionItemId
  readonly object: 'subscription_item'
  readonly billing_thresholds: null
  readonly created: Instant
  readonly current_period_end: Instant
  readonly current_period_start: Instant
  readonly current_trial: null
  readonly discounts: readonly never[]
  readonly metadata: Metadata
  readonly plan: PlanView
  readonly price: PriceView
  /** Absent on a metered item. */
  readonly quantity?: number
  readonly subscription: SubscriptionId
  readonly tax_rates: readonly never[]
}

/** The plan of a price that is on a subscription, and so recurs. */
const planOf = (price: Price): PlanView =>
  viewPlan(price) ?? defect(`the price '${price.id}' does not recur`)

export const viewSubscriptionItem = (
  world: World<PriceSlices>,
  subscription: Pick<Subscription, 'id'>,
  item: SubscriptionItem,
): SubscriptionItemView => {
  const price = world.prices.need(item.price)
  return {
    id: item.id,
    object: 'subscription_item',
    billing_thresholds: null,
    created: item.created,
    current_period_end: item.current_period_end,
    current_period_start: item.current_period_start,
    current_trial: null,
    discounts: [],
    metadata: item.metadata,
    plan: planOf(price),
    price: viewPrice(price),
    ...(item.quantity === null ? {} : { quantity: item.quantity }),
    subscription: subscription.id,
    tax_rates: [],
  }
}

type Derived =
  | 'anchor_day'
  | 'billing_mode'
  | 'billing_mode_updated_at'
  | 'cancellation_details'
  | 'incomplete_expires_at'
  | 'invoice_settings'
  | 'items'
  | 'paused'
  | 'payment_settings'
  | 'pending_interval_anchor'
  | 'missing_payment_method'
  | 'trial_anchor'
  | 'trial_warned'
  | 'upcoming_at'

export interface SubscriptionView extends Omit<Subscription, Derived> {
  readonly object: 'subscription'
  readonly application: null
  readonly application_fee_percent: null
  readonly automatic_tax: {
    readonly disabled_reason: null
    readonly enabled: false
    readonly liability: null
  }
  readonly billing_mode: {
    readonly flexible: { readonly proration_discounts: 'included' } | null
    readonly type: 'classic' | 'flexible'
    /** Absent where the mode was never chosen. */
    readonly updated_at?: Instant
  }
  readonly billing_schedules: readonly never[]
  readonly billing_thresholds: null
  readonly cancellation_details: Subscription['cancellation_details'] & {
    readonly feedback_option: null
  }
  readonly customer_account: null
  readonly default_source: null
  readonly default_tax_rates: readonly never[]
  readonly discounts: readonly never[]
  readonly invoice_settings: Subscription['invoice_settings'] & {
    readonly account_tax_ids: null
    readonly issuer: { readonly type: 'self' }
  }
  readonly items: List<SubscriptionItemView> & { readonly total_count: number }
  readonly livemode: false
  readonly managed_payments: { readonly enabled: false }
  readonly on_behalf_of: null
  readonly payment_settings: Subscription['payment_settings'] & {
    readonly payment_method_options: null
  }
  readonly pending_update: null
  /** Of the first item. */
  readonly plan: PlanView | null
  /** Of the first item; absent where that is metered. */
  readonly quantity?: number
  readonly schedule: null
  /** Present while it is paused. */
  readonly status_details?: {
    readonly paused: {
      readonly subscription: { readonly type: PauseType }
      readonly transitioned_at: Instant
      readonly type: 'subscription'
    }
  }
  readonly transfer_data: null
  readonly trial_settings: {
    readonly end_behavior: {
      readonly billing_cycle_anchor: Subscription['trial_anchor']
      readonly missing_payment_method: Subscription['missing_payment_method']
    }
  }
}

export const itemsUrl = (id: SubscriptionId): string => `/v1/subscription_items?subscription=${id}`

const viewPause = ({ type, transitioned_at }: NonNullable<Subscription['paused']>) => ({
  subscription: { type },
  transitioned_at,
  type: 'subscription' as const,
})

/** @remarks Observed field for field; `status_details` is of a newer version than the recordings. */
export const viewSubscription = (
  world: World<PriceSlices>,
  subscription: Subscription,
): SubscriptionView => {
  const {
    id,
    anchor_day: _day,
    billing_mode,
    billing_mode_updated_at,
    cancellation_details,
    incomplete_expires_at: _expires,
    invoice_settings,
    items,
    missing_payment_method,
    paused,
    payment_settings,
    pending_interval_anchor: _interval,
    trial_anchor,
    trial_warned: _warned,
    upcoming_at: _upcoming,
    ...fields
  } = subscription
  const first = items[0] ?? defect(`the subscription '${id}' has an item`)
  return {
    id,
    object: 'subscription',
    ...fields,
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_mode: {
      flexible: billing_mode === 'flexible' ? { proration_discounts: 'included' } : null,
      type: billing_mode,
      ...(billing_mode_updated_at === null ? {} : { updated_at: billing_mode_updated_at }),
    },
    billing_schedules: [],
    billing_thresholds: null,
    cancellation_details: { ...cancellation_details, feedback_option: null },
    customer_account: null,
    default_source: null,
    default_tax_rates: [],
    discounts: [],
    invoice_settings: { account_tax_ids: null, ...invoice_settings, issuer: { type: 'self' } },
    items: {
      object: 'list',
      data: items
        .slice(0, LIMIT_DEFAULT)
        .map((item) => viewSubscriptionItem(world, subscription, item)),
      has_more: items.length > LIMIT_DEFAULT,
      total_count: items.length,
      url: itemsUrl(id),
    },
    livemode: false,
    managed_payments: { enabled: false },
    on_behalf_of: null,
    payment_settings: { payment_method_options: null, ...payment_settings },
    pending_update: null,
    plan: planOf(world.prices.need(first.price)),
    ...(first.quantity === null ? {} : { quantity: first.quantity }),
    schedule: null,
    // What it was paused for stays in the row; it is shown no longer than it holds.
    ...(paused === null || subscription.status !== 'paused'
      ? {}
      : { status_details: { paused: viewPause(paused) } }),
    transfer_data: null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: trial_anchor, missing_payment_method },
    },
  }
}
