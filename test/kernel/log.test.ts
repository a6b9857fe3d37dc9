import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTINUES, FIRED, Line, OPENS, type Opening } from '../../src/domain/kernel/line.js'
import {
  entries,
  eventsBetween,
  type LogView,
  transactionEnd,
  transactions,
} from '../../src/domain/kernel/log.js'

/** A log of transactions of these sizes; a negative size is one that a clock fired. Events are told by `at`. */
const logOf = (...sizes: readonly number[]): LogView => {
  const line = new Line()
  for (const size of sizes)
    for (let nth = 0; nth < Math.abs(size); nth += 1) {
      const opening: Opening = nth > 0 ? CONTINUES : size < 0 ? FIRED : OPENS
      line.push({ type: 'Noted', at: line.length + 1 }, opening)
    }
  return { line, position: line.length }
}

const read = (log: LogView, from?: number) =>
  Array.from(transactions(log, from), ({ entries: all, fired }) => ({
    positions: all.map(({ position }) => position),
    fired,
  }))

const anySizes = fc.array(
  fc.integer({ min: -4, max: 4 }).filter((size) => size !== 0),
  { maxLength: 12 },
)

describe('entries', () => {
  it('are the events above a position, in order, up to where the log ends', () => {
    const log = logOf(2, 1)
    expect([...entries(log)].map(({ position, event }) => [position, event.at])).toStrictEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect([...entries(log, 2)].map(({ position }) => position)).toStrictEqual([3])
    expect([...entries(log, 3)]).toStrictEqual([])
    expect([...entries(log, -5)]).toHaveLength(3)
    expect([...entries({ ...log, position: 2 })].map(({ position }) => position)).toStrictEqual([
      1, 2,
    ])
  })
})

describe('transactions', () => {
  it('are cut where they open, and know who fired them', () => {
    expect(read(logOf(2, -1, -2, 1))).toStrictEqual([
      { positions: [1, 2], fired: false },
      { positions: [3], fired: true },
      { positions: [4, 5], fired: true },
      { positions: [6], fired: false },
    ])
    expect(read(logOf())).toStrictEqual([])
  })

  it('hold every event once, as they were written', () => {
    fc.assert(
      fc.property(anySizes, (sizes) => {
        const found = read(logOf(...sizes))
        expect(
          found.map(({ positions, fired }) => positions.length * (fired ? -1 : 1)),
        ).toStrictEqual(sizes)
        expect(found.flatMap(({ positions }) => positions)).toStrictEqual(
          Array.from(
            { length: sizes.reduce((sum, size) => sum + Math.abs(size), 0) },
            (_, at) => at + 1,
          ),
        )
      }),
    )
  })

  it('above the end of one are the ones after it', () => {
    fc.assert(
      fc.property(anySizes, fc.nat(), (sizes, cut) => {
        const log = logOf(...sizes)
        const at = cut % (sizes.length + 1)
        const from = sizes.slice(0, at).reduce((sum, size) => sum + Math.abs(size), 0)
        expect(read(log, from)).toStrictEqual(read(log).slice(at))
      }),
    )
  })
})

describe('transactionEnd', () => {
  it('is the last end of a transaction at or below the position', () => {
    fc.assert(
      fc.property(anySizes, fc.integer({ min: -2, max: 60 }), (sizes, position) => {
        const ends = [0]
        for (const size of sizes) ends.push((ends.at(-1) as number) + Math.abs(size))
        const expected = ends.findLast((end) => end <= Math.max(position, 0))
        expect(transactionEnd(logOf(...sizes), position)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('does not look beyond the end of its log: what follows there belongs to a later world', () => {
    const log = logOf(1, 3)
    expect(transactionEnd({ ...log, position: 2 }, 2)).toBe(2)
    expect(transactionEnd(log, 2)).toBe(1)
  })
})

describe('eventsBetween', () => {
  const log = logOf(2, 3)
  const between = (from: number, to?: number, view = log) =>
    eventsBetween(view, from, to).map(({ at }) => at)

  it('leaves out the first position and takes the last', () => {
    expect(between(1, 3)).toStrictEqual([2, 3])
    expect(between(3)).toStrictEqual([4, 5])
    expect(between(5)).toStrictEqual([])
    expect(between(0)).toStrictEqual([1, 2, 3, 4, 5])
  })

  it('shows an older world nothing of what came after it', () => {
    expect(between(0, 99)).toStrictEqual([1, 2, 3, 4, 5])
    expect(between(0, 99, { ...log, position: 2 })).toStrictEqual([1, 2])
    expect(between(-3, 2)).toStrictEqual([1, 2])
  })
})
