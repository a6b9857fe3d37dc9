import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toDecimal } from '../../src/domain/kernel/decimal.js'
import { Defect } from '../../src/domain/kernel/defect.js'
import { addMoney, minorUnits, money, roundToMinor } from '../../src/domain/kernel/money.js'

const MAX = Number.MAX_SAFE_INTEGER

describe('money', () => {
  it('holds whole minor units of a currency', () => {
    expect(money(-1_999, 'usd')).toStrictEqual({ amount: -1_999, currency: 'usd' })
    expect(money(MAX, 'jpy').amount).toBe(MAX)
  })

  it('has one zero', () => {
    expect(Object.is(money(-0, 'usd').amount, 0)).toBe(true)
    expect(Object.is(minorUnits(-0), 0)).toBe(true)
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX + 1, 1e300])(
    'takes the amount %s for a defect',
    (amount) => expect(() => money(amount, 'usd')).toThrow(Defect),
  )

  it.each(['USD', 'us', 'usdd', '', 'u$d', 'usd\n', ' usd'])(
    'takes the currency %j for a defect',
    (currency) => expect(() => money(1, currency)).toThrow(Defect),
  )
})

describe('addMoney', () => {
  const safe = fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 })

  it('adds amounts of one currency exactly', () => {
    fc.assert(
      fc.property(safe, safe, (a, b) => {
        const sum = addMoney(money(a, 'eur'), money(b, 'eur'))
        expect(BigInt(sum.amount)).toBe(BigInt(a) + BigInt(b))
        expect(sum.currency).toBe('eur')
      }),
    )
  })

  it('takes two currencies, or a sum beyond the safe integers, for a defect', () => {
    expect(() => addMoney(money(1, 'eur'), money(1, 'usd'))).toThrow(Defect)
    expect(() => addMoney(money(MAX, 'eur'), money(1, 'eur'))).toThrow(Defect)
  })
})

describe('roundToMinor', () => {
  it.each([
    ['1234.5', 'half-up', 1_235],
    ['-1234.5', 'half-up', -1_235],
    ['1234.5', 'half-down', 1_234],
    ['0.000000000001', 'ceil', 1],
    ['-0.4', 'half-up', 0],
  ] as const)('rounds %s %s to %s', (exact, rounding, amount) => {
    expect(roundToMinor(toDecimal(exact), 'usd', rounding)).toStrictEqual({
      amount,
      currency: 'usd',
    })
  })

  it('takes an amount that no number holds for a defect', () => {
    expect(() => roundToMinor(toDecimal('9007199254740991.5'), 'usd', 'half-up')).toThrow(Defect)
    expect(roundToMinor(toDecimal('9007199254740991.5'), 'usd', 'floor').amount).toBe(MAX)
  })
})
