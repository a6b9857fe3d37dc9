/** What an explanation is made of: steps, each with its number, how that follows from its parts, and what it rests on. */
import type { Currency } from '../../domain/kernel/currency.js'
import { addDecimals, compareDecimals, toDecimal, ZERO } from '../../domain/kernel/decimal.js'
import { invariant } from '../../domain/kernel/defect.js'
import type { Instant } from '../../domain/kernel/instant.js'
import {
  type Fraction,
  isLess,
  minus,
  NOTHING,
  ONE,
  ofDecimal,
  plus,
  read,
  rounded,
  through,
  times,
  written,
} from './fraction.js'

/** A fact of the log that a number rests on. */
export interface Ground {
  readonly position: number
  readonly at: Instant
  readonly type: string
  /** What it is about; `null` where it names nothing. */
  readonly id: string | null
}

/** A rule of billing, in a sentence, and where it is documented. */
export interface Rule {
  readonly text: string
  /** A page of Stripe's; `null` where the rule is a decision of ours, or is inferred. */
  readonly source: string | null
}

/** Usage that counts: a report, or what a later one made of it. */
export interface Counted {
  readonly position: number
  /** When it counts: its timestamp, or its window's start. */
  readonly at: Instant
  /** Decimal text. */
  readonly value: string
}

/** How grants stood in the order of burning when one of them paid. */
export interface Candidate {
  readonly credit_grant: string
  /** From 1, among those that could pay; `null` for one that could not. */
  readonly place: number | null
  /** What it held when the invoice became final, and what was left when it was this one's turn. Minor units. */
  readonly held: number
  readonly left: number
  /** Why it stands where it does beside the one that paid. */
  readonly why: string
}

/** How a step's number follows: said by a fact, or worked out from its parts (of `counted` by a formula). */
export type By =
  | 'given'
  | 'sum'
  | 'difference'
  | 'product'
  | 'quotient'
  | 'least'
  | 'greatest'
  | 'half-up'
  | 'up'
  | 'down'
  | 'sum-of-usage'
  | 'count-of-usage'
  | 'last-of-usage'
  | 'max-of-usage'

export interface Step {
  /** What the number is, in words. */
  readonly what: string
  /** Exact: a decimal, or `1/3` where there is none. Money is in minor units. */
  readonly value: string
  readonly unit: 'money' | 'units' | 'share'
  readonly by: By
  readonly rule: Rule | null
  readonly grounds: readonly Ground[]
  /** What the number is worked out from, in order. */
  readonly parts: readonly Step[]
  /** Of usage: every report that counts, oldest first. */
  readonly counted: readonly Counted[]
  /** What decided without being part of the sum: the quantity that reaches a tier's flat amount. */
  readonly because: readonly Step[]
  /** Of what a grant paid: all grants of the customer. */
  readonly candidates: readonly Candidate[]
}

/** What a number is, why, and all that it is made of: plain data. */
export interface Explanation extends Step {
  /** `line il_...` */
  readonly of: string
  readonly currency: Currency
  /** Minor units: what the thing itself says. */
  readonly amount: number
}

// Working out

const usageOf = (by: By, counted: readonly Counted[]): Fraction => {
  if (by === 'count-of-usage') return ofDecimal({ units: counted.length, scale: 0 })
  if (by === 'last-of-usage') return read(counted.at(-1)?.value ?? '0')
  const values = counted.map(({ value }) => toDecimal(value))
  if (by === 'sum-of-usage') return ofDecimal(values.reduce(addDecimals, ZERO))
  const [first = ZERO, ...more] = values
  return ofDecimal(
    more.reduce((most, each) => (compareDecimals(each, most) > 0 ? each : most), first),
  )
}

const ROUNDINGS = { 'half-up': 'half-up', up: 'ceil', down: 'floor' } as const

const made = (by: By, parts: readonly Fraction[]): Fraction => {
  const [first = NOTHING, ...more] = parts
  switch (by) {
    case 'sum':
      return parts.reduce(plus, NOTHING)
    case 'difference':
      return more.reduce(minus, first)
    case 'product':
      return parts.reduce(times, ONE)
    case 'quotient':
      return more.reduce(through, first)
    case 'least':
      return more.reduce((least, each) => (isLess(each, least) ? each : least), first)
    case 'greatest':
      return more.reduce((most, each) => (isLess(most, each) ? each : most), first)
    case 'half-up':
    case 'up':
    case 'down':
      invariant(more.length === 0, 'one number is rounded')
      return rounded(first, ROUNDINGS[by])
    default:
      return NOTHING
  }
}

const isOfUsage = (by: By): boolean => by.endsWith('-of-usage')

/**
 * The number of a step, worked out again from what facts say and nothing else: `value` in all but the leaves is passed
 * over. What an explanation is worth is what this comes to.
 */
export const recomputed = (step: Step): string => written(worth(step))

const worth = ({ by, counted, parts, value }: Step): Fraction => {
  if (by === 'given') return read(value)
  return isOfUsage(by) ? usageOf(by, counted) : made(by, parts.map(worth))
}

// Making

type More = Partial<Pick<Step, 'rule' | 'grounds' | 'because' | 'candidates'>>

const NONE: readonly never[] = Object.freeze([])

const stepOf = (
  what: string,
  value: string,
  unit: Step['unit'],
  by: By,
  parts: readonly Step[],
  counted: readonly Counted[],
  { rule = null, grounds = NONE, because = NONE, candidates = NONE }: More,
): Step => ({ what, value, unit, by, rule, grounds, parts, counted, because, candidates })

/** A number that a fact says. */
export const given = (
  what: string,
  value: string | number,
  unit: Step['unit'],
  more: More = {},
): Step => stepOf(what, String(value), unit, 'given', NONE, NONE, more)

/** A number that follows from others. */
export const from = (
  by: Exclude<By, 'given' | `${string}-of-usage`>,
  what: string,
  unit: Step['unit'],
  parts: readonly Step[],
  more: More = {},
): Step =>
  stepOf(
    what,
    written(
      made(
        by,
        parts.map(({ value }) => read(value)),
      ),
    ),
    unit,
    by,
    parts,
    NONE,
    more,
  )

/** All parts together; one by itself is no sum. */
export const inAll = (what: string, unit: Step['unit'], parts: readonly Step[]): Step => {
  const [only, ...more] = parts
  return only !== undefined && more.length === 0 ? only : from('sum', what, unit, parts)
}

/** What a formula makes of the usage that counts. */
export const ofUsage = (
  formula: 'sum' | 'count' | 'last' | 'max',
  what: string,
  counted: readonly Counted[],
  more: More = {},
): Step => {
  const by = `${formula}-of-usage` as const
  return stepOf(what, written(usageOf(by, counted)), 'units', by, NONE, counted, more)
}

/** Whether the first number is less than the second. */
export const isBelow = (a: Step, b: Step): boolean => isLess(read(a.value), read(b.value))

/** A step as the answer, which must come to what the thing itself says. */
export const explanation = (
  of: string,
  currency: Currency,
  amount: number,
  step: Step,
): Explanation => {
  invariant(step.value === String(amount), `${of} is ${amount}, and is explained as ${step.value}`)
  return { of, currency, amount, ...step }
}
