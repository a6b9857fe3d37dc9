import type { CreditBalanceTransactionId } from '../credits/index.js'
import { minorUnits } from '../kernel/money.js'

/** Credits on a line as answers show them; those of a draft are what would be, and in no ledger. */
export interface ShownCredit {
  readonly line: string
  readonly amount: number
  readonly credit_balance_transaction: CreditBalanceTransactionId | null
}

/** What is left of a subtotal once credits have paid their part. */
export const lessCredits = (
  subtotal: number,
  credits: readonly { readonly amount: number }[],
): number => {
  let total = subtotal
  for (const { amount } of credits) total -= amount
  return minorUnits(total)
}

/** @remarks Source: docs.stripe.com/api/invoices/object#invoice_object-total_pretax_credit_amounts. */
export interface PretaxCreditAmount {
  readonly amount: number
  readonly credit_balance_transaction: CreditBalanceTransactionId | null
  readonly type: 'credit_balance_transaction'
}

export const viewCredit = ({
  amount,
  credit_balance_transaction,
}: ShownCredit): PretaxCreditAmount => ({
  amount,
  credit_balance_transaction,
  type: 'credit_balance_transaction',
})
