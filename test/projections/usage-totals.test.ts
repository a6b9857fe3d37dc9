import { formatDecimal, project, usageKey, usageTotals, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { begun, cancel, record } from './support.js'

const totals = (world: World) =>
  [...project(usageTotals, world).value.values()].map(({ customer, units, reports }) => [
    customer,
    formatDecimal(units),
    reports,
  ])

describe('Usage totals', () => {
  it('add up what a customer used of a meter, exactly', () => {
    const { sim, meter, ada, bob } = begun()
    record(sim, ada.id, 'a', '0.1')
    record(sim, ada.id, 'b', '0.2')
    record(sim, bob.id, 'c', '999999999999999.000000000001')
    record(sim, bob.id, 'd', '999999999999999')
    record(sim, bob.id, 'e', '-0.5')
    expect(totals(sim.world)).toEqual([
      [ada.id, '0.3', 2],
      [bob.id, '1999999999999997.500000000001', 3],
    ])
    expect(project(usageTotals, sim.world).value.get(usageKey(meter.id, ada.id))).toMatchObject({
      meter: meter.id,
      customer: ada.id,
      reports: 2,
    })
  })

  it('keep meters apart, and add up whatever the formula is', () => {
    const { sim, ada } = begun()
    const last = sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Seats',
        event_name: 'seats',
        default_aggregation: { formula: 'last' },
      },
    })
    record(sim, ada.id, 'a', '1')
    record(sim, ada.id, 'b', '5', 'seats')
    record(sim, ada.id, 'c', '7', 'seats')
    expect(totals(sim.world)).toEqual([
      [ada.id, '1', 1],
      [ada.id, '12', 2],
    ])
    expect(project(usageTotals, sim.world).value.has(usageKey(last.id, ada.id))).toBe(true)
  })

  it('count a report without a value as a report of nothing', () => {
    const { sim, ada } = begun()
    sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Visits',
        event_name: 'visits',
        default_aggregation: { formula: 'count' },
      },
    })
    sim.run({
      type: 'RecordMeterEvent',
      params: { event_name: 'visits', payload: { stripe_customer_id: ada.id } },
    })
    expect(totals(sim.world)).toEqual([[ada.id, '0', 1]])
  })

  it('take cancelled usage back as if it had never been sent', () => {
    const { sim, bob } = begun()
    record(sim, bob.id, 'a', '2.5')
    record(sim, bob.id, 'b', '4')
    cancel(sim, 'a')
    cancel(sim, 'a')
    expect(totals(sim.world)).toEqual([[bob.id, '4', 1]])
  })

  it('know nothing of reports that failed', () => {
    const { sim, bob } = begun()
    record(sim, bob.id, 'a', 'many')
    expect(totals(sim.world)).toEqual([])
  })

  it('count delayed usage when it is processed', () => {
    const { sim, bob } = begun()
    sim.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 60 } })
    record(sim, bob.id, 'a', '3')
    expect(totals(sim.world)).toEqual([])
    sim.advanceBy(60)
    expect(totals(sim.world)).toEqual([[bob.id, '3', 1]])
  })
})
