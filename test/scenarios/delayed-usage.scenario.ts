import { type CommandOf, hours, toInstant } from 'clepsydra'
import { scenario } from 'clepsydra/scenario'

const SIX = toInstant('2026-01-01T06:00:00Z')

const report = (
  customer: { readonly id: string },
  identifier: string,
): CommandOf<'RecordMeterEvent'> => ({
  type: 'RecordMeterEvent',
  params: {
    event_name: 'calls',
    identifier,
    payload: { stripe_customer_id: customer.id, value: '2' },
  },
})

/** Usage that is processed an hour after receipt is found in the log an hour later, on its customer's clock. */
export default scenario('Usage that is processed with a delay', {
  now: '2026-01-01',
  settings: { meterProcessingDelaySeconds: hours(1) },
})
  .command('clock', { type: 'CreateTestClock', params: { frozen_time: SIX } })
  .command('ada', ({ clock }) => ({
    type: 'CreateCustomer',
    params: { test_clock: clock.id },
  }))
  .command('calls', {
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  .gainsByType({ CustomerCreated: 1, MeterCreated: 1, TestClockCreated: 1 })
  .command(({ ada }) => report(ada, 'one'))
  .gainsByType({ MeterWorkQueued: 1 })
  .advanceBy(hours(1) - 1, 'clock')
  .answers(
    'nothing counts a second before the hour is over',
    ({ calls, ada }, { used }) => used(calls, ada, '2026-01-01', '2026-01-02'),
    0,
  )
  .gains(
    '2026-01-01T06:00:00Z TestClockAdvanceStarted clock',
    '2026-01-01T06:59:59Z TestClockAdvanced clock',
  )
  .advanceBy(hours(1), 'clock')
  .gainsByType({
    MeterEventRecorded: 1,
    MeterWorkDone: 1,
    TestClockAdvanceStarted: 1,
    TestClockAdvanced: 1,
  })
  .answers(
    'then it does',
    ({ calls, ada }, { used }) => used(calls, ada, '2026-01-01', '2026-01-02'),
    2,
  )
