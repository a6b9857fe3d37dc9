/** The edge: text comes in pieces, a world comes out. */
import { parseInstant, type WrittenInstant } from '../domain/kernel/calendar.js'
import { E, type Either } from '../domain/kernel/fp.js'
import { isInstant } from '../domain/kernel/instant.js'
import type { World } from '../world/execute.js'
import { Simulator } from '../world/simulator.js'
import { CLOUD_EVENT_MAPPING, cloudEventReader } from './cloud-events.js'
import { CsvReader } from './csv.js'
import { derivedIdentifiers } from './identifiers.js'
import { JsonReader } from './json.js'
import { type Mapping, readMapping } from './mapping.js'
import { type Counts, type ImportResult, Recorder } from './recorder.js'
import type { BrokenRow, Row, RowReader } from './rows.js'
import { isProblem, type ToUsage, usageOf } from './usage-row.js'

export const IMPORT_FORMATS = ['csv', 'jsonl', 'cloudevents'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** How far an import has come. */
export interface ImportProgress extends Counts {
  /** Bytes taken in; UTF-16 units where the input came as text. */
  readonly size: number
}

interface CommonOptions {
  /**
   * The input's name. Rows without an identifier of their own get one that follows from it and from what they report,
   * so give the same name whenever the same source is imported. Default `import`.
   */
  readonly source?: string | undefined
  /** What the first refused row does: end the import (`stop`, the default), or nothing more than be reported. */
  readonly onRefusal?: 'stop' | 'skip' | undefined
  /** Moves a customer's clock (test clock, or the root clock) to a row's time before the row is recorded, if that is later. */
  readonly advance?: boolean | undefined
  /** Refuses rows that are later: one mistyped year, and `advance` would run a clock far ahead. */
  readonly until?: WrittenInstant | undefined
  /** How many refused rows the result keeps; all are counted. Default 100. */
  readonly refusedMax?: number | undefined
  /** Rows recorded in one transaction, at most. Default 5,000. */
  readonly batchSize?: number | undefined
  /** Told after each batch. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
}

export interface CsvImport extends CommonOptions {
  readonly format: 'csv'
  readonly mapping: Mapping
  /** One character. Default: what the header has most of `,`, `;`, tab and `|`. */
  readonly delimiter?: string | undefined
}

export interface JsonLinesImport extends CommonOptions {
  readonly format: 'jsonl'
  readonly mapping: Mapping
}

export interface CloudEventsImport extends CommonOptions {
  readonly format: 'cloudevents'
  /** What is left out is `type`, `subject`, `data.value` and `time`; the identifier is made of `source` and `id`. */
  readonly mapping?: Partial<Mapping> | undefined
}

export type ImportOptions = CsvImport | JsonLinesImport | CloudEventsImport

/** Text or UTF-8 bytes, whole or in pieces. A stream of Node is one. */
export type ImportInput =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>

/** Why an input or the options are of no use. Nothing was recorded. */
export interface UnusableInput {
  readonly message: string
}

const unusable = (message: string): Either<UnusableInput, never> => E.left({ message })

/** An unusable input, thrown. */
export class UnusableInputError extends Error {
  override readonly name = 'UnusableInputError'
}

/** Text is read in pieces of this length, so that memory does not grow with the pieces that come in. */
const PIECE = 1_048_576

const piecesOf = (
  input: ImportInput,
): Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> =>
  typeof input === 'string' || input instanceof Uint8Array ? [input] : input

/** What a file starts with that is no UTF-8 text, and what to do about it. */
const signatureProblem = ([first, second]: Uint8Array): string | undefined => {
  if (first === 0x1f && second === 0x8b)
    return 'the input is compressed: unpack it first (gunzip -c FILE)'
  if (first === 0x50 && second === 0x4b)
    return 'the input is a ZIP archive or a spreadsheet: save it as CSV, UTF-8'
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'the input is UTF-16: save it as UTF-8'
  return undefined
}

const readerOf = (options: ImportOptions): RowReader =>
  options.format === 'csv'
    ? new CsvReader(options.delimiter)
    : options.format === 'jsonl'
      ? new JsonReader()
      : cloudEventReader()

const optionsProblem = (options: ImportOptions): string | undefined => {
  const { format, onRefusal = 'stop', refusedMax = 0, batchSize = 1 } = options
  if (!IMPORT_FORMATS.includes(format)) return `format is one of ${IMPORT_FORMATS.join(', ')}`
  if (onRefusal !== 'stop' && onRefusal !== 'skip') return "onRefusal is 'stop' or 'skip'"
  if (!Number.isInteger(refusedMax) || refusedMax < 0) return 'refusedMax is a whole number from 0'
  if (!Number.isInteger(batchSize) || batchSize < 1) return 'batchSize is a whole number from 1'
  const { until = 0 } = options
  if (!isInstant(typeof until === 'string' ? parseInstant(until) : until))
    return `until is a date (2026-01-31), a time (2026-01-31T08:27:07Z) or unix seconds, not '${until}'`
  const { delimiter } = options as CsvImport
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n\ufeff]/.test(delimiter)))
    return 'delimiter is one character, and neither a quote nor a line end'
  return undefined
}

/**
 * Imports into what holds a world, a command a batch. A `Left` means that nothing was recorded; when the input itself
 * fails on the way, its error is passed on and what was recorded until then stays.
 */
const run = async (
  to: Simulator,
  input: ImportInput,
  options: ImportOptions,
): Promise<Either<UnusableInput, ImportResult>> => {
  const problem = optionsProblem(options)
  if (problem !== undefined) return unusable(problem)
  const mapping = readMapping(
    options.format === 'cloudevents'
      ? { ...CLOUD_EVENT_MAPPING, ...options.mapping }
      : options.mapping,
  )
  if (E.isLeft(mapping)) return unusable(mapping.left)
  const {
    onRefusal = 'stop',
    advance = false,
    until,
    refusedMax = 100,
    batchSize = 5_000,
  } = options
  const reader = readerOf(options)
  let size = 0
  const recorder = new Recorder(to, {
    onRefusal,
    advance,
    until: typeof until === 'string' ? parseInstant(until) : until,
    notesMax: refusedMax,
    batchSize,
    payloadKeys: Object.keys(mapping.right.payload ?? {}),
    identify: derivedIdentifiers(options.source ?? 'import'),
    onBatch: (counts) => options.onProgress?.({ size, ...counts }),
  })
  let toUsage: ToUsage | undefined
  /** Binds the mapping once the columns are known. */
  const bind = (): Either<UnusableInput, undefined> => {
    if (toUsage !== undefined || !reader.isOpen) return E.right(undefined)
    const bound = usageOf(mapping.right, reader)
    if (E.isLeft(bound)) return unusable(bound.left)
    toUsage = bound.right
    return E.right(undefined)
  }
  /** Takes rows on until one stops the import. */
  const takeAll = (rows: readonly Row[]): Either<UnusableInput, undefined> => {
    const bound = bind()
    if (E.isLeft(bound)) return bound
    for (const row of rows) {
      if (toUsage === undefined) return unusable(`line ${row.line} ${(row as BrokenRow).problem}`)
      if (recorder.isStopped) break
      if ('problem' in row) {
        recorder.refuse(row.line, { field: 'row', reason: row.problem }, row.last)
        continue
      }
      const usage = toUsage(row.data)
      if (isProblem(usage)) recorder.refuse(row.line, usage)
      else recorder.take(row.line, usage)
    }
    return E.right(undefined)
  }

  const decoder = new TextDecoder()
  let isStart = true
  const takeText = (text: string): Either<UnusableInput, undefined> => {
    for (let at = 0; at < text.length && !recorder.isStopped; at += PIECE) {
      const piece = text.slice(at, at + PIECE)
      const taken = takeAll(reader.push(isStart ? piece.replace(/^\ufeff/, '') : piece))
      isStart = false
      if (E.isLeft(taken)) return taken
    }
    return E.right(undefined)
  }
  let head: Uint8Array | undefined = new Uint8Array(0)
  for await (const piece of piecesOf(input)) {
    size += piece.length
    if (typeof piece !== 'string' && head !== undefined) {
      head = Uint8Array.of(...head, ...piece.subarray(0, 2))
      const wrong = signatureProblem(head)
      if (wrong !== undefined) return unusable(wrong)
      if (head.length >= 2) head = undefined
    }
    const text = typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
    const taken = takeText(text)
    if (E.isLeft(taken)) return taken
    if (recorder.isStopped) break
  }
  if (!recorder.isStopped) {
    const taken = takeText(decoder.decode())
    if (E.isLeft(taken)) return taken
    const ended = takeAll(reader.end())
    if (E.isLeft(ended)) return ended
  }
  if (!reader.isOpen && recorder.result.read === 0 && !recorder.isStopped)
    return unusable('the input is empty: the first line of a CSV file names its columns')
  recorder.flush()
  return E.right(recorder.result)
}

/**
 * Imports usage into a world: reads rows, makes meter events of them by the mapping, and records each once. Rows whose
 * identifier the world holds, however long ago it came, are counted as `already`; rows that are refused are reported
 * with their line. The world that was given stays as it was.
 * @returns The new world and what became of the rows; a `Left` where input or options are of no use.
 */
export const importUsage = async (
  world: World,
  input: ImportInput,
  options: ImportOptions,
): Promise<Either<UnusableInput, { readonly world: World; readonly result: ImportResult }>> => {
  const simulator = new Simulator(world)
  const done = await run(simulator, input, options)
  return E.isLeft(done) ? done : E.right({ world: simulator.world, result: done.right })
}

/** Imports usage into a simulator. Throws an {@link UnusableInputError}; nothing is then recorded. */
export const importUsageInto = async (
  simulator: Simulator,
  input: ImportInput,
  options: ImportOptions,
): Promise<ImportResult> => {
  const done = await run(simulator, input, options)
  if (E.isLeft(done)) throw new UnusableInputError(done.left.message)
  return done.right
}
