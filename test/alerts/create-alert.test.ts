import { ALERTS_MAX, ask, type Command, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, attempt, given, on } from '../support/given.js'
import { alert, anAlert, create, customer, meter, NOW } from './support.js'

const past = given({ now: NOW })
const here = past(meter(), customer())

const threshold = { gte: 10, meter: 'mtr_1', recurrence: 'one_time' }
const asked = (usage_threshold: unknown, more: object = {}) =>
  ({
    type: 'CreateAlert',
    params: { alert_type: 'usage_threshold', title: 'ten', usage_threshold, ...more },
  }) as never

describe('CreateAlert', () => {
  it('opens an active alert for all customers', () => {
    const done = accepted(here.world, create())
    const view = {
      object: 'billing.alert',
      ...anAlert({ id: (done.result as { id: string }).id }),
      livemode: false,
    }
    expect(done.result).toStrictEqual(view)
    expect(view.id).toMatch(/^alrt_\w{24}$/)
    expect(view.usage_threshold.filters).toBeNull()
    expect(done.events).toStrictEqual([
      { type: 'AlertCreated', at: NOW, alert: anAlert({ id: view.id }) },
    ])
    expect(ask(done.world, { type: 'RetrieveAlert', id: view.id })).toStrictEqual(E.right(view))
  })

  it('opens one for one customer', () =>
    expect(accepted(here.world, create({ customer: 'cus_1' })).result).toMatchObject({
      usage_threshold: { filters: [{ type: 'customer', customer: 'cus_1' }] },
    }))

  it('takes no filters for all customers', () =>
    expect(accepted(here.world, asked({ ...threshold, filters: [] })).result).toMatchObject({
      usage_threshold: { filters: null },
    }))

  it('takes a meter that is inactive', () =>
    expect(
      accepted(past(meter(), { type: 'DeactivateMeter', id: 'mtr_1' }).world, create()).result,
    ).toMatchObject({ status: 'active' }))

  it.each([
    [
      'no title',
      { params: { alert_type: 'usage_threshold', usage_threshold: threshold } },
      { code: 'parameter_missing', param: 'title', message: 'Missing required param: title.' },
    ],
    [
      'another type of alert',
      asked(threshold, { alert_type: 'spend' }),
      { param: 'alert_type', message: 'Invalid alert_type: must be usage_threshold' },
    ],
    [
      'no threshold',
      asked(undefined),
      {
        code: 'parameter_missing',
        param: 'usage_threshold',
        message: 'Missing required param: usage_threshold.',
      },
    ],
    [
      'a threshold of nothing',
      asked({ ...threshold, gte: 0 }),
      {
        code: 'parameter_invalid_integer',
        param: 'usage_threshold[gte]',
        message: 'This value must be greater than or equal to 1.',
      },
    ],
    [
      'a threshold that is no whole number',
      asked({ ...threshold, gte: 1.5 }),
      {
        code: 'parameter_invalid_integer',
        param: 'usage_threshold[gte]',
        message: 'Invalid integer: 1.5',
      },
    ],
    [
      'another recurrence',
      asked({ ...threshold, recurrence: 'monthly' }),
      {
        param: 'usage_threshold[recurrence]',
        message: 'Invalid usage_threshold[recurrence]: must be one_time',
      },
    ],
    [
      'another filter',
      asked({ ...threshold, filters: [{ type: 'product' }] }),
      {
        param: 'usage_threshold[filters][0][type]',
        message: 'Invalid usage_threshold[filters][0][type]: must be customer',
      },
    ],
    [
      'two filters',
      asked({
        ...threshold,
        filters: [
          { type: 'customer', customer: 'cus_1' },
          { type: 'customer', customer: 'cus_1' },
        ],
      }),
      {
        param: 'usage_threshold[filters]',
        message: 'You can only specify up to one filter at this time.',
      },
    ],
    [
      'a filter without a customer',
      asked({ ...threshold, filters: [{ type: 'customer' }] }),
      {
        code: 'parameter_missing',
        param: 'usage_threshold[filters][0][customer]',
        message: 'Missing required param: usage_threshold[filters][0][customer].',
      },
    ],
    [
      'an unknown meter',
      create({ meter: 'mtr_0' }),
      {
        code: 'resource_missing',
        param: 'usage_threshold[meter]',
        message: "No such meter: 'mtr_0'",
      },
    ],
    [
      'an unknown customer',
      create({ customer: 'cus_0' }),
      {
        code: 'resource_missing',
        param: 'usage_threshold[filters][0][customer]',
        message: "No such customer: 'cus_0'",
      },
    ],
  ])('refuses %s', (_, command, refusal) =>
    here.when({ type: 'CreateAlert', ...(command as object) } as never).rejects(refusal),
  )

  it('refuses a customer who is deleted', () =>
    past(meter(), customer(), { type: 'DeleteCustomer', id: 'cus_1' })
      .when(create({ customer: 'cus_1' }))
      .rejects({
        code: 'resource_missing',
        param: 'usage_threshold[filters][0][customer]',
        message: "No such customer: 'cus_1'",
      }))

  const MANY = Array.from({ length: ALERTS_MAX }, (_, nth) => `alrt_${nth}`)

  describe('takes up to 25 of a meter and a customer', () => {
    const full = past(
      meter(),
      meter({ id: 'mtr_2', event_name: 'other' }),
      customer(),
      customer('cus_2'),
      ...MANY.map((id) => alert({ id, customer: 'cus_1' })),
    )

    it('and no more', () =>
      full.when(create({ customer: 'cus_1' })).rejects({
        param: 'usage_threshold',
        message: 'You can only have up to 25 alerts for the customer cus_1 on the meter mtr_1.',
      }))

    it.each([
      ['another customer', create({ customer: 'cus_2' })],
      ['another meter', create({ customer: 'cus_1', meter: 'mtr_2' })],
      ['all customers', create()],
    ])('beside those of %s', (_, command) =>
      expect(accepted(full.world, command).events).toHaveLength(1),
    )

    it('inactive ones included, archived ones left out', () => {
      const inactive = accepted(full.world, { type: 'DeactivateAlert', id: 'alrt_3' }).world
      on(inactive)
        .when(create({ customer: 'cus_1' }))
        .rejects({
          param: 'usage_threshold',
          message: 'You can only have up to 25 alerts for the customer cus_1 on the meter mtr_1.',
        })
      const archived = accepted(inactive, { type: 'ArchiveAlert', id: 'alrt_3' }).world
      expect(accepted(archived, create({ customer: 'cus_1' })).events).toHaveLength(1)
    })

    it('those for all customers count by themselves', () =>
      past(meter(), customer(), ...MANY.map((id) => alert({ id })))
        .when(create())
        .rejects({
          param: 'usage_threshold',
          message: 'You can only have up to 25 alerts for all customers on the meter mtr_1.',
        }))
  })

  describe('answers the first of what is wrong', () => {
    const full = past(meter(), customer(), ...MANY.map((id) => alert({ id })))
    const paramOf = (command: Command) => {
      const done = attempt(full.world, command)
      return E.isLeft(done) ? done.left.param : 'accepted'
    }

    it.each([
      ['alert_type', { alert_type: 'spend', title: '' }],
      ['title', { title: '', usage_threshold: undefined }],
    ])('%s', (param, fields) => expect(paramOf(asked(threshold, fields))).toBe(param))

    const nobody = { type: 'customer', customer: 'cus_0' }
    it.each([
      ['usage_threshold[gte]', { gte: 0, filters: [nobody, nobody] }],
      ['usage_threshold[filters]', { filters: [{ type: 'customer' }, nobody] }],
      [
        'usage_threshold[filters][0][customer]',
        { meter: 'mtr_0', filters: [{ type: 'customer' }] },
      ],
      ['usage_threshold[meter]', { meter: 'mtr_0', filters: [nobody] }],
      ['usage_threshold[meter]', { meter: 'mtr_0' }],
      ['usage_threshold[filters][0][customer]', { filters: [nobody] }],
      ['usage_threshold', {}],
    ])('%s of %j', (param, fields) =>
      expect(paramOf(asked({ ...threshold, ...fields }))).toBe(param),
    )
  })
})
