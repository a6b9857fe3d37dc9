import type { AppliedCredit } from '../credits/index.js'
import {
  type Address,
  type CustomerId,
  type CustomerJoinedTestClock,
  joinedTestClock,
  type Shipping,
} from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { DomainEvent } from '../kernel/event.js'
import { slice } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import { Table } from '../kernel/table.js'
import type { PaymentIntentId, PaymentMethodId } from '../payments/index.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { InvoiceId, InvoiceItemId } from './ids.js'
import type { InvoiceItem } from './invoice-item.js'
import { type InvoiceLine, subtotalOf } from './line.js'
import { lessCredits } from './pretax.js'

export type BillingReason =
  | 'automatic_pending_invoice_item_invoice'
  | 'manual'
  | 'subscription_create'
  | 'subscription_cycle'
  | 'subscription_update'

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'

export type UncollectibleReason =
  | 'max_payment_attempts'
  | 'payment_not_received'
  | 'subscription_canceled'
  | 'subscription_paused'
  | 'user_forgiven'

export type CollectionMethod = 'charge_automatically' | 'send_invoice'

/** Whom an invoice is made out to: as she was at finalization. */
export interface BilledTo {
  readonly address: Address | null
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly shipping: Shipping | null
  readonly tax_exempt: 'none' | 'exempt' | 'reverse'
}

/** @remarks Source: docs.stripe.com/api/invoices/object. Totals follow from the lines and are not stored. */
export interface Invoice {
  readonly id: InvoiceId
  /** What is to be paid, in minor units, once the balance is applied; `null` on a draft. */
  readonly amount_due: number | null
  readonly amount_paid: number
  /** The part of `amount_paid` that came by other ways than Stripe. */
  readonly amount_paid_off_stripe: number
  readonly attempt_count: number
  readonly attempted: boolean
  readonly auto_advance: boolean
  readonly automatically_finalizes_at: Instant | null
  /** `null` on a draft: the customer as she is now. */
  readonly billed_to: BilledTo | null
  readonly billing_reason: BillingReason
  readonly collection_method: CollectionMethod
  readonly created: Instant
  /** Billing credits that pay a part of it, once it is final. */
  readonly credits: readonly AppliedCredit[]
  readonly currency: Currency
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[] | null
  readonly customer: CustomerId
  /** After a decline that no retry can heal: the method, which is not tried again. */
  readonly declined_method: PaymentMethodId | null
  readonly default_payment_method: PaymentMethodId | null
  readonly description: string | null
  readonly due_date: Instant | null
  /** The due date passed while it was unpaid. */
  readonly fell_due: boolean
  readonly effective_at: Instant | null
  readonly ending_balance: number | null
  /** The first attempt that failed: what retries are counted from. */
  readonly first_failed_at: Instant | null
  readonly footer: string | null
  readonly lines: readonly InvoiceLine[]
  readonly metadata: Metadata
  readonly next_payment_attempt: Instant | null
  readonly number: string | null
  /** The intent that collects it: with it comes the invoice payment. */
  readonly payment_intent: PaymentIntentId | null
  readonly payment_method_types: readonly string[] | null
  readonly period_end: Instant
  readonly period_start: Instant
  /** When the settings want a word ahead of the due date; `null` once it was said. */
  readonly remind_at: Instant | null
  /** When they want one after it. */
  readonly remind_overdue_at: Instant | null
  /** When a sent invoice that stays unpaid gets the final action; `null` where there is none, and once it was taken. */
  readonly final_action_at: Instant | null
  /** Retries that were due, made or passed over. */
  readonly retries: number
  /** Of a draft the customer's present balance stands for it. */
  readonly starting_balance: number | null
  readonly statement_descriptor: string | null
  readonly status: InvoiceStatus
  readonly status_transitions: {
    readonly finalized_at: Instant | null
    readonly marked_uncollectible_at: Instant | null
    readonly paid_at: Instant | null
    readonly voided_at: Instant | null
  }
  readonly subscription: string | null
  /** The subscription's metadata when the invoice was made. */
  readonly subscription_metadata: Metadata | null
  readonly test_clock: TestClockId | null
  readonly uncollectible_reason: UncollectibleReason | null
}

/** What a final invoice comes to; of a draft before any credits. */
export const totalOf = ({ credits, lines }: Pick<Invoice, 'credits' | 'lines'>): number =>
  lessCredits(subtotalOf(lines), credits)

export const amountRemainingOf = ({ amount_due, amount_paid }: Invoice): number =>
  (amount_due ?? 0) - amount_paid

/** Whether an invoice can still be paid. */
export const isPayable = ({ status }: Invoice): boolean =>
  status === 'open' || status === 'uncollectible'

export interface InvoiceSlices {
  /** By `customer`, and by `subscription`. */
  readonly invoices: Table<Invoice, 'customer' | 'subscription'>
  /** By `customer`. */
  readonly invoiceItems: Table<InvoiceItem, 'customer'>
  /** The next number of an account that numbers its invoices for all customers together. */
  readonly invoiceSequence: number
}

// Events

export interface InvoiceCreated extends DomainEvent {
  readonly type: 'InvoiceCreated'
  readonly invoice: Invoice
}
/** A draft or an open invoice changed, or one that is over its metadata. */
export interface InvoiceUpdated extends DomainEvent {
  readonly type: 'InvoiceUpdated'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
export interface InvoiceDeleted extends DomainEvent {
  readonly type: 'InvoiceDeleted'
  readonly id: InvoiceId
}
export interface InvoiceFinalized extends DomainEvent {
  readonly type: 'InvoiceFinalized'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
  /** The account's next number, where this invoice took one of its. */
  readonly next_sequence?: number
}
export interface InvoiceSent extends DomainEvent {
  readonly type: 'InvoiceSent'
  readonly id: InvoiceId
}
export interface InvoicePaid extends DomainEvent {
  readonly type: 'InvoicePaid'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
export interface InvoicePaymentFailed extends DomainEvent {
  readonly type: 'InvoicePaymentFailed'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
export interface InvoicePaymentActionRequired extends DomainEvent {
  readonly type: 'InvoicePaymentActionRequired'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
export interface InvoiceVoided extends DomainEvent {
  readonly type: 'InvoiceVoided'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
export interface InvoiceMarkedUncollectible extends DomainEvent {
  readonly type: 'InvoiceMarkedUncollectible'
  readonly id: InvoiceId
  readonly changes: Partial<Invoice>
}
/** The due date passed unpaid. */
export interface InvoiceFellDue extends DomainEvent {
  readonly type: 'InvoiceFellDue'
  readonly id: InvoiceId
}
/** The customer was reminded of what is, or will be, due. */
export interface InvoiceReminded extends DomainEvent {
  readonly type: 'InvoiceReminded'
  readonly id: InvoiceId
  readonly reminder: 'will_be_due' | 'overdue'
}
export interface InvoiceItemCreated extends DomainEvent {
  readonly type: 'InvoiceItemCreated'
  readonly invoiceitem: InvoiceItem
}
export interface InvoiceItemUpdated extends DomainEvent {
  readonly type: 'InvoiceItemUpdated'
  readonly id: InvoiceItemId
  readonly changes: Partial<InvoiceItem>
}
export interface InvoiceItemDeleted extends DomainEvent {
  readonly type: 'InvoiceItemDeleted'
  readonly id: InvoiceItemId
}

export type InvoiceEvent =
  | InvoiceCreated
  | InvoiceUpdated
  | InvoiceDeleted
  | InvoiceFinalized
  | InvoiceSent
  | InvoicePaid
  | InvoicePaymentFailed
  | InvoicePaymentActionRequired
  | InvoiceVoided
  | InvoiceMarkedUncollectible
  | InvoiceFellDue
  | InvoiceReminded
  | InvoiceItemCreated
  | InvoiceItemUpdated
  | InvoiceItemDeleted

type Invoices = InvoiceSlices['invoices']

const changed = (
  invoices: Invoices,
  { id, changes }: { readonly id: InvoiceId; readonly changes: Partial<Invoice> },
): Invoices => invoices.update(id, (invoice) => ({ ...invoice, ...changes }))

export const invoicesSlice = slice<
  Invoices,
  | CustomerJoinedTestClock
  | Exclude<
      InvoiceEvent,
      InvoiceSent | InvoiceItemCreated | InvoiceItemUpdated | InvoiceItemDeleted
    >
>({
  initial: () =>
    Table.of<Invoice, Record<'customer' | 'subscription', (invoice: Invoice) => string | null>>({
      customer: ({ customer }) => customer,
      subscription: ({ subscription }) => subscription,
    }),
  evolve: {
    InvoiceCreated: (invoices, event) => invoices.insert(event.invoice),
    InvoiceUpdated: changed,
    InvoiceDeleted: (invoices, event) => invoices.remove(event.id),
    InvoiceFinalized: changed,
    InvoicePaid: changed,
    InvoicePaymentFailed: changed,
    InvoicePaymentActionRequired: changed,
    InvoiceVoided: changed,
    InvoiceMarkedUncollectible: changed,
    // What a customer owes goes with her to her clock.
    CustomerJoinedTestClock: joinedTestClock,
    InvoiceFellDue: (invoices, event) =>
      invoices.update(event.id, (invoice) => ({ ...invoice, fell_due: true })),
    InvoiceReminded: (invoices, event) =>
      invoices.update(event.id, (invoice) =>
        event.reminder === 'overdue'
          ? { ...invoice, remind_overdue_at: null }
          : { ...invoice, remind_at: null },
      ),
  },
})

/** Items that an invoice shows are on it: when it is made, and when it gets other lines. */
const taken = (
  items: InvoiceSlices['invoiceItems'],
  invoice: InvoiceId,
  lines: readonly InvoiceLine[],
): InvoiceSlices['invoiceItems'] => {
  let all = items
  for (const { invoice_item } of lines)
    if (invoice_item !== null && all.get(invoice_item)?.invoice === null)
      all = all.update(invoice_item, (item) => ({ ...item, invoice }))
  return all
}

export const invoiceItemsSlice = slice<
  InvoiceSlices['invoiceItems'],
  | CustomerJoinedTestClock
  | InvoiceCreated
  | InvoiceItemCreated
  | InvoiceItemUpdated
  | InvoiceItemDeleted
>({
  initial: () =>
    Table.of<InvoiceItem, { customer: (item: InvoiceItem) => string }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    InvoiceCreated: (items, { invoice }) => taken(items, invoice.id, invoice.lines),
    CustomerJoinedTestClock: joinedTestClock,
    InvoiceItemCreated: (items, event) => items.insert(event.invoiceitem),
    InvoiceItemUpdated: (items, event) =>
      items.update(event.id, (item) => ({ ...item, ...event.changes })),
    InvoiceItemDeleted: (items, event) => items.remove(event.id),
  },
})

export const invoiceSequenceSlice = slice<number, InvoiceFinalized>({
  initial: () => 1,
  evolve: { InvoiceFinalized: (sequence, event) => event.next_sequence ?? sequence },
})
