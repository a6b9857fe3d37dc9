import {
  aggregateUsageOf,
  isBeyondALine,
  isLegacyMetered,
  type Price,
  type PriceSlices,
  pricingIn,
} from '../catalog/index.js'
import type { InvoiceSlices } from '../invoicing/index.js'
import { closed, integer, oneOf, optional, type TypeOf, wordOrTime } from '../kernel/codec.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import { drawId, type Id, seedWords } from '../kernel/ids.js'
import { type Instant, minutes, plus, type Seconds } from '../kernel/instant.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  isTerminal,
  itemOf,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionItemId,
  type SubscriptionSlices,
  unknownSubscriptionItem,
} from '../subscriptions/index.js'
import { clockNow, onClock, type TestClockSlices, writable } from '../test-clocks/index.js'
import {
  AFTER_ALL,
  type Ledger,
  storedAt,
  totalOf,
  type UsageRecordEvent,
  type UsageRecordSlices,
  withQuantity,
} from './ledger.js'
import { invoiceOf } from './summaries.js'

export type UsageRecordReads = UsageRecordSlices &
  SubscriptionSlices &
  PriceSlices &
  InvoiceSlices &
  TestClockSlices &
  SettingsSlices

/** What is stored at a timestamp. */
export interface UsageRecord {
  readonly subscription_item: SubscriptionItemId
  readonly timestamp: Instant
  readonly quantity: number
}

/** @remarks Source: docs.stripe.com/api/usage_records/object, of 2025-02-24.acacia. */
export interface UsageRecordView extends UsageRecord {
  readonly id: Id<'usage_record'>
  readonly object: 'usage_record'
  readonly livemode: false
}

export const viewUsageRecord = ({
  quantity,
  subscription_item,
  timestamp,
}: UsageRecord): UsageRecordView => ({
  id: drawId(seedWords(`${subscription_item}|${timestamp}`), 0, 'mbur_1', 23),
  object: 'usage_record',
  livemode: false,
  quantity,
  subscription_item,
  timestamp,
})

/** The most at one timestamp: fifteen digits, as of a meter event. */
const QUANTITY_MAX = 999_999_999_999_999

/** Parameters of POST /v1/subscription_items/{id}/usage_records. */
export const createUsageRecordParams = closed('CreateUsageRecord', {
  quantity: integer(0, QUANTITY_MAX),
  action: optional(oneOf('action', ['increment', 'set'])),
  timestamp: optional(wordOrTime('timestamp', ['now'])),
})

export type CreateUsageRecord = TypeOf<typeof createUsageRecordParams>

/** How far ahead of now a timestamp may lie. @remarks Observed: integrations report at now + 5 minutes. */
export const USAGE_RECORD_FUTURE_MAX: Seconds = minutes(5)
/**
 * How long after the start of a period the last of the period before it can be reported, and how much of that.
 * @remarks Source: docs.stripe.com/api/usage_records/create, "the first few minutes"; that it is five is inferred.
 */
export const DRIFT_GRACE: Seconds = minutes(5)

/** @remarks Observed. */
const notLegacy = (id: SubscriptionItemId): Rejection =>
  invalidRequest(
    `Cannot create a usage record for \`${id}\` because it is not on the legacy metered billing system. Call /v1/billing/meter_events instead.`,
  )

const notMetered = (id: SubscriptionItemId): Rejection =>
  invalidRequest(`Cannot create a usage record for \`${id}\` because the price is not metered.`)

/** @remarks Observed. */
const isCanceled: Rejection = invalidRequest(
  'Cannot create the usage record because the subscription has been canceled.',
)

const wrongTime = (why: string): Rejection =>
  invalidRequest(
    `Cannot create the usage record with this timestamp because timestamps must ${why}`,
    { param: 'timestamp' },
  )

/** @remarks Observed. */
const tooEarly = wrongTime(
  "be after the subscription's last invoice period (or current period start time).",
)

const tooLate = wrongTime('not be in the future.')

const tooMuchStored: Rejection = invalidRequest(
  `The quantity of one timestamp can come to ${QUANTITY_MAX} at most.`,
  { param: 'quantity' },
)

const tooMuchBilled: Rejection = invalidRequest(
  `The usage of the period comes to more than ${AMOUNT_MAX}, the most that a line can.`,
  { code: 'amount_too_large', param: 'quantity' },
)

interface Found {
  readonly subscription: Subscription
  readonly item: SubscriptionItem
  readonly price: Price
  readonly ledger: Ledger
  /** When the running period began. */
  readonly start: Instant
}

/** The item that a path names, if usage can be reported for it. */
const reportable = (
  world: World<UsageRecordReads>,
  id: SubscriptionItemId,
): Either<Rejection, Found> => {
  const found = itemOf(world, id)
  const owner = writable(world, found?.subscription, () => unknownSubscriptionItem(id))
  if (E.isLeft(owner)) return owner
  const { item, subscription } = found as NonNullable<typeof found>
  const price = world.prices.need(item.price)
  if (!isLegacyMetered(price))
    return E.left(price.recurring?.usage_type === 'metered' ? notLegacy(id) : notMetered(id))
  const ledger = world.usageRecords.need(id)
  const { start } = ledger
  return isTerminal(subscription.status) || start === null
    ? E.left(isCanceled)
    : E.right({ subscription, item, price, ledger, start })
}

/**
 * Where usage of a timestamp counts: at the timestamp, or where that was just in the period before and its invoice is
 * final, at the start of the running one.
 */
const placeOf = (
  world: World<UsageRecordReads>,
  { subscription, item, ledger, start }: Found,
  at: Instant,
  now: Instant,
): Either<Rejection, Instant> => {
  const end = item.current_period_end
  if (at > plus(now, USAGE_RECORD_FUTURE_MAX) || (at >= end && now < end)) return E.left(tooLate)
  if (at >= start) return E.right(at)
  const last = ledger.closed.at(-1)
  const isDrift =
    last !== undefined &&
    ledger.aggregate_usage === 'sum' &&
    now <= plus(start, DRIFT_GRACE) &&
    at >= Math.max(last.start, start - DRIFT_GRACE)
  if (!isDrift) return E.left(tooEarly)
  const invoice = invoiceOf(world, subscription.id, item.id, last)
  return E.right(invoice === undefined || invoice.status === 'draft' ? at : start)
}

/** Whether the period of a time comes to more than a line can hold: so no renewal comes to what cannot be counted exactly. */
const isTooMuch = ({ subscription, price, start }: Found, ledger: Ledger, at: Instant): boolean => {
  const pricing = pricingIn(price, subscription.currency)
  const aggregate = aggregateUsageOf(price)
  if (pricing === undefined || aggregate === undefined) return false
  const last = ledger.closed.at(-1)
  const period =
    at >= start || last === undefined
      ? { start, end: AFTER_ALL }
      : { start: last.start, end: start }
  const total = totalOf(ledger, aggregate, period)
  return total.units > 0 && isBeyondALine(pricing, total)
}

/**
 * Reports usage of an item at a time: adds to what is stored there, or takes its place. What changes nothing records
 * nothing.
 * @remarks Source: docs.stripe.com/api/usage_records/create, of 2025-02-24.acacia. Cases: M-G1, M-G5, M-G7, M-G10.
 */
export const createUsageRecord =
  (
    id: SubscriptionItemId,
    { quantity, action = 'increment', timestamp = 'now' }: CreateUsageRecord,
  ): Decision<UsageRecordReads, UsageRecord> =>
  (world) => {
    const found = reportable(world, id)
    if (E.isLeft(found)) return found
    const { subscription, ledger } = found.right
    const now = clockNow(world, subscription.test_clock)
    const at = timestamp === 'now' ? now : timestamp
    const place = placeOf(world, found.right, at, now)
    if (E.isLeft(place)) return place
    const stored = storedAt(ledger, at)
    const total = action === 'set' ? quantity : stored + quantity
    if (total > QUANTITY_MAX) return E.left(tooMuchStored)
    const record = { subscription_item: id, timestamp: at, quantity: total }
    if (total === stored && ledger.quantities.get(at) !== undefined) return decided(world, record)
    const counted_at = place.right === at ? undefined : place.right
    if (isTooMuch(found.right, withQuantity(ledger, at, total, counted_at), place.right))
      return E.left(tooMuchBilled)
    return decided(
      world.record<UsageRecordEvent>({
        type: 'UsageRecorded',
        at: now,
        ...onClock(subscription.test_clock),
        ...record,
        ...(counted_at === undefined ? {} : { counted_at }),
      }),
      record,
    )
  }

/** @remarks Source: docs.stripe.com/api/subscription_items/delete, `clear_usage`; the text is ours. */
const hasUsage = (id: SubscriptionItemId, param: string): Rejection =>
  invalidRequest(
    `The subscription item \`${id}\` has usage records. Pass \`clear_usage=true\` to discard them with it.`,
    { param },
  )

/**
 * Lets go of an item that its subscription is about to lose: with its usage, where that is asked for. Other items than
 * legacy metered ones have none.
 * @param param - What names `clear_usage`.
 */
export const releaseItem =
  (
    { test_clock }: Subscription,
    { id, price }: SubscriptionItem,
    clear_usage: boolean,
    param: string,
  ): Decision<UsageRecordReads, null> =>
  (world) => {
    const ledger = isLegacyMetered(world.prices.need(price))
      ? world.usageRecords.get(id)
      : undefined
    if (ledger === undefined || ledger.quantities.size === 0) return decided(world, null)
    if (!clear_usage) return E.left(hasUsage(id, param))
    return decided(
      world.record<UsageRecordEvent>({
        type: 'UsageCleared',
        at: clockNow(world, test_clock),
        ...onClock(test_clock),
        subscription_item: id,
      }),
      null,
    )
  }
