import { defect, invariant } from './defect.js'
import { Keys } from './layers.js'
import { newOwner, type Owner, Vector } from './vector.js'

/** A row knows its own id, or its table is told how to find it. */
export interface Row {
  readonly id: string
}

/** Secondary keys by which rows are found: `{ customer: (invoice) => invoice.customer }`. No key, no entry. */
export type Indexes<R> = Readonly<Record<string, (row: R) => string | null | undefined>>

/** Slots that changed, newest first. */
interface Touched {
  readonly slot: number
  readonly before: Touched | undefined
}

/** Which slots have a key: ascending, since a table keeps creation order. Most keys have one, and it stands by itself. */
type Slots = Vector<number> | number

interface Postings {
  readonly keys: Keys
  readonly lists: Vector<Slots>
}

/**
 * A persistent collection of rows: every version stays as it was, a change costs one path of a radix tree.
 * Rows keep their slot for ever, slots keep creation order, and a removed row leaves its slot empty, so an
 * old id still tells where its row stood.
 *
 * `draft` gives a table that one owner changes in place until `seal`; the table it came from does not notice. Its new
 * rows get into the indexes together, when somebody looks for one or at the end: most drafts never do.
 */
export class Table<R extends Row, Names extends string = string> {
  #ids: Keys
  #rows: Vector<R | undefined>
  readonly #indexes: Indexes<R>
  #postings: Readonly<Record<string, Postings>>
  /** Slots from here on are not in the indexes yet. Only a draft puts that off. */
  #indexed: number
  readonly #owner: Owner | undefined
  /** `null` where nobody watches. */
  #touched: Touched | undefined | null
  #count: number

  private constructor(
    ids: Keys,
    rows: Vector<R | undefined>,
    indexes: Indexes<R>,
    postings: Readonly<Record<string, Postings>>,
    indexed: number,
    owner: Owner | undefined,
    touched: Touched | undefined | null,
    count: number,
  ) {
    this.#ids = ids
    this.#rows = rows
    this.#indexes = indexes
    this.#postings = postings
    this.#indexed = indexed
    this.#owner = owner
    this.#touched = touched
    this.#count = count
  }

  static of<R extends Row, const I extends Indexes<R> = Record<never, never>>(
    indexes?: I,
  ): Table<R, keyof I & string> {
    const declared: Indexes<R> = indexes ?? {}
    const postings: Record<string, Postings> = {}
    for (const name of Object.keys(declared))
      postings[name] = { keys: new Keys(), lists: Vector.empty }
    return new Table<R, keyof I & string>(
      new Keys(),
      Vector.empty,
      declared,
      postings,
      0,
      undefined,
      null,
      0,
    )
  }

  /** Rows that are there: created and not removed. */
  get count(): number {
    return this.#count
  }

  /** Slots ever given: the next row's slot. */
  get size(): number {
    return this.#rows.size
  }

  /** The slot of an id, a removed row's too. */
  slotOf(id: string): number | undefined {
    return this.#ids.get(id, this.#rows.size)
  }

  at(slot: number): R | undefined {
    return this.#rows.get(slot)
  }

  get(id: string): R | undefined {
    const slot = this.#ids.get(id, this.#rows.size)
    return slot === undefined ? undefined : this.#rows.get(slot)
  }

  /** The row of an id that an event or another row names; its absence is a Defect. */
  need(id: string): R {
    return this.get(id) ?? defect(`no row '${id}'`)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  /** Rows in creation order. */
  *[Symbol.iterator](): IterableIterator<R> {
    for (const row of this.#rows) if (row !== undefined) yield row
  }

  #slotsBy(index: Names, key: string): Slots | undefined {
    this.#index()
    const { keys, lists } = this.#postings[index] ?? defect(`no index '${index}'`)
    const list = keys.get(key, lists.size)
    return list === undefined ? undefined : lists.get(list)
  }

  /** Slots of the rows with a secondary key, ascending. */
  slotsBy(index: Names, key: string): Vector<number> {
    const slots = this.#slotsBy(index, key)
    return typeof slots === 'number' ? listOf([slots]) : (slots ?? Vector.empty)
  }

  /** Rows with a secondary key, in creation order. */
  *by(index: Names, key: string): IterableIterator<R> {
    for (const slot of this.slotsBy(index, key)) yield this.#rows.get(slot) as R
  }

  /** The slot of the first row with a secondary key. */
  firstSlotBy(index: Names, key: string): number | undefined {
    const slots = this.#slotsBy(index, key)
    return typeof slots === 'number' ? slots : slots?.get(0)
  }

  /** The first row with a secondary key. */
  firstBy(index: Names, key: string): R | undefined {
    const slot = this.firstSlotBy(index, key)
    return slot === undefined ? undefined : this.#rows.get(slot)
  }

  insert(row: R): Table<R, Names> {
    const slot = this.#rows.size
    invariant(this.slotOf(row.id) === undefined, `the id '${row.id}' is new`)
    const ids = this.#ids.add(row.id, slot)
    return this.#with(ids, this.#rows.push(row, this.#owner), slot, undefined, row, this.count + 1)
  }

  /** Replaces the row of an id by what `change` makes of it. The id stays. */
  update(id: string, change: (row: R) => R): Table<R, Names> {
    return this.#replace(id, change, this.count)
  }

  /** Empties the slot of an id. The id is never given again. */
  remove(id: string): Table<R, Names> {
    return this.#replace(id, () => undefined, this.count - 1)
  }

  /** A table that its holder changes in place; nobody else may keep it. */
  draft(): Table<R, Names> {
    return this.#copy(newOwner(), this.#touched)
  }

  seal(): Table<R, Names> {
    this.#index()
    return this.#copy(undefined, this.#touched)
  }

  /** Begins to keep count of the slots that change, or forgets those counted so far. */
  watched(): Table<R, Names> {
    if (this.#owner === undefined) return this.#copy(undefined, undefined)
    this.#touched = undefined
    return this
  }

  get isTouched(): boolean {
    return this.#touched !== undefined && this.#touched !== null
  }

  /** Slots touched since `watched`, each once, oldest first. */
  touched(): readonly number[] {
    const last = this.#touched ?? undefined
    if (last === undefined) return []
    if (last.before === undefined) return [last.slot]
    const seen = new Set<number>()
    for (let link: Touched | undefined = last; link !== undefined; link = link.before)
      seen.add(link.slot)
    return [...seen].reverse()
  }

  toJSON(): readonly (R | null)[] {
    return Array.from(this.#rows, (row) => row ?? null)
  }

  #replace(id: string, change: (row: R) => R | undefined, count: number): Table<R, Names> {
    const slot = this.slotOf(id)
    const row = slot === undefined ? undefined : this.#rows.get(slot)
    if (slot === undefined || row === undefined) return defect(`no row '${id}' to change`)
    const next = change(row)
    if (next === row) return this
    return this.#with(this.#ids, this.#rows.set(slot, next, this.#owner), slot, row, next, count)
  }

  #with(
    ids: Keys,
    rows: Vector<R | undefined>,
    slot: number,
    before: R | undefined,
    after: R | undefined,
    count: number,
  ): Table<R, Names> {
    const touched =
      this.#touched === null || this.#touched?.slot === slot
        ? this.#touched
        : { slot, before: this.#touched }
    if (this.#owner === undefined) {
      const postings = this.#reindexed(slot, before, after)
      return new Table(ids, rows, this.#indexes, postings, rows.size, undefined, touched, count)
    }
    if (slot < this.#indexed) this.#postings = this.#reindexed(slot, before, after)
    this.#ids = ids
    this.#rows = rows
    this.#touched = touched
    this.#count = count
    return this
  }

  #copy(owner: Owner | undefined, touched: Touched | undefined | null): Table<R, Names> {
    return new Table(
      this.#ids,
      this.#rows,
      this.#indexes,
      this.#postings,
      this.#indexed,
      owner,
      touched,
      this.count,
    )
  }

  /** Puts the rows that are in no index yet into all of them. */
  #index(): void {
    const { size } = this.#rows
    if (this.#indexed === size) return
    const postings: Record<string, Postings> = {}
    for (const name in this.#indexes) {
      const keyOf = this.#indexes[name] as (row: R) => string | null | undefined
      const added = new Map<string, number[]>()
      for (let slot = this.#indexed; slot < size; slot += 1) {
        const row = this.#rows.get(slot)
        const key = row === undefined ? undefined : keyOf(row)
        if (key === undefined || key === null) continue
        const slots = added.get(key)
        if (slots === undefined) added.set(key, [slot])
        else slots.push(slot)
      }
      let entry = this.#postings[name] as Postings
      for (const [key, slots] of added) entry = withSlots(entry, key, slots, this.#owner)
      postings[name] = entry
    }
    this.#postings = postings
    this.#indexed = size
  }

  #reindexed(
    slot: number,
    before: R | undefined,
    after: R | undefined,
  ): Readonly<Record<string, Postings>> {
    let postings: Record<string, Postings> | undefined
    for (const name in this.#indexes) {
      const keyOf = this.#indexes[name] as (row: R) => string | null | undefined
      const old = before === undefined ? undefined : (keyOf(before) ?? undefined)
      const key = after === undefined ? undefined : (keyOf(after) ?? undefined)
      if (old === key) continue
      postings ??= { ...this.#postings }
      let entry = postings[name] as Postings
      if (old !== undefined) entry = withoutSlot(entry, old, slot, this.#owner)
      if (key !== undefined) entry = withSlots(entry, key, [slot], this.#owner)
      postings[name] = entry
    }
    return postings ?? this.#postings
  }
}

const listOf = (slots: Iterable<number>, owner?: Owner): Vector<number> => {
  let list: Vector<number> = Vector.empty
  for (const slot of slots) list = list.push(slot, owner)
  return list
}

/** What a key has, in its short form. */
const shortened = (slots: readonly number[]): Slots =>
  slots.length === 1 ? (slots[0] as number) : listOf(slots, newOwner())

/** Adds slots to a key's list. New rows append; a row that changes its key may have to go in between. */
const withSlots = (
  { keys, lists }: Postings,
  key: string,
  slots: readonly number[],
  owner: Owner | undefined,
): Postings => {
  const at = keys.get(key, lists.size)
  if (at === undefined)
    return { keys: keys.add(key, lists.size), lists: lists.push(shortened(slots), owner) }
  const known = lists.get(at) as Slots
  const list = typeof known === 'number' ? listOf([known], owner) : known
  const last = list.get(list.size - 1)
  let next = list
  if (last === undefined || last < (slots[0] as number))
    for (const slot of slots) next = next.push(slot, owner)
  else
    next = listOf(
      [...list, ...slots].sort((a, b) => a - b),
      newOwner(),
    )
  return { keys, lists: lists.set(at, next, owner) }
}

const withoutSlot = (
  { keys, lists }: Postings,
  key: string,
  slot: number,
  owner: Owner | undefined,
): Postings => {
  const at = keys.get(key, lists.size) as number
  const known = lists.get(at) as Slots
  const rest = typeof known === 'number' ? [] : [...known].filter((other) => other !== slot)
  return { keys, lists: lists.set(at, listOf(rest, newOwner()), owner) }
}
