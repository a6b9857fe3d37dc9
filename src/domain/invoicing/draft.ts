import type { PriceSlices, ProductSlices } from '../catalog/index.js'
import type { CreditSlices } from '../credits/index.js'
import type { Customer, CustomerId, CustomerSlices } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { Period } from '../kernel/cycle.js'
import { type Decision, decided, newId, type World, type WorldCore } from '../kernel/decision.js'
import { inOrderOf } from '../kernel/diff.js'
import { days, type Instant, plus } from '../kernel/instant.js'
import { type Metadata, NO_METADATA } from '../kernel/metadata.js'
import { invalidRequest, type Rejection } from '../kernel/rejection.js'
import type { MeterSlices } from '../metering/index.js'
import type { PaymentMethodId, PaymentSlices } from '../payments/index.js'
import type { SettingsSlices } from '../settings/index.js'
import { clockNow, type TestClockId, type TestClockSlices } from '../test-clocks/index.js'
import { NO_CREDITS } from './credits.js'
import type { InvoiceId } from './ids.js'
import type {
  BillingReason,
  CollectionMethod,
  Invoice,
  InvoiceEvent,
  InvoiceSlices,
} from './invoice.js'
import type { InvoiceItem } from './invoice-item.js'
import type { InvoiceLine } from './line.js'
import { type NewLine, numbered } from './price-lines.js'

/** All that an invoice's decisions read. */
export type InvoicingReads = InvoiceSlices &
  CreditSlices &
  CustomerSlices &
  PaymentSlices &
  ProductSlices &
  PriceSlices &
  MeterSlices &
  SettingsSlices &
  TestClockSlices

/** @remarks Source: docs.stripe.com/api/invoices/add_lines. */
export const LINES_MAX = 250

export const tooManyLines: Rejection = invalidRequest(
  `An invoice can have up to ${LINES_MAX} lines.`,
  { param: 'lines' },
)

/** Appends an event about something of a customer's on her clock, now. */
export const recordOn = <W extends World<TestClockSlices>, E extends InvoiceEvent>(
  world: W,
  test_clock: TestClockId | null,
  fact: (at: Instant) => E,
): W => {
  const event = fact(clockNow(world, test_clock))
  if (test_clock === null) return world.record<E>(event)
  // In the order of a log's records.
  const { type, at, ...fields } = event
  return world.record<E>({ type, at, clock: test_clock, ...fields } as unknown as E)
}

/** The line that shows an invoice item. */
export const lineOfItem = (item: InvoiceItem): NewLine => ({
  amount: item.amount,
  description: item.description,
  discountable: item.discountable,
  invoice_item: item.id,
  metadata: item.metadata,
  period: item.period,
  price: item.price,
  product: item.product,
  quantity: item.quantity,
  subscription: item.subscription,
  subscription_item: null,
  unit_amount_decimal: item.unit_amount_decimal,
  usage_from: null,
})

/**
 * The pending items of a customer in a currency that an invoice takes, newest first.
 * @param subscription - Its own and those tied to none; `null` takes all.
 * @param only - Leaves out those tied to none.
 */
export const pendingItems = (
  world: World<InvoiceSlices>,
  customer: CustomerId,
  currency: Currency,
  subscription: string | null,
  only = false,
): readonly InvoiceItem[] => {
  const items: InvoiceItem[] = []
  for (const item of world.invoiceItems.by('customer', customer))
    if (
      item.invoice === null &&
      item.currency === currency &&
      (subscription === null ||
        item.subscription === subscription ||
        (item.subscription === null && !only))
    )
      items.push(item)
  return items.reverse()
}

/** What an invoice is made of. Left out is what most have. */
export interface DraftInvoice {
  /** Named before by {@link nextInvoiceId}. */
  readonly id?: InvoiceId | undefined
  readonly customer: Customer
  readonly currency: Currency
  readonly billing_reason: BillingReason
  readonly collection_method: CollectionMethod
  readonly lines: readonly NewLine[]
  readonly auto_advance: boolean
  /** When it is to be finalized by itself; `null` where somebody else does it. */
  readonly automatically_finalizes_at: Instant | null
  /** Both its creation where left out. */
  readonly period?: Period | undefined
  readonly due_date?: Instant | null
  readonly subscription?: { readonly id: string; readonly metadata: Metadata }
  readonly custom_fields?: Invoice['custom_fields'] | undefined
  readonly default_payment_method?: PaymentMethodId | null
  readonly description?: string | null
  readonly effective_at?: Instant | null
  readonly footer?: string | null
  readonly metadata?: Metadata
  readonly number?: string | null
  readonly payment_method_types?: readonly string[] | null
  readonly statement_descriptor?: string | null
}

/** When a draft is finalized by itself. @remarks Source: docs.stripe.com/invoicing/integration/automatic-advancement-collection. */
export const finalizesAt = (
  world: World<SettingsSlices>,
  created: Instant,
  now: Instant = created,
): Instant => {
  const { draftDelaySeconds } = world.settings.invoice
  const due = plus(created, draftDelaySeconds)
  return due > now ? due : plus(now, draftDelaySeconds)
}

/** What the settings say is to happen around a due date. */
export const dueReminders = (
  world: World<SettingsSlices>,
  due_date: Instant | null,
  now: Instant,
): Pick<Invoice, 'remind_at' | 'remind_overdue_at' | 'final_action_at'> => {
  const { automation, sendInvoice } = world.settings
  const after = (count: number | null): Instant | null =>
    due_date === null || count === null ? null : plus(due_date, days(count))
  const ahead = automation.dueSoonBeforeDays
  const remind_at = ahead === null ? null : after(-ahead)
  return {
    remind_at: remind_at !== null && remind_at < now ? null : remind_at,
    remind_overdue_at: after(automation.overdueAfterDays),
    final_action_at: after(sendInvoice.finalActionAfterDays),
  }
}

/** The id of the next invoice: for a story that names it before it is made. */
export const nextInvoiceId = (world: WorldCore): InvoiceId => newId(world, 'in_1', 23)

/** An invoice in draft before it is recorded: also one that never is, to show what is to come. */
export const newInvoice = (
  world: World<InvoicingReads>,
  draft: DraftInvoice,
  created: Instant,
): Invoice => {
  const { customer, collection_method, automatically_finalizes_at, due_date = null } = draft
  const reminders = dueReminders(world, due_date, created)
  const { start, end } = draft.period ?? { start: created, end: created }
  return {
    id: draft.id ?? nextInvoiceId(world),
    amount_due: null,
    amount_paid: 0,
    amount_paid_off_stripe: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: draft.auto_advance,
    automatically_finalizes_at,
    billed_to: null,
    billing_reason: draft.billing_reason,
    collection_method,
    created,
    credits: NO_CREDITS,
    currency: draft.currency,
    custom_fields: draft.custom_fields ?? customer.invoice_settings.custom_fields,
    customer: customer.id,
    declined_method: null,
    default_payment_method: draft.default_payment_method ?? null,
    description: draft.description ?? null,
    due_date,
    effective_at: draft.effective_at ?? null,
    ending_balance: null,
    fell_due: false,
    final_action_at: reminders.final_action_at,
    first_failed_at: null,
    footer: draft.footer ?? customer.invoice_settings.footer,
    lines: numbered(world, draft.lines),
    metadata: draft.metadata ?? NO_METADATA,
    next_payment_attempt:
      collection_method === 'charge_automatically' ? automatically_finalizes_at : null,
    number: draft.number ?? null,
    payment_intent: null,
    payment_method_types: draft.payment_method_types ?? null,
    period_end: end,
    period_start: start,
    remind_at: reminders.remind_at,
    remind_overdue_at: reminders.remind_overdue_at,
    retries: 0,
    starting_balance: null,
    statement_descriptor: draft.statement_descriptor ?? null,
    status: 'draft',
    status_transitions: NO_TRANSITIONS,
    subscription: draft.subscription?.id ?? null,
    subscription_metadata: draft.subscription?.metadata ?? null,
    test_clock: customer.test_clock,
    uncollectible_reason: null,
  }
}

/** An invoice in draft, with its lines. */
export const draftInvoice =
  (draft: DraftInvoice): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const { test_clock } = draft.customer
    const invoice = newInvoice(world, draft, clockNow(world, test_clock))
    const after = recordOn(world, test_clock, (at) => ({ type: 'InvoiceCreated', at, invoice }))
    return decided(after, invoice)
  }

const NO_TRANSITIONS: Invoice['status_transitions'] = {
  finalized_at: null,
  marked_uncollectible_at: null,
  paid_at: null,
  voided_at: null,
}

/** The row of an invoice after some changes, which a fact has recorded. */
export const changeInvoice =
  (invoice: Invoice, changes: Partial<Invoice>): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const { id, test_clock } = invoice
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoiceUpdated',
      at,
      id,
      changes: inOrderOf(invoice, changes),
    }))
    return decided(after, after.invoices.need(id))
  }

/** A draft's lines in other words, or others altogether. */
export const withLines = (
  invoice: Invoice,
  lines: readonly InvoiceLine[],
): Decision<InvoicingReads, Invoice> => changeInvoice(invoice, { lines })
