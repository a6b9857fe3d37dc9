/** What an update makes of a subscription's items. */
import { isLegacyMetered, type Price } from '../catalog/index.js'
import { periodAt, type Recurrence } from '../kernel/cycle.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import {
  amountRefusal,
  anchorOf,
  ITEMS_MAX,
  intervalsRefusal,
  isMetered,
  legacyRefusal,
  quantityRefusal,
  recurrenceOf,
  recurringPrice,
  type Subscription,
  type SubscriptionItem,
  samePriceTwice,
  type UpdateSubscription,
} from '../subscriptions/index.js'
import { releaseItem } from '../usage-records/index.js'
import { type Billing, nowOf } from './billing.js'
import { noProrations } from './cancel.js'

type Reads = World<Billing>

type ItemChange = NonNullable<UpdateSubscription['items']>[number]

interface Changed {
  readonly items: readonly SubscriptionItem[]
  /** Some of it is to be credited, debited or billed for the running period. */
  readonly prorates: boolean
}

const noPlanLeft: Rejection = invalidRequest('A subscription must have at least one active plan.')

/** @remarks Source: docs.stripe.com/api/subscriptions/update, of 2025-02-24.acacia; the text is ours. */
const onlyWithItem = (param: string): Rejection =>
  invalidRequest('You can only set `clear_usage` where `deleted` is `true`.', { param })

const choiceGiven = ({ price, plan, price_data }: ItemChange): boolean =>
  price !== undefined || plan !== undefined || price_data !== undefined

/** The running period of a recurrence on the subscription's cycle. */
export const runningPeriod = (
  subscription: Subscription,
  recurrence: Recurrence,
  now: Instant,
): Pick<SubscriptionItem, 'current_period_start' | 'current_period_end'> => {
  const { cancel_at, status, trial_end, trial_start } = subscription
  if (status === 'trialing' && trial_end !== null)
    return { current_period_start: trial_start ?? now, current_period_end: trial_end }
  const { start, end } = periodAt(anchorOf(subscription), recurrence, now)
  return {
    current_period_start: start,
    current_period_end: cancel_at !== null && cancel_at < end ? cancel_at : end,
  }
}

const sameRecurrence = (a: Recurrence, b: Recurrence): boolean =>
  a.interval === b.interval && a.interval_count === b.interval_count

/** An item with another price or quantity, and whether money follows. */
const repriced = (
  world: Reads,
  subscription: Subscription,
  item: SubscriptionItem,
  change: ItemChange,
  price: Price,
  param: string,
): Either<Rejection, { readonly item: SubscriptionItem; readonly prorates: boolean }> => {
  const refusal = quantityRefusal(price, change.quantity, param)
  if (refusal !== undefined) return E.left(refusal)
  const now = nowOf(world, subscription)
  const before = world.prices.need(item.price)
  const other = price.id !== item.price
  const quantity = isMetered(price) ? null : (change.quantity ?? (other ? 1 : (item.quantity ?? 1)))
  const metadata = mergeMetadata(item.metadata, change.metadata)
  const tooMuch = metadataRefusal(metadata)
  if (tooMuch !== undefined) return E.left(tooMuch)
  const moved = !sameRecurrence(recurrenceOf(before), recurrenceOf(price))
  const next: SubscriptionItem = {
    ...item,
    metadata,
    price: price.id,
    quantity,
    ...(moved ? runningPeriod(subscription, recurrenceOf(price), now) : {}),
    ...(other ? { usage_from: now } : {}),
  }
  return E.right({ item: next, prorates: other || quantity !== item.quantity })
}

const added = (
  world: Reads,
  subscription: Subscription,
  change: ItemChange,
  price: Price,
  nth: number,
): Either<Rejection, SubscriptionItem> => {
  const refusal = quantityRefusal(price, change.quantity, `items[${nth}]`)
  if (refusal !== undefined) return E.left(refusal)
  const now = nowOf(world, subscription)
  return E.right({
    id: newId(world, 'si_', 14, nth),
    created: now,
    metadata: newMetadata(change.metadata),
    price: price.id,
    quantity: isMetered(price) ? null : (change.quantity ?? 1),
    ...runningPeriod(subscription, recurrenceOf(price), now),
    usage_from: now,
  })
}

const itemsRefusal = (
  world: Reads,
  { billing_mode, currency }: Subscription,
  items: readonly SubscriptionItem[],
): Rejection | undefined => {
  if (items.length === 0) return noPlanLeft
  if (items.length > ITEMS_MAX)
    return invalidRequest(`A subscription can have up to ${ITEMS_MAX} items.`, { param: 'items' })
  const prices = items.map(({ price }) => world.prices.need(price))
  const seen = new Set<string>()
  for (const { id } of prices) {
    if (seen.has(id)) return samePriceTwice(id)
    seen.add(id)
  }
  for (const [nth, price] of prices.entries()) {
    const refusal = amountRefusal(price, currency, items[nth]?.quantity ?? null, 'items')
    if (refusal !== undefined) return refusal
  }
  return (
    legacyRefusal(prices, billing_mode) ?? intervalsRefusal(prices.map(recurrenceOf), billing_mode)
  )
}

/** The price that an item is to be on: the one that is asked for, or its own. */
const priceFor =
  (
    item: SubscriptionItem | undefined,
    change: ItemChange,
    param: string,
  ): Decision<Billing, Price> =>
  (world) =>
    item !== undefined && !choiceGiven(change)
      ? decided(world, world.prices.need(item.price))
      : recurringPrice(change, param)(world)

/** The items once the changes are made, in order: those that are not named stay as they are. */
const itemsAfter =
  (subscription: Subscription, changes: readonly ItemChange[]): Decision<Billing, Changed> =>
  (start) => {
    let world = start
    let items = subscription.items
    let prorates = false
    for (const [nth, change] of changes.entries()) {
      const param = `items[${nth}]`
      const item = items.find(({ id }) => id === change.id)
      if (change.id !== undefined && item === undefined)
        return E.left(resourceMissingIn(`${param}[id]`, 'subscription item', change.id))
      const clears = change.clear_usage === true
      if (item !== undefined && change.deleted === true) {
        const released = releaseItem(subscription, item, clears, `${param}[clear_usage]`)(world)
        if (E.isLeft(released)) return released
        world = released.right.world
        items = items.filter(({ id }) => id !== item.id)
        prorates = true
        continue
      }
      if (item !== undefined && clears && isLegacyMetered(world.prices.need(item.price)))
        return E.left(onlyWithItem(`${param}[clear_usage]`))
      const chosen = priceFor(item, change, param)(world)
      if (E.isLeft(chosen)) return chosen
      const { result: price } = chosen.right
      world = chosen.right.world
      if (item === undefined) {
        const next = added(world, subscription, change, price, nth)
        if (E.isLeft(next)) return next
        items = [...items, next.right]
        prorates ||= !isMetered(price)
        continue
      }
      const next = repriced(world, subscription, item, change, price, param)
      if (E.isLeft(next)) return next
      items = items.map((other) => (other.id === item.id ? next.right.item : other))
      prorates ||= next.right.prorates
    }
    const refusal = itemsRefusal(world, subscription, items)
    return refusal === undefined ? decided(world, { items, prorates }) : E.left(refusal)
  }

/** Whether a classic cycle would start anew: another interval, or money where there was none. */
const restartsCycle = (
  world: Reads,
  { billing_mode, items: before }: Subscription,
  items: readonly SubscriptionItem[],
): boolean => {
  if (billing_mode === 'flexible') return false
  const recurrences = (of: readonly SubscriptionItem[]) =>
    of.map(({ price }) => recurrenceOf(world.prices.need(price)))
  const [first] = recurrences(before)
  const isFree = (of: readonly SubscriptionItem[]): boolean =>
    of.every(({ price: id }) => {
      const price = world.prices.need(id)
      return price.billing_scheme === 'per_unit' && price.unit_amount_decimal === '0'
    })
  return (
    recurrences(items).some(
      (recurrence) => first !== undefined && !sameRecurrence(recurrence, first),
    ) ||
    (isFree(before) && !isFree(items))
  )
}

/** What the items become, or why that needs what is not simulated. */
export const changedItems =
  (
    subscription: Subscription,
    changes: readonly ItemChange[] | undefined,
    behavior: UpdateSubscription['proration_behavior'],
  ): Decision<Billing, readonly SubscriptionItem[]> =>
  (world) => {
    if (changes === undefined) return decided(world, subscription.items)
    const done = itemsAfter(subscription, changes)(world)
    if (E.isLeft(done)) return done
    const { items, prorates } = done.right.result
    const billed = subscription.status !== 'trialing' && subscription.status !== 'paused'
    if (prorates && billed && behavior !== 'none')
      return E.left(
        noProrations(
          'proration_behavior',
          'Pass `proration_behavior=none` to bill the change from the next period on.',
        ),
      )
    if (billed && restartsCycle(done.right.world, subscription, items))
      return E.left(
        noProrations('items', 'In classic billing mode this change starts the cycle anew.'),
      )
    return decided(done.right.world, items)
  }
