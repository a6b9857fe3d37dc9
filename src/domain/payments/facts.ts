/** What a log holds of payments beside the cards: the rows, the facts that change them, and how these are read back. */
import type { CustomerId } from '../customers/index.js'
import {
  anyText,
  type Codec,
  closed,
  idOf,
  integer,
  literal,
  mapOf,
  nullable,
  oneOf,
  optional,
  partial,
  text,
  timestamp,
} from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { ChargeId, PaymentIntentId, PaymentMethodId, RefundId, SetupIntentId } from './ids.js'
import type { Decline } from './test-cards.js'

// Payment intents

const CANCELLATION_REASONS = [
  'abandoned',
  'automatic',
  'duplicate',
  'expired',
  'failed_invoice',
  'fraudulent',
  'requested_by_customer',
  'void_invoice',
] as const

export type CancellationReason = (typeof CANCELLATION_REASONS)[number]

/** Why the last attempt failed, with which card; `charge` where the attempt got so far as to make one. */
export interface PaymentError {
  readonly decline: Decline
  readonly payment_method: PaymentMethodId
  readonly charge: ChargeId | null
}

/** @remarks Source: docs.stripe.com/api/payment_intents/object. Cards only, captured at once. */
export interface PaymentIntent {
  readonly id: PaymentIntentId
  /** Minor units. */
  readonly amount: number
  readonly canceled_at: Instant | null
  readonly cancellation_reason: CancellationReason | null
  readonly created: Instant
  readonly currency: Currency
  readonly customer: CustomerId
  readonly description: string | null
  /** The invoice that it pays. Stripe shows it no more. */
  readonly invoice: string | null
  readonly last_payment_error: PaymentError | null
  readonly latest_charge: ChargeId | null
  readonly metadata: Metadata
  readonly payment_method: PaymentMethodId | null
  readonly setup_future_usage: 'off_session' | null
  readonly status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'succeeded'
    | 'canceled'
  readonly test_clock: TestClockId | null
}

export interface PaymentIntentCreated extends DomainEvent {
  readonly type: 'PaymentIntentCreated'
  readonly payment_intent: PaymentIntent
}
export interface PaymentIntentUpdated extends DomainEvent {
  readonly type: 'PaymentIntentUpdated'
  readonly id: PaymentIntentId
  readonly changes: Partial<PaymentIntent>
}
/** An attempt that made no charge: the card asks for a customer who is away. */
export interface PaymentIntentFailed extends DomainEvent {
  readonly type: 'PaymentIntentFailed'
  readonly id: PaymentIntentId
  readonly decline: Decline
  readonly payment_method: PaymentMethodId
}
export interface PaymentIntentRequiresAction extends DomainEvent {
  readonly type: 'PaymentIntentRequiresAction'
  readonly id: PaymentIntentId
  readonly payment_method: PaymentMethodId
}
/** The customer was asked to authenticate, and did not. */
export interface PaymentIntentAuthenticationFailed extends DomainEvent {
  readonly type: 'PaymentIntentAuthenticationFailed'
  readonly id: PaymentIntentId
  readonly decline: Decline
  readonly payment_method: PaymentMethodId
}
export interface PaymentIntentCanceled extends DomainEvent {
  readonly type: 'PaymentIntentCanceled'
  readonly id: PaymentIntentId
  readonly reason: CancellationReason | null
}

export type PaymentIntentEvent =
  | PaymentIntentCreated
  | PaymentIntentUpdated
  | PaymentIntentFailed
  | PaymentIntentRequiresAction
  | PaymentIntentAuthenticationFailed
  | PaymentIntentCanceled

// Charges

/** @remarks Source: docs.stripe.com/api/charges/object. Its currency is that of its intent. */
export interface Charge {
  readonly id: ChargeId
  /** Minor units, as is what was refunded of it. */
  readonly amount: number
  readonly amount_refunded: number
  readonly created: Instant
  readonly customer: CustomerId
  readonly description: string | null
  /** Why it failed; `null` where it succeeded. */
  readonly failure: Decline | null
  readonly metadata: Metadata
  readonly payment_intent: PaymentIntentId
  readonly payment_method: PaymentMethodId
}

/** One attempt that reached the issuer. It changes the charge's intent and card, too. */
export interface ChargeCreated extends DomainEvent {
  readonly type: 'ChargeCreated'
  readonly charge: Charge
  /** Authenticated for later use by the way; absent where it was not. */
  readonly set_up?: true
}
export interface ChargeUpdated extends DomainEvent {
  readonly type: 'ChargeUpdated'
  readonly id: ChargeId
  readonly changes: Partial<Charge>
}

export type ChargeEvent = ChargeCreated | ChargeUpdated

// Refunds

/** @remarks Source: docs.stripe.com/api/refunds/object. Currency, customer and card are those of its charge. */
export interface Refund {
  readonly id: RefundId
  /** Minor units. */
  readonly amount: number
  readonly charge: ChargeId
  readonly created: Instant
  readonly metadata: Metadata
  readonly reason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null
  readonly status: 'succeeded' | 'failed'
}

export interface RefundCreated extends DomainEvent {
  readonly type: 'RefundCreated'
  readonly refund: Refund
}
export interface RefundUpdated extends DomainEvent {
  readonly type: 'RefundUpdated'
  readonly id: RefundId
  readonly changes: Partial<Refund>
}
/** The money came back: the charge is that much less refunded. */
export interface RefundFailed extends DomainEvent {
  readonly type: 'RefundFailed'
  readonly id: RefundId
  readonly charge: ChargeId
  readonly amount: number
}

export type RefundEvent = RefundCreated | RefundUpdated | RefundFailed

// Setup intents

/** @remarks Source: docs.stripe.com/api/setup_intents/object. */
export interface SetupIntent {
  readonly id: SetupIntentId
  readonly cancellation_reason: 'abandoned' | 'duplicate' | 'requested_by_customer' | null
  readonly created: Instant
  readonly customer: CustomerId | null
  readonly description: string | null
  readonly last_setup_error: {
    readonly decline: Decline
    readonly payment_method: PaymentMethodId
  } | null
  readonly metadata: Metadata
  readonly payment_method: PaymentMethodId | null
  readonly status: PaymentIntent['status']
  /** The subscription that waits for it. Stripe does not show it. */
  readonly subscription: string | null
  readonly test_clock: TestClockId | null
  readonly usage: 'off_session' | 'on_session'
}

export interface SetupIntentCreated extends DomainEvent {
  readonly type: 'SetupIntentCreated'
  readonly setup_intent: SetupIntent
}
export interface SetupIntentUpdated extends DomainEvent {
  readonly type: 'SetupIntentUpdated'
  readonly id: SetupIntentId
  readonly changes: Partial<SetupIntent>
}
export interface SetupIntentRequiresAction extends DomainEvent {
  readonly type: 'SetupIntentRequiresAction'
  readonly id: SetupIntentId
  readonly payment_method: PaymentMethodId
}
export interface SetupIntentSucceeded extends DomainEvent {
  readonly type: 'SetupIntentSucceeded'
  readonly id: SetupIntentId
  readonly payment_method: PaymentMethodId
}
export interface SetupIntentFailed extends DomainEvent {
  readonly type: 'SetupIntentFailed'
  readonly id: SetupIntentId
  readonly decline: Decline
  readonly payment_method: PaymentMethodId
}
export interface SetupIntentCanceled extends DomainEvent {
  readonly type: 'SetupIntentCanceled'
  readonly id: SetupIntentId
  readonly reason: SetupIntent['cancellation_reason']
}

export type SetupIntentEvent =
  | SetupIntentCreated
  | SetupIntentUpdated
  | SetupIntentRequiresAction
  | SetupIntentSucceeded
  | SetupIntentFailed
  | SetupIntentCanceled

// How they are read back

const methodId = idOf<PaymentMethodId>()
const metadata = mapOf(anyText)
const status = oneOf('status', [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'succeeded',
  'canceled',
])

const decline = closed('Decline', {
  code: text(),
  decline_code: nullable(text()),
  message: anyText,
  advice_code: optional(text()),
  network_decline_code: optional(text()),
})

const intentRow = {
  amount: integer(0),
  canceled_at: nullable(timestamp),
  cancellation_reason: nullable(oneOf('cancellation_reason', CANCELLATION_REASONS)),
  created: timestamp,
  currency: text(3),
  customer: idOf<CustomerId>(),
  description: nullable(anyText),
  invoice: nullable(text(255)),
  last_payment_error: nullable(
    closed('PaymentError', {
      decline,
      payment_method: methodId,
      charge: nullable(idOf<ChargeId>()),
    }),
  ),
  latest_charge: nullable(idOf<ChargeId>()),
  metadata,
  payment_method: nullable(methodId),
  setup_future_usage: nullable(literal('off_session')),
  status,
  test_clock: nullable(idOf<TestClockId>()),
}

const chargeRow = {
  amount: integer(0),
  amount_refunded: integer(0),
  created: timestamp,
  customer: idOf<CustomerId>(),
  description: nullable(anyText),
  failure: nullable(decline),
  metadata,
  payment_intent: idOf<PaymentIntentId>(),
  payment_method: methodId,
}

export const REFUND_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

const refundRow = {
  amount: integer(1),
  charge: idOf<ChargeId>(),
  created: timestamp,
  metadata,
  reason: nullable(oneOf('reason', REFUND_REASONS)),
  status: oneOf('status', ['succeeded', 'failed']),
}

export const SETUP_CANCELLATION_REASONS = [
  'abandoned',
  'duplicate',
  'requested_by_customer',
] as const

const setupCancellationReason = nullable(oneOf('cancellation_reason', SETUP_CANCELLATION_REASONS))

const setupRow = {
  cancellation_reason: setupCancellationReason,
  created: timestamp,
  customer: nullable(idOf<CustomerId>()),
  description: nullable(anyText),
  last_setup_error: nullable(closed('SetupError', { decline, payment_method: methodId })),
  metadata,
  payment_method: nullable(methodId),
  status,
  subscription: nullable(text(255)),
  test_clock: nullable(idOf<TestClockId>()),
  usage: oneOf('usage', ['off_session', 'on_session']),
}

const intentId = idOf<PaymentIntentId>()
const setupId = idOf<SetupIntentId>()

export const factFormats = {
  PaymentIntentCreated: eventFormat<PaymentIntentCreated>('PaymentIntentCreated', {
    payment_intent: closed('PaymentIntent', { id: intentId, ...intentRow }) as Codec<PaymentIntent>,
  }),
  PaymentIntentUpdated: eventFormat<PaymentIntentUpdated>('PaymentIntentUpdated', {
    id: intentId,
    changes: partial('Changes', intentRow),
  }),
  PaymentIntentFailed: eventFormat<PaymentIntentFailed>('PaymentIntentFailed', {
    id: intentId,
    decline,
    payment_method: methodId,
  }),
  PaymentIntentRequiresAction: eventFormat<PaymentIntentRequiresAction>(
    'PaymentIntentRequiresAction',
    { id: intentId, payment_method: methodId },
  ),
  PaymentIntentAuthenticationFailed: eventFormat<PaymentIntentAuthenticationFailed>(
    'PaymentIntentAuthenticationFailed',
    { id: intentId, decline, payment_method: methodId },
  ),
  PaymentIntentCanceled: eventFormat<PaymentIntentCanceled>('PaymentIntentCanceled', {
    id: intentId,
    reason: nullable(oneOf('reason', CANCELLATION_REASONS)),
  }),
  ChargeCreated: eventFormat<ChargeCreated>('ChargeCreated', {
    charge: closed('Charge', { id: idOf<ChargeId>(), ...chargeRow }) as Codec<Charge>,
    set_up: optional(literal(true)),
  }),
  ChargeUpdated: eventFormat<ChargeUpdated>('ChargeUpdated', {
    id: idOf<ChargeId>(),
    changes: partial('Changes', chargeRow),
  }),
  RefundCreated: eventFormat<RefundCreated>('RefundCreated', {
    refund: closed('Refund', { id: idOf<RefundId>(), ...refundRow }) as Codec<Refund>,
  }),
  RefundUpdated: eventFormat<RefundUpdated>('RefundUpdated', {
    id: idOf<RefundId>(),
    changes: partial('Changes', refundRow),
  }),
  RefundFailed: eventFormat<RefundFailed>('RefundFailed', {
    id: idOf<RefundId>(),
    charge: idOf<ChargeId>(),
    amount: integer(1),
  }),
  SetupIntentCreated: eventFormat<SetupIntentCreated>('SetupIntentCreated', {
    setup_intent: closed('SetupIntent', { id: setupId, ...setupRow }) as Codec<SetupIntent>,
  }),
  SetupIntentUpdated: eventFormat<SetupIntentUpdated>('SetupIntentUpdated', {
    id: setupId,
    changes: partial('Changes', setupRow),
  }),
  SetupIntentRequiresAction: eventFormat<SetupIntentRequiresAction>('SetupIntentRequiresAction', {
    id: setupId,
    payment_method: methodId,
  }),
  SetupIntentSucceeded: eventFormat<SetupIntentSucceeded>('SetupIntentSucceeded', {
    id: setupId,
    payment_method: methodId,
  }),
  SetupIntentFailed: eventFormat<SetupIntentFailed>('SetupIntentFailed', {
    id: setupId,
    decline,
    payment_method: methodId,
  }),
  SetupIntentCanceled: eventFormat<SetupIntentCanceled>('SetupIntentCanceled', {
    id: setupId,
    reason: setupCancellationReason,
  }),
}
