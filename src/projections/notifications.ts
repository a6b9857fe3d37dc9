import { formatInstantV2 } from '../domain/kernel/calendar.js'
import type { WorldCore } from '../domain/kernel/decision.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import { drawId } from '../domain/kernel/ids.js'
import type { Instant } from '../domain/kernel/instant.js'
import type { Transaction } from '../domain/kernel/log.js'
import type { Notice } from '../domain/kernel/notice.js'
import type { Projection } from './projection.js'

/** The API version in whose shape objects are rendered. */
export const API_VERSION = '2026-10-28.endive'

/** A snapshot event of the v1 API. @remarks Source: docs.stripe.com/api/events/object. */
export interface Notification {
  readonly id: string
  readonly object: 'event'
  readonly api_version: typeof API_VERSION
  readonly created: Instant
  readonly data: { readonly object: unknown; readonly previous_attributes?: unknown }
  readonly livemode: false
  readonly pending_webhooks: number
  /** The request that caused it; its id is `null` where a clock did, or where the event comes by itself. */
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null }
  readonly type: string
}

/** A thin event of the v2 API. @remarks Source: docs.stripe.com/api/v2/core/events/object. */
export interface ThinNotification {
  readonly id: string
  readonly object: 'v2.core.event'
  readonly created: string
  readonly data?: unknown
  readonly livemode: false
  readonly reason: null
  readonly related_object: {
    readonly id: string
    readonly type: string
    readonly url: string
  } | null
  readonly type: string
}

export interface Notifications {
  /** Snapshot events, in the order of the log. */
  readonly events: readonly Notification[]
  /** Thin events: twins of snapshot events, and those that have none. */
  readonly thin: readonly ThinNotification[]
  /** The world as the projection has folded it so far. */
  readonly world: WorldCore
}

/** Ids of clock records are drawn from their own half of the numbers, so that they shift no others. */
const CLOCK_RECORDS = 0x4000_0000

/**
 * What Stripe would have notified of, in order. Each transaction is looked at as a whole: the world before it, its
 * events, the world after it.
 */
export const notifications: Projection<Notifications, WorldCore> = {
  name: 'notifications',
  initial: (world) => ({ events: [], thin: [], world: world.beginning() }),
  fold: (view, batch) => {
    const events = [...view.events]
    const thin = [...view.thin]
    let before = view.world
    for (const transaction of batch) {
      const { world, notices } = noticesOf(before, transaction)
      for (const { notice, draw, request } of notices) {
        if (notice.object !== undefined) events.push(snapshotOf(notice, draw(0), request))
        if (notice.thin !== undefined) thin.push(thinOf(notice, notice.thin, draw(1)))
      }
      before = world
    }
    return { events, thin, world: before }
  },
}

interface DrawnNotice {
  readonly notice: Notice
  /** The id of its nth form. */
  readonly draw: (form: number) => string
  readonly request: string | null
}

const noticesOf = (before: WorldCore, { entries, fired }: Transaction) => {
  let world = before
  const steps: FoldedStep[] = []
  for (const { event, position } of entries) {
    const earlier = world
    world = world.record(event)
    steps.push({
      event,
      before: earlier,
      after: world,
      ...(world.serial === earlier.serial
        ? { serial: position, base: CLOCK_RECORDS }
        : { serial: world.serial, base: 0 }),
    })
  }
  const { seed } = before
  const first = steps[0] as FoldedStep
  const request = fired ? null : drawId(seed, first.serial, 'req_', 14, first.base)
  const notices = steps.flatMap((step): readonly DrawnNotice[] => {
    const { event, serial, base } = step
    return world.noticesOf(event, before, step).map((notice, nth) => ({
      notice,
      request: notice.automatic ? null : request,
      draw: (form) =>
        drawId(seed, serial, form === 0 ? 'evt_1' : 'evt_test_', form === 0 ? 23 : 24, base + nth),
    }))
  })
  return { world: world.opened(), notices: lastOfEach(notices) }
}

/** One event of a transaction, the worlds around it, and what its ids are drawn from. */
interface FoldedStep {
  readonly event: DomainEvent
  readonly before: WorldCore
  readonly after: WorldCore
  readonly serial: number
  readonly base: number
}

/** Of several notices of one type about one object only the last stands: a transaction changes a thing once. */
const lastOfEach = (notices: readonly DrawnNotice[]): readonly DrawnNotice[] => {
  const last = new Map<string, DrawnNotice>()
  const keyOf = ({ notice: { type, object } }: DrawnNotice): string | undefined => {
    const id = (object as { readonly id?: unknown } | undefined)?.id
    return typeof id === 'string' ? `${type} ${id}` : undefined
  }
  for (const notice of notices) {
    const key = keyOf(notice)
    if (key !== undefined) last.set(key, notice)
  }
  return notices.filter((notice) => {
    const key = keyOf(notice)
    return key === undefined || last.get(key) === notice
  })
}

const snapshotOf = (notice: Notice, id: string, request: string | null): Notification => ({
  id,
  object: 'event',
  api_version: API_VERSION,
  created: notice.created,
  data: {
    object: notice.object,
    ...(notice.previous_attributes === undefined
      ? {}
      : { previous_attributes: notice.previous_attributes }),
  },
  livemode: false,
  pending_webhooks: 0,
  request: { id: request, idempotency_key: null },
  type: notice.type,
})

const thinOf = (
  notice: Notice,
  { type, related_object, data }: NonNullable<Notice['thin']>,
  id: string,
): ThinNotification => ({
  id,
  object: 'v2.core.event',
  created: formatInstantV2(notice.created),
  ...(data === undefined ? {} : { data }),
  livemode: false,
  reason: null,
  related_object,
  type,
})
