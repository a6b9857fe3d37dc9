import { formatInstantV2 } from '../kernel/calendar.js'
import { anything, arrayOf, closed, FAIL, type TypeOf, text } from '../kernel/codec.js'
import { type Decision, decided, newId } from '../kernel/decision.js'
import { slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { drawId } from '../kernel/ids.js'
import { minutes, plus, type Seconds } from '../kernel/instant.js'
import { invalidRequestV2, type Rejection } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { MeterEventSession, MeterEventSessionCreated, MeteringEvent } from './events.js'
import { meterEventParamsV2, type RecordingSlices, type RecordMeterEvent } from './reception.js'
import { takeStream } from './record-v2.js'

/** How long a token opens the stream, on the root clock. @remarks Source: docs.stripe.com/api/v2/billing/meter-event-session. */
export const SESSION_TTL: Seconds = minutes(15)

/** The most events of one stream request. @remarks Source: docs.stripe.com/api/v2/billing/meter-event-stream/create. */
export const STREAM_EVENTS_MAX = 100

export interface SessionSlices {
  /** By `token`: the authentication token. */
  readonly meterEventSessions: Table<MeterEventSession, 'token'>
}

export const sessionsSlice = slice<SessionSlices['meterEventSessions'], MeterEventSessionCreated>({
  initial: () =>
    Table.of<MeterEventSession, { token: (session: MeterEventSession) => string }>({
      token: (session) => session.authentication_token,
    }),
  evolve: { MeterEventSessionCreated: (sessions, event) => sessions.insert(event.session) },
})

export const createSessionParams = closed('CreateMeterEventSession', {})

/** Opens a session. Any number may be open; none is ever revoked. Case: M-A12. */
export const createSession: Decision<SessionSlices, MeterEventSession> = (world) => {
  const session: MeterEventSession = {
    id: newId(world, 'mtr_event_session_', 24),
    authentication_token: drawId(world.seed, world.serial + 1, 'token_', 64),
    created: world.now,
    expires_at: plus(world.now, SESSION_TTL),
  }
  return decided(
    world.record<MeteringEvent>({ type: 'MeterEventSessionCreated', at: world.now, session }),
    session,
  )
}

export const viewSession = ({ id, authentication_token, created, expires_at }: MeterEventSession) =>
  ({
    id,
    object: 'v2.billing.meter_event_session',
    authentication_token,
    created: formatInstantV2(created),
    expires_at: formatInstantV2(expires_at),
    livemode: false,
  }) as const

/** What POST /v2/billing/meter_event_stream takes: the bearer token and the body's events. */
export const streamParams = closed('StreamMeterEvents', {
  authentication_token: text(),
  events: arrayOf(anything<RecordMeterEvent>('meter event')),
})

export type StreamMeterEvents = TypeOf<typeof streamParams>

const UNKNOWN_TOKEN: Rejection = {
  status: 401,
  type: 'invalid_request_error',
  code: 'unauthenticated',
  message: 'Invalid authentication token provided.',
  api: 'v2',
}

const EXPIRED: Rejection = {
  status: 401,
  type: 'temporary_session_expired',
  code: 'billing_meter_event_session_expired',
  message: 'The temporary session token has expired.',
  api: 'v2',
}

const invalidFields = (message: string): Rejection => invalidRequestV2('invalid_fields', message)

/**
 * Takes up to 100 events with a session's token. What is wrong with an event's meaning is told later by a report;
 * what is wrong with its form refuses the whole request.
 * @remarks Source: docs.stripe.com/api/v2/billing/meter-event-stream/create. Cases: M-A10, M-A12.
 */
export const streamMeterEvents =
  ({
    authentication_token,
    events,
  }: StreamMeterEvents): Decision<RecordingSlices & SessionSlices, undefined> =>
  (world) => {
    const session = world.meterEventSessions.firstBy('token', authentication_token)
    if (session === undefined) return E.left(UNKNOWN_TOKEN)
    if (world.now >= session.expires_at) return E.left(EXPIRED)
    if (events.length === 0 || events.length > STREAM_EVENTS_MAX)
      return E.left(
        invalidFields(
          `A stream request holds 1 to ${STREAM_EVENTS_MAX} events, not ${events.length}.`,
        ),
      )
    const reports: RecordMeterEvent[] = []
    for (const [index, event] of events.entries()) {
      const report = meterEventParamsV2.read(event)
      if (report === FAIL) return E.left(invalidFields(`The event at index ${index} is malformed.`))
      reports.push(report)
    }
    return takeStream(reports)(world)
  }
