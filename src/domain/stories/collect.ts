/** How invoices go on: made final by themselves, tried and tried again, fallen due. */
import {
  changeInvoice,
  collectInvoice,
  type Finalization,
  finalizeInvoice,
  type Invoice,
  type InvoiceId,
  markUncollectible,
  recordOn,
  voidInvoice,
} from '../invoicing/index.js'
import { andThen, type Decision, decided, mapResult, succeed } from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import type { Billing } from './billing.js'
import { recountedLines } from './lines.js'
import { finalAction, payingMethod, settle } from './settle.js'

/** Makes a draft final, its metered lines worked out a last time. */
export const finalized =
  (id: InvoiceId, options: Finalization = {}): Decision<Billing, Invoice> =>
  (world) => {
    const invoice = world.invoices.need(id)
    const lines = recountedLines(world, invoice)
    const method = payingMethod(world, invoice)
    return finalizeInvoice(id, {
      method: invoice.collection_method === 'send_invoice' ? null : method,
      ...(lines === undefined ? {} : { lines }),
      ...options,
    })(world)
  }

/** What becomes of an invoice whose collection is paused: it is made final, and void or written off at once. */
export const finishInvoice = (
  invoice: Invoice,
  how: 'void' | 'mark_uncollectible',
): Decision<Billing, Invoice> =>
  pipe(
    finalized(invoice.id, { withoutPayment: true, ignoreBalance: how === 'void' }),
    andThen((final) => {
      if (final.status === 'paid') return succeed(final)
      return how === 'void' ? voidInvoice(final) : markUncollectible(final, 'subscription_paused')
    }),
  )

/** Whether retries follow a failure: not while a subscription waits for its first payment. */
export const mayRetry =
  (invoice: Invoice): Decision<Billing, boolean> =>
  (world) =>
    decided(
      world,
      invoice.subscription === null ||
        world.subscriptions.get(invoice.subscription)?.status !== 'incomplete',
    )

/** Tries to collect an invoice while the customer is away, and lets follow what follows. */
const attempted =
  (id: InvoiceId): Decision<Billing, Invoice> =>
  (world) => {
    const invoice = world.invoices.need(id)
    const isRetry = invoice.attempted
    const retries = mayRetry(invoice)(world)
    if (E.isLeft(retries)) return retries
    const done = collectInvoice(id, {
      method: payingMethod(world, invoice),
      offSession: true,
      isRetry,
      mayRetry: retries.right.result,
    })(world)
    if (E.isLeft(done)) return done
    const { result: collected, world: after } = done.right
    return pipe(
      settle(id),
      andThen((settled) =>
        collected.kind === 'failed' && collected.exhausted
          ? mapResult(() => settled)(finalAction(id, 'max_payment_attempts'))
          : succeed(settled),
      ),
    )(after)
  }

/**
 * A draft's hour is over: it is made final, and collected in the same instant, or sent.
 * @remarks Source: docs.stripe.com/invoicing/integration/automatic-advancement-collection. Cases: S-C2, S-G5.
 */
export const autoFinalizeInvoice = (id: InvoiceId): Decision<Billing, Invoice> =>
  pipe(
    finalized(id),
    andThen((invoice): Decision<Billing, Invoice> => {
      if (invoice.status !== 'open') return settle(id)
      return invoice.collection_method === 'send_invoice' ? sent(invoice) : attempted(id)
    }),
  )

/** A try at an open invoice is due. @remarks Cases: S-H1, S-H4. */
export const retryInvoice = attempted

/** The fact that an invoice was sent to its customer. */
export const sent =
  (invoice: Invoice): Decision<Billing, Invoice> =>
  (world) => {
    const { id, test_clock } = invoice
    return decided(
      recordOn(world, test_clock, (at) => ({ type: 'InvoiceSent', at, id })),
      invoice,
    )
  }

/** The due date of a sent invoice has passed unpaid. @remarks Cases: S-G5, S-M9. */
export const passDueDate = (id: InvoiceId): Decision<Billing, Invoice> =>
  pipe(
    ((world) => {
      const { test_clock } = world.invoices.need(id)
      const after = recordOn(world, test_clock, (at) => ({ type: 'InvoiceFellDue', at, id }))
      return decided(after, null)
    }) as Decision<Billing, null>,
    andThen(() => settle(id)),
  )

/** A reminder that the settings want is due: the one ahead of the due date goes first. */
export const remindOfInvoice =
  (id: InvoiceId): Decision<Billing, Invoice> =>
  (world) => {
    const { remind_at, test_clock } = world.invoices.need(id)
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoiceReminded',
      at,
      id,
      reminder: remind_at === null ? 'overdue' : 'will_be_due',
    }))
    return decided(after, after.invoices.need(id))
  }

/** A sent invoice stayed unpaid for as long as the settings allow. */
export const endUnpaidInvoice =
  (id: InvoiceId): Decision<Billing, Invoice> =>
  (world) =>
    pipe(
      changeInvoice(world.invoices.need(id), { final_action_at: null, auto_advance: false }),
      andThen((invoice) => mapResult(() => invoice)(finalAction(id, 'payment_not_received'))),
    )(world)
