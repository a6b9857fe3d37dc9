import type { Formula, World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  advance,
  cancel,
  customer,
  FEBRUARY,
  JANUARY,
  meter,
  NOW,
  record,
  used,
} from './support.js'

const HOUR = 3_600
const DAY = 86_400

const world = given({ now: NOW, settings: { preview: { meterMax: true } } })

const windowed = (event_time_window: 'hour' | 'day', formula: Formula = 'sum'): World =>
  world(meter({ event_time_window, default_aggregation: { formula } }), customer()).world

/** Events `[identifier, timestamp, value]` in this order of receipt; a lone identifier cancels it. */
type Step = readonly [identifier: string, timestamp: number, value: number | string] | string

const received = (start: World, ...steps: readonly Step[]): World =>
  steps.reduce(
    (at, step) =>
      typeof step === 'string'
        ? accepted(at, cancel(step)).world
        : accepted(at, record(step[2], { identifier: step[0], timestamp: step[1] })).world,
    start,
  )

/** What the four formulas say of the same steps. */
const all = (window: 'hour' | 'day', ...steps: readonly Step[]): readonly string[] =>
  (['sum', 'count', 'last', 'max'] as const).map((formula) =>
    used(received(windowed(window, formula), ...steps)),
  )

const T = NOW - 6 * HOUR

describe('pre-aggregation', () => {
  it('of a window only the event received last counts, whatever the timestamps', () => {
    expect(all('hour', ['a', T + 60, 5], ['b', T + 30, 3])).toEqual(['3', '1', '3', '3'])
    expect(all('hour', ['a', T, 5], ['b', T + HOUR - 1, 3], ['c', T, 8])).toEqual([
      '8',
      '1',
      '8',
      '8',
    ])
  })

  it('windows are UTC hours or days, their first second included', () => {
    expect(
      all('hour', ['a', T - 1, 1], ['b', T, 2], ['c', T + HOUR - 1, 4], ['d', T + HOUR, 8]),
    ).toEqual(['13', '3', '8', '8'])
    expect(
      all('day', ['a', NOW - DAY - 1, 1], ['b', NOW - DAY, 2], ['c', NOW - 1, 4], ['d', NOW, 8]),
    ).toEqual(['13', '3', '8', '8'])
  })

  it('a late event overwrites its window', () => {
    expect(all('hour', ['a', T, 5], ['b', T + HOUR, 7], ['c', T + 10, 2])).toEqual([
      '9',
      '2',
      '7',
      '7',
    ])
  })

  it('a late event fills a window that had none', () =>
    expect(all('hour', ['a', T + HOUR, 7], ['b', T, '0.5'])).toEqual(['7.5', '2', '7', '7']))

  it('a late event overwrites a late event, a greater one too', () => {
    expect(all('hour', ['a', T + HOUR, 7], ['b', T, 2], ['c', T + 5, 9])).toEqual([
      '16',
      '2',
      '7',
      '9',
    ])
    expect(all('hour', ['a', T + HOUR, 7], ['b', T, 9], ['c', T + 5, 2])).toEqual([
      '9',
      '2',
      '7',
      '7',
    ])
  })

  it('M-B7 in any state of the window: the survivor is the last received', () => {
    const steps: Step[] = [
      ['a', T + 1_800, 5],
      ['b', T + 3_599, 7],
      ['c', T + 3_600, 9],
      ['d', T, 3],
    ]
    expect(all('hour', ...steps)).toEqual(['12', '2', '9', '9'])
    expect(all('hour', ...steps, 'd')).toEqual(['16', '2', '9', '9'])
    expect(all('hour', ...steps, 'd', 'b')).toEqual(['14', '2', '9', '9'])
    expect(all('hour', ...steps, 'd', 'b', 'a')).toEqual(['9', '1', '9', '9'])
    expect(all('hour', ...steps, 'd', 'b', 'a', 'c')).toEqual(['0', '0', '0', '0'])
  })

  it('cancelling the last of a window lets the one before count again', () =>
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'b')).toEqual(['5', '1', '5', '5']))

  it('cancelling an overwritten event changes nothing that counts', () =>
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'a')).toEqual(['3', '1', '3', '3']))

  it('cancelling both leaves nothing, in either order', () => {
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'a', 'b')).toEqual(['0', '0', '0', '0'])
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'b', 'a')).toEqual(['0', '0', '0', '0'])
  })

  it('an event after a cancellation counts, in the newest window too', () => {
    expect(all('hour', ['a', T, 5], 'a', ['b', T + 2, 4])).toEqual(['4', '1', '4', '4'])
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'b', ['c', T + 2, 4])).toEqual([
      '4',
      '1',
      '4',
      '4',
    ])
    expect(all('hour', ['a', T, 5], ['b', T + 1, 3], 'b', ['c', T + 2, 4], 'c')).toEqual([
      '5',
      '1',
      '5',
      '5',
    ])
  })

  it('windows after a corrected one go on as ever', () =>
    expect(
      all('hour', ['a', T, 5], 'a', ['b', T + HOUR, 6], ['c', T + 1, '2.25'], ['d', T + HOUR, 1]),
    ).toEqual(['3.25', '2', '1', '2.25']))

  it('cancelling a late event gives its window back', () =>
    expect(all('hour', ['a', T, 5], ['b', T + HOUR, 7], ['c', T + 10, 2], 'c')).toEqual([
      '12',
      '2',
      '7',
      '7',
    ]))

  it('cancelling the event under a late one changes nothing that counts', () =>
    expect(all('hour', ['a', T, 5], ['b', T + HOUR, 7], ['c', T + 10, 2], 'a')).toEqual([
      '9',
      '2',
      '7',
      '7',
    ]))

  it('values of other scales in one window replace one another exactly', () =>
    expect(
      all(
        'hour',
        ['a', T, '1.000000000001'],
        ['b', T, 2],
        ['c', T + HOUR, '999999999999999.5'],
        ['d', T, '0.25'],
        'd',
      ),
    ).toEqual(['1000000000000001.5', '2', '999999999999999.5', '999999999999999.5']))

  it('a window that the bound of a period cuts belongs wholly to the next period', () => {
    const cut = JANUARY + 10 * DAY + 1_800
    const start = windowed('hour')
    const some = received(
      start,
      ['a', cut - 1_800, 1],
      ['b', cut - HOUR - 1_800, 2],
      ['c', cut + HOUR, 4],
    )
    expect(used(some, { start: JANUARY, end: cut })).toBe('2')
    expect(used(some, { start: cut, end: FEBRUARY })).toBe('5')
    const late = received(some, ['d', cut - 1, 8])
    expect(used(late, { start: JANUARY, end: cut })).toBe('2')
    expect(used(late, { start: cut, end: FEBRUARY })).toBe('12')
  })

  it('an older world of the same history still counts what it counted', () => {
    const first = received(windowed('hour'), ['a', T, 5])
    const second = received(first, ['b', T + 1, 3])
    const third = received(second, ['c', T + HOUR, 7])
    const cancelled = received(third, 'b')
    expect([first, second, third, cancelled].map((at) => used(at))).toEqual(['5', '3', '10', '12'])
    const branch = received(first, ['d', T + 2, 4])
    expect([first, branch, second].map((at) => used(at))).toEqual(['5', '4', '3'])
  })

  it('of timestamps a day apart each day has its own window', () => {
    const days = accepted(windowed('day'), advance(NOW + 3 * DAY)).world
    const some = [0, 1, 2, 2].reduce(
      (at, day, index) =>
        accepted(at, record(10 ** index, { timestamp: NOW + day * DAY + index })).world,
      days,
    )
    expect(used(some)).toBe('1011')
  })
})
