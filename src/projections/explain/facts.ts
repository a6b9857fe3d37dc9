/** The log by what its facts are about. It is read once, from end to end; rows are folded when they are asked for. */
import type { PriceEvent } from '../../domain/catalog/index.js'
import type {
  CreditBalanceTransactionCreated,
  CreditGrantEvent,
} from '../../domain/credits/index.js'
import type { CustomerEvent } from '../../domain/customers/index.js'
import type { InvoiceEvent, InvoiceLine } from '../../domain/invoicing/index.js'
import { defect } from '../../domain/kernel/defect.js'
import type { DomainEvent } from '../../domain/kernel/event.js'
import { entries, type LogView } from '../../domain/kernel/log.js'
import type { MeterEventRecorded, MeteringEvent } from '../../domain/metering/index.js'
import type { SubscriptionEvent, SubscriptionItem } from '../../domain/subscriptions/index.js'
import type { UsageRecordEvent } from '../../domain/usage-records/index.js'
import { usageKey } from '../usage-totals.js'
import type { Ground } from './step.js'

type Fact =
  | CreditBalanceTransactionCreated
  | CreditGrantEvent
  | CustomerEvent
  | InvoiceEvent
  | MeteringEvent
  | PriceEvent
  | SubscriptionEvent
  | UsageRecordEvent

/** A fact in its place. */
export interface Placed<E extends DomainEvent = DomainEvent> {
  readonly position: number
  readonly event: E
}

/** The thing that a fact creates: its row. */
const createdBy = (fact: Fact): { readonly id: string } | undefined => {
  switch (fact.type) {
    case 'CreditBalanceTransactionCreated':
      return fact.credit_balance_transaction
    case 'CreditGrantCreated':
      return fact.credit_grant
    case 'CustomerCreated':
      return fact.customer
    case 'InvoiceCreated':
      return fact.invoice
    case 'InvoiceItemCreated':
      return fact.invoiceitem
    case 'MeterCreated':
      return fact.meter
    case 'PriceCreated':
      return fact.price
    case 'SubscriptionCreated':
      return fact.subscription
    default:
      return undefined
  }
}

/** The row of a thing once one more fact about it holds. */
const rowAfter = (row: unknown, event: any): unknown =>
  createdBy(event) ?? (event.changes === undefined ? row : { ...(row as object), ...event.changes })

/** What a fact is about: the thing that it creates or changes, or the item that it reports of. */
const subjectOf = (fact: DomainEvent): string | null => {
  const { id, subscription_item } = fact as {
    readonly id?: unknown
    readonly subscription_item?: unknown
  }
  const named = createdBy(fact as Fact)?.id ?? id ?? subscription_item
  return typeof named === 'string' ? named : null
}

/** The lines that a fact about an invoice writes; `undefined` where it writes none. */
export const linesOf = (event: DomainEvent): readonly InvoiceLine[] | undefined => {
  const fact = event as InvoiceEvent
  if (fact.type === 'InvoiceCreated') return fact.invoice.lines
  return fact.type === 'InvoiceUpdated' || fact.type === 'InvoiceFinalized'
    ? fact.changes.lines
    : undefined
}

const itemsIn = (
  fact: Fact,
): { readonly id: string; readonly items: readonly SubscriptionItem[] } | undefined =>
  fact.type === 'SubscriptionCreated'
    ? fact.subscription
    : fact.type === 'SubscriptionUpdated' && fact.changes.items !== undefined
      ? { id: fact.id, items: fact.changes.items }
      : undefined

export class Facts {
  readonly #log: LogView
  /** Positions of the facts about each thing. */
  readonly #about = new Map<string, number[]>()
  /** By meter and customer: positions of meter events. */
  readonly #usage = new Map<string, number[]>()
  /** Where each cancelled meter event was cancelled. */
  readonly #cancelled = new Map<number, number>()
  readonly #invoiceOfLine = new Map<string, string>()
  readonly #subscriptionOfItem = new Map<string, string>()
  /** By customer, in order. */
  readonly #grants = new Map<string, string[]>()
  readonly #transactions = new Map<string, string[]>()

  constructor(log: LogView) {
    this.#log = log
    for (const { position, event } of entries(log)) this.#add(event as Fact, position)
  }

  #add(fact: Fact, position: number): void {
    const add = <V>(map: Map<string, V[]>, key: string, value: V): void => {
      const list = map.get(key)
      if (list === undefined) map.set(key, [value])
      else list.push(value)
    }
    if (fact.type === 'MeterEventRecorded') {
      add(this.#usage, usageKey(fact.meter, fact.customer), position)
      return
    }
    if (fact.type === 'MeterEventCancelled') {
      this.#cancelled.set(fact.position, position)
      return
    }
    const subject = subjectOf(fact)
    if (subject !== null) add(this.#about, subject, position)
    for (const { id } of linesOf(fact) ?? []) this.#invoiceOfLine.set(id, subject as string)
    const owned = itemsIn(fact)
    if (owned !== undefined)
      for (const { id } of owned.items) this.#subscriptionOfItem.set(id, owned.id)
    if (fact.type === 'CreditGrantCreated')
      add(this.#grants, fact.credit_grant.customer, fact.credit_grant.id)
    if (fact.type === 'CreditBalanceTransactionCreated') {
      const { id, customer } = fact.credit_balance_transaction
      add(this.#transactions, customer, id)
    }
  }

  at(position: number): DomainEvent {
    return this.#log.line.at(position)
  }

  ground(position: number): Ground {
    const event = this.at(position)
    return { position, at: event.at, type: event.type, id: subjectOf(event) }
  }

  /** The facts about a thing, up to and with a position. */
  about(id: string, until = this.#log.position): readonly Placed<any>[] {
    const placed: Placed[] = []
    for (const position of this.#about.get(id) ?? []) {
      if (position > until) break
      placed.push({ position, event: this.at(position) })
    }
    return placed
  }

  /** The facts of a type about a thing. */
  ofType(id: string, type: string, until?: number): readonly Ground[] {
    return this.about(id, until)
      .filter(({ event }) => event.type === type)
      .map(({ position }) => this.ground(position))
  }

  /** The row of a thing as the facts up to and with a position left it. */
  row<Row>(id: string, until?: number): Row | undefined {
    let row: unknown
    for (const { event } of this.about(id, until)) {
      row = rowAfter(row, event)
      if (event.type.endsWith('Deleted') && !event.type.startsWith('Price')) return undefined
    }
    return row as Row | undefined
  }

  /** A row that other facts name. */
  need<Row>(id: string, until?: number): Row {
    return this.row<Row>(id, until) ?? defect(`no fact creates '${id}'`)
  }

  /** The last fact about a thing up to a position after which the fields of its row are what they are. */
  lastChange(id: string, until: number, read: (row: any) => unknown): Ground {
    let row: unknown
    let value: string | undefined
    let found: number | undefined
    for (const { position, event } of this.about(id, until)) {
      row = rowAfter(row, event)
      const next = JSON.stringify(read(row))
      if (found === undefined || next !== value) found = position
      value = next
    }
    return this.ground(found ?? defect(`no fact creates '${id}'`))
  }

  /** What was reported of a customer's use of a meter before a position and not cancelled before it, in order of receipt. */
  usage(meter: string, customer: string, before: number): readonly Placed<MeterEventRecorded>[] {
    const placed: Placed<MeterEventRecorded>[] = []
    for (const position of this.#usage.get(usageKey(meter, customer)) ?? []) {
      if (position >= before) break
      const cancelledAt = this.#cancelled.get(position)
      if (cancelledAt !== undefined && cancelledAt < before) continue
      placed.push({ position, event: this.at(position) as MeterEventRecorded })
    }
    return placed
  }

  invoiceOfLine(line: string): string | undefined {
    return this.#invoiceOfLine.get(line)
  }

  subscriptionOfItem(item: string): string | undefined {
    return this.#subscriptionOfItem.get(item)
  }

  grantsOf(customer: string): readonly string[] {
    return this.#grants.get(customer) ?? []
  }

  transactionsOf(customer: string): readonly string[] {
    return this.#transactions.get(customer) ?? []
  }
}
