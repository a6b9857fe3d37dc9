/** What usage records add to the kit: their step, and the laws of what they add up to. */
import fc from 'fast-check'
import { ask, E, entries, type SubscriptionItem, type World } from '../index.js'
import { places } from './arbitraries.js'
import { type FamilyKit, fittingAt, type Law, nowOf, stepKind } from './kit.js'
import { same } from './laws.js'

/** An item of a legacy price, and its subscription. */
const itemAt = (world: World, place: number) =>
  fittingAt(world.subscriptionItems, place, ({ id }) => isLegacy(world, id))

const priceOf = (world: World, id: string) => {
  const owner = world.subscriptionItems.get(id)
  const item = ownerOf(world, id)?.items.find((one) => one.id === id)
  return owner === undefined || item === undefined ? undefined : world.prices.get(item.price)
}

const ownerOf = (world: World, id: string) =>
  world.subscriptions.get(world.subscriptionItems.get(id)?.subscription ?? '')

const isLegacy = (world: World, id: string): boolean =>
  priceOf(world, id)?.recurring?.aggregate_usage !== undefined

/** Seconds from what is said: about the bounds of what is taken, and days away. */
const distances = fc.oneof(
  fc.integer({ min: -310, max: 310 }),
  fc.integer({ min: -3, max: 40 }).map((days) => days * 86_400),
)

/** A time that is told from now, or from the beginning of the running period. */
const times = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.record({ from: fc.constant('now' as const), by: distances }) },
  { weight: 3, arbitrary: fc.record({ from: fc.constant('start' as const), by: distances }) },
)

type At = { readonly from: 'now' | 'start'; readonly by: number } | null

const timeIn = (world: World, id: string, at: At): object => {
  const owner = ownerOf(world, id)
  if (at === null || owner === undefined) return {}
  const now = nowOf(world, owner.customer)
  const item = owner.items.find((one) => one.id === id) as SubscriptionItem | undefined
  const from = at.from === 'now' ? now : (item?.current_period_start ?? now)
  return { timestamp: from + at.by }
}

// Laws

const SUMS = 'usage records add up to their summaries'

/** Amounts as the facts say them: what is stored at each timestamp of an item, and where each change of it counts. */
interface Reported {
  readonly stored: Map<number, number>
  readonly counted: { readonly at: number; readonly units: number }[]
}

const reportedIn = (world: World): ReadonlyMap<string, Reported> => {
  const items = new Map<string, Reported>()
  for (const { event } of entries(world)) {
    if (event.type !== 'UsageRecorded') continue
    const { subscription_item, timestamp, quantity, counted_at } = event as unknown as {
      readonly subscription_item: string
      readonly timestamp: number
      readonly quantity: number
      readonly counted_at?: number
    }
    const item: Reported = items.get(subscription_item) ?? { stored: new Map(), counted: [] }
    items.set(subscription_item, item)
    const before = item.stored.get(timestamp) ?? 0
    item.counted.push({ at: counted_at ?? timestamp, units: quantity - before })
    item.stored.set(timestamp, quantity)
  }
  return items
}

interface Summary {
  readonly period: { readonly start: number; readonly end: number | null }
  readonly total_usage: number
}

/** All of them, oldest first; `undefined` where their clock is gone. */
const summariesOf = (world: World, id: string): readonly Summary[] | undefined => {
  const rows: Summary[] = []
  for (let cursor: string | undefined; ; ) {
    const done = ask(world, {
      type: 'ListUsageRecordSummaries',
      id,
      params: { limit: 3, ...(cursor === undefined ? {} : { starting_after: cursor }) },
    })
    if (E.isLeft(done)) return undefined
    const { data, has_more } = done.right
    rows.push(...data)
    cursor = data.at(-1)?.id
    if (!has_more || cursor === undefined) return rows.reverse()
  }
}

/** What a formula makes of what was reported, with no more than a list. */
const worth = (
  { stored, counted }: Reported,
  formula: string,
  start: number,
  end: number,
): number => {
  const within = [...stored]
    .filter(([at]) => (formula === 'last_ever' || at >= start) && at < end)
    .sort(([a], [b]) => a - b)
  if (formula === 'sum')
    return counted
      .filter(({ at }) => at >= start && at < end)
      .reduce((sum, { units }) => sum + units, 0)
  if (formula === 'max') return Math.max(0, ...within.map(([, quantity]) => quantity))
  return within.at(-1)?.[1] ?? 0
}

const NOTHING: Reported = { stored: new Map(), counted: [] }

/** Each summary is what the facts of its period make, and all of a price that sums are all that is stored. */
export const usageAddsUp: Law = (world) => {
  const reported = reportedIn(world)
  for (const { id, aggregate_usage, closed } of world.usageRecords) {
    if (!isLegacy(world, id)) continue
    const rows = summariesOf(world, id)
    if (rows === undefined) continue
    const of = reported.get(id) ?? NOTHING
    for (const [nth, { period, total_usage }] of rows.entries()) {
      const next = rows[nth + 1]?.period.start
      if (next !== undefined) same(SUMS, period.end, next, `${id} from ${period.start}`)
      const formula = closed[nth]?.aggregate_usage ?? aggregate_usage
      const expected = worth(of, formula, period.start, next ?? Number.POSITIVE_INFINITY)
      same(SUMS, total_usage, expected, `${id} from ${period.start}`)
    }
    if (aggregate_usage !== 'sum' || closed.some((one) => one.aggregate_usage !== 'sum')) continue
    const stored = [...of.stored.values()].reduce((sum, quantity) => sum + quantity, 0)
    const total = rows.reduce((sum, { total_usage }) => sum + total_usage, 0)
    same(SUMS, total, stored, `${id} in all`)
  }
}

const BILLED = 'a final invoice bills what the usage records of its period came to'

/** The units that an invoice bills of an item are its summary, unless part of the period is not billed. */
export const usageIsBilled: Law = (world) => {
  for (const { id, subscription } of world.usageRecords) {
    const owner = world.subscriptions.get(subscription)
    const item = owner?.items.find((one) => one.id === id)
    // An item that has changed its price, or came later than its period, bills a part of it.
    if (owner === undefined || item === undefined || hasChanged(world, id, owner.created)) continue
    const rows = ask(world, { type: 'ListUsageRecordSummaries', id, params: { limit: 100 } })
    if (E.isLeft(rows)) continue
    for (const { invoice: of, period, total_usage } of rows.right.data) {
      const invoice = of === null ? undefined : world.invoices.get(of)
      if (invoice === undefined || invoice.status === 'draft') continue
      // A line that somebody has edited, or that was fixed at once, is not worked out any more.
      const units = invoice.lines
        .filter(
          ({ subscription_item, usage_from, ...line }) =>
            subscription_item === id && usage_from !== null && line.period.end === period.end,
        )
        .map(({ quantity }) => Number(quantity))
      if (units.length === 0) continue
      const price = priceOf(world, id)
      if (price?.billing_scheme !== 'per_unit') continue
      if (price.transform_quantity !== null) continue
      same(BILLED, units, [Math.max(0, total_usage)], `${id} of ${of}`)
    }
  }
}

/** Whether an item was added to its subscription, or has been on another price. */
const hasChanged = (world: World, id: string, created: number): boolean => {
  let first: string | undefined
  for (const { event } of entries(world)) {
    const { subscription, changes } = event as unknown as {
      readonly subscription?: { readonly items?: readonly SubscriptionItem[] }
      readonly changes?: { readonly items?: readonly SubscriptionItem[] }
    }
    const items =
      event.type === 'SubscriptionCreated'
        ? subscription?.items
        : event.type.startsWith('Subscription')
          ? changes?.items
          : undefined
    const item = items?.find((one) => one.id === id)
    if (item === undefined) continue
    if (item.created !== created) return true
    first ??= item.price
    if (item.price !== first) return true
  }
  return false
}

export const usageRecordsKit: FamilyKit = {
  name: 'usage-records',
  steps: {
    CreateUsageRecord: stepKind({
      given: fc.record({
        item: places,
        quantity: fc.integer({ min: 0, max: 20 }),
        at: times,
        action: fc.constantFrom('increment', 'increment', 'set'),
      }),
      command: ({ item, quantity, at, action }, world) => {
        const id = itemAt(world, item)?.id ?? 'si_none_yet'
        return {
          type: 'CreateUsageRecord',
          id,
          params: { quantity, action, ...timeIn(world, id, at) },
        }
      },
      weight: 4,
      isIdempotent: ({ action }) => action === 'set',
    }),
  },
  laws: { [SUMS]: usageAddsUp, [BILLED]: usageIsBilled },
}
