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

// An entry is four numbers in a row. `TOTAL` and `COUNT` run up to and with the entry; in a windowed series they
// hold while the entry is the last of its window, whose earlier entries they leave out.
const TIME = 0
const TOTAL = 1
const POSITION = 2
const COUNT = 3
const WIDTH = 4

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
  #data: Units[] = []
  #scale = 0
  // Running totals at the end of the data: all of it, and all before the last entry's window.
  #units: Units = 0
  #count = 0
  #closedUnits: Units = 0
  #closedCount = 0

  constructor(window: number, parent?: Series, bound = 0) {
    this.window = window
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
      this.#parent.#length(this.#bound) * WIDTH <= this.#data.length * 2
    ) {
      this.#absorb()
      this.#depth -= 1
    }
  }

  /** Takes over what it sees of its parent. Totals run through the layers, so only their units may have to change. */
  #absorb(): void {
    const parent = this.#parent as Series
    const taken = parent.#data.slice(0, parent.#length(this.#bound) * WIDTH)
    if (parent.#scale > this.#scale) this.#rescale(parent.#scale)
    if (parent.#scale < this.#scale)
      for (let at = TOTAL; at < taken.length; at += WIDTH)
        taken[at] = rescale(taken[at] as Units, parent.#scale, this.#scale)
    this.#data = taken.concat(this.#data)
    this.#bound = Math.min(this.#bound, parent.#bound)
    this.#parent = parent.#parent
  }

  /** Own entries visible at a position. */
  #length(position: number): number {
    const data = this.#data
    const size = data.length / WIDTH
    if (size === 0 || (data[data.length - WIDTH + POSITION] as number) <= position) return size
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((data[middle * WIDTH + POSITION] as number) <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The first of `size` own entries whose time is at least the given one. */
  #placeOf(time: number, size: number): number {
    const data = this.#data
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((data[middle * WIDTH] as number) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  #entry(at: number): Entry {
    const data = this.#data
    const time = data[at * WIDTH + TIME] as number
    const total = data[at * WIDTH + TOTAL] as Units
    const position = data[at * WIDTH + POSITION] as number
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
      return { units: this.#data[previous * WIDTH + TOTAL] as Units, scale: this.#scale }
    return this.#parent === undefined
      ? NOTHING
      : this.#parent.totalBelow(this.window > 0 ? time : Number.POSITIVE_INFINITY, this.#bound)
  }

  /** The time of the newest entry visible at a position; later times go in order. */
  lastTime(position: number): number | undefined {
    const size = this.#length(position)
    if (size > 0) return this.#data[(size - 1) * WIDTH] as number
    return this.#parent?.lastTime(Math.min(position, this.#bound))
  }

  /** Appends an entry whose time is not before the last one. Only the newest reader may. */
  append(time: number, value: Units, valueScale: number, position: number): void {
    if (valueScale > this.#scale) this.#rescale(valueScale)
    const units = valueScale === this.#scale ? value : rescale(value, valueScale, this.#scale)
    if (this.window > 0) {
      const last = this.lastTime(Number.POSITIVE_INFINITY)
      if (last === undefined || time > last) {
        this.#closedUnits = this.#units
        this.#closedCount = this.#count
      }
      this.#units = addUnits(this.#closedUnits, units)
      this.#count = this.#closedCount + 1
    } else {
      this.#units = addUnits(this.#units, units)
      this.#count += 1
    }
    this.#data.push(time, this.#units, position, this.#count)
  }

  /** What the entries before a time add up to, for a reader at a position. */
  totalBelow(time: number, position: number): Total {
    const place = this.#placeOf(time, this.#length(position))
    if (place === 0)
      return this.#parent === undefined
        ? NOTHING
        : this.#parent.totalBelow(time, Math.min(position, this.#bound))
    const at = (place - 1) * WIDTH
    return {
      units: this.#data[at + TOTAL] as Units,
      scale: this.#scale,
      count: this.#data[at + COUNT] as number,
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
    for (let at = TOTAL; at < data.length; at += WIDTH)
      data[at] = rescale(data[at] as Units, this.#scale, scale)
    this.#units = rescale(this.#units, this.#scale, scale)
    this.#closedUnits = rescale(this.#closedUnits, this.#scale, scale)
    this.#scale = scale
  }
}
