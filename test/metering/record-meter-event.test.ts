import type { Command, RecordMeterEvent } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on, type Refusal } from '../support/given.js'
import { clock, customer, errorReports, meter, NOW, record, used } from './support.js'

const PAST_MAX = 3_024_000
const FUTURE_MAX = 300

const world = given({ now: NOW })
const known = [meter(), customer()]

const raw = (params: object): Command =>
  ({ type: 'RecordMeterEvent', params: params as RecordMeterEvent }) as const

const tooOld = (oldest: number): Refusal => ({
  param: 'timestamp',
  message: `The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to ${oldest}.`,
})
const TOO_NEW: Refusal = {
  param: 'timestamp',
  message: 'The event timestamp cannot be in future.',
}
const duplicate = (identifier: string): Refusal => ({
  message: `An event already exists with identifier ${identifier}.`,
})
const noMeter = (name: string): Refusal => ({
  param: 'event_name',
  message: `No active meter found for event name "${name}".`,
})
const noCustomer = (id: string, key = 'stripe_customer_id'): Refusal => ({
  code: 'resource_missing',
  param: `payload[${key}]`,
  message: `No such customer: '${id}'`,
})

const EMPTY_IDENTIFIER: Refusal = {
  code: 'parameter_invalid_empty',
  param: 'identifier',
  message:
    "You passed an empty string for 'identifier'. We assume empty values are an attempt to unset a parameter; however 'identifier' cannot be unset. You should remove 'identifier' from your request or supply a non-empty value.",
}

const recorded = (fields: object) => ({
  type: 'MeterEventRecorded',
  at: NOW,
  meter: 'mtr_1',
  customer: 'cus_1',
  value: '5',
  timestamp: NOW,
  identifier: 'e1',
  ...fields,
})

describe('RecordMeterEvent', () => {
  it('records usage at the simulated now, the timestamp too where none is given', () =>
    world(...known)
      .when(record(5, { identifier: 'e1' }))
      .yields(recorded({})))

  it('M-A1: echoes the event, its payload values still strings, livemode false', () => {
    const sample = given({ now: 1_704_824_589 })(
      meter({ event_name: 'ai_search_api' }),
      customer('cus_NciAYcXfLnqBoz'),
    )
    const event = {
      event_name: 'ai_search_api',
      payload: { value: '25', stripe_customer_id: 'cus_NciAYcXfLnqBoz' },
      identifier: 'identifier_123',
    }
    // The sample's own timestamp, 1680210639, is too old by the rule of today.
    sample.when(raw({ ...event, timestamp: 1_680_210_639 })).rejects(tooOld(1_701_800_589))
    sample.when(raw({ ...event, timestamp: 1_704_824_000 })).answers({
      object: 'billing.meter_event',
      created: 1_704_824_589,
      event_name: 'ai_search_api',
      identifier: 'identifier_123',
      livemode: false,
      payload: { value: '25', stripe_customer_id: 'cus_NciAYcXfLnqBoz' },
      timestamp: 1_704_824_000,
    })
  })

  it('M-A2: accepts 1758141836 at 1761165836 and refuses the second before, in the observed words', () => {
    const server = given({ now: 1_761_165_836 })(...known)
    server
      .when(record(1, { identifier: 'e1', timestamp: 1_758_141_836 }))
      .yields(recorded({ at: 1_761_165_836, timestamp: 1_758_141_836, value: '1' }))
    server.when(record(1, { timestamp: 1_758_141_835 })).rejects({
      param: 'timestamp',
      message:
        'The event timestamp cannot be more than 35 days in past. Expected a timestamp greater than or equal to 1758141836.',
    })
  })

  it('M-A3: at 1700000000 timestamps from 1696976000 to 1700000300 are accepted, both included', () => {
    const at = given({ now: 1_700_000_000 })(...known)
    for (const timestamp of [1_696_976_000, 1_700_000_300])
      at.when(record(1, { identifier: 'e1', timestamp })).yields(
        recorded({ at: 1_700_000_000, value: '1', timestamp }),
      )
    at.when(record(1, { timestamp: 1_696_975_999 })).rejects(tooOld(1_696_976_000))
    at.when(record(1, { timestamp: 1_700_000_301 })).rejects(TOO_NEW)
  })

  it('measures the window on the clock of the customer, to the second', () => {
    const frozen = NOW - 7_200
    const onClock = world(meter(), clock(frozen), customer('cus_1', 'clock_1'))
    onClock.when(record(1, { timestamp: NOW })).rejects(TOO_NEW)
    onClock.when(record(1, { timestamp: frozen + FUTURE_MAX + 1 })).rejects(TOO_NEW)
    onClock.when(record(1, { timestamp: frozen - PAST_MAX - 1 })).rejects(tooOld(frozen - PAST_MAX))
    for (const timestamp of [frozen - PAST_MAX, frozen + FUTURE_MAX])
      onClock
        .when(record(1, { identifier: 'e1', timestamp }))
        .yields(recorded({ at: frozen, clock: 'clock_1', value: '1', timestamp }))
    onClock
      .when(record(1, { identifier: 'e1' }))
      .yields(recorded({ at: frozen, clock: 'clock_1', value: '1', timestamp: frozen }))
  })

  it('follows a customer who joins a clock, and keeps the usage of before', () => {
    const before = accepted(world(...known).world, record(2, { identifier: 'e0' })).world
    const { world: joined, result } = accepted(before, {
      type: 'CreateTestClock',
      params: { frozen_time: NOW + 3_600, customer: 'cus_1' },
    })
    const after = accepted(joined, record(5, { identifier: 'e1' }))
    expect(after.events).toStrictEqual([
      recorded({
        at: NOW + 3_600,
        clock: (result as { readonly id: string }).id,
        timestamp: NOW + 3_600,
      }),
    ])
    expect(used(after.world)).toBe('7')
  })

  it('finds the clock by the mapping key of the meter, and by the default key without a meter', () => {
    const keys = { customer_mapping: { type: 'by_id', event_payload_key: 'cust' } } as const
    const mapped = world(meter(keys), clock(NOW - 7_200), customer('cus_1', 'clock_1'))
    const timestamp = NOW
    mapped
      .when(raw({ event_name: 'calls', payload: { cust: 'cus_1', value: '1' }, timestamp }))
      .rejects(TOO_NEW)
    mapped
      .when(raw({ event_name: 'none', payload: { stripe_customer_id: 'cus_1' }, timestamp }))
      .rejects(TOO_NEW)
    mapped
      .when(raw({ event_name: 'none', payload: { cust: 'cus_1' }, timestamp }))
      .rejects(noMeter('none'))
  })

  it('M-B12: the keys of the meter name customer and value; other keys are kept and count nothing', () => {
    const keyed = world(
      meter({
        value_settings: { event_payload_key: 'tokens' },
        customer_mapping: { type: 'by_id', event_payload_key: 'cust' },
      }),
      customer(),
    )
    const payload = { cust: 'cus_1', tokens: '12', value: '99' }
    const counts = raw({ event_name: 'calls', payload, identifier: 'e1' })
    keyed.when(counts).yields(recorded({ value: '12', payload }))
    expect(used(accepted(keyed.world, counts).world)).toBe('12')
    const failing = raw({
      event_name: 'calls',
      payload: { stripe_customer_id: 'cus_1', tokens: '12' },
      identifier: 'e2',
    })
    const after = accepted(keyed.world, failing).world
    expect(used(after)).toBe('0')
    expect(errorReports(after)).toMatchObject([
      {
        data: {
          reason: {
            error_types: [
              {
                code: 'meter_event_no_customer_defined',
                sample_errors: [
                  { error_message: 'Customer mapping key cust not found in payload.' },
                ],
              },
            ],
          },
        },
      },
    ])
  })

  it('keeps a value that is written in a form of its own, and counts what it means', () => {
    const { events, world: after } = accepted(
      world(...known).world,
      record('+007.50', { identifier: 'e1' }),
    )
    expect(events).toStrictEqual([
      recorded({
        value: '7.5',
        payload: { stripe_customer_id: 'cus_1', value: '+007.50' },
      }),
    ])
    expect(used(after)).toBe('7.5')
  })

  it('takes timestamps and nothing else in the form of a text, as a form body brings them', () =>
    world(...known)
      .when(raw({ ...record(5, { identifier: 'e1' }).params, timestamp: String(NOW) }))
      .yields(recorded({})))

  it.each<[string, object, Refusal]>([
    [
      'no event_name',
      { payload: {} },
      {
        code: 'parameter_missing',
        param: 'event_name',
        message: 'Missing required param: event_name.',
      },
    ],
    [
      'no payload',
      { event_name: 'calls' },
      {
        code: 'parameter_missing',
        param: 'payload',
        message: 'Missing required param: payload.',
      },
    ],
    [
      'an event_name of 101 characters',
      { event_name: 'n'.repeat(101), payload: {} },
      {
        code: 'parameter_invalid_string',
        param: 'event_name',
        message: `Invalid string: ${'n'.repeat(100)}...; must be at most 100 characters`,
      },
    ],
    [
      'an identifier of 101 characters',
      { event_name: 'calls', payload: {}, identifier: 'i'.repeat(101) },
      {
        code: 'parameter_invalid_string',
        param: 'identifier',
        message: `Invalid string: ${'i'.repeat(100)}...; must be at most 100 characters`,
      },
    ],
    [
      'a payload value that is no text',
      { event_name: 'calls', payload: { value: 25 } },
      { param: 'payload[value]', message: 'Invalid string: 25' },
    ],
    [
      'a payload that is no map',
      { event_name: 'calls', payload: ['25'] },
      { param: 'payload', message: 'Invalid object: ["25"]' },
    ],
    [
      'a timestamp with a fraction',
      { event_name: 'calls', payload: {}, timestamp: 1.5 },
      {
        code: 'parameter_invalid_integer',
        param: 'timestamp',
        message: 'Invalid integer: 1.5',
      },
    ],
    [
      'a parameter it does not know',
      { event_name: 'calls', payload: {}, value: '25' },
      {
        code: 'parameter_unknown',
        param: 'value',
        message: 'Received unknown parameter: value',
      },
    ],
  ])('refuses %s', (_, params, refusal) =>
    world(...known)
      .when(raw(params))
      .rejects(refusal),
  )

  it('accepts names and identifiers of 100 characters', () => {
    const event_name = 'n'.repeat(100)
    const identifier = 'i'.repeat(100)
    world(meter({ event_name }), customer())
      .when(record(5, { event_name, identifier }))
      .yields(recorded({ identifier }))
  })

  it('refuses an event name without a meter', () =>
    world(...known)
      .when(record(1, { event_name: 'none' }))
      .rejects(noMeter('none')))

  it('refuses the event name of a meter that is inactive', () =>
    world(...known, { type: 'MeterDeactivated', at: NOW, id: 'mtr_1' })
      .when(record(1))
      .rejects(noMeter('calls')))

  it('refuses an id that is no customer', () =>
    world(...known)
      .when(record(1, { customer: 'cus_0' }))
      .rejects(noCustomer('cus_0')))

  it('refuses a customer that was deleted', () =>
    world(...known, { type: 'CustomerDeleted', at: NOW, id: 'cus_1' })
      .when(record(1))
      .rejects(noCustomer('cus_1')))

  it('refuses a customer on a clock that is advancing, and says so before all else', () =>
    world(...known, clock(NOW), customer('cus_2', 'clock_1'), {
      type: 'TestClockAdvanceStarted',
      at: NOW,
      clock: 'clock_1',
      frozen_time: NOW + 60,
    })
      .when(record(1, { customer: 'cus_2', timestamp: 0 }))
      .rejects({
        status: 429,
        code: 'lock_timeout',
        message: 'Test clock advancement underway - cannot perform modifications: clock_1',
      }))

  describe('of two refusals the earlier in this order wins: timestamp, identifier, meter, customer', () => {
    const used1 = accepted(world(...known).world, record(1, { identifier: 'e1' })).world
    const old = { timestamp: NOW - PAST_MAX - 1 }
    const young = { timestamp: NOW + FUTURE_MAX + 1 }
    const twice = { identifier: 'e1' }
    const meterless = { event_name: 'none' }
    const unknown = { customer: 'cus_0' }
    it.each<[string, object, Refusal]>([
      ['a wrong form over a timestamp', { identifier: '', ...old }, EMPTY_IDENTIFIER],
      ['an old timestamp over the identifier', { ...old, ...twice }, tooOld(NOW - PAST_MAX)],
      ['an old timestamp over the meter', { ...old, ...meterless }, tooOld(NOW - PAST_MAX)],
      ['an old timestamp over the customer', { ...old, ...unknown }, tooOld(NOW - PAST_MAX)],
      ['a new timestamp over the identifier', { ...young, ...twice }, TOO_NEW],
      ['a new timestamp over the meter', { ...young, ...meterless }, TOO_NEW],
      ['a new timestamp over the customer', { ...young, ...unknown }, TOO_NEW],
      ['the identifier over the meter', { ...twice, ...meterless }, duplicate('e1')],
      ['the identifier over the customer', { ...twice, ...unknown }, duplicate('e1')],
      ['the meter over the customer', { ...meterless, ...unknown }, noMeter('none')],
    ])('%s', (_, fields, refusal) => on(used1).when(record(1, fields)).rejects(refusal))
  })

  it('a refused event leaves its identifier free', () => {
    const start = world(...known)
    start.when(record(1, { identifier: 'e1', customer: 'cus_0' })).rejects(noCustomer('cus_0'))
    start.when(record(1, { identifier: 'e1', event_name: 'none' })).rejects(noMeter('none'))
    start.when(record(5, { identifier: 'e1' })).yields(recorded({}))
  })
})
