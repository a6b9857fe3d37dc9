/**
 * A decision is a function from a world to a rejection, or to the world that its facts made and a result. Decisions
 * compose: what must follow at the same instant is a decision on the world that the one before it made.
 */

import type { Deadline } from './deadline.js'
import type { DomainEvent } from './event.js'
import { E, type Either } from './fp.js'
import { drawId, type Words } from './ids.js'
import type { Instant } from './instant.js'
import type { Line, Opening } from './line.js'
import type { Notice } from './notice.js'
import type { Rejection } from './rejection.js'

/** A world as a clock sees it: what is due, and the means to let it happen. */
export interface Ticking {
  /** The earliest thing due on a clock; `null` is the root clock. */
  nextDeadline(clock: string | null): Deadline | undefined
  /** The world as it stands when a clock shows an instant. */
  at(clock: string | null, instant: Instant): this
  /** The world after a due command, in a transaction of its own. Its refusal is a Defect. */
  fire(deadline: Deadline): this
  /** The world whose next event opens a new transaction of the command under way. */
  opened(): this
  /** A private copy that later facts change in place; `sealed` makes a world of it again. */
  draft(): this
  sealed(): this
}

/** What every world knows, whichever families live in it. */
export interface WorldCore extends Ticking {
  /** The root clock. */
  readonly now: Instant
  /** How many events the log has. */
  readonly position: number
  /** How many of them are not mere records of time passing: what ids are drawn from. */
  readonly serial: number
  /** The hashed seed. */
  readonly seed: Words
  /** The shared line; a world reads it at its own position. */
  readonly line: Line
  /** Whether a clock fires what is being decided, and nothing is recorded of it yet. */
  readonly isFired: boolean
  /** The test clock that is firing a deadline, and the instant of that. */
  readonly processing: { readonly clock: string; readonly at: Instant } | undefined
  /** The world after one more fact. The type parameter names the family's events. */
  record<E extends DomainEvent>(event: E): this
  /**
   * The world after facts that a store keeps in its columns: `write` appends them to the line row by row, the first with
   * the opening that it is given, and answers what they made of one slice.
   */
  recordPacked<State>(
    slice: string,
    write: (state: State, line: Line, opening: Opening) => State,
  ): this
  /** The first world of the same history: same seed and settings, no event yet. */
  beginning(): this
  /**
   * What Stripe would notify of an event of the transaction that led from `before` to this world; `step` are the worlds
   * right before and after the event.
   */
  noticesOf(
    event: DomainEvent,
    before: this,
    step: { readonly before: WorldCore; readonly after: WorldCore },
  ): readonly Notice[]
  /** What people are told of an event, behind its time and type. */
  tell(event: DomainEvent): string
}

/** A world as a decision sees it: the slices that it reads, and no more. */
export type World<Slices = unknown> = WorldCore & Readonly<Slices>

export interface Decided<W, A> {
  readonly world: W
  readonly result: A
}

/** Whatever world has the slices may be given, and is what comes back, further on. */
export type Decision<Slices, A> = <W extends World<Slices>>(
  world: W,
) => Either<Rejection, Decided<W, A>>

/** Accepts: this world, this result. */
export const decided = <W, A>(world: W, result: A): Either<Rejection, Decided<W, A>> =>
  E.right({ world, result })

/** A decision that changes nothing and answers. */
export const succeed =
  <A>(result: A): Decision<unknown, A> =>
  (world) =>
    decided(world, result)

/** Goes on with a decision on the world that the first one made. The slices of both are asked of the world. */
export const andThen =
  <A, Next, B>(next: (result: A) => Decision<Next, B>) =>
  <Slices>(first: Decision<Slices, A>): Decision<Slices & Next, B> =>
  (world) => {
    const done = first(world)
    return E.isLeft(done) ? done : next(done.right.result)(done.right.world)
  }

/** Another result, the same facts. */
export const mapResult =
  <A, B>(f: (result: A) => B) =>
  <Slices>(decision: Decision<Slices, A>): Decision<Slices, B> =>
  (world) => {
    const done = decision(world)
    return E.isLeft(done) ? done : decided(done.right.world, f(done.right.result))
  }

/** One decision for each item, each on the world that the one before it made. */
export const each =
  <T, Slices, A>(
    items: Iterable<T>,
    decide: (item: T) => Decision<Slices, A>,
  ): Decision<Slices, readonly A[]> =>
  (start) => {
    let world = start
    const results: A[] = []
    for (const item of items) {
      const done = decide(item)(world)
      if (E.isLeft(done)) return done
      world = done.right.world
      results.push(done.right.result)
    }
    return decided(world, results)
  }

/** The id of the next thing that the world creates. `nth` tells apart several of a kind made by one fact. */
export const newId = (world: WorldCore, prefix: string, length: number, nth = 0): string =>
  drawId(world.seed, world.serial + 1, prefix, length, nth)
