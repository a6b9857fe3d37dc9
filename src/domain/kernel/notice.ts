import type { Instant } from './instant.js'

/** A Stripe notification before it gets its id: what a webhook would carry. */
export interface Notice {
  readonly type: string
  readonly created: Instant
  /** A snapshot event carries the object; `previous_attributes` on changes. */
  readonly object?: unknown
  readonly previous_attributes?: unknown
  /** Whether it comes by itself, later than the request that set it off: it then names no request. */
  readonly automatic?: boolean
  /** A thin event of the v2 API points to the object; some carry data of their own. */
  readonly thin?: {
    readonly type: string
    readonly related_object: {
      readonly id: string
      readonly type: string
      readonly url: string
    } | null
    readonly data?: unknown
  }
}
