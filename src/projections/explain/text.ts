/** Explanations as people read them. */
import { amountText } from '../../domain/invoicing/index.js'
import { formatInstant } from '../../domain/kernel/calendar.js'
import type { Currency } from '../../domain/kernel/currency.js'
import { read, rounded, times, written } from './fraction.js'
import type { By, Candidate, Counted, Explanation, Ground, Rule, Step } from './step.js'

/** Of a longer list the first ones and the last are shown. */
const SHOWN_FIRST = 3
const SHOWN_LAST = 1
const SHOWN_MAX = 6

interface Row {
  readonly what: string
  readonly value: string
  readonly rests: string
}

const grouped = (decimal: string): string => {
  const [whole = '', ...fraction] = decimal.split('.')
  return [whole.replace(/\B(?=(\d{3})+(?!\d))/g, ','), ...fraction].join('.')
}

/** Decimals of a minor unit that are shown of an amount that has no end. */
const ROUNDED_TO = { over: 10_000n, under: 1n }

const moneyText = (value: string, currency: Currency): string => {
  if (!value.includes('/')) return amountText(value, currency)
  const { over } = rounded(times(read(value), ROUNDED_TO), 'half-up')
  return `≈ ${amountText(written({ over, under: ROUNDED_TO.over }), currency)}`
}

const valueText = ({ unit, value }: Step, currency: Currency): string =>
  unit === 'money' ? moneyText(value, currency) : grouped(value)

const groundText = ({ at, type, id }: Ground): string =>
  `${type} ${formatInstant(at)}${id === null ? '' : ` ${id}`}`

/** A list with its middle left out where it is long; `left` says what. */
const shortened = <T>(
  list: readonly T[],
  row: (item: T) => readonly Row[],
  left: (count: number) => Row,
): readonly Row[] =>
  list.length <= SHOWN_MAX
    ? list.flatMap(row)
    : [
        ...list.slice(0, SHOWN_FIRST).flatMap(row),
        left(list.length - SHOWN_FIRST - SHOWN_LAST),
        ...list.slice(-SHOWN_LAST).flatMap(row),
      ]

const more = (indent: string, count: number): Row => ({
  what: `${indent}... ${grouped(String(count))} more`,
  value: '',
  rests: '',
})

const countedRow =
  (indent: string) =>
  ({ position, at, value }: Counted): readonly Row[] => [
    { what: `${indent}${formatInstant(at)}`, value: grouped(value), rests: `#${position}` },
  ]

const candidateRow =
  (indent: string, currency: Currency) =>
  ({ credit_grant, place, held, left, why }: Candidate): readonly Row[] => [
    {
      what: `${indent}${place === null ? '-' : `${place}.`} ${credit_grant}, of ${amountText(String(held), currency)}`,
      value: amountText(String(left), currency),
      rests: why,
    },
  ]

/** What stands before each part but the first, to say how the parts are put together. */
const SIGNS: Readonly<Partial<Record<By, string>>> = {
  sum: '+ ',
  difference: '- ',
  product: '× ',
  quotient: '÷ ',
  least: 'or, if less, ',
  greatest: 'or, if more, ',
}

class Page {
  readonly rules = new Map<Rule, number>()
  readonly grounds = new Map<number, Ground>()
  readonly #currency: Currency
  /** Steps that lie deeper are left out. */
  readonly #depthMax: number

  constructor(currency: Currency, depthMax: number) {
    this.#currency = currency
    this.#depthMax = depthMax
  }

  #mark(rule: Rule | null): string {
    if (rule === null) return ''
    const nth = this.rules.get(rule) ?? this.rules.size + 1
    this.rules.set(rule, nth)
    return ` [${nth}]`
  }

  #named(grounds: readonly Ground[]): string {
    for (const ground of grounds) this.grounds.set(ground.position, ground)
    return grounds.map(({ position }) => `#${position}`).join(' ')
  }

  rows(step: Step, depth = 0, before = ''): readonly Row[] {
    const { because, by, candidates, counted, grounds, parts, rule, what } = step
    const indent = '  '.repeat(depth + 1)
    const own = {
      what: `${indent}${before}${what}${this.#mark(rule)}`,
      value: valueText(step, this.#currency),
      rests: this.#named(grounds),
    }
    const inner = `${indent}  `
    if (depth === this.#depthMax && parts.length + counted.length + because.length > 0)
      return [{ ...own, what: `${own.what} ...` }]
    const left = (count: number): Row => more(inner, count)
    const sign = SIGNS[by] ?? ''
    return [
      own,
      ...shortened(
        [...parts.entries()],
        ([nth, part]) => this.rows(part, depth + 1, nth === 0 ? '' : sign),
        left,
      ),
      ...shortened(counted, countedRow(inner), left),
      ...because.flatMap((part) => this.rows(part, depth + 1, 'reached by ')),
      ...(candidates.length === 0
        ? []
        : [
            {
              what: `${inner}the grants in the order of burning, and what was left of each`,
              value: '',
              rests: '',
            },
          ]),
      ...shortened(candidates, candidateRow(inner, this.#currency), left),
    ]
  }
}

/** Rows on a screen, rules not counted. */
const ROWS_MAX = 24
const DEPTH_MAX = 12
const DEPTH_MIN = 1

const COLUMNS_BETWEEN = 2

/**
 * An explanation as lines of text: what it comes to, each step under the one that it is a part of with its number and
 * the facts (`#` is a position in the log), and below what the facts and the rules are. Long lists are shortened, and what
 * would not fit a screen shows its first steps only.
 */
export const explained = (explanation: Explanation): string => {
  const { amount, currency, of } = explanation
  let depth = DEPTH_MAX
  let page = new Page(currency, depth)
  let rows = page.rows(explanation)
  while (rows.length > ROWS_MAX && depth > DEPTH_MIN) {
    depth -= 1
    page = new Page(currency, depth)
    rows = page.rows(explanation)
  }
  const width = Math.max(...rows.map(({ what }) => what.length)) + COLUMNS_BETWEEN
  const values = Math.max(...rows.map(({ value }) => value.length))
  const gap = ' '.repeat(COLUMNS_BETWEEN)
  const facts = [...page.grounds.values()].sort((a, b) => a.position - b.position)
  const places = Math.max(0, ...facts.map(({ position }) => `#${position}`.length))
  return [
    `${of}: ${amountText(String(amount), currency)}`,
    '',
    ...rows.map(({ what, value, rests }) =>
      `${what.padEnd(width)}${value.padStart(values)}${gap}${rests}`.trimEnd(),
    ),
    ...(facts.length === 0 ? [] : ['']),
    ...facts.map((ground) => `  ${`#${ground.position}`.padEnd(places)} ${groundText(ground)}`),
    ...(page.rules.size === 0 ? [] : ['']),
    ...[...page.rules].map(
      ([{ text, source }, nth]) =>
        `  [${nth}] ${text}${source === null ? ' (inferred)' : ` ${source}`}`,
    ),
  ].join('\n')
}
