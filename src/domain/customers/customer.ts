import type { Currency } from '../kernel/currency.js'
import type { DomainEvent } from '../kernel/event.js'
import type { Id } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { TestClockId } from '../test-clocks/index.js'

export type CustomerId = Id<'customer'>

export interface Address {
  readonly city: string | null
  readonly country: string | null
  readonly line1: string | null
  readonly line2: string | null
  readonly postal_code: string | null
  readonly state: string | null
}

export interface Shipping {
  readonly address: Address
  readonly name: string
  readonly phone: string | null
}

export interface InvoiceSettings {
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[] | null
  /** A payment method that is attached to the customer. */
  readonly default_payment_method: string | null
  readonly footer: string | null
  readonly rendering_options: {
    readonly amount_tax_display: 'exclude_tax' | 'include_inclusive_tax' | null
    readonly template: string | null
  } | null
}

/** @remarks Source: docs.stripe.com/api/customers/object. */
export interface Customer {
  readonly id: CustomerId
  readonly address: Address | null
  /** Minor units by currency; negative is credit, which lowers the next invoice. */
  readonly balances: Readonly<Record<Currency, number>>
  /** Absent or `null`: not set. */
  readonly business_name?: string | null
  readonly created: Instant
  /** The one of the first invoice, subscription or change of balance. */
  readonly currency: Currency | null
  /** Whether the newest invoice is overdue: unpaid after an attempt, or past its due date. */
  readonly delinquent: boolean
  readonly description: string | null
  readonly email: string | null
  /** Absent or `null`: not set. */
  readonly individual_name?: string | null
  readonly invoice_prefix: string
  readonly invoice_settings: InvoiceSettings
  readonly metadata: Metadata
  readonly name: string | null
  readonly next_invoice_sequence: number
  readonly phone: string | null
  readonly preferred_locales: readonly string[]
  readonly shipping: Shipping | null
  readonly tax_exempt: 'none' | 'exempt' | 'reverse'
  readonly test_clock: TestClockId | null
}

export interface CustomerView
  extends Omit<Customer, 'balances' | 'business_name' | 'individual_name'> {
  readonly object: 'customer'
  /** That of the customer's currency, in minor units; 0 without one. */
  readonly balance: number
  /** Present where it is set. */
  readonly business_name?: string
  /** Present where it is set. */
  readonly individual_name?: string
  readonly customer_account: null
  readonly default_source: null
  readonly discount: null
  readonly livemode: false
}

export interface DeletedCustomer {
  readonly id: CustomerId
  readonly object: 'customer'
  readonly deleted: true
}

/** What the customer owes, in minor units of one currency; negative is credit. */
export const balanceIn = ({ balances }: Pick<Customer, 'balances'>, currency: Currency): number =>
  balances[currency] ?? 0

export const viewCustomer = ({
  id,
  balances,
  business_name,
  individual_name,
  ...fields
}: Customer): CustomerView => ({
  id,
  object: 'customer',
  ...fields,
  balance: fields.currency === null ? 0 : balanceIn({ balances }, fields.currency),
  ...(business_name ? { business_name } : {}),
  ...(individual_name ? { individual_name } : {}),
  customer_account: null,
  default_source: null,
  discount: null,
  livemode: false,
})

export const viewDeletedCustomer = (id: CustomerId): DeletedCustomer => ({
  id,
  object: 'customer',
  deleted: true,
})

// Events

export interface CustomerCreated extends DomainEvent {
  readonly type: 'CustomerCreated'
  readonly customer: Customer
}
export interface CustomerUpdated extends DomainEvent {
  readonly type: 'CustomerUpdated'
  readonly id: CustomerId
  /** The fields that changed, with their new values. */
  readonly changes: Partial<Customer>
}
export interface CustomerJoinedTestClock extends DomainEvent {
  readonly type: 'CustomerJoinedTestClock'
  readonly id: CustomerId
  readonly test_clock: TestClockId
}
export interface CustomerDeleted extends DomainEvent {
  readonly type: 'CustomerDeleted'
  readonly id: CustomerId
}

/** The next invoice has the number after. */
export interface CustomerInvoiceNumberTaken extends DomainEvent {
  readonly type: 'CustomerInvoiceNumberTaken'
  readonly id: CustomerId
}

export type CustomerEvent =
  | CustomerCreated
  | CustomerUpdated
  | CustomerJoinedTestClock
  | CustomerInvoiceNumberTaken
  | CustomerDeleted
