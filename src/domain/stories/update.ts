/** Changes of a running subscription. Those that need prorations are refused by name. */
import type { Price } from '../catalog/index.js'
import {
  collectInvoice,
  createPricedItem,
  draftInvoice,
  finalizeInvoice,
  type InvoiceId,
  type NewLine,
  nextInvoiceId,
} from '../invoicing/index.js'
import { anchorAt, boundary, periodAt, type Recurrence } from '../kernel/cycle.js'
import {
  andThen,
  type Decision,
  decided,
  each,
  mapResult,
  newId,
  succeed,
  type World,
} from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import {
  amountRefusal,
  anchorOf,
  type CreateSubscriptionItem,
  type DeleteSubscriptionItem,
  daysUntilDueRefusal,
  defaultMethodRefusal,
  extraCharges,
  ITEMS_MAX,
  intervalsRefusal,
  isMetered,
  isTerminal,
  itemOf,
  naturalPeriod,
  notInFuture,
  pendingIntervalRefusal,
  quantityRefusal,
  recurrenceOf,
  recurringPrice,
  type Subscription,
  type SubscriptionId,
  type SubscriptionItem,
  type SubscriptionItemId,
  samePriceTwice,
  trialEndRefusal,
  type UpdateSubscription,
  type UpdateSubscriptionItem,
  unknownSubscriptionItem,
} from '../subscriptions/index.js'
import {
  announced,
  type Billing,
  nowOf,
  ownerOf,
  subscriptionChanged,
  writableSubscription,
} from './billing.js'
import { detailsOf, noProrations } from './cancel.js'
import { newestFirst, pendingLines, periodLines, trialLines } from './lines.js'
import { billing, canceled, trialEnding } from './renew.js'
import { payingMethod, settle } from './settle.js'
import { declinedRefusal, invoiceOf, warnOfTrialEnd } from './subscribe.js'

type Reads = World<Billing>

// Guards

/** @remarks Observed. */
const overAlready: Rejection = invalidRequest(
  'A canceled subscription can only update its cancellation_details and metadata.',
  { code: 'invalid_canceled_subscription_fields' },
)

const WHEN_OVER: ReadonlySet<string> = new Set(['cancellation_details', 'metadata'])
const MAKES_LINES = ['add_invoice_items', 'billing_cycle_anchor', 'items', 'trial_end'] as const

const given = (params: object, key: string): boolean =>
  (params as Readonly<Record<string, unknown>>)[key] !== undefined

/** @remarks Source: docs.stripe.com/billing/subscriptions/overview; the text of the second is ours. */
const stateRefusal = (
  { status }: Subscription,
  params: UpdateSubscription,
): Rejection | undefined => {
  if (isTerminal(status))
    return Object.keys(params).some((key) => given(params, key) && !WHEN_OVER.has(key))
      ? overAlready
      : undefined
  const line = MAKES_LINES.find((key) => given(params, key))
  if (status === 'incomplete' && line !== undefined)
    return invalidRequest(
      'A subscription that waits for its first payment cannot be changed in ways that make other lines.',
      { param: line },
    )
  return params.payment_behavior === 'pending_if_incomplete' && line !== undefined
    ? invalidRequest('Pending updates are not simulated yet.', { param: 'payment_behavior' })
    : undefined
}

// Items

type ItemChange = NonNullable<UpdateSubscription['items']>[number]

interface Changed {
  readonly items: readonly SubscriptionItem[]
  /** Some of it is to be credited, debited or billed for the running period. */
  readonly prorates: boolean
}

const noPlanLeft: Rejection = invalidRequest('A subscription must have at least one active plan.')

const choiceGiven = ({ price, plan, price_data }: ItemChange): boolean =>
  price !== undefined || plan !== undefined || price_data !== undefined

/** The running period of a recurrence on the subscription's cycle. */
const runningPeriod = (
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
  return intervalsRefusal(prices.map(recurrenceOf), billing_mode)
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
      if (item !== undefined && change.deleted === true) {
        items = items.filter(({ id }) => id !== item.id)
        prorates = true
        continue
      }
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
const changedItems =
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

// Endings

/** When it ends, by what the parameters say. `undefined`: as before. */
const endOf = (
  { cancel_at, cancel_at_period_end }: UpdateSubscription,
  items: readonly SubscriptionItem[],
): Instant | null | undefined => {
  const ends = items.map(({ current_period_end }) => current_period_end)
  if (cancel_at_period_end === true || cancel_at === 'min_period_end') return Math.min(...ends)
  if (cancel_at_period_end === false && cancel_at === undefined) return null
  if (cancel_at === 'max_period_end' || cancel_at === 'max_billed_until') return Math.max(...ends)
  return cancel_at
}

type Ending = Pick<
  Subscription,
  'cancel_at' | 'cancel_at_period_end' | 'canceled_at' | 'cancellation_details' | 'items'
>

/**
 * When a subscription is to end, and the items cut short by it.
 * @remarks Source: docs.stripe.com/billing/subscriptions/cancel; that the request counts as the cancellation is observed.
 */
const ending = (
  world: Reads,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  params: UpdateSubscription,
): Either<Rejection, Ending> => {
  const { cancellation_details: details } = params
  const cancellation_details = detailsOf(subscription, details)
  const { cancel_at_period_end, cancel_at: before, canceled_at } = subscription
  const now = nowOf(world, subscription)
  if (params.cancel_at !== undefined && params.cancel_at_period_end === true)
    return E.left(
      invalidRequest(
        'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
        { code: 'parameters_exclusive' },
      ),
    )
  const uncut = items.map((item) =>
    before !== null && item.current_period_end === before
      ? {
          ...item,
          // A stub began where it began: only its end comes back.
          current_period_end: runningPeriod(
            { ...subscription, cancel_at: null },
            recurrenceOf(world.prices.need(item.price)),
            now,
          ).current_period_end,
        }
      : item,
  )
  const end = endOf(params, uncut)
  if (end === undefined || (end === before && params.cancel_at_period_end === undefined))
    return E.right({
      cancel_at: before,
      cancel_at_period_end,
      canceled_at,
      cancellation_details,
      items,
    })
  if (typeof params.cancel_at === 'number' && params.cancel_at <= now)
    return E.left(notInFuture('cancel_at', params.cancel_at))
  const cut =
    end === null || subscription.status === 'trialing'
      ? uncut
      : uncut.map((item) =>
          item.current_period_end > end ? { ...item, current_period_end: end } : item,
        )
  const regained = cut.some((item, nth) => {
    const was = items[nth] as SubscriptionItem
    return item.quantity !== null && item.current_period_end !== was.current_period_end
  })
  if (regained && subscription.status !== 'trialing' && params.proration_behavior !== 'none')
    return E.left(
      noProrations(
        'cancel_at',
        'Pass `proration_behavior=none`, or end the subscription with a period of all its items.',
      ),
    )
  if (end === null)
    return E.right({
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { ...cancellation_details, reason: null },
      items: cut,
    })
  return E.right({
    cancel_at: end,
    cancel_at_period_end: params.cancel_at_period_end === true,
    canceled_at: end === before ? canceled_at : now,
    cancellation_details: { ...cancellation_details, reason: 'cancellation_requested' },
    items: cut,
  })
}

// Plain fields

type PlainChanges = Partial<Subscription>

const intervalOf = (
  value: NonNullable<UpdateSubscription['pending_invoice_item_interval']>,
): Recurrence => ({ interval: value.interval, interval_count: value.interval_count ?? 1 })

const pendingTicks = (
  world: Reads,
  subscription: Subscription,
  value: UpdateSubscription['pending_invoice_item_interval'],
): Either<Rejection, PlainChanges> => {
  if (value === undefined) return E.right({})
  if (value === null)
    return E.right({
      next_pending_invoice_item_invoice: null,
      pending_interval_anchor: null,
      pending_invoice_item_interval: null,
    })
  const now = nowOf(world, subscription)
  const interval = intervalOf(value)
  for (const { price } of subscription.items) {
    const refusal = pendingIntervalRefusal(interval, recurrenceOf(world.prices.need(price)), now)
    if (refusal !== undefined) return E.left(refusal)
  }
  return E.right({
    next_pending_invoice_item_invoice: boundary(anchorAt(now), interval, 1),
    pending_interval_anchor: now,
    pending_invoice_item_interval: interval,
  })
}

const plainFields = (
  world: Reads,
  subscription: Subscription,
  params: UpdateSubscription,
): Either<Rejection, PlainChanges> => {
  const collection_method = params.collection_method ?? subscription.collection_method
  const days_until_due =
    params.days_until_due ??
    (collection_method === 'send_invoice' ? subscription.days_until_due : null)
  const metadata = mergeMetadata(subscription.metadata, params.metadata)
  const paused = params.pause_collection
  const now = nowOf(world, subscription)
  const ticks = pendingTicks(world, subscription, params.pending_invoice_item_interval)
  const refusal =
    daysUntilDueRefusal(collection_method, days_until_due) ??
    defaultMethodRefusal(world, ownerOf(world, subscription), params.default_payment_method) ??
    metadataRefusal(metadata) ??
    (paused?.resumes_at !== undefined && paused.resumes_at <= now
      ? notInFuture('pause_collection[resumes_at]', paused.resumes_at)
      : undefined)
  if (refusal !== undefined) return E.left(refusal)
  if (E.isLeft(ticks)) return ticks
  const { invoice_settings, payment_settings, trial_settings } = params
  const end = trial_settings?.end_behavior
  return E.right({
    collection_method,
    days_until_due,
    ...(params.default_payment_method === undefined
      ? {}
      : { default_payment_method: params.default_payment_method }),
    ...(params.description === undefined ? {} : { description: params.description }),
    invoice_settings: { ...subscription.invoice_settings, ...invoice_settings },
    metadata,
    ...(paused === undefined
      ? {}
      : {
          pause_collection: paused && {
            behavior: paused.behavior,
            resumes_at: paused.resumes_at ?? null,
          },
        }),
    payment_settings: { ...subscription.payment_settings, ...payment_settings },
    ...ticks.right,
    missing_payment_method: end?.missing_payment_method ?? subscription.missing_payment_method,
    trial_anchor: end?.billing_cycle_anchor ?? subscription.trial_anchor,
  })
}

// Trial and anchor

/** What a change of the trial or of the anchor makes: other fields, and lines to be billed at once. */
interface Restart {
  readonly changes: Partial<Subscription>
  /** `undefined`: no invoice. */
  readonly lines?: readonly NewLine[]
  /** How it goes on where the trial ends without a method. */
  readonly end?: 'pause' | 'cancel'
}

const restartedAt = (
  subscription: Subscription,
  now: Instant,
): Pick<Subscription, 'billing_cycle_anchor' | 'anchor_day'> => {
  const anchor = anchorAt(now)
  return now === subscription.billing_cycle_anchor
    ? { billing_cycle_anchor: now, anchor_day: subscription.anchor_day }
    : { billing_cycle_anchor: now, anchor_day: anchor.day }
}

const inFirstPeriod = (
  world: Reads,
  subscription: Subscription,
  now: Instant,
): readonly SubscriptionItem[] =>
  subscription.items.map((item) => {
    const { end } = periodAt(
      anchorOf(subscription),
      recurrenceOf(world.prices.need(item.price)),
      now,
    )
    return { ...item, current_period_start: now, current_period_end: end, usage_from: now }
  })

const fullLines = (world: Reads, subscription: Subscription): readonly NewLine[] =>
  newestFirst(
    subscription.items.filter(({ quantity }) => quantity !== null),
    (item) =>
      periodLines(
        world,
        subscription,
        item,
        naturalPeriod(world, subscription, item, item.current_period_start),
      ),
  )

/** The trial ends now. @remarks Source: docs.stripe.com/billing/subscriptions/trials; observed. Case: S-C8. */
const trialEndsNow = (world: Reads, subscription: Subscription): Restart => {
  const now = nowOf(world, subscription)
  const anchor =
    subscription.trial_anchor === 'now'
      ? { ...restartedAt(subscription, now), billing_cycle_anchor_config: null }
      : {}
  const how = trialEnding(world, subscription)
  if (how !== 'create_invoice')
    return {
      changes: {
        ...anchor,
        items: subscription.items.map((item) => ({ ...item, current_period_end: now })),
        trial_end: now,
      },
      end: how,
    }
  const active: Subscription = { ...subscription, ...anchor, status: 'active', trial_end: now }
  const items = inFirstPeriod(world, active, now)
  const running = { ...active, items }
  return {
    changes: { ...anchor, items, status: 'active', trial_end: now },
    lines: [...pendingLines(world, running), ...fullLines(world, running)],
  }
}

/** The trial ends later than it did, or earlier, or begins. */
const trialEndsAt = (world: Reads, subscription: Subscription, trial_end: Instant): Restart => {
  const now = nowOf(world, subscription)
  const { status, trial_start, billing_mode } = subscription
  const begins = status !== 'trialing'
  const start = begins || trial_start === null ? now : trial_start
  const items = subscription.items.map((item) => ({
    ...item,
    current_period_start: begins ? now : item.current_period_start,
    current_period_end: trial_end,
    usage_from: trial_end,
  }))
  const changes: Partial<Subscription> = {
    ...restartedAt(subscription, trial_end),
    items,
    status: status === 'past_due' ? status : 'trialing',
    trial_end,
    trial_start: begins && trial_start !== null && billing_mode === 'classic' ? trial_start : start,
    trial_warned: false,
  }
  if (!begins && billing_mode === 'flexible') return { changes }
  const trialing = { ...subscription, ...changes }
  return {
    changes,
    lines: newestFirst(
      items.filter(({ quantity }) => quantity !== null),
      (item) =>
        trialLines(world, trialing, item, { start: item.current_period_start, end: trial_end }),
    ),
  }
}

/** The cycle starts anew, without credit. @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle. */
const anchorNow = (world: Reads, subscription: Subscription): Restart => {
  const now = nowOf(world, subscription)
  const anchored: Subscription = { ...subscription, ...restartedAt(subscription, now) }
  const items = inFirstPeriod(world, anchored, now)
  const changes = {
    billing_cycle_anchor: anchored.billing_cycle_anchor,
    anchor_day: anchored.anchor_day,
    billing_cycle_anchor_config: null,
    items,
  }
  return subscription.billing_mode === 'flexible'
    ? { changes }
    : {
        changes,
        lines: [...pendingLines(world, subscription), ...fullLines(world, { ...anchored, items })],
      }
}

const anchorWord = ({ billing_cycle_anchor }: UpdateSubscription): 'now' | 'unchanged' =>
  typeof billing_cycle_anchor === 'object'
    ? billing_cycle_anchor.type
    : (billing_cycle_anchor ?? 'unchanged')

const restart = (
  world: Reads,
  subscription: Subscription,
  params: UpdateSubscription,
): Either<Rejection, Restart> => {
  const { trial_end, proration_behavior: behavior } = params
  const { status } = subscription
  const isRunning = status === 'active' || status === 'past_due' || status === 'unpaid'
  if (trial_end === 'now' && status === 'trialing')
    return E.right(trialEndsNow(world, subscription))
  if (typeof trial_end === 'number') {
    if (isRunning && behavior !== 'none')
      return E.left(noProrations('trial_end', 'Pass `proration_behavior=none`.'))
    return E.right(trialEndsAt(world, subscription, trial_end))
  }
  if (anchorWord(params) === 'now' && isRunning)
    return behavior === 'none'
      ? E.right(anchorNow(world, subscription))
      : E.left(noProrations('billing_cycle_anchor', 'Pass `proration_behavior=none`.'))
  return E.right({ changes: {} })
}

// The invoice of a change

/**
 * An invoice that a change makes at once: final and attempted in the same instant. One that is to be sent is a draft for
 * an hour first, as all are; one whose collection is paused goes the way of the others.
 * @remarks Source: docs.stripe.com/api/subscriptions/update, `payment_behavior`; of the second sentence inferred.
 */
const invoicedNow =
  (
    subscription: Subscription,
    lines: readonly NewLine[],
    { payment_behavior: behavior = 'allow_incomplete', off_session = false }: UpdateSubscription,
  ): Decision<Billing, Subscription> =>
  (world) => {
    const now = nowOf(world, subscription)
    const start = Math.min(
      now,
      ...subscription.items.map(({ current_period_start }) => current_period_start),
    )
    const period = { start, end: now }
    if (subscription.collection_method === 'send_invoice' || subscription.pause_collection !== null)
      return billing(subscription, (latest_invoice) => ({ latest_invoice }), lines, {
        billing_reason: 'subscription_update',
        period,
      })(world)
    const id: InvoiceId = nextInvoiceId(world)
    const method = payingMethod(world, {
      customer: subscription.customer,
      default_payment_method: subscription.default_payment_method,
    })
    return pipe(
      draftInvoice(
        invoiceOf(subscription, ownerOf(world, subscription), now, {
          id,
          billing_reason: 'subscription_update',
          lines,
          auto_advance: true,
          automatically_finalizes_at: null,
          period,
        }),
      ),
      andThen(() => finalizeInvoice(id, { method })),
      andThen((invoice): Decision<Billing, unknown> => {
        if (invoice.status === 'paid') return succeed(null)
        if (behavior === 'default_incomplete')
          return subscriptionChanged(subscription, { status: 'past_due' })
        return (after) => {
          const done = collectInvoice(id, { method, offSession: off_session, mayRetry: true })(
            after,
          )
          if (E.isLeft(done)) return done
          const { result: collected } = done.right
          if (collected.kind !== 'paid' && behavior === 'error_if_incomplete')
            return E.left(declinedRefusal(collected))
          const settled = settle(id)
          return collected.kind === 'requires_action'
            ? pipe(
                settled,
                andThen(() => subscriptionChanged(subscription, { status: 'past_due' })),
              )(done.right.world)
            : settled(done.right.world)
        }
      }),
      // Last, so that the change is told after its invoice.
      andThen(
        (): Decision<Billing, Subscription> => (after) =>
          subscriptionChanged(after.subscriptions.need(subscription.id), { latest_invoice: id })(
            after,
          ),
      ),
    )(world)
  }

const pausedNow =
  (subscription: Subscription): Decision<Billing, Subscription> =>
  (world) =>
    subscriptionChanged(
      subscription,
      {
        paused: {
          type: 'trial_end_without_payment_method',
          transitioned_at: nowOf(world, subscription),
        },
        status: 'paused',
        upcoming_at: null,
      },
      'SubscriptionPaused',
    )(world)

// The decision

const extras =
  (subscription: Subscription, params: UpdateSubscription): Decision<Billing, unknown> =>
  (world) => {
    if (params.add_invoice_items === undefined) return decided(world, null)
    const { currency, items, id } = subscription
    return pipe(
      extraCharges(params.add_invoice_items, currency, items, nowOf(world, subscription)),
      andThen((extra) =>
        each(
          extra,
          ({ price, quantity, period, discountable, metadata }): Decision<Billing, unknown> =>
            (after) =>
              createPricedItem({
                customer: ownerOf(after, subscription),
                subscription: id,
                currency,
                price,
                quantity,
                period,
                discountable,
                metadata,
              })(after),
        ),
      ),
    )(world)
  }

/** The row once everything is changed but the trial and the anchor; those come on top of it. */
const changesOf =
  (
    subscription: Subscription,
    params: UpdateSubscription,
  ): Decision<Billing, { readonly row: Subscription; readonly restart: Restart }> =>
  (start) => {
    const refusal =
      trialEndRefusal(params.trial_end, nowOf(start, subscription)) ??
      stateRefusal(subscription, params)
    if (refusal !== undefined) return E.left(refusal)
    if (isTerminal(subscription.status)) {
      const metadata = mergeMetadata(subscription.metadata, params.metadata)
      const tooMuch = metadataRefusal(metadata)
      return tooMuch === undefined
        ? decided(start, {
            row: {
              ...subscription,
              cancellation_details: detailsOf(subscription, params.cancellation_details),
              metadata,
            },
            restart: { changes: {} },
          })
        : E.left(tooMuch)
    }
    const plain = plainFields(start, subscription, params)
    if (E.isLeft(plain)) return plain
    const itemized = changedItems(subscription, params.items, params.proration_behavior)(start)
    if (E.isLeft(itemized)) return itemized
    const { world, result: items } = itemized.right
    const ended = ending(world, subscription, items, params)
    if (E.isLeft(ended)) return ended
    const changed: Subscription = { ...subscription, ...plain.right, ...ended.right }
    const again = restart(world, changed, params)
    if (E.isLeft(again)) return again
    const row: Subscription = { ...changed, ...again.right.changes }
    return decided(world, {
      row: isTerminal(row.status)
        ? row
        : { ...row, ...announcementAfter(world, subscription, row) },
      restart: again.right,
    })
  }

/** What is to be announced changes only where something that it depends on does. */
const announcementAfter = (
  world: Reads,
  before: Subscription,
  after: Subscription,
): Partial<Subscription> =>
  after.items === before.items &&
  after.cancel_at === before.cancel_at &&
  after.status === before.status &&
  after.pause_collection === before.pause_collection
    ? {}
    : { upcoming_at: announced(world, after) }

/**
 * The row that an update would leave, recorded nowhere: for what is to be shown and not done.
 */
export const updatedRow = (
  subscription: Subscription,
  params: UpdateSubscription,
): Decision<Billing, Subscription> =>
  mapResult(({ row }: { readonly row: Subscription }) => row)(changesOf(subscription, params))

/**
 * Changes a subscription; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/subscriptions/update.
 */
export const changeSubscription = (
  subscription: Subscription,
  params: UpdateSubscription,
): Decision<Billing, Subscription> =>
  pipe(
    changesOf(subscription, params),
    andThen(({ row, restart: { lines, end } }): Decision<Billing, Subscription> => {
      const endsEarly = params.trial_end === 'now' && subscription.status === 'trialing'
      return pipe(
        extras(row, params),
        andThen(() => subscriptionChanged(subscription, changedFields(subscription, row))),
        andThen((changed): Decision<Billing, Subscription> => {
          if (end === 'pause') return pausedNow(changed)
          if (end === 'cancel') return canceled(changed)
          return lines === undefined || lines.length === 0
            ? succeed(changed)
            : invoicedNow(changed, lines, params)
        }),
        andThen((changed) =>
          endsEarly && !subscription.trial_warned ? warnedEarly(changed) : warnOfTrialEnd(changed),
        ),
      )
    }),
  )

/** A trial that is ended early is announced when it ends. @remarks Source: docs.stripe.com/billing/subscriptions/trials. Case: S-C8. */
const warnedEarly =
  (subscription: Subscription): Decision<Billing, Subscription> =>
  (world) =>
    pipe(
      warnOfTrialEnd({ ...subscription, status: 'trialing' }),
      mapResult((warned) => warned),
    )(world)

export const updateSubscription =
  (id: SubscriptionId, params: UpdateSubscription): Decision<Billing, Subscription> =>
  (world) => {
    const found = writableSubscription(world, id)
    return E.isLeft(found) ? found : changeSubscription(found.right, params)(world)
  }

// Items by themselves

type One = { readonly subscription: Subscription; readonly item: SubscriptionItem }

const writableItem = (world: Reads, id: SubscriptionItemId): Either<Rejection, One> => {
  const found = itemOf(world, id)
  if (found === undefined) return E.left(unknownSubscriptionItem(id))
  const writable = writableSubscription(world, found.subscription.id)
  return E.isLeft(writable) ? writable : E.right(found)
}

const found =
  (id: SubscriptionItemId): Decision<Billing, One> =>
  (world) =>
    decided(world, itemOf(world, id) as One)

/** Adds an item to a subscription. @remarks Source: docs.stripe.com/api/subscription_items/create. */
export const createSubscriptionItem =
  ({
    subscription: id,
    payment_behavior,
    proration_behavior,
    proration_date,
    ...item
  }: CreateSubscriptionItem): Decision<Billing, One> =>
  (world) => {
    const owner = world.subscriptions.get(id)
    if (owner === undefined) return E.left(resourceMissingIn('subscription', 'subscription', id))
    return pipe(
      updateSubscription(id, {
        items: [item],
        ...optional({ payment_behavior, proration_behavior, proration_date }),
      }),
      andThen((subscription) => found((subscription.items.at(-1) as SubscriptionItem).id)),
    )(world)
  }

/** Changes one item. @remarks Source: docs.stripe.com/api/subscription_items/update. */
export const updateSubscriptionItem =
  (
    id: SubscriptionItemId,
    {
      payment_behavior,
      proration_behavior,
      proration_date,
      off_session,
      ...item
    }: UpdateSubscriptionItem,
  ): Decision<Billing, One> =>
  (world) => {
    const one = writableItem(world, id)
    if (E.isLeft(one)) return one
    return pipe(
      updateSubscription(one.right.subscription.id, {
        items: [{ ...item, id }],
        ...optional({ off_session, payment_behavior, proration_behavior, proration_date }),
      }),
      andThen(() => found(id)),
    )(world)
  }

/** Takes an item off its subscription. @remarks Source: docs.stripe.com/api/subscription_items/delete. */
export const deleteSubscriptionItem =
  (
    id: SubscriptionItemId,
    { payment_behavior, proration_behavior, proration_date }: DeleteSubscriptionItem,
  ): Decision<Billing, SubscriptionItemId> =>
  (world) => {
    const one = writableItem(world, id)
    if (E.isLeft(one)) return one
    return pipe(
      updateSubscription(one.right.subscription.id, {
        items: [{ id, deleted: true }],
        ...optional({ payment_behavior, proration_behavior, proration_date }),
      }),
      mapResult(() => id),
    )(world)
  }

/** The parameters that were given. */
const optional = <P extends object>(params: P): { [K in keyof P]?: Exclude<P[K], undefined> } =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as {
    [K in keyof P]?: Exclude<P[K], undefined>
  }
