import { formatInstant } from '../domain/kernel/calendar.js'
import type { WorldCore } from '../domain/kernel/decision.js'
import type { Instant } from '../domain/kernel/instant.js'
import type { Projection } from './projection.js'

/** One fact as a person reads it. */
export interface TimelineEntry {
  readonly position: number
  readonly at: Instant
  /** The test clock that it happened on; `null` is the root clock. */
  readonly clock: string | null
  readonly type: string
  /** Whom it is about, how much. */
  readonly text: string
}

/** `2025-01-01T00:00:00Z MeterCreated mtr_test_...` */
export const formatTimelineEntry = ({ at, type, text }: TimelineEntry): string =>
  `${formatInstant(at)} ${type}${text === '' ? '' : ` ${text}`}`

/** The whole log, one line an event, in its order. */
export const timeline: Projection<readonly TimelineEntry[], WorldCore> = {
  name: 'timeline',
  initial: () => [],
  fold: (view, batch, world) => {
    const lines = [...view]
    for (const { entries } of batch)
      for (const { position, event } of entries)
        lines.push({
          position,
          at: event.at,
          clock: event.clock ?? null,
          type: event.type,
          text: world.tell(event),
        })
    return lines
  },
}
