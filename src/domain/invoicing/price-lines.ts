/** The lines that a price and a quantity make. */
import {
  exactPriceOf,
  type Price,
  type PricedPart,
  type Pricing,
  type Product,
  type ProductSlices,
  pricedParts,
  pricingIn,
} from '../catalog/index.js'
import type { Currency } from '../kernel/currency.js'
import type { Period } from '../kernel/cycle.js'
import { type Decimal, decimal, divideRounded, formatDecimal } from '../kernel/decimal.js'
import { newId, type World, type WorldCore } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import { minorUnits } from '../kernel/money.js'
import { chargeText, type Described, trialText } from './describe.js'
import type { InvoiceLine } from './line.js'

/** A line before it stands on an invoice and gets its id. */
export type NewLine = Omit<InvoiceLine, 'id'>

/** A part of a full period, in seconds of each. */
export interface Share {
  readonly part: number
  readonly whole: number
}

const describedOf = (world: World<ProductSlices>, price: Price, currency: Currency): Described => {
  const product = world.products.get(price.product)
  return {
    product: product?.name ?? price.product,
    unit_label: product?.unit_label ?? null,
    recurring: price.recurring,
    currency,
    divide_by: price.transform_quantity?.divide_by ?? 1,
  }
}

const pricingOf = (price: Price, currency: Currency): Pricing =>
  pricingIn(price, currency) ?? defect(`the price '${price.id}' has no amounts in ${currency}`)

/** What is the same of all lines of one charge. */
export interface LineSource {
  readonly subscription: string | null
  readonly subscription_item: string | null
  readonly metadata: Metadata
  readonly period: Period
  readonly usage_from?: Instant | null
}

const lineOf = (
  price: Price,
  { subscription, subscription_item, metadata, period, usage_from = null }: LineSource,
  amount: number,
  quantity: string,
  unit_amount_decimal: string | null,
  description: string,
): NewLine => ({
  amount,
  description,
  discountable: true,
  invoice_item: null,
  metadata,
  period,
  price: price.id,
  product: price.product,
  quantity,
  subscription,
  subscription_item,
  unit_amount_decimal,
  usage_from,
})

/** A part of a charge as its line says it. */
interface WrittenPart {
  readonly amount: number
  readonly description: string
  readonly quantity: string
  readonly unit_amount_decimal: string
}

/** What a price made of a quantity the last time that it was asked. */
interface Written {
  readonly product: Product | undefined
  readonly currency: Currency
  readonly quantity: Decimal
  readonly parts: readonly WrittenPart[]
}

/** Rows never change, so what follows from them is worked out once: a price bills one quantity again and again. */
const written = new WeakMap<Price, Written>()

const writtenParts = (
  world: World<ProductSlices>,
  price: Price,
  currency: Currency,
  quantity: Decimal,
): readonly WrittenPart[] => {
  const product = world.products.get(price.product)
  const last = written.get(price)
  if (
    last !== undefined &&
    last.product === product &&
    last.currency === currency &&
    last.quantity.units === quantity.units &&
    last.quantity.scale === quantity.scale
  )
    return last.parts
  const described = describedOf(world, price, currency)
  const parts = pricedParts(pricingOf(price, currency), quantity).map((part) => ({
    amount: minorUnits(part.amount),
    description: chargeText(part, described),
    quantity: formatDecimal(part.quantity),
    unit_amount_decimal: part.unit_amount_decimal,
  }))
  written.set(price, { product, currency, quantity, parts })
  return parts
}

/**
 * The lines of a charge for a whole period: one, or for a tiered price one for each tier's units and each flat amount.
 * @remarks Source: docs.stripe.com/products-prices/pricing-models; the split by tiers is observed. Case: S-A4.
 */
export const chargeLines = (
  world: World<ProductSlices>,
  price: Price,
  currency: Currency,
  quantity: Decimal,
  source: LineSource,
): readonly NewLine[] =>
  writtenParts(world, price, currency, quantity).map((part) =>
    lineOf(price, source, part.amount, part.quantity, part.unit_amount_decimal, part.description),
  )

/** The shares added up, and what they are shares of: one fraction. */
const added = (shares: readonly Share[]): { readonly part: bigint; readonly whole: bigint } => {
  let part = 0n
  let whole = 1n
  for (const share of shares) {
    part = part * BigInt(share.whole) + BigInt(share.part) * whole
    whole *= BigInt(share.whole)
  }
  return { part, whole }
}

/** A share of an exact amount of minor units, rounded half away from zero once. */
const shareOf = (exact: Decimal, shares: readonly Share[]): number => {
  const { part, whole } = added(shares)
  const scale = 10n ** BigInt(exact.scale)
  return minorUnits(Number(divideRounded(BigInt(exact.units) * part, whole * scale, 'half-up')))
}

/** What a full period costs before any rounding: the whole ladder of a tiered price. */
export const exactAmount = (price: Price, currency: Currency, quantity: Decimal): Decimal =>
  exactPriceOf(pricingOf(price, currency), quantity)

/**
 * The one line of a charge for a part of a period, or for several parts added up.
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle. Cases: S-B9, S-B11, S-B17.
 */
export const shareLine = (
  world: World<ProductSlices>,
  price: Price,
  currency: Currency,
  quantity: Decimal,
  shares: readonly Share[],
  source: LineSource,
): NewLine => {
  const parts = pricedParts(pricingOf(price, currency), quantity)
  const whole: PricedPart = parts[0] as PricedPart
  return lineOf(
    price,
    source,
    shareOf(exactAmount(price, currency, quantity), shares),
    formatDecimal(quantity),
    parts.length === 1 ? whole.unit_amount_decimal : null,
    chargeText(
      { ...whole, tier: null, kind: 'unit', quantity },
      describedOf(world, price, currency),
    ),
  )
}

/** A trial's line, for nothing. @remarks The text and the unit amount of 0 are observed. */
export const trialLine = (
  world: World<ProductSlices>,
  price: Price,
  currency: Currency,
  quantity: number,
  mode: 'classic' | 'flexible',
  source: LineSource,
): NewLine =>
  lineOf(
    price,
    source,
    0,
    String(quantity),
    '0',
    trialText(quantity, describedOf(world, price, currency), mode),
  )

/** Gives lines their ids. @param nth - How many lines of the same fact have one already. */
export const numbered = (
  world: WorldCore,
  lines: readonly NewLine[],
  nth = 0,
): readonly InvoiceLine[] =>
  lines.map((line, index) => ({
    id: newId(world, 'il_1', 23, nth + index),
    amount: line.amount,
    description: line.description,
    discountable: line.discountable,
    invoice_item: line.invoice_item,
    metadata: line.metadata,
    period: line.period,
    price: line.price,
    product: line.product,
    quantity: line.quantity,
    subscription: line.subscription,
    subscription_item: line.subscription_item,
    unit_amount_decimal: line.unit_amount_decimal,
    usage_from: line.usage_from,
  }))

export const wholeUnits = (quantity: number): Decimal => decimal(quantity)
