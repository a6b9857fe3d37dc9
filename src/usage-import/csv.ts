import Papa from 'papaparse'
import {
  broken,
  type Getter,
  NOT_UTF8,
  REPLACEMENT,
  ROW_LENGTH_MAX,
  type Row,
  type RowReader,
} from './rows.js'

const DELIMITERS = [',', ';', '\t', '|'] as const

interface Dialect {
  readonly delimiter: string
  /** `\n` stands for `\r\n` too, also where a file mixes them. */
  readonly lineEnd: '\n' | '\r'
}

/**
 * Tells a file's dialect by its header line: how it ends, and which delimiter stands in it most often.
 * @returns `undefined` while the header line is not complete.
 */
const dialectOf = (text: string, isWhole: boolean): Dialect | undefined => {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let quoted = false
  let at = 0
  while (text[at] === '\n' || text[at] === '\r') at += 1
  for (; at < text.length; at += 1) {
    const char = text[at] as string
    if (char === '"') quoted = !quoted
    if (quoted) continue
    if (char === '\n' || char === '\r') break
    const count = counts.get(char)
    if (count !== undefined) counts.set(char, count + 1)
  }
  // A `\r` at the end may be half of a line end.
  if (!isWhole && (at === text.length || (text[at] === '\r' && at + 1 === text.length)))
    return undefined
  const [first, ...others] = DELIMITERS
  const delimiter = others.reduce<string>(
    (most, other) => ((counts.get(other) ?? 0) > (counts.get(most) ?? 0) ? other : most),
    first,
  )
  return { delimiter, lineEnd: text[at] === '\r' && text[at + 1] !== '\n' ? '\r' : '\n' }
}

const occurrences = (text: string, char: string): number => {
  let count = 0
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) count += 1
  return count
}

const LISTED_MAX = 30

const listed = (names: readonly string[]): string =>
  names
    .slice(0, LISTED_MAX)
    .map((name) => `'${name}'`)
    .join(', ') + (names.length > LISTED_MAX ? ' ...' : '')

/**
 * Comma-separated values after RFC 4180, with a header row. A row must have as many cells as the header: one too few or
 * too many shifts values into columns that are not theirs. Empty cells beyond the header's are let pass.
 */
export class CsvReader implements RowReader {
  readonly #delimiter: string | undefined
  #dialect: Dialect | undefined
  #parser: Papa.Parser | undefined
  #header: readonly string[] | undefined
  #rest = ''
  #line = 1

  /** @param delimiter - One character; told by the header where left out. */
  constructor(delimiter?: string) {
    this.#delimiter = delimiter
  }

  get isOpen(): boolean {
    return this.#header !== undefined
  }

  getter(path: string): Getter | string | undefined {
    const header = this.#header
    if (header === undefined) return undefined
    const at = header.indexOf(path)
    if (at === -1) {
      const near = header.find((name) => name.toLowerCase() === path.toLowerCase())
      return near === undefined
        ? `there is no column '${path}'; the header has ${listed(header)}`
        : `there is no column '${path}'; did you mean '${near}'?`
    }
    const again = header.indexOf(path, at + 1)
    if (again !== -1)
      return `the header has '${path}' twice, as columns ${at + 1} and ${again + 1}: rename one, or say which is meant`
    return (cells) => (cells as readonly string[])[at]
  }

  push(text: string): readonly Row[] {
    return this.#read(this.#rest + text, false)
  }

  end(): readonly Row[] {
    return this.#rest === '' ? [] : this.#read(this.#rest, true)
  }

  #read(text: string, isWhole: boolean): readonly Row[] {
    this.#dialect ??= dialectOf(text, isWhole)
    if (this.#dialect === undefined) {
      this.#rest = text
      return this.#tooLong()
    }
    const { lineEnd } = this.#dialect
    this.#parser ??= new Papa.Parser({
      delimiter: this.#delimiter ?? this.#dialect.delimiter,
      newline: lineEnd,
    })
    const { data, errors, meta } = this.#parser.parse(text, 0, !isWhole) as Papa.ParseResult<
      string[]
    >
    this.#rest = isWhole ? '' : text.slice(meta.cursor)
    const malformed = new Map(errors.map(({ row = -1, code }) => [row, code]))
    const hasQuotes = text.includes('"')
    const isDamaged = text.includes(REPLACEMENT)
    const rows: Row[] = []
    for (let index = 0; index < data.length; index += 1) {
      const cells = data[index] as string[]
      const line = this.#line
      this.#line += 1
      if (hasQuotes) for (const cell of cells) this.#line += occurrences(cell, lineEnd)
      const last = cells.at(-1) ?? ''
      if (last.endsWith('\r')) cells[cells.length - 1] = last.slice(0, -1)
      if (cells.length === 1 && cells[0]?.trim() === '') continue
      if (this.#header === undefined) {
        this.#header = cells.map((name) => name.trim())
        continue
      }
      const code = errors.length === 0 ? undefined : malformed.get(index)
      const problem =
        code === undefined ? this.#widthProblem(cells) : quoteProblem(code, line, this.#line - 1)
      if (problem !== undefined) rows.push(broken(line, problem))
      else if (isDamaged && cells.some((cell) => cell.includes(REPLACEMENT)))
        rows.push(broken(line, NOT_UTF8))
      else rows.push({ line, data: cells })
    }
    return rows.concat(this.#tooLong())
  }

  #widthProblem(cells: readonly string[]): string | undefined {
    const width = (this.#header as readonly string[]).length
    if (cells.length === width) return undefined
    if (cells.length < width) return `has ${cells.length} cells, the header has ${width}`
    return cells.slice(width).every((cell) => cell === '')
      ? undefined
      : `has ${cells.length} cells, the header has ${width}: a cell that holds the delimiter must be quoted`
  }

  #tooLong(): readonly Row[] {
    if (this.#rest.length <= ROW_LENGTH_MAX) return []
    this.#rest = ''
    return [
      broken(
        this.#line,
        `does not end within ${ROW_LENGTH_MAX} characters: a quote is never closed, or this is no CSV`,
        true,
      ),
    ]
  }
}

const quoteProblem = (code: string, from: number, to: number): string =>
  code === 'MissingQuotes'
    ? `has a quote that is never closed: the file was read as one row from here on, to line ${to}`
    : `has a quote inside of a quoted cell that is not doubled${from === to ? '' : `: lines ${from} to ${to} were read as one row`}`
