import { type AppliedCredit, applyCredits } from '../credits/index.js'
import { balanceIn, changeBalance, takeInvoiceNumber } from '../customers/index.js'
import { maximumChargeOf, minimumChargeOf } from '../kernel/currency.js'
import {
  andThen,
  type Decision,
  decided,
  mapResult,
  succeed,
  type World,
} from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { nextPaymentIntentId, openIntent, type PaymentMethodId } from '../payments/index.js'
import { clockNow } from '../test-clocks/index.js'
import { balanced } from './balance.js'
import { NO_CREDITS, payableLines } from './credits.js'
import { changeInvoice, type InvoicingReads, recordOn } from './draft.js'
import type { InvoiceId } from './ids.js'
import type { BilledTo, Invoice } from './invoice.js'
import { type InvoiceLine, subtotalOf } from './line.js'
import { lessCredits } from './pretax.js'

/** How an invoice is finalized. */
export interface Finalization {
  /** Leaves the customer's balance alone: an invoice that is void at once. */
  readonly ignoreBalance?: boolean
  /** Makes no payment ready: nothing will be collected. */
  readonly withoutPayment?: boolean
  /** When it is tried to be collected, if not at once. */
  readonly next_payment_attempt?: Instant | null
  /** The method that is expected to pay. */
  readonly method?: PaymentMethodId | null
  /** Lines that take the place of the draft's: metered ones are worked out a last time. */
  readonly lines?: readonly InvoiceLine[]
}

const numberOf = (
  invoice: Invoice,
): Decision<InvoicingReads, { readonly number: string; readonly next_sequence?: number }> => {
  if (invoice.number !== null) return succeed({ number: invoice.number })
  return (world) => {
    const { numbering, accountPrefix } = world.settings.invoice
    if (numbering === 'customer')
      return mapResult((number: string) => ({ number }))(takeInvoiceNumber(invoice.customer))(world)
    const sequence = world.invoiceSequence
    return decided(world, {
      number: `${accountPrefix}-${String(sequence).padStart(4, '0')}`,
      next_sequence: sequence + 1,
    })
  }
}

const billedToOf = (world: World<InvoicingReads>, { customer }: Invoice): BilledTo | null => {
  const row = world.customers.get(customer)
  return row === undefined
    ? null
    : {
        address: row.address,
        email: row.email,
        name: row.name,
        phone: row.phone,
        shipping: row.shipping,
        tax_exempt: row.tax_exempt,
      }
}

/**
 * Where an amount is too small or too large to be charged it is not: the customer owes it with her balance.
 * @remarks Source: docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
 */
const unchargeable = (
  world: World<InvoicingReads>,
  { collection_method, currency }: Invoice,
  amount: number,
): 'invoice_too_small' | 'invoice_too_large' | undefined => {
  if (collection_method === 'send_invoice' || amount === 0) return undefined
  const minimum = world.settings.minimumCharge[currency] ?? minimumChargeOf(currency)
  if (amount < minimum) return 'invoice_too_small'
  return amount > maximumChargeOf(currency) ? 'invoice_too_large' : undefined
}

const intentDescription = ({ subscription, billing_reason }: Invoice): string | null => {
  if (subscription === null) return null
  return billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update'
}

/** Opens the intent that is to collect what is due, and that the invoice names. */
const openPayment = (
  invoice: Invoice,
  method: PaymentMethodId | null,
): Decision<InvoicingReads, Invoice> =>
  mapResult(() => invoice)(
    openIntent({
      id: invoice.payment_intent ?? undefined,
      customer: { id: invoice.customer, test_clock: invoice.test_clock },
      amount: invoice.amount_due ?? 0,
      currency: invoice.currency,
      description: intentDescription(invoice),
      setup_future_usage: invoice.billing_reason === 'subscription_create' ? 'off_session' : null,
      payment_method: method,
      invoice: invoice.id,
    }),
  )

/** Makes ready the payment of an invoice that was made final without one. */
export const withPayment =
  (invoice: Invoice, method: PaymentMethodId | null): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const payment_intent = nextPaymentIntentId(world)
    return pipe(
      changeInvoice(invoice, { payment_intent }),
      andThen((named) => openPayment(named, method)),
    )(world)
  }

/** Settles an invoice that nothing is to be paid for. @remarks Observed: attempted, and no attempt counted. */
const paidWithNothing =
  ({ id, status_transitions, test_clock }: Invoice): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoicePaid',
      at,
      id,
      changes: {
        attempted: true,
        auto_advance: false,
        next_payment_attempt: null,
        status: 'paid',
        status_transitions: { ...status_transitions, paid_at: at },
      },
    }))
    return decided(after, after.invoices.need(id))
  }

/** What the balance gives or takes, as transactions of its own. */
const settleBalance =
  (
    { id, customer, currency }: Invoice,
    amounts: readonly (readonly [
      type: 'applied_to_invoice' | 'adjustment' | 'invoice_too_small' | 'invoice_too_large',
      amount: number,
    ])[],
  ): Decision<InvoicingReads, null> =>
  (start) => {
    let world = start
    for (const [type, amount] of amounts) {
      if (amount === 0) continue
      const done = changeBalance(customer, { type, amount, currency, invoice: id })(world)
      if (E.isLeft(done)) return done
      world = done.right.world
    }
    return decided(world, null)
  }

/** What the customer's credits pay of an invoice. */
const credited =
  (
    draft: Invoice,
    lines: readonly InvoiceLine[],
  ): Decision<InvoicingReads, readonly AppliedCredit[]> =>
  (world) =>
    world.creditGrants.count === 0
      ? decided(world, NO_CREDITS)
      : applyCredits(draft, payableLines(world, draft, lines))(world)

/**
 * Makes a draft final: its number, whom it is made out to, credits and balance applied, what is due and the payment that is to
 * collect it. Where nothing is due, it is paid. Collecting is for a story.
 * @remarks Source: docs.stripe.com/invoicing/overview#finalize.
 */
export const finalizeInvoice =
  (id: InvoiceId, options: Finalization = {}): Decision<InvoicingReads, Invoice> =>
  (start) => {
    const draft = start.invoices.need(id)
    const taken = numberOf(draft)(start)
    if (E.isLeft(taken)) return taken
    const { result: numbering } = taken.right
    const lines = options.lines ?? draft.lines
    const paid =
      options.ignoreBalance === true
        ? decided(taken.right.world, NO_CREDITS)
        : credited(draft, lines)(taken.right.world)
    if (E.isLeft(paid)) return paid
    const { world, result: credits } = paid.right
    const now = clockNow(world, draft.test_clock)
    const customer = world.customers.get(draft.customer)
    const starting_balance = customer === undefined ? 0 : balanceIn(customer, draft.currency)
    const total = lessCredits(subtotalOf(lines), credits)
    // What gives credit is no debt to be dropped: it is settled as usual.
    const ignoreBalance = options.ignoreBalance === true && total > 0
    const met = ignoreBalance
      ? {
          amount_due: total,
          ending_balance: starting_balance,
          applied: 0,
          rounding: 0,
        }
      : balanced(total, starting_balance, draft.currency)
    const moved = ignoreBalance ? undefined : unchargeable(world, draft, met.amount_due)
    const amount_due = moved === undefined ? met.amount_due : 0
    const isCollected = amount_due > 0 && options.withoutPayment !== true
    const changes: Partial<Invoice> = {
      amount_due,
      automatically_finalizes_at: null,
      billed_to: billedToOf(world, draft),
      credits,
      effective_at: draft.effective_at ?? now,
      ending_balance: met.ending_balance + (moved === undefined ? 0 : met.amount_due),
      lines,
      next_payment_attempt: options.next_payment_attempt ?? null,
      number: numbering.number,
      payment_intent: isCollected ? nextPaymentIntentId(world) : null,
      // Nobody is told ahead of what is already at hand.
      ...(draft.remind_at !== null && draft.remind_at < now ? { remind_at: null } : {}),
      starting_balance,
      status: 'open',
      status_transitions: { ...draft.status_transitions, finalized_at: now },
    }
    const finalized = recordOn(world, draft.test_clock, (at) => ({
      type: 'InvoiceFinalized',
      at,
      id,
      changes,
      ...(numbering.next_sequence === undefined ? {} : { next_sequence: numbering.next_sequence }),
    }))
    const open = finalized.invoices.need(id)
    const { applied, rounding } = met
    if (applied === 0 && rounding === 0 && moved === undefined)
      return amount_due === 0
        ? paidWithNothing(open)(finalized)
        : isCollected
          ? openPayment(open, options.method ?? null)(finalized)
          : decided(finalized, open)
    return pipe(
      isCollected ? openPayment(open, options.method ?? null) : succeed(open),
      andThen(() =>
        settleBalance(open, [
          ['applied_to_invoice', applied],
          ['adjustment', rounding],
          [moved ?? 'invoice_too_small', moved === undefined ? 0 : met.amount_due],
        ]),
      ),
      andThen(() => (amount_due === 0 ? paidWithNothing(open) : succeed(open))),
    )(finalized)
  }
