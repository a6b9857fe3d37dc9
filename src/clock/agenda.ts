import type { Deadline } from '../domain/kernel/deadline.js'
import { ordered, SortedTree } from '../domain/kernel/sorted-tree.js'
import { newOwner, type Owner, Vector } from '../domain/kernel/vector.js'

/** A deadline in the agenda, with what breaks ties: whose owner was seen first goes first. */
export interface Entry {
  readonly deadline: Deadline
  readonly seen: number
}

/** What the agenda knows of one row: what it has next, or no more than when it was first seen. */
type Plan = Entry | number

const seenIn = (plan: Plan): number => (typeof plan === 'number' ? plan : plan.seen)

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
  static readonly empty = new Agenda(
    SortedTree.of(ordered<string, Queue>(byName)),
    [],
    0,
    undefined,
  )

  #queues: SortedTree<string, Queue>
  /** For each watched table, by slot. */
  #plans: readonly Vector<Plan | undefined>[]
  #seen: number
  /** Of a draft, which is changed in place. */
  readonly #owner: Owner | undefined

  private constructor(
    queues: SortedTree<string, Queue>,
    plans: readonly Vector<Plan | undefined>[],
    seen: number,
    owner: Owner | undefined,
  ) {
    this.#queues = queues
    this.#plans = plans
    this.#seen = seen
    this.#owner = owner
  }

  /** An agenda that its holder changes in place; nobody else may keep it. */
  draft(): Agenda {
    return new Agenda(this.#queues, this.#plans, this.#seen, newOwner())
  }

  seal(): Agenda {
    return new Agenda(this.#queues, this.#plans, this.#seen, undefined)
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
    const isNew = before === undefined
    const last = typeof before === 'number' ? undefined : before
    if (!isNew && sameDeadline(last?.deadline, deadline)) return this
    const seen = isNew ? this.#seen : seenIn(before)
    const next = deadline === undefined ? undefined : { deadline, seen }
    const owner = this.#owner ?? newOwner()
    let queues = this.#queues
    if (last !== undefined) queues = dequeued(queues, last, owner)
    if (next !== undefined) queues = enqueued(queues, next, owner)
    while (plans.size <= slot) plans = plans.push(undefined, owner)
    plans = plans.set(slot, next ?? seen, owner)
    const all = this.#plans.slice()
    while (all.length <= table) all.push(Vector.empty)
    all[table] = plans
    if (this.#owner === undefined)
      return new Agenda(queues, all, isNew ? this.#seen + 1 : this.#seen, undefined)
    this.#queues = queues
    this.#plans = all
    if (isNew) this.#seen += 1
    return this
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

const enqueued = (
  queues: SortedTree<string, Queue>,
  entry: Entry,
  owner: Owner,
): SortedTree<string, Queue> => {
  const clock = entry.deadline.clock ?? ROOT
  return queues.set(clock, (queues.get(clock) ?? NO_QUEUE).set(entry, true, owner), owner)
}

const dequeued = (
  queues: SortedTree<string, Queue>,
  entry: Entry,
  owner: Owner,
): SortedTree<string, Queue> => {
  const clock = entry.deadline.clock ?? ROOT
  const queue = (queues.get(clock) as Queue).delete(entry, owner)
  return queue.size === 0 ? queues.delete(clock, owner) : queues.set(clock, queue, owner)
}

const sameDeadline = (a: Deadline | undefined, b: Deadline | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.due === b.due &&
    a.rank === b.rank &&
    a.clock === b.clock &&
    a.command.type === b.command.type &&
    a.command.id === b.command.id &&
    a.command.params === b.command.params)
