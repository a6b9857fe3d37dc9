/** What an update makes of a subscription's end. */
import type { World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import {
  notInFuture,
  recurrenceOf,
  type Subscription,
  type SubscriptionItem,
  type UpdateSubscription,
} from '../subscriptions/index.js'
import { type Billing, nowOf } from './billing.js'
import { detailsOf, noProrations } from './cancel.js'
import { runningPeriod } from './change-items.js'

type Reads = World<Billing>

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
export const ending = (
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
