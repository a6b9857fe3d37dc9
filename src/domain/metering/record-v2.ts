import type { Decision, World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import { drawUuid } from '../kernel/ids.js'
import { invalidRequestV2, type Rejection } from '../kernel/rejection.js'
import { accept, acceptBatch } from './batch.js'
import { archivedMeter } from './meter.js'
import {
  isDuplicate,
  type ReceivedEvent,
  type Reception,
  type RecordingSlices,
  type RecordMeterEvent,
  receive,
  rememberingLookup,
  TOO_NEW_TEXT,
  tooNew,
  tooOld,
  tooOldText,
  valueFor,
} from './reception.js'

const V2_TEXTS = {
  no_meter: 'There is no meter with this event name.',
  archived_meter: 'The meter for this event name is not active.',
  duplicate_meter_event: 'A meter event with this identifier already exists.',
  payload_no_customer_defined: 'The payload must have a reference to the customer.',
  payload_no_value_defined: 'The payload must have a value.',
  payload_invalid_value: 'The value in the payload must be a number.',
} as const

const refuseV2 = (code: keyof typeof V2_TEXTS): Rejection => invalidRequestV2(code, V2_TEXTS[code])

/** What v2 refuses at once, the first in this order; an unknown customer and too many digits are told later. */
const refusalV2 = (world: World<RecordingSlices>, reception: Reception): Rejection | undefined => {
  const { report, meter, customerId, customer, now } = reception
  if (customer?.advancing !== undefined) return customer.advancing
  if (meter === undefined)
    return refuseV2(
      archivedMeter(world, report.event_name) === undefined ? 'no_meter' : 'archived_meter',
    )
  if (report.identifier !== undefined && isDuplicate(world, report.identifier, now))
    return refuseV2('duplicate_meter_event')
  if (customerId === undefined) return refuseV2('payload_no_customer_defined')
  const value = valueFor(meter.meter, report.payload)
  if (value === 'meter_event_value_not_found') return refuseV2('payload_no_value_defined')
  if (value === 'meter_event_invalid_value') return refuseV2('payload_invalid_value')
  if (tooOld(reception)) return invalidRequestV2('timestamp_too_far_in_past', tooOldText(now))
  if (tooNew(reception)) return invalidRequestV2('timestamp_in_future', TOO_NEW_TEXT)
  return undefined
}

/**
 * Records a meter event, as POST /v2/billing/meter_events does.
 * @remarks Source: docs.stripe.com/api/v2/billing/meter-event/create. Case: M-A11.
 */
export const recordMeterEventV2 =
  (params: RecordMeterEvent): Decision<RecordingSlices, ReceivedEvent> =>
  (world) => {
    const reception = receive(world, params)
    const refusal = refusalV2(world, reception)
    return refusal === undefined ? accept(reception)(world) : E.left(refusal)
  }

/**
 * Takes the events of a stream as one processing batch. Whatever is wrong with them is told later; an identifier that
 * is taken, before or within the request, drops its event silently.
 */
export const takeStream =
  (reports: readonly RecordMeterEvent[]): Decision<RecordingSlices, undefined> =>
  (world) => {
    const known = rememberingLookup()
    const receptions: Reception[] = []
    const taken = new Set<string>()
    for (const [index, report] of reports.entries()) {
      const reception = receive(world, report, known)
      if (reception.customer?.advancing !== undefined) return E.left(reception.customer.advancing)
      const identifier =
        report.identifier ?? drawUuid(world.seed, world.serial + 1, `meter_event_stream_${index}`)
      if (taken.has(identifier) || isDuplicate(world, identifier, reception.now)) continue
      taken.add(identifier)
      receptions.push({ ...reception, report: { ...report, identifier } })
    }
    return acceptBatch(receptions)(world)
  }
