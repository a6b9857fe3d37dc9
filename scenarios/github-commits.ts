/**
 * The demo: five months of hourly counts from a file, metered as time passes. Hours without commits are not in the
 * file; data/README.md says where it comes from.
 */
import { readFileSync } from 'node:fs'
import { addMonths, formatDay, HOUR, type Instant, toInstant } from 'clepsydra'
import { bars, punchCard, scenario, table } from 'clepsydra/scenario'
import Papa from 'papaparse'

interface Hour {
  readonly at: Instant
  readonly count: number
}

const text = readFileSync(new URL('./data/github.csv', import.meta.url), 'utf8')

/** The file names no zone: its times are taken for UTC, in which every day has 24 hours. */
const utc = (time: string): Instant => toInstant(`${time.replaceAll('/', '-').replace(' ', 'T')}Z`)

const hours: readonly Hour[] = Papa.parse<{ readonly time: string; readonly count: string }>(text, {
  header: true,
  skipEmptyLines: true,
}).data.map(({ time, count }) => ({ at: utc(time), count: Number(count) }))

const START = toInstant('2015-01-01')
const END = toInstant('2015-06-01')
const months: readonly Instant[] = [0, 1, 2, 3, 4].map((step) => addMonths(START, step))
const next = (month: Instant): Instant => addMonths(month, 1)
const label = (month: Instant): string => formatDay(month).slice(0, 7)

/** What the file says without any meter: its lines, added up by the month that each begins with. */
const plainSums = months.map((month) => {
  const lines = text.split('\n').filter((line) => line.startsWith(label(month).replace('-', '/')))
  return lines.reduce((sum, line) => sum + Number(line.split(',')[1]), 0)
})
const plainTotal = plainSums.reduce((sum, month) => sum + month, 0)

export default scenario('Hourly commit counts, January to May 2015', {
  now: START,
  about:
    'The usage of one customer on a test clock, from a file of 955 hours: on a meter that sums, and on one that keeps the last reading of each hour. Times in the file are taken for UTC.',
})
  .section('Setting up')
  .command('clock', { type: 'CreateTestClock', params: { frozen_time: START, name: '2015' } })
  .command('team', ({ clock }) => ({
    type: 'CreateCustomer',
    params: { name: 'A team', test_clock: clock.id },
  }))
  .command('commits', {
    type: 'CreateMeter',
    params: {
      display_name: 'Commits',
      event_name: 'commits',
      default_aggregation: { formula: 'sum' },
    },
  })
  .command('readings', {
    type: 'CreateMeter',
    params: {
      display_name: 'Commits of the hour',
      event_name: 'commits_of_the_hour',
      default_aggregation: { formula: 'last' },
      event_time_window: 'hour',
    },
  })

  .section('Five months pass')
  .usage(
    ({ team }) =>
      hours.flatMap(({ at, count }) =>
        ['commits', 'commits_of_the_hour'].map((event_name) => ({
          event_name,
          timestamp: at,
          payload: { stripe_customer_id: team.id, value: String(count) },
        })),
      ),
    { clock: 'clock' },
  )
  .advanceTo(END, 'clock')

  .section('What the meters say')
  .show(({ commits, team }, { used }) =>
    bars(
      'Commits by month',
      months.map((month) => [label(month), used(commits, team, month, next(month))]),
    ),
  )
  .show(({ commits, readings, team }, { used, all }) =>
    table(
      'Month by month',
      months.map((month) => ({
        month: label(month),
        commits: used(commits, team, month, next(month)),
        'hours with commits': all({
          type: 'ListMeterEventSummaries',
          id: readings.id,
          params: {
            customer: team.id,
            start_time: month,
            end_time: next(month),
            value_grouping_window: 'hour',
          },
        }).length,
        'in the last of them': used(readings, team, month, next(month)),
      })),
    ),
  )
  .show(({ readings, team }, { all }) =>
    punchCard(
      'Commits by weekday and hour',
      all({
        type: 'ListMeterEventSummaries',
        id: readings.id,
        params: {
          customer: team.id,
          start_time: START,
          end_time: END,
          value_grouping_window: 'hour',
        },
      }).map(({ start_time, aggregated_value }) => ({ at: start_time, value: aggregated_value })),
    ),
  )

  .section('Held against a plain sum of the file')
  .answers(
    `the file has ${plainTotal} commits, and so has the meter`,
    ({ commits, team }, { used }) => used(commits, team, START, END),
    plainTotal,
  )
  .answers(
    'each month has what its lines add up to',
    ({ commits, team }, { used }) => months.map((month) => used(commits, team, month, next(month))),
    plainSums,
  )
  .answers(
    'the meter of last readings has every hour of the file',
    ({ readings, team }, { all }) =>
      all({
        type: 'ListMeterEventSummaries',
        id: readings.id,
        params: {
          customer: team.id,
          start_time: START,
          end_time: END + HOUR,
          value_grouping_window: 'hour',
        },
      }).map(({ start_time, aggregated_value }) => ({ at: start_time, count: aggregated_value })),
    [...hours].reverse(),
  )
