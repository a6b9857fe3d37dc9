import { type Codec, emptyable, FAIL, leaf, mapOf } from './codec.js'
import { invalidRequest, type Rejection } from './rejection.js'

/**
 * Key-value pairs of the caller's own on a resource.
 * @remarks Source: docs.stripe.com/api/metadata. At most 50 keys of 40 characters without square brackets, values
 * of 500 characters.
 */
export type Metadata = Readonly<Record<string, string>>

/** What a caller may write: `''` or `null` as a value removes that key, as the whole it removes all keys. */
export type MetadataParam = Readonly<Record<string, string | number | null>> | '' | null

const KEYS_MAX = 50
const KEY_LENGTH_MAX = 40
const VALUE_LENGTH_MAX = 500

const value: Codec<string> = leaf(
  'metadata value',
  (input) => {
    if (input === null) return ''
    const text = typeof input === 'number' && Number.isFinite(input) ? String(input) : input
    return typeof text === 'string' && text.length <= VALUE_LENGTH_MAX ? text : FAIL
  },
  (input, param) =>
    typeof input === 'string'
      ? invalidRequest(
          `Metadata values can have up to ${VALUE_LENGTH_MAX} characters, but you passed in a value that is ${input.length} characters. Invalid value: ${input.slice(0, 20)}...`,
          { param },
        )
      : invalidRequest('Metadata values must be strings.', { param }),
)

const pairs = mapOf(value, KEYS_MAX)

const badKey = (key: string): boolean =>
  key.length === 0 || key.length > KEY_LENGTH_MAX || /[[\]]/.test(key)

/** Decodes to the changes asked for; `null` asks to remove everything. */
export const metadataParam: Codec<Metadata | null> = emptyable(
  leaf(
    'metadata',
    (input) => {
      const got = pairs.read(input)
      return got === FAIL || Object.keys(got).some(badKey) ? FAIL : got
    },
    (input, param) => {
      const keys =
        typeof input === 'object' && input !== null && !Array.isArray(input)
          ? Object.keys(input)
          : undefined
      if (keys === undefined)
        return invalidRequest('Invalid metadata: it must be a map of keys to strings.', { param })
      const bad = keys.find(badKey)
      if (bad !== undefined)
        return invalidRequest(
          /[[\]]/.test(bad)
            ? `Metadata keys cannot contain square brackets: ${bad}`
            : `Metadata keys have 1 to ${KEY_LENGTH_MAX} characters: ${bad.slice(0, 60)}`,
          { param },
        )
      if (keys.length > KEYS_MAX)
        return invalidRequest(
          `You can only have up to ${KEYS_MAX} metadata keys, but you passed in ${keys.length}.`,
          { param },
        )
      const key = keys.find(
        (name) => value.read((input as Record<string, unknown>)[name]) === FAIL,
      ) as string
      const wrong = (input as Record<string, unknown>)[key]
      return invalidRequest(
        typeof wrong === 'string'
          ? `Metadata values can have up to ${VALUE_LENGTH_MAX} characters, but you passed in a value that is ${wrong.length} characters.`
          : 'Metadata values must be strings.',
        { param: `${param}[${key}]` },
      )
    },
  ),
)

/** What most resources have: one object for them all. */
export const NO_METADATA: Metadata = Object.freeze({})

/** The metadata of a new resource: empty values name keys that are not set. */
export const newMetadata = (given: Metadata | null | undefined): Metadata =>
  mergeMetadata(NO_METADATA, given)

/** Merges key by key; an empty value removes its key, `null` removes them all, `undefined` changes nothing. */
export const mergeMetadata = (current: Metadata, change: Metadata | null | undefined): Metadata => {
  if (change === undefined) return current
  if (change === null) return NO_METADATA
  const merged = new Map(Object.entries(current))
  for (const [key, text] of Object.entries(change)) {
    if (text === '') merged.delete(key)
    else merged.set(key, text)
  }
  return Object.fromEntries(merged)
}

/** Why merged metadata cannot be kept: pair by pair it has outgrown what a resource may hold. */
export const metadataRefusal = (metadata: Metadata): Rejection | undefined => {
  const { length } = Object.keys(metadata)
  return length > KEYS_MAX
    ? invalidRequest(
        `You can only have up to ${KEYS_MAX} metadata keys, but the update would make ${length}.`,
        { param: 'metadata' },
      )
    : undefined
}
