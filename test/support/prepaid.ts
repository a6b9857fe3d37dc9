import type { Simulator } from '../../src/index.js'

const DAY = 86_400

/** What billing credits bring about, every event of it: granted, applied, given back, expired, voided, moved. */
export const prepaid = (sim: Simulator, product: string): void => {
  const { id: customer } = sim.run({ type: 'CreateCustomer', params: { name: 'prepays' } })
  const { id: meter } = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'Tokens',
      event_name: 'tokens',
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: price } = sim.run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product,
      unit_amount: 7,
      recurring: { interval: 'month', usage_type: 'metered', meter },
    },
  })
  const grant = (value: number, more: object = {}) =>
    sim.run({
      type: 'CreateCreditGrant',
      params: {
        customer,
        amount: { type: 'monetary', monetary: { currency: 'usd', value } },
        applicability_config: { scope: { price_type: 'metered' } },
        ...more,
      },
    }).id
  const named = { applicability_config: { scope: { prices: [{ id: price }] } } }
  grant(100, { ...named, category: 'promotional', effective_at: sim.now + DAY })
  grant(900, { name: 'Größe', expires_at: sim.now + 90 * DAY })
  const moved = grant(50, { expires_at: sim.now + 80 * DAY })
  sim.run({ type: 'UpdateCreditGrant', id: moved, params: { metadata: { of: 'a grant' } } })
  sim.run({ type: 'VoidCreditGrant', id: grant(10) })
  sim.run({ type: 'ExpireCreditGrant', id: grant(20) })
  const { id: subscription } = sim.run({
    type: 'CreateSubscription',
    params: {
      customer,
      collection_method: 'send_invoice',
      days_until_due: 5,
      items: [{ price }],
    },
  })
  sim.run({
    type: 'RecordMeterEvent',
    params: { event_name: 'tokens', payload: { stripe_customer_id: customer, value: '310' } },
  })
  sim.advanceBy(32 * DAY)
  const [invoice] = sim.ask({ type: 'ListInvoices', params: { subscription } }).data
  sim.run({ type: 'VoidInvoice', id: invoice?.id ?? '' })
  sim.run({ type: 'CancelSubscription', id: subscription })
  sim.advanceBy(60 * DAY)
}
