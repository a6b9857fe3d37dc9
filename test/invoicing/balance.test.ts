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
