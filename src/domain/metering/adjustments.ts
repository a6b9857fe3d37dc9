import type { CustomerSlices } from '../customers/index.js'
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
import type { Cancellation, MeteringEvent } from './events.js'
import type { MeterSlices } from './meter.js'
import { queueWork } from './queue.js'
import { type Receipt, type RecordingSlices, receiptsOf } from './reception.js'
import { isCancelled } from './usage.js'

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

interface Found extends Cancellation {
  readonly clock: TestClockId | null
  /** When it will be processed, where it still waits. */
  readonly due: Instant | undefined
}

/** The time line of an event: a customer who has joined a clock since has taken the usage along. */
const clockOf = (world: World<CustomerSlices>, event: Receipt['event']): TestClockId | null => {
  const joined =
    event.type === 'MeterEventRecorded' ? world.customers.get(event.customer)?.test_clock : null
  return joined ?? event.clock ?? null
}

const isNamed = (
  world: World<MeterSlices>,
  event: Receipt['event'],
  event_name: string,
  identifier: string,
): boolean =>
  event.type === 'MeterEventRecorded'
    ? world.meters.need(event.meter).event_name === event_name
    : event.type === 'MeterEventFailed'
      ? event.event_name === event_name
      : event.work.events.some(
          (waiting) => waiting.identifier === identifier && waiting.event_name === event_name,
        )

/** The newest event of an identifier and event name that was received in the last day on its own time line. */
const cancellable = (
  world: World<RecordingSlices>,
  event_name: string,
  identifier: string,
): Found | undefined => {
  for (const { event, received_at } of receiptsOf(world, identifier)) {
    const clock = clockOf(world, event)
    if (clock !== null && !world.testClocks.has(clock)) continue
    if (!isNamed(world, event, event_name, identifier)) continue
    if (clockNow(world, clock) - received_at > ADJUSTMENT_WINDOW) continue
    const due = event.type === 'MeterWorkQueued' ? event.work.due : undefined
    return { event_name, identifier, received_at, clock, due }
  }
  return undefined
}

/** Takes a counted event out of all aggregates. A failed or cancelled one has nothing to take out. */
export const cancelNow =
  ({ event_name, identifier, received_at }: Cancellation): Decision<RecordingSlices, undefined> =>
  (world) => {
    for (const { position, event, received_at: received } of receiptsOf(world, identifier)) {
      if (event.type !== 'MeterEventRecorded' || received !== received_at) continue
      if (!isNamed(world, event, event_name, identifier)) continue
      if (isCancelled(world, event, position)) break
      const clock = clockOf(world, event)
      const { meter, customer, timestamp, value } = event
      const after = world.record<MeteringEvent>({
        type: 'MeterEventCancelled',
        at: clockNow(world, clock),
        ...onClock(clock),
        meter,
        customer,
        identifier,
        timestamp,
        ...(value === undefined ? {} : { value }),
        position,
      })
      return decided(after, undefined)
    }
    return decided(world, undefined)
  }

/** Cancels at once, or after the delay that the settings ask for, and always behind the event where it still waits. */
const adjust =
  (
    eventName: string,
    identifier: string,
    unknown: Rejection,
  ): Decision<RecordingSlices, Adjustment> =>
  (world) => {
    const found = cancellable(world, eventName, identifier)
    if (found === undefined) return E.left(unknown)
    const { clock, due, ...cancellation } = found
    const refusal = advancingRefusal(world, clock)
    if (refusal !== undefined) return E.left(refusal)
    const adjustment: Adjustment = {
      event_name: eventName,
      identifier,
      id: newId(world, 'mtr_event_adj_', 24),
      created: clockNow(world, clock),
    }
    const delay = world.settings.meterProcessingDelaySeconds
    if (delay > 0 || due !== undefined)
      return decided(
        queueWork(world, clock, delay, { events: [], cancel: cancellation }, due),
        adjustment,
      )
    const done = cancelNow(cancellation)(world)
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
