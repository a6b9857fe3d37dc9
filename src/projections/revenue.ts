import { type PriceSlices, priceOf, pricingIn } from '../domain/catalog/index.js'
import type { Invoice, InvoiceEvent, InvoiceId } from '../domain/invoicing/index.js'
import { addMonths, formatDay, type Interval, toInstant } from '../domain/kernel/calendar.js'
import type { Currency } from '../domain/kernel/currency.js'
import { divideRounded, toDecimal } from '../domain/kernel/decimal.js'
import type { World } from '../domain/kernel/decision.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import type { Instant } from '../domain/kernel/instant.js'
import { minorUnits } from '../domain/kernel/money.js'
import type {
  Subscription,
  SubscriptionEvent,
  SubscriptionId,
} from '../domain/subscriptions/index.js'
import type { Projection } from './projection.js'
import { type Receivable, receivableAfter, receivableOf } from './receivables.js'

/** One calendar month, UTC, in one currency. Amounts are minor units. */
export interface RevenueMonth {
  readonly currency: Currency
  /** `2026-01` */
  readonly month: string
  /** Totals of the invoices that became final, credits taken off. */
  readonly billed: number
  readonly paid: number
  /** Open invoices that were written off or voided; less what was paid after all. */
  readonly written_off: number
  /** What monthly recurring revenue gained by new subscriptions and larger ones. */
  readonly recurring_gained: number
  /** What it lost by ended subscriptions and smaller ones. */
  readonly recurring_lost: number
}

/** A subscription as far as its recurring revenue goes. */
type Recurring = Pick<Subscription, 'currency' | 'items' | 'status'> & { readonly monthly: number }

export interface Revenue {
  readonly months: ReadonlyMap<string, RevenueMonth>
  /** Invoices that something may still come of. */
  readonly invoices: ReadonlyMap<InvoiceId, Receivable>
  readonly subscriptions: ReadonlyMap<SubscriptionId, Recurring>
}

/** How many of an interval are in a year: months exactly, days and weeks of a year of 365 days and 52 weeks. */
const A_YEAR: Readonly<Record<Interval, number>> = { day: 365, week: 52, month: 12, year: 1 }

/**
 * What a subscription's licensed items bill in a period, spread over the months in it; each item rounds half up. Nothing
 * while it is on trial, or where nothing is collected: only active and past due ones count.
 */
const monthlyOf = (
  { prices }: PriceSlices,
  { currency, items, status }: Pick<Subscription, 'currency' | 'items' | 'status'>,
): number => {
  if (status !== 'active' && status !== 'past_due') return 0
  let sum = 0
  for (const { price: id, quantity } of items) {
    const price = prices.need(id)
    const pricing = pricingIn(price, currency)
    if (quantity === null || price.recurring === null || pricing === undefined) continue
    const { interval, interval_count } = price.recurring
    const yearly = BigInt(priceOf(pricing, toDecimal(String(quantity)))) * BigInt(A_YEAR[interval])
    sum += Number(divideRounded(yearly, BigInt(12 * interval_count), 'half-up'))
  }
  return minorUnits(sum)
}

/** `2026-01` */
const monthOf = (at: Instant): string => formatDay(at).slice(0, 7)

type Amounts = Partial<Omit<RevenueMonth, 'currency' | 'month'>>

type InvoiceChange = Exclude<
  Extract<InvoiceEvent, { readonly changes: Partial<Invoice> }>,
  { readonly type: 'InvoiceItemUpdated' }
>

/** What a fact about an invoice books, once the invoice has come from one state to another by it. */
const bookedBy = (
  type: InvoiceEvent['type'],
  before: Receivable,
  after: Receivable,
): Amounts | undefined => {
  const owed = before.amount_due - before.amount_paid
  const writtenOff = before.status === 'uncollectible' ? owed : 0
  switch (type) {
    case 'InvoiceFinalized':
      return { billed: after.total }
    case 'InvoicePaid':
      return { paid: after.amount_paid - before.amount_paid, written_off: -writtenOff }
    case 'InvoiceMarkedUncollectible':
      return { written_off: owed }
    case 'InvoiceVoided': // Whole: what the balance had settled of it goes back to the balance.
      return { written_off: before.total - before.amount_paid - writtenOff }
    default:
      return undefined
  }
}

/** A private copy of a view, while facts are added to it. */
class Ledger {
  readonly months: Map<string, RevenueMonth>
  readonly invoices: Map<InvoiceId, Receivable>
  readonly subscriptions: Map<SubscriptionId, Recurring>
  readonly #slices: PriceSlices

  constructor({ months, invoices, subscriptions }: Revenue, slices: PriceSlices) {
    this.months = new Map(months)
    this.invoices = new Map(invoices)
    this.subscriptions = new Map(subscriptions)
    this.#slices = slices
  }

  view(): Revenue {
    return { months: this.months, invoices: this.invoices, subscriptions: this.subscriptions }
  }

  add(event: DomainEvent): void {
    const fact = event as InvoiceEvent | SubscriptionEvent
    switch (fact.type) {
      case 'InvoiceCreated':
        this.invoices.set(fact.invoice.id, receivableOf(fact.invoice))
        return
      case 'InvoiceDeleted':
        this.invoices.delete(fact.id)
        return
      case 'InvoiceUpdated':
      case 'InvoiceFinalized':
      case 'InvoicePaid':
      case 'InvoiceVoided':
      case 'InvoiceMarkedUncollectible':
        this.#invoice(fact)
        return
      case 'SubscriptionCreated':
        this.#subscription(fact.subscription.id, fact.at, { ...fact.subscription, monthly: 0 })
        return
      case 'SubscriptionUpdated':
      case 'SubscriptionCanceled':
      case 'SubscriptionPaused': {
        const before = this.subscriptions.get(fact.id)
        const { status, items } = fact.changes
        if (before !== undefined && (status !== undefined || items !== undefined))
          this.#subscription(fact.id, fact.at, {
            ...before,
            status: status ?? before.status,
            items: items ?? before.items,
          })
        return
      }
    }
  }

  #book(currency: Currency, at: Instant, amounts: Amounts): void {
    const month = monthOf(at)
    const key = `${currency} ${month}`
    const row = { ...(this.months.get(key) ?? emptyMonth(currency, month)) }
    for (const [name, amount] of Object.entries(amounts) as [keyof Amounts, number][])
      row[name] = minorUnits(row[name] + amount)
    this.months.set(key, row)
  }

  #invoice({ id, type, at, changes }: InvoiceChange): void {
    const before = this.invoices.get(id)
    if (before === undefined) return
    const after = receivableAfter(before, changes)
    if (after.status === 'paid' || after.status === 'void') this.invoices.delete(id)
    else this.invoices.set(id, after)
    const amounts = bookedBy(type, before, after)
    if (amounts !== undefined) this.#book(after.currency, at, amounts)
  }

  #subscription(id: SubscriptionId, at: Instant, row: Recurring): void {
    const { currency, items, status } = row
    const monthly = monthlyOf(this.#slices, row)
    this.subscriptions.set(id, { currency, items, status, monthly })
    const gained = monthly - row.monthly
    if (gained > 0) this.#book(currency, at, { recurring_gained: gained })
    if (gained < 0) this.#book(currency, at, { recurring_lost: -gained })
  }
}

const emptyMonth = (currency: Currency, month: string) => ({
  currency,
  month,
  billed: 0,
  paid: 0,
  written_off: 0,
  recurring_gained: 0,
  recurring_lost: 0,
})

/**
 * What was billed, paid and written off in each month, and how recurring revenue moved. `revenueMonths` lists it. What is
 * billed and neither paid nor written off is open still, or was settled by the customer's balance.
 */
export const revenueByMonth: Projection<Revenue, World<PriceSlices>> = {
  name: 'revenue-by-month',
  initial: () => ({ months: new Map(), invoices: new Map(), subscriptions: new Map() }),
  fold: (view, batch, world) => {
    const ledger = new Ledger(view, world)
    for (const { entries } of batch) for (const { event } of entries) ledger.add(event)
    return ledger.view()
  },
}

const monthAfter = (month: string): string => monthOf(addMonths(toInstant(`${month}-01`), 1))

/** A month, and monthly recurring revenue (MRR) as it stood at the month's end. */
export interface RevenueMonthWithMrr extends RevenueMonth {
  readonly recurring: number
}

/** The months of each currency from its first to its last, none left out, with what recurs at the end of each. */
export const revenueMonths = ({ months }: Revenue): readonly RevenueMonthWithMrr[] => {
  const listed: RevenueMonthWithMrr[] = []
  for (const key of [...months.keys()].sort()) {
    const row = months.get(key) as RevenueMonth
    for (;;) {
      const last = listed.at(-1)
      const continues = last?.currency === row.currency
      const month = continues ? monthAfter(last.month) : row.month
      const next = month === row.month ? row : emptyMonth(row.currency, month)
      const recurring = continues ? last.recurring : 0
      listed.push({ ...next, recurring: recurring + next.recurring_gained - next.recurring_lost })
      if (next === row) break
    }
  }
  return listed
}
