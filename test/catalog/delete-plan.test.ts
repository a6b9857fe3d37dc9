import type { Command } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { aPrice, MONTHLY, monthly, NOW, price, unknownParameter } from './support.js'

const world = given({ now: NOW })
const remove = { type: 'DeletePlan', id: 'price_1' } as const

describe('DeletePlan', () => {
  it('takes the plan and its price out of the catalogue, and answers a tombstone', () => {
    world(monthly()).when(remove).yields({ type: 'PriceDeleted', at: NOW, id: 'price_1' })
    world(monthly()).when(remove).answers({ id: 'price_1', object: 'plan', deleted: true })
  })

  it('keeps the price for what runs on it, inactive and without its lookup key', () =>
    expect(
      accepted(world(monthly({ lookup_key: 'std' })).world, remove).world.prices.get('price_1'),
    ).toEqual(aPrice({ recurring: MONTHLY, active: false, deleted: true })))
})

describe('DeletePlan refuses', () => {
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'plan',
    message: "No such plan: 'price_1'",
  }

  it('a plan that was never created', () => world().when(remove).rejects(unknown))
  it('a price that is paid once', () => world(price()).when(remove).rejects(unknown))
  it('the second time', () => world(monthly(), remove).when(remove).rejects(unknown))

  it('parameters, before an unknown plan', () =>
    world()
      .when({ ...remove, params: { now: true } } as unknown as Command)
      .rejects(unknownParameter('now')))
})
