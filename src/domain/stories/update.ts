/** Changes of a running subscription. Those that need prorations are refused by name. */
import {
  collectInvoice,
  createPricedItem,
  draftInvoice,
  finalizeInvoice,
  type InvoiceId,
  type NewLine,
  nextInvoiceId,
} from '../invoicing/index.js'
import { anchorAt, boundary, type Recurrence } from '../kernel/cycle.js'
import {
  andThen,
  type Decision,
  decided,
  each,
  mapResult,
  succeed,
  type World,
} from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import { mergeMetadata, metadataRefusal } from '../kernel/metadata.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import {
  daysUntilDueRefusal,
  defaultMethodRefusal,
  extraCharges,
  isTerminal,
  notInFuture,
  pendingIntervalRefusal,
  recurrenceOf,
  type Subscription,
  type SubscriptionId,
  trialEndRefusal,
  type UpdateSubscription,
} from '../subscriptions/index.js'
import {
  announced,
  type Billing,
  nowOf,
  ownerOf,
  subscriptionChanged,
  writableSubscription,
} from './billing.js'
import { detailsOf } from './cancel.js'
import { type Restart, restart } from './change-cycle.js'
import { ending } from './change-end.js'
import { changedItems } from './change-items.js'
import { billing, canceled } from './renew.js'
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
const warnedEarly = (subscription: Subscription): Decision<Billing, Subscription> =>
  warnOfTrialEnd({ ...subscription, status: 'trialing' })

export const updateSubscription =
  (id: SubscriptionId, params: UpdateSubscription): Decision<Billing, Subscription> =>
  (world) => {
    const found = writableSubscription(world, id)
    return E.isLeft(found) ? found : changeSubscription(found.right, params)(world)
  }
