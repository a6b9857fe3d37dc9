import { type Codec, closed, idOf, integer, nullable, oneOf, timestamp } from '../kernel/codec.js'
import { type Currency, currencyCode } from '../kernel/currency.js'
import type { Instant } from '../kernel/instant.js'
import type { InvoiceId, InvoicePaymentId } from './ids.js'

/** The tie between an invoice and the payment intent that collects it. */
export interface InvoicePayment {
  readonly id: InvoicePaymentId
  readonly amount_requested: number
  readonly created: Instant
  readonly currency: Currency
  readonly invoice: InvoiceId
  readonly payment_intent: string
  /** When it was paid or canceled. */
  readonly settled_at: Instant | null
  readonly status: 'open' | 'paid' | 'canceled'
}

export const invoicePaymentRow = closed('InvoicePayment', {
  id: idOf<InvoicePaymentId>(),
  amount_requested: integer(0),
  created: timestamp,
  currency: currencyCode,
  invoice: idOf<InvoiceId>(),
  payment_intent: idOf<string>(),
  settled_at: nullable(timestamp),
  status: oneOf('status', ['open', 'paid', 'canceled']),
}) as Codec<InvoicePayment>

/** @remarks Source: docs.stripe.com/api/invoice-payment/object. */
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
  readonly payment: { readonly payment_intent: string; readonly type: 'payment_intent' }
  readonly status: InvoicePayment['status']
  readonly status_transitions: {
    readonly canceled_at: Instant | null
    readonly paid_at: Instant | null
  }
}

export const viewInvoicePayment = ({
  id,
  amount_requested,
  created,
  currency,
  invoice,
  payment_intent,
  settled_at,
  status,
}: InvoicePayment): InvoicePaymentView => ({
  id,
  object: 'invoice_payment',
  amount_paid: status === 'paid' ? amount_requested : null,
  amount_requested,
  created,
  currency,
  invoice,
  is_default: true,
  livemode: false,
  payment: { payment_intent, type: 'payment_intent' },
  status,
  status_transitions: {
    canceled_at: status === 'canceled' ? settled_at : null,
    paid_at: status === 'paid' ? settled_at : null,
  },
})
