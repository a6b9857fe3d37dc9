import { type Command, E, execute, notifications, project } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on, type Refusal } from '../support/given.js'
import { aMeter, meter, NOW } from './support.js'

const world = given({ now: NOW })

const create = (params: object = {}): Command =>
  ({
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
      ...params,
    },
  }) as Command

const taken = (name: string): Refusal => ({
  param: 'event_name',
  message: `An active meter already exists for event name '${name}'. To create a new meter with the same event name, first deactivate the currently active meter.`,
})

describe('CreateMeter', () => {
  it('creates an active meter on the root clock, with the default keys and no window', () => {
    const { events, result } = accepted(world().world, create())
    const made = aMeter({ id: (result as { id: string }).id, created: NOW, updated: NOW })
    expect(events).toStrictEqual([{ type: 'MeterCreated', at: NOW, meter: made }])
    expect(made.id).toMatch(/^mtr_test_[0-9A-Za-z]{32}$/)
    expect(result).toStrictEqual({ object: 'billing.meter', ...made, livemode: false })
  })

  it('keeps the mapping, the value key, the formula and the window that it is given', () => {
    const chosen = {
      customer_mapping: { type: 'by_id', event_payload_key: 'cust' },
      value_settings: { event_payload_key: 'tokens' },
      default_aggregation: { formula: 'last' },
      event_time_window: 'hour',
    } as const
    expect(accepted(world().world, create(chosen)).result).toMatchObject(chosen)
  })

  it.each(['sum', 'count', 'last'])('takes the formula %s', (formula) => {
    const { result } = accepted(world().world, create({ default_aggregation: { formula } }))
    expect(result).toMatchObject({ default_aggregation: { formula } })
  })

  it('takes the formula max where the preview is on', () => {
    const preview = given({ settings: { preview: { meterMax: true } } })()
    const { result } = accepted(preview.world, create({ default_aggregation: { formula: 'max' } }))
    expect(result).toMatchObject({ default_aggregation: { formula: 'max' } })
  })

  it('takes names at their full lengths', () => {
    const params = { display_name: 'd'.repeat(250), event_name: 'e'.repeat(100) }
    expect(accepted(world().world, create(params)).result).toMatchObject(params)
  })

  it('tells of the creation in a snapshot event and its thin twin', () => {
    const { world: after } = accepted(world().world, create())
    const { events, thin } = project(notifications, after).value
    expect(events).toMatchObject([{ type: 'billing.meter.created', created: NOW }])
    expect(events[0]?.data).toStrictEqual({ object: expect.objectContaining({ status: 'active' }) })
    expect(thin).toMatchObject([
      { type: 'v1.billing.meter.created', related_object: { type: 'billing.meter' } },
    ])
    expect(thin[0]).not.toHaveProperty('data')
  })

  it.each<[string, object, Refusal]>([
    [
      'no display_name',
      { display_name: undefined },
      {
        code: 'parameter_missing',
        param: 'display_name',
        message: 'Missing required param: display_name.',
      },
    ],
    [
      'no event_name',
      { event_name: undefined },
      {
        code: 'parameter_missing',
        param: 'event_name',
        message: 'Missing required param: event_name.',
      },
    ],
    [
      'no aggregation',
      { default_aggregation: undefined },
      {
        code: 'parameter_missing',
        param: 'default_aggregation',
        message: 'Missing required param: default_aggregation.',
      },
    ],
    [
      'no formula',
      { default_aggregation: {} },
      {
        code: 'parameter_missing',
        param: 'default_aggregation[formula]',
        message: 'Missing required param: default_aggregation[formula].',
      },
    ],
    [
      'an unknown formula',
      { default_aggregation: { formula: 'mean' } },
      {
        param: 'default_aggregation[formula]',
        message: 'Invalid default_aggregation[formula]: must be one of sum, count, or last',
      },
    ],
    [
      'the formula max, a preview that is off',
      { default_aggregation: { formula: 'max' } },
      {
        param: 'default_aggregation[formula]',
        message: 'Invalid default_aggregation[formula]: must be one of sum, count, or last',
      },
    ],
    [
      'an unknown window',
      { event_time_window: 'month' },
      {
        param: 'event_time_window',
        message: 'Invalid event_time_window: must be one of day or hour',
      },
    ],
    [
      'an unknown mapping',
      { customer_mapping: { type: 'by_email', event_payload_key: 'k' } },
      { param: 'customer_mapping[type]', message: 'Invalid customer_mapping[type]: must be by_id' },
    ],
    [
      'a mapping without a type',
      { customer_mapping: { event_payload_key: 'k' } },
      {
        code: 'parameter_missing',
        param: 'customer_mapping[type]',
        message: 'Missing required param: customer_mapping[type].',
      },
    ],
    [
      'a mapping without a key',
      { customer_mapping: { type: 'by_id' } },
      {
        code: 'parameter_missing',
        param: 'customer_mapping[event_payload_key]',
        message: 'Missing required param: customer_mapping[event_payload_key].',
      },
    ],
    [
      'value settings without a key',
      { value_settings: {} },
      {
        code: 'parameter_missing',
        param: 'value_settings[event_payload_key]',
        message: 'Missing required param: value_settings[event_payload_key].',
      },
    ],
    [
      'a parameter it does not know',
      { dimensions: [] },
      {
        code: 'parameter_unknown',
        param: 'dimensions',
        message: 'Received unknown parameter: dimensions',
      },
    ],
    [
      'an event_name of 101 characters',
      { event_name: 'e'.repeat(101) },
      {
        code: 'parameter_invalid_string',
        param: 'event_name',
        message: `Invalid string: ${'e'.repeat(100)}...; must be at most 100 characters`,
      },
    ],
    [
      'a display_name of 251 characters',
      { display_name: 'd'.repeat(251) },
      {
        code: 'parameter_invalid_string',
        param: 'display_name',
        message: `Invalid string: ${'d'.repeat(100)}...; must be at most 250 characters`,
      },
    ],
    [
      'a key of 101 characters',
      { value_settings: { event_payload_key: 'k'.repeat(101) } },
      {
        code: 'parameter_invalid_string',
        param: 'value_settings[event_payload_key]',
        message: `Invalid string: ${'k'.repeat(100)}...; must be at most 100 characters`,
      },
    ],
    [
      'an empty event_name',
      { event_name: '' },
      {
        code: 'parameter_invalid_empty',
        param: 'event_name',
        message:
          "You passed an empty string for 'event_name'. We assume empty values are an attempt to unset a parameter; however 'event_name' cannot be unset. You should remove 'event_name' from your request or supply a non-empty value.",
      },
    ],
  ])('refuses %s', (_, params, refusal) => world().when(create(params)).rejects(refusal))

  it('refuses a second active meter of an event name', () =>
    world(meter()).when(create()).rejects(taken('calls')))

  it('lets a name be shared with inactive meters', () => {
    const past = [meter(), { type: 'MeterDeactivated', at: NOW, id: 'mtr_1' }]
    const done = execute(world(...past).world, create() as never)
    expect(E.isRight(done)).toBe(true)
  })

  it.each<[string, object, Refusal]>([
    [
      'an unknown parameter wins over a missing one',
      { event_name: undefined, unknown: '1' },
      {
        code: 'parameter_unknown',
        param: 'unknown',
        message: 'Received unknown parameter: unknown',
      },
    ],
    [
      'of two wrong parameters the one that stands first in the reference wins',
      { display_name: '', event_time_window: 'month', event_name: 'e'.repeat(101) },
      {
        code: 'parameter_invalid_empty',
        param: 'display_name',
        message:
          "You passed an empty string for 'display_name'. We assume empty values are an attempt to unset a parameter; however 'display_name' cannot be unset. You should remove 'display_name' from your request or supply a non-empty value.",
      },
    ],
    [
      'a formula that is not on wins over a taken name',
      { default_aggregation: { formula: 'max' } },
      {
        param: 'default_aggregation[formula]',
        message: 'Invalid default_aggregation[formula]: must be one of sum, count, or last',
      },
    ],
    [
      'a wrong form wins over a taken name',
      { event_time_window: 'week' },
      {
        param: 'event_time_window',
        message: 'Invalid event_time_window: must be one of day or hour',
      },
    ],
  ])('%s', (_, params, refusal) => world(meter()).when(create(params)).rejects(refusal))

  it('M-A14: a name is free while its meter is inactive, and its first owner cannot come back to it', () => {
    const first = given({ now: 1_768_435_200 })(meter({ id: 'M1' }))
    first.when(create()).rejects(taken('calls'))
    const deactivated = accepted(first.world, { type: 'DeactivateMeter', id: 'M1' })
    expect(deactivated.result).toMatchObject({
      status: 'inactive',
      updated: 1_768_435_200,
      status_transitions: { deactivated_at: 1_768_435_200 },
    })
    const second = accepted(deactivated.world, create())
    on(second.world).when({ type: 'ReactivateMeter', id: 'M1' }).rejects(taken('calls'))
  })
})
