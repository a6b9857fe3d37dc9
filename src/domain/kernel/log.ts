import type { DomainEvent } from './event.js'
import { CONTINUES, FIRED, type Line, OPENS, type Opening } from './line.js'

/** A log as its readers see it: a line, up to a position. Every world is one. */
export interface LogView {
  readonly line: Line
  readonly position: number
}

/** One event with its place in the log. */
export interface LogEntry {
  /** From 1. */
  readonly position: number
  readonly event: DomainEvent
}

/** The events of one command, or of one fired deadline: appended together or not at all. */
export interface Transaction {
  readonly entries: readonly LogEntry[]
  /** Whether a clock fired it; otherwise a command did. */
  readonly fired: boolean
}

/** The events above a position, in order. */
export function* entries({ line, position: end }: LogView, from = 0): IterableIterator<LogEntry> {
  for (let position = Math.max(from, 0) + 1; position <= end; position += 1)
    yield { position, event: line.at(position) }
}

/** The transactions above a position, in order. `from` is the end of one. */
export function* transactions(log: LogView, from = 0): IterableIterator<Transaction> {
  let current: LogEntry[] = []
  let opening: Opening = OPENS
  for (const entry of entries(log, from)) {
    const opens = log.line.openingAt(entry.position)
    if (opens !== CONTINUES) {
      if (current.length > 0) yield { entries: current, fired: opening === FIRED }
      current = []
      opening = opens
    }
    current.push(entry)
  }
  if (current.length > 0) yield { entries: current, fired: opening === FIRED }
}

/** The end of the last whole transaction at or below a position. */
export const transactionEnd = ({ line, position: end }: LogView, position: number): number => {
  let at = Math.max(0, Math.min(position, end))
  while (at > 0 && at < end && line.openingAt(at + 1) === CONTINUES) at -= 1
  return at
}

/** The events above one position, up to and with another. Beyond its own end a log sees nothing. */
export const eventsBetween = (
  log: LogView,
  from: number,
  to = log.position,
): readonly DomainEvent[] =>
  Array.from(
    entries({ line: log.line, position: Math.min(to, log.position) }, from),
    ({ event }) => event,
  )
