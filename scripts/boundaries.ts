/**
 * Holds the imports and the purity of the core to the rules of docs/architecture.md. Exits 1 with every violation,
 * and where the checker saw fewer modules than there are files, which would make its silence worthless.
 */
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import pc from 'picocolors'
import { impurities, sourcesBelow } from './purity.js'

const problems: string[] = []

const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs')
const { output } = await cruise(['src'], options, undefined, {
  tsConfig: extractTsConfig('./tsconfig.json'),
})
const { modules, summary } = output as ICruiseResult
for (const { rule, from, to, cycle } of summary.violations) {
  const path = cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ')
  const { comment } = options.ruleSet?.forbidden?.find(({ name }) => name === rule.name) ?? {}
  problems.push(`${from} -> ${path}\n    ${rule.name}: ${comment ?? ''}`)
}

const files = sourcesBelow('src').length
const seen = modules.filter(({ source }) => source.startsWith('src/')).length
if (seen < files) problems.push(`only ${seen} of ${files} files were looked at`)

for (const { file, line, what } of impurities()) problems.push(`${file}:${line} ${what}`)

for (const problem of problems) console.error(`${pc.red('x')} ${problem}`)
if (problems.length > 0) process.exitCode = 1
else console.log(`${pc.green('ok')} ${files} modules keep the boundaries; the core is pure`)
