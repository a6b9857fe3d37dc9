import { openAlerts } from '../alerts/index.js'
import { anything, arrayOf, closed, explain, FAIL, oneOf, optional } from '../kernel/codec.js'
import type { Decimal } from '../kernel/decimal.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import { CONTINUES, type Line, type Opening } from '../kernel/line.js'
import { invalidRequest, type Rejection, within } from '../kernel/rejection.js'
import { newOwner, type Owner } from '../kernel/vector.js'
import { accept, isPlain } from './batch.js'
import {
  type CustomerAt,
  completed,
  failureOf,
  generated,
  identified,
  isDuplicate,
  type MeterAt,
  meterEventParams,
  type ReceivedEvent,
  type Reception,
  type RecordingSlices,
  type RecordMeterEvent,
  receive,
  received,
  rememberingLookup,
  TOO_NEW_TEXT,
  tooNew,
  tooOld,
  tooOldText,
  valueFor,
} from './reception.js'
import { appendRow, type Usage } from './usage.js'
import { fitsColumns, type UsageStore, usageStore } from './usage-store.js'

/**
 * The value of a report that v1 accepts as it stands, that counts, that fits the columns, and that no alert waits for:
 * what nearly all reports are. `false` for any other, and for one whose identifier must be looked at twice.
 */
const plainValue = (
  world: World<RecordingSlices>,
  store: UsageStore,
  position: number,
  reception: Reception,
): Decimal | undefined | false => {
  const { report, meter, customer, now, timestamp: at } = reception
  if (meter === undefined || customer === undefined || customer.advancing !== undefined)
    return false
  if (tooOld(reception) || tooNew(reception)) return false
  if (meter.isWatched && openAlerts(world, meter.meter.id, customer).length > 0) return false
  const value = valueFor(meter.meter, report.payload)
  if (typeof value === 'string' || !isPlain(report.payload, meter.meter, value)) return false
  if (!fitsColumns(now, at, value === undefined ? 0 : value.units)) return false
  return report.identifier !== undefined &&
    store.receiptOf(report.identifier, position) !== undefined
    ? false
    : value
}

/** Writes a plain report into the columns of the line and counts it; `wasGiven` where its caller gave its identifier. */
const takePlain = (
  usage: Usage,
  line: Line,
  { report, meter, customer, now, timestamp: at }: Reception,
  value: Decimal | undefined,
  wasGiven: boolean,
  opening: Opening,
  owner?: Owner,
): Usage => {
  const { meter: of, slot: meterSlot, window } = meter as MeterAt
  const { id, slot: customerSlot, clock } = customer as CustomerAt
  const store = line.store(usageStore)
  const stream =
    store.streamAt(meterSlot, customerSlot, id, clock) ??
    store.stream({ meter: of.id, meterSlot, customer: id, customerSlot, clock, window })
  const identifier = report.identifier as string
  const row = { stream, at: now, timestamp: at, value, identifier, isNew: wasGiven, opening }
  return appendRow(usage, line, row, owner)
}

/**
 * What v1 refuses at once, the first in this order: an advancing clock, the timestamp, the identifier, the meter, the
 * customer; with `meterEventValidation: 'synchronous'` what is wrong with the payload, too.
 */
const refusalV1 = (world: World<RecordingSlices>, reception: Reception): Rejection | undefined => {
  const { report, meter, customerId, customer, now } = reception
  if (customer?.advancing !== undefined) return customer.advancing
  if (tooOld(reception)) return invalidRequest(tooOldText(now), { param: 'timestamp' })
  if (tooNew(reception)) return invalidRequest(TOO_NEW_TEXT, { param: 'timestamp' })
  if (report.identifier !== undefined && isDuplicate(world, report.identifier, now))
    return invalidRequest(`An event already exists with identifier ${report.identifier}.`)
  if (meter === undefined)
    return invalidRequest(`No active meter found for event name "${report.event_name}".`, {
      param: 'event_name',
    })
  const { customer_mapping, value_settings } = meter.meter
  if (customerId !== undefined && customer === undefined)
    return invalidRequest(`No such customer: '${customerId}'`, {
      code: 'resource_missing',
      param: `payload[${customer_mapping.event_payload_key}]`,
    })
  if (world.settings.meterEventValidation === 'asynchronous') return undefined
  const failure = failureOf(world, { ...reception, report: { ...report, identifier: '' } })
  if (failure === undefined) return undefined
  const key = failure.code === 'meter_event_no_customer_defined' ? customer_mapping : value_settings
  return invalidRequest(failure.message, {
    code: failure.code,
    param: `payload[${key.event_payload_key}]`,
  })
}

/**
 * Records a meter event, as POST /v1/billing/meter_events does: what is wrong with the payload is accepted and told
 * later by an error report.
 * @remarks Source: docs.stripe.com/api/billing/meter-event/create. Cases: M-A1 to M-A8.
 */
export const recordMeterEvent =
  (params: RecordMeterEvent): Decision<RecordingSlices, ReceivedEvent> =>
  (world) => {
    const reception = receive(world, params)
    if (world.settings.meterProcessingDelaySeconds === 0) {
      const value = plainValue(world, world.line.store(usageStore), world.position, reception)
      if (value !== false) {
        const plain = completed(world, reception)
        const wasGiven = params.identifier !== undefined
        const after = world.recordPacked<Usage>('usage', (usage, line, opening) =>
          takePlain(usage, line, plain, value, wasGiven, opening),
        )
        return decided(after, received(plain))
      }
    }
    const refusal = refusalV1(world, reception)
    return refusal === undefined ? accept(reception)(world) : E.left(refusal)
  }

/**
 * A batch of v1 events. Each is read on its own, so that one of a wrong shape is refused by its place.
 * `on_refusal` is `stop` (the default: the first refused event refuses the whole batch) or `skip`.
 */
export interface RecordMeterEvents {
  readonly events: readonly RecordMeterEvent[]
  readonly on_refusal?: 'stop' | 'skip'
}

export const recordMeterEventsParams = closed('RecordMeterEvents', {
  events: arrayOf(anything<RecordMeterEvent>('meter event')),
  on_refusal: optional(oneOf('on_refusal', ['stop', 'skip'])),
})

/** What became of a batch. */
export interface RecordedBatch {
  readonly accepted: number
  /** The events that were refused, by their place in the batch. */
  readonly refused: readonly { readonly index: number; readonly rejection: Rejection }[]
}

/** Records many v1 events, each as if it had come alone: the same world, whatever the cuts. */
export const recordMeterEvents =
  ({ events, on_refusal }: RecordMeterEvents): Decision<RecordingSlices, RecordedBatch> =>
  (start) => {
    const known = rememberingLookup()
    const refused: { index: number; rejection: Rejection }[] = []
    const owner = newOwner()
    let world = start
    let index = 0
    /** Takes plain events one after the other, and stops at the first that is not plain. */
    const takeRun = (usage: Usage, line: Line, opening: Opening): Usage => {
      const store = line.store(usageStore)
      let { serial, position } = world
      let state = usage
      let opens = opening
      for (; index < events.length; index += 1) {
        const report = meterEventParams.read(events[index])
        if (report === FAIL) return state
        const reception = receive(world, report, known)
        const value = plainValue(world, store, position, reception)
        if (value === false) return state
        serial += 1
        position += 1
        const wasGiven = report.identifier !== undefined
        const plain = wasGiven ? reception : identified(reception, generated(world, serial))
        state = takePlain(state, line, plain, value, wasGiven, opens, owner)
        opens = CONTINUES
      }
      return state
    }
    const plainAllowed = start.settings.meterProcessingDelaySeconds === 0
    while (index < events.length) {
      if (plainAllowed) world = world.recordPacked<Usage>('usage', takeRun)
      if (index === events.length) break
      const report = meterEventParams.read(events[index])
      const done =
        report === FAIL
          ? E.left(explain(meterEventParams, events[index]))
          : recordMeterEvent(report)(world)
      if (E.isRight(done)) world = done.right.world
      else {
        const rejection = within(`events[${index}]`, done.left)
        if (on_refusal !== 'skip') return E.left(rejection)
        refused.push({ index, rejection })
      }
      index += 1
    }
    return decided(world, { accepted: events.length - refused.length, refused })
  }
