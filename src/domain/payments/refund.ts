import { closed, integer, oneOf, optional, type TypeOf, text } from '../kernel/codec.js'
import { type Currency, exponentOf, symbolOf } from '../kernel/currency.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields, previousAttributes } from '../kernel/diff.js'
import { type Notify, slice } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import { mergeMetadata, metadataParam, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import {
  invalidRequest,
  onlyOneOf,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'
import { advancingRefusal, type TestClockSlices } from '../test-clocks/index.js'
import { type ChargeSlices, chargeChanged, findCharge, unknownCharge } from './charge.js'
import {
  type Charge,
  type PaymentIntent,
  REFUND_REASONS,
  type Refund,
  type RefundCreated,
  type RefundEvent,
  type RefundFailed,
  type RefundUpdated,
} from './facts.js'
import type { RefundId } from './ids.js'
import { findPaymentIntent, onTimeOf, type PaymentIntentSlices } from './payment-intent.js'
import { type PaymentMethodSlices, refundFails } from './payment-method.js'

export interface RefundSlices {
  /** By `charge`. */
  readonly refunds: Table<Refund, 'charge'>
}

type Views = RefundSlices & ChargeSlices & PaymentIntentSlices & PaymentMethodSlices
type Slices = Views & TestClockSlices & SettingsSlices

// View

export type RefundView = ReturnType<typeof viewRefund>

export const viewRefund = (world: World<ChargeSlices & PaymentIntentSlices>, refund: Refund) => {
  const { payment_intent, payment_method } = world.charges.need(refund.charge)
  const { currency, customer } = world.paymentIntents.need(payment_intent)
  const { id, status, ...fields } = refund
  return {
    id,
    object: 'refund' as const,
    ...fields,
    balance_transaction: null,
    currency,
    customer,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund' as const,
      },
      type: 'card' as const,
    },
    ...(status === 'failed' ? { failure_reason: 'expired_or_canceled_card' } : {}),
    payment_intent,
    payment_method,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  }
}

// State

export const refundsSlice = slice<RefundSlices['refunds'], RefundEvent>({
  initial: () =>
    Table.of<Refund, { charge: (refund: Refund) => string }>({ charge: ({ charge }) => charge }),
  evolve: {
    RefundCreated: (refunds, event) => refunds.insert(event.refund),
    RefundUpdated: (refunds, event) =>
      refunds.update(event.id, (refund) => ({ ...refund, ...event.changes })),
    RefundFailed: (refunds, { id }) =>
      refunds.update(id, (refund) => ({ ...refund, status: 'failed' })),
  },
})

// Codecs

/** Parameters of POST /v1/refunds. */
export const createRefundParams = closed('CreateRefund', {
  amount: optional(integer(1)),
  charge: optional(text()),
  metadata: optional(metadataParam),
  payment_intent: optional(text()),
  reason: optional(oneOf('reason', REFUND_REASONS)),
})

/** Parameters of POST /v1/refunds/{id}. */
export const updateRefundParams = closed('UpdateRefund', { metadata: optional(metadataParam) })

export type CreateRefund = TypeOf<typeof createRefundParams>
export type UpdateRefund = TypeOf<typeof updateRefundParams>

// Decisions

/** @remarks The parameter is known from the live API. */
export const unknownRefund = (id: string): Rejection => resourceMissing('refund', id, 'refund')

/** An amount as refusals write it: `$12.05`. */
const written = (amount: number, currency: Currency): string => {
  const places = exponentOf(currency)
  const digits = String(amount).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  return `${symbolOf(currency)}${whole}${places === 0 ? '' : `.${digits.slice(-places)}`}`
}

/** The charge that a refund is asked of; of an intent the one that paid it. @remarks The texts are known from the live API. */
const chargeMeant = (
  world: World<Slices>,
  { charge: id, payment_intent }: CreateRefund,
): Either<Rejection, { readonly charge: Charge | undefined; readonly intent: PaymentIntent }> => {
  if (id !== undefined && payment_intent !== undefined)
    return E.left(onlyOneOf(['charge', 'payment_intent']))
  if (id !== undefined) {
    const found = findCharge(world, id)
    return found === undefined ? E.left(unknownCharge(id)) : E.right(found)
  }
  if (payment_intent === undefined)
    return E.left(
      invalidRequest(
        'One of the following params should be provided for this request: payment_intent or charge.',
      ),
    )
  const intent = findPaymentIntent(world, payment_intent)
  if (intent === undefined)
    return E.left(resourceMissingIn('payment_intent', 'payment_intent', payment_intent))
  const { latest_charge } = intent
  const charge = latest_charge === null ? undefined : world.charges.need(latest_charge)
  return E.right({ charge, intent })
}

/**
 * Gives back what was charged, or a part of it, at once. To some cards it comes back.
 * @remarks Source: docs.stripe.com/api/refunds/create. The texts are known from the live API.
 */
export const createRefund =
  (params: CreateRefund): Decision<Slices, Refund> =>
  (world) => {
    const meant = chargeMeant(world, params)
    if (E.isLeft(meant)) return meant
    const { charge, intent } = meant.right
    const refusal = advancingRefusal(world, intent.test_clock)
    if (refusal !== undefined) return E.left(refusal)
    if (charge === undefined || charge.failure !== null)
      return E.left(
        invalidRequest(
          `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
        ),
      )
    const left = charge.amount - charge.amount_refunded
    if (left === 0)
      return E.left(
        invalidRequest(`Charge ${charge.id} has already been refunded.`, {
          code: 'charge_already_refunded',
        }),
      )
    const { amount = left, metadata, reason = null } = params
    if (amount > left)
      return E.left(
        invalidRequest(
          `Refund amount (${written(amount, intent.currency)}) is greater than unrefunded amount on charge (${written(left, intent.currency)})`,
          { param: 'amount' },
        ),
      )
    const time = onTimeOf(world, intent)
    const id = newId(world, 're_3', 23)
    const made = world.record<RefundEvent>({
      type: 'RefundCreated',
      ...time,
      refund: {
        id,
        amount,
        charge: charge.id,
        created: time.at,
        metadata: newMetadata(metadata),
        reason,
        status: 'succeeded',
      },
    })
    const after = refundFails(world.paymentMethods.need(charge.payment_method))
      ? made.record<RefundEvent>({ type: 'RefundFailed', ...time, id, charge: charge.id, amount })
      : made
    return decided(after, after.refunds.need(id))
  }

/** The refund with an id, if it is there, with its intent. */
export const findRefund = (
  world: World<RefundSlices & ChargeSlices & PaymentIntentSlices & TestClockSlices>,
  id: RefundId,
): { readonly refund: Refund; readonly intent: PaymentIntent } | undefined => {
  const refund = world.refunds.get(id)
  const found = refund === undefined ? undefined : findCharge(world, refund.charge)
  return refund === undefined || found === undefined ? undefined : { refund, intent: found.intent }
}

/**
 * Changes the metadata of a refund; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/refunds/update.
 */
export const updateRefund =
  (id: RefundId, { metadata }: UpdateRefund): Decision<Slices, Refund> =>
  (world) => {
    const found = findRefund(world, id)
    if (found === undefined) return E.left(unknownRefund(id))
    const { refund, intent } = found
    const next: Refund = { ...refund, metadata: mergeMetadata(refund.metadata, metadata) }
    const refusal = advancingRefusal(world, intent.test_clock) ?? metadataRefusal(next.metadata)
    if (refusal !== undefined) return E.left(refusal)
    const changes = changedFields(refund, next)
    if (Object.keys(changes).length === 0) return decided(world, refund)
    const after = world.record<RefundEvent>({
      type: 'RefundUpdated',
      ...onTimeOf(world, intent),
      id,
      changes,
    })
    return decided(after, after.refunds.need(id))
  }

// Notifications

/** A refund as it is after a step, and what of it the step has changed. */
const refundChanged = (
  id: RefundId,
  { before, after }: { readonly before: World<Views>; readonly after: World<Views> },
) => {
  const object = viewRefund(after, after.refunds.need(id))
  return {
    object,
    previous_attributes: previousAttributes(viewRefund(before, before.refunds.need(id)), object),
  }
}

export const refundNotifications = {
  /** That the charge is refunded tells what it was before, as the live API does. */
  RefundCreated: (({ at, refund }, _before, _after, step) => [
    { type: 'refund.created', created: at, object: viewRefund(step.after, refund) },
    { type: 'charge.refunded', created: at, ...chargeChanged(refund.charge, step) },
  ]) satisfies Notify<Views, RefundCreated>,
  RefundUpdated: (({ at, id }, _before, _after, step) => [
    { type: 'refund.updated', created: at, ...refundChanged(id, step) },
  ]) satisfies Notify<Views, RefundUpdated>,
  RefundFailed: (({ at, id, charge }, _before, _after, step) => [
    { type: 'refund.updated', created: at, ...refundChanged(id, step) },
    { type: 'charge.updated', created: at, ...chargeChanged(charge, step) },
    {
      type: 'refund.failed',
      created: at,
      object: viewRefund(step.after, step.after.refunds.need(id)),
    },
  ]) satisfies Notify<Views, RefundFailed>,
}
