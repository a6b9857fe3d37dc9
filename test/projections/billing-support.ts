import {
  type CommandOf,
  createSimulator,
  type Simulator,
  type SubscriptionView,
  toInstant,
  type WorldOptions,
} from 'clepsydra'

export const JANUARY = toInstant('2026-01-01')

export type Recurring = NonNullable<NonNullable<CommandOf<'CreatePrice'>['params']>['recurring']>

/** A simulator with a test clock at the first of January, and short ways to sell on it. */
export const shop = (settings: WorldOptions['settings'] = {}) => {
  const sim = createSimulator({ seed: 'shop', now: JANUARY, settings })
  const clock = sim.run({ type: 'CreateTestClock', params: { frozen_time: JANUARY } })
  const product = sim.run({ type: 'CreateProduct', params: { name: 'Team' } })
  const price = (
    unit_amount: number,
    recurring: Recurring = { interval: 'month' },
    currency = 'usd',
  ) =>
    sim.run({
      type: 'CreatePrice',
      params: { currency, product: product.id, unit_amount, recurring },
    })
  const customer = (card = 'pm_card_visa') =>
    sim.run({
      type: 'CreateCustomer',
      params: {
        test_clock: clock.id,
        payment_method: card,
        invoice_settings: { default_payment_method: card },
      },
    })
  const subscribe = (
    of: { readonly id: string },
    to: { readonly id: string },
    params: Omit<CommandOf<'CreateSubscription'>['params'], 'customer' | 'items'> & {
      readonly quantity?: number
    } = {},
  ): SubscriptionView => {
    const { quantity, ...rest } = params
    return sim.run({
      type: 'CreateSubscription',
      params: {
        customer: of.id,
        items: [{ price: to.id, ...(quantity === undefined ? {} : { quantity }) }],
        ...rest,
      },
    })
  }
  const until = (day: string) => sim.advanceTo(day, clock.id)
  return { sim, clock, product, price, customer, subscribe, until }
}

/** Another card takes the place of a customer's default. */
export const replaceCard = (sim: Simulator, customer: string, card: string): void => {
  const { id } = sim.run({ type: 'AttachPaymentMethod', id: card, params: { customer } })
  sim.run({
    type: 'UpdateCustomer',
    id: customer,
    params: { invoice_settings: { default_payment_method: id } },
  })
}

/** Half a year with every way in which an invoice and a subscription can go on. */
export const traded = () => {
  const all = shop({ dunning: { finalInvoice: 'uncollectible' } })
  const { sim, price, customer, subscribe, until } = all
  const monthly = price(1_000)
  const yearly = price(12_005, { interval: 'year' })
  const euros = price(900, { interval: 'week', interval_count: 2 }, 'eur')
  const [ada, bob, cyn, dan] = [customer(), customer(), customer(), customer()]
  const own = subscribe(ada, monthly, { quantity: 3 })
  const failing = subscribe(bob, monthly)
  subscribe(cyn, yearly, { trial_period_days: 20 })
  const sent = subscribe(dan, euros, { collection_method: 'send_invoice', days_until_due: 10 })
  sim.run({
    type: 'CreateCustomerBalanceTransaction',
    id: ada.id,
    params: { amount: -400, currency: 'usd' },
  })
  until('2026-01-20')
  replaceCard(sim, bob.id, 'pm_card_chargeCustomerFail')
  until('2026-03-03')
  const [newest] = sim.ask({ type: 'ListInvoices', params: { subscription: sent.id } }).data
  const open = sim
    .ask({ type: 'ListInvoices', params: { subscription: sent.id, status: 'open' } })
    .data.map(({ id }) => id)
  sim.run({ type: 'PayInvoice', id: open[0] as string, params: { paid_out_of_band: true } })
  sim.run({ type: 'VoidInvoice', id: open[1] as string })
  sim.run({ type: 'MarkInvoiceUncollectible', id: open[2] as string })
  sim.run({ type: 'MarkInvoiceUncollectible', id: open[3] as string })
  sim.run({ type: 'PayInvoice', id: open[2] as string, params: { paid_out_of_band: true } })
  sim.run({ type: 'VoidInvoice', id: open[3] as string })
  sim.run({
    type: 'UpdateSubscription',
    id: own.id,
    params: {
      items: [{ id: own.items.data[0]?.id as string, quantity: 1 }],
      proration_behavior: 'none',
    },
  })
  until('2026-04-15')
  sim.run({ type: 'CancelSubscription', id: sent.id })
  until('2026-06-10')
  return { ...all, ada, bob, cyn, dan, own, failing, sent, newest }
}
