import type { CustomerId } from '../domain/customers/index.js'
import {
  type Invoice,
  type InvoiceEvent,
  type InvoiceId,
  totalOf,
} from '../domain/invoicing/index.js'
import type { Currency } from '../domain/kernel/currency.js'
import { DAY, type Instant } from '../domain/kernel/instant.js'
import { minorUnits } from '../domain/kernel/money.js'
import { rowsBy } from './projection.js'

/** What is, or will be, owed on an invoice. Amounts are minor units of its currency. */
export interface Receivable {
  readonly invoice: InvoiceId
  readonly customer: CustomerId
  readonly currency: Currency
  readonly status: Invoice['status']
  readonly total: number
  /** The total once the balance is applied; 0 while it is a draft. */
  readonly amount_due: number
  readonly amount_paid: number
  /** The due date; without one it is due when it is final. `null` on a draft that has none. */
  readonly due: Instant | null
}

export const receivableOf = (invoice: Invoice): Receivable => ({
  invoice: invoice.id,
  customer: invoice.customer,
  currency: invoice.currency,
  status: invoice.status,
  total: totalOf(invoice),
  amount_due: invoice.amount_due ?? 0,
  amount_paid: invoice.amount_paid,
  due: invoice.due_date ?? invoice.status_transitions.finalized_at,
})

/** What a fact about an invoice makes of it. */
export const receivableAfter = (row: Receivable, changes: Partial<Invoice>): Receivable => ({
  ...row,
  status: changes.status ?? row.status,
  total:
    changes.lines === undefined
      ? row.total
      : totalOf({ lines: changes.lines, credits: changes.credits ?? [] }),
  amount_due: changes.amount_due ?? row.amount_due,
  amount_paid: changes.amount_paid ?? row.amount_paid,
  due:
    (changes.due_date === undefined ? row.due : changes.due_date) ??
    changes.status_transitions?.finalized_at ??
    null,
})

type Rows = Map<InvoiceId, Receivable>

const change = (
  rows: Rows,
  { id, changes }: { readonly id: InvoiceId; readonly changes: Partial<Invoice> },
): void => {
  const row = rows.get(id)
  if (row === undefined) return
  const after = receivableAfter(row, changes)
  if (after.status === 'draft' || after.status === 'open') rows.set(id, after)
  else rows.delete(id)
}

/** Drafts and open invoices. What is paid, void or written off is in it no more. */
export const receivables = rowsBy<InvoiceEvent>()<InvoiceId, Receivable>('receivables', {
  InvoiceCreated: (rows, { invoice }) => {
    rows.set(invoice.id, receivableOf(invoice))
  },
  InvoiceUpdated: change,
  InvoiceFinalized: change,
  InvoicePaid: change,
  InvoiceVoided: change,
  InvoiceMarkedUncollectible: change,
  InvoiceDeleted: (rows, { id }) => {
    rows.delete(id)
  },
})

/** What is owed in one currency, by how many whole days it is overdue; the last day of an age is in it. */
export interface AgedReceivables {
  readonly not_due: number
  readonly days_0_30: number
  readonly days_31_60: number
  readonly days_61_90: number
  readonly days_over_90: number
  readonly total: number
}

const NOTHING: AgedReceivables = {
  not_due: 0,
  days_0_30: 0,
  days_31_60: 0,
  days_61_90: 0,
  days_over_90: 0,
  total: 0,
}

const ageOf = (due: Instant, at: Instant): keyof AgedReceivables => {
  if (at < due) return 'not_due'
  const days = Math.floor((at - due) / DAY)
  if (days <= 30) return 'days_0_30'
  if (days <= 60) return 'days_31_60'
  return days <= 90 ? 'days_61_90' : 'days_over_90'
}

/**
 * The open ones by age and currency. Drafts are owed by nobody yet.
 * @param at - As of when: an age is counted from the due date to it.
 */
export const agedReceivables = (
  rows: ReadonlyMap<InvoiceId, Receivable>,
  at: Instant,
): ReadonlyMap<Currency, AgedReceivables> => {
  const aged = new Map<Currency, AgedReceivables>()
  for (const { currency, status, due, amount_due, amount_paid } of rows.values()) {
    if (status !== 'open' || due === null) continue
    const sums = aged.get(currency) ?? NOTHING
    const age = ageOf(due, at)
    const owed = amount_due - amount_paid
    aged.set(currency, {
      ...sums,
      [age]: minorUnits(sums[age] + owed),
      total: minorUnits(sums.total + owed),
    })
  }
  return aged
}
