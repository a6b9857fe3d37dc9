import type { CustomerId, CustomerSlices } from '../customers/index.js'
import {
  addUnits,
  compareDecimals,
  type Decimal,
  decimal,
  parseDecimal,
  rescale,
  subtractUnits,
  ZERO,
} from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import { type Place, slice } from '../kernel/family.js'
import { floorTo, type Instant } from '../kernel/instant.js'
import type { Line, Opening, PackedEntry } from '../kernel/line.js'
import { ordered, SortedTree } from '../kernel/sorted-tree.js'
import { newOwner, type Owner } from '../kernel/vector.js'
import {
  type Corrections,
  type Counted,
  correctionAt,
  NO_CORRECTIONS,
  withCancelled,
  withCancelledInWindow,
  withLate,
  withLateInWindow,
} from './corrections.js'
import type {
  MeterEventCancelled,
  MeterEventRecorded,
  MeterWorkQueued,
  UsageEvent,
} from './events.js'
import { type Meter, type MeterSlices, windowOf } from './meter.js'
import type { Entry, Series } from './series.js'
import {
  fitsColumns,
  type Row,
  type Stream,
  type UsageOwner,
  type UsageStore,
  usageStore,
} from './usage-store.js'

/** What a world knows of usage beside the history's shared series: late and cancelled events, by series. */
export interface Usage {
  readonly corrections: SortedTree<number, Corrections>
}

export interface UsageSlices {
  readonly usage: Usage
}

/** What reading usage takes. */
export type UsageReads = UsageSlices & MeterSlices & CustomerSlices

const NO_USAGE: Usage = {
  corrections: SortedTree.of(ordered<number, Corrections>((a, b) => a - b)),
}

const SLOTS_MAX = 2 ** 26

const seriesKey = (meterSlot: number, customerSlot: number): number =>
  meterSlot * SLOTS_MAX + customerSlot

const timeIn = (window: number, timestamp: Instant): Instant =>
  window === 0 ? timestamp : floorTo(window, timestamp)

// Writing

/**
 * Counts an event: in order of time it goes to the end of the shared series, late it becomes a correction.
 * @param owner - The draft that a batch shares.
 */
export const counted = (
  usage: Usage,
  stream: Stream,
  timestamp: Instant,
  value: Decimal,
  position: number,
  owner?: Owner,
): Usage => {
  const { series, window } = stream
  const time = timeIn(window, timestamp)
  const last = series.lastTime(position)
  if (
    last === undefined ||
    time > last ||
    (time === last && (window === 0 || !isCorrected(usage, stream, time)))
  ) {
    series.append(time, value.units, value.scale, position)
    return usage
  }
  const key = seriesKey(stream.meterSlot, stream.customerSlot)
  const before = usage.corrections.get(key) ?? NO_CORRECTIONS
  const event = { position, value }
  const after =
    window === 0
      ? withLate(before, time, event, owner)
      : withLateInWindow(before, time, lastOf(series, time, window, position), event, owner)
  return { corrections: usage.corrections.set(key, after, owner) }
}

const isCorrected = (
  usage: Usage,
  { meterSlot, customerSlot }: UsageOwner,
  window: Instant,
): boolean => {
  const corrections = usage.corrections.get(seriesKey(meterSlot, customerSlot))
  return corrections !== undefined && correctionAt(corrections, window) !== undefined
}

/** The events of one window in the series, newest receipt first. */
function* entriesOf(
  series: Series,
  time: number,
  width: number,
  position: number,
): Iterable<Entry> {
  for (const entry of series.downFrom(time + Math.max(width, 1), position)) {
    if (entry.time !== time) return
    yield entry
  }
}

const lastOf = (
  series: Series,
  time: number,
  width: number,
  position: number,
): Decimal | undefined => {
  for (const entry of entriesOf(series, time, width, position)) return entry.value
  return undefined
}

/** The decimal of an event's value; one without a value is worth nothing. */
const decimalOf = (text: string | undefined): Decimal => {
  if (text === undefined) return ZERO
  const value = parseDecimal(text)
  return typeof value === 'object' ? value : defect(`a recorded value is a decimal, not '${text}'`)
}

type Slots = MeterSlices & CustomerSlices

/** The stream of an event's meter and customer on the line. */
const streamOf = (
  store: UsageStore,
  world: World<Slots>,
  event: Pick<MeterEventRecorded, 'meter' | 'customer' | 'clock'>,
): Stream => {
  const { meter, customer } = event
  const clock = event.clock ?? null
  const meterSlot = world.meters.slotOf(meter) ?? defect(`no meter '${meter}'`)
  const customerSlot = world.customers.slotOf(customer) ?? defect(`no customer '${customer}'`)
  return (
    store.streamAt(meterSlot, customerSlot, customer, clock) ??
    store.stream({
      meter,
      meterSlot,
      customer,
      customerSlot,
      clock,
      window: windowOf(world.meters.need(meter)),
    })
  )
}

const cancelled = (
  usage: Usage,
  event: MeterEventCancelled,
  { line, position, world }: Place<Slots>,
): Usage => {
  const stream = streamOf(line.store(usageStore), world, event)
  const { series, window, meterSlot, customerSlot } = stream
  const key = seriesKey(meterSlot, customerSlot)
  const before = usage.corrections.get(key) ?? NO_CORRECTIONS
  const time = timeIn(window, event.timestamp)
  const after =
    window === 0
      ? withCancelled(before, time, { position: event.position, value: decimalOf(event.value) })
      : withCancelledInWindow(
          before,
          time,
          entriesOf(series, time, window, position),
          event.position,
        )
  return { corrections: usage.corrections.set(key, after) }
}

export const usageSlice = slice<Usage, UsageEvent | MeterWorkQueued, Slots>({
  initial: () => NO_USAGE,
  evolve: {
    MeterEventRecorded: (usage, event, { line, position, world }) => {
      const store = line.store(usageStore)
      store.take(event.identifier, position)
      return counted(
        usage,
        streamOf(store, world, event),
        event.timestamp,
        decimalOf(event.value),
        position,
      )
    },
    MeterEventFailed: (usage, event, { line, position }) => {
      line.store(usageStore).take(event.identifier, position)
      return usage
    },
    MeterWorkQueued: (usage, event, { line, position }) => {
      const store = line.store(usageStore)
      for (const { identifier } of event.work.events) store.take(identifier, position)
      return usage
    },
    MeterEventCancelled: cancelled,
  },
})

/** Writes a plain event into the columns of the line: same fold, no object kept. */
export const writeRecorded = <W extends World<UsageReads>>(
  world: W,
  event: MeterEventRecorded,
): W | undefined => {
  const { at, timestamp, identifier } = event
  const value = event.value === undefined ? undefined : decimalOf(event.value)
  if (event.payload !== undefined || event.received_at !== undefined) return undefined
  if (!fitsColumns(at, timestamp, value === undefined ? 0 : value.units)) return undefined
  return world.recordPacked<Usage>('usage', (usage, line, opening) => {
    const stream = streamOf(line.store(usageStore), world, event)
    const row = { stream, at, timestamp, value, identifier, isNew: false, opening }
    return appendRow(usage, line, row)
  })
}

/** Writes plain events again from the columns of another line of the same log, where slots are what they are here. */
export const copyRecorded = <W extends World<UsageReads>>(
  world: W,
  run: Iterable<PackedEntry>,
): W =>
  world.recordPacked<Usage>('usage', (usage, line) => {
    const store = line.store(usageStore)
    const owner = newOwner()
    let state = usage
    for (const { store: from, row, opening } of run) {
      const { stream: of, at, timestamp, value, identifier } = (from as UsageStore).rowAt(row)
      const stream =
        store.streamAt(of.meterSlot, of.customerSlot, of.customer, of.clock) ?? store.stream(of)
      const copy = { stream, at, timestamp, value, identifier, isNew: false, opening }
      state = appendRow(state, line, copy, owner)
    }
    return state
  })

/** A plain event to be written. */
export interface NewRow extends Row {
  /** Whether the identifier is known to be new. */
  readonly isNew: boolean
  /** What the event says of its transaction. */
  readonly opening: Opening
}

/** Writes a plain event into the columns of the line, and counts it. */
export const appendRow = (usage: Usage, line: Line, row: NewRow, owner?: Owner): Usage => {
  const { stream, at, timestamp, value, identifier, isNew, opening } = row
  const store = line.store(usageStore)
  const number = store.addRow(stream, at, timestamp, value)
  const position = line.pushPacked(store, number, opening)
  store.identify(number, identifier, position, isNew)
  return counted(usage, stream, timestamp, value ?? ZERO, position, owner)
}

// Reading

/** The usage of one (meter, customer), as one world sees it. */
interface Reader {
  readonly series: Series | undefined
  readonly bound: number
  readonly corrections: Corrections
  readonly window: number
}

const readerOf = (
  world: World<UsageReads>,
  meter: Meter,
  customer: CustomerId,
): Reader | undefined => {
  const meterSlot = world.meters.slotOf(meter.id)
  const customerSlot = world.customers.slotOf(customer)
  if (meterSlot === undefined || customerSlot === undefined) return undefined
  const found = world.line.store(usageStore).read(meterSlot, customerSlot, world.position)
  return {
    series: found?.series,
    bound: found?.bound ?? 0,
    corrections: world.usage.corrections.get(seriesKey(meterSlot, customerSlot)) ?? NO_CORRECTIONS,
    window: windowOf(meter),
  }
}

/** An event that counts, at its timestamp or its window's start. */
export interface Counts {
  readonly time: Instant
  readonly value: Decimal
  readonly position: number
}

const countsAt = (time: Instant, { value, position }: Counted): Counts => ({
  time,
  value,
  position,
})

/** The events in order that count, from a time downwards; in a corrected window the corrections speak. */
function* inOrder(
  { series, bound, corrections, window }: Reader,
  below: Instant,
): Iterable<Counts> {
  let seen: number | undefined
  for (const entry of series?.downFrom(below, bound) ?? []) {
    if (window > 0) {
      if (entry.time === seen) continue // Overwritten.
      seen = entry.time
      if (correctionAt(corrections, entry.time) !== undefined) {
        const survivor = survivorOf(series as Series, bound, corrections, entry.time, window)
        if (survivor !== undefined) yield survivor
        continue
      }
    } else if (corrections.cancelled.get(entry.position) !== undefined) continue
    yield entry
  }
}

/** The event that counts in a corrected window. */
const survivorOf = (
  series: Series,
  bound: number,
  { byTime, cancelled }: Corrections,
  time: Instant,
  window: number,
): Counts | undefined => {
  for (let link = byTime.get(time)?.late; link !== undefined; link = link.before)
    if (cancelled.get(link.position) === undefined) return countsAt(time, link)
  for (const entry of entriesOf(series, time, window, bound))
    if (cancelled.get(entry.position) === undefined) return entry
  return undefined
}

/** The late events that count, from a time downwards. */
function* late({ series, bound, corrections, window }: Reader, below: Instant): Iterable<Counts> {
  const { byTime, cancelled } = corrections
  for (let at = byTime.before(below); at !== undefined; at = byTime.before(at[0])) {
    const [time, correction] = at
    if (window > 0 && series !== undefined && lastOf(series, time, window, bound) !== undefined)
      continue // In `inOrder`.
    for (let link = correction.late; link !== undefined; link = link.before) {
      if (cancelled.get(link.position) !== undefined) continue
      yield countsAt(time, link)
      if (window > 0) break
    }
  }
}

/** All events of `[start, end)` that count, newest first: by time, then by receipt. */
function* counting(reader: Reader, start: Instant, end: Instant): Iterable<Counts> {
  const left = late(reader, end)[Symbol.iterator]()
  const right = inOrder(reader, end)[Symbol.iterator]()
  let a = left.next()
  let b = right.next()
  while (!a.done || !b.done) {
    // Of one time, late events were received after those in order.
    const takeLate = !a.done && (b.done || a.value.time >= b.value.time)
    const next = (takeLate ? a.value : b.value) as Counts
    if (next.time < start) return
    yield next
    if (takeLate) a = left.next()
    else b = right.next()
  }
}

const sumOf = ({ series, bound, corrections }: Reader, start: Instant, end: Instant): Decimal => {
  const to = series?.totalBelow(end, bound)
  const from = series?.totalBelow(start, bound)
  const { scale: correctedScale, byTime } = corrections
  const scale = Math.max(to?.scale ?? 0, from?.scale ?? 0, correctedScale)
  const units = subtractUnits(
    rescale(to?.units ?? 0, to?.scale ?? 0, scale),
    rescale(from?.units ?? 0, from?.scale ?? 0, scale),
  )
  if (byTime.size === 0) return decimal(units, scale)
  const corrected = subtractUnits(byTime.sumBelow(end).units, byTime.sumBelow(start).units)
  return decimal(addUnits(units, rescale(corrected, correctedScale, scale)), scale)
}

const countOf = (
  { series, bound, corrections: { byTime } }: Reader,
  start: Instant,
  end: Instant,
): Decimal =>
  decimal(
    (series?.totalBelow(end, bound).count ?? 0) -
      (series?.totalBelow(start, bound).count ?? 0) +
      byTime.sumBelow(end).count -
      byTime.sumBelow(start).count,
  )

const lastOfRange = (reader: Reader, start: Instant, end: Instant): Decimal => {
  for (const event of counting(reader, start, end)) return event.value
  return ZERO
}

const maxOf = (reader: Reader, start: Instant, end: Instant): Decimal => {
  let greatest: Decimal | undefined
  for (const { value } of counting(reader, start, end))
    if (greatest === undefined || compareDecimals(value, greatest) > 0) greatest = value
  return greatest ?? ZERO
}

const FORMULAS = { sum: sumOf, count: countOf, last: lastOfRange, max: maxOf } as const

/**
 * What a customer used of a meter in `[start, end)`, by the meter's formula; 0 without events. A meter with windows
 * counts those that start in the range, both bounds brought down to a window's start.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/pricing-models and meter aggregation formulas.
 */
export const aggregate = (
  world: World<UsageReads>,
  meter: Meter,
  customer: CustomerId,
  start: Instant,
  end: Instant,
): Decimal => {
  const reader = readerOf(world, meter, customer)
  if (reader === undefined) return ZERO
  const { window } = reader
  return FORMULAS[meter.default_aggregation.formula](
    reader,
    timeIn(window, start),
    timeIn(window, end),
  )
}

/** All that a customer ever used of a meter, by the meter's formula. */
export const totalUsage = (world: World<UsageReads>, meter: Meter, customer: CustomerId): Decimal =>
  aggregate(world, meter, customer, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)

/** The newest event of `[start, end)` that counts. */
export const newestIn = (
  world: World<UsageReads>,
  meter: Meter,
  customer: CustomerId,
  start: Instant,
  end: Instant,
): Counts | undefined => {
  const reader = readerOf(world, meter, customer)
  if (reader === undefined) return undefined
  for (const event of counting(reader, timeIn(reader.window, start), timeIn(reader.window, end)))
    return event
  return undefined
}

/** Whether the event at a position was cancelled. */
export const isCancelled = (
  world: World<UsageReads>,
  event: MeterEventRecorded,
  position: number,
): boolean => {
  const meterSlot = world.meters.slotOf(event.meter)
  const customerSlot = world.customers.slotOf(event.customer)
  if (meterSlot === undefined || customerSlot === undefined) return false
  return (
    world.usage.corrections.get(seriesKey(meterSlot, customerSlot))?.cancelled.get(position) !==
    undefined
  )
}

/** Where the log holds the newest event that took an identifier, however long ago. */
export const receiptOf = (world: World<unknown>, identifier: string): number | undefined =>
  world.line.store(usageStore).receiptOf(identifier, world.position)

/** Whether the log holds an event with the identifier, however long ago. */
export const hasIdentifier = (world: World<unknown>, identifier: string): boolean =>
  receiptOf(world, identifier) !== undefined
