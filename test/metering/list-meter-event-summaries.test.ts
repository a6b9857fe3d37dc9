import { ask, createSimulator, E, type MeterEventSummary, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal, refusal } from '../support/given.js'
import { advance, cancel, customer, meter, NOW, record, used } from './support.js'

const HOUR = 3_600
const DAY = 86_400

interface Query {
  readonly customer?: string
  readonly start_time?: number
  readonly end_time?: number
  readonly value_grouping_window?: 'hour' | 'day'
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
}

const query = (world: World, params: Query, id = 'mtr_1') =>
  ask(world, {
    type: 'ListMeterEventSummaries',
    id,
    params: { customer: 'cus_1', ...params } as never,
  })

const list = (world: World, params: Query) => {
  const answer = query(world, params)
  if (E.isLeft(answer)) throw new Error(answer.left.message)
  return answer.right
}

const rows = (world: World, params: Query) =>
  list(world, params).data.map(({ start_time, end_time, aggregated_value }) => [
    start_time,
    end_time,
    aggregated_value,
  ])

const world = given({ now: NOW })

/** Usage of some values at timestamps, in this order of receipt. */
const usage = (
  start: World,
  ...events: readonly (readonly [timestamp: number, value: number | string])[]
): World =>
  events.reduce((at, [timestamp, value]) => accepted(at, record(value, { timestamp })).world, start)

describe('ListMeterEventSummaries', () => {
  const { world: march } = given({ now: 1_711_666_800 })(meter(), customer())
  const sample = usage(march, [1_711_656_000, 4], [1_711_659_599, 6], [1_711_659_600, 15])
  const SAMPLE = { start_time: 1_711_584_000, end_time: 1_711_666_800 } as const

  it('M-C1: by the hour: the two hours with usage, newest first, and no more', () => {
    const answer = list(sample, { ...SAMPLE, value_grouping_window: 'hour' })
    expect(answer).toStrictEqual({
      object: 'list',
      data: [
        {
          id: expect.stringMatching(/^mtrusg_[0-9A-Za-z]+$/),
          object: 'billing.meter_event_summary',
          aggregated_value: 15,
          end_time: 1_711_663_200,
          livemode: false,
          meter: 'mtr_1',
          start_time: 1_711_659_600,
        },
        {
          id: expect.stringMatching(/^mtrusg_[0-9A-Za-z]+$/),
          object: 'billing.meter_event_summary',
          aggregated_value: 10,
          end_time: 1_711_659_600,
          livemode: false,
          meter: 'mtr_1',
          start_time: 1_711_656_000,
        },
      ],
      has_more: false,
      url: '/v1/billing/meters/mtr_1/event_summaries',
    })
  })

  it('M-C2: without grouping: one row for the whole range', () =>
    expect(rows(sample, SAMPLE)).toEqual([[1_711_584_000, 1_711_666_800, 25]]))

  describe('M-C5: alignment', () => {
    const { world: start } = world(meter(), customer())
    const misaligned = (param: string, boundary: string): Refusal => ({
      param,
      message: `${param} must be aligned with ${boundary} boundaries.`,
    })
    it.each<[string, Query, Refusal]>([
      [
        'a start within a minute',
        { start_time: 1_768_003_230, end_time: 1_768_006_860 },
        misaligned('start_time', 'minute'),
      ],
      [
        'an end within a minute',
        { start_time: 1_768_003_260, end_time: 1_768_006_861 },
        misaligned('end_time', 'minute'),
      ],
      [
        'a start within an hour, by the hour',
        { start_time: 1_768_003_260, end_time: 1_768_006_860, value_grouping_window: 'hour' },
        misaligned('start_time', 'hour'),
      ],
      [
        'an end within an hour, by the hour',
        { start_time: 1_768_003_200, end_time: 1_768_006_860, value_grouping_window: 'hour' },
        misaligned('end_time', 'hour'),
      ],
      [
        'a start at 01:00, by the day',
        { start_time: 1_768_006_800, end_time: 1_768_089_600, value_grouping_window: 'day' },
        misaligned('start_time', 'day'),
      ],
      [
        'an end at 01:00, by the day',
        { start_time: 1_768_003_200, end_time: 1_768_093_200, value_grouping_window: 'day' },
        misaligned('end_time', 'day'),
      ],
    ])('refuses %s', (_, params, expected) =>
      expect(query(start, params)).toStrictEqual(E.left(refusal(expected))),
    )

    it('takes a range by the minute without grouping', () =>
      expect(rows(start, { start_time: 1_768_003_260, end_time: 1_768_006_860 })).toEqual([
        [1_768_003_260, 1_768_006_860, 0],
      ]))
  })

  it('M-C6: without usage: one row of 0, and by the hour or day no row', () => {
    const { world: start } = world(meter(), customer())
    const range = { start_time: NOW - DAY, end_time: NOW }
    expect(rows(start, range)).toEqual([[NOW - DAY, NOW, 0]])
    expect(rows(start, { ...range, value_grouping_window: 'hour' })).toEqual([])
    expect(rows(start, { ...range, value_grouping_window: 'day' })).toEqual([])
  })

  describe('refuses', () => {
    const { world: start } = world(meter(), customer(), customer('cus_2'), {
      type: 'CustomerDeleted',
      at: NOW,
      id: 'cus_2',
    })
    const fine = { start_time: NOW - HOUR, end_time: NOW }
    const backwards: Refusal = {
      param: 'start_time',
      message: 'start_time must be before end_time.',
    }
    it.each<[string, object, Refusal]>([
      [
        'no customer',
        { ...fine, customer: undefined },
        {
          code: 'parameter_missing',
          param: 'customer',
          message: 'Missing required param: customer.',
        },
      ],
      [
        'no start',
        { end_time: NOW },
        {
          code: 'parameter_missing',
          param: 'start_time',
          message: 'Missing required param: start_time.',
        },
      ],
      [
        'no end',
        { start_time: NOW },
        {
          code: 'parameter_missing',
          param: 'end_time',
          message: 'Missing required param: end_time.',
        },
      ],
      [
        'a month',
        { ...fine, value_grouping_window: 'month' },
        {
          param: 'value_grouping_window',
          message: 'Invalid value_grouping_window: must be one of day or hour',
        },
      ],
      [
        'a parameter it does not know',
        { ...fine, dimension_filters: {} },
        {
          code: 'parameter_unknown',
          param: 'dimension_filters',
          message: 'Received unknown parameter: dimension_filters',
        },
      ],
      [
        'an unknown customer',
        { ...fine, customer: 'cus_0' },
        {
          code: 'resource_missing',
          param: 'customer',
          message: "No such customer: 'cus_0'",
        },
      ],
      [
        'a deleted customer',
        { ...fine, customer: 'cus_2' },
        {
          code: 'resource_missing',
          param: 'customer',
          message: "No such customer: 'cus_2'",
        },
      ],
      ['an empty range', { start_time: NOW, end_time: NOW }, backwards],
      ['a range that runs back', { start_time: NOW, end_time: NOW - 60 }, backwards],
      [
        'two cursors',
        { ...fine, starting_after: 'a', ending_before: 'b' },
        {
          message:
            'Received both starting_after and ending_before parameters. Please pass in only one.',
        },
      ],
      [
        'a cursor that is no summary',
        { ...fine, starting_after: 'mtrusg_x' },
        {
          code: 'resource_missing',
          param: 'starting_after',
          message: "No such meter event summary: 'mtrusg_x'",
        },
      ],
      [
        'a limit of 0',
        { ...fine, limit: 0 },
        {
          code: 'parameter_invalid_integer',
          param: 'limit',
          message: 'This value must be greater than or equal to 1.',
        },
      ],
      [
        'the customer before the start',
        { start_time: NOW + 1, end_time: NOW, customer: 'cus_0' },
        {
          code: 'resource_missing',
          param: 'customer',
          message: "No such customer: 'cus_0'",
        },
      ],
      [
        'the start before the end',
        { start_time: NOW + 1, end_time: NOW + 1 },
        { param: 'start_time', message: 'start_time must be aligned with minute boundaries.' },
      ],
      [
        'the end before the order of the two',
        { start_time: NOW, end_time: NOW - 1 },
        { param: 'end_time', message: 'end_time must be aligned with minute boundaries.' },
      ],
      [
        'the order of the two before the cursor',
        { start_time: NOW, end_time: NOW, starting_after: 'x' },
        backwards,
      ],
    ])('%s', (_, params, expected) =>
      expect(query(start, params)).toStrictEqual(E.left(refusal(expected))),
    )

    it('the meter before the customer', () =>
      expect(query(start, { ...fine, customer: 'cus_0' }, 'mtr_0')).toStrictEqual(
        E.left(
          refusal({
            status: 404,
            code: 'resource_missing',
            param: 'id',
            message: "No such meter: 'mtr_0'",
          }),
        ),
      ))
  })

  it('shows a negative total as it is, and a fraction as the nearest number', () => {
    const { world: start } = world(meter(), customer())
    const used1 = usage(start, [NOW - 60, '0.1'], [NOW - 30, '0.2'], [NOW - 10, '-9.3'])
    expect(rows(used1, { start_time: NOW - 60, end_time: NOW })).toEqual([[NOW - 60, NOW, -9]])
    const tenths = usage(start, [NOW - 60, '0.1'], [NOW - 30, '0.2'])
    expect(rows(tenths, { start_time: NOW - 60, end_time: NOW })).toEqual([[NOW - 60, NOW, 0.3]])
  })

  it('answers for an inactive meter', () => {
    const { world: start } = world(meter(), customer())
    const inactive = accepted(usage(start, [NOW - 60, 5]), {
      type: 'DeactivateMeter',
      id: 'mtr_1',
    }).world
    expect(rows(inactive, { start_time: NOW - 60, end_time: NOW })).toEqual([[NOW - 60, NOW, 5]])
  })

  it('groups by UTC days, each row with the formula of the meter', () => {
    const { world: start } = world(meter({ default_aggregation: { formula: 'last' } }), customer())
    const days = usage(
      start,
      [NOW - DAY, 1],
      [NOW - 1, 2],
      [NOW - 3 * DAY + 5, 7],
      [NOW - DAY + 1, 9],
    )
    const range = { start_time: NOW - 5 * DAY, end_time: NOW + DAY } as const
    expect(rows(days, { ...range, value_grouping_window: 'day' })).toEqual([
      [NOW - DAY, NOW, 2],
      [NOW - 3 * DAY, NOW - 2 * DAY, 7],
    ])
    expect(rows(days, range)).toEqual([[NOW - 5 * DAY, NOW + DAY, 2]])
  })

  it('shows a row whose events add up to nothing, and none whose events were all cancelled', () => {
    const { world: start } = world(meter(), customer())
    const zero = usage(start, [NOW - 2 * HOUR, 3], [NOW - 2 * HOUR, -3])
    const range = {
      start_time: NOW - 3 * HOUR,
      end_time: NOW,
      value_grouping_window: 'hour',
    } as const
    expect(rows(zero, range)).toEqual([[NOW - 2 * HOUR, NOW - HOUR, 0]])
    const one = accepted(start, record(3, { identifier: 'x', timestamp: NOW - HOUR })).world
    expect(rows(one, range)).toEqual([[NOW - HOUR, NOW, 3]])
    expect(rows(accepted(one, cancel('x')).world, range)).toEqual([])
  })

  describe('of a meter with windows', () => {
    it('by the hour on a day window: the value stands in the hour in which the window starts', () => {
      const { world: start } = world(meter({ event_time_window: 'day' }), customer())
      const days = usage(
        start,
        [NOW - DAY + 5 * HOUR, 1],
        [NOW - 9 * HOUR, 2],
        [NOW - 3 * DAY, 4],
        [NOW - 3 * DAY + 23 * HOUR, 6],
      )
      const range = { start_time: NOW - 5 * DAY, end_time: NOW } as const
      const expected = [
        [NOW - DAY, NOW - DAY + HOUR, 2],
        [NOW - 3 * DAY, NOW - 3 * DAY + HOUR, 6],
      ]
      expect(rows(days, { ...range, value_grouping_window: 'hour' })).toEqual(expected)
      const [newest, oldest] = list(days, { ...range, value_grouping_window: 'hour' }).data
      expect(
        rows(days, {
          ...range,
          value_grouping_window: 'hour',
          starting_after: (newest as MeterEventSummary).id,
        }),
      ).toEqual(expected.slice(1))
      expect(
        rows(days, {
          ...range,
          value_grouping_window: 'hour',
          ending_before: (oldest as MeterEventSummary).id,
        }),
      ).toEqual(expected.slice(0, 1))
    })

    it('by the day on an hour window: the hours of the day add up', () => {
      const { world: start } = world(meter({ event_time_window: 'hour' }), customer())
      const hours = usage(
        start,
        [NOW - 2 * HOUR, 1],
        [NOW - 2 * HOUR + 60, 2],
        [NOW - HOUR, 5],
        [NOW - 2 * DAY, 9],
      )
      expect(
        rows(hours, {
          start_time: NOW - 5 * DAY,
          end_time: NOW,
          value_grouping_window: 'day',
        }),
      ).toEqual([
        [NOW - DAY, NOW, 7],
        [NOW - 2 * DAY, NOW - DAY, 9],
      ])
    })

    it('both bounds come down to the start of their window', () => {
      const { world: start } = world(meter({ event_time_window: 'hour' }), customer())
      const hours = usage(start, [NOW - 2 * HOUR + 60, 2], [NOW - HOUR + 60, 5])
      const between = (from: number, to: number) =>
        rows(hours, { start_time: NOW + from, end_time: NOW + to })[0]?.[2]
      expect(between(-2 * HOUR, -HOUR)).toBe(2)
      expect(between(-2 * HOUR + 1_800, -HOUR + 1_800)).toBe(2)
      expect(between(-HOUR - 60, -60)).toBe(2)
      expect(between(-HOUR + 60, -HOUR + 120)).toBe(0)
      expect(between(-HOUR + 60, 0)).toBe(5)
    })
  })

  describe('pages', () => {
    const { world: start } = world(meter(), customer())
    const HOURS = 25
    const busy = usage(
      start,
      ...Array.from({ length: HOURS }, (_, hour) => [NOW - (hour + 1) * HOUR, hour + 1] as const),
    )
    const range = {
      start_time: NOW - 3 * DAY,
      end_time: NOW,
      value_grouping_window: 'hour',
    } as const
    const page = (params: Query) => {
      const { data, has_more } = list(busy, { ...range, ...params })
      return {
        values: data.map((row) => row.aggregated_value),
        ids: data.map(({ id }) => id),
        has_more,
      }
    }
    const upTo = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at)

    it('hold ten rows unless said, and say whether there are more', () => {
      expect(page({})).toMatchObject({ values: upTo(1, 10), has_more: true })
      expect(page({ limit: 25 })).toMatchObject({ values: upTo(1, 25), has_more: false })
      expect(page({ limit: 24 })).toMatchObject({ values: upTo(1, 24), has_more: true })
    })

    it('go on after a row, down to the oldest', () => {
      const first = page({})
      const second = page({ starting_after: first.ids.at(-1) as string })
      expect(second).toMatchObject({ values: upTo(11, 20), has_more: true })
      const third = page({ starting_after: second.ids.at(-1) as string })
      expect(third).toMatchObject({ values: upTo(21, 25), has_more: false })
      expect(page({ starting_after: third.ids.at(-1) as string })).toMatchObject({
        values: [],
        has_more: false,
      })
    })

    it('go back before a row, up to the newest', () => {
      const all = page({ limit: 100 }).ids
      expect(page({ ending_before: all[20] as string })).toMatchObject({
        values: upTo(11, 20),
        has_more: true,
      })
      expect(page({ ending_before: all[4] as string })).toMatchObject({
        values: upTo(1, 4),
        has_more: false,
      })
      expect(page({ ending_before: all[0] as string })).toMatchObject({
        values: [],
        has_more: false,
      })
    })

    it('keep their place when usage comes in, late or new', () => {
      const first = page({})
      const more = accepted(
        accepted(busy, record(100, { timestamp: NOW })).world,
        record(100, { timestamp: NOW - 15 * HOUR }),
      ).world
      const second = list(more, { ...range, starting_after: first.ids.at(-1) as string })
      expect(second.data.map((row) => row.aggregated_value)).toEqual(
        upTo(11, 20).map((value) => (value === 15 ? 115 : value)),
      )
    })

    it('know a row by meter, customer, start and end alone', () => {
      const [first] = page({ limit: 1 }).ids
      const late = advanceAndRecord(busy)
      expect(list(late, { ...range, limit: 1 }).data[0]?.id).toBe(first)
      const other = usage(given({ now: NOW, seed: 'another' })(meter(), customer()).world, [
        NOW - HOUR,
        1,
      ])
      expect(list(other, { ...range, limit: 1 }).data[0]?.id).toBe(first)
      expect(page({ limit: 2 }).ids[1]).not.toBe(first)
    })

    it('of an ungrouped range have one row, and nothing before or after it', () => {
      const { start_time, end_time } = range
      const { data } = list(busy, { start_time, end_time })
      expect(data).toHaveLength(1)
      const { id } = data[0] as MeterEventSummary
      expect(rows(busy, { start_time, end_time, starting_after: id })).toEqual([])
      expect(rows(busy, { start_time, end_time, ending_before: id })).toEqual([])
    })
  })

  it('shows late events as soon as they are in, at the end of their reach too', () => {
    const { world: start } = world(meter(), customer())
    const recent = usage(start, [NOW, 1])
    const old = usage(recent, [NOW - 35 * DAY, 4])
    expect(
      rows(old, {
        start_time: NOW - 36 * DAY,
        end_time: NOW + DAY,
        value_grouping_window: 'day',
      }),
    ).toEqual([
      [NOW, NOW + DAY, 1],
      [NOW - 35 * DAY, NOW - 34 * DAY, 4],
    ])
  })

  it('adds up what the aggregate adds up', () => {
    const { world: start } = world(meter(), customer())
    const some = usage(start, [NOW - 9 * HOUR, 3], [NOW - 2 * HOUR, 4], [NOW - 30 * HOUR, '0.5'])
    const total = list(some, {
      start_time: NOW - 2 * DAY,
      end_time: NOW,
      value_grouping_window: 'hour',
    }).data.reduce((sum, row) => sum + row.aggregated_value, 0)
    expect(String(total)).toBe(used(some))
  })
})

/** One more hour, with usage in the last one. */
const advanceAndRecord = (world: World): World =>
  accepted(accepted(world, advance(NOW + HOUR)).world, record(1, { timestamp: NOW - HOUR })).world

describe('ListMeterEventSummaries before 1970', () => {
  it('pages by the hour, as at any time', () => {
    const sim = createSimulator({ now: '1969-12-31' })
    const { id } = sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    const { id: customer } = sim.run({ type: 'CreateCustomer' })
    for (const hoursAgo of [2, 1])
      sim.run({
        type: 'RecordMeterEvent',
        params: {
          event_name: 'calls',
          payload: { stripe_customer_id: customer, value: String(hoursAgo) },
          timestamp: sim.now - hoursAgo * HOUR,
        },
      })
    const page = (cursor: object) =>
      sim.ask({
        type: 'ListMeterEventSummaries',
        id,
        params: {
          customer,
          start_time: sim.now - DAY,
          end_time: sim.now,
          value_grouping_window: 'hour',
          limit: 1,
          ...cursor,
        },
      }).data as readonly [MeterEventSummary]
    const [newest] = page({})
    const [before] = page({ starting_after: newest.id })
    expect([newest.aggregated_value, before.aggregated_value]).toEqual([1, 2])
    expect(page({ ending_before: before.id })).toEqual([newest])
  })
})
