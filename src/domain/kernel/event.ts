import type { Instant } from './instant.js'

/** A fact in the log. Everything that folding it needs stands in it. */
export interface DomainEvent {
  readonly type: string
  /** When it happened, on its time line. */
  readonly at: Instant
  /** The test clock whose time line that is; absent on the root clock. */
  readonly clock?: string
}
