import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { aMeter, CREATED, customer, meter, NOW, notices, record, used } from './support.js'

const world = given({ now: NOW })
const reactivate = { type: 'ReactivateMeter', id: 'mtr_1' } as const
const deactivated = { type: 'MeterDeactivated', at: CREATED, id: 'mtr_1' } as const
const reactivated = { type: 'MeterReactivated', at: NOW, id: 'mtr_1' } as const

describe('ReactivateMeter', () => {
  it('reactivates an inactive meter, at the simulated now', () =>
    world(meter(), deactivated).when(reactivate).yields(reactivated))

  it('answers the meter as it is then', () =>
    world(meter(), deactivated)
      .when(reactivate)
      .answers({ object: 'billing.meter', ...aMeter({ updated: NOW }), livemode: false }))

  it('does nothing to an active meter', () => world(meter()).when(reactivate).yieldsNothing())

  it('lets events in again, beside the usage of before', () => {
    const before = accepted(world(meter(), customer()).world, record(5)).world
    const inactive = accepted(before, { type: 'DeactivateMeter', id: 'mtr_1' }).world
    const active = accepted(inactive, reactivate).world
    expect(used(accepted(active, record(2)).world)).toBe('7')
  })

  it('tells what the status was', () => {
    const { world: after } = accepted(world(meter(), deactivated).world, reactivate)
    expect(notices(after).at(-1)).toMatchObject({
      type: 'billing.meter.reactivated',
      created: NOW,
      data: {
        object: { status: 'active' },
        previous_attributes: {
          status: 'inactive',
          status_transitions: { deactivated_at: CREATED },
        },
      },
    })
  })

  it('refuses a meter that was never created', () =>
    world()
      .when({ ...reactivate, id: 'mtr_0' })
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such meter: 'mtr_0'",
      }))

  it('refuses while another active meter has the event name', () =>
    world(meter(), deactivated, meter({ id: 'mtr_2' }))
      .when(reactivate)
      .rejects({
        param: 'event_name',
        message:
          "An active meter already exists for event name 'calls'. To create a new meter with the same event name, first deactivate the currently active meter.",
      }))
})
