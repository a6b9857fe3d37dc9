import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closed, decode } from '../../src/domain/kernel/codec.js'
import { E } from '../../src/domain/kernel/fp.js'
import {
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../../src/domain/kernel/metadata.js'

const params = closed('Params', { metadata: metadataParam })

const taken = (metadata: unknown) => {
  const done = decode(params, { metadata })
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right.metadata
}

const keys = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, 'v']))

describe('metadataParam', () => {
  it('takes pairs at their full sizes, numbers as texts, and null as the empty text', () => {
    const most = { ...keys(49), ['k'.repeat(40)]: 'v'.repeat(500) }
    expect(taken(most)).toStrictEqual(most)
    expect(taken({ a: 5, b: 0.1, c: null, d: '' })).toStrictEqual({
      a: '5',
      b: '0.1',
      c: '',
      d: '',
    })
    expect(taken({})).toStrictEqual({})
  })

  it.each(['', null])('takes %j for the wish to remove all', (metadata) => {
    expect(taken(metadata)).toBeNull()
  })

  it.each<[string, unknown, string, string]>([
    ['a text', 'x', 'metadata', 'Invalid metadata: it must be a map of keys to strings.'],
    ['an array', ['x'], 'metadata', 'Invalid metadata: it must be a map of keys to strings.'],
    [
      'a key in brackets',
      { 'a[b]': 'x' },
      'metadata',
      'Metadata keys cannot contain square brackets: a[b]',
    ],
    [
      'a key of 41 characters',
      { ['k'.repeat(41)]: 'x' },
      'metadata',
      `Metadata keys have 1 to 40 characters: ${'k'.repeat(41)}`,
    ],
    ['an empty key', { '': 'x' }, 'metadata', 'Metadata keys have 1 to 40 characters: '],
    [
      '51 keys',
      keys(51),
      'metadata',
      'You can only have up to 50 metadata keys, but you passed in 51.',
    ],
    [
      'a value of 501 characters',
      { a: 'x', b: 'v'.repeat(501) },
      'metadata[b]',
      'Metadata values can have up to 500 characters, but you passed in a value that is 501 characters.',
    ],
    ['a value that is an object', { a: {} }, 'metadata[a]', 'Metadata values must be strings.'],
    ['a value that is a boolean', { a: true }, 'metadata[a]', 'Metadata values must be strings.'],
    [
      'a value that is no number',
      { a: Number.NaN },
      'metadata[a]',
      'Metadata values must be strings.',
    ],
  ])('refuses %s', (_, metadata, param, message) => {
    expect(decode(params, { metadata })).toStrictEqual(
      E.left({ status: 400, type: 'invalid_request_error', param, message }),
    )
  })
})

describe('mergeMetadata', () => {
  const current = Object.freeze({ a: '1', b: '2' })

  it('changes what is named, removes what is empty, and keeps the rest', () => {
    expect(mergeMetadata(current, { b: '', c: '3' })).toStrictEqual({ a: '1', c: '3' })
    expect(mergeMetadata(current, {})).toStrictEqual(current)
    expect(mergeMetadata(current, undefined)).toBe(current)
    expect(mergeMetadata(current, null)).toStrictEqual({})
  })

  it('starts a new resource without its empty values', () => {
    expect(newMetadata({ a: '1', b: '' })).toStrictEqual({ a: '1' })
    expect(newMetadata(undefined)).toStrictEqual({})
    expect(newMetadata(null)).toStrictEqual({})
  })

  it('agrees with a Map for any keys, those of every object included', () => {
    const anyKey = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor', '1'), fc.string())
    const anyPairs = fc.array(fc.tuple(anyKey, fc.constantFrom('', 'x', 'y')), { maxLength: 6 })
    fc.assert(
      fc.property(anyPairs, anyPairs, (first, second) => {
        const merged = mergeMetadata(
          newMetadata(Object.fromEntries(first)),
          Object.fromEntries(second),
        )
        const model = new Map(first)
        for (const [key, value] of new Map(second)) model.set(key, value)
        for (const [key, value] of model) if (value === '') model.delete(key)
        expect(new Map(Object.entries(merged))).toStrictEqual(model)
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
      }),
    )
  })
})

describe('metadataRefusal', () => {
  it('refuses metadata that has outgrown 50 keys', () => {
    expect(metadataRefusal(keys(50))).toBeUndefined()
    expect(metadataRefusal(keys(51))).toMatchObject({ status: 400, param: 'metadata' })
  })
})
