import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import vm from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

/** The package as it is published, built afresh. */
const dist = resolve('node_modules/.cache/package-test')

beforeAll(() => {
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  execFileSync(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--outDir',
    dist,
  ])
}, 120_000)

const STORY = `
  const simulator = createSimulator({ now: '2026-01-01' })
  simulator.run({ type: 'CreateMeter', params: { display_name: 'Calls', event_name: 'calls', default_aggregation: { formula: 'sum' } } })
  const customer = simulator.run({ type: 'CreateCustomer' })
  simulator.run({ type: 'RecordMeterEvent', params: { event_name: 'calls', payload: { stripe_customer_id: customer.id, value: '42' } } })
  const [total] = project(usageTotals, simulator.world).value.values()
  const answer = total.units.units
`

describe('the front door', () => {
  it('works in plain Node', () => {
    const script = `import { createSimulator, project, usageTotals } from '${join(dist, 'index.js')}'\n${STORY}\nconsole.log(answer)`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(printed.trim()).toBe('42')
  })

  it('loads no HTTP, SQL, CSV or terminal code, and of packages only fp-ts, io-ts and immer', async () => {
    const { metafile } = await build({
      entryPoints: [join(dist, 'index.js')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      metafile: true,
      write: false,
    })
    const inputs = Object.keys(metafile.inputs)
    const packages = inputs.flatMap(
      (input) => /node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//.exec(input)?.[1] ?? [],
    )
    expect(packages.filter((name) => !['fp-ts', 'io-ts', 'immer'].includes(name))).toEqual([])
    const own = inputs
      .filter((input) => input.includes('package-test/'))
      .map((input) => input.split('package-test/')[1])
    expect(
      own.filter(
        (file) =>
          !/^(index\.js|system-clock\.js|domain\/|clock\/|projections\/|world\/)/.test(file ?? ''),
      ),
    ).toEqual([])
  })

  it('bundles for a browser without polyfills, and runs where there is no platform at all', async () => {
    const entry = join(dist, 'browser-story.js')
    writeFileSync(
      entry,
      `import { createSimulator, project, usageTotals } from './index.js'\n${STORY}\nglobalThis.answer = answer`,
    )
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      write: false,
    })
    const bare = vm.createContext({})
    vm.runInContext((outputFiles[0] as { text: string }).text, bare)
    expect((bare as { answer?: unknown }).answer).toBe(42)
  })

  it.each(
    Object.entries(
      (
        JSON.parse(readFileSync('package.json', 'utf8')) as {
          exports: Record<string, { default?: string }>
        }
      ).exports,
    ),
  )('the entry %s leads to a file of the build', async (_, target) => {
    if (target.default === undefined) return expect(target).toBe('./package.json')
    const file = join(dist, target.default.replace('./dist/', ''))
    expect(Object.keys(await import(file)).length).toBeGreaterThan(0)
  })
})
