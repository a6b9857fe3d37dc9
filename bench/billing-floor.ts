/**
 * The floor of billing: monthly subscriptions renewed by a loop that changes its objects in place. It does what the
 * library does for a renewal in order (the same records in the same log, the same ids, the same dates) in Maps, arrays
 * and a heap; it cannot fork, rewind or replay, knows one clock, one card and no failure.
 */
import { addMonths } from '../src/domain/kernel/calendar.js'
import { drawId, seedWords } from '../src/domain/kernel/ids.js'

const HOUR = 3_600
const NOTICE = 7 * 86_400

interface Item {
  readonly id: string
  readonly price: FloorPrice
  start: number
  end: number
}

interface Subscription {
  readonly id: string
  readonly customer: Customer
  readonly anchor: number
  readonly items: readonly Item[]
  periods: number
  latest_invoice: string | null
}

/** Credits of a customer. */
export interface FloorGrant {
  readonly category: 'paid' | 'promotional'
  readonly effective_at: number
  readonly expires_at: number | null
  readonly priority: number
  /** Minor units. */
  readonly value: number
}

interface Grant extends FloorGrant {
  readonly id: string
  readonly customer: Customer
  balance: number
}

const never = (grant: FloorGrant): number => grant.expires_at ?? Number.MAX_SAFE_INTEGER
const worth = (grant: FloorGrant): number => (grant.category === 'promotional' ? 0 : 1)

/** What burns first goes first. */
const burning = (a: FloorGrant, b: FloorGrant): number =>
  a.priority - b.priority ||
  never(a) - never(b) ||
  worth(a) - worth(b) ||
  a.effective_at - b.effective_at

interface Entry {
  readonly id: string
  readonly amount: number
  readonly at: number
  readonly grant: string
  readonly invoice: string | null
  readonly line: string | null
  readonly type: 'credits_granted' | 'credits_applied' | 'credits_expired'
}

interface Customer {
  /** In the order of burning. */
  readonly grants: readonly Grant[]
  readonly id: string
  readonly prefix: string
  readonly method: { attempts: number; readonly id: string }
  sequence: number
  balance: number
}

export interface FloorPrice {
  readonly id: string
  readonly product: string
  readonly name: string
  /** Minor units: for each unit, or for each unit that was used. */
  readonly unit_amount: number
  readonly metered: boolean
}

interface Line {
  readonly id: string
  amount: number
  description: string
  quantity: string
  readonly price: string
  readonly product: string
  readonly subscription: string
  readonly subscription_item: string
  readonly start: number
  readonly end: number
}

interface Invoice {
  readonly id: string
  readonly created: number
  readonly currency: string
  readonly customer: string
  readonly subscription: string
  readonly lines: readonly Line[]
  readonly period_start: number
  readonly period_end: number
  status: 'draft' | 'open' | 'paid'
  number: string | null
  amount_due: number
  amount_paid: number
  credits: readonly Entry[]
  attempt_count: number
  attempted: boolean
  auto_advance: boolean
  finalized_at: number | null
  paid_at: number | null
  payment_intent: string | null
}

/**
 * Of a grant: to come into effect, or to expire. Of an invoice: to be made final. Otherwise of a subscription: to be renewed,
 * or its invoice announced.
 */
interface Work {
  readonly due: number
  readonly rank: number
  readonly seen: number
  readonly subscription: Subscription
  readonly invoice: Invoice | null
  readonly grant: Grant | null
}

const ACTIVATION = 10
const EXPIRY = 20
const RENEWAL = 40
const FINALIZATION = 50
const ANNOUNCEMENT = 70

const before = (a: Work, b: Work): boolean =>
  a.due !== b.due ? a.due < b.due : a.rank !== b.rank ? a.rank < b.rank : a.seen < b.seen

/** A binary heap. */
class Agenda {
  readonly #heap: Work[] = []

  get first(): Work | undefined {
    return this.#heap[0]
  }

  push(work: Work): void {
    const heap = this.#heap
    let at = heap.push(work) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(work, heap[parent] as Work)) break
      heap[at] = heap[parent] as Work
      at = parent
    }
    heap[at] = work
  }

  pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Work
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Work, heap[child] as Work))
        child += 1
      if (!before(heap[child] as Work, last)) break
      heap[at] = heap[child] as Work
      at = child
    }
    heap[at] = last
  }
}

const dollars = (amount: number): string => `$${(amount / 100).toFixed(2)}`

/** What a customer used of the meter in a span of time. */
export type Usage = (customer: string, from: number, until: number) => number

export class BillingFloor {
  readonly log: object[] = []
  readonly invoices = new Map<string, Invoice>()
  readonly intents = new Map<string, object>()
  readonly charges = new Map<string, object>()
  readonly ledger = new Map<string, Entry>()
  readonly #agenda = new Agenda()
  readonly #seed = seedWords('floor')
  readonly #usage: Usage
  #seen = 0
  #now: number

  constructor(now: number, usage: Usage) {
    this.#now = now
    this.#usage = usage
  }

  #id(prefix: string, nth = 0): string {
    return drawId(this.#seed, this.log.length + 1, prefix, 23, nth)
  }

  subscribe(
    nth: number,
    id: string,
    prices: readonly FloorPrice[],
    granted: readonly FloorGrant[] = [],
  ): void {
    const grants: Grant[] = []
    const customer: Customer = {
      grants,
      id,
      prefix: `P${nth}`,
      method: { id: this.#id('pm_'), attempts: 0 },
      sequence: 1,
      balance: 0,
    }
    const items = prices.map((price, at) => ({
      id: this.#id('si_', at),
      price,
      start: this.#now,
      end: addMonths(this.#now, 1),
    }))
    const subscription: Subscription = {
      id: this.#id('sub_'),
      customer,
      anchor: this.#now,
      items,
      periods: 0,
      latest_invoice: null,
    }
    this.log.push({ type: 'SubscriptionCreated', at: this.#now, id: subscription.id })
    this.#plan(subscription, this.#now)
    for (const [at, terms] of granted.entries()) {
      const grant: Grant = { ...terms, id: this.#id('credgr_', at), customer, balance: 0 }
      grants.push(grant)
      this.log.push({
        type: 'CreditGrantCreated',
        at: this.#now,
        grant: { ...grant, customer: id },
      })
      const { effective_at, expires_at } = grant
      const work = { seen: this.#seen++, subscription, invoice: null, grant }
      if (effective_at <= this.#now) this.#enter(grant, 'credits_granted', grant.value)
      else this.#agenda.push({ due: effective_at, rank: ACTIVATION, ...work })
      if (expires_at !== null) this.#agenda.push({ due: expires_at, rank: EXPIRY, ...work })
    }
    grants.sort(burning)
  }

  /** An entry of the ledger, and what it does to its grant. */
  #enter(
    grant: Grant,
    type: Entry['type'],
    amount: number,
    invoice: string | null = null,
    line: string | null = null,
  ): Entry {
    const id = this.#id('cbtxn_')
    const entry = { id, amount, at: this.#now, grant: grant.id, invoice, line, type }
    grant.balance += type === 'credits_granted' ? amount : -amount
    this.ledger.set(id, entry)
    this.log.push({ type: 'CreditBalanceTransactionCreated', at: this.#now, entry })
    return entry
  }

  /** What a customer's grants pay of an invoice's metered lines. */
  #burn(invoice: Invoice, { customer: { grants }, items }: Subscription): readonly Entry[] {
    const entries: Entry[] = []
    const { period_end } = invoice
    for (const [at, line] of invoice.lines.entries()) {
      if (!(items[at] as Item).price.metered) continue
      let due = line.amount
      for (const grant of grants) {
        if (due === 0) break
        if (grant.balance === 0 || grant.effective_at > period_end || never(grant) <= period_end)
          continue
        const amount = Math.min(grant.balance, due)
        due -= amount
        entries.push(this.#enter(grant, 'credits_applied', amount, invoice.id, line.id))
      }
    }
    return entries
  }

  #plan(subscription: Subscription, from: number): void {
    const due = addMonths(subscription.anchor, subscription.periods + 1)
    const seen = this.#seen++
    this.#agenda.push({ due, rank: RENEWAL, seen, subscription, invoice: null, grant: null })
    if (due - NOTICE >= from)
      this.#agenda.push({
        due: due - NOTICE,
        rank: ANNOUNCEMENT,
        seen,
        subscription,
        invoice: null,
        grant: null,
      })
  }

  advance(to: number): void {
    for (
      let work = this.#agenda.first;
      work !== undefined && work.due <= to;
      work = this.#agenda.first
    ) {
      this.#agenda.pop()
      this.#now = work.due
      if (work.grant !== null) this.#grantIsDue(work.grant, work.rank)
      else if (work.invoice !== null) this.#finalize(work.invoice, work.subscription)
      else if (work.rank === RENEWAL) this.#renew(work.subscription)
      else this.log.push({ type: 'InvoiceAnnounced', at: this.#now, id: work.subscription.id })
    }
    this.#now = to
  }

  #grantIsDue(grant: Grant, rank: number): void {
    if (rank === ACTIVATION) this.#enter(grant, 'credits_granted', grant.value)
    else if (grant.balance > 0) this.#enter(grant, 'credits_expired', grant.balance)
  }

  #line(subscription: Subscription, item: Item, from: number, until: number, at: number): Line {
    const { price } = item
    const quantity = price.metered ? this.#usage(subscription.customer.id, from, until) : 1
    return {
      id: this.#id('il_1', at),
      amount: Math.round(quantity * price.unit_amount),
      description: `${quantity} × ${price.name} (at ${dollars(price.unit_amount)} / month)`,
      quantity: String(quantity),
      price: price.id,
      product: price.product,
      subscription: subscription.id,
      subscription_item: item.id,
      start: from,
      end: until,
    }
  }

  #renew(subscription: Subscription): void {
    const now = this.#now
    subscription.periods += 1
    const end = addMonths(subscription.anchor, subscription.periods + 1)
    const id = this.#id('in_1')
    const period_start = (subscription.items[0] as Item).start
    const lines = subscription.items.map((item, at) => {
      const line = item.price.metered
        ? this.#line(subscription, item, item.start, now, at)
        : this.#line(subscription, item, now, end, at)
      item.start = now
      item.end = end
      return line
    })
    subscription.latest_invoice = id
    this.log.push({
      type: 'SubscriptionUpdated',
      at: now,
      id: subscription.id,
      end,
      latest_invoice: id,
    })
    const invoice: Invoice = {
      id,
      created: now,
      currency: 'usd',
      customer: subscription.customer.id,
      subscription: subscription.id,
      lines,
      period_start,
      period_end: now,
      status: 'draft',
      number: null,
      amount_due: 0,
      amount_paid: 0,
      credits: [],
      attempt_count: 0,
      attempted: false,
      auto_advance: true,
      finalized_at: null,
      paid_at: null,
      payment_intent: null,
    }
    this.invoices.set(id, invoice)
    this.log.push({ type: 'InvoiceCreated', at: now, invoice: { ...invoice } })
    this.#agenda.push({
      due: now + HOUR,
      rank: FINALIZATION,
      seen: this.#seen++,
      invoice,
      grant: null,
      subscription,
    })
    this.#plan(subscription, now)
  }

  #finalize(invoice: Invoice, subscription: Subscription): void {
    const now = this.#now
    const { customer } = subscription
    for (const [at, line] of invoice.lines.entries()) {
      const { price } = subscription.items[at] as Item
      if (!price.metered) continue
      const quantity = this.#usage(customer.id, line.start, line.end)
      line.amount = Math.round(quantity * price.unit_amount)
      line.quantity = String(quantity)
      line.description = `${quantity} × ${price.name} (at ${dollars(price.unit_amount)} / month)`
    }
    if (customer.grants.length > 0) invoice.credits = this.#burn(invoice, subscription)
    let total = invoice.lines.reduce((sum, { amount }) => sum + amount, 0)
    for (const { amount } of invoice.credits) total -= amount
    invoice.number = `${customer.prefix}-${String(customer.sequence).padStart(4, '0')}`
    customer.sequence += 1
    this.log.push({ type: 'NumberTaken', at: now, id: customer.id })
    invoice.amount_due = Math.max(0, total + customer.balance)
    invoice.status = 'open'
    invoice.finalized_at = now
    if (invoice.amount_due > 0 && invoice.amount_due < 50)
      throw new Error('too small to be charged')
    if (invoice.amount_due > 0) invoice.payment_intent = this.#id('pi_3')
    this.log.push({
      type: 'InvoiceFinalized',
      at: now,
      id: invoice.id,
      number: invoice.number,
      amount_due: invoice.amount_due,
      payment_intent: invoice.payment_intent,
    })
    if (invoice.payment_intent !== null) {
      const intent = {
        id: invoice.payment_intent,
        amount: invoice.amount_due,
        created: now,
        currency: 'usd',
        customer: customer.id,
        invoice: invoice.id,
        latest_charge: null as string | null,
        status: 'requires_confirmation',
      }
      this.intents.set(intent.id, intent)
      this.log.push({ type: 'PaymentIntentCreated', at: now, payment_intent: { ...intent } })
      const charge = {
        id: this.#id('ch_3'),
        amount: invoice.amount_due,
        created: now,
        payment_intent: intent.id,
        payment_method: customer.method.id,
        status: 'succeeded',
      }
      customer.method.attempts += 1
      intent.status = 'succeeded'
      intent.latest_charge = charge.id
      this.charges.set(charge.id, charge)
      this.log.push({ type: 'ChargeCreated', at: now, charge })
      invoice.attempt_count = 1
    }
    invoice.status = 'paid'
    invoice.attempted = true
    invoice.auto_advance = false
    invoice.amount_paid = invoice.amount_due
    invoice.paid_at = now
    this.log.push({
      type: 'InvoicePaid',
      at: now,
      id: invoice.id,
      amount_paid: invoice.amount_paid,
    })
  }
}
