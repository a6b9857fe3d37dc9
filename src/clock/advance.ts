import type { Ticking } from '../domain/kernel/decision.js'
import { defect, invariant } from '../domain/kernel/defect.js'
import { type Instant, later } from '../domain/kernel/instant.js'

/** More than any real advance fires; beyond it something fires for ever. */
export const FIRED_PER_ADVANCE_MAX = 100_000_000

/**
 * Fires every deadline of a clock up to and including `to`, in order, each at its own instant and in its own
 * transaction. What is overdue fires at the clock's present time, never in the past.
 * @param clock - `null` is the root clock.
 */
export const advanceTo = <W extends Ticking>(
  start: W,
  clock: string | null,
  from: Instant,
  to: Instant,
): W => {
  invariant(from <= to, 'time moves forward')
  let world = start
  let now = from
  for (let fired = 0; fired < FIRED_PER_ADVANCE_MAX; fired += 1) {
    const next = world.nextDeadline(clock)
    if (next === undefined || next.due > to) return world.at(clock, to)
    now = later(next.due, now)
    world = world.at(clock, now).fire(next)
    invariant(
      world.nextDeadline(clock) !== next,
      `firing ${next.command.type} changes what announced it`,
    )
  }
  return defect(`an advance to ${to} fired ${FIRED_PER_ADVANCE_MAX} deadlines and was not done`)
}
