import type { Command } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import {
  advancing,
  attached,
  clock,
  customer,
  detached,
  method,
  methodView,
  NO_DETAILS,
  NOW,
  noMethod,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const update = (params: object = {}): Command =>
  ({ type: 'UpdatePaymentMethod', id: 'pm_1', params }) as Command

const updated = (changes: object) => ({
  type: 'PaymentMethodUpdated',
  at: NOW,
  id: 'pm_1',
  changes,
})

const hers = (fields = {}) => world(customer(), method(fields), attached())

const BERN = { ...NO_DETAILS.address, city: 'Bern', country: 'CH' }

describe('UpdatePaymentMethod', () => {
  it('changes what is given, as the live API did', () => {
    const params = { allow_redisplay: 'limited', billing_details: { name: 'Six II' } } as const
    const billing_details = { ...NO_DETAILS, name: 'Six II' }
    hers()
      .when(update(params))
      .yields(updated({ allow_redisplay: 'limited', billing_details }))
    hers()
      .when(update(params))
      .answers(
        methodView({ customer: 'cus_1', allow_redisplay: 'limited', billing_details }, 'pass'),
      )
  })

  it('changes the expiry, one part or both', () => {
    hers()
      .when(update({ card: { exp_month: 12 } }))
      .yields(updated({ exp_month: 12 }))
    hers()
      .when(update({ card: { exp_month: '2', exp_year: '2030' } }))
      .yields(updated({ exp_month: 2, exp_year: 2030 }))
  })

  it('changes one part of an address and leaves the others; an empty one unsets all', () => {
    const billing_details = { ...NO_DETAILS, address: BERN }
    hers({ billing_details })
      .when(update({ billing_details: { address: { city: 'Thun' } } }))
      .yields(
        updated({ billing_details: { ...billing_details, address: { ...BERN, city: 'Thun' } } }),
      )
    hers({ billing_details })
      .when(update({ billing_details: { address: '' } }))
      .yields(updated({ billing_details: NO_DETAILS }))
  })

  it('unsets texts by empty strings', () =>
    hers({
      billing_details: { ...NO_DETAILS, email: 'a@b.c', name: 'Ada', phone: '1', tax_id: '2' },
    })
      .when(update({ billing_details: { email: '', name: '', phone: '', tax_id: '' } }))
      .yields(updated({ billing_details: NO_DETAILS })))

  it('merges metadata key by key', () =>
    hers({ metadata: { a: '1', b: '2' } })
      .when(update({ metadata: { a: '', sim_script: 'action' } }))
      .yields(updated({ metadata: { b: '2', sim_script: 'action' } })))

  it.each([
    ['nothing is asked', {}],
    ['all of it is so already', { allow_redisplay: 'unspecified', card: { exp_month: 1 } }],
  ])('changes nothing where %s', (_, params) => hers().when(update(params)).yieldsNothing())

  it('leaves a card that has expired alone, and lets its other fields change', () =>
    hers({ exp_year: 2025 })
      .when(update({ allow_redisplay: 'always' }))
      .yields(updated({ allow_redisplay: 'always' })))

  it('acts at the time of the test clock, for a customer that is on one', () =>
    world(clock(NOW + 60), customer({ test_clock: 'clock_1' }), method(), attached())
      .when(update({ allow_redisplay: 'always' }))
      .yields({
        type: 'PaymentMethodUpdated',
        at: NOW + 60,
        clock: 'clock_1',
        id: 'pm_1',
        changes: { allow_redisplay: 'always' },
      }))

  it('tells what was before', () => {
    const { world: before } = hers()
    const { world: after } = accepted(before, update({ card: { exp_year: 2030 } }))
    expect(noticesSince(before, after)).toMatchObject([
      {
        type: 'payment_method.updated',
        created: NOW,
        data: {
          object: { id: 'pm_1', card: { exp_year: 2030 } },
          previous_attributes: { card: { exp_year: 2027 } },
        },
      },
    ])
  })
})

describe('UpdatePaymentMethod refuses', () => {
  const unsaved: Refusal = {
    message: 'You must save this PaymentMethod to a customer before you can update it.',
  }
  const month: Refusal = {
    status: 402,
    type: 'card_error',
    code: 'invalid_expiry_month',
    param: 'exp_month',
    message: "Your card's expiration month is invalid.",
  }

  it('an unknown method', () => world().when(update()).rejects(noMethod('pm_1')))

  it('a method that is not attached, or is no more', () => {
    world(method()).when(update()).rejects(unsaved)
    world(customer(), method(), attached(), detached()).when(update()).rejects(unsaved)
  })

  it('a customer whose clock is advancing', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }), method(), attached(), advancing)
      .when(update({ card: { exp_month: 13 } }))
      .rejects(underway()))

  it('a month that is none, and one that is over by the clock of the customer', () => {
    hers()
      .when(update({ card: { exp_month: 13 } }))
      .rejects(month)
    world(clock(NOW + 40 * 86_400), customer({ test_clock: 'clock_1' }), method(), attached())
      .when(update({ card: { exp_month: 1, exp_year: 2026 } }))
      .rejects(month)
  })

  it('a year that is over', () =>
    hers()
      .when(update({ card: { exp_year: 2025 } }))
      .rejects({
        status: 402,
        type: 'card_error',
        code: 'invalid_expiry_year',
        param: 'exp_year',
        message: "Your card's expiration year is invalid.",
      }))

  it.each(['number', 'cvc', 'token'])('another %s', (name) =>
    hers()
      .when(update({ card: { [name]: '4242424242424242' } }))
      .rejects({
        code: 'parameter_unknown',
        param: `card[${name}]`,
        message: `Received unknown parameter: card[${name}]`,
      }),
  )

  it('metadata that would outgrow 50 keys, before a script that is none', () => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
    hers({ metadata })
      .when(update({ metadata: { sim_script: 'nope' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      })
  })

  it('a script that is none', () =>
    hers()
      .when(update({ metadata: { sim_script: 'decline:nope' } }))
      .rejects({
        param: 'metadata[sim_script]',
        message:
          'Invalid sim_script: write outcomes separated by commas, each of them succeed, action or decline:CODE (decline:insufficient_funds)',
      }))
})
