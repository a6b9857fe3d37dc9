import { isLegacyMetered, type PriceSlices } from '../catalog/index.js'
import type { Invoice, InvoiceId, InvoiceSlices } from '../invoicing/index.js'
import { closed } from '../kernel/codec.js'
import type { Period } from '../kernel/cycle.js'
import { decimalToNumber } from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import { drawId, type Id, seedWords } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import { type List, type Page, pageParams, paginate } from '../kernel/list.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import {
  itemOf,
  type SubscriptionId,
  type SubscriptionItemId,
  type SubscriptionSlices,
  unknownSubscriptionItem,
} from '../subscriptions/index.js'
import { isThere, type TestClockSlices } from '../test-clocks/index.js'
import { AFTER_ALL, type Ledger, totalOf, type UsageRecordSlices } from './ledger.js'

type Reads = UsageRecordSlices & SubscriptionSlices & PriceSlices & InvoiceSlices & TestClockSlices

/** @remarks Source: docs.stripe.com/api/usage-record-summary/object, of 2025-02-24.acacia. */
export interface UsageRecordSummary {
  readonly id: Id<'usage_record_summary'>
  readonly object: 'usage_record_summary'
  /** The invoice that bills the period; `null` while it runs, and where none did. */
  readonly invoice: InvoiceId | null
  readonly livemode: false
  readonly period: { readonly end: Instant | null; readonly start: Instant }
  readonly subscription_item: SubscriptionItemId
  readonly total_usage: number
}

/** The invoice that bills an item's usage of a period that is over: made when the period ended. */
export const invoiceOf = (
  world: World<InvoiceSlices>,
  subscription: SubscriptionId,
  item: SubscriptionItemId,
  { end }: Period,
): Invoice | undefined => {
  const slots = world.invoices.slotsBy('subscription', subscription)
  for (let at = slots.size - 1; at >= 0; at -= 1) {
    const invoice = world.invoices.at(slots.get(at) as number)
    if (invoice === undefined) continue
    if (invoice.created < end) return undefined
    if (invoice.lines.some((line) => line.subscription_item === item && line.period.end === end))
      return invoice
  }
  return undefined
}

/** Parameters of GET /v1/subscription_items/{id}/usage_record_summaries. */
export const usageRecordSummariesParams = closed('ListUsageRecordSummaries', pageParams)

const notSummarized = (id: SubscriptionItemId): Rejection =>
  invalidRequest(
    `Cannot list usage record summaries for \`${id}\` because it is not on the legacy metered billing system.`,
  )

const idOf = (item: SubscriptionItemId, start: Instant): string =>
  drawId(seedWords(`${item}|${start}`), 0, 'sis_1', 23)

/** How many periods there are: those that are over, and the running one. */
const countOf = ({ closed: over, start }: Ledger): number => over.length + (start === null ? 0 : 1)

const viewSummary = (world: World<Reads>, ledger: Ledger, nth: number): UsageRecordSummary => {
  const { id, subscription, closed: over } = ledger
  const period = over[nth]
  const start = period?.start ?? (ledger.start as Instant)
  // What the last period of an ended subscription got before its end counts, though it may be stamped a little later.
  const end = over[nth + 1]?.start ?? (period === undefined ? null : ledger.start) ?? AFTER_ALL
  const aggregate = period?.aggregate_usage ?? ledger.aggregate_usage
  return {
    id: idOf(id, start),
    object: 'usage_record_summary',
    invoice: period === undefined ? null : (invoiceOf(world, subscription, id, period)?.id ?? null),
    livemode: false,
    period: { end: period?.end ?? null, start },
    subscription_item: id,
    total_usage: decimalToNumber(totalOf(ledger, aggregate, { start, end })),
  }
}

/**
 * What was used of an item in each of its billing periods, newest first: the first one is still running.
 * @remarks Source: docs.stripe.com/api/usage-record-summary/list, of 2025-02-24.acacia.
 */
export const listUsageRecordSummaries = (
  world: World<Reads>,
  id: SubscriptionItemId,
  page: Page,
): Either<Rejection, List<UsageRecordSummary>> => {
  const found = itemOf(world, id)
  if (found === undefined || !isThere(world, found.subscription))
    return E.left(unknownSubscriptionItem(id))
  if (!isLegacyMetered(world.prices.need(found.item.price))) return E.left(notSummarized(id))
  const ledger = world.usageRecords.need(id)
  const count = countOf(ledger)
  const startOf = (nth: number): Instant => ledger.closed[nth]?.start ?? (ledger.start as Instant)
  const placeOf = (cursor: string): number => {
    for (let nth = count - 1; nth >= 0; nth -= 1) if (idOf(id, startOf(nth)) === cursor) return nth
    return -1
  }
  function* walk(from: number, step: 1 | -1): Iterable<number> {
    for (let nth = from; nth >= 0 && nth < count; nth += step) yield nth
  }
  return paginate({
    page,
    url: `/v1/subscription_items/${id}/usage_record_summaries`,
    noun: 'usage record summary',
    view: (nth: number) => viewSummary(world, ledger, nth),
    olderThan: (cursor) => {
      if (cursor === undefined) return walk(count - 1, -1)
      const at = placeOf(cursor)
      return at === -1 ? undefined : walk(at - 1, -1)
    },
    newerThan: (cursor) => {
      const at = placeOf(cursor)
      return at === -1 ? undefined : walk(at + 1, 1)
    },
  })
}
