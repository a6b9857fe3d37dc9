import { clockFamily } from '../clock/family.js'
import { families } from '../domain/families.js'
import { toInstant, type WrittenInstant } from '../domain/kernel/calendar.js'
import { type Codec, decode, explain, FAIL } from '../domain/kernel/codec.js'
import type { WorldCore, World as WorldOf } from '../domain/kernel/decision.js'
import { defect } from '../domain/kernel/defect.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import type { CommandDefinition, QueryDefinition, Slice, Target } from '../domain/kernel/family.js'
import { E, type Either } from '../domain/kernel/fp.js'
import { eventsBetween } from '../domain/kernel/log.js'
import {
  invalidRequest,
  parameterMissing,
  type Rejection,
  within,
} from '../domain/kernel/rejection.js'
import {
  DEFAULT_SETTINGS,
  type Settings,
  type SettingsParams,
  settingsParams,
  withSettings,
} from '../domain/settings/index.js'
import { createRegistry } from './registry.js'
import { firstWorld, type WorldValue } from './world.js'

export const allFamilies = [...families, clockFamily] as const

export const registry = createRegistry(allFamilies)

type AllFamilies = (typeof allFamilies)[number]
type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (
  value: infer I,
) => void
  ? I
  : never
type Merged<Part extends 'slices' | 'commands' | 'queries'> = UnionToIntersection<AllFamilies[Part]>

type StateOf<S> = S extends Slice<infer State, any, any> ? State : never
export type Slices = { readonly [K in keyof Merged<'slices'>]: StateOf<Merged<'slices'>[K]> }

/** A world of all families: one immutable value. */
export type World = WorldOf<Slices>

type Commands = Merged<'commands'>
export type CommandType = keyof Commands & string
type ParamsOf<D> = D extends { readonly params: Codec<infer P> } ? P : never
type IdOf<D> = D extends { readonly target: 'required' }
  ? { readonly id: string }
  : D extends { readonly target: 'optional' }
    ? { readonly id?: string }
    : { readonly id?: undefined }
type Given<P> = {} extends P ? { readonly params?: P } : { readonly params: P }

/** A wish that may be refused: what it does, to what, and with which of Stripe's parameters. */
export type CommandOf<T extends CommandType> = { readonly type: T } & IdOf<Commands[T]> &
  Given<ParamsOf<Commands[T]>>
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]
/** The documented object that a command answers. */
export type ResultOf<T extends CommandType> = Commands[T] extends {
  readonly view: (world: any, result: any) => infer V
}
  ? V
  : never

type Queries = Merged<'queries'>
export type QueryType = keyof Queries & string
export type QueryOf<T extends QueryType> = { readonly type: T } & IdOf<Queries[T]> &
  Given<ParamsOf<Queries[T]>>
export type Query = { [T in QueryType]: QueryOf<T> }[QueryType]
export type AnswerOf<T extends QueryType> = Queries[T] extends {
  readonly answer: (...args: any) => Either<any, infer V>
}
  ? V
  : never

/** What a command led to: the world after it, the facts that it added, and its answer. */
export interface Outcome<W, Result> {
  readonly world: W
  readonly result: Result
  /** The events that the log gained; made when first read. */
  readonly events: readonly DomainEvent[]
}

class Done<W extends WorldCore, Result> implements Outcome<W, Result> {
  readonly world: W
  readonly result: Result
  readonly #from: number
  #events: readonly DomainEvent[] | undefined

  constructor(world: W, result: Result, from: number) {
    this.world = world
    this.result = result
    this.#from = from
  }

  get events(): readonly DomainEvent[] {
    this.#events ??= eventsBetween(this.world, this.#from, this.world.position)
    return this.#events
  }
}

/** What a new world starts from. */
export interface WorldOptions {
  /** Everything drawn in the world follows from it. Default `clepsydra`. */
  readonly seed?: string
  /** The root clock: unix seconds, a date or an RFC 3339 time. Default 2026-01-01. */
  readonly now?: WrittenInstant
  /** Those left out have their defaults. */
  readonly settings?: SettingsParams
}

/** An empty world. Options of a wrong form are a Defect. */
export const createWorld = ({
  seed = 'clepsydra',
  now = '2026-01-01',
  settings = {},
}: WorldOptions = {}): World => {
  const decoded = decode(settingsParams, settings)
  if (E.isLeft(decoded))
    return defect(`the setting '${decoded.left.param}': ${decoded.left.message}`)
  const header = {
    seed,
    now: toInstant(now),
    settings: withSettings(DEFAULT_SETTINGS, decoded.right) satisfies Settings,
  }
  return firstWorld(registry, header) as unknown as World
}

const NO_PARAMS = {}

interface Asked {
  readonly type: string
  readonly id?: string | undefined
  readonly params?: unknown
}

/** Finds what is asked for and reads its parameters. */
const read = <D extends { readonly params: Codec<any>; readonly target: Target }>(
  what: 'command' | 'query',
  definitions: ReadonlyMap<string, D>,
  asked: Asked,
): Either<Rejection, { readonly definition: D; readonly params: unknown }> => {
  const definition = definitions.get(asked.type)
  if (definition === undefined)
    return E.left(invalidRequest(`Unknown ${what} type: ${String(asked.type)}`, { param: 'type' }))
  for (const key in asked)
    if (key !== 'type' && key !== 'id' && key !== 'params')
      return E.left(
        invalidRequest(`A ${what} has type, id and params; '${key}' belongs into params.`, {
          code: 'parameter_unknown',
          param: key,
        }),
      )
  if (definition.target === 'required' && (typeof asked.id !== 'string' || asked.id === ''))
    return E.left(parameterMissing('id'))
  if (definition.target === 'none' && asked.id !== undefined)
    return E.left(
      invalidRequest(`${asked.type} acts on no id.`, { code: 'parameter_unknown', param: 'id' }),
    )
  const given = asked.params ?? NO_PARAMS
  const params: unknown = definition.params.read(given)
  return params === FAIL
    ? E.left(explain(definition.params, given))
    : E.right({ definition, params })
}

/**
 * Decides a command on a world. A refusal is a `Left` with Stripe's `type`, `code`, `param` and message, and leaves the
 * world as it was; a Defect is thrown.
 */
export const execute = <T extends CommandType>(
  world: World,
  command: CommandOf<T>,
): Either<Rejection, Outcome<World, ResultOf<T>>> => {
  const asked = read('command', registry.commands, command as Asked)
  if (E.isLeft(asked)) return asked
  const { definition, params } = asked.right
  const { position } = world
  const done = definition.decide(params, (command as Asked).id)(world)
  if (E.isLeft(done)) return done
  const decided = done.right.world as World
  const after = decided.position === position ? decided : settle(decided)
  return E.right(
    new Done(after, definition.view(after, done.right.result) as ResultOf<T>, position),
  )
}

const settle = (world: World): World =>
  (world as unknown as WorldValue).settled() as unknown as World

/** A batch refused: which of its commands, and why. Nothing of it has happened. */
export interface BatchRejection {
  readonly index: number
  readonly rejection: Rejection
}

/** Decides commands one after the other, each in its own transaction; all of them or none. */
export const executeAll = (
  world: World,
  commands: readonly Command[],
): Either<BatchRejection, Outcome<World, readonly unknown[]>> => {
  const { position } = world
  let current = world.draft()
  const results: unknown[] = []
  for (const [index, command] of commands.entries()) {
    const done = execute(current, command as CommandOf<CommandType>)
    if (E.isLeft(done)) return E.left({ index, rejection: within(`commands[${index}]`, done.left) })
    current = done.right.world
    results.push(done.right.result)
  }
  return E.right(new Done(current.sealed(), results, position))
}

/** Answers a query: the documented object or list, or a refusal. */
export const ask = <T extends QueryType>(
  world: World,
  query: QueryOf<T>,
): Either<Rejection, AnswerOf<T>> => {
  const asked = read('query', registry.queries, query as Asked)
  if (E.isLeft(asked)) return asked
  const { definition, params } = asked.right
  return definition.answer(world, params, (query as Asked).id)
}

export type { CommandDefinition, QueryDefinition }
