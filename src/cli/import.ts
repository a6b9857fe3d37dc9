import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, extname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import { Command, Option } from 'commander'
import pc from 'picocolors'
import { formatInstant, parseInstant } from '../domain/kernel/calendar.js'
import { E } from '../domain/kernel/fp.js'
import {
  type Field,
  IMPORT_FORMATS,
  type ImportFormat,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  importUsage,
  type Mapping,
  type RowNote,
  TIME_FORMATS,
  type TimeFormat,
} from '../usage-import/index.js'
import type { World } from '../world/execute.js'
import { readLog, writeLog } from '../world/log.js'

/** What the user has to put right before anything can be done: exit code 2. */
class Unusable extends Error {}

const EXIT = { done: 0, refused: 1, unusable: 2 } as const

// The log

const CHUNK = 1_048_576

/** The lines of a file, without their ends; the file is never held as a whole. */
function* linesOf(path: string): IterableIterator<string> {
  const file = openSync(path, 'r')
  try {
    const decoder = new StringDecoder('utf8')
    const buffer = Buffer.alloc(CHUNK)
    let rest = ''
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, size))).split('\n')
      rest = lines.pop() as string
      yield* lines
    }
    rest += decoder.end()
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

/** A log as it was when it was read. */
interface LogFile {
  /** Behind symbolic links. */
  readonly path: string
  readonly world: World
  readonly version: string
}

/** Tells a file's content from an earlier or later one. */
const versionOf = (path: string): string => {
  const { size, mtimeMs, ino } = statSync(path)
  return `${size} ${mtimeMs} ${ino}`
}

const readLogFile = (given: string): LogFile => {
  if (!existsSync(given))
    throw new Unusable(
      `There is no log ${given}. Usage needs a world in which its meter and customers exist: create them with a Simulator and write its exportLog() to that file.`,
    )
  const path = realpathSync(given)
  const version = versionOf(path)
  const world = readLog(linesOf(path))
  if (E.isLeft(world)) throw new Unusable(`The log ${given} is damaged, ${world.left.message}.`)
  return { path, world: world.right, version }
}

/** Writes a world's log in the place of the one that was read: all of it, or the old one stays. */
const replaceLogFile = ({ path, version }: LogFile, world: World): void => {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, 'wx', statSync(path).mode)
    try {
      let text = ''
      for (const line of writeLog(world)) {
        text += `${line}\n`
        if (text.length < CHUNK) continue
        writeWhole(file, text)
        text = ''
      }
      writeWhole(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (versionOf(path) !== version)
      throw new Unusable(
        `Something else wrote to the log ${path} during the import. It was left as it is, and nothing was imported: run the import again.`,
      )
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}

const writeWhole = (file: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

// The options

interface Flags {
  readonly log: string
  readonly format?: ImportFormat
  readonly mapping?: string
  readonly customer?: string
  readonly value?: string
  readonly time?: string
  readonly timeFormat?: TimeFormat
  readonly identifier?: string
  readonly eventName?: string
  readonly delimiter?: string
  readonly source?: string
  readonly onRefusal: 'stop' | 'skip'
  readonly advance?: boolean
  readonly until?: string
  readonly json?: boolean
}

const STDIN = '-'

const EXTENSIONS: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}

const formatOf = (file: string, { format }: Flags): ImportFormat => {
  const found = format ?? EXTENSIONS[extname(file).toLowerCase()]
  if (found === undefined)
    throw new Unusable(`Say with --format what ${file} is: ${IMPORT_FORMATS.join(', ')}.`)
  return found
}

const readMappingFile = (path: string): Readonly<Record<string, unknown>> => {
  try {
    const mapping: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof mapping === 'object' && mapping !== null && !Array.isArray(mapping))
      return mapping as Readonly<Record<string, unknown>>
  } catch (error) {
    throw new Unusable(`The mapping ${path} cannot be read: ${(error as Error).message}.`)
  }
  throw new Unusable(`The mapping ${path} is no JSON object.`)
}

/** `--event-name` is the name of an active meter's events, or else a column; it may be left out for a single meter. */
const eventNameOf = (world: World, given: string | undefined): Field => {
  if (given !== undefined)
    return world.meters.firstBy('active', given) === undefined ? given : { constant: given }
  const names = [...world.meters].flatMap((meter) =>
    meter.status === 'active' ? [meter.event_name] : [],
  )
  const [only, ...others] = names
  if (only === undefined) throw new Unusable('The log has no active meter: create one first.')
  if (others.length > 0)
    throw new Unusable(
      `The log has several active meters. Say with --event-name which is meant (${names.join(', ')}), or which column names it.`,
    )
  return { constant: only }
}

const inFull = (field: unknown): object =>
  typeof field === 'object' && field !== null ? field : { from: field }

/** The mapping file, if any, with what the flags say in its place. */
const mappingOf = (world: World, format: ImportFormat, flags: Flags): Partial<Mapping> => {
  const file = flags.mapping === undefined ? {} : readMappingFile(flags.mapping)
  const { customer, value, time, timeFormat, identifier, eventName } = flags
  const own = format === 'cloudevents'
  if (!own)
    for (const [name, given] of Object.entries({ customer, time }))
      if (given === undefined && file[name] === undefined)
        throw new Unusable(
          `Say with --${name} which ${format === 'csv' ? 'column' : 'field'} is the ${name}, or give a --mapping.`,
        )
  const event_name =
    eventName !== undefined || (!own && file.event_name === undefined)
      ? { event_name: eventNameOf(world, eventName) }
      : {}
  const at = time ?? file.time ?? (own ? 'time' : undefined)
  return {
    ...file,
    ...(customer === undefined ? {} : { customer: { ...keptLookup(file), from: customer } }),
    ...(value === undefined ? {} : { value }),
    ...(identifier === undefined ? {} : { identifier }),
    ...(time === undefined && timeFormat === undefined
      ? {}
      : { time: { ...inFull(at), ...(timeFormat === undefined ? {} : { format: timeFormat }) } }),
    ...event_name,
  } as Partial<Mapping>
}

/** `--customer` names another column for the mapping file's lookup. */
const keptLookup = ({ customer }: Readonly<Record<string, unknown>>): object =>
  typeof customer === 'object' && customer !== null && 'lookup' in customer
    ? { lookup: customer.lookup }
    : {}

const optionsOf = (file: string, world: World, flags: Flags): ImportOptions => {
  const format = formatOf(file, flags)
  if (flags.delimiter !== undefined && format !== 'csv')
    throw new Unusable('--delimiter goes with CSV only.')
  if (flags.until !== undefined && parseInstant(flags.until) === undefined)
    throw new Unusable(
      `--until is a date (2026-01-31) or a time (2026-01-31T08:27:07Z), not '${flags.until}'.`,
    )
  return {
    format,
    mapping: mappingOf(world, format, flags) as Mapping,
    source: flags.source ?? basename(file),
    onRefusal: flags.onRefusal,
    advance: flags.advance,
    until: flags.until,
    delimiter: flags.delimiter === '\\t' ? '\t' : flags.delimiter,
  }
}

// What is shown

const number = (value: number): string => value.toLocaleString('en-US')

const rows = (count: number): string => `${number(count)} ${count === 1 ? 'row' : 'rows'}`

const FIELD_WIDTH = 12
const LINE_WIDTH = 12
const REASON_WIDTH_MIN = 30
const WIDTH_DEFAULT = 100

const tableOf = (notes: readonly RowNote[]): string => {
  const width = process.stdout.columns ?? WIDTH_DEFAULT
  const table = new Table({
    head: ['line', 'field', 'reason'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'left'],
    colWidths: [
      LINE_WIDTH,
      FIELD_WIDTH + 2,
      Math.max(REASON_WIDTH_MIN, width - LINE_WIDTH - FIELD_WIDTH - 6),
    ],
    wordWrap: true,
  })
  for (const { line, field, reason } of notes) table.push([number(line), field, reason])
  return table.toString()
}

const more = (count: number, shown: number): readonly string[] =>
  count > shown ? [`... and ${rows(count - shown)} more`] : []

const summaryOf = (file: string, log: string, result: ImportResult): string => {
  const { read, recorded, already, refused, refusedCount, differing, differingCount } = result
  const { firstTime, lastTime, stoppedAt } = result
  const lines = [
    `${pc.bold(file)}: ${rows(read)} read, ${pc.green(`${number(recorded)} recorded`)} in ${log}`,
  ]
  if (firstTime !== null && lastTime !== null)
    lines.push(`Their times go from ${formatInstant(firstTime)} to ${formatInstant(lastTime)}.`)
  if (already > 0) lines.push(`${rows(already)} had been imported already and did not count again.`)
  if (differingCount > 0)
    lines.push(
      '',
      pc.yellow(
        `${rows(differingCount)} of these ${differingCount === 1 ? 'differs' : 'differ'} from what was imported, which was left as it is:`,
      ),
      tableOf(differing),
      ...more(differingCount, differing.length),
    )
  if (refusedCount > 0)
    lines.push(
      '',
      pc.red(`${rows(refusedCount)} ${refusedCount === 1 ? 'was' : 'were'} refused:`),
      tableOf(refused),
      ...more(refusedCount, refused.length),
    )
  if (stoppedAt !== null)
    lines.push(
      `The import stopped at line ${number(stoppedAt.line)}; nothing from there on was recorded. Put it right and import the file again, or go on past such rows with --on-refusal skip.`,
    )
  else if (refusedCount > 0)
    lines.push('Put them right and import the file again: the others will not count twice.')
  return lines.join('\n')
}

/** A bar on a terminal, nothing elsewhere. */
const progressBar = (total: number | undefined) => {
  if (!process.stderr.isTTY || total === undefined || total === 0)
    return { show: () => {}, stop: () => {} }
  const bar = new SingleBar({
    stream: process.stderr,
    format: '{bar} {percentage}% | {rows} rows, {refused} refused | {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  })
  bar.start(total, 0, { rows: 0, refused: 0 })
  return {
    show: ({ size, read, refused }: ImportProgress) =>
      bar.update(size, { rows: number(read), refused: number(refused) }),
    stop: () => bar.stop(),
  }
}

// The command

/** Opened when the first bytes are asked for. */
async function* bytesOf(file: string): AsyncIterableIterator<Uint8Array> {
  yield* file === STDIN ? process.stdin : createReadStream(file, { highWaterMark: CHUNK })
}

const importFile = async (file: string, flags: Flags): Promise<number> => {
  if (file !== STDIN && (!existsSync(file) || statSync(file).isDirectory()))
    throw new Unusable(`There is no file ${file}.`)
  const log = readLogFile(flags.log)
  const options = optionsOf(file, log.world, flags)
  const bar = progressBar(file === STDIN ? undefined : statSync(file).size)
  const done = await importUsage(log.world, bytesOf(file), {
    ...options,
    onProgress: bar.show,
  }).finally(bar.stop)
  if (E.isLeft(done)) throw new Unusable(`${file}: ${done.left.message}`)
  const { world, result } = done.right
  if (world.position > log.world.position) replaceLogFile(log, world)
  console.log(flags.json ? JSON.stringify(result, null, 2) : summaryOf(file, flags.log, result))
  return result.refusedCount > 0 ? EXIT.refused : EXIT.done
}

const run = async (file: string, flags: Flags): Promise<void> => {
  try {
    process.exitCode = await importFile(file, flags)
  } catch (error) {
    const isOfSystem = (error as NodeJS.ErrnoException).syscall !== undefined
    if (!(error instanceof Unusable) && !isOfSystem) throw error
    console.error(`${pc.red('error:')} ${(error as Error).message}`)
    process.exitCode = EXIT.unusable
  }
}

const HELP = `
A column is named by its header, a JSON field by its path (data.tokens). The log must hold
the meter and the customers; it is replaced as a whole once the import is done, or not at all.
A second import of the same file counts nothing twice.

Exit codes: 0 all rows are in the log, 1 rows were refused, 2 input or options are of no use.

Examples:
  clepsydra import usage.csv --log world.jsonl --customer account --value calls --time day
  clepsydra import events.jsonl --log world.jsonl --mapping mapping.json --on-refusal skip
  clepsydra import last-year.csv --log world.jsonl --mapping mapping.json --advance
`

/** `clepsydra import`: usage from a file into a log. */
export const importCommand = (): Command =>
  new Command('import')
    .description('Import usage from a CSV, JSON lines or CloudEvents file into the world of a log.')
    .argument('<file>', 'the file, or - for standard input')
    .requiredOption('--log <file>', 'the log of the world, read first and replaced at the end')
    .addOption(
      new Option('--format <format>', 'told by the ending where it can be').choices(IMPORT_FORMATS),
    )
    .option('--mapping <file>', 'a JSON file that says which field is what; flags go before it')
    .option('--customer <column>', 'the customer: an id, or a key of the lookup in --mapping')
    .option('--value <column>', 'the value')
    .option('--time <column>', 'the time')
    .addOption(new Option('--time-format <format>', 'how times are written').choices(TIME_FORMATS))
    .option('--identifier <column>', 'the identifier; derived from --source and row where left out')
    .option('--event-name <name>', "a meter's event name, or the column that has it")
    .option('--delimiter <character>', 'of CSV; told by the header where left out')
    .option('--source <name>', 'the name that derived identifiers follow from (default: file name)')
    .addOption(
      new Option('--on-refusal <what>', 'stop at the first refused row, or skip such rows')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .option('--advance', "move each customer's clock along with the rows, sorted by time")
    .option('--until <time>', 'refuse rows later than this')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable))
    .action(run)
