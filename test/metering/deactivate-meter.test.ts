import { describe, expect, it } from 'vitest'
import { accepted, given, on } from '../support/given.js'
import { aMeter, CREATED, customer, meter, NOW, notices, record, used } from './support.js'

const world = given({ now: NOW })
const deactivate = { type: 'DeactivateMeter', id: 'mtr_1' } as const
const deactivated = { type: 'MeterDeactivated', at: NOW, id: 'mtr_1' } as const

describe('DeactivateMeter', () => {
  it('deactivates an active meter, at the simulated now', () =>
    world(meter()).when(deactivate).yields(deactivated))

  it('answers the meter as it is then', () =>
    world(meter())
      .when(deactivate)
      .answers({
        object: 'billing.meter',
        ...aMeter(),
        status: 'inactive',
        status_transitions: { deactivated_at: NOW },
        updated: NOW,
        livemode: false,
      }))

  it('does nothing the second time', () =>
    world(meter(), deactivated).when(deactivate).yieldsNothing())

  it('leaves the usage recorded before readable, and takes no more', () => {
    const before = accepted(world(meter(), customer()).world, record(5)).world
    const after = accepted(before, deactivate).world
    expect(used(after)).toBe('5')
    on(after).when(record(1)).rejects({
      param: 'event_name',
      message: 'No active meter found for event name "calls".',
    })
  })

  it('tells what the status was', () => {
    const { world: after } = accepted(world(meter()).world, deactivate)
    expect(notices(after).at(-1)).toMatchObject({
      type: 'billing.meter.deactivated',
      created: NOW,
      data: {
        object: { status: 'inactive' },
        previous_attributes: {
          status: 'active',
          status_transitions: { deactivated_at: null },
          updated: CREATED,
        },
      },
    })
  })

  it('refuses a meter that was never created', () =>
    world()
      .when({ ...deactivate, id: 'mtr_0' })
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such meter: 'mtr_0'",
      }))

  it('refuses parameters', () =>
    world(meter())
      .when({ ...deactivate, params: { force: 'true' } } as never)
      .rejects({
        code: 'parameter_unknown',
        param: 'force',
        message: 'Received unknown parameter: force',
      }))
})
