import { E, type Either } from 'clepsydra'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMapping } from '../../src/usage-import/index.js'
import { JsonReader } from '../../src/usage-import/json.js'
import type { Mapping, TimeFormat } from '../../src/usage-import/mapping.js'
import { ownText } from '../../src/usage-import/own-text.js'
import { readTime, usageOf } from '../../src/usage-import/usage-row.js'

const MAPPING: Mapping = {
  event_name: { constant: 'calls' },
  customer: 'customer',
  value: 'value',
  time: 'time',
  identifier: 'id',
}

const right = <A>(either: Either<string, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left)
  return either.right
}

/** What a JSON row says by a mapping that differs from the usual one. */
const usage = (row: Readonly<Record<string, unknown>>, mapping: Partial<Mapping> = {}) =>
  right(usageOf(right(readMapping({ ...MAPPING, ...mapping })), new JsonReader()))({
    customer: 'cus_1',
    value: '5',
    time: 1_000,
    id: 'e1',
    ...row,
  })

const plain = {
  event_name: 'calls',
  customer: 'cus_1',
  value: '5',
  timestamp: 1_000,
  identifier: 'e1',
  payload: undefined,
}

describe('the usage of a row', () => {
  it('has its parts from where the mapping says', () => {
    expect(usage({})).toEqual(plain)
    expect(
      usage(
        { who: { key: ' acme ' }, what: 'tokens', region: 'eu', zone: '', depth: 2, gone: null },
        {
          event_name: 'what',
          customer: { from: 'who.key', lookup: { acme: 'cus_9' } },
          value: { constant: '1' },
          time: { constant: '2026-01-01' },
          payload: {
            region: 'region',
            zone: 'zone',
            depth: { from: 'depth' },
            gone: 'gone',
            source: { constant: 'file' },
          },
        },
      ),
    ).toEqual({
      event_name: 'tokens',
      customer: 'cus_9',
      value: '1',
      timestamp: 1_767_225_600,
      identifier: 'e1',
      payload: { region: 'eu', depth: '2', source: 'file' },
    })
  })

  it('lacks an identifier where the mapping names none, and a value where the field is empty', () => {
    expect(usage({ value: ' ' }, { identifier: undefined })).toEqual({
      ...plain,
      identifier: undefined,
      value: undefined,
    })
    expect(usage({}, { value: undefined })).toEqual({ ...plain, value: undefined })
  })

  it.each([
    [{ customer: '' }, 'customer', 'is empty'],
    [{ customer: null }, 'customer', 'is empty'],
    [{ time: '' }, 'time', 'is empty'],
    [{ time: undefined }, 'time', 'is empty'],
    [{ id: '' }, 'identifier', 'is empty'],
    [{ id: 'x'.repeat(101) }, 'identifier', `'${'x'.repeat(60)}...' has more than 100 characters`],
    [
      { value: { amount: 5 } },
      'value',
      'is an object or array: give the path of a text or number inside of it',
    ],
    [
      { time: [1] },
      'time',
      'is an object or array: give the path of a text or number inside of it',
    ],
    [
      { value: 123456789012.12346 },
      'value',
      '123456789012.12346 has more digits than a JSON number holds exactly: write it as a text',
    ],
    [
      { value: 1e21 },
      'value',
      '1e+21 has more digits than a JSON number holds exactly: write it as a text',
    ],
  ])('is refused with its field and a reason: %j', (row, field, reason) =>
    expect(usage(row)).toEqual({ field, reason }),
  )

  it('is refused where the event name is empty or a key is in no lookup', () => {
    expect(usage({ name: '' }, { event_name: 'name' })).toEqual({
      field: 'event_name',
      reason: 'is empty',
    })
    const customer = { from: 'customer', lookup: { acme: 'cus_9' } }
    for (const key of ['acne', 'constructor'])
      expect(usage({ customer: key }, { customer })).toEqual({
        field: 'customer',
        reason: `'${key}' is not in the lookup`,
      })
  })

  it.each([
    [5, '5'],
    [-0.25, '-0.25'],
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    [123456789012345, '123456789012345'],
    [true, 'true'],
  ])('has a JSON number as the decimal that was written: %d', (value, text) =>
    expect(usage({ value })).toMatchObject({ value: text }),
  )
})

const noZone = "'2026-01-31T08:27:07' names no time zone: end it with Z for UTC"

describe('a time', () => {
  it.each<[string, TimeFormat, number]>([
    ['1769848027', 'auto', 1_769_848_027],
    ['1769848027.9', 'unix', 1_769_848_027],
    ['-5', 'unix', -5],
    ['1769848027999', 'unix_ms', 1_769_848_027],
    ['-1', 'unix_ms', -1],
    ['2026-01-31', 'auto', 1_769_817_600],
    ['2026-01-31', 'date', 1_769_817_600],
    ['2026-01-31T08:27:07Z', 'auto', 1_769_848_027],
    ['2026-01-31T08:27:07.999999Z', 'rfc3339', 1_769_848_027],
    ['2026-01-31 09:27:07+01:00', 'rfc3339', 1_769_848_027],
    ['2026-01-31t08:27:07z', 'auto', 1_769_848_027],
  ])('%s as %s', (text, format, moment) => expect(readTime(text, format)).toBe(moment))

  it.each<[string, TimeFormat, string]>([
    [
      '1769848027999',
      'auto',
      "'1769848027999' is too great for unix seconds: for milliseconds give the format unix_ms",
    ],
    ['2026-01-31T08:27:07', 'auto', noZone],
    ['2026-01-31T08:27:07', 'rfc3339', noZone],
    [
      '31.01.2026',
      'auto',
      "'31.01.2026' is not unix seconds, a date (2026-01-31) or an RFC 3339 time (2026-01-31T08:27:07Z)",
    ],
    ['2026-02-30', 'date', "'2026-02-30' is not a date (2026-01-31)"],
    ['2026-01-31T08:27:07Z', 'date', "'2026-01-31T08:27:07Z' is not a date (2026-01-31)"],
    ['2026-01-31', 'rfc3339', "'2026-01-31' is not an RFC 3339 time (2026-01-31T08:27:07Z)"],
    ['2026-01-31', 'unix', "'2026-01-31' is not unix seconds"],
    ['2026-01-31', 'unix_ms', "'2026-01-31' is not unix milliseconds"],
    ['1769848027', 'rfc3339', "'1769848027' is not an RFC 3339 time (2026-01-31T08:27:07Z)"],
    ['1e9', 'unix', "'1e9' is not unix seconds"],
  ])('is refused: %s as %s', (text, format, reason) => expect(readTime(text, format)).toBe(reason))
})

describe('a mapping', () => {
  const wrong = (mapping: unknown): string => {
    const read = readMapping(mapping)
    return E.isLeft(read) ? read.left : 'accepted'
  }

  it('is read with every field in full', () =>
    expect(readMapping({ ...MAPPING, payload: { region: 'r' } })).toEqual(
      E.right({
        event_name: { constant: 'calls' },
        customer: { from: 'customer' },
        value: { from: 'value' },
        time: { from: 'time' },
        identifier: { from: 'id' },
        payload: { region: { from: 'r' } },
      }),
    ))

  it.each([
    ['text', 'a mapping is an object, such as { "customer": "account" }'],
    [
      { event_name: 'a', time: 'b' },
      `the mapping lacks 'customer': name a column or path, or { "constant": ... }`,
    ],
    [
      { ...MAPPING, colour: 'red' },
      "the mapping has an unknown field 'colour'; it may have event_name, customer, value, time, identifier, payload",
    ],
    [
      { ...MAPPING, time: { from: 'a', zone: 'UTC' } },
      "the mapping has an unknown field 'time[zone]'",
    ],
    [
      { ...MAPPING, time: { from: 'a', format: 'iso' } },
      "the mapping is wrong at 'time[format]': Invalid time[format]: must be one of auto, unix, unix_ms, rfc3339, or date",
    ],
    [
      { ...MAPPING, value: {} },
      "the mapping is wrong at 'value': 'value' needs either 'from' (a column or path) or 'constant'.",
    ],
    [
      { ...MAPPING, payload: { region: { from: 'a', constant: 'b' } } },
      "the mapping is wrong at 'payload[region]': 'payload[region]' needs either 'from' (a column or path) or 'constant'.",
    ],
    [
      { ...MAPPING, customer: { from: 'a', lookup: { acme: 7 } } },
      "the mapping is wrong at 'customer[lookup][acme]': Invalid string: 7",
    ],
  ])('is refused with the field at fault: %j', (mapping, message) =>
    expect(wrong(mapping)).toBe(message),
  )
})

/** One to four bytes of UTF-8, and halves of a pair. */
const anyUnit = fc.constantFrom('a', '\u00e9', '\u20ac', '\u{1f4b6}', '\ud83d', '\udcb6')

describe('a text of its own', () => {
  it('is the same text, whatever it holds', () =>
    fc.assert(
      fc.property(fc.string({ unit: anyUnit, maxLength: 60 }), (text) => {
        expect(ownText(text)).toBe(text)
      }),
    ))

  it('is the same where it is no valid Unicode', () => {
    const half = `${'x'.repeat(20)}\ud800`
    expect(ownText(half)).toBe(half)
  })

  it('is the same where it is long', () => {
    const long = '\u20ac'.repeat(5_000)
    for (const length of [999, 1_000, 1_001, 5_000])
      expect(ownText(long.slice(0, length))).toBe(long.slice(0, length))
  })
})
