/** `clepsydra run` as its users have it: the compiled package in their node_modules, in plain Node. */
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourcesBelow } from '../../scripts/purity.js'
import type { RunDocument } from '../../src/cli/run.js'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'clepsydra-run-')))
const installed = join(home, 'node_modules/clepsydra')

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(home, name)), { recursive: true })
  writeFileSync(join(home, name), text)
}

/** The package, its dependencies and two scenarios in the folder of somebody who has installed it. */
beforeAll(async () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  mkdirSync(installed, { recursive: true })
  for (const name of Object.keys(dependencies))
    symlinkSync(resolve('node_modules', name), join(home, 'node_modules', name))
  copyFileSync('package.json', join(installed, 'package.json'))
  await build({
    entryPoints: [...sourcesBelow('src')],
    outbase: 'src',
    outdir: join(installed, 'dist'),
    format: 'esm',
  })
  write('package.json', '{ "type": "module" }')
  copyFileSync('scenarios/late-usage.ts', join(home, 'held.ts'))
  copyFileSync('test/scenarios/fixtures/does-not-hold.ts', join(home, 'not-held.ts'))
})
afterAll(() => rmSync(home, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const { FORCE_COLOR: _, NO_COLOR: __, ...environment } = process.env

const start = (
  args: readonly string[],
  { cwd = home, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> =>
  new Promise((ended, fail) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...environment, ...env } })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', fail).on('close', (code) => ended({ code, out, err }))
  })

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  start([join(installed, 'dist/cli/main.js'), 'run', ...args], { env })

const ESC = '\x1b['

describe('clepsydra run', () => {
  it('prints the report of what held, plain where no terminal shows colours, and ends with 0', async () => {
    const { code, out, err } = await run(['held.ts'], { CI: 'true' })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const golden = readFileSync('test/scenarios/golden/late-usage.golden.txt', 'utf8')
    expect(out).toBe(`${golden}\n`)
  })

  it('has colours where they are forced, unless NO_COLOR says no', async () => {
    expect((await run(['held.ts'], { FORCE_COLOR: '1' })).out).toContain(ESC)
    expect((await run(['held.ts'], { FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain(ESC)
  })

  it('ends with 1 where something did not hold, and runs the other files', async () => {
    const { code, out, err } = await run(['not-held.ts', 'held.ts'])
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain(
      [
        '      at not-held.ts:6',
        '      expected                                        found',
        '      2026-01-01T00:00:00Z CustomerCreated ben      ≠ 2026-01-01T00:00:00Z CustomerCreated ada',
      ].join('\n'),
    )
    expect(out).toContain('  ✓ nine has the late reading\n')
  })

  it('ends with 2 where no file is named, and says how', async () => {
    const { code, out, err } = await run([])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toBe('error: name a scenario file: clepsydra run FILE...\n')
  })

  it('prints one document with --json: every report, whether all held, and what could not be loaded', async () => {
    const { code, out, err } = await run(['--json', 'held.ts', 'not-held.ts', 'missing.ts'])
    expect({ code, err }).toEqual({ code: 2, err: '' })
    const { scenarios, ...rest } = JSON.parse(out) as RunDocument
    expect(rest).toEqual({
      format: 'clepsydra-report',
      version: 1,
      passed: false,
      problems: [
        {
          file: 'missing.ts',
          message: 'There is no such file.',
          advice: `Check the path; it was looked for from ${home}.`,
        },
      ],
    })
    expect(scenarios.map(({ file, title, passed }) => ({ file, title, passed }))).toEqual([
      { file: 'held.ts', title: 'Late readings and corrections on an hourly meter', passed: true },
      { file: 'not-held.ts', title: 'Wrong on purpose', passed: false },
    ])
    expect(scenarios[0]).toMatchObject({ facts: 11, now: '2026-02-15T12:00:00Z' })
    expect(scenarios[1]?.items.slice(0, 2)).toEqual([
      {
        kind: 'step',
        status: 'passed',
        title: 'CreateCustomer → ada',
        gained: {
          count: 1,
          lines: ['2026-01-01T00:00:00Z CustomerCreated ada'],
          byType: { CustomerCreated: 1 },
        },
      },
      {
        kind: 'step',
        status: 'failed',
        title: 'the log gained 2 facts and no more',
        failure: {
          message: 'The log gained otherwise.',
          expected: [
            '2026-01-01T00:00:00Z CustomerCreated ben',
            '2026-01-01T00:00:00Z MeterCreated calls',
          ],
          found: ['2026-01-01T00:00:00Z CustomerCreated ada'],
          where: join(home, 'not-held.ts:6'),
        },
      },
    ])
  })

  it('runs a scenario in a package of CommonJS, and says in --json that all held', async () => {
    write('common/package.json', '{ "type": "commonjs" }')
    copyFileSync(join(home, 'held.ts'), join(home, 'common/held.ts'))
    const { code, out, err } = await run(['--json', 'common/held.ts'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({ passed: true, problems: [] })
  })
})

describe('a file that cannot be loaded', () => {
  const problems: readonly {
    readonly file: string
    readonly text?: string
    readonly says: RegExp
    readonly advises: RegExp
  }[] = [
    { file: 'nowhere.ts', says: /There is no such file/, advises: /Check the path/ },
    { file: 'node_modules', says: /It is a folder/, advises: /clepsydra run node_modules\/\*\.ts/ },
    {
      file: 'syntax.ts',
      text: 'const a = 1\nconst b: = 2\n',
      says: /cannot be compiled \(line 2\): Unexpected "="/,
      advises: /Correct the line/,
    },
    {
      file: 'throws.ts',
      text: "const a: number = 1\n\nthrow new Error('no ' + a)\n",
      says: /failed while it was loaded \(line 3\): no 1/,
      advises: /correct what the message names/,
    },
    {
      file: 'wrong-start.ts',
      text: "import { scenario } from 'clepsydra/scenario'\nexport default scenario('x', '1 May')\n",
      says: /failed while it was loaded \(line 2\): .*'1 May' is a date \(2026-01-31\)/,
      advises: /correct what the message names/,
    },
    {
      file: 'lost.ts',
      text: "import 'clepsydra-of-another-name'\n",
      says: /imports what is not there.*'clepsydra-of-another-name'/,
      advises: /install the package/,
    },
    {
      file: 'nothing.ts',
      text: 'export const a = 1\n',
      says: /It has no default export/,
      advises: /End the file with: export default scenario/,
    },
    {
      file: 'other.ts',
      text: 'export default { title: 1 }\n',
      says: /default export is not a scenario/,
      advises: /End the file with/,
    },
  ]
  let ended: Ended
  beforeAll(async () => {
    for (const { file, text } of problems) if (text !== undefined) write(file, text)
    ended = await run([...problems.map(({ file }) => file), 'held.ts', 'not-held.ts'])
  })

  it('ends the run with 2, whatever the others did, and keeps none of them from running', () => {
    const { code, out } = ended
    expect(code).toBe(2)
    expect(out).toMatch(/^Late readings/)
    expect(out).toContain('Wrong on purpose')
  })

  it.each(problems)(
    'says what is wrong with $file, where, and what to do',
    ({ file, says, advises }) => {
      const lines = ended.err.split('\n')
      const at = lines.findIndex((line) => line.startsWith(`✗ ${file}: `))
      expect(lines[at]).toMatch(says)
      expect(lines[at + 1]).toMatch(advises)
    },
  )

  it('takes two lines and no stack to say so', () => {
    expect(ended.err.split('\n')).toHaveLength(problems.length * 3 + 1)
  })
})

describe('the demo', () => {
  it('runs from the sources, and holds what the meters say against a plain sum of the file', async () => {
    const args = ['--import', 'tsx', 'src/cli/main.ts', 'run', 'scenarios/github-commits.ts']
    const { code, out, err } = await start(args, { cwd: process.cwd() })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const month of ['01  557', '02  448', '03  655', '04  413', '05  406'])
      expect(out).toContain(`    2015-${month}  █`)
    expect(out).toContain('✓ the file has 2479 commits, and so has the meter')
  })
})

describe('clepsydra/scenario', () => {
  it('loads no terminal code, and nothing of the platform', async () => {
    const { metafile } = await build({
      entryPoints: ['src/scenario/index.ts'],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      write: false,
    })
    const loaded = Object.keys(metafile.inputs)
    expect(
      loaded.filter(
        (path) =>
          !/^(src\/(scenario|domain|clock|projections|world)\/|src\/(index|system-clock)\.ts$|node_modules\/(fp-ts|io-ts|immer)\/)/.test(
            path,
          ),
      ),
    ).toEqual([])
    expect(loaded).toContain('src/scenario/runner.ts')
  })
})
