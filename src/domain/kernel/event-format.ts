import { type Codec, closed, literal, type Optional, optional, text, timestamp } from './codec.js'
import type { World } from './decision.js'
import type { DomainEvent } from './event.js'
import type { PackedEntry } from './line.js'

/** How one type of event is read from a log, and how older versions of it are brought up to date. */
export interface EventFormat<E extends DomainEvent = DomainEvent> {
  /** The version that is written; 1 at first. */
  readonly version: number
  /** Reads the fields of the newest version. */
  readonly codec: Codec<E>
  /** For each older version, the step to the next one. */
  readonly upcasts: Readonly<
    Record<number, (fields: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>>
  >
  /** Writes the event into the columns of a store, where it fits them; `undefined` where it does not. */
  readonly write: ((world: any, event: E) => World | undefined) | undefined
  /** Writes events again that lie packed on another line of the same log, from columns to columns. */
  readonly copy: ((world: any, run: Iterable<PackedEntry>) => World) | undefined
  /** What people are told of it, behind its time and type: whom it is about, how much. */
  readonly tell: (event: E) => string
  /** A record of the passing of time only: it draws no serial number, so ids do not depend on how time was cut. */
  readonly isClockRecord: boolean
}

/** The id that an event is about: its own, or that of the first thing in it. */
const subject = (event: DomainEvent): string => {
  for (const [key, value] of Object.entries(event)) {
    if (key === 'id' && typeof value === 'string') return value
    if (typeof value === 'object' && value !== null && 'id' in value) return String(value.id)
  }
  return event.clock ?? ''
}

/** What a record in a log says besides the fields of its event. */
const ENVELOPE = ['n', 'tx', 'fired', 'v']

/**
 * The format of one type of event: `type`, `at`, `clock` and the given fields, in this order.
 * @param fields - A codec for each field of the event's own.
 */
export const eventFormat = <E extends DomainEvent>(
  type: E['type'],
  fields: { readonly [K in Exclude<keyof E, keyof DomainEvent>]-?: Codec<any> | Optional<any> },
  {
    version = 1,
    upcasts = {},
    write,
    copy,
    tell = subject,
    isClockRecord = false,
  }: Partial<Omit<EventFormat<E>, 'codec'>> = {},
): EventFormat<E> => ({
  version,
  codec: closed(
    type,
    { type: literal(type), at: timestamp, clock: optional(text()), ...fields },
    ENVELOPE,
  ) as unknown as Codec<E>,
  upcasts,
  write,
  copy,
  tell,
  isClockRecord,
})
