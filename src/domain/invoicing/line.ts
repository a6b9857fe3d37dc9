import type { PriceId, ProductId } from '../catalog/index.js'
import {
  anyText,
  boolean,
  type Codec,
  closed,
  idOf,
  integer,
  mapOf,
  nullable,
  timestamp,
} from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import type { Period } from '../kernel/cycle.js'
import { roundDecimal, toDecimal } from '../kernel/decimal.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import { minorUnits } from '../kernel/money.js'
import type { InvoiceId, InvoiceItemId, InvoiceLineId } from './ids.js'
import { type PretaxCreditAmount, type ShownCredit, viewCredit } from './pretax.js'

/** What an invoice bills for one thing. Amounts are minor units of the invoice's currency, negative for a credit. */
export interface InvoiceLine {
  readonly id: InvoiceLineId
  readonly amount: number
  readonly description: string | null
  readonly discountable: boolean
  /** The invoice item that it shows; `null` for a subscription item's own line. */
  readonly invoice_item: InvoiceItemId | null
  readonly metadata: Metadata
  readonly period: Period
  readonly price: PriceId | null
  readonly product: ProductId | null
  /** Decimal text; `null` where a line is about no number of units. */
  readonly quantity: string | null
  readonly subscription: string | null
  readonly subscription_item: string | null
  readonly unit_amount_decimal: string | null
  /** Of a metered line that is worked out again at finalization: from when usage counts. `null`: the line is fixed. */
  readonly usage_from: Instant | null
}

export const invoiceLineRow = closed('InvoiceLine', {
  id: idOf<InvoiceLineId>(),
  amount: integer(),
  description: nullable(anyText),
  discountable: boolean,
  invoice_item: nullable(idOf<InvoiceItemId>()),
  metadata: mapOf(anyText),
  period: closed('Period', { start: timestamp, end: timestamp }),
  price: nullable(idOf<PriceId>()),
  product: nullable(idOf<ProductId>()),
  quantity: nullable(anyText),
  subscription: nullable(anyText),
  subscription_item: nullable(anyText),
  unit_amount_decimal: nullable(anyText),
  usage_from: nullable(timestamp),
}) as Codec<InvoiceLine>

/** The sum of the lines: the subtotal, and without discounts and taxes the total. */
export const subtotalOf = (lines: readonly InvoiceLine[]): number => {
  let sum = 0
  for (const { amount } of lines) sum += amount
  return minorUnits(sum)
}

/** The whole units of a quantity: what `quantity` shows where `quantity_decimal` has fractions. */
export const wholeQuantity = (quantity: string): number =>
  Number(roundDecimal(toDecimal(quantity), 'truncate'))

/** @remarks Source: docs.stripe.com/api/invoice-line-item/object; the parts are observed. */
export interface InvoiceLineView {
  readonly id: InvoiceLineId
  readonly object: 'line_item'
  readonly amount: number
  readonly currency: Currency
  readonly description: string | null
  readonly discount_amounts: readonly never[]
  readonly discountable: boolean
  readonly discounts: readonly never[]
  readonly invoice: InvoiceId
  readonly livemode: false
  readonly metadata: Metadata
  readonly parent: InvoiceLineParent
  readonly period: Period
  readonly pretax_credit_amounts: readonly PretaxCreditAmount[]
  readonly pricing: {
    readonly price_details: { readonly price: PriceId; readonly product: ProductId }
    readonly type: 'price_details'
    readonly unit_amount_decimal: string | null
  } | null
  readonly quantity: number | null
  readonly quantity_decimal: string | null
  readonly subscription: string | null
  readonly subtotal: number
  readonly taxes: readonly never[]
}

export type InvoiceLineParent =
  | {
      readonly invoice_item_details: {
        readonly invoice_item: InvoiceItemId
        readonly proration: false
        readonly proration_details: { readonly credited_items: null }
        readonly subscription: string | null
      }
      readonly subscription_item_details: null
      readonly type: 'invoice_item_details'
    }
  | {
      readonly invoice_item_details: null
      readonly subscription_item_details: {
        readonly invoice_item: null
        readonly proration: false
        readonly proration_details: { readonly credited_items: null }
        readonly subscription: string
        readonly subscription_item: string
      }
      readonly type: 'subscription_item_details'
    }

const parentOf = ({
  invoice_item,
  subscription,
  subscription_item,
}: InvoiceLine): InvoiceLineParent =>
  invoice_item === null
    ? {
        invoice_item_details: null,
        subscription_item_details: {
          invoice_item: null,
          proration: false,
          proration_details: { credited_items: null },
          subscription: subscription as string,
          subscription_item: subscription_item as string,
        },
        type: 'subscription_item_details',
      }
    : {
        invoice_item_details: {
          invoice_item,
          proration: false,
          proration_details: { credited_items: null },
          subscription,
        },
        subscription_item_details: null,
        type: 'invoice_item_details',
      }

export const viewInvoiceLine = (
  line: InvoiceLine,
  invoice: InvoiceId,
  currency: Currency,
  /** Of the whole invoice. */
  credits: readonly ShownCredit[],
): InvoiceLineView => {
  const { id, amount, description, discountable, metadata, period, price, product } = line
  const { quantity, unit_amount_decimal } = line
  return {
    id,
    object: 'line_item',
    amount,
    currency,
    description,
    discount_amounts: [],
    discountable,
    discounts: [],
    invoice,
    livemode: false,
    metadata,
    parent: parentOf(line),
    period,
    pretax_credit_amounts: credits.filter(({ line: of }) => of === id).map(viewCredit),
    pricing:
      price === null || product === null
        ? null
        : { price_details: { price, product }, type: 'price_details', unit_amount_decimal },
    quantity: quantity === null ? null : wholeQuantity(quantity),
    quantity_decimal: quantity,
    subscription: line.subscription,
    subtotal: amount,
    taxes: [],
  }
}
