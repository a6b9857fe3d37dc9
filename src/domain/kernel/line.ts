import { invariant } from './defect.js'
import type { DomainEvent } from './event.js'

/** What a family keeps beside the log of one line: grow-only, and read below a position. */
export interface Store<Self> {
  /** A store of a new line that sees of this one what was written up to `bound`. */
  branch(bound: number): Self
}

/** Names a store and makes the one of a history's first line. */
export interface StoreKey<S extends Store<S>> {
  readonly create: () => S
}

/** A store that holds events in columns of its own and makes the event when somebody reads it. */
export interface PackedEvents {
  eventAt(row: number): DomainEvent
}

/** A packed event: the store and the row in which it lies, and what its entry says of its transaction. */
export interface PackedEntry {
  readonly store: PackedEvents
  readonly row: number
  readonly opening: Opening
}

/** What an entry says of its transaction. */
export const CONTINUES = 0
/** The first event of a command's transaction. */
export const OPENS = 1
/** The first event of a transaction that a clock fired. */
export const FIRED = 2

export type Opening = typeof CONTINUES | typeof OPENS | typeof FIRED

const PACKED = 4
const FLAG_BITS = 3

/**
 * The append-only line that all worlds of one history share. A world is a position on it: it sees what lies at or
 * below, and what lies beyond belongs to its successors. Only the world at the tip writes in place; a write on an
 * older one opens a new line over (parent, bound), so nothing that anybody can see ever changes.
 */
export class Line {
  readonly #parent: Line | undefined
  /** The last position that belongs to the parent. */
  readonly #bound: number
  /** For each own position: the place in `objects` or of a packed row, and flags. */
  #refs: Int32Array
  readonly #objects: DomainEvent[] = []
  readonly #stores = new Map<StoreKey<any>, unknown>()
  /** The store that was asked for last: nearly always the one that is asked for next. */
  #recentKey: StoreKey<any> | undefined
  #recent: unknown
  #packed: PackedEvents | undefined
  #length: number
  /** Listed when an older position is read for the first time: they never change. */
  #ancestors: readonly Line[] | undefined

  constructor(parent?: Line, bound = 0) {
    this.#parent = parent
    this.#bound = bound
    this.#length = bound
    this.#refs = new Int32Array(parent === undefined ? 64 : 8)
  }

  /** The position of the newest event. */
  get length(): number {
    return this.#length
  }

  /** The line on which the world at a position may write: this one, or a new branch. */
  writable(position: number): Line {
    if (position === this.#length) return this
    invariant(position >= this.#bound, 'a world stands on the line of its own position')
    return new Line(this, position)
  }

  /** The store of a family on this line. */
  store<S extends Store<S>>(key: StoreKey<S>): S {
    if (this.#recentKey === key) return this.#recent as S
    const store = (this.#stores.get(key) as S | undefined) ?? this.#inherited(key)
    this.#stores.set(key, store)
    this.#recentKey = key
    this.#recent = store
    return store
  }

  /** A branch of the nearest store above; lines between that have none have written nothing to it. */
  #inherited<S extends Store<S>>(key: StoreKey<S>): S {
    let line: Line = this
    let bound = Number.POSITIVE_INFINITY
    while (line.#parent !== undefined) {
      bound = Math.min(bound, line.#bound)
      line = line.#parent
      const store = line.#stores.get(key) as S | undefined
      if (store !== undefined) return store.branch(bound)
    }
    return key.create()
  }

  /** Appends an event. @returns its position, from 1. */
  push(event: DomainEvent, opening: Opening): number {
    return this.#append(this.#objects.push(event) - 1, opening)
  }

  /** Appends an event that a store holds in its columns. */
  pushPacked(store: PackedEvents, row: number, opening: Opening): number {
    invariant(
      this.#packed === undefined || this.#packed === store,
      'a line packs the events of one store',
    )
    this.#packed = store
    return this.#append(row, opening | PACKED)
  }

  #append(index: number, flags: number): number {
    const at = this.#length - this.#bound
    if (at === this.#refs.length) {
      const grown = new Int32Array(at * 2)
      grown.set(this.#refs)
      this.#refs = grown
    }
    this.#refs[at] = (index << FLAG_BITS) | flags
    this.#length += 1
    return this.#length
  }

  /** The line that holds a position: this one, or the ancestor on which it was written. */
  #lineOf(position: number): Line {
    if (position > this.#bound) return this
    this.#ancestors ??= this.#listAncestors()
    const ancestors = this.#ancestors
    let low = 0
    let high = ancestors.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((ancestors[middle] as Line).#bound < position) low = middle
      else high = middle - 1
    }
    return ancestors[low] as Line
  }

  /** The lines above, the first one first: each begins where the next one above ends. */
  #listAncestors(): readonly Line[] {
    const ancestors: Line[] = []
    for (let line = this.#parent; line !== undefined; line = line.#parent) ancestors.push(line)
    return ancestors.reverse()
  }

  /** The event at a position. */
  at(position: number): DomainEvent {
    const line = this.#lineOf(position)
    const ref = line.#refs[position - line.#bound - 1] as number
    return ref & PACKED
      ? (line.#packed as PackedEvents).eventAt(ref >>> FLAG_BITS)
      : (line.#objects[ref >>> FLAG_BITS] as DomainEvent)
  }

  /** The packed events from a position up to and with another, as far as they follow each other. */
  *packedRun(from: number, to: number): IterableIterator<PackedEntry> {
    for (let position = from; position <= to; position += 1) {
      const line = this.#lineOf(position)
      const ref = line.#refs[position - line.#bound - 1] as number
      if ((ref & PACKED) === 0) return
      const opening = (ref & (OPENS | FIRED)) as Opening
      yield { store: line.#packed as PackedEvents, row: ref >>> FLAG_BITS, opening }
    }
  }

  /** Whether the event at a position opens a transaction, and whose. */
  openingAt(position: number): Opening {
    const line = this.#lineOf(position)
    return ((line.#refs[position - line.#bound - 1] as number) & (OPENS | FIRED)) as Opening
  }
}
