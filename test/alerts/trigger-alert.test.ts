import {
  ask,
  type Command,
  E,
  eventsBetween,
  readLog,
  replay,
  rewind,
  snapshot,
  type World,
  writeLog,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on, type Past } from '../support/given.js'
import {
  advance,
  alert,
  cancel,
  change,
  clock,
  create,
  customer,
  fired,
  meter,
  NOW,
  record,
  recordV2,
  report,
  told,
  typesSince,
} from './support.js'

const past = given({ now: NOW })
const people = [customer(), customer('cus_2')]
const here = past(meter(), ...people, alert())

const lived = (world: World, ...commands: readonly Command[]): World =>
  commands.reduce((at, command) => accepted(at, command).world, world)

const firedBy = (world: World, ...commands: readonly Command[]) => fired(lived(world, ...commands))

const batch = (events: readonly ReturnType<typeof report>[]): Command => ({
  type: 'RecordMeterEvents',
  params: { events },
})

const stream = (world: World, events: readonly ReturnType<typeof report>[]): World => {
  const opened = accepted(world, { type: 'CreateMeterEventSession' })
  const { authentication_token } = opened.result as { readonly authentication_token: string }
  return lived(opened.world, {
    type: 'StreamMeterEvents',
    params: { authentication_token, events },
  } as Command)
}

const set = (params: object): Command => ({ type: 'UpdateSettings', params }) as Command

describe('an alert', () => {
  it('fires right behind the event that takes the total to its threshold', () => {
    const { world } = accepted(here.world, record('9.5', { identifier: 'a' }))
    expect(fired(world)).toEqual([])
    on(world)
      .when(record('0.75', { identifier: 'b' }))
      .yields(
        {
          type: 'MeterEventRecorded',
          at: NOW,
          meter: 'mtr_1',
          customer: 'cus_1',
          value: '0.75',
          timestamp: NOW,
          identifier: 'b',
        },
        {
          type: 'AlertTriggered',
          at: NOW,
          alert: 'alrt_1',
          customer: 'cus_1',
          value: '10.25',
        },
      )
  })

  it('fires at the threshold itself, and not a hair below', () => {
    expect(firedBy(here.world, record('9.999999999999'))).toEqual([])
    expect(firedBy(here.world, record(10))).toEqual(['alrt_1 cus_1 10'])
  })

  it('fires once for a customer, and once for each', () =>
    expect(
      firedBy(
        here.world,
        record(11),
        record(11),
        record(-22),
        record(12),
        record(13, { customer: 'cus_2' }),
        record(1, { customer: 'cus_2' }),
      ),
    ).toEqual(['alrt_1 cus_1 11', 'alrt_1 cus_2 13']))

  it('that watches one customer fires for nobody else', () => {
    const { world } = past(meter(), ...people, alert({ customer: 'cus_2' }))
    expect(firedBy(world, record(11), record(12, { customer: 'cus_2' }))).toEqual([
      'alrt_1 cus_2 12',
    ])
  })

  it('looks at its own meter only', () => {
    const { world } = past(meter(), meter({ id: 'mtr_2', event_name: 'other' }), ...people, alert())
    expect(firedBy(world, record(11, { event_name: 'other' }))).toEqual([])
  })

  it('counts what was used before it was created, and fires at the next event', () => {
    const used = past(meter(), ...people, record(50)).world
    const watched = lived(used, create())
    expect(fired(watched)).toEqual([])
    expect(firedBy(watched, record(1))).toEqual([expect.stringMatching(/ cus_1 51$/)])
    expect(firedBy(watched, record(-1))).toEqual([expect.stringMatching(/ cus_1 49$/)])
    expect(firedBy(watched, record(-41))).toEqual([])
  })

  it('fires in the order of creation where one event sets off several', () => {
    const { world } = past(
      meter(),
      ...people,
      alert({ id: 'alrt_a', gte: 20 }),
      alert({ id: 'alrt_b', customer: 'cus_1' }),
      alert({ id: 'alrt_c', gte: 30 }),
      alert({ id: 'alrt_d' }),
    )
    expect(firedBy(world, record(25))).toEqual([
      'alrt_a cus_1 25',
      'alrt_b cus_1 25',
      'alrt_d cus_1 25',
    ])
    expect(firedBy(world, record(25), record(5))).toHaveLength(4)
  })

  it('does not fire by an event that fails, or is refused', () => {
    const { world } = here
    expect(firedBy(world, record(9), record('x'))).toEqual([])
    expect(firedBy(past(meter(), ...people, record(50), alert()).world, record('x'))).toEqual([])
  })

  describe('by the formula of its meter', () => {
    const by = (fields: object, ...commands: readonly Command[]) =>
      firedBy(
        given({ now: NOW, settings: { preview: { meterMax: true } } })(
          meter(fields),
          ...people,
          alert(),
        ).world,
        ...commands,
      )
    const formula = (name: 'sum' | 'count' | 'last' | 'max') => ({
      default_aggregation: { formula: name },
    })

    it('counts events', () =>
      expect(by(formula('count'), ...Array.from({ length: 12 }, () => record(100)))).toEqual([
        'alrt_1 cus_1 10',
      ]))

    it('takes the last value', () =>
      expect(
        by(
          formula('last'),
          record(5),
          record(20, { timestamp: NOW - 60 }),
          record(11, { timestamp: NOW + 60 }),
        ),
      ).toEqual(['alrt_1 cus_1 11']))

    it('takes the greatest', () =>
      expect(by(formula('max'), record(5), record(6), record(12), record(20))).toEqual([
        'alrt_1 cus_1 12',
      ]))

    it('sums what counts of each window', () =>
      expect(
        by(
          { event_time_window: 'hour' },
          record(8, { timestamp: NOW }),
          record(9, { timestamp: NOW + 1 }),
          record(2, { timestamp: NOW - 1 }),
        ),
      ).toEqual(['alrt_1 cus_1 11']))
  })

  it('takes late events and those ahead of now into the total', () =>
    expect(
      firedBy(
        here.world,
        record(4, { timestamp: NOW + 300 }),
        record(4),
        record(4, { timestamp: NOW - 3_024_000 }),
      ),
    ).toEqual(['alrt_1 cus_1 12']))

  it('fires at totals beyond what a number holds', () => {
    const most = '999999999999999.999999999999'
    const { world } = past(meter(), ...people, alert({ gte: 2_000_000_000_000_000 }))
    expect(firedBy(world, record(most), record(most), record(most))).toEqual([
      'alrt_1 cus_1 2999999999999999.999999999997',
    ])
  })

  describe('that is not active', () => {
    it('does not fire', () => {
      expect(firedBy(here.world, change('DeactivateAlert'), record(11))).toEqual([])
      expect(firedBy(here.world, change('ArchiveAlert'), record(11))).toEqual([])
      const { world } = past(meter(), ...people, alert(), alert({ id: 'alrt_2' }))
      expect(firedBy(world, change('DeactivateAlert'), record(11))).toEqual(['alrt_2 cus_1 11'])
    })

    it('fires at the first event after it is active again, and what came between counts', () => {
      const waiting = lived(here.world, change('DeactivateAlert'), record(8), record(8))
      const active = lived(waiting, change('ActivateAlert'))
      expect(fired(active)).toEqual([])
      expect(firedBy(active, record(1))).toEqual(['alrt_1 cus_1 17'])
    })

    it('does not fire a second time after it is active again', () =>
      expect(
        firedBy(
          here.world,
          record(11),
          change('DeactivateAlert'),
          change('ActivateAlert'),
          record(11),
        ),
      ).toEqual(['alrt_1 cus_1 11']))
  })

  describe('and cancelled usage', () => {
    it('has fired for good', () =>
      expect(firedBy(here.world, record(11, { identifier: 'a' }), cancel('a'), record(12))).toEqual(
        ['alrt_1 cus_1 11'],
      ))

    it('does not count it', () =>
      expect(
        firedBy(here.world, record(9, { identifier: 'a' }), cancel('a'), record(9), record(1)),
      ).toEqual(['alrt_1 cus_1 10']))

    it('fires at the next event where a negative one is cancelled', () => {
      const world = lived(here.world, record(-5, { identifier: 'a' }), record(12), cancel('a'))
      expect(fired(world)).toEqual([])
      expect(firedBy(world, record(0))).toEqual(['alrt_1 cus_1 12'])
    })
  })
})

describe('a batch', () => {
  const events = [
    report(4, { identifier: 'a' }),
    report(12, { customer: 'cus_2', identifier: 'b' }),
    report(5, { identifier: 'c' }),
    report(3, { identifier: 'd' }),
    report(1),
    report(3, { customer: 'cus_2' }),
  ]

  it('fires where the single events do, in one transaction', () => {
    const one = lived(here.world, batch(events))
    const single = lived(
      here.world,
      ...events.map((params): Command => ({ type: 'RecordMeterEvent', params })),
    )
    expect(typesSince(here.world, one)).toEqual([
      'MeterEventRecorded',
      'MeterEventRecorded',
      'AlertTriggered',
      'MeterEventRecorded',
      'MeterEventRecorded',
      'AlertTriggered',
      'MeterEventRecorded',
      'MeterEventRecorded',
    ])
    expect(eventsBetween(one, 0)).toStrictEqual(eventsBetween(single, 0))
    const slices = (world: World) => (snapshot(world) as { slices: unknown }).slices
    expect(slices(one)).toEqual(slices(single))
    for (let position = here.world.position + 2; position <= one.position; position += 1)
      expect(one.line.openingAt(position)).toBe(0)
  })

  it('that is refused fires nothing', () =>
    on(here.world)
      .when(batch([...events, report(1, { event_name: 'none' })]))
      .rejects({
        param: 'events[6][event_name]',
        message: 'No active meter found for event name "none".',
      }))

  it('of v2, and a stream, fire them too', () => {
    expect(firedBy(here.world, recordV2(11))).toEqual(['alrt_1 cus_1 11'])
    const world = stream(here.world, events)
    expect(fired(world)).toEqual(['alrt_1 cus_2 12', 'alrt_1 cus_1 12'])
    expect(typesSince(here.world, world).slice(1, 4)).toEqual([
      'MeterEventRecorded',
      'MeterEventRecorded',
      'AlertTriggered',
    ])
  })

  it('tells of failures behind what it fires', () =>
    expect(
      typesSince(here.world, stream(here.world, [report('x'), report(11), report(1)])).slice(1),
    ).toEqual([
      'MeterEventFailed',
      'MeterEventRecorded',
      'AlertTriggered',
      'MeterEventRecorded',
      'MeterErrorsReported',
    ]))
})

describe('a customer on a test clock', () => {
  const frozen: readonly Past[] = [
    meter(),
    clock(NOW - 7_200),
    customer('cus_1', 'clock_1'),
    customer('cus_2'),
    alert(),
  ]

  it('sets alerts off at the time of the clock', () =>
    expect(accepted(past(...frozen).world, record(11)).events.at(-1)).toStrictEqual({
      type: 'AlertTriggered',
      at: NOW - 7_200,
      clock: 'clock_1',
      alert: 'alrt_1',
      customer: 'cus_1',
      value: '11',
    }))

  it('sets none off where the settings say so, as at Stripe, until they say otherwise', () => {
    const quiet = lived(past(...frozen).world, set({ alertsOnTestClocks: false }))
    expect(firedBy(quiet, record(11), record(12, { customer: 'cus_2' }))).toEqual([
      'alrt_1 cus_2 12',
    ])
    expect(firedBy(quiet, record(11), set({ alertsOnTestClocks: true }), record(1))).toEqual([
      'alrt_1 cus_1 12',
    ])
  })

  it('sets an alert off when usage is processed, where that takes time', () => {
    const world = lived(past(...frozen).world, set({ meterProcessingDelaySeconds: 60 }), record(11))
    expect(fired(world)).toEqual([])
    expect(firedBy(world, advance(NOW - 7_200 + 59, 'clock_1'))).toEqual([])
    const done = lived(world, advance(NOW, 'clock_1'))
    expect(fired(done)).toEqual(['alrt_1 cus_1 11'])
    expect(told(done)[0]).toMatchObject({ created: NOW - 7_140, request: { id: null } })
  })

  it('sets off an alert that was created while her usage waited', () =>
    expect(
      firedBy(
        past(meter(), ...people, set({ meterProcessingDelaySeconds: 60 }), record(11)).world,
        create(),
        advance(NOW + 60),
      ),
    ).toEqual([expect.stringMatching(/ cus_1 11$/)]))

  it('has her alerts left when the clock is deleted', () => {
    const world = lived(
      past(...frozen.slice(0, 4), alert({ customer: 'cus_1' })).world,
      record(11),
      { type: 'DeleteTestClock', id: 'clock_1' },
    )
    expect(E.isRight(ask(world, { type: 'RetrieveAlert', id: 'alrt_1' }))).toBe(true)
  })
})

describe('billing.alert.triggered', () => {
  it('holds the alert, the customer and the total', () => {
    const world = lived(here.world, record('10.5'))
    expect(told(world)).toMatchObject([
      {
        type: 'billing.alert.triggered',
        created: NOW,
        data: {
          object: {
            object: 'billing.alert_triggered',
            alert: {
              id: 'alrt_1',
              object: 'billing.alert',
              alert_type: 'usage_threshold',
              livemode: false,
              status: 'active',
              title: 'ten',
              usage_threshold: {
                filters: null,
                gte: 10,
                meter: 'mtr_1',
                recurrence: 'one_time',
              },
            },
            created: NOW,
            customer: 'cus_1',
            livemode: false,
            value: 10.5,
          },
        },
        request: { id: null },
      },
    ])
  })

  it('is sent for each customer of a batch', () =>
    expect(
      told(lived(here.world, batch([report(11), report(12, { customer: 'cus_2' })]))).map(
        ({ data }) => (data.object as { customer: string; value: number }).value,
      ),
    ).toEqual([11, 12]))

  it('shows the alert as it was then', () => {
    const world = lived(here.world, record(11), change('ArchiveAlert'))
    expect(told(world)).toMatchObject([{ data: { object: { alert: { status: 'active' } } } }])
  })
})

describe('histories', () => {
  it('that part fire each by itself', () => {
    const near = lived(here.world, record(9))
    const [one, other] = [lived(near, record(1)), lived(near, record(0))]
    expect(fired(one)).toEqual(['alrt_1 cus_1 10'])
    expect(fired(other)).toEqual([])
    expect(firedBy(other, record(6))).toEqual(['alrt_1 cus_1 15'])
    expect(firedBy(one, record(6))).toEqual(['alrt_1 cus_1 10'])
    expect(firedBy(here.world, record(3), batch([report(8), report(1)]))).toEqual([
      'alrt_1 cus_1 11',
    ])
  })

  it('that are replayed, read back or rewound hold what was fired, and fire it once', () => {
    const world = lived(here.world, batch([report(9), report(1), report(2)]), record(3))
    for (const copy of [
      replay(world),
      E.getOrElseW(() => here.world)(readLog([...writeLog(world)])),
    ]) {
      expect(eventsBetween(copy, 0)).toStrictEqual(eventsBetween(world, 0))
      expect(snapshot(copy)).toEqual(snapshot(world))
      expect(firedBy(copy, record(50))).toEqual(['alrt_1 cus_1 10'])
    }
    const before = rewind(world, { position: here.world.position })
    expect(firedBy(before, record(50))).toEqual(['alrt_1 cus_1 50'])
  })

  it('put plain events into columns whether an alert waits or not', () => {
    const watched = lived(here.world, record(1), record(20), record(2))
    const packed = Array.from(watched.line.packedRun(here.world.position + 1, watched.position))
    expect(packed).toHaveLength(2)
  })
})
