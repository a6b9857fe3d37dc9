import type { Currency } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import type { Instant } from '../kernel/instant.js'
import type { ChargeSlices, PaymentIntent, PaymentIntentId } from '../payments/index.js'
import type { InvoiceId, InvoicePaymentId } from './ids.js'

/**
 * The tie between an invoice and the payment intent that collects it. All of it follows from the intent.
 * @remarks Source: docs.stripe.com/api/invoice-payment/object.
 */
export interface InvoicePaymentView {
  readonly id: InvoicePaymentId
  readonly object: 'invoice_payment'
  readonly amount_paid: number | null
  readonly amount_requested: number
  readonly created: Instant
  readonly currency: Currency
  readonly invoice: InvoiceId
  readonly is_default: true
  readonly livemode: false
  readonly payment: { readonly payment_intent: PaymentIntentId; readonly type: 'payment_intent' }
  readonly status: 'open' | 'paid' | 'canceled'
  readonly status_transitions: {
    readonly canceled_at: Instant | null
    readonly paid_at: Instant | null
  }
}

const PREFIX = 'inpay_'
const INTENT_PREFIX = 'pi_'

export const invoicePaymentIdOf = (intent: PaymentIntentId): InvoicePaymentId =>
  PREFIX + intent.slice(INTENT_PREFIX.length)

/** The intent of an invoice payment; what is no id of one finds no intent. */
export const paymentIntentIdOf = (id: InvoicePaymentId): PaymentIntentId =>
  id.startsWith(PREFIX) ? INTENT_PREFIX + id.slice(PREFIX.length) : ''

export const viewInvoicePayment = (
  world: World<ChargeSlices>,
  intent: PaymentIntent,
): InvoicePaymentView => {
  const { id, amount, canceled_at, created, currency, latest_charge, status } = intent
  const isPaid = status === 'succeeded'
  return {
    id: invoicePaymentIdOf(id),
    object: 'invoice_payment',
    amount_paid: isPaid ? amount : null,
    amount_requested: amount,
    created,
    currency,
    invoice: intent.invoice ?? '',
    is_default: true,
    livemode: false,
    payment: { payment_intent: id, type: 'payment_intent' },
    status: isPaid ? 'paid' : status === 'canceled' ? 'canceled' : 'open',
    status_transitions: {
      canceled_at,
      paid_at: isPaid ? (world.charges.get(latest_charge ?? '')?.created ?? null) : null,
    },
  }
}
