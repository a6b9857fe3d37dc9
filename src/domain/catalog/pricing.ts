/**
 * What a quantity costs: exact decimals in between, one rounding where the rule says so.
 * @remarks Source: docs.stripe.com/products-prices/pricing-models.
 */
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimal,
  divideRounded,
  multiplyDecimals,
  roundDecimal,
  subtractDecimals,
  toDecimal,
  ZERO,
} from '../kernel/decimal.js'
import { invariant } from '../kernel/defect.js'
import { AMOUNT_MAX, minorUnits } from '../kernel/money.js'

/** A step of a tiered price. `up_to` is included; `null` is without end. Amounts are minor units. */
export interface Tier {
  readonly flat_amount: number | null
  /** A whole number, as text. */
  readonly flat_amount_decimal: string | null
  /** `null` where the decimal is no whole number. */
  readonly unit_amount: number | null
  readonly unit_amount_decimal: string | null
  readonly up_to: number | null
}

export interface TransformQuantity {
  readonly divide_by: number
  readonly round: 'up' | 'down'
}

/** How a price turns a quantity into money, in one currency. */
export type Pricing =
  | {
      readonly billing_scheme: 'per_unit'
      /** Minor units, up to 12 decimals. */
      readonly unit_amount_decimal: string
      readonly transform_quantity: TransformQuantity | null
    }
  | {
      readonly billing_scheme: 'tiered'
      readonly tiers_mode: 'graduated' | 'volume'
      readonly tiers: readonly Tier[]
    }

/** One part of a charge, as an invoice shows it. */
export interface PricedPart {
  /** From 1; `null` where the price has no tiers. */
  readonly tier: number | null
  readonly kind: 'unit' | 'flat'
  readonly quantity: Decimal
  /** Minor units, rounded half away from zero. Beyond {@link AMOUNT_MAX} it need not be exact: no line may have it. */
  readonly amount: number
  /** What one unit costs, or the flat amount: minor units, exact. */
  readonly unit_amount_decimal: string
}

const roundToUnits = (exact: Decimal): number => Number(roundDecimal(exact, 'half-up'))

/** Packages: how many of `divide_by` units a quantity makes. */
export const transformed = (quantity: Decimal, transform: TransformQuantity | null): Decimal => {
  if (transform === null) return quantity
  const scale = 10n ** BigInt(quantity.scale)
  return decimal(
    divideRounded(
      BigInt(quantity.units),
      BigInt(transform.divide_by) * scale,
      transform.round === 'up' ? 'ceil' : 'floor',
    ),
  )
}

const unitPart = (tier: number, { unit_amount_decimal }: Tier, quantity: Decimal): PricedPart => {
  const unit = unit_amount_decimal ?? '0'
  return {
    tier,
    kind: 'unit',
    quantity,
    amount: roundToUnits(multiplyDecimals(toDecimal(unit), quantity)),
    unit_amount_decimal: unit,
  }
}

const flatPart = (tier: number, { flat_amount_decimal }: Tier): readonly PricedPart[] =>
  flat_amount_decimal === null
    ? []
    : [
        {
          tier,
          kind: 'flat',
          quantity: ZERO,
          amount: roundToUnits(toDecimal(flat_amount_decimal)),
          unit_amount_decimal: flat_amount_decimal,
        },
      ]

const upTo = ({ up_to }: Tier): Decimal | undefined => (up_to === null ? undefined : decimal(up_to))

/** Each tier that the quantity reaches, the first one always: what lies in it, then its flat amount. */
const graduatedParts = (tiers: readonly Tier[], quantity: Decimal): readonly PricedPart[] => {
  const parts: PricedPart[] = []
  let below = ZERO
  for (const [index, tier] of tiers.entries()) {
    if (index > 0 && compareDecimals(quantity, below) <= 0) break
    const end = upTo(tier)
    const top = end === undefined || compareDecimals(quantity, end) < 0 ? quantity : end
    parts.push(
      unitPart(index + 1, tier, subtractDecimals(top, below)),
      ...flatPart(index + 1, tier),
    )
    if (end === undefined) break
    below = end
  }
  return parts
}

/** The one tier that holds the whole quantity. */
const volumeParts = (tiers: readonly Tier[], quantity: Decimal): readonly PricedPart[] => {
  const index = tiers.findIndex((tier) => {
    const end = upTo(tier)
    return end === undefined || compareDecimals(quantity, end) <= 0
  })
  const tier = tiers[index]
  invariant(tier !== undefined, 'the last tier has no end')
  return [unitPart(index + 1, tier, quantity), ...flatPart(index + 1, tier)]
}

/**
 * The parts of a charge, in the order of an invoice's lines. A part rounds once, so a tiered charge rounds once a tier.
 * @param quantity - Not negative.
 */
export const pricedParts = (pricing: Pricing, quantity: Decimal): readonly PricedPart[] => {
  invariant(compareDecimals(quantity, ZERO) >= 0, 'a quantity is not negative')
  if (pricing.billing_scheme === 'tiered')
    return pricing.tiers_mode === 'graduated'
      ? graduatedParts(pricing.tiers, quantity)
      : volumeParts(pricing.tiers, quantity)
  const { unit_amount_decimal, transform_quantity } = pricing
  const exact = multiplyDecimals(
    toDecimal(unit_amount_decimal),
    transformed(quantity, transform_quantity),
  )
  return [{ tier: null, kind: 'unit', quantity, amount: roundToUnits(exact), unit_amount_decimal }]
}

/**
 * What a quantity costs before any rounding, the whole ladder of a tiered price: what a part of a period is a part of.
 * @param quantity - Not negative.
 */
export const exactPriceOf = (pricing: Pricing, quantity: Decimal): Decimal => {
  if (pricing.billing_scheme === 'per_unit')
    return multiplyDecimals(
      toDecimal(pricing.unit_amount_decimal),
      transformed(quantity, pricing.transform_quantity),
    )
  return pricedParts(pricing, quantity).reduce((sum, part) => {
    const amount = toDecimal(part.unit_amount_decimal)
    return addDecimals(sum, part.kind === 'flat' ? amount : multiplyDecimals(amount, part.quantity))
  }, ZERO)
}

/** Whether a quantity costs more than one line may come to. */
export const isBeyondALine = (pricing: Pricing, quantity: Decimal): boolean =>
  compareDecimals(exactPriceOf(pricing, quantity), decimal(AMOUNT_MAX)) > 0

/** What a quantity costs in all, in minor units: the sum of the rounded parts. */
export const priceOf = (pricing: Pricing, quantity: Decimal): number =>
  minorUnits(pricedParts(pricing, quantity).reduce((sum, { amount }) => sum + amount, 0))
