import { adoptCurrency, balanceIn, type Customer } from '../customers/index.js'
import {
  balanced,
  type Collected,
  collectInvoice,
  createPricedItem,
  type DraftInvoice,
  draftInvoice,
  finalizeInvoice,
  finalizesAt,
  type InvoiceId,
  LINES_MAX,
  type NewLine,
  nextInvoiceId,
  tooManyLines,
} from '../invoicing/index.js'
import { andThen, type Decision, decided, each, mapResult, type World } from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import { days, type Instant, plus } from '../kernel/instant.js'
import { cardError, invalidRequest, type Rejection } from '../kernel/rejection.js'
import { chargeOutcome, openSetupIntent, type PaymentMethodId } from '../payments/index.js'
import {
  type CreateSubscription,
  type ExtraCharge,
  type NewSubscription,
  newSubscription,
  type Subscription,
  type SubscriptionEvent,
  TRIAL_WARNING_BEFORE,
} from '../subscriptions/index.js'
import { onClock } from '../test-clocks/index.js'
import { type Billing, nowOf, subscriptionChanged } from './billing.js'
import { currencyLock } from './invoices.js'
import { chargedLines, pendingLines } from './lines.js'
import { payingMethod, settle } from './settle.js'

/** @remarks Observed, and so is that it names no parameter. */
const noMethod: Rejection = invalidRequest(
  'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
  { code: 'resource_missing' },
)

/** @remarks Observed. */
const actionRequired: Rejection = cardError(
  "Payment for this subscription requires additional user action, but the requested payment behavior doesn't save the invoice or PaymentIntent. Retry the request with `payment_behavior=allow_incomplete` or `payment_behavior=default_incomplete`, then complete the PaymentIntent on the subscription's latest invoice. Additional information is available here: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
  { code: 'subscription_payment_intent_requires_action' },
)

/** The decline of a payment, as a refusal. */
export const declinedRefusal = (collected: Collected): Rejection => {
  const decline = collected.kind === 'failed' ? collected.decline : null
  if (decline === null) return collected.kind === 'failed' ? noMethod : actionRequired
  const { message, decline_code, ...codes } = decline
  return cardError(message, { ...codes, ...(decline_code === null ? {} : { decline_code }) })
}

/** What an invoice of a subscription is made of besides what follows from the subscription. */
type OwnParts = Pick<
  DraftInvoice,
  'billing_reason' | 'lines' | 'auto_advance' | 'automatically_finalizes_at'
> & { readonly id?: InvoiceId; readonly period?: DraftInvoice['period'] }

/** An invoice of a subscription, whatever it bills. */
export const invoiceOf = (
  subscription: Subscription,
  customer: Customer,
  created: Instant,
  { id, billing_reason, lines, auto_advance, automatically_finalizes_at, period }: OwnParts,
): DraftInvoice => {
  const { collection_method, days_until_due, invoice_settings, payment_settings } = subscription
  // One literal: renewals are made by the thousand, and spreads cost more than all else here.
  return {
    id,
    customer,
    currency: subscription.currency,
    billing_reason,
    collection_method,
    lines,
    auto_advance,
    automatically_finalizes_at,
    period,
    due_date:
      collection_method === 'send_invoice' ? plus(created, days(days_until_due ?? 0)) : null,
    subscription: { id: subscription.id, metadata: subscription.metadata },
    custom_fields: invoice_settings.custom_fields ?? undefined,
    description: invoice_settings.description,
    footer: invoice_settings.footer,
    payment_method_types: payment_settings.payment_method_types,
  }
}

/** Whether a card asks for its owner when it is charged while she is away. */
const needsAuthentication = (world: World<Billing>, id: PaymentMethodId): boolean => {
  const method = world.paymentMethods.get(id)
  if (method === undefined) return false
  const outcome = chargeOutcome(method, { offSession: true, authenticated: false })
  return outcome.kind === 'declined' && outcome.decline.code === 'authentication_required'
}

/**
 * Where nothing was to be paid at first, a method that can pay later is asked for.
 * @remarks Source: docs.stripe.com/billing/subscriptions/overview, `pending_setup_intent`.
 */
const awaitingSetup =
  (subscription: Subscription, customer: Customer): Decision<Billing, Subscription> =>
  (world) => {
    if (subscription.collection_method === 'send_invoice') return decided(world, subscription)
    const method = payingMethod(world, { ...subscription, subscription: null })
    if (method !== null && !needsAuthentication(world, method)) return decided(world, subscription)
    return pipe(
      openSetupIntent({
        customer,
        payment_method: method,
        usage: 'off_session',
        subscription: subscription.id,
      }),
      andThen((intent) => subscriptionChanged(subscription, { pending_setup_intent: intent.id })),
    )(world)
  }

/** A trial that is short already is announced at once. @remarks Source: docs.stripe.com/billing/subscriptions/trials. Case: S-C7. */
export const warnOfTrialEnd =
  (subscription: Subscription): Decision<Billing, Subscription> =>
  (world) => {
    const { id, status, trial_end, trial_warned, test_clock } = subscription
    const at = nowOf(world, subscription)
    if (status !== 'trialing' || trial_end === null || trial_warned)
      return decided(world, subscription)
    if (trial_end - at > TRIAL_WARNING_BEFORE) return decided(world, subscription)
    const after = world.record<SubscriptionEvent>({
      type: 'SubscriptionTrialWillEnd',
      at,
      ...onClock(test_clock),
      id,
    })
    return decided(after, after.subscriptions.need(id))
  }

const created =
  (subscription: Subscription): Decision<Billing, Subscription> =>
  (world) => {
    const at = nowOf(world, subscription)
    const { test_clock } = subscription
    const after = world.record<SubscriptionEvent>({
      type: 'SubscriptionCreated',
      at,
      ...onClock(test_clock),
      subscription,
    })
    return decided(after, subscription)
  }

const extraItems = (
  subscription: Subscription,
  customer: Customer,
  extra: readonly ExtraCharge[],
): Decision<Billing, unknown> =>
  each(extra, ({ price, quantity, period, discountable, metadata }) =>
    createPricedItem({
      customer,
      subscription: subscription.id,
      currency: subscription.currency,
      price,
      quantity,
      period,
      discountable,
      metadata,
    }),
  )

type Behavior = NonNullable<CreateSubscription['payment_behavior']>

/** What becomes of a first invoice that is due at once. */
const paidAtOnce =
  (
    subscription: Subscription,
    invoice: InvoiceId,
    method: PaymentMethodId | null,
    behavior: Behavior,
    offSession: boolean,
  ): Decision<Billing, Subscription> =>
  (world) => {
    const waiting: Decision<Billing, Subscription> = (after) => {
      const now = nowOf(after, subscription)
      return subscriptionChanged(subscription, {
        status: 'incomplete',
        incomplete_expires_at: plus(now, after.settings.incomplete.ttlSeconds),
        upcoming_at: null,
      })(after)
    }
    if (behavior === 'default_incomplete') return waiting(world)
    const done = collectInvoice(invoice, { method, offSession, mayRetry: false })(world)
    if (E.isLeft(done)) return done
    const { result: collected, world: after } = done.right
    if (collected.kind === 'paid') return began(subscription, invoice, method)(after)
    if (behavior === 'error_if_incomplete') return E.left(declinedRefusal(collected))
    if (after.settings.pauseOnPaymentFailure && collected.kind === 'failed')
      return pipe(
        subscriptionChanged(
          subscription,
          {
            status: 'paused',
            paused: {
              type: 'first_payment_failure',
              transitioned_at: nowOf(after, subscription),
            },
            upcoming_at: null,
          },
          'SubscriptionPaused',
        ),
        andThen((paused) => mapResult(() => paused)(settle(invoice))),
      )(after)
    return pipe(
      waiting,
      andThen((incomplete) => mapResult(() => incomplete)(settle(invoice))),
    )(after)
  }

/** The subscription runs; where it is to keep the method that paid, it does. */
const began =
  (
    subscription: Subscription,
    _invoice: InvoiceId,
    method: PaymentMethodId | null,
  ): Decision<Billing, Subscription> =>
  (world) =>
    subscriptionChanged(
      subscription,
      subscription.payment_settings.save_default_payment_method === 'on_subscription' &&
        subscription.default_payment_method !== method
        ? { default_payment_method: method }
        : {},
    )(world)

/** The first invoice of a subscription that is charged: final and attempted at once. */
const invoicedAtOnce =
  (
    subscription: Subscription,
    customer: Customer,
    lines: readonly NewLine[],
    { payment_behavior: behavior = 'allow_incomplete', off_session = false }: CreateSubscription,
  ): Decision<Billing, Subscription> =>
  (world) => {
    const method = payingMethod(world, { ...subscription, subscription: null })
    const id = subscription.latest_invoice as InvoiceId
    return pipe(
      draftInvoice(
        invoiceOf(subscription, customer, nowOf(world, subscription), {
          id,
          billing_reason: 'subscription_create',
          lines,
          auto_advance: true,
          automatically_finalizes_at: null,
        }),
      ),
      andThen(() => finalizeInvoice(id, { method })),
      andThen((invoice) =>
        invoice.status === 'paid'
          ? awaitingSetup(subscription, customer)
          : paidAtOnce(subscription, id, method, behavior, off_session),
      ),
    )(world)
  }

/** The first invoice of a subscription whose customer is sent it: a draft for an hour. */
const invoicedLater =
  (
    subscription: Subscription,
    customer: Customer,
    lines: readonly NewLine[],
  ): Decision<Billing, Subscription> =>
  (world) => {
    const now = nowOf(world, subscription)
    return mapResult(() => subscription)(
      draftInvoice(
        invoiceOf(subscription, customer, now, {
          id: subscription.latest_invoice as InvoiceId,
          billing_reason: 'subscription_create',
          lines,
          auto_advance: true,
          automatically_finalizes_at: finalizesAt(world, now),
        }),
      ),
    )(world)
  }

/** Whether a first invoice cannot be paid: nobody has a method, and it is to be charged. */
const cannotPay = (
  world: World<Billing>,
  subscription: Subscription,
  customer: Customer,
  lines: readonly NewLine[],
  behavior: Behavior | undefined,
): boolean => {
  if (subscription.collection_method === 'send_invoice' || behavior === 'default_incomplete')
    return false
  if (payingMethod(world, { ...subscription, subscription: null }) !== null) return false
  const { currency } = subscription
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  return balanced(total, balanceIn(customer, currency), currency).amount_due > 0
}

/** Records what a creation makes: the subscription, and its first invoice if it bills anything. */
const opened =
  (
    { subscription: row, charges, extra }: NewSubscription,
    params: CreateSubscription,
  ): Decision<Billing, Subscription> =>
  (world) => {
    const customer = world.customers.need(row.customer)
    const locked = currencyLock(world, customer, row.currency)
    if (locked !== undefined) return E.left(locked)
    const own = [...new Set(charges.map(({ item }) => item))]
      .reverse()
      .flatMap((item) =>
        charges
          .filter((charge) => charge.item === item)
          .flatMap((charge) => chargedLines(world, row, charge)),
      )
    const bills = own.length > 0 || extra.length > 0 || pendingLines(world, row).length > 0
    if (!bills)
      return pipe(
        created(row),
        andThen((subscription) => awaitingSetup(subscription, customer)),
      )(world)
    const subscription: Subscription = { ...row, latest_invoice: nextInvoiceId(world) }
    return pipe(
      created(subscription),
      andThen(() => extraItems(subscription, customer, extra)),
      andThen(
        (): Decision<Billing, Subscription> => (after) => {
          const lines = [...pendingLines(after, row), ...own]
          if (lines.length > LINES_MAX) return E.left(tooManyLines)
          if (cannotPay(after, subscription, customer, lines, params.payment_behavior))
            return E.left(noMethod)
          return subscription.collection_method === 'send_invoice'
            ? invoicedLater(subscription, customer, lines)(after)
            : invoicedAtOnce(subscription, customer, lines, params)(after)
        },
      ),
    )(world)
  }

/**
 * Creates a subscription: its first invoice is made final and paid at once, or sent, or there is none.
 * @remarks Source: docs.stripe.com/api/subscriptions/create and /billing/subscriptions/overview. Cases: S-C1, S-C10, S-C11, S-C13.
 */
export const createSubscription = (params: CreateSubscription): Decision<Billing, Subscription> =>
  pipe(
    newSubscription(params),
    andThen((made) => opened(made, params)),
    andThen((subscription) =>
      mapResult(() => subscription)(adoptCurrency(subscription.customer, subscription.currency)),
    ),
    andThen(
      ({ id }): Decision<Billing, Subscription> =>
        (world) =>
          warnOfTrialEnd(world.subscriptions.need(id))(world),
    ),
  )
