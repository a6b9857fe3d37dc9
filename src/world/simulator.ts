import type { Clock } from '../clock/clock.js'
import { toInstant, type WrittenInstant } from '../domain/kernel/calendar.js'
import { E, type Either } from '../domain/kernel/fp.js'
import type { Instant } from '../domain/kernel/instant.js'
import type { Rejection } from '../domain/kernel/rejection.js'
import {
  type AnswerOf,
  ask,
  type Command,
  type CommandOf,
  type CommandType,
  createWorld,
  execute,
  executeAll,
  type QueryOf,
  type QueryType,
  type ResultOf,
  type World,
  type WorldOptions,
} from './execute.js'
import { type RewindPoint, readLog, rewind, writeLog } from './log.js'

/** A refusal, thrown: for scripts, servers and people in a hurry. */
export class RejectionError extends Error {
  override readonly name = 'RejectionError'
  readonly rejection: Rejection

  constructor(rejection: Rejection) {
    super(rejection.message)
    this.rejection = rejection
  }
}

/** A log that could not be read, thrown: which line, and what is wrong with it. */
export class LogDamageError extends Error {
  override readonly name = 'LogDamageError'
}

const orThrow = <A>(result: Either<Rejection, A>): A => {
  if (E.isLeft(result)) throw new RejectionError(result.left)
  return result.right
}

export interface SimulatorOptions extends WorldOptions {
  /**
   * Where the root clock follows time from: the world begins there unless `now` says otherwise, and before each command
   * and query it is moved there. Without one it stands still.
   */
  readonly clock?: Clock
}

/** Holds the current world. It has no rule of its own: everything it does, `execute` and `ask` do. */
export class Simulator {
  #world: World
  readonly #clock: Clock | undefined

  constructor(world: World, clock?: Clock) {
    this.#world = world
    this.#clock = clock
  }

  /** The current world: an immutable value, to be kept, compared, forked. */
  get world(): World {
    return this.#world
  }

  /** The root clock. */
  get now(): Instant {
    return this.#world.now
  }

  /** Decides a command and answers its result. Throws a {@link RejectionError}; the world is then as it was. */
  run<T extends CommandType>(command: CommandOf<T>): ResultOf<T> {
    this.#follow()
    const outcome = orThrow(execute(this.#world, command))
    this.#world = outcome.world
    return outcome.result
  }

  /** The same, with the refusal as a value. */
  try<T extends CommandType>(command: CommandOf<T>): Either<Rejection, ResultOf<T>> {
    this.#follow()
    const outcome = execute(this.#world, command)
    if (E.isLeft(outcome)) return outcome
    this.#world = outcome.right.world
    return E.right(outcome.right.result)
  }

  /** Decides many commands, all or none. */
  runAll(commands: readonly Command[]): readonly unknown[] {
    this.#follow()
    const outcome = executeAll(this.#world, commands)
    if (E.isLeft(outcome)) throw new RejectionError(outcome.left.rejection)
    this.#world = outcome.right.world
    return outcome.right.result
  }

  /** Answers a query. Throws a {@link RejectionError}. */
  ask<T extends QueryType>(query: QueryOf<T>): AnswerOf<T> {
    this.#follow()
    return orThrow(ask(this.#world, query))
  }

  /** Moves a clock to an instant: the root clock, or the test clock of an id. A strict advance is finished at once. */
  advanceTo(to: WrittenInstant, clock?: string): void {
    const frozen_time = toInstant(to)
    if (clock === undefined) this.run({ type: 'AdvanceClock', params: { frozen_time } })
    else {
      this.run({ type: 'AdvanceClock', id: clock, params: { frozen_time } })
      if (this.#world.testClocks.get(clock)?.status === 'advancing')
        this.run({ type: 'FinishAdvance', id: clock })
    }
  }

  /** Moves a clock on by seconds. */
  advanceBy(seconds: number, clock?: string): void {
    this.#follow()
    const now =
      clock === undefined
        ? this.now
        : this.ask({ type: 'RetrieveTestClock', id: clock }).frozen_time
    this.advanceTo(now + seconds, clock)
  }

  /** A second simulator that goes on from here on its own. It costs one reference. */
  fork(): Simulator {
    return new Simulator(this.#world, this.#clock)
  }

  /** Goes back to an earlier world of the history. */
  rewind(point: RewindPoint): void {
    this.#world = rewind(this.#world, point)
  }

  /** The log as JSON lines, ready for a file. */
  exportLog(): string {
    return `${[...writeLog(this.#world)].join('\n')}\n`
  }

  #follow(): void {
    const now = this.#clock?.now()
    if (now !== undefined && now > this.#world.now)
      this.#world = orThrow(
        execute(this.#world, { type: 'AdvanceClock', params: { frozen_time: now } }),
      ).world
  }
}

/** A simulator of a new, empty world. */
export const createSimulator = ({ clock, ...options }: SimulatorOptions = {}): Simulator =>
  new Simulator(
    createWorld(clock === undefined ? options : { now: clock.now(), ...options }),
    clock,
  )

/** A simulator of the world of a log. Throws a {@link LogDamageError} that names the line; nothing is then imported. */
export const importLog = (log: string | Iterable<string>, clock?: Clock): Simulator => {
  const world = readLog(typeof log === 'string' ? log.replace(/\n$/, '').split('\n') : log)
  if (E.isLeft(world)) throw new LogDamageError(world.left.message)
  return new Simulator(world.right, clock)
}
