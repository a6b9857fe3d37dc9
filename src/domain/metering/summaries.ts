import { closed, oneOf, optional, type TypeOf, text, timestamp } from '../kernel/codec.js'
import { type Decimal, decimalToNumber } from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import { drawId, type Id, seedWords } from '../kernel/ids.js'
import { DAY, floorTo, HOUR, type Instant, MINUTE, type Seconds } from '../kernel/instant.js'
import { type List, pageParams, paginate } from '../kernel/list.js'
import {
  invalidRequest,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import { type Meter, type MeterId, windowOf } from './meter.js'
import { aggregate, newestIn, type UsageReads } from './usage.js'

/** Parameters of GET /v1/billing/meters/{id}/event_summaries. */
export const summariesParams = closed('ListMeterEventSummaries', {
  customer: text(),
  start_time: timestamp,
  end_time: timestamp,
  value_grouping_window: optional(oneOf('value_grouping_window', ['day', 'hour'])),
  ...pageParams,
})

export type ListMeterEventSummaries = TypeOf<typeof summariesParams>

/** @remarks Source: docs.stripe.com/api/billing/meter-event-summary/object. */
export interface MeterEventSummary {
  readonly id: Id<'billing.meter_event_summary'>
  readonly object: 'billing.meter_event_summary'
  readonly aggregated_value: number
  readonly end_time: Instant
  readonly livemode: false
  readonly meter: MeterId
  readonly start_time: Instant
}

interface Window {
  readonly start: Instant
  readonly end: Instant
}

const PREFIX = 'mtrusg_'
/** Added to a start before it is written, so that it is positive: seconds from the year 1 to 1970. */
const YEAR_ONE = 62_135_596_800
/** Characters of an id that tell the start of its window; with the rest they make the id a function of the four. */
const START_DIGITS = 10

const idOf = (meter: MeterId, customer: string, { start, end }: Window): string =>
  drawId(seedWords(`${meter}|${customer}|${start}|${end}`), 0, PREFIX, 14) +
  (start + YEAR_ONE).toString(36).padStart(START_DIGITS, '0')

/** The start of the window whose summary has an id, as the id tells it. */
const startOf = (id: string): Instant | undefined => {
  const start = Number.parseInt(id.slice(-START_DIGITS), 36) - YEAR_ONE
  return id.startsWith(PREFIX) && Number.isSafeInteger(start) ? start : undefined
}

const BOUNDARIES = { minute: MINUTE, hour: HOUR, day: DAY } as const

const misaligned = (param: string, boundary: string): Rejection =>
  invalidRequest(`${param} must be aligned with ${boundary} boundaries.`, { param })

/**
 * What a customer used of a meter: one row for the range, or one for each hour or day that has events, newest first.
 * @remarks Source: docs.stripe.com/api/billing/meter-event-summary/list. Cases: M-C1 to M-C6.
 */
export const listSummaries = (
  world: World<UsageReads>,
  id: MeterId,
  { customer, start_time, end_time, value_grouping_window, ...page }: ListMeterEventSummaries,
): Either<Rejection, List<MeterEventSummary>> => {
  const meter = world.meters.get(id)
  if (meter === undefined) return E.left(resourceMissing('meter', id))
  if (!world.customers.has(customer))
    return E.left(resourceMissingIn('customer', 'customer', customer))
  const boundary = value_grouping_window ?? 'minute'
  const width: Seconds = BOUNDARIES[boundary]
  if (start_time % width !== 0) return E.left(misaligned('start_time', boundary))
  if (end_time % width !== 0) return E.left(misaligned('end_time', boundary))
  if (start_time >= end_time)
    return E.left(invalidRequest('start_time must be before end_time.', { param: 'start_time' }))
  const range = { start: start_time, end: end_time }
  /** How far rows stand apart at least: a meter's own window counts at its start, however fine the rows are. */
  const step = Math.max(width, windowOf(meter))
  const view = (window: Window): MeterEventSummary => {
    const end = value_grouping_window === undefined ? window.end : window.start + step
    return viewSummary(
      meter,
      customer,
      window,
      aggregate(world, meter, customer, window.start, end),
    )
  }

  const down = (from: Instant): Iterable<Window> =>
    value_grouping_window === undefined
      ? [range]
      : windowsDown(world, meter, customer, width, start_time, from)
  /** The place of a cursor: the start of its window, if the id is one of this list's. */
  const cursorAt = (cursor: string): Instant | undefined => {
    const start = startOf(cursor)
    const window =
      value_grouping_window === undefined ? range : { start: start ?? 0, end: (start ?? 0) + width }
    return start !== undefined && idOf(meter.id, customer, window) === cursor ? start : undefined
  }
  return paginate({
    page,
    url: `/v1/billing/meters/${id}/event_summaries`,
    noun: 'meter event summary',
    view,
    olderThan: (cursor) => {
      if (cursor === undefined) return down(end_time)
      const at = cursorAt(cursor)
      if (at === undefined) return undefined
      return value_grouping_window === undefined ? [] : down(at)
    },
    newerThan: (cursor) => {
      const at = cursorAt(cursor)
      if (at === undefined) return undefined
      return value_grouping_window === undefined
        ? []
        : [...windowsDown(world, meter, customer, width, at + step, end_time)].reverse()
    },
  })
}

const viewSummary = (
  meter: Meter,
  customer: string,
  window: Window,
  value: Decimal,
): MeterEventSummary => ({
  id: idOf(meter.id, customer, window),
  object: 'billing.meter_event_summary',
  aggregated_value: decimalToNumber(value),
  end_time: window.end,
  livemode: false,
  meter: meter.id,
  start_time: window.start,
})

/** The hours or days of `[start, end)` that have events which count, newest first. */
function* windowsDown(
  world: World<UsageReads>,
  meter: Meter,
  customer: string,
  width: Seconds,
  start: Instant,
  end: Instant,
): Iterable<Window> {
  let below = end
  for (;;) {
    const event = newestIn(world, meter, customer, start, below)
    if (event === undefined) return
    const from = floorTo(width, event.time)
    yield { start: from, end: from + width }
    below = from
  }
}
