import { ask, createSimulator, E, eventsBetween, frozenClock, manualClock } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on } from '../support/given.js'
import { advance, clock, customer, DAYS_30, NOW, underway } from './support.js'

const world = given({ now: NOW })

describe('The root clock', () => {
  it('moves when it is told to', () => {
    world()
      .when(advance(NOW + 60))
      .yields({ type: 'RootClockAdvanced', at: NOW + 60 })
    world()
      .when(advance(NOW + 60))
      .answers({ object: 'clepsydra.root_clock', now: NOW + 60 })
    const { world: after } = accepted(world().world, advance(NOW + 60))
    expect(ask(after, { type: 'RetrieveRootClock' })).toStrictEqual(
      E.right({ object: 'clepsydra.root_clock', now: NOW + 60 }),
    )
  })

  it('changes nothing where it is told the time that it shows', () =>
    world().when(advance(NOW)).yieldsNothing())

  it('refuses to go back', () =>
    world()
      .when(advance(NOW - 1))
      .rejects({
        param: 'frozen_time',
        message: `The root clock stands at ${NOW}; it only moves forward.`,
      }))

  it('refuses a time after the year 9999', () =>
    world().when(advance(253_402_300_800)).rejects({
      code: 'parameter_invalid_integer',
      param: 'frozen_time',
      message: 'This value must be less than or equal to 253402300799.',
    }))

  it('has no limit in strict mode', () =>
    expect(
      accepted(given({ now: NOW, settings: { strict: true } })().world, advance(4_000_000_000))
        .world.now,
    ).toBe(4_000_000_000))
})

describe('A test clock whose days are over', () => {
  const aged = () => world(clock(NOW + 5_000_000), customer({ test_clock: 'clock_1' }))

  it('M-H17: is deleted with its customers 30 days after its creation, whatever its time', () => {
    expect(NOW + DAYS_30).toBe(1_769_817_600)
    aged().when(advance(1_769_817_599)).yields({ type: 'RootClockAdvanced', at: 1_769_817_599 })
    aged()
      .when(advance(1_769_817_600))
      .yields(
        { type: 'CustomerDeleted', at: NOW + 5_000_000, clock: 'clock_1', id: 'cus_1' },
        { type: 'TestClockDeleted', at: 1_769_817_600, id: 'clock_1' },
        { type: 'RootClockAdvanced', at: 1_769_817_600 },
      )
  })

  it('M-H17: is deleted at its own instant by an advance that goes further', () => {
    const { events } = accepted(aged().world, advance(NOW + 10 * DAYS_30))
    expect(events[1]).toEqual({ type: 'TestClockDeleted', at: NOW + DAYS_30, id: 'clock_1' })
  })

  it('is deleted in the order of creation where several go at one instant', () => {
    const { events } = accepted(
      world(clock(NOW, 'clock_b'), clock(NOW, 'clock_a')).world,
      advance(NOW + DAYS_30),
    )
    expect(events).toMatchObject([{ id: 'clock_b' }, { id: 'clock_a' }, {}])
  })

  it('goes after all else that is due at that instant', () => {
    const sim = createSimulator({
      now: NOW,
      settings: { meterProcessingDelaySeconds: 3_600 },
    })
    sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    const ada = sim.run({ type: 'CreateCustomer' })
    sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    sim.advanceTo(NOW + DAYS_30 - 3_600)
    sim.run({
      type: 'RecordMeterEvent',
      params: { event_name: 'calls', payload: { stripe_customer_id: ada.id, value: '1' } },
    })
    const from = sim.world.position
    sim.advanceTo(NOW + DAYS_30)
    expect(eventsBetween(sim.world, from).map(({ type, at }) => [type, at])).toEqual([
      ['MeterEventRecorded', NOW + DAYS_30],
      ['MeterWorkDone', NOW + DAYS_30],
      ['TestClockDeleted', NOW + DAYS_30],
      ['RootClockAdvanced', NOW + DAYS_30],
    ])
  })

  it('stays while it is advancing, and goes with the next move of the root clock after that', () => {
    const strict = given({ now: NOW, settings: { strict: true } })
    const advancing = strict(clock(NOW), advance(NOW + 60, 'clock_1'), advance(NOW + DAYS_30 + 10))
    expect(advancing.world.testClocks.has('clock_1')).toBe(true)
    advancing.when({ type: 'DeleteTestClock', id: 'clock_1' }).rejects(underway())
    const { world: done } = accepted(advancing.world, { type: 'FinishAdvance', id: 'clock_1' })
    on(done)
      .when(advance(NOW + DAYS_30 + 20))
      .yields(
        { type: 'TestClockDeleted', at: NOW + DAYS_30 + 10, id: 'clock_1' },
        { type: 'RootClockAdvanced', at: NOW + DAYS_30 + 20 },
      )
  })

  it('is deleted after a failure, too', () => {
    const strict = given({ now: NOW, settings: { strict: true } })
    const failed = strict(clock(NOW), advance(NOW + 60, 'clock_1'), {
      type: 'FailAdvance',
      id: 'clock_1',
    })
    expect(accepted(failed.world, advance(NOW + DAYS_30)).world.testClocks.has('clock_1')).toBe(
      false,
    )
  })
})

describe('A simulator with a Clock', () => {
  it('begins where the clock stands, unless it is told a time', () => {
    expect(createSimulator({ clock: frozenClock('2020-06-01') }).now).toBe(1_590_969_600)
    expect(createSimulator({ clock: frozenClock('2020-06-01'), now: 5 }).now).toBe(5)
  })

  it('follows the clock before each command, query and batch', () => {
    const wall = manualClock(NOW)
    const sim = createSimulator({ clock: wall })
    expect(sim.run({ type: 'CreateCustomer' }).created).toBe(NOW)
    wall.set(NOW + 10)
    expect(sim.run({ type: 'CreateCustomer' }).created).toBe(NOW + 10)
    wall.set(NOW + 20)
    expect(sim.ask({ type: 'RetrieveRootClock' }).now).toBe(NOW + 20)
    wall.set(NOW + 30)
    expect(sim.try({ type: 'CreateCustomer' })).toMatchObject(E.right({ created: NOW + 30 }))
    wall.set(NOW + 40)
    expect(sim.runAll([{ type: 'CreateCustomer' }])).toMatchObject([{ created: NOW + 40 }])
    wall.set(NOW + 50)
    sim.advanceBy(5)
    expect(sim.now).toBe(NOW + 55)
  })

  it('records the moves like any other, and none where the clock stands still', () => {
    const sim = createSimulator({ clock: frozenClock(NOW + 60), now: NOW })
    sim.run({ type: 'CreateCustomer' })
    sim.run({ type: 'CreateCustomer' })
    expect(eventsBetween(sim.world, 0).map(({ type }) => type)).toEqual([
      'RootClockAdvanced',
      'CustomerCreated',
      'CustomerCreated',
    ])
  })

  it('does not follow a clock that goes back', () => {
    const wall = manualClock(NOW)
    const sim = createSimulator({ clock: wall })
    wall.set(NOW - 100)
    expect(sim.run({ type: 'CreateCustomer' }).created).toBe(NOW)
    wall.set(NOW + 1)
    expect(sim.run({ type: 'CreateCustomer' }).created).toBe(NOW + 1)
  })

  it('keeps to the clock in a fork', () => {
    const wall = manualClock(NOW)
    const fork = createSimulator({ clock: wall }).fork()
    wall.set(NOW + 60)
    expect(fork.run({ type: 'CreateCustomer' }).created).toBe(NOW + 60)
  })

  it('lets what is due happen as the clock passes it', () => {
    const wall = manualClock(NOW)
    const sim = createSimulator({ clock: wall })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    wall.set(NOW + DAYS_30)
    expect(E.isLeft(sim.try({ type: 'AdvanceClock', id, params: { frozen_time: NOW + 1 } }))).toBe(
      true,
    )
  })
})
