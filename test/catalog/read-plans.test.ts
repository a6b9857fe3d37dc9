import { describe, expect, it } from 'vitest'
import { given } from '../support/given.js'
import {
  answerTo,
  monthly,
  NOW,
  page,
  planView,
  price,
  refuses,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

describe('RetrievePlan', () => {
  const retrieve = { type: 'RetrievePlan', id: 'price_1' } as const
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'plan',
    message: "No such plan: 'price_1'",
  }

  it('answers a recurring price as a plan', () =>
    expect(answerTo(world(monthly()).world, retrieve)).toStrictEqual(planView()))

  it('refuses a price that is paid once', () => refuses(world(price()).world, retrieve, unknown))
  it('refuses a plan that was never created', () => refuses(world().world, retrieve, unknown))

  it('refuses a plan that was deleted', () =>
    refuses(world(monthly(), { type: 'DeletePlan', id: 'price_1' }).world, retrieve, unknown))
})

describe('ListPlans', () => {
  const { world: five } = world(
    monthly({ id: 'p1', created: 100 }),
    monthly({ id: 'p2', created: 200, active: false }),
    price({ id: 'p3', created: 300 }),
    monthly({ id: 'p4', created: 400, inline: true }),
    monthly({ id: 'p5', created: 500, product: 'prod_2' }),
  )

  it.each([
    [{}, 'p5 p2 p1'],
    [{ active: true }, 'p5 p1'],
    [{ active: false }, 'p2'],
    [{ product: 'prod_1' }, 'p2 p1'],
    [{ product: 'prod_3' }, ''],
    [{ created: 200 }, 'p2'],
    [{ created: { gt: 100 } }, 'p5 p2'],
    [{ created: { gte: 100, lt: 500 } }, 'p2 p1'],
    [{ limit: 1 }, 'p5 +'],
    [{ limit: 1, starting_after: 'p3' }, 'p2 +'],
    [{ limit: 1, ending_before: 'p1' }, 'p2 +'],
  ])('%j answers %s', (params, ids) => expect(page(five, 'ListPlans', params)).toBe(ids))

  it('lists the whole objects', () =>
    expect(answerTo(world(monthly()).world, { type: 'ListPlans' })).toStrictEqual({
      object: 'list',
      data: [planView()],
      has_more: false,
      url: '/v1/plans',
    }))

  it('lists a deleted plan no more, whose id still serves as a cursor', () => {
    const after = world(monthly({ id: 'p1' }), monthly({ id: 'p2' }), {
      type: 'DeletePlan',
      id: 'p2',
    }).world
    expect(page(after, 'ListPlans')).toBe('p1')
    expect(page(after, 'ListPlans', { starting_after: 'p2' })).toBe('p1')
  })

  it.each([
    [{ currency: 'usd' }, unknownParameter('currency')],
    [
      { starting_after: 'p0' },
      { code: 'resource_missing', param: 'starting_after', message: "No such plan: 'p0'" },
    ],
  ])('refuses %j', (params, expected) => refuses(five, { type: 'ListPlans', params }, expected))
})
