/** What becomes of a subscription and its customer once an invoice is paid, fails, falls due or is written off. */
import { type Customer, setDelinquent } from '../customers/index.js'
import {
  changeInvoice,
  type Invoice,
  type InvoiceId,
  markUncollectible,
} from '../invoicing/index.js'
import {
  andThen,
  type Decision,
  decided,
  each,
  mapResult,
  succeed,
  type World,
} from '../kernel/decision.js'
import { pipe } from '../kernel/fp.js'
import { cancelSetupIntent, type PaymentMethodId } from '../payments/index.js'
import type { Subscription, SubscriptionId, SubscriptionStatus } from '../subscriptions/index.js'
import { type Billing, nowOf, subscriptionChanged } from './billing.js'

/**
 * Which method pays an invoice: its own, its subscription's, the customer's.
 * @remarks Source: docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority.
 */
export const payingMethod = (
  world: World<Billing>,
  of: {
    readonly customer: Customer['id']
    readonly default_payment_method: PaymentMethodId | null
    readonly subscription?: SubscriptionId | null
  },
): PaymentMethodId | null => {
  const subscription =
    typeof of.subscription === 'string' ? world.subscriptions.get(of.subscription) : undefined
  return (
    of.default_payment_method ??
    subscription?.default_payment_method ??
    world.customers.get(of.customer)?.invoice_settings.default_payment_method ??
    null
  )
}

/** Whether an open invoice could not be collected, or was not paid in time. */
const hasFailed = ({ attempt_count, fell_due, status }: Invoice): boolean =>
  status === 'open' && (attempt_count > 0 || fell_due)

/**
 * What the invoices say of a running subscription: the newest that was paid, written off or failed decides; drafts, void
 * invoices and those that are merely open say nothing.
 * @remarks Source: docs.stripe.com/billing/subscriptions/overview#subscription-statuses. Cases: S-G4, S-G5, S-G14, S-H2.
 */
const statusByInvoices = (world: World<Billing>, id: SubscriptionId): 'active' | 'past_due' => {
  const slots = world.invoices.slotsBy('subscription', id)
  for (let at = slots.size - 1; at >= 0; at -= 1) {
    const invoice = world.invoices.at(slots.get(at) as number)
    if (invoice === undefined) continue
    if (invoice.status === 'paid' || invoice.status === 'uncollectible') return 'active'
    if (hasFailed(invoice)) return 'past_due'
  }
  return 'active'
}

/** Whether a customer owes what could not be collected. @remarks Source: docs.stripe.com/api/customers/object, `delinquent`. */
const owes = (world: World<Billing>, customer: Customer['id']): boolean => {
  const slots = world.invoices.slotsBy('customer', customer)
  let isNewest = true
  for (let at = slots.size - 1; at >= 0; at -= 1) {
    const invoice = world.invoices.at(slots.get(at) as number)
    if (invoice === undefined || invoice.status === 'draft' || invoice.status === 'void') continue
    if (invoice.collection_method === 'send_invoice') {
      if (invoice.status === 'open' && invoice.fell_due) return true
      continue
    }
    if (isNewest && hasFailed(invoice)) return true
    isNewest = false
  }
  return false
}

const settleCustomer =
  (id: Customer['id'], mayOwe: boolean): Decision<Billing, unknown> =>
  (world) => {
    const customer = world.customers.get(id)
    if (customer === undefined || (!customer.delinquent && !mayOwe)) return decided(world, null)
    return setDelinquent(id, owes(world, id))(world)
  }

/** The statuses that follow from invoices. */
const FOLLOWING: ReadonlySet<SubscriptionStatus> = new Set(['active', 'past_due', 'unpaid'])

/** A first invoice was paid: the subscription begins, or its trial goes on. */
const begun =
  (subscription: Subscription, invoice: Invoice): Decision<Billing, Subscription> =>
  (world) => {
    const { trial_end, payment_settings } = subscription
    const now = nowOf(world, subscription)
    const method =
      payment_settings.save_default_payment_method === 'on_subscription'
        ? methodThatPaid(world, invoice)
        : null
    return subscriptionChanged(subscription, {
      status: trial_end !== null && trial_end > now ? 'trialing' : 'active',
      incomplete_expires_at: null,
      ...(method === null ? {} : { default_payment_method: method }),
    })(world)
  }

/** The method whose charge settled an invoice. */
const methodThatPaid = (
  world: World<Billing>,
  { payment_intent }: Invoice,
): PaymentMethodId | null => {
  const intent = payment_intent === null ? undefined : world.paymentIntents.get(payment_intent)
  return intent?.status === 'succeeded' ? intent.payment_method : null
}

/** A first invoice was voided, or its time ran out: the subscription never began. */
export const expired =
  (
    subscription: Subscription,
    changes: Partial<Subscription> = {},
  ): Decision<Billing, Subscription> =>
  (world) =>
    pipe(
      subscriptionChanged(subscription, {
        ...changes,
        ended_at: nowOf(world, subscription),
        incomplete_expires_at: null,
        pending_setup_intent: null,
        status: 'incomplete_expired',
        upcoming_at: null,
      }),
      andThen((ended) => withoutSetup(subscription, ended)),
    )(world)

/** Brings the subscription of an invoice, and its customer, up to what became of the invoice. */
export const settle =
  (id: InvoiceId): Decision<Billing, Invoice> =>
  (world) => {
    const invoice = world.invoices.need(id)
    const subscription =
      invoice.subscription === null ? undefined : world.subscriptions.get(invoice.subscription)
    // Nearly always an invoice of a subscription in order is paid, and nothing follows.
    if (
      invoice.status === 'paid' &&
      (subscription === undefined || subscription.status === 'active') &&
      world.customers.get(invoice.customer)?.delinquent !== true
    )
      return decided(world, invoice)
    return pipe(
      subscription === undefined ? succeed(null) : settleSubscription(subscription, invoice),
      andThen(() => settleCustomer(invoice.customer, hasFailed(invoice))),
      andThen((): Decision<Billing, Invoice> => (after) => decided(after, after.invoices.need(id))),
    )(world)
  }

const settleSubscription = (
  subscription: Subscription,
  invoice: Invoice,
): Decision<Billing, unknown> => {
  if (subscription.status === 'incomplete' && invoice.billing_reason === 'subscription_create') {
    if (invoice.status === 'paid') return begun(subscription, invoice)
    return invoice.status === 'void' ? expired(subscription) : succeed(null)
  }
  if (!FOLLOWING.has(subscription.status)) return succeed(null)
  return (world) => {
    const { trial_end } = subscription
    const isTrying = trial_end !== null && trial_end > nowOf(world, subscription)
    const paidUp = isTrying ? 'trialing' : 'active'
    const standing = statusByInvoices(world, subscription.id)
    const status = standing === 'active' ? paidUp : standing
    // Retries that have ended in `unpaid` keep it so until something is paid or written off.
    return status === subscription.status ||
      (status === 'past_due' && subscription.status === 'unpaid')
      ? decided(world, null)
      : subscriptionChanged(subscription, { status })(world)
  }
}

/** Cancels the setup intent that a subscription waited for until it ended. */
export const withoutSetup =
  ({ pending_setup_intent }: Subscription, ended: Subscription): Decision<Billing, Subscription> =>
  (world) => {
    const intent =
      pending_setup_intent === null ? undefined : world.setupIntents.get(pending_setup_intent)
    return intent === undefined || intent.status === 'succeeded' || intent.status === 'canceled'
      ? decided(world, ended)
      : mapResult(() => ended)(cancelSetupIntent(intent.id))(world)
  }

/** What retries that are used up, or a due date long past, bring about. @remarks Source: docs.stripe.com/billing/revenue-recovery. Cases: S-H1, S-H2. */
export const finalAction =
  (
    id: InvoiceId,
    reason: 'max_payment_attempts' | 'payment_not_received',
  ): Decision<Billing, unknown> =>
  (world) => {
    const { dunning, pauseOnPaymentFailure } = world.settings
    const invoice = world.invoices.need(id)
    const subscription =
      invoice.subscription === null ? undefined : world.subscriptions.get(invoice.subscription)
    const written: Decision<Billing, unknown> =
      dunning.finalInvoice === 'uncollectible'
        ? markUncollectible(invoice, reason)
        : succeed(invoice)
    // What is written off is owed no more.
    const settled = (): Decision<Billing, unknown> => settleCustomer(invoice.customer, false)
    if (subscription === undefined || !FOLLOWING.has(subscription.status))
      return pipe(written, andThen(settled))(world)
    const now = nowOf(world, subscription)
    const ended = (): Decision<Billing, unknown> => {
      if (pauseOnPaymentFailure)
        return subscriptionChanged(
          subscription,
          {
            status: 'paused',
            paused: { type: 'final_payment_failure', transitioned_at: now },
            upcoming_at: null,
          },
          'SubscriptionPaused',
        )
      switch (dunning.finalAction) {
        case 'cancel':
          return pipe(
            subscriptionChanged(
              subscription,
              {
                status: 'canceled',
                canceled_at: now,
                ended_at: now,
                cancellation_details: {
                  ...subscription.cancellation_details,
                  reason: 'payment_failed',
                },
                pending_setup_intent: null,
                upcoming_at: null,
              },
              'SubscriptionCanceled',
            ),
            andThen((ended) => withoutSetup(subscription, ended)),
          )
        case 'unpaid':
          return subscriptionChanged(subscription, { status: 'unpaid' })
        default:
          return succeed(null)
      }
    }
    return pipe(written, andThen(ended), andThen(settled))(world)
  }

/** Drafts and open invoices that a subscription has now stop going on by themselves. */
export const haltInvoices = (
  world: World<Billing>,
  id: SubscriptionId,
): Decision<Billing, unknown> =>
  each(
    [...world.invoices.by('subscription', id)].filter(
      ({ auto_advance, status }) => auto_advance && (status === 'draft' || status === 'open'),
    ),
    (invoice) =>
      changeInvoice(invoice, {
        auto_advance: false,
        automatically_finalizes_at: null,
        next_payment_attempt: null,
      }),
  )
