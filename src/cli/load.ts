import { existsSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tsImport } from 'tsx/esm/api'
import { SCENARIO, type Scenario } from '../scenario/index.js'

/** A file that is no scenario, or cannot be read as one: what is wrong, where, and what to do. */
export class LoadProblem extends Error {
  override readonly name = 'LoadProblem'
  readonly file: string
  readonly advice: string

  constructor(file: string, message: string, advice: string) {
    super(message)
    this.file = file
    this.advice = advice
  }
}

const EXAMPLE = "export default scenario('title', '2026-01-01')..."

/**
 * A scenario as another copy of the library may have built it. It brings its own runner along, so it always runs on
 * the copy that its file imports.
 */
type Loaded = Pick<Scenario, 'format' | 'title' | 'run'>

const isScenario = (value: unknown): value is Loaded =>
  typeof value === 'object' &&
  value !== null &&
  (value as { readonly format?: unknown }).format === SCENARIO &&
  typeof (value as { readonly run?: unknown }).run === 'function'

/** What a module exports by default; one that was compiled to CommonJS has it one level down. */
const defaultOf = (module: unknown): unknown => {
  const { default: outer } = module as { readonly default?: unknown }
  return typeof outer === 'object' && outer !== null && 'default' in outer ? outer.default : outer
}

/** The first place in the file itself that a stack names. */
const placeIn = (path: string, stack: string): string | undefined => {
  const from = stack.indexOf(path)
  if (from === -1) return undefined
  const position = /^(?:\?[^\s():]*)?:(\d+)(?::\d+)?/.exec(stack.slice(from + path.length))
  return position === null ? undefined : `line ${position[1]}`
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

const explained = (file: string, path: string, error: unknown): LoadProblem => {
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? `${error.message}\n${error.stack}` : ''
  const where = placeIn(path, stack)
  const at = where === undefined ? '' : ` (${where})`
  if (error instanceof Error && error.name === 'TransformError')
    return new LoadProblem(
      file,
      `It cannot be compiled${at}: ${message.replace(/^Transform failed[^\n]*\n/, '').replace(/^\S+ ERROR: /, '')}`,
      'Correct the line.',
    )
  const code = codeOf(error)
  if (
    code === 'ERR_MODULE_NOT_FOUND' ||
    code === 'MODULE_NOT_FOUND' ||
    code === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  )
    return new LoadProblem(
      file,
      `It imports what is not there${at}: ${message.split('\n')[0]?.replaceAll(/\?tsx-namespace=[\w-]+/g, '')}`,
      'Correct the import, or install the package beside the scenario (npm install clepsydra).',
    )
  return new LoadProblem(
    file,
    `It failed while it was loaded${at}: ${message}`,
    'A scenario file only builds the scenario; correct what the message names.',
  )
}

/** Loads a scenario file, TypeScript as it is. Throws a {@link LoadProblem}. */
export const loadScenario = async (file: string): Promise<Loaded> => {
  const path = resolve(file)
  if (!existsSync(path))
    throw new LoadProblem(
      file,
      'There is no such file.',
      `Check the path; it was looked for from ${process.cwd()}.`,
    )
  if (statSync(path).isDirectory())
    throw new LoadProblem(
      file,
      'It is a folder.',
      `Name its files: clepsydra run ${relative('', path)}/*.ts`,
    )
  let loaded: unknown
  try {
    loaded = defaultOf(await tsImport(pathToFileURL(path).href, import.meta.url))
  } catch (error) {
    throw explained(file, path, error)
  }
  if (!isScenario(loaded))
    throw new LoadProblem(
      file,
      loaded === undefined ? 'It has no default export.' : 'Its default export is not a scenario.',
      `End the file with: ${EXAMPLE}`,
    )
  return loaded
}
