/**
 * How the properties run. In CI the seed is fixed, so a failure is everybody's failure. A soak (`npm run soak`) draws
 * one, or takes `SEED`, and runs many times as long.
 */
import { createWorld, type World, type WorldOptions } from 'clepsydra'
import {
  arbitraries,
  type billing,
  type Script,
  type Step,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
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

export interface History {
  readonly options: WorldOptions
  readonly script: Script
}

/** Worlds with a script each; a failure shows both. */
export const histories = (scripts: fc.Arbitrary<Script>): fc.Arbitrary<History> =>
  fc.tuple(arbitraries.worldOptions, scripts).map(([options, script]) => ({
    options,
    script,
    toString: () => JSON.stringify({ options, script }),
  }))

export const worldOf = ({ options, script }: History): World =>
  worldAfter(createWorld(options), script)

/** The step that makes a monthly price of the first product, in a form that differs so much from a plain one. */
export const priceStep = (form: Partial<billing.PriceForm>): Step => ({
  type: 'CreatePrice',
  given: {
    product: 0,
    form: {
      scheme: 'unit',
      amount: 1_000,
      size: 5,
      flat: null,
      recurring: { interval: 'month' },
      meter: null,
      ...form,
    },
    lookup_key: null,
    transfer: false,
  },
})

/** The step that subscribes a customer to prices, plainly. */
export const subscriptionStep = (
  customer: number,
  items: readonly { readonly price: number; readonly quantity: number }[],
): Step => ({
  type: 'CreateSubscription',
  given: {
    customer,
    items,
    cycle: { kind: 'plain', seconds: 0 },
    ends: null,
    collection: {},
    classic: false,
    extra: null,
    plain: {},
  },
})

/** The kit of a family, in a list to be spread. */
export const kitOf = (name: string) => standardKits.filter((kit) => kit.name === name)
