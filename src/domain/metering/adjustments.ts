import { formatInstantV2 } from '../kernel/calendar.js'
import { closed, oneOf, optional, type TypeOf, text } from '../kernel/codec.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import type { Id } from '../kernel/ids.js'
import { DAY, type Instant, type Seconds } from '../kernel/instant.js'
import {
  invalidRequest,
  invalidRequestV2,
  parameterMissing,
  type Rejection,
} from '../kernel/rejection.js'
import { advancingRefusal, clockNow, onClock, type TestClockId } from '../test-clocks/index.js'
import type { MeteringEvent } from './events.js'
import { queueWork } from './queue.js'
import { type RecordingSlices, receivedAt } from './reception.js'
import { isCancelled } from './usage.js'
import { usageStore } from './usage-store.js'

/** How long after its receipt an event can be cancelled, the last second included. @remarks Source: docs.stripe.com/api/billing/meter-event-adjustment. */
export const ADJUSTMENT_WINDOW: Seconds = DAY

const NAME_MAX = 100
const cancel = closed('Cancel', { identifier: optional(text(NAME_MAX)) })

/** Parameters of POST /v1/billing/meter_event_adjustments. */
export const cancelMeterEventParams = closed('CancelMeterEvent', {
  event_name: text(NAME_MAX),
  type: oneOf('type', ['cancel']),
  cancel: optional(cancel),
})

/** Parameters of POST /v2/billing/meter_event_adjustments. */
export const cancelMeterEventParamsV2 = closed('CancelMeterEventV2', {
  event_name: text(NAME_MAX),
  type: oneOf('type', ['cancel']),
  cancel: closed('Cancel', { identifier: text(NAME_MAX) }),
})

export type CancelMeterEvent = TypeOf<typeof cancelMeterEventParams>
export type CancelMeterEventV2 = TypeOf<typeof cancelMeterEventParamsV2>

export interface Adjustment {
  readonly event_name: string
  readonly identifier: string
  readonly id: Id<'v2.billing.meter_event_adjustment'>
  readonly created: Instant
}

/** @remarks Source: docs.stripe.com/api/billing/meter-event-adjustment/object. It cannot be read back. */
export const viewAdjustment = ({ event_name, identifier }: Adjustment) =>
  ({
    object: 'billing.meter_event_adjustment',
    cancel: { identifier },
    event_name,
    livemode: false,
    status: 'pending',
    type: 'cancel',
  }) as const

export const viewAdjustmentV2 = ({ id, created, event_name, identifier }: Adjustment) =>
  ({
    id,
    object: 'v2.billing.meter_event_adjustment',
    cancel: { identifier },
    created: formatInstantV2(created),
    event_name,
    livemode: false,
    status: 'pending',
    type: 'cancel',
  }) as const

interface Found {
  readonly position: number
  readonly clock: TestClockId | null
}

/** The event of an identifier and event name, where it was received in the last day on its own time line. */
const cancellable = (
  world: World<RecordingSlices>,
  eventName: string,
  identifier: string,
): Found | undefined => {
  const position = world.line.store(usageStore).receiptOf(identifier, world.position)
  if (position === undefined) return undefined
  const event = world.line.at(position) as MeteringEvent
  const clock = (event.clock ?? null) as TestClockId | null
  if (clock !== null && !world.testClocks.has(clock)) return undefined
  const named =
    event.type === 'MeterEventRecorded'
      ? world.meters.need(event.meter).event_name === eventName
      : event.type === 'MeterEventFailed'
        ? event.event_name === eventName
        : event.type === 'MeterWorkQueued' &&
          event.work.events.some(
            (waiting) => waiting.identifier === identifier && waiting.event_name === eventName,
          )
  const age = clockNow(world, clock) - receivedAt(world, position, identifier)
  return named && age <= ADJUSTMENT_WINDOW ? { position, clock } : undefined
}

/** Takes a counted event out of all aggregates. A failed or cancelled one has nothing to take out. */
export const cancelNow =
  (eventName: string, identifier: string): Decision<RecordingSlices, undefined> =>
  (world) => {
    const position = world.line.store(usageStore).receiptOf(identifier, world.position)
    const event = position === undefined ? undefined : (world.line.at(position) as MeteringEvent)
    if (position === undefined || event?.type !== 'MeterEventRecorded')
      return decided(world, undefined)
    if (
      world.meters.need(event.meter).event_name !== eventName ||
      isCancelled(world, event, position)
    )
      return decided(world, undefined)
    const clock = (event.clock ?? null) as TestClockId | null
    const { meter, customer, timestamp, value } = event
    return decided(
      world.record<MeteringEvent>({
        type: 'MeterEventCancelled',
        at: clockNow(world, clock),
        ...onClock(clock),
        meter,
        customer,
        identifier,
        timestamp,
        ...(value === undefined ? {} : { value }),
        position,
      }),
      undefined,
    )
  }

/** Cancels at once, or after the delay that the settings ask for, behind the events that wait. */
const adjust =
  (
    eventName: string,
    identifier: string,
    unknown: Rejection,
  ): Decision<RecordingSlices, Adjustment> =>
  (world) => {
    const found = cancellable(world, eventName, identifier)
    if (found === undefined) return E.left(unknown)
    const refusal = advancingRefusal(world, found.clock)
    if (refusal !== undefined) return E.left(refusal)
    const adjustment: Adjustment = {
      event_name: eventName,
      identifier,
      id: newId(world, 'mtr_event_adj_', 24),
      created: clockNow(world, found.clock),
    }
    const delay = world.settings.meterProcessingDelaySeconds
    if (delay > 0)
      return decided(
        queueWork(world, found.clock, delay, {
          events: [],
          cancel: { event_name: eventName, identifier },
        }),
        adjustment,
      )
    const done = cancelNow(eventName, identifier)(world)
    return E.isLeft(done) ? done : decided(done.right.world, adjustment)
  }

/**
 * Cancels a meter event of the last 24 hours. Asking twice changes nothing; the identifier stays taken.
 * @remarks Source: docs.stripe.com/api/billing/meter-event-adjustment/create. Cases: M-D1, M-D5.
 */
export const cancelMeterEvent = ({
  event_name,
  cancel: asked,
}: CancelMeterEvent): Decision<RecordingSlices, Adjustment> => {
  const identifier = asked?.identifier
  if (identifier === undefined) return () => E.left(parameterMissing('cancel[identifier]'))
  return adjust(
    event_name,
    identifier,
    invalidRequest(
      `No meter event found with identifier ${identifier} for event name ${event_name} within the last 24 hours.`,
      { code: 'resource_missing', param: 'cancel[identifier]' },
    ),
  )
}

/** The same through v2, with its own refusal. @remarks Source: docs.stripe.com/api/v2/billing/meter-event-adjustment. */
export const cancelMeterEventV2 = ({
  event_name,
  cancel: { identifier },
}: CancelMeterEventV2): Decision<RecordingSlices, Adjustment> =>
  adjust(
    event_name,
    identifier,
    invalidRequestV2(
      'invalid_cancel_configuration',
      'The adjustment configuration is invalid for the adjustment type.',
    ),
  )
