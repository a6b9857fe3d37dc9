import { Agenda } from '../clock/agenda.js'
import type { Deadline } from '../domain/kernel/deadline.js'
import type { WorldCore } from '../domain/kernel/decision.js'
import { defect, invariant } from '../domain/kernel/defect.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import type { Header } from '../domain/kernel/family.js'
import { E } from '../domain/kernel/fp.js'
import { seedWords, type Words } from '../domain/kernel/ids.js'
import type { Instant } from '../domain/kernel/instant.js'
import { CONTINUES, FIRED, Line, OPENS, type Opening } from '../domain/kernel/line.js'
import type { Notice } from '../domain/kernel/notice.js'
import { Table } from '../domain/kernel/table.js'
import type { Registry, Watched } from './registry.js'

/** What all worlds of one history have in common. */
export interface History {
  readonly registry: Registry
  readonly header: Header<any>
  readonly seed: Words
}

interface Processing {
  readonly clock: string
  readonly at: Instant
}

/**
 * The log, now, and everything folded from it, as one immutable value: a position on the shared line, the state of
 * every slice, and the agenda. Slices are read by name (`world.meters`): accessors on the prototype, so a world
 * costs the same however many families there are.
 */
export class WorldValue implements WorldCore {
  readonly history: History
  #line: Line
  position: number
  serial: number
  now: Instant
  processing: Processing | undefined
  /** The state of each slice, in the registry's order. */
  slices: unknown[]
  #agenda: Agenda
  /** What the next event says of its transaction. A world at rest opens one. */
  #opening: Opening
  /** A draft is changed in place by whoever holds it, and by nobody else; every other world never changes. */
  #isDraft = false

  constructor(
    history: History,
    line: Line,
    position: number,
    serial: number,
    now: Instant,
    processing: Processing | undefined,
    slices: unknown[],
    agenda: Agenda,
    opening: Opening,
  ) {
    this.history = history
    this.#line = line
    this.position = position
    this.serial = serial
    this.now = now
    this.processing = processing
    this.slices = slices
    this.#agenda = agenda
    this.#opening = opening
  }

  get seed(): Words {
    return this.history.seed
  }

  get line(): Line {
    return this.#line
  }

  get isFired(): boolean {
    return this.#opening === FIRED
  }

  get agenda(): Agenda {
    return this.#agenda
  }

  /** The next world of the same kind; of a draft the draft itself. */
  #next(
    line: Line,
    position: number,
    serial: number,
    now: Instant,
    processing: Processing | undefined,
    slices: unknown[],
    agenda: Agenda,
    opening: Opening,
  ): this {
    if (this.#isDraft) {
      this.#line = line
      this.position = position
      this.serial = serial
      this.now = now
      this.processing = processing
      this.slices = slices
      this.#agenda = agenda
      this.#opening = opening
      return this
    }
    const Kind = this.constructor as typeof WorldValue
    return new Kind(
      this.history,
      line,
      position,
      serial,
      now,
      processing,
      slices,
      agenda,
      opening,
    ) as this
  }

  #with(change: {
    now?: Instant
    processing?: Processing | undefined
    slices?: unknown[]
    agenda?: Agenda
    opening?: Opening
  }): this {
    return this.#next(
      this.#line,
      this.position,
      this.serial,
      change.now ?? this.now,
      'processing' in change ? change.processing : this.processing,
      change.slices ?? this.slices,
      change.agenda ?? this.#agenda,
      change.opening ?? this.#opening,
    )
  }

  record<Event extends DomainEvent>(event: Event): this {
    const { registry } = this.history
    const format = registry.formats.get(event.type)
    if (format === undefined) return defect(`no family has the event '${event.type}'`)
    const written = format.write?.(this, event)
    if (written !== undefined) return written as this
    const line = this.#line.writable(this.position)
    const position = line.push(event, this.#opening)
    const place = { line, position, world: this }
    let { slices } = this
    for (const { slot, evolve } of registry.handlers.get(event.type) ?? []) {
      const before = slices[slot]
      const after = evolve(before, event, place)
      if (after === before) continue
      if (slices === this.slices) slices = this.#editable()
      slices[slot] = after
    }
    const serial = format.isClockRecord ? this.serial : this.serial + 1
    const now = event.clock === undefined && event.at > this.now ? event.at : this.now
    return this.#next(line, position, serial, now, this.processing, slices, this.#agenda, CONTINUES)
  }

  recordPacked<State>(
    name: string,
    write: (state: State, line: Line, opening: Opening) => State,
  ): this {
    const slot = this.history.registry.slots.get(name) ?? defect(`no slice '${name}'`)
    const line = this.#line.writable(this.position)
    const before = this.slices[slot] as State
    const after = write(before, line, this.#opening)
    const recorded = line.length - this.position
    if (recorded === 0) return this
    let { slices } = this
    if (after !== before) {
      slices = this.#editable()
      slices[slot] = after
    }
    return this.#next(
      line,
      line.length,
      this.serial + recorded,
      this.now,
      this.processing,
      slices,
      this.#agenda,
      CONTINUES,
    )
  }

  /** The world after the next fact of another line that begins like its own; after several, where they lie packed. */
  recordAgain(line: Line, to: number): this {
    const next = this.position + 1
    const event = line.at(next)
    const copy = this.history.registry.formats.get(event.type)?.copy
    const copied = copy === undefined ? this : (copy(this, line.packedRun(next, to)) as this)
    return copied.position < next ? this.record(event) : copied // A draft is itself the next world.
  }

  beginning(): this {
    const { registry, header } = this.history
    return firstWorld(registry, header) as this
  }

  noticesOf(
    event: DomainEvent,
    before: this,
    step: { readonly before: WorldCore; readonly after: WorldCore },
  ): readonly Notice[] {
    return this.history.registry.notifications.get(event.type)?.(event, before, this, step) ?? []
  }

  tell(event: DomainEvent): string {
    return this.history.registry.formats.get(event.type)?.tell(event) ?? ''
  }

  // Time

  nextDeadline(clock: string | null): Deadline | undefined {
    return this.#agenda.next(clock)?.deadline
  }

  at(clock: string | null, instant: Instant): this {
    return clock === null
      ? this.#with({ now: instant })
      : this.#with({ processing: { clock, at: instant } })
  }

  fire(deadline: Deadline): this {
    const { type, id, params } = deadline.command
    const command =
      this.history.registry.commands.get(type) ?? defect(`no family has the command '${type}'`)
    const read = command.params.read(params ?? {})
    const done = command.decide(read, id)(this.#with({ opening: FIRED }))
    if (E.isLeft(done))
      return defect(`${type} fired at ${deadline.due} was refused: ${done.left.message}`)
    return (done.right.world as this).planned()
  }

  opened(): this {
    return this.planned().#with({ opening: OPENS })
  }

  draft(): this {
    const draft = this.#with({
      slices: this.slices.map((state) => (state instanceof Table ? state.draft() : state)),
      agenda: this.#agenda.draft(),
    })
    draft.#isDraft = true
    return draft
  }

  sealed(): this {
    this.#isDraft = false
    return this.#with({
      processing: undefined,
      slices: this.slices.map((state) => (state instanceof Table ? state.seal() : state)),
      agenda: this.#agenda.seal(),
    })
  }

  /** The slices to write to: a draft's own, or a copy. */
  #editable(): unknown[] {
    return this.#isDraft ? this.slices : this.slices.slice()
  }

  /** Brings the agenda up to date with the rows that a transaction changed. */
  planned(): this {
    let agenda = this.#agenda
    let { slices } = this
    let isPlanned = false
    const { watched } = this.history.registry
    for (let table = 0; table < watched.length; table += 1) {
      const { slot, deadlines } = watched[table] as Watched
      const rows = this.slices[slot] as Table<any>
      if (!rows.isTouched) continue
      for (const touched of rows.touched()) {
        const row = rows.at(touched)
        agenda = agenda.plan(table, touched, row === undefined ? [] : deadlines(row))
      }
      if (slices === this.slices) slices = this.#editable()
      slices[slot] = rows.watched()
      isPlanned = true
    }
    return isPlanned ? this.#with({ agenda, slices }) : this
  }

  /** The world at rest after a command: planned, and ready to open the next transaction. */
  settled(): this {
    const planned = this.planned()
    planned.#opening = OPENS // In place: until now only the decision that made it has seen this world.
    return planned
  }

  /** The world whose next event says this of its transaction; for replay. */
  opening(opening: Opening): this {
    return this.#opening === opening ? this : this.#with({ opening })
  }
}

/** A world class whose instances have an accessor for each slice. */
const worldClass = (registry: Registry): typeof WorldValue => {
  class RegistryWorld extends WorldValue {}
  for (const [name, slot] of registry.slots) {
    invariant(!(name in WorldValue.prototype), `a slice may be called '${name}'`)
    Object.defineProperty(RegistryWorld.prototype, name, {
      get(this: WorldValue) {
        return this.slices[slot]
      },
    })
  }
  return RegistryWorld
}

const classes = new WeakMap<Registry, typeof WorldValue>()

/** The first world of a history: no event yet. */
export const firstWorld = (registry: Registry, header: Header<any>): WorldValue => {
  const Kind = classes.get(registry) ?? worldClass(registry)
  classes.set(registry, Kind)
  const history: History = { registry, header, seed: seedWords(header.seed) }
  return new Kind(
    history,
    new Line(),
    0,
    0,
    header.now,
    undefined,
    [...registry.initial(header)],
    Agenda.empty,
    OPENS,
  )
}
