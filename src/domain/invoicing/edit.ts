/** Invoices made and changed by hand. */
import { type CustomerId, DEFAULT_CURRENCY } from '../customers/index.js'
import { andThen, type Decision, decided, type World } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import { days, type Instant, plus } from '../kernel/instant.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import {
  invalidRequest,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import type { PaymentMethodId } from '../payments/index.js'
import { advancingRefusal, clockNow, writable } from '../test-clocks/index.js'
import {
  changeInvoice,
  draftInvoice,
  dueReminders,
  finalizesAt,
  type InvoicingReads,
  LINES_MAX,
  lineOfItem,
  pendingItems,
  tooManyLines,
} from './draft.js'
import { dropDraft } from './end.js'
import type { InvoiceId } from './ids.js'
import type { CollectionMethod, Invoice } from './invoice.js'
import type { CreateInvoice, UpdateInvoice } from './params.js'

const noDueDate: Rejection = invalidRequest(
  "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.",
)
const onlyWhenSent: Rejection = invalidRequest(
  "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.",
)
const twoDueDates: Rejection = invalidRequest(
  'You may only specify one of these parameters: due_date, days_until_due.',
  { code: 'parameters_exclusive', param: 'days_until_due' },
)

/** When an invoice is due. @remarks Source: docs.stripe.com/api/invoices/create; the refusals are observed. */
const dueDateOf = (
  method: CollectionMethod,
  { due_date, days_until_due }: Pick<CreateInvoice, 'due_date' | 'days_until_due'>,
  created: Instant,
  before: Instant | null,
): Either<Rejection, Instant | null> => {
  if (method === 'charge_automatically')
    return due_date === undefined && days_until_due === undefined
      ? E.right(null)
      : E.left(onlyWhenSent)
  if (due_date !== undefined && days_until_due !== undefined) return E.left(twoDueDates)
  const due =
    due_date ?? (days_until_due === undefined ? before : plus(created, days(days_until_due)))
  return due === null ? E.left(noDueDate) : E.right(due)
}

/** @remarks Source: docs.stripe.com/api/invoices/create, `automatically_finalizes_at`: at most five years ahead. */
const FINALIZES_AHEAD_MAX = days(5 * 366)

/** When a draft is finalized by itself: never, as asked, or an hour from its creation. */
const finalizationOf = (
  world: World<InvoicingReads>,
  auto_advance: boolean,
  asked: Instant | undefined,
  created: Instant,
  now: Instant,
): Either<Rejection, Instant | null> => {
  if (asked === undefined) return E.right(auto_advance ? finalizesAt(world, created, now) : null)
  if (!auto_advance)
    return E.left(
      invalidRequest("You can only set 'automatically_finalizes_at' if 'auto_advance' is true.", {
        param: 'automatically_finalizes_at',
      }),
    )
  return asked <= now || asked > plus(now, FINALIZES_AHEAD_MAX)
    ? E.left(
        invalidRequest(
          'The automatically_finalizes_at of an invoice must be in the future, and at most five years ahead.',
          { param: 'automatically_finalizes_at' },
        ),
      )
    : E.right(asked)
}

/** Why a payment method cannot be an invoice's default. */
const methodRefusal = (
  world: World<InvoicingReads>,
  customer: CustomerId,
  method: PaymentMethodId | null | undefined,
): Rejection | undefined =>
  method === null || method === undefined || world.paymentMethods.get(method)?.customer === customer
    ? undefined
    : invalidRequest(
        `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
        { code: 'resource_missing', param: 'default_payment_method' },
      )

const numberRefusal = (
  world: World<InvoicingReads>,
  number: string | null | undefined,
  own: InvoiceId | null,
): Rejection | undefined => {
  if (number === null || number === undefined) return undefined
  for (const invoice of world.invoices)
    if (invoice.number === number && invoice.id !== own)
      return invalidRequest(`The invoice number ${number} is already in use.`, { param: 'number' })
  return undefined
}

/**
 * Makes a manual invoice, empty or with the pending items.
 * @param subscription - Only its pending items are taken; that it exists is for a story to say.
 * @remarks Source: docs.stripe.com/api/invoices/create; observed.
 */
export const createInvoice =
  (
    params: CreateInvoice,
    subscription: { readonly id: string; readonly metadata: Invoice['metadata'] } | null,
  ): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const customer = world.customers.get(params.customer)
    if (customer === undefined)
      return E.left(resourceMissingIn('customer', 'customer', params.customer))
    const now = clockNow(world, customer.test_clock)
    const collection_method = params.collection_method ?? 'charge_automatically'
    const due = dueDateOf(collection_method, params, now, null)
    if (E.isLeft(due)) return due
    const auto_advance = params.auto_advance ?? false
    const finalizes = finalizationOf(
      world,
      auto_advance,
      params.automatically_finalizes_at,
      now,
      now,
    )
    if (E.isLeft(finalizes)) return finalizes
    const refusal =
      advancingRefusal(world, customer.test_clock) ??
      methodRefusal(world, customer.id, params.default_payment_method) ??
      numberRefusal(world, params.number, null)
    if (refusal !== undefined) return E.left(refusal)
    const currency = params.currency ?? customer.currency ?? DEFAULT_CURRENCY
    const items =
      params.pending_invoice_items_behavior === 'include'
        ? pendingItems(
            world,
            customer.id,
            currency,
            subscription?.id ?? null,
            subscription !== null,
          )
        : []
    if (items.length > LINES_MAX) return E.left(tooManyLines)
    if (subscription !== null && items.length === 0)
      return E.left(
        invalidRequest(`Nothing to invoice for subscription`, {
          code: 'invoice_no_subscription_line_items',
        }),
      )
    return draftInvoice({
      customer,
      currency,
      billing_reason: 'manual',
      collection_method,
      lines: items.map(lineOfItem),
      auto_advance,
      automatically_finalizes_at: finalizes.right,
      due_date: due.right,
      ...(subscription === null ? {} : { subscription }),
      custom_fields: params.custom_fields ?? undefined,
      default_payment_method: params.default_payment_method ?? null,
      description: params.description ?? null,
      effective_at: params.effective_at ?? null,
      footer: params.footer ?? null,
      metadata: newMetadata(params.metadata),
      number: params.number ?? null,
      payment_method_types: params.payment_settings?.payment_method_types ?? null,
      statement_descriptor: params.statement_descriptor ?? null,
    })(world)
  }

/** What of an open invoice can be changed; of one that is over only the metadata. */
const EDITABLE_OPEN: ReadonlySet<string> = new Set([
  'auto_advance',
  'default_payment_method',
  'metadata',
  'payment_settings',
  'statement_descriptor',
])

/** @remarks The text is observed; that an open invoice's list is this one is inferred. */
const fixedRefusal = ({ status }: Invoice, params: UpdateInvoice): Rejection | undefined => {
  if (status === 'draft') return undefined
  const fixed = Object.keys(params).find(
    (key) =>
      params[key as keyof UpdateInvoice] !== undefined &&
      key !== 'metadata' &&
      !(status === 'open' && EDITABLE_OPEN.has(key)),
  )
  return fixed === undefined
    ? undefined
    : invalidRequest("Finalized invoices can't be updated in this way", { param: fixed })
}

/** When a draft or an open invoice goes on by itself, once it is told to or told not to. */
const advanceOf = (
  world: World<InvoicingReads>,
  invoice: Invoice,
  method: CollectionMethod,
  { auto_advance, automatically_finalizes_at }: UpdateInvoice,
): Either<Rejection, Partial<Invoice>> => {
  const on = auto_advance ?? invoice.auto_advance
  const unchanged = auto_advance === undefined || auto_advance === invoice.auto_advance
  if (unchanged && automatically_finalizes_at === undefined && method === invoice.collection_method)
    return E.right({})
  const now = clockNow(world, invoice.test_clock)
  if (invoice.status === 'open')
    return E.right({
      auto_advance: on,
      next_payment_attempt:
        on && method === 'charge_automatically'
          ? plus(now, world.settings.invoice.draftDelaySeconds)
          : null,
    })
  const asked =
    automatically_finalizes_at ??
    (on && unchanged ? (invoice.automatically_finalizes_at ?? undefined) : undefined)
  const finalizes = finalizationOf(world, on, asked, invoice.created, now)
  if (E.isLeft(finalizes)) return finalizes
  return E.right({
    auto_advance: on,
    automatically_finalizes_at: finalizes.right,
    next_payment_attempt: method === 'charge_automatically' ? finalizes.right : null,
  })
}

const patched = (
  world: World<InvoicingReads>,
  invoice: Invoice,
  params: UpdateInvoice,
): Either<Rejection, Invoice> => {
  const collection_method = params.collection_method ?? invoice.collection_method
  const advance = advanceOf(world, invoice, collection_method, params)
  if (E.isLeft(advance)) return advance
  const draft = invoice.status === 'draft'
  const due = draft
    ? dueDateOf(collection_method, params, invoice.created, invoice.due_date)
    : E.right(invoice.due_date)
  if (E.isLeft(due)) return due
  const { custom_fields, default_payment_method, description, effective_at, footer, number } =
    params
  const set = <T>(value: T | undefined, before: T): T => (value === undefined ? before : value)
  return E.right({
    ...invoice,
    ...advance.right,
    collection_method,
    custom_fields: set(custom_fields, invoice.custom_fields),
    default_payment_method: set(default_payment_method, invoice.default_payment_method),
    description: set(description, invoice.description),
    due_date: due.right,
    ...(due.right === invoice.due_date
      ? {}
      : dueReminders(world, due.right, clockNow(world, invoice.test_clock))),
    effective_at: set(effective_at, invoice.effective_at),
    footer: set(footer, invoice.footer),
    metadata: mergeMetadata(invoice.metadata, params.metadata),
    number: set(number, invoice.number),
    payment_method_types: set(
      params.payment_settings?.payment_method_types,
      invoice.payment_method_types,
    ),
    statement_descriptor: set(params.statement_descriptor, invoice.statement_descriptor),
  })
}

/** An invoice that a path names, on a clock that is not advancing. */
export const writableInvoice =
  (id: InvoiceId, param = 'id'): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const invoice = writable(world, world.invoices.get(id), () =>
      resourceMissing('invoice', id, param),
    )
    return E.isLeft(invoice) ? invoice : decided(world, invoice.right)
  }

/** Changes an invoice as far as it can be changed. @remarks Source: docs.stripe.com/api/invoices/update; observed. */
export const updateInvoice = (
  id: InvoiceId,
  params: UpdateInvoice,
): Decision<InvoicingReads, Invoice> =>
  pipe(
    writableInvoice(id),
    andThen(
      (invoice): Decision<InvoicingReads, Invoice> =>
        (world) => {
          const fixed = fixedRefusal(invoice, params)
          if (fixed !== undefined) return E.left(fixed)
          const next = patched(world, invoice, params)
          if (E.isLeft(next)) return next
          const refusal =
            methodRefusal(world, invoice.customer, params.default_payment_method) ??
            numberRefusal(world, params.number, id) ??
            metadataRefusal(next.right.metadata)
          if (refusal !== undefined) return E.left(refusal)
          const changes = changedFields(invoice, next.right)
          return Object.keys(changes).length === 0
            ? decided(world, invoice)
            : changeInvoice(invoice, changes)(world)
        },
    ),
  )

/** Deletes a draft that somebody made. @remarks Source: docs.stripe.com/api/invoices/delete; observed. */
export const deleteInvoice = (id: InvoiceId): Decision<InvoicingReads, InvoiceId> =>
  pipe(
    writableInvoice(id, 'invoice'),
    andThen(
      (invoice): Decision<InvoicingReads, InvoiceId> =>
        invoice.status === 'draft' && invoice.billing_reason === 'manual'
          ? dropDraft(invoice)
          : () => E.left(invalidRequest('You can only delete draft invoices.')),
    ),
  )
