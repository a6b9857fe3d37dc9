import {
  arrayOf,
  boolean,
  type Codec,
  closed,
  emptyable,
  FAIL,
  integer,
  leaf,
  oneOf,
  optional,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import { formatDecimal, parseDecimal } from '../kernel/decimal.js'
import { metadataParam } from '../kernel/metadata.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import { invalidRequest } from '../kernel/rejection.js'

const DECIMAL_DIGITS_MAX = 12

const decimalText = (min: number): Codec<string> =>
  leaf(
    'decimal',
    (input) => {
      const given = typeof input === 'number' ? String(input) : input
      if (typeof given !== 'string') return FAIL
      const value = parseDecimal(given, DECIMAL_DIGITS_MAX, DECIMAL_DIGITS_MAX)
      return typeof value === 'object' && value.units >= min ? formatDecimal(value) : FAIL
    },
    (input, param) =>
      invalidRequest(
        `Invalid decimal: ${String(input)}; must have at most ${DECIMAL_DIGITS_MAX} digits on either side of the point`,
        { param },
      ),
  )

const amount = integer(-AMOUNT_MAX, AMOUNT_MAX)
const signedDecimal = decimalText(Number.NEGATIVE_INFINITY)
const quantity = integer(0, AMOUNT_MAX)
const description = text()
const period = closed('Period', { end: timestamp, start: timestamp })

/** A price of one's own, for this once: its amount may be negative. */
const priceData = closed('PriceData', {
  currency: currencyCode,
  product: text(),
  tax_behavior: optional(oneOf('tax_behavior', ['exclusive', 'inclusive', 'unspecified'])),
  unit_amount: optional(amount),
  unit_amount_decimal: optional(signedDecimal),
})

/** What a thing to be billed costs: one of an amount, a price, a price of its own, a unit amount. */
const charge = {
  amount: optional(amount),
  description: optional(emptyable(description)),
  discountable: optional(boolean),
  metadata: optional(metadataParam),
  period: optional(period),
  price_data: optional(priceData),
  pricing: optional(closed('Pricing', { price: optional(text()) })),
  quantity: optional(quantity),
  quantity_decimal: optional(decimalText(0)),
  unit_amount_decimal: optional(signedDecimal),
}

/** Parameters of POST /v1/invoiceitems. Those of discounts and taxes are refused by name. */
export const createInvoiceItemParams = closed('CreateInvoiceItem', {
  ...charge,
  customer: text(),
  currency: optional(currencyCode),
  invoice: optional(text()),
  price: optional(text()),
  subscription: optional(text()),
})

/** Parameters of POST /v1/invoiceitems/{id}. */
export const updateInvoiceItemParams = closed('UpdateInvoiceItem', {
  ...charge,
  price: optional(text()),
})

const line = {
  ...charge,
}

/** Parameters of POST /v1/invoices/{id}/add_lines. */
export const addLinesParams = closed('AddLines', {
  invoice_metadata: optional(metadataParam),
  lines: arrayOf(closed('Line', { ...line, invoice_item: optional(text()) }), 250),
})

/** Parameters of POST /v1/invoices/{id}/update_lines. */
export const updateLinesParams = closed('UpdateLines', {
  invoice_metadata: optional(metadataParam),
  lines: arrayOf(closed('Line', { ...line, id: text() }), 250),
})

/** Parameters of POST /v1/invoices/{id}/lines/{line}; `line` is the line's id. */
export const updateLineParams = closed('UpdateLine', { ...line, line: text() })

/** Parameters of POST /v1/invoices/{id}/remove_lines. */
export const removeLinesParams = closed('RemoveLines', {
  invoice_metadata: optional(metadataParam),
  lines: arrayOf(
    closed('Line', { behavior: oneOf('behavior', ['delete', 'unassign']), id: text() }),
    250,
  ),
})

const customFields = arrayOf(closed('CustomField', { name: text(40), value: text(140) }), 4)

const fields = {
  auto_advance: optional(boolean),
  automatically_finalizes_at: optional(timestamp),
  collection_method: optional(oneOf('collection_method', ['charge_automatically', 'send_invoice'])),
  custom_fields: optional(emptyable(customFields)),
  days_until_due: optional(integer(0)),
  default_payment_method: optional(emptyable(text())),
  description: optional(emptyable(text(1_500))),
  due_date: optional(timestamp),
  effective_at: optional(emptyable(timestamp)),
  footer: optional(emptyable(text())),
  metadata: optional(metadataParam),
  number: optional(emptyable(text(26))),
  payment_settings: optional(
    closed('PaymentSettings', {
      payment_method_types: optional(emptyable(arrayOf(text()))),
    }),
  ),
  statement_descriptor: optional(emptyable(text(22))),
}

/** Parameters of POST /v1/invoices. Those of discounts, taxes, shipping and revisions are refused by name. */
export const createInvoiceParams = closed('CreateInvoice', {
  ...fields,
  currency: optional(currencyCode),
  customer: text(),
  pending_invoice_items_behavior: optional(
    oneOf('pending_invoice_items_behavior', ['include', 'exclude']),
  ),
  subscription: optional(text()),
})

/** Parameters of POST /v1/invoices/{id}. */
export const updateInvoiceParams = closed('UpdateInvoice', fields)

/** Parameters of POST /v1/invoices/{id}/finalize. */
export const finalizeInvoiceParams = closed('FinalizeInvoice', { auto_advance: optional(boolean) })

/** Parameters of POST /v1/invoices/{id}/pay. */
export const payInvoiceParams = closed('PayInvoice', {
  off_session: optional(boolean),
  paid_out_of_band: optional(boolean),
  payment_method: optional(text()),
})

export type Charged = TypeOf<typeof updateInvoiceItemParams>
export type CreateInvoiceItem = TypeOf<typeof createInvoiceItemParams>
export type UpdateInvoiceItem = TypeOf<typeof updateInvoiceItemParams>
export type AddLines = TypeOf<typeof addLinesParams>
export type UpdateLines = TypeOf<typeof updateLinesParams>
export type UpdateLine = TypeOf<typeof updateLineParams>
export type RemoveLines = TypeOf<typeof removeLinesParams>
export type CreateInvoice = TypeOf<typeof createInvoiceParams>
export type UpdateInvoice = TypeOf<typeof updateInvoiceParams>
export type FinalizeInvoice = TypeOf<typeof finalizeInvoiceParams>
export type PayInvoice = TypeOf<typeof payInvoiceParams>
