import type { Id } from '../kernel/ids.js'

export type InvoiceId = Id<'invoice'>
export type InvoiceItemId = Id<'invoiceitem'>
export type InvoiceLineId = Id<'line_item'>
export type InvoicePaymentId = Id<'invoice_payment'>
