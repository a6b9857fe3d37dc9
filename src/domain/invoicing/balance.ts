import { type Currency, chargeStepOf } from '../kernel/currency.js'
import { minorUnits } from '../kernel/money.js'

/** How a customer's balance meets an invoice's total. Amounts are minor units; a negative balance is credit. */
export interface Balanced {
  readonly amount_due: number
  readonly ending_balance: number
  /** What the balance gave (positive) or added (negative): the `applied_to_invoice` transaction. */
  readonly applied: number
  /** What rounding to chargeable units left over: an `adjustment` transaction. */
  readonly rounding: number
}

/**
 * Applies the whole balance to a total. A total below zero becomes credit; a debt is collected with the invoice. What is
 * due is a multiple of what the currency can charge, to the nearest, and the difference goes to the balance.
 * @remarks Source: docs.stripe.com/billing/customer/balance; docs.stripe.com/currencies. Cases: S-G1, S-G2, S-A10, S-N1.
 */
export const balanced = (total: number, balance: number, currency: Currency): Balanced => {
  if (total < 0)
    return {
      amount_due: 0,
      ending_balance: minorUnits(balance + total),
      applied: total,
      rounding: 0,
    }
  const exact = Math.max(0, total + balance)
  const step = chargeStepOf(currency)
  const amount_due = minorUnits(Math.floor((exact + step / 2) / step) * step)
  const applied = minorUnits(total - exact)
  return {
    amount_due,
    ending_balance: minorUnits(balance + total - amount_due),
    applied,
    rounding: minorUnits(exact - amount_due),
  }
}
