import {
  type Address,
  balanceIn,
  type CustomerId,
  type CustomerSlices,
  type Shipping,
} from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import { drawCode, seedWords } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { PaymentMethodId } from '../payments/index.js'
import type { TestClockId } from '../test-clocks/index.js'
import { balanced } from './balance.js'
import { type CreditReads, shownCredits } from './credits.js'
import type { InvoiceId } from './ids.js'
import type {
  BilledTo,
  BillingReason,
  CollectionMethod,
  Invoice,
  InvoiceStatus,
  UncollectibleReason,
} from './invoice.js'
import { type InvoiceLineView, subtotalOf, viewInvoiceLine } from './line.js'
import { lessCredits, type PretaxCreditAmount, viewCredit } from './pretax.js'

/** A list inside of an object: its first ten, and how many there are. */
export interface EmbeddedList<View> {
  readonly object: 'list'
  readonly data: readonly View[]
  readonly has_more: boolean
  readonly total_count: number
  readonly url: string
}

/** @remarks Source: docs.stripe.com/api/invoices/object; observed. `payments` and `confirmation_secret` stand apart. */
export interface InvoiceView {
  readonly id: InvoiceId
  readonly object: 'invoice'
  readonly account_country: string
  readonly account_name: string
  readonly account_tax_ids: null
  readonly amount_due: number
  readonly amount_overpaid: 0
  readonly amount_paid: number
  /** Present where some was paid outside of Stripe. */
  readonly amount_paid_off_stripe?: number
  readonly amount_remaining: number
  readonly amount_shipping: 0
  readonly application: null
  readonly attempt_count: number
  readonly attempted: boolean
  readonly auto_advance: boolean
  readonly automatic_tax: {
    readonly disabled_reason: null
    readonly enabled: false
    readonly liability: null
    readonly provider: null
    readonly status: null
  }
  readonly automatically_finalizes_at: Instant | null
  readonly billing_reason: BillingReason | 'upcoming'
  readonly collection_method: CollectionMethod
  readonly created: Instant
  readonly currency: Currency
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[] | null
  readonly customer: CustomerId
  readonly customer_account: null
  readonly customer_address: Address | null
  readonly customer_email: string | null
  readonly customer_name: string | null
  readonly customer_phone: string | null
  readonly customer_shipping: Shipping | null
  readonly customer_tax_exempt: 'none' | 'exempt' | 'reverse'
  readonly customer_tax_ids: readonly never[]
  readonly default_payment_method: PaymentMethodId | null
  readonly default_source: null
  readonly default_tax_rates: readonly never[]
  readonly description: string | null
  readonly discounts: readonly never[]
  readonly due_date: Instant | null
  readonly effective_at: Instant | null
  readonly ending_balance: number | null
  readonly footer: string | null
  readonly from_invoice: null
  readonly hosted_invoice_url: string | null
  readonly invoice_pdf: string | null
  readonly issuer: { readonly type: 'self' }
  readonly last_finalization_error: null
  readonly latest_revision: null
  readonly lines: EmbeddedList<InvoiceLineView>
  readonly livemode: false
  readonly metadata: Metadata
  readonly next_payment_attempt: Instant | null
  readonly number: string | null
  readonly on_behalf_of: null
  readonly parent: {
    readonly quote_details: null
    readonly subscription_details: {
      readonly metadata: Metadata
      readonly subscription: string
    }
    readonly type: 'subscription_details'
  } | null
  readonly payment_settings: {
    readonly default_mandate: null
    readonly payment_method_options: null
    readonly payment_method_types: readonly string[] | null
  }
  readonly period_end: Instant
  readonly period_start: Instant
  readonly post_payment_credit_notes_amount: 0
  readonly pre_payment_credit_notes_amount: 0
  readonly receipt_number: null
  readonly rendering: {
    readonly amount_tax_display: null
    readonly pdf: { readonly page_size: 'auto' | 'letter' }
    readonly template: null
    readonly template_version: null
  }
  readonly shipping_cost: null
  readonly shipping_details: null
  readonly starting_balance: number
  readonly statement_descriptor: string | null
  readonly status: InvoiceStatus
  readonly status_details?: { readonly uncollectible: { readonly reason: UncollectibleReason } }
  readonly status_transitions: Invoice['status_transitions']
  readonly subtotal: number
  readonly subtotal_excluding_tax: number
  readonly test_clock: TestClockId | null
  readonly total: number
  readonly total_discount_amounts: readonly never[]
  readonly total_excluding_tax: number
  readonly total_pretax_credit_amounts: readonly PretaxCreditAmount[]
  readonly total_taxes: readonly never[]
  readonly webhooks_delivered_at: Instant | null
}

/** An embedded list shows this many of its objects. */
const EMBEDDED_MAX = 10

export const embedded = <T, View>(
  rows: readonly T[],
  url: string,
  view: (row: T) => View,
): EmbeddedList<View> => ({
  object: 'list',
  data: rows.slice(0, EMBEDDED_MAX).map(view),
  has_more: rows.length > EMBEDDED_MAX,
  total_count: rows.length,
  url,
})

const PAGE = 'https://invoice.stripe.com/i/acct_clepsydra/test_'

/** A link of the right form; nothing stands behind it. */
const hostedUrl = ({ id }: Invoice): string => PAGE + drawCode(seedWords(id), 0, 'hosted', 24)

/** What a draft would come to if it were final now, or what became of it. */
const amountsOf = (world: World<CustomerSlices>, invoice: Invoice, total: number) => {
  if (invoice.amount_due !== null)
    return {
      amount_due: invoice.amount_due,
      starting_balance: invoice.starting_balance ?? 0,
      ending_balance: invoice.ending_balance,
    }
  const customer = world.customers.get(invoice.customer)
  const starting_balance = customer === undefined ? 0 : balanceIn(customer, invoice.currency)
  const { amount_due } = balanced(total, starting_balance, invoice.currency)
  return { amount_due, starting_balance, ending_balance: null }
}

const NOBODY: BilledTo = {
  address: null,
  email: null,
  name: null,
  phone: null,
  shipping: null,
  tax_exempt: 'none',
}

/** All that showing an invoice reads: of a draft it is shown what it would come to. */
export type InvoiceViewReads = CustomerSlices & CreditReads

export const viewInvoice = (world: World<InvoiceViewReads>, invoice: Invoice): InvoiceView => {
  const { id, currency, subscription, uncollectible_reason, lines } = invoice
  const billedTo = invoice.billed_to ?? world.customers.get(invoice.customer) ?? NOBODY
  const credits = shownCredits(world, invoice)
  const subtotal = subtotalOf(lines)
  const total = lessCredits(subtotal, credits)
  const { amount_due, starting_balance, ending_balance } = amountsOf(world, invoice, total)
  const isDraft = invoice.status === 'draft'
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Clepsydra',
    account_tax_ids: null,
    amount_due,
    amount_overpaid: 0,
    amount_paid: invoice.amount_paid,
    ...(invoice.amount_paid_off_stripe === 0
      ? {}
      : { amount_paid_off_stripe: invoice.amount_paid_off_stripe }),
    amount_remaining: amount_due - invoice.amount_paid,
    amount_shipping: 0,
    application: null,
    attempt_count: invoice.attempt_count,
    attempted: invoice.attempted,
    auto_advance: invoice.auto_advance,
    automatic_tax: {
      disabled_reason: null,
      enabled: false,
      liability: null,
      provider: null,
      status: null,
    },
    automatically_finalizes_at: invoice.automatically_finalizes_at,
    billing_reason: invoice.billing_reason,
    collection_method: invoice.collection_method,
    created: invoice.created,
    currency,
    custom_fields: invoice.custom_fields,
    customer: invoice.customer,
    customer_account: null,
    customer_address: billedTo.address,
    customer_email: billedTo.email,
    customer_name: billedTo.name,
    customer_phone: billedTo.phone,
    customer_shipping: billedTo.shipping,
    customer_tax_exempt: billedTo.tax_exempt,
    customer_tax_ids: [],
    default_payment_method: invoice.default_payment_method,
    default_source: null,
    default_tax_rates: [],
    description: invoice.description,
    discounts: [],
    due_date: invoice.due_date,
    effective_at: invoice.effective_at,
    ending_balance,
    footer: invoice.footer,
    from_invoice: null,
    hosted_invoice_url: isDraft ? null : hostedUrl(invoice),
    invoice_pdf: isDraft ? null : `${hostedUrl(invoice)}/pdf`,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: embedded(lines, `/v1/invoices/${id}/lines`, (line) =>
      viewInvoiceLine(line, id, currency, credits),
    ),
    livemode: false,
    metadata: invoice.metadata,
    next_payment_attempt: invoice.next_payment_attempt,
    number: invoice.number,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: invoice.subscription_metadata ?? {}, subscription },
            type: 'subscription_details',
          },
    payment_settings: {
      default_mandate: null,
      payment_method_options: null,
      payment_method_types: invoice.payment_method_types,
    },
    period_end: invoice.period_end,
    period_start: invoice.period_start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: {
      amount_tax_display: null,
      pdf: { page_size: isDraft ? 'auto' : 'letter' },
      template: null,
      template_version: null,
    },
    shipping_cost: null,
    shipping_details: null,
    starting_balance,
    statement_descriptor: invoice.statement_descriptor,
    status: invoice.status,
    ...(uncollectible_reason === null
      ? {}
      : { status_details: { uncollectible: { reason: uncollectible_reason } } }),
    status_transitions: invoice.status_transitions,
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: invoice.test_clock,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: credits.map(viewCredit),
    total_taxes: [],
    webhooks_delivered_at: invoice.created,
  }
}

/** What a deletion answers. */
export const viewDeletedInvoice = (id: InvoiceId) => ({
  id,
  object: 'invoice' as const,
  deleted: true as const,
})
