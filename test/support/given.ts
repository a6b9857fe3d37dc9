import {
  type Command,
  type CommandOf,
  type CommandType,
  createWorld,
  type DomainEvent,
  E,
  type Either,
  execute,
  type Outcome,
  type Rejection,
  replay,
  Simulator,
  snapshot,
  type World,
  type WorldOptions,
} from 'clepsydra'
import { expect } from 'vitest'
import { deepFreeze, frozen } from './freeze.js'

/** A fact as the log holds it, with the fields of its type. */
export type Fact = DomainEvent & Readonly<Record<string, unknown>>

/** What has happened before: a fact, or a command that was accepted. Facts say when (`at`), commands do not. */
export type Past = Fact | Command

/** A refusal in full: what is not said is absent, `status` 400 and `type` `invalid_request_error` where left out. */
export type Refusal = Pick<Rejection, 'message'> & Partial<Rejection>

/** What is said of a command's outcome. */
export interface Claims {
  /** Accepted, and the log gained exactly these facts, in order. */
  yields(...facts: readonly Fact[]): void
  /** Accepted, and nothing changed: the world is the very same value. */
  yieldsNothing(): void
  /** Accepted with exactly this answer. */
  answers(result: unknown): void
  /** Refused with exactly this, and the world is as it was. */
  rejects(refusal: Refusal): void
}

export interface Given {
  /** The world that the past has led to. */
  readonly world: World
  when(command: Command): Claims
}

/** The refusal with its defaults filled in. */
export const refusal = ({
  status = 400,
  type = 'invalid_request_error',
  ...rest
}: Refusal): Rejection => ({
  status,
  type,
  ...rest,
})

const isFact = (past: Past): past is Fact => 'at' in past

/** Executes a command on a frozen world, and holds whatever comes of it to the laws of every command. */
export const attempt = (
  world: World,
  command: Command,
): Either<Rejection, Outcome<World, unknown>> => {
  const before = snapshot(world)
  const done = execute(frozen(world), deepFreeze(command) as CommandOf<CommandType>)
  expect(snapshot(world)).toEqual(before)
  if (E.isRight(done))
    expect(snapshot(replay(done.right.world))).toEqual(snapshot(done.right.world))
  return done
}

/** The outcome of a command that is accepted. */
export const accepted = (world: World, command: Command): Outcome<World, unknown> => {
  const done = attempt(world, command)
  if (E.isLeft(done)) throw new Error(`${command.type} was refused: ${done.left.message}`)
  return done.right
}

const lived = (world: World, past: Past): World =>
  isFact(past) ? world.record(deepFreeze(past)).opened() : accepted(world, past).world

/** An example on a world: what was, what is asked, what comes of it. */
export const on = (world: World): Given => ({
  world,
  when: (command) => ({
    yields: (...facts) => expect(accepted(world, command).events).toStrictEqual(facts),
    yieldsNothing: () => {
      const outcome = accepted(world, command)
      expect(outcome.events).toEqual([])
      expect(outcome.world).toBe(world)
    },
    answers: (result) => expect(accepted(world, command).result).toStrictEqual(result),
    rejects: (expected) => {
      const done = attempt(world, command)
      expect(E.isLeft(done) ? done.left : 'accepted').toStrictEqual(refusal(expected))
    },
  }),
})

/**
 * Begins examples that share a kind of world: `given({ now: 1_000 })(past).when(command).yields(facts)`.
 * @param options - Of the empty world that the past happens in.
 */
export const given =
  (options: WorldOptions = {}) =>
  (...past: readonly Past[]): Given =>
    on(past.reduce(lived, createWorld(options)))

/** A simulator of the world that a past has led to: for examples that are stories. */
export const simulate = (options: WorldOptions = {}, ...past: readonly Past[]): Simulator =>
  new Simulator(given(options)(...past).world)
