import { closed, emptyable, optional, type TypeOf, text } from '../kernel/codec.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields, previousAttributes } from '../kernel/diff.js'
import { type Notify, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { mergeMetadata, metadataParam, metadataRefusal } from '../kernel/metadata.js'
import { type Rejection, resourceMissing } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'
import { advancingRefusal, isThere, type TestClockSlices } from '../test-clocks/index.js'
import type {
  Charge,
  ChargeCreated,
  ChargeEvent,
  ChargeUpdated,
  PaymentIntent,
  PaymentIntentEvent,
  RefundCreated,
  RefundFailed,
} from './facts.js'
import type { ChargeId, PaymentIntentId, PaymentMethodId } from './ids.js'
import {
  attemptRefusal,
  onTimeOf,
  type PaymentIntentSlices,
  viewPaymentIntent,
} from './payment-intent.js'
import {
  attachTo,
  chargeOutcome,
  type PaymentMethodSlices,
  usableMethod,
  viewPaymentMethod,
} from './payment-method.js'
import type { Decline } from './test-cards.js'

export interface ChargeSlices {
  /** By `customer`. */
  readonly charges: Table<Charge, 'customer'>
}

type Views = ChargeSlices & PaymentIntentSlices & PaymentMethodSlices
type Slices = Views & TestClockSlices & SettingsSlices

// View

/** What came of a charge at the issuer's. @remarks Source: docs.stripe.com/api/charges/object; values known from the live API. */
const outcomeOfCharge = (failure: Decline | null) => {
  const reason = failure && (failure.decline_code ?? failure.code)
  return {
    advice_code: failure?.advice_code ?? null,
    network_advice_code: null,
    network_decline_code: failure?.network_decline_code ?? null,
    network_status: failure === null ? 'approved_by_network' : 'declined_by_network',
    reason,
    risk_level: 'normal',
    seller_message:
      reason === null
        ? 'Payment complete.'
        : reason === 'generic_decline'
          ? 'The bank did not return any further details with this decline.'
          : `The bank returned the decline code \`${reason}\`.`,
    type: failure === null ? 'authorized' : 'issuer_declined',
  }
}

export type ChargeView = ReturnType<typeof viewCharge>

export const viewCharge = (
  world: World<PaymentIntentSlices & PaymentMethodSlices>,
  charge: Charge,
) => {
  const { id, failure, ...fields } = charge
  const { currency } = world.paymentIntents.need(charge.payment_intent)
  const method = viewPaymentMethod(world.paymentMethods.need(charge.payment_method))
  const { display_brand, generated_from, networks, three_d_secure_usage, ...card } = method.card
  const paid = failure === null
  return {
    id,
    object: 'charge' as const,
    ...fields,
    amount_captured: paid ? charge.amount : 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: null,
    captured: paid,
    currency,
    disputed: false as const,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: false as const,
    on_behalf_of: null,
    outcome: outcomeOfCharge(failure),
    paid,
    payment_method_details: {
      card: {
        ...card,
        amount_authorized: paid ? charge.amount : null,
        authorization_code: null,
        // Charging a card checks its code, attached or not.
        checks: { ...card.checks, cvc_check: 'pass' as const },
        electronic_commerce_indicator: null,
        installments: null,
        mandate: null,
        network: card.brand,
        network_transaction_id: null,
        three_d_secure: null,
        transaction_link_id: null,
      },
      type: 'card' as const,
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: paid ? `https://pay.stripe.com/receipts/payment/${id}` : null,
    refunded: paid && charge.amount_refunded === charge.amount,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: paid ? ('succeeded' as const) : ('failed' as const),
    transfer_data: null,
    transfer_group: null,
  }
}

// State

const refundedBy = (
  charges: ChargeSlices['charges'],
  id: ChargeId,
  amount: number,
): ChargeSlices['charges'] =>
  charges.update(id, (charge) => ({
    ...charge,
    amount_refunded: charge.amount_refunded + amount,
  }))

export const chargesSlice = slice<
  ChargeSlices['charges'],
  ChargeEvent | RefundCreated | RefundFailed
>({
  initial: () =>
    Table.of<Charge, { customer: (charge: Charge) => string }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    ChargeCreated: (charges, event) => charges.insert(event.charge),
    ChargeUpdated: (charges, event) =>
      charges.update(event.id, (charge) => ({ ...charge, ...event.changes })),
    RefundCreated: (charges, { refund }) => refundedBy(charges, refund.charge, refund.amount),
    RefundFailed: (charges, event) => refundedBy(charges, event.charge, -event.amount),
  },
})

// The attempt to charge

/** What came of one attempt to pay an intent. */
export type Attempt =
  | { readonly kind: 'succeeded'; readonly intent: PaymentIntent; readonly charge: Charge }
  | { readonly kind: 'requires_action'; readonly intent: PaymentIntent }
  | {
      readonly kind: 'declined'
      readonly intent: PaymentIntent
      /** `null` where the attempt did not get so far. */
      readonly charge: Charge | null
      readonly decline: Decline
    }
  /** There was nothing to charge, and nothing was recorded. */
  | { readonly kind: 'no_method'; readonly intent: PaymentIntent }

export interface AttemptIntent {
  /** A method that the customer may pay with; without one the intent's own. */
  readonly payment_method: PaymentMethodId | null
  /** The customer is away. */
  readonly offSession: boolean
  /** She has just authenticated this payment, as she was asked to. */
  readonly authenticated?: boolean
}

/** The fact of a charge, made or failed. @param failure - `null` for a charge that succeeds. */
const charged =
  (
    intent: PaymentIntent,
    payment_method: PaymentMethodId,
    failure: Decline | null,
    set_up: boolean,
  ): Decision<Views & TestClockSlices, Charge> =>
  (world) => {
    const time = onTimeOf(world, intent)
    const charge: Charge = {
      id: newId(world, 'ch_3', 23),
      amount: intent.amount,
      amount_refunded: 0,
      created: time.at,
      customer: intent.customer,
      description: intent.description,
      failure,
      metadata: intent.metadata,
      payment_intent: intent.id,
      payment_method,
    }
    return decided(
      world.record<ChargeEvent>({
        type: 'ChargeCreated',
        ...time,
        charge,
        ...(set_up ? { set_up } : {}),
      }),
      charge,
    )
  }

/**
 * Tries to pay an intent once, as its card has it. A card that is kept for later is attached where the payment succeeds,
 * and counts as set up where the customer authenticated. Off session a card that asks for authentication makes no charge.
 * @remarks Source: docs.stripe.com/payments/paymentintents/lifecycle and docs.stripe.com/testing.
 */
export const attemptIntent =
  (
    id: PaymentIntentId,
    { payment_method, offSession, authenticated = false }: AttemptIntent,
  ): Decision<Views & TestClockSlices, Attempt> =>
  (start) => {
    const intent = start.paymentIntents.need(id)
    const refusal = attemptRefusal(intent, authenticated)
    if (refusal !== undefined) return E.left(refusal)
    const named = payment_method ?? intent.payment_method
    if (named === null) return decided(start, { kind: 'no_method', intent })
    const owner = { id: intent.customer, test_clock: intent.test_clock }
    const usable = usableMethod(named, owner.id, owner.test_clock)(start)
    if (E.isLeft(usable))
      // The method that the intent expected is gone, and nobody is there to be told so.
      return payment_method === null && offSession
        ? decided(start, { kind: 'no_method', intent })
        : usable
    const { world, result: method } = usable.right
    const outcome = chargeOutcome(method, { offSession, authenticated })

    if (outcome.kind === 'requires_action') {
      const after = world.record<PaymentIntentEvent>({
        type: 'PaymentIntentRequiresAction',
        ...onTimeOf(world, intent),
        id,
        payment_method: method.id,
      })
      return decided(after, { kind: 'requires_action', intent: after.paymentIntents.need(id) })
    }

    if (outcome.kind === 'declined') {
      const { decline } = outcome
      if (offSession && decline.code === 'authentication_required') {
        const after = world.record<PaymentIntentEvent>({
          type: 'PaymentIntentFailed',
          ...onTimeOf(world, intent),
          id,
          decline,
          payment_method: method.id,
        })
        const failed = after.paymentIntents.need(id)
        return decided(after, { kind: 'declined', intent: failed, charge: null, decline })
      }
      const done = charged(intent, method.id, decline, false)(world)
      if (E.isLeft(done)) return done
      const { world: after, result: charge } = done.right
      return decided(after, {
        kind: 'declined',
        intent: after.paymentIntents.need(id),
        charge,
        decline,
      })
    }

    const isKept = intent.setup_future_usage !== null
    const kept = isKept ? attachTo(method.id, owner, 400)(world) : decided(world, method)
    if (E.isLeft(kept)) return kept
    const setUp = isKept && authenticated && !method.set_up
    const done = charged(intent, method.id, null, setUp)(kept.right.world)
    if (E.isLeft(done)) return done
    const { world: after, result: charge } = done.right
    return decided(after, { kind: 'succeeded', intent: after.paymentIntents.need(id), charge })
  }

// Commands

/** Parameters of POST /v1/charges/{id}. */
export const updateChargeParams = closed('UpdateCharge', {
  description: optional(emptyable(text())),
  metadata: optional(metadataParam),
})

export type UpdateCharge = TypeOf<typeof updateChargeParams>

export const unknownCharge = (id: string): Rejection => resourceMissing('charge', id)

/** The charge with an id, if it is there, with its intent. */
export const findCharge = (
  world: World<ChargeSlices & PaymentIntentSlices & TestClockSlices>,
  id: ChargeId,
): { readonly charge: Charge; readonly intent: PaymentIntent } | undefined => {
  const charge = world.charges.get(id)
  if (charge === undefined) return undefined
  const intent = world.paymentIntents.need(charge.payment_intent)
  return isThere(world, intent) ? { charge, intent } : undefined
}

/**
 * Changes what is written on a charge; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/charges/update.
 */
export const updateCharge =
  (id: ChargeId, { description, metadata }: UpdateCharge): Decision<Slices, Charge> =>
  (world) => {
    const found = findCharge(world, id)
    if (found === undefined) return E.left(unknownCharge(id))
    const { charge, intent } = found
    const next: Charge = {
      ...charge,
      description: description === undefined ? charge.description : description,
      metadata: mergeMetadata(charge.metadata, metadata),
    }
    const refusal = advancingRefusal(world, intent.test_clock) ?? metadataRefusal(next.metadata)
    if (refusal !== undefined) return E.left(refusal)
    const changes = changedFields(charge, next)
    if (Object.keys(changes).length === 0) return decided(world, charge)
    const after = world.record<ChargeEvent>({
      type: 'ChargeUpdated',
      ...onTimeOf(world, intent),
      id,
      changes,
    })
    return decided(after, after.charges.need(id))
  }

// Notifications

/** A charge as it is after a step, and what of it the step has changed. */
export const chargeChanged = (
  id: ChargeId,
  step: { readonly before: World<Views>; readonly after: World<Views> },
) => {
  const object = viewCharge(step.after, step.after.charges.need(id))
  const was = viewCharge(step.before, step.before.charges.need(id))
  return { object, previous_attributes: previousAttributes(was, object) }
}

export const chargeNotifications = {
  ChargeCreated: (({ at, charge }, _before, _after, { after }) => {
    const paid = charge.failure === null
    return [
      {
        type: paid ? 'charge.succeeded' : 'charge.failed',
        created: at,
        object: viewCharge(after, charge),
      },
      {
        type: paid ? 'payment_intent.succeeded' : 'payment_intent.payment_failed',
        created: at,
        object: viewPaymentIntent(after, after.paymentIntents.need(charge.payment_intent)),
      },
    ]
  }) satisfies Notify<Views, ChargeCreated>,
  ChargeUpdated: ((event, _before, _after, step) => [
    { type: 'charge.updated', created: event.at, ...chargeChanged(event.id, step) },
  ]) satisfies Notify<Views, ChargeUpdated>,
}
