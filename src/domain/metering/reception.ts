import type { CustomerId, CustomerSlices } from '../customers/index.js'
import { formatInstantV2 } from '../kernel/calendar.js'
import {
  anyText,
  anything,
  arrayOf,
  closed,
  explain,
  FAIL,
  mapOf,
  oneOf,
  optional,
  type TypeOf,
  text,
  timestamp,
  timestampV2,
} from '../kernel/codec.js'
import {
  type Decimal,
  formatDecimal,
  isShortest,
  type ParsedDecimal,
  parseDecimal,
} from '../kernel/decimal.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import { drawUuid } from '../kernel/ids.js'
import { DAY, days, type Instant, minutes, type Seconds } from '../kernel/instant.js'
import { CONTINUES, type Line, type Opening } from '../kernel/line.js'
import { invalidRequest, invalidRequestV2, type Rejection, within } from '../kernel/rejection.js'
import { newOwner, type Owner } from '../kernel/vector.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  onClock,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'
import type {
  FailureCode,
  MeterEventFailed,
  MeterEventRecorded,
  MeteringEvent,
  MeterWorkQueued,
  Payload,
  WaitingEvent,
} from './events.js'
import { archivedMeter, type Meter, type MeterSlices, windowOf } from './meter.js'
import { type QueueSlices, queueWork } from './queue.js'
import { type Failure, reportFailures } from './reports.js'
import { appendRow, type Usage, type UsageSlices } from './usage.js'
import { fitsColumns, type UsageStore, usageStore } from './usage-store.js'

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
  QueueSlices

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

interface MeterAt {
  readonly meter: Meter
  readonly slot: number
  readonly window: number
}

interface CustomerAt {
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
    return { meter, slot, window: windowOf(meter) }
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
const rememberingLookup = (): Lookup => ({
  meter: remembering(lookup.meter),
  customer: remembering(lookup.customer),
})

/** A report with the meter, customer and time line that it is about, as far as they are there. */
interface Reception {
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

const receive = (
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

const tooOld = ({ now, timestamp: at }: Reception): boolean => at < now - PAST_MAX
const tooNew = ({ now, timestamp: at }: Reception): boolean => at > now + FUTURE_MAX

const tooOldText = (now: Instant): string =>
  `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${now - PAST_MAX}.`
const TOO_NEW_TEXT = 'The event timestamp cannot be in future.'

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
const isDuplicate = (world: World<unknown>, identifier: string, now: Instant): boolean => {
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
const valueFor = (meter: Meter, payload: Payload): Decimal | undefined | ValueProblem => {
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
const failureOf = (world: World<MeterSlices>, reception: Reception): Failure | undefined => {
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

// Recording

/**
 * Whether the payload says no more than customer and value, the value as we would write it: then the event keeps
 * those and no copy of the payload.
 */
const isPlain = (payload: Payload, meter: Meter, value: Decimal | undefined): boolean => {
  const customerKey = meter.customer_mapping.event_payload_key
  const valueKey = meter.value_settings.event_payload_key
  for (const key in payload)
    if (key !== customerKey && (key !== valueKey || value === undefined)) return false
  return value === undefined || isShortest(payload[valueKey] as string, value)
}

/**
 * The value of a report that v1 accepts as it stands, that counts, and that fits the columns: what nearly all reports
 * are. `false` for any other, and for one whose identifier must be looked at twice.
 */
const plainValue = (
  store: UsageStore,
  position: number,
  reception: Reception,
): Decimal | undefined | false => {
  const { report, meter, customer, now, timestamp: at } = reception
  if (meter === undefined || customer === undefined || customer.advancing !== undefined)
    return false
  if (tooOld(reception) || tooNew(reception)) return false
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

/** The facts of one report in processing: it counts, or it failed. */
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
    return decided(after, undefined)
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
const acceptBatch =
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

/** The identifier of an event that came without one: it follows from the fact that it will be. */
const generated = (world: World<unknown>, serial = world.serial + 1): string =>
  drawUuid(world.seed, serial, 'meter_event')

const identified = (reception: Reception, identifier: string): Reception => ({
  ...reception,
  report: { ...reception.report, identifier },
})

const completed = (world: World<unknown>, reception: Reception): Reception =>
  reception.report.identifier === undefined ? identified(reception, generated(world)) : reception

const received = ({ report, now, timestamp: at }: Reception): ReceivedEvent => ({
  created: now,
  event_name: report.event_name,
  identifier: report.identifier as string,
  payload: report.payload,
  timestamp: at,
})

// Version 1

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
      const value = plainValue(world.line.store(usageStore), world.position, reception)
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
    if (refusal !== undefined) return E.left(refusal)
    const accepted = completed(world, reception)
    const done = acceptBatch([accepted])(world)
    return E.isLeft(done) ? done : decided(done.right.world, received(accepted))
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
        const value = plainValue(store, position, reception)
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

// Version 2

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
    if (refusal !== undefined) return E.left(refusal)
    const accepted = completed(world, reception)
    const done = acceptBatch([accepted])(world)
    return E.isLeft(done) ? done : decided(done.right.world, received(accepted))
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
