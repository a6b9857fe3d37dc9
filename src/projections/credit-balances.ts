import {
  type CreditBalanceTransaction,
  type CreditBalanceTransactionCreated,
  type CreditGrantId,
  type CreditSlices,
  type CreditsOf,
  type CreditTotals,
  entriesOf,
  leftOf,
  NO_TOTALS,
  signed,
  totalsAt,
  totalsWith,
} from '../domain/credits/index.js'
import type { CustomerId } from '../domain/customers/index.js'
import type { Currency } from '../domain/kernel/currency.js'
import type { World } from '../domain/kernel/decision.js'
import type { Instant } from '../domain/kernel/instant.js'
import { rowsBy } from './projection.js'

/** What became of the credits of one grant, in minor units: `left` is granted - applied + reinstated - expired - voided. */
export interface CreditBalance extends CreditTotals {
  readonly credit_grant: CreditGrantId
  readonly customer: CustomerId
  readonly currency: Currency
  readonly left: number
}

/** By grant, those that have come into effect. What a customer has in a currency is the sum of hers. */
export const creditBalances = rowsBy<CreditBalanceTransactionCreated>()<
  CreditGrantId,
  CreditBalance
>('credit-balances', {
  CreditBalanceTransactionCreated: (rows, { credit_balance_transaction: entry }) => {
    const { credit_grant, customer, currency } = entry
    const totals = totalsWith(rows.get(credit_grant) ?? NO_TOTALS, entry)
    rows.set(credit_grant, { ...totals, credit_grant, customer, currency, left: leftOf(totals) })
  },
})

/** Credits as they stood at an instant of their customer's clock, what happened at it included. One search of the ledger. */
export const creditsAt = (
  world: World<CreditSlices>,
  of: CreditsOf,
  at: Instant,
): CreditTotals & { readonly left: number } => {
  const totals = totalsAt(world, of, at)
  return { ...totals, left: leftOf(totals) }
}

/** A moment at which credits came or went. */
export interface BurnDownPoint {
  readonly at: Instant
  readonly type: CreditBalanceTransaction['type']
  /** Minor units, negative where they went. */
  readonly change: number
  /** What was left after it. */
  readonly left: number
}

/**
 * How credits burnt down: every entry of their ledger in `[from, to)`, oldest first. What there was before is
 * {@link creditsAt} the instant before.
 */
export const burnDown = (
  world: World<CreditSlices>,
  of: CreditsOf,
  from: Instant = Number.NEGATIVE_INFINITY,
  to: Instant = Number.POSITIVE_INFINITY,
): readonly BurnDownPoint[] => {
  const points: BurnDownPoint[] = []
  for (const { entry, totals } of entriesOf(world, of)) {
    const { effective_at: at, type } = entry
    if (at >= from && at < to)
      points.push({ at, type, change: signed(entry), left: leftOf(totals) })
  }
  return points
}
