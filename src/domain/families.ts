/** The registry: one line a family. Order is the order of slices and, for ties of one instant, of their rows. */
import { customersFamily } from './customers/index.js'
import { meteringFamily } from './metering/index.js'
import { settingsFamily } from './settings/index.js'
import { testClockStories } from './stories/index.js'
import { testClocksFamily } from './test-clocks/index.js'

export const families = [
  settingsFamily,
  testClocksFamily,
  customersFamily,
  meteringFamily,
  testClockStories,
] as const
