/**
 * The UTC calendar (proleptic Gregorian, no leap seconds), worked out from whole seconds:
 * the core reads no clock, so it does without the platform's own date type.
 */
import { invariant } from './defect.js'
import { DAY, type Instant, instant, isInstant } from './instant.js'

/** A moment taken apart. `month` is 1 to 12, `day` 1 to 31. */
export interface CivilTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

export type Interval = 'day' | 'week' | 'month' | 'year'

export const isLeapYear = (year: number): boolean =>
  (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

export const daysInMonth = (year: number, month: number): number => {
  const length = MONTH_LENGTHS[month - 1]
  invariant(length !== undefined, `month ${month} is not in 1..12`)
  return month === 2 && isLeapYear(year) ? 29 : length
}

/** Days from 1970-01-01. Counts in 400-year eras that begin on 1 March, so the leap day comes last. */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export const fromCivil = ({ year, month, day, hour, minute, second }: CivilTime): Instant =>
  instant(daysFromCivil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)

export const toCivil = (moment: Instant): CivilTime => {
  const dayNumber = Math.floor(moment / DAY)
  const secondOfDay = moment - dayNumber * DAY
  const z = dayNumber + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    hour: Math.floor(secondOfDay / 3_600),
    minute: Math.floor((secondOfDay % 3_600) / 60),
    second: secondOfDay % 60,
  }
}

/** 0 is Sunday, 6 is Saturday. */
export const weekday = (moment: Instant): number => (((Math.floor(moment / DAY) + 4) % 7) + 7) % 7

/**
 * Moves whole months on, keeping the time of day. A day that the month lacks becomes its last day;
 * give `anchorDay` to return to the anchor's day in longer months (31 Jan, 28 Feb, 31 Mar).
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle.
 */
export const addMonths = (moment: Instant, months: number, anchorDay?: number): Instant => {
  const civil = toCivil(moment)
  const monthIndex = civil.year * 12 + civil.month - 1 + months
  const year = Math.floor(monthIndex / 12)
  const month = monthIndex - year * 12 + 1
  return fromCivil({
    ...civil,
    year,
    month,
    day: Math.min(anchorDay ?? civil.day, daysInMonth(year, month)),
  })
}

/** Steps `count` calendar intervals on from a moment; each step is counted from that moment, never chained. */
export const addInterval = (moment: Instant, interval: Interval, count: number): Instant => {
  switch (interval) {
    case 'day':
      return instant(moment + count * DAY)
    case 'week':
      return instant(moment + count * 7 * DAY)
    case 'month':
      return addMonths(moment, count)
    case 'year':
      return addMonths(moment, count * 12)
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

const year4 = (year: number): string =>
  year < 0
    ? `-${String(-year).padStart(6, '0')}`
    : year > 9_999
      ? `+${String(year).padStart(6, '0')}`
      : String(year).padStart(4, '0')

/** `2026-01-31` */
export const formatDay = (moment: Instant): string => {
  const { year, month, day } = toCivil(moment)
  return `${year4(year)}-${two(month)}-${two(day)}`
}

const formatTimeOfDay = (moment: Instant): string => {
  const { hour, minute, second } = toCivil(moment)
  return `${two(hour)}:${two(minute)}:${two(second)}`
}

/** `2026-01-31T08:27:07Z` */
export const formatInstant = (moment: Instant): string =>
  `${formatDay(moment)}T${formatTimeOfDay(moment)}Z`

/** `2026-01-31T08:27:07.000Z`, the form of the v2 API. */
export const formatInstantV2 = (moment: Instant): string =>
  `${formatDay(moment)}T${formatTimeOfDay(moment)}.000Z`

/** `2026-01-31 08:27:07 UTC`, the form that Stripe's messages use. */
export const formatInstantInWords = (moment: Instant): string =>
  `${formatDay(moment)} ${formatTimeOfDay(moment)} UTC`

const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Seconds that the local time of `+hh:mm` is ahead of UTC; at most 23:59. */
const offsetOf = (zone: string): number | undefined => {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60)
}

/**
 * Reads a date (`2026-01-31`, its first second) or an RFC 3339 time (`2026-01-31T08:27:07Z`, an offset allowed).
 * Fractions of a second are dropped.
 * @returns `undefined` for anything else, days that do not exist included.
 */
export const parseInstant = (text: string): Instant | undefined => {
  const match = WRITTEN.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const offset = offsetOf(match[7] ?? 'Z')
  if (offset === undefined) return undefined
  return fromCivil({ year, month, day, hour, minute, second }) - offset
}

/** A moment as people write it: unix seconds, a date, or an RFC 3339 time. Anything else is a Defect. */
export type WrittenInstant = number | string

export const toInstant = (written: WrittenInstant): Instant => {
  const moment = typeof written === 'number' ? written : parseInstant(written)
  invariant(
    isInstant(moment),
    `'${written}' is a date (2026-01-31), a time (2026-01-31T08:27:07Z) or whole unix seconds`,
  )
  return moment
}
