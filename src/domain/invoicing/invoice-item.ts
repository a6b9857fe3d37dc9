import type { PriceId, ProductId } from '../catalog/index.js'
import type { CustomerId } from '../customers/index.js'
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
import { type Currency, currencyCode } from '../kernel/currency.js'
import type { Period } from '../kernel/cycle.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { InvoiceId, InvoiceItemId } from './ids.js'
import { wholeQuantity } from './line.js'

/** Something to be billed by itself: with the customer's next invoice, or with the one that it is put on. */
export interface InvoiceItem {
  readonly id: InvoiceItemId
  /** Minor units; negative for a credit. */
  readonly amount: number
  readonly currency: Currency
  readonly customer: CustomerId
  readonly date: Instant
  readonly description: string | null
  readonly discountable: boolean
  /** The invoice that it is on; `null` while it is pending. It keeps the id of a draft that was deleted. */
  readonly invoice: InvoiceId | null
  readonly metadata: Metadata
  readonly period: Period
  readonly price: PriceId
  readonly product: ProductId
  /** Decimal text. */
  readonly quantity: string
  /** Only this subscription's invoices take it. */
  readonly subscription: string | null
  readonly test_clock: TestClockId | null
  readonly unit_amount_decimal: string | null
}

export const invoiceItemFields = {
  amount: integer(),
  currency: currencyCode,
  customer: idOf<CustomerId>(),
  date: timestamp,
  description: nullable(anyText),
  discountable: boolean,
  invoice: nullable(idOf<InvoiceId>()),
  metadata: mapOf(anyText),
  period: closed('Period', { start: timestamp, end: timestamp }),
  price: idOf<PriceId>(),
  product: idOf<ProductId>(),
  quantity: anyText,
  subscription: nullable(anyText),
  test_clock: nullable(idOf<TestClockId>()),
  unit_amount_decimal: nullable(anyText),
}

export const invoiceItemRow = closed('InvoiceItem', {
  id: idOf<InvoiceItemId>(),
  ...invoiceItemFields,
}) as Codec<InvoiceItem>

/** @remarks Source: docs.stripe.com/api/invoiceitems/object; observed. */
export interface InvoiceItemView {
  readonly id: InvoiceItemId
  readonly object: 'invoiceitem'
  readonly amount: number
  readonly currency: Currency
  readonly customer: CustomerId
  readonly customer_account: null
  readonly date: Instant
  readonly description: string | null
  readonly discountable: boolean
  readonly discounts: readonly never[]
  readonly frozen_fields: readonly never[]
  readonly invoice: InvoiceId | null
  readonly invoicing_rules: readonly never[]
  readonly livemode: false
  readonly metadata: Metadata
  readonly parent: {
    readonly subscription_details: { readonly subscription: string }
    readonly type: 'subscription_details'
  } | null
  readonly period: Period
  readonly pricing: {
    readonly price_details: { readonly price: PriceId; readonly product: ProductId }
    readonly type: 'price_details'
    readonly unit_amount_decimal: string | null
  }
  readonly proration: false
  readonly quantity: number
  readonly quantity_decimal: string
  readonly tax_rates: readonly never[]
  readonly test_clock: TestClockId | null
}

export const viewInvoiceItem = ({
  price,
  product,
  quantity,
  subscription,
  unit_amount_decimal,
  ...item
}: InvoiceItem): InvoiceItemView => ({
  id: item.id,
  object: 'invoiceitem',
  amount: item.amount,
  currency: item.currency,
  customer: item.customer,
  customer_account: null,
  date: item.date,
  description: item.description,
  discountable: item.discountable,
  discounts: [],
  frozen_fields: [],
  invoice: item.invoice,
  invoicing_rules: [],
  livemode: false,
  metadata: item.metadata,
  parent:
    subscription === null
      ? null
      : { subscription_details: { subscription }, type: 'subscription_details' },
  period: item.period,
  pricing: { price_details: { price, product }, type: 'price_details', unit_amount_decimal },
  proration: false,
  quantity: wholeQuantity(quantity),
  quantity_decimal: quantity,
  tax_rates: [],
  test_clock: item.test_clock,
})

export const viewDeletedInvoiceItem = (id: InvoiceItemId) => ({
  id,
  object: 'invoiceitem' as const,
  deleted: true as const,
})
