import { fireAlerts, openAlerts } from '../alerts/index.js'
import { type Decimal, formatDecimal, isShortest } from '../kernel/decimal.js'
import { type Decision, decided, mapResult, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { clockNow, onClock, type TestClockId } from '../test-clocks/index.js'
import type { MeteringEvent, Payload, WaitingEvent } from './events.js'
import type { Meter } from './meter.js'
import { queueWork } from './queue.js'
import {
  type CustomerAt,
  completed,
  failureOf,
  type MeterAt,
  type ReceivedEvent,
  type Reception,
  type RecordingSlices,
  receive,
  received,
  rememberingLookup,
  valueFor,
} from './reception.js'
import { type Failure, reportFailures } from './reports.js'
import { totalUsage } from './usage.js'

/**
 * Whether the payload says no more than customer and value, the value as we would write it: then the event keeps
 * those and no copy of the payload.
 */
export const isPlain = (payload: Payload, meter: Meter, value: Decimal | undefined): boolean => {
  const customerKey = meter.customer_mapping.event_payload_key
  const valueKey = meter.value_settings.event_payload_key
  for (const key in payload)
    if (key !== customerKey && (key !== valueKey || value === undefined)) return false
  return value === undefined || isShortest(payload[valueKey] as string, value)
}

/** The world once the alerts have fired that a customer's usage of a meter sets off, now that one more event counts. */
const alerted = <W extends World<RecordingSlices>>(
  world: W,
  { meter, isWatched }: MeterAt,
  customer: CustomerAt,
): W => {
  if (!isWatched) return world
  const open = openAlerts(world, meter.id, customer)
  return open.length === 0
    ? world
    : fireAlerts(world, open, customer, totalUsage(world, meter, customer.id))
}

/** The facts of one report in processing: it counts, and may set off alerts, or it failed. */
const processed =
  (reception: Reception, received_at: Instant): Decision<RecordingSlices, Failure | undefined> =>
  (world) => {
    const { report, meter, customer, timestamp: at } = reception
    const identifier = report.identifier as string
    const failure = failureOf(world, reception)
    const clock = customer?.clock ?? null
    const now = clockNow(world, clock)
    const later = received_at === now ? {} : { received_at }
    if (failure !== undefined || meter === undefined || customer === undefined) {
      const { code, message, meter: failed } = failure as Failure
      const after = world.record<MeteringEvent>({
        type: 'MeterEventFailed',
        at: now,
        ...onClock(clock),
        meter: failed,
        code,
        message,
        event_name: report.event_name,
        timestamp: at,
        identifier,
        ...later,
        payload: report.payload,
      })
      return decided(after, failure)
    }
    const value = valueFor(meter.meter, report.payload) as Decimal | undefined
    const after = world.record<MeteringEvent>({
      type: 'MeterEventRecorded',
      at: now,
      ...onClock(clock),
      meter: meter.meter.id,
      customer: customer.id,
      ...(value === undefined ? {} : { value: formatDecimal(value) }),
      timestamp: at,
      identifier,
      ...later,
      ...(isPlain(report.payload, meter.meter, value) ? {} : { payload: report.payload }),
    })
    return decided(alerted(after, meter, customer), undefined)
  }

/** One processing batch: every report counts or fails, then the failures are told, by meter. */
export const processBatch =
  (
    events: readonly WaitingEvent[],
    receivedAtOf: (now: Instant) => Instant,
  ): Decision<RecordingSlices, undefined> =>
  (start) => {
    let world = start
    const failures: Failure[] = []
    const known = rememberingLookup()
    for (const event of events) {
      const reception = receive(world, event, known)
      const received_at = receivedAtOf(reception.now)
      const done = processed({ ...reception, now: received_at }, received_at)(world)
      if (E.isLeft(done)) return done
      world = done.right.world
      if (done.right.result !== undefined) failures.push(done.right.result)
    }
    return reportFailures(failures)(world)
  }

/** Accepts reports as one processing batch: at once, or after the delay that the settings ask for. */
export const acceptBatch =
  (receptions: readonly Reception[]): Decision<RecordingSlices, undefined> =>
  (world) => {
    const events = receptions.map(
      ({ report, timestamp: at }): WaitingEvent => ({
        event_name: report.event_name,
        payload: report.payload,
        identifier: report.identifier as string,
        timestamp: at,
      }),
    )
    const delay = world.settings.meterProcessingDelaySeconds
    if (delay === 0) return processBatch(events, (now) => now)(world)
    const clocks = new Map<TestClockId | null, WaitingEvent[]>()
    receptions.forEach(({ customer }, index) => {
      const clock = customer?.clock ?? null
      clocks.set(clock, [...(clocks.get(clock) ?? []), events[index] as WaitingEvent])
    })
    let after = world
    for (const [clock, waiting] of clocks)
      after = queueWork(after, clock, delay, { events: waiting, cancel: null })
    return decided(after, undefined)
  }

/** Accepts one report that nothing refuses, under an identifier of its own where it came without. */
export const accept =
  (reception: Reception): Decision<RecordingSlices, ReceivedEvent> =>
  (world) => {
    const accepted = completed(world, reception)
    return mapResult(() => received(accepted))(acceptBatch([accepted]))(world)
  }
