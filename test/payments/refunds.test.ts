import type { Command } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import type { RefundView } from '../../src/domain/payments/index.js'
import { accepted, given } from '../support/given.js'
import { aRefund, charge, genericFailure, intent, refund, typesOf } from './intents.js'
import {
  advancing,
  attached,
  clock,
  customer,
  method,
  NOW,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const paid = [customer(), method(), attached(), intent(), charge()]

const create = (params: object): Command => ({ type: 'CreateRefund', params }) as Command

const update = (params: object, id = 're_1'): Command =>
  ({ type: 'UpdateRefund', id, params }) as Command

describe('CreateRefund', () => {
  it('gives back all that is left of a charge', () => {
    const before = world(...paid, refund({ amount: 500 })).world
    const { events, result } = accepted(before, create({ charge: 'ch_1' }))
    const { id } = result as RefundView
    expect(id).toMatch(/^re_3[0-9A-Za-z]{23}$/)
    expect(events).toStrictEqual([refund({ id, amount: 1_500 })])
    expect(result).toStrictEqual({
      id,
      object: 'refund',
      amount: 1_500,
      balance_transaction: null,
      charge: 'ch_1',
      created: NOW,
      currency: 'usd',
      customer: 'cus_1',
      customer_account: null,
      destination_details: {
        card: {
          reference_status: 'pending',
          reference_type: 'acquirer_reference_number',
          type: 'refund',
        },
        type: 'card',
      },
      metadata: {},
      payment_intent: 'pi_1',
      payment_method: 'pm_1',
      reason: null,
      receipt_number: null,
      source_transfer_reversal: null,
      status: 'succeeded',
      transfer_reversal: null,
    })
  })

  it('gives back a part of what an intent was paid with, and tells of refund and charge', () => {
    const before = world(...paid).world
    const {
      world: after,
      events,
      result,
    } = accepted(
      before,
      create({
        payment_intent: 'pi_1',
        amount: 500,
        reason: 'duplicate',
        metadata: { a: '1' },
      }),
    )
    const { id } = result as RefundView
    expect(events).toStrictEqual([
      {
        type: 'RefundCreated',
        at: NOW,
        refund: aRefund({ id, amount: 500, reason: 'duplicate', metadata: { a: '1' } }),
      },
    ])
    expect(after.charges.need('ch_1').amount_refunded).toBe(500)
    expect(noticesSince(before, after)).toMatchObject([
      { type: 'refund.created', data: { object: { id, amount: 500, status: 'succeeded' } } },
      {
        type: 'charge.refunded',
        data: {
          object: { id: 'ch_1', amount_refunded: 500, refunded: false },
          previous_attributes: { amount_refunded: 0 },
        },
      },
    ])
  })

  it('says of a charge that it is refunded once nothing is left', () => {
    const before = world(...paid).world
    const { world: after } = accepted(before, create({ charge: 'ch_1' }))
    expect(noticesSince(before, after)[1]).toMatchObject({
      data: {
        object: { amount_refunded: 2_000, refunded: true },
        previous_attributes: { amount_refunded: 0, refunded: false },
      },
    })
  })

  it('succeeds and then fails with a card to which the money comes back', () => {
    const before = world(
      customer(),
      method({ card: 'refundFail' }),
      attached(),
      intent(),
      charge(),
    ).world
    const { world: after, events, result } = accepted(before, create({ charge: 'ch_1' }))
    const { id } = result as RefundView
    expect(result).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    })
    expect(events).toStrictEqual([
      refund({ id }),
      { type: 'RefundFailed', at: NOW, id, charge: 'ch_1', amount: 2_000 },
    ])
    expect(after.charges.need('ch_1').amount_refunded).toBe(0)
    const told = noticesSince(before, after)
    expect(typesOf(told)).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.updated',
      'refund.failed',
    ])
    expect(told.map(({ data }) => data)).toMatchObject([
      { object: { status: 'succeeded' } },
      { object: { amount_refunded: 2_000 } },
      { object: { status: 'failed' }, previous_attributes: { status: 'succeeded' } },
      { object: { amount_refunded: 0 }, previous_attributes: { amount_refunded: 2_000 } },
      { object: { status: 'failed' } },
    ])
  })
})

describe('CreateRefund refuses', () => {
  it('neither a charge nor an intent', () =>
    world(...paid)
      .when(create({}))
      .rejects({
        message:
          'One of the following params should be provided for this request: payment_intent or charge.',
      }))

  it('both', () =>
    world(...paid)
      .when(create({ charge: 'ch_1', payment_intent: 'pi_1' }))
      .rejects({
        message: 'You may only specify one of these parameters: charge, payment_intent.',
      }))

  it('an unknown charge and an unknown intent', () => {
    world(...paid)
      .when(create({ charge: 'ch_x' }))
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such charge: 'ch_x'",
      })
    world(...paid)
      .when(create({ payment_intent: 'pi_x' }))
      .rejects({
        code: 'resource_missing',
        param: 'payment_intent',
        message: "No such payment_intent: 'pi_x'",
      })
  })

  it('while the clock is advancing, before it looks at the charge', () =>
    world(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      intent({ test_clock: 'clock_1', payment_method: null }),
      advancing,
    )
      .when(create({ payment_intent: 'pi_1' }))
      .rejects(underway()))

  it('an intent that was never charged, and a charge that failed', () => {
    const nothing = {
      message: 'This PaymentIntent (pi_1) does not have a successful charge to refund.',
    }
    world(customer(), method(), attached(), intent())
      .when(create({ payment_intent: 'pi_1' }))
      .rejects(nothing)
    const failed = world(
      customer(),
      method(),
      attached(),
      intent(),
      charge({ failure: genericFailure }),
    )
    failed.when(create({ charge: 'ch_1' })).rejects(nothing)
    failed.when(create({ payment_intent: 'pi_1' })).rejects(nothing)
  })

  it('a charge of which nothing is left, whatever the amount', () =>
    world(...paid, refund())
      .when(create({ charge: 'ch_1', amount: 5_000 }))
      .rejects({
        code: 'charge_already_refunded',
        message: 'Charge ch_1 has already been refunded.',
      }))

  it.each([
    ['usd', 2_000, 500, 1_501, '$15.01', '$15.00'],
    ['jpy', 2_000, 500, 1_501, '¥1501', '¥1500'],
    ['usd', 10, 5, 7, '$0.07', '$0.05'],
  ])('more than what is left, in %s', (currency, amount, gone, wanted, asked, left) =>
    world(
      customer(),
      method(),
      attached(),
      intent({ currency, amount }),
      charge({ amount }),
      refund({ amount: gone }),
    )
      .when(create({ charge: 'ch_1', amount: wanted }))
      .rejects({
        param: 'amount',
        message: `Refund amount (${asked}) is greater than unrefunded amount on charge (${left})`,
      }),
  )

  it('no amount at all, and a reason that is none', () => {
    world(...paid)
      .when(create({ charge: 'ch_1', amount: 0 }))
      .rejects({
        code: 'parameter_invalid_integer',
        param: 'amount',
        message: 'This value must be greater than or equal to 1.',
      })
    world(...paid)
      .when(create({ charge: 'ch_1', reason: 'expired_uncaptured_charge' }))
      .rejects({
        param: 'reason',
        message: 'Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer',
      })
  })
})

describe('UpdateRefund', () => {
  it('changes metadata, and tells what it was', () => {
    const before = world(...paid, refund()).world
    const { world: after, events } = accepted(before, update({ metadata: { a: '1' } }))
    expect(events).toStrictEqual([
      { type: 'RefundUpdated', at: NOW, id: 're_1', changes: { metadata: { a: '1' } } },
    ])
    expect(noticesSince(before, after)).toMatchObject([
      {
        type: 'refund.updated',
        data: {
          object: { metadata: { a: '1' } },
          previous_attributes: { metadata: { a: null } },
        },
      },
    ])
  })

  it('records nothing where nothing changes', () =>
    world(...paid, refund())
      .when(update({}))
      .yieldsNothing())

  it('refuses an unknown refund, metadata that outgrows its bounds and an advancing clock', () => {
    world(...paid)
      .when(update({}, 're_x'))
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'refund',
        message: "No such refund: 're_x'",
      })
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
    world(...paid, refund({ metadata }))
      .when(update({ metadata: { more: 'v' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      })
    world(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      method(),
      attached(),
      intent({ test_clock: 'clock_1' }),
      charge({}, 'clock_1'),
      { ...refund(), clock: 'clock_1' },
      advancing,
    )
      .when(update({}))
      .rejects(underway())
  })
})
