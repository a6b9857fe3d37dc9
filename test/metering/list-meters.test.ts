import { ask, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { given, refusal } from '../support/given.js'
import { aMeter, CREATED, meter, NOW } from './support.js'

const { world } = given({ now: NOW })(
  meter({ id: 'mtr_1' }),
  meter({ id: 'mtr_2', event_name: 'tokens' }),
  { type: 'MeterDeactivated', at: CREATED, id: 'mtr_2' },
  meter({ id: 'mtr_3', event_name: 'bytes' }),
)

const list = (params: object) =>
  ask(world, { type: 'ListMeters', params } as { readonly type: 'ListMeters' })

const ids = (params: object): readonly string[] => {
  const answer = list(params)
  if (E.isLeft(answer)) throw new Error(answer.left.message)
  return answer.right.data.map(({ id }) => id)
}

describe('RetrieveMeter', () => {
  it('answers the meter', () =>
    expect(ask(world, { type: 'RetrieveMeter', id: 'mtr_1' })).toStrictEqual(
      E.right({ object: 'billing.meter', ...aMeter(), livemode: false }),
    ))

  it('refuses a meter that was never created', () =>
    expect(ask(world, { type: 'RetrieveMeter', id: 'mtr_0' })).toStrictEqual(
      E.left(
        refusal({
          status: 404,
          code: 'resource_missing',
          param: 'id',
          message: "No such meter: 'mtr_0'",
        }),
      ),
    ))
})

describe('ListMeters', () => {
  it('lists the newest first', () => expect(ids({})).toEqual(['mtr_3', 'mtr_2', 'mtr_1']))

  it.each([
    ['active', ['mtr_3', 'mtr_1']],
    ['inactive', ['mtr_2']],
  ])('lists those that are %s', (status, expected) => expect(ids({ status })).toEqual(expected))

  it('pages both ways', () => {
    expect(ids({ limit: 1 })).toEqual(['mtr_3'])
    expect(ids({ limit: 1, starting_after: 'mtr_3' })).toEqual(['mtr_2'])
    expect(ids({ limit: 1, ending_before: 'mtr_1' })).toEqual(['mtr_2'])
    expect(ids({ ending_before: 'mtr_1' })).toEqual(['mtr_3', 'mtr_2'])
    expect(ids({ status: 'active', starting_after: 'mtr_2' })).toEqual(['mtr_1'])
  })

  it('says whether there are more', () => {
    expect(list({ limit: 2 })).toMatchObject({
      right: { has_more: true, url: '/v1/billing/meters' },
    })
    expect(list({ limit: 3 })).toMatchObject({ right: { has_more: false } })
  })

  it.each([
    [
      { status: 'archived' },
      { param: 'status', message: 'Invalid status: must be one of active or inactive' },
    ],
    [
      { starting_after: 'mtr_0' },
      { code: 'resource_missing', param: 'starting_after', message: "No such meter: 'mtr_0'" },
    ],
    [
      { limit: 101 },
      {
        code: 'parameter_invalid_integer',
        param: 'limit',
        message: 'This value must be less than or equal to 100.',
      },
    ],
  ])('refuses %j', (params, expected) =>
    expect(list(params)).toStrictEqual(E.left(refusal(expected))),
  )
})
