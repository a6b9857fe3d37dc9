import type { Instant } from './instant.js'

/**
 * What one row will do next, and when: derived from its state each time, so a cancel needs no clean-up. Firing the
 * command must change the state that announced it.
 */
export interface Deadline {
  readonly due: Instant
  /** At one instant the lower rank goes first; then the owner that had a deadline first. Ranks: `kernel/rank.ts`. */
  readonly rank: number
  /** The test clock that fires it; `null` is the root clock. */
  readonly clock: string | null
  readonly command: { readonly type: string; readonly id?: string; readonly params?: unknown }
}
