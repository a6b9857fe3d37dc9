/**
 * How the properties run. In CI the seed is fixed, so a failure is everybody's failure. A soak (`npm run soak`) draws
 * one, or takes `SEED`, and runs many times as long.
 */
import fc from 'fast-check'

const isSoak = process.env.SOAK === '1'
const seed = Number(process.env.SEED ?? 20_260_101)
/** How many times as many runs. */
const times = isSoak ? Number(process.env.TIMES ?? 20) : 1

fc.configureGlobal({ seed })

/** How often a property is tried: so many times in CI, more in a soak. */
export const runs = (count: number): { readonly numRuns: number } => ({ numRuns: count * times })

/** A property's time, in milliseconds: what CI can bear, and no limit in a soak. */
export const PATIENCE = isSoak ? 0 : 60_000
