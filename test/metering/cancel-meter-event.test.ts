import { type Command, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, attempt, given, on, type Refusal } from '../support/given.js'
import {
  advance,
  cancel,
  clock,
  customer,
  JANUARY,
  meter,
  NOW,
  record,
  recordV2,
  used,
} from './support.js'

const DAY = 86_400

const world = given({ now: NOW })
const known = [meter(), customer()]

const cancelV2 = (identifier: string, event_name = 'calls'): Command => ({
  type: 'CancelMeterEventV2',
  params: { event_name, type: 'cancel', cancel: { identifier } },
})

const unknown = (identifier: string, name = 'calls'): Refusal => ({
  code: 'resource_missing',
  param: 'cancel[identifier]',
  message: `No meter event found with identifier ${identifier} for event name ${name} within the last 24 hours.`,
})
const INVALID: Refusal = {
  code: 'invalid_cancel_configuration',
  message: 'The adjustment configuration is invalid for the adjustment type.',
  api: 'v2',
}

/** A world in which x has counted 2, after 40 that stay. */
const usedX = accepted(
  accepted(world(...known).world, record(40)).world,
  record(2, { identifier: 'x' }),
).world

const cancelledX = {
  type: 'MeterEventCancelled',
  at: NOW,
  meter: 'mtr_1',
  customer: 'cus_1',
  identifier: 'x',
  timestamp: NOW,
  value: '2',
  position: usedX.position,
}

describe('CancelMeterEvent', () => {
  it('takes the event out of the aggregate, at the simulated now', () => {
    on(usedX).when(cancel('x')).yields(cancelledX)
    expect(used(usedX)).toBe('42')
    expect(used(accepted(usedX, cancel('x')).world)).toBe('40')
  })

  it('M-D1: answers a pending adjustment that names the identifier', () => {
    const sample = given({ now: NOW })(meter({ event_name: 'ai_search_api' }), customer())
    const event = record(25, { event_name: 'ai_search_api', identifier: 'identifier_123' })
    const recorded = on(accepted(sample.world, event).world)
    recorded.when(cancel('identifier_123', 'ai_search_api')).answers({
      object: 'billing.meter_event_adjustment',
      status: 'pending',
      event_name: 'ai_search_api',
      type: 'cancel',
      cancel: { identifier: 'identifier_123' },
      livemode: false,
    })
    recorded.when(cancelV2('identifier_123', 'ai_search_api')).answers({
      id: expect.stringMatching(/^mtr_event_adj_[0-9A-Za-z]{24}$/),
      object: 'v2.billing.meter_event_adjustment',
      created: '2026-01-15T00:00:00.000Z',
      status: 'pending',
      event_name: 'ai_search_api',
      type: 'cancel',
      cancel: { identifier: 'identifier_123' },
      livemode: false,
    })
  })

  it('M-D5: a cancelled identifier stays taken for its day, and cancelling again does nothing', () => {
    const cancelled = accepted(usedX, cancel('x')).world
    const duplicate = { message: 'An event already exists with identifier x.' }
    on(cancelled)
      .when(record(1, { identifier: 'x' }))
      .rejects(duplicate)
    on(accepted(cancelled, advance(NOW + DAY - 1)).world)
      .when(record(1, { identifier: 'x' }))
      .rejects(duplicate)
    on(cancelled).when(cancel('x')).yieldsNothing()
    on(cancelled)
      .when(cancel('x'))
      .answers({
        object: 'billing.meter_event_adjustment',
        cancel: { identifier: 'x' },
        event_name: 'calls',
        livemode: false,
        status: 'pending',
        type: 'cancel',
      })
    expect(used(cancelled)).toBe('40')
  })

  it('reaches back a day from the receipt, the last second included, whatever the timestamp', () => {
    const old = accepted(
      world(...known).world,
      record(5, { identifier: 'x', timestamp: NOW - 30 * DAY }),
    ).world
    const last = accepted(old, advance(NOW + DAY)).world
    expect(used(last, { start: 0 })).toBe('5')
    expect(used(accepted(last, cancel('x')).world, { start: 0 })).toBe('0')
    on(accepted(old, advance(NOW + DAY + 1)).world)
      .when(cancel('x'))
      .rejects(unknown('x'))
  })

  it('measures the day on the clock of the customer', () => {
    const onClock = accepted(
      world(meter(), clock(NOW - 7_200), customer('cus_1', 'clock_1')).world,
      record(5, { identifier: 'x' }),
    ).world
    const rootFarOn = accepted(onClock, advance(NOW + 3 * DAY)).world
    const clockDayOn = accepted(rootFarOn, advance(NOW - 7_200 + DAY, 'clock_1')).world
    on(clockDayOn)
      .when(cancel('x'))
      .yields({
        ...cancelledX,
        at: NOW - 7_200 + DAY,
        clock: 'clock_1',
        timestamp: NOW - 7_200,
        value: '5',
        position: onClock.position,
      })
    on(accepted(onClock, advance(NOW - 7_200 + DAY + 1, 'clock_1')).world)
      .when(cancel('x'))
      .rejects(unknown('x'))
  })

  it('measures it on the clock that the customer has joined since', () => {
    const joined = (frozen_time: number) =>
      accepted(usedX, { type: 'CreateTestClock', params: { frozen_time, customer: 'cus_1' } }).world
    expect(used(accepted(joined(NOW + DAY), cancel('x')).world)).toBe('40')
    on(joined(NOW + DAY + 1))
      .when(cancel('x'))
      .rejects(unknown('x'))
  })

  it('a cancelled event of late receipt leaves the aggregate too', () => {
    const late = accepted(usedX, record(7, { identifier: 'y', timestamp: NOW - DAY })).world
    expect(used(late)).toBe('49')
    expect(used(accepted(late, cancel('y')).world)).toBe('42')
    expect(used(accepted(accepted(late, cancel('y')).world, cancel('x')).world)).toBe('40')
  })

  it('takes out of each formula what the event was worth to it', () => {
    const values = (formula: 'sum' | 'count' | 'last' | 'max') => {
      const start = given({ now: NOW, settings: { preview: { meterMax: true } } })(
        meter({ default_aggregation: { formula } }),
        customer(),
      ).world
      const all = [3, 9, 4].reduce(
        (at, value, index) =>
          accepted(at, record(value, { identifier: `e${index}`, timestamp: NOW - 9 + index }))
            .world,
        start,
      )
      const without = (identifier: string) => used(accepted(all, cancel(identifier)).world)
      return [used(all), without('e0'), without('e1'), without('e2')]
    }
    expect(values('sum')).toEqual(['16', '13', '7', '12'])
    expect(values('count')).toEqual(['3', '2', '2', '2'])
    expect(values('last')).toEqual(['4', '4', '4', '9'])
    expect(values('max')).toEqual(['9', '9', '4', '9'])
  })

  it('counts a new event of the identifier, a day after the cancelled one, on its own', () => {
    const cancelled = accepted(usedX, cancel('x')).world
    const day = accepted(cancelled, advance(NOW + DAY)).world
    const again = accepted(day, record(8, { identifier: 'x' })).world
    expect(used(again)).toBe('48')
    expect(used(accepted(again, cancel('x')).world)).toBe('40')
  })

  it('of an identifier used twice cancels the last', () => {
    const day = accepted(usedX, advance(NOW + DAY)).world
    const again = accepted(day, record(8, { identifier: 'x' })).world
    const cancelled = accepted(again, cancel('x')).world
    expect(used(cancelled)).toBe('42')
    on(cancelled).when(cancel('x')).yieldsNothing()
  })

  it('accepts the cancellation of an event that failed, and changes nothing', () => {
    const failed = accepted(usedX, record('bad', { identifier: 'f' })).world
    on(failed).when(cancel('f')).yieldsNothing()
    on(failed).when(cancel('f', 'tokens')).rejects(unknown('f', 'tokens'))
  })

  it('works for a meter that is inactive and a customer that was deleted', () => {
    const inactive = accepted(usedX, { type: 'DeactivateMeter', id: 'mtr_1' }).world
    const deleted = accepted(inactive, { type: 'DeleteCustomer', id: 'cus_1' }).world
    expect(used(accepted(deleted, cancel('x')).world)).toBe('40')
  })

  it.each<[string, Command, Refusal]>([
    ['an identifier that was never used', cancel('nope'), unknown('nope')],
    ['an identifier of another event name', cancel('x', 'tokens'), unknown('x', 'tokens')],
    [
      'a missing identifier',
      { type: 'CancelMeterEvent', params: { event_name: 'calls', type: 'cancel', cancel: {} } },
      {
        code: 'parameter_missing',
        param: 'cancel[identifier]',
        message: 'Missing required param: cancel[identifier].',
      },
    ],
    [
      'a missing cancel',
      { type: 'CancelMeterEvent', params: { event_name: 'calls', type: 'cancel' } },
      {
        code: 'parameter_missing',
        param: 'cancel[identifier]',
        message: 'Missing required param: cancel[identifier].',
      },
    ],
    [
      'another type than cancel',
      { type: 'CancelMeterEvent', params: { event_name: 'calls', type: 'amend' } } as never,
      { param: 'type', message: 'Invalid type: must be cancel' },
    ],
    [
      'no event name',
      { type: 'CancelMeterEvent', params: { type: 'cancel' } } as never,
      {
        code: 'parameter_missing',
        param: 'event_name',
        message: 'Missing required param: event_name.',
      },
    ],
    [
      'a range of time',
      {
        type: 'CancelMeterEvent',
        params: { event_name: 'calls', type: 'cancel', cancel: { start: String(JANUARY) } },
      } as never,
      {
        code: 'parameter_unknown',
        param: 'cancel[start]',
        message: 'Received unknown parameter: cancel[start]',
      },
    ],
  ])('refuses %s', (_, command, refusal) => on(usedX).when(command).rejects(refusal))

  it('refuses an event whose clock is advancing, once it is known', () => {
    const start = world(meter(), clock(NOW), customer('cus_1', 'clock_1'))
    const recorded = accepted(start.world, record(5, { identifier: 'x' })).world
    const advancing = on(
      recorded
        .record({
          type: 'TestClockAdvanceStarted',
          at: NOW,
          clock: 'clock_1',
          frozen_time: NOW + 60,
        } as never)
        .opened(),
    )
    advancing.when(cancel('x')).rejects({
      status: 429,
      code: 'lock_timeout',
      message: 'Test clock advancement underway - cannot perform modifications: clock_1',
    })
    advancing.when(cancel('y')).rejects(unknown('y'))
  })

  it('cannot reach an event whose clock was deleted', () => {
    const start = world(meter(), clock(NOW), customer('cus_1', 'clock_1'))
    const recorded = accepted(start.world, record(5, { identifier: 'x' })).world
    on(accepted(recorded, { type: 'DeleteTestClock', id: 'clock_1' }).world)
      .when(cancel('x'))
      .rejects(unknown('x'))
  })

  it('reaches the event of its own event name where another clock has used the identifier since', () => {
    const start = world(
      meter(),
      meter({ id: 'mtr_2', event_name: 'tokens' }),
      customer(),
      clock(NOW + 10 * DAY),
      customer('cus_2', 'clock_1'),
    )
    const first = accepted(start.world, record(5, { identifier: 'x' })).world
    const second = accepted(
      first,
      record(7, { identifier: 'x', event_name: 'tokens', customer: 'cus_2' }),
    ).world
    const cancelled = accepted(second, cancel('x')).world
    expect(used(cancelled)).toBe('0')
    expect(used(cancelled, { meter: 'mtr_2', customer: 'cus_2' })).toBe('7')
  })
})

describe('CancelMeterEventV2', () => {
  it('takes the event out of the aggregate, whichever version recorded it', () => {
    on(usedX).when(cancelV2('x')).yields(cancelledX)
    const byV2 = accepted(usedX, recordV2(3, { identifier: 'z' })).world
    expect(used(accepted(byV2, cancelV2('z')).world)).toBe('42')
    expect(used(accepted(byV2, cancel('z')).world)).toBe('42')
  })

  it('does nothing the second time', () => {
    on(accepted(usedX, cancelV2('x')).world)
      .when(cancelV2('x'))
      .yieldsNothing()
  })

  it('refuses in its own words what is not there or too long ago', () => {
    on(usedX).when(cancelV2('nope')).rejects(INVALID)
    on(usedX).when(cancelV2('x', 'tokens')).rejects(INVALID)
    const last = accepted(usedX, advance(NOW + DAY)).world
    expect(E.isRight(attempt(last, cancelV2('x')))).toBe(true)
    on(accepted(usedX, advance(NOW + DAY + 1)).world)
      .when(cancelV2('x'))
      .rejects(INVALID)
  })

  it('requires the identifier', () =>
    on(usedX)
      .when({
        type: 'CancelMeterEventV2',
        params: { event_name: 'calls', type: 'cancel', cancel: {} },
      } as never)
      .rejects({
        code: 'parameter_missing',
        param: 'cancel[identifier]',
        message: 'Missing required param: cancel[identifier].',
      }))
})
