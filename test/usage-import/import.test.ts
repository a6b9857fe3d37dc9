import {
  type Command,
  createSimulator,
  E,
  entries,
  hasIdentifier,
  type Simulator,
  toInstant,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  cloudEventIdentifier,
  type ImportInput,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  importUsage,
  importUsageInto,
  type Mapping,
  UnusableInputError,
} from '../../src/usage-import/index.js'

const NOW = toInstant('2026-03-01')
const DAY = 86_400

const meter = (event_name: string, formula: 'sum' | 'count' = 'sum'): Command => ({
  type: 'CreateMeter',
  params: { display_name: event_name, event_name, default_aggregation: { formula } },
})

/** A world with the meters `calls` (a sum) and `logins` (a count), and two customers. */
const aWorld = (settings = {}): { simulator: Simulator; ada: string; bob: string } => {
  const simulator = createSimulator({ now: NOW, settings })
  simulator.runAll([meter('calls'), meter('logins', 'count')])
  const customer = () => simulator.run({ type: 'CreateCustomer' }).id
  return { simulator, ada: customer(), bob: customer() }
}

const MAPPING: Mapping = {
  event_name: { constant: 'calls' },
  customer: 'customer',
  value: 'calls',
  time: 'time',
  identifier: 'id',
}

/** A CSV text with the columns of {@link MAPPING}. */
const csv = (...rows: readonly (readonly (string | number)[])[]): string =>
  ['customer,calls,time,id', ...rows.map((row) => row.join(','))].join('\n')

type Changes = Partial<Omit<ImportOptions, 'mapping' | 'format'>>

const into = (simulator: Simulator, input: ImportInput, changes: Changes = {}) =>
  importUsageInto(simulator, input, { format: 'csv', mapping: MAPPING, ...changes })

/** A result, but for what a test says of it: nothing was read. */
const NOTHING: ImportResult = {
  read: 0,
  recorded: 0,
  already: 0,
  refused: [],
  refusedCount: 0,
  differing: [],
  differingCount: 0,
  firstTime: null,
  lastTime: null,
  stoppedAt: null,
}

/** The usage that the log holds: value and identifier, in order. */
const recorded = (world: World): readonly unknown[] =>
  [...entries(world)].flatMap(({ event }) => {
    const { type, value, identifier } = event as unknown as Record<string, unknown>
    return type === 'MeterEventRecorded' ? [[value, identifier]] : []
  })

describe('an import', () => {
  it('records each row as a meter event and says from when to when they are', async () => {
    const { simulator, ada, bob } = aWorld()
    const result = await into(simulator, csv([ada, 3, NOW - 50, 'a'], [bob, 4, NOW - 90, 'b']))
    expect(result).toEqual({
      ...NOTHING,
      read: 2,
      recorded: 2,
      firstTime: NOW - 90,
      lastTime: NOW - 50,
    })
    expect([...entries(simulator.world)].slice(-2).map(({ event }) => event)).toMatchObject([
      {
        type: 'MeterEventRecorded',
        customer: ada,
        value: '3',
        timestamp: NOW - 50,
        identifier: 'a',
      },
      {
        type: 'MeterEventRecorded',
        customer: bob,
        value: '4',
        timestamp: NOW - 90,
        identifier: 'b',
      },
    ])
  })

  it('takes a world and gives another, and leaves the first as it was', async () => {
    const { world, ada } = { ...aWorld(), world: aWorld().simulator.world }
    const { position } = world
    const done = await importUsage(world, csv([ada, 3, NOW, 'a']), {
      format: 'csv',
      mapping: MAPPING,
    })
    if (E.isLeft(done)) throw new Error(done.left.message)
    expect(recorded(done.right.world)).toEqual([['3', 'a']])
    expect(world.position).toBe(position)
    expect(hasIdentifier(world, 'a')).toBe(false)
  })

  it('reads bytes in any pieces, a byte order mark and letters of several bytes among them', async () => {
    const { simulator } = aWorld()
    const ada = simulator.world.customers.at(0)?.id as string
    const bytes = new TextEncoder().encode(
      `\ufeff${csv(['Zoë', 3, NOW, 'é'])}`.replace('calls', 'ça'),
    )
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
    const result = await importUsageInto(simulator, single, {
      format: 'csv',
      mapping: { ...MAPPING, value: 'ça', customer: { from: 'customer', lookup: { Zoë: ada } } },
    })
    expect(result).toMatchObject({ recorded: 1, refusedCount: 0 })
    expect(recorded(simulator.world)).toEqual([['3', 'é']])
  })

  it('reads JSON lines', async () => {
    const { simulator, ada } = aWorld()
    const row = { at: NOW, who: { id: ada }, use: { calls: 1.5 }, key: 'a' }
    const result = await importUsageInto(simulator, JSON.stringify(row), {
      format: 'jsonl',
      mapping: {
        event_name: { constant: 'calls' },
        customer: 'who.id',
        value: 'use.calls',
        time: 'at',
        identifier: 'key',
      },
    })
    expect(result).toMatchObject({ read: 1, recorded: 1 })
    expect(recorded(simulator.world)).toEqual([['1.5', 'a']])
  })

  it('reads CloudEvents with no mapping, and tells them apart by source and id', async () => {
    const { simulator, ada } = aWorld()
    const event = (source: string, id: string, data: object | undefined, type = 'calls') => ({
      specversion: '1.0',
      type,
      source,
      id,
      subject: ada,
      time: '2026-02-28T12:00:00.5Z',
      data,
    })
    const long = '/'.repeat(100)
    const batch = [
      event('/eu', '1', { value: 5 }),
      event('/us', '1', { value: '6' }),
      event('/eu', '1', { value: 5 }),
      event(long, '1', undefined, 'logins'),
    ]
    const options = { format: 'cloudevents' } as const
    const result = await importUsageInto(simulator, JSON.stringify(batch), options)
    const noon = toInstant('2026-02-28T12:00:00Z')
    expect(result).toEqual({
      ...NOTHING,
      read: 4,
      recorded: 3,
      already: 1,
      firstTime: noon,
      lastTime: noon,
    })
    expect(recorded(simulator.world)).toEqual([
      ['5', '/eu 1'],
      ['6', '/us 1'],
      [undefined, cloudEventIdentifier(long, '1')],
    ])
    expect(cloudEventIdentifier(long, '1')).toMatch(/^sha256 [0-9a-f]{64}$/)
    const noTime = JSON.stringify({ ...event('/eu', '2', { value: 1 }), time: undefined })
    expect(await importUsageInto(simulator, noTime, options)).toMatchObject({
      refused: [{ line: 1, field: 'time', reason: 'is empty' }],
    })
  })

  it('keeps the further fields of the payload', async () => {
    const { simulator, ada } = aWorld()
    await importUsageInto(simulator, csv([ada, 3, NOW, 'a']), {
      format: 'csv',
      mapping: { ...MAPPING, payload: { plan: { constant: 'pro' }, at: 'time' } },
    })
    expect([...entries(simulator.world)].at(-1)?.event).toMatchObject({
      payload: { stripe_customer_id: ada, value: '3', plan: 'pro', at: String(NOW) },
    })
  })

  it('tells how far it has come after each batch', async () => {
    const { simulator, ada } = aWorld()
    const told: ImportProgress[] = []
    const text = csv([ada, 1, NOW, 'a'], [ada, 'x', NOW, 'b'], [ada, 1, NOW, 'a'])
    await into(simulator, text, {
      onRefusal: 'skip',
      batchSize: 2,
      onProgress: (progress) => told.push(progress),
    })
    expect(told).toEqual([
      { size: text.length, read: 2, recorded: 1, already: 0, refused: 1 },
      { size: text.length, read: 3, recorded: 1, already: 1, refused: 1 },
    ])
  })
})

describe('a refused row', () => {
  const refusedBy = async (
    row: readonly (string | number)[],
    changes: Changes & { mapping?: Partial<Mapping>; settings?: object } = {},
  ) => {
    const { simulator } = aWorld(changes.settings)
    const { mapping, settings: _, ...others } = changes
    const { position } = simulator.world
    const result = await importUsageInto(simulator, csv(row), {
      format: 'csv',
      ...others,
      mapping: { ...MAPPING, ...mapping },
    })
    expect(simulator.world.position).toBe(position)
    expect(result).toMatchObject({ read: 1, recorded: 0, already: 0, refusedCount: 1 })
    return result.refused
  }
  const ada = aWorld().ada

  it.each<[string, readonly (string | number)[], string, string]>([
    [
      'an unknown customer',
      ['cus_none', 1, NOW, 'a'],
      'customer',
      "there is no customer 'cus_none'",
    ],
    [
      'a time more than 35 days ago',
      [ada, 1, NOW - 35 * DAY - 1, 'a'],
      'time',
      `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${NOW - 35 * DAY}.`,
    ],
    [
      'a time more than five minutes ahead',
      [ada, 1, NOW + 301, 'a'],
      'time',
      'The event timestamp cannot be in future.',
    ],
    [
      'a value that is no number',
      [ada, '1e3', NOW, 'a'],
      'value',
      "'1e3' is not a number: digits, with a point before decimals (-12.5)",
    ],
    [
      'a value of too many digits',
      [ada, '1234567890123456', NOW, 'a'],
      'value',
      "'1234567890123456' has more than 15 digits before or 12 after the decimal point",
    ],
    [
      'no value',
      [ada, '', NOW, 'a'],
      'value',
      'is empty, or not in the mapping, and the meter needs one',
    ],
    ['no customer', ['', 1, NOW, 'a'], 'customer', 'is empty'],
    ['a cell too few', [ada, 1, NOW], 'row', 'has 3 cells, the header has 4'],
  ])('is reported with line, field and reason: %s', async (_, row, field, reason) => {
    expect(await refusedBy(row)).toEqual([{ line: 2, field, reason }])
  })

  it('is reported where no active meter has its event name', async () => {
    expect(
      await refusedBy([ada, 1, NOW, 'a'], { mapping: { event_name: { constant: 'clicks' } } }),
    ).toEqual([
      { line: 2, field: 'event_name', reason: "no active meter has the event name 'clicks'" },
    ])
  })

  it('is reported where its payload would cover the value', async () => {
    expect(
      await refusedBy([ada, 1, NOW, 'a'], { mapping: { payload: { value: 'time' } } }),
    ).toEqual([
      {
        line: 2,
        field: 'event_name',
        reason:
          "the meter keeps customer or value under 'value', so the mapping's payload may not have it",
      },
    ])
  })

  it('is reported where it is later than the latest time allowed', async () => {
    expect(await refusedBy([ada, 1, NOW - 1, 'a'], { until: NOW - 2 })).toEqual([
      {
        line: 2,
        field: 'time',
        reason: `${NOW - 1} is later than ${NOW - 2}, the latest time allowed`,
      },
    ])
  })

  it('has its true line behind cells of several lines', async () => {
    const { simulator } = aWorld()
    const text = `customer,calls,time,id,note\n${ada},1,${NOW},a,"one\ntwo\nthree"\n\n${ada},x,${NOW},b,\n`
    expect(await into(simulator, text)).toMatchObject({
      recorded: 1,
      refused: [{ line: 6, field: 'value' }],
    })
  })

  const mixed = csv(
    [ada, 1, NOW, 'a'],
    [ada, 2, NOW, 'b'],
    ['cus_none', 3, NOW, 'c'],
    [ada, 'x', NOW, 'd'],
    [ada, 5, NOW, 'e'],
    [ada, 2, NOW, 'b'],
  )

  it.each([1, 2, 3, 100])(
    'ends the import, with what came before it recorded: batches of %d',
    async (batchSize) => {
      const { simulator } = aWorld()
      const stoppedAt = { line: 4, field: 'customer', reason: "there is no customer 'cus_none'" }
      expect(await into(simulator, mixed, { batchSize })).toEqual({
        ...NOTHING,
        read: 3,
        recorded: 2,
        refused: [stoppedAt],
        refusedCount: 1,
        firstTime: NOW,
        lastTime: NOW,
        stoppedAt,
      })
      expect(recorded(simulator.world)).toEqual([
        ['1', 'a'],
        ['2', 'b'],
      ])
    },
  )

  it.each([1, 2, 3, 100])(
    'is passed over when asked to, in the order of the file: batches of %d',
    async (batchSize) => {
      const { simulator } = aWorld()
      const result = await into(simulator, mixed, { batchSize, onRefusal: 'skip' })
      expect(result).toMatchObject({ read: 6, recorded: 3, already: 1, refusedCount: 2 })
      expect(result.refused.map(({ line }) => line)).toEqual([4, 5])
      expect(result.stoppedAt).toBeNull()
      expect(recorded(simulator.world)).toEqual([
        ['1', 'a'],
        ['2', 'b'],
        ['5', 'e'],
      ])
    },
  )

  it('ends the import, though a repeated identifier comes before it in the batch', async () => {
    const { simulator } = aWorld()
    const text = csv(
      [ada, 1, NOW, 'a'],
      [ada, 1, NOW, 'a'],
      [ada, 2, NOW, 'b'],
      ['cus_none', 3, NOW, 'c'],
      [ada, 4, NOW, 'd'],
    )
    expect(await into(simulator, text)).toMatchObject({
      read: 4,
      recorded: 2,
      already: 1,
      stoppedAt: { line: 5 },
    })
    expect(recorded(simulator.world)).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ])
  })

  it('is refused though a later row has its identifier', async () => {
    const { simulator } = aWorld()
    const text = csv([ada, 1, NOW - 36 * DAY, 'a'], [ada, 2, NOW, 'a'])
    expect(await into(simulator, text, { onRefusal: 'skip' })).toMatchObject({
      recorded: 1,
      already: 0,
      refused: [{ line: 2, field: 'time' }],
    })
  })

  it('is kept only among the first few, and counted always', async () => {
    const { simulator } = aWorld()
    const rows = Array.from({ length: 50 }, (_, at) => [ada, 'x', NOW, `r${at}`])
    const result = await into(simulator, csv(...rows), {
      onRefusal: 'skip',
      refusedMax: 2,
      batchSize: 7,
    })
    expect(result).toMatchObject({ read: 50, refusedCount: 50 })
    expect(result.refused.map(({ line }) => line)).toEqual([2, 3])
  })

  it('ends the import where nothing can be read behind it, asked to skip or not', async () => {
    const { simulator } = aWorld()
    const row = { customer: ada, calls: 1, time: NOW, id: 'a' }
    const options = { format: 'jsonl', mapping: MAPPING, onRefusal: 'skip' } as const
    const result = await importUsageInto(simulator, `[${JSON.stringify(row)}, {"cust`, options)
    expect(result).toMatchObject({ recorded: 1, refusedCount: 1, stoppedAt: { line: 1 } })
  })
})

describe('a second import', () => {
  const text = (ada: string) => csv([ada, 1, NOW, 'a'], [ada, 2, NOW - DAY, 'b'])

  it.each([
    ['at once', 0],
    ['a day later, when the identifiers are free again', DAY],
    ['a year later, when the rows are too old', 365 * DAY],
  ])('counts nothing twice: %s', async (_, later) => {
    const { simulator, ada } = aWorld()
    await into(simulator, text(ada))
    simulator.advanceBy(later)
    const { world } = simulator
    expect(await into(simulator, text(ada))).toEqual({ ...NOTHING, read: 2, already: 2 })
    expect(simulator.world).toBe(world)
  })

  it('counts nothing twice though the meter is no longer active', async () => {
    const { simulator, ada } = aWorld()
    await into(simulator, text(ada))
    const id = simulator.world.meters.firstBy('active', 'calls')?.id as string
    simulator.run({ type: 'DeactivateMeter', id })
    expect(await into(simulator, text(ada))).toMatchObject({ already: 2, refusedCount: 0 })
  })

  it('counts nothing twice while the events still wait to be processed', async () => {
    const { simulator, ada } = aWorld({ meterProcessingDelaySeconds: 60 })
    expect(await into(simulator, text(ada))).toMatchObject({ recorded: 2 })
    expect(await into(simulator, text(ada))).toMatchObject({ already: 2, differingCount: 0 })
    const corrected = csv([ada, 9, NOW, 'a'])
    expect(await into(simulator, corrected)).toMatchObject({ already: 1, differingCount: 1 })
  })

  it('records what was refused and has been put right', async () => {
    const { simulator, ada } = aWorld()
    await into(simulator, csv([ada, 1, NOW, 'a'], [ada, 'x', NOW, 'b'], [ada, 3, NOW, 'c']))
    const again = csv([ada, 1, NOW, 'a'], [ada, 2, NOW, 'b'], [ada, 3, NOW, 'c'])
    expect(await into(simulator, again)).toMatchObject({ read: 3, recorded: 2, already: 1 })
  })

  it('tells of rows that differ from the event that has their identifier, and leaves it', async () => {
    const { simulator, ada, bob } = aWorld()
    await into(simulator, csv([ada, 1, NOW, 'a'], [ada, 2, NOW, 'b'], [ada, 3, NOW, 'c']))
    const again = csv(
      [ada, '1.0', NOW, 'a'],
      [ada, 7, NOW, 'b'],
      [bob, 3, NOW, 'c'],
      [ada, 4, NOW, 'd'],
      [ada, 4, NOW - 1, 'd'],
    )
    const which = (identifier: string) => `the event '${identifier}' in the log has the`
    expect(await into(simulator, again)).toMatchObject({
      recorded: 1,
      already: 4,
      differingCount: 3,
      differing: [
        { line: 3, field: 'identifier', reason: `${which('b')} value 2, the row 7` },
        { line: 4, field: 'identifier', reason: `${which('c')} customer ${ada}, the row ${bob}` },
        {
          line: 6,
          field: 'identifier',
          reason: `${which('d')} timestamp ${NOW}, the row ${NOW - 1}`,
        },
      ],
    })
  })

  it('tells of rows whose identifier an event used up that counts nowhere', async () => {
    const { simulator, ada } = aWorld()
    simulator.run({
      type: 'RecordMeterEvent',
      params: { event_name: 'calls', payload: { stripe_customer_id: ada }, identifier: 'a' },
    })
    expect(await into(simulator, csv([ada, 1, NOW, 'a']))).toMatchObject({
      already: 1,
      differing: [
        {
          reason:
            "the event 'a' in the log failed when it was recorded (Value key value not found in payload.)",
        },
      ],
    })
  })
})

describe('rows without an identifier', () => {
  const options = (source: string): ImportOptions => ({
    format: 'csv',
    mapping: { ...MAPPING, identifier: undefined },
    source,
    batchSize: 2,
  })
  const rowsOf = (ada: string) => [
    [ada, 1, NOW, ''],
    [ada, 1, NOW, ''],
    [ada, 2, NOW, ''],
    [ada, 1, NOW, ''],
  ]

  it('all count, equal ones too, and none of them twice', async () => {
    const { simulator, ada } = aWorld()
    const text = csv(...rowsOf(ada))
    expect(await importUsageInto(simulator, text, options('may.csv'))).toMatchObject({
      recorded: 4,
    })
    simulator.advanceBy(100 * DAY)
    expect(await importUsageInto(simulator, text, options('may.csv'))).toEqual({
      ...NOTHING,
      read: 4,
      already: 4,
    })
  })

  it('are found again in another place, between new ones and in another format', async () => {
    const { simulator, ada } = aWorld()
    await importUsageInto(simulator, csv(...rowsOf(ada)), options('may.csv'))
    const moved = [[ada, 3, NOW, ''], ...rowsOf(ada).reverse(), [ada, 1, NOW, '']].map(
      ([customer, calls, time]) => JSON.stringify({ customer, calls, time }),
    )
    expect(
      await importUsageInto(simulator, moved.join('\n'), {
        ...(options('may.csv') as ImportOptions & { mapping: Mapping }),
        format: 'jsonl',
      }),
    ).toMatchObject({ recorded: 2, already: 4 })
  })

  it('of another source are others', async () => {
    const { simulator, ada } = aWorld()
    await importUsageInto(simulator, csv(...rowsOf(ada)), options('may.csv'))
    expect(
      await importUsageInto(simulator, csv(...rowsOf(ada)), options('june.csv')),
    ).toMatchObject({ recorded: 4, already: 0 })
  })
})

describe('an import with advance', () => {
  const year = (customer: string, from: number) =>
    csv(
      ...Array.from({ length: 13 }, (_, month) => [
        customer,
        1,
        from + month * 30 * DAY,
        `m${month}`,
      ]),
    )

  it('moves the root clock to each row, so that a year goes in as it passed', async () => {
    const { simulator, ada } = aWorld()
    expect(await into(simulator, year(ada, NOW), { advance: true })).toMatchObject({
      recorded: 13,
      lastTime: NOW + 360 * DAY,
    })
    expect(simulator.now).toBe(NOW + 360 * DAY)
    const times = [...entries(simulator.world)].flatMap(({ event }) =>
      event.type === 'MeterEventRecorded' ? [event.at] : [],
    )
    expect(times).toEqual(Array.from({ length: 13 }, (_, month) => NOW + month * 30 * DAY))
  })

  it('moves a test clock for its own customers, and no other', async () => {
    const { simulator, ada } = aWorld()
    const old = toInstant('2020-01-01')
    const clock = simulator.run({ type: 'CreateTestClock', params: { frozen_time: old } }).id
    const eve = simulator.run({ type: 'CreateCustomer', params: { test_clock: clock } }).id
    const text = `${year(eve, old)}\n${ada},1,${NOW - 1},z`
    expect(await into(simulator, text, { advance: true })).toMatchObject({ recorded: 14 })
    expect(simulator.ask({ type: 'RetrieveTestClock', id: clock }).frozen_time).toBe(
      old + 360 * DAY,
    )
    expect(simulator.now).toBe(NOW)
  })

  it('works on strict worlds, whose clocks advance in two steps', async () => {
    const { simulator } = aWorld({ strict: true })
    const clock = simulator.run({ type: 'CreateTestClock', params: { frozen_time: NOW } }).id
    const eve = simulator.run({ type: 'CreateCustomer', params: { test_clock: clock } }).id
    const far = NOW + 1_000 * DAY
    const text = csv([eve, 1, NOW + 400 * DAY, 'a'], [eve, 1, far + 365 * DAY, 'b'])
    expect(await into(simulator, text, { advance: true })).toMatchObject({
      recorded: 1,
      refused: [
        { line: 3, field: 'time', reason: expect.stringContaining('You can only advance') },
      ],
    })
    expect(simulator.ask({ type: 'RetrieveTestClock', id: clock })).toMatchObject({
      status: 'ready',
      frozen_time: NOW + 400 * DAY,
    })
  })

  it('records late rows within the window, and moves no clock for a row that is refused', async () => {
    const { simulator, ada } = aWorld()
    const text = csv(
      [ada, 1, NOW + 40 * DAY, 'a'],
      [ada, 1, NOW + 10 * DAY, 'b'],
      [ada, 1, NOW + 1 * DAY, 'c'],
      [ada, 'x', NOW + 50 * DAY, 'd'],
      ['cus_none', 1, NOW + 50 * DAY, 'e'],
      [ada, 1, NOW + 9_000 * DAY, 'f'],
    )
    const result = await into(simulator, text, {
      advance: true,
      onRefusal: 'skip',
      until: NOW + 60 * DAY,
    })
    expect(result).toMatchObject({ recorded: 2 })
    expect(result.refused.map(({ line, field }) => [line, field])).toEqual([
      [4, 'time'],
      [5, 'value'],
      [6, 'customer'],
      [7, 'time'],
    ])
    expect(simulator.now).toBe(NOW + 40 * DAY)
  })

  it('stops before it moves the clock for the rows behind a refused one', async () => {
    const { simulator, ada } = aWorld()
    const text = csv(['cus_none', 1, NOW, 'a'], [ada, 1, NOW + 50 * DAY, 'b'])
    expect(await into(simulator, text, { advance: true })).toMatchObject({
      read: 1,
      recorded: 0,
      stoppedAt: { line: 2 },
    })
    expect(simulator.now).toBe(NOW)
  })
})

describe('an input or options of no use', () => {
  const messageOf = async (input: ImportInput, options: unknown): Promise<string> => {
    const { simulator } = aWorld()
    const { world } = simulator
    const done = await importUsage(world, input, options as ImportOptions)
    if (E.isRight(done)) throw new Error('it was accepted')
    await expect(importUsageInto(simulator, input, options as ImportOptions)).rejects.toThrow(
      new UnusableInputError(done.left.message),
    )
    expect(simulator.world).toBe(world)
    return done.left.message
  }
  const options = { format: 'csv', mapping: MAPPING }

  it.each<[string, ImportInput, object, string]>([
    ['no text', '', options, 'the input is empty: the first line of a CSV file names its columns'],
    [
      'columns that are not there',
      'customer,Calls,id\n1,2,3\n',
      options,
      "value: there is no column 'calls'; did you mean 'Calls'?\ntime: there is no column 'time'; the header has 'customer', 'Calls', 'id'",
    ],
    [
      'a header alone, of other columns',
      'a',
      {
        ...options,
        mapping: { ...MAPPING, time: { constant: '2026-01-01' }, identifier: undefined },
      },
      "customer: there is no column 'customer'; the header has 'a'\nvalue: there is no column 'calls'; the header has 'a'",
    ],
    [
      'a column twice',
      'customer,calls,time,id,calls\n',
      options,
      "value: the header has 'calls' twice, as columns 2 and 5: rename one, or say which is meant",
    ],
    [
      'a header without an end',
      '"'.padEnd(1_000_010, 'x'),
      options,
      'line 1 does not end within 1000000 characters: a quote is never closed, or this is no CSV',
    ],
    [
      'a compressed file',
      Uint8Array.of(0x1f, 0x8b, 8),
      options,
      'the input is compressed: unpack it first (gunzip -c FILE)',
    ],
    [
      'a spreadsheet, in pieces',
      [Uint8Array.of(0x50), Uint8Array.of(0x4b, 3, 4)],
      options,
      'the input is a ZIP archive or a spreadsheet: save it as CSV, UTF-8',
    ],
    [
      'UTF-16',
      Uint8Array.of(0xff, 0xfe, 0x61, 0),
      options,
      'the input is UTF-16: save it as UTF-8',
    ],
    [
      'an unknown format',
      '',
      { ...options, format: 'xml' },
      'format is one of csv, jsonl, cloudevents',
    ],
    [
      'a wrong mapping',
      '',
      { format: 'csv', mapping: 7 },
      'a mapping is an object, such as { "customer": "account" }',
    ],
    ['an unknown onRefusal', '', { ...options, onRefusal: 'ask' }, "onRefusal is 'stop' or 'skip'"],
    [
      'a wrong refusedMax',
      '',
      { ...options, refusedMax: -1 },
      'refusedMax is a whole number from 0',
    ],
    ['a wrong batchSize', '', { ...options, batchSize: 0 }, 'batchSize is a whole number from 1'],
    [
      'a wrong until',
      '',
      { ...options, until: 'tomorrow' },
      "until is a date (2026-01-31), a time (2026-01-31T08:27:07Z) or unix seconds, not 'tomorrow'",
    ],
    [
      'a wrong delimiter',
      '',
      { ...options, delimiter: '::' },
      'delimiter is one character, and neither a quote nor a line end',
    ],
  ])('is told before anything is recorded: %s', async (_, input, given, message) => {
    expect(await messageOf(input, given)).toBe(message)
  })

  it('passes on the error of an input that fails, with what was recorded until then', async () => {
    const { simulator, ada } = aWorld()
    async function* failing() {
      yield `${csv([ada, 1, NOW, 'a'])}\n`
      throw new Error('the cable was pulled')
    }
    await expect(into(simulator, failing(), { batchSize: 1 })).rejects.toThrow(
      'the cable was pulled',
    )
    expect(recorded(simulator.world)).toEqual([['1', 'a']])
  })
})
