import type { Simulator } from '../../src/index.js'

const DAY = 86_400

/** What usage records bring about: they are reported, billed, and discarded with their item. */
export const recorded = (sim: Simulator, product: string): void => {
  const priceOf = (recurring: object) =>
    sim.run({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product,
        unit_amount: 3,
        recurring: { interval: 'month', ...recurring },
      },
    }).id
  const { id: customer } = sim.run({
    type: 'CreateCustomer',
    params: {
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    },
  })
  const subscription = sim.run({
    type: 'CreateSubscription',
    params: {
      customer,
      items: [
        { price: priceOf({}) },
        { price: priceOf({ usage_type: 'metered', aggregate_usage: 'sum' }) },
      ],
    },
  })
  const item = subscription.items.data[1]?.id as string
  const report = (quantity: number): void => {
    sim.run({ type: 'CreateUsageRecord', id: item, params: { quantity } })
  }
  report(40)
  sim.advanceBy(32 * DAY)
  report(2)
  sim.run({
    type: 'DeleteSubscriptionItem',
    id: item,
    params: { clear_usage: true, proration_behavior: 'none' },
  })
}
