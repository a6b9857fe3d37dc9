import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newOwner, Vector } from '../../src/domain/kernel/vector.js'

const of = (items: readonly number[]): Vector<number> => {
  let vector: Vector<number> = Vector.empty
  for (const item of items) vector = vector.push(item)
  return vector
}

const check = (vector: Vector<number>, model: readonly number[]): void => {
  expect(vector.size).toBe(model.length)
  expect([...vector]).toStrictEqual(model)
  for (let at = 0; at < model.length; at += 1)
    if (vector.get(at) !== model[at]) expect(vector.get(at)).toBe(model[at])
}

describe('Vector', () => {
  it.each([0, 1, 31, 32, 33, 1_023, 1_024, 1_025, 1_056, 32_769])('holds %i items', (size) => {
    const items = Array.from({ length: size }, (_, at) => at * 2)
    check(of(items), items)
  })

  it('has nothing below its first and beyond its last item', () => {
    const vector = of([1, 2])
    expect([-1, 2, 31, 32, 1_024].map((at) => vector.get(at))).toStrictEqual(
      Array(5).fill(undefined),
    )
    expect(Vector.empty.get(0)).toBeUndefined()
  })

  it('keeps undefined as an item', () => {
    const vector = (Vector.empty as Vector<number | undefined>).push(undefined).push(1)
    expect([...vector]).toStrictEqual([undefined, 1])
  })

  it('keeps every version as it was, in any tree of pushes and sets', () => {
    const step = fc.record({
      on: fc.nat(),
      set: fc.option(fc.nat(), { nil: undefined }),
      count: fc.constantFrom(1, 1, 2, 31, 33, 1_000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const versions: { vector: Vector<number>; model: readonly number[] }[] = [
          { vector: Vector.empty, model: [] },
        ]
        for (const [at, { on, set, count }] of steps.entries()) {
          const { vector, model } = versions[on % versions.length] as (typeof versions)[number]
          if (set !== undefined && model.length > 0) {
            const index = set % model.length
            versions.push({ vector: vector.set(index, -at), model: model.with(index, -at) })
          } else {
            let next = vector
            const items = Array.from({ length: count }, (_, nth) => at * 10_000 + nth)
            for (const item of items) next = next.push(item)
            versions.push({ vector: next, model: [...model, ...items] })
          }
        }
        for (const { vector, model } of versions) check(vector, model)
      }),
      { numRuns: 60 },
    )
  })

  it('written by an owner leaves the version it began from, and what others made of that, as they were', () => {
    const step = fc.tuple(fc.boolean(), fc.nat())
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_100 }),
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.array(step, { maxLength: 60 }),
        (size, first, second) => {
          const items = Array.from({ length: size }, (_, at) => at)
          const source = of(items)
          const drafted = [first, second].map((steps, draft) => {
            const owner = newOwner()
            let vector = source
            const model = [...items]
            for (const [push, value] of steps)
              if (push || model.length === 0) {
                vector = vector.push(value + draft, owner)
                model.push(value + draft)
              } else {
                vector = vector.set(value % model.length, -value, owner)
                model[value % model.length] = -value
              }
            return { vector, model }
          })
          for (const { vector, model } of drafted) check(vector, model)
          check(source, items)
          const [{ vector, model }] = drafted as [{ vector: Vector<number>; model: number[] }]
          for (const owner of [undefined, newOwner()])
            check(vector.push(7, owner).set(0, -1, owner), [...model, 7].with(0, -1))
          check(vector, model)
        },
      ),
      { numRuns: 100 },
    )
  })
})
