import { type Customer, type CustomerJoinedTestClock, joinedTestClock } from '../customers/index.js'
import {
  anyText,
  boolean,
  closed,
  emptyable,
  oneOf,
  optional,
  type TypeOf,
  text,
} from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import { type Decision, decided, newId, type World, type WorldCore } from '../kernel/decision.js'
import { invariant } from '../kernel/defect.js'
import { changedFields } from '../kernel/diff.js'
import { type Notify, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { drawId, seedWords } from '../kernel/ids.js'
import { mergeMetadata, metadataParam, metadataRefusal, NO_METADATA } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'
import { clockNow, isThere, onClock, type TestClockSlices, writable } from '../test-clocks/index.js'
import type {
  CancellationReason,
  ChargeCreated,
  PaymentError,
  PaymentIntent,
  PaymentIntentAuthenticationFailed,
  PaymentIntentCanceled,
  PaymentIntentCreated,
  PaymentIntentEvent,
  PaymentIntentFailed,
  PaymentIntentRequiresAction,
} from './facts.js'
import type { PaymentIntentId, PaymentMethodId } from './ids.js'
import {
  type PaymentMethodSlices,
  type PaymentMethodView,
  viewPaymentMethod,
} from './payment-method.js'
import type { Decline } from './test-cards.js'

export interface PaymentIntentSlices {
  /** By `customer`. */
  readonly paymentIntents: Table<PaymentIntent, 'customer'>
}

type Slices = PaymentIntentSlices & PaymentMethodSlices & TestClockSlices & SettingsSlices

/** Whether it can still be paid or canceled. */
export const isOpenIntent = ({ status }: Pick<PaymentIntent, 'status'>): boolean =>
  status !== 'succeeded' && status !== 'canceled'

// View

/** A failure as an intent shows it. @remarks Source: docs.stripe.com/api/payment_intents/object. */
export interface PaymentErrorView extends Omit<Decline, 'decline_code'> {
  readonly charge?: string
  readonly decline_code?: string
  readonly doc_url: string
  readonly payment_method: PaymentMethodView
  readonly type: 'card_error' | 'invalid_request_error'
}

export const viewError = (
  world: World<PaymentMethodSlices>,
  { decline, payment_method, charge }: Omit<PaymentError, 'charge'> & Partial<PaymentError>,
): PaymentErrorView => {
  const { decline_code, ...codes } = decline
  return {
    ...(charge === undefined || charge === null ? {} : { charge }),
    ...codes,
    ...(decline_code === null ? {} : { decline_code }),
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    payment_method: viewPaymentMethod(world.paymentMethods.need(payment_method)),
    // An authentication that failed is no answer of the issuer.
    type: decline.code.endsWith('_authentication_failure') ? 'invalid_request_error' : 'card_error',
  }
}

const SECRET_LENGTH = 25

/** What a browser shows to confirm an intent: it follows from the id. */
export const clientSecret = (id: string): string =>
  `${id}_secret_${drawId(seedWords(id), 0, '', SECRET_LENGTH)}`

/** What the customer is asked to do. @remarks What the SDK is told to do it with is not shown. */
export const nextAction = ({ status }: Pick<PaymentIntent, 'status'>) =>
  status === 'requires_action' ? ({ type: 'use_stripe_sdk', use_stripe_sdk: {} } as const) : null

export type PaymentIntentView = ReturnType<typeof viewPaymentIntent>

export const viewPaymentIntent = (world: World<PaymentMethodSlices>, intent: PaymentIntent) => {
  const { id, invoice, test_clock, last_payment_error, ...fields } = intent
  return {
    id,
    object: 'payment_intent' as const,
    ...fields,
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: intent.status === 'succeeded' ? intent.amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    capture_method: 'automatic_async' as const,
    client_secret: clientSecret(id),
    confirmation_method: 'automatic' as const,
    customer_account: null,
    excluded_payment_method_types: null,
    last_payment_error: last_payment_error === null ? null : viewError(world, last_payment_error),
    livemode: false as const,
    managed_payments: null,
    next_action: nextAction(intent),
    on_behalf_of: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic' as const,
      },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
  }
}

// State

/** An intent after an attempt that failed: it waits for another method. */
const failed = (intent: PaymentIntent, last_payment_error: PaymentError): PaymentIntent => ({
  ...intent,
  last_payment_error,
  payment_method: null,
  status: 'requires_payment_method',
})

const refused = (
  intents: PaymentIntentSlices['paymentIntents'],
  { id, decline, payment_method }: PaymentIntentFailed | PaymentIntentAuthenticationFailed,
) => intents.update(id, (intent) => failed(intent, { decline, payment_method, charge: null }))

export const paymentIntentsSlice = slice<
  PaymentIntentSlices['paymentIntents'],
  PaymentIntentEvent | ChargeCreated | CustomerJoinedTestClock
>({
  initial: () =>
    Table.of<PaymentIntent, { customer: (intent: PaymentIntent) => string }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    PaymentIntentCreated: (intents, event) => intents.insert(event.payment_intent),
    PaymentIntentUpdated: (intents, event) =>
      intents.update(event.id, (intent) => ({ ...intent, ...event.changes })),
    PaymentIntentFailed: refused,
    PaymentIntentAuthenticationFailed: refused,
    PaymentIntentRequiresAction: (intents, { id, payment_method }) =>
      intents.update(id, (intent) => ({
        ...intent,
        last_payment_error: null,
        payment_method,
        status: 'requires_action',
      })),
    PaymentIntentCanceled: (intents, { id, at, reason }) =>
      intents.update(id, (intent) => ({
        ...intent,
        canceled_at: at,
        cancellation_reason: reason,
        status: 'canceled',
      })),
    ChargeCreated: (intents, { charge: { id, failure, payment_intent, payment_method } }) =>
      intents.update(payment_intent, (intent) =>
        failure === null
          ? {
              ...intent,
              last_payment_error: null,
              latest_charge: id,
              payment_method,
              status: 'succeeded',
            }
          : {
              ...failed(intent, { decline: failure, payment_method, charge: id }),
              latest_charge: id,
            },
      ),
    // What a customer owes goes with her to her clock.
    CustomerJoinedTestClock: joinedTestClock,
  },
})

// Codecs

/** Parameters of POST /v1/payment_intents/{id}. */
export const updatePaymentIntentParams = closed('UpdatePaymentIntent', {
  description: optional(emptyable(text(1_000))),
  metadata: optional(metadataParam),
})

/** Parameters of POST /v1/payment_intents/{id}/cancel. */
export const cancelPaymentIntentParams = closed('CancelPaymentIntent', {
  cancellation_reason: optional(
    oneOf('cancellation_reason', ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']),
  ),
})

/** Parameters of POST /v1/payment_intents/{id}/confirm. Where to return to after authentication changes nothing here. */
export const confirmPaymentIntentParams = closed('ConfirmPaymentIntent', {
  off_session: optional(boolean),
  payment_method: optional(text()),
  return_url: optional(anyText),
  use_stripe_sdk: optional(boolean),
})

export type UpdatePaymentIntent = TypeOf<typeof updatePaymentIntentParams>
export type CancelPaymentIntent = TypeOf<typeof cancelPaymentIntentParams>
export type ConfirmPaymentIntent = TypeOf<typeof confirmPaymentIntentParams>

// Decisions

/** @remarks The parameter is known from the live API. */
export const unknownPaymentIntent = (id: string): Rejection =>
  resourceMissing('payment_intent', id, 'intent')

/** The intent with an id, if it is there. */
export const findPaymentIntent = (
  world: World<PaymentIntentSlices & TestClockSlices>,
  id: PaymentIntentId,
): PaymentIntent | undefined => {
  const intent = world.paymentIntents.get(id)
  return intent !== undefined && isThere(world, intent) ? intent : undefined
}

/** The intent that a path names, if it may be written to: it is there, and its clock is not advancing. */
export const writablePaymentIntent =
  (id: PaymentIntentId): Decision<Slices, PaymentIntent> =>
  (world) => {
    const intent = writable(world, world.paymentIntents.get(id), () => unknownPaymentIntent(id))
    return E.isLeft(intent) ? intent : decided(world, intent.right)
  }

/** When and on which time line a fact about an intent is recorded. */
export const onTimeOf = (
  world: World<TestClockSlices>,
  { test_clock }: Pick<PaymentIntent, 'test_clock'>,
) => ({ at: clockNow(world, test_clock), ...onClock(test_clock) })

/** What a payment is of. `payment_method` is a method that the customer may pay with. */
export interface OpenIntent
  extends Pick<
    PaymentIntent,
    'amount' | 'currency' | 'description' | 'setup_future_usage' | 'payment_method' | 'invoice'
  > {
  /** Named before by {@link nextPaymentIntentId}. */
  readonly id?: PaymentIntentId | undefined
  readonly customer: Pick<Customer, 'id' | 'test_clock'>
  readonly currency: Currency
}

/** The id of the next intent: for an invoice that names it before it is there. */
export const nextPaymentIntentId = (world: WorldCore): PaymentIntentId => newId(world, 'pi_3', 23)

/** Opens a payment that nobody has tried yet. */
export const openIntent =
  ({
    id,
    customer: { id: customer, test_clock },
    amount,
    currency,
    description,
    invoice,
    payment_method,
    setup_future_usage,
  }: OpenIntent): Decision<PaymentIntentSlices & TestClockSlices, PaymentIntent> =>
  (world) => {
    const payment_intent: PaymentIntent = {
      id: id ?? nextPaymentIntentId(world),
      amount,
      canceled_at: null,
      cancellation_reason: null,
      created: clockNow(world, test_clock),
      currency,
      customer,
      description,
      invoice,
      last_payment_error: null,
      latest_charge: null,
      metadata: NO_METADATA,
      payment_method,
      setup_future_usage,
      status: payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
      test_clock,
    }
    return decided(
      world.record<PaymentIntentEvent>({
        type: 'PaymentIntentCreated',
        ...onTimeOf(world, payment_intent),
        payment_intent,
      }),
      payment_intent,
    )
  }

const unexpectedState = (message: string): Rejection =>
  invalidRequest(message, { code: 'payment_intent_unexpected_state' })

/**
 * Why an intent cannot be tried, if it cannot.
 * @param authenticated - The customer has just authenticated, as she was asked to.
 * @remarks The texts of the confirmation are known from the live API. Authenticating has no endpoint there: that text is ours.
 */
export const attemptRefusal = (
  { status }: PaymentIntent,
  authenticated: boolean,
): Rejection | undefined => {
  if (authenticated && status !== 'requires_action')
    return unexpectedState(
      `You cannot authenticate this PaymentIntent because it has a status of ${status}. Only a PaymentIntent with the status requires_action may be authenticated.`,
    )
  if (status === 'succeeded')
    return unexpectedState(
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
    )
  return status === 'canceled'
    ? unexpectedState(
        'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.',
      )
    : undefined
}

/** @remarks The texts are known from the live API. */
const failedAuthentication: Decline = {
  code: 'payment_intent_authentication_failure',
  decline_code: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
}

/** The customer was asked to authenticate a payment, and fails to. */
export const failAuthentication =
  (
    id: PaymentIntentId,
  ): Decision<PaymentIntentSlices & PaymentMethodSlices & TestClockSlices, PaymentIntent> =>
  (world) => {
    const intent = world.paymentIntents.need(id)
    const refusal = attemptRefusal(intent, true)
    if (refusal !== undefined) return E.left(refusal)
    const after = world.record<PaymentIntentEvent>({
      type: 'PaymentIntentAuthenticationFailed',
      ...onTimeOf(world, intent),
      id,
      decline: failedAuthentication,
      payment_method: intent.payment_method as PaymentMethodId,
    })
    return decided(after, after.paymentIntents.need(id))
  }

/** Cancels an intent that is open, for whatever reason of its invoice's. */
export const cancelIntent =
  (
    id: PaymentIntentId,
    reason: CancellationReason | null,
  ): Decision<PaymentIntentSlices & TestClockSlices, PaymentIntent> =>
  (world) => {
    const intent = world.paymentIntents.need(id)
    invariant(isOpenIntent(intent), `an intent that is canceled is open, not ${intent.status}`)
    const after = world.record<PaymentIntentEvent>({
      type: 'PaymentIntentCanceled',
      ...onTimeOf(world, intent),
      id,
      reason,
    })
    return decided(after, after.paymentIntents.need(id))
  }

/**
 * Cancels an intent that stands by itself; that of an invoice goes with the invoice.
 * @remarks Source: docs.stripe.com/api/payment_intents/cancel. The texts are known from the live API.
 */
export const cancelPaymentIntent =
  (
    id: PaymentIntentId,
    { cancellation_reason = null }: { readonly cancellation_reason?: CancellationReason | null },
  ): Decision<Slices, PaymentIntent> =>
  (world) => {
    const found = writablePaymentIntent(id)(world)
    if (E.isLeft(found)) return found
    const intent = found.right.result
    if (!isOpenIntent(intent))
      return E.left(
        unexpectedState(
          `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
        ),
      )
    if (intent.invoice !== null)
      return E.left(
        invalidRequest(
          'You cannot cancel PaymentIntents created by invoices. Try voiding the invoice instead.',
        ),
      )
    return cancelIntent(id, cancellation_reason)(world)
  }

/**
 * Changes what is written on an intent; what changes nothing records nothing. Nothing tells of it.
 * @remarks Source: docs.stripe.com/api/payment_intents/update.
 */
export const updatePaymentIntent =
  (
    id: PaymentIntentId,
    { description, metadata }: UpdatePaymentIntent,
  ): Decision<Slices, PaymentIntent> =>
  (world) => {
    const found = writablePaymentIntent(id)(world)
    if (E.isLeft(found)) return found
    const intent = found.right.result
    const next: PaymentIntent = {
      ...intent,
      description: description === undefined ? intent.description : description,
      metadata: mergeMetadata(intent.metadata, metadata),
    }
    const refusal = metadataRefusal(next.metadata)
    if (refusal !== undefined) return E.left(refusal)
    const changes = changedFields(intent, next)
    if (Object.keys(changes).length === 0) return decided(world, intent)
    const after = world.record<PaymentIntentEvent>({
      type: 'PaymentIntentUpdated',
      ...onTimeOf(world, intent),
      id,
      changes,
    })
    return decided(after, after.paymentIntents.need(id))
  }

// Notifications

type Reads = PaymentIntentSlices & PaymentMethodSlices

/** An intent as it stood right after one event of a transaction. */
const told =
  (
    type: string,
  ): Notify<
    Reads,
    | PaymentIntentFailed
    | PaymentIntentAuthenticationFailed
    | PaymentIntentRequiresAction
    | PaymentIntentCanceled
  > =>
  ({ at, id }, _before, _after, { after }) => [
    {
      type: `payment_intent.${type}`,
      created: at,
      object: viewPaymentIntent(after, after.paymentIntents.need(id)),
    },
  ]

export const paymentIntentNotifications = {
  PaymentIntentCreated: ((event, _before, after) => [
    {
      type: 'payment_intent.created',
      created: event.at,
      object: viewPaymentIntent(after, event.payment_intent),
    },
  ]) satisfies Notify<Reads, PaymentIntentCreated>,
  PaymentIntentFailed: told('payment_failed'),
  PaymentIntentAuthenticationFailed: told('payment_failed'),
  PaymentIntentRequiresAction: told('requires_action'),
  PaymentIntentCanceled: told('canceled'),
}
