/** The prices that requests name or bring along, and whether a subscription may have them. */
import {
  createPrice,
  isBeyondALine,
  isLegacyMetered,
  type Price,
  type PriceSlices,
  type Pricing,
  type ProductSlices,
  pricingIn,
} from '../catalog/index.js'
import type { Currency } from '../kernel/currency.js'
import { areCompatible, type Recurrence } from '../kernel/cycle.js'
import { decimal } from '../kernel/decimal.js'
import { type Decision, decided } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import {
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
  resourceMissingIn,
  within,
} from '../kernel/rejection.js'
import type { MeterSlices } from '../metering/index.js'
import type { AddInvoiceItem, PriceChoice } from './params.js'
import { isMetered } from './subscription.js'

type Reads = PriceSlices & ProductSlices & MeterSlices

/** A price made by a request for itself alone: it is active nowhere else, and in no list. */
const inlinePrice =
  (
    { product, ...data }: NonNullable<PriceChoice['price_data'] | AddInvoiceItem['price_data']>,
    param: string,
  ): Decision<Reads, Price> =>
  (world) => {
    if (!world.products.has(product))
      return E.left(resourceMissingIn(`${param}[product]`, 'product', product))
    const done = createPrice({ ...data, product }, { inline: true })(world)
    return E.isLeft(done) ? E.left(within(param, done.left)) : done
  }

/** The price that a request names or brings, whatever kind it is: exactly one choice, and one that is active. */
const chosenPrice =
  (choice: PriceChoice | AddInvoiceItem, param: string): Decision<Reads, Price> =>
  (world) => {
    const { price_data } = choice
    const given = (['price', 'plan', 'price_data'] as const).filter(
      (key) => key in choice && (choice as PriceChoice)[key] !== undefined,
    )
    const [key, other] = given
    if (key === undefined) return E.left(parameterMissing(`${param}[price]`))
    if (other !== undefined) return E.left(onlyOneOf(given.map((name) => `${param}[${name}]`)))
    if (price_data !== undefined) return inlinePrice(price_data, `${param}[price_data]`)(world)
    const id = String((choice as PriceChoice)[key])
    const price = world.prices.get(id)
    if (price === undefined || price.deleted)
      return E.left(resourceMissingIn(`${param}[${key}]`, key, id))
    return price.active
      ? decided(world, price)
      : E.left(
          invalidRequest(
            'The price specified is inactive. This field only accepts active prices.',
            { param: `${param}[${key}]` },
          ),
        )
  }

const ofType =
  (type: 'recurring' | 'one_time') =>
  (choice: PriceChoice | AddInvoiceItem, param: string): Decision<Reads, Price> =>
  (world) => {
    const done = chosenPrice(choice, param)(world)
    if (E.isLeft(done)) return done
    const found = done.right.result.recurring === null ? 'one_time' : 'recurring'
    return found === type
      ? done
      : E.left(
          invalidRequest(
            `The price specified is set to \`type=${found}\` but this field only accepts prices with \`type=${type}\`.`,
            {
              param: `${param}[${choiceOf(choice)}]`,
            },
          ),
        )
  }

/**
 * The recurring price of an item.
 * @param param - Where the item stands: `items[0]`; empty where its parameters are the request's own.
 * @remarks An unknown price is observed; the other texts are known from the live API.
 */
export const recurringPrice: (choice: PriceChoice, param: string) => Decision<Reads, Price> =
  ofType('recurring')

/** The price, for one time, of an item of the first invoice. */
export const oneTimePrice: (item: AddInvoiceItem, param: string) => Decision<Reads, Price> =
  ofType('one_time')

/** @remarks The text is known from the live API. */
const otherCurrency = (price: Price, currency: Currency, param: string): Rejection =>
  invalidRequest(
    `The price specified supports currencies of ${[
      price.currency,
      ...Object.keys(price.currency_options),
    ]
      .map((code) => `\`${code}\``)
      .join(', ')}. This doesn't match the expected currency: \`${currency}\`.`,
    { param },
  )

/** More of something than one line may come to. @remarks Ours: so no renewal comes to what cannot be counted exactly. */
const quantityTooLarge = (
  pricing: Pricing,
  quantity: number,
  param: string,
): Rejection | undefined =>
  isBeyondALine(pricing, decimal(quantity))
    ? invalidRequest(
        `A quantity of ${quantity} comes to more than ${AMOUNT_MAX}, the most that a line can.`,
        { code: 'amount_too_large', param: `${param}[quantity]` },
      )
    : undefined

/**
 * A recurring price that has no amount in the currency, or too large a one.
 * @param quantity - `null` where usage is counted.
 * @param named - The parameter that names the price, in `param`.
 */
export const amountRefusal = (
  price: Price,
  currency: Currency,
  quantity: number | null,
  param: string,
  named: string = param,
): Rejection | undefined => {
  const pricing = pricingIn(price, currency)
  if (pricing === undefined) return otherCurrency(price, currency, named)
  return quantity === null ? undefined : quantityTooLarge(pricing, quantity, param)
}

/** What a price for one time costs in the currency. An amount that the customer chooses is for checkouts; the text is ours. */
export const oneTimePricing = (
  price: Price,
  currency: Currency,
  quantity: number,
  param: string,
  named: string,
): Either<Rejection, Pricing> => {
  if (price.custom_unit_amount !== null)
    return E.left(
      invalidRequest(
        'The price specified has a `custom_unit_amount`, which no invoice can ask for.',
        { param: named },
      ),
    )
  const pricing = pricingIn(price, currency)
  if (pricing === undefined) return E.left(otherCurrency(price, currency, named))
  const refusal = quantityTooLarge(pricing, quantity, param)
  return refusal === undefined ? E.right(pricing) : E.left(refusal)
}

/** Which of the three choices a request made: the last part of the parameter's name. */
export const choiceOf = (choice: PriceChoice | AddInvoiceItem): 'price' | 'plan' | 'price_data' => {
  if (choice.price_data !== undefined) return 'price_data'
  return 'plan' in choice && choice.plan !== undefined ? 'plan' : 'price'
}

/** A metered item has no quantity: its usage is counted. @remarks The text is known from the live API. */
export const quantityRefusal = (
  price: Price,
  quantity: number | undefined,
  param: string,
): Rejection | undefined =>
  isMetered(price) && quantity !== undefined
    ? invalidRequest(
        `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${param}\``,
        { param: `${param}[quantity]` },
      )
    : undefined

/** @remarks Observed, the odd parameter too. */
export const samePriceTwice = (id: string): Rejection =>
  invalidRequest(
    `Cannot create a Subscription with multiple Subscription Items with the same Price: ${id}`,
    { param: 'plan' },
  )

/** @remarks Source: docs.stripe.com/billing/subscriptions/billing-mode; the text is ours. */
export const legacyRefusal = (
  prices: readonly Price[],
  mode: 'classic' | 'flexible',
): Rejection | undefined => {
  const legacy = mode === 'flexible' ? prices.find(isLegacyMetered) : undefined
  return legacy === undefined
    ? undefined
    : invalidRequest(
        `The price \`${legacy.id}\` bills usage records, which subscriptions with \`billing_mode[type]=flexible\` cannot have.`,
        { param: 'items' },
      )
}

/**
 * Intervals that may not stand side by side: in classic mode any two that differ.
 * @remarks Source: docs.stripe.com/billing/subscriptions/mixed-interval. The first text is known, the second ours.
 */
export const intervalsRefusal = (
  recurrences: readonly Recurrence[],
  mode: 'classic' | 'flexible',
): Rejection | undefined => {
  const [first, ...others] = recurrences
  if (first === undefined) return undefined
  const differ = others.some(
    ({ interval, interval_count }) =>
      interval !== first.interval || interval_count !== first.interval_count,
  )
  if (!differ) return undefined
  if (mode === 'classic')
    return invalidRequest(
      'Currency and interval fields must match across all plans on this subscription. Found mismatch in interval field.',
    )
  return areCompatible(recurrences)
    ? undefined
    : invalidRequest(
        'The intervals of the prices on a subscription must each be a multiple of the shortest one.',
      )
}
