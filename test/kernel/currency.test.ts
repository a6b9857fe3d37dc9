import { describe, expect, it } from 'vitest'
import { decode } from '../../src/domain/kernel/codec.js'
import {
  chargeStepOf,
  currencyCode,
  exponentOf,
  isCurrency,
  maximumChargeOf,
  minimumChargeOf,
  symbolOf,
} from '../../src/domain/kernel/currency.js'
import { E } from '../../src/domain/kernel/fp.js'

const ZERO = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ')
const THREE = 'bhd jod kwd omr tnd'.split(' ')
const WHOLE = ['isk', 'ugx']

describe('decimal places', () => {
  it.each(ZERO)('%s has none', (currency) => {
    expect(exponentOf(currency)).toBe(0)
    expect(chargeStepOf(currency)).toBe(1)
  })

  it.each(THREE)('%s has three, of which the last is charged as zero', (currency) => {
    expect(exponentOf(currency)).toBe(3)
    expect(chargeStepOf(currency)).toBe(10)
  })

  it.each(WHOLE)('%s is written with two and charged in whole units', (currency) => {
    expect(exponentOf(currency)).toBe(2)
    expect(chargeStepOf(currency)).toBe(100)
  })

  it.each(['usd', 'eur', 'gbp', 'huf', 'twd'])('%s has two', (currency) => {
    expect(exponentOf(currency)).toBe(2)
    expect(chargeStepOf(currency)).toBe(1)
  })
})

describe('what can be charged', () => {
  it.each([
    ['usd', 50],
    ['aed', 200],
    ['aud', 50],
    ['bgn', 100],
    ['brl', 50],
    ['cad', 50],
    ['chf', 50],
    ['czk', 1_500],
    ['dkk', 250],
    ['eur', 50],
    ['gbp', 30],
    ['hkd', 400],
    ['huf', 17_500],
    ['inr', 50],
    ['jpy', 50],
    ['mxn', 1_000],
    ['myr', 200],
    ['nok', 300],
    ['nzd', 50],
    ['pln', 200],
    ['ron', 200],
    ['sek', 300],
    ['sgd', 50],
    ['thb', 1_000],
    ['kwd', 0],
    ['xof', 0],
  ])('is at least, in %s, %i', (currency, least) => expect(minimumChargeOf(currency)).toBe(least))

  it.each([
    ['usd', 99_999_999],
    ['eur', 99_999_999],
    ['krw', 99_999_999],
    ['idr', 999_999_999_999],
    ['inr', 999_999_999],
    ['cop', 9_999_999_999_999],
    ['huf', 9_999_999_999_999],
    ['jpy', 9_999_999_999_999],
    ['lbp', 99_999_999_999_999],
  ])('is at most, in %s, %i', (currency, most) => expect(maximumChargeOf(currency)).toBe(most))
})

describe('currencyCode', () => {
  it.each([...ZERO, ...THREE, ...WHOLE, 'usd'])('knows %s', (code) => {
    expect(isCurrency(code)).toBe(true)
    expect(decode(currencyCode, code)).toEqual(E.right(code))
    expect(decode(currencyCode, code.toUpperCase())).toEqual(E.right(code))
  })

  it.each(['xyz', '', 'dollars', 'constructor', 7, null])('refuses %s', (code) =>
    expect(decode(currencyCode, code)).toEqual(
      E.left({
        status: 400,
        type: 'invalid_request_error',
        param: '',
        message: `Invalid currency: ${code}`,
      }),
    ),
  )

  it('takes a code in upper case for no key of a map', () => expect(isCurrency('USD')).toBe(false))
})

describe('symbolOf', () => {
  it.each([
    ['usd', '$'],
    ['eur', '€'],
    ['gbp', '£'],
    ['jpy', '¥'],
    ['chf', 'CHF '],
  ])('writes %s as %s', (currency, symbol) => expect(symbolOf(currency)).toBe(symbol))
})
