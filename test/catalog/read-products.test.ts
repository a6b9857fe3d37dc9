import { describe, expect, it } from 'vitest'
import { given } from '../support/given.js'
import { answerTo, NOW, page, product, productView, refuses, unknownParameter } from './support.js'

const world = given({ now: NOW })

describe('RetrieveProduct', () => {
  const retrieve = { type: 'RetrieveProduct', id: 'prod_1' } as const
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'id',
    message: "No such product: 'prod_1'",
  }

  it('answers the product', () =>
    expect(answerTo(world(product({ tax_code: 'txcd_1' })).world, retrieve)).toStrictEqual(
      productView({ tax_code: 'txcd_1' }),
    ))

  it('refuses a product that was never created', () => refuses(world().world, retrieve, unknown))

  it('refuses a deleted product, as the live API did', () =>
    refuses(world(product(), { type: 'DeleteProduct', id: 'prod_1' }).world, retrieve, unknown))

  it('refuses parameters', () =>
    refuses(
      world(product()).world,
      { ...retrieve, params: { expand: ['default_price'] } },
      unknownParameter('expand'),
    ))
})

describe('ListProducts', () => {
  const { world: four } = world(
    product({ id: 'prod_1', created: 100 }),
    product({ id: 'prod_2', created: 200, active: false, url: 'https://a.test' }),
    product({ id: 'prod_3', created: 300, shippable: true, type: 'good' }),
    product({ id: 'prod_4', created: 400, shippable: false }),
  )

  it.each([
    [{}, 'prod_4 prod_3 prod_2 prod_1'],
    [{ active: true }, 'prod_4 prod_3 prod_1'],
    [{ active: 'false' }, 'prod_2'],
    [{ ids: ['prod_1', 'prod_3', 'prod_0'] }, 'prod_3 prod_1'],
    [{ ids: ['prod_0'] }, ''],
    [{ shippable: true }, 'prod_3'],
    [{ shippable: false }, 'prod_4'],
    [{ type: 'good' }, 'prod_3'],
    [{ type: 'service', active: true }, 'prod_4 prod_1'],
    [{ url: 'https://a.test' }, 'prod_2'],
    [{ url: 'https://b.test' }, ''],
    [{ created: 200 }, 'prod_2'],
    [{ created: '200' }, 'prod_2'],
    [{ created: { gt: 200 } }, 'prod_4 prod_3'],
    [{ created: { gte: 200, lt: 400 } }, 'prod_3 prod_2'],
    [{ created: { lte: 100 } }, 'prod_1'],
    [{ limit: 2 }, 'prod_4 prod_3 +'],
    [{ limit: 2, starting_after: 'prod_3' }, 'prod_2 prod_1'],
    [{ limit: 2, ending_before: 'prod_1' }, 'prod_3 prod_2 +'],
    [{ active: true, limit: 1, starting_after: 'prod_3' }, 'prod_1'],
  ])('%j answers %s', (params, ids) => expect(page(four, 'ListProducts', params)).toBe(ids))

  it('lists the whole objects', () =>
    expect(answerTo(world(product()).world, { type: 'ListProducts' })).toStrictEqual({
      object: 'list',
      data: [productView()],
      has_more: false,
      url: '/v1/products',
    }))

  it('lists a deleted product no more, whose id still serves as a cursor', () => {
    const after = world(
      product({ id: 'prod_1' }),
      product({ id: 'prod_2' }),
      product({ id: 'prod_3' }),
      { type: 'DeleteProduct', id: 'prod_2' },
    ).world
    expect(page(after, 'ListProducts')).toBe('prod_3 prod_1')
    expect(page(after, 'ListProducts', { ids: ['prod_2', 'prod_nope'] })).toBe('')
    expect(page(after, 'ListProducts', { starting_after: 'prod_2' })).toBe('prod_1')
  })

  const list = (params: object) => ({ type: 'ListProducts', params })

  it.each([
    [{ type: 'thing' }, { param: 'type', message: 'Invalid type: must be one of good or service' }],
    [{ ids: 'prod_1' }, { param: 'ids', message: 'Invalid array: prod_1' }],
    [
      { created: { gt: 'soon' } },
      { code: 'parameter_invalid_integer', param: 'created[gt]', message: 'Invalid integer: soon' },
    ],
    [{ created: { after: 1 } }, unknownParameter('created[after]')],
    [{ name: 'x' }, unknownParameter('name')],
    [
      { starting_after: 'prod_0' },
      {
        code: 'resource_missing',
        param: 'starting_after',
        message: "No such product: 'prod_0'",
      },
    ],
    [
      { starting_after: 'prod_0', ending_before: 'prod_0' },
      {
        message:
          'Received both starting_after and ending_before parameters. Please pass in only one.',
      },
    ],
  ])('refuses %j', (params, expected) => refuses(four, list(params), expected))
})
