import type { PriceId } from '../catalog/index.js'
import type { CustomerId } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { CreditGrant, CreditGrantSlices } from './grant.js'
import type { CreditBalanceTransactionId, CreditGrantId } from './ids.js'
import type { CreditBalanceTransaction } from './transaction.js'

/** @remarks Source: docs.stripe.com/api/billing/credit-grant/object. */
export interface CreditGrantView {
  readonly id: CreditGrantId
  readonly object: 'billing.credit_grant'
  readonly amount: Amount
  readonly applicability_config: {
    readonly scope:
      | { readonly price_type: 'metered' }
      | { readonly prices: readonly { readonly id: PriceId }[] }
  }
  readonly category: 'paid' | 'promotional'
  readonly created: Instant
  readonly customer: CustomerId
  readonly customer_account: null
  readonly effective_at: Instant
  readonly expires_at: Instant | null
  readonly livemode: false
  readonly metadata: Metadata
  readonly name: string | null
  readonly priority: number
  readonly test_clock: TestClockId | null
  readonly updated: Instant
  readonly voided_at: Instant | null
}

/** An amount of credits as answers show it. */
export interface Amount {
  readonly monetary: { readonly currency: Currency; readonly value: number }
  readonly type: 'monetary'
}

export const viewAmount = (currency: Currency, value: number): Amount => ({
  monetary: { currency, value },
  type: 'monetary',
})

export const viewCreditGrant = (grant: CreditGrant): CreditGrantView => ({
  id: grant.id,
  object: 'billing.credit_grant',
  amount: viewAmount(grant.currency, grant.value),
  applicability_config: {
    scope:
      grant.prices === null
        ? { price_type: 'metered' }
        : { prices: grant.prices.map((id) => ({ id })) },
  },
  category: grant.category,
  created: grant.created,
  customer: grant.customer,
  customer_account: null,
  effective_at: grant.effective_at,
  expires_at: grant.expires_at,
  livemode: false,
  metadata: grant.metadata,
  name: grant.name,
  priority: grant.priority,
  test_clock: grant.test_clock,
  updated: grant.updated,
  voided_at: grant.voided_at,
})

interface OfLine {
  readonly invoice: string
  readonly invoice_line_item: string
}

/** @remarks Source: docs.stripe.com/api/billing/credit-balance-transaction/object. */
export interface CreditBalanceTransactionView {
  readonly id: CreditBalanceTransactionId
  readonly object: 'billing.credit_balance_transaction'
  readonly created: Instant
  readonly credit: {
    readonly amount: Amount
    readonly credits_application_invoice_voided: OfLine | null
    readonly type: 'credits_application_invoice_voided' | 'credits_granted'
  } | null
  readonly credit_grant: CreditGrantId
  readonly debit: {
    readonly amount: Amount
    readonly credits_applied: OfLine | null
    readonly type: 'credits_applied' | 'credits_expired' | 'credits_voided'
  } | null
  readonly effective_at: Instant
  readonly livemode: false
  readonly test_clock: TestClockId | null
  readonly type: 'credit' | 'debit'
}

export const viewCreditTransaction = (
  { creditGrants }: World<CreditGrantSlices>,
  entry: CreditBalanceTransaction,
): CreditBalanceTransactionView => {
  const { id, created, credit_grant, effective_at, invoice, invoice_line_item, type } = entry
  const amount = viewAmount(entry.currency, entry.amount)
  const line =
    invoice === null || invoice_line_item === null ? null : { invoice, invoice_line_item }
  const isCredit = type === 'credits_granted' || type === 'credits_application_invoice_voided'
  return {
    id,
    object: 'billing.credit_balance_transaction',
    created,
    credit: isCredit ? { amount, credits_application_invoice_voided: line, type } : null,
    credit_grant,
    debit: isCredit ? null : { amount, credits_applied: line, type },
    effective_at,
    livemode: false,
    test_clock: creditGrants.need(credit_grant).test_clock,
    type: isCredit ? 'credit' : 'debit',
  }
}
