import type { Command, Price } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, type Fact, given, type Refusal } from '../support/given.js'
import {
  aPrice,
  inactiveMeter,
  MONTHLY,
  meter,
  missingParameter,
  monthly,
  NOW,
  planView,
  price,
  product,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreatePlan', params }) as Command

/** A monthly plan of `prod_1`, at ten dollars, under the id `gold`, unless said. */
const gold = (params: object = {}): Command =>
  create({
    id: 'gold',
    currency: 'usd',
    interval: 'month',
    product: 'prod_1',
    amount: 1000,
    ...params,
  })

const none = { amount: undefined }

const rejects = (command: Command, refusal: Refusal, ...past: readonly Fact[]): void =>
  world(product(), ...past)
    .when(command)
    .rejects(refusal)

const made = (command: Command, ...past: readonly Fact[]): Price =>
  (
    accepted(world(product(), ...past).world, command).events.at(-1) as unknown as {
      readonly price: Price
    }
  ).price

describe('CreatePlan', () => {
  it('answers a plan, and its one fact is that of a recurring price', () => {
    world(product())
      .when(gold())
      .answers(planView({ id: 'gold', created: NOW }))
    world(product())
      .when(gold())
      .yields(monthly({ id: 'gold', created: NOW }))
  })

  it('draws an id as of a price where none is given', () =>
    expect(made(gold({ id: undefined })).id).toMatch(/^price_1[0-9A-Za-z]{23}$/))

  it('says every parameter in the words of the price', () =>
    expect(
      made(
        gold({
          ...none,
          active: false,
          amount_decimal: '0.5',
          interval: 'week',
          interval_count: 2,
          metadata: { a: '1' },
          meter: 'mtr_1',
          nickname: 'n',
          transform_usage: { divide_by: 5, round: 'down' },
          trial_period_days: 7,
          usage_type: 'metered',
        }),
        meter(),
      ),
    ).toStrictEqual(
      aPrice({
        id: 'gold',
        active: false,
        created: NOW,
        metadata: { a: '1' },
        nickname: 'n',
        recurring: {
          interval: 'week',
          interval_count: 2,
          meter: 'mtr_1',
          trial_period_days: 7,
          usage_type: 'metered',
        },
        transform_quantity: { divide_by: 5, round: 'down' },
        unit_amount_decimal: '0.5',
      }),
    ))

  it('bills usage records without a meter, and shows how they add up', () =>
    world(product())
      .when(gold({ usage_type: 'metered', aggregate_usage: 'last_ever' }))
      .answers(
        planView({
          id: 'gold',
          aggregate_usage: 'last_ever',
          created: NOW,
          usage_type: 'metered',
        }),
      ))

  it('answers every field of the price in the words of the plan', () =>
    world(product(), meter())
      .when(
        gold({
          ...none,
          amount_decimal: '0.5',
          meter: 'mtr_1',
          transform_usage: { divide_by: 5, round: 'down' },
          trial_period_days: 7,
          usage_type: 'metered',
        }),
      )
      .answers(
        planView({
          id: 'gold',
          amount: null,
          amount_decimal: '0.5',
          created: NOW,
          meter: 'mtr_1',
          transform_usage: { divide_by: 5, round: 'down' },
          trial_period_days: 7,
          usage_type: 'metered',
        }),
      ))

  it('takes tiers', () => {
    const plan = gold({
      ...none,
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: [{ up_to: 'inf', unit_amount: 5 }],
    })
    world(product())
      .when(plan)
      .answers(
        planView({
          id: 'gold',
          amount: null,
          amount_decimal: null,
          billing_scheme: 'tiered',
          created: NOW,
          tiers_mode: 'volume',
        }),
      )
    expect(made(plan)).toMatchObject({
      recurring: MONTHLY,
      tiers: [{ up_to: null, unit_amount: 5 }],
    })
  })

  it('makes its product along with it', () =>
    world()
      .when(gold({ product: { id: 'new', name: 'New' } }))
      .yields(
        product({ id: 'new', name: 'New', created: NOW, updated: NOW }),
        monthly({ id: 'gold', created: NOW, product: 'new' }),
      ))
})

describe('CreatePlan refuses', () => {
  const unknownProduct = {
    code: 'resource_missing',
    param: 'product',
    message: "No such product: 'prod_0'",
  }
  const taken = {
    code: 'resource_already_exists',
    param: 'id',
    message: 'Plan already exists.',
  }
  const noAmount = {
    message: 'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
  }

  it.each(['currency', 'interval', 'product'])('to go without the parameter %s', (param) =>
    rejects(gold({ [param]: undefined }), missingParameter(param)),
  )

  it('a product that was never created', () => rejects(gold({ product: 'prod_0' }), unknownProduct))

  it('a product without a name', () =>
    rejects(gold({ product: { id: 'x' } }), missingParameter('product[name]')))

  it('what it does not know of a product', () =>
    rejects(gold({ product: { name: 'x', url: 'y' } }), unknownParameter('product[url]')))

  it('a product that is neither an id nor its fields', () =>
    rejects(gold({ product: 7 }), { param: 'product', message: 'Invalid string: 7' }))

  it('the id of a new product that is taken', () =>
    rejects(gold({ product: { id: 'prod_1', name: 'x' } }), {
      code: 'resource_already_exists',
      param: 'product[id]',
      message: "Product already exists with id 'prod_1'.",
    }))

  it('the id of a plan, of a price and of a plan that was deleted', () => {
    rejects(gold(), taken, monthly({ id: 'gold' }))
    rejects(gold(), taken, price({ id: 'gold' }))
    world(product(), monthly({ id: 'gold' }), { type: 'DeletePlan', id: 'gold' })
      .when(gold())
      .rejects(taken)
  })

  it('no amount', () => rejects(gold(none), noAmount))

  it.each([
    [
      { amount_decimal: '1' },
      'amount',
      'You may only specify one of these parameters: unit_amount, unit_amount_decimal.',
    ],
    [
      {
        transform_usage: { divide_by: 2, round: 'up' },
        billing_scheme: 'tiered',
        tiers_mode: 'volume',
      },
      'transform_usage',
      '`transform_quantity` cannot be combined with `tiers`.',
    ],
    [
      { interval: 'year', interval_count: 4 },
      'interval_count',
      'Invalid recurring[interval_count]: a price recurs at least every three years, so at most 3 for year',
    ],
    [
      { meter: 'mtr_1' },
      'meter',
      'You can only set `recurring[meter]` if `recurring[usage_type]` is `metered`.',
    ],
    [
      { meter: 'mtr_1', usage_type: 'metered' },
      'meter',
      'The meter mtr_1 is inactive. Reactivate it before attaching it to a price.',
    ],
  ])("%j, naming the plan's parameter", (params, param, message) =>
    rejects(gold(params), { param, message }, ...inactiveMeter),
  )

  it('a meter that was never created', () =>
    rejects(gold({ meter: 'mtr_1', usage_type: 'metered' }), {
      code: 'resource_missing',
      param: 'meter',
      message: "No such meter: 'mtr_1'",
    }))

  it('usage without a meter', () =>
    rejects(gold({ usage_type: 'metered' }), {
      message:
        'Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.',
    }))

  it('how usage adds up, beside a meter', () =>
    rejects(
      gold({ meter: 'mtr_1', usage_type: 'metered', aggregate_usage: 'sum' }),
      {
        param: 'aggregate_usage',
        message:
          'You can only set `recurring[aggregate_usage]` without a `recurring[meter]`: a meter has its own `default_aggregation`.',
      },
      meter(),
    ))

  it.each(['lookup_key', 'unit_amount', 'recurring'])('the parameter %s, by its name', (param) =>
    rejects(gold({ [param]: 'x' }), unknownParameter(param)),
  )

  it.each([
    ['an unknown parameter before a missing one', create({ nope: 1 }), unknownParameter('nope')],
    ['an unknown product before a taken id', gold({ product: 'prod_0' }), unknownProduct],
    ['a taken id before no amount', gold(none), taken],
  ])('%s', (_, command, refusal) => rejects(command, refusal, monthly({ id: 'gold' })))
})
