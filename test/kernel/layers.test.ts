import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Keys, LAYERS_MAX, LayeredIndex } from '../../src/domain/kernel/layers.js'

/** A version of a history: it sees the numbers up to its limit; the model is a Map of its own. */
interface Version {
  readonly index: LayeredIndex
  readonly limit: number
  readonly model: ReadonlyMap<string, number>
}

/** One more version: in place where this one is the newest of its layer, on a branch where it is not. */
class Histories {
  readonly versions: Version[] = [{ index: new LayeredIndex(), limit: 0, model: new Map() }]
  readonly #tips = new Map<LayeredIndex, number>()

  write(from: Version, keys: readonly string[], shared: boolean): Version {
    const isTip = (this.#tips.get(from.index) ?? from.limit) === from.limit
    const index = isTip ? from.index : new LayeredIndex(from.index, from.limit)
    const model = new Map(from.model)
    let { limit } = from
    for (const [nth, key] of [...new Set(keys)].entries()) {
      if (nth === 0 || !shared) limit += 1
      if (model.has(key)) index.set(key, limit)
      else index.add(key, limit)
      model.set(key, limit)
    }
    this.#tips.set(index, limit)
    const version = { index, limit, model }
    this.versions.push(version)
    return version
  }
}

const check = ({ index, limit, model }: Version, keys: Iterable<string>): void => {
  for (const key of keys)
    if (index.get(key, limit) !== model.get(key))
      expect([key, index.get(key, limit)]).toStrictEqual([key, model.get(key)])
}

const names = (prefix: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${from + at}`)

describe('LayeredIndex', () => {
  it('keeps the earlier numbers of a repeated key for the versions before', () => {
    const index = new LayeredIndex()
    index.add('a', 3)
    index.set('a', 5)
    index.set('a', 9)
    expect([2, 3, 4, 5, 8, 9, 99].map((limit) => index.get('a', limit))).toStrictEqual([
      undefined,
      3,
      3,
      5,
      5,
      9,
      9,
    ])
  })

  it('lets several keys have one number', () => {
    const index = new LayeredIndex()
    index.add('a', 1)
    index.add('b', 1)
    index.set('a', 2)
    index.set('b', 2)
    expect(['a', 'b'].map((key) => [index.get(key, 1), index.get(key, 2)])).toStrictEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('hides from a branch what its parent got above the branch point, through every layer', () => {
    const big = names('k', 40) // Too many to be absorbed: each branch looks through.
    const first = new LayeredIndex()
    for (const [at, key] of big.entries()) first.add(key, at)
    first.add('hidden', 40)
    const second = new LayeredIndex(first, 39)
    for (const [at, key] of names('l', 40).entries()) second.add(key, 40 + at)
    second.add('late', 80)
    const third = new LayeredIndex(second, 60)
    expect(third.get('hidden', 1_000)).toBeUndefined()
    expect(third.get('late', 1_000)).toBeUndefined()
    expect(third.get('l20', 1_000)).toBe(60)
    expect(third.get('l21', 1_000)).toBeUndefined()
    expect(third.get('k39', 1_000)).toBe(39)
    expect(third.get('k39', 38)).toBeUndefined()
    expect(new LayeredIndex(second, 30).get('k31', 1_000)).toBeUndefined()
    const small = new LayeredIndex(first, 39) // Few enough to be absorbed, bounds and all.
    expect(new LayeredIndex(small, 30).get('k31', 1_000)).toBeUndefined()
    expect(new LayeredIndex(new LayeredIndex(first, 30), 39).get('k31', 1_000)).toBeUndefined()
  })

  it('shows every version its own numbers, in any tree of versions', () => {
    const step = fc.record({
      on: fc.oneof(fc.constant(0), fc.nat()),
      keys: fc.oneof(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
        fc
          .tuple(fc.constantFrom(33, 70), fc.nat(150))
          .map(([count, from]) => names('k', count, from)),
      ),
      shared: fc.boolean(),
    })
    const all = ['a', 'b', 'c', 'd', 'constructor', ...names('k', 220)]
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const histories = new Histories()
        const { versions } = histories
        // Counted from the newest, so that chains grow long as well as bushy.
        for (const { on, keys, shared } of steps)
          histories.write(versions.at(-1 - (on % versions.length)) as Version, keys, shared)
        for (const version of versions) check(version, all)
      }),
      { numRuns: 150 },
    )
  })

  it('shows every version its own numbers along a chain of 150 branches that repeat keys', () => {
    const histories = new Histories()
    const [start] = histories.versions
    let tip = start as Version
    for (let at = 0; at < 150; at += 1) {
      histories.write(tip, ['sibling', `s${at}`], false)
      tip = histories.write(tip, [...names('k', 34 + (at % 3) * 20, at * 5), 'again'], at % 2 === 0)
      histories.write(tip, names('k', 40, at), true)
    }
    const keys = ['sibling', 'again', 's0', 's149', ...names('k', 840)]
    for (const version of histories.versions) check(version, keys)
  })

  it.each([33, 65, 200])(
    'never grows deeper than 33 + log2 n, with %i additions a layer',
    (size) => {
      let index = new LayeredIndex()
      let next = 0
      for (let layer = 0; layer < 600; layer += 1) {
        for (let nth = 0; nth < size; nth += 1) index.add(`k${next}`, next++)
        index = new LayeredIndex(index, next - 1)
      }
      const get = vi.spyOn(LayeredIndex.prototype, 'get')
      expect(index.get('missing', next)).toBeUndefined()
      const depth = get.mock.calls.length
      get.mockRestore()
      expect(depth).toBeGreaterThan(1)
      expect(depth).toBeLessThanOrEqual(LAYERS_MAX + 1 + Math.log2(next))
      for (let at = 0; at < next; at += 97) expect(index.get(`k${at}`, next)).toBe(at)
    },
  )
})

describe('Keys', () => {
  it('numbers keys in their order, and lets siblings give one number to two keys', () => {
    const keys = new Keys()
    expect(keys.add('a', 0)).toBe(keys)
    expect(keys.add('b', 1)).toBe(keys)
    const branch = keys.add('c', 1)
    expect(branch).not.toBe(keys)
    expect(['a', 'b', 'c'].map((key) => keys.get(key, 2))).toStrictEqual([0, 1, undefined])
    expect(['a', 'b', 'c'].map((key) => branch.get(key, 2))).toStrictEqual([0, undefined, 1])
    expect(keys.get('b', 1)).toBeUndefined()
    expect(new Keys().get('a', 0)).toBeUndefined()
  })

  it('agrees with a list of keys, in any tree of versions', () => {
    const step = fc.record({ on: fc.nat(), count: fc.constantFrom(1, 2, 40) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const versions: { keys: Keys; model: readonly string[] }[] = [
          { keys: new Keys(), model: [] },
        ]
        for (const [at, { on, count }] of steps.entries()) {
          let { keys, model } = versions.at(
            -1 - (on % versions.length),
          ) as (typeof versions)[number]
          // Siblings get keys of the same names: a number of one must not show through in the other.
          for (const key of names(`g${at % 3}-`, count, model.length)) {
            keys = keys.add(key, model.length)
            model = [...model, key]
          }
          versions.push({ keys, model })
        }
        const all = new Set(versions.flatMap(({ model }) => model))
        for (const { keys, model } of versions)
          for (const key of all) {
            const place = model.indexOf(key)
            const found = keys.get(key, model.length)
            if (found !== (place === -1 ? undefined : place))
              expect([key, found]).toStrictEqual([key, place])
          }
      }),
      { numRuns: 100 },
    )
  })
})
