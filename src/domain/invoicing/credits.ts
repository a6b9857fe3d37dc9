/** What of an invoice billing credits pay. */
import type { PriceSlices } from '../catalog/index.js'
import {
  type AppliedCredit,
  type CreditGrantId,
  type CreditSlices,
  creditsFor,
  type PayableLine,
} from '../credits/index.js'
import type { CustomerId } from '../customers/index.js'
import type { World } from '../kernel/decision.js'
import type { TestClockSlices } from '../test-clocks/index.js'
import type { Invoice, InvoiceSlices } from './invoice.js'
import type { InvoiceLine } from './line.js'
import type { ShownCredit } from './pretax.js'

/** What it takes to say what credits would pay. */
export type CreditReads = CreditSlices & PriceSlices & TestClockSlices

/** Most invoices have none: one list for them all. */
export const NO_CREDITS: readonly AppliedCredit[] = Object.freeze([])

/**
 * The lines that credits may pay: those of a subscription's own metered items, on an invoice that the subscription made.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits. Case: M-E10.
 */
export const payableLines = (
  { prices }: World<PriceSlices>,
  { subscription }: Pick<Invoice, 'subscription'>,
  lines: readonly InvoiceLine[],
): readonly PayableLine[] => {
  if (subscription === null) return []
  const payable: PayableLine[] = []
  for (const { id, amount, invoice_item, price, subscription_item } of lines)
    if (
      amount > 0 &&
      subscription_item !== null &&
      invoice_item === null &&
      price !== null &&
      (prices.need(price).recurring?.meter ?? null) !== null
    )
      payable.push({ id, price, amount })
  return payable
}

/** The credits of an invoice: applied when it became final, or what its draft would take now. */
export const shownCredits = (
  world: World<CreditReads>,
  invoice: Invoice,
): readonly ShownCredit[] =>
  invoice.status === 'draft' && world.creditGrants.count > 0
    ? creditsFor(world, invoice, payableLines(world, invoice, invoice.lines)).map(
        ({ line, amount }) => ({ line, amount, credit_balance_transaction: null }),
      )
    : invoice.credits

/** What each of a customer's grants would pay of the drafts that stand open, each draft by itself. */
export const creditsOnDrafts = (
  world: World<InvoiceSlices & CreditReads>,
  customer: CustomerId,
): ReadonlyMap<CreditGrantId, number> => {
  const standing = new Map<CreditGrantId, number>()
  for (const invoice of world.invoices.by('customer', customer)) {
    if (invoice.status !== 'draft') continue
    const payable = payableLines(world, invoice, invoice.lines)
    for (const { grant, amount } of creditsFor(world, invoice, payable))
      standing.set(grant, (standing.get(grant) ?? 0) + amount)
  }
  return standing
}
