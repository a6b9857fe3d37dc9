/** Exact numbers between two roundings: a share of a period is a fraction that no decimal holds. */
import {
  type Decimal,
  divideRounded,
  formatDecimal,
  toDecimal,
} from '../../domain/kernel/decimal.js'
import { invariant } from '../../domain/kernel/defect.js'

/** In lowest terms; the lower number is more than 0. */
export interface Fraction {
  readonly over: bigint
  readonly under: bigint
}

const greatestCommon = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

const fraction = (over: bigint, under: bigint): Fraction => {
  invariant(under > 0n, 'a fraction is of something')
  const common = greatestCommon(over, under)
  return common <= 1n ? { over, under } : { over: over / common, under: under / common }
}

export const NOTHING: Fraction = { over: 0n, under: 1n }
export const ONE: Fraction = { over: 1n, under: 1n }

export const ofDecimal = ({ units, scale }: Decimal): Fraction =>
  fraction(BigInt(units), 10n ** BigInt(scale))

export const plus = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.over * b.under + b.over * a.under, a.under * b.under)

export const minus = (a: Fraction, b: Fraction): Fraction =>
  plus(a, { over: -b.over, under: b.under })

export const times = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.over * b.over, a.under * b.under)

/** @param b - More than nothing. */
export const through = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.over * b.under, a.under * b.over)

export const isLess = (a: Fraction, b: Fraction): boolean => a.over * b.under < b.over * a.under

export const rounded = (
  { over, under }: Fraction,
  rounding: 'half-up' | 'floor' | 'ceil',
): Fraction => ({ over: divideRounded(over, under, rounding), under: 1n })

/** The decimal places that a fraction takes; `undefined` where no number of them is enough. */
const placesOf = (under: bigint): number | undefined => {
  let rest = under
  let twos = 0
  let fives = 0
  for (; rest % 2n === 0n; rest /= 2n) twos += 1
  for (; rest % 5n === 0n; rest /= 5n) fives += 1
  return rest === 1n ? Math.max(twos, fives) : undefined
}

/** The shortest decimal, or `1/3` where there is none. */
export const written = ({ over, under }: Fraction): string => {
  const places = placesOf(under)
  return places === undefined
    ? `${over}/${under}`
    : formatDecimal({ units: (over * 10n ** BigInt(places)) / under, scale: places })
}

/** The number that a text of {@link written} says. */
export const read = (text: string): Fraction => {
  const [over = '', under] = text.split('/')
  return under === undefined ? ofDecimal(toDecimal(over)) : fraction(BigInt(over), BigInt(under))
}
