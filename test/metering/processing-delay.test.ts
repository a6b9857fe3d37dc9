import { type Command, entries, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on } from '../support/given.js'
import {
  advance,
  cancel,
  clock,
  customer,
  errorReports,
  meter,
  NOW,
  record,
  recordV2,
  report,
  used,
} from './support.js'

const HOUR = 3_600
const DAY = 86_400

const world = given({ now: NOW, settings: { meterProcessingDelaySeconds: HOUR } })
const known = [meter(), customer()]

const then = (start: World, ...commands: readonly Command[]): World =>
  commands.reduce((at, command) => accepted(at, command).world, start)

/** The facts of a stretch of the log, by type and identifier. */
const told = (from: World, to: World): readonly (string | readonly string[])[] =>
  Array.from(entries(to, from.position), ({ event }) => {
    const { identifier } = event as { readonly identifier?: string }
    return identifier === undefined ? event.type : [event.type, identifier]
  })

describe('meterProcessingDelaySeconds', () => {
  it('queues an event at its receipt and processes it so many seconds later', () => {
    const { world: start } = world(...known)
    const queued = accepted(start, record(5, { identifier: 'a' }))
    const { work } = queued.events[0] as unknown as { readonly work: { readonly id: string } }
    expect(queued.events).toStrictEqual([
      {
        type: 'MeterWorkQueued',
        at: NOW,
        work: {
          id: expect.stringMatching(/^mtrq_/),
          clock: null,
          received_at: NOW,
          due: NOW + HOUR,
          events: [
            {
              event_name: 'calls',
              payload: { stripe_customer_id: 'cus_1', value: '5' },
              identifier: 'a',
              timestamp: NOW,
            },
          ],
          cancel: null,
        },
      },
    ])
    expect(used(then(queued.world, advance(NOW + HOUR - 1)))).toBe('0')
    const done = accepted(queued.world, advance(NOW + HOUR))
    expect(done.events).toStrictEqual([
      {
        type: 'MeterEventRecorded',
        at: NOW + HOUR,
        meter: 'mtr_1',
        customer: 'cus_1',
        value: '5',
        timestamp: NOW,
        identifier: 'a',
        received_at: NOW,
      },
      { type: 'MeterWorkDone', at: NOW + HOUR, id: work.id },
      { type: 'RootClockAdvanced', at: NOW + HOUR },
    ])
    expect(used(done.world)).toBe('5')
  })

  it('answers as if nothing waited', () =>
    world(...known)
      .when(record(5, { identifier: 'a' }))
      .answers({
        object: 'billing.meter_event',
        created: NOW,
        event_name: 'calls',
        identifier: 'a',
        livemode: false,
        payload: { stripe_customer_id: 'cus_1', value: '5' },
        timestamp: NOW,
      }))

  it('refuses at receipt what is refused at once', () => {
    const start = world(...known)
    start.when(record(1, { timestamp: NOW + 301 })).rejects({
      param: 'timestamp',
      message: 'The event timestamp cannot be in future.',
    })
    start.when(recordV2('x')).rejects({
      code: 'payload_invalid_value',
      message: 'The value in the payload must be a number.',
      api: 'v2',
    })
  })

  it('processes in the order of receipt, events of one instant too, and last received overwrites', () => {
    const { world: start } = world(meter({ event_time_window: 'hour' }), customer())
    const queued = then(
      start,
      record(5, { identifier: 'a' }),
      record(3, { identifier: 'b', timestamp: NOW - 1 }),
      record(4, { identifier: 'c', timestamp: NOW - 2 }),
      advance(NOW + 10),
      record(9, { identifier: 'd', timestamp: NOW + 5 }),
    )
    const done = then(queued, advance(NOW + HOUR + 10))
    expect(told(queued, done)).toEqual([
      ['MeterEventRecorded', 'a'],
      'MeterWorkDone',
      ['MeterEventRecorded', 'b'],
      'MeterWorkDone',
      ['MeterEventRecorded', 'c'],
      'MeterWorkDone',
      ['MeterEventRecorded', 'd'],
      'MeterWorkDone',
      'RootClockAdvanced',
    ])
    expect(used(done)).toBe('13')
  })

  it('takes identifiers at receipt', () => {
    const { world: start } = world(...known)
    const queued = then(start, record(5, { identifier: 'a' }))
    const duplicate = { message: 'An event already exists with identifier a.' }
    on(queued)
      .when(record(1, { identifier: 'a' }))
      .rejects(duplicate)
    const processed = then(queued, advance(NOW + DAY - 1))
    on(processed)
      .when(record(1, { identifier: 'a' }))
      .rejects(duplicate)
    const free = then(processed, advance(NOW + DAY), record(1, { identifier: 'a' }))
    expect(used(then(free, advance(NOW + DAY + HOUR)))).toBe('6')
  })

  it('measures the window of timestamps at receipt', () => {
    const { world: start } = world(...known)
    const oldest = NOW - 35 * DAY
    const done = then(start, record(5, { timestamp: oldest }), advance(NOW + HOUR))
    expect(used(done, { start: oldest })).toBe('5')
    expect(errorReports(done)).toEqual([])
  })

  it('looks for meter, customer and value when it processes', () => {
    const { world: start } = world(...known, meter({ id: 'mtr_2', event_name: 'tokens' }))
    const done = then(
      start,
      record(5, { identifier: 'a' }),
      record(6, { identifier: 'b', event_name: 'tokens' }),
      record('x', { identifier: 'c' }),
      { type: 'DeactivateMeter', id: 'mtr_2' },
      advance(NOW + HOUR),
    )
    expect(used(done)).toBe('5')
    expect(errorReports(done)).toMatchObject([
      {
        created: '2026-01-15T01:00:00.000Z',
        related_object: { id: 'mtr_2' },
        data: {
          validation_start: '2026-01-15T01:00:00.000Z',
          reason: { error_types: [{ code: 'archived_meter' }] },
        },
      },
      {
        related_object: { id: 'mtr_1' },
        data: { reason: { error_types: [{ code: 'meter_event_invalid_value' }] } },
      },
    ])
    const deleted = then(
      start,
      record(5, { identifier: 'a' }),
      { type: 'DeleteCustomer', id: 'cus_1' },
      advance(NOW + HOUR),
    )
    expect(errorReports(deleted)).toMatchObject([
      { data: { reason: { error_types: [{ code: 'meter_event_customer_not_found' }] } } },
    ])
  })

  it('runs on the clock of the customer, at the instant it is due', () => {
    const frozen = NOW + 10 * DAY
    const { world: start } = world(meter(), clock(frozen), customer('cus_1', 'clock_1'))
    const queued = then(start, record(5, { identifier: 'a' }))
    const rootOn = then(queued, advance(NOW + 2 * DAY))
    expect(used(rootOn)).toBe('0')
    expect(used(then(rootOn, advance(frozen + HOUR - 1, 'clock_1')))).toBe('0')
    const { events, world: done } = accepted(rootOn, advance(frozen + DAY, 'clock_1'))
    expect(events.slice(1, 3)).toStrictEqual([
      {
        type: 'MeterEventRecorded',
        at: frozen + HOUR,
        clock: 'clock_1',
        meter: 'mtr_1',
        customer: 'cus_1',
        value: '5',
        timestamp: frozen,
        identifier: 'a',
        received_at: frozen,
      },
      { type: 'MeterWorkDone', at: frozen + HOUR, clock: 'clock_1', id: expect.any(String) },
    ])
    expect(used(done)).toBe('5')
  })

  it('a stream waits as one batch for each clock', () => {
    const { world: start } = world(...known, clock(NOW + DAY), customer('cus_2', 'clock_1'))
    const { world: open, result } = accepted(start, { type: 'CreateMeterEventSession' })
    const queued = accepted(open, {
      type: 'StreamMeterEvents',
      params: {
        authentication_token: (result as { authentication_token: string }).authentication_token,
        events: [
          report(1, { identifier: 'a' }),
          report(2, { identifier: 'b', customer: 'cus_2' }),
          report(4, { identifier: 'c' }),
          report('x', { identifier: 'd' }),
          report('y', { identifier: 'e' }),
        ],
      },
    })
    const waiting = queued.events.map(
      (event) =>
        (event as unknown as { work: { clock: string; events: { identifier: string }[] } }).work,
    )
    expect(
      waiting.map((work) => [work.clock, work.events.map(({ identifier }) => identifier)]),
    ).toEqual([
      [null, ['a', 'c', 'd', 'e']],
      ['clock_1', ['b']],
    ])
    const root = then(queued.world, advance(NOW + HOUR))
    expect([used(root), used(root, { customer: 'cus_2' })]).toEqual(['5', '0'])
    expect(errorReports(root)).toMatchObject([{ data: { reason: { error_count: 2 } } }])
    const both = then(root, advance(NOW + DAY + HOUR, 'clock_1'))
    expect([used(both), used(both, { customer: 'cus_2' })]).toEqual(['5', '2'])
  })

  it('one jump and many steps give the same usage and the same facts', () => {
    const { world: start } = world(meter({ event_time_window: 'hour' }), customer())
    const queued = then(
      start,
      record(5, { identifier: 'a' }),
      record(7, { identifier: 'b', timestamp: NOW - HOUR }),
      cancel('a'),
      advance(NOW + 60),
      record(2, { identifier: 'c' }),
    )
    const jump = then(queued, advance(NOW + 2 * HOUR))
    const steps = then(
      queued,
      ...[600, 3_599, 3_600, 3_659, 3_660, 7_200].map((length) => advance(NOW + length)),
    )
    const facts = (to: World) => told(queued, to).filter((type) => type !== 'RootClockAdvanced')
    expect(facts(steps)).toEqual(facts(jump))
    expect(used(steps)).toBe('9')
    expect(used(jump)).toBe('9')
  })

  describe('a cancellation', () => {
    const { world: start } = world(...known)

    it('waits behind the event that it cancels', () => {
      const queued = then(start, record(40), record(2, { identifier: 'x' }))
      const cancelled = accepted(queued, cancel('x'))
      expect(cancelled.events).toMatchObject([
        {
          type: 'MeterWorkQueued',
          at: NOW,
          work: { received_at: NOW, due: NOW + HOUR, events: [] },
        },
      ])
      const done = then(cancelled.world, advance(NOW + HOUR))
      expect(told(cancelled.world, done).slice(2)).toEqual([
        ['MeterEventRecorded', 'x'],
        'MeterWorkDone',
        ['MeterEventCancelled', 'x'],
        'MeterWorkDone',
        'RootClockAdvanced',
      ])
      expect(used(done)).toBe('40')
    })

    it('of a processed event takes effect after the delay', () => {
      const counted = then(start, record(2, { identifier: 'x' }), advance(NOW + 2 * HOUR))
      const cancelled = then(counted, cancel('x'))
      expect(used(then(cancelled, advance(NOW + 3 * HOUR - 1)))).toBe('2')
      expect(used(then(cancelled, advance(NOW + 3 * HOUR)))).toBe('0')
    })

    it('reaches back a day from the receipt, not from the processing', () => {
      const counted = then(start, record(2, { identifier: 'x' }), advance(NOW + DAY))
      const last = then(counted, cancel('x'), advance(NOW + DAY + HOUR))
      expect(used(last)).toBe('0')
      on(then(counted, advance(NOW + DAY + 1)))
        .when(cancel('x'))
        .rejects({
          code: 'resource_missing',
          param: 'cancel[identifier]',
          message:
            'No meter event found with identifier x for event name calls within the last 24 hours.',
        })
    })

    it('twice cancels once', () => {
      const queued = then(start, record(2, { identifier: 'x' }), cancel('x'), cancel('x'))
      const done = then(queued, advance(NOW + HOUR))
      expect(told(queued, done).filter((fact) => fact[0] === 'MeterEventCancelled')).toHaveLength(1)
      expect(used(done)).toBe('0')
    })

    it('of an event that fails in processing changes nothing', () => {
      const queued = then(start, record('bad', { identifier: 'x' }), cancel('x'))
      const done = then(queued, advance(NOW + HOUR))
      expect(told(queued, done)).toEqual([
        ['MeterEventFailed', 'x'],
        'MeterErrorsReported',
        'MeterWorkDone',
        'MeterWorkDone',
        'RootClockAdvanced',
      ])
    })

    it('cancels the event that it was accepted for, though the identifier was used again since', () => {
      const counted = then(start, record(2, { identifier: 'x' }), advance(NOW + DAY - 60))
      const done = then(
        counted,
        cancel('x'),
        advance(NOW + DAY),
        record(7, { identifier: 'x' }),
        advance(NOW + DAY + 2 * HOUR),
      )
      expect(used(done)).toBe('7')
    })

    it('cancels that event though the new one is counted already', () => {
      const counted = then(start, record(2, { identifier: 'x' }), advance(NOW + DAY - 60))
      const done = then(
        counted,
        cancel('x'),
        advance(NOW + DAY),
        { type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 0 } },
        record(7, { identifier: 'x' }),
        advance(NOW + DAY + 2 * HOUR),
      )
      expect(used(done)).toBe('7')
    })

    it.each([
      ['shorter', 60],
      ['none', 0],
    ])('still waits behind its event where the delay has become %s', (_, delay) => {
      const queued = then(
        start,
        record(2, { identifier: 'x' }),
        { type: 'UpdateSettings', params: { meterProcessingDelaySeconds: delay } },
        cancel('x'),
      )
      expect(used(then(queued, advance(NOW + HOUR)))).toBe('0')
    })

    it('waits on the clock of the event', () => {
      const frozen = NOW + 10 * DAY
      const onClock = world(meter(), clock(frozen), customer('cus_1', 'clock_1')).world
      const cancelled = then(onClock, record(5, { identifier: 'x' }), cancel('x'))
      expect(used(then(cancelled, advance(frozen + HOUR, 'clock_1')))).toBe('0')
      expect(told(cancelled, then(cancelled, advance(frozen + HOUR, 'clock_1')))).toContainEqual([
        'MeterEventCancelled',
        'x',
      ])
    })
  })

  it('an identifier of a clock far ahead stays taken when an older event of it is processed later', () => {
    const { world: start } = world(...known, clock(NOW + 10 * DAY), customer('cus_2', 'clock_1'))
    const both = then(
      start,
      record(1, { identifier: 'x' }),
      record(2, { identifier: 'x', customer: 'cus_2' }),
      advance(NOW + HOUR),
    )
    on(both)
      .when(record(4, { identifier: 'x', customer: 'cus_2' }))
      .rejects({ message: 'An event already exists with identifier x.' })
  })

  it('in strict mode the work is done when the advance is finished', () => {
    const strict = given({
      now: NOW,
      settings: { meterProcessingDelaySeconds: HOUR, strict: true },
    })(meter(), clock(NOW), customer('cus_1', 'clock_1')).world
    const started = then(strict, record(5), advance(NOW + DAY, 'clock_1'))
    expect(used(started)).toBe('0')
    expect(used(then(started, { type: 'FinishAdvance', id: 'clock_1' }))).toBe('5')
  })

  it('work of a deleted clock is never done', () => {
    const { world: start } = world(meter(), clock(NOW), customer('cus_1', 'clock_1'))
    const deleted = then(start, record(5, { identifier: 'x' }), {
      type: 'DeleteTestClock',
      id: 'clock_1',
    })
    expect(told(deleted, then(deleted, advance(NOW + DAY)))).toEqual(['RootClockAdvanced'])
  })

  it('queued work cannot be done twice', () => {
    const { world: start } = world(...known)
    const queued = accepted(start, record(5))
    const { id } = (queued.events[0] as unknown as { work: { id: string } }).work
    on(then(queued.world, advance(NOW + HOUR)))
      .when({ type: 'ProcessMeterWork', id })
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: `No such queued meter work: '${id}'`,
      })
  })

  it('queued work cannot be done early', () => {
    const { world: start } = world(...known)
    const queued = accepted(start, record(5))
    const { id } = (queued.events[0] as unknown as { work: { id: string } }).work
    on(queued.world)
      .when({ type: 'ProcessMeterWork', id })
      .rejects({
        param: 'id',
        message: `The queued meter work ${id} is due at ${NOW + HOUR}, not before.`,
      })
  })
})
