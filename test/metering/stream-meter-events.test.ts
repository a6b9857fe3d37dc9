import { type Command, entries, type Meter, type RecordMeterEvent, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on, type Refusal } from '../support/given.js'
import {
  advance,
  clock,
  customer,
  errorReports,
  meter,
  NOW,
  record,
  report,
  used,
} from './support.js'

const world = given({ now: NOW })

interface Session {
  readonly id: string
  readonly authentication_token: string
  readonly created: string
  readonly expires_at: string
}

const opened = (from: World): { readonly world: World; readonly token: string } => {
  const { world: after, result } = accepted(from, { type: 'CreateMeterEventSession' })
  return { world: after, token: (result as Session).authentication_token }
}

const stream = (authentication_token: string, events: readonly unknown[]): Command => ({
  type: 'StreamMeterEvents',
  params: { authentication_token, events: events as readonly RecordMeterEvent[] },
})

const EXPIRED: Refusal = {
  status: 401,
  type: 'temporary_session_expired',
  code: 'billing_meter_event_session_expired',
  message: 'The temporary session token has expired.',
  api: 'v2',
}
const UNKNOWN: Refusal = {
  status: 401,
  code: 'unauthenticated',
  message: 'Invalid authentication token provided.',
  api: 'v2',
}
const invalidFields = (message: string): Refusal => ({ code: 'invalid_fields', message, api: 'v2' })

describe('CreateMeterEventSession', () => {
  it('opens a session for fifteen minutes', () => {
    const { events, result } = accepted(world().world, { type: 'CreateMeterEventSession' })
    const { id, authentication_token } = result as Session
    expect(events).toStrictEqual([
      {
        type: 'MeterEventSessionCreated',
        at: NOW,
        session: { id, authentication_token, created: NOW, expires_at: NOW + 900 },
      },
    ])
    expect(result).toStrictEqual({
      id,
      object: 'v2.billing.meter_event_session',
      authentication_token,
      created: '2026-01-15T00:00:00.000Z',
      expires_at: '2026-01-15T00:15:00.000Z',
      livemode: false,
    })
  })

  it('opens any number of them, each with a token of its own', () => {
    const first = opened(world(meter(), customer()).world)
    const second = opened(first.world)
    expect(second.token).not.toBe(first.token)
    const once = accepted(second.world, stream(first.token, [report(1)])).world
    expect(used(accepted(once, stream(second.token, [report(2)])).world)).toBe('3')
  })

  it('takes no parameters', () =>
    world()
      .when({ type: 'CreateMeterEventSession', params: { ttl: '60' } } as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'ttl',
        message: 'Received unknown parameter: ttl',
      }))
})

describe('StreamMeterEvents', () => {
  const past = world(meter(), customer(), clock(NOW - 7_200), customer('cus_2', 'clock_1'))
  const session = opened(past.world)
  const send = (...events: readonly unknown[]) => stream(session.token, events)

  it('M-A12: a token opens the stream up to the second before its fifteen minutes end', () => {
    const { world: at12, token } = opened(given({ now: 1_717_243_200 })(meter(), customer()).world)
    expect(Array.from(entries(at12)).at(-1)?.event).toMatchObject({
      session: { created: 1_717_243_200, expires_at: 1_717_244_100 },
    })
    const last = accepted(at12, advance(1_717_244_099)).world
    on(last)
      .when(stream(token, [report(1)]))
      .answers({})
    const end = accepted(at12, advance(1_717_244_100)).world
    on(end)
      .when(stream(token, [report(1)]))
      .rejects(EXPIRED)
  })

  it('records what is right, in the order of the request, and answers nothing', () => {
    const done = accepted(
      session.world,
      send(
        report(1, { identifier: 'a' }),
        report(2, { identifier: 'b', customer: 'cus_2' }),
        report(3, { identifier: 'c', timestamp: NOW - 60 }),
      ),
    )
    expect(done.result).toStrictEqual({})
    expect(done.events).toMatchObject([
      { type: 'MeterEventRecorded', identifier: 'a', timestamp: NOW },
      { type: 'MeterEventRecorded', identifier: 'b', clock: 'clock_1', timestamp: NOW - 7_200 },
      { type: 'MeterEventRecorded', identifier: 'c', timestamp: NOW - 60 },
    ])
  })

  it('reads timestamps in RFC 3339', () => {
    const { events } = accepted(
      session.world,
      send({ ...report(1), timestamp: '2026-01-14T23:00:00.000Z' }),
    )
    expect(events).toMatchObject([{ timestamp: NOW - 3_600 }])
  })

  it('answers as if all were well whatever is wrong with meters, customers, values and times', () => {
    const done = accepted(
      session.world,
      send(
        report(1, { event_name: 'none', identifier: 'a' }),
        report(1, { customer: 'cus_0', identifier: 'b' }),
        report('x', { identifier: 'c' }),
        report(1, { timestamp: NOW - 3_024_001, identifier: 'd' }),
        report(1, { timestamp: NOW + 301, identifier: 'e' }),
        report(1, { customer: 'cus_2', timestamp: NOW, identifier: 'f' }),
        report(7, { identifier: 'g' }),
      ),
    )
    expect(done.result).toStrictEqual({})
    expect(
      done.events
        .map((event) => ({ ...event }))
        .filter(({ type }) => type !== 'MeterErrorsReported'),
    ).toMatchObject([
      { identifier: 'a', code: 'no_meter' },
      { identifier: 'b', code: 'meter_event_customer_not_found' },
      { identifier: 'c', code: 'meter_event_invalid_value' },
      { identifier: 'd', code: 'timestamp_too_far_in_past' },
      { identifier: 'e', code: 'timestamp_in_future' },
      { identifier: 'f', code: 'timestamp_in_future' },
      { identifier: 'g', value: '7' },
    ])
    expect(used(done.world)).toBe('7')
  })

  it('drops a repeated identifier without a word: the first of a request wins', () => {
    const once = accepted(session.world, record(1, { identifier: 'a' })).world
    const done = accepted(
      once,
      send(
        report(10, { identifier: 'a' }),
        report(20, { identifier: 'b' }),
        report(30, { identifier: 'b' }),
      ),
    )
    expect(done.events).toMatchObject([{ identifier: 'b', value: '20' }])
    expect(used(done.world)).toBe('21')
    expect(errorReports(done.world)).toEqual([])
  })

  it('a request of repeated identifiers only changes nothing', () => {
    const once = accepted(session.world, record(1, { identifier: 'a' })).world
    on(once)
      .when(send(report(1, { identifier: 'a' })))
      .yieldsNothing()
  })

  it('a failed event takes its identifier', () => {
    const failed = accepted(session.world, send(report('x', { identifier: 'a' }))).world
    on(failed)
      .when(send(report(1, { identifier: 'a' })))
      .yieldsNothing()
  })

  it('takes a hundred events', () => {
    const events = Array.from({ length: 100 }, () => report(1))
    expect(used(accepted(session.world, send(...events)).world)).toBe('100')
  })

  it.each<[string, Command, Refusal]>([
    ['a token that was never given', stream('token_x', [report(1)]), UNKNOWN],
    ['no events', send(), invalidFields('A stream request holds 1 to 100 events, not 0.')],
    [
      'a hundred and one events',
      send(...Array.from({ length: 101 }, () => report(1))),
      invalidFields('A stream request holds 1 to 100 events, not 101.'),
    ],
    [
      'an event without a payload, and with it all others',
      send(report(1), { event_name: 'calls' }),
      invalidFields('The event at index 1 is malformed.'),
    ],
    [
      'a payload value that is no text',
      send({ event_name: 'calls', payload: { value: 1 } }),
      invalidFields('The event at index 0 is malformed.'),
    ],
    [
      'an identifier of 101 characters',
      send(report(1, { identifier: 'i'.repeat(101) })),
      invalidFields('The event at index 0 is malformed.'),
    ],
    ['an unknown token before a wrong number of events', stream('token_x', []), UNKNOWN],
  ])('refuses %s', (_, command, refusal) => on(session.world).when(command).rejects(refusal))

  it('an expired token wins over a wrong number of events', () =>
    on(accepted(session.world, advance(NOW + 900)).world)
      .when(send())
      .rejects(EXPIRED))

  it('refuses the whole request while the clock of a customer in it is advancing', () =>
    on(
      session.world.record({
        type: 'TestClockAdvanceStarted',
        at: NOW - 7_200,
        clock: 'clock_1',
        frozen_time: NOW,
      } as never),
    )
      .when(send(report(1), report(1, { customer: 'cus_2' })))
      .rejects({
        status: 429,
        code: 'lock_timeout',
        message: 'Test clock advancement underway - cannot perform modifications: clock_1',
      }))
})

describe('the asynchronous checks', () => {
  const inactive: Partial<Meter> = {
    id: 'mtr_2',
    event_name: 'old',
    status: 'inactive',
    status_transitions: { deactivated_at: NOW - 10 },
  }
  const { world: start, token } = opened(
    world(
      meter(),
      meter(inactive),
      meter({ id: 'mtr_3', event_name: 'ticks', default_aggregation: { formula: 'count' } }),
      customer(),
    ).world,
  )
  const codeOf = (event: unknown): unknown => {
    const { events } = accepted(start, stream(token, [event]))
    return (events[0] as { readonly code?: string }).code
  }
  const OLD = NOW - 3_024_001

  it('are made in their order: all wrong at once, then one mended after the other', () => {
    const payload = (fields: object) => ({ event_name: 'calls', payload: fields, timestamp: OLD })
    expect([
      codeOf({ event_name: 'none', payload: {}, timestamp: OLD }),
      codeOf({ event_name: 'old', payload: {}, timestamp: OLD }),
      codeOf(payload({})),
      codeOf(payload({ stripe_customer_id: 'cus_0' })),
      codeOf(payload({ stripe_customer_id: 'cus_1' })),
      codeOf(payload({ stripe_customer_id: 'cus_1', value: '1,5' })),
      codeOf(payload({ stripe_customer_id: 'cus_1', value: '1234567890123456' })),
      codeOf(payload({ stripe_customer_id: 'cus_1', value: '1' })),
      codeOf({ ...payload({ stripe_customer_id: 'cus_1', value: '1' }), timestamp: NOW + 301 }),
      codeOf({ ...payload({ stripe_customer_id: 'cus_1', value: '1' }), timestamp: NOW + 300 }),
    ]).toEqual([
      'no_meter',
      'archived_meter',
      'meter_event_no_customer_defined',
      'meter_event_customer_not_found',
      'meter_event_value_not_found',
      'meter_event_invalid_value',
      'meter_event_value_too_many_digits',
      'timestamp_too_far_in_past',
      'timestamp_in_future',
      undefined,
    ])
  })

  it('ask no value of a count', () => {
    const ticks = (fields: object) => ({
      event_name: 'ticks',
      payload: { stripe_customer_id: 'cus_1', ...fields },
    })
    expect([
      codeOf(ticks({})),
      codeOf(ticks({ value: 'x' })),
      codeOf(ticks({ value: '2' })),
    ]).toEqual([undefined, undefined, undefined])
  })

  it.each([
    ['', 'meter_event_invalid_value'],
    [' 1', 'meter_event_invalid_value'],
    ['1.', 'meter_event_invalid_value'],
    ['.5', 'meter_event_invalid_value'],
    ['1e3', 'meter_event_invalid_value'],
    ['--1', 'meter_event_invalid_value'],
    ['-', 'meter_event_invalid_value'],
    ['1.2.3', 'meter_event_invalid_value'],
    ['0x10', 'meter_event_invalid_value'],
    ['Infinity', 'meter_event_invalid_value'],
    ['٣', 'meter_event_invalid_value'],
    ['1000000000000000', 'meter_event_value_too_many_digits'],
    ['0.0000000000001', 'meter_event_value_too_many_digits'],
    ['999999999999999.999999999999', undefined],
    ['-999999999999999.999999999999', undefined],
    ['0', undefined],
    ['-0', undefined],
    ['+1', undefined],
  ])('of the value %j say %s', (value, code) => expect(codeOf(report(value))).toBe(code))

  it('look for the meter that was archived last', () => {
    const twice = world(
      meter({ ...inactive, id: 'mtr_a', status_transitions: { deactivated_at: NOW - 5 } } as never),
      meter({ ...inactive, id: 'mtr_b', status_transitions: { deactivated_at: NOW - 9 } } as never),
      customer(),
    )
    const { world: both, token: key } = opened(twice.world)
    const { events } = accepted(both, stream(key, [report(1, { event_name: 'old' })]))
    expect(events).toMatchObject([
      { type: 'MeterEventFailed', meter: 'mtr_a', message: 'The meter mtr_a is inactive.' },
      { type: 'MeterErrorsReported', meter: 'mtr_a' },
    ])
  })
})
