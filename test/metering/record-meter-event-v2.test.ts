import { type Command, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, attempt, given, on, type Refusal, refusal } from '../support/given.js'
import {
  advance,
  clock,
  customer,
  errorReports,
  meter,
  NOW,
  record,
  recordV2,
  used,
} from './support.js'

const world = given({ now: NOW })
const known = [meter(), customer()]

const payload = (fields: Readonly<Record<string, string>>, more: object = {}): Command => ({
  type: 'RecordMeterEventV2',
  params: { event_name: 'calls', payload: fields, ...more },
})

const v2 = (code: string, message: string): Refusal => ({ code, message, api: 'v2' })

const NO_METER = v2('no_meter', 'There is no meter with this event name.')
const ARCHIVED = v2('archived_meter', 'The meter for this event name is not active.')
const DUPLICATE = v2('duplicate_meter_event', 'A meter event with this identifier already exists.')
const NO_CUSTOMER = v2(
  'payload_no_customer_defined',
  'The payload must have a reference to the customer.',
)
const NO_VALUE = v2('payload_no_value_defined', 'The payload must have a value.')
const INVALID = v2('payload_invalid_value', 'The value in the payload must be a number.')
const TOO_NEW = v2('timestamp_in_future', 'The event timestamp cannot be in future.')
const tooOld = (oldest: number) =>
  v2(
    'timestamp_too_far_in_past',
    `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${oldest}.`,
  )

const OLDEST = NOW - 3_024_000

describe('RecordMeterEventV2', () => {
  it('records the same fact as v1', () =>
    world(...known)
      .when(recordV2('2.50', { identifier: 'e1', timestamp: NOW - 60 }))
      .yields({
        type: 'MeterEventRecorded',
        at: NOW,
        meter: 'mtr_1',
        customer: 'cus_1',
        value: '2.5',
        timestamp: NOW - 60,
        identifier: 'e1',
        payload: { stripe_customer_id: 'cus_1', value: '2.50' },
      }))

  it('answers in RFC 3339 with milliseconds', () =>
    world(...known)
      .when(
        payload(
          { stripe_customer_id: 'cus_1', value: '1' },
          {
            identifier: 'e1',
            timestamp: '2026-01-14T23:59:59.000Z',
          },
        ),
      )
      .answers({
        object: 'v2.billing.meter_event',
        created: '2026-01-15T00:00:00.000Z',
        event_name: 'calls',
        identifier: 'e1',
        livemode: false,
        payload: { stripe_customer_id: 'cus_1', value: '1' },
        timestamp: '2026-01-14T23:59:59.000Z',
      }))

  it('M-A11: without the customer key it refuses at once, reports nothing and leaves the identifier free', () => {
    const start = world(...known)
    const missing = payload({ value: '3' }, { identifier: 'e3' })
    start.when(missing).rejects({
      code: 'payload_no_customer_defined',
      message: 'The payload must have a reference to the customer.',
      api: 'v2',
    })
    expect(errorReports(start.world)).toEqual([])
    expect(E.isRight(attempt(start.world, recordV2(3, { identifier: 'e3' })))).toBe(true)
  })

  it.each<[string, Command, Refusal]>([
    ['an event name without a meter', payload({}, { event_name: 'none' }), NO_METER],
    ['an empty customer key', payload({ stripe_customer_id: '', value: '1' }), NO_CUSTOMER],
    ['a payload without the value key', payload({ stripe_customer_id: 'cus_1' }), NO_VALUE],
    ['a value that is no number', recordV2('1e3'), INVALID],
    [
      'a timestamp 35 days and a second ago',
      recordV2(1, { timestamp: OLDEST - 1 }),
      tooOld(OLDEST),
    ],
    ['a timestamp 301 seconds ahead', recordV2(1, { timestamp: NOW + 301 }), TOO_NEW],
  ])('refuses %s', (_, command, expected) =>
    world(...known)
      .when(command)
      .rejects(expected),
  )

  it.each([OLDEST, NOW + 300])('accepts the timestamp %d', (timestamp) =>
    expect(E.isRight(attempt(world(...known).world, recordV2(1, { timestamp })))).toBe(true),
  )

  it('refuses the event name of an archived meter, and takes another active one before it', () => {
    const archived = { type: 'MeterDeactivated', at: NOW, id: 'mtr_1' }
    world(...known, archived)
      .when(recordV2(1))
      .rejects(ARCHIVED)
    const { events } = accepted(
      world(...known, archived, meter({ id: 'mtr_2' })).world,
      recordV2(1),
    )
    expect(events).toMatchObject([{ type: 'MeterEventRecorded', meter: 'mtr_2' }])
  })

  it('shares its identifiers with v1, to the same second', () => {
    const first = accepted(world(...known).world, record(1, { identifier: 'e1' })).world
    const almost = accepted(first, advance(NOW + 86_399)).world
    on(almost)
      .when(recordV2(2, { identifier: 'e1' }))
      .rejects(DUPLICATE)
    const later = accepted(first, advance(NOW + 86_400)).world
    expect(used(accepted(later, recordV2(2, { identifier: 'e1' })).world)).toBe('3')
  })

  it('accepts an unknown customer and too many digits, and reports them', () => {
    const { events, world: after } = accepted(
      world(...known).world,
      recordV2(1, { customer: 'cus_0', identifier: 'e1' }),
    )
    expect(events).toMatchObject([
      { type: 'MeterEventFailed', code: 'meter_event_customer_not_found', identifier: 'e1' },
      { type: 'MeterErrorsReported', meter: 'mtr_1', error_count: 1 },
    ])
    const digits = accepted(after, recordV2('0.1234567890123', { identifier: 'e2' }))
    expect(digits.events).toMatchObject([
      { type: 'MeterEventFailed', code: 'meter_event_value_too_many_digits', identifier: 'e2' },
      { type: 'MeterErrorsReported', meter: 'mtr_1', error_count: 1 },
    ])
    on(digits.world)
      .when(recordV2(1, { identifier: 'e1' }))
      .rejects(DUPLICATE)
    expect(used(digits.world)).toBe('0')
  })

  describe('of two refusals the earlier wins: meter, identifier, customer key, value, timestamp', () => {
    const start = accepted(world(...known).world, record(1, { identifier: 'e1' })).world
    const twice = { identifier: 'e1' }
    const old = { timestamp: OLDEST - 1 }
    it.each<[string, Command, Refusal]>([
      ['the meter over the identifier', payload({}, { event_name: 'none', ...twice }), NO_METER],
      ['the meter over the timestamp', payload({}, { event_name: 'none', ...old }), NO_METER],
      ['the identifier over the customer key', payload({ value: '1' }, twice), DUPLICATE],
      ['the identifier over the value', payload({ stripe_customer_id: 'cus_1' }, twice), DUPLICATE],
      ['the identifier over the timestamp', recordV2(1, { ...twice, ...old }), DUPLICATE],
      ['the customer key over the value', payload({}), NO_CUSTOMER],
      ['the customer key over the timestamp', payload({ value: '1' }, old), NO_CUSTOMER],
      [
        'a missing value over the timestamp',
        payload({ stripe_customer_id: 'cus_1' }, old),
        NO_VALUE,
      ],
      ['a wrong value over the timestamp', recordV2('x', old), INVALID],
    ])('%s', (_, command, expected) => on(start).when(command).rejects(expected))

    it('an archived meter over the identifier', () =>
      on(accepted(start, { type: 'DeactivateMeter', id: 'mtr_1' }).world)
        .when(recordV2(1, twice))
        .rejects(ARCHIVED))

    it('a wrong value over an unknown customer, which is told later only', () =>
      on(start)
        .when(recordV2('x', { customer: 'cus_0' }))
        .rejects(INVALID))
  })

  it('refuses a customer on a clock that is advancing, before all else', () =>
    world(clock(NOW), customer('cus_2', 'clock_1'), {
      type: 'TestClockAdvanceStarted',
      at: NOW,
      clock: 'clock_1',
      frozen_time: NOW + 60,
    })
      .when(recordV2(1, { customer: 'cus_2' }))
      .rejects({
        status: 429,
        code: 'lock_timeout',
        message: 'Test clock advancement underway - cannot perform modifications: clock_1',
      }))

  it('refuses a timestamp that is no time', () =>
    expect(attempt(world(...known).world, payload({}, { timestamp: 'yesterday' }))).toStrictEqual(
      E.left(
        refusal({
          param: 'timestamp',
          message: 'Invalid timestamp: yesterday; write it like 1970-01-01T00:00:00Z',
        }),
      ),
    ))
})
