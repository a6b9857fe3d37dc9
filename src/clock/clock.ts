import { toInstant, type WrittenInstant } from '../domain/kernel/calendar.js'
import type { Instant } from '../domain/kernel/instant.js'

/** Where an edge gets the time from. The core never asks: it is told. */
export interface Clock {
  now(): Instant
}

/** A clock that stands still. */
export const frozenClock = (at: WrittenInstant): Clock => {
  const now = toInstant(at)
  return { now: () => now }
}

/** A clock that its holder moves. */
export interface ManualClock extends Clock {
  set(at: WrittenInstant): void
}

export const manualClock = (at: WrittenInstant): ManualClock => {
  let now = toInstant(at)
  return {
    now: () => now,
    set: (to) => {
      now = toInstant(to)
    },
  }
}
