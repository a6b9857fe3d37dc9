/** Payments that callers and customers bring on: of an invoice's intent, and of setups that subscriptions wait for. */
import { collectInvoice, failInvoiceAuthentication, isPayable } from '../invoicing/index.js'
import { closed, oneOf } from '../kernel/codec.js'
import { andThen, type Decision, decided, mapResult, succeed } from '../kernel/decision.js'
import { commandOn, family } from '../kernel/family.js'
import { E, pipe } from '../kernel/fp.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import {
  attemptIntent,
  authenticateSetupIntent,
  type CancelSetupIntent,
  type ConfirmPaymentIntent,
  type ConfirmSetupIntent,
  cancelSetupIntent,
  cancelSetupIntentParams,
  confirmPaymentIntentParams,
  confirmSetupIntent,
  confirmSetupIntentParams,
  failAuthentication,
  isOpenIntent,
  type PaymentIntent,
  type PaymentIntentId,
  type SetupAttempt,
  type SetupIntent,
  type SetupIntentId,
  viewPaymentIntent,
  viewSetupIntent,
  writablePaymentIntent,
  writableSetupIntent,
} from '../payments/index.js'
import { type Billing, subscriptionChanged } from './billing.js'
import { mayRetry } from './collect.js'
import { payingMethod, settle } from './settle.js'

const intentNow =
  (id: PaymentIntentId): Decision<Billing, PaymentIntent> =>
  (world) =>
    decided(world, world.paymentIntents.need(id))

/** What an open payment of an invoice can no longer do once the invoice was paid out of band. The text is ours. */
const settledOtherwise: Rejection = invalidRequest(
  'The invoice of this PaymentIntent can no longer be paid.',
  { code: 'payment_intent_unexpected_state' },
)

interface Trying {
  readonly payment_method?: string | undefined
  readonly offSession: boolean
  readonly authenticated?: boolean
}

/** Tries an intent, with what follows for its invoice. What fails stays: the answer is the intent as it stands then. */
const tried =
  (
    intent: PaymentIntent,
    { payment_method, offSession, authenticated = false }: Trying,
  ): Decision<Billing, PaymentIntent> =>
  (world) => {
    const { id } = intent
    const invoice = intent.invoice === null ? undefined : world.invoices.get(intent.invoice)
    if (invoice === undefined || !isOpenIntent(intent))
      return pipe(
        attemptIntent(id, { payment_method: payment_method ?? null, offSession, authenticated }),
        andThen(() => intentNow(id)),
      )(world)
    if (!isPayable(invoice)) return E.left(settledOtherwise)
    return pipe(
      mayRetry(invoice),
      andThen((retries) =>
        collectInvoice(invoice.id, {
          method: payment_method ?? intent.payment_method ?? payingMethod(world, invoice),
          offSession,
          authenticated,
          mayRetry: retries,
        }),
      ),
      andThen(() => settle(invoice.id)),
      andThen(() => intentNow(id)),
    )(world)
  }

/**
 * Confirms an intent: the customer is there unless it is said that she is not.
 * @remarks Source: docs.stripe.com/api/payment_intents/confirm.
 */
export const confirmPaymentIntent = (
  id: PaymentIntentId,
  { payment_method, off_session = false }: ConfirmPaymentIntent,
): Decision<Billing, PaymentIntent> =>
  pipe(
    writablePaymentIntent(id),
    andThen((intent) => tried(intent, { payment_method, offSession: off_session })),
  )

/** How the customer's authentication ends. */
const authenticateParams = closed('Authenticate', {
  outcome: oneOf('outcome', ['succeed', 'fail']),
})

/**
 * The customer authenticates the payment that she was asked for, or fails to: what Stripe leaves to the browser.
 * @remarks Source: docs.stripe.com/payments/3d-secure. Case: S-C13.
 */
export const authenticatePaymentIntent = (
  id: PaymentIntentId,
  { outcome }: { readonly outcome: 'succeed' | 'fail' },
): Decision<Billing, PaymentIntent> =>
  pipe(
    writablePaymentIntent(id),
    andThen((intent): Decision<Billing, PaymentIntent> => {
      if (outcome === 'succeed') return tried(intent, { offSession: false, authenticated: true })
      const { invoice } = intent
      if (intent.status !== 'requires_action' || invoice === null)
        return pipe(
          failAuthentication(id),
          andThen(() => intentNow(id)),
        )
      return pipe(
        ((world) => {
          const billed = world.invoices.need(invoice)
          return isPayable(billed) ? mayRetry(billed)(world) : E.left(settledOtherwise)
        }) as Decision<Billing, boolean>,
        andThen((retries) =>
          failInvoiceAuthentication(invoice, {
            method: intent.payment_method,
            offSession: false,
            mayRetry: retries,
          }),
        ),
        andThen(() => settle(invoice)),
        andThen(() => intentNow(id)),
      )
    }),
  )

/** A subscription stops waiting for a setup that is done or canceled; one that asked for it keeps the method. */
const setupSettled =
  (intent: SetupIntent): Decision<Billing, SetupIntent> =>
  (world) => {
    const subscription = world.subscriptions.get(intent.subscription ?? '')
    if (subscription?.pending_setup_intent !== intent.id) return decided(world, intent)
    const isKept =
      intent.status === 'succeeded' &&
      subscription.payment_settings.save_default_payment_method === 'on_subscription'
    return mapResult(() => intent)(
      subscriptionChanged(subscription, {
        ...(isKept ? { default_payment_method: intent.payment_method } : {}),
        pending_setup_intent: null,
      }),
    )(world)
  }

const afterSetup = ({ kind, intent }: SetupAttempt): Decision<Billing, SetupIntent> =>
  kind === 'succeeded' ? setupSettled(intent) : succeed(intent)

/** Confirms a setup. @remarks Source: docs.stripe.com/api/setup_intents/confirm. */
export const confirmSetup = (
  id: SetupIntentId,
  { payment_method }: ConfirmSetupIntent,
): Decision<Billing, SetupIntent> =>
  pipe(
    writableSetupIntent(id),
    andThen(() => confirmSetupIntent(id, payment_method === undefined ? {} : { payment_method })),
    andThen(afterSetup),
  )

/** The customer authenticates the setup that she was asked for, or fails to. */
export const authenticateSetup = (
  id: SetupIntentId,
  { outcome }: { readonly outcome: 'succeed' | 'fail' },
): Decision<Billing, SetupIntent> =>
  pipe(
    writableSetupIntent(id),
    andThen(() => authenticateSetupIntent(id, outcome === 'succeed')),
    andThen(afterSetup),
  )

/** Cancels a setup. @remarks Source: docs.stripe.com/api/setup_intents/cancel. */
export const cancelSetup = (
  id: SetupIntentId,
  { cancellation_reason }: CancelSetupIntent,
): Decision<Billing, SetupIntent> =>
  pipe(
    writableSetupIntent(id),
    andThen(() => cancelSetupIntent(id, cancellation_reason ?? null)),
    andThen(setupSettled),
  )

export const paymentStories = family({
  name: 'payment-stories',
  slices: {},
  events: {},
  commands: {
    ConfirmPaymentIntent: commandOn(
      confirmPaymentIntentParams,
      confirmPaymentIntent,
      viewPaymentIntent,
    ),
    AuthenticatePaymentIntent: commandOn(
      authenticateParams,
      authenticatePaymentIntent,
      viewPaymentIntent,
    ),
    ConfirmSetupIntent: commandOn(confirmSetupIntentParams, confirmSetup, viewSetupIntent),
    AuthenticateSetupIntent: commandOn(authenticateParams, authenticateSetup, viewSetupIntent),
    CancelSetupIntent: commandOn(cancelSetupIntentParams, cancelSetup, viewSetupIntent),
  },
  queries: {},
  watches: [],
  notifications: {},
})
