import type { Command } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  FULL_METADATA,
  monthly,
  NOW,
  outgrownMetadata,
  price,
  product,
  productView,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const update = (params: object = {}, id = 'prod_1'): Command =>
  ({ type: 'UpdateProduct', id, params }) as Command

const updated = (changes: object) => ({ type: 'ProductUpdated', at: NOW, id: 'prod_1', changes })

/** Everything that can be unset, set. */
const full = product({
  default_price: 'price_1',
  description: 'd',
  images: ['i'],
  marketing_features: [{ name: 'f' }],
  metadata: { a: '1', b: '2' },
  package_dimensions: { height: 1, length: 2, weight: 3, width: 4 },
  statement_descriptor: 'S',
  tax_code: 'txcd_1',
  unit_label: 'widget',
  url: 'u',
})

describe('UpdateProduct', () => {
  it('changes what is given and leaves the rest, as the live API did', () => {
    const params = { description: 'updated', metadata: { a: '1' } }
    world(product()).when(update(params)).yields(updated(params))
    world(product())
      .when(update(params))
      .answers(productView({ ...params, updated: NOW }))
  })

  it('records only the fields that changed', () =>
    world(full)
      .when(update({ name: 'Widget', description: 'second' }))
      .yields(updated({ description: 'second' })))

  it.each([
    ['nothing is asked', {}],
    ['everything asked is so already', { name: 'Widget', active: 'true', metadata: { a: '1' } }],
    ['a key that is not there is removed', { metadata: { z: '' } }],
    ['lists are the same', { images: ['i'], marketing_features: [{ name: 'f' }] }],
  ])('changes nothing where %s', (_, params) => world(full).when(update(params)).yieldsNothing())

  it.each([
    ['default_price', null],
    ['description', null],
    ['images', []],
    ['marketing_features', []],
    ['metadata', {}],
    ['package_dimensions', null],
    ['statement_descriptor', null],
    ['tax_code', null],
    ['unit_label', null],
    ['url', null],
  ])('unsets %s by an empty string', (field, unset) =>
    world(full)
      .when(update({ [field]: '' }))
      .yields(updated({ [field]: unset })),
  )

  it('shows no tax details once the tax code is unset', () =>
    expect(accepted(world(full).world, update({ tax_code: '' })).result).toMatchObject({
      tax_code: null,
      tax_details: null,
    }))

  it('merges metadata key by key; an empty value removes its key', () =>
    world(full)
      .when(update({ metadata: { a: '', c: '3' } }))
      .yields(updated({ metadata: { b: '2', c: '3' } })))

  it('archives a product, whose prices stay', () =>
    world(product(), price())
      .when(update({ active: false }))
      .yields(updated({ active: false })))

  it('takes a default price that is its own and active', () =>
    world(product(), price())
      .when(update({ default_price: 'price_1' }))
      .yields(updated({ default_price: 'price_1' })))

  it('takes 50 keys of metadata where one makes room for another', () =>
    expect(
      accepted(
        world(product({ metadata: FULL_METADATA })).world,
        update({ metadata: { another: 'v', k0: '' } }),
      ).result,
    ).toMatchObject({ metadata: { another: 'v' } }))
})

describe('UpdateProduct refuses', () => {
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'id',
    message: "No such product: 'prod_1'",
  }
  const noPrice = {
    code: 'resource_missing',
    param: 'default_price',
    message: "No such price: 'price_1'",
  }

  it('a product that was never created', () => world().when(update()).rejects(unknown))

  it('a product that was deleted', () =>
    world(product(), { type: 'DeleteProduct', id: 'prod_1' })
      .when(update({ name: 'x' }))
      .rejects(unknown))

  it('a default price that was never created', () =>
    world(product())
      .when(update({ default_price: 'price_1' }))
      .rejects(noPrice))

  it('a default price that went with its plan', () =>
    world(product(), monthly(), { type: 'DeletePlan', id: 'price_1' })
      .when(update({ default_price: 'price_1' }))
      .rejects(noPrice))

  it('a default price of another product', () =>
    world(product(), product({ id: 'prod_2' }), price({ product: 'prod_2' }))
      .when(update({ default_price: 'price_1' }))
      .rejects({
        param: 'default_price',
        message: 'The price price_1 does not belong to the product prod_1.',
      }))

  it('a default price that is inactive', () =>
    world(product(), price({ active: false }))
      .when(update({ default_price: 'price_1' }))
      .rejects({
        param: 'default_price',
        message: 'The price price_1 is inactive. A default price must be active.',
      }))

  it('metadata that would outgrow 50 keys, all in all', () =>
    world(product({ metadata: FULL_METADATA }))
      .when(update({ metadata: { another: 'v' } }))
      .rejects(outgrownMetadata))

  it('to unset the name', () =>
    world(product())
      .when(update({ name: '' }))
      .rejects({
        code: 'parameter_invalid_empty',
        param: 'name',
        message:
          "You passed an empty string for 'name'. We assume empty values are an attempt to unset a parameter; however 'name' cannot be unset. You should remove 'name' from your request or supply a non-empty value.",
      }))

  it.each(['id', 'type', 'default_price_data'])('to change %s', (param) =>
    world(product())
      .when(update({ [param]: 'good' }))
      .rejects(unknownParameter(param)),
  )

  it('an unknown parameter before an unknown product', () =>
    world()
      .when(update({ nope: 1 }))
      .rejects(unknownParameter('nope')))

  it('an unknown product before an unknown default price', () =>
    world()
      .when(update({ default_price: 'price_1' }))
      .rejects(unknown))

  it('another product of the price before its being inactive', () =>
    world(product(), product({ id: 'prod_2' }), price({ product: 'prod_2', active: false }))
      .when(update({ default_price: 'price_1' }))
      .rejects({
        param: 'default_price',
        message: 'The price price_1 does not belong to the product prod_1.',
      }))

  it('an unknown default price before outgrown metadata', () =>
    world(product({ metadata: FULL_METADATA }))
      .when(update({ default_price: 'price_1', metadata: { another: 'v' } }))
      .rejects(noPrice))
})
