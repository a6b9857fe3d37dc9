import { type Command, entries, type RecordMeterEvent, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  advance,
  clock,
  customer,
  errorReports,
  type MeterFields,
  meter,
  NOW,
  record,
  report,
  used,
} from './support.js'

const raw = (params: RecordMeterEvent): Command => ({ type: 'RecordMeterEvent', params })

const session = (world: World): { readonly world: World; readonly token: string } => {
  const { world: after, result } = accepted(world, { type: 'CreateMeterEventSession' })
  return { world: after, token: (result as { authentication_token: string }).authentication_token }
}

const streamed = (world: World, ...events: readonly RecordMeterEvent[]): World => {
  const { world: open, token } = session(world)
  return accepted(open, {
    type: 'StreamMeterEvents',
    params: { authentication_token: token, events },
  }).world
}

describe('error reports', () => {
  it('M-A8: a payload without the customer key is accepted, counts nowhere, and is reported', () => {
    const { world } = given({ now: 1_768_435_203 })(meter(), customer())
    const { world: after, result } = accepted(
      world,
      raw({ event_name: 'calls', payload: { value: '3' }, identifier: 'e3' }),
    )
    expect(result).toMatchObject({ object: 'billing.meter_event', identifier: 'e3' })
    expect(used(after)).toBe('0')
    expect(errorReports(after)).toStrictEqual([
      {
        id: expect.stringMatching(/^evt_test_/),
        object: 'v2.core.event',
        type: 'v1.billing.meter.error_report_triggered',
        created: '2026-01-15T00:00:03.000Z',
        livemode: false,
        reason: null,
        related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
        data: {
          developer_message_summary: 'There is 1 invalid event',
          validation_start: '2026-01-15T00:00:00.000Z',
          validation_end: '2026-01-15T00:00:10.000Z',
          reason: {
            error_count: 1,
            error_types: [
              {
                code: 'meter_event_no_customer_defined',
                error_count: 1,
                sample_errors: [
                  {
                    error_message: 'Customer mapping key stripe_customer_id not found in payload.',
                    request: { identifier: 'e3' },
                  },
                ],
              },
            ],
          },
        },
      },
    ])
  })

  it('M-A9: the published report and its window of ten seconds; it is told at once, not after the window', () => {
    const { world } = given({ now: '2024-08-28T20:54:09Z' })(meter(), customer())
    const after = accepted(world, raw({ event_name: 'calls', payload: { value: '1' } })).world
    expect(errorReports(after)).toMatchObject([
      {
        type: 'v1.billing.meter.error_report_triggered',
        created: '2024-08-28T20:54:09.000Z',
        related_object: { type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
        data: {
          validation_start: '2024-08-28T20:54:00.000Z',
          validation_end: '2024-08-28T20:54:10.000Z',
          reason: {
            error_count: 1,
            error_types: [{ code: 'meter_event_no_customer_defined', error_count: 1 }],
          },
        },
      },
    ])
  })

  it('M-A10: a stream event without a meter is reported with its window and no related object', () => {
    const { world } = given({ now: '2024-10-01T20:42:49Z' })()
    const after = streamed(world, {
      event_name: 'd2aa8cb3-3f00-44a4-b98f-3fbd1d0e93b1',
      payload: {},
      identifier: 'df5d4002-515b-4090-8fe2-a1b1f6f5b945',
    })
    expect(errorReports(after)).toMatchObject([
      {
        type: 'v1.billing.meter.no_meter_found',
        created: '2024-10-01T20:42:49.000Z',
        related_object: null,
        data: {
          developer_message_summary: 'There is 1 invalid event',
          validation_start: '2024-10-01T20:42:40.000Z',
          validation_end: '2024-10-01T20:42:50.000Z',
          reason: {
            error_count: 1,
            error_types: [
              {
                code: 'no_meter',
                error_count: 1,
                sample_errors: [
                  {
                    error_message:
                      'No meter was found matching event_name d2aa8cb3-3f00-44a4-b98f-3fbd1d0e93b1.',
                    request: { identifier: 'df5d4002-515b-4090-8fe2-a1b1f6f5b945' },
                  },
                ],
              },
            ],
          },
        },
      },
    ])
  })

  it.each([
    [NOW, '2026-01-15T00:00:00.000Z', '2026-01-15T00:00:10.000Z'],
    [NOW + 9, '2026-01-15T00:00:00.000Z', '2026-01-15T00:00:10.000Z'],
    [NOW + 10, '2026-01-15T00:00:10.000Z', '2026-01-15T00:00:20.000Z'],
  ])('of %d speak of the ten seconds around it', (now, validation_start, validation_end) => {
    const { world } = given({ now })(meter(), customer())
    expect(errorReports(accepted(world, record('x')).world)).toMatchObject([
      { data: { validation_start, validation_end } },
    ])
  })

  const wide: readonly MeterFields[] = [{}, { id: 'mtr_2', event_name: 'tokens' }]
  const { world: start } = given({ now: NOW })(...wide.map(meter), customer())

  it('are one for each meter of a batch, and one for the events without a meter', () => {
    const after = streamed(
      start,
      report('x', { event_name: 'tokens', identifier: 'a' }),
      report('y', { identifier: 'b' }),
      report(1, { event_name: 'none', identifier: 'c' }),
      report(1, { customer: 'cus_0', identifier: 'd' }),
      report('z', { identifier: 'e' }),
      report(1, { event_name: 'nil', identifier: 'f' }),
      report(1, { identifier: 'g' }),
    )
    const told = errorReports(after).map(({ type, related_object, data }) => ({
      type,
      meter: related_object?.id,
      data,
    }))
    expect(told).toMatchObject([
      {
        meter: 'mtr_2',
        data: {
          developer_message_summary: 'There is 1 invalid event',
          reason: { error_count: 1, error_types: [{ code: 'meter_event_invalid_value' }] },
        },
      },
      {
        meter: 'mtr_1',
        data: {
          developer_message_summary: 'There are 3 invalid events',
          reason: {
            error_count: 3,
            error_types: [
              {
                code: 'meter_event_customer_not_found',
                error_count: 1,
                sample_errors: [
                  {
                    error_message: 'No customer found with id cus_0.',
                    request: { identifier: 'd' },
                  },
                ],
              },
              {
                code: 'meter_event_invalid_value',
                error_count: 2,
                sample_errors: [
                  {
                    error_message: 'Value y is not a valid number.',
                    request: { identifier: 'b' },
                  },
                  {
                    error_message: 'Value z is not a valid number.',
                    request: { identifier: 'e' },
                  },
                ],
              },
            ],
          },
        },
      },
      {
        type: 'v1.billing.meter.no_meter_found',
        meter: undefined,
        data: { reason: { error_count: 2, error_types: [{ code: 'no_meter', error_count: 2 }] } },
      },
    ])
  })

  it('hold the first ten samples of a code and count them all', () => {
    const events = Array.from({ length: 12 }, (_, index) =>
      report('x', { identifier: `e${index}` }),
    )
    const [told] = errorReports(streamed(start, ...events))
    const [type] = errorTypes(told)
    expect(type?.error_count).toBe(12)
    expect(type?.sample_errors.map(({ request }) => request.identifier)).toEqual(
      Array.from({ length: 10 }, (_, index) => `e${index}`),
    )
  })

  it('are one for each v1 event: a batch of one', () => {
    const twice = accepted(accepted(start, record('x')).world, record('y')).world
    expect(errorReports(twice)).toHaveLength(2)
  })

  it('stand on the root clock, whatever the clock of the customer', () => {
    const { world } = given({ now: NOW })(meter(), clock(NOW - 7_200), customer('cus_1', 'clock_1'))
    const after = accepted(world, record('x', { identifier: 'a' })).world
    expect(Array.from(entries(after), ({ event }) => event).slice(-2)).toMatchObject([
      { type: 'MeterEventFailed', at: NOW - 7_200, clock: 'clock_1' },
      { type: 'MeterErrorsReported', at: NOW },
    ])
    expect(errorReports(after)).toMatchObject([{ created: '2026-01-15T00:00:00.000Z' }])
  })

  it('say for every code what is wrong', () => {
    const inactive = accepted(start, { type: 'DeactivateMeter', id: 'mtr_2' }).world
    const bare = (fields: Readonly<Record<string, string>>) => ({
      event_name: 'calls',
      payload: fields,
    })
    const after = streamed(
      inactive,
      report(1, { event_name: 'none' }),
      report(1, { event_name: 'tokens' }),
      bare({}),
      report(1, { customer: 'cus_0' }),
      bare({ stripe_customer_id: 'cus_1' }),
      report('abc'),
      report('0.1234567890123'),
      report(1, { timestamp: NOW - 3_024_001 }),
      report(1, { timestamp: NOW + 301 }),
    )
    const messages = errorReports(after).flatMap((told) =>
      errorTypes(told).map(({ code, sample_errors }) => [code, sample_errors[0]?.error_message]),
    )
    expect(Object.fromEntries(messages)).toEqual({
      no_meter: 'No meter was found matching event_name none.',
      archived_meter: 'The meter mtr_2 is inactive.',
      meter_event_no_customer_defined:
        'Customer mapping key stripe_customer_id not found in payload.',
      meter_event_customer_not_found: 'No customer found with id cus_0.',
      meter_event_value_not_found: 'Value key value not found in payload.',
      meter_event_invalid_value: 'Value abc is not a valid number.',
      meter_event_value_too_many_digits:
        'Value 0.1234567890123 has too many digits: at most 15 before and 12 after the decimal point.',
      timestamp_too_far_in_past: `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${NOW - 3_024_000}.`,
      timestamp_in_future: 'The event timestamp cannot be in future.',
    })
  })

  it('a failed event keeps its identifier for a day, then it is free', () => {
    const failed = accepted(start, record('x', { identifier: 'a' })).world
    const day = accepted(failed, advance(NOW + 86_400)).world
    expect(used(accepted(day, record(1, { identifier: 'a' })).world)).toBe('1')
  })
})

const errorTypes = (told: { readonly data?: unknown } | undefined): readonly ErrorType[] =>
  (told as { readonly data: { readonly reason: { readonly error_types: readonly ErrorType[] } } })
    .data.reason.error_types

interface ErrorType {
  readonly code: string
  readonly error_count: number
  readonly sample_errors: readonly {
    readonly error_message: string
    readonly request: { readonly identifier: string }
  }[]
}
