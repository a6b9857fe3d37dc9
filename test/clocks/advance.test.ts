import { advanceLimit, ask, type Command, createSimulator, E, toInstant } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { advance, advanced, clock, customer, NOW, noClock, noInteger, underway } from './support.js'

const world = given({ now: NOW })
const strict = given({ now: NOW, settings: { strict: true } })

const notLater = {
  param: 'frozen_time',
  message: "The frozen_time must be after the test clock's current frozen time.",
}

describe('AdvanceClock', () => {
  it('moves the clock to the target and answers ready', () => {
    const when = world(clock(NOW)).when(advance(NOW + 60, 'clock_1'))
    when.yields(...advanced(NOW, NOW + 60))
    when.answers({
      id: 'clock_1',
      object: 'test_helpers.test_clock',
      created: NOW,
      deletes_after: NOW + 2_592_000,
      frozen_time: NOW + 60,
      livemode: false,
      name: null,
      status: 'ready',
      status_details: {},
    })
  })

  it('moves neither the root clock nor any other clock', () => {
    const { world: after } = accepted(
      world(clock(NOW), clock(NOW, 'clock_2')).world,
      advance(NOW + 60, 'clock_1'),
    )
    expect(after.now).toBe(NOW)
    expect(after.testClocks.get('clock_2')?.frozen_time).toBe(NOW)
  })

  it('goes any distance where the world is not strict', () =>
    expect(
      accepted(world(clock(0)).world, advance(253_402_300_799, 'clock_1')).result,
    ).toMatchObject({ frozen_time: 253_402_300_799 }))

  it('M-H7: refuses the time that it stands at, and earlier ones', () => {
    for (const target of [NOW, NOW - 1])
      for (const begin of [world, strict])
        begin(clock(NOW)).when(advance(target, 'clock_1')).rejects(notLater)
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
    ['a fraction', { frozen_time: 1.5 }, noInteger('frozen_time', '1.5')],
    [
      'an unknown parameter',
      { frozen_time: NOW, by: 1 },
      { code: 'parameter_unknown', param: 'by', message: 'Received unknown parameter: by' },
    ],
  ])('refuses %s', (_, params, refused) =>
    world(clock(NOW))
      .when({ type: 'AdvanceClock', id: 'clock_1', params } as Command)
      .rejects(refused),
  )

  it('refuses a clock that is unknown, or deleted', () => {
    world()
      .when(advance(NOW + 60, 'clock_1'))
      .rejects(noClock())
    world(clock(NOW), { type: 'DeleteTestClock', id: 'clock_1' })
      .when(advance(NOW + 60, 'clock_1'))
      .rejects(noClock())
  })

  it('names an unknown parameter before an unknown clock', () =>
    world()
      .when({ type: 'AdvanceClock', id: 'clock_1', params: { frozen_time: NOW, by: 1 } } as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'by',
        message: 'Received unknown parameter: by',
      }))
})

describe('What falls due in an advance', () => {
  /** A clock with two customers whose usage is processed an hour after receipt. */
  const usage = () => {
    const sim = createSimulator({ now: NOW, settings: { meterProcessingDelaySeconds: 3_600 } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    const ada = sim.run({ type: 'CreateCustomer', params: { test_clock: id } })
    const bob = sim.run({ type: 'CreateCustomer', params: { test_clock: id } })
    sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    const record = (customer: { id: string }, identifier: string) =>
      sim.run({
        type: 'RecordMeterEvent',
        params: {
          event_name: 'calls',
          identifier,
          payload: { stripe_customer_id: customer.id, value: '1' },
        },
      })
    return { sim, id, ada, bob, record }
  }

  it('is done at its own instant, the last second of the advance included', () => {
    const { sim, id, ada, record } = usage()
    record(ada, 'a')
    sim.advanceTo(NOW + 3_599, id)
    expect([...sim.world.meterQueue]).toHaveLength(1)
    const before = sim.world.position
    sim.advanceTo(NOW + 3_600, id)
    expect([...sim.world.meterQueue]).toEqual([])
    expect(sim.world.line.at(before + 2)).toMatchObject({
      type: 'MeterEventRecorded',
      at: NOW + 3_600,
      clock: id,
      identifier: 'a',
    })
  })

  it('is done in the order of its instants, however it was asked for', () => {
    const { sim, id, ada, bob, record } = usage()
    sim.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 7_200 } })
    record(ada, 'later')
    sim.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 60 } })
    record(bob, 'sooner')
    expect(order(sim, id, NOW + 7_200)).toEqual([
      [NOW + 60, 'sooner'],
      [NOW + 7_200, 'later'],
    ])
  })

  it('is done in the order of creation where it is due at one instant', () => {
    const { sim, id, ada, bob, record } = usage()
    for (const [who, identifier] of [
      [bob, 'first'],
      [ada, 'second'],
      [bob, 'third'],
    ] as const)
      record(who, identifier)
    expect(order(sim, id, NOW + 86_400).map(([, identifier]) => identifier)).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  it('is not done by the advance of another clock', () => {
    const { sim, ada, record } = usage()
    record(ada, 'a')
    const other = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    sim.advanceBy(86_400, other.id)
    sim.advanceBy(86_400)
    expect([...sim.world.meterQueue]).toHaveLength(1)
  })

  const order = (sim: ReturnType<typeof createSimulator>, id: string, to: number) => {
    const from = sim.world.position
    sim.advanceTo(to, id)
    const done: [number, unknown][] = []
    for (let at = from + 1; at <= sim.world.position; at += 1) {
      const event = sim.world.line.at(at) as unknown as {
        type: string
        at: number
        identifier: string
      }
      if (event.type === 'MeterEventRecorded') done.push([event.at, event.identifier])
    }
    return done
  }
})

describe('M-H18: the identifier window on a test clock', () => {
  it('takes an identifier again once the clock is a day on; the old event is beyond cancelling', () => {
    const sim = createSimulator({ now: NOW })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: 1_768_435_200 } })
    const ada = sim.run({ type: 'CreateCustomer', params: { test_clock: id } })
    const meter = sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    const record = (value: string) =>
      sim.try({
        type: 'RecordMeterEvent',
        params: {
          event_name: 'calls',
          identifier: 'd1',
          payload: { stripe_customer_id: ada.id, value },
        },
      })
    const cancel = () =>
      sim.try({
        type: 'CancelMeterEvent',
        params: { event_name: 'calls', type: 'cancel', cancel: { identifier: 'd1' } },
      })
    const used = () =>
      sim.ask({
        type: 'ListMeterEventSummaries',
        id: meter.id,
        params: { customer: ada.id, start_time: 1_767_225_600, end_time: 1_769_904_000 },
      }).data[0]?.aggregated_value
    expect(E.isRight(record('2'))).toBe(true)
    expect(record('3')).toMatchObject(
      E.left({ message: 'An event already exists with identifier d1.' }),
    )
    sim.advanceTo(1_768_867_200, id)
    expect(cancel()).toMatchObject(
      E.left({ code: 'resource_missing', param: 'cancel[identifier]' }),
    )
    expect(E.isRight(record('5'))).toBe(true)
    expect(used()).toBe(7)
    expect(E.isRight(cancel())).toBe(true)
    expect(used()).toBe(2)
  })
})

describe('advanceLimit', () => {
  const month = { interval: 'month', interval_count: 1 } as const
  const year = { interval: 'year', interval_count: 1 } as const

  it('M-H3: is two calendar months from the frozen time where a month recurs', () =>
    expect(advanceLimit(1_762_590_427, [month])).toBe(1_767_860_827))

  it('M-H4: is two months where a month and a year recur, in either order', () => {
    expect(advanceLimit(1_732_320_000, [month])).toBe(1_737_590_400)
    expect(advanceLimit(1_732_320_000, [month, year])).toBe(1_737_590_400)
    expect(advanceLimit(1_732_320_000, [year, month])).toBe(1_737_590_400)
  })

  it.each([
    ['2024-11-23', [], '2026-11-23'],
    ['2024-02-29T12:00:00Z', [], '2026-02-28T12:00:00Z'],
    ['2026-01-01', [{ interval: 'day', interval_count: 3 }], '2026-01-07'],
    ['2026-01-01', [{ interval: 'week', interval_count: 2 }], '2026-01-29'],
    ['2025-12-31', [month], '2026-02-28'],
    ['2023-12-31', [month], '2024-02-29'],
    ['2026-08-31', [{ interval: 'month', interval_count: 3 }], '2027-02-28'],
    ['2024-02-29', [year], '2026-02-28'],
    ['2026-01-01', [month, { interval: 'day', interval_count: 30 }], '2026-03-02'],
    ['2026-01-01', [month, { interval: 'day', interval_count: 31 }], '2026-03-01'],
    ['2026-01-01', [{ interval: 'week', interval_count: 5 }, month], '2026-03-01'],
    ['2026-01-01', [year, { interval: 'week', interval_count: 52 }], '2027-12-30'],
    ['2026-01-01', [year, { interval: 'month', interval_count: 6 }], '2027-01-01'],
  ] as const)('from %s with %j it is %s', (from, recurring, limit) =>
    expect(advanceLimit(toInstant(from), recurring)).toBe(toInstant(limit)),
  )
})

describe('A strict clock', () => {
  const LIMIT = 1_795_392_000 // 2026-11-23, two years on.
  const begun = () => strict(clock(1_732_320_000))

  it('M-H4: refuses to go further than its limit, in the words of the live API', () =>
    begun()
      .when(advance(LIMIT + 1, 'clock_1'))
      .rejects({
        param: 'frozen_time',
        message:
          'The frozen time of this clock is 1732320000 (2024-11-23 00:00:00 UTC). You can only advance it up to 1795392000 (2026-11-23 00:00:00 UTC). You can only advance a test clock up to two intervals from the current frozen time at a time, based on the shortest subscription interval in the test clock. For example, if a test clock has a monthly and yearly subscription, you may only advance up to two months at a time. If the test clock has no subscriptions or subscription schedules, you can advance up to 2 years from the current frozen time.',
      }))

  it('goes to its very limit, counted from where it stands now', () => {
    const { world: first } = strict(
      clock(1_732_320_000),
      advance(LIMIT, 'clock_1'),
      { type: 'FinishAdvance', id: 'clock_1' },
      advance(LIMIT + 63_072_000, 'clock_1'),
      { type: 'FinishAdvance', id: 'clock_1' },
    )
    expect(first.testClocks.get('clock_1')?.frozen_time).toBe(LIMIT + 63_072_000)
  })

  it('M-H7: answers advancing, and reads show the old time and the target until it is done', () => {
    const asked = strict(clock(NOW)).when(advance(NOW + 60, 'clock_1'))
    const advancing = {
      id: 'clock_1',
      object: 'test_helpers.test_clock',
      created: NOW,
      deletes_after: NOW + 2_592_000,
      frozen_time: NOW,
      livemode: false,
      name: null,
      status: 'advancing',
      status_details: { advancing: { target_frozen_time: NOW + 60 } },
    }
    asked.yields({
      type: 'TestClockAdvanceStarted',
      at: NOW,
      clock: 'clock_1',
      frozen_time: NOW + 60,
    })
    asked.answers(advancing)
    const during = strict(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      advance(NOW + 60, 'clock_1'),
    )
    expect(ask(during.world, { type: 'RetrieveTestClock', id: 'clock_1' })).toEqual(
      E.right(advancing),
    )
    expect(ask(during.world, { type: 'ListTestClocks' })).toMatchObject(
      E.right({ data: [advancing] }),
    )
    expect(
      ask(during.world, { type: 'ListCustomers', params: { test_clock: 'clock_1' } }),
    ).toMatchObject(E.right({ data: [{ id: 'cus_1' }] }))
  })

  it('does the work when it is told to finish, and answers ready', () => {
    const finish = strict(clock(NOW), advance(NOW + 60, 'clock_1')).when({
      type: 'FinishAdvance',
      id: 'clock_1',
    })
    finish.yields({ type: 'TestClockAdvanced', at: NOW + 60, clock: 'clock_1' })
    finish.answers({
      id: 'clock_1',
      object: 'test_helpers.test_clock',
      created: NOW,
      deletes_after: NOW + 2_592_000,
      frozen_time: NOW + 60,
      livemode: false,
      name: null,
      status: 'ready',
      status_details: {},
    })
  })

  it('brings about the same facts as a clock that is not strict', () => {
    const facts = (isStrict: boolean) => {
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
      sim.run({
        type: 'UpdateSettings',
        params: { strict: isStrict, allowWritesWhileAdvancing: true },
      })
      const from = sim.world.position
      sim.advanceBy(120, id)
      return Array.from({ length: sim.world.position - from }, (_, at) =>
        sim.world.line.at(from + at + 1),
      )
    }
    expect(facts(true)).toEqual(facts(false))
    expect(facts(true)).toHaveLength(4)
  })

  const writes: readonly (readonly [string, Command])[] = [
    ['another advance', advance(NOW + 120, 'clock_1')],
    ['an advance to the past', advance(NOW - 1, 'clock_1')],
    ['its deletion', { type: 'DeleteTestClock', id: 'clock_1' }],
    ['a new customer', { type: 'CreateCustomer', params: { test_clock: 'clock_1' } }],
    ['a change to its customer', { type: 'UpdateCustomer', id: 'cus_1', params: { name: 'Ada' } }],
    ['a change that changes nothing', { type: 'UpdateCustomer', id: 'cus_1', params: {} }],
    ['the deletion of its customer', { type: 'DeleteCustomer', id: 'cus_1' }],
    [
      'usage of its customer',
      {
        type: 'RecordMeterEvent',
        params: { event_name: 'calls', payload: { stripe_customer_id: 'cus_1', value: '1' } },
      },
    ],
  ]

  it.each(writes)('M-H7: refuses %s with 429 while it is advancing', (_, command) =>
    strict(clock(NOW), customer({ test_clock: 'clock_1' }), advance(NOW + 60, 'clock_1'))
      .when(command)
      .rejects(underway()),
  )

  it('says what is unknown before it says that it is advancing', () =>
    strict(clock(NOW), customer({ test_clock: 'clock_1' }), advance(NOW + 60, 'clock_1'))
      .when({ type: 'UpdateCustomer', id: 'cus_1', params: { test_clock: 'clock_1' } } as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'test_clock',
        message: 'Received unknown parameter: test_clock',
      }))

  it('locks no other clock and no customer of the root clock', () => {
    const { world: during } = strict(
      clock(NOW),
      clock(NOW, 'clock_2'),
      customer(),
      advance(NOW + 60, 'clock_1'),
    )
    for (const command of [
      advance(NOW + 60, 'clock_2'),
      advance(NOW + 60),
      { type: 'UpdateCustomer', id: 'cus_1', params: { name: 'Ada' } },
      { type: 'CreateCustomer', params: { test_clock: 'clock_2' } },
      { type: 'CreateTestClock', params: { frozen_time: NOW } },
    ] as Command[])
      expect(accepted(during, command).events).not.toEqual([])
  })

  it('is unlocked when it is done', () => {
    const after = strict(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      advance(NOW + 60, 'clock_1'),
      { type: 'FinishAdvance', id: 'clock_1' },
    )
    after.when({ type: 'UpdateCustomer', id: 'cus_1', params: { name: 'Ada' } }).yields({
      type: 'CustomerUpdated',
      at: NOW + 60,
      clock: 'clock_1',
      id: 'cus_1',
      changes: { name: 'Ada' },
    })
  })

  describe('with allowWritesWhileAdvancing', () => {
    const open = given({ now: NOW, settings: { strict: true, allowWritesWhileAdvancing: true } })
    const during = () =>
      open(clock(NOW), customer({ test_clock: 'clock_1' }), advance(NOW + 60, 'clock_1'))

    it('lets writes to what lives on it through, at the old time', () => {
      during()
        .when({ type: 'UpdateCustomer', id: 'cus_1', params: { name: 'Ada' } })
        .yields({
          type: 'CustomerUpdated',
          at: NOW,
          clock: 'clock_1',
          id: 'cus_1',
          changes: { name: 'Ada' },
        })
      expect(
        accepted(during().world, { type: 'CreateCustomer', params: { test_clock: 'clock_1' } })
          .result,
      ).toMatchObject({ created: NOW, test_clock: 'clock_1' })
    })

    it('still lets nobody advance or delete the clock itself', () => {
      during()
        .when(advance(NOW + 120, 'clock_1'))
        .rejects(underway())
      during().when({ type: 'DeleteTestClock', id: 'clock_1' }).rejects(underway())
    })
  })
})

describe('FinishAdvance and FailAdvance', () => {
  const failed = () =>
    strict(clock(NOW), customer({ test_clock: 'clock_1' }), advance(NOW + 60, 'clock_1'), {
      type: 'FailAdvance',
      id: 'clock_1',
    })

  it('make an advance fail at the time where it began', () =>
    strict(clock(NOW), advance(NOW + 60, 'clock_1'))
      .when({ type: 'FailAdvance', id: 'clock_1' })
      .yields({ type: 'TestClockFailed', at: NOW, clock: 'clock_1' }))

  it('leave a failed clock at its old time', () =>
    expect(ask(failed().world, { type: 'RetrieveTestClock', id: 'clock_1' })).toMatchObject(
      E.right({ status: 'internal_failure', frozen_time: NOW, status_details: {} }),
    ))

  it('leave a failed clock that can be deleted, and not advanced', () => {
    failed()
      .when(advance(NOW + 60, 'clock_1'))
      .rejects({
        message:
          'The test clock clock_1 failed to advance and cannot be advanced again. Delete it.',
      })
    failed()
      .when({ type: 'DeleteTestClock', id: 'clock_1' })
      .yields(
        { type: 'CustomerDeleted', at: NOW, clock: 'clock_1', id: 'cus_1' },
        { type: 'TestClockDeleted', at: NOW, id: 'clock_1' },
      )
  })

  it.each(['FinishAdvance', 'FailAdvance'] as const)(
    '%s refuses a clock that is unknown, ready or failed',
    (type) => {
      const idle = { message: 'The test clock clock_1 is not advancing.' }
      strict().when({ type, id: 'clock_1' }).rejects(noClock())
      strict(clock(NOW)).when({ type, id: 'clock_1' }).rejects(idle)
      failed().when({ type, id: 'clock_1' }).rejects(idle)
    },
  )
})
