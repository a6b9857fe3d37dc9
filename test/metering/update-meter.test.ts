import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import { aMeter, CREATED, meter, NOW, notices } from './support.js'

const world = given({ now: NOW })
const update = (params: object = {}, id = 'mtr_1') => ({ type: 'UpdateMeter', id, params }) as const

describe('UpdateMeter', () => {
  it('renames a meter, at the simulated now', () =>
    world(meter())
      .when(update({ display_name: 'Requests' }))
      .yields({ type: 'MeterRenamed', at: NOW, id: 'mtr_1', display_name: 'Requests' }))

  it('answers the meter with its new name and time of change', () =>
    world(meter())
      .when(update({ display_name: 'Requests' }))
      .answers({
        object: 'billing.meter',
        ...aMeter({ display_name: 'Requests', created: CREATED, updated: NOW }),
        livemode: false,
      }))

  it.each([
    ['the same name', { display_name: 'Calls' }],
    ['nothing', {}],
  ])('does nothing when asked for %s', (_, params) =>
    world(meter()).when(update(params)).yieldsNothing(),
  )

  it('renames an inactive meter too', () => {
    const inactive = { type: 'MeterDeactivated', at: CREATED, id: 'mtr_1' }
    const { result } = accepted(
      world(meter(), inactive).world,
      update({ display_name: 'Requests' }),
    )
    expect(result).toMatchObject({ display_name: 'Requests', status: 'inactive', updated: NOW })
  })

  it('tells what the name was', () => {
    const { world: after } = accepted(world(meter()).world, update({ display_name: 'Requests' }))
    expect(notices(after).at(-1)).toMatchObject({
      type: 'billing.meter.updated',
      created: NOW,
      data: {
        object: { display_name: 'Requests', updated: NOW },
        previous_attributes: { display_name: 'Calls', updated: CREATED },
      },
    })
  })

  it.each<[string, object, Refusal]>([
    ...[
      'event_name',
      'default_aggregation',
      'customer_mapping',
      'value_settings',
      'event_time_window',
      'status',
    ].map((param): [string, object, Refusal] => [
      `a change of ${param}`,
      { [param]: 'x' },
      { code: 'parameter_unknown', param, message: `Received unknown parameter: ${param}` },
    ]),
    [
      'a name of 251 characters',
      { display_name: 'd'.repeat(251) },
      {
        code: 'parameter_invalid_string',
        param: 'display_name',
        message: `Invalid string: ${'d'.repeat(100)}...; must be at most 250 characters`,
      },
    ],
    [
      'an empty name',
      { display_name: '' },
      {
        code: 'parameter_invalid_empty',
        param: 'display_name',
        message:
          "You passed an empty string for 'display_name'. We assume empty values are an attempt to unset a parameter; however 'display_name' cannot be unset. You should remove 'display_name' from your request or supply a non-empty value.",
      },
    ],
  ])('refuses %s', (_, params, refusal) => world(meter()).when(update(params)).rejects(refusal))

  it('refuses a meter that was never created', () =>
    world()
      .when(update({ display_name: 'Requests' }, 'mtr_0'))
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such meter: 'mtr_0'",
      }))

  it('a wrong parameter wins over an unknown meter', () =>
    world()
      .when(update({ event_name: 'x' }, 'mtr_0'))
      .rejects({
        code: 'parameter_unknown',
        param: 'event_name',
        message: 'Received unknown parameter: event_name',
      }))
})
