import {
  ask,
  E,
  type PlanView,
  type Price,
  type PriceView,
  type Product,
  type ProductView,
  type Query,
  type World,
} from 'clepsydra'
import { expect } from 'vitest'
import { meter } from '../metering/support.js'
import { type Fact, type Refusal, refusal } from '../support/given.js'

/** 2026-01-01T00:00:00Z: what the examples of this folder call now. */
export const NOW = 1_767_225_600
/** A minute earlier: when what was there before was made. */
export const CREATED = NOW - 60

export const aProduct = (fields: Partial<Product> = {}): Product => ({
  id: 'prod_1',
  active: true,
  created: CREATED,
  default_price: null,
  description: null,
  images: [],
  marketing_features: [],
  metadata: {},
  name: 'Widget',
  package_dimensions: null,
  shippable: null,
  statement_descriptor: null,
  tax_code: null,
  type: 'service',
  unit_label: null,
  updated: CREATED,
  url: null,
  ...fields,
})

/** The fact of a product's creation; `prod_1` unless said. */
export const product = (fields: Partial<Product> = {}): Fact => {
  const made = aProduct(fields)
  return { type: 'ProductCreated', at: made.created, product: made }
}

/** The product as Stripe renders it. */
export const productView = (fields: Partial<Product> = {}): ProductView => {
  const { tax_code, ...rest } = aProduct(fields)
  return {
    object: 'product',
    attributes: [],
    livemode: false,
    ...rest,
    tax_code,
    tax_details: tax_code === null ? null : { performance_location: null, tax_code },
  }
}

/** Ten dollars, once. */
export const aPrice = (fields: Partial<Price> = {}): Price => ({
  id: 'price_1',
  active: true,
  billing_scheme: 'per_unit',
  created: CREATED,
  currency: 'usd',
  currency_options: {},
  custom_unit_amount: null,
  deleted: false,
  inline: false,
  lookup_key: null,
  metadata: {},
  nickname: null,
  product: 'prod_1',
  recurring: null,
  tax_behavior: 'unspecified',
  tiers: null,
  tiers_mode: null,
  transform_quantity: null,
  unit_amount_decimal: '1000',
  ...fields,
})

export const MONTHLY = {
  interval: 'month',
  interval_count: 1,
  meter: null,
  trial_period_days: null,
  usage_type: 'licensed',
} as const

/** The fact of a price's creation; `price_1`, once, unless said. */
export const price = (fields: Partial<Price> = {}): Fact => {
  const made = aPrice(fields)
  return { type: 'PriceCreated', at: made.created, price: made }
}

/** The same of a price that recurs every month. */
export const monthly = (fields: Partial<Price> = {}): Fact =>
  price({ recurring: MONTHLY, ...fields })

/** The price as Stripe renders it, its amount a whole number unless said. */
export const priceView = (
  fields: Partial<Price> = {},
  unit_amount: number | null = 1000,
): PriceView => {
  const { currency_options, deleted, inline, tiers, ...rest } = aPrice(fields)
  return {
    object: 'price',
    livemode: false,
    ...rest,
    type: rest.recurring === null ? 'one_time' : 'recurring',
    unit_amount,
  }
}

/** Ten dollars a month, as a plan. */
export const planView = (fields: Partial<PlanView> = {}): PlanView => ({
  id: 'price_1',
  object: 'plan',
  active: true,
  amount: 1000,
  amount_decimal: '1000',
  billing_scheme: 'per_unit',
  created: CREATED,
  currency: 'usd',
  interval: 'month',
  interval_count: 1,
  livemode: false,
  metadata: {},
  meter: null,
  nickname: null,
  product: 'prod_1',
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
  ...fields,
})

export { meter }

/** A meter `mtr_1` that accepts no more. */
export const inactiveMeter: readonly Fact[] = [
  meter(),
  { type: 'MeterDeactivated', at: CREATED, id: 'mtr_1' },
]

/** The answer to a query that is not refused. */
export const answerTo = (world: World, query: object): unknown => {
  const got = ask(world, query as Query)
  if (E.isLeft(got)) throw new Error(got.left.message)
  return got.right
}

export const refuses = (world: World, query: object, expected: Refusal): void =>
  expect(ask(world, query as Query)).toStrictEqual(E.left(refusal(expected)))

/** The ids of a list's page, and a plus where there are more. */
export const page = (world: World, type: string, params: object = {}): string => {
  const { data, has_more } = answerTo(world, { type, params }) as {
    readonly data: readonly { readonly id: string }[]
    readonly has_more: boolean
  }
  return `${data.map(({ id }) => id).join(' ')}${has_more ? ' +' : ''}`
}

export const unknownParameter = (param: string): Refusal => ({
  code: 'parameter_unknown',
  param,
  message: `Received unknown parameter: ${param}`,
})

export const missingParameter = (param: string): Refusal => ({
  code: 'parameter_missing',
  param,
  message: `Missing required param: ${param}.`,
})

/** 50 keys of metadata: as many as there may be. */
export const FULL_METADATA: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']),
)

export const outgrownMetadata: Refusal = {
  param: 'metadata',
  message: 'You can only have up to 50 metadata keys, but the update would make 51.',
}
