/** Every scenario file holds, and its report is the text that stands in its golden file. */
import { readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { assertPassed, type Scenario, type ScenarioReport } from 'clepsydra/scenario'
import { describe, expect, it } from 'vitest'
import { renderReport } from '../../src/cli/render.js'

const GOLDEN = resolve('test/scenarios/golden')

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))

const files = [...filesIn('scenarios', '.ts'), ...filesIn('test/scenarios', '.scenario.ts')]

const load = async (file: string): Promise<Scenario> => {
  const module: { default: Scenario } = await import(
    /* @vite-ignore */ pathToFileURL(resolve(file)).href
  )
  return module.default
}

const nameOf = (file: string): string => basename(file).replace(/(\.scenario)?\.ts$/, '')

const inGolden = (name: string): string => join(GOLDEN, `${name}.golden.txt`)

const text = (report: ScenarioReport): string =>
  renderReport(report, { color: false, width: 100, folder: process.cwd() })

describe('a scenario file', () => {
  it.each(files)('holds, and reads as it did: %s', async (file) => {
    const report = (await load(file)).run()
    assertPassed(report)
    await expect(text(report)).toMatchFileSnapshot(inGolden(nameOf(file)))
  })

  it.each(files)('runs twice to the same report: %s', async (file) => {
    const scenario = await load(file)
    expect(scenario.run()).toEqual(scenario.run())
  })

  it('that does not hold says what was expected and what was found, side by side', async () => {
    const report = (await load('test/scenarios/fixtures/does-not-hold.ts')).run()
    expect(report.passed).toBe(false)
    await expect(text(report)).toMatchFileSnapshot(inGolden('does-not-hold'))
  })
})

it('no golden file is left of a scenario that is gone', () => {
  const names = [...files.map(nameOf), 'does-not-hold']
  const kept = readdirSync(GOLDEN).map((file) => file.replace('.golden.txt', ''))
  expect(kept.filter((name) => !names.includes(name))).toEqual([])
})
