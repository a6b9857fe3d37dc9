import { ask, type Command, createSimulator, E, type TestClockView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, refusal } from '../support/given.js'
import { clock, customer, DAYS_30, NOW, noClock, noInteger } from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreateTestClock', params }) as Command

describe('CreateTestClock', () => {
  it('M-H1: deletes itself 30 days after its creation', () => {
    const { result } = accepted(
      given({ now: 1_649_728_337 })().world,
      create({ frozen_time: 1_649_728_337 }),
    )
    expect(result).toMatchObject({
      created: 1_649_728_337,
      deletes_after: 1_652_320_337,
      frozen_time: 1_649_728_337,
      status: 'ready',
    })
  })

  it('M-H2: is created on the root clock, whatever time it stands at', () => {
    const { result } = accepted(
      given({ now: 1_680_112_806 })().world,
      create({ frozen_time: 1_577_836_800 }),
    )
    expect(result).toMatchObject({
      created: 1_680_112_806,
      deletes_after: 1_680_112_806 + DAYS_30,
      frozen_time: 1_577_836_800,
    })
  })

  it('answers the whole clock and records it in one fact', () => {
    const { events, result } = accepted(world().world, create({ frozen_time: NOW, name: 'a' }))
    const { id, ...rest } = result as TestClockView
    expect(id).toMatch(/^clock_[0-9A-Za-z]{24}$/)
    expect(rest).toStrictEqual({
      object: 'test_helpers.test_clock',
      created: NOW,
      deletes_after: NOW + DAYS_30,
      frozen_time: NOW,
      livemode: false,
      name: 'a',
      status: 'ready',
      status_details: {},
    })
    const { object, livemode, ...test_clock } = result as TestClockView
    expect(events).toStrictEqual([{ type: 'TestClockCreated', at: NOW, test_clock }])
  })

  it('has no name unless it is given one, and takes the strings of a form body', () =>
    expect(accepted(world().world, create({ frozen_time: String(NOW) })).result).toMatchObject({
      frozen_time: NOW,
      name: null,
    }))

  it('may stand in the future, and before 1970', () => {
    for (const frozen_time of [NOW + 1_000_000_000, -86_400])
      expect(accepted(world().world, create({ frozen_time })).result).toMatchObject({ frozen_time })
  })

  it.each([
    [
      'no frozen_time',
      {},
      {
        code: 'parameter_missing',
        param: 'frozen_time',
        message: 'Missing required param: frozen_time.',
      },
    ],
    ['a fraction of a second', { frozen_time: '1.5' }, noInteger('frozen_time', '1.5')],
    ['a date in words', { frozen_time: '2026-01-01' }, noInteger('frozen_time', '2026-01-01')],
    [
      'a time after the year 9999',
      { frozen_time: 253_402_300_800 },
      {
        code: 'parameter_invalid_integer',
        param: 'frozen_time',
        message: 'This value must be less than or equal to 253402300799.',
      },
    ],
    [
      'a name of 301 characters',
      { frozen_time: NOW, name: 'n'.repeat(301) },
      {
        code: 'parameter_invalid_string',
        param: 'name',
        message: `Invalid string: ${'n'.repeat(100)}...; must be at most 300 characters`,
      },
    ],
    [
      'an unknown parameter',
      { frozen_time: NOW, speed: 2 },
      { code: 'parameter_unknown', param: 'speed', message: 'Received unknown parameter: speed' },
    ],
  ])('refuses %s', (_, params, refused) => world().when(create(params)).rejects(refused))

  it('takes a name of 300 characters', () => {
    const name = 'n'.repeat(300)
    expect(accepted(world().world, create({ frozen_time: NOW, name })).result).toMatchObject({
      name,
    })
  })
})

describe('CreateTestClock with a customer', () => {
  const join = create({ frozen_time: NOW + 60, customer: 'cus_1' })

  it('takes the customer along, at the time of the clock', () => {
    const { events, result, world: after } = accepted(world(customer()).world, join)
    const { id } = result as TestClockView
    expect(events).toMatchObject([
      { type: 'TestClockCreated', at: NOW, test_clock: { id, frozen_time: NOW + 60 } },
      {
        type: 'CustomerJoinedTestClock',
        at: NOW + 60,
        clock: id,
        id: 'cus_1',
        test_clock: id,
      },
    ])
    expect(ask(after, { type: 'RetrieveCustomer', id: 'cus_1' })).toMatchObject(
      E.right({ test_clock: id, created: NOW }),
    )
  })

  it('may start at the very now of the root clock', () =>
    expect(
      accepted(world(customer()).world, create({ frozen_time: NOW, customer: 'cus_1' })).result,
    ).toMatchObject({ frozen_time: NOW }))

  it('refuses a customer that is unknown, or deleted', () => {
    const missing = {
      code: 'resource_missing',
      param: 'customer',
      message: "No such customer: 'cus_1'",
    }
    world().when(join).rejects(missing)
    world(customer(), { type: 'DeleteCustomer', id: 'cus_1' }).when(join).rejects(missing)
  })

  it('refuses a customer that is on a clock already', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }))
      .when(join)
      .rejects({
        param: 'customer',
        message: 'The customer cus_1 is already on the test clock clock_1.',
      }))

  it('refuses to take a customer back in time', () =>
    world(customer())
      .when(create({ frozen_time: NOW - 1, customer: 'cus_1' }))
      .rejects({
        param: 'frozen_time',
        message: `A test clock for an existing customer cannot start before now (${NOW}).`,
      }))

  it('names the customer that is on a clock before the time that lies in the past', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }))
      .when(create({ frozen_time: NOW - 1, customer: 'cus_1' }))
      .rejects({
        param: 'customer',
        message: 'The customer cus_1 is already on the test clock clock_1.',
      }))
})

describe('RetrieveTestClock and ListTestClocks', () => {
  it('answer the clock by its id', () =>
    expect(ask(world(clock(NOW + 60)).world, { type: 'RetrieveTestClock', id: 'clock_1' })).toEqual(
      E.right({
        id: 'clock_1',
        object: 'test_helpers.test_clock',
        created: NOW,
        deletes_after: NOW + DAYS_30,
        frozen_time: NOW + 60,
        livemode: false,
        name: null,
        status: 'ready',
        status_details: {},
      }),
    ))

  it('answer 404 for a clock that is unknown, or deleted', () => {
    const missing = E.left(refusal(noClock()))
    const retrieve = { type: 'RetrieveTestClock', id: 'clock_1' } as const
    expect(ask(world().world, retrieve)).toStrictEqual(missing)
    const gone = world(clock(NOW), { type: 'DeleteTestClock', id: 'clock_1' })
    expect(ask(gone.world, retrieve)).toStrictEqual(missing)
  })

  it('list clocks, the newest first, with cursors both ways', () => {
    const sim = createSimulator({ now: NOW })
    const ids = [1, 2, 3, 4].map(
      (n) => sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW - n } }).id,
    )
    const [first, second, third, fourth] = ids as [string, string, string, string]
    const page = (params: object) => {
      const { data, has_more, url } = sim.ask({ type: 'ListTestClocks', params })
      expect(url).toBe('/v1/test_helpers/test_clocks')
      return [...data.map(({ id }) => id), has_more]
    }
    expect(page({})).toEqual([fourth, third, second, first, false])
    expect(page({ limit: 2 })).toEqual([fourth, third, true])
    expect(page({ limit: 2, starting_after: third })).toEqual([second, first, false])
    expect(page({ limit: 1, ending_before: second })).toEqual([third, true])
    sim.run({ type: 'DeleteTestClock', id: third })
    expect(page({ starting_after: third })).toEqual([second, first, false])
    expect(page({ ending_before: third })).toEqual([fourth, false])
    expect(
      E.isLeft(ask(sim.world, { type: 'ListTestClocks', params: { starting_after: 'clock_x' } })),
    ).toBe(true)
  })
})

describe('DeleteTestClock', () => {
  const remove = { type: 'DeleteTestClock', id: 'clock_1' } as const

  it('answers the tombstone', () =>
    world(clock(NOW))
      .when(remove)
      .answers({ id: 'clock_1', object: 'test_helpers.test_clock', deleted: true }))

  it('deletes its customers in the order of their creation, at its time, and then itself', () =>
    world(
      clock(NOW + 60),
      customer({ id: 'cus_z', invoice_prefix: 'Z', test_clock: 'clock_1' }),
      customer({ id: 'cus_a', invoice_prefix: 'A', test_clock: 'clock_1' }),
      customer({ id: 'cus_root', invoice_prefix: 'R' }),
      customer({ id: 'cus_m', invoice_prefix: 'M', test_clock: 'clock_1' }),
    )
      .when(remove)
      .yields(
        { type: 'CustomerDeleted', at: NOW + 60, clock: 'clock_1', id: 'cus_z' },
        { type: 'CustomerDeleted', at: NOW + 60, clock: 'clock_1', id: 'cus_a' },
        { type: 'CustomerDeleted', at: NOW + 60, clock: 'clock_1', id: 'cus_m' },
        { type: 'TestClockDeleted', at: NOW, id: 'clock_1' },
      ))

  it('passes over a customer that was deleted before', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }), { type: 'DeleteCustomer', id: 'cus_1' })
      .when(remove)
      .yields({ type: 'TestClockDeleted', at: NOW, id: 'clock_1' }))

  it('takes along what waits on the clock', () => {
    const sim = createSimulator({ now: NOW, settings: { meterProcessingDelaySeconds: 60 } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    const ada = sim.run({ type: 'CreateCustomer', params: { test_clock: id } })
    sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    sim.run({
      type: 'RecordMeterEvent',
      params: { event_name: 'calls', payload: { stripe_customer_id: ada.id, value: '1' } },
    })
    expect(sim.world.nextDeadline(id)?.due).toBe(NOW + 60)
    sim.run({ type: 'DeleteTestClock', id })
    expect(sim.world.nextDeadline(id)).toBeUndefined()
    expect([...sim.world.meterQueue]).toEqual([])
  })

  it('refuses a clock that is unknown, or deleted', () => {
    world().when(remove).rejects(noClock())
    world(clock(NOW), remove).when(remove).rejects(noClock())
  })
})
