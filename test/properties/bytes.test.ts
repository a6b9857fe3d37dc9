import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createWorld } from 'clepsydra'
import { after, arbitraries, laws, play, scripts } from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registry } from '../../src/world/execute.js'
import { PATIENCE, runs } from './setup.js'
import { digest, story } from './story.js'

const SCRIPT = fileURLToPath(new URL('./story.ts', import.meta.url))

/**
 * Of the seed `golden`. It changes when the bytes of a log do: when ids are drawn otherwise, or an event has another
 * form. Logs that people keep must then still be read, by an upcaster.
 */
const GOLDEN = '057aece2c62e61cf40e72a26f503a3560774f77eb2edb7fda159cdd1cb3046e1'

const elsewhere = (seed: string): string =>
  execFileSync(process.execPath, ['--import', 'tsx', SCRIPT, seed], { encoding: 'utf8' }).trim()

describe('the same seed and the same commands', () => {
  it('give the same bytes in another process', () => {
    expect(elsewhere('another process 🜄')).toBe(digest(story('another process 🜄')))
  })

  it('give the bytes that they gave before', () => {
    expect(digest(story('golden'))).toBe(GOLDEN)
  })

  it(
    'give the same bytes in this process, whatever the script',
    () =>
      fc.assert(
        fc.property(arbitraries.worldOptions, scripts(), (options, script) => {
          const turns = play(createWorld(options), script)
          const again = turns.reduce(
            (world, { command }) => after(world, command),
            createWorld(options),
          )
          expect(laws.bytesOf(again)).toBe(
            laws.bytesOf(turns.at(-1)?.after ?? createWorld(options)),
          )
        }),
        runs(60),
      ),
    PATIENCE,
  )

  it('give other bytes for another seed', () => {
    expect(digest(story('golden'))).not.toBe(digest(story('silver')))
  })
})

describe('the story behind the golden bytes', () => {
  it('has every event there is', () => {
    const told = new Set(
      story('golden')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line).type),
    )
    expect([...registry.formats.keys()].filter((type) => !told.has(type))).toEqual([])
  })
})
