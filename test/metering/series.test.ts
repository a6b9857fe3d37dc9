import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  addDecimals,
  type Decimal,
  decimal,
  subtractDecimals,
  ZERO,
} from '../../src/domain/kernel/decimal.js'
import { LAYERS_MAX } from '../../src/domain/kernel/layers.js'
import { Series } from '../../src/domain/metering/series.js'

interface Entry {
  readonly time: number
  readonly value: Decimal
  readonly position: number
}

/** A reader of a series, and the plain list of entries that it must see. */
interface Version {
  readonly series: Series
  readonly position: number
  readonly model: readonly Entry[]
}

type Batch = readonly (readonly [step: number, units: number, scale: number])[]

/** A tree of versions: written in place where a version is the newest of its layer, on a branch where it is not. */
class Histories {
  readonly versions: Version[]
  readonly #window: number
  readonly #tips = new Map<Series, number>()

  constructor(window: number) {
    this.#window = window
    this.versions = [{ series: new Series(window), position: 0, model: [] }]
  }

  write(from: Version, batch: Batch): Version {
    const isTip = (this.#tips.get(from.series) ?? from.position) === from.position
    const series = isTip ? from.series : new Series(this.#window, from.series, from.position)
    const model = [...from.model]
    let { position } = from
    for (const [step, units, scale] of batch) {
      const length = this.#window === 0 ? 1 : this.#window
      const time = Math.floor(((model.at(-1)?.time ?? 0) + step) / length) * length
      position += 1
      series.append(time, units, scale, position)
      model.push({ time, value: decimal(units, scale), position })
    }
    this.#tips.set(series, position)
    const version = { series, position, model }
    this.versions.push(version)
    return version
  }

  check({ series, position, model }: Version): void {
    const last = model.at(-1)?.time
    expect(series.lastTime(position)).toBe(last)
    expect([...series.downFrom(Number.POSITIVE_INFINITY, position)]).toStrictEqual(
      [...model].reverse(),
    )
    // Of each window the last entry counts.
    const counting =
      this.#window === 0 ? model : model.filter(({ time }, at) => model[at + 1]?.time !== time)
    for (const time of [0, 1, Math.floor((last ?? 0) / 2), last ?? 0, (last ?? 0) + 1]) {
      const below = counting.filter((entry) => entry.time < time)
      const { units, scale, count } = series.totalBelow(time, position)
      const total = below.reduce((sum, { value }) => addDecimals(sum, value), ZERO)
      expect([subtractDecimals(decimal(units, scale), total), count]).toStrictEqual([
        ZERO,
        below.length,
      ])
    }
  }
}

describe.each([0, 5])('a series with a window of %i seconds', (window) => {
  const anyEntry = fc.tuple(fc.nat(3), fc.integer({ min: -50, max: 50 }), fc.nat(3))
  const anyBatch = fc.oneof(
    fc.array(anyEntry, { minLength: 1, maxLength: 3 }),
    // Too many to be absorbed.
    fc.array(anyEntry, { minLength: 33, maxLength: 80, size: 'max' }),
  )

  it('shows every version its own entries and totals, in any tree of versions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), anyBatch), { maxLength: 15 }), (steps) => {
        const histories = new Histories(window)
        const { versions } = histories
        for (const [on, batch] of steps)
          histories.write(versions.at(-1 - (on % versions.length)) as Version, batch)
        for (const version of versions) histories.check(version)
      }),
      { numRuns: 50 },
    )
  })

  it('shows them along a chain of 100 branches, whose units get smaller on the way', () => {
    const histories = new Histories(window)
    let tip = histories.versions[0] as Version
    for (let at = 0; at < 100; at += 1) {
      histories.write(tip, [[1, 1, at % 4]])
      const batch = Array.from({ length: 34 + (at % 5) * 20 }, (_, nth) => {
        return [(at + nth) % 3, ((at * 7 + nth) % 13) - 6, at % 7 === 3 ? 2 : 0] as const
      })
      tip = histories.write(tip, batch)
      histories.write(tip, [[1, 5, 3]])
    }
    for (const [at, version] of histories.versions.entries())
      if (at % 13 === 0 || version === tip) histories.check(version)
  })
})

describe('a chain of series', () => {
  it.each([33, 65, 200])(
    'never grows deeper than 33 + log2 n, with %i entries a branch',
    (size) => {
      let series = new Series(0)
      let position = 0
      for (let branch = 0; branch < 400; branch += 1) {
        for (let nth = 0; nth < size; nth += 1) {
          position += 1
          series.append(position, 1, 0, position)
        }
        series = new Series(0, series, position)
      }
      const totalBelow = vi.spyOn(Series.prototype, 'totalBelow')
      expect(series.totalBelow(1, position).count).toBe(0)
      const depth = totalBelow.mock.calls.length
      totalBelow.mockRestore()
      expect(depth).toBeLessThanOrEqual(LAYERS_MAX + 1 + Math.log2(position))
      expect(series.totalBelow(position, position).count).toBe(position - 1)
    },
  )
})
