/**
 * A family of resources as data: the slices of state that it owns, its events, commands, queries, deadlines and
 * notifications. A registry is a list of families; nothing else in the core knows their names.
 */
import type { Codec } from './codec.js'
import type { Deadline } from './deadline.js'
import type { Decision, World } from './decision.js'
import type { DomainEvent } from './event.js'
import type { EventFormat } from './event-format.js'
import type { Either } from './fp.js'
import type { Instant } from './instant.js'
import type { Line } from './line.js'
import type { Notice } from './notice.js'
import type { Rejection } from './rejection.js'

/** What a world starts from: the first line of its log. */
export interface Header<Settings = unknown> {
  readonly seed: string
  /** The root clock at the beginning. */
  readonly now: Instant
  readonly settings: Settings
}

/** Where an event stands while it is folded, and the world before it. */
export interface Place<Reads = unknown> {
  readonly line: Line
  readonly position: number
  readonly world: World<Reads>
}

/** A part of the state and how each of its events changes it. No rule lives here. */
export interface Slice<State, Event extends DomainEvent, Reads = unknown> {
  readonly initial: (header: Header<any>) => State
  readonly evolve: {
    readonly [T in Event['type']]: (
      state: State,
      event: Extract<Event, { readonly type: T }>,
      place: Place<Reads>,
    ) => State
  }
}

export const slice = <State, Event extends DomainEvent, Reads = unknown>(
  definition: Slice<State, Event, Reads>,
): Slice<State, Event, Reads> => definition

/** Whether a command names the thing that it acts on. */
export type Target = 'none' | 'required' | 'optional'

export interface CommandDefinition<Params, Slices, A, View, T extends Target> {
  readonly params: Codec<Params>
  readonly target: T
  readonly decide: (params: Params, id: string | undefined) => Decision<Slices, A>
  /** The documented object that the caller gets. */
  readonly view: (world: World<Slices>, result: A) => View
}

/** A command that creates, or acts on no one thing. */
export const command = <Params, Slices, A, View>(
  params: Codec<Params>,
  decide: (params: Params) => Decision<Slices, A>,
  view: (world: World<Slices>, result: A) => View,
): CommandDefinition<Params, Slices, A, View, 'none'> => ({ params, target: 'none', decide, view })

/** A command on the thing with an id. */
export const commandOn = <Params, Slices, A, View>(
  params: Codec<Params>,
  decide: (id: string, params: Params) => Decision<Slices, A>,
  view: (world: World<Slices>, result: A) => View,
): CommandDefinition<Params, Slices, A, View, 'required'> => ({
  params,
  target: 'required',
  decide: (given, id) => decide(id as string, given),
  view,
})

export interface QueryDefinition<Params, Slices, View, T extends Target> {
  readonly params: Codec<Params>
  readonly target: T
  readonly answer: (
    world: World<Slices>,
    params: Params,
    id: string | undefined,
  ) => Either<Rejection, View>
}

export const query = <Params, Slices, View>(
  params: Codec<Params>,
  answer: (world: World<Slices>, params: Params) => Either<Rejection, View>,
): QueryDefinition<Params, Slices, View, 'none'> => ({ params, target: 'none', answer })

export const queryOn = <Params, Slices, View>(
  params: Codec<Params>,
  answer: (world: World<Slices>, id: string, params: Params) => Either<Rejection, View>,
): QueryDefinition<Params, Slices, View, 'required'> => ({
  params,
  target: 'required',
  answer: (world, given, id) => answer(world, id as string, given),
})

/** The deadlines of one table's rows. The earliest of those that a row announces counts. */
export interface Watch {
  readonly slice: string
  readonly deadlines: (row: any) => readonly Deadline[]
}

export const watch = <Row>(slice: string, deadlines: (row: Row) => readonly Deadline[]): Watch => ({
  slice,
  deadlines,
})

/** The worlds right before and right after one event of a transaction. */
export interface Step<W> {
  readonly before: W
  readonly after: W
}

/**
 * The notifications of one event, given the world before and after its whole transaction.
 * @remarks Snapshots are views of the world after; `previous_attributes` come from comparing the two. An object that one
 * transaction takes through several states (drafted, finalized, paid) is shown as it stood at the event's own `step`.
 */
export type Notify<Slices, E extends DomainEvent> = (
  event: E,
  before: World<Slices>,
  after: World<Slices>,
  step: Step<World<Slices>>,
) => readonly Notice[]

/** A command or query of some family, its types forgotten: what the registry runs. */
export type AnyCommand = {
  readonly params: Codec<any>
  readonly target: Target
  readonly decide: (params: any, id: string | undefined) => Decision<any, any>
  readonly view: (world: any, result: any) => unknown
}
export type AnyQuery = {
  readonly params: Codec<any>
  readonly target: Target
  readonly answer: (world: any, params: any, id: string | undefined) => Either<Rejection, any>
}

export interface Family {
  readonly name: string
  readonly slices: Readonly<Record<string, Slice<any, any, any>>>
  readonly events: Readonly<Record<string, EventFormat<any>>>
  readonly commands: Readonly<Record<string, AnyCommand>>
  readonly queries: Readonly<Record<string, AnyQuery>>
  readonly watches: readonly Watch[]
  readonly notifications: Readonly<
    Record<string, (event: any, before: any, after: any, step: any) => readonly Notice[]>
  >
}

/** Declares a family; its literal type is what commands, queries and worlds are typed from. */
export const family = <const F extends Family>(definition: F): F => definition
