/** Whatever a world has lived through, what it bills and holds can be explained to the cent. */
import { createWorld, type World } from 'clepsydra'
import {
  arbitraries,
  type billing,
  type FamilyKit,
  type Script,
  type StepKind,
  scripts,
  standardKits,
  stepKind,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENCE, priceStep, runs, subscriptionStep } from '../properties/setup.js'

const DAY = 86_400

const explanations = standardKits.find(({ name }) => name === 'explanations') as FamilyKit

const addUp = (world: World): void => {
  for (const law of Object.values(explanations.laws)) law(world)
}

/** Usage of the first customers that no price makes more than a line can hold, much of it late. */
const reports = fc
  .record({
    report: arbitraries.soundReports,
    customer: fc.constantFrom(0, 0, 0, 1),
    value: fc.constantFrom('1', '2.5', '40', '0.004', '-3', '7', '12.75'),
  })
  .map(({ report, customer, value }) => ({ ...report, customer, value }))

const kits = standardKits
  .filter(({ name }) => name !== 'settings')
  .map((kit) =>
    kit.name === 'metering'
      ? {
          ...kit,
          steps: {
            RecordMeterEvent: stepKind({
              given: reports,
              command: (report, world) => ({
                type: 'RecordMeterEvent',
                params: arbitraries.reportIn(world, report),
              }),
              weight: 30,
            }),
            CancelMeterEvent: kit.steps.CancelMeterEvent as StepKind<unknown>,
          },
        }
      : kit,
  )

const price = (form: Partial<billing.PriceForm>) => priceStep({ amount: 7, meter: 0, ...form })

const meter = (formula: string, more: object = {}) => ({
  type: 'CreateMeter',
  given: {
    display_name: formula,
    event_name: formula,
    default_aggregation: { formula },
    ...more,
  },
})

const subscribed = (prices: readonly number[]) =>
  subscriptionStep(
    0,
    prices.map((place) => ({ price: place, quantity: 9 })),
  )

/** A customer whose metered items of every form run: by meters, and by usage records. */
const METERED: Script = [
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'visa' } },
  { type: 'CreateProduct', given: { id: null, name: 'one', price: null } },
  meter('sum'),
  meter('last', { event_time_window: 'hour' }),
  meter('count'),
  price({}),
  price({ scheme: 'graduated', flat: 300 }),
  price({ scheme: 'package', meter: 1 }),
  price({ scheme: 'volume', meter: 2 }),
  price({ scheme: 'decimal', amount: 1_234 }),
  price({ scheme: 'graduated', meter: null }),
  price({ aggregate: 'sum', meter: null }),
  price({ aggregate: 'max', meter: null, scheme: 'graduated' }),
  price({ aggregate: 'last_ever', meter: null }),
  subscribed([0, 1, 2, 3, 4, 5]),
  subscribed([6, 7, 8]),
]

const advance = (by: number) => ({ type: 'AdvanceClock', given: { clock: null, by } })

describe('Explanations', () => {
  it('add up in every world, with usage that comes late', { timeout: PATIENCE }, () => {
    fc.assert(
      fc.property(
        arbitraries.worldOptions,
        scripts({ kits, opening: METERED, maxLength: 30 }),
        fc.array(arbitraries.stepsOf(kits), { maxLength: 12 }),
        (options, before, late) => {
          const script = [...before, advance(31 * DAY), ...late, advance(40 * DAY)]
          addUp(worldAfter(createWorld(options), script))
        },
      ),
      runs(60),
    )
  })

  it('add up in the worlds of the kit', { timeout: PATIENCE }, () => {
    fc.assert(
      fc.property(arbitraries.worldOptions, scripts({ kits, maxLength: 30 }), (options, script) => {
        addUp(worldAfter(createWorld(options), script))
      }),
      runs(40),
    )
  })

  it('are of worlds in which much is billed', () => {
    const world = worldAfter(createWorld(), [...METERED, advance(40 * DAY)])
    expect([...world.invoices].flatMap(({ lines }) => lines).length).toBeGreaterThan(8)
  })
})
