import type { CustomerId } from '../customers/index.js'
import { type Decimal, formatDecimal, type Units } from '../kernel/decimal.js'
import type { Instant } from '../kernel/instant.js'
import { LayeredIndex } from '../kernel/layers.js'
import type { PackedEvents, Store, StoreKey } from '../kernel/line.js'
import { TextIndex } from '../kernel/text-index.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { MeterEventRecorded } from './events.js'
import type { MeterId } from './meter.js'
import { Series } from './series.js'

/** Whose usage it is: what many events of a line have in common. */
export interface UsageOwner {
  readonly meter: MeterId
  readonly meterSlot: number
  readonly customer: CustomerId
  readonly customerSlot: number
  readonly clock: TestClockId | null
  /** Seconds of the meter's window, 0 without one. */
  readonly window: number
}

/** An owner with its series and its number on this line. */
export interface Stream extends UsageOwner {
  readonly series: Series
  readonly number: number
}

/** A plain event as it lies in the columns. */
export interface Row {
  readonly stream: Stream
  readonly at: Instant
  readonly timestamp: Instant
  readonly value: Decimal | undefined
  readonly identifier: string
}

/** The largest unix time that fits a column: February 2106. */
const COLUMN_TIME_MAX = 0xffff_ffff

const STREAM = 0
const AT = 1
const TIMESTAMP = 2
const IDENTIFIER = 3
const WIDTH = 4

/** Stands in the column of scales for an event without a value. */
const NO_VALUE = 255

/** Whether a value and its times fit the columns; others are kept as event objects. */
export const fitsColumns = (at: Instant, timestamp: Instant, units: Units): boolean =>
  typeof units === 'number' &&
  at >= 0 &&
  timestamp >= 0 &&
  at <= COLUMN_TIME_MAX &&
  timestamp <= COLUMN_TIME_MAX

/**
 * The usage of one line: the series, the identifiers in use, and the columns in which plain meter events lie. An
 * event object is made when somebody reads it.
 */
export class UsageStore implements Store<UsageStore>, PackedEvents {
  readonly #parent: UsageStore | undefined
  /** The last position that belongs to the parent. */
  readonly #bound: number
  readonly #texts = new TextIndex()
  readonly #identifiers: LayeredIndex
  /** By meter slot, then customer slot. */
  readonly #byOwner: (Stream | undefined)[][] = []
  readonly #streams: Stream[] = []

  #rows = 0
  #capacity: number
  /** Four numbers a row: the stream, when, the timestamp, and the identifier's place in the index. */
  #columns: Uint32Array
  #units: Float64Array
  #scale: Uint8Array

  constructor(parent?: UsageStore, bound = 0) {
    this.#parent = parent
    this.#bound = bound
    this.#identifiers = new LayeredIndex(
      parent === undefined ? undefined : parent.#identifiers,
      bound,
      this.#texts,
    )
    this.#capacity = parent === undefined ? 64 : 4
    this.#columns = new Uint32Array(this.#capacity * WIDTH)
    this.#units = new Float64Array(this.#capacity)
    this.#scale = new Uint8Array(this.#capacity)
  }

  branch(bound: number): UsageStore {
    return new UsageStore(this, bound)
  }

  /** The newest receipt of an identifier at or below a position. */
  receiptOf(identifier: string, position: number): number | undefined {
    return this.#identifiers.get(identifier, position)
  }

  /** Notes that the event at a position took an identifier; `isNew` where no event is known to have had it. */
  take(identifier: string, position: number, isNew = false): void {
    if (isNew) this.#identifiers.add(identifier, position)
    else this.#identifiers.set(identifier, position)
  }

  /** The stream of a (meter, customer) that this line already writes to. */
  streamAt(
    meterSlot: number,
    customerSlot: number,
    customer: CustomerId,
    clock: TestClockId | null,
  ): Stream | undefined {
    const found = this.#byOwner[meterSlot]?.[customerSlot]
    return found !== undefined && found.clock === clock && found.customer === customer
      ? found
      : undefined
  }

  /** The stream of an owner, to be written to. */
  stream(owner: UsageOwner): Stream {
    const row = this.#byOwner[owner.meterSlot] ?? []
    this.#byOwner[owner.meterSlot] = row
    const found = row[owner.customerSlot]
    if (found !== undefined && found.clock === owner.clock && found.customer === owner.customer)
      return found
    const series =
      found !== undefined && found.customer === owner.customer
        ? found.series // The customer has joined a clock since.
        : this.#inherited(owner)
    const { meter, meterSlot, customer, customerSlot, clock, window } = owner
    const number = this.#streams.length
    const stream = { meter, meterSlot, customer, customerSlot, clock, window, series, number }
    this.#streams.push(stream)
    row[owner.customerSlot] = stream
    return stream
  }

  #inherited({ window, meterSlot, customerSlot }: UsageOwner): Series {
    const above =
      this.#parent === undefined
        ? undefined
        : this.#parent.read(meterSlot, customerSlot, this.#bound)
    return above === undefined ? new Series(window) : new Series(window, above.series, above.bound)
  }

  /** The series of a (meter, customer), and the position up to which a reader at `position` sees it. */
  read(
    meterSlot: number,
    customerSlot: number,
    position: number,
  ): { readonly series: Series; readonly bound: number } | undefined {
    let store: UsageStore | undefined = this
    let bound = position
    while (store !== undefined) {
      const stream = store.#byOwner[meterSlot]?.[customerSlot]
      if (stream !== undefined) return { series: stream.series, bound }
      bound = Math.min(bound, store.#bound)
      store = store.#parent
    }
    return undefined
  }

  /** Writes an event that fits into the columns, all but its identifier. @returns its row. */
  addRow(stream: Stream, at: Instant, timestamp: Instant, value: Decimal | undefined): number {
    const row = this.#rows
    if (row === this.#capacity) this.#grow()
    const columns = this.#columns
    columns[row * WIDTH + STREAM] = stream.number
    columns[row * WIDTH + AT] = at
    columns[row * WIDTH + TIMESTAMP] = timestamp
    this.#units[row] = value === undefined ? 0 : (value.units as number)
    this.#scale[row] = value === undefined ? NO_VALUE : value.scale
    this.#rows = row + 1
    return row
  }

  /** Writes the identifier of a row, whose event is now at a position, and takes it. */
  identify(row: number, identifier: string, position: number, isNew: boolean): void {
    this.take(identifier, position, isNew)
    this.#columns[row * WIDTH + IDENTIFIER] = this.#texts.placeOf(identifier) as number
  }

  #grow(): void {
    const capacity = this.#capacity * 2
    const grown = <T extends { set(from: T): void }>(made: T, from: T): T => {
      made.set(from)
      return made
    }
    this.#columns = grown(new Uint32Array(capacity * WIDTH), this.#columns)
    this.#units = grown(new Float64Array(capacity), this.#units)
    this.#scale = grown(new Uint8Array(capacity), this.#scale)
    this.#capacity = capacity
  }

  rowAt(row: number): Row {
    const columns = this.#columns
    const scale = this.#scale[row] as number
    return {
      stream: this.#streams[columns[row * WIDTH + STREAM] as number] as Stream,
      at: columns[row * WIDTH + AT] as number,
      timestamp: columns[row * WIDTH + TIMESTAMP] as number,
      value: scale === NO_VALUE ? undefined : { units: this.#units[row] as number, scale },
      identifier: this.#texts.keyAt(columns[row * WIDTH + IDENTIFIER] as number),
    }
  }

  eventAt(row: number): MeterEventRecorded {
    const type = 'MeterEventRecorded'
    const { stream, at, timestamp, value: decimal, identifier } = this.rowAt(row)
    const { meter, customer, clock } = stream
    const value = decimal === undefined ? undefined : formatDecimal(decimal)
    // Four literals: logs are read event by event, and a spread costs more than all else here.
    if (clock === null)
      return value === undefined
        ? { type, at, meter, customer, timestamp, identifier }
        : { type, at, meter, customer, value, timestamp, identifier }
    return value === undefined
      ? { type, at, clock, meter, customer, timestamp, identifier }
      : { type, at, clock, meter, customer, value, timestamp, identifier }
  }
}

/** The usage of a history. */
export const usageStore: StoreKey<UsageStore> = { create: () => new UsageStore() }
