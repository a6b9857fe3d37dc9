import { boolean, closed, nothing, oneOf, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { commandOn, family, query, queryOn } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import { isWithin, type List, listRows, pageParams, paginate, timeFilter } from '../kernel/list.js'
import {
  parameterMissing,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import type { PaymentIntent, PaymentSlices } from '../payments/index.js'
import { isThere, type TestClockSlices } from '../test-clocks/index.js'
import { invoiceEvents } from './codec.js'
import { shownCredits } from './credits.js'
import { invoiceDeadlines } from './deadlines.js'
import { deleteInvoice, updateInvoice } from './edit.js'
import {
  type InvoiceSlices,
  invoiceItemsSlice,
  invoiceSequenceSlice,
  invoicesSlice,
} from './invoice.js'
import { type InvoiceItemView, viewDeletedInvoiceItem, viewInvoiceItem } from './invoice-item.js'
import {
  type InvoicePaymentView,
  paymentIntentIdOf,
  viewInvoicePayment,
} from './invoice-payment.js'
import {
  type InvoiceView,
  type InvoiceViewReads,
  viewDeletedInvoice,
  viewInvoice,
} from './invoice-view.js'
import {
  addLines,
  deleteInvoiceItem,
  removeLines,
  unknownInvoiceItem,
  updateInvoiceItem,
  updateLine,
  updateLines,
} from './items.js'
import { type InvoiceLine, type InvoiceLineView, viewInvoiceLine } from './line.js'
import { invoiceNotifications } from './notifications.js'
import {
  addLinesParams,
  removeLinesParams,
  updateInvoiceItemParams,
  updateInvoiceParams,
  updateLineParams,
  updateLinesParams,
} from './params.js'

export { balanced } from './balance.js'
export {
  type Collected,
  type Collection,
  collectInvoice,
  failInvoiceAuthentication,
  payOutOfBand,
} from './collect.js'
export { creditsOnDrafts, shownCredits } from './credits.js'
export { invoiceDeadlines } from './deadlines.js'
export { amountText } from './describe.js'
export {
  changeInvoice,
  type DraftInvoice,
  draftInvoice,
  finalizesAt,
  type InvoicingReads,
  LINES_MAX,
  lineOfItem,
  newInvoice,
  nextInvoiceId,
  pendingItems,
  recordOn,
  tooManyLines,
} from './draft.js'
export { createInvoice, writableInvoice } from './edit.js'
export { dropDraft, markUncollectible, voidInvoice } from './end.js'
export { type Finalization, finalizeInvoice } from './finalize.js'
export type { InvoiceId, InvoiceItemId, InvoiceLineId, InvoicePaymentId } from './ids.js'
export {
  amountRemainingOf,
  type BillingReason,
  type CollectionMethod,
  type Invoice,
  type InvoiceCreated,
  type InvoiceEvent,
  type InvoiceFinalized,
  type InvoiceMarkedUncollectible,
  type InvoicePaid,
  type InvoiceSlices,
  type InvoiceStatus,
  type InvoiceVoided,
  isPayable,
  totalOf,
  type UncollectibleReason,
} from './invoice.js'
export { type InvoiceItem, type InvoiceItemView, viewInvoiceItem } from './invoice-item.js'
export { type InvoicePaymentView, viewInvoicePayment } from './invoice-payment.js'
export { type EmbeddedList, embedded, type InvoiceView, viewInvoice } from './invoice-view.js'
export { createInvoiceItem, createPricedItem, dropItem, itemOwner } from './items.js'
export { type InvoiceLine, type InvoiceLineView, subtotalOf, viewInvoiceLine } from './line.js'
export {
  type CreateInvoice,
  type CreateInvoiceItem,
  createInvoiceItemParams,
  createInvoiceParams,
  type FinalizeInvoice,
  finalizeInvoiceParams,
  type PayInvoice,
  payInvoiceParams,
} from './params.js'
export {
  chargeLines,
  exactAmount,
  type LineSource,
  type NewLine,
  numbered,
  type Share,
  shareLine,
  trialLine,
  wholeUnits,
} from './price-lines.js'

type Reads = InvoiceSlices & InvoiceViewReads & TestClockSlices
type PaymentReads = Reads & PaymentSlices

export const invoicingFamily = family({
  name: 'invoicing',
  slices: {
    invoices: invoicesSlice,
    invoiceItems: invoiceItemsSlice,
    invoiceSequence: invoiceSequenceSlice,
  },
  events: invoiceEvents,
  /** To make one or to bring it on concerns subscriptions too: those commands are stories. */
  commands: {
    UpdateInvoice: commandOn(updateInvoiceParams, updateInvoice, viewInvoice),
    DeleteInvoice: commandOn(nothing('DeleteInvoice'), deleteInvoice, (_, id) =>
      viewDeletedInvoice(id),
    ),
    AddInvoiceLines: commandOn(addLinesParams, addLines, viewInvoice),
    UpdateInvoiceLines: commandOn(updateLinesParams, updateLines, viewInvoice),
    UpdateInvoiceLine: commandOn(updateLineParams, updateLine, (world, { invoice, line }) =>
      viewInvoiceLine(line, invoice.id, invoice.currency, shownCredits(world, invoice)),
    ),
    RemoveInvoiceLines: commandOn(removeLinesParams, removeLines, viewInvoice),
    UpdateInvoiceItem: commandOn(updateInvoiceItemParams, updateInvoiceItem, (_, item) =>
      viewInvoiceItem(item),
    ),
    DeleteInvoiceItem: commandOn(nothing('DeleteInvoiceItem'), deleteInvoiceItem, (_, id) =>
      viewDeletedInvoiceItem(id),
    ),
  },
  queries: {
    RetrieveInvoice: queryOn(
      nothing('RetrieveInvoice'),
      (world: World<Reads>, id): Either<Rejection, InvoiceView> => {
        const invoice = world.invoices.get(id)
        return invoice === undefined || !isThere(world, invoice)
          ? E.left(resourceMissing('invoice', id, 'invoice'))
          : E.right(viewInvoice(world, invoice))
      },
    ),
    /** Without a customer or a subscription, those of the root clock. @remarks Source: docs.stripe.com/api/invoices/list. */
    ListInvoices: query(
      closed('ListInvoices', {
        ...pageParams,
        collection_method: optional(
          oneOf('collection_method', ['charge_automatically', 'send_invoice']),
        ),
        created: optional(timeFilter),
        customer: optional(text()),
        due_date: optional(timeFilter),
        status: optional(oneOf('status', ['draft', 'open', 'void', 'paid', 'uncollectible'])),
        subscription: optional(text()),
        test_clock: optional(text()),
      }),
      (
        world: World<Reads>,
        {
          collection_method,
          created,
          customer,
          due_date,
          status,
          subscription,
          test_clock,
          ...page
        },
      ) =>
        listRows({
          table: world.invoices,
          page,
          url: '/v1/invoices',
          noun: 'invoice',
          view: (invoice) => viewInvoice(world, invoice),
          by:
            subscription !== undefined
              ? ['subscription', subscription]
              : customer !== undefined
                ? ['customer', customer]
                : undefined,
          where: (invoice) =>
            isThere(world, invoice) &&
            (collection_method === undefined || invoice.collection_method === collection_method) &&
            isWithin(created, invoice.created) &&
            (customer === undefined || invoice.customer === customer) &&
            (due_date === undefined ||
              (invoice.due_date !== null && isWithin(due_date, invoice.due_date))) &&
            (status === undefined || invoice.status === status) &&
            (customer !== undefined || subscription !== undefined
              ? test_clock === undefined || invoice.test_clock === test_clock
              : invoice.test_clock === (test_clock ?? null)),
        }),
    ),
    /** All lines of an invoice, in its order. @remarks Source: docs.stripe.com/api/invoice-line-item/retrieve; observed. */
    ListInvoiceLines: queryOn(
      closed('ListInvoiceLines', pageParams),
      (world: World<Reads>, id, page): Either<Rejection, List<InvoiceLineView>> => {
        const invoice = world.invoices.get(id)
        if (invoice === undefined || !isThere(world, invoice))
          return E.left(resourceMissing('invoice', id, 'invoice'))
        const { lines, currency } = invoice
        const credits = shownCredits(world, invoice)
        const placeOf = (cursor: string): number => lines.findIndex((line) => line.id === cursor)
        return paginate({
          page,
          url: `/v1/invoices/${id}/lines`,
          noun: 'line item',
          view: (line: InvoiceLine) => viewInvoiceLine(line, id, currency, credits),
          olderThan: (cursor) => {
            if (cursor === undefined) return lines
            const at = placeOf(cursor)
            return at === -1 ? undefined : lines.slice(at + 1)
          },
          newerThan: (cursor) => {
            const at = placeOf(cursor)
            return at === -1 ? undefined : lines.slice(0, at).reverse()
          },
        })
      },
    ),
    RetrieveInvoiceItem: queryOn(
      nothing('RetrieveInvoiceItem'),
      (world: World<Reads>, id): Either<Rejection, InvoiceItemView> => {
        const item = world.invoiceItems.get(id)
        return item === undefined || !isThere(world, item)
          ? E.left(unknownInvoiceItem(id))
          : E.right(viewInvoiceItem(item))
      },
    ),
    /** @remarks Source: docs.stripe.com/api/invoiceitems/list; that `pending` counts those on no invoice is observed. */
    ListInvoiceItems: query(
      closed('ListInvoiceItems', {
        ...pageParams,
        created: optional(timeFilter),
        customer: optional(text()),
        invoice: optional(text()),
        pending: optional(boolean),
      }),
      (world: World<Reads>, { created, customer, invoice, pending, ...page }) =>
        listRows({
          table: world.invoiceItems,
          page,
          url: '/v1/invoiceitems',
          noun: 'Invoice Item',
          view: viewInvoiceItem,
          by: customer === undefined ? undefined : ['customer', customer],
          where: (item) =>
            isThere(world, item) &&
            isWithin(created, item.date) &&
            (invoice === undefined || item.invoice === invoice) &&
            (pending === undefined || pending === (item.invoice === null)) &&
            (customer !== undefined || invoice !== undefined || item.test_clock === null),
        }),
    ),
    RetrieveInvoicePayment: queryOn(
      nothing('RetrieveInvoicePayment'),
      (world: World<PaymentReads>, id): Either<Rejection, InvoicePaymentView> => {
        const intent = world.paymentIntents.get(paymentIntentIdOf(id))
        return intent === undefined || intent.invoice === null || !isThere(world, intent)
          ? E.left(resourceMissing('invoice_payment', id))
          : E.right(viewInvoicePayment(world, intent))
      },
    ),
    /** The only way from an intent to its invoice. @remarks Source: docs.stripe.com/api/invoice-payment/list. */
    ListInvoicePayments: query(
      closed('ListInvoicePayments', {
        ...pageParams,
        created: optional(timeFilter),
        invoice: optional(text()),
        payment: optional(
          closed('Payment', {
            payment_intent: optional(text()),
            type: oneOf('type', ['payment_intent']),
          }),
        ),
        status: optional(oneOf('status', ['open', 'paid', 'canceled'])),
      }),
      (
        world: World<PaymentReads>,
        { created, invoice, payment, status, ...page },
      ): Either<Rejection, List<InvoicePaymentView>> => {
        if (payment !== undefined && payment.payment_intent === undefined)
          return E.left(parameterMissing('payment[payment_intent]'))
        if (invoice !== undefined && !world.invoices.has(invoice))
          return E.left(resourceMissingIn('invoice', 'invoice', invoice))
        const view = (intent: PaymentIntent) => viewInvoicePayment(world, intent)
        const { starting_after, ending_before, limit } = page
        return listRows({
          table: world.paymentIntents,
          page: {
            ...(limit === undefined ? {} : { limit }),
            ...(starting_after === undefined
              ? {}
              : { starting_after: paymentIntentIdOf(starting_after) }),
            ...(ending_before === undefined
              ? {}
              : { ending_before: paymentIntentIdOf(ending_before) }),
          },
          url: '/v1/invoice_payments',
          noun: 'invoice_payment',
          view,
          by:
            invoice === undefined ? undefined : ['customer', world.invoices.need(invoice).customer],
          where: (intent) =>
            intent.invoice !== null &&
            isThere(world, intent) &&
            isWithin(created, intent.created) &&
            (invoice === undefined || intent.invoice === invoice) &&
            (payment === undefined || intent.id === payment.payment_intent) &&
            (status === undefined || view(intent).status === status),
        })
      },
    ),
  },
  watches: [invoiceDeadlines],
  notifications: invoiceNotifications,
})
