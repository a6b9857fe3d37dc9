/**
 * Runs one story that touches every family and prints the SHA-256 of its log. The same on every machine and every
 * Node: run with different ones and compare. Usage: node scripts/log-digest.mjs (after `npm run build`).
 */
import { createHash } from 'node:crypto'
import { createSimulator, days, hours } from '../dist/index.js'

const simulator = createSimulator({
  seed: 'same bytes everywhere',
  now: '2026-01-01',
  settings: { meterProcessingDelaySeconds: 90, preview: { meterMax: true } },
})

const meters = ['sum', 'count', 'last', 'max'].map((formula) =>
  simulator.run({
    type: 'CreateMeter',
    params: {
      display_name: `Größe ${formula} 数`,
      event_name: formula,
      default_aggregation: { formula },
      ...(formula === 'last' ? { event_time_window: 'hour' } : {}),
    },
  }),
)

const clock = simulator.run({
  type: 'CreateTestClock',
  params: { frozen_time: 1_740_000_000, name: 'leap' },
})
const customers = Array.from({ length: 5 }, (_, index) =>
  simulator.run({
    type: 'CreateCustomer',
    params: {
      name: `Customer ${index}`,
      metadata: { index: String(index) },
      ...(index % 2 ? { test_clock: clock.id } : {}),
    },
  }),
)

for (let hour = 0; hour < 2_000; hour += 1) {
  const customer = customers[hour % customers.length]
  const meter = meters[hour % meters.length]
  simulator.run({
    type: 'RecordMeterEvent',
    params: {
      event_name: meter.event_name,
      payload: { stripe_customer_id: customer.id, value: `${(hour % 7) - 3}.${hour % 1000}1` },
      ...(hour % 3 ? { identifier: `event-${hour}` } : {}),
    },
  })
  if (hour % 5 === 4) simulator.advanceBy(hours(1), clock.id)
  if (hour % 11 === 0) simulator.advanceBy(600)
  if (hour % 97 === 96)
    simulator.try({
      type: 'CancelMeterEvent',
      params: {
        event_name: meter.event_name,
        type: 'cancel',
        cancel: { identifier: `event-${hour - 4}` },
      },
    })
}
simulator.run({
  type: 'UpdateCustomer',
  id: customers[0].id,
  params: { email: 'a@example.com', metadata: { index: '' } },
})
simulator.run({ type: 'DeactivateMeter', id: meters[1].id })
simulator.advanceBy(days(31))

console.log(createHash('sha256').update(simulator.exportLog()).digest('hex'))
