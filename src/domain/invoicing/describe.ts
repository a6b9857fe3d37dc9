/** What lines say of themselves. @remarks The forms are observed; those of intervals of several months follow the docs. */
import type { PricedPart, Recurring } from '../catalog/index.js'
import { type Currency, exponentOf, symbolOf } from '../kernel/currency.js'
import { type Decimal, decimal, formatDecimal, toDecimal } from '../kernel/decimal.js'

/** `1234.5` with as many decimals as the currency shows at least, and commas between thousands. */
const written = (value: Decimal, decimalsMin: number): string => {
  const [whole = '0', fraction = ''] = formatDecimal(value).split('.')
  const decimals = fraction.padEnd(decimalsMin, '0')
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (decimals === '' ? '' : `.${decimals}`)
}

/**
 * An amount as a description shows it: `$25.00`, `$0.036`, `¥500`.
 * @param minor - Minor units as decimal text.
 */
export const amountText = (minor: string, currency: Currency): string => {
  const { units, scale } = toDecimal(minor)
  const exponent = exponentOf(currency)
  const negative = units < 0
  const major = decimal(negative ? -units : units, scale + exponent)
  return `${negative ? '-' : ''}${symbolOf(currency)}${written(major, exponent)}`
}

/** `month`, or `every 3 months`. */
const every = ({ interval, interval_count }: Recurring): string =>
  interval_count === 1 ? interval : `every ${interval_count} ${interval}s`

/** What of a price a description tells. */
export interface Described {
  /** The product's name. */
  readonly product: string
  readonly unit_label: string | null
  readonly recurring: Recurring | null
  readonly currency: Currency
  /** Units in a package; 1 where the price has none. */
  readonly divide_by: number
}

const counted = (quantity: string, { product, unit_label }: Described): string =>
  `${quantity}${unit_label === null ? '' : ` ${unit_label}`} × ${product}`

/** A charge for a quantity, or one tier's part of it. */
export const chargeText = (
  { tier, kind, quantity, unit_amount_decimal }: PricedPart,
  described: Described,
): string => {
  const { currency, product, recurring, divide_by } = described
  const packaged = divide_by === 1 ? '' : ` per ${divide_by}`
  const at = `at ${amountText(unit_amount_decimal, currency)}${packaged}${recurring === null ? '' : ` / ${every(recurring)}`}`
  const subject = kind === 'flat' ? product : counted(formatDecimal(quantity), described)
  return tier === null ? `${subject} (${at})` : `${subject} (Tier ${tier} ${at})`
}

/** A trial's line. */
export const trialText = (
  quantity: number,
  described: Described,
  mode: 'classic' | 'flexible',
): string =>
  mode === 'classic'
    ? `Trial period for ${described.product}`
    : `Free trial for ${counted(String(quantity), described)}`
