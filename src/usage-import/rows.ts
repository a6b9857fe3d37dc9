/** A file's rows, whatever its format: where each stands, and what it holds or what is wrong with it. */

/** What a row holds: the cells of a CSV row, or a JSON object. */
export type RowData = readonly string[] | Readonly<Record<string, unknown>>

/** A row that can be read. */
export interface ReadableRow {
  /** Where the row starts in the file, from 1; header, empty lines and line ends inside of quotes count. */
  readonly line: number
  readonly data: RowData
}

/** A row that cannot. */
export interface BrokenRow {
  readonly line: number
  readonly problem: string
  /** Nothing behind it can be read either. */
  readonly last: boolean
}

export type Row = ReadableRow | BrokenRow

/** Gets one field out of a row. */
export type Getter = (data: RowData) => unknown

/** Makes rows of text that comes in pieces. The rows do not depend on where the pieces were cut. */
export interface RowReader {
  /** The rows that a further piece completes. */
  push(text: string): readonly Row[]
  /** The rows that the end of the text completes. */
  end(): readonly Row[]
  /** What gets a column or path; a text says why there is none, `undefined` that the header has not come yet. */
  getter(path: string): Getter | string | undefined
  /** Whether the columns are known. */
  readonly isOpen: boolean
  /** The identifier that the format itself gives a row. */
  readonly identifier?: (data: RowData) => string
}

/** Longer rows, in UTF-16 units, are taken for damage: a quote or bracket that never closes would eat the file. */
export const ROW_LENGTH_MAX = 1_000_000

/** What the decoder puts where bytes are not UTF-8. */
export const REPLACEMENT = '\ufffd'

export const NOT_UTF8 = 'holds bytes that are not UTF-8: save the file as UTF-8'

export const broken = (line: number, problem: string, last = false): BrokenRow => ({
  line,
  problem,
  last,
})
