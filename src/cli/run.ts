import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import pc from 'picocolors'
import type { Observer, ScenarioReport } from '../scenario/index.js'
import { LoadProblem, loadScenario } from './load.js'
import { renderReport } from './render.js'

/** What `--json` prints. */
export interface RunDocument {
  readonly format: 'clepsydra-report'
  readonly version: 1
  /** Whether every file was loaded and every scenario held. */
  readonly passed: boolean
  readonly scenarios: readonly ({ readonly file: string } & ScenarioReport)[]
  /** The files that could not be loaded. */
  readonly problems: readonly {
    readonly file: string
    readonly message: string
    readonly advice: string
  }[]
}

/** Something did not hold. */
const EXIT_FAILED = 1
/** A file could not be loaded, or none was named. */
const EXIT_NOT_LOADED = 2

/** NO_COLOR and FORCE_COLOR decide; else colours are for terminals, whatever else runs the command. */
const hasColor = ({ isTTY }: NodeJS.WriteStream): boolean =>
  pc.isColorSupported && (isTTY === true || Boolean(process.env.FORCE_COLOR))

/** Work that takes longer than this, in milliseconds, shows its progress. */
const PATIENCE = 300

/** A progress bar on a terminal's stderr, gone when the work is done; elsewhere nothing. */
const progressBar = (): { readonly observe: Observer; readonly stop: () => void } => {
  if (process.stderr.isTTY !== true) return { observe: () => {}, stop: () => {} }
  const started = performance.now()
  let bar: SingleBar | undefined
  return {
    observe: ({ title, done, total }) => {
      if (bar === undefined && performance.now() - started < PATIENCE) return
      if (bar === undefined) {
        bar = new SingleBar({
          format: '{bar} {value}/{total} {title}',
          barCompleteChar: '█',
          barIncompleteChar: '░',
          clearOnComplete: true,
          hideCursor: true,
          stream: process.stderr,
        })
        bar.start(total, done, { title })
      }
      bar.setTotal(total)
      bar.update(done, { title })
    },
    stop: () => bar?.stop(),
  }
}

/** Columns where the output is no terminal, or one that does not tell. */
const WIDTH_UNKNOWN = 100

const runFile = async (file: string): Promise<ScenarioReport> => {
  const scenario = await loadScenario(file)
  const { observe, stop } = progressBar()
  try {
    return scenario.run(observe)
  } finally {
    stop()
  }
}

const printReport = (report: ScenarioReport): void => {
  const { columns } = process.stdout
  const look = {
    color: hasColor(process.stdout),
    width: columns || WIDTH_UNKNOWN,
    folder: process.cwd(),
  }
  process.stdout.write(`${renderReport(report, look)}\n`)
}

const printProblem = ({ file, message, advice }: LoadProblem): void => {
  const { red, bold, dim } = pc.createColors(hasColor(process.stderr))
  process.stderr.write(`${red('✗')} ${bold(file)}: ${message}\n  ${dim(advice)}\n\n`)
}

const runFiles = async (files: readonly string[], asJson: boolean): Promise<void> => {
  const scenarios: ({ readonly file: string } & ScenarioReport)[] = []
  const problems: LoadProblem[] = []
  for (const file of files)
    try {
      const report = await runFile(file)
      scenarios.push({ file, ...report })
      if (!asJson) printReport(report)
    } catch (error) {
      if (!(error instanceof LoadProblem)) throw error
      problems.push(error)
      if (!asJson) printProblem(error)
    }
  const held = scenarios.every(({ passed }) => passed)
  if (asJson) {
    const document: RunDocument = {
      format: 'clepsydra-report',
      version: 1,
      passed: held && problems.length === 0,
      scenarios,
      problems: problems.map(({ file, message, advice }) => ({ file, message, advice })),
    }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }
  if (problems.length > 0) process.exitCode = EXIT_NOT_LOADED
  else if (!held) process.exitCode = EXIT_FAILED
}

/** `clepsydra run FILE...` */
export const runCommand = (): Command => {
  const command = new Command('run')
    .description('Run scenario files (TypeScript as it is) and report what held.')
    .argument('[files...]', 'scenario files, such as scenarios/*.ts')
    .option('--json', 'print one JSON document instead of the report')
    .addHelpText(
      'after',
      '\nExit code: 0 all held, 1 something did not, 2 a file could not be loaded.',
    )
  return command.action(async (files: readonly string[], { json }: { readonly json?: boolean }) => {
    if (files.length === 0)
      command.error('error: name a scenario file: clepsydra run FILE...', {
        exitCode: EXIT_NOT_LOADED,
      })
    await runFiles(files, json === true)
  })
}
