import type { Deadline } from '../kernel/deadline.js'
import { watch } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import { RANK } from '../kernel/rank.js'
import type { Invoice } from './invoice.js'

/**
 * What time does to an invoice: it is finalized, collected, falls due, is reminded of. The commands are stories'.
 * @remarks Source: docs/invoices.md, the agenda.
 */
export const invoiceDeadlines = watch<Invoice>('invoices', (invoice): readonly Deadline[] => {
  const { id, status, test_clock: clock } = invoice
  const deadlines: Deadline[] = []
  const owed = (due: Instant | null, rank: number, type: string): void => {
    if (due !== null) deadlines.push({ due, rank, clock, command: { type, id } })
  }
  if (status === 'draft')
    owed(invoice.automatically_finalizes_at, RANK.finalization, 'AutoFinalizeInvoice')
  if (status === 'open') {
    owed(invoice.next_payment_attempt, RANK.payment, 'RetryInvoice')
    if (!invoice.fell_due) owed(invoice.due_date, RANK.notice, 'PassInvoiceDueDate')
    owed(invoice.remind_at, RANK.notice, 'RemindOfInvoice')
    owed(invoice.remind_overdue_at, RANK.notice, 'RemindOfInvoice')
    owed(invoice.final_action_at, RANK.notice, 'EndUnpaidInvoice')
  }
  return deadlines
})
