import { E, execute, type Instant, replay, snapshot, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { cancel, customer, type MeterFields, meter, NOW, record, used } from './support.js'

const START = NOW - 10_000

const world = (fields: MeterFields = {}): World =>
  given({ now: NOW, settings: { preview: { meterMax: true } } })(meter(fields), customer()).world

const count = (from: World, value: string | number, timestamp: Instant): World => {
  const done = execute(from, record(value, { timestamp }))
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right.world
}

/** So many events of 1, a second apart unless said. */
const ones = (from: World, events: number, apart = 1): World =>
  Array.from({ length: events }).reduce<World>(
    (at, _, index) => count(at, 1, START + index * apart),
    from,
  )

describe('usage of older worlds', () => {
  it('does not change by what their successors record, late, cancelled or in order', () => {
    const first = accepted(world(), record(1, { identifier: 'a', timestamp: START })).world
    const second = accepted(first, record(2, { timestamp: START + 10 })).world
    const late = accepted(second, record(4, { timestamp: START + 5 })).world
    const cancelled = accepted(late, cancel('a')).world
    expect([first, second, late, cancelled].map((at) => used(at))).toEqual(['1', '3', '7', '6'])
  })

  it('goes its own way from a fork: what one branch adds the other does not see', () => {
    const trunk = ones(world(), 40)
    const left = count(trunk, 100, START + 50)
    const right = count(trunk, 200, START + 45)
    const deeper = count(right, '0.5', START + 60)
    expect([trunk, left, right, deeper].map((at) => used(at))).toEqual([
      '40',
      '140',
      '240',
      '240.5',
    ])
  })

  it.each([
    ['sum', '40', '42', '45.000000000001'],
    ['count', '40', '41', '42'],
    ['last', '1', '2', '0.000000000001'],
    ['max', '1', '2', '5'],
  ] as const)(
    '%s: finer units on the one branch leave the other exact',
    (formula, trunk, left, right) => {
      // Forty, since a branch copies what is shorter than that; and it branches off before the finer value comes.
      const shared = ones(world({ default_aggregation: { formula } }), 40)
      const one = count(shared, 5, START + 45)
      const other = count(shared, 2, START + 50)
      const finer = count(one, '0.000000000001', START + 60)
      expect(used(shared)).toBe(trunk)
      expect(used(finer)).toBe(right)
      expect(used(other)).toBe(left)
      // A range that begins among the shared events and ends on the branch.
      const range = { start: START + 39, end: START + 55 }
      expect(used(other, range)).toBe({ sum: '3', count: '2', last: '2', max: '2' }[formula])
      expect(used(finer, range)).toBe({ sum: '6', count: '2', last: '5', max: '5' }[formula])
      // What the one branch has before the end of this range is not there on the other.
      const shorter = { start: START + 39, end: START + 50 }
      expect(used(other, shorter)).toBe('1')
      const grandchild = count(other, 3, START + 70)
      expect(used(grandchild, range)).toBe({ sum: '3', count: '2', last: '2', max: '2' }[formula])
      expect(used(count(other, '0.25', START + 52), range)).toBe(
        { sum: '3.25', count: '3', last: '0.25', max: '2' }[formula],
      )
    },
  )

  it('windows of the same: the shared window goes on on each branch', () => {
    const shared = ones(world({ event_time_window: 'hour' }), 40)
    const one = count(shared, 4, START + 50)
    const other = count(shared, 7, START + 60)
    const finer = count(one, '0.000001', START + 70)
    expect([shared, one, other, finer].map((at) => used(at))).toEqual(['1', '4', '7', '0.000001'])
    const next = count(other, 3, START + 3_600)
    expect(used(next)).toBe('10')
    expect(used(count(next, 5, START + 3_601))).toBe('12')
  })

  it.each([
    ['sum', '3', ['9', '2.25', '5.25', '9.25']],
    ['count', '3', ['3', '3', '4', '4']],
  ] as const)(
    '%s of several shared windows: a branch replaces the last and keeps the others',
    (formula, trunk, expected) => {
      const shared = ones(
        world({ event_time_window: 'hour', default_aggregation: { formula } }),
        40,
        200,
      )
      count(shared, 100, NOW - 1_000) // Taken by the shared line, so that what follows branches off.
      const replaced = count(shared, 7, NOW - 900)
      const finer = count(replaced, '0.25', NOW - 800)
      const next = count(finer, 3, NOW)
      const late = count(next, '4.25', NOW - 700)
      expect(used(shared)).toBe(trunk)
      expect([replaced, finer, next, late].map((at) => used(at))).toEqual(expected)
    },
  )

  it('a chain of many forks reads like one history', () => {
    let trunk = world()
    for (let step = 0; step < 80; step += 1) {
      const next = count(trunk, 1, START + 2 * step)
      // A sibling is written first on the older world, so that the trunk branches at each step.
      count(trunk, '0.001', START + 2 * step + 1)
      trunk = count(next, '0.5', START + 2 * step - 7)
    }
    expect(used(trunk)).toBe('120')
    expect(snapshot(replay(trunk))).toEqual(snapshot(trunk))
  })

  it('meters and customers made on two branches stay apart, though they stand in the same places', () => {
    const trunk = world()
    const newcomer = (from: World, id: string, value: number): World =>
      accepted(
        from.record(customer(id)).opened(),
        record(value, { customer: id, timestamp: START }),
      ).world
    const left = newcomer(trunk, 'cus_left', 5)
    const right = newcomer(trunk, 'cus_right', 9)
    expect(used(left, { customer: 'cus_left' })).toBe('5')
    expect(used(right, { customer: 'cus_right' })).toBe('9')
    expect(used(right, { customer: 'cus_left' })).toBe('0')
    expect(used(trunk, { customer: 'cus_left' })).toBe('0')
  })

  it('a cancellation on one branch leaves the event on the other', () => {
    const trunk = accepted(world(), record(5, { identifier: 'x', timestamp: START })).world
    const cancelled = accepted(trunk, cancel('x')).world
    const kept = accepted(trunk, record(1, { timestamp: START + 1 })).world
    expect([trunk, cancelled, kept].map((at) => used(at))).toEqual(['5', '0', '6'])
    expect(used(accepted(kept, cancel('x')).world)).toBe('1')
  })

  it('a refused batch leaves nothing behind for those who go on from its world', () => {
    const start = ones(world(), 3)
    const refused = execute(start, {
      type: 'RecordMeterEvents',
      params: {
        events: [
          record(100, { timestamp: START + 10 }).params,
          record(100, { timestamp: START - 10 }).params,
          record(1, { event_name: 'none' }).params,
        ],
      },
    })
    expect(E.isLeft(refused)).toBe(true)
    expect(used(start)).toBe('3')
    expect(used(count(start, 5, START + 5))).toBe('8')
  })
})
