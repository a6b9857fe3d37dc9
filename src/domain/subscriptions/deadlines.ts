import type { Deadline } from '../kernel/deadline.js'
import { watch } from '../kernel/family.js'
import { days, type Instant } from '../kernel/instant.js'
import { RANK } from '../kernel/rank.js'
import { isTerminal, renewalAt, type Subscription } from './subscription.js'

/** How long before its end a trial's end is announced. @remarks Source: docs.stripe.com/billing/subscriptions/trials. */
export const TRIAL_WARNING_BEFORE = days(3)

/**
 * What a subscription will do by itself. Of those of one instant and rank the first listed goes first, which is the
 * order of one subscription's own steps: it expires before it ends, and ends before it renews.
 */
const deadlinesOf = (subscription: Subscription): readonly Deadline[] => {
  const { id, status, test_clock: clock, cancel_at, pause_collection, trial_end } = subscription
  if (isTerminal(status)) return []
  const deadlines: Deadline[] = []
  const owes = (due: Instant | null | undefined, rank: number, type: string): void => {
    if (due !== null && due !== undefined)
      deadlines.push({ due, rank, clock, command: { type, id } })
  }
  if (status === 'incomplete') {
    owes(subscription.incomplete_expires_at, RANK.period, 'ExpireSubscription')
    return deadlines
  }
  owes(pause_collection?.resumes_at, RANK.period, 'ResumeCollection')
  owes(cancel_at, RANK.period, 'EndSubscription')
  if (status === 'paused') return deadlines
  if (status === 'trialing') owes(trial_end, RANK.period, 'EndTrial')
  else {
    const renewal = renewalAt(subscription)
    if (cancel_at === null || cancel_at > renewal) owes(renewal, RANK.period, 'RenewSubscription')
  }
  owes(subscription.next_pending_invoice_item_invoice, RANK.period, 'InvoicePendingItems')
  if (status === 'trialing' && trial_end !== null && !subscription.trial_warned)
    owes(trial_end - TRIAL_WARNING_BEFORE, RANK.notice, 'WarnOfTrialEnd')
  owes(subscription.upcoming_at, RANK.notice, 'AnnounceInvoice')
  return deadlines
}

/** @remarks Source: appendix of docs.stripe.com/billing/subscriptions/overview; the order within an instant is inferred. */
export const subscriptionDeadlines = watch('subscriptions', deadlinesOf)
