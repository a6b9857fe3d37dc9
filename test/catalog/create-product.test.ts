import type { Command, Price, ProductView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  aPrice,
  FULL_METADATA,
  MONTHLY,
  missingParameter,
  NOW,
  price,
  product,
  productView,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreateProduct', params }) as Command

const made = (params: object): ProductView =>
  accepted(world().world, create(params)).result as ProductView

const now = { created: NOW, updated: NOW }

describe('CreateProduct', () => {
  it('answers what the live API answered to a name alone', () => {
    const { id, ...rest } = made({ name: 'Widget' })
    expect(id).toMatch(/^prod_[0-9A-Za-z]{14}$/)
    expect({ id: 'prod_1', ...rest }).toStrictEqual(productView(now))
  })

  it('answers what the live API answered to every field', () => {
    const params = {
      name: 'Full',
      shippable: true,
      statement_descriptor: 'P7 DESC',
      unit_label: 'widget',
      url: 'https://example.test/full',
      tax_code: 'txcd_10103000',
      description: 'd',
      images: ['https://example.test/i.png'],
      marketing_features: [{ name: 'feature one' }],
      package_dimensions: { height: 1, length: 2, weight: 3, width: 4 },
    }
    const { id, ...rest } = made(params)
    expect(id).toMatch(/^prod_/)
    expect(rest).toStrictEqual({
      object: 'product',
      active: true,
      attributes: [],
      ...now,
      default_price: null,
      livemode: false,
      metadata: {},
      ...params,
      tax_details: { performance_location: null, tax_code: 'txcd_10103000' },
      type: 'service',
    })
  })

  it("takes an id of the caller's own, and says all of it in one fact", () =>
    world()
      .when(create({ id: 'gold', name: 'Gold', type: 'good', active: 'false', metadata: { a: 1 } }))
      .yields(
        product({
          id: 'gold',
          name: 'Gold',
          type: 'good',
          active: false,
          metadata: { a: '1' },
          ...now,
        }),
      ))

  it('lets two products bear one name', () =>
    world(product())
      .when(create({ id: 'prod_2', name: 'Widget' }))
      .yields(product({ id: 'prod_2', ...now })))

  it('reads measures written as text, broken ones too', () =>
    expect(
      made({
        name: 'Box',
        package_dimensions: { height: '1.5', length: '2', weight: 0, width: 4 },
      }).package_dimensions,
    ).toEqual({ height: 1.5, length: 2, weight: 0, width: 4 }))

  it('makes the default price along with it, in one transaction', () => {
    const { events, result } = accepted(
      world().world,
      create({
        id: 'priced',
        name: 'Priced',
        default_price_data: {
          currency: 'usd',
          unit_amount: 1500,
          recurring: { interval: 'month' },
        },
      }),
    )
    const { default_price } = result as ProductView
    expect(default_price).toMatch(/^price_1[0-9A-Za-z]{23}$/)
    expect(events).toStrictEqual([
      product({ id: 'priced', name: 'Priced', ...now }),
      price({
        id: default_price as string,
        created: NOW,
        product: 'priced',
        recurring: MONTHLY,
        unit_amount_decimal: '1500',
      }),
      { type: 'ProductUpdated', at: NOW, id: 'priced', changes: { default_price } },
    ])
  })

  it('takes for the default price what Stripe takes', () => {
    const { events } = accepted(
      world().world,
      create({
        name: 'Priced',
        default_price_data: {
          currency: 'EUR',
          currency_options: { usd: { unit_amount: 20 } },
          metadata: { a: '1' },
          tax_behavior: 'inclusive',
          unit_amount_decimal: '0.5',
        },
      }),
    )
    const { id, product: of, ...rest } = (events[1] as unknown as { readonly price: Price }).price
    expect({ id: 'price_1', product: 'prod_1', ...rest }).toStrictEqual(
      aPrice({
        created: NOW,
        currency: 'eur',
        currency_options: {
          usd: { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '20' },
        },
        metadata: { a: '1' },
        tax_behavior: 'inclusive',
        unit_amount_decimal: '0.5',
      }),
    )
  })
})

describe('CreateProduct refuses', () => {
  const taken = {
    code: 'resource_already_exists',
    param: 'id',
    message: "Product already exists with id 'prod_1'.",
  }

  it('to go without a name', () =>
    world()
      .when(create({ description: 'd' }))
      .rejects(missingParameter('name')))

  it('an id that is taken', () =>
    world(product())
      .when(create({ id: 'prod_1', name: 'x' }))
      .rejects(taken))

  it('the id of a product that was deleted', () =>
    world(product(), { type: 'DeleteProduct', id: 'prod_1' })
      .when(create({ id: 'prod_1', name: 'x' }))
      .rejects(taken))

  it.each([
    ['images', Array.from({ length: 9 }, () => 'i'), 'Invalid array: at most 8 items are allowed'],
    [
      'marketing_features',
      Array.from({ length: 16 }, () => ({ name: 'f' })),
      'Invalid array: at most 15 items are allowed',
    ],
    ['type', 'thing', 'Invalid type: must be one of good or service'],
    ['active', 'yes', 'Invalid boolean: yes'],
    ['package_dimensions', 'big', 'Invalid object: big'],
    ['metadata', 'a', 'Invalid metadata: it must be a map of keys to strings.'],
  ])('a wrong value of %s', (param, value, message) =>
    world()
      .when(create({ name: 'x', [param]: value }))
      .rejects({ param, message }),
  )

  it.each([
    ['name', 250],
    ['unit_label', 12],
    ['statement_descriptor', 22],
    ['id', 255],
  ])('a %s of more than %i characters', (param, max) => {
    const long = 'x'.repeat(max + 1)
    const shown = long.length > 100 ? `${long.slice(0, 100)}...` : long
    world()
      .when(create({ name: 'x', [param]: long }))
      .rejects({
        code: 'parameter_invalid_string',
        param,
        message: `Invalid string: ${shown}; must be at most ${max} characters`,
      })
  })

  it('a feature of more than 80 characters', () =>
    world()
      .when(create({ name: 'x', marketing_features: [{ name: 'f' }, { name: 'x'.repeat(81) }] }))
      .rejects({
        code: 'parameter_invalid_string',
        param: 'marketing_features[1][name]',
        message: `Invalid string: ${'x'.repeat(81)}; must be at most 80 characters`,
      }))

  it.each([-1, '-1', 'wide', Number.POSITIVE_INFINITY])('a measure of %s', (width) =>
    world()
      .when(create({ name: 'x', package_dimensions: { height: 1, length: 1, weight: 1, width } }))
      .rejects({ param: 'package_dimensions[width]', message: `Invalid decimal: ${width}` }),
  )

  it('more than 50 keys of metadata', () =>
    world()
      .when(create({ name: 'x', metadata: { ...FULL_METADATA, another: 'v' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but you passed in 51.',
      }))

  it.each(['tax_details', 'default_price', 'created'])('the parameter %s, by its name', (param) =>
    world()
      .when(create({ name: 'x', [param]: 'y' }))
      .rejects(unknownParameter(param)),
  )

  it.each(['tiers', 'billing_scheme', 'nickname', 'active', 'lookup_key', 'product'])(
    '%s for the default price, by its name',
    (param) =>
      world()
        .when(
          create({
            name: 'x',
            default_price_data: { currency: 'usd', unit_amount: 1, [param]: 'y' },
          }),
        )
        .rejects(unknownParameter(`default_price_data[${param}]`)),
  )

  it('a default price without an amount, and makes no product', () =>
    world()
      .when(create({ name: 'x', default_price_data: { currency: 'usd' } }))
      .rejects({
        param: 'default_price_data',
        message: 'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
      }))

  it('a default price that recurs too seldom, told from the outside', () =>
    world()
      .when(
        create({
          name: 'x',
          default_price_data: {
            currency: 'usd',
            unit_amount: 1,
            recurring: { interval: 'year', interval_count: 4 },
          },
        }),
      )
      .rejects({
        param: 'default_price_data[recurring][interval_count]',
        message:
          'Invalid recurring[interval_count]: a price recurs at least every three years, so at most 3 for year',
      }))

  it('a taken id before a default price that cannot be', () =>
    world(product())
      .when(create({ id: 'prod_1', name: 'x', default_price_data: { currency: 'usd' } }))
      .rejects(taken))

  it('an unknown parameter before a missing one', () =>
    world()
      .when(create({ nope: 1 }))
      .rejects(unknownParameter('nope')))
})
