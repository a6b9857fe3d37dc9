import type { Command, Instant } from 'clepsydra'

/** 2026-01-01T00:00:00Z: what the examples of this folder call now. */
export const NOW = 1_767_225_600
export const DAYS_30 = 2_592_000

export { clock, customer } from '../customers/support.js'

export const advance = (frozen_time: Instant | string, id?: string): Command =>
  ({
    type: 'AdvanceClock',
    ...(id === undefined ? {} : { id }),
    params: { frozen_time },
  }) as Command

/** The facts of an advance of `clock_1` that fires nothing. */
export const advanced = (from: Instant, to: Instant, clock = 'clock_1') => [
  { type: 'TestClockAdvanceStarted', at: from, clock, frozen_time: to },
  { type: 'TestClockAdvanced', at: to, clock },
]

export const underway = (id = 'clock_1') => ({
  status: 429,
  code: 'lock_timeout',
  message: `Test clock advancement underway - cannot perform modifications: ${id}`,
})

export const noClock = (id = 'clock_1') => ({
  status: 404,
  code: 'resource_missing',
  param: 'id',
  message: `No such test clock: '${id}'`,
})

export const noInteger = (param: string, shown: string) => ({
  code: 'parameter_invalid_integer',
  param,
  message: `Invalid integer: ${shown}`,
})
