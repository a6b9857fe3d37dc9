import {
  type CommandOf,
  type CommandType,
  createSimulator,
  type InvoiceView,
  notifications,
  project,
  type ResultOf,
  type Simulator,
  type SubscriptionView,
} from 'clepsydra'

export const HOUR = 3_600
export const DAY = 86_400

type SubscriptionParams = Omit<CommandOf<'CreateSubscription'>['params'], 'customer'>
type PriceParams = Partial<CommandOf<'CreatePrice'>['params']>
type Recurring = NonNullable<CommandOf<'CreatePrice'>['params']['recurring']>
type SettingsParams = NonNullable<CommandOf<'UpdateSettings'>['params']>

const MONTHLY: Recurring = { interval: 'month' }

/** One customer on a test clock of her own, who pays by a card that works unless said, and a product called X. */
export class Life {
  readonly sim: Simulator
  readonly clock: string
  readonly customer: string
  readonly product: string

  constructor(
    now: number,
    {
      card = 'pm_card_visa',
      settings,
      unit_label,
    }: {
      readonly card?: string | null
      readonly settings?: SettingsParams
      readonly unit_label?: string
    } = {},
  ) {
    this.sim = createSimulator({ seed: 'life', now })
    if (settings !== undefined) this.run({ type: 'UpdateSettings', params: settings })
    this.clock = this.run({ type: 'CreateTestClock', params: { frozen_time: now } }).id
    this.customer = this.run({ type: 'CreateCustomer', params: { test_clock: this.clock } }).id
    if (card !== null) this.paysBy(card)
    this.product = this.run({
      type: 'CreateProduct',
      params: { name: 'X', ...(unit_label === undefined ? {} : { unit_label }) },
    }).id
  }

  run<T extends CommandType>(command: CommandOf<T>): ResultOf<T> {
    return this.sim.run(command)
  }

  /** Makes a test card the customer's default, and answers its id. */
  paysBy(card: string): string {
    const named = card.startsWith('tok_')
      ? this.run({ type: 'CreatePaymentMethod', params: { type: 'card', card: { token: card } } })
          .id
      : card
    const { id } = this.run({
      type: 'AttachPaymentMethod',
      id: named,
      params: { customer: this.customer },
    })
    this.run({
      type: 'UpdateCustomer',
      id: this.customer,
      params: { invoice_settings: { default_payment_method: id } },
    })
    return id
  }

  price(unit_amount: number, recurring: Recurring = MONTHLY, more: PriceParams = {}): string {
    return this.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product: this.product, unit_amount, recurring, ...more },
    }).id
  }

  /** A meter that sums, and a monthly price of so much for each unit of it. */
  metered(unit_amount: number): { readonly meter: string; readonly price: string } {
    const meter = this.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Requests',
        event_name: 'requests',
        default_aggregation: { formula: 'sum' },
      },
    }).id
    const price = this.price(unit_amount, { interval: 'month', usage_type: 'metered', meter })
    return { meter, price }
  }

  uses(value: number, timestamp?: number): void {
    this.run({
      type: 'RecordMeterEvent',
      params: {
        event_name: 'requests',
        payload: { stripe_customer_id: this.customer, value: String(value) },
        ...(timestamp === undefined ? {} : { timestamp }),
      },
    })
  }

  subscribe(params: SubscriptionParams): SubscriptionView {
    return this.run({ type: 'CreateSubscription', params: { customer: this.customer, ...params } })
  }

  /** A subscription to one monthly price of so many cents. */
  monthly(unit_amount: number, params: Partial<SubscriptionParams> = {}): SubscriptionView {
    return this.subscribe({ items: [{ price: this.price(unit_amount) }], ...params })
  }

  update(id: string, params: NonNullable<CommandOf<'UpdateSubscription'>['params']>) {
    return this.run({ type: 'UpdateSubscription', id, params })
  }

  to(instant: number): this {
    this.sim.advanceTo(instant, this.clock)
    return this
  }

  subscription(id: string): SubscriptionView {
    return this.sim.ask({ type: 'RetrieveSubscription', id })
  }

  /** The start and the end of each item's running period. */
  periods(id: string): readonly (readonly [number, number])[] {
    return this.subscription(id).items.data.map((item) => [
      item.current_period_start,
      item.current_period_end,
    ])
  }

  /** All invoices, oldest first. */
  invoices(): readonly InvoiceView[] {
    return [
      ...this.sim.ask({
        type: 'ListInvoices',
        params: { customer: this.customer, limit: 100 },
      }).data,
    ].reverse()
  }

  invoice(nth: number): InvoiceView {
    return this.invoices().at(nth) as InvoiceView
  }

  /** What each line of an invoice bills: amount, description, period. */
  lines(nth: number): readonly (readonly [number, string | null, number, number])[] {
    return this.invoice(nth).lines.data.map(({ amount, description, period }) => [
      amount,
      description,
      period.start,
      period.end,
    ])
  }

  intent(): { readonly id: string; readonly status: string } {
    const [intent] = this.sim.ask({
      type: 'ListPaymentIntents',
      params: { customer: this.customer },
    }).data
    return intent as { readonly id: string; readonly status: string }
  }

  /** What Stripe notified of billing since an instant: when, and of what. */
  told(since = 0): readonly (readonly [number, string])[] {
    return this.notices(since).map(({ created, type }) => [created, type])
  }

  notices(since = 0) {
    return project(notifications, this.sim.world).value.events.filter(
      ({ created, type }) =>
        created >= since && !/^(test_helpers|product|price|plan|payment_method)\./.test(type),
    )
  }
}
