import type { Currency } from '../kernel/currency.js'
import type { DomainEvent } from '../kernel/event.js'
import type { Id } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { CustomerId } from './customer.js'

export type CustomerBalanceTransactionId = Id<'customer_balance_transaction'>

/**
 * Why a balance changed. `initial` and `adjustment` are the caller's; an invoice takes credit or adds a debt
 * (`applied_to_invoice`) and gives it back when it is voided; the others move to the balance what is not paid otherwise.
 */
export const BALANCE_TRANSACTION_TYPES = [
  'adjustment',
  'applied_to_invoice',
  'unapplied_from_invoice',
  'initial',
  'credit_note',
  'invoice_overpaid',
  'invoice_too_small',
  'invoice_too_large',
] as const

export type BalanceTransactionType = (typeof BALANCE_TRANSACTION_TYPES)[number]

/** @remarks Source: docs.stripe.com/api/customer_balance_transactions/object. */
export interface CustomerBalanceTransaction {
  readonly id: CustomerBalanceTransactionId
  /** Minor units, never 0; negative is a credit to the customer. */
  readonly amount: number
  readonly created: Instant
  readonly credit_note: string | null
  readonly currency: Currency
  readonly customer: CustomerId
  readonly description: string | null
  /** The balance in this currency after the transaction, in minor units. */
  readonly ending_balance: number
  readonly invoice: string | null
  readonly metadata: Metadata
  readonly type: BalanceTransactionType
}

export interface CustomerBalanceTransactionView extends CustomerBalanceTransaction {
  readonly object: 'customer_balance_transaction'
  readonly checkout_session: null
  readonly customer_account: null
  readonly livemode: false
}

export const viewBalanceTransaction = ({
  id,
  ...fields
}: CustomerBalanceTransaction): CustomerBalanceTransactionView => ({
  id,
  object: 'customer_balance_transaction',
  ...fields,
  checkout_session: null,
  customer_account: null,
  livemode: false,
})

// Events

export interface CustomerBalanceTransactionCreated extends DomainEvent {
  readonly type: 'CustomerBalanceTransactionCreated'
  readonly customer_balance_transaction: CustomerBalanceTransaction
}
export interface CustomerBalanceTransactionUpdated extends DomainEvent {
  readonly type: 'CustomerBalanceTransactionUpdated'
  readonly id: CustomerBalanceTransactionId
  /** What is said of it; an amount stays for good. */
  readonly changes: Partial<Pick<CustomerBalanceTransaction, 'description' | 'metadata'>>
}

export type BalanceTransactionEvent =
  | CustomerBalanceTransactionCreated
  | CustomerBalanceTransactionUpdated
