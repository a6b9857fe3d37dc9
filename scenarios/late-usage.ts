/** What becomes of readings that arrive late, twice or wrongly, on a meter that keeps one reading an hour. */
import { type CommandOf, days, formatInstant, type Instant, toInstant } from 'clepsydra'
import { scenario, table } from 'clepsydra/scenario'

const NINE = toInstant('2026-01-10T09:00:00Z')
const NOON = toInstant('2026-01-10T12:00:00Z')

/** Seats in use, as they were read at an instant. */
const reading =
  (identifier: string, at: string, seats: number) =>
  ({ ada }: { readonly ada: { readonly id: string } }): CommandOf<'RecordMeterEvent'> => ({
    type: 'RecordMeterEvent',
    params: {
      event_name: 'seats',
      identifier,
      timestamp: toInstant(at),
      payload: { stripe_customer_id: ada.id, value: String(seats) },
    },
  })

const cancel = (identifier: string): CommandOf<'CancelMeterEvent'> => ({
  type: 'CancelMeterEvent',
  params: { event_name: 'seats', type: 'cancel', cancel: { identifier } },
})

const hourly = (meter: string, customer: string, from: Instant, to: Instant) =>
  ({
    type: 'ListMeterEventSummaries',
    id: meter,
    params: { customer, start_time: from, end_time: to, value_grouping_window: 'hour' },
  }) as const

export default scenario('Late readings and corrections on an hourly meter', {
  now: NINE,
  about:
    'Seats in use are read a few times an hour, and the meter keeps one reading an hour: the one that was received last, whenever it was taken.',
})
  .section('A meter with hourly windows')
  .command('seats', {
    type: 'CreateMeter',
    params: {
      display_name: 'Seats in use',
      event_name: 'seats',
      default_aggregation: { formula: 'last' },
      event_time_window: 'hour',
    },
  })
  .command('ada', { type: 'CreateCustomer', params: { name: 'Ada' } })
  .gains('2026-01-10T09:00:00Z MeterCreated seats', '2026-01-10T09:00:00Z CustomerCreated ada')

  .section('Readings of the morning')
  .command(reading('at-nine', '2026-01-10T09:00:00Z', 5))
  .advanceTo('2026-01-10T09:40:00Z')
  .command(reading('nine-forty', '2026-01-10T09:40:00Z', 7))
  .advanceTo('2026-01-10T10:15:00Z')
  .command(reading('quarter-past-ten', '2026-01-10T10:15:00Z', 4))
  .gains(
    '2026-01-10T09:00:00Z MeterEventRecorded seats ada 5',
    '2026-01-10T09:40:00Z RootClockAdvanced',
    '2026-01-10T09:40:00Z MeterEventRecorded seats ada 7',
    '2026-01-10T10:15:00Z RootClockAdvanced',
    '2026-01-10T10:15:00Z MeterEventRecorded seats ada 4',
  )
  .answers(
    'nine has its second reading, ten its only one',
    ({ seats, ada }, { all }) =>
      all(hourly(seats.id, ada.id, NINE, NOON)).map((hour) => hour.aggregated_value),
    [4, 7],
  )

  .section('A reading of nine arrives at noon')
  .note('It was taken before the reading that counts so far, but received after it: it wins.')
  .advanceTo(NOON)
  .command(reading('late', '2026-01-10T09:05:00Z', 6))
  .refuses(reading('late', '2026-01-10T09:05:00Z', 6), {
    message: 'An event already exists with identifier late.',
  })
  .answers(
    'nine has the late reading',
    ({ seats, ada }, { used }) => used(seats, ada, NINE, '2026-01-10T10:00:00Z'),
    6,
  )

  .section('It was wrong, and is cancelled')
  .command(cancel('late'))
  .answers(
    'nine has its second reading again',
    ({ seats, ada }, { used }) => used(seats, ada, NINE, '2026-01-10T10:00:00Z'),
    7,
  )
  .gains(
    '2026-01-10T12:00:00Z RootClockAdvanced',
    '2026-01-10T12:00:00Z MeterEventRecorded seats ada 6',
    '2026-01-10T12:00:00Z MeterEventCancelled seats ada late',
  )
  .show(({ seats, ada }, { all }) =>
    table(
      'Hours, the newest first',
      all(hourly(seats.id, ada.id, NINE, NOON)).map(({ start_time, aggregated_value }) => ({
        hour: formatInstant(start_time).slice(11, 16),
        seats: aggregated_value,
      })),
    ),
  )

  .section('Too late')
  .note('A reading can be cancelled for a day after it was received, and reported for 35 days.')
  .advanceBy(days(36))
  .refuses(cancel('nine-forty'), { code: 'resource_missing', param: 'cancel[identifier]' })
  .refuses(reading('too-late', '2026-01-10T09:50:00Z', 8), { param: 'timestamp' })
  .gains('2026-02-15T12:00:00Z RootClockAdvanced')
