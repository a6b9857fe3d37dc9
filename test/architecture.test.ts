import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { describe, expect, it } from 'vitest'
import { CORE, impuritiesIn, sourcesBelow } from '../scripts/purity.js'
import { allFamilies } from '../src/world/execute.js'
import { compileLiterals } from './conformance/compile.js'

const read = (file: string): string => readFileSync(file, 'utf8')

describe('the core is pure', () => {
  it('reads no clock, draws no random number, awaits nothing and touches no platform', () => {
    const found = CORE.flatMap(sourcesBelow).flatMap((file) => impuritiesIn(file, read(file)))
    expect(found).toEqual([])
  })

  it.each([
    ['a clock', 'export const now = () => Date.now()'],
    ['a clock in disguise', 'export const now = () => new globalThis.Date()'],
    ['another clock', 'export const now = () => performance.now()'],
    ['a random number', 'export const roll = () => Math.random()'],
    ['a random number in disguise', "export const roll = () => Math['random']()"],
    ['platform randomness', 'export const id = () => crypto.randomUUID()'],
    ['waiting', 'export const wait = async () => { await undefined }'],
    ['a promise', 'export const soon = () => Promise.resolve(1)'],
    ['a timer', 'setTimeout(() => {}, 1)'],
    ['a node module', "import { readFileSync } from 'node:fs'\nexport const x = readFileSync"],
    ['a node module passed on', "export { readFileSync } from 'node:fs'"],
    ['a late import', "export const fs = import('node:fs')"],
    ['the process', 'export const seed = process.env.SEED'],
    ['the locale of the machine', "export const f = new Intl.DateTimeFormat('en')"],
  ])('a planted case is found: %s', (_, text) => {
    expect(impuritiesIn('planted.ts', text).length).toBeGreaterThan(0)
  })

  it('a word in a comment, a text or a field of that name is no finding', () => {
    const text =
      "/** Date, Math.random */\nexport const f = { process: 'Date' }\nexport const g = (w: typeof f) => w.process"
    expect(impuritiesIn('planted.ts', text)).toEqual([])
  })
})

/** The names of the rules that a planted tree of files breaks. */
const broken = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'boundaries-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { tsConfig, ...options } = await extractDepcruiseOptions('./.dependency-cruiser.cjs')
  const { output } = await cruise(['src'], { ...options, baseDir: folder })
  return [
    ...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name)),
  ].sort()
}

const value = 'export const value = 1\n'
const importing = (path: string): string =>
  `import { value } from '${path}'\nexport const other = value\n`

describe('imports point one way', () => {
  it.each([
    [
      'the kernel imports a family',
      'kernel-knows-no-family',
      'src/domain/kernel/a.ts',
      'src/domain/customers/index.ts',
      '../customers/index.js',
    ],
    [
      'a family imports the world',
      'families-know-no-floor-above',
      'src/domain/customers/a.ts',
      'src/world/b.ts',
      '../../world/b.js',
    ],
    [
      'a family reaches past a door',
      'families-meet-at-the-door',
      'src/domain/metering/a.ts',
      'src/domain/customers/b.ts',
      '../customers/b.js',
    ],
    [
      'a family imports a story',
      'nouns-below-stories-above',
      'src/domain/metering/a.ts',
      'src/domain/stories/index.ts',
      '../stories/index.js',
    ],
    [
      'a projection imports the world',
      'clock-and-projections-below-the-world',
      'src/projections/a.ts',
      'src/world/b.ts',
      '../world/b.js',
    ],
    [
      'the world imports an edge',
      'world-below-the-edges',
      'src/world/a.ts',
      'src/cli/b.ts',
      '../cli/b.js',
    ],
  ])('a planted case is found: %s', async (_, rule, from, to, path) => {
    expect(await broken({ [from]: importing(path), [to]: value })).toContain(rule)
  })

  it('a planted cycle, a node module in the core and an import that leads nowhere are found', async () => {
    const found = await broken({
      'src/world/a.ts': "import { other } from './b.js'\nexport const value = other\n",
      'src/world/b.ts': "import { value } from './a.js'\nexport const other = value\n",
      'src/domain/kernel/c.ts':
        "import { readFileSync } from 'node:fs'\nexport const d = readFileSync\n",
      'src/cli/e.ts': importing('./nowhere.js'),
    })
    expect(found).toEqual(expect.arrayContaining(['core-packages', 'no-cycles', 'no-unresolved']))
  })
})

const folders = readdirSync('src/domain', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kernel')
  .map(({ name }) => name)

const tests = sourcesBelow('test').map(read).join('\n')

describe('a family is whole', () => {
  it.each(folders)('%s has a door, a README and a line in the registry', (name) => {
    expect(existsSync(`src/domain/${name}/index.ts`)).toBe(true)
    expect(existsSync(`src/domain/${name}/README.md`)).toBe(true)
    expect(read('src/domain/families.ts')).toContain(`'./${name}/index.js'`)
  })

  it.each(
    allFamilies.flatMap(({ commands, queries }) => [
      ...Object.keys(commands),
      ...Object.keys(queries),
    ]),
  )('%s is named by a test', (type) => {
    expect(tests).toMatch(new RegExp(`'${type}'`))
  })

  it.each(allFamilies.flatMap(({ events }) => Object.keys(events)))(
    'the event %s is named by a test',
    (type) => {
      expect(tests).toMatch(new RegExp(`\\b${type}\\b`))
    },
  )
})

describe('what comes back has a type', () => {
  const named = [
    ...allFamilies.flatMap(({ commands }) =>
      Object.keys(commands).map((name) => `ResultOf<'${name}'>`),
    ),
    ...allFamilies.flatMap(({ queries }) =>
      Object.keys(queries).map((name) => `AnswerOf<'${name}'>`),
    ),
  ]

  it('of every command and every query', () => {
    const errors = compileLiterals(
      "import type { AnswerOf, ResultOf } from 'clepsydra'\ntype IsAny<T> = 0 extends 1 & T ? true : false",
      ['any', ...named].map((type) => ({ type: `IsAny<${type}>`, value: type === 'any' })),
    )
    expect(['any', ...named].filter((_, at) => errors[at]?.length !== 0)).toEqual([])
  }, 60_000)
})
