import { E, eventsBetween, execute, type RecordMeterEvent, snapshot, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on } from '../support/given.js'
import { clock, customer, meter, NOW, record, report, used } from './support.js'

const { world } = given({ now: NOW })(
  meter(),
  meter({ id: 'mtr_2', event_name: 'sessions', event_time_window: 'hour' }),
  customer(),
  clock(NOW - 7_200),
  customer('cus_2', 'clock_1'),
)

const batch = (events: readonly unknown[], on_refusal?: 'stop' | 'skip') =>
  ({
    type: 'RecordMeterEvents',
    params: {
      events: events as readonly RecordMeterEvent[],
      ...(on_refusal === undefined ? {} : { on_refusal }),
    },
  }) as const

/** Plain reports, late ones, failing ones, other meters and clocks, repeated identifiers, wrong forms. */
const MIXED: readonly unknown[] = [
  report(1, { identifier: 'a' }),
  report('2.5', { identifier: 'b', timestamp: NOW - 60 }),
  report(3),
  report(9, { identifier: 'a' }),
  report('x', { identifier: 'c' }),
  report(4, { customer: 'cus_2', timestamp: NOW - 7_200 }),
  report(4, { customer: 'cus_2', timestamp: NOW }),
  report(5, { event_name: 'sessions', timestamp: NOW - 3_600 }),
  report(6, { event_name: 'sessions', timestamp: NOW - 1 }),
  report(7, { event_name: 'sessions', timestamp: NOW - 3_500 }),
  report(8, { event_name: 'none' }),
  { event_name: 'calls' },
  report('999999999999999.999999999999'),
  report(-2, { customer: 'cus_0' }),
  report(10, { timestamp: NOW - 7_200 }),
]

describe('RecordMeterEvents', () => {
  it('records each as if it had come alone', () => {
    let alone: World = world
    const refused: number[] = []
    for (const [index, params] of MIXED.entries()) {
      const done = execute(alone, {
        type: 'RecordMeterEvent',
        params: params as RecordMeterEvent,
      })
      if (E.isRight(done)) alone = done.right.world
      else refused.push(index)
    }
    const together = accepted(world, batch(MIXED, 'skip'))
    expect(refused).toEqual([3, 6, 10, 11, 13])
    expect(together.result).toMatchObject({
      accepted: MIXED.length - refused.length,
      refused: refused.map((index) => ({ index })),
    })
    expect(together.events).toStrictEqual(eventsBetween(alone, world.position))
    const slices = (of: World) => (snapshot(of) as { slices: unknown }).slices
    expect(slices(together.world)).toEqual(slices(alone))
    expect(used(together.world)).toBe(used(alone))
  })

  it('is one transaction', () => {
    const after = accepted(world, batch([report(1), report('x'), report(2)])).world
    expect(after.line.openingAt(world.position + 1)).not.toBe(0)
    for (let position = world.position + 2; position <= after.position; position += 1)
      expect(after.line.openingAt(position)).toBe(0)
  })

  it('stops at the first refused event by default, and records none', () => {
    const refusal = {
      param: 'events[1]',
      message: 'An event already exists with identifier a.',
    }
    const events = [report(1, { identifier: 'a' }), report(2, { identifier: 'a' }), report(3)]
    on(world).when(batch(events)).rejects(refusal)
    on(world).when(batch(events, 'stop')).rejects(refusal)
    on(world)
      .when(record(1, { identifier: 'a' }))
      .yields({
        type: 'MeterEventRecorded',
        at: NOW,
        meter: 'mtr_1',
        customer: 'cus_1',
        value: '1',
        timestamp: NOW,
        identifier: 'a',
      })
  })

  it.each([
    [
      'a missing parameter',
      { event_name: 'calls' },
      {
        code: 'parameter_missing',
        param: 'events[1][payload]',
        message: 'Missing required param: payload.',
      },
    ],
    [
      'a payload value that is no text',
      { event_name: 'calls', payload: { value: 1 } },
      { param: 'events[1][payload][value]', message: 'Invalid string: 1' },
    ],
    [
      'an unknown customer',
      report(1, { customer: 'cus_0' }),
      {
        code: 'resource_missing',
        param: 'events[1][payload][stripe_customer_id]',
        message: "No such customer: 'cus_0'",
      },
    ],
    [
      'a timestamp in the future',
      report(1, { timestamp: NOW + 301 }),
      { param: 'events[1][timestamp]', message: 'The event timestamp cannot be in future.' },
    ],
    [
      'something that is no event',
      'calls',
      { param: 'events[1]', message: 'Invalid object: calls' },
    ],
  ])('names the place of %s', (_, event, refusal) =>
    on(world)
      .when(batch([report(1), event]))
      .rejects(refusal),
  )

  it('an empty batch changes nothing', () => on(world).when(batch([])).yieldsNothing())

  it('a batch of refused events only changes nothing', () =>
    on(world)
      .when(batch([report(1, { event_name: 'none' })], 'skip'))
      .yieldsNothing())

  it('refuses parameters it does not know', () => {
    on(world)
      .when(batch([], 'later' as never))
      .rejects({ param: 'on_refusal', message: 'Invalid on_refusal: must be one of stop or skip' })
    on(world)
      .when({ type: 'RecordMeterEvents', params: {} } as never)
      .rejects({
        code: 'parameter_missing',
        param: 'events',
        message: 'Missing required param: events.',
      })
  })
})
