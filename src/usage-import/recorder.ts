/** Rows into a world: in batches, each event once, what is refused put down with its line. */

import { parseDecimal } from '../domain/kernel/decimal.js'
import { defect } from '../domain/kernel/defect.js'
import { E, type Either } from '../domain/kernel/fp.js'
import type { Instant } from '../domain/kernel/instant.js'
import type { Rejection } from '../domain/kernel/rejection.js'
import { hasIdentifier, type Meter, type RecordMeterEvent } from '../domain/metering/index.js'
import { clockNow } from '../domain/test-clocks/index.js'
import type { CommandOf, CommandType, ResultOf, World } from '../world/execute.js'
import { Simulator } from '../world/simulator.js'
import { differenceFrom, meterEventOf } from './held.js'
import { isProblem, type RowField, type RowProblem, type UsageRow } from './usage-row.js'

/** Something about a row, by its place in the file. */
export interface RowNote {
  /** Where the row starts, from 1; header, empty lines and line ends inside of quotes count. */
  readonly line: number
  /** The field of the mapping that is at fault, or the row as a whole. */
  readonly field: RowField
  readonly reason: string
}

/** What became of an input. `read` is `recorded`, `already` and `refusedCount` together. */
export interface ImportResult {
  /** Rows, without header and empty lines. */
  readonly read: number
  readonly recorded: number
  /** Rows whose identifier the world holds, from an earlier import or an earlier row. */
  readonly already: number
  /** The first of the refused rows, in the order of the file. */
  readonly refused: readonly RowNote[]
  readonly refusedCount: number
  /** The first of the rows counted as `already` that report something else than the event that has their identifier. */
  readonly differing: readonly RowNote[]
  readonly differingCount: number
  /** The earliest and the latest time of the recorded rows; `null` without any. */
  readonly firstTime: Instant | null
  readonly lastTime: Instant | null
  /** The row at which the import ended before its input did. Neither it nor any row after it was recorded. */
  readonly stoppedAt: RowNote | null
}

/** Whatever holds a world and decides commands on it: a Simulator does. */
export interface Recipient {
  readonly world: World
  try<T extends CommandType>(command: CommandOf<T>): Either<Rejection, ResultOf<T>>
}

export interface RecorderOptions {
  readonly onRefusal: 'stop' | 'skip'
  readonly advance: boolean
  readonly until: Instant | undefined
  readonly notesMax: number
  readonly batchSize: number
  /** Keys that the mapping puts into every payload. */
  readonly payloadKeys: readonly string[]
  /** The identifier of a row that brings none. */
  readonly identify: (row: UsageRow) => string
  readonly onBatch: (counts: Counts) => void
}

export type Counts = Pick<ImportResult, 'read' | 'recorded' | 'already'> & {
  readonly refused: number
}

/** A row that waits for its batch: to be recorded, or, without an event, already in the world. */
interface Waiting {
  readonly line: number
  readonly row: UsageRow
  readonly identifier: string
  readonly event: RecordMeterEvent | undefined
}

type Fresh = Waiting & { readonly event: RecordMeterEvent }

const isNote = (item: Waiting | RowNote): item is RowNote => 'reason' in item

/** The first few of many. */
class Notes {
  readonly #max: number
  readonly first: RowNote[] = []
  count = 0

  constructor(max: number) {
    this.#max = max
  }

  add(note: RowNote): void {
    this.count += 1
    if (this.first.length < this.#max) this.first.push(note)
  }
}

/** Which part of the row a refusal of its meter event is about. */
const fieldOf = ({ param = '' }: Rejection): RowField => {
  const inner = /^events\[\d+\]\[(\w+)\]/.exec(param)?.[1]
  if (inner === 'timestamp') return 'time'
  return inner === 'identifier' || inner === 'event_name' || inner === 'payload' ? inner : 'row'
}

export class Recorder {
  readonly #to: Recipient
  readonly #options: RecorderOptions
  #batch: (Waiting | RowNote)[] = []
  /** Those of the batch. The world itself lets one come again a day later, and clocks may stand that far apart. */
  readonly #identifiers = new Set<string>()
  #meters = new Map<string, Meter | string>()
  #read = 0
  #recorded = 0
  #already = 0
  readonly #refused: Notes
  readonly #differing: Notes
  #firstTime: Instant | null = null
  #lastTime: Instant | null = null
  #stoppedAt: RowNote | null = null

  constructor(to: Recipient, options: RecorderOptions) {
    this.#to = to
    this.#options = options
    this.#refused = new Notes(options.notesMax)
    this.#differing = new Notes(options.notesMax)
  }

  /** Whether no further row is taken. */
  get isStopped(): boolean {
    return this.#stoppedAt !== null
  }

  get result(): ImportResult {
    return {
      read: this.#read,
      recorded: this.#recorded,
      already: this.#already,
      refused: this.#refused.first,
      refusedCount: this.#refused.count,
      differing: this.#differing.first,
      differingCount: this.#differing.count,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      stoppedAt: this.#stoppedAt,
    }
  }

  /** Puts down a row that cannot be recorded. @param isLast - Nothing can be read behind it. */
  refuse(line: number, { field, reason }: RowProblem, isLast = false): void {
    const note = { line, field, reason }
    this.#batch.push(note)
    if (isLast || this.#options.onRefusal === 'stop') {
      this.flush()
      this.#stoppedAt ??= note
    } else this.#flushWhenFull()
  }

  /** Takes a row on. */
  take(line: number, row: UsageRow): void {
    const identifier = row.identifier ?? this.#options.identify(row)
    let item = this.#itemOf(line, row, identifier)
    const isAhead = this.#isAhead(item)
    if (isAhead || this.#identifiers.has(identifier)) {
      this.flush() // What becomes of the rows before decides about this one, as it would without batches.
      if (this.isStopped) return
      item = this.#itemOf(line, row, identifier)
    }
    const refusal = isAhead && this.#isAhead(item) ? this.#advanceTo(row) : undefined
    if (refusal !== undefined) this.refuse(line, { field: 'time', reason: refusal })
    else if (isProblem(item)) this.refuse(line, item)
    else {
      this.#batch.push(item)
      if (item.event !== undefined) this.#identifiers.add(identifier)
      this.#flushWhenFull()
    }
  }

  /** What a row is to the world as it stands: already there, to be recorded, or wrong. */
  #itemOf(line: number, row: UsageRow, identifier: string): Waiting | RowProblem {
    const { world } = this.#to
    if (hasIdentifier(world, identifier)) return { line, row, identifier, event: undefined }
    const meter = this.#meterOf(row.event_name)
    if (typeof meter === 'string') return { field: 'event_name', reason: meter }
    const customer = world.customers.get(row.customer)
    if (customer === undefined)
      return { field: 'customer', reason: `there is no customer '${row.customer}'` }
    return (
      this.#problemOf(row, meter) ?? {
        line,
        row,
        identifier,
        event: meterEventOf(row, identifier, meter, customer.id),
      }
    )
  }

  #flushWhenFull(): void {
    if (this.#batch.length >= this.#options.batchSize) this.flush()
  }

  /** The active meter of an event name, or why rows cannot be recorded for it. */
  #meterOf(eventName: string): Meter | string {
    const known = this.#meters.get(eventName)
    if (known !== undefined) return known
    const meter = this.#to.world.meters.firstBy('active', eventName)
    const found = meter === undefined ? `no active meter has the event name '${eventName}'` : meter
    const taken = this.#options.payloadKeys.find(
      (key) =>
        typeof found === 'object' &&
        (key === found.customer_mapping.event_payload_key ||
          key === found.value_settings.event_payload_key),
    )
    const usable =
      taken === undefined
        ? found
        : `the meter keeps customer or value under '${taken}', so the mapping's payload may not have it`
    this.#meters.set(eventName, usable)
    return usable
  }

  /** What is wrong with a row's value or time. The world would accept a wrong value and report it later. */
  #problemOf({ value, timestamp }: UsageRow, meter: Meter): RowProblem | undefined {
    const { until } = this.#options
    if (until !== undefined && timestamp > until)
      return {
        field: 'time',
        reason: `${timestamp} is later than ${until}, the latest time allowed`,
      }
    if (meter.default_aggregation.formula === 'count') return undefined
    if (value === undefined)
      return { field: 'value', reason: 'is empty, or not in the mapping, and the meter needs one' }
    const parsed = parseDecimal(value)
    if (typeof parsed === 'object') return undefined
    return {
      field: 'value',
      reason:
        parsed === 'invalid'
          ? `'${value}' is not a number: digits, with a point before decimals (-12.5)`
          : `'${value}' has more than 15 digits before or 12 after the decimal point`,
    }
  }

  /** Whether a row is to move its customer's clock before it is recorded. */
  #isAhead(item: Waiting | RowProblem): boolean {
    if (!this.#options.advance || isProblem(item) || item.event === undefined) return false
    const { world } = this.#to
    const clock = world.customers.need(item.row.customer).test_clock
    return item.row.timestamp > clockNow(world, clock)
  }

  /** Brings the customer's clock to the row's time. @returns why that was refused. */
  #advanceTo({ customer, timestamp }: UsageRow): string | undefined {
    const clock = this.#to.world.customers.need(customer).test_clock
    const params = { frozen_time: timestamp }
    const done = this.#to.try(
      clock === null
        ? { type: 'AdvanceClock', params }
        : { type: 'AdvanceClock', id: clock, params },
    )
    if (E.isLeft(done)) return done.left.message
    if (clock !== null && this.#to.world.testClocks.get(clock)?.status === 'advancing')
      this.#to.try({ type: 'FinishAdvance', id: clock })
    return undefined
  }

  /** Records what waits. */
  flush(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#identifiers.clear()
    this.#meters.clear()
    const fresh = batch.filter((item): item is Fresh => !isNote(item) && item.event !== undefined)
    const refusals = fresh.length === 0 ? NOTHING_REFUSED : this.#record(fresh)
    for (const item of batch) {
      this.#read += 1
      const refusal = isNote(item) ? item : refusals.get(item)
      if (refusal !== undefined) {
        this.#refused.add(refusal)
        if (this.#options.onRefusal !== 'stop') continue
        this.#stoppedAt = refusal
        break
      }
      this.#count(item as Waiting)
    }
    this.#options.onBatch({
      read: this.#read,
      recorded: this.#recorded,
      already: this.#already,
      refused: this.#refused.count,
    })
  }

  #count({ line, row, identifier, event }: Waiting): void {
    if (event === undefined) {
      this.#already += 1
      const reason = differenceFrom(this.#to.world, row, identifier)
      if (reason !== undefined) this.#differing.add({ line, field: 'identifier', reason })
      return
    }
    const { timestamp } = row
    this.#recorded += 1
    if (this.#firstTime === null || timestamp < this.#firstTime) this.#firstTime = timestamp
    if (this.#lastTime === null || timestamp > this.#lastTime) this.#lastTime = timestamp
  }

  /** Records events, all but the refused ones; where a refusal is to stop, those before the first. @returns the refused. */
  #record(fresh: readonly Fresh[]): Refusals {
    const events = fresh.map(({ event }) => event)
    if (this.#options.onRefusal === 'skip') return refusalsOf(fresh, this.#skipping(events))
    const whole = this.#to.try({ type: 'RecordMeterEvents', params: { events } })
    if (E.isRight(whole)) return NOTHING_REFUSED
    // A trial on the side tells which is the first.
    const refused = new Simulator(this.#to.world).run(skipping(events)).refused
    const { index } = refused[0] ?? defect('a refused batch has a refused event')
    if (index > 0) this.#skipping(events.slice(0, index))
    return refusalsOf(fresh, refused)
  }

  #skipping(events: readonly RecordMeterEvent[]): Refused {
    const done = this.#to.try(skipping(events))
    return E.isRight(done)
      ? done.right.refused
      : defect(`a batch that skips was refused: ${done.left.message}`)
  }
}

const skipping = (events: readonly RecordMeterEvent[]): CommandOf<'RecordMeterEvents'> => ({
  type: 'RecordMeterEvents',
  params: { events, on_refusal: 'skip' },
})

type Refused = ResultOf<'RecordMeterEvents'>['refused']
type Refusals = ReadonlyMap<Waiting | RowNote, RowNote>

const NOTHING_REFUSED: Refusals = new Map()

const refusalsOf = (fresh: readonly Fresh[], refused: Refused): Refusals =>
  new Map(
    refused.map(({ index, rejection }) => {
      const item = fresh[index] as Fresh
      return [item, { line: item.line, field: fieldOf(rejection), reason: rejection.message }]
    }),
  )
