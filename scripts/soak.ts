/**
 * Runs the properties for long, from a seed that is drawn here and printed, so that what it finds can be found again.
 * Usage: npm run soak [-- TIMES] (20 times as many runs as in CI by default); SEED=... repeats a soak.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

const seed = process.env.SEED ?? String(randomInt(2 ** 31))
const times = process.argv[2] ?? '20'
const repeat = `SEED=${seed} npm run soak -- ${times}`
console.log(`soak: ${repeat}`)

const { status } = spawnSync('npx', ['vitest', 'run', 'test/properties'], {
  stdio: 'inherit',
  env: { ...process.env, SOAK: '1', SEED: seed, TIMES: times },
})

if (status !== 0) console.error(`soak: a law does not hold; again: ${repeat}`)
process.exitCode = status ?? 1
