/**
 * A deliberately poor model of usage: a plain list of what was received, worked out from scratch for every question.
 * It knows no series, no corrections, no branches and no decimals of the core's, so it can be wrong in other ways only.
 */
import { entries, formatDecimal, type Instant, type Meter, type World } from '../index.js'

/** A meter event that was received and is no failure. The list that it stands in is in order of receipt. */
export interface Received {
  readonly meter: string
  readonly customer: string
  readonly identifier: string
  /** On the time line of the event's customer. */
  readonly receivedAt: Instant
  readonly timestamp: Instant
  /** In millionths of a millionth: values have at most 12 decimals. */
  readonly units: bigint
  readonly cancelled: boolean
}

export type Usage = readonly Received[]

const PLACES = 12

/** The units of a decimal text; nothing is worth nothing. */
export const unitsOf = (text = '0'): bigint => {
  const [whole = '0', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const units = BigInt(whole + fraction.padEnd(PLACES, '0'))
  return text.startsWith('-') ? -units : units
}

/** The units as a decimal text with all its places. */
export const textOf = (units: bigint): string => {
  const digits = String(units < 0n ? -units : units).padStart(PLACES + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`
}

/** What the log of a world says was received, failures left out. */
export const usageOf = (world: World): Usage => {
  const usage = new Map<number, Received>()
  for (const { position, event } of entries(world)) {
    const fact = event as unknown as Readonly<Record<string, any>>
    if (event.type === 'MeterEventRecorded')
      usage.set(position, {
        meter: fact.meter,
        customer: fact.customer,
        identifier: fact.identifier,
        receivedAt: fact.received_at ?? fact.at,
        timestamp: fact.timestamp,
        units: unitsOf(fact.value),
        cancelled: false,
      })
    if (event.type === 'MeterEventCancelled') {
      const received = usage.get(fact.position) as Received
      usage.set(fact.position, { ...received, cancelled: true })
    }
  }
  return [...usage.values()]
}

const DAY = 86_400
const PAST_MAX = 35 * DAY
const FUTURE_MAX = 300

/**
 * The usage once a well-formed event has been received, or `undefined` where it is refused: its timestamp lies more
 * than 35 days back or 5 minutes ahead, or its identifier was received less than a day before.
 */
export const record = (usage: Usage, event: Omit<Received, 'cancelled'>): Usage | undefined => {
  const { timestamp, receivedAt, identifier } = event
  if (timestamp < receivedAt - PAST_MAX || timestamp > receivedAt + FUTURE_MAX) return undefined
  const before = usage.findLast((other) => other.identifier === identifier)
  if (before !== undefined && receivedAt - before.receivedAt < DAY) return undefined
  return [...usage, { ...event, cancelled: false }]
}

/**
 * The usage once the newest event of an identifier on one of the meters is cancelled, or `undefined` where none was
 * received in the last day, the last second of it included.
 */
export const cancel = (
  usage: Usage,
  meters: readonly string[],
  identifier: string,
  nowOf: (customer: string) => Instant,
): Usage | undefined => {
  const at = usage.findLastIndex(
    (event) =>
      event.identifier === identifier &&
      meters.includes(event.meter) &&
      nowOf(event.customer) - event.receivedAt <= DAY,
  )
  const event = usage[at]
  return event === undefined ? undefined : usage.with(at, { ...event, cancelled: true })
}

/** Seconds of the window in which a meter keeps the last received event only; 0 where it keeps them all. */
export const windowSeconds = ({ event_time_window }: Meter): number =>
  event_time_window === 'hour' ? 3_600 : event_time_window === 'day' ? DAY : 0

const floor = (seconds: number, time: number): number =>
  seconds === 0 ? time : Math.floor(time / seconds) * seconds

interface Counts {
  readonly time: number
  readonly units: bigint
}

/** The events of one meter and customer that count, at the time at which they count, oldest first. */
const counting = (usage: Usage, meter: Meter, customer: string): readonly Counts[] => {
  const window = windowSeconds(meter)
  const mine = usage
    .filter((event) => event.meter === meter.id && event.customer === customer && !event.cancelled)
    .map(({ timestamp, units }) => ({ time: floor(window, timestamp), units }))
  const kept = window === 0 ? mine : [...new Map(mine.map((event) => [event.time, event])).values()]
  return kept.sort((a, b) => a.time - b.time) // Stable: of one time the last received stays last.
}

const FORMULAS: Readonly<Record<string, (units: readonly bigint[]) => bigint>> = {
  sum: (units) => units.reduce((sum, each) => sum + each, 0n),
  count: (units) => unitsOf(String(units.length)),
  last: (units) => units.at(-1) ?? 0n,
  max: (units) => units.reduce((most, each) => (each > most ? each : most), units[0] ?? 0n),
}

/** What a customer used of a meter in `[start, end)`, by the meter's formula. */
export const aggregate = (
  usage: Usage,
  meter: Meter,
  customer: string,
  start: Instant,
  end: Instant,
): bigint => {
  const window = windowSeconds(meter)
  const formula = FORMULAS[meter.default_aggregation.formula] as (
    units: readonly bigint[],
  ) => bigint
  return formula(
    counting(usage, meter, customer)
      .filter(({ time }) => floor(window, start) <= time && time < floor(window, end))
      .map(({ units }) => units),
  )
}

/** One row of a meter's event summaries. */
export interface Summary {
  readonly start: Instant
  readonly end: Instant
  readonly units: bigint
}

/** The rows of a meter's event summaries, newest first: hours or days without events are left out. */
export const summaries = (
  usage: Usage,
  meter: Meter,
  customer: string,
  start: Instant,
  end: Instant,
  grouping: 'hour' | 'day',
): readonly Summary[] => {
  const window = windowSeconds(meter)
  const width = grouping === 'hour' ? 3_600 : DAY
  const starts = counting(usage, meter, customer)
    .filter(({ time }) => floor(window, start) <= time && time < floor(window, end))
    .map(({ time }) => floor(width, time))
  return [...new Set(starts)].reverse().map((from) => ({
    start: from,
    end: from + width,
    units: aggregate(usage, meter, customer, from, from + Math.max(width, window)),
  }))
}

/** The units of one of the core's decimals. */
export const unitsOfDecimal = (value: Parameters<typeof formatDecimal>[0]): bigint =>
  unitsOf(formatDecimal(value))

/** A tiered price of whole amounts. */
export interface Ladder {
  readonly mode: 'graduated' | 'volume'
  /** `up_to` is included; the last is without end. Amounts are minor units. */
  readonly tiers: readonly {
    readonly up_to: number | null
    readonly unit: number
    readonly flat: number
  }[]
}

/** What so many units cost, each looked up on its own. */
export const unitByUnit = ({ mode, tiers }: Ladder, quantity: number): number => {
  const tierOf = (unit: number): number =>
    tiers.findIndex(({ up_to }) => up_to === null || unit <= up_to)
  if (quantity === 0) return tiers[0]?.flat ?? 0
  const last = tierOf(quantity)
  let sum = 0
  for (let unit = 1; unit <= quantity; unit += 1)
    sum += tiers[mode === 'volume' ? last : tierOf(unit)]?.unit ?? 0
  for (const [index, { flat }] of tiers.entries())
    if (mode === 'volume' ? index === last : index <= last) sum += flat
  return sum
}
