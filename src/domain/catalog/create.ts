/** Requests that make a product and a price in one go. */
import { boolean, closed, either, optional, type TypeOf, text } from '../kernel/codec.js'
import { andThen, type Decision, decided, mapResult } from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import { metadataParam } from '../kernel/metadata.js'
import {
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
  resourceMissingIn,
  within,
} from '../kernel/rejection.js'
import type { MeterSlices } from '../metering/index.js'
import type { ProductId } from './ids.js'
import { createPlan, planParams } from './plan.js'
import {
  createPrice,
  createPriceParams,
  type Price,
  type PriceSlices,
  priceDataParams,
  recurringFields,
} from './price.js'
import {
  createProduct,
  type Product,
  type ProductSlices,
  productParams,
  updateProduct,
} from './product.js'

type Slices = ProductSlices & PriceSlices & MeterSlices

const productData = closed('ProductData', {
  active: optional(boolean),
  id: optional(text(255)),
  metadata: optional(metadataParam),
  name: text(250),
  statement_descriptor: optional(text(22)),
  tax_code: optional(text()),
  unit_label: optional(text(12)),
})

type ProductData = TypeOf<typeof productData>

const {
  currency,
  currency_options,
  custom_unit_amount,
  metadata,
  tax_behavior,
  unit_amount,
  unit_amount_decimal,
} = priceDataParams
const { interval, interval_count } = recurringFields

const defaultPriceData = closed('DefaultPriceData', {
  currency,
  currency_options,
  custom_unit_amount,
  metadata,
  recurring: optional(closed('Recurring', { interval, interval_count })),
  tax_behavior,
  unit_amount,
  unit_amount_decimal,
})

/** Parameters of POST /v1/products. `default_price_data` makes the product's default price, too. */
export const createProductParams = closed('CreateProduct', {
  ...productParams,
  default_price_data: optional(defaultPriceData),
})

export type CreateProductWithPrice = TypeOf<typeof createProductParams>

/** Creates a product and, where asked, its default price. @remarks Source: docs.stripe.com/api/products/create. */
export const createProductWithPrice = ({
  default_price_data,
  ...product
}: CreateProductWithPrice): Decision<Slices, Product> => {
  if (default_price_data === undefined) return createProduct(product)
  return pipe(
    createProduct(product),
    andThen(({ id }) =>
      inside('default_price_data', createPrice({ ...default_price_data, product: id })),
    ),
    andThen(({ id, product: of }) => updateProduct(of, { default_price: id })),
  )
}

/** The decision, its refusals told from outside of a parameter. */
const inside =
  <S, A>(param: string, decision: Decision<S, A>): Decision<S, A> =>
  (world) => {
    const done = decision(world)
    return E.isLeft(done) ? E.left(within(param, done.left)) : done
  }

/** The product that a request names, or the one whose fields it holds. */
const productFor =
  (
    id: ProductId | undefined,
    data: ProductData | undefined,
    param = 'product_data',
  ): Decision<ProductSlices, ProductId> =>
  (world) => {
    if (data !== undefined)
      return pipe(
        inside(param, createProduct(data)),
        mapResult((product) => product.id),
      )(world)
    if (id === undefined) return E.left(parameterMissing('product'))
    return world.products.has(id)
      ? decided(world, id)
      : E.left(resourceMissingIn('product', 'product', id))
  }

/** Parameters of POST /v1/prices. */
export const newPriceParams = closed('CreatePrice', {
  ...createPriceParams,
  product_data: optional(productData),
})

export type NewPriceParams = TypeOf<typeof newPriceParams>

const noProduct: Rejection = invalidRequest(
  'You must specify either `product` or `product_data` when creating a price.',
)

/** Creates a price, and its product where that comes along. @remarks Source: docs.stripe.com/api/prices/create. */
export const createPriceWithProduct =
  ({ product, product_data, ...price }: NewPriceParams): Decision<Slices, Price> =>
  (world) => {
    if (product !== undefined && product_data !== undefined)
      return E.left(onlyOneOf(['product', 'product_data'], 'product'))
    if (product === undefined && product_data === undefined) return E.left(noProduct)
    return pipe(
      productFor(product, product_data),
      andThen((id) => createPrice({ ...price, product: id })),
    )(world)
  }

/** A plan's product: an id, or the fields of a new one. */
const planProduct = either('product', text(), productData)

/** Parameters of POST /v1/plans. */
export const newPlanParams = closed('CreatePlan', { ...planParams, product: planProduct })

export type NewPlanParams = TypeOf<typeof newPlanParams>

/** Creates a plan, and its product where that comes along. @remarks Source: docs.stripe.com/api/plans/create. */
export const createPlanWithProduct = ({
  product,
  ...plan
}: NewPlanParams): Decision<Slices, Price> =>
  pipe(
    typeof product === 'string'
      ? productFor(product, undefined)
      : productFor(undefined, product, 'product'),
    andThen((id) => createPlan(plan, id)),
  )
