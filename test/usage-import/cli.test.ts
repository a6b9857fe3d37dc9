import { execFileSync, spawn } from 'node:child_process'
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createSimulator, entries, importLog, toInstant } from 'clepsydra'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { importCommand } from '../../src/cli/import.js'

const NOW = toInstant('2026-03-01')
const DAY = 86_400

const ROOT = process.cwd()
const MAIN = join(ROOT, 'src/cli/main.ts')
const TSX = import.meta.resolve('tsx')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-import-'))
  process.chdir(folder)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.chdir(ROOT)
  rmSync(folder, { recursive: true })
})

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** Writes a log whose world has meters and two customers. @returns the customers' ids. */
const writeLogOf = (...eventNames: readonly string[]): readonly [string, string] => {
  const simulator = createSimulator({ now: NOW })
  for (const event_name of eventNames)
    simulator.run({
      type: 'CreateMeter',
      params: { display_name: event_name, event_name, default_aggregation: { formula: 'sum' } },
    })
  const ids = [1, 2].map(() => simulator.run({ type: 'CreateCustomer' }).id as string)
  write('world.jsonl', simulator.exportLog())
  return ids as [string, string]
}

/** The usage in the log file: customer and value. */
const usageInLog = (): readonly unknown[] =>
  [...entries(importLog(read('world.jsonl')).world)].flatMap(({ event }) => {
    const { type, customer, value } = event as unknown as Record<string, unknown>
    return type === 'MeterEventRecorded' ? [[customer, value]] : []
  })

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `clepsydra import` as a program of its own, in the folder of the files. */
const spawned = (args: readonly string[], input = ''): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', TSX, MAIN, 'import', ...args], {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
    child.stdin.on('error', () => {}) // A command that fails early does not read it.
    child.stdin.end(input)
  })

/** The same without the time that a program takes to start. */
const cli = async (args: readonly string[]): Promise<Ran> => {
  let out = ''
  let err = ''
  vi.spyOn(console, 'log').mockImplementation((text) => {
    out += `${stripVTControlCharacters(text)}\n`
  })
  vi.spyOn(console, 'error').mockImplementation((text) => {
    err += `${stripVTControlCharacters(text)}\n`
  })
  await importCommand().parseAsync([...args], { from: 'user' })
  vi.restoreAllMocks()
  const code = process.exitCode as number
  process.exitCode = undefined
  return { code, out, err }
}

const LOG = ['--log', 'world.jsonl']
const COLUMNS = ['--customer', 'account', '--value', 'calls', '--time', 'time']

describe('clepsydra import', () => {
  it('imports a file into the log and says what it did', async () => {
    const [ada, bob] = writeLogOf('calls')
    write('usage.csv', `account,calls,time\n${ada},3,2026-02-27\n${bob},4.5,2026-02-28\n`)
    const done = await spawned(['usage.csv', ...LOG, ...COLUMNS])
    expect(done).toEqual({
      code: 0,
      err: '',
      out: [
        'usage.csv: 2 rows read, 2 recorded in world.jsonl',
        'Their times go from 2026-02-27T00:00:00Z to 2026-02-28T00:00:00Z.',
        '',
      ].join('\n'),
    })
    expect(usageInLog()).toEqual([
      [ada, '3'],
      [bob, '4.5'],
    ])
    const after = read('world.jsonl')
    const again = await cli(['usage.csv', ...LOG, ...COLUMNS])
    expect(again).toEqual({
      code: 0,
      err: '',
      out: [
        'usage.csv: 2 rows read, 0 recorded in world.jsonl',
        '2 rows had been imported already and did not count again.',
        '',
      ].join('\n'),
    })
    expect(read('world.jsonl')).toBe(after)
    expect(readdirSync(folder).sort()).toEqual(['usage.csv', 'world.jsonl'])
  })

  it('shows the refused rows in a table, and exits with 1', async () => {
    const [ada] = writeLogOf('calls')
    write('usage.csv', `account,calls,time\n${ada},3,${NOW}\n${ada},x,${NOW}\n${ada},5,${NOW}\n`)
    const stopped = await spawned(['usage.csv', ...LOG, ...COLUMNS])
    expect(stopped.code).toBe(1)
    expect(stopped.out).toContain('1 row was refused:')
    expect(stopped.out).toMatch(
      /│ +line │ field +│ reason +│\n.*\n│ +3 │ value +│ 'x' is not a number: digits, with a point before decimals \(-12\.5\) +│/,
    )
    expect(stopped.out).toContain(
      'The import stopped at line 3; nothing from there on was recorded.',
    )
    expect(usageInLog()).toEqual([[ada, '3']])

    const skipped = await cli(['usage.csv', ...LOG, ...COLUMNS, '--on-refusal', 'skip'])
    expect(skipped.code).toBe(1)
    expect(skipped.out).toContain('usage.csv: 3 rows read, 1 recorded in world.jsonl')
    expect(skipped.out).toContain('1 row had been imported already')
    expect(usageInLog()).toEqual([
      [ada, '3'],
      [ada, '5'],
    ])
  })

  it('prints the result as JSON', async () => {
    const [ada] = writeLogOf('calls')
    write('usage.csv', `account,calls,time,id\n${ada},3,${NOW},a\n${ada},x,${NOW},b\n`)
    const { code, out, err } = await cli([
      'usage.csv',
      ...LOG,
      ...COLUMNS,
      '--identifier',
      'id',
      '--json',
    ])
    expect([code, err]).toEqual([1, ''])
    expect(JSON.parse(out)).toMatchObject({
      read: 2,
      recorded: 1,
      refused: [{ line: 3, field: 'value' }],
      firstTime: NOW,
    })
  })

  it('tells of rows that differ from what was imported', async () => {
    const [ada] = writeLogOf('calls')
    const flags = [...LOG, ...COLUMNS, '--identifier', 'id']
    write('usage.csv', `account,calls,time,id\n${ada},3,${NOW},a\n`)
    await cli(['usage.csv', ...flags])
    write('usage.csv', `account,calls,time,id\n${ada},4,${NOW},a\n`)
    const { code, out } = await cli(['usage.csv', ...flags])
    expect(code).toBe(0)
    expect(out).toContain('1 row of these differs from what was imported, which was left as it is:')
    expect(out).toContain("the event 'a' in the log has the value 3, the row 4")
  })

  it('takes a mapping from a file, before which the flags go', async () => {
    const [ada, bob] = writeLogOf('calls', 'tokens')
    const lookup = { acme: ada, duck: bob }
    write(
      'mapping.json',
      JSON.stringify({
        event_name: 'kind',
        customer: { from: 'who', lookup },
        value: 'n',
        time: { from: 'ms', format: 'unix_ms' },
        payload: { region: 'region' },
      }),
    )
    const row = (who: string, n: number) => ({ kind: 'tokens', who, n, m: n * 2, ms: NOW * 1_000 })
    write(
      'usage.jsonl',
      [row('acme', 1), row('duck', 2)].map((one) => JSON.stringify(one)).join('\n'),
    )
    const flags = [...LOG, '--mapping', 'mapping.json']
    expect(await cli(['usage.jsonl', ...flags, '--value', 'm'])).toMatchObject({ code: 0, err: '' })
    expect(usageInLog()).toEqual([
      [ada, '2'],
      [bob, '4'],
    ])
  })

  it('reads CloudEvents, and standard input', async () => {
    const [ada] = writeLogOf('calls', 'tokens')
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/eu',
      type: 'tokens',
      subject: ada,
      time: '2026-02-28T00:00:00Z',
      data: { value: 7 },
    }
    const piped = ['-', ...LOG, '--format', 'cloudevents']
    expect(await spawned(piped, JSON.stringify([event]))).toMatchObject({ code: 0, err: '' })
    write('event.json', JSON.stringify({ ...event, id: '2', data: { n: 8 } }))
    const flags = ['event.json', ...LOG, '--format', 'cloudevents', '--value', 'data.n']
    expect(await cli(flags)).toMatchObject({ code: 0, err: '' })
    expect(usageInLog()).toEqual([
      [ada, '7'],
      [ada, '8'],
    ])
  })

  it('moves the clock along with the rows, up to the latest time allowed', async () => {
    const [ada] = writeLogOf('calls')
    const at = (days: number) => NOW + days * DAY
    write(
      'usage.csv',
      `account,calls,time\n${ada},1,${at(0)}\n${ada},1,${at(100)}\n${ada},1,${at(9_999)}\n`,
    )
    const { code, out } = await cli([
      'usage.csv',
      ...LOG,
      ...COLUMNS,
      '--advance',
      '--until',
      '2027-01-01',
    ])
    expect(code).toBe(1)
    expect(out).toContain('2 recorded')
    expect(importLog(read('world.jsonl')).now).toBe(at(100))
  })

  it('takes the event name for a meter, or else for a column', async () => {
    const [ada] = writeLogOf('calls', 'tokens')
    write('usage.csv', `account,calls,time,kind\n${ada},1,${NOW},tokens\n`)
    const named = await cli(['usage.csv', ...LOG, ...COLUMNS, '--event-name', 'calls'])
    expect(named).toMatchObject({ code: 0, err: '' })
    const fromColumn = await cli(['usage.csv', ...LOG, ...COLUMNS, '--event-name', 'kind'])
    expect(fromColumn).toMatchObject({ code: 0, err: '' })
    const { world } = importLog(read('world.jsonl'))
    const meters = [...entries(world)].flatMap(({ event }) =>
      event.type === 'MeterEventRecorded' ? [(event as unknown as { meter: string }).meter] : [],
    )
    expect(meters.map((id) => world.meters.need(id).event_name)).toEqual(['calls', 'tokens'])
  })

  it('writes through a symbolic link', async () => {
    const [ada] = writeLogOf('calls')
    symlinkSync('world.jsonl', join(folder, 'link.jsonl'))
    write('usage.csv', `account,calls,time\n${ada},3,${NOW}\n`)
    await cli(['usage.csv', '--log', 'link.jsonl', ...COLUMNS])
    expect(lstatSync(join(folder, 'link.jsonl')).isSymbolicLink()).toBe(true)
    expect(usageInLog()).toEqual([[ada, '3']])
  })
})

describe('clepsydra import with what is of no use', () => {
  const usable = (ada: string) => `account,calls,time\n${ada},3,${NOW}\n`

  it.each<[string, readonly string[], string]>([
    [
      'no log',
      ['usage.csv', '--log', 'none.jsonl', ...COLUMNS],
      'There is no log none.jsonl. Usage needs a world in which its meter and customers exist: create them with a Simulator and write its exportLog() to that file.',
    ],
    [
      'a damaged log',
      ['usage.csv', '--log', 'usage.csv', ...COLUMNS],
      'The log usage.csv is damaged, line 1: this is not JSON.',
    ],
    ['no file', ['none.csv', ...LOG, ...COLUMNS], 'There is no file none.csv.'],
    [
      'a file of unknown format',
      ['usage.txt', ...LOG, ...COLUMNS],
      'Say with --format what usage.txt is: csv, jsonl, cloudevents.',
    ],
    [
      'no customer',
      ['usage.csv', ...LOG, '--time', 'time'],
      'Say with --customer which column is the customer, or give a --mapping.',
    ],
    [
      'no time',
      ['usage.csv', ...LOG, '--customer', 'account', '--format', 'jsonl'],
      'Say with --time which field is the time, or give a --mapping.',
    ],
    [
      'a column that is not there',
      ['usage.csv', ...LOG, ...COLUMNS, '--identifier', 'id'],
      "usage.csv: identifier: there is no column 'id'; the header has 'account', 'calls', 'time'",
    ],
    [
      'an event name that is neither meter nor column',
      ['usage.csv', ...LOG, ...COLUMNS, '--event-name', 'cals'],
      "usage.csv: event_name: there is no column 'cals'; the header has 'account', 'calls', 'time'",
    ],
    [
      'a mapping that is not there',
      ['usage.csv', ...LOG, '--mapping', 'none.json'],
      "The mapping none.json cannot be read: ENOENT: no such file or directory, open 'none.json'.",
    ],
    [
      'a mapping that is no object',
      ['usage.csv', ...LOG, '--mapping', 'list.json'],
      'The mapping list.json is no JSON object.',
    ],
    [
      'a mapping with an unknown field',
      ['usage.csv', ...LOG, '--mapping', 'odd.json', ...COLUMNS],
      "usage.csv: the mapping has an unknown field 'colour'; it may have event_name, customer, value, time, identifier, payload",
    ],
    [
      'a wrong --until',
      ['usage.csv', ...LOG, ...COLUMNS, '--until', 'tomorrow'],
      "--until is a date (2026-01-31) or a time (2026-01-31T08:27:07Z), not 'tomorrow'.",
    ],
    [
      'a delimiter for JSON',
      ['usage.csv', ...LOG, ...COLUMNS, '--format', 'jsonl', '--delimiter', ';'],
      '--delimiter goes with CSV only.',
    ],
  ])('exits with 2, says why and leaves the log: %s', async (_, args, message) => {
    const [ada] = writeLogOf('calls')
    write('usage.csv', usable(ada))
    write('usage.txt', usable(ada))
    write('list.json', '[]')
    write('odd.json', '{ "colour": "red" }')
    const before = read('world.jsonl')
    expect(await cli(args)).toEqual({ code: 2, out: '', err: `error: ${message}\n` })
    expect(read('world.jsonl')).toBe(before)
  })

  it.each<[readonly string[], readonly string[], string]>([
    [[], ['usage.csv', ...LOG, ...COLUMNS], 'The log has no active meter: create one first.'],
    [
      ['calls', 'tokens'],
      ['usage.csv', ...LOG, ...COLUMNS],
      'The log has several active meters. Say with --event-name which is meant (calls, tokens), or which column names it.',
    ],
  ])('exits with 2 where the meter is not clear: %j', async (meters, args, message) => {
    const [ada] = writeLogOf(...meters)
    write('usage.csv', usable(ada))
    expect(await cli(args)).toEqual({ code: 2, out: '', err: `error: ${message}\n` })
  })

  it('leaves a log alone that something else wrote to in the meantime', async () => {
    const [ada] = writeLogOf('calls')
    execFileSync('mkfifo', ['usage.pipe'])
    const running = cli(['usage.pipe', ...LOG, ...COLUMNS, '--format', 'csv'])
    const pipe = await open('usage.pipe', 'w') // Opens once the command reads, which is after it has read the log.
    const simulator = importLog(read('world.jsonl'))
    simulator.run({ type: 'CreateCustomer', params: { name: 'Meanwhile' } })
    write('world.jsonl', simulator.exportLog())
    await pipe.writeFile(usable(ada))
    await pipe.close()
    const { code, out, err } = await running
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^error: Something else wrote to the log .* nothing was imported/)
    expect(read('world.jsonl')).toBe(simulator.exportLog())
    expect(readdirSync(folder).sort()).toEqual(['usage.pipe', 'world.jsonl'])
  })

  it('exits with 2 as a program, for wrong options and for wrong files', async () => {
    const option = await spawned(['usage.csv', ...LOG, '--format', 'xml'])
    expect([option.code, option.out]).toEqual([2, ''])
    expect(option.err).toContain('Allowed choices are csv, jsonl, cloudevents.')
    const missing = await spawned(['usage.csv'])
    expect([missing.code, missing.out]).toEqual([2, ''])
    expect(missing.err).toContain("required option '--log <file>' not specified")
    const file = await spawned(['usage.csv', ...LOG, ...COLUMNS])
    expect(file).toEqual({ code: 2, out: '', err: 'error: There is no file usage.csv.\n' })
  })

  it('exits with 0 for help', async () => {
    const { code, out } = await spawned(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('Exit codes: 0 all rows are in the log, 1 rows were refused')
  })
})
