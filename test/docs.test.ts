/**
 * The documentation is true: every `ts` block of README.md and docs/ is compiled, executed and held to what it says,
 * and every relative link leads somewhere. What stands behind `ts` on a block's first line:
 *
 * - nothing: it is compiled with the project's options and run as a module of its own;
 * - `no-run: REASON`: it is compiled only;
 * - `file: src/...`: it is compiled and run as if it stood there, so its relative imports lead into the house, or to
 *   another such block of the page;
 * - `excerpt: src/...`: it stands in that file, whatever its indentation; `// ...` leaves lines out.
 *
 * A block says what is true with `assert`, or with `console.log(value) // what it prints`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { format } from 'node:util'
import ts from 'typescript'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules/.cache/docs')

interface Block {
  readonly page: string
  /** Of the fence, from 1: the code's first line is the next one. */
  readonly line: number
  readonly kind: 'run' | 'no-run' | 'file' | 'excerpt'
  /** The reason, or the path. */
  readonly note: string
  readonly code: string
}

interface Page {
  readonly path: string
  readonly blocks: readonly Block[]
  /** Lines that are prose, by number from 1. */
  readonly prose: ReadonlyMap<number, string>
}

const pagesUnder = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return pagesUnder(path)
    return entry.name.endsWith('.md') ? [path] : []
  })

const INFO = /^ts(?: (no-run|file|excerpt): (\S.*))?$/

const readPage = (path: string): Page => {
  const blocks: Block[] = []
  const prose = new Map<number, string>()
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  let fence: { readonly line: number; readonly info: string; readonly mark: string } | undefined
  let code: string[] = []
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    if (fence === undefined) {
      const opening = /^\s*(`{3,})(.*)$/.exec(text)
      if (opening === null) prose.set(line, text)
      else fence = { line, mark: opening[1] as string, info: (opening[2] as string).trim() }
    } else if (text.trim() === fence.mark) {
      if (/^(ts|typescript)\b/.test(fence.info)) {
        const info = INFO.exec(fence.info)
        if (info === null)
          throw new Error(`${path}:${fence.line}: not a kind of ts block: '${fence.info}'`)
        const [, kind = 'run', note = ''] = info
        blocks.push({
          page: path,
          line: fence.line,
          kind: kind as Block['kind'],
          note,
          code: code.join('\n'),
        })
      }
      fence = undefined
      code = []
    } else code.push(text)
  }
  if (fence !== undefined) throw new Error(`${path}:${fence.line}: a block without an end`)
  return { path, blocks, prose }
}

const pages = ['README.md', ...pagesUnder('docs')].map(readPage)
const blocks = pages.flatMap((page) => page.blocks)
const compiled = blocks.filter(({ kind }) => kind !== 'excerpt')

const moduleOf = ({ page, line }: Block): string => join(cache, `${page}.${line}.ts`)

/** The package's doors, by the name that an embedder imports: the sources from which the published files are built. */
const doors: ReadonlyMap<string, string> = new Map(
  Object.entries<{ readonly default?: string } | string>(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports,
  ).flatMap(([path, door]) =>
    typeof door === 'object' && door.default !== undefined
      ? [[`clepsydra${path.slice(1)}`, door.default.replace(/^.\/dist\/(.*)js$/, 'src/$1ts')]]
      : [],
  ),
)

const IMPORT = /(\bfrom\s+|\bimport\s+)'([^']+)'/g

/** The module that an import of a block means, where it is one of ours. */
const targetOf = ({ page, kind, note }: Block, imported: string): string | undefined => {
  const door = doors.get(imported)
  if (door !== undefined) return join(root, door)
  if (kind !== 'file' || !imported.startsWith('.')) return undefined
  const target = normalize(join(dirname(note), imported)).replace(/\.js$/, '.ts')
  const other = blocks.find((file) => file.page === page && file.note === target)
  return other === undefined ? join(root, target) : moduleOf(other)
}

/** The block as a module whose lines have the numbers that they have on the page. */
const sourceOf = (block: Block): string => {
  const folder = dirname(moduleOf(block))
  const code = block.code.replace(IMPORT, (whole, keyword: string, imported: string) => {
    const target = targetOf(block, imported)
    if (target === undefined) return whole
    const path = relative(folder, target).replace(/\.ts$/, '.js')
    return `${keyword}'${path.startsWith('.') ? path : `./${path}`}'`
  })
  return `${'\n'.repeat(block.line)}${code}\nexport {}\n`
}

/** Writes only what changed, so that runs side by side do not disturb each other. */
const writeModule = (path: string, source: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path) || readFileSync(path, 'utf8') !== source) writeFileSync(path, source)
}

/** The compiler takes a few seconds, many times that on a busy machine. */
const COMPILING_MS_MAX = 60_000

/** What the compiler has to say, by module. */
const diagnose = (files: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    { noUnusedLocals: false, noUnusedParameters: false, incremental: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  )
  if (config === undefined) throw new Error('tsconfig.json cannot be read')
  const { tsBuildInfoFile: _, ...options } = config.options
  const program = ts.createProgram({ rootNames: files, options })
  const problems = new Map<string, string[]>()
  for (const file of files) {
    const source = program.getSourceFile(file)
    if (source === undefined) throw new Error(`${file} is not part of the program`)
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ start = 0, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start)
      return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
    problems.set(file, found)
  }
  return problems
}

const PRINTS = /\bconsole\.log\(.*\) \/\/ (.*)$/gm

/** The page and line where an error came from, as its stack tells. */
const placeIn = (block: Block, error: unknown): string => {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const at = new RegExp(`${block.page.replaceAll('.', '\\.')}\\.${block.line}\\.ts:(\\d+)`)
  return `${block.page}:${at.exec(stack)?.[1] ?? block.line + 1}`
}

const run = async (block: Block): Promise<void> => {
  const printed: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed.push(format(...values))
  })
  try {
    await import(/* @vite-ignore */ pathToFileURL(moduleOf(block)).href)
  } catch (error) {
    throw new Error(`${placeIn(block, error)}: ${String(error)}`, { cause: error })
  }
  const said = Array.from(block.code.matchAll(PRINTS), ([, text]) => text)
  if (said.length > 0)
    expect(printed, `${block.page}:${block.line} prints what it says`).toEqual(said)
}

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')

describe('a ts block of the documentation', () => {
  let problems: ReadonlyMap<string, readonly string[]> = new Map()

  beforeAll(() => {
    mkdirSync(cache, { recursive: true })
    writeModule(join(cache, 'package.json'), '{ "type": "module" }\n')
    for (const block of compiled) writeModule(moduleOf(block), sourceOf(block))
    problems = diagnose(compiled.map(moduleOf))
  }, COMPILING_MS_MAX)
  afterEach(() => {
    vi.restoreAllMocks()
  })

  for (const block of compiled)
    it(`compiles${block.kind === 'no-run' ? '' : ' and does what it says'}: ${block.page}:${block.line}`, async () => {
      expect(problems.get(moduleOf(block)), `${block.page}:${block.line} compiles`).toEqual([])
      if (block.kind !== 'no-run') await run(block)
    })

  for (const block of blocks.filter(({ kind }) => kind === 'excerpt'))
    it(`stands in ${block.note}: ${block.page}:${block.line}`, () => {
      const source = trimmed(readFileSync(join(root, block.note), 'utf8'))
      for (const part of trimmed(block.code).split(/^\/\/ \.\.\.$/m))
        expect(source, `${block.page}:${block.line} quotes ${block.note}`).toContain(part.trim())
    })
})

/** The anchor that a heading gets on the page. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

const anchorsOf = (path: string): readonly string[] =>
  [...readPage(path).prose.values()].flatMap((text) => {
    const heading = /^#{1,6} (.*)$/.exec(text)?.[1]
    return heading === undefined ? [] : [anchorOf(heading)]
  })

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g
const ELSEWHERE = /^[a-z]+:/

describe('a relative link of the documentation', () => {
  for (const { path, prose } of pages)
    it(`leads to a file and heading that are there: ${path}`, () => {
      const dead: string[] = []
      for (const [line, text] of prose)
        for (const [, target = ''] of text.matchAll(LINK)) {
          if (ELSEWHERE.test(target)) continue
          const [file = '', anchor] = target.split('#')
          const to = file === '' ? path : normalize(join(dirname(path), file))
          const there = existsSync(join(root, to))
          const isPage = there && to.endsWith('.md') && statSync(join(root, to)).isFile()
          if (!there || (anchor !== undefined && isPage && !anchorsOf(to).includes(anchor)))
            dead.push(`${path}:${line} ${target}`)
        }
      expect(dead).toEqual([])
    })
})
