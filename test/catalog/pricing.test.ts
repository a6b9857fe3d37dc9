import {
  type Command,
  decimalToNumber,
  type Price,
  type Pricing,
  pricedParts,
  priceOf,
  pricingIn,
  toDecimal,
  transformed,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { aPrice, NOW, product } from './support.js'

const catalogue = given({ now: NOW })(product()).world

/** How a price that is made of these parameters turns a quantity into money. */
const pricing = (params: object, currency = 'usd'): Pricing => {
  const { events } = accepted(catalogue, {
    type: 'CreatePrice',
    params: { currency, product: 'prod_1', ...params },
  } as Command)
  const { price } = events[0] as unknown as { readonly price: Price }
  const made = pricingIn(price, currency)
  if (made === undefined) throw new Error(`no price in ${currency}`)
  return made
}

const tiered = (tiers_mode: 'graduated' | 'volume', tiers: readonly object[]): Pricing =>
  pricing({ billing_scheme: 'tiered', tiers_mode, tiers, recurring: { interval: 'month' } })

/** What quantities, written as decimals, cost each. */
const costs = (of: Pricing, ...quantities: readonly string[]): readonly number[] =>
  quantities.map((quantity) => priceOf(of, toDecimal(quantity)))

/** The parts of a charge: tier, kind, quantity, amount, and what one is. */
const parts = (of: Pricing, quantity: string) =>
  pricedParts(of, toDecimal(quantity)).map(
    ({ tier, kind, quantity: in_it, amount, unit_amount_decimal }) => [
      tier,
      kind,
      decimalToNumber(in_it),
      amount,
      unit_amount_decimal,
    ],
  )

const STEPS = [
  { up_to: 5, unit_amount: 700 },
  { up_to: 10, unit_amount: 650 },
  { up_to: 'inf', unit_amount: 600 },
]

const FLAT = [
  { up_to: 5, unit_amount: 500, flat_amount: 1000 },
  { up_to: 10, unit_amount: 400, flat_amount: 2000 },
  { up_to: 'inf', unit_amount: 300, flat_amount: 3000 },
]

describe('what a quantity costs', () => {
  it('S-A1: by volume, all units at the price of the tier that holds them', () => {
    const volume = tiered('volume', STEPS)
    expect(costs(volume, '1', '5', '6', '20', '25')).toEqual([700, 3500, 3900, 12_000, 15_000])
    expect(parts(volume, '6')).toEqual([[2, 'unit', 6, 3900, '650']])
  })

  it('S-A2: graduated, each unit at the price of its own tier', () => {
    const graduated = tiered('graduated', STEPS)
    expect(costs(graduated, '1', '5', '6', '20', '25')).toEqual([700, 3500, 4150, 12_750, 15_750])
    expect(parts(graduated, '20')).toEqual([
      [1, 'unit', 5, 3500, '700'],
      [2, 'unit', 5, 3250, '650'],
      [3, 'unit', 10, 6000, '600'],
    ])
  })

  it('S-A3: with flat fees, of which the first is always billed', () => {
    const volume = tiered('volume', FLAT)
    const graduated = tiered('graduated', FLAT)
    const quantities = ['0', '5', '6', '10', '11', '12']
    expect(costs(volume, ...quantities)).toEqual([1000, 3500, 4400, 6000, 6300, 6600])
    expect(costs(graduated, ...quantities)).toEqual([1000, 3500, 5900, 7500, 10_800, 11_100])
    expect(parts(volume, '12')).toEqual([
      [3, 'unit', 12, 3600, '300'],
      [3, 'flat', 0, 3000, '3000'],
    ])
    expect(parts(graduated, '0')).toEqual([
      [1, 'unit', 0, 0, '500'],
      [1, 'flat', 0, 1000, '1000'],
    ])
  })

  it('S-A4: graduated in parts, unit and flat, each rounded once', () => {
    const credits = tiered('graduated', [
      { up_to: 1000, unit_amount: 0, flat_amount: 900 },
      { up_to: 'inf', unit_amount_decimal: '3.6', flat_amount: 0 },
    ])
    expect(parts(credits, '1031')).toEqual([
      [1, 'unit', 1000, 0, '0'],
      [1, 'flat', 0, 900, '900'],
      [2, 'unit', 31, 112, '3.6'],
      [2, 'flat', 0, 0, '0'],
    ])
    expect(costs(credits, '1031')).toEqual([1012])
    expect(parts(credits, '1000')).toEqual([
      [1, 'unit', 1000, 0, '0'],
      [1, 'flat', 0, 900, '900'],
    ])
    expect(costs(credits, '0', '1', '1000')).toEqual([900, 900, 900])
  })

  it('S-A6: at a fraction of a cent, rounded half up once a line', () => {
    const cheap = pricing({ unit_amount_decimal: '0.05' })
    expect(costs(cheap, '30', '10', '29', '9')).toEqual([2, 1, 1, 0])
    const [one = 0, other = 0] = costs(cheap, '30', '30')
    expect(one + other).toBe(4)
  })

  it.each([
    ['up', ['1', '4', '5', '6', '12'], [1000, 1000, 1000, 2000, 3000]],
    ['down', ['1', '4', '5', '6', '12'], [0, 0, 1000, 1000, 2000]],
  ] as const)('S-A7: by packages of five, rounded %s', (round, quantities, amounts) => {
    const packages = pricing({ unit_amount: 1000, transform_quantity: { divide_by: 5, round } })
    expect(costs(packages, ...quantities)).toEqual(amounts)
    expect(parts(packages, '12')).toEqual([[null, 'unit', 12, amounts[4], '1000']])
  })

  it('S-A9: in a currency without decimals, the same with the unit as minor unit', () => {
    expect(costs(pricing({ unit_amount: 500 }, 'jpy'), '3')).toEqual([1500])
    expect(costs(pricing({ unit_amount_decimal: '0.5' }, 'jpy'), '3')).toEqual([2])
  })

  it('compares decimal quantities with the ends of tiers exactly', () => {
    expect(costs(tiered('volume', STEPS), '5.000000000001', '5', '0.5')).toEqual([3250, 3500, 350])
    expect(parts(tiered('graduated', STEPS), '5.5')).toEqual([
      [1, 'unit', 5, 3500, '700'],
      [2, 'unit', 0.5, 325, '650'],
    ])
  })

  it('bills nothing for the units of a tier that has a flat amount only', () =>
    expect(parts(tiered('volume', [{ up_to: 'inf', flat_amount: 7 }]), '3')).toEqual([
      [1, 'unit', 3, 0, '0'],
      [1, 'flat', 0, 7, '7'],
    ]))

  it('takes a quantity below zero for a defect', () =>
    expect(() => costs(pricing({ unit_amount: 1 }), '-1')).toThrow('a quantity is not negative'))
})

describe('pricingIn', () => {
  const option = { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '90' } as const
  const steps = [
    {
      flat_amount: null,
      flat_amount_decimal: null,
      unit_amount: 1,
      unit_amount_decimal: '1',
      up_to: null,
    },
  ]
  const per = (unit_amount_decimal: string): Pricing => ({
    billing_scheme: 'per_unit',
    unit_amount_decimal,
    transform_quantity: null,
  })

  it("takes the amounts of the price's own currency, and those of its options", () => {
    const price = aPrice({ currency_options: { eur: option } })
    expect(pricingIn(price, 'usd')).toEqual(per('1000'))
    expect(pricingIn(price, 'eur')).toEqual(per('90'))
    expect(pricingIn(price, 'gbp')).toBeUndefined()
    expect(pricingIn(price, 'constructor')).toBeUndefined()
  })

  it('takes the tiers of the currency, in the mode of the price', () => {
    const price = aPrice({
      billing_scheme: 'tiered',
      currency_options: { eur: { ...option, tiers: steps, unit_amount_decimal: null } },
      tiers: [],
      tiers_mode: 'volume',
      unit_amount_decimal: null,
    })
    expect(pricingIn(price, 'eur')).toEqual({
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: steps,
    })
  })

  it('has none where the customer chooses the amount', () =>
    expect(pricingIn(aPrice({ unit_amount_decimal: null }), 'usd')).toBeUndefined())
})

describe('transformed', () => {
  it.each([
    ['0', 'up', 0],
    ['0', 'down', 0],
    ['0.000000000001', 'up', 1],
    ['4.999999999999', 'down', 0],
    ['5', 'up', 1],
    ['5.1', 'up', 2],
    ['5.1', 'down', 1],
  ] as const)('%s in fives, rounded %s, is %i', (quantity, round, packages) =>
    expect(decimalToNumber(transformed(toDecimal(quantity), { divide_by: 5, round }))).toBe(
      packages,
    ),
  )

  it('leaves a quantity as it is where a price has no packages', () =>
    expect(transformed(toDecimal('2.5'), null)).toEqual(toDecimal('2.5')))
})
