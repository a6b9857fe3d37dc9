import type { Deadline } from '../domain/kernel/deadline.js'
import { ordered, SortedTree } from '../domain/kernel/sorted-tree.js'
import { newOwner, Vector } from '../domain/kernel/vector.js'

/** A deadline in the agenda, with what breaks ties: whose owner was seen first goes first. */
export interface Entry {
  readonly deadline: Deadline
  readonly seen: number
}

/** What the agenda knows of one row: when it was first seen, and what it has next. */
interface Plan {
  readonly seen: number
  readonly next: Entry | undefined
}

type Queue = SortedTree<Entry, true>

/** The order in which a clock fires: the instant, the rank, the owner's age. It is total. */
export const inFiringOrder = (a: Entry, b: Entry): number =>
  a.deadline.due - b.deadline.due || a.deadline.rank - b.deadline.rank || a.seen - b.seen

const NO_QUEUE: Queue = SortedTree.of(ordered<Entry, true>(inFiringOrder))

const ROOT = ''

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const earliest = (deadlines: readonly Deadline[]): Deadline | undefined => {
  let first: Deadline | undefined
  for (const deadline of deadlines)
    if (
      first === undefined ||
      deadline.due < first.due ||
      (deadline.due === first.due && deadline.rank < first.rank)
    )
      first = deadline
  return first
}

/**
 * The next deadline of every row that has one, ordered, for each clock apart. Persistent: every version stays valid.
 * A replay of the log makes it again: deadlines follow from the rows, ages from when they first had one.
 */
export class Agenda {
  static readonly empty = new Agenda(SortedTree.of(ordered<string, Queue>(byName)), [], 0)

  readonly #queues: SortedTree<string, Queue>
  /** For each watched table, by slot. */
  readonly #plans: readonly Vector<Plan | undefined>[]
  readonly #seen: number

  private constructor(
    queues: SortedTree<string, Queue>,
    plans: readonly Vector<Plan | undefined>[],
    seen: number,
  ) {
    this.#queues = queues
    this.#plans = plans
    this.#seen = seen
  }

  /** The earliest entry of a clock. */
  next(clock: string | null): Entry | undefined {
    return this.#queues.get(clock ?? ROOT)?.first()?.[0]
  }

  /** The agenda once the row at a slot of the nth watched table has these deadlines. */
  plan(table: number, slot: number, deadlines: readonly Deadline[]): Agenda {
    let plans: Vector<Plan | undefined> = this.#plans[table] ?? Vector.empty
    const before = plans.get(slot)
    const deadline = earliest(deadlines)
    if (before === undefined && deadline === undefined) return this
    const seen = before?.seen ?? this.#seen
    const next = deadline === undefined ? undefined : { deadline, seen }
    let queues = this.#queues
    if (before?.next !== undefined) queues = dequeued(queues, before.next)
    if (next !== undefined) queues = enqueued(queues, next)
    const owner = newOwner()
    while (plans.size <= slot) plans = plans.push(undefined, owner)
    const all = this.#plans.slice()
    while (all.length <= table) all.push(Vector.empty)
    all[table] = plans.set(slot, { seen, next })
    return new Agenda(queues, all, before === undefined ? this.#seen + 1 : this.#seen)
  }

  /** What is due, by clock and in firing order. */
  toJSON(): Readonly<Record<string, readonly Deadline[]>> {
    const clocks: Record<string, readonly Deadline[]> = {}
    for (const [clock, queue] of this.#queues)
      if (queue.size > 0)
        clocks[clock === ROOT ? 'root' : clock] = Array.from(queue, ([entry]) => entry.deadline)
    return clocks
  }
}

const enqueued = (queues: SortedTree<string, Queue>, entry: Entry): SortedTree<string, Queue> => {
  const clock = entry.deadline.clock ?? ROOT
  return queues.set(clock, (queues.get(clock) ?? NO_QUEUE).set(entry, true))
}

const dequeued = (queues: SortedTree<string, Queue>, entry: Entry): SortedTree<string, Queue> => {
  const clock = entry.deadline.clock ?? ROOT
  const queue = (queues.get(clock) as Queue).delete(entry)
  return queue.size === 0 ? queues.delete(clock) : queues.set(clock, queue)
}
