import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ordered, SortedTree, type TreeRules } from '../../src/domain/kernel/sorted-tree.js'
import { newOwner, type Owner } from '../../src/domain/kernel/vector.js'

let compared = 0

const rules: TreeRules<number, number, number> = {
  compare: (a, b) => {
    compared += 1
    return a - b
  },
  measure: (value) => value,
  add: (a, b) => a + b,
  zero: 0,
}

type Tree = SortedTree<number, number, number>
type Model = ReadonlyMap<number, number>

const empty: Tree = SortedTree.of(rules)

/** Levels on the longest way down: one comparison each. */
const heightOf = (tree: Tree): number => {
  let height = 0
  for (const [key] of [...tree])
    for (const near of [key - 0.5, key, key + 0.5]) {
      compared = 0
      tree.get(near)
      height = Math.max(height, compared)
    }
  return height
}

/** The greatest height of a balanced tree, about 1.44 log2 n: the smallest of a height has the two below it, and a root. */
const heightMax = (size: number): number => {
  let height = 0
  for (let [fewest, next] = [1, 2]; fewest <= size; [fewest, next] = [next, fewest + next + 1])
    height += 1
  return height
}

const check = (tree: Tree, model: Model): void => {
  const sorted = [...model].sort(([a], [b]) => a - b)
  expect([...tree]).toStrictEqual(sorted)
  expect(tree.toJSON()).toStrictEqual(sorted)
  expect(tree.size).toBe(sorted.length)
  expect(tree.first()).toStrictEqual(sorted[0])
  expect(heightOf(tree)).toBeLessThanOrEqual(heightMax(sorted.length))
  for (const probe of [
    -1,
    ...sorted.map(([key]) => key),
    ...sorted.map(([key]) => key + 0.5),
    1e9,
  ]) {
    const below = sorted.filter(([key]) => key < probe)
    expect(tree.get(probe)).toBe(model.get(probe))
    expect(tree.before(probe)).toStrictEqual(below.at(-1))
    expect(tree.sumBelow(probe)).toBe(below.reduce((sum, [, value]) => sum + value, 0))
  }
}

interface Change {
  readonly remove: boolean
  readonly key: number
  readonly value: number
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  remove: fc.boolean(),
  key: fc.nat(60),
  value: fc.integer({ min: -9, max: 9 }),
})

const changed = (tree: Tree, model: Model, { remove, key, value }: Change, owner?: Owner) => {
  const next = new Map(model)
  if (remove) next.delete(key)
  else next.set(key, value)
  return [remove ? tree.delete(key, owner) : tree.set(key, value, owner), next] as const
}

/** A batch of neighbours, in order: what makes a tree lean over. */
const anyBatch: fc.Arbitrary<readonly Change[]> = fc.oneof(
  anyChange.map((change) => [change]),
  fc
    .tuple(fc.boolean(), fc.nat(60), fc.integer({ min: -20, max: 20 }))
    .map(([remove, from, count]) =>
      Array.from({ length: Math.abs(count) }, (_, at) => ({
        remove,
        key: from + (count < 0 ? -at : at) + 20,
        value: at,
      })),
    ),
)

describe('SortedTree', () => {
  it('agrees with a sorted array in any tree of versions, and every version stays as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), anyBatch), { maxLength: 20 }), (steps) => {
        const versions: (readonly [Tree, Model])[] = [[empty, new Map()]]
        for (const [on, batch] of steps) {
          let version = versions.at(-1 - (on % versions.length)) as (typeof versions)[number]
          for (const change of batch) version = changed(...version, change)
          versions.push(version)
        }
        for (const [tree, model] of versions) check(tree, model)
      }),
      { numRuns: 60 },
    )
  })

  it('changed by an owner leaves the version it began from, and another owner of that, as they were', () => {
    const batches = fc.array(anyBatch, { maxLength: 10 })
    fc.assert(
      fc.property(batches, batches, batches, (before, first, second) => {
        let source: readonly [Tree, Model] = [empty, new Map()]
        for (const change of before.flat()) source = changed(...source, change)
        const drafted = [first, second].map((steps) => {
          const owner = newOwner()
          let version = source
          for (const change of steps.flat()) version = changed(...version, change, owner)
          return version
        })
        check(...source)
        for (const version of drafted) check(...version)
        const [version] = drafted as [readonly [Tree, Model]]
        for (const owner of [undefined, newOwner()])
          check(...changed(...version, { remove: false, key: 5, value: 1_000 }, owner))
        check(...version)
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, (at: number) => number]>([
    ['rising', (at) => at],
    ['falling', (at) => 5_000 - at],
    ['from both ends', (at) => (at % 2 === 0 ? at : 10_000 - at)],
    ['scattered', (at) => (at * 2_654_435_761) % 4_294_967_296],
  ])('stays low when %s keys come, and when most go again', (_, keyOf) => {
    const owner = newOwner()
    let tree = empty
    for (let at = 0; at < 5_000; at += 1) tree = tree.set(keyOf(at), 1, owner)
    expect(tree.size).toBe(5_000)
    expect(heightOf(tree)).toBeLessThanOrEqual(heightMax(5_000))
    for (let at = 0; at < 4_900; at += 1) tree = tree.delete(keyOf(at), owner)
    expect(tree.size).toBe(100)
    expect(heightOf(tree)).toBeLessThanOrEqual(heightMax(100))
    expect(tree.sumBelow(Number.POSITIVE_INFINITY)).toBe(100)
  })

  it('is the same value where there is nothing to delete', () => {
    const tree = empty.set(1, 1)
    expect(tree.delete(2)).toBe(tree)
    expect(tree.delete(1).size).toBe(0)
    expect(tree.delete(1).first()).toBeUndefined()
  })

  it('replaces the value of a key, and its part of the sums', () => {
    const tree = empty.set(1, 5).set(2, 7).set(1, 6)
    expect([tree.size, tree.get(1), tree.sumBelow(3)]).toStrictEqual([2, 6, 13])
  })

  it('may be ordered only', () => {
    const tree = SortedTree.of(ordered<string, true>((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
      .set('b', true)
      .set('a', true)
    expect([...tree].map(([key]) => key)).toStrictEqual(['a', 'b'])
    expect(tree.sumBelow('z')).toBeUndefined()
  })
})
