import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyText,
  anything,
  arrayOf,
  boolean,
  type Codec,
  closed,
  decode,
  emptyable,
  explain,
  FAIL,
  finite,
  idOf,
  integer,
  leaf,
  literal,
  mapOf,
  nullable,
  oneOf,
  optional,
  paramOf,
  tagged,
  text,
  timestamp,
  timestampV2,
} from '../../src/domain/kernel/codec.js'
import { E } from '../../src/domain/kernel/fp.js'
import { invalidRequest, type Rejection } from '../../src/domain/kernel/rejection.js'

/** A parameter `p` of the codec, as commands have them: so that its refusals name it. */
const param = <A>(codec: Codec<A>) => closed('Params', { p: codec })

const refused = (codec: Codec<any>, input: unknown): Rejection => {
  const done = decode(codec, input)
  if (E.isRight(done)) throw new Error(`taken as ${String(done.right)}`)
  expect(codec.read(input)).toBe(FAIL)
  return done.left
}

const taken = <A>(codec: Codec<A>, input: unknown): A => {
  const done = decode(codec, input)
  if (E.isLeft(done)) throw new Error(`refused: ${done.left.message}`)
  expect(codec.read(input)).toStrictEqual(done.right)
  return done.right
}

const emptyText =
  "You passed an empty string for 'p'. We assume empty values are an attempt to unset a parameter; however 'p' cannot be unset. You should remove 'p' from your request or supply a non-empty value."

/** A 400 `invalid_request_error` on `p`. */
const onP = (message: string, code?: string): Rejection => ({
  status: 400,
  type: 'invalid_request_error',
  ...(code === undefined ? {} : { code }),
  param: 'p',
  message,
})
const notInteger = (shown: string) => onP(`Invalid integer: ${shown}`, 'parameter_invalid_integer')

const pet = tagged<unknown>('Pet', 'type', {
  cat: closed('Cat', { type: literal('cat'), lives: integer(1, 9) }),
  dog: closed('Dog', { type: literal('dog'), name: text(10) }),
})

const circular: Record<string, unknown> = {}
circular.self = circular

describe('what is taken, and as what', () => {
  it.each<[string, Codec<any>, unknown, unknown]>([
    ['a text', text(3), 'abc', 'abc'],
    ['an empty text of a log', anyText, '', ''],
    ['an id', idOf<string>(), 'cus_1', 'cus_1'],
    ['an integer', integer(), -7, -7],
    ['an integer of a form', integer(), '25', 25],
    ['a negative integer of a form', integer(), '-25', -25],
    ['an integer with zeros before it', integer(), '007', 7],
    ['the greatest integer of a form', integer(), '9007199254740991', 9_007_199_254_740_991],
    ['the least that is allowed', integer(1, 3), '1', 1],
    ['the most that is allowed', integer(1, 3), 3, 3],
    ['a fraction of a log', finite, 0.5, 0.5],
    ['true', boolean, true, true],
    ['true of a form', boolean, 'true', true],
    ['false of a form', boolean, 'false', false],
    ['unix seconds', timestamp, 1_767_225_600, 1_767_225_600],
    ['unix seconds of a form', timestamp, '1767225600', 1_767_225_600],
    ['an RFC 3339 time', timestampV2, '2026-01-01T00:00:00.000Z', 1_767_225_600],
    ['unix seconds to the v2 API', timestampV2, 1_767_225_600, 1_767_225_600],
    ['one of a few words', oneOf('W', ['a', 'b']), 'b', 'b'],
    ['a literal', literal(null), null, null],
    ['null', nullable(integer()), null, null],
    ['a value that may be null', nullable(integer()), '4', 4],
    ['an empty string that unsets', emptyable(integer()), '', null],
    ['a null that unsets', emptyable(integer()), null, null],
    ['a value that may be unset', emptyable(integer()), '4', 4],
    ['an array', arrayOf(integer()), ['1', 2], [1, 2]],
    ['an empty array', arrayOf(integer()), [], []],
    ['an array of a form', arrayOf(integer()), { 10: '3', 2: '2', 0: '1' }, [1, 2, 3]],
    ['a map', mapOf(integer()), { a: '1', b: 2 }, { a: 1, b: 2 }],
    ['a tagged case', pet, { type: 'cat', lives: '9' }, { type: 'cat', lives: 9 }],
    ['anything', anything('any'), { deep: [1, { x: null }] }, { deep: [1, { x: null }] }],
  ])('%s', (_, codec, input, output) => {
    expect(taken(codec, input)).toStrictEqual(output)
    expect(taken(param(codec), { p: input })).toStrictEqual({ p: output })
  })

  it.each([-0, '-0', '0', '00'])('%j is the one zero', (input) => {
    expect(Object.is(taken(integer(), input), 0)).toBe(true)
    expect(Object.is(taken(timestamp, input), 0)).toBe(true)
  })
})

describe('what is refused, and in which words', () => {
  it.each<[string, Codec<any>, unknown, Rejection]>([
    ['an empty text', text(), '', onP(emptyText, 'parameter_invalid_empty')],
    ['a number for a text', text(), 5, onP('Invalid string: 5')],
    ['an object for a text', text(), { a: 1 }, onP('Invalid string: {"a":1}')],
    [
      'a text that is too long',
      text(3),
      'abcd',
      onP('Invalid string: abcd; must be at most 3 characters', 'parameter_invalid_string'),
    ],
    ['a number for a text of a log', anyText, 5, onP('Invalid string: 5')],
    ['an empty integer', integer(), '', onP(emptyText, 'parameter_invalid_empty')],
    ['a word for an integer', integer(), 'abc', notInteger('abc')],
    ['a fraction for an integer', integer(), 1.5, notInteger('1.5')],
    ['a fraction of a form', integer(), '1.0', notInteger('1.0')],
    ['a number beyond the integers', integer(), 1e300, notInteger('1e+300')],
    ['a text beyond the integers', integer(), '9007199254740992', notInteger('9007199254740992')],
    ['no number', integer(), Number.NaN, notInteger('NaN')],
    ['an infinite number', integer(), Number.POSITIVE_INFINITY, notInteger('Infinity')],
    ['a plus sign', integer(), '+5', notInteger('+5')],
    ['a text in exponents', integer(), '1e3', notInteger('1e3')],
    ['a text with a space', integer(), ' 5', notInteger(' 5')],
    ['a bigint', integer(), 5n, notInteger('5')],
    ['true for an integer', integer(), true, notInteger('true')],
    ['an array of one integer', integer(), [5], notInteger('[5]')],
    [
      'an integer too small',
      integer(1, 100),
      '0',
      onP('This value must be greater than or equal to 1.', 'parameter_invalid_integer'),
    ],
    [
      'an integer too great',
      integer(1, 100),
      101,
      onP('This value must be less than or equal to 100.', 'parameter_invalid_integer'),
    ],
    ['no number in a log', finite, Number.NaN, onP('Invalid number: NaN')],
    ['a text for a number in a log', finite, '1', onP('Invalid number: 1')],
    ['a word for a boolean', boolean, 'yes', onP('Invalid boolean: yes')],
    ['a number for a boolean', boolean, 1, onP('Invalid boolean: 1')],
    ['a date for unix seconds', timestamp, '2026-01-01', notInteger('2026-01-01')],
    ['a fraction of a second', timestamp, 0.5, notInteger('0.5')],
    [
      'a day that does not exist',
      timestampV2,
      '2026-02-30',
      onP('Invalid timestamp: 2026-02-30; write it like 1970-01-01T00:00:00Z'),
    ],
    [
      'seconds beyond the integers',
      timestampV2,
      1e300,
      onP('Invalid timestamp: 1e+300; write it like 1970-01-01T00:00:00Z'),
    ],
    [
      'an unknown word of two',
      oneOf('W', ['a', 'b']),
      'c',
      onP('Invalid p: must be one of a or b'),
    ],
    [
      'an unknown word of three',
      oneOf('W', ['a', 'b', 'c']),
      'constructor',
      onP('Invalid p: must be one of a, b, or c'),
    ],
    ['another word than the only one', oneOf('W', ['a']), 0, onP('Invalid p: must be a')],
    ['an empty word', oneOf('W', ['a']), '', onP(emptyText, 'parameter_invalid_empty')],
    ['another value than the literal', literal(1), '1', onP('Invalid p: must be 1')],
    ['a wrong value that may be null', nullable(integer()), 'x', notInteger('x')],
    ['a wrong value that may be unset', emptyable(integer()), 'x', notInteger('x')],
    ['an array for an object', closed('O', {}), [], onP('Invalid object: []')],
    ['null for an object', closed('O', {}), null, onP('Invalid object: null')],
    ['a text for a map', mapOf(integer()), 'x', onP('Invalid object: x')],
    [
      'a map of too many keys',
      mapOf(integer(), 1),
      { a: 1, b: 2 },
      onP('Invalid p: at most 1 keys are allowed'),
    ],
    ['a text for an array', arrayOf(integer()), 'x', onP('Invalid array: x')],
    [
      'an object for an array',
      arrayOf(integer()),
      { 0: 1, x: 2 },
      onP('Invalid array: {"0":1,"x":2}'),
    ],
    ['an empty object for an array', arrayOf(integer()), {}, onP('Invalid array: {}')],
    [
      'an array that is too long',
      arrayOf(integer(), 1),
      [1, 2],
      onP('Invalid array: at most 1 items are allowed'),
    ],
    ['a text for a tagged object', pet, 'cat', onP('Invalid object: cat')],
    ['a circle for a text', text(), circular, onP('Invalid string: [object Object]')],
    ['a circle for an array', arrayOf(text()), circular, onP('Invalid array: [object Object]')],
    ['a symbol for a text', text(), Symbol('s'), onP('Invalid string: Symbol(s)')],
  ])('%s', (_, codec, input, rejection) => {
    expect(refused(param(codec), { p: input })).toStrictEqual(rejection)
  })

  it('shows no more than 100 characters of an input', () => {
    expect(refused(param(boolean), { p: 'x'.repeat(101) }).message).toBe(
      `Invalid boolean: ${'x'.repeat(100)}...`,
    )
    expect(refused(param(boolean), { p: 'x'.repeat(100) }).message).toBe(
      `Invalid boolean: ${'x'.repeat(100)}`,
    )
  })

  it('names no parameter where the whole input is wrong', () => {
    expect(refused(closed('O', {}), 'x')).toStrictEqual(invalidRequest('Invalid object: x'))
    expect(refused(mapOf(text()), [])).toStrictEqual(invalidRequest('Invalid object: []'))
  })

  it('misses anything where there is nothing', () => {
    expect(refused(anything('any'), undefined).code).toBe('parameter_missing')
  })
})

describe('closed', () => {
  const codec = closed('O', { a: integer(), b: optional(text()), c: optional(nullable(text())) })
  const unknown = (name: string): Rejection => ({
    status: 400,
    type: 'invalid_request_error',
    code: 'parameter_unknown',
    param: name,
    message: `Received unknown parameter: ${name}`,
  })
  const missing = (name: string): Rejection => ({
    status: 400,
    type: 'invalid_request_error',
    code: 'parameter_missing',
    param: name,
    message: `Missing required param: ${name}.`,
  })

  it('leaves out what is absent, and takes undefined for absence', () => {
    expect(taken(codec, { a: 1 })).toStrictEqual({ a: 1 })
    expect(taken(codec, { a: 1, b: undefined, c: null })).toStrictEqual({ a: 1, c: null })
    expect(taken(codec, { a: 1, unknown: undefined })).toStrictEqual({ a: 1 })
    expect(refused(codec, { a: undefined })).toStrictEqual(missing('a'))
  })

  it('does not hand on the input itself', () => {
    const input = { a: 1 }
    expect(taken(codec, input)).not.toBe(input)
  })

  it('refuses an unknown parameter before a missing one, and that before a wrong one behind it', () => {
    expect(refused(codec, { b: 5, z: 1 })).toStrictEqual(unknown('z'))
    expect(refused(codec, { b: 5 })).toStrictEqual(missing('a'))
    expect(refused(codec, { b: 5, a: 'x' }).param).toBe('a')
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', ''])(
    'refuses %j as the unknown parameter that it is',
    (name) => {
      const input = JSON.parse(`{"a":1,${JSON.stringify(name)}:"x"}`)
      expect(refused(codec, input).code).toBe('parameter_unknown')
      expect(refused(codec, input).message).toBe(`Received unknown parameter: ${name}`)
    },
  )

  it('reads own properties only', () => {
    const inherits = closed('O', { constructor: optional(text()), toString: text() })
    expect(refused(inherits, {})).toStrictEqual(missing('toString'))
    expect(taken(inherits, { toString: 'x' })).toStrictEqual({ toString: 'x' })
    expect(refused(codec, Object.create({ a: 1 }))).toStrictEqual(missing('a'))
    expect(taken(codec, Object.assign(Object.create({ z: 1 }), { a: 1 }))).toStrictEqual({ a: 1 })
    expect(taken(codec, Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })
})

describe('mapOf', () => {
  it("keeps every key of the caller's own, and pollutes no prototype", () => {
    const input = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')
    const output = taken(mapOf(text()), input)
    expect(Object.entries(output)).toStrictEqual(Object.entries(input))
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('a')
    const object = JSON.parse('{"__proto__":{"polluted":true}}')
    taken(mapOf(anything('any')), object)
    expect({}).not.toHaveProperty('polluted')
  })

  it('reads own keys only', () => {
    expect(taken(mapOf(text()), Object.create({ a: 'x' }))).toStrictEqual({})
  })
})

describe('tagged', () => {
  it('tries the case of its tag only', () => {
    let tries = 0
    const counting = leaf(
      'counting',
      () => {
        tries += 1
        return FAIL
      },
      (_, p) => invalidRequest('never', { param: p }),
    )
    const codec = tagged<unknown>('T', 'type', {
      a: closed('A', { type: literal('a'), x: integer() }),
      b: closed('B', { type: literal('b'), x: counting }),
    })
    expect(taken(codec, { type: 'a', x: 1 })).toStrictEqual({ type: 'a', x: 1 })
    expect(refused(codec, { type: 'a', x: 'y' }).param).toBe('x')
    expect(tries).toBe(0)
    expect(refused(codec, { type: 'b', x: 1 }).message).toBe('never')
    expect(tries).toBeGreaterThan(0)
  })

  it('misses the tag, refuses an unknown one, and takes no inherited one', () => {
    expect(refused(param(pet), { p: {} })).toStrictEqual({
      status: 400,
      type: 'invalid_request_error',
      code: 'parameter_missing',
      param: 'p[type]',
      message: 'Missing required param: p[type].',
    })
    for (const type of ['bird', 'constructor', '__proto__', 5, null])
      expect(refused(param(pet), { p: { type } })).toStrictEqual({
        status: 400,
        type: 'invalid_request_error',
        param: 'p[type]',
        message: 'Invalid p[type]: must be one of cat or dog',
      })
    expect(refused(pet, Object.create({ type: 'cat', lives: 9 })).code).toBe('parameter_missing')
  })
})

describe('paths', () => {
  const codec = closed('Order', {
    items: arrayOf(closed('Item', { price: text(5), tiers: optional(arrayOf(mapOf(integer()))) })),
    default_aggregation: optional(closed('Aggregation', { formula: oneOf('F', ['sum', 'count']) })),
    pet: optional(emptyable(nullable(pet))),
  })
  it.each([
    [{ items: [{}] }, 'items[0][price]'],
    [{ items: [{ price: 'a' }, { price: '' }] }, 'items[1][price]'],
    [{ items: { 0: { price: 'a' }, 1: { price: 'abcdef' } } }, 'items[1][price]'],
    [{ items: [{ price: 'a', cost: 1 }] }, 'items[0][cost]'],
    [{ items: [{ price: 'a', tiers: [{}, { up_to: 'x' }] }] }, 'items[0][tiers][1][up_to]'],
    [{ items: [null] }, 'items[0]'],
    [{ items: [], default_aggregation: { formula: 'max' } }, 'default_aggregation[formula]'],
    [{ items: [], default_aggregation: {} }, 'default_aggregation[formula]'],
    [{ items: [], pet: { type: 'cat', lives: 10 } }, 'pet[lives]'],
    [{ items: [], pet: { type: 'cat', lives: 1, name: 'x' } }, 'pet[name]'],
  ])('%j is wrong at %s', (input, path) => {
    expect(refused(codec, input).param).toBe(path)
  })

  it('are written with brackets from the second name on', () => {
    expect(paramOf([])).toBe('')
    expect(paramOf(['a'])).toBe('a')
    expect(paramOf(['items', '0', 'price'])).toBe('items[0][price]')
  })
})

describe('reading and explaining', () => {
  const codecs: readonly Codec<any>[] = [
    text(3),
    anyText,
    integer(-5, 5),
    finite,
    boolean,
    timestamp,
    timestampV2,
    oneOf('W', ['a', 'b']),
    literal(1),
    nullable(integer()),
    emptyable(text(2)),
    arrayOf(integer(0, 3), 2),
    mapOf(text(2), 2),
    pet,
    anything('any'),
    closed('O', { a: optional(integer()), type: optional(emptyable(arrayOf(pet))) }),
  ]
  const key = fc.constantFrom('a', 'type', '0', '1', 'lives', 'name', '__proto__', 'constructor')
  const { anyInput } = fc.letrec<{ anyInput: unknown }>((tie) => ({
    anyInput: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(
        ...['', 'a', 'cat', 'dog', 'true', '1', '-0', '2026-01-01', 'abcd'],
        ...[0, -0, 1, 1.5, 9, 1e300, Number.NaN, Number.NEGATIVE_INFINITY, 2n],
        ...[null, undefined, true, Symbol.iterator, circular],
      ),
      fc.array(tie('anyInput'), { maxLength: 3 }),
      fc
        .array(fc.tuple(key, tie('anyInput')), { maxLength: 3 })
        .map((pairs) => Object.fromEntries(pairs)),
    ),
  }))

  it('agree: every refusal has its reason, and what is taken is taken once for all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codecs), anyInput, (codec, input) => {
        const wrapped = param(codec)
        const value = wrapped.read({ p: input })
        const decoded = wrapped.decode({ p: input })
        expect(E.isRight(decoded)).toBe(value !== FAIL)
        expect(wrapped.is({ p: input })).toBe(value !== FAIL)
        if (value === FAIL) {
          const { status, type, message, param: at } = explain(wrapped, { p: input })
          expect({ status, type }).toStrictEqual({ status: 400, type: 'invalid_request_error' })
          expect(at).toMatch(/^p(\[.*\])*$/)
          expect(message).not.toBe('The request could not be read.')
        } else {
          // Not by vitest's equality, which takes a key called `constructor` for the class of the object.
          expect(isDeepStrictEqual(decoded, E.right(value))).toBe(true)
          expect(isDeepStrictEqual(wrapped.read(value), value)).toBe(true)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
