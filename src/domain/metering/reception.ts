import { type AlertSlices, isWatched } from '../alerts/index.js'
import type { CustomerId, CustomerSlices } from '../customers/index.js'
import { formatInstantV2 } from '../kernel/calendar.js'
import {
  anyText,
  closed,
  mapOf,
  optional,
  type TypeOf,
  text,
  timestamp,
  timestampV2,
} from '../kernel/codec.js'
import { type Decimal, type ParsedDecimal, parseDecimal } from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import { drawUuid } from '../kernel/ids.js'
import { DAY, days, type Instant, minutes, type Seconds } from '../kernel/instant.js'
import type { Rejection } from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'
import type {
  FailureCode,
  MeterEventFailed,
  MeterEventRecorded,
  MeterWorkQueued,
  Payload,
  WaitingEvent,
} from './events.js'
import { archivedMeter, type Meter, type MeterSlices, windowOf } from './meter.js'
import type { QueueSlices } from './queue.js'
import type { Failure } from './reports.js'
import type { UsageSlices } from './usage.js'
import { usageStore } from './usage-store.js'

/** The oldest timestamp accepted lies this far back. @remarks Docs: 35 days; the exact arithmetic is observed. Case: M-A2. */
export const PAST_MAX: Seconds = days(35)
/** The newest accepted lies this far ahead. @remarks Source: docs.stripe.com/api/billing/meter-event/create. Case: M-A3. */
export const FUTURE_MAX: Seconds = minutes(5)
/** For how long an identifier stays taken. At the end of it it is free again. Case: M-A5. */
export const IDENTIFIER_WINDOW: Seconds = DAY

const NAME_MAX = 100

/** Parameters of POST /v1/billing/meter_events. */
export const meterEventParams = closed('RecordMeterEvent', {
  event_name: text(NAME_MAX),
  payload: mapOf(anyText),
  identifier: optional(text(NAME_MAX)),
  timestamp: optional(timestamp),
})

/** Parameters of POST /v2/billing/meter_events, and of one event of a stream; `timestamp` is RFC 3339. */
export const meterEventParamsV2 = closed('RecordMeterEventV2', {
  event_name: text(NAME_MAX),
  payload: mapOf(anyText),
  identifier: optional(text(NAME_MAX)),
  timestamp: optional(timestampV2),
})

export type RecordMeterEvent = TypeOf<typeof meterEventParams>

/** What recording reads. */
export type RecordingSlices = UsageSlices &
  MeterSlices &
  CustomerSlices &
  TestClockSlices &
  SettingsSlices &
  QueueSlices &
  AlertSlices

/** A meter event as the caller sent it, completed: the answer to recording it. */
export interface ReceivedEvent extends WaitingEvent {
  readonly created: Instant
}

/** @remarks Source: docs.stripe.com/api/billing/meter-event/object. It has no id and cannot be read back. */
export interface MeterEventView {
  readonly object: 'billing.meter_event'
  readonly created: Instant
  readonly event_name: string
  readonly identifier: string
  readonly livemode: false
  readonly payload: Payload
  readonly timestamp: Instant
}

export const viewMeterEvent = ({
  created,
  event_name,
  identifier,
  payload,
  timestamp,
}: ReceivedEvent): MeterEventView => ({
  object: 'billing.meter_event',
  created,
  event_name,
  identifier,
  livemode: false,
  payload,
  timestamp,
})

/** @remarks Source: docs.stripe.com/api/v2/billing/meter-event/object. */
export const viewMeterEventV2 = ({
  created,
  event_name,
  identifier,
  payload,
  timestamp: at,
}: ReceivedEvent) =>
  ({
    object: 'v2.billing.meter_event',
    created: formatInstantV2(created),
    event_name,
    identifier,
    livemode: false,
    payload,
    timestamp: formatInstantV2(at),
  }) as const

// What a report is about

export interface MeterAt {
  readonly meter: Meter
  readonly slot: number
  readonly window: number
  /** Whether an alert may fire by its usage. */
  readonly isWatched: boolean
}

export interface CustomerAt {
  readonly id: CustomerId
  readonly slot: number
  readonly clock: TestClockId | null
  readonly now: Instant
  readonly advancing: Rejection | undefined
}

/** Finds meters and customers by what reports say. */
interface Lookup {
  readonly meter: (world: World<RecordingSlices>, eventName: string) => MeterAt | undefined
  readonly customer: (world: World<RecordingSlices>, id: string) => CustomerAt | undefined
}

const lookup: Lookup = {
  meter: (world, eventName) => {
    const slot = world.meters.firstSlotBy('active', eventName)
    if (slot === undefined) return undefined
    const meter = world.meters.at(slot) as Meter
    return { meter, slot, window: windowOf(meter), isWatched: isWatched(world, meter.id) }
  },
  customer: (world, id) => {
    const slot = world.customers.slotOf(id)
    const customer = slot === undefined ? undefined : world.customers.at(slot)
    if (slot === undefined || customer === undefined) return undefined
    const clock = customer.test_clock
    return {
      id: customer.id,
      slot,
      clock,
      now: clockNow(world, clock),
      advancing: advancingRefusal(world, clock),
    }
  },
}

const remembering = <W, T>(
  find: (world: W, key: string) => T | undefined,
): ((world: W, key: string) => T | undefined) => {
  const found = new Map<string, T | undefined>()
  return (world, key) => {
    const known = found.get(key)
    if (known !== undefined || found.has(key)) return known
    const fresh = find(world, key)
    found.set(key, fresh)
    return fresh
  }
}

/** Meters and customers do not change while a batch is recorded, so it remembers what it found. */
export const rememberingLookup = (): Lookup => ({
  meter: remembering(lookup.meter),
  customer: remembering(lookup.customer),
})

/** A report with the meter, customer and time line that it is about, as far as they are there. */
export interface Reception {
  readonly report: RecordMeterEvent
  readonly meter: MeterAt | undefined
  /** What stands under the customer key; absent or empty is no customer. */
  readonly customerId: string | undefined
  readonly customer: CustomerAt | undefined
  readonly now: Instant
  readonly timestamp: Instant
}

const FALLBACK_KEY = 'stripe_customer_id'

const own = (payload: Payload, key: string): string | undefined =>
  Object.hasOwn(payload, key) ? payload[key] : undefined

export const receive = (
  world: World<RecordingSlices>,
  report: RecordMeterEvent,
  { meter: meterOf, customer: customerOf }: Lookup = lookup,
): Reception => {
  const meter = meterOf(world, report.event_name)
  const key = meter === undefined ? FALLBACK_KEY : meter.meter.customer_mapping.event_payload_key
  const customerId = own(report.payload, key) || undefined
  const customer = customerId === undefined ? undefined : customerOf(world, customerId)
  const now = customer === undefined ? world.now : customer.now
  return { report, meter, customerId, customer, now, timestamp: report.timestamp ?? now }
}

// The checks, each on its own; the endpoints differ in which they do at once and in their words.

export const tooOld = ({ now, timestamp: at }: Reception): boolean => at < now - PAST_MAX
export const tooNew = ({ now, timestamp: at }: Reception): boolean => at > now + FUTURE_MAX

export const tooOldText = (now: Instant): string =>
  `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${now - PAST_MAX}.`
export const TOO_NEW_TEXT = 'The event timestamp cannot be in future.'

/** One of the facts that took an identifier: an event that waits, or one that counts or failed. */
export interface Receipt {
  /** Its place in the log. */
  readonly position: number
  readonly event: MeterWorkQueued | MeterEventRecorded | MeterEventFailed
  /** When it was received, on its own time line. */
  readonly received_at: Instant
}

/** The facts that took an identifier, the newest in the log first. */
export function* receiptsOf(world: World<unknown>, identifier: string): Iterable<Receipt> {
  const store = world.line.store(usageStore)
  let position = store.receiptOf(identifier, world.position)
  while (position !== undefined) {
    const event = world.line.at(position) as Receipt['event']
    const received_at =
      event.type === 'MeterWorkQueued' ? event.work.received_at : (event.received_at ?? event.at)
    yield { position, event, received_at }
    position = store.receiptOf(identifier, position - 1)
  }
}

/** Whether an identifier is taken, in the whole account: less than a day has passed since its last receipt. */
export const isDuplicate = (world: World<unknown>, identifier: string, now: Instant): boolean => {
  for (const { event, received_at } of receiptsOf(world, identifier)) {
    if (now - received_at < IDENTIFIER_WINDOW) return true
    // An event that has waited was received before others that stand before it in the log; no other event was.
    if (event.type === 'MeterWorkQueued' || event.received_at === undefined) return false
  }
  return false
}

type ValueProblem =
  | 'meter_event_value_not_found'
  | 'meter_event_invalid_value'
  | 'meter_event_value_too_many_digits'

/** The value of a report for its meter: a decimal, `undefined` where a count needs none, or what is wrong. */
export const valueFor = (meter: Meter, payload: Payload): Decimal | undefined | ValueProblem => {
  const counts = meter.default_aggregation.formula === 'count'
  const text = own(payload, meter.value_settings.event_payload_key)
  if (text === undefined) return counts ? undefined : 'meter_event_value_not_found'
  const value: ParsedDecimal = parseDecimal(text)
  if (typeof value === 'object') return value
  if (counts) return undefined
  return value === 'invalid' ? 'meter_event_invalid_value' : 'meter_event_value_too_many_digits'
}

const failureText = (
  code: FailureCode,
  { report, meter, customerId, now }: Reception,
  archived?: Meter,
): string => {
  const settings = meter?.meter
  const valueKey = settings?.value_settings.event_payload_key ?? 'value'
  switch (code) {
    case 'no_meter':
      return `No meter was found matching event_name ${report.event_name}.`
    case 'archived_meter':
      return `The meter ${archived?.id} is inactive.`
    case 'meter_event_no_customer_defined':
      return `Customer mapping key ${settings?.customer_mapping.event_payload_key} not found in payload.`
    case 'meter_event_customer_not_found':
      return `No customer found with id ${customerId}.`
    case 'meter_event_value_not_found':
      return `Value key ${valueKey} not found in payload.`
    case 'meter_event_invalid_value':
      return `Value ${report.payload[valueKey]} is not a valid number.`
    case 'meter_event_value_too_many_digits':
      return `Value ${report.payload[valueKey]} has too many digits: at most 15 before and 12 after the decimal point.`
    case 'timestamp_too_far_in_past':
      return tooOldText(now)
    case 'timestamp_in_future':
      return TOO_NEW_TEXT
  }
}

/** The first of the checks that are made in processing which the report fails. */
export const failureOf = (world: World<MeterSlices>, reception: Reception): Failure | undefined => {
  const { report, meter, customerId, customer } = reception
  const identifier = report.identifier as string
  const fail = (code: FailureCode, failed: Meter | undefined = meter?.meter): Failure => ({
    meter: failed?.id ?? null,
    code,
    message: failureText(code, reception, failed),
    identifier,
  })
  if (meter === undefined) {
    const archived = archivedMeter(world, report.event_name)
    return archived === undefined ? fail('no_meter') : fail('archived_meter', archived)
  }
  if (customerId === undefined) return fail('meter_event_no_customer_defined')
  if (customer === undefined) return fail('meter_event_customer_not_found')
  const value = valueFor(meter.meter, report.payload)
  if (typeof value === 'string') return fail(value)
  if (tooOld(reception)) return fail('timestamp_too_far_in_past')
  if (tooNew(reception)) return fail('timestamp_in_future')
  return undefined
}

/** The identifier of an event that came without one: it follows from the fact that it will be. */
export const generated = (world: World<unknown>, serial = world.serial + 1): string =>
  drawUuid(world.seed, serial, 'meter_event')

export const identified = (reception: Reception, identifier: string): Reception => ({
  ...reception,
  report: { ...reception.report, identifier },
})

export const completed = (world: World<unknown>, reception: Reception): Reception =>
  reception.report.identifier === undefined ? identified(reception, generated(world)) : reception

export const received = ({ report, now, timestamp: at }: Reception): ReceivedEvent => ({
  created: now,
  event_name: report.event_name,
  identifier: report.identifier as string,
  payload: report.payload,
  timestamp: at,
})
