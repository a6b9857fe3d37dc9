/**
 * Measures how fast the core is, and writes docs/performance.md. Usage: npm run bench [FIGURE ...]
 * With figures named, only those are measured and the page is left as it is. All of them take some minutes.
 */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import { build } from 'esbuild'
import pc from 'picocolors'
import type { Message } from './child.js'
import { figures, type Row } from './figures.js'
import { figureOf, goalOf, type Measured, met, page } from './report.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = `${root}node_modules/.cache/bench/child.mjs`

/** Compiles the figures as the package is compiled; what runs scripts from source adds code of its own to functions. */
const compile = () =>
  build({
    entryPoints: [`${root}bench/child.ts`],
    outfile: program,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
  })

/** Measures a figure in a process of its own, so that none finds the heap or the compiled code of another. */
const measured = (name: string, progress: (done: number) => void): Promise<readonly Row[]> =>
  new Promise((resolve, reject) => {
    const child = fork(program, [name], { execArgv: ['--expose-gc'] })
    let rows: readonly Row[] | undefined
    child.on('message', (message: Message) => {
      if ('rows' in message) rows = message.rows
      else progress(message.done)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (rows === undefined) reject(new Error(`${name} ended with code ${code}`))
      else resolve(rows)
    })
  })

const terminalTable = (all: readonly Measured[]): string => {
  const table = new Table({ head: ['Work', 'Measured', 'Goal', ''], style: { head: ['bold'] } })
  for (const { title, rows } of all) {
    table.push([{ colSpan: 4, content: pc.bold(title) }])
    for (const row of rows) {
      const mark = met(row) ? pc.green('met') : pc.red('not met')
      const goal = goalOf(row)
      table.push([row.what, { content: figureOf(row), hAlign: 'right' }, goal, goal && mark])
    }
  }
  return table.toString()
}

const main = async (asked: readonly string[]): Promise<void> => {
  const unknown = asked.filter((name) => !Object.hasOwn(figures, name))
  if (unknown.length > 0)
    throw new Error(`no figure ${unknown.join(', ')}; there are ${Object.keys(figures).join(', ')}`)
  await compile()
  const names = asked.length > 0 ? asked : Object.keys(figures)
  const bar = new SingleBar({
    format: '{bar} {percentage}% {figure}',
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(names.length, 0, { figure: '' })
  const all: Measured[] = []
  for (const [index, name] of names.entries()) {
    const { title } = figures[name] as (typeof figures)[string]
    bar.update(index, { figure: title })
    const rows = await measured(name, (done) => bar.update(index + done))
    all.push({ title, rows })
  }
  bar.stop()
  console.log(terminalTable(all))
  if (asked.length > 0) return
  writeFileSync(`${root}docs/performance.md`, page(all))
  console.log('Written to docs/performance.md')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
