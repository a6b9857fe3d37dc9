import { type CommandOf, DAY, days, HOUR, toInstant, usageTotals } from 'clepsydra'
import {
  assertPassed,
  bars,
  punchCard,
  type ScenarioReport,
  type StepItem,
  scenario,
  stepsOf,
  type TimedReport,
  table,
} from 'clepsydra/scenario'
import { describe, expect, it } from 'vitest'

const START = toInstant('2026-01-01')

const customer = { type: 'CreateCustomer', params: { name: 'Ada' } } as const

const meter: CommandOf<'CreateMeter'> = {
  type: 'CreateMeter',
  params: {
    display_name: 'Calls',
    event_name: 'calls',
    default_aggregation: { formula: 'sum' },
  },
}

const used = (ada: { readonly id: string }, timestamp: number, value = '1'): TimedReport => ({
  event_name: 'calls',
  timestamp,
  payload: { stripe_customer_id: ada.id, value },
})

const metered = scenario('metered', '2026-01-01').command('ada', customer).command('calls', meter)

const failures = (report: ScenarioReport): readonly StepItem[] =>
  stepsOf(report).filter(({ status }) => status === 'failed')

const failure = (report: ScenarioReport) => {
  const found = failures(report)
  expect(found).toHaveLength(1)
  return found[0]?.failure
}

describe('a scenario', () => {
  it('is a value: a longer one leaves it as it is, and every run begins anew', () => {
    const short = scenario('short', '2026-01-01').command('ada', customer)
    const long = short.command('ben', customer)
    expect(short.steps).toHaveLength(1)
    expect(long.steps).toHaveLength(2)
    expect(long.run().facts).toBe(2)
    expect(long.run()).toEqual(long.run())
  })

  it('gives a name once', () => {
    expect(() => scenario('twice').command('ada', customer).command('ada', customer)).toThrow(
      "'ada' is already a name",
    )
  })

  it('tells of a wrong start, instant or step where it is written', () => {
    expect(() => scenario('x', 'yesterday')).toThrow("'yesterday'")
    expect(() => scenario('x', { settings: { strict: 3 as never } })).toThrow(
      "the setting 'strict': Invalid boolean: 3",
    )
    expect(() => scenario('x').advanceTo('2026-02-30')).toThrow('2026-02-30')
    expect(() => scenario('x').usage([], { every: days(36) })).toThrow('35 days')
  })

  it('knows what its names hold', () => {
    const story = metered.command('clock', {
      type: 'CreateTestClock',
      params: { frozen_time: START },
    })
    // @ts-expect-error: a customer is no clock.
    story.advanceTo('2026-02-01', 'ada')
    // @ts-expect-error: nobody has that name.
    story.command(({ ben }) => ({ type: 'DeleteCustomer', id: ben.id }))
    // @ts-expect-error: a meter has no email.
    story.answers('email', ({ calls }) => calls.email, null)
    // @ts-expect-error: a name is not an amount.
    story.answers('name', ({ ada }) => ada.name, 3)
    assertPassed(story.answers('name', ({ ada }) => ada.name, 'Ada').run())
  })
})

describe('gains', () => {
  it('says all that the log gained since it was said last, names for ids', () => {
    const report = metered
      .gains('2026-01-01T00:00:00Z CustomerCreated ada', '2026-01-01T00:00:00Z MeterCreated calls')
      .gains()
      .advanceTo('2026-01-02')
      .gains('2026-01-02T00:00:00Z RootClockAdvanced')
      .run()
    assertPassed(report)
  })

  it('fails for a fact too few, too many, or in another order', () => {
    const ada = '2026-01-01T00:00:00Z CustomerCreated ada'
    const calls = '2026-01-01T00:00:00Z MeterCreated calls'
    for (const lines of [[], [ada], [calls, ada], [ada, calls, calls], [ada, `${calls}2`]])
      expect(failure(metered.gains(...lines).run())).toMatchObject({
        expected: lines,
        found: [ada, calls],
      })
  })

  it('counts by type', () => {
    assertPassed(metered.gainsByType({ MeterCreated: 1, CustomerCreated: 1 }).run())
    expect(
      failure(metered.gainsByType({ MeterCreated: 2, CustomerCreated: 1 }).run())?.found,
    ).toEqual(['{', '  CustomerCreated: 1', '  MeterCreated: 1', '}'])
    expect(failure(metered.gainsByType({ MeterCreated: 1 }).run())).toBeDefined()
  })

  it('once said, has to be said to the end', () => {
    const story = metered.gainsByType({ MeterCreated: 1, CustomerCreated: 1 })
    expect(failure(story.advanceTo('2026-01-02').run())).toEqual({
      message: 'The log gained more after the last gains(...). Say so at the end.',
      expected: [],
      found: ['2026-01-02T00:00:00Z RootClockAdvanced'],
    })
    expect(metered.advanceTo('2026-01-02').run().passed).toBe(true)
  })

  it('goes on after it failed, from where it stands', () => {
    const report = metered
      .gains()
      .advanceBy(DAY)
      .gains('2026-01-02T00:00:00Z RootClockAdvanced')
      .run()
    expect(failures(report)).toHaveLength(1)
    expect(stepsOf(report).at(-1)?.status).toBe('passed')
  })
})

describe('a command', () => {
  it('that is refused ends the scenario: what follows is not run', () => {
    const report = metered
      .command({ type: 'DeleteCustomer', id: 'cus_none' })
      .note('left out')
      .show(() => table('left out', []))
      .advanceTo('2026-01-02')
      .gains()
      .run()
    expect(failure(report)?.message).toBe(
      "Refused (404 resource_missing id): No such customer: 'cus_none'",
    )
    expect(report.items.map((item) => (item.kind === 'step' ? item.status : item.kind))).toEqual([
      'passed',
      'passed',
      'failed',
      'skipped',
      'skipped',
    ])
    expect(report.facts).toBe(2)
  })

  it('that cannot be worked out fails and says why', () => {
    const report = scenario('x')
      .command(() => {
        throw new Error('no file')
      })
      .run()
    expect(failure(report)?.message).toBe('Error: no file')
  })

  it('that failed is told with the line that wrote it', () => {
    const report = scenario('x').command({ type: 'DeleteCustomer', id: 'cus_none' }).run()
    expect(failure(report)?.where).toMatch(/test\/scenarios\/scenario\.test\.ts:\d+$/)
  })
})

describe('refuses', () => {
  const gone = { type: 'DeleteCustomer', id: 'cus_none' } as const

  it('holds what is given of the refusal', () => {
    const report = metered
      .refuses(gone, { status: 404 })
      .refuses(gone, { code: 'resource_missing', param: 'id' })
      .refuses(gone, {})
      .run()
    assertPassed(report)
    expect(stepsOf(report).at(-1)?.refusal).toBe("No such customer: 'cus_none'")
  })

  it('fails where the refusal is another', () => {
    expect(failure(metered.refuses(gone, { code: 'x', status: 404 }).run())).toMatchObject({
      expected: ['{', '  code: "x"', '  status: 404', '}'],
      found: [
        '{',
        '  code: "resource_missing"',
        '  message: "No such customer: \'cus_none\'"',
        '  status: 404',
        '}',
      ],
    })
    const noParam = { type: 'RecordMeterEvent', params: used({ id: 'cus_x' }, START) } as const
    expect(metered.refuses(noParam, { param: 'id' }).run().passed).toBe(false)
  })

  it('fails where the command is accepted, and the scenario goes on without it', () => {
    const report = metered.refuses(customer, { status: 400 }).run()
    expect(failure(report)?.found?.[0]).toBe('accepted, and the log would gain')
    expect(failure(report)?.found?.[1]).toMatch(/^2026-01-01T00:00:00Z CustomerCreated cus_/)
    expect(report.facts).toBe(2)
  })
})

describe('time', () => {
  const clocked = metered.command('clock', {
    type: 'CreateTestClock',
    params: { frozen_time: START },
  })

  it('moves on the root clock or on the test clock of a name', () => {
    const report = clocked
      .advanceBy(HOUR)
      .advanceTo('2026-03-01', 'clock')
      .advanceBy(DAY, 'clock')
      .answers('clocks', (_, { now }) => [now(), now('clock')], [
        START + HOUR,
        toInstant('2026-03-02'),
      ])
      .run()
    assertPassed(report)
    expect(stepsOf(report).map(({ title }) => title)).toEqual([
      'CreateCustomer → ada',
      'CreateMeter → calls',
      'CreateTestClock → clock',
      'advance the root clock by 1 hour',
      'advance clock to 2026-03-01T00:00:00Z',
      'advance clock by 1 day',
      'clocks',
    ])
  })

  it('on a strict clock is done when the step is', () => {
    const report = scenario('x', { now: START, settings: { strict: true } })
      .command('clock', { type: 'CreateTestClock', params: { frozen_time: START } })
      .advanceBy(DAY, 'clock')
      .answers('clock', (_, { now }) => now('clock'), START + DAY)
      .run()
    assertPassed(report)
  })

  it('that would go back ends the scenario', () => {
    expect(failure(metered.advanceTo('2025-01-01').run())?.message).toMatch(/^Refused \(400/)
  })
})

describe('usage', () => {
  const clocked = scenario('x', '2026-01-01')
    .command('clock', { type: 'CreateTestClock', params: { frozen_time: START } })
    .command('ada', ({ clock }) => ({ type: 'CreateCustomer', params: { test_clock: clock.id } }))
    .command('calls', meter)
    .gainsByType({ TestClockCreated: 1, CustomerCreated: 1, MeterCreated: 1 })

  it('is recorded as time passes, in its own order, at the stop after each report', () => {
    const report = clocked
      .usage(
        ({ ada }) => [
          used(ada, START + 2 * DAY, '4'),
          used(ada, START + 5, '1'),
          used(ada, START + DAY - 1, '2'),
        ],
        { clock: 'clock' },
      )
      .gains(
        '2026-01-01T00:00:00Z TestClockAdvanceStarted clock',
        '2026-01-02T00:00:00Z TestClockAdvanced clock',
        '2026-01-02T00:00:00Z MeterEventRecorded calls ada 1',
        '2026-01-02T00:00:00Z MeterEventRecorded calls ada 2',
        '2026-01-02T00:00:00Z TestClockAdvanceStarted clock',
        '2026-01-04T00:00:00Z TestClockAdvanced clock',
        '2026-01-04T00:00:00Z MeterEventRecorded calls ada 4',
      )
      .answers('days', ({ calls, ada }, scene) => scene.used(calls, ada, START, START + DAY), 3)
      .run()
    assertPassed(report)
  })

  it('comes out the same however far the clock moves at once', () => {
    const all = (every: number): ScenarioReport =>
      clocked
        .usage(
          ({ ada }) =>
            Array.from({ length: 200 }, (_, index) => used(ada, START + index * 7_919, '0.5')),
          { clock: 'clock', every },
        )
        .gainsByType({})
        .answers(
          'total',
          (_, { project }) => [...project(usageTotals).values()].map(({ reports }) => reports),
          [200],
        )
        .run()
    for (const every of [60, HOUR, DAY, days(35)])
      expect(stepsOf(all(every)).at(-1)?.status).toBe('passed')
  })

  it('that is older than the clock is recorded where the clock stands', () => {
    const report = clocked
      .advanceTo('2026-01-10', 'clock')
      .usage(({ ada }) => [used(ada, START)], { clock: 'clock' })
      .gains(
        '2026-01-01T00:00:00Z TestClockAdvanceStarted clock',
        '2026-01-10T00:00:00Z TestClockAdvanced clock',
        '2026-01-10T00:00:00Z MeterEventRecorded calls ada 1',
      )
      .run()
    assertPassed(report)
  })

  it('that is refused ends the scenario', () => {
    const report = clocked
      .usage(({ ada }) => [{ ...used(ada, START), event_name: 'nothing' }], { clock: 'clock' })
      .run()
    expect(failure(report)?.message).toContain('No active meter found for event name "nothing".')
  })

  it('tells an observer how far it has come', () => {
    const told: unknown[] = []
    clocked
      .usage(({ ada }) => [used(ada, START), used(ada, START + DAY), used(ada, START + DAY)], {
        clock: 'clock',
      })
      .run((progress) => told.push(progress))
    const title = 'usage as time passes on clock'
    expect(told).toEqual([
      { title, done: 1, total: 3 },
      { title, done: 3, total: 3 },
    ])
  })

  it('is a step whose facts are told by type where they are many', () => {
    const report = clocked
      .usage(({ ada }) => Array.from({ length: 20 }, () => used(ada, START)), { clock: 'clock' })
      .run()
    expect(stepsOf(report)[4]?.gained).toEqual({
      count: 22,
      byType: { TestClockAdvanceStarted: 1, TestClockAdvanced: 1, MeterEventRecorded: 20 },
    })
  })
})

describe('answers', () => {
  const answering = <V>(found: V, expected: V) =>
    scenario('x')
      .answers(
        'answer',
        () => found,
        () => expected,
      )
      .run()

  it('compares field by field, whatever the order of the keys', () => {
    assertPassed(answering<object>({ a: 1, b: { c: [1, 2n] } }, { b: { c: [1, 2n] }, a: 1 }))
    assertPassed(answering<unknown>(new Map([['a', 1]]), [['a', 1]]))
    assertPassed(answering<object>({ a: undefined }, {}))
  })

  it.each([
    [1, 2],
    [1, '1'],
    [1, 1n],
    [null, undefined],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { b: 1 }],
    [{ 'a: 1\n  b': 2 }, { a: 1, b: 2 }],
    [[], {}],
    [Number.NaN, 0],
  ])('tells %o from %o', (found, expected) => {
    expect(answering<unknown>(found, expected).passed).toBe(false)
  })

  it('fails where the reader is refused or throws, and the scenario goes on', () => {
    const report = metered
      .answers(
        'meter',
        (_, { ask }) => ask({ type: 'RetrieveMeter', id: 'mtr_x' }).status,
        'active',
      )
      .answers('name', ({ ada }) => ada.name, 'Ada')
      .run()
    expect(failure(report)?.message).toContain("No such meter: 'mtr_x'")
    expect(stepsOf(report).at(-1)?.status).toBe('passed')
  })

  it('reads every page of a list', () => {
    const many = Array.from({ length: 230 }, (_, index) => String(index))
    const report = many
      .reduce((story, name) => story.command({ ...customer, params: { name } }), scenario('many'))
      .answers(
        'names',
        (_, { all }) => all({ type: 'ListCustomers' }).map(({ name }) => name),
        [...many].reverse(),
      )
      .run()
    assertPassed(report)
  })
})

describe('what a report shows', () => {
  it('is data, in its place', () => {
    const report = metered
      .section('one')
      .note('two')
      .show(() =>
        table('three', [
          { a: 1, b: 'x' },
          { a: 2, b: 'y' },
        ]),
      )
      .show(({ ada }) => bars('four', [[ada.name ?? '', 3]]))
      .timeline('five', ({ type }) => type === 'MeterCreated')
      .run()
    expect(report.items.slice(2)).toEqual([
      { kind: 'section', title: 'one' },
      { kind: 'note', text: 'two' },
      {
        kind: 'table',
        title: 'three',
        columns: ['a', 'b'],
        rows: [
          [1, 'x'],
          [2, 'y'],
        ],
      },
      { kind: 'bars', title: 'four', bars: [{ label: 'Ada', value: 3 }] },
      {
        kind: 'timeline',
        title: 'five',
        facts: [{ at: '2026-01-01T00:00:00Z', clock: null, type: 'MeterCreated', text: 'calls' }],
      },
    ])
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('that cannot be shown fails, and the scenario goes on', () => {
    const report = metered
      .show(({ ada }, { ask }) =>
        bars('none', [[ada.id, ask({ type: 'RetrieveMeter', id: 'mtr_x' }).created]]),
      )
      .advanceBy(1)
      .run()
    expect(failure(report)?.message).toContain("No such meter: 'mtr_x'")
    expect(stepsOf(report).at(-1)?.status).toBe('passed')
  })

  it('punches a card by weekday and hour, Monday first', () => {
    const monday = toInstant('2026-01-05T00:00:00Z')
    const { hours } = punchCard('card', [
      { at: monday, value: 1 },
      { at: monday + 7 * DAY + HOUR - 1, value: 2 },
      { at: monday - 1, value: 4 },
      { at: monday + 2 * DAY + 13 * HOUR, value: 8 },
    ])
    const filled = hours.flatMap((row, day) =>
      row.flatMap((value, hour) => (value === 0 ? [] : [{ day, hour, value }])),
    )
    expect(filled).toEqual([
      { day: 0, hour: 0, value: 3 },
      { day: 2, hour: 13, value: 8 },
      { day: 6, hour: 23, value: 4 },
    ])
  })
})

describe('assertPassed', () => {
  it('throws what did not hold, expected and found', () => {
    const report = scenario('wrong')
      .answers('two', () => ({ a: 1, b: 2 }), { a: 1, b: 3 })
      .run()
    expect(() => assertPassed(report)).toThrow(
      /^wrong: a step did not hold\ntwo\n {2}The answer is another\.\n {2}at .*\n {4}\{\n {6}a: 1\n {2}- {3}b: 3\n {2}\+ {3}b: 2\n {4}\}$/,
    )
  })

  it('lets pass what held', () => {
    expect(() => assertPassed(metered.run())).not.toThrow()
  })
})
