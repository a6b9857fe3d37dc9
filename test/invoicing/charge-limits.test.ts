import { describe, expect, it } from 'vitest'
import { Shop } from './support.js'

const MAXIMUM = 99_999_999

describe('an amount that cannot be charged', () => {
  it.each([
    [49, 'invoice_too_small'],
    [MAXIMUM + 1, 'invoice_too_large'],
  ])('%i goes to the balance, and the invoice is paid', (total, type) => {
    const shop = new Shop()
    const invoice = shop.opened(total)
    expect(invoice).toMatchObject({
      status: 'paid',
      total,
      amount_due: 0,
      amount_paid: 0,
      amount_remaining: 0,
      starting_balance: 0,
      ending_balance: total,
      attempt_count: 0,
    })
    expect(shop.transactions()).toEqual([[type, total, total]])
    expect(
      shop.sim.ask({ type: 'ListInvoicePayments', params: { invoice: invoice.id } }).data,
    ).toEqual([])
  })

  it.each([50, MAXIMUM])('%i is just within', (total) => {
    const shop = new Shop()
    const { id } = shop.opened(total)
    expect(shop.run({ type: 'PayInvoice', id })).toMatchObject({
      status: 'paid',
      amount_paid: total,
    })
    expect(shop.transactions()).toEqual([])
  })

  it('is what the balance leaves of the total', () => {
    const shop = new Shop()
    shop.balance(-60)
    expect(shop.opened(100)).toMatchObject({ status: 'paid', amount_due: 0, ending_balance: 40 })
    expect(shop.transactions().slice(0, 2)).toEqual([
      ['invoice_too_small', 40, 40],
      ['applied_to_invoice', 60, 0],
    ])
  })

  it('is collected with the next invoice', () => {
    const shop = new Shop()
    shop.opened(49)
    expect(shop.opened(100)).toMatchObject({ amount_due: 149, ending_balance: 0 })
  })

  it.each([
    [{ usd: 100 }, 99, 'paid'],
    [{ usd: 100 }, 100, 'open'],
    [{ usd: 0 }, 1, 'open'],
    [{ eur: 100 }, 49, 'paid'],
  ])('is what the settings %j say: %i is %s', (minimumCharge, total, status) =>
    expect(new Shop({ settings: { minimumCharge } }).opened(total).status).toBe(status),
  )

  it('has no minimum in a currency of which none is known', () =>
    expect(new Shop().opened(1, { currency: 'ars' }).status).toBe('open'))

  it('can be sent all the same', () => {
    const shop = new Shop()
    const sent = { collection_method: 'send_invoice', days_until_due: 7 } as const
    expect(shop.opened(49, sent)).toMatchObject({ status: 'open', amount_due: 49 })
    expect(shop.opened(MAXIMUM + 1, sent)).toMatchObject({ status: 'open' })
  })
})
