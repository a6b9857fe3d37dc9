import { invariant } from './defect.js'

/**
 * A moment in time: whole unix seconds, UTC. The flavour keeps it apart from other flavoured numbers in
 * signatures and lets a caller write a plain number.
 */
export type Instant = number & { readonly __flavour?: 'Instant' }

/** A length of time in whole seconds; negative lengths go back. */
export type Seconds = number

export const isInstant = (value: unknown): value is Instant =>
  typeof value === 'number' && Number.isSafeInteger(value)

/** Takes whole unix seconds for an {@link Instant}. Anything else is a Defect; codecs guard the boundary. */
export const instant = (unixSeconds: number): Instant => {
  invariant(isInstant(unixSeconds), `an instant is a whole number of seconds, not ${unixSeconds}`)
  return unixSeconds as Instant
}

export const MINUTE: Seconds = 60
export const HOUR: Seconds = 3_600
export const DAY: Seconds = 86_400

export const days = (count: number): Seconds => count * DAY
export const hours = (count: number): Seconds => count * HOUR
export const minutes = (count: number): Seconds => count * MINUTE

export const plus = (from: Instant, length: Seconds): Instant => instant(from + length)

export const later = (a: Instant, b: Instant): Instant => (a > b ? a : b)

/** The start of the UTC window of `length` seconds that holds the moment: an hour or a day, say. */
export const floorTo = (length: Seconds, moment: number): Instant =>
  (Math.floor(moment / length) * length) as Instant
