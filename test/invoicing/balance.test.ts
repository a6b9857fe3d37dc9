import { expect, it } from 'vitest'
import { Shop } from './support.js'

it.each([
  [-1_500, 0, -500, 'paid', [['applied_to_invoice', 1_000, -500]]],
  [-400, 600, 0, 'open', [['applied_to_invoice', 400, 0]]],
  [300, 1_300, 0, 'open', [['applied_to_invoice', -300, 0]]],
  [0, 1_000, 0, 'open', []],
] as const)(
  'S-G1: a balance of %i makes of a total of 1000 a due amount of %i and leaves %i',
  (balance, due, ending, status, applied) => {
    const shop = new Shop({ card: null })
    if (balance !== 0) shop.balance(balance)
    const invoice = shop.opened(1_000)
    expect(invoice).toMatchObject({
      starting_balance: balance,
      amount_due: due,
      ending_balance: ending,
      status,
    })
    expect(shop.transactions().filter(([type]) => type === 'applied_to_invoice')).toEqual(applied)
  },
)

it('S-G2: a negative total becomes credit beside the credit that there was', () => {
  const shop = new Shop({ card: null })
  shop.balance(-100)
  expect(shop.opened(-334)).toMatchObject({ amount_due: 0, ending_balance: -434 })
  expect(shop.balanceNow()).toBe(-434)
})

it('S-A10: what cannot be charged of whole shillings goes to the balance', () => {
  const shop = new Shop({ card: null })
  const balance = () => shop.sim.world.customers.need(shop.customer).balances.ugx
  expect(shop.opened(12_345, { currency: 'ugx' })).toMatchObject({
    total: 12_345,
    amount_due: 12_300,
    ending_balance: 45,
  })
  expect(shop.transactions()).toEqual([['adjustment', 45, 45]])
  expect(shop.opened(10_000, { currency: 'ugx' })).toMatchObject({
    amount_due: 10_000,
    starting_balance: 45,
    ending_balance: 45,
  })
  expect(balance()).toBe(45)
  const other = new Shop({ card: null })
  expect(other.opened(12_350, { currency: 'ugx' })).toMatchObject({
    amount_due: 12_400,
    ending_balance: -50,
  })
})

it('S-N1: an amount of three decimals is charged to the nearest ten', () => {
  const shop = new Shop({ card: null })
  expect(shop.opened(5_125, { currency: 'kwd' })).toMatchObject({
    total: 5_125,
    amount_due: 5_130,
    ending_balance: -5,
    lines: { data: [{ amount: 5_125 }] },
  })
  expect(shop.transactions()).toEqual([['adjustment', -5, -5]])
})

it('a draft shows what would be due, and leaves the balance alone', () => {
  const shop = new Shop({ card: null })
  const { id } = shop.drafted(1_000)
  shop.balance(-400)
  expect(shop.invoice(id)).toMatchObject({
    starting_balance: -400,
    amount_due: 600,
    ending_balance: null,
  })
  expect(shop.balanceNow()).toBe(-400)
})

it('a balance in another currency is left alone', () => {
  const shop = new Shop({ card: null })
  shop.balance(-400, 'eur')
  expect(shop.opened(1_000, { currency: 'usd' })).toMatchObject({ amount_due: 1_000 })
})
