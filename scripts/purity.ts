/**
 * What the core may not do: read a clock, draw a random number, await, or touch the platform. Found in the syntax
 * tree, so a word in a comment or a field that happens to be called `process` is no finding.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface Impurity {
  readonly file: string
  readonly line: number
  readonly what: string
}

/** Each banned global, and what takes its place. */
const BANNED: Readonly<Record<string, string>> = {
  Date: 'time is an argument: kernel/instant.ts, kernel/calendar.ts',
  performance: 'time is an argument: kernel/instant.ts',
  crypto: 'ids are drawn from the seed: kernel/ids.ts',
  setTimeout: 'later is a deadline derived from state',
  setInterval: 'later is a deadline derived from state',
  setImmediate: 'later is a deadline derived from state',
  queueMicrotask: 'later is a deadline derived from state',
  Promise: 'the core awaits nothing',
  process: 'the core knows no process: take an argument',
  globalThis: 'the core knows no platform: take an argument',
  global: 'the core knows no platform: take an argument',
  console: 'the core prints nothing: answer a value',
  fetch: 'the core has no network: do it at an edge',
  require: 'imports stand at the top of a file',
  Intl: 'what depends on the machine is no rule: kernel/calendar.ts',
}

/** Names that are declared or looked up on something else do not mean the global. */
const meansGlobal = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isParameter(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent)
  )
}

const findingOf = (node: ts.Node): string | undefined => {
  if (ts.isIdentifier(node) && Object.hasOwn(BANNED, node.text) && meansGlobal(node))
    return `${node.text}: ${BANNED[node.text]}`
  if (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'Math' &&
    node.name.text === 'random'
  )
    return 'Math.random: ids are drawn from the seed: kernel/ids.ts'
  if (
    ts.isElementAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'Math'
  )
    return 'Math[...]: write the function out'
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword)
    return 'async: the core awaits nothing'
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
    return 'for await: the core awaits nothing'
  if (
    (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier) &&
    node.moduleSpecifier.text.startsWith('node:')
  )
    return `${node.moduleSpecifier.text}: the core imports no node:*; do it at an edge`
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return 'import(): imports stand at the top of a file'
  return undefined
}

/** The impurities of one source text. */
export const impuritiesIn = (file: string, text: string): readonly Impurity[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Impurity[] = []
  const visit = (node: ts.Node): void => {
    const what = findingOf(node)
    if (what !== undefined)
      found.push({
        file,
        line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
        what,
      })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** All TypeScript files below a folder. */
export const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** The floors that must be pure. */
export const CORE = ['src/domain', 'src/clock', 'src/projections', 'src/world'] as const

export const impurities = (folders: readonly string[] = CORE): readonly Impurity[] =>
  folders.flatMap(sourcesBelow).flatMap((file) => impuritiesIn(file, readFileSync(file, 'utf8')))
