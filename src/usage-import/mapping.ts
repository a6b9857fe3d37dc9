/** What of a row is the customer, the value, the time: the mapping, and how one is read from JSON. */
import {
  anyText,
  type Codec,
  Codec as CodecOf,
  closed,
  decode,
  FAIL,
  leaf,
  mapOf,
  oneOf,
  optional,
  type TypeOf,
  text,
} from '../domain/kernel/codec.js'
import { E, type Either } from '../domain/kernel/fp.js'
import { invalidRequest } from '../domain/kernel/rejection.js'

/**
 * How a time is written. `auto` takes whole unix seconds, a date or an RFC 3339 time; milliseconds must be asked for.
 * A date is its first second, UTC. Fractions of a second are dropped.
 */
export const TIME_FORMATS = ['auto', 'unix', 'unix_ms', 'rfc3339', 'date'] as const
export type TimeFormat = (typeof TIME_FORMATS)[number]

/** The name of a CSV column, or the path of a JSON field (`data.usage.tokens`). */
export interface FromColumn {
  readonly from: string
}
/** The same for every row. */
export interface Constant {
  readonly constant: string
}
/** A text is short for `{ from: text }`. */
export type Field = string | FromColumn | Constant

/** Which part of a row is what. The names are those of a meter event's parameters. */
export interface Mapping {
  readonly event_name: Field
  /** A customer's id, or, with `lookup`, a key of the file's own that stands for one. */
  readonly customer:
    | Field
    | (FromColumn & { readonly lookup?: Readonly<Record<string, string>> | undefined })
  /** May be left out for meters that count events. */
  readonly value?: Field | undefined
  readonly time: Field | ((FromColumn | Constant) & { readonly format?: TimeFormat | undefined })
  /** What tells one event from another, for ever. Without it one is derived from the row: see `source`. */
  readonly identifier?: Field | undefined
  /** Further fields of the payload. One that is empty in a row is left out there. */
  readonly payload?: Readonly<Record<string, Field>> | undefined
}

const oneSource = leaf<never>(
  'source',
  () => FAIL,
  (_, param) =>
    invalidRequest(`'${param}' needs either 'from' (a column or path) or 'constant'.`, { param }),
)

/** A field in full or in short: from a column, or constant; never both. */
const field = <const P extends Parameters<typeof closed>[1]>(name: string, extra: P) => {
  const full = closed(name, { from: optional(text()), constant: optional(text()), ...extra })
  const inFull = (input: unknown): unknown => (typeof input === 'string' ? { from: input } : input)
  const hasOne = ({ from, constant }: { from?: unknown; constant?: unknown }): boolean =>
    (from === undefined) !== (constant === undefined)
  return new CodecOf<TypeOf<typeof full>>(
    name,
    (input) => {
      const read = full.read(inFull(input))
      return read === FAIL || !hasOne(read) ? FAIL : read
    },
    (input, context) => {
      const read = full.validate(inFull(input), context)
      return E.isLeft(read) || hasOne(read.right) ? read : oneSource.validate(input, context)
    },
  )
}

const plain = field('Field', {})

const fields = {
  event_name: plain,
  customer: field('CustomerField', { lookup: optional(mapOf(anyText)) }),
  value: optional(plain),
  time: field('TimeField', { format: optional(oneOf('format', TIME_FORMATS)) }),
  identifier: optional(plain),
  payload: optional(mapOf(plain)),
}

const mappingCodec = closed('Mapping', fields)

/** A field after reading: `from` or `constant`. */
export interface FieldInFull {
  readonly from?: string
  readonly constant?: string
}

/** A mapping after reading, every field in full. */
export interface MappingInFull {
  readonly event_name: FieldInFull
  readonly customer: FieldInFull & { readonly lookup?: Readonly<Record<string, string>> }
  readonly value?: FieldInFull
  readonly time: FieldInFull & { readonly format?: TimeFormat }
  readonly identifier?: FieldInFull
  readonly payload?: Readonly<Record<string, FieldInFull>>
}

/** Reads a mapping, or says which field of it is wrong and what would be right. */
export const readMapping = (input: unknown): Either<string, MappingInFull> => {
  const read = decode(mappingCodec as Codec<MappingInFull>, input)
  if (E.isRight(read)) return read
  const { code, param, message } = read.left
  if (param === undefined)
    return E.left('a mapping is an object, such as { "customer": "account" }')
  if (code === 'parameter_missing')
    return E.left(`the mapping lacks '${param}': name a column or path, or { "constant": ... }`)
  if (code === 'parameter_unknown')
    return E.left(
      Object.hasOwn(fields, param.replace(/\[.*$/, ''))
        ? `the mapping has an unknown field '${param}'`
        : `the mapping has an unknown field '${param}'; it may have ${Object.keys(fields).join(', ')}`,
    )
  return E.left(`the mapping is wrong at '${param}': ${message}`)
}
