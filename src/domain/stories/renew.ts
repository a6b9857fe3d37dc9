/** What time does to a subscription: it renews, its trial ends, it ends itself, it expires. */
import {
  type DraftInvoice,
  draftInvoice,
  finalizesAt,
  type Invoice,
  type NewLine,
  nextInvoiceId,
} from '../invoicing/index.js'
import { anchorAt, boundary, type Period, periodNumber } from '../kernel/cycle.js'
import {
  andThen,
  type Decision,
  decided,
  mapResult,
  succeed,
  type World,
} from '../kernel/decision.js'
import { pipe } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import {
  naturalPeriod,
  type Subscription,
  type SubscriptionEvent,
  type SubscriptionId,
  type SubscriptionItem,
} from '../subscriptions/index.js'
import { onClock } from '../test-clocks/index.js'
import { announced, type Billing, nowOf, ownerOf, subscriptionChanged } from './billing.js'
import { finishInvoice } from './collect.js'
import { meteredOf, newestFirst, pendingLines, periodLines, usageLines } from './lines.js'
import { payingMethod, withoutSetup } from './settle.js'
import { invoiceOf, warnOfTrialEnd } from './subscribe.js'

/** What a boundary of the cycle brings: the items in their next period, and what is billed. */
export interface Renewal {
  readonly items: readonly SubscriptionItem[]
  readonly lines: readonly NewLine[]
  /** Of the invoice: the period that has ended. */
  readonly period: Period
}

/** An item in the period that follows, cut short where the subscription ends within it. */
const next = (item: SubscriptionItem, natural: Period, cancelAt: Instant | null, at: Instant) => ({
  ...item,
  current_period_start: at,
  current_period_end: cancelAt !== null && cancelAt < natural.end ? cancelAt : natural.end,
  usage_from: at,
})

/**
 * A renewal at an instant: of the items whose period has ended the metered are billed for it and the licensed for the
 * next one; pending items go along. The period of a trial is not billed.
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle. Cases: S-C2, S-B14.
 */
export const renewalOf = (
  world: World<Billing>,
  subscription: Subscription,
  at: Instant,
): Renewal => {
  const own: (readonly NewLine[])[] = []
  let start = at
  const items = subscription.items.map((item) => {
    if (item.current_period_end > at) return item
    start = Math.min(start, item.current_period_start)
    const natural = naturalPeriod(world, subscription, item, at)
    const renewed = next(item, natural, subscription.cancel_at, at)
    if (item.quantity !== null) own.push(periodLines(world, subscription, renewed, natural))
    else if (subscription.status !== 'trialing') own.push(usageLines(world, subscription, item, at))
    return renewed
  })
  return {
    items,
    lines: [...pendingLines(world, subscription), ...own.reverse().flat()],
    period: { start, end: at },
  }
}

/** How an invoice that is made while a subscription runs goes on: by itself in an hour, or not at all. */
export const advancing = (
  world: World<Billing>,
  { status, pause_collection }: Subscription,
  now: Instant,
): Pick<DraftInvoice, 'auto_advance' | 'automatically_finalizes_at'> => {
  const advances = status !== 'unpaid' && pause_collection === null
  return {
    auto_advance: advances,
    automatically_finalizes_at: advances ? finalizesAt(world, now) : null,
  }
}

/** Where collection is paused its invoices are voided or written off at once, or stay drafts. @remarks Case: S-G10. */
const whilePaused = (
  invoice: Invoice,
  { pause_collection }: Subscription,
): Decision<Billing, Invoice> =>
  pause_collection === null || pause_collection.behavior === 'keep_as_draft'
    ? succeed(invoice)
    : finishInvoice(invoice, pause_collection.behavior)

/** Drafts an invoice, and lets the rest be told first: the subscription changes before it is billed. */
export const billing =
  (
    subscription: Subscription,
    changes: (latest_invoice: string | null) => Partial<Subscription>,
    lines: readonly NewLine[],
    draft: Pick<DraftInvoice, 'billing_reason' | 'period'>,
  ): Decision<Billing, Subscription> =>
  (world) => {
    if (lines.length === 0)
      return subscriptionChanged(subscription, changes(subscription.latest_invoice))(world)
    const now = nowOf(world, subscription)
    const id = nextInvoiceId(world)
    return pipe(
      subscriptionChanged(subscription, changes(id)),
      andThen(
        (changed): Decision<Billing, Subscription> =>
          (after) =>
            pipe(
              draftInvoice(
                invoiceOf(changed, ownerOf(after, changed), now, {
                  id,
                  billing_reason: draft.billing_reason,
                  lines,
                  period: draft.period,
                  ...advancing(after, changed, now),
                }),
              ),
              andThen((invoice) => whilePaused(invoice, changed)),
              mapResult(() => changed),
            )(after),
      ),
    )(world)
  }

/** The period of a subscription ends and the next begins. @remarks Case: S-C2. */
export const renewSubscription =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    const { items, lines, period } = renewalOf(world, subscription, nowOf(world, subscription))
    const { test_clock, status, cancel_at } = subscription
    const upcoming_at = announced(world, { test_clock, items, status, cancel_at })
    return billing(
      subscription,
      (latest_invoice) => ({ items, latest_invoice, upcoming_at }),
      lines,
      { billing_reason: 'subscription_cycle', period },
    )(world)
  }

const pausedByTrial =
  (subscription: Subscription): Decision<Billing, Subscription> =>
  (world) => {
    const now = nowOf(world, subscription)
    return subscriptionChanged(
      subscription,
      {
        items: subscription.items.map((item) => ({ ...item, current_period_end: now })),
        paused: { type: 'trial_end_without_payment_method', transitioned_at: now },
        status: 'paused',
        upcoming_at: null,
      },
      'SubscriptionPaused',
    )(world)
  }

/** Ends a subscription for good. */
export const canceled =
  (
    subscription: Subscription,
    changes: Partial<Subscription> = {},
  ): Decision<Billing, Subscription> =>
  (world) =>
    pipe(
      subscriptionChanged(
        subscription,
        {
          canceled_at: subscription.canceled_at ?? nowOf(world, subscription),
          ended_at: nowOf(world, subscription),
          ...changes,
          pending_setup_intent: null,
          status: 'canceled',
          upcoming_at: null,
        },
        'SubscriptionCanceled',
      ),
      andThen((ended) => withoutSetup(subscription, ended)),
    )(world)

/**
 * What the end of a trial brings where the customer has no method: nothing else, an end or a pause.
 * @remarks Source: docs.stripe.com/billing/subscriptions/trials. Case: S-C5.
 */
export const trialEnding = (
  world: World<Billing>,
  subscription: Subscription,
): 'create_invoice' | 'pause' | 'cancel' => {
  const { collection_method, missing_payment_method, customer, default_payment_method } =
    subscription
  if (collection_method === 'send_invoice') return 'create_invoice'
  const method = payingMethod(world, { customer, default_payment_method })
  return method === null ? missing_payment_method : 'create_invoice'
}

/** A trial is over. @remarks Cases: S-C4, S-C5, M-H11. */
export const endTrial =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    switch (trialEnding(world, subscription)) {
      case 'pause':
        return pausedByTrial(subscription)(world)
      case 'cancel':
        return canceled(subscription)(world)
      default: {
        const now = nowOf(world, subscription)
        const { items, lines, period } = renewalOf(world, subscription, now)
        const active: Subscription = { ...subscription, status: 'active', items }
        return billing(
          subscription,
          (latest_invoice) => ({
            items,
            latest_invoice,
            status: 'active',
            upcoming_at: announced(world, active),
          }),
          lines,
          { billing_reason: 'subscription_cycle', period },
        )(world)
      }
    }
  }

/**
 * What a subscription that ends still bills: the usage of its running period, and pending items.
 * @param isFixed - Usage that comes later does not count.
 */
export const finalLines = (
  world: World<Billing>,
  subscription: Subscription,
  at: Instant,
  isFixed: boolean,
): readonly NewLine[] => {
  const metered = subscription.status === 'trialing' ? [] : meteredOf(world, subscription)
  return [
    ...pendingLines(world, subscription),
    ...newestFirst(metered, (item) => usageLines(world, subscription, item, at, isFixed)),
  ]
}

/** The last invoice of a subscription: a draft for an hour. @remarks That an immediate end's is one, too, is observed. */
export const finalInvoice =
  (
    subscription: Subscription,
    lines: readonly NewLine[],
  ): Decision<Billing, Partial<Subscription>> =>
  (world) => {
    if (lines.length === 0) return decided(world, {})
    const now = nowOf(world, subscription)
    const start = Math.min(
      now,
      ...subscription.items.map(({ current_period_start }) => current_period_start),
    )
    return pipe(
      draftInvoice(
        invoiceOf(subscription, ownerOf(world, subscription), now, {
          billing_reason: 'subscription_cycle',
          lines,
          period: { start, end: now },
          ...advancing(world, subscription, now),
        }),
      ),
      andThen((invoice) => whilePaused(invoice, subscription)),
      mapResult(({ id }): Partial<Subscription> => ({ latest_invoice: id })),
    )(world)
  }

/** The time at which a subscription is to end has come. @remarks Source: docs.stripe.com/billing/subscriptions/cancel. Case: S-C14. */
export const endSubscription =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    return pipe(
      finalInvoice(
        subscription,
        finalLines(world, subscription, nowOf(world, subscription), false),
      ),
      andThen((changes) => canceled(subscription, changes)),
    )(world)
  }

/** The time for which collection was paused is over. */
export const resumeCollection =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    const resumed: Subscription = { ...subscription, pause_collection: null }
    return subscriptionChanged(subscription, {
      pause_collection: null,
      upcoming_at: announced(world, resumed),
    })(world)
  }

/** Pending items of a subscription are billed between its renewals. @remarks Case: S-G13. */
export const invoicePendingItems =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    const now = nowOf(world, subscription)
    const interval = subscription.pending_invoice_item_interval
    const anchor = anchorAt(subscription.pending_interval_anchor ?? now)
    const following =
      interval === null ? null : boundary(anchor, interval, periodNumber(anchor, interval, now) + 1)
    const lines = pendingLines(world, subscription)
    const start = Math.min(
      now,
      ...subscription.items.map(({ current_period_start }) => current_period_start),
    )
    return billing(
      subscription,
      (latest_invoice) => ({ latest_invoice, next_pending_invoice_item_invoice: following }),
      lines,
      {
        billing_reason: 'automatic_pending_invoice_item_invoice',
        period: { start, end: now },
      },
    )(world)
  }

/** The end of a trial is near. @remarks Case: S-C4. */
export const announceTrialEnd =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) =>
    warnOfTrialEnd(world.subscriptions.need(id))(world)

/** The next invoice is near: people are told what it will be. */
export const announceInvoice =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) => {
    const subscription = world.subscriptions.need(id)
    const after = world.record<SubscriptionEvent>({
      type: 'SubscriptionInvoiceAnnounced',
      at: nowOf(world, subscription),
      ...onClock(subscription.test_clock),
      id,
    })
    return decided(after, after.subscriptions.need(id))
  }
