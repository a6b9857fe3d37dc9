import type { World } from '../kernel/decision.js'
import { previousAttributes } from '../kernel/diff.js'
import type { Notify, Step } from '../kernel/family.js'
import type { Notice } from '../kernel/notice.js'
import type { PaymentSlices } from '../payments/index.js'
import type { InvoiceId } from './ids.js'
import type {
  InvoiceCreated,
  InvoiceDeleted,
  InvoiceFinalized,
  InvoiceItemCreated,
  InvoiceItemDeleted,
  InvoiceMarkedUncollectible,
  InvoicePaid,
  InvoicePaymentActionRequired,
  InvoicePaymentFailed,
  InvoiceReminded,
  InvoiceSent,
  InvoiceSlices,
  InvoiceUpdated,
  InvoiceVoided,
} from './invoice.js'
import { viewInvoiceItem } from './invoice-item.js'
import { viewInvoicePayment } from './invoice-payment.js'
import { type InvoiceViewReads, viewInvoice } from './invoice-view.js'

type Reads = InvoiceSlices & InvoiceViewReads & PaymentSlices
type Steps = Step<World<Reads>>
type Fact = { readonly id: InvoiceId; readonly at: number }

/** A notice that shows the invoice as the event left it. */
const showing = (type: string, { id, at }: Fact, { after }: Steps): Notice => ({
  type,
  created: at,
  object: viewInvoice(after, after.invoices.need(id)),
})

/** `invoice.updated`, with what the event changed. */
const updated = (fact: Fact, step: Steps): Notice => {
  const notice = showing('invoice.updated', fact, step)
  const was = viewInvoice(step.before, step.before.invoices.need(fact.id))
  return {
    ...notice,
    previous_attributes: previousAttributes(was, notice.object as object),
  }
}

/** Nobody needs to hear of a change that does not show, or of one to an invoice that the same transaction made. */
const updatedIfKnown = (fact: Fact, before: World<Reads>, step: Steps): readonly Notice[] => {
  if (!before.invoices.has(fact.id)) return []
  const notice = updated(fact, step)
  return Object.keys(notice.previous_attributes ?? {}).length === 0 ? [] : [notice]
}

export const invoiceNotifications = {
  InvoiceCreated: ((event, _before, _after, step) => [
    showing('invoice.created', { id: event.invoice.id, at: event.at }, step),
  ]) satisfies Notify<Reads, InvoiceCreated>,
  InvoiceUpdated: ((event, before, _after, step) =>
    updatedIfKnown(event, before, step)) satisfies Notify<Reads, InvoiceUpdated>,
  InvoiceDeleted: (({ id, at }, _before, _after, step) => [
    {
      type: 'invoice.deleted',
      created: at,
      object: viewInvoice(step.before, step.before.invoices.need(id)),
    },
  ]) satisfies Notify<Reads, InvoiceDeleted>,
  InvoiceFinalized: ((event, _before, _after, step) => [
    showing('invoice.finalized', event, step),
  ]) satisfies Notify<Reads, InvoiceFinalized>,
  InvoiceSent: ((event, _before, _after, step) => [
    showing('invoice.sent', event, step),
  ]) satisfies Notify<Reads, InvoiceSent>,
  /** What was paid outside of Stripe is no payment that succeeded. */
  InvoicePaid: ((event, _before, _after, step) => {
    const { id, at } = event
    const { after } = step
    const { amount_paid_off_stripe, payment_intent } = after.invoices.need(id)
    const outside = amount_paid_off_stripe > 0
    return [
      updated(event, step),
      showing('invoice.paid', event, step),
      ...(outside ? [] : [showing('invoice.payment_succeeded', event, step)]),
      ...(payment_intent === null || outside
        ? []
        : [
            {
              type: 'invoice_payment.paid',
              created: at,
              object: viewInvoicePayment(after, after.paymentIntents.need(payment_intent)),
            },
          ]),
    ]
  }) satisfies Notify<Reads, InvoicePaid>,
  InvoicePaymentFailed: ((event, _before, _after, step) => [
    updated(event, step),
    showing('invoice.payment_failed', event, step),
  ]) satisfies Notify<Reads, InvoicePaymentFailed>,
  InvoicePaymentActionRequired: ((event, _before, _after, step) => [
    updated(event, step),
    showing('invoice.payment_action_required', event, step),
  ]) satisfies Notify<Reads, InvoicePaymentActionRequired>,
  InvoiceVoided: ((event, before, _after, step) => [
    ...updatedIfKnown(event, before, step),
    showing('invoice.voided', event, step),
  ]) satisfies Notify<Reads, InvoiceVoided>,
  InvoiceMarkedUncollectible: ((event, before, _after, step) => [
    ...updatedIfKnown(event, before, step),
    showing('invoice.marked_uncollectible', event, step),
  ]) satisfies Notify<Reads, InvoiceMarkedUncollectible>,
  InvoiceReminded: ((event, _before, _after, step) => [
    showing(`invoice.${event.reminder}`, event, step),
  ]) satisfies Notify<Reads, InvoiceReminded>,
  InvoiceItemCreated: (({ invoiceitem, at }, _before, after) => [
    {
      type: 'invoiceitem.created',
      created: at,
      object: viewInvoiceItem(after.invoiceItems.get(invoiceitem.id) ?? invoiceitem),
    },
  ]) satisfies Notify<Reads, InvoiceItemCreated>,
  InvoiceItemDeleted: (({ id, at }, _before, _after, step) => [
    {
      type: 'invoiceitem.deleted',
      created: at,
      object: viewInvoiceItem(step.before.invoiceItems.need(id)),
    },
  ]) satisfies Notify<Reads, InvoiceItemDeleted>,
}
