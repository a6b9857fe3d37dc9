/** What a subscription's invoices bill. */
import { isLegacyMetered, type Price } from '../catalog/index.js'
import {
  chargeLines,
  type Invoice,
  type InvoiceLine,
  type LineSource,
  lineOfItem,
  type NewLine,
  numbered,
  pendingItems,
  shareLine,
  trialLine,
  wholeUnits,
} from '../invoicing/index.js'
import type { Period } from '../kernel/cycle.js'
import { type Decimal, ZERO } from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import { type Instant, later } from '../kernel/instant.js'
import { aggregate, type Meter } from '../metering/index.js'
import {
  type Charge,
  isMetered,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionItemId,
} from '../subscriptions/index.js'
import { AFTER_ALL, recordedUsage } from '../usage-records/index.js'
import type { Billing } from './billing.js'

const priceOf = (world: World<Billing>, item: SubscriptionItem): Price =>
  world.prices.need(item.price)

const sourceOf = (
  subscription: Subscription,
  item: SubscriptionItem,
  period: Period,
  usage_from: Instant | null = null,
): LineSource => ({
  subscription: subscription.id,
  subscription_item: item.id,
  metadata: subscription.metadata,
  period,
  usage_from,
})

/** What was used of a metered price, never less than nothing: by its meter, or by the usage records of the item. */
const usageOf = (
  world: World<Billing>,
  subscription: Pick<Subscription, 'customer'>,
  item: SubscriptionItemId,
  price: Price,
  from: Instant,
  until: Instant,
): Decimal => {
  if (until <= from) return ZERO
  const used = isLegacyMetered(price)
    ? recordedUsage(world, item, price, { start: from, end: until })
    : aggregate(world, meterOf(world, price), subscription.customer, from, until)
  return used.units < 0 ? ZERO : used
}

const meterOf = (world: World<Billing>, { id, recurring }: Price): Meter =>
  world.meters.get(recurring?.meter ?? '') ?? defect(`the price '${id}' has no meter`)

/** How far usage counts that a subscription had when it ended: to this very second, where a frozen clock stands, too. */
const countedUntil = (price: Price, until: Instant): Instant =>
  // What was recorded for the period belongs to it, though it may be stamped a little later.
  isLegacyMetered(price) ? AFTER_ALL : until + 1

/**
 * The elapsed period of a metered item, billed by what its meter or its usage records say.
 * @param isFixed - Usage that comes later does not count: the subscription ended here.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based. Case: M-B10.
 */
export const usageLines = (
  world: World<Billing>,
  subscription: Subscription,
  item: SubscriptionItem,
  until: Instant,
  isFixed = false,
): readonly NewLine[] => {
  const price = priceOf(world, item)
  const from = later(item.usage_from, item.current_period_start)
  const period = { start: item.current_period_start, end: until }
  return chargeLines(
    world,
    price,
    subscription.currency,
    usageOf(
      world,
      subscription,
      item.id,
      price,
      from,
      isFixed ? countedUntil(price, until) : until,
    ),
    sourceOf(subscription, item, period, isFixed ? null : from),
  )
}

/**
 * The lines of a licensed item for its running period, which may be a part of its natural one.
 * @param natural - The natural period that holds the running one's start.
 */
export const periodLines = (
  world: World<Billing>,
  subscription: Subscription,
  item: SubscriptionItem,
  natural: Period,
): readonly NewLine[] => {
  const price = priceOf(world, item)
  const quantity = wholeUnits(item.quantity ?? 0)
  const period = { start: item.current_period_start, end: item.current_period_end }
  const source = sourceOf(subscription, item, period)
  const part = period.end - period.start
  const whole = natural.end - natural.start
  return part === whole
    ? chargeLines(world, price, subscription.currency, quantity, source)
    : [shareLine(world, price, subscription.currency, quantity, [{ part, whole }], source)]
}

/** The lines of an item's free period. */
export const trialLines = (
  world: World<Billing>,
  subscription: Subscription,
  item: SubscriptionItem,
  period: Period,
): readonly NewLine[] => [
  trialLine(
    world,
    priceOf(world, item),
    subscription.currency,
    item.quantity ?? 0,
    subscription.billing_mode,
    sourceOf(subscription, item, period),
  ),
]

const isWhole = ({ shares }: Charge): boolean =>
  shares.length === 1 && shares[0]?.part === shares[0]?.whole

/** The lines of what a first invoice bills of an item. */
export const chargedLines = (
  world: World<Billing>,
  subscription: Subscription,
  charge: Charge,
): readonly NewLine[] => {
  const { item, kind, period, shares } = charge
  if (kind === 'trial') return trialLines(world, subscription, item, period)
  const price = priceOf(world, item)
  const source = sourceOf(subscription, item, period)
  const { currency } = subscription
  if (kind === 'usage_zero') return [shareLine(world, price, currency, ZERO, [], source)]
  const quantity = wholeUnits(item.quantity ?? 0)
  return isWhole(charge)
    ? chargeLines(world, price, currency, quantity, source)
    : [shareLine(world, price, currency, quantity, shares, source)]
}

/** The lines of several items in the order of an invoice: the newest item first. */
export const newestFirst = (
  items: readonly SubscriptionItem[],
  linesOf: (item: SubscriptionItem) => readonly NewLine[],
): readonly NewLine[] => [...items].reverse().flatMap(linesOf)

/** The lines of the pending items that an invoice of the subscription takes. */
export const pendingLines = (
  world: World<Billing>,
  { id, customer, currency }: Subscription,
): readonly NewLine[] => pendingItems(world, customer, currency, id).map(lineOfItem)

/** The metered items whose period ends. */
export const meteredOf = (
  world: World<Billing>,
  { items }: Subscription,
): readonly SubscriptionItem[] => items.filter((item) => isMetered(priceOf(world, item)))

/**
 * A draft's lines with its metered ones worked out again: usage that came while it was a draft counts.
 * @returns `undefined` where it has none.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based, the finalization grace period.
 */
export const recountedLines = (
  world: World<Billing>,
  invoice: Invoice,
): readonly InvoiceLine[] | undefined => {
  if (invoice.lines.every(({ usage_from }) => usage_from === null)) return undefined
  const lines: InvoiceLine[] = []
  const counted = new Set<string>()
  let drawn = 0
  for (const line of invoice.lines) {
    const { subscription_item, usage_from } = line
    if (usage_from === null || subscription_item === null) {
      lines.push(line)
      continue
    }
    if (counted.has(subscription_item)) continue
    counted.add(subscription_item)
    const before = invoice.lines.filter(
      (other) => other.subscription_item === subscription_item && other.usage_from !== null,
    )
    const price = world.prices.need(line.price ?? '')
    const now = chargeLines(
      world,
      price,
      invoice.currency,
      usageOf(world, invoice, subscription_item, price, usage_from, line.period.end),
      { ...line, usage_from },
    )
    for (const [nth, next] of now.entries()) {
      const [again] = numbered(world, [next], drawn) as [InvoiceLine]
      const id = before[nth]?.id
      if (id === undefined) drawn += 1
      lines.push(id === undefined ? again : { ...again, id })
    }
  }
  return lines
}
