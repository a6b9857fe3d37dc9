/** Two test clocks in one world: the same meter, and no moment in common. */
import { type CommandOf, days, type Instant, toInstant } from 'clepsydra'
import { bars, scenario } from 'clepsydra/scenario'

const SUMMER = toInstant('2025-07-01')
const WINTER = toInstant('2031-12-01')

const calls = (
  customer: { readonly id: string },
  count: number,
  more: { readonly identifier?: string; readonly timestamp?: Instant } = {},
): CommandOf<'RecordMeterEvent'> => ({
  type: 'RecordMeterEvent',
  params: {
    event_name: 'calls',
    payload: { stripe_customer_id: customer.id, value: String(count) },
    ...more,
  },
})

export default scenario('Two test clocks that never meet', {
  now: '2026-01-01',
  about:
    'Ada lives in the summer of 2025, Ben in the winter of 2031. Each clock moves on its own; what a customer reports is dated by her clock, whatever the others show.',
})
  .section('One meter, two clocks')
  .command('meter', {
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  .command('summer', { type: 'CreateTestClock', params: { frozen_time: SUMMER, name: 'summer' } })
  .command('winter', { type: 'CreateTestClock', params: { frozen_time: WINTER, name: 'winter' } })
  .command('ada', ({ summer }) => ({
    type: 'CreateCustomer',
    params: { name: 'Ada', test_clock: summer.id },
  }))
  .command('ben', ({ winter }) => ({
    type: 'CreateCustomer',
    params: { name: 'Ben', test_clock: winter.id },
  }))
  .gains(
    '2026-01-01T00:00:00Z MeterCreated meter',
    '2026-01-01T00:00:00Z TestClockCreated summer',
    '2026-01-01T00:00:00Z TestClockCreated winter',
    '2025-07-01T00:00:00Z CustomerCreated ada',
    '2031-12-01T00:00:00Z CustomerCreated ben',
  )

  .section('Each reports in her own time')
  .command(({ ada }) => calls(ada, 3, { identifier: 'first' }))
  .command(({ ben }) => calls(ben, 5))
  .advanceBy(days(2), 'summer')
  .command(({ ada }) => calls(ada, 4))
  .gains(
    '2025-07-01T00:00:00Z MeterEventRecorded meter ada 3',
    '2031-12-01T00:00:00Z MeterEventRecorded meter ben 5',
    '2025-07-01T00:00:00Z TestClockAdvanceStarted summer',
    '2025-07-03T00:00:00Z TestClockAdvanced summer',
    '2025-07-03T00:00:00Z MeterEventRecorded meter ada 4',
  )
  .answers(
    'only the summer has moved',
    (_, { now }) => ({ summer: now('summer'), winter: now('winter'), root: now() }),
    {
      summer: toInstant('2025-07-03'),
      winter: WINTER,
      root: toInstant('2026-01-01'),
    },
  )

  .section("One's now is the other's far future")
  .refuses(({ ada }) => calls(ada, 1, { timestamp: WINTER }), {
    message: 'The event timestamp cannot be in future.',
  })
  .refuses(({ ben }) => calls(ben, 1, { timestamp: SUMMER }), { param: 'timestamp' })
  .note('Lists keep them apart, too: without a clock they show the root clock only.')
  .answers(
    'who is seen from where',
    ({ summer }, { ask }) => ({
      root: ask({ type: 'ListCustomers' }).data.map(({ name }) => name),
      summer: ask({ type: 'ListCustomers', params: { test_clock: summer.id } }).data.map(
        ({ name }) => name,
      ),
    }),
    { root: [], summer: ['Ada'] },
  )
  .show(({ meter, ada, ben }, { used }) =>
    bars('Calls, each in her own month', [
      ['Ada, July 2025', used(meter, ada, SUMMER, '2025-08-01')],
      ['Ben, December 2031', used(meter, ben, WINTER, '2032-01-01')],
    ]),
  )

  .section('A clock ends, and takes its own along')
  .command(({ summer }) => ({ type: 'DeleteTestClock', id: summer.id }))
  .gains('2025-07-03T00:00:00Z CustomerDeleted ada', '2026-01-01T00:00:00Z TestClockDeleted summer')
  .answers(
    'Ben has not noticed',
    ({ meter, ben }, { used }) => used(meter, ben, WINTER, '2032-01-01'),
    5,
  )
  .timeline('All that happened on a clock', ({ clock }) => clock !== null)
