import { type Decimal, type Rounding, roundDecimal } from './decimal.js'
import { invariant } from './defect.js'

/** An amount in the currency's minor unit (cents, yen): always a safe integer, checked. */
export interface Money {
  readonly amount: number
  /** Three letters, lower case: `usd`. */
  readonly currency: string
}

/** The most that one line may come to, either way, in minor units: twelve digits. */
export const AMOUNT_MAX = 999_999_999_999

/** Guards an amount of minor units: money is never a fraction and never beyond what a number holds exactly. */
export const minorUnits = (amount: number): number => {
  invariant(
    Number.isSafeInteger(amount),
    `an amount is a whole number of minor units, not ${amount}`,
  )
  return amount === 0 ? 0 : amount
}

export const money = (amount: number, currency: string): Money => {
  invariant(
    /^[a-z]{3}$/.test(currency),
    `a currency is three lower-case letters, not '${currency}'`,
  )
  return { amount: minorUnits(amount), currency }
}

/** Adds amounts of one currency; two currencies are a Defect. */
export const addMoney = (a: Money, b: Money): Money => {
  invariant(a.currency === b.currency, `${a.currency} and ${b.currency} do not add up`)
  return money(a.amount + b.amount, a.currency)
}

/** The one rounding of an exact amount of minor units, where a rule says so. */
export const roundToMinor = (exact: Decimal, currency: string, rounding: Rounding): Money =>
  money(Number(roundDecimal(exact, rounding)), currency)
