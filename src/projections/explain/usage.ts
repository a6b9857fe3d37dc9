/** How much was used, as the facts say it that stood in the log when a line was written. */
import {
  type AggregateUsage,
  aggregateUsageOf,
  isLegacyMetered,
  type Price,
} from '../../domain/catalog/index.js'
import { formatDay, formatInstant } from '../../domain/kernel/calendar.js'
import type { Period } from '../../domain/kernel/cycle.js'
import { DAY, floorTo, type Instant } from '../../domain/kernel/instant.js'
import { type Meter, windowOf } from '../../domain/metering/index.js'
import {
  isTerminal,
  type Subscription,
  type SubscriptionItem,
} from '../../domain/subscriptions/index.js'
import type { UsageRecordEvent } from '../../domain/usage-records/index.js'
import type { Facts } from './facts.js'
import { RULES } from './rules.js'
import { type Counted, from, given, isBelow, ofUsage, type Step } from './step.js'

const byTime = (a: Counted, b: Counted): number => a.at - b.at || a.position - b.position

/** Never less than nothing. */
const billed = (usage: Step): Step => {
  const nothing = given('nothing', 0, 'units')
  return isBelow(usage, nothing)
    ? from('greatest', 'usage that is billed', 'units', [usage, nothing], { rule: RULES.noLess })
    : usage
}

const timeText = (at: Instant): string => (at % DAY === 0 ? formatDay(at) : formatInstant(at))

/** ` from 2026-01-01 until 2026-02-01`: the latter is not part of it. */
const within = ({ start, end }: Period): string =>
  ` from ${timeText(start)}${Number.isFinite(end) ? ` until ${timeText(end)}` : ''}`

const FORMULAS = {
  sum: 'sum',
  count: 'number',
  last: 'last',
  max: 'greatest',
} as const

/**
 * A customer's use of a meter in `[start, end)`.
 * @param before - The position of the fact that wrote the line: what was received or cancelled later is not in it.
 */
export const meteredUsage = (
  facts: Facts,
  id: string,
  customer: string,
  { start, end }: Period,
  before: number,
): Step => {
  const meter = facts.need<Meter>(id, before)
  const window = windowOf(meter)
  const timeOf = (timestamp: Instant): Instant =>
    window === 0 ? timestamp : floorTo(window, timestamp)
  const counted: Counted[] = []
  const nthOfWindow = new Map<Instant, number>()
  for (const { position, event } of facts.usage(id, customer, before)) {
    const at = timeOf(event.timestamp)
    if (at < timeOf(start) || at >= timeOf(end)) continue
    const report = { position, at, value: event.value ?? '0' }
    const nth = window === 0 ? undefined : nthOfWindow.get(at)
    if (nth === undefined) nthOfWindow.set(at, counted.push(report) - 1)
    else counted[nth] = report
  }
  const { formula } = meter.default_aggregation
  return billed(
    ofUsage(
      formula,
      `usage: the ${FORMULAS[formula]} of ${meter.display_name}${within({ start: timeOf(start), end: timeOf(end) })}`,
      counted.sort(byTime),
      {
        rule: window === 0 ? RULES.usage : RULES.window,
        grounds: facts.ofType(id, 'MeterCreated'),
      },
    ),
  )
}

// Usage records

/** When the running period of an item began, as its ledger knew it before a position; `null` once it has ended. */
const runningSince = (facts: Facts, item: string, before: number): Instant | null => {
  const owner = facts.subscriptionOfItem(item)
  let since: Instant | null | undefined
  for (const { position, event } of owner === undefined ? [] : facts.about(owner, before - 1)) {
    const { items, status } = (event.subscription ?? event.changes ?? {}) as Partial<Subscription>
    const one = items?.find(({ id }) => id === item)
    if (one !== undefined && one.quantity === null && since !== null) {
      const price = facts.row<Price>(one.price, position)
      if (price !== undefined && isLegacyMetered(price))
        since = Math.max(since ?? one.current_period_start, one.current_period_start)
    }
    if (status !== undefined && isTerminal(status)) since = null
  }
  return since ?? null
}

/** All that is stored of an item, and each change of it at the time at which it counts. */
const recordsOf = (facts: Facts, item: string, before: number) => {
  let changes: Counted[] = []
  const stored = new Map<Instant, Counted & { readonly quantity: number }>()
  for (const { position, event } of facts.about(item, before - 1)) {
    const fact = event as UsageRecordEvent
    if (fact.type === 'UsageCleared') {
      const since = runningSince(facts, item, position)
      if (since === null) continue
      changes = changes.filter(({ at }) => at < since)
      for (const at of [...stored.keys()]) if (at >= since) stored.delete(at)
      continue
    }
    const { timestamp, quantity, counted_at = timestamp } = fact
    const value = String(quantity - (stored.get(timestamp)?.quantity ?? 0))
    changes.push({ position, at: counted_at, value })
    stored.set(timestamp, { position, at: timestamp, value: String(quantity), quantity })
  }
  const quantities = [...stored.values()].map(({ position, at, value }) => ({
    position,
    at,
    value,
  }))
  return { changes: changes.sort(byTime), quantities: quantities.sort(byTime) }
}

const RECORDS: Readonly<
  Record<AggregateUsage, { readonly formula: 'sum' | 'last' | 'max'; readonly what: string }>
> = {
  sum: { formula: 'sum', what: 'sum' },
  max: { formula: 'max', what: 'greatest' },
  last_during_period: { formula: 'last', what: 'last of the period' },
  last_ever: { formula: 'last', what: 'last ever' },
}

/** What the usage records of an item come to in `[start, end)`, before a position. */
export const recordedUsage = (
  facts: Facts,
  item: SubscriptionItem['id'],
  price: Price,
  { start, end }: Period,
  before: number,
): Step => {
  const aggregate = aggregateUsageOf(price) ?? 'sum'
  const { changes, quantities } = recordsOf(facts, item, before)
  const counted = (aggregate === 'sum' ? changes : quantities).filter(
    ({ at }) => (aggregate === 'last_ever' || at >= start) && at < end,
  )
  const { formula, what } = RECORDS[aggregate]
  return billed(
    ofUsage(
      formula,
      `usage: the ${what} of the records of ${item}${within({ start, end })}`,
      counted,
      {
        rule: RULES.records,
      },
    ),
  )
}
