import type { CustomerId } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { DomainEvent } from '../kernel/event.js'
import { slice } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import { minorUnits } from '../kernel/money.js'
import { Table } from '../kernel/table.js'
import type { Vector } from '../kernel/vector.js'
import type { CreditBalanceTransactionId, CreditGrantId } from './ids.js'

/** Why credits came or went, and how it counts. */
const SIGN = {
  credits_granted: 1,
  credits_application_invoice_voided: 1,
  credits_applied: -1,
  credits_expired: -1,
  credits_voided: -1,
} as const

export type CreditTransactionType = keyof typeof SIGN
export const CREDIT_TRANSACTION_TYPES = Object.keys(SIGN) as readonly CreditTransactionType[]

/** An entry of the ledger of a customer's credits. @remarks Source: docs.stripe.com/api/billing/credit-balance-transaction/object. */
export interface CreditBalanceTransaction {
  readonly id: CreditBalanceTransactionId
  /** Minor units, positive in both directions. */
  readonly amount: number
  readonly created: Instant
  readonly credit_grant: CreditGrantId
  readonly currency: Currency
  readonly customer: CustomerId
  readonly effective_at: Instant
  /** Where credits paid a line, or came back from one. */
  readonly invoice: string | null
  readonly invoice_line_item: string | null
  readonly type: CreditTransactionType
}

/** What an entry adds to a balance, in minor units. */
export const signed = ({
  amount,
  type,
}: Pick<CreditBalanceTransaction, 'amount' | 'type'>): number => SIGN[type] * amount

/** What has become of credits up to an entry, in minor units, each positive. */
export interface CreditTotals {
  readonly granted: number
  readonly applied: number
  readonly reinstated: number
  readonly expired: number
  readonly voided: number
}

export const NO_TOTALS: CreditTotals = {
  granted: 0,
  applied: 0,
  reinstated: 0,
  expired: 0,
  voided: 0,
}

/** What the ledger holds. */
export const leftOf = ({ granted, applied, reinstated, expired, voided }: CreditTotals): number =>
  minorUnits(granted - applied + reinstated - expired - voided)

const TOTAL: Readonly<Record<CreditTransactionType, keyof CreditTotals>> = {
  credits_granted: 'granted',
  credits_application_invoice_voided: 'reinstated',
  credits_applied: 'applied',
  credits_expired: 'expired',
  credits_voided: 'voided',
}

/** The sums once there is one entry more. */
export const totalsWith = (
  totals: CreditTotals,
  { amount, type }: Pick<CreditBalanceTransaction, 'amount' | 'type'>,
): CreditTotals => ({
  granted: totals.granted,
  applied: totals.applied,
  reinstated: totals.reinstated,
  expired: totals.expired,
  voided: totals.voided,
  [TOTAL[type]]: minorUnits(totals[TOTAL[type]] + amount),
})

/** An entry as it stands in the ledger, with the sums so far: a balance at any time is one row. */
export interface LedgerRow extends CreditBalanceTransaction {
  /** Of its grant. */
  readonly of_grant: CreditTotals
  /** Of its customer, in its currency. */
  readonly of_customer: CreditTotals
}

/** The key of a customer's credits in one currency. */
export const accountOf = (customer: CustomerId, currency: Currency): string =>
  `${customer} ${currency}`

export interface CreditTransactionSlices {
  /** The ledger, append-only. By `credit_grant`, `customer` and {@link accountOf | account}. */
  readonly creditTransactions: Table<LedgerRow, 'credit_grant' | 'customer' | 'account'>
}

type Ledger = CreditTransactionSlices['creditTransactions']

export interface CreditBalanceTransactionCreated extends DomainEvent {
  readonly type: 'CreditBalanceTransactionCreated'
  readonly credit_balance_transaction: CreditBalanceTransaction
}

const lastOf = (
  ledger: Ledger,
  index: 'credit_grant' | 'account',
  key: string,
): LedgerRow | undefined => {
  const slots = ledger.slotsBy(index, key)
  return slots.size === 0 ? undefined : ledger.at(slots.get(slots.size - 1) as number)
}

export const creditTransactionsSlice = slice<Ledger, CreditBalanceTransactionCreated>({
  initial: () =>
    Table.of<
      LedgerRow,
      Record<'credit_grant' | 'customer' | 'account', (row: LedgerRow) => string>
    >({
      credit_grant: ({ credit_grant }) => credit_grant,
      customer: ({ customer }) => customer,
      account: ({ customer, currency }) => accountOf(customer, currency),
    }),
  evolve: {
    CreditBalanceTransactionCreated: (ledger, { credit_balance_transaction: entry }) => {
      const grant = lastOf(ledger, 'credit_grant', entry.credit_grant)
      const account = lastOf(ledger, 'account', accountOf(entry.customer, entry.currency))
      return ledger.insert({
        ...entry,
        of_grant: totalsWith(grant?.of_grant ?? NO_TOTALS, entry),
        of_customer: totalsWith(account?.of_customer ?? NO_TOTALS, entry),
      })
    },
  },
})

/** Whose credits: those of one grant, or all of a customer in one currency. */
export type CreditsOf =
  | { readonly credit_grant: CreditGrantId }
  | { readonly customer: CustomerId; readonly currency: Currency }

const slotsOf = (ledger: Ledger, of: CreditsOf): Vector<number> =>
  'credit_grant' in of
    ? ledger.slotsBy('credit_grant', of.credit_grant)
    : ledger.slotsBy('account', accountOf(of.customer, of.currency))

/** An entry, and the sums that it left. */
export interface Entry {
  readonly entry: CreditBalanceTransaction
  readonly totals: CreditTotals
}

/** The ledger of a grant or of a customer in one currency, oldest first. */
export function* entriesOf(
  { creditTransactions: ledger }: CreditTransactionSlices,
  of: CreditsOf,
): IterableIterator<Entry> {
  for (const slot of slotsOf(ledger, of)) {
    const { of_grant, of_customer, ...entry } = ledger.at(slot) as LedgerRow
    yield { entry, totals: 'credit_grant' in of ? of_grant : of_customer }
  }
}

/** The sums of a grant, or of a customer in one currency, as they stood at an instant; what happened at it counts. */
export const totalsAt = (
  { creditTransactions: ledger }: CreditTransactionSlices,
  of: CreditsOf,
  at: Instant,
): CreditTotals => {
  const slots = slotsOf(ledger, of)
  let low = 0
  let high = slots.size
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ledger.at(slots.get(middle) as number) as LedgerRow).effective_at <= at) low = middle + 1
    else high = middle
  }
  if (low === 0) return NO_TOTALS
  const row = ledger.at(slots.get(low - 1) as number) as LedgerRow
  return 'credit_grant' in of ? row.of_grant : row.of_customer
}
