/**
 * Codecs guard the boundaries: parameters of commands, scenario files, records read back from a log.
 *
 * They are io-ts types with two additions. `read` is the fast path: the value, or the mark {@link FAIL}, and no
 * context is built. Only a failure is read a second time, by `validate`, and its first error becomes a rejection
 * in Stripe's words, its path in Stripe's form (`default_aggregation[formula]`). One codec takes typed values and
 * the strings of a form body alike: `25` and `"25"`, `true` and `"true"`.
 */
import * as t from 'io-ts'
import { formatInstant, parseInstant } from './calendar.js'
import { E, type Either } from './fp.js'
import { type Instant, isInstant } from './instant.js'
import { invalidRequest, parameterMissing, parameterUnknown, type Rejection } from './rejection.js'

export const FAIL: unique symbol = Symbol('fail')
export type Fail = typeof FAIL

/** Why a value is refused, once the path to it is known. */
type Reason = (param: string) => Rejection

interface CodecError extends t.ValidationError {
  readonly reason: Reason
}

const failure = (value: unknown, context: t.Context, reason: Reason): t.Validation<never> => {
  const error: CodecError = { value, context, reason }
  return E.left([error])
}

export class Codec<A> extends t.Type<A, unknown, unknown> {
  /** The value that the input stands for, or {@link FAIL}. */
  readonly read: (input: unknown) => A | Fail

  constructor(name: string, read: (input: unknown) => A | Fail, explain: t.Validate<unknown, A>) {
    super(name, (input): input is A => read(input) !== FAIL, explain, t.identity)
    this.read = read
  }
}

export type TypeOf<C> = C extends Codec<infer A> ? A : never

/** A codec of a single value: `read` decides, `reason` says what was wrong with it. */
export const leaf = <A>(
  name: string,
  read: (input: unknown) => A | Fail,
  reason: (input: unknown, param: string) => Rejection,
): Codec<A> =>
  new Codec<A>(name, read, (input, context) => {
    const value = read(input)
    return value === FAIL
      ? failure(input, context, (param) => reason(input, param))
      : E.right(value)
  })

/** Stripe's form of a path: `['items', '0', 'price']` is `items[0][price]`. */
export const paramOf = (path: readonly string[]): string =>
  path.slice(1).reduce((param, key) => `${param}[${key}]`, path[0] ?? '')

/** Reads the input, or says in Stripe's words what is wrong with it first. */
export const decode = <A>(codec: Codec<A>, input: unknown): Either<Rejection, A> => {
  const value = codec.read(input)
  return value === FAIL ? E.left(explain(codec, input)) : E.right(value)
}

/** The rejection of an input that `read` refused. */
export const explain = <A>(codec: Codec<A>, input: unknown): Rejection => {
  const result = codec.decode(input)
  if (E.isRight(result)) return invalidRequest('The request could not be read.')
  const error = result.left[0] as CodecError
  return error.reason(paramOf(error.context.map(({ key }) => key).filter((key) => key !== '')))
}

/** What JSON makes of an input, or at least its kind: whatever a caller passes is refused in words, never by a throw. */
const written = (input: unknown): string => {
  if (typeof input !== 'object' || input === null) return String(input)
  try {
    return JSON.stringify(input)
  } catch {
    return Object.prototype.toString.call(input)
  }
}

const shown = (input: unknown): string => {
  const text = written(input)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}

const emptyText = (param: string): Rejection =>
  invalidRequest(
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param },
  )

/** A text of 1 to `max` characters. */
export const text = (max = 5_000): Codec<string> =>
  leaf(
    `text(${max})`,
    (input) =>
      typeof input === 'string' && input.length > 0 && input.length <= max ? input : FAIL,
    (input, param) =>
      input === ''
        ? emptyText(param)
        : typeof input === 'string'
          ? invalidRequest(`Invalid string: ${shown(input)}; must be at most ${max} characters`, {
              code: 'parameter_invalid_string',
              param,
            })
          : invalidRequest(`Invalid string: ${shown(input)}`, { param }),
  )

/** A text that may be empty, of any length: what a log holds. */
export const anyText: Codec<string> = leaf(
  'anyText',
  (input) => (typeof input === 'string' ? input : FAIL),
  (input, param) => invalidRequest(`Invalid string: ${shown(input)}`, { param }),
)

/** An id, typed by the resource it belongs to. Whether it exists is for the decision to say. */
export const idOf = <I extends string>(): Codec<I> =>
  text(255) as Codec<string> as unknown as Codec<I>

const INTEGER = /^-?\d{1,16}$/

const readInteger = (input: unknown): number | Fail => {
  if (typeof input === 'number')
    return Number.isSafeInteger(input) ? (input === 0 ? 0 : input) : FAIL
  if (typeof input === 'string' && INTEGER.test(input)) {
    const value = Number(input)
    return Number.isSafeInteger(value) ? (value === 0 ? 0 : value) : FAIL
  }
  return FAIL
}

/** A whole number within bounds, both included. */
export const integer = (
  min = -Number.MAX_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): Codec<number> =>
  leaf(
    `integer(${min}..${max})`,
    (input) => {
      const value = readInteger(input)
      return value === FAIL || value < min || value > max ? FAIL : value
    },
    (input, param) => {
      const value = readInteger(input)
      if (input === '') return emptyText(param)
      if (value === FAIL)
        return invalidRequest(`Invalid integer: ${shown(input)}`, {
          code: 'parameter_invalid_integer',
          param,
        })
      return invalidRequest(
        value < min
          ? `This value must be greater than or equal to ${min}.`
          : `This value must be less than or equal to ${max}.`,
        { code: 'parameter_invalid_integer', param },
      )
    },
  )

/** A number as a log holds it: finite, fractions allowed. */
export const finite: Codec<number> = leaf(
  'finite',
  (input) => (typeof input === 'number' && Number.isFinite(input) ? input : FAIL),
  (input, param) => invalidRequest(`Invalid number: ${shown(input)}`, { param }),
)

export const boolean: Codec<boolean> = leaf(
  'boolean',
  (input) =>
    input === true || input === 'true' ? true : input === false || input === 'false' ? false : FAIL,
  (input, param) => invalidRequest(`Invalid boolean: ${shown(input)}`, { param }),
)

/** Unix seconds. */
export const timestamp: Codec<Instant> = leaf(
  'timestamp',
  (input) => {
    const value = readInteger(input)
    return value !== FAIL && isInstant(value) ? value : FAIL
  },
  (input, param) =>
    invalidRequest(`Invalid integer: ${shown(input)}`, {
      code: 'parameter_invalid_integer',
      param,
    }),
)

/** An RFC 3339 time of the v2 API; a number of unix seconds is taken too. */
export const timestampV2: Codec<Instant> = leaf(
  'timestampV2',
  (input) => {
    if (typeof input === 'number') return isInstant(input) ? input : FAIL
    return typeof input === 'string' ? (parseInstant(input) ?? FAIL) : FAIL
  },
  (input, param) =>
    invalidRequest(`Invalid timestamp: ${shown(input)}; write it like ${formatInstant(0)}`, {
      param,
    }),
)

const listed = (values: readonly string[]): string =>
  values.length < 2
    ? values.join('')
    : values.length === 2
      ? values.join(' or ')
      : `${values.slice(0, -1).join(', ')}, or ${values.at(-1)}`

/** One of a few words. */
export const oneOf = <const Values extends readonly string[]>(
  name: string,
  values: Values,
): Codec<Values[number]> =>
  leaf(
    name,
    (input) => (typeof input === 'string' && values.includes(input) ? input : FAIL),
    (input, param) =>
      input === ''
        ? emptyText(param)
        : invalidRequest(
            `Invalid ${param}: must be ${values.length > 1 ? 'one of ' : ''}${listed(values)}`,
            { param },
          ),
  )

/** A word of a few, or a moment; all else is refused as a moment that it is not. */
export const wordOrTime = <const Words extends readonly string[]>(
  name: string,
  words: Words,
): Codec<Words[number] | Instant> => {
  const word = oneOf(name, words)
  const codecOf = (input: unknown): Codec<Words[number]> | Codec<Instant> =>
    word.read(input) === FAIL ? timestamp : word
  return new Codec<Words[number] | Instant>(
    name,
    (input) => codecOf(input).read(input),
    (input, context) => codecOf(input).validate(input, context),
  )
}

/** Exactly one value. */
export const literal = <const Value extends string | number | boolean | null>(
  value: Value,
): Codec<Value> =>
  leaf(
    String(value),
    (input) => (input === value ? value : FAIL),
    (_, param) => invalidRequest(`Invalid ${param}: must be ${value}`, { param }),
  )

/** The value or `null`. */
export const nullable = <A>(codec: Codec<A>): Codec<A | null> =>
  new Codec<A | null>(
    `${codec.name} | null`,
    (input) => (input === null ? null : codec.read(input)),
    (input, context) => (input === null ? E.right(null) : codec.validate(input, context)),
  )

/** The value, or an empty string (or `null`), which unsets the field: `null`. */
export const emptyable = <A>(codec: Codec<A>): Codec<A | null> =>
  new Codec<A | null>(
    `emptyable ${codec.name}`,
    (input) => (input === '' || input === null ? null : codec.read(input)),
    (input, context) =>
      input === '' || input === null ? E.right(null) : codec.validate(input, context),
  )

/** A property that may be absent. */
export interface Optional<A> {
  readonly optional: Codec<A>
}

export const optional = <A>(codec: Codec<A>): Optional<A> => ({ optional: codec })

type Props = Readonly<Record<string, Codec<any> | Optional<any>>>

type Shape<P extends Props> = {
  readonly [K in keyof P as P[K] extends Optional<any> ? never : K]: P[K] extends Codec<infer A>
    ? A
    : never
} & {
  readonly [K in keyof P as P[K] extends Optional<any> ? K : never]?: P[K] extends Optional<infer A>
    ? A
    : never
}

/** Flattens an intersection, so that editors show the fields. */
export type Simplify<T> = { readonly [K in keyof T]: T[K] }

const isObject = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === 'object' && input !== null && !Array.isArray(input)

/** A property of the input itself: `constructor` is in every object, and nobody's parameter. */
const own = (input: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(input, key) ? input[key] : undefined

/**
 * An object with exactly these properties: an unknown one is refused with `parameter_unknown`. `undefined` is absence.
 * @param besides - Properties that somebody else reads.
 */
export const closed = <const P extends Props>(
  name: string,
  props: P,
  besides: readonly string[] = [],
): Codec<Simplify<Shape<P>>> => {
  const keys = Object.keys(props)
  const codecs = keys.map((key) => {
    const prop = props[key] as Codec<unknown> | Optional<unknown>
    return prop instanceof Codec
      ? { key, codec: prop, required: true }
      : { key, codec: prop.optional, required: false }
  })
  // Most inputs, and all of our own records, have their keys in the order of the properties: those take one pass.
  const readInOrder = (
    input: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> | Fail => {
    const output: Record<string, unknown> = {}
    let at = 0
    for (const key in input) {
      const value = input[key]
      if (value === undefined || !Object.hasOwn(input, key)) return FAIL
      let prop = codecs[at]
      while (prop !== undefined && prop.key !== key && !prop.required) prop = codecs[++at]
      if (prop === undefined || prop.key !== key) {
        if (besides.includes(key)) continue
        return FAIL
      }
      const got = prop.codec.read(value)
      if (got === FAIL) return FAIL
      output[key] = got
      at += 1
    }
    for (; at < codecs.length; at += 1) if (codecs[at]?.required) return FAIL
    return output
  }
  const readInAnyOrder = (
    input: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> | Fail => {
    const output: Record<string, unknown> = {}
    let known = 0
    for (const { key, codec, required } of codecs) {
      const value = own(input, key)
      if (value === undefined) {
        if (required) return FAIL
        continue
      }
      const got = codec.read(value)
      if (got === FAIL) return FAIL
      output[key] = got
      known += 1
    }
    for (const key of besides) if (own(input, key) !== undefined) known += 1
    let given = 0
    for (const key in input) if (own(input, key) !== undefined) given += 1
    return given === known ? output : FAIL
  }
  const read = (input: unknown): Simplify<Shape<P>> | Fail => {
    if (!isObject(input)) return FAIL
    const quick = readInOrder(input)
    return (quick === FAIL ? readInAnyOrder(input) : quick) as Simplify<Shape<P>> | Fail
  }
  return new Codec<Simplify<Shape<P>>>(name, read, (input, context) => {
    const value = read(input)
    if (value !== FAIL) return E.right(value)
    if (!isObject(input)) return failure(input, context, (param) => invalidObject(input, param))
    for (const key of Object.keys(input))
      if (!Object.hasOwn(props, key) && !besides.includes(key) && input[key] !== undefined)
        return failure(
          input[key],
          t.appendContext(context, key, t.unknown, input[key]),
          parameterUnknown,
        )
    for (const { key, codec, required } of codecs) {
      const at = own(input, key)
      const inside = t.appendContext(context, key, codec, at)
      if (at === undefined && required) return failure(at, inside, parameterMissing)
      if (at === undefined) continue
      const result = codec.validate(at, inside)
      if (E.isLeft(result)) return result
    }
    return failure(input, context, (param) => invalidObject(input, param))
  })
}

/** Parameters of what takes none. */
export const nothing = (name: string) => closed(name, {})

/** The same properties, each of which may be absent: what an update's event carries. */
export const partial = <A>(
  name: string,
  props: { readonly [K in keyof A]: Codec<any> | Optional<any> },
): Codec<any> =>
  closed(
    name,
    Object.fromEntries(
      Object.entries<Codec<any> | Optional<any>>(props).map(([key, prop]) => [
        key,
        prop instanceof Codec ? optional(prop) : prop,
      ]),
    ),
  ) as Codec<any>

const invalidObject = (input: unknown, param: string): Rejection =>
  invalidRequest(`Invalid object: ${shown(input)}`, param === '' ? {} : { param })

/** An object of any keys whose values are all alike. */
export const mapOf = <A>(
  values: Codec<A>,
  keysMax = Number.POSITIVE_INFINITY,
): Codec<Readonly<Record<string, A>>> => {
  const read = (input: unknown): Readonly<Record<string, A>> | Fail => {
    if (!isObject(input)) return FAIL
    const output: Record<string, A> = {}
    let count = 0
    for (const key in input) {
      if (!Object.hasOwn(input, key)) continue
      const got = values.read(input[key])
      if (got === FAIL) return FAIL
      if (key === '__proto__')
        Object.defineProperty(output, key, {
          value: got,
          enumerable: true,
          configurable: true,
          writable: true,
        })
      else output[key] = got
      count += 1
    }
    return count <= keysMax ? output : FAIL
  }
  return new Codec<Readonly<Record<string, A>>>(`mapOf ${values.name}`, read, (input, context) => {
    const value = read(input)
    if (value !== FAIL) return E.right(value)
    if (!isObject(input)) return failure(input, context, (param) => invalidObject(input, param))
    for (const key of Object.keys(input)) {
      const result = values.validate(input[key], t.appendContext(context, key, values, input[key]))
      if (E.isLeft(result)) return result
    }
    return failure(input, context, (param) =>
      invalidRequest(`Invalid ${param}: at most ${keysMax} keys are allowed`, { param }),
    )
  })
}

/** An array, or an object with indices for keys, as forms write them (`items[0]`, `items[1]`). */
export const arrayOf = <A>(
  items: Codec<A>,
  max = Number.POSITIVE_INFINITY,
): Codec<readonly A[]> => {
  const listOf = (input: unknown): readonly unknown[] | Fail => {
    if (Array.isArray(input)) return input
    if (!isObject(input)) return FAIL
    const keys = Object.keys(input)
    return keys.length > 0 && keys.every((key) => /^\d+$/.test(key))
      ? keys.sort((a, b) => Number(a) - Number(b)).map((key) => input[key])
      : FAIL
  }
  const read = (input: unknown): readonly A[] | Fail => {
    const list = listOf(input)
    if (list === FAIL || list.length > max) return FAIL
    const output: A[] = []
    for (const item of list) {
      const got = items.read(item)
      if (got === FAIL) return FAIL
      output.push(got)
    }
    return output
  }
  return new Codec<readonly A[]>(`arrayOf ${items.name}`, read, (input, context) => {
    const value = read(input)
    if (value !== FAIL) return E.right(value)
    const list = listOf(input)
    if (list === FAIL)
      return failure(input, context, (param) =>
        invalidRequest(`Invalid array: ${shown(input)}`, { param }),
      )
    if (list.length > max)
      return failure(input, context, (param) =>
        invalidRequest(`Invalid array: at most ${max} items are allowed`, { param }),
      )
    for (const [index, item] of list.entries()) {
      const result = items.validate(item, t.appendContext(context, String(index), items, item))
      if (E.isLeft(result)) return result
    }
    return failure(input, context, (param) =>
      invalidRequest(`Invalid array: ${shown(input)}`, { param }),
    )
  })
}

/** A single value or an object: an object is read as the one, all else as the other. */
export const either = <A, B>(name: string, value: Codec<A>, object: Codec<B>): Codec<A | B> => {
  const codecOf = (input: unknown): Codec<A> | Codec<B> => (isObject(input) ? object : value)
  return new Codec<A | B>(
    name,
    (input) => codecOf(input).read(input),
    (input, context) => codecOf(input).validate(input, context) as t.Validation<A | B>,
  )
}

/** One of several objects told apart by the word under one key; only that case is tried. */
export const tagged = <A>(
  name: string,
  key: string,
  cases: Readonly<Record<string, Codec<any>>>,
): Codec<A> => {
  const caseOf = (input: unknown): Codec<any> | undefined => {
    if (!isObject(input)) return undefined
    const tag = own(input, key)
    return typeof tag === 'string' && Object.hasOwn(cases, tag) ? cases[tag] : undefined
  }
  return new Codec<A>(
    name,
    (input) => caseOf(input)?.read(input) ?? FAIL,
    (input, context) => {
      const found = caseOf(input)
      if (found !== undefined) return found.validate(input, context) as t.Validation<A>
      if (!isObject(input)) return failure(input, context, (param) => invalidObject(input, param))
      const tag = own(input, key)
      const inside = t.appendContext(context, key, t.unknown, tag)
      return tag === undefined
        ? failure(tag, inside, parameterMissing)
        : (oneOf(key, Object.keys(cases)).validate(tag, inside) as t.Validation<never>)
    },
  )
}

/** Anything that JSON holds, taken as it is: for records whose shape their writer vouches for. */
export const anything = <A>(name: string): Codec<A> =>
  leaf(
    name,
    (input) => (input === undefined ? FAIL : (input as A)),
    (_, param) => parameterMissing(param),
  )
