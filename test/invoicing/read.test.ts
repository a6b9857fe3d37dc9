import type { QueryOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { APRIL, DAY, HOUR, MAY, Shop } from './support.js'

type ListParams = NonNullable<QueryOf<'ListInvoices'>['params']>

describe('RetrieveInvoice', () => {
  it('shows a final invoice with all its fields', () => {
    const shop = new Shop({ customer: { name: 'Ada', invoice_prefix: 'ABCD1234' } })
    const { id } = shop.opened(1_000)
    const invoice = shop.invoice(id)
    expect(invoice).toMatchObject({
      id,
      object: 'invoice',
      customer: shop.customer,
      customer_name: 'Ada',
      hosted_invoice_url: expect.stringContaining('https://invoice.stripe.com/'),
      invoice_pdf: expect.stringMatching(/\/pdf$/),
      livemode: false,
      number: 'ABCD1234-0001',
      subtotal: 1_000,
      total: 1_000,
      total_taxes: [],
      rendering: { pdf: { page_size: 'letter' } },
    })
    expect(invoice.status_details).toBeUndefined()
    expect(invoice.amount_paid_off_stripe).toBeUndefined()
  })

  it('refuses one that is not there', () =>
    expect(() => new Shop().invoice('in_nope')).toThrow("No such invoice: 'in_nope'"))
})

describe('ListInvoices', () => {
  const life = () => {
    const shop = new Shop()
    const subscription = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
    })
    const first = subscription.latest_invoice as string
    shop.sim.advanceTo(APRIL + DAY)
    const sent = shop.opened(1_000, { collection_method: 'send_invoice', due_date: MAY }).id
    const other = shop.run({ type: 'CreateCustomer' }).id
    const theirs = shop.run({ type: 'CreateInvoice', params: { customer: other } }).id
    const { id: clock } = shop.run({ type: 'CreateTestClock', params: { frozen_time: APRIL } })
    const away = shop.run({ type: 'CreateCustomer', params: { test_clock: clock } }).id
    const distant = shop.run({ type: 'CreateInvoice', params: { customer: away } }).id
    const names = new Map([
      [first, 'first'],
      [sent, 'sent'],
      [theirs, 'theirs'],
      [distant, 'distant'],
    ])
    const listed = (params: ListParams) =>
      shop.sim.ask({ type: 'ListInvoices', params }).data.map(({ id }) => names.get(id))
    return { shop, listed, subscription: subscription.id, clock, away, sent, theirs }
  }

  it('lists the newest first, by what is asked for', () => {
    const { shop, listed, subscription, clock, away } = life()
    const { customer } = shop
    const asked: readonly (readonly [ListParams, readonly string[]])[] = [
      [{}, ['theirs', 'sent', 'first']],
      [{ customer }, ['sent', 'first']],
      [{ subscription }, ['first']],
      [{ subscription, customer: away }, []],
      [{ status: 'open' }, ['sent']],
      [{ status: 'draft' }, ['theirs']],
      [{ status: 'void' }, []],
      [{ collection_method: 'send_invoice' }, ['sent']],
      [{ created: { gt: APRIL } }, ['theirs', 'sent']],
      [{ due_date: { lte: MAY } }, ['sent']],
      [{ due_date: MAY + 1 }, []],
      [{ test_clock: clock }, ['distant']],
      [{ customer: away }, ['distant']],
      [{ customer, test_clock: clock }, []],
      [{ limit: 1 }, ['theirs']],
    ]
    for (const [params, expected] of asked)
      expect(listed(params), JSON.stringify(params)).toEqual(expected)
  })

  it('goes on from a cursor', () => {
    const { listed, sent, theirs } = life()
    expect(listed({ starting_after: theirs })).toEqual(['sent', 'first'])
    expect(listed({ ending_before: sent })).toEqual(['theirs'])
    expect(() => listed({ starting_after: 'in_nope' })).toThrow("No such invoice: 'in_nope'")
  })
})

describe('an invoice payment', () => {
  const paid = () => {
    const shop = new Shop()
    const { id } = shop.opened(1_000)
    shop.sim.advanceTo(APRIL + HOUR)
    shop.run({ type: 'PayInvoice', id })
    const [payment] = shop.sim.ask({ type: 'ListInvoicePayments', params: { invoice: id } }).data
    if (payment === undefined) throw new Error('there is no payment')
    return { shop, invoice: id, payment }
  }

  it('ties an intent to its invoice, and says what was paid and when', () => {
    const { shop, invoice, payment } = paid()
    expect(payment).toEqual({
      id: expect.stringMatching(/^inpay_/),
      object: 'invoice_payment',
      amount_paid: 1_000,
      amount_requested: 1_000,
      created: APRIL,
      currency: 'usd',
      invoice,
      is_default: true,
      livemode: false,
      payment: {
        payment_intent: expect.stringMatching(/^pi_/),
        type: 'payment_intent',
      },
      status: 'paid',
      status_transitions: { canceled_at: null, paid_at: APRIL + HOUR },
    })
    expect(shop.sim.ask({ type: 'RetrieveInvoicePayment', id: payment.id })).toEqual(payment)
  })

  it('is open until then', () => {
    const shop = new Shop()
    const { id } = shop.opened(1_000)
    expect(
      shop.sim.ask({ type: 'ListInvoicePayments', params: { invoice: id } }).data,
    ).toMatchObject([
      {
        status: 'open',
        amount_paid: null,
        status_transitions: { canceled_at: null, paid_at: null },
      },
    ])
  })

  it('is found by its invoice, its intent, its status and its date', () => {
    const { shop, invoice, payment } = paid()
    const other = shop.opened(500).id
    const { payment_intent } = payment.payment
    const listed = (params: NonNullable<QueryOf<'ListInvoicePayments'>['params']>) =>
      shop.sim.ask({ type: 'ListInvoicePayments', params }).data.map((row) => row.invoice)
    expect(listed({})).toEqual([other, invoice])
    expect(listed({ invoice })).toEqual([invoice])
    expect(listed({ payment: { type: 'payment_intent', payment_intent } })).toEqual([invoice])
    expect(listed({ status: 'paid' })).toEqual([invoice])
    expect(listed({ status: 'open' })).toEqual([other])
    expect(listed({ created: { gt: APRIL } })).toEqual([other])
    const [last] = shop.sim.ask({ type: 'ListInvoicePayments', params: { limit: 1 } }).data
    expect(listed({ starting_after: last?.id as string })).toEqual([invoice])
    expect(listed({ ending_before: payment.id })).toEqual([other])
    for (const unknown of ['inpay_nope', 'nope'])
      expect(() => listed({ starting_after: unknown })).toThrow(/^No such invoice_payment: '/)
  })

  it('is no other kind of payment, and of no unknown invoice', () => {
    const shop = new Shop()
    const ask = (params: NonNullable<QueryOf<'ListInvoicePayments'>['params']>) => () =>
      shop.sim.ask({ type: 'ListInvoicePayments', params })
    expect(ask({ invoice: 'in_nope' })).toThrow("No such invoice: 'in_nope'")
    expect(ask({ payment: { type: 'payment_intent' } })).toThrow(
      'Missing required param: payment[payment_intent].',
    )
    for (const id of ['inpay_nope', 'pi_nope'])
      expect(() => shop.sim.ask({ type: 'RetrieveInvoicePayment', id })).toThrow(
        `No such invoice_payment: '${id}'`,
      )
  })
})
