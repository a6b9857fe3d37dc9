/**
 * The floor: what a careful programmer writes by hand if nothing has to stay as it was. It checks what the library
 * checks and adds up what it adds up, exactly, in Maps and arrays that change in place. It cannot fork, rewind or
 * replay, knows one clock and one kind of meter, and throws where the library explains.
 */
import type { RecordMeterEvent } from '../src/index.js'

const PAST_MAX = 35 * 86_400
const FUTURE_MAX = 5 * 60
const IDENTIFIER_WINDOW = 86_400
const NAME_MAX = 100
const BUCKET_MAX = 128

type Units = number | bigint

const add = (a: Units, b: Units): Units => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  const exact = BigInt(a) + BigInt(b)
  const near = Number(exact)
  return Number.isSafeInteger(near) ? near : exact
}

const scaled = (units: Units, places: number): Units => {
  if (places === 0) return units
  const product = typeof units === 'number' ? units * 10 ** places : Number.NaN
  return Number.isSafeInteger(product) ? product : BigInt(units) * 10n ** BigInt(places)
}

/** Late events of one series, sorted by time, in buckets that know their total. */
interface Bucket {
  readonly times: number[]
  readonly units: Units[]
  total: Units
}

interface Series {
  scale: number
  /** Times and running totals of what came in order, in turns. */
  readonly inOrder: Units[]
  total: Units
  late: Bucket[]
}

interface Meter {
  readonly id: string
  readonly customerKey: string
  readonly valueKey: string
  readonly series: Map<string, Series>
}

interface Customer {
  readonly id: string
}

interface Recorded {
  readonly type: 'MeterEventRecorded'
  readonly at: number
  readonly meter: string
  readonly customer: string
  readonly value: string
  readonly timestamp: number
  readonly identifier: string
}

const refuse: (why: string) => never = (why) => {
  throw new Error(why)
}

/** The first place in an ascending list whose number is above the given one. */
export const placeAbove = (sorted: readonly number[], number: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) <= number) low = middle + 1
    else high = middle
  }
  return low
}

const addLate = (series: Series, time: number, units: Units): void => {
  const { late } = series
  let low = 0
  let high = late.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { times } = late[middle] as Bucket
    if ((times[times.length - 1] as number) <= time) low = middle + 1
    else high = middle
  }
  if (low === late.length) {
    if (low === 0) late.push({ times: [], units: [], total: 0 })
    else low -= 1
  }
  const bucket = late[low] as Bucket
  const place = placeAbove(bucket.times, time)
  bucket.times.splice(place, 0, time)
  bucket.units.splice(place, 0, units)
  bucket.total = add(bucket.total, units)
  if (bucket.times.length <= BUCKET_MAX) return
  const half = BUCKET_MAX >>> 1
  const upper = { times: bucket.times.splice(half), units: bucket.units.splice(half) }
  const total = upper.units.reduce(add, 0)
  bucket.total = add(bucket.total, -total as Units)
  late.splice(low + 1, 0, { ...upper, total })
}

export class Floor {
  #now: number
  readonly #meters = new Map<string, Meter>()
  readonly #customers = new Map<string, Customer>()
  readonly #receivedAt = new Map<string, number>()
  readonly log: Recorded[] = []

  constructor(
    now: number,
    meters: readonly { readonly event_name: string; readonly id: string }[],
    customers: readonly string[],
  ) {
    this.#now = now
    for (const { event_name, id } of meters)
      this.#meters.set(event_name, {
        id,
        customerKey: 'stripe_customer_id',
        valueKey: 'value',
        series: new Map(),
      })
    for (const id of customers) this.#customers.set(id, { id })
  }

  /** Time goes on. */
  advance(to: number): void {
    this.#now = to
  }

  record(event: RecordMeterEvent): void {
    const now = this.#now
    for (const key in event)
      if (key !== 'event_name' && key !== 'payload' && key !== 'identifier' && key !== 'timestamp')
        refuse(`unknown parameter ${key}`)
    const { event_name, payload, identifier, timestamp = now } = event
    if (typeof event_name !== 'string' || event_name === '' || event_name.length > NAME_MAX)
      refuse('event_name')
    if (typeof identifier !== 'string' || identifier.length === 0 || identifier.length > NAME_MAX)
      refuse('identifier')
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) refuse('payload')
    for (const key in payload) if (typeof payload[key] !== 'string') refuse(`payload[${key}]`)
    if (!Number.isSafeInteger(timestamp)) refuse('timestamp')
    if (timestamp < now - PAST_MAX || timestamp > now + FUTURE_MAX) refuse('timestamp')
    const receivedAt = this.#receivedAt.get(identifier)
    if (receivedAt !== undefined && now - receivedAt < IDENTIFIER_WINDOW) refuse('identifier')
    const meter = this.#meters.get(event_name)
    if (meter === undefined) refuse('no meter')
    const customerId = payload[meter.customerKey]
    const customer = customerId === undefined ? undefined : this.#customers.get(customerId)
    if (customer === undefined) refuse('no customer')
    const value = payload[meter.valueKey]
    if (value === undefined) refuse('no value')
    let series = meter.series.get(customer.id)
    if (series === undefined) {
      series = { scale: 0, inOrder: [], total: 0, late: [] }
      meter.series.set(customer.id, series)
    }
    this.#count(series, timestamp, value)
    this.#receivedAt.set(identifier, now)
    this.log.push({
      type: 'MeterEventRecorded',
      at: now,
      meter: meter.id,
      customer: customer.id,
      value,
      timestamp,
      identifier,
    })
  }

  /** Reads an exact decimal of up to 15 digits before and 12 behind the point, and adds it where its time is. */
  #count(series: Series, time: number, text: string): void {
    const { length } = text
    const first = text.charCodeAt(0)
    const signed = first === 43 || first === 45
    let point = -1
    let units = 0
    for (let at = signed ? 1 : 0; at < length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === 46 && point === -1) point = at
      else if (code >= 48 && code <= 57) units = units * 10 + (code - 48)
      else refuse('value')
    }
    const whole = (point === -1 ? length : point) - (signed ? 1 : 0)
    const scale = point === -1 ? 0 : length - point - 1
    if (whole === 0 || whole > 15 || scale > 12 || point === length - 1) refuse('value')
    let exact: Units = units
    if (units > Number.MAX_SAFE_INTEGER) exact = BigInt(text.slice(signed ? 1 : 0).replace('.', ''))
    if (first === 45 && units !== 0) exact = -exact
    if (scale > series.scale) this.#rescale(series, scale)
    const own = scaled(exact, series.scale - scale)
    const { inOrder } = series
    if (inOrder.length > 0 && time < (inOrder[inOrder.length - 2] as number))
      addLate(series, time, own)
    else {
      series.total = add(series.total, own)
      inOrder.push(time, series.total)
    }
  }

  #rescale(series: Series, scale: number): void {
    const places = scale - series.scale
    const { inOrder } = series
    for (let at = 1; at < inOrder.length; at += 2)
      inOrder[at] = scaled(inOrder[at] as Units, places)
    series.total = scaled(series.total, places)
    for (const bucket of series.late) {
      bucket.total = scaled(bucket.total, places)
      for (let at = 0; at < bucket.units.length; at += 1)
        bucket.units[at] = scaled(bucket.units[at] as Units, places)
    }
    series.scale = scale
  }

  /** What a customer used of a meter before a time, as a number: to see that both did the same work. */
  usedBefore(event_name: string, customer: string, time: number): number {
    const series = this.#meters.get(event_name)?.series.get(customer)
    if (series === undefined) return 0
    let at = series.inOrder.length - 2
    while (at >= 0 && (series.inOrder[at] as number) >= time) at -= 2
    let total = at < 0 ? 0 : (series.inOrder[at + 1] as Units)
    for (const bucket of series.late)
      bucket.times.forEach((late, place) => {
        if (late < time) total = add(total, bucket.units[place] as Units)
      })
    return Number(total) / 10 ** series.scale
  }
}
