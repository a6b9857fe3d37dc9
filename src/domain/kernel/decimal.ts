/**
 * Exact decimals: a count of units and how many decimal places they stand for (`1.25` is 125 units at scale 2).
 * Units are a number while that is a safe integer and a bigint when it would not be, so nothing is ever
 * approximated and the common case stays cheap. Every decimal is canonical: `1.50` and `1.5` are equal values.
 */
import { invariant } from './defect.js'

export type Units = number | bigint

export interface Decimal {
  readonly units: Units
  /** Decimal places, 0 or more; the least that holds the value. */
  readonly scale: number
}

/** How a value between two integers becomes one. `half-up` takes halves away from zero, `half-down` towards minus infinity. */
export type Rounding = 'half-up' | 'half-down' | 'floor' | 'ceil' | 'truncate'

export const ZERO: Decimal = { units: 0, scale: 0 }

const MAX = Number.MAX_SAFE_INTEGER

const narrow = (units: bigint): Units => (units <= MAX && units >= -MAX ? Number(units) : units)

/** Adds exactly; leaves numbers for bigints only where the sum would not be a safe integer. */
export const addUnits = (a: Units, b: Units): Units => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (sum <= MAX && sum >= -MAX) return sum
  }
  return narrow(BigInt(a) + BigInt(b))
}

export const negateUnits = (units: Units): Units => (units === 0 ? 0 : -units)

export const subtractUnits = (a: Units, b: Units): Units => addUnits(a, negateUnits(b))

const POWERS: readonly number[] = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

const multiplyUnits = (a: Units, b: Units): Units => {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (product <= MAX && product >= -MAX) return product === 0 ? 0 : product
  }
  return narrow(BigInt(a) * BigInt(b))
}

const powerOfTen = (exponent: number): Units => POWERS[exponent] ?? 10n ** BigInt(exponent)

/** The same value counted at a larger scale. */
export const rescale = (units: Units, from: number, to: number): Units =>
  from === to ? units : multiplyUnits(units, powerOfTen(to - from))

/** Makes the canonical decimal for units at a scale. */
export const decimal = (units: Units, scale = 0): Decimal => {
  if (units === 0 || units === 0n) return ZERO
  let rest = units
  let places = scale
  while (places > 0) {
    if (typeof rest === 'number') {
      if (rest % 10 !== 0) break
      rest /= 10
    } else {
      if (rest % 10n !== 0n) break
      rest = narrow(rest / 10n)
    }
    places -= 1
  }
  return { units: typeof rest === 'bigint' ? narrow(rest) : rest, scale: places }
}

const PLUS = 43
const MINUS = 45
const DOT = 46
const DIGIT_0 = 48

/** What a text holds, read as a decimal: its value, or why it holds none. */
export type ParsedDecimal = Decimal | 'invalid' | 'too_many_digits'

/**
 * Reads `[+-]digits[.digits]`, with at most the given digits on either side of the point, as written.
 * @returns `'invalid'` for another form, `'too_many_digits'` for a well-formed text beyond the limits.
 */
export const parseDecimal = (
  text: string,
  integerDigitsMax = 15,
  fractionDigitsMax = 12,
): ParsedDecimal => {
  const { length } = text
  const first = text.charCodeAt(0)
  const signed = first === PLUS || first === MINUS
  let at = signed ? 1 : 0
  const start = at
  let point = -1
  let units = 0
  for (; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === DOT && point === -1) point = at
    else if (code >= DIGIT_0 && code <= 57) units = units * 10 + (code - DIGIT_0)
    else return 'invalid'
  }
  const integerDigits = (point === -1 ? length : point) - start
  const scale = point === -1 ? 0 : length - point - 1
  if (integerDigits === 0 || (point !== -1 && scale === 0)) return 'invalid'
  if (integerDigits > integerDigitsMax || scale > fractionDigitsMax) return 'too_many_digits'
  if (units > MAX) {
    const exact = BigInt(text.slice(start).replace('.', ''))
    return decimal(first === MINUS ? -exact : exact, scale)
  }
  const value = first === MINUS && units !== 0 ? -units : units
  return scale === 0 ? { units: value, scale: 0 } : decimal(value, scale)
}

/** Reads a decimal that is known to be well formed; anything else is a Defect. */
export const toDecimal = (text: string): Decimal => {
  const parsed = parseDecimal(text, 400, 400)
  invariant(typeof parsed === 'object', `'${text}' is a decimal`)
  return parsed
}

/** The shortest text of a decimal: `-0.75`, `12`. */
export const formatDecimal = ({ units, scale }: Decimal): string => {
  if (scale === 0) return String(units)
  const negative = units < 0
  const digits = String(negative ? -units : units).padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Whether the text that a decimal was read from is the shortest one: what {@link formatDecimal} writes. */
export const isShortest = (text: string, { units, scale }: Decimal): boolean => {
  const first = text.charCodeAt(0)
  const start = first === MINUS ? 1 : 0
  const point = scale === 0 ? text.length : text.length - scale - 1
  if (first === PLUS || (first === MINUS && units === 0)) return false
  if (text.charCodeAt(start) === DIGIT_0 && point > start + 1) return false
  return scale === 0 ? !text.includes('.') : text.charCodeAt(point) === DOT
}

/** The nearest double, for JSON numbers in answers; never used to compute. */
export const decimalToNumber = (value: Decimal): number =>
  value.scale === 0 ? Number(value.units) : Number(formatDecimal(value))

export const addDecimals = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale)
  return decimal(
    addUnits(rescale(a.units, a.scale, scale), rescale(b.units, b.scale, scale)),
    scale,
  )
}

export const negateDecimal = ({ units, scale }: Decimal): Decimal => ({
  units: negateUnits(units),
  scale,
})

export const subtractDecimals = (a: Decimal, b: Decimal): Decimal =>
  addDecimals(a, negateDecimal(b))

export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal =>
  decimal(multiplyUnits(a.units, b.units), a.scale + b.scale)

export const compareDecimals = (a: Decimal, b: Decimal): -1 | 0 | 1 => {
  const scale = Math.max(a.scale, b.scale)
  const left = rescale(a.units, a.scale, scale)
  const right = rescale(b.units, b.scale, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Divides exactly and rounds once. `divisor` is positive. */
export const divideRounded = (dividend: bigint, divisor: bigint, rounding: Rounding): bigint => {
  invariant(divisor > 0n, 'a divisor is positive')
  const towardsZero = dividend / divisor
  const remainder = dividend % divisor
  const down = remainder < 0n ? towardsZero - 1n : towardsZero
  const above = remainder < 0n ? remainder + divisor : remainder // What `down` leaves over, 0 or more.
  if (above === 0n) return down
  const half = above * 2n
  switch (rounding) {
    case 'floor':
      return down
    case 'ceil':
      return down + 1n
    case 'truncate':
      return dividend < 0n ? down + 1n : down
    case 'half-up':
      return half > divisor || (half === divisor && dividend > 0n) ? down + 1n : down
    case 'half-down':
      return half > divisor ? down + 1n : down
  }
}

/** The integer that a decimal rounds to. */
export const roundDecimal = ({ units, scale }: Decimal, rounding: Rounding): Units =>
  scale === 0 ? units : narrow(divideRounded(BigInt(units), 10n ** BigInt(scale), rounding))
