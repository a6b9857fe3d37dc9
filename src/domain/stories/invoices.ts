/** What callers do with invoices, and what follows for subscriptions. */
import { adoptCurrency, type Customer } from '../customers/index.js'
import {
  type CreateInvoice,
  type CreateInvoiceItem,
  changeInvoice,
  collectInvoice,
  createInvoiceItemParams,
  createInvoiceItem as createInvoiceItemRow,
  createInvoiceParams,
  createInvoice as createInvoiceRow,
  type FinalizeInvoice,
  finalizeInvoiceParams,
  type Invoice,
  type InvoiceId,
  type InvoiceItem,
  invoiceDeadlines,
  isPayable,
  itemOwner,
  markUncollectible,
  type PayInvoice,
  payInvoiceParams,
  payOutOfBand,
  viewInvoice,
  viewInvoiceItem,
  voidInvoice,
  writableInvoice,
} from '../invoicing/index.js'
import { nothing } from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import { andThen, type Decision, mapResult, succeed, type World } from '../kernel/decision.js'
import { command, commandOn, family } from '../kernel/family.js'
import { E, pipe } from '../kernel/fp.js'
import { plus } from '../kernel/instant.js'
import { invalidRequest, type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import type { PaymentMethodId } from '../payments/index.js'
import { isTerminal } from '../subscriptions/index.js'
import { clockNow, dueCommands } from '../test-clocks/index.js'
import type { Billing } from './billing.js'
import {
  autoFinalizeInvoice,
  endUnpaidInvoice,
  finalized,
  mayRetry,
  passDueDate,
  remindOfInvoice,
  retryInvoice,
  sent,
} from './collect.js'
import { payingMethod, settle } from './settle.js'

/**
 * A customer is billed in one currency as long as something in it is running or pending.
 * @remarks The text is known from the live API.
 */
export const currencyLock = (
  world: World<Billing>,
  { id }: Customer,
  currency: Currency,
): Rejection | undefined => {
  const locked = (other: Currency): Rejection =>
    invalidRequest(
      `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${other}`,
    )
  for (const subscription of world.subscriptions.by('customer', id))
    if (!isTerminal(subscription.status) && subscription.currency !== currency)
      return locked(subscription.currency)
  for (const item of world.invoiceItems.by('customer', id))
    if (item.invoice === null && item.currency !== currency) return locked(item.currency)
  return undefined
}

/** Refuses what was decided, if its currency cannot be the customer's. */
const inOneCurrency =
  <A extends { readonly customer: string; readonly currency: Currency }>(
    decision: Decision<Billing, A>,
  ): Decision<Billing, A> =>
  (world) => {
    const done = decision(world)
    if (E.isLeft(done)) return done
    const customer = world.customers.need(done.right.result.customer)
    const refusal = currencyLock(world, customer, done.right.result.currency)
    return refusal === undefined ? done : E.left(refusal)
  }

/** Creates an invoice item. @remarks Source: docs.stripe.com/api/invoiceitems/create. */
export const createInvoiceItem =
  (params: CreateInvoiceItem): Decision<Billing, InvoiceItem> =>
  (world) => {
    const owner = itemOwner(world, params)
    if (E.isLeft(owner)) return owner
    const { subscription: id } = params
    if (id !== undefined && world.subscriptions.get(id)?.customer !== params.customer)
      return E.left(resourceMissingIn('subscription', 'subscription', id))
    return inOneCurrency(createInvoiceItemRow(params))(world)
  }

/** Makes a manual invoice. @remarks Source: docs.stripe.com/api/invoices/create. */
export const createInvoice =
  (params: CreateInvoice): Decision<Billing, Invoice> =>
  (world) => {
    const { subscription: id } = params
    const subscription = id === undefined ? undefined : world.subscriptions.get(id)
    if (id !== undefined && subscription?.customer !== params.customer)
      return E.left(resourceMissingIn('subscription', 'subscription', id))
    return pipe(
      inOneCurrency(
        createInvoiceRow(
          params,
          subscription === undefined
            ? null
            : { id: subscription.id, metadata: subscription.metadata },
        ),
      ),
      andThen((invoice) =>
        mapResult(() => invoice)(adoptCurrency(invoice.customer, invoice.currency)),
      ),
    )(world)
  }

const alreadyFinal: Rejection = invalidRequest(
  "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
)

/**
 * Makes a draft final. With `auto_advance` it is tried to be collected an hour later.
 * @remarks Source: docs.stripe.com/api/invoices/finalize; observed.
 */
export const finalizeInvoice = (
  id: InvoiceId,
  { auto_advance }: FinalizeInvoice,
): Decision<Billing, Invoice> =>
  pipe(
    writableInvoice(id),
    andThen((invoice): Decision<Billing, Invoice> => {
      if (invoice.status !== 'draft') return () => E.left(alreadyFinal)
      const advances = auto_advance ?? invoice.auto_advance
      return pipe(
        advances === invoice.auto_advance
          ? succeed(invoice)
          : changeInvoice(invoice, { auto_advance: advances }),
        andThen(
          (draft): Decision<Billing, Invoice> =>
            (world) => {
              const { test_clock, collection_method } = draft
              const now = clockNow(world, test_clock)
              const later = plus(now, world.settings.invoice.draftDelaySeconds)
              return finalized(id, {
                next_payment_attempt:
                  advances && collection_method === 'charge_automatically' ? later : null,
              })(world)
            },
        ),
        andThen(() => settle(id)),
      )
    }),
  )

const alreadyPaid: Rejection = invalidRequest('Invoice is already paid')
const cannotPayVoid: Rejection = invalidRequest('You cannot pay an invoice that has been voided.')

/** Whether a method may pay a customer's invoice. */
const methodRefusal = (
  world: World<Billing>,
  { customer }: Invoice,
  method: PaymentMethodId | undefined,
): Rejection | undefined =>
  method === undefined || world.paymentMethods.get(method)?.customer === customer
    ? undefined
    : resourceMissingIn('payment_method', 'PaymentMethod', method)

const paid =
  (
    id: InvoiceId,
    { off_session = true, paid_out_of_band = false, payment_method }: PayInvoice,
  ): Decision<Billing, Invoice> =>
  (world) => {
    const invoice = world.invoices.need(id)
    if (!isPayable(invoice)) return settle(id)(world)
    if (paid_out_of_band)
      return pipe(
        payOutOfBand(invoice),
        andThen(() => settle(id)),
      )(world)
    const retries = mayRetry(invoice)(world)
    if (E.isLeft(retries)) return retries
    const done = collectInvoice(id, {
      method: payment_method ?? payingMethod(world, invoice),
      offSession: off_session,
      mayRetry: retries.right.result,
    })(world)
    return E.isLeft(done) ? done : settle(id)(done.right.world)
  }

/**
 * Pays an invoice now; a draft is made final first. What fails stays: the invoice is open, its attempt counted.
 * @remarks Source: docs.stripe.com/api/invoices/pay. Stripe answers 402 where the payment fails and keeps what happened;
 * here the answer is the invoice as it stands then.
 */
export const payInvoice = (id: InvoiceId, params: PayInvoice): Decision<Billing, Invoice> =>
  pipe(
    writableInvoice(id),
    andThen(
      (invoice): Decision<Billing, Invoice> =>
        (world) => {
          if (invoice.status === 'paid') return E.left(alreadyPaid)
          if (invoice.status === 'void') return E.left(cannotPayVoid)
          const refusal = methodRefusal(world, invoice, params.payment_method)
          if (refusal !== undefined) return E.left(refusal)
          return pipe(
            invoice.status === 'draft' ? finalized(id) : succeed(invoice),
            andThen(() => paid(id, params)),
          )(world)
        },
    ),
  )

/** @remarks Observed. */
const cannotBeSent: Rejection = invalidRequest(
  'This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help.',
)

/** Sends an invoice to its customer; a draft is made final first. @remarks Source: docs.stripe.com/api/invoices/send; observed. */
export const sendInvoice = (id: InvoiceId): Decision<Billing, Invoice> =>
  pipe(
    writableInvoice(id, 'invoice'),
    andThen((invoice): Decision<Billing, Invoice> => {
      const { status, collection_method } = invoice
      if (collection_method !== 'send_invoice' || (status !== 'draft' && status !== 'open'))
        return () => E.left(cannotBeSent)
      return pipe(
        status === 'draft' ? finalized(id) : succeed(invoice),
        andThen((open) => (open.status === 'open' ? sent(open) : succeed(open))),
        andThen(() => settle(id)),
      )
    }),
  )

const notOpen: Rejection = invalidRequest(
  "You can only pass in open invoices. This invoice isn't open.",
)
const hasPayment: Rejection = invalidRequest('Invoices with `paid` payments cannot be voided.')
const writtenOffAlready: Rejection = invalidRequest(
  'This invoice has already been marked uncollectible.',
)

const hasPaidPayment = (world: World<Billing>, { payment_intent }: Invoice): boolean =>
  payment_intent !== null && world.paymentIntents.need(payment_intent).status === 'succeeded'

/** Voids an invoice. @remarks Source: docs.stripe.com/api/invoices/void; observed. */
export const voidAnInvoice = (id: InvoiceId): Decision<Billing, Invoice> =>
  pipe(
    writableInvoice(id),
    andThen(
      (invoice): Decision<Billing, Invoice> =>
        (world) => {
          if (invoice.status === 'paid' && hasPaidPayment(world, invoice)) return E.left(hasPayment)
          if (!isPayable(invoice)) return E.left(notOpen)
          return pipe(
            voidInvoice(invoice),
            andThen(() => settle(id)),
          )(world)
        },
    ),
  )

/** Writes an invoice off. @remarks Source: docs.stripe.com/api/invoices/mark_uncollectible; observed. */
export const markInvoiceUncollectible = (id: InvoiceId): Decision<Billing, Invoice> =>
  pipe(
    writableInvoice(id),
    andThen((invoice): Decision<Billing, Invoice> => {
      if (invoice.status === 'uncollectible') return () => E.left(writtenOffAlready)
      if (invoice.status !== 'open') return () => E.left(notOpen)
      return pipe(
        markUncollectible(invoice, 'user_forgiven'),
        andThen(() => settle(id)),
      )
    }),
  )

/** A command of the clock's. */
const due = dueCommands(
  (world: World<Billing>, id) => world.invoices.get(id),
  invoiceDeadlines,
  viewInvoice,
)

export const invoiceStories = family({
  name: 'invoice-stories',
  slices: {},
  events: {},
  commands: {
    CreateInvoiceItem: command(createInvoiceItemParams, createInvoiceItem, (_, item) =>
      viewInvoiceItem(item),
    ),
    CreateInvoice: command(createInvoiceParams, createInvoice, viewInvoice),
    FinalizeInvoice: commandOn(finalizeInvoiceParams, finalizeInvoice, viewInvoice),
    PayInvoice: commandOn(payInvoiceParams, payInvoice, viewInvoice),
    SendInvoice: commandOn(nothing('SendInvoice'), sendInvoice, viewInvoice),
    VoidInvoice: commandOn(nothing('VoidInvoice'), voidAnInvoice, viewInvoice),
    MarkInvoiceUncollectible: commandOn(
      nothing('MarkInvoiceUncollectible'),
      markInvoiceUncollectible,
      viewInvoice,
    ),
    AutoFinalizeInvoice: due('AutoFinalizeInvoice', autoFinalizeInvoice),
    RetryInvoice: due('RetryInvoice', retryInvoice),
    PassInvoiceDueDate: due('PassInvoiceDueDate', passDueDate),
    RemindOfInvoice: due('RemindOfInvoice', remindOfInvoice),
    EndUnpaidInvoice: due('EndUnpaidInvoice', endUnpaidInvoice),
  },
  queries: {},
  watches: [],
  notifications: {},
})
