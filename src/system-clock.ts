import type { Clock } from './clock/clock.js'

/** The machine's clock, in whole seconds: for a simulator that is to follow real time. The core never reads it. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }
