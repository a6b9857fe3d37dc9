import type { Formula, World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  customer,
  FEBRUARY,
  JANUARY,
  MARCH,
  type MeterFields,
  meter,
  record,
  used,
} from './support.js'

const DAY_5 = 1_767_571_200
const DAY_8 = 1_767_830_400
const DAY_20 = 1_768_867_200

/** Usage of `[timestamp, value]`, in this order of receipt, on a meter; received at the beginning of February. */
const received = (
  fields: MeterFields,
  ...events: readonly (readonly [timestamp: number, value: number | string])[]
): World =>
  events.reduce(
    (world, [timestamp, value]) => accepted(world, record(value, { timestamp })).world,
    given({ now: FEBRUARY, settings: { preview: { meterMax: true } } })(meter(fields), customer())
      .world,
  )

const by = (formula: Formula): MeterFields => ({ default_aggregation: { formula } })

describe('aggregation', () => {
  const B1 = [
    [DAY_5, '1.5'],
    [DAY_8, '2.25'],
    [DAY_20, '-0.75'],
  ] as const

  it('M-B1: a raw sum of 1.5, 2.25 and -0.75 is 3', () =>
    expect(used(received(by('sum'), ...B1))).toBe('3'))

  it('M-B2: a raw sum of 10 and -25 is -15; that it bills as 0 is for the invoice', () =>
    expect(used(received(by('sum'), [DAY_5, 10], [DAY_8, -25]))).toBe('-15'))

  it('M-B3: count is 3 and last -0.75; that -0.75 bills as 0 is for the invoice', () => {
    expect(used(received(by('count'), ...B1))).toBe('3')
    expect(used(received(by('last'), ...B1))).toBe('-0.75')
  })

  it('M-B5: last is 0 in February after 9 in January: nothing is carried over', () => {
    const world = received(by('last'), [DAY_20, 9])
    expect(used(world)).toBe('9')
    expect(used(world, { start: FEBRUARY, end: MARCH })).toBe('0')
  })

  it('M-B6: January takes its first second and leaves the first of February', () => {
    const world = received(
      by('sum'),
      [1_767_225_599, 1],
      [1_767_225_600, 1],
      [1_769_903_999, 1],
      [1_769_904_000, 1],
    )
    expect(used(world)).toBe('2')
    expect(used(world, { start: 1_764_547_200, end: JANUARY })).toBe('1')
    expect(used(world, { start: FEBRUARY, end: MARCH })).toBe('1')
  })

  describe('M-B7: four events, 13:00 to 15:00', () => {
    const range = { start: 1_768_050_000, end: 1_768_057_200 }
    const events = [
      [1_768_051_800, 5],
      [1_768_053_599, 7],
      [1_768_053_600, 9],
      [1_768_050_000, 3],
    ] as const
    it.each<[Formula, string, string]>([
      ['sum', '24', '12'],
      ['count', '4', '2'],
      ['last', '9', '9'],
      ['max', '9', '9'],
    ])('%s: raw %s, by the hour %s', (formula, raw, hourly) => {
      expect(used(received(by(formula), ...events), range)).toBe(raw)
      expect(used(received({ ...by(formula), event_time_window: 'hour' }, ...events), range)).toBe(
        hourly,
      )
    })
  })

  describe.each<Formula>(['sum', 'count', 'last', 'max'])('%s', (formula) => {
    it('of no event is 0', () => expect(used(received(by(formula)))).toBe('0'))

    it('leaves other customers and other meters alone', () => {
      const { world } = given({ now: FEBRUARY, settings: { preview: { meterMax: true } } })(
        meter(by(formula)),
        meter({ ...by(formula), id: 'mtr_2', event_name: 'tokens' }),
        customer(),
        customer('cus_2'),
      )
      const all = [
        record(5, { timestamp: DAY_5 }),
        record(7, { timestamp: DAY_5, customer: 'cus_2' }),
        record(9, { timestamp: DAY_5, event_name: 'tokens' }),
      ].reduce((at, command) => accepted(at, command).world, world)
      const one = (value: string) => (formula === 'count' ? '1' : value)
      expect(used(all)).toBe(one('5'))
      expect(used(all, { customer: 'cus_2' })).toBe(one('7'))
      expect(used(all, { meter: 'mtr_2' })).toBe(one('9'))
      expect(used(all, { meter: 'mtr_2', customer: 'cus_2' })).toBe('0')
      expect(used(all, { customer: 'cus_0' })).toBe('0')
    })
  })

  it('raw events of one timestamp all count, and the last of them received is last', () => {
    const events = [
      [DAY_5, 4],
      [DAY_8, 1],
      [DAY_5, 6],
      [DAY_5, 5],
    ] as const
    const range = { end: DAY_5 + 1 }
    expect(used(received(by('sum'), ...events), range)).toBe('15')
    expect(used(received(by('count'), ...events), range)).toBe('3')
    expect(used(received(by('last'), ...events), range)).toBe('5')
    expect(used(received(by('max'), ...events), range)).toBe('6')
  })

  it('last goes by timestamp, however late the event came in', () => {
    expect(used(received(by('last'), [DAY_20, 1], [DAY_5, 2]))).toBe('1')
    expect(used(received(by('last'), [DAY_5, 2], [DAY_20, 1], [DAY_8, 3]), { end: DAY_20 })).toBe(
      '3',
    )
  })

  it('max of negative values is the greatest of them, not 0', () =>
    expect(used(received(by('max'), [DAY_5, -7], [DAY_8, '-2.5'], [DAY_20, -3]))).toBe('-2.5'))

  it('count needs no value, and takes any', () => {
    const { world } = given({ now: FEBRUARY })(meter(by('count')), customer())
    const bare = { event_name: 'calls', payload: { stripe_customer_id: 'cus_1' }, timestamp: DAY_5 }
    const some = [
      { type: 'RecordMeterEvent', params: bare } as const,
      record('twelve', { timestamp: DAY_5 }),
      record('100', { timestamp: DAY_8 }),
    ].reduce((at, command) => accepted(at, command).world, world)
    expect(used(some)).toBe('3')
  })

  describe('decimals are exact', () => {
    it.each<[string, readonly (string | number)[], string]>([
      ['tenths', ['0.1', '0.2'], '0.3'],
      ['15 and 12 digits', ['999999999999999.999999999999'], '999999999999999.999999999999'],
      [
        'more than a double holds',
        ['999999999999999.999999999999', '0.000000000001'],
        '1000000000000000',
      ],
      [
        'past 2^53',
        ['999999999999999', ...Array<string>(10).fill('999999999999999')],
        '10999999999999989',
      ],
      [
        'back from beyond 2^53',
        [
          ...Array<string>(10).fill('999999999999999'),
          ...Array<string>(10).fill('-999999999999999'),
        ],
        '0',
      ],
      [
        'a fine value after coarse ones, and coarse ones after it',
        [1, '2.5', '0.000000000001', 3, '-0.5'],
        '6.000000000001',
      ],
      ['signs and zeros as they come', ['+1.50', '-0', '-0.00', '007'], '8.5'],
      ['a negative total with a fraction', ['-999999999999999.5', '0.25'], '-999999999999999.25'],
    ])('%s', (_, values, total) => {
      const inOrder = values.map((value, index) => [DAY_5 + index, value] as const)
      expect(used(received(by('sum'), ...inOrder))).toBe(total)
      // The same as late events: the newest first.
      expect(used(received(by('sum'), [DAY_20, 0], ...inOrder.slice().reverse()))).toBe(total)
    })

    it('last and max tell a value of full length as it is', () => {
      const value = '-123456789012345.123456789012'
      for (const formula of ['last', 'max'] as const) {
        expect(used(received(by(formula), [DAY_5, value]))).toBe(value)
        expect(
          used(received(by(formula), [DAY_20, '-999999999999999'], [DAY_5, value]), { end: DAY_8 }),
        ).toBe(value)
      }
    })
  })

  it('any range is the difference of two: many events, in and out of order', () => {
    const events = Array.from(
      { length: 60 },
      (_, index) => [DAY_5 + ((index * 37) % 60) * 3_600, index - 20] as const,
    )
    const world = received(by('sum'), ...events)
    for (const [from, to] of [
      [0, 60],
      [7, 8],
      [13, 41],
      [59, 60],
      [30, 30],
    ] as const) {
      const start = DAY_5 + from * 3_600
      const end = DAY_5 + to * 3_600
      const expected = events
        .filter(([timestamp]) => timestamp >= start && timestamp < end)
        .reduce((sum, [, value]) => sum + value, 0)
      expect(used(world, { start, end })).toBe(String(expected))
    }
  })
})
