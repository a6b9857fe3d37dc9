/** What the stories of billing share: what they read, whose clock it is, how a subscription's row is changed. */
import type { Customer } from '../customers/index.js'
import type { InvoicingReads } from '../invoicing/index.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { inOrderOf } from '../kernel/diff.js'
import type { Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import type { Rejection } from '../kernel/rejection.js'
import type { UsageReads } from '../metering/index.js'
import {
  announcementOf,
  type Subscription,
  type SubscriptionEvent,
  type SubscriptionId,
  type SubscriptionReads,
  unknownSubscription,
} from '../subscriptions/index.js'
import { clockNow, onClock, writable } from '../test-clocks/index.js'
import type { UsageRecordSlices } from '../usage-records/index.js'

export type Billing = InvoicingReads & SubscriptionReads & UsageReads & UsageRecordSlices

export const ownerOf = (world: World<Billing>, { customer }: Subscription): Customer =>
  world.customers.need(customer)

/** Now, on the clock that a subscription lives on. */
export const nowOf = (
  world: World<Billing>,
  { test_clock }: Pick<Subscription, 'test_clock'>,
): Instant => clockNow(world, test_clock)

type Ending = 'SubscriptionUpdated' | 'SubscriptionCanceled' | 'SubscriptionPaused'

/** The fact that a subscription changed, and the row that it left. */
export const subscriptionChanged =
  (
    subscription: Subscription,
    changes: Partial<Subscription>,
    type: Ending = 'SubscriptionUpdated',
  ): Decision<Billing, Subscription> =>
  (world) => {
    const { id, test_clock } = subscription
    if (Object.keys(changes).length === 0) return decided(world, world.subscriptions.need(id))
    const at = clockNow(world, test_clock)
    const after = world.record<SubscriptionEvent>({
      type,
      at,
      ...onClock(test_clock),
      id,
      changes: inOrderOf(subscription, changes),
    })
    return decided(after, after.subscriptions.need(id))
  }

/** A subscription that a path names, on a clock that is not advancing. */
export const writableSubscription = (
  world: World<Billing>,
  id: SubscriptionId,
): Either<Rejection, Subscription> =>
  writable(world, world.subscriptions.get(id), () => unknownSubscription(id))

/** When its next invoice is announced, once it has these items and this status, and ends when it does. */
export const announced = (
  world: World<Billing>,
  {
    test_clock,
    items,
    status,
    cancel_at,
  }: Pick<Subscription, 'test_clock' | 'items' | 'status' | 'cancel_at'>,
): Instant | null =>
  announcementOf(
    { items, status, cancel_at },
    clockNow(world, test_clock),
    world.settings.upcoming.days,
  )
