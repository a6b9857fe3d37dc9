import { type Command, createWorld, type RecordMeterEvent, type World } from 'clepsydra'
import {
  after,
  arbitraries,
  commandOf,
  LawBroken,
  laws,
  models,
  scripts,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENCE, runs } from './setup.js'

const { reportIn, reports, soundReports, stepsOf, worldOptions } = arbitraries

/** A world with one meter (named `m`), one customer, and a third of a day gone by since its last midnight. */
const metered = (formula: 'sum' | 'count' | 'last' | 'max', window: 'hour' | 'day' | null) => {
  const world = worldAfter(
    createWorld({ now: '2026-03-04T08:00:00Z', settings: { preview: { meterMax: true } } }),
    [
      {
        type: 'CreateMeter',
        given: {
          display_name: 'm',
          event_name: 'm',
          default_aggregation: { formula },
          ...(window === null ? {} : { event_time_window: window }),
        },
      },
      { type: 'CreateCustomer', given: { clock: null, params: {} } },
    ],
  )
  const [customer] = world.customers
  const event = (value: string, ago: number, identifier: string): RecordMeterEvent => ({
    event_name: 'm',
    payload: { stripe_customer_id: customer?.id as string, value },
    timestamp: world.now - ago,
    identifier,
  })
  const report = (value: string, ago: number, identifier: string): Command => ({
    type: 'RecordMeterEvent',
    params: event(value, ago, identifier),
  })
  return { world, event, report }
}

describe('a batch of meter events', () => {
  it(
    'gives the same world however it is cut, those that are refused included',
    () =>
      fc.assert(
        fc.property(
          worldOptions,
          scripts({ maxLength: 15 }),
          fc.array(reports, { maxLength: 25, size: 'max' }),
          fc.array(fc.nat({ max: 25 }), { maxLength: 5 }),
          (options, script, batch, cuts) => {
            const world = worldAfter(createWorld(options), script)
            laws.anyCut(
              world,
              batch.map((report) => reportIn(world, report)),
              cuts,
            )
          },
        ),
        runs(120),
      ),
    PATIENCE,
  )
})

describe('a cancelled meter event', () => {
  it(
    'counts as never sent, whatever was received in between',
    () =>
      fc.assert(
        fc.property(
          scripts({ maxLength: 20 }),
          soundReports,
          fc.array(soundReports, { maxLength: 12 }),
          (script, report, between) => {
            const world = worldAfter(
              createWorld({ settings: { preview: { meterMax: true } } }),
              script.filter(({ type }) => type !== 'UpdateSettings'),
            )
            laws.cancelledNeverSent(
              world,
              { ...reportIn(world, report), identifier: 'the one to cancel' },
              between.map(
                (other) =>
                  (on: World): Command => ({
                    type: 'RecordMeterEvent',
                    params: reportIn(on, other),
                  }),
              ),
            )
          },
        ),
        runs(150),
      ),
    PATIENCE,
  )
})

describe('a late event and an early one of the same instant', () => {
  const pairs = fc.record({
    past: fc.array(fc.tuple(arbitraries.values, fc.integer({ min: 0, max: 7_200 })), {
      maxLength: 8,
    }),
    late: arbitraries.values,
    early: arbitraries.values,
    ago: fc.integer({ min: 0, max: 7_200 }),
  })

  for (const formula of ['sum', 'count', 'max'] as const)
    it(
      `commute on a raw meter that aggregates by ${formula}`,
      () =>
        fc.assert(
          fc.property(pairs, ({ past, late, early, ago }) => {
            const { world, report } = metered(formula, null)
            const before = past
              .map(([value, age], index) => report(value, age, `past ${index}`))
              .reduce(after, world)
            laws.commute(before, report(late, ago, 'late'), report(early, ago, 'early'))
          }),
          runs(60),
        ),
      PATIENCE,
    )

  it('do not commute on a meter that keeps the last: of one instant the later receipt counts', () => {
    const { world, report } = metered('last', null)
    expect(() => laws.commute(world, report('1', 60, 'a'), report('2', 60, 'b'))).toThrow(LawBroken)
  })

  it('do not commute on a meter with windows: of one window the later receipt counts', () => {
    const { world, report } = metered('sum', 'hour')
    expect(() => laws.commute(world, report('1', 60, 'a'), report('2', 60, 'b'))).toThrow(LawBroken)
  })

  it('commute on a meter with windows where they lie in different windows', () => {
    const { world, report } = metered('sum', 'hour')
    laws.commute(world, report('1', 60, 'a'), report('2', 3_700, 'b'))
  })
})

describe('the naive model', () => {
  it('and the world disagree as soon as the model forgets an event', () => {
    const { world, report } = metered('sum', null)
    const used = [report('1.5', 60, 'a'), report('2', 30, 'b')].reduce(after, world)
    const known = models.usageOf(used)
    expect(known).toHaveLength(2)
    expect(() => laws.usage(used, known)).not.toThrow()
    expect(() => laws.usage(used, known.slice(1))).toThrow(LawBroken)
  })

  it('writes the decimals that it reads', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n }), (units) => {
        expect(models.unitsOf(models.textOf(units))).toBe(units)
      }),
      runs(200),
    ))
})

describe('a world with its meter events in some order', () => {
  it(
    'has the same sums, counts and greatest values in any other order, on raw meters',
    () =>
      fc.assert(
        fc.property(
          fc.constantFrom('sum' as const, 'count' as const, 'max' as const),
          fc
            .array(fc.tuple(arbitraries.values, fc.integer({ min: 0, max: 7_200 })), {
              minLength: 2,
              maxLength: 40,
              size: 'max',
            })
            .chain((events) =>
              fc.tuple(
                fc.constant(events),
                fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
              ),
            ),
          (formula, [events, order]) => {
            const { world, report } = metered(formula, null)
            const sent = events.map(([value, ago], index) => report(value, ago, `e${index}`))
            const shuffled = order.map((index) => sent[index] as Command)
            laws.same(
              'the order of receipt does not count',
              laws.figures(shuffled.reduce(after, world)),
              laws.figures(sent.reduce(after, world)),
            )
          },
        ),
        runs(60),
      ),
    PATIENCE,
  )
})

describe('any step of any family', () => {
  it(
    'leaves the usage that it does not speak of as it was',
    () =>
      fc.assert(
        fc.property(
          worldOptions,
          scripts(),
          stepsOf(standardKits.filter(({ name }) => name !== 'metering' && name !== 'clocks')),
          (options, script, step) => {
            const world = worldAfter(createWorld(options), script)
            const known = models.usageOf(world)
            laws.usage(after(world, commandOf(standardKits, step, world)), known)
          },
        ),
        runs(40),
      ),
    PATIENCE,
  )
})
