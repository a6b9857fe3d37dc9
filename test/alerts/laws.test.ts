import type { DomainEvent } from 'clepsydra'
import { alerts, arbitraries, everyLaw, LawBroken, laws, type Script } from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histories, kitOf, PATIENCE, runs, worldOf } from '../properties/setup.js'
import { fired } from './support.js'

/** Alerts and usage often, and little else than what moves their customers in time. */
const kits = [
  ...kitOf('alerts'),
  ...kitOf('metering'),
  ...kitOf('settings'),
  ...kitOf('clocks'),
  ...kitOf('customers').map((kit) => ({
    ...kit,
    steps: { DeleteCustomer: kit.steps.DeleteCustomer as never },
  })),
]

const meter = (formula: string, window: string | null): Script[number] => ({
  type: 'CreateMeter',
  given: {
    display_name: formula,
    event_name: `${formula} ${window}`,
    default_aggregation: { formula },
    ...(window === null ? {} : { event_time_window: window }),
  },
})

const alert = (on: number, gte: number, customer: number | null = null): Script[number] => ({
  type: 'CreateAlert',
  given: { meter: on, customer, gte },
})

const SHOP: Script = [
  meter('sum', null),
  meter('sum', 'hour'),
  meter('last', null),
  meter('count', 'day'),
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: null, params: {} } },
  { type: 'CreateCustomer', given: { clock: 0, params: {} } },
  alert(0, 60),
  alert(0, 30, 0),
  alert(1, 40),
  alert(2, 20),
  alert(3, 3),
]

const drawn = histories(arbitraries.scriptsOf(kits, { opening: SHOP, maxLength: 40 }))

describe('alerts', () => {
  it(
    'fire once, at the first event that finds the total there',
    () => {
      let count = 0
      fc.assert(
        fc.property(drawn, (sketch) => {
          const world = worldOf(sketch)
          alerts.alertsFire(world)
          count += fired(world).length
        }),
        runs(300),
      )
      expect(count).toBeGreaterThan(50)
    },
    PATIENCE,
  )

  it(
    'keep every law of every family',
    () =>
      fc.assert(
        fc.property(drawn, (sketch) => everyLaw(worldOf(sketch))),
        runs(100),
      ),
    PATIENCE,
  )

  it(
    'fire alike however a batch is cut',
    () =>
      fc.assert(
        fc.property(
          drawn,
          fc.array(arbitraries.reports, { maxLength: 30 }),
          fc.array(fc.nat({ max: 30 })),
          (sketch, reports, cuts) => {
            const world = worldOf(sketch)
            const events = reports.map((report) => arbitraries.reportIn(world, report))
            laws.anyCut(world, events, cuts)
          },
        ),
        runs(100),
      ),
    PATIENCE,
  )

  const world = worldOf({
    options: {},
    script: [
      ...SHOP,
      {
        type: 'RecordMeterEvent',
        given: {
          meter: 0,
          customer: 0,
          ahead: null,
          grain: 1,
          value: '50',
          identifier: null,
          extra: {},
          wrong: null,
        },
      },
    ],
  })
  const trigger = (alert: number): DomainEvent =>
    ({
      type: 'AlertTriggered',
      at: world.now,
      alert: [...world.alerts][alert]?.id,
      customer: [...world.customers][0]?.id,
      value: '50',
    }) as DomainEvent

  it('break their law where one fires that should not, or does not that should', () => {
    expect(fired(world)).toHaveLength(1)
    expect(() => alerts.alertsFire(world)).not.toThrow()
    expect(() => alerts.alertsFire(world.record(trigger(0)))).toThrow(LawBroken)
    const unheard = world.record({
      type: 'MeterEventRecorded',
      at: world.now,
      meter: [...world.meters][0]?.id,
      customer: [...world.customers][0]?.id,
      value: '50',
      timestamp: world.now,
      identifier: 'unheard',
    } as DomainEvent)
    expect(() => alerts.alertsFire(unheard)).toThrow(/missing at the end/)
    expect(() => alerts.alertsFire(unheard.record(trigger(0)))).toThrow(LawBroken)
  })
})
