/** What the next invoice will be: worked out by the same rules, and recorded nowhere. */
import {
  type Invoice,
  type InvoiceView,
  type NewLine,
  newInvoice,
  viewInvoice,
} from '../invoicing/index.js'
import {
  arrayOf,
  boolean,
  closed,
  emptyable,
  integer,
  oneOf,
  optional,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { metadataParam, NO_METADATA } from '../kernel/metadata.js'
import {
  invalidRequest,
  parameterMissing,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
  within,
} from '../kernel/rejection.js'
import {
  type CreateSubscription,
  createSubscriptionParams,
  isTerminal,
  newSubscription,
  renewalAt,
  type Subscription,
  type UpdateSubscription,
  updateSubscriptionParams,
} from '../subscriptions/index.js'
import { type Billing, nowOf, ownerOf } from './billing.js'
import { chargedLines, newestFirst, pendingLines } from './lines.js'
import { finalLines, renewalOf } from './renew.js'
import { invoiceOf } from './subscribe.js'
import { updatedRow } from './update.js'

const anItem = closed('Item', {
  id: optional(text()),
  clear_usage: optional(boolean),
  deleted: optional(boolean),
  metadata: optional(metadataParam),
  plan: optional(text()),
  price: optional(text()),
  quantity: optional(integer(0)),
})

/** Parameters of POST /v1/invoices/create_preview. Schedules, discounts and taxes are refused by name. */
export const createPreviewParams = closed('CreatePreview', {
  currency: optional(currencyCode),
  customer: optional(text()),
  invoice_items: optional(
    arrayOf(
      closed('InvoiceItem', {
        amount: integer(),
        currency: optional(currencyCode),
        description: optional(text()),
        discountable: optional(boolean),
        metadata: optional(metadataParam),
        period: optional(closed('Period', { end: timestamp, start: timestamp })),
      }),
      250,
    ),
  ),
  preview_mode: optional(oneOf('preview_mode', ['next', 'recurring'])),
  subscription: optional(text()),
  subscription_details: optional(
    closed('SubscriptionDetails', {
      billing_cycle_anchor: optional(oneOf('billing_cycle_anchor', ['now', 'unchanged'])),
      billing_mode: optional(
        closed('BillingMode', { type: oneOf('type', ['classic', 'flexible']) }),
      ),
      cancel_at: optional(emptyable(timestamp)),
      cancel_at_period_end: optional(boolean),
      cancel_now: optional(boolean),
      items: optional(arrayOf(anItem, 20)),
      metadata: optional(metadataParam),
      proration_behavior: optional(
        oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']),
      ),
      start_date: optional(timestamp),
      trial_end: optional(timestamp),
    }),
  ),
})

export type CreatePreview = TypeOf<typeof createPreviewParams>
type Reads = World<Billing>

/** An invoice that is to come, and shows itself as a draft of its day. */
export interface InvoicePreview extends Omit<InvoiceView, 'id'> {
  /** Absent in the announcement of an invoice. */
  readonly id?: string
}

/** @remarks The text is known from the live API. */
const nothingToCome = (customer: string): Rejection =>
  invalidRequest(`No upcoming invoices for customer: ${customer}`, {
    status: 404,
    code: 'invoice_upcoming_none',
  })

/** What an invoice would be made of, and when. */
interface Upcoming {
  readonly subscription: Subscription
  readonly lines: readonly NewLine[]
  readonly period: { readonly start: Instant; readonly end: Instant }
  readonly created: Instant
}

const shown = (
  world: Reads,
  { subscription, lines, period, created }: Upcoming,
  id: string | undefined,
): InvoicePreview => {
  const customer = ownerOf(world, subscription)
  const finalizes = created + world.settings.invoice.draftDelaySeconds
  const row: Invoice = newInvoice(
    world,
    invoiceOf(subscription, customer, created, {
      billing_reason: 'subscription_cycle',
      lines,
      auto_advance: true,
      automatically_finalizes_at: finalizes,
      period,
    }),
    created,
  )
  const temporary = {
    ...row,
    lines: row.lines.map((line) => ({ ...line, id: line.id.replace('il_', 'il_tmp_') })),
  }
  const { id: _, ...view } = viewInvoice(world, temporary)
  const url = id === undefined ? '/v1/invoices/upcoming/lines' : `/v1/invoices/${id}/lines`
  return {
    ...(id === undefined ? {} : { id }),
    ...view,
    automatically_finalizes_at: null,
    billing_reason: 'upcoming',
    lines: {
      ...view.lines,
      data: view.lines.data.map((line) => ({ ...line, invoice: id ?? '' })),
      url,
    },
    webhooks_delivered_at: null,
  }
}

/** The next invoice of a subscription, if there is one to come. */
const nextOf = (world: Reads, subscription: Subscription): Upcoming | undefined => {
  const { status, cancel_at } = subscription
  if (isTerminal(status) || status === 'incomplete' || status === 'paused') return undefined
  const due = renewalAt(subscription)
  const ends = cancel_at !== null && cancel_at <= due
  const at = ends ? cancel_at : due
  if (ends) {
    const lines = finalLines(world, subscription, at, false)
    const start = Math.min(
      ...subscription.items.map(({ current_period_start }) => current_period_start),
    )
    return lines.length === 0
      ? undefined
      : { subscription, lines, period: { start, end: at }, created: at }
  }
  const { lines, period } = renewalOf(world, subscription, at)
  return lines.length === 0 ? undefined : { subscription, lines, period, created: at }
}

/** What is announced of the next invoice. @remarks Source: docs.stripe.com/api/events/types#event_types-invoice.upcoming. */
export const announcedInvoice = (
  world: Reads,
  subscription: Subscription,
): InvoicePreview | undefined => {
  const upcoming = subscription.pause_collection === null ? nextOf(world, subscription) : undefined
  return upcoming === undefined ? undefined : shown(world, upcoming, undefined)
}

type Details = NonNullable<CreatePreview['subscription_details']>

/** A refusal of a creation or an update whose parameters stood in the details. */
const inDetails = (rejection: Rejection): Rejection =>
  rejection.param === undefined || rejection.param === 'customer'
    ? rejection
    : within('subscription_details', rejection)

/** What of the details an update takes. */
const asUpdate = (details: Details): UpdateSubscription =>
  updateSubscriptionParams.read(
    Object.fromEntries(
      Object.entries(details).filter(
        ([key]) => !['billing_mode', 'cancel_now', 'start_date'].includes(key),
      ),
    ),
  ) as UpdateSubscription

/** The invoice of a subscription that does not exist yet. */
const ofNew = (
  world: Reads,
  customer: string,
  details: Details,
  currency: string | undefined,
): Either<Rejection, Upcoming> => {
  const { start_date, cancel_now: _, billing_cycle_anchor: __, ...rest } = details
  const params = createSubscriptionParams.read({
    customer,
    ...rest,
    payment_behavior: 'default_incomplete',
    ...(currency === undefined ? {} : { currency }),
    ...(start_date === undefined ? {} : { backdate_start_date: start_date }),
  }) as CreateSubscription
  const made = newSubscription(params)(world)
  if (E.isLeft(made)) return E.left(inDetails(made.left))
  const { subscription, charges } = made.right.result
  const items = [...new Set(charges.map(({ item }) => item))]
  const own = newestFirst(items, (item) =>
    charges
      .filter((charge) => charge.item === item)
      .flatMap((charge) => chargedLines(made.right.world, subscription, charge)),
  )
  const created = nowOf(world, subscription)
  return E.right({
    subscription,
    lines: [...pendingLines(world, subscription), ...own],
    period: { start: created, end: created },
    created,
  })
}

/** The newest subscription of a customer that has an invoice to come. */
const subscriptionOf = (world: Reads, customer: string): Subscription | undefined =>
  [...world.subscriptions.by('customer', customer)]
    .reverse()
    .find((subscription) => nextOf(world, subscription) !== undefined)

const extraLines = (
  { invoice_items = [] }: CreatePreview,
  { subscription, created }: Upcoming,
): readonly NewLine[] =>
  invoice_items.map(({ amount, description, discountable, metadata, period }) => ({
    amount,
    description: description ?? null,
    discountable: discountable ?? amount >= 0,
    invoice_item: 'ii_tmp',
    metadata: metadata ?? NO_METADATA,
    period: period === undefined ? { start: created, end: created } : period,
    price: null,
    product: null,
    quantity: '1',
    subscription: subscription.id,
    subscription_item: null,
    unit_amount_decimal: String(amount),
    usage_from: null,
  }))

/** Only what comes round each period. */
const steady = (world: Reads, upcoming: Upcoming): Upcoming => {
  const pending = pendingLines(world, upcoming.subscription).length
  return { ...upcoming, lines: upcoming.lines.slice(pending) }
}

const upcomingOf = (world: Reads, params: CreatePreview): Either<Rejection, Upcoming> => {
  const { customer, subscription: id, subscription_details: details } = params
  if (id === undefined && customer === undefined) return E.left(parameterMissing('customer'))
  if (customer !== undefined && !world.customers.has(customer))
    return E.left(resourceMissing('customer', customer, 'customer'))
  if (id === undefined && details?.items !== undefined)
    return ofNew(world, customer as string, details, params.currency)
  const subscription =
    id === undefined ? subscriptionOf(world, customer as string) : world.subscriptions.get(id)
  if (subscription === undefined)
    return E.left(
      id === undefined
        ? nothingToCome(customer as string)
        : resourceMissingIn('subscription', 'subscription', id),
    )
  if (details?.cancel_now === true) {
    const created = nowOf(world, subscription)
    const lines = finalLines(world, subscription, created, true)
    return lines.length === 0
      ? E.left(nothingToCome(subscription.customer))
      : E.right({ subscription, lines, period: { start: created, end: created }, created })
  }
  const row = details === undefined ? undefined : updatedRow(subscription, asUpdate(details))(world)
  if (row !== undefined && E.isLeft(row)) return E.left(inDetails(row.left))
  const next = nextOf(world, row === undefined ? subscription : row.right.result)
  return next === undefined ? E.left(nothingToCome(subscription.customer)) : E.right(next)
}

/**
 * Shows the next invoice, with changes that might be made. Nothing is stored.
 * @remarks Source: docs.stripe.com/api/invoices/create_preview.
 */
export const createPreview = (
  world: Reads,
  params: CreatePreview,
): Either<Rejection, InvoicePreview> => {
  const found = upcomingOf(world, params)
  if (E.isLeft(found)) return found
  const upcoming = params.preview_mode === 'recurring' ? steady(world, found.right) : found.right
  const all = { ...upcoming, lines: [...upcoming.lines, ...extraLines(params, upcoming)] }
  return E.right(shown(world, all, `upcoming_in_1${world.serial}`))
}
