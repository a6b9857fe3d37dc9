import { describe, expect, it } from 'vitest'
import { Shop } from './support.js'

const numbered = (shop: Shop, id: string) => shop.finalize(id).number

describe('the number of an invoice', () => {
  it('S-G7: is taken when it is finalized, and a voided invoice keeps its own', () => {
    const shop = new Shop({ card: null, customer: { invoice_prefix: 'ABCD1234' } })
    const x = shop.drafted(1_000)
    const y = shop.drafted(1_000)
    expect([x.number, y.number]).toEqual([null, null])
    expect(numbered(shop, y.id)).toBe('ABCD1234-0001')
    expect(numbered(shop, x.id)).toBe('ABCD1234-0002')
    expect(shop.run({ type: 'VoidInvoice', id: x.id })).toMatchObject({
      status: 'void',
      number: 'ABCD1234-0002',
    })
    const skipTo = (next_invoice_sequence: number) =>
      shop.run({ type: 'UpdateCustomer', id: shop.customer, params: { next_invoice_sequence } })
    skipTo(100)
    expect(shop.opened(1_000).number).toBe('ABCD1234-0100')
    skipTo(10_000)
    expect(shop.opened(1_000).number).toBe('ABCD1234-10000')
  })

  it('comes from one sequence for all customers where the account numbers its invoices', () => {
    const shop = new Shop({
      card: null,
      settings: { invoice: { numbering: 'account', accountPrefix: 'SHOP' } },
    })
    const other = shop.run({ type: 'CreateCustomer' }).id
    expect(shop.opened(1_000).number).toBe('SHOP-0001')
    const { id } = shop.run({ type: 'CreateInvoice', params: { customer: other } })
    expect(numbered(shop, id)).toBe('SHOP-0002')
    expect(shop.opened(1_000).number).toBe('SHOP-0003')
    expect(shop.run({ type: 'UpdateCustomer', id: other, params: { name: 'Bob' } })).toMatchObject({
      next_invoice_sequence: 1,
    })
  })

  it('is the one that a draft was given, which takes none of the sequence', () => {
    const shop = new Shop({ card: null, customer: { invoice_prefix: 'ABCD1234' } })
    const own = shop.drafted(1_000, { number: 'MINE-7' })
    expect(own.number).toBe('MINE-7')
    expect(numbered(shop, own.id)).toBe('MINE-7')
    expect(shop.opened(1_000).number).toBe('ABCD1234-0001')
  })

  it('belongs to one invoice', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.drafted(1_000, { number: 'MINE-7' })
    const taken = { message: 'The invoice number MINE-7 is already in use.', param: 'number' }
    shop.refuses(
      { type: 'CreateInvoice', params: { customer: shop.customer, number: 'MINE-7' } },
      taken,
    )
    const other = shop.draft()
    const rename = (number: string) => ({
      type: 'UpdateInvoice' as const,
      id: other.id,
      params: { number },
    })
    shop.refuses(rename('MINE-7'), taken)
    expect(shop.run(rename('MINE-8')).number).toBe('MINE-8')
    expect(shop.run(rename('')).number).toBeNull()
    expect(shop.run({ type: 'UpdateInvoice', id, params: { number: 'MINE-7' } }).number).toBe(
      'MINE-7',
    )
  })
})
