/** Strict mode: a clock advances as Stripe's does, while a program polls it. */
import { type CommandOf, toInstant } from 'clepsydra'
import { scenario } from 'clepsydra/scenario'

const FEBRUARY = toInstant('2026-02-01')

const report = ({
  ada,
}: {
  readonly ada: { readonly id: string }
}): CommandOf<'RecordMeterEvent'> => ({
  type: 'RecordMeterEvent',
  params: { event_name: 'calls', payload: { stripe_customer_id: ada.id, value: '1' } },
})

export default scenario('A program polls an advancing clock', {
  now: '2026-01-01',
  settings: { strict: true },
  about:
    "By default an advance is done when it is answered. In strict mode the clock answers `advancing` first, and refuses writes until the work is done: try a program's polling on it.",
})
  .command('clock', { type: 'CreateTestClock', params: { frozen_time: toInstant('2026-01-01') } })
  .command('ada', ({ clock }) => ({
    type: 'CreateCustomer',
    params: { name: 'Ada', test_clock: clock.id },
  }))
  .command('meter', {
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  .gainsByType({ TestClockCreated: 1, CustomerCreated: 1, MeterCreated: 1 })

  .section('No farther than two years at once')
  .refuses(
    ({ clock }) => ({
      type: 'AdvanceClock',
      id: clock.id,
      params: { frozen_time: toInstant('2028-01-01') + 1 },
    }),
    { param: 'frozen_time' },
  )

  .section('The advance begins')
  .command(({ clock }) => ({
    type: 'AdvanceClock',
    id: clock.id,
    params: { frozen_time: FEBRUARY },
  }))
  .gains('2026-01-01T00:00:00Z TestClockAdvanceStarted clock')
  .answers(
    'polled, it still shows the old time, and where it is going',
    ({ clock }, { ask }) => {
      const { status, frozen_time, status_details } = ask({
        type: 'RetrieveTestClock',
        id: clock.id,
      })
      return { status, frozen_time, status_details }
    },
    {
      status: 'advancing',
      frozen_time: toInstant('2026-01-01'),
      status_details: { advancing: { target_frozen_time: FEBRUARY } },
    },
  )
  .refuses(report, { status: 429, code: 'lock_timeout' })
  .refuses(({ clock }) => ({ type: 'DeleteTestClock', id: clock.id }), { status: 429 })

  .section('The work is done')
  .command(({ clock }) => ({ type: 'FinishAdvance', id: clock.id }))
  .answers(
    'polled again, it is ready',
    ({ clock }, { ask }) => ask({ type: 'RetrieveTestClock', id: clock.id }).status,
    'ready',
  )
  .command(report)
  .gains(
    '2026-02-01T00:00:00Z TestClockAdvanced clock',
    '2026-02-01T00:00:00Z MeterEventRecorded meter ada 1',
  )

  .section('An advance can be made to fail')
  .command(({ clock }) => ({
    type: 'AdvanceClock',
    id: clock.id,
    params: { frozen_time: toInstant('2026-03-01') },
  }))
  .command(({ clock }) => ({ type: 'FailAdvance', id: clock.id }))
  .answers(
    'polled, it has failed for good',
    ({ clock }, { ask }) => ask({ type: 'RetrieveTestClock', id: clock.id }).status,
    'internal_failure',
  )
  .refuses(
    ({ clock }) => ({
      type: 'AdvanceClock',
      id: clock.id,
      params: { frozen_time: toInstant('2026-03-02') },
    }),
    { status: 400 },
  )
  .gains(
    '2026-02-01T00:00:00Z TestClockAdvanceStarted clock',
    '2026-02-01T00:00:00Z TestClockFailed clock',
  )
