/** How the family's events are read from a log. */
import type { CustomerId } from '../customers/index.js'
import {
  anyText,
  arrayOf,
  type Codec,
  closed,
  FAIL,
  idOf,
  integer,
  leaf,
  mapOf,
  nullable,
  oneOf,
  optional,
  text,
  timestamp,
} from '../kernel/codec.js'
import { parseDecimal } from '../kernel/decimal.js'
import { eventFormat } from '../kernel/event-format.js'
import { invalidRequest } from '../kernel/rejection.js'
import type {
  FailureCode,
  MeterErrorsReported,
  MeterEventCancelled,
  MeterEventFailed,
  MeterEventRecorded,
  MeterEventSession,
  MeterEventSessionCreated,
  MeterWorkDone,
  MeterWorkQueued,
  QueuedWork,
} from './events.js'
import {
  type MeterCreated,
  type MeterDeactivated,
  type MeterId,
  type MeterReactivated,
  type MeterRenamed,
  meterRow,
} from './meter.js'
import { copyRecorded, writeRecorded } from './usage.js'

/** A value as a record holds it. */
const decimalText: Codec<string> = leaf(
  'decimal',
  (input) => (typeof input === 'string' && typeof parseDecimal(input) === 'object' ? input : FAIL),
  (input, param) => invalidRequest(`Invalid decimal: ${String(input)}`, { param }),
)

const meter = idOf<MeterId>()
const payload = mapOf(anyText)

const failureCode: Codec<FailureCode> = oneOf('code', [
  'archived_meter',
  'meter_event_customer_not_found',
  'meter_event_invalid_value',
  'meter_event_no_customer_defined',
  'meter_event_value_not_found',
  'meter_event_value_too_many_digits',
  'no_meter',
  'timestamp_in_future',
  'timestamp_too_far_in_past',
])

const work: Codec<QueuedWork> = closed('QueuedWork', {
  id: text(),
  clock: nullable(text()),
  received_at: timestamp,
  due: timestamp,
  events: arrayOf(
    closed('WaitingEvent', { event_name: anyText, payload, identifier: anyText, timestamp }),
  ),
  cancel: nullable(
    closed('Cancellation', { event_name: anyText, identifier: anyText, received_at: timestamp }),
  ),
})

const session: Codec<MeterEventSession> = closed('MeterEventSession', {
  id: text(),
  authentication_token: text(),
  created: timestamp,
  expires_at: timestamp,
})

export const meteringEvents = {
  MeterCreated: eventFormat<MeterCreated>('MeterCreated', { meter: meterRow }),
  MeterRenamed: eventFormat<MeterRenamed>('MeterRenamed', { id: meter, display_name: text() }),
  MeterDeactivated: eventFormat<MeterDeactivated>('MeterDeactivated', { id: meter }),
  MeterReactivated: eventFormat<MeterReactivated>('MeterReactivated', { id: meter }),
  MeterEventRecorded: eventFormat<MeterEventRecorded>(
    'MeterEventRecorded',
    {
      meter,
      customer: idOf<CustomerId>(),
      value: optional(decimalText),
      timestamp,
      identifier: anyText,
      received_at: optional(timestamp),
      payload: optional(payload),
    },
    {
      write: writeRecorded,
      copy: copyRecorded,
      tell: ({ meter: id, customer, value }) => [id, customer, value].filter(Boolean).join(' '),
    },
  ),
  MeterEventFailed: eventFormat<MeterEventFailed>(
    'MeterEventFailed',
    {
      meter: nullable(meter),
      code: failureCode,
      message: anyText,
      event_name: anyText,
      timestamp,
      identifier: anyText,
      received_at: optional(timestamp),
      payload,
    },
    { tell: ({ identifier, code }) => `${identifier} ${code}` },
  ),
  MeterErrorsReported: eventFormat<MeterErrorsReported>(
    'MeterErrorsReported',
    {
      meter: nullable(meter),
      error_count: integer(1),
      error_types: arrayOf(
        closed('ErrorType', {
          code: failureCode,
          error_count: integer(1),
          sample_errors: arrayOf(
            closed('SampleError', { error_message: anyText, identifier: anyText }),
          ),
        }),
      ),
    },
    { tell: ({ meter: id, error_count }) => `${id ?? 'no meter'} ${error_count}` },
  ),
  MeterEventCancelled: eventFormat<MeterEventCancelled>(
    'MeterEventCancelled',
    {
      meter,
      customer: idOf<CustomerId>(),
      identifier: anyText,
      timestamp,
      value: optional(decimalText),
      position: integer(1),
    },
    { tell: ({ meter: id, customer, identifier }) => `${id} ${customer} ${identifier}` },
  ),
  MeterWorkQueued: eventFormat<MeterWorkQueued>('MeterWorkQueued', { work }),
  MeterWorkDone: eventFormat<MeterWorkDone>('MeterWorkDone', { id: text() }),
  MeterEventSessionCreated: eventFormat<MeterEventSessionCreated>('MeterEventSessionCreated', {
    session,
  }),
}
