import type { Command } from 'clepsydra'
import { describe, it } from 'vitest'
import { given } from '../support/given.js'
import { monthly, NOW, price, product, unknownParameter } from './support.js'

const world = given({ now: NOW })
const remove = { type: 'DeleteProduct', id: 'prod_1' } as const

describe('DeleteProduct', () => {
  it('deletes a product that never had a price, and answers its tombstone', () => {
    world(product()).when(remove).yields({ type: 'ProductDeleted', at: NOW, id: 'prod_1' })
    world(product()).when(remove).answers({ id: 'prod_1', object: 'product', deleted: true })
  })

  it('deletes a product whose only price went with its plan', () =>
    world(product(), monthly(), { type: 'DeletePlan', id: 'price_1' })
      .when(remove)
      .yields({ type: 'ProductDeleted', at: NOW, id: 'prod_1' }))

  it('minds the prices of no other product', () =>
    world(product(), product({ id: 'prod_2' }), price({ product: 'prod_2' }))
      .when(remove)
      .answers({ id: 'prod_1', object: 'product', deleted: true }))
})

describe('DeleteProduct refuses', () => {
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'id',
    message: "No such product: 'prod_1'",
  }
  const priced = {
    message: 'This product cannot be deleted because it has one or more user-created prices.',
  }

  it('a product that was never created', () => world().when(remove).rejects(unknown))
  it('the second time', () => world(product(), remove).when(remove).rejects(unknown))
  it('a product with a price', () => world(product(), price()).when(remove).rejects(priced))

  it('a product with an inactive price', () =>
    world(product(), price({ active: false }))
      .when(remove)
      .rejects(priced))

  it('a product with another price than the one that went with its plan', () =>
    world(product(), monthly(), price({ id: 'price_2' }), { type: 'DeletePlan', id: 'price_1' })
      .when(remove)
      .rejects(priced))

  it('parameters, before an unknown product', () =>
    world()
      .when({ ...remove, params: { now: true } } as unknown as Command)
      .rejects(unknownParameter('now')))
})
