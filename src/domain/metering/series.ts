import {
  addUnits,
  type Decimal,
  decimal,
  rescale,
  subtractUnits,
  type Units,
} from '../kernel/decimal.js'
import { ABSORBED_ALWAYS, LAYERS_MAX } from '../kernel/layers.js'

/** How much and how many: units at a series' scale, and a number of events (of windows, where a meter has them). */
export interface Total {
  readonly units: Units
  readonly scale: number
  readonly count: number
}

/** One entry of a series. */
export interface Entry {
  /** The event's timestamp, or the start of its window. */
  readonly time: number
  readonly value: Decimal
  readonly position: number
}

const NOTHING: Total = { units: 0, scale: 0, count: 0 }

// An entry is three numbers in a row, with a window four. `TOTAL` and `COUNT` run up to and with the entry; in a windowed
// series they hold while the entry is the last of its window, whose earlier entries they leave out.
const TIME = 0
const TOTAL = 1
const POSITION = 2
const COUNT = 3

/** Of this many entries one time is kept apart, so that a search of millions looks into few places of memory. */
const STEP = 128

/** The first place from `low` to `high` at which the ascending numbers of a column are at least the given one. */
const firstAtLeast = (
  data: readonly Units[],
  width: number,
  column: number,
  number: number,
  low: number,
  high: number,
): number => {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((data[middle * width + column] as number) < number) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * The usage of one (meter, customer) as it came in order of time: an append-only array of running totals, so
 * that any range adds up in a few binary searches. A reader gives the position it reads at and sees the entries up
 * to it. A branch keeps its own entries and looks through to its parent's below the branch point.
 *
 * Where the meter has a window (`window` seconds), entries stand at window starts and of each window only the last
 * one counts.
 */
export class Series {
  readonly window: number
  #parent: Series | undefined
  #bound: number
  #depth = 1
  /** Numbers of an entry. */
  readonly #width: number
  #data: Units[] = []
  /** The times of every `STEP`th own entry, from the first. */
  #times: number[] = []
  /** Entries before the own ones; with windows their count stands in the entries. */
  #before = 0
  #scale = 0
  // Running totals at the end of the data: all of it, and all before the last entry's window.
  #units: Units = 0
  #count = 0
  #closedUnits: Units = 0
  #closedCount = 0

  constructor(window: number, parent?: Series, bound = 0) {
    this.window = window
    this.#width = window > 0 ? COUNT + 1 : COUNT
    this.#parent = parent
    this.#bound = bound
    while (this.#parent !== undefined && this.#parent.#length(this.#bound) <= ABSORBED_ALWAYS)
      this.#absorb()
    if (this.#parent !== undefined) {
      this.#parent.#compact()
      this.#depth = this.#parent.#depth + 1
    }
    const last = this.lastTime(Number.POSITIVE_INFINITY)
    if (last === undefined) return
    const total = this.totalBelow(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    const closed = this.totalBelow(last, Number.POSITIVE_INFINITY)
    const scale = Math.max(this.#scale, total.scale, closed.scale)
    if (scale > this.#scale) this.#rescale(scale)
    if (this.#data.length === 0) this.#before = total.count
    this.#units = rescale(total.units, total.scale, scale)
    this.#count = total.count
    this.#closedUnits = rescale(closed.units, closed.scale, scale)
    this.#closedCount = closed.count
  }

  /** Shortens a chain that has grown long, once for all branches of this layer, as `LayeredIndex` does. */
  #compact(): void {
    while (
      this.#depth > LAYERS_MAX &&
      this.#parent !== undefined &&
      this.#parent.#length(this.#bound) * this.#width <= this.#data.length * 2
    ) {
      this.#absorb()
      this.#depth -= 1
    }
  }

  /** Takes over what it sees of its parent. Totals run through the layers, so only their units may have to change. */
  #absorb(): void {
    const parent = this.#parent as Series
    const width = this.#width
    const taken = parent.#data.slice(0, parent.#length(this.#bound) * width)
    if (parent.#scale > this.#scale) this.#rescale(parent.#scale)
    if (parent.#scale < this.#scale)
      for (let at = TOTAL; at < taken.length; at += width)
        taken[at] = rescale(taken[at] as Units, parent.#scale, this.#scale)
    this.#data = taken.concat(this.#data)
    this.#times = this.#data.filter((_, at) => at % (STEP * width) === TIME) as number[]
    this.#before = parent.#before
    this.#bound = Math.min(this.#bound, parent.#bound)
    this.#parent = parent.#parent
  }

  /** Own entries visible at a position. */
  #length(position: number): number {
    const data = this.#data
    const width = this.#width
    const size = data.length / width
    return size === 0 || (data[data.length - width + POSITION] as number) <= position
      ? size
      : firstAtLeast(data, width, POSITION, position + 1, 0, size)
  }

  /** The first of `size` own entries whose time is at least the given one. */
  #placeOf(time: number, size: number): number {
    const steps = firstAtLeast(this.#times, 1, TIME, time, 0, Math.ceil(size / STEP))
    return firstAtLeast(
      this.#data,
      this.#width,
      TIME,
      time,
      Math.max(0, (steps - 1) * STEP),
      Math.min(size, steps * STEP),
    )
  }

  #entry(at: number): Entry {
    const data = this.#data
    const width = this.#width
    const time = data[at * width + TIME] as number
    const total = data[at * width + TOTAL] as Units
    const position = data[at * width + POSITION] as number
    const before = this.#totalBefore(at, time)
    const scale = Math.max(this.#scale, before.scale)
    const units = subtractUnits(
      rescale(total, this.#scale, scale),
      rescale(before.units, before.scale, scale),
    )
    return { time, value: decimal(units, scale), position }
  }

  /**
   * What ran up before an own entry: before its window, where there is one. A parent may have gone on to smaller
   * units since the branch.
   */
  #totalBefore(at: number, time: number): Pick<Total, 'units' | 'scale'> {
    const previous = (this.window > 0 ? this.#placeOf(time, at) : at) - 1
    if (previous >= 0)
      return { units: this.#data[previous * this.#width + TOTAL] as Units, scale: this.#scale }
    return this.#parent === undefined
      ? NOTHING
      : this.#parent.totalBelow(this.window > 0 ? time : Number.POSITIVE_INFINITY, this.#bound)
  }

  /** The time of the newest entry visible at a position; later times go in order. */
  lastTime(position: number): number | undefined {
    const size = this.#length(position)
    if (size > 0) return this.#data[(size - 1) * this.#width + TIME] as number
    return this.#parent?.lastTime(Math.min(position, this.#bound))
  }

  /** Appends an entry whose time is not before the last one. Only the newest reader may. */
  append(time: number, value: Units, valueScale: number, position: number): void {
    if (valueScale > this.#scale) this.#rescale(valueScale)
    const units = valueScale === this.#scale ? value : rescale(value, valueScale, this.#scale)
    const data = this.#data
    if (data.length % (this.#width * STEP) === 0) this.#times.push(time)
    if (this.window === 0) {
      this.#units = addUnits(this.#units, units)
      data.push(time, this.#units, position)
      return
    }
    const last = this.lastTime(Number.POSITIVE_INFINITY)
    if (last === undefined || time > last) {
      this.#closedUnits = this.#units
      this.#closedCount = this.#count
    }
    this.#units = addUnits(this.#closedUnits, units)
    this.#count = this.#closedCount + 1
    data.push(time, this.#units, position, this.#count)
  }

  /** What the entries before a time add up to, for a reader at a position. */
  totalBelow(time: number, position: number): Total {
    const place = this.#placeOf(time, this.#length(position))
    if (place === 0)
      return this.#parent === undefined
        ? NOTHING
        : this.#parent.totalBelow(time, Math.min(position, this.#bound))
    const at = (place - 1) * this.#width
    return {
      units: this.#data[at + TOTAL] as Units,
      scale: this.#scale,
      count: this.window > 0 ? (this.#data[at + COUNT] as number) : this.#before + place,
    }
  }

  /** Entries before a time, newest first: by time, then by receipt. */
  *downFrom(time: number, position: number): IterableIterator<Entry> {
    for (let at = this.#placeOf(time, this.#length(position)) - 1; at >= 0; at -= 1)
      yield this.#entry(at)
    if (this.#parent !== undefined)
      yield* this.#parent.downFrom(time, Math.min(position, this.#bound))
  }

  /** Counts the same values in smaller units, for a value with more decimals. */
  #rescale(scale: number): void {
    const data = this.#data
    for (let at = TOTAL; at < data.length; at += this.#width)
      data[at] = rescale(data[at] as Units, this.#scale, scale)
    this.#units = rescale(this.#units, this.#scale, scale)
    this.#closedUnits = rescale(this.#closedUnits, this.#scale, scale)
    this.#scale = scale
  }
}
