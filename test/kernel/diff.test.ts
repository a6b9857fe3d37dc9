import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { previousAttributes, sameJson } from '../../src/domain/kernel/diff.js'

const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)))

/** The same value with the keys of every object the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field)]),
  )
}

/** Text that is equal exactly where the values are, whatever the order of keys. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(
    ([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`,
  )
  return `{${fields.sort().join()}}`
}

describe('sameJson', () => {
  it('tells equal values whatever the order of their keys', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        expect(sameJson(a, reversed(a))).toBe(true)
        expect(sameJson(a, b)).toBe(canonical(a) === canonical(b))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    [[], {}],
    [null, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: 1 }, { b: 1 }],
    [{ toString: null }, { a: null }],
    [{ a: undefined }, { b: undefined }],
    [0, '0'],
    [[undefined], [null]],
  ])('tells %j from %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false)
    expect(sameJson(b, a)).toBe(false)
  })
})

describe('previousAttributes', () => {
  it.each<[string, object, object, unknown]>([
    ['a changed attribute', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }],
    [
      'a new key stands with null',
      { m: { a: '1' } },
      { m: { a: '1', b: '2' } },
      { m: { b: null } },
    ],
    ['a removed key', { m: { a: '1', b: '2' } }, { m: { a: '1' } }, { m: { b: '2' } }],
    [
      'only the changed part of an object',
      { o: { a: 1, b: 2 } },
      { o: { a: 1, b: 3 } },
      { o: { b: 2 } },
    ],
    ['the whole of an array', { l: [1, { a: 2 }] }, { l: [1, { a: 3 }] }, { l: [1, { a: 2 }] }],
    ['an object that was null', { o: null }, { o: { a: 1 } }, { o: null }],
    ['an object that became null', { o: { a: 1 } }, { o: null }, { o: { a: 1 } }],
    ['nothing', { a: 1, o: { b: [2] } }, { o: { b: [2] }, a: 1 }, {}],
    [
      'a new key that every object has',
      { m: {} },
      { m: { constructor: 'x' } },
      { m: { constructor: null } },
    ],
  ])('%s', (_, before, after, previous) => {
    expect(previousAttributes(before, after)).toStrictEqual(previous)
  })

  it('keeps a key that is called __proto__', () => {
    const previous = previousAttributes(
      JSON.parse('{"__proto__":"old"}'),
      JSON.parse('{"__proto__":"new"}'),
    )
    expect(Object.entries(previous)).toStrictEqual([['__proto__', 'old']])
    expect(Object.getPrototypeOf(previous)).toBe(Object.prototype)
  })

  it('leads back from after to before', () => {
    const anyObject = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.nat(2), fc.array(fc.nat(1)), fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(2))),
    )
    /** Lays old values over the new ones; `null` takes a key away, which no value here is. */
    const undone = (after: object, previous: object): object => {
      const result = new Map<string, unknown>(Object.entries(after))
      for (const [key, was] of Object.entries(previous)) {
        const is = result.get(key)
        const nested = [was, is].every(
          (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
        )
        if (was === null) result.delete(key)
        else result.set(key, nested ? undone(is as object, was) : was)
      }
      return Object.fromEntries(result)
    }
    fc.assert(
      fc.property(anyObject, anyObject, (before, after) => {
        const previous = previousAttributes(before, after)
        expect(sameJson(undone(after, previous), before)).toBe(true)
        expect(
          Object.keys(previous).every(
            (key) =>
              !sameJson(
                (before as Record<string, unknown>)[key],
                (after as Record<string, unknown>)[key],
              ),
          ),
        ).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
