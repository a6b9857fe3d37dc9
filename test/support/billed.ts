import type { Simulator } from '../../src/index.js'

const DAY = 86_400

/**
 * What billing brings about, every event of it, for a shop's product: payments, refunds and setups; invoices in every
 * ending; subscriptions that renew, try, fail, pause and end.
 */
export const billed = (sim: Simulator, product: string): void => {
  sim.run({
    type: 'UpdateSettings',
    params: {
      automation: { overdueAfterDays: 1, dueSoonBeforeDays: null },
      dunning: { schedule: { type: 'custom', days: [1] }, finalAction: 'past_due' },
    },
  })
  const { id: price } = sim.run({
    type: 'CreatePrice',
    params: { currency: 'usd', product, unit_amount: 1_200, recurring: { interval: 'month' } },
  })
  const customerWith = (card: string): string =>
    sim.run({
      type: 'CreateCustomer',
      params: {
        payment_method: `pm_card_${card}`,
        invoice_settings: { default_payment_method: `pm_card_${card}` },
      },
    }).id
  const invoiceOf = (subscription: { readonly latest_invoice: string | null }) =>
    subscription.latest_invoice as string
  const intentOf = (invoice: string): string =>
    sim.ask({ type: 'ListInvoicePayments', params: { invoice } }).data[0]?.payment
      .payment_intent as string

  // Paid, refunded in vain, renewed, tried again, canceled.
  const payer = customerWith('refundFail')
  const items = [{ price }]
  const paid = sim.run({ type: 'CreateSubscription', params: { customer: payer, items } })
  const intent = intentOf(invoiceOf(paid))
  sim.run({ type: 'UpdatePaymentIntent', id: intent, params: { description: 'first' } })
  const charge = sim.ask({ type: 'RetrievePaymentIntent', id: intent }).latest_charge as string
  sim.run({ type: 'UpdateCharge', id: charge, params: { description: 'first' } })
  const refund = sim.run({ type: 'CreateRefund', params: { charge, amount: 100 } })
  sim.run({ type: 'UpdateRefund', id: refund.id, params: { metadata: { a: '1' } } })

  // A customer who is asked for, and is there, is not, and is away.
  const asked = customerWith('authenticationRequired')
  const waiting = sim.run({ type: 'CreateSubscription', params: { customer: asked, items } })
  const asking = intentOf(invoiceOf(waiting))
  sim.run({ type: 'AuthenticatePaymentIntent', id: asking, params: { outcome: 'fail' } })
  sim.try({ type: 'ConfirmPaymentIntent', id: asking, params: { off_session: true } })
  sim.run({ type: 'VoidInvoice', id: invoiceOf(waiting) })

  // Setups that succeed, fail and are given up.
  const setups = [1, 2, 3].map(() =>
    sim.run({
      type: 'CreateSetupIntent',
      params: {
        customer: asked,
        payment_method: sim.ask({ type: 'ListPaymentMethods', params: { customer: asked } }).data[0]
          ?.id as string,
      },
    }),
  )
  for (const [nth, { id }] of setups.entries()) {
    sim.run({ type: 'UpdateSetupIntent', id, params: { metadata: { nth: String(nth) } } })
    sim.run({ type: 'ConfirmSetupIntent', id })
    if (nth === 2) sim.run({ type: 'CancelSetupIntent', id })
    else
      sim.run({
        type: 'AuthenticateSetupIntent',
        id,
        params: { outcome: nth === 0 ? 'succeed' : 'fail' },
      })
  }

  // Items and invoices by hand: dropped, sent and overdue, written off.
  const itemOf = (amount: number) =>
    sim.run({ type: 'CreateInvoiceItem', params: { customer: payer, amount, description: 'hand' } })
  const item = itemOf(700)
  sim.run({ type: 'UpdateInvoiceItem', id: item.id, params: { amount: 800 } })
  sim.run({ type: 'DeleteInvoiceItem', id: itemOf(1).id })
  const invoiceBy = (collection: object) =>
    sim.run({ type: 'CreateInvoice', params: { customer: payer, ...collection } }).id
  sim.run({ type: 'DeleteInvoice', id: invoiceBy({}) })
  const overdue = invoiceBy({
    collection_method: 'send_invoice',
    days_until_due: 2,
    pending_invoice_items_behavior: 'include',
  })
  sim.run({ type: 'UpdateInvoice', id: overdue, params: { description: 'by hand' } })
  sim.run({ type: 'SendInvoice', id: overdue })
  sim.advanceBy(4 * DAY)
  sim.run({ type: 'MarkInvoiceUncollectible', id: overdue })

  // A trial that ends without a method, and a renewal that fails.
  const { id: poor } = sim.run({ type: 'CreateCustomer' })
  sim.run({
    type: 'CreateSubscription',
    params: {
      customer: poor,
      items,
      trial_period_days: 5,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    },
  })
  const failing = sim.run({
    type: 'AttachPaymentMethod',
    id: 'pm_card_chargeCustomerFail',
    params: { customer: payer },
  })
  sim.run({
    type: 'UpdateSubscription',
    id: paid.id,
    params: { default_payment_method: failing.id },
  })
  sim.advanceBy(40 * DAY)
  sim.run({ type: 'CancelSubscription', id: paid.id })
}
