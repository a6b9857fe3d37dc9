import { describe, expect, it } from 'vitest'
import { APRIL, HOUR, MAY, Shop } from './support.js'

const DECLINES = 'pm_card_chargeCustomerFail'

/** A subscription whose renewal of May could not be charged. */
const pastDue = () => {
  const shop = new Shop()
  const { id } = shop.run({
    type: 'CreateSubscription',
    params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
  })
  shop.paysBy(DECLINES)
  shop.balance(-400)
  shop.sim.advanceTo(MAY + HOUR)
  const subscription = () => shop.sim.ask({ type: 'RetrieveSubscription', id })
  return { shop, subscription, latest: subscription().latest_invoice as string }
}

describe('VoidInvoice', () => {
  it('S-G4: gives the balance back, cancels the payment and lets the invoice before decide', () => {
    const { shop, subscription, latest } = pastDue()
    expect(shop.invoice(latest)).toMatchObject({
      status: 'open',
      amount_due: 600,
      starting_balance: -400,
      ending_balance: 0,
      attempt_count: 1,
    })
    expect(subscription().status).toBe('past_due')
    expect(shop.balanceNow()).toBe(0)
    expect(shop.run({ type: 'VoidInvoice', id: latest })).toMatchObject({
      status: 'void',
      amount_due: 600,
      amount_remaining: 600,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { voided_at: MAY + HOUR, paid_at: null },
    })
    expect(shop.transactions()[0]).toEqual(['unapplied_from_invoice', -400, -400])
    expect(shop.balanceNow()).toBe(-400)
    expect(subscription().status).toBe('active')
    const [intent] = shop.sim.ask({
      type: 'ListPaymentIntents',
      params: { customer: shop.customer },
    }).data
    expect(intent).toMatchObject({ status: 'canceled', cancellation_reason: 'void_invoice' })
    const [payment] = shop.sim.ask({
      type: 'ListInvoicePayments',
      params: { invoice: latest },
    }).data
    expect(payment).toMatchObject({
      status: 'canceled',
      amount_paid: null,
      status_transitions: { canceled_at: MAY + HOUR, paid_at: null },
    })
  })

  it('takes back a debt that the invoice was to collect', () => {
    const shop = new Shop({ card: null })
    shop.balance(300)
    const { id } = shop.opened(1_000)
    expect(shop.balanceNow()).toBe(0)
    shop.run({ type: 'VoidInvoice', id })
    expect(shop.transactions()[0]).toEqual(['unapplied_from_invoice', 300, 300])
  })

  it('leaves the balance alone where it gave nothing', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000)
    shop.run({ type: 'VoidInvoice', id })
    expect(shop.transactions()).toEqual([])
    expect(shop.notices().slice(-2)).toEqual(['invoice.updated', 'invoice.voided'])
  })

  it('tells of the payment first, and last that the subscription is in order again', () => {
    const { shop, latest } = pastDue()
    expect(shop.facts({ type: 'VoidInvoice', id: latest })).toEqual([
      'PaymentIntentCanceled',
      'InvoiceVoided',
      'CustomerBalanceTransactionCreated',
      'SubscriptionUpdated',
      'CustomerUpdated',
    ])
  })

  const open = (shop: Shop) => shop.opened(1_000).id
  const notOpen = "You can only pass in open invoices. This invoice isn't open."
  it.each<[string, (shop: Shop) => string, string]>([
    ['a draft', (shop) => shop.drafted(1_000).id, notOpen],
    ['a void one', (shop) => shop.run({ type: 'VoidInvoice', id: open(shop) }).id, notOpen],
    [
      'one that was paid',
      (shop) => shop.run({ type: 'PayInvoice', id: open(shop) }).id,
      'Invoices with `paid` payments cannot be voided.',
    ],
    ['one that was paid with nothing', (shop) => shop.opened(0).id, notOpen],
    [
      'one that was paid out of band',
      (shop) =>
        shop.run({ type: 'PayInvoice', id: open(shop), params: { paid_out_of_band: true } }).id,
      notOpen,
    ],
  ])('refuses %s', (_, make, message) => {
    const shop = new Shop()
    shop.refuses({ type: 'VoidInvoice', id: make(shop) }, { message })
  })
})

describe('MarkInvoiceUncollectible', () => {
  const write = (shop: Shop, id: string) => shop.run({ type: 'MarkInvoiceUncollectible', id })

  it('S-G14: ends the retries and puts the subscription in order; it can still be paid', () => {
    const { shop, subscription, latest } = pastDue()
    expect(shop.invoice(latest).next_payment_attempt).not.toBeNull()
    expect(write(shop, latest)).toMatchObject({
      status: 'uncollectible',
      auto_advance: false,
      next_payment_attempt: null,
      status_details: { uncollectible: { reason: 'user_forgiven' } },
      status_transitions: { marked_uncollectible_at: MAY + HOUR },
    })
    expect(subscription().status).toBe('active')
    shop.paysBy('pm_card_visa')
    const paid = shop.run({ type: 'PayInvoice', id: latest })
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 600 })
    expect(paid.status_details).toBeUndefined()
    expect(subscription().status).toBe('active')
  })

  it('S-G14: it can be voided instead', () => {
    const { shop, subscription, latest } = pastDue()
    write(shop, latest)
    expect(shop.run({ type: 'VoidInvoice', id: latest }).status).toBe('void')
    expect(subscription().status).toBe('active')
    expect(shop.balanceNow()).toBe(-400)
  })

  it('can be paid out of band', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000)
    write(shop, id)
    expect(shop.run({ type: 'PayInvoice', id, params: { paid_out_of_band: true } })).toMatchObject({
      status: 'paid',
      amount_paid_off_stripe: 1_000,
    })
  })

  const notOpen = "You can only pass in open invoices. This invoice isn't open."
  it.each<[string, (shop: Shop) => string, string]>([
    ['a draft', (shop) => shop.drafted(1_000).id, notOpen],
    ['a paid one', (shop) => shop.opened(0).id, notOpen],
    [
      'one that is void',
      (shop) => shop.run({ type: 'VoidInvoice', id: shop.opened(1_000).id }).id,
      notOpen,
    ],
    [
      'one that is written off',
      (shop) => write(shop, shop.opened(1_000).id).id,
      'This invoice has already been marked uncollectible.',
    ],
  ])('refuses %s', (_, make, message) => {
    const shop = new Shop()
    shop.refuses({ type: 'MarkInvoiceUncollectible', id: make(shop) }, { message })
  })

  it('tells of the change and of the loss', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000)
    expect(shop.facts({ type: 'MarkInvoiceUncollectible', id })).toEqual([
      'InvoiceMarkedUncollectible',
    ])
    write(shop, id)
    expect(shop.notices()).toEqual([
      'invoice.created',
      'invoice.finalized',
      'invoice.updated',
      'invoice.marked_uncollectible',
    ])
    expect(shop.sim.now).toBe(APRIL)
  })
})
