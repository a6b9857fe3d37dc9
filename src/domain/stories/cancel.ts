import { isPayable, voidInvoice } from '../invoicing/index.js'
import { andThen, type Decision, mapResult, succeed } from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import {
  type CancelSubscription,
  isMetered,
  isTerminal,
  type Subscription,
  type SubscriptionId,
  unknownSubscription,
} from '../subscriptions/index.js'
import { type Billing, nowOf, writableSubscription } from './billing.js'
import { canceled, finalInvoice, finalLines } from './renew.js'
import { expired, haltInvoices } from './settle.js'

/** What this product cannot work out yet, named so that nobody takes a wrong amount for a right one. */
export const noProrations = (param: string, hint: string): Rejection =>
  invalidRequest(`This change needs prorations, which are not simulated yet. ${hint}`, { param })

/** Why somebody left, over what was said before. */
export const detailsOf = (
  { cancellation_details: before }: Subscription,
  given: CancelSubscription['cancellation_details'],
): Subscription['cancellation_details'] => ({
  ...before,
  ...(given?.comment === undefined ? {} : { comment: given.comment }),
  ...(given?.feedback === undefined ? {} : { feedback: given.feedback }),
})

/** Voids what an incomplete subscription waits for: it expires. @remarks Observed in public issues. */
export const abandoned =
  (
    subscription: Subscription,
    changes: Partial<Subscription> = {},
  ): Decision<Billing, Subscription> =>
  (world) => {
    const invoice = world.invoices.get(subscription.latest_invoice ?? '')
    return pipe(
      invoice !== undefined && isPayable(invoice)
        ? mapResult(() => null)(voidInvoice(invoice))
        : succeed(null),
      andThen(() => expired(subscription, changes)),
    )(world)
  }

/** Ends a subscription now. */
export const cancelNow =
  (
    subscription: Subscription,
    { invoice_now = false, cancellation_details }: CancelSubscription,
  ): Decision<Billing, Subscription> =>
  (world) => {
    const now = nowOf(world, subscription)
    if (subscription.status === 'incomplete')
      return abandoned(subscription, { canceled_at: now })(world)
    const requested = subscription.cancel_at_period_end ? subscription.canceled_at : null
    const lines = invoice_now ? finalLines(world, subscription, now, true) : []
    const earlier = haltInvoices(world, subscription.id)
    return pipe(
      finalInvoice(subscription, lines),
      andThen((changes) => mapResult(() => changes)(earlier)),
      andThen((changes) =>
        canceled(subscription, {
          ...changes,
          cancel_at: subscription.cancel_at_period_end ? null : subscription.cancel_at,
          cancel_at_period_end: false,
          canceled_at: requested ?? now,
          cancellation_details: {
            ...detailsOf(subscription, cancellation_details),
            reason: 'cancellation_requested',
          },
        }),
      ),
    )(world)
  }

/**
 * Cancels a subscription at once.
 * @remarks Source: docs.stripe.com/api/subscriptions/cancel; that an ended one is not found is observed. Case: S-C14.
 */
export const cancelSubscription =
  (id: SubscriptionId, params: CancelSubscription): Decision<Billing, Subscription> =>
  (world) => {
    const found = writableSubscription(world, id)
    if (E.isLeft(found)) return found
    const subscription = found.right
    if (isTerminal(subscription.status)) return E.left(unknownSubscription(id))
    const licensed = subscription.items.some((item) => !isMetered(world.prices.need(item.price)))
    if (params.prorate === true && licensed && subscription.status !== 'trialing')
      return E.left(noProrations('prorate', 'Cancel without `prorate`, or at the period end.'))
    return cancelNow(subscription, params)(world)
  }
