import { arrayOf, boolean, closed, nothing, oneOf, optional, text } from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import { command, commandOn, family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { isWithin, listRows, pageParams, timeFilter } from '../kernel/list.js'
import {
  createPlanWithProduct,
  createPriceWithProduct,
  createProductParams,
  createProductWithPrice,
  newPlanParams,
  newPriceParams,
} from './create.js'
import { priceNotifications } from './notifications.js'
import {
  deletePlan,
  type PlanView,
  planAt,
  unknownPlan,
  updatePlan,
  updatePlanParams,
  viewPlan,
} from './plan.js'
import {
  type Price,
  type PriceSlices,
  priceAt,
  priceEvents,
  pricesSlice,
  unknownPrice,
  updatePrice,
  updatePriceParams,
  viewPrice,
} from './price.js'
import {
  deleteProduct,
  type Product,
  type ProductSlices,
  productEvents,
  productNotifications,
  productsSlice,
  unknownProduct,
  updateProduct,
  updateProductParams,
  viewProduct,
} from './product.js'

export type { PriceId, ProductId } from './ids.js'
export { type PlanView, viewPlan } from './plan.js'
export {
  type AggregateUsage,
  aggregateUsageOf,
  type CurrencyOption,
  createPrice,
  isLegacyMetered,
  type Price,
  type PriceEvent,
  type PriceSlices,
  type PriceView,
  priceDataParams,
  pricingIn,
  type Recurring,
  viewPrice,
} from './price.js'
export {
  exactPriceOf,
  isBeyondALine,
  type PricedPart,
  type Pricing,
  pricedParts,
  priceOf,
  type Tier,
  type TransformQuantity,
  transformed,
} from './pricing.js'
export { type Product, type ProductSlices, type ProductView, viewProduct } from './product.js'

const listProducts = closed('ListProducts', {
  ...pageParams,
  active: optional(boolean),
  created: optional(timeFilter),
  ids: optional(arrayOf(text())),
  shippable: optional(boolean),
  type: optional(oneOf('type', ['good', 'service'])),
  url: optional(text()),
})

const listPrices = closed('ListPrices', {
  ...pageParams,
  active: optional(boolean),
  created: optional(timeFilter),
  currency: optional(currencyCode),
  lookup_keys: optional(arrayOf(text(), 10)),
  product: optional(text()),
  recurring: optional(
    closed('Recurring', {
      interval: optional(oneOf('interval', ['day', 'week', 'month', 'year'])),
      meter: optional(text()),
      usage_type: optional(oneOf('usage_type', ['licensed', 'metered'])),
    }),
  ),
  type: optional(oneOf('type', ['one_time', 'recurring'])),
})

const listPlans = closed('ListPlans', {
  ...pageParams,
  active: optional(boolean),
  created: optional(timeFilter),
  product: optional(text()),
})

/** The plan of a price that recurs. */
const planOf = (price: Price): PlanView => viewPlan(price) as PlanView

const isAsked = <T>(asked: T | undefined, value: T): boolean =>
  asked === undefined || asked === value

export const catalogFamily = family({
  name: 'catalog',
  slices: { products: productsSlice, prices: pricesSlice },
  events: { ...productEvents, ...priceEvents },
  commands: {
    CreateProduct: command(createProductParams, createProductWithPrice, (_, product) =>
      viewProduct(product),
    ),
    UpdateProduct: commandOn(updateProductParams, updateProduct, (_, product) =>
      viewProduct(product),
    ),
    DeleteProduct: commandOn(nothing('DeleteProduct'), deleteProduct, (_, id) => ({
      id,
      object: 'product' as const,
      deleted: true as const,
    })),
    CreatePrice: command(newPriceParams, createPriceWithProduct, (_, price) => viewPrice(price)),
    UpdatePrice: commandOn(updatePriceParams, updatePrice, (_, price) => viewPrice(price)),
    CreatePlan: command(newPlanParams, createPlanWithProduct, (_, price) => planOf(price)),
    UpdatePlan: commandOn(updatePlanParams, updatePlan, (_, price) => planOf(price)),
    DeletePlan: commandOn(nothing('DeletePlan'), deletePlan, (_, id) => ({
      id,
      object: 'plan' as const,
      deleted: true as const,
    })),
  },
  queries: {
    RetrieveProduct: queryOn(nothing('RetrieveProduct'), (world: World<ProductSlices>, id) => {
      const product = world.products.get(id)
      return product === undefined ? E.left(unknownProduct(id)) : E.right(viewProduct(product))
    }),
    ListProducts: query(
      listProducts,
      (world: World<ProductSlices>, { active, created, ids, shippable, type, url, ...page }) =>
        listRows({
          table: world.products,
          page,
          url: '/v1/products',
          noun: 'product',
          view: viewProduct,
          where: (product: Product) =>
            isAsked(active, product.active) &&
            isWithin(created, product.created) &&
            (ids === undefined || ids.includes(product.id)) &&
            isAsked(shippable, product.shippable ?? undefined) &&
            isAsked(type, product.type) &&
            isAsked(url, product.url ?? undefined),
        }),
    ),
    RetrievePrice: queryOn(nothing('RetrievePrice'), (world: World<PriceSlices>, id) => {
      const price = priceAt(world, id)
      return price === undefined ? E.left(unknownPrice(id)) : E.right(viewPrice(price))
    }),
    /** Prices that came inside other requests are in no list. @remarks Source: docs.stripe.com/api/prices/list. */
    ListPrices: query(
      listPrices,
      (
        world: World<PriceSlices>,
        { active, created, currency, lookup_keys, product, recurring, type, ...page },
      ) =>
        listRows({
          table: world.prices,
          page,
          url: '/v1/prices',
          noun: 'price',
          view: viewPrice,
          by: product === undefined ? undefined : ['product', product],
          where: (price: Price) =>
            !price.deleted &&
            !price.inline &&
            isAsked(active, price.active) &&
            isWithin(created, price.created) &&
            isAsked(currency, price.currency) &&
            (lookup_keys === undefined ||
              (price.lookup_key !== null && lookup_keys.includes(price.lookup_key))) &&
            isAsked(type, price.recurring === null ? 'one_time' : 'recurring') &&
            (recurring === undefined ||
              (price.recurring !== null &&
                isAsked(recurring.interval, price.recurring.interval) &&
                isAsked(recurring.meter, price.recurring.meter ?? undefined) &&
                isAsked(recurring.usage_type, price.recurring.usage_type))),
        }),
    ),
    RetrievePlan: queryOn(nothing('RetrievePlan'), (world: World<PriceSlices>, id) => {
      const price = planAt(world, id)
      return price === undefined ? E.left(unknownPlan(id)) : E.right(planOf(price))
    }),
    ListPlans: query(
      listPlans,
      (world: World<PriceSlices>, { active, created, product, ...page }) =>
        listRows({
          table: world.prices,
          page,
          url: '/v1/plans',
          noun: 'plan',
          view: planOf,
          by: product === undefined ? undefined : ['product', product],
          where: (price: Price) =>
            price.recurring !== null &&
            !price.deleted &&
            !price.inline &&
            isAsked(active, price.active) &&
            isWithin(created, price.created),
        }),
    ),
  },
  watches: [],
  notifications: { ...productNotifications, ...priceNotifications },
})
