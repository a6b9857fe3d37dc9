import { ask, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, on } from '../support/given.js'
import { alert, anAlert, change, customer, meter, NOW, told } from './support.js'

const past = given({ now: NOW })
const here = past(meter(), customer(), alert())

const view = (fields: Parameters<typeof anAlert>[0] = {}) => ({
  object: 'billing.alert',
  ...anAlert(fields),
  livemode: false,
})

const EVENTS = {
  ActivateAlert: ['AlertActivated', 'active'],
  DeactivateAlert: ['AlertDeactivated', 'inactive'],
  ArchiveAlert: ['AlertArchived', 'archived'],
} as const

describe.each(Object.entries(EVENTS))('%s', (name, [event, status]) => {
  const command = change(name as keyof typeof EVENTS)

  it.each([
    ['active', []],
    ['inactive', [change('DeactivateAlert')]],
  ] as const)('of an alert that is %s', (was, before) => {
    const claims = on(past(meter(), alert(), ...before).world).when(command)
    if (was === status) claims.yieldsNothing()
    else claims.yields({ type: event, at: NOW, id: 'alrt_1' })
    claims.answers(view({ status }))
  })

  it('changes nothing the second time', () =>
    on(accepted(here.world, command).world).when(command).yieldsNothing())

  it('refuses an alert that is not there', () =>
    here.when(change(name as keyof typeof EVENTS, 'alrt_0')).rejects({
      status: 404,
      code: 'resource_missing',
      param: 'id',
      message: "No such alert: 'alrt_0'",
    }))

  it('refuses parameters', () =>
    here.when({ ...command, params: { title: 'x' } } as never).rejects({
      code: 'parameter_unknown',
      param: 'title',
      message: 'Received unknown parameter: title',
    }))

  if (status !== 'archived')
    it('refuses an archived alert', () =>
      on(accepted(here.world, change('ArchiveAlert')).world)
        .when(command)
        .rejects({
          param: 'id',
          message: 'The alert alrt_1 is archived and cannot be changed.',
        }))

  it('tells nobody', () => expect(told(accepted(here.world, command).world)).toEqual([]))
})

describe('RetrieveAlert', () => {
  it('answers an alert, an archived one too', () => {
    expect(ask(here.world, { type: 'RetrieveAlert', id: 'alrt_1' })).toStrictEqual(E.right(view()))
    const { world } = accepted(here.world, change('ArchiveAlert'))
    expect(ask(world, { type: 'RetrieveAlert', id: 'alrt_1' })).toStrictEqual(
      E.right(view({ status: 'archived' })),
    )
  })

  it('refuses one that is not there', () =>
    expect(ask(here.world, { type: 'RetrieveAlert', id: 'alrt_0' })).toMatchObject(
      E.left({ status: 404, code: 'resource_missing', param: 'id' }),
    ))
})

describe('ListAlerts', () => {
  const { world } = past(
    meter(),
    meter({ id: 'mtr_2', event_name: 'other' }),
    alert({ id: 'alrt_1' }),
    alert({ id: 'alrt_2', meter: 'mtr_2' }),
    alert({ id: 'alrt_3' }),
    alert({ id: 'alrt_4', status: 'inactive' }),
    alert({ id: 'alrt_5', status: 'archived' }),
  )
  const list = (params: object = {}) => ask(world, { type: 'ListAlerts', params })
  const ids = (params: object = {}) => {
    const done = list(params)
    return E.isLeft(done) ? done.left.message : done.right.data.map(({ id }) => id)
  }

  it('lists active and inactive alerts, newest first', () =>
    expect(list()).toStrictEqual(
      E.right({
        object: 'list',
        data: [
          view({ id: 'alrt_4', status: 'inactive' }),
          view({ id: 'alrt_3' }),
          view({ id: 'alrt_2', meter: 'mtr_2' }),
          view({ id: 'alrt_1' }),
        ],
        has_more: false,
        url: '/v1/billing/alerts',
      }),
    ))

  it.each([
    [{ meter: 'mtr_2' }, ['alrt_2']],
    [{ meter: 'mtr_0' }, []],
    [{ alert_type: 'usage_threshold' }, ['alrt_4', 'alrt_3', 'alrt_2', 'alrt_1']],
    [{ limit: 2 }, ['alrt_4', 'alrt_3']],
    [{ starting_after: 'alrt_3' }, ['alrt_2', 'alrt_1']],
    [{ ending_before: 'alrt_2', meter: 'mtr_1' }, ['alrt_4', 'alrt_3']],
    [{ starting_after: 'alrt_5' }, ['alrt_4', 'alrt_3', 'alrt_2', 'alrt_1']],
  ])('with %j', (params, expected) => expect(ids(params)).toEqual(expected))

  it.each([
    [{ alert_type: 'spend' }, 'Invalid alert_type: must be usage_threshold'],
    [{ starting_after: 'alrt_0' }, "No such alert: 'alrt_0'"],
    [{ status: 'active' }, 'Received unknown parameter: status'],
    [
      { starting_after: 'alrt_1', ending_before: 'alrt_2' },
      'Received both starting_after and ending_before parameters. Please pass in only one.',
    ],
  ])('refuses %j', (params, message) => expect(ids(params)).toBe(message))
})
