/** What an update makes of a subscription's trial and of its cycle's anchor. */
import type { NewLine } from '../invoicing/index.js'
import { anchorAt, periodAt } from '../kernel/cycle.js'
import type { World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import type { Rejection } from '../kernel/rejection.js'
import {
  anchorOf,
  naturalPeriod,
  recurrenceOf,
  type Subscription,
  type SubscriptionItem,
  type UpdateSubscription,
} from '../subscriptions/index.js'
import { type Billing, nowOf } from './billing.js'
import { noProrations } from './cancel.js'
import { newestFirst, pendingLines, periodLines, trialLines } from './lines.js'
import { trialEnding } from './renew.js'

type Reads = World<Billing>

/** What a change of the trial or of the anchor makes: other fields, and lines to be billed at once. */
export interface Restart {
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

export const restart = (
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
