import type { Simulator } from '../../src/index.js'

/** What usage alerts bring about: one fires, is switched off and on again, and is put away. */
export const alerted = (sim: Simulator): void => {
  const { id: meter, event_name } = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'Alerted',
      event_name: 'alerted',
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: customer } = sim.run({ type: 'CreateCustomer' })
  const { id } = sim.run({
    type: 'CreateAlert',
    params: {
      alert_type: 'usage_threshold',
      title: 'ten',
      usage_threshold: {
        filters: [{ type: 'customer', customer }],
        gte: 10,
        meter,
        recurrence: 'one_time',
      },
    },
  })
  for (const value of ['7.5', '7.5', '7.5'])
    sim.run({
      type: 'RecordMeterEvent',
      params: { event_name, payload: { stripe_customer_id: customer, value } },
    })
  sim.advanceBy(sim.world.settings.meterProcessingDelaySeconds + 1)
  sim.run({ type: 'DeactivateAlert', id })
  sim.run({ type: 'ActivateAlert', id })
  sim.run({ type: 'ArchiveAlert', id })
}
