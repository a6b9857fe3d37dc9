import { notifications, project, type Query } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { given, type Past } from '../support/given.js'
import { answerTo, CREATED, monthly, NOW, planView, price, priceView, product } from './support.js'

const world = given({ now: NOW })

/** What Stripe would have told of the last of these, after the others. */
const told = (...past: readonly Past[]) => {
  const before = world(...past.slice(0, -1)).world
  const { world: after } = world(...past)
  const count = project(notifications, before).value.events.length
  const events = project(notifications, after).value.events.slice(count)
  return { after, events, types: events.map(({ type }) => type) }
}

const last = (...past: readonly Past[]) =>
  told(...past).events.map(({ type, created, data }) => ({ type, created, ...data }))

describe('notifications of the catalogue', () => {
  it('tell of a product, its changes and its end', () => {
    const update = {
      type: 'UpdateProduct',
      id: 'prod_1',
      params: { name: 'B', tax_code: 'txcd_1' },
    } as const
    const remove = { type: 'DeleteProduct', id: 'prod_1' } as const
    const { after } = told(product(), update)
    const object = answerTo(after, { type: 'RetrieveProduct', id: 'prod_1' } satisfies Query)
    expect(last(product()).map(({ type }) => type)).toEqual(['product.created'])
    expect(last(product(), update)).toEqual([
      {
        type: 'product.updated',
        created: NOW,
        object,
        previous_attributes: {
          name: 'Widget',
          tax_code: null,
          tax_details: null,
          updated: CREATED,
        },
      },
    ])
    expect(last(product(), update, remove)).toEqual([
      { type: 'product.deleted', created: NOW, object },
    ])
  })

  it('tell of a product with its default price once, as it then stands', () => {
    const { events, types, after } = told({
      type: 'CreateProduct',
      params: {
        id: 'priced',
        name: 'Priced',
        default_price_data: { currency: 'usd', unit_amount: 1, recurring: { interval: 'month' } },
      },
    })
    expect(types).toEqual(['product.created', 'plan.created', 'price.created'])
    expect(events[0]?.data).toEqual({
      object: answerTo(after, { type: 'RetrieveProduct', id: 'priced' } satisfies Query),
    })
  })

  it('tell of the plan that a recurring price is, before the price', () => {
    expect(last(product(), price())).toEqual([
      { type: 'price.created', created: CREATED, object: priceView() },
    ])
    expect(last(product(), monthly())).toEqual([
      { type: 'plan.created', created: CREATED, object: planView() },
      {
        type: 'price.created',
        created: CREATED,
        object: answerTo(world(monthly()).world, { type: 'RetrievePrice', id: 'price_1' }),
      },
    ])
  })

  it('tell of a change in the words of either', () => {
    const events = last(monthly(), {
      type: 'UpdatePlan',
      id: 'price_1',
      params: { nickname: 'n', trial_period_days: 7 },
    })
    expect(events.map(({ type, previous_attributes }) => [type, previous_attributes])).toEqual([
      ['plan.updated', { nickname: null, trial_period_days: null }],
      ['price.updated', { nickname: null, recurring: { trial_period_days: null } }],
    ])
  })

  it('S-A12: tell of a price that lost its lookup key, then of the one that has it', () => {
    const take = {
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product: 'prod_1',
        unit_amount: 1,
        lookup_key: 'std',
        transfer_lookup_key: true,
      },
    } as const
    for (const made of [price, monthly]) {
      const events = last(product(), made({ id: 'price_A', lookup_key: 'std' }), take)
      expect(events).toMatchObject([
        {
          type: 'price.updated',
          object: { id: 'price_A', lookup_key: null },
          previous_attributes: { lookup_key: 'std' },
        },
        { type: 'price.created', object: { lookup_key: 'std' } },
      ])
      expect(events).toHaveLength(2)
    }
  })

  it('tell of a plan and of its price that they were deleted, as they last were', () => {
    const events = last(monthly({ lookup_key: 'std' }), { type: 'DeletePlan', id: 'price_1' })
    expect(events).toEqual([
      { type: 'plan.deleted', created: NOW, object: planView() },
      {
        type: 'price.deleted',
        created: NOW,
        object: answerTo(world(monthly({ lookup_key: 'std' })).world, {
          type: 'RetrievePrice',
          id: 'price_1',
        }),
      },
    ])
  })

  it('tell nothing of what changes nothing', () =>
    expect(
      told(product(), { type: 'UpdateProduct', id: 'prod_1', params: { name: 'Widget' } }).types,
    ).toEqual([]))
})
