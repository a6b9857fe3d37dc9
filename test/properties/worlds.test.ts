import { type Command, createWorld } from 'clepsydra'
import {
  after,
  arbitraries,
  everyLaw,
  kindOf,
  laws,
  play,
  scripts,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registry } from '../../src/world/execute.js'
import { histories, PATIENCE, runs, worldOf } from './setup.js'

const { worldOptions } = arbitraries

const worlds = histories(scripts())

describe('every world', () => {
  for (const [title, law] of [
    ...Object.entries(laws.ofWorlds),
    ...standardKits.flatMap((kit) => Object.entries(kit.laws)),
  ])
    it(
      title,
      () =>
        fc.assert(
          fc.property(worlds, (drawn) => law(worldOf(drawn))),
          runs(60),
        ),
      PATIENCE,
    )
})

describe('every command', () => {
  it(
    'is refused and leaves the world as it was, or gives a world that keeps all laws',
    () =>
      fc.assert(
        fc.property(worldOptions, scripts({ maxLength: 16 }), (options, script) => {
          let world = createWorld(options)
          for (const { command } of play(world, script)) world = laws.execution(world, command)
          everyLaw(world)
        }),
        runs(50),
      ),
    PATIENCE,
  )

  it(
    'is refused as a value, whatever its parameters are',
    () => {
      const types = [...registry.commands.keys()]
      const wild = fc.record({
        type: fc.constantFrom(...types, 'unknown', 'constructor'),
        id: fc.option(fc.string(), { nil: undefined }),
        params: fc.oneof(fc.object(), fc.anything()),
      })
      fc.assert(
        fc.property(worlds, fc.array(wild, { maxLength: 20 }), (drawn, commands) => {
          const world = worldOf(drawn)
          const unchanged = laws.oldWorld(world)
          everyLaw((commands as Command[]).reduce(after, world))
          unchanged()
        }),
        runs(30),
      )
    },
    PATIENCE,
  )

  it(
    'adds no event when it is asked twice and its rules say so',
    () => {
      let tried = 0
      fc.assert(
        fc.property(worldOptions, scripts(), (options, script) => {
          for (const { step, command, before } of play(createWorld(options), script)) {
            if (kindOf(standardKits, step).isIdempotent?.(step.given, before) !== true) continue
            laws.repetition(before, command)
            tried += 1
          }
        }),
        runs(60),
      )
      expect(tried).toBeGreaterThan(300)
    },
    PATIENCE,
  )

  it('has an arbitrary in the kit, whichever family it belongs to', () => {
    const known = standardKits.flatMap(({ steps }) => Object.keys(steps))
    expect([...registry.commands.keys()].filter((type) => !known.includes(type))).toEqual([])
  })
})

/** What clocks do to invoices, subscriptions and credits; a draft without a delay may be finalized by callers, too. */
const ofClocks = [
  'RetryInvoice',
  'PassInvoiceDueDate',
  'RemindOfInvoice',
  'EndUnpaidInvoice',
  'RenewSubscription',
  'EndTrial',
  'EndSubscription',
  'ExpireSubscription',
  'ResumeCollection',
  'InvoicePendingItems',
  'WarnOfTrialEnd',
  'AnnounceInvoice',
  'ActivateCreditGrant',
  'LapseCreditGrant',
]

describe('the scripts of the kit', () => {
  it('have every command accepted now and then that can be, and refused', () => {
    const accepted = new Set<string>()
    const refused = new Set<string>()
    for (const [options, script] of fc.sample(fc.tuple(worldOptions, scripts()), {
      numRuns: 2_000,
      seed: 1,
    }))
      for (const { step, refusal } of play(createWorld(options), script))
        (refusal === undefined ? accepted : refused).add(step.type)
    const all = standardKits.flatMap(({ steps }) => Object.keys(steps))
    // What waits is done by a clock, before anybody else could; and all intents are invoices', which are voided instead.
    expect(all.filter((type) => !accepted.has(type))).toEqual([
      'ProcessMeterWork',
      'CancelPaymentIntent',
      ...ofClocks,
    ])
    expect(all.filter((type) => !refused.has(type))).toEqual([
      'UpdateSettings',
      'CreateMeterEventSession',
    ])
  })

  it('bring about every event that a world can hold', () => {
    const seen = new Set<string>()
    const long = fc.tuple(worldOptions, scripts({ maxLength: 80 }))
    for (const [options, script] of fc.sample(long, { numRuns: 1_200, seed: 2 })) {
      const { line, position } = worldAfter(createWorld(options), script)
      for (let at = 1; at <= position; at += 1) seen.add(line.at(at).type)
    }
    expect([...registry.formats.keys()].filter((type) => !seen.has(type))).toEqual([])
  })
})
