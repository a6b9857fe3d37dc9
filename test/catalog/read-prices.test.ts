import { describe, expect, it } from 'vitest'
import { given } from '../support/given.js'
import {
  answerTo,
  MONTHLY,
  monthly,
  NOW,
  page,
  price,
  priceView,
  product,
  refuses,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

describe('RetrievePrice', () => {
  const retrieve = { type: 'RetrievePrice', id: 'price_1' } as const
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'price',
    message: "No such price: 'price_1'",
  }

  it('answers the price; a broken amount only as a decimal', () =>
    expect(answerTo(world(price({ unit_amount_decimal: '123.45' })).world, retrieve)).toStrictEqual(
      priceView({ unit_amount_decimal: '123.45' }, null),
    ))

  it('answers a price that came inside another request', () =>
    expect(answerTo(world(price({ inline: true, active: false })).world, retrieve)).toStrictEqual(
      priceView({ active: false }),
    ))

  it('refuses a price that was never created', () => refuses(world().world, retrieve, unknown))

  it('refuses a price that went with its plan', () =>
    refuses(
      world(product(), monthly(), { type: 'DeletePlan', id: 'price_1' }).world,
      retrieve,
      unknown,
    ))

  it('refuses parameters', () =>
    refuses(
      world(price()).world,
      { ...retrieve, params: { expand: ['tiers'] } },
      unknownParameter('expand'),
    ))
})

describe('ListPrices', () => {
  const { world: five } = world(
    price({ id: 'p1', created: 100, lookup_key: 'a' }),
    monthly({ id: 'p2', created: 200, currency: 'eur', lookup_key: 'b' }),
    monthly({
      id: 'p3',
      created: 300,
      product: 'prod_2',
      recurring: { ...MONTHLY, meter: 'mtr_1', usage_type: 'metered' },
    }),
    price({ id: 'p4', created: 400, inline: true }),
    monthly({
      id: 'p5',
      created: 500,
      active: false,
      recurring: { ...MONTHLY, interval: 'year' },
    }),
  )

  it.each([
    [{}, 'p5 p3 p2 p1'],
    [{ active: true }, 'p3 p2 p1'],
    [{ active: false }, 'p5'],
    [{ currency: 'EUR' }, 'p2'],
    [{ lookup_keys: ['a', 'b', 'c'] }, 'p2 p1'],
    [{ lookup_keys: ['c'] }, ''],
    [{ product: 'prod_1' }, 'p5 p2 p1'],
    [{ product: 'prod_2' }, 'p3'],
    [{ product: 'prod_3' }, ''],
    [{ type: 'one_time' }, 'p1'],
    [{ type: 'recurring' }, 'p5 p3 p2'],
    [{ recurring: {} }, 'p5 p3 p2'],
    [{ recurring: { interval: 'month' } }, 'p3 p2'],
    [{ recurring: { usage_type: 'licensed' } }, 'p5 p2'],
    [{ recurring: { meter: 'mtr_1' } }, 'p3'],
    [{ recurring: { interval: 'year', usage_type: 'metered' } }, ''],
    [{ created: 300 }, 'p3'],
    [{ created: { gt: 100, lte: 300 } }, 'p3 p2'],
    [{ created: { gte: '500' } }, 'p5'],
    [{ created: { lt: 200 } }, 'p1'],
    [{ limit: 2 }, 'p5 p3 +'],
    [{ limit: 1, starting_after: 'p3' }, 'p2 +'],
    [{ limit: 1, ending_before: 'p1' }, 'p2 +'],
    [{ product: 'prod_1', limit: 1, starting_after: 'p5' }, 'p2 +'],
    [{ product: 'prod_1', starting_after: 'p4' }, 'p2 p1'],
    [{ product: 'prod_1', type: 'recurring', limit: 3 }, 'p5 p2'],
  ])('%j answers %s', (params, ids) => expect(page(five, 'ListPrices', params)).toBe(ids))

  it('lists the whole objects', () =>
    expect(answerTo(world(price()).world, { type: 'ListPrices' })).toStrictEqual({
      object: 'list',
      data: [priceView()],
      has_more: false,
      url: '/v1/prices',
    }))

  it('lists a price no more that went with its plan', () =>
    expect(page(world(monthly(), { type: 'DeletePlan', id: 'price_1' }).world, 'ListPrices')).toBe(
      '',
    ))

  it.each([
    [
      { lookup_keys: Array.from({ length: 11 }, (_, at) => `${at}`) },
      { param: 'lookup_keys', message: 'Invalid array: at most 10 items are allowed' },
    ],
    [{ currency: 'xyz' }, { param: 'currency', message: 'Invalid currency: xyz' }],
    [
      { type: 'x' },
      { param: 'type', message: 'Invalid type: must be one of one_time or recurring' },
    ],
    [{ recurring: { interval_count: 1 } }, unknownParameter('recurring[interval_count]')],
    [
      { created: 'soon' },
      { code: 'parameter_invalid_integer', param: 'created', message: 'Invalid integer: soon' },
    ],
    [
      { ending_before: 'p0' },
      { code: 'resource_missing', param: 'ending_before', message: "No such price: 'p0'" },
    ],
  ])('refuses %j', (params, expected) => refuses(five, { type: 'ListPrices', params }, expected))
})
