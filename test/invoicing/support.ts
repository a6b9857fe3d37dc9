import {
  type Command,
  type CommandOf,
  type CommandType,
  createSimulator,
  type InvoiceView,
  notifications,
  project,
  type ResultOf,
  type Simulator,
} from 'clepsydra'
import { expect } from 'vitest'
import { accepted, type Refusal, refusal } from '../support/given.js'

/** 2026-04-01T00:00:00Z. */
export const APRIL = 1_775_001_600
export const MAY = 1_777_593_600
export const HOUR = 3_600
export const DAY = 86_400

type SettingsParams = NonNullable<CommandOf<'UpdateSettings'>['params']>
type CustomerParams = NonNullable<CommandOf<'CreateCustomer'>['params']>
type InvoiceParams = Partial<CommandOf<'CreateInvoice'>['params']>

/** A shop in April 2026 with one customer, who pays by a card that works unless said. */
export class Shop {
  readonly sim: Simulator
  readonly customer: string

  constructor({
    card = 'pm_card_visa',
    settings,
    customer = {},
  }: {
    readonly card?: string | null
    readonly settings?: SettingsParams
    readonly customer?: CustomerParams
  } = {}) {
    this.sim = createSimulator({ seed: 'shop', now: APRIL })
    if (settings !== undefined) this.run({ type: 'UpdateSettings', params: settings })
    this.customer = this.run({
      type: 'CreateCustomer',
      params: { email: 'ada@example.com', ...customer },
    }).id
    if (card !== null) this.paysBy(card)
  }

  run<T extends CommandType>(command: CommandOf<T>): ResultOf<T> {
    return this.sim.run(command)
  }

  /** Makes a test card the customer's default, and answers its id. */
  paysBy(card: string): string {
    const { id } = this.attach(card)
    this.run({
      type: 'UpdateCustomer',
      id: this.customer,
      params: { invoice_settings: { default_payment_method: id } },
    })
    return id
  }

  attach(card: string) {
    return this.run({
      type: 'AttachPaymentMethod',
      id: card,
      params: { customer: this.customer },
    })
  }

  /** Gives credit (negative) or debt (positive), in cents unless said. */
  balance(amount: number, currency = 'usd'): void {
    this.run({
      type: 'CreateCustomerBalanceTransaction',
      id: this.customer,
      params: { amount, currency },
    })
  }

  /** A pending item, or one on a draft. */
  item(amount: number, fields: { currency?: string; invoice?: string } = {}) {
    return this.run({
      type: 'CreateInvoiceItem',
      params: { customer: this.customer, amount, currency: 'usd', ...fields },
    })
  }

  draft(params: InvoiceParams = {}): InvoiceView {
    return this.run({ type: 'CreateInvoice', params: { customer: this.customer, ...params } })
  }

  /** A draft of one line of this amount. */
  drafted(amount: number, params: InvoiceParams = {}): InvoiceView {
    this.item(amount, params.currency === undefined ? {} : { currency: params.currency })
    return this.draft({ pending_invoice_items_behavior: 'include', ...params })
  }

  finalize(id: string): InvoiceView {
    return this.run({ type: 'FinalizeInvoice', id })
  }

  /** An open invoice of one line of this amount, if it is not paid at once. */
  opened(amount: number, params: InvoiceParams = {}): InvoiceView {
    return this.finalize(this.drafted(amount, params).id)
  }

  invoice(id: string): InvoiceView {
    return this.sim.ask({ type: 'RetrieveInvoice', id })
  }

  /** The customer's balance transactions, newest first: type, amount, ending balance. */
  transactions(): readonly (readonly [string, number, number])[] {
    return this.sim
      .ask({ type: 'ListCustomerBalanceTransactions', id: this.customer })
      .data.map((row: { type: string; amount: number; ending_balance: number }) => [
        row.type,
        row.amount,
        row.ending_balance,
      ])
  }

  balanceNow(): number {
    return this.sim.world.customers.need(this.customer).balances.usd ?? 0
  }

  /** The types of the notifications of invoices so far. */
  notices(): readonly string[] {
    return project(notifications, this.sim.world)
      .value.events.map(({ type }) => type)
      .filter((type) => type.startsWith('invoice.'))
  }

  /** The reminders so far, and when. */
  reminders(): readonly (readonly [string, number])[] {
    return project(notifications, this.sim.world)
      .value.events.filter(({ type }) => /^invoice\.(will_be_due|overdue)$/.test(type))
      .map(({ type, created }) => [type, created])
  }

  /** A monthly price of these cents. */
  monthly(unit_amount: number): string {
    const { id: product } = this.run({ type: 'CreateProduct', params: { name: 'Gold' } })
    return this.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product, unit_amount, recurring: { interval: 'month' } },
    }).id
  }

  /** The types of the facts that a command would record, held to the laws of every command. */
  facts(command: Command): readonly string[] {
    return accepted(this.sim.world, command).events.map(({ type }) => type)
  }

  /** That a command is refused with exactly this. */
  refuses(command: CommandOf<CommandType>, expected: Refusal): void {
    const before = this.sim.world
    let caught: unknown
    try {
      this.sim.run(command)
    } catch (error) {
      caught = (error as { rejection?: unknown }).rejection
    }
    expect(caught).toStrictEqual(refusal(expected))
    expect(this.sim.world).toBe(before)
  }
}
