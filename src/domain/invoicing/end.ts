/** How an invoice ends unpaid. */
import { reinstateCredits } from '../credits/index.js'
import { changeBalance } from '../customers/index.js'
import { andThen, type Decision, decided, mapResult, succeed } from '../kernel/decision.js'
import { pipe } from '../kernel/fp.js'
import { cancelIntent, isOpenIntent } from '../payments/index.js'
import { type InvoicingReads, recordOn } from './draft.js'
import type { Invoice, UncollectibleReason } from './invoice.js'

const cancelPayment =
  ({ payment_intent }: Invoice): Decision<InvoicingReads, null> =>
  (world) => {
    const intent = payment_intent === null ? undefined : world.paymentIntents.get(payment_intent)
    return intent !== undefined && isOpenIntent(intent)
      ? mapResult(() => null)(cancelIntent(intent.id, 'void_invoice'))(world)
      : decided(world, null)
  }

/** Gives back to the balance what it gave, or takes back what it took. */
const restoreBalance = (invoice: Invoice): Decision<InvoicingReads, unknown> => {
  const { customer, currency, id, starting_balance, ending_balance } = invoice
  const amount = (starting_balance ?? 0) - (ending_balance ?? 0)
  if (amount === 0) return succeed(null)
  return (world) =>
    world.customers.has(customer)
      ? changeBalance(customer, { type: 'unapplied_from_invoice', amount, currency, invoice: id })(
          world,
        )
      : decided(world, null)
}

/**
 * Voids an open or uncollectible invoice: as if it had never been, but for its number.
 * @remarks Source: docs.stripe.com/invoicing/overview#void. Case: S-G4.
 */
export const voidInvoice = (invoice: Invoice): Decision<InvoicingReads, Invoice> => {
  const { id, status_transitions, test_clock } = invoice
  return pipe(
    cancelPayment(invoice),
    andThen(
      (): Decision<InvoicingReads, Invoice> => (world) => {
        const after = recordOn(world, test_clock, (at) => ({
          type: 'InvoiceVoided',
          at,
          id,
          changes: {
            auto_advance: false,
            next_payment_attempt: null,
            status: 'void',
            status_transitions: { ...status_transitions, voided_at: at },
          },
        }))
        return decided(after, after.invoices.need(id))
      },
    ),
    andThen((voided) =>
      pipe(
        reinstateCredits(invoice.credits),
        andThen(() => mapResult(() => voided)(restoreBalance(invoice))),
      ),
    ),
  )
}

/**
 * Writes an open invoice off. It can still be paid.
 * @remarks Source: docs.stripe.com/invoicing/overview#uncollectible.
 */
export const markUncollectible =
  (
    { id, status_transitions, test_clock }: Invoice,
    reason: UncollectibleReason,
  ): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoiceMarkedUncollectible',
      at,
      id,
      changes: {
        auto_advance: false,
        next_payment_attempt: null,
        status: 'uncollectible',
        status_transitions: { ...status_transitions, marked_uncollectible_at: at },
        uncollectible_reason: reason,
      },
    }))
    return decided(after, after.invoices.need(id))
  }

/** Drops a draft; its items go with it. */
export const dropDraft =
  ({ id, test_clock }: Invoice): Decision<InvoicingReads, Invoice['id']> =>
  (world) =>
    decided(
      recordOn(world, test_clock, (at) => ({ type: 'InvoiceDeleted', at, id })),
      id,
    )
