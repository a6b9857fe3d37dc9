import type { Command } from 'clepsydra'
import { describe, it } from 'vitest'
import { given } from '../support/given.js'
import {
  FULL_METADATA,
  MONTHLY,
  monthly,
  NOW,
  outgrownMetadata,
  planView,
  price,
  product,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const update = (params: object = {}): Command =>
  ({ type: 'UpdatePlan', id: 'price_1', params }) as Command

const updated = (changes: object) => ({ type: 'PriceUpdated', at: NOW, id: 'price_1', changes })

const full = monthly({
  metadata: { a: '1', b: '2' },
  nickname: 'n',
  recurring: { ...MONTHLY, trial_period_days: 7 },
})

describe('UpdatePlan', () => {
  it('changes what is given of the price, and answers the plan', () => {
    world(full)
      .when(update({ active: false }))
      .yields(updated({ active: false }))
    world(full)
      .when(update({ active: false }))
      .answers(
        planView({
          active: false,
          metadata: { a: '1', b: '2' },
          nickname: 'n',
          trial_period_days: 7,
        }),
      )
  })

  it('changes the trial of what recurs', () =>
    world(full)
      .when(update({ trial_period_days: '14' }))
      .yields(updated({ recurring: { ...MONTHLY, trial_period_days: 14 } })))

  it.each([
    ['nothing is asked', {}],
    ['everything asked is so already', { active: true, nickname: 'n', trial_period_days: 7 }],
    ['a key that is not there is removed', { metadata: { z: '' } }],
  ])('changes nothing where %s', (_, params) => world(full).when(update(params)).yieldsNothing())

  it.each([
    ['metadata', { metadata: {} }],
    ['nickname', { nickname: null }],
    ['trial_period_days', { recurring: MONTHLY }],
  ])('unsets %s by an empty string', (field, changes) =>
    world(full)
      .when(update({ [field]: '' }))
      .yields(updated(changes)),
  )

  it('merges metadata key by key', () =>
    world(full)
      .when(update({ metadata: { a: '', c: '3' } }))
      .yields(updated({ metadata: { b: '2', c: '3' } })))
})

describe('UpdatePlan refuses', () => {
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'plan',
    message: "No such plan: 'price_1'",
  }

  it('a plan that was never created', () => world().when(update()).rejects(unknown))

  it('a price that is paid once', () =>
    world(price())
      .when(update({ active: false }))
      .rejects(unknown))

  it('a plan that was deleted', () =>
    world(product(), monthly(), { type: 'DeletePlan', id: 'price_1' })
      .when(update({ active: true }))
      .rejects(unknown))

  it('metadata that would outgrow 50 keys, all in all', () =>
    world(monthly({ metadata: FULL_METADATA }))
      .when(update({ metadata: { another: 'v' } }))
      .rejects(outgrownMetadata))

  it.each(['amount', 'currency', 'interval', 'product', 'tiers'])('to change %s', (param) =>
    world(monthly())
      .when(update({ [param]: 1 }))
      .rejects(unknownParameter(param)),
  )

  it('a trial of more than two years', () =>
    world(monthly())
      .when(update({ trial_period_days: 731 }))
      .rejects({
        code: 'parameter_invalid_integer',
        param: 'trial_period_days',
        message: 'This value must be less than or equal to 730.',
      }))

  it('an unknown parameter before an unknown plan', () =>
    world()
      .when(update({ nope: 1 }))
      .rejects(unknownParameter('nope')))
})
