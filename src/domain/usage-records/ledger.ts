/** What was reported of legacy metered items, the periods in which it counts, and what it adds up to. */
import {
  type AggregateUsage,
  aggregateUsageOf,
  type Price,
  type PriceSlices,
} from '../catalog/index.js'
import { idOf, integer, optional, timestamp } from '../kernel/codec.js'
import type { Period } from '../kernel/cycle.js'
import {
  addUnits,
  type Decimal,
  decimal,
  subtractUnits,
  type Units,
  ZERO,
} from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { type Place, slice } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import { SortedTree, type TreeRules } from '../kernel/sorted-tree.js'
import { Table } from '../kernel/table.js'
import {
  isTerminal,
  type Subscription,
  type SubscriptionEvent,
  type SubscriptionId,
  type SubscriptionItem,
  type SubscriptionItemId,
} from '../subscriptions/index.js'

/** A period that is over, and how usage added up in it. */
export interface ClosedPeriod extends Period {
  readonly aggregate_usage: AggregateUsage
}

/** Amounts by time, and what the amounts of any range add up to. */
type Amounts = SortedTree<Instant, Units, Units>

/** What is known of one item that usage records bill, or once did. */
export interface Ledger {
  readonly id: SubscriptionItemId
  readonly subscription: SubscriptionId
  /** How usage adds up in the running period. */
  readonly aggregate_usage: AggregateUsage
  /** When the running period began; `null` once the subscription has ended. */
  readonly start: Instant | null
  /** Oldest first, each from where the one before it ended. */
  readonly closed: readonly ClosedPeriod[]
  /** The stored quantity of each timestamp. */
  readonly quantities: Amounts
  /** What counts at another time than its timestamp: taken away at the one, added at the other. */
  readonly moved: Amounts
}

export interface UsageRecordSlices {
  /** By `subscription`. */
  readonly usageRecords: Table<Ledger, 'subscription'>
}

type Ledgers = UsageRecordSlices['usageRecords']

// Events

export interface UsageRecorded extends DomainEvent {
  readonly type: 'UsageRecorded'
  readonly subscription_item: SubscriptionItemId
  readonly timestamp: Instant
  /** All that is stored at the timestamp from now on. */
  readonly quantity: number
  /** Where the change counts instead: in a later period than its timestamp's, whose invoice was final. */
  readonly counted_at?: Instant
}

/** What was reported in the running period of an item was discarded. */
export interface UsageCleared extends DomainEvent {
  readonly type: 'UsageCleared'
  readonly subscription_item: SubscriptionItemId
}

export type UsageRecordEvent = UsageRecorded | UsageCleared

const item = idOf<SubscriptionItemId>()

export const usageRecordEvents = {
  UsageRecorded: eventFormat<UsageRecorded>(
    'UsageRecorded',
    {
      subscription_item: item,
      timestamp,
      quantity: integer(0),
      counted_at: optional(timestamp),
    },
    { tell: ({ subscription_item, quantity }) => `${subscription_item} ${quantity}` },
  ),
  UsageCleared: eventFormat<UsageCleared>(
    'UsageCleared',
    { subscription_item: item },
    { tell: ({ subscription_item }) => subscription_item },
  ),
}

// Folding

const RULES: TreeRules<Instant, Units, Units> = {
  compare: (a, b) => a - b,
  measure: (units) => units,
  add: addUnits,
  zero: 0,
}

const NOTHING: Amounts = SortedTree.of(RULES)

const opened = (
  { id, current_period_start }: SubscriptionItem,
  subscription: SubscriptionId,
  aggregate_usage: AggregateUsage,
): Ledger => ({
  id,
  subscription,
  aggregate_usage,
  start: current_period_start,
  closed: [],
  quantities: NOTHING,
  moved: NOTHING,
})

/** The ledger once the running period of its item begins at `start`; one that began earlier goes on. */
const turned = (ledger: Ledger, start: Instant, aggregate_usage: AggregateUsage): Ledger => {
  if (ledger.start === null || start <= ledger.start)
    return ledger.aggregate_usage === aggregate_usage ? ledger : { ...ledger, aggregate_usage }
  const over = { start: ledger.start, end: start, aggregate_usage: ledger.aggregate_usage }
  return { ...ledger, aggregate_usage, start, closed: [...ledger.closed, over] }
}

/** The ledgers once a subscription has these items: new ones are opened, periods that have moved on are closed. */
const followed = (
  ledgers: Ledgers,
  subscription: SubscriptionId,
  items: readonly SubscriptionItem[],
  { world }: Place<PriceSlices>,
): Ledgers => {
  let next = ledgers
  for (const one of items) {
    if (one.quantity !== null) continue
    const price = world.prices.get(one.price)
    const aggregate = price === undefined ? undefined : aggregateUsageOf(price)
    if (aggregate === undefined) continue
    next = next.has(one.id)
      ? next.update(one.id, (ledger) => turned(ledger, one.current_period_start, aggregate))
      : next.insert(opened(one, subscription, aggregate))
  }
  return next
}

/** The ledgers once a subscription has ended: its running periods end then, too. */
const ended = (ledgers: Ledgers, subscription: SubscriptionId, at: Instant): Ledgers => {
  if (ledgers.count === 0) return ledgers
  let next = ledgers
  for (const { id, start } of [...ledgers.by('subscription', subscription)])
    if (start !== null)
      next = next.update(id, (ledger) => ({
        ...ledger,
        start: null,
        closed: [
          ...ledger.closed,
          { start, end: Math.max(start, at), aggregate_usage: ledger.aggregate_usage },
        ],
      }))
  return next
}

const changed = (
  ledgers: Ledgers,
  event: {
    readonly at: Instant
    readonly id: SubscriptionId
    readonly changes: Partial<Subscription>
  },
  place: Place<PriceSlices>,
): Ledgers => {
  const { items, status } = event.changes
  const next = items === undefined ? ledgers : followed(ledgers, event.id, items, place)
  return status !== undefined && isTerminal(status) ? ended(next, event.id, event.at) : next
}

const added = (amounts: Amounts, at: Instant, units: Units): Amounts =>
  amounts.set(at, addUnits(amounts.get(at) ?? 0, units))

/** What is stored at a timestamp. */
export const storedAt = ({ quantities }: Ledger, at: Instant): number =>
  Number(quantities.get(at) ?? 0)

/** The ledger with a quantity stored at a timestamp. @param countedAt - Where the change counts, if not there. */
export const withQuantity = (
  ledger: Ledger,
  at: Instant,
  quantity: number,
  countedAt: Instant | undefined,
): Ledger => {
  const quantities = ledger.quantities.set(at, quantity)
  if (countedAt === undefined) return { ...ledger, quantities }
  const change = quantity - storedAt(ledger, at)
  const moved = added(added(ledger.moved, at, 0 - change), countedAt, change)
  return { ...ledger, quantities, moved }
}

const before = (amounts: Amounts, time: Instant): Amounts => {
  let left = amounts
  for (let last = left.before(AFTER_ALL); last !== undefined; last = left.before(AFTER_ALL)) {
    if (last[0] < time) return left
    left = left.delete(last[0])
  }
  return left
}

type ItemsEvent = Extract<
  SubscriptionEvent,
  {
    readonly type:
      | 'SubscriptionCreated'
      | 'SubscriptionUpdated'
      | 'SubscriptionCanceled'
      | 'SubscriptionPaused'
  }
>

export const usageRecordsSlice = slice<Ledgers, UsageRecordEvent | ItemsEvent, PriceSlices>({
  initial: () =>
    Table.of<Ledger, { subscription: (ledger: Ledger) => string }>({
      subscription: ({ subscription }) => subscription,
    }),
  evolve: {
    SubscriptionCreated: (ledgers, { subscription }, place) =>
      followed(ledgers, subscription.id, subscription.items, place),
    SubscriptionUpdated: changed,
    SubscriptionCanceled: changed,
    SubscriptionPaused: changed,
    UsageRecorded: (ledgers, event) =>
      ledgers.update(event.subscription_item, (ledger) =>
        withQuantity(ledger, event.timestamp, event.quantity, event.counted_at),
      ),
    UsageCleared: (ledgers, event) =>
      ledgers.update(event.subscription_item, (ledger) =>
        ledger.start === null
          ? ledger
          : {
              ...ledger,
              quantities: before(ledger.quantities, ledger.start),
              moved: before(ledger.moved, ledger.start),
            },
      ),
  },
})

// Adding up

/** Later than any timestamp. */
export const AFTER_ALL: Instant = Number.POSITIVE_INFINITY

const between = (amounts: Amounts, { start, end }: Period): Units =>
  subtractUnits(amounts.sumBelow(end), amounts.sumBelow(start))

const greatest = ({ quantities }: Ledger, { start, end }: Period): Units => {
  let most: Units = 0
  for (
    let at = quantities.before(end);
    at !== undefined && at[0] >= start;
    at = quantities.before(at[0])
  )
    if (at[1] > most) most = at[1]
  return most
}

/** The amounts of a time by a formula. `end` is not part of it. */
const FORMULAS: Readonly<Record<AggregateUsage, (ledger: Ledger, period: Period) => Units>> = {
  sum: ({ quantities, moved }, period) =>
    addUnits(between(quantities, period), between(moved, period)),
  max: greatest,
  last_during_period: ({ quantities }, { start, end }) => {
    const last = quantities.before(end)
    return last === undefined || last[0] < start ? 0 : last[1]
  },
  last_ever: ({ quantities }, { end }) => quantities.before(end)?.[1] ?? 0,
}

/**
 * What was used in `[start, end)`: 0 where nothing was reported, but for `last_ever`, which carries over. A `sum` is
 * below nothing where a quantity was lowered whose invoice was final.
 * @remarks Source: docs.stripe.com/api/prices/object, `recurring.aggregate_usage` of 2025-02-24.acacia. Case: M-G4.
 */
export const totalOf = (ledger: Ledger, aggregate_usage: AggregateUsage, period: Period): Decimal =>
  decimal(FORMULAS[aggregate_usage](ledger, period))

/** What the usage records of an item say that a price bills in `[start, end)`. */
export const recordedUsage = (
  world: World<UsageRecordSlices>,
  id: SubscriptionItemId,
  price: Price,
  period: Period,
): Decimal => {
  const ledger = world.usageRecords.get(id)
  const aggregate = aggregateUsageOf(price)
  return ledger === undefined || aggregate === undefined ? ZERO : totalOf(ledger, aggregate, period)
}
