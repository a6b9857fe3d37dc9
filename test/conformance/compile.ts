import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'

/** A value, and the type that it is to have, as TypeScript writes it. */
export interface Literal {
  readonly type: string
  readonly value: unknown
}

const options = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options: project } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'))
  const { incremental, tsBuildInfoFile, ...rest } = project
  return { ...rest, noEmit: true, skipLibCheck: true, types: [] }
}

const declaration = ({ type, value }: Literal, index: number): string =>
  `export const literal${index}: ${type} = ${JSON.stringify(value)}`

/**
 * Compiles each value as a literal of its type, with the settings of the project. A literal must have every required
 * property, no unknown one, and each of the right type.
 * @returns For each value the errors of the compiler; none where it conforms.
 */
export const compileLiterals = (
  prelude: string,
  literals: readonly Literal[],
): readonly (readonly string[])[] => {
  const cache = resolve('node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'conformance-'))
  try {
    const file = join(folder, 'literals.mts')
    const head = prelude.trim().split('\n')
    writeFileSync(file, [...head, ...literals.map(declaration)].join('\n'))
    const program = ts.createProgram([file], options())
    const errors: string[][] = literals.map(() => [])
    for (const { file: source, start, messageText } of ts.getPreEmitDiagnostics(program)) {
      const message = ts.flattenDiagnosticMessageText(messageText, '\n')
      const line =
        source?.fileName.endsWith('literals.mts') && start !== undefined
          ? source.getLineAndCharacterOfPosition(start).line - head.length
          : -1
      const of = errors[line]
      if (of === undefined) throw new Error(`${source?.fileName}: ${message}`)
      of.push(message)
    }
    return errors
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
