import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anchorAt,
  areCompatible,
  boundary,
  configuredAnchor,
  periodAt,
  type Recurrence,
} from '../../src/domain/kernel/cycle.js'

const every = (interval_count: number, interval: Recurrence['interval']): Recurrence => ({
  interval,
  interval_count,
})
const month = every(1, 'month')

const boundaries = (
  anchor: number,
  recurrence: Recurrence,
  ks: readonly number[],
): readonly number[] => ks.map((k) => boundary(anchorAt(anchor), recurrence, k))

describe('boundaries', () => {
  it('S-B1: the 31st comes back after every shorter month, also in leap years', () => {
    expect(boundaries(1706702400, month, [1, 2, 3, 4, 5, 6])).toEqual([
      1709208000, 1711886400, 1714478400, 1717156800, 1719748800, 1722427200,
    ])
    expect(boundaries(1706702400, month, [13, 25, 37, 49, 14])).toEqual([
      1740744000, 1772280000, 1803816000, 1835438400, 1743422400,
    ])
    const [a, b, c, d] = boundaries(1706702400, month, [0, 1, 2, 3]) as [
      number,
      number,
      number,
      number,
    ]
    expect([b - a, c - b, d - c]).toEqual([2505600, 2678400, 2592000])
  })

  it('S-B2: the 30th with a time of day is clamped in February only', () => {
    expect(boundaries(1738224930, month, [1, 2, 3, 37])).toEqual([
      1740730530, 1743322530, 1746000930, 1835424930,
    ])
  })

  it('S-B3: the 29th stands in leap Februaries', () => {
    expect(boundaries(1738108800, month, [1, 2, 37])).toEqual([1740700800, 1743206400, 1835395200])
  })

  it('S-B5: every three months from 30 November', () => {
    expect(boundaries(1701302400, every(3, 'month'), [1, 2, 3, 4])).toEqual([
      1709164800, 1717027200, 1724976000, 1732924800,
    ])
  })

  it('S-B6: every three and every six months from the last second of August', () => {
    expect(boundaries(1756684799, every(3, 'month'), [1, 2, 3, 4])).toEqual([
      1764547199, 1772323199, 1780271999, 1788220799,
    ])
    expect(boundaries(1756684799, every(6, 'month'), [1, 2, 3])).toEqual([
      1772323199, 1788220799, 1803859199,
    ])
  })

  it('S-B8: every ten days knows no months', () => {
    expect(boundaries(1771567200, every(10, 'day'), [1, 2, 3])).toEqual([
      1772431200, 1773295200, 1774159200,
    ])
  })
})

describe('a configured anchor', () => {
  it('S-B11: day 31 asked for in February: first invoice on the 28th, anchor on 31 March', () => {
    const { first, anchor } = configuredAnchor(1739179800, { day_of_month: 31 }, month)
    expect(first).toBe(1740735000)
    expect(anchor.at).toBe(1743413400)
    expect([-1, 0, 1].map((k) => boundary(anchor, month, k))).toEqual([
      1740735000, 1743413400, 1746005400,
    ])
    expect(periodAt(anchor, month, 1739179800)).toEqual({ start: 1738315800, end: 1740735000 })
  })

  it('S-B12: every two months from February, day 31: the anchor is in August', () => {
    const twoMonths = every(2, 'month')
    const { first, anchor } = configuredAnchor(1770681600, { day_of_month: 31 }, twoMonths)
    expect(first).toBe(1772236800)
    expect(anchor.at).toBe(1788134400)
    expect([-3, -2, -1, 0, 1, 2, 3].map((k) => boundary(anchor, twoMonths, k))).toEqual([
      1772236800, 1777507200, 1782777600, 1788134400, 1793404800, 1798675200, 1803772800,
    ])
  })

  it('a month that was asked for is waited for, with the time of day that was asked for', () => {
    const config = { day_of_month: 15, month: 6, hour: 12, minute: 0, second: 0 }
    const { first } = configuredAnchor(1770681600, config, every(1, 'year'))
    expect(first).toBe(Date.UTC(2026, 5, 15, 12) / 1000)
  })
})

describe('intervals in one subscription', () => {
  const set = (...parts: string[]): readonly Recurrence[] =>
    parts.map((part) => {
      const [count, interval] = part.split(' ') as [string, Recurrence['interval']]
      return every(Number(count), interval)
    })

  it.each([
    [['1 month', '3 month']],
    [['1 month', '1 year']],
    [['1 day', '1 week']],
    [['1 day', '3 month']],
    [['2 week', '4 week']],
    [['2 month', '4 month', '6 month']],
  ])('S-B15: %j go together', (parts) => expect(areCompatible(set(...parts))).toBe(true))

  it.each([
    [['2 month', '3 month']],
    [['4 month', '6 month']],
    [['1 week', '1 month']],
    [['2 day', '1 week']],
    [['5 month', '1 year']],
  ])('S-B15: %j do not', (parts) => expect(areCompatible(set(...parts))).toBe(false))
})

const anyRecurrence = fc.record({
  interval: fc.constantFrom<Recurrence['interval']>('day', 'week', 'month', 'year'),
  interval_count: fc.integer({ min: 1, max: 36 }),
})
const anyInstant = fc.integer({ min: 0, max: 4_000_000_000 })

describe('laws of the cycle', () => {
  it('periods tile time: the one that holds a moment ends where the next begins', () => {
    fc.assert(
      fc.property(anyInstant, anyRecurrence, anyInstant, (at, recurrence, moment) => {
        const anchor = anchorAt(at)
        const { start, end } = periodAt(anchor, recurrence, moment)
        expect(start).toBeLessThanOrEqual(moment)
        expect(end).toBeGreaterThan(moment)
        expect(periodAt(anchor, recurrence, end).start).toBe(end)
        expect(periodAt(anchor, recurrence, start - 1).end).toBe(start)
      }),
    )
  })

  it('boundaries go up, and each follows from the anchor alone', () => {
    fc.assert(
      fc.property(
        anyInstant,
        anyRecurrence,
        fc.integer({ min: -50, max: 50 }),
        (at, recurrence, k) => {
          const anchor = anchorAt(at)
          expect(boundary(anchor, recurrence, k)).toBeLessThan(boundary(anchor, recurrence, k + 1))
          expect(boundary(anchor, recurrence, 0)).toBe(at)
        },
      ),
    )
  })
})
