/** From a row to the usage that it reports: pure, and told of nothing but the mapping and the row. */
import { parseInstant } from '../domain/kernel/calendar.js'
import { E, type Either } from '../domain/kernel/fp.js'
import { type Instant, isInstant } from '../domain/kernel/instant.js'
import type { FieldInFull, MappingInFull, TimeFormat } from './mapping.js'
import type { Getter, RowData, RowReader } from './rows.js'

/** @remarks Source: docs.stripe.com/api/billing/meter-event/create. */
export const IDENTIFIER_MAX = 100

/** Usage as a row reports it. */
export interface UsageRow {
  readonly event_name: string
  readonly customer: string
  readonly value: string | undefined
  readonly timestamp: Instant
  /** `undefined` where the mapping names none. */
  readonly identifier: string | undefined
  /** What the payload has beside customer and value. */
  readonly payload: Readonly<Record<string, string>> | undefined
}

/** The part of a row that is at fault: a field of the mapping, or the row as a whole. */
export type RowField = keyof MappingInFull | 'row'

/** What is wrong with a row. */
export interface RowProblem {
  readonly field: RowField
  readonly reason: string
}

const problem = (field: RowField, reason: string): RowProblem => ({ field, reason })

/** Whether a row was refused. */
export const isProblem = (value: object | RowProblem): value is RowProblem => 'reason' in value

const shown = (text: string): string =>
  text.length > 60 ? `'${text.slice(0, 60)}...'` : `'${text}'`

// Texts

/** More digits than these a JSON number does not hold exactly. */
const EXACT_DIGITS = 15

const textOfNumber = (value: number): string | undefined => {
  const text = String(value)
  if (text.includes('e+')) return undefined
  const plain = text.includes('e-') ? value.toFixed(12).replace(/0+$/, '') : text
  const digits = plain.replace(/^-?0*\.?0*|\./g, '')
  return digits.length <= EXACT_DIGITS && Number(plain) === value ? plain : undefined
}

/** What stands in a field, as text; `undefined` where nothing does. */
const textOf = (value: unknown, field: RowField): string | undefined | RowProblem => {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number')
    return (
      textOfNumber(value) ??
      problem(
        field,
        `${value} has more digits than a JSON number holds exactly: write it as a text`,
      )
    )
  return problem(field, 'is an object or array: give the path of a text or number inside of it')
}

// Times

/** Unix seconds from here on (the year 5138) are taken for milliseconds. */
const SECONDS_MAX = 100_000_000_000

const NUMBER = /^-?\d{1,15}(?:\.\d+)?$/

const HOW: Readonly<Record<TimeFormat, string>> = {
  auto: 'unix seconds, a date (2026-01-31) or an RFC 3339 time (2026-01-31T08:27:07Z)',
  unix: 'unix seconds',
  unix_ms: 'unix milliseconds',
  rfc3339: 'an RFC 3339 time (2026-01-31T08:27:07Z)',
  date: 'a date (2026-01-31)',
}

const DATE_LENGTH = 10

/** RFC 3339 lets a space stand for `T`, and small letters. */
const written = (text: string): Instant | undefined =>
  parseInstant(text) ?? parseInstant(text.toUpperCase().replace(' ', 'T'))

/** Reads a time, or says what is wrong with it. */
export const readTime = (text: string, format: TimeFormat): Instant | string => {
  const isNumber = NUMBER.test(text)
  if (isNumber && (format === 'unix' || format === 'unix_ms' || format === 'auto')) {
    const seconds = Math.floor(format === 'unix_ms' ? Number(text) / 1_000 : Number(text))
    if (isInstant(seconds) && Math.abs(seconds) < SECONDS_MAX) return seconds
    return `${shown(text)} is too great for unix seconds: for milliseconds give the format unix_ms`
  }
  const isDate = text.length === DATE_LENGTH
  if (
    !isNumber &&
    (format === 'auto' || (format === 'rfc3339' && !isDate) || (format === 'date' && isDate))
  ) {
    const moment = written(text)
    if (moment !== undefined) return moment
    if (format !== 'date' && written(`${text}Z`) !== undefined && !isDate)
      return `${shown(text)} names no time zone: end it with Z for UTC`
  }
  return `${shown(text)} is not ${HOW[format]}`
}

// Rows

/** Makes usage of a row, or says what is wrong with the row. */
export type ToUsage = (data: RowData) => UsageRow | RowProblem

/** Gets a field's text out of a row. */
type TextGetter = (data: RowData) => string | undefined | RowProblem

/**
 * Binds a mapping to the columns of an input.
 * @returns A `Left` that says which column is not there.
 */
export const usageOf = (
  mapping: MappingInFull,
  reader: Pick<RowReader, 'getter' | 'identifier'>,
): Either<string, ToUsage> => {
  const missing: string[] = []
  const textGetter = (field: RowField, { from, constant }: FieldInFull): TextGetter => {
    if (constant !== undefined) return () => constant
    const getter = reader.getter(from as string)
    if (typeof getter !== 'function') {
      missing.push(`${field}: ${getter}`)
      return () => undefined
    }
    return (data) => textOf((getter as Getter)(data), field)
  }
  const { lookup } = mapping.customer
  const format = mapping.time.format ?? 'auto'
  const getEventName = textGetter('event_name', mapping.event_name)
  const getCustomer = textGetter('customer', mapping.customer)
  const getValue = mapping.value && textGetter('value', mapping.value)
  const getTime = textGetter('time', mapping.time)
  const own = reader.identifier
  const getIdentifier = mapping.identifier ? textGetter('identifier', mapping.identifier) : own
  const extras = Object.entries(mapping.payload ?? {}).map(
    ([key, field]) => [key, textGetter('payload', field)] as const,
  )
  if (missing.length > 0) return E.left(missing.join('\n'))

  return E.right((data) => {
    const eventName = getEventName(data)
    if (typeof eventName === 'object') return eventName
    const event_name = eventName?.trim() ?? ''
    if (event_name === '') return problem('event_name', 'is empty')

    const key = getCustomer(data)
    if (typeof key === 'object') return key
    let customer = key?.trim() ?? ''
    if (customer === '') return problem('customer', 'is empty')
    if (lookup !== undefined) {
      if (!Object.hasOwn(lookup, customer))
        return problem('customer', `${shown(customer)} is not in the lookup`)
      customer = lookup[customer] as string
    }

    const time = getTime(data)
    if (typeof time === 'object') return time
    if (time === undefined || time.trim() === '') return problem('time', 'is empty')
    const timestamp = readTime(time.trim(), format)
    if (typeof timestamp === 'string') return problem('time', timestamp)

    const given = getValue?.(data)
    if (typeof given === 'object') return given
    const value = given?.trim() || undefined

    const identifier = getIdentifier?.(data)
    if (typeof identifier === 'object') return identifier
    if (getIdentifier !== undefined && !identifier) return problem('identifier', 'is empty')
    if (identifier !== undefined && identifier.length > IDENTIFIER_MAX)
      return problem(
        'identifier',
        `${shown(identifier)} has more than ${IDENTIFIER_MAX} characters`,
      )

    let payload: Record<string, string> | undefined
    for (const [name, get] of extras) {
      const text = get(data)
      if (typeof text === 'object') return text
      if (text === undefined || text === '') continue
      payload ??= {}
      payload[name] = text
    }
    return { event_name, customer, value, timestamp, identifier, payload }
  })
}
