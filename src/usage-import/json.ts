import {
  broken,
  type Getter,
  NOT_UTF8,
  REPLACEMENT,
  ROW_LENGTH_MAX,
  type Row,
  type RowData,
  type RowReader,
} from './rows.js'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const inside = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined

/** What makes a JSON object unfit as a row of the format, if anything does. */
export type Check = (object: Readonly<Record<string, unknown>>) => string | undefined

const rowOf = (line: number, text: string, check: Check): Row => {
  if (text.includes(REPLACEMENT)) return broken(line, NOT_UTF8)
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return broken(line, 'is no JSON object')
    const problem = check(value)
    return problem === undefined ? { line, data: value } : broken(line, problem)
  } catch (error) {
    return broken(line, `is not JSON (${(error as Error).message})`)
  }
}

const tooLong = (line: number): Row =>
  broken(line, `does not end within ${ROW_LENGTH_MAX} characters`, true)

const isSpace = (char: string): boolean =>
  char === ' ' || char === '\n' || char === '\r' || char === '\t'

/** One object a line. */
class Lines {
  readonly #check: Check
  #rest = ''
  #line = 1

  constructor(check: Check) {
    this.#check = check
  }

  push(text: string): readonly Row[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() as string
    const rows: Row[] = []
    for (const line of lines) this.#take(line, rows)
    if (this.#rest.length > ROW_LENGTH_MAX) rows.push(tooLong(this.#line))
    return rows
  }

  end(): readonly Row[] {
    const rows: Row[] = []
    this.#take(this.#rest, rows)
    this.#rest = ''
    return rows
  }

  #take(line: string, rows: Row[]): void {
    if (line.trim() !== '') rows.push(rowOf(this.#line, line, this.#check))
    this.#line += 1
  }
}

/** One array of objects, or several one after the other: cut into elements as they come, never held as a whole. */
class Batch {
  readonly #check: Check
  #isInside = false
  /** The element under way, from its first character; the text before it is let go. */
  #rest = ''
  #isElement = false
  #elementLine = 1
  /** Open brackets of the element. */
  #depth = 0
  #isText = false
  #isEscaped = false
  #line = 1

  constructor(check: Check) {
    this.#check = check
  }

  push(piece: string): readonly Row[] {
    const rows: Row[] = []
    const text = this.#rest + piece
    let start = 0
    for (let at = this.#rest.length; at < text.length; at += 1) {
      const char = text[at] as string
      if (char === '\n') this.#line += 1
      if (this.#isElement) {
        if (!this.#endsElement(char)) continue
        rows.push(rowOf(this.#elementLine, text.slice(start, at), this.#check))
        this.#isElement = false
        if (char === ']') this.#isInside = false
      } else if (isSpace(char)) {
      } else if (!this.#isInside) {
        if (char === '[') this.#isInside = true
        else return [...rows, broken(this.#line, 'stands outside of the array', true)]
      } else if (char === ']') {
        this.#isInside = false
      } else if (char !== ',') {
        start = at
        this.#isElement = true
        this.#elementLine = this.#line
        this.#depth = 0
        this.#endsElement(char)
      }
    }
    this.#rest = this.#isElement ? text.slice(start) : ''
    if (this.#rest.length > ROW_LENGTH_MAX) rows.push(tooLong(this.#elementLine))
    return rows
  }

  end(): readonly Row[] {
    const line = this.#isElement ? this.#elementLine : this.#line
    return this.#isInside
      ? [
          broken(
            line,
            'is the last: the array is not closed, so the file seems to be cut off',
            true,
          ),
        ]
      : []
  }

  /** Whether a character stands behind the element: the comma or bracket at the array's own level. */
  #endsElement(char: string): boolean {
    if (this.#isText) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (char === '\\') this.#isEscaped = true
      else if (char === '"') this.#isText = false
    } else if (char === '"') this.#isText = true
    else if (char === '{' || char === '[') this.#depth += 1
    else if (this.#depth === 0) return char === ',' || char === ']'
    else if (char === '}' || char === ']') this.#depth -= 1
    return false
  }
}

/** JSON lines, or an array of objects. */
export class JsonReader implements RowReader {
  readonly isOpen = true
  readonly identifier?: (data: RowData) => string
  readonly #check: Check
  #rows: Lines | Batch | undefined
  #leading = ''

  constructor(check: Check = () => undefined, identifier?: (data: RowData) => string) {
    this.#check = check
    if (identifier !== undefined) this.identifier = identifier
  }

  /** A field of that very name, or what a path of names joined by dots leads to. */
  getter(path: string): Getter {
    const keys = path.split('.')
    if (keys.length === 1) return (data) => inside(data, path)
    return (data) => {
      if (Object.hasOwn(data, path)) return inside(data, path)
      let value: unknown = data
      for (const key of keys) value = inside(value, key)
      return value
    }
  }

  push(text: string): readonly Row[] {
    if (this.#rows !== undefined) return this.#rows.push(text)
    const all = this.#leading + text
    const first = all.trimStart()[0]
    if (first === undefined) {
      this.#leading = all
      return []
    }
    this.#rows = first === '[' ? new Batch(this.#check) : new Lines(this.#check)
    return this.#rows.push(all)
  }

  end(): readonly Row[] {
    return this.#rows?.end() ?? []
  }
}
