/**
 * The log as it goes out and comes in: JSON lines. The first line is the header (format, version, seed, root clock,
 * settings), every further line one event. The first event of a transaction says how many events it has (`tx`) and
 * whether a clock fired it (`fired`), so a log that was cut off is told from a whole one.
 */
import { toInstant } from '../domain/kernel/calendar.js'
import {
  anyText,
  type Codec,
  closed,
  decode,
  explain,
  FAIL,
  integer,
  literal,
  timestamp,
} from '../domain/kernel/codec.js'
import { Defect, invariant } from '../domain/kernel/defect.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import type { EventFormat } from '../domain/kernel/event-format.js'
import { E, type Either } from '../domain/kernel/fp.js'
import type { Instant } from '../domain/kernel/instant.js'
import { CONTINUES, FIRED, OPENS } from '../domain/kernel/line.js'
import { type LogEntry, transactionEnd, transactions } from '../domain/kernel/log.js'
import { settingsCodec } from '../domain/settings/index.js'
import type { TestClock } from '../domain/test-clocks/index.js'
import { registry, type World } from './execute.js'
import type { Registry } from './registry.js'
import { firstWorld, type WorldValue } from './world.js'

export const LOG_FORMAT = 'clepsydra-log'
export const LOG_VERSION = 1

const inner = (world: World): WorldValue => world as unknown as WorldValue

/** The log as lines of JSON, without line ends, the header first. */
export function* writeLog(world: World): IterableIterator<string> {
  const { header, registry: known } = inner(world).history
  const { seed, now, settings } = header
  yield JSON.stringify({ format: LOG_FORMAT, version: LOG_VERSION, seed, now, settings })
  for (const { entries, fired } of transactions(world))
    for (const [index, { position: n, event }] of entries.entries()) {
      const { type } = event
      const v = known.formats.get(type)?.version
      const opening =
        index > 0 ? {} : fired ? { tx: entries.length, fired } : { tx: entries.length }
      yield JSON.stringify(Object.assign({ n, ...opening, type, v }, event))
    }
}

/** Why a log was not taken: nothing of it was. */
export interface LogDamage {
  /** From 1; the header is line 1. */
  readonly line: number
  readonly message: string
}

const damage = (line: number, message: string): Either<LogDamage, never> =>
  E.left({ line, message: `line ${line}: ${message}` })

const headerCodec = closed('Header', {
  format: literal(LOG_FORMAT),
  version: integer(1),
  seed: anyText,
  now: timestamp,
  settings: settingsCodec,
})

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return FAIL
  }
}

/** Brings the fields of an event of an older version up to date, step by step. */
const upcasted = (format: EventFormat, version: number, envelope: Envelope) => {
  const { n, tx, fired, v, ...fields } = envelope
  let current: Readonly<Record<string, unknown>> | undefined = fields
  for (let step = version; step < format.version && current !== undefined; step += 1)
    current = format.upcasts[step]?.(current)
  return current
}

/** A line: an event's fields, and what is said of the event. */
interface Envelope extends Readonly<Record<string, unknown>> {
  readonly n?: unknown
  readonly tx?: unknown
  readonly fired?: unknown
  readonly type?: unknown
  readonly v?: unknown
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const readEvent = (known: Registry, envelope: Envelope): DomainEvent | string => {
  const { type, v } = envelope
  const format = typeof type === 'string' ? known.formats.get(type) : undefined
  if (format === undefined) return `unknown type of event ${JSON.stringify(type)}`
  if (typeof v !== 'number' || v < 1 || v > format.version)
    return `version ${JSON.stringify(v)} of ${String(type)} is not one of 1 to ${format.version}`
  const current = v === format.version ? envelope : upcasted(format, v, envelope)
  if (current === undefined) return `version ${v} of ${String(type)} has no step to the next`
  const event = format.codec.read(current)
  return event === FAIL
    ? explain(format.codec as Codec<unknown>, current).message
    : (event as DomainEvent)
}

/**
 * Makes the world of a log. A line that is damaged is named, and nothing is imported; the same holds for a log that
 * ends in the middle of a transaction. Empty lines at the end are passed over.
 * @param families - The registry that the log was written for.
 */
export const readLog = (
  lines: Iterable<string>,
  families: Registry = registry,
): Either<LogDamage, World> => {
  let number = 0
  let world: WorldValue | undefined
  let left = 0
  for (const line of lines) {
    number += 1
    const value = parsed(line)
    if (world === undefined) {
      const header = startOf(value, families)
      if (typeof header === 'string') return damage(number, header)
      world = header.draft()
      continue
    }
    if (line === '') continue
    if (!isEnvelope(value)) return damage(number, 'this is not a JSON object')
    const envelope = value
    if (envelope.n !== world.position + 1)
      return damage(
        number,
        `expected event ${world.position + 1}, found ${JSON.stringify(envelope.n)}`,
      )
    const opens = envelope.tx !== undefined
    if (opens !== (left === 0))
      return damage(
        number,
        opens ? `${left} more events of the transaction were expected` : 'no transaction is open',
      )
    if (opens) {
      if (!Number.isSafeInteger(envelope.tx) || (envelope.tx as number) < 1)
        return damage(number, `a transaction cannot have ${JSON.stringify(envelope.tx)} events`)
      left = envelope.tx as number
    }
    if (envelope.fired !== undefined && (envelope.fired !== true || !opens))
      return damage(number, 'fired is true on the first event of a transaction, or absent')
    const event = readEvent(families, envelope)
    if (typeof event === 'string') return damage(number, event)
    try {
      world = world.opening(opens ? (envelope.fired ? FIRED : OPENS) : CONTINUES).record(event)
    } catch (error) {
      if (error instanceof Defect)
        return damage(
          number,
          `this event does not follow from the ones before it (${error.message})`,
        )
      throw error
    }
    left -= 1
    if (left === 0) world = world.settled()
  }
  if (world === undefined) return damage(1, 'the header is missing')
  if (left > 0)
    return damage(number, `the log ends ${left} events before its last transaction does`)
  return E.right(world.sealed() as unknown as World)
}

const startOf = (value: unknown, families: Registry): WorldValue | string => {
  if (value === FAIL) return 'this is not JSON'
  const header = decode(headerCodec, value)
  if (E.isLeft(header)) return `this is not the header of a log: ${header.left.message}`
  const { version, seed, now, settings } = header.right
  if (version > LOG_VERSION)
    return `this log has format version ${version}; this program reads up to ${LOG_VERSION}`
  return firstWorld(families, { seed, now: toInstant(now), settings })
}

/** Folds the whole log again, up to and with a position, on a line of its own: an equal world. */
export const replay = (world: World, to = world.position): World => {
  const { line } = world
  let copy = inner(world).beginning().draft()
  while (copy.position < to) {
    const opening = line.openingAt(copy.position + 1)
    if (opening !== CONTINUES) copy = copy.settled()
    copy = copy.opening(opening).recordAgain(line, to)
  }
  return copy.settled().sealed() as unknown as World
}

/** Where to rewind to: a position of the log, or an instant of the root clock or of a test clock. */
export type RewindPoint =
  | { readonly position: number }
  | { readonly instant: number | string; readonly clock?: string }

/**
 * An earlier world of the same history, folded again from a prefix of the log that ends with a transaction: the last
 * one at or before the position, or the last before which the clock had not passed the instant. Where that lies in the
 * middle of an advance of the test clock, it is the one before the advance: a clock is not left on its way.
 */
export const rewind = (world: World, point: RewindPoint): World => {
  if ('position' in point) return replay(world, transactionEnd(world, point.position))
  const { clock } = point
  const instant = toInstant(point.instant)
  let end = 0
  let started: number | undefined
  let isKnown = clock === undefined
  for (const { entries: all } of transactions(world)) {
    for (const { event } of all) {
      const at = shownBy(event, clock)
      if (at === undefined) continue
      if (at > instant) return replay(world, started ?? end)
      isKnown = true
    }
    for (const { event } of all) {
      if (clock === undefined || event.clock !== clock) continue
      if (event.type === 'TestClockAdvanceStarted') started = end
      else if (event.type === 'TestClockAdvanced' || event.type === 'TestClockFailed')
        started = undefined
    }
    end = (all.at(-1) as LogEntry).position
  }
  invariant(isKnown, `the world has had a test clock '${clock}'`)
  return replay(world, end)
}

/** The instant that an event shows the clock to have reached, where it shows any. */
const shownBy = (event: DomainEvent, clock: string | undefined): Instant | undefined => {
  if (event.clock === clock) return event.at
  if (event.type !== 'TestClockCreated') return undefined
  const { test_clock } = event as DomainEvent & { readonly test_clock: TestClock }
  return test_clock.id === clock ? test_clock.frozen_time : undefined
}

/** Everything a world knows, as plain data: two worlds of equal logs have equal snapshots. */
export const snapshot = (world: World): unknown => {
  const value = inner(world)
  const plain = {
    header: value.history.header,
    now: value.now,
    position: value.position,
    serial: value.serial,
    agenda: value.agenda,
    slices: Object.fromEntries(
      value.history.registry.names.map((name, slot) => [name, value.slices[slot]]),
    ),
    log: [...writeLog(world)],
  }
  // Usage that is too much for a number is counted in bigints, which JSON does not know.
  return JSON.parse(
    JSON.stringify(plain, (_, field) => (typeof field === 'bigint' ? String(field) : field)),
  )
}
