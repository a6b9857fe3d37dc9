import type { Command, PaymentMethodView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import {
  advancing,
  aMethod,
  attached,
  clock,
  customer,
  detached,
  genericDecline,
  method,
  methodView,
  NOW,
  noCustomer,
  noMethod,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const attach = (id = 'pm_1', to = 'cus_1'): Command => ({
  type: 'AttachPaymentMethod',
  id,
  params: { customer: to },
})

describe('AttachPaymentMethod', () => {
  it('attaches a card and checks its code, as the live API did', () => {
    world(customer(), method()).when(attach()).yields(attached())
    world(customer(), method())
      .when(attach())
      .answers(methodView({ customer: 'cus_1' }, 'pass'))
  })

  it('does nothing the second time', () =>
    world(customer(), method(), attached()).when(attach()).yieldsNothing())

  it('makes a fresh card of a test id each time', () => {
    const first = accepted(world(customer()).world, attach('pm_card_visa'))
    const { id } = first.result as PaymentMethodView
    expect(id).toMatch(/^pm_1[0-9A-Za-z]{23}$/)
    expect(first.events).toStrictEqual([method({ id }), attached(id)])
    const second = accepted(first.world, attach('pm_card_visa')).result as PaymentMethodView
    expect(second.id).not.toBe(id)
    expect(second.customer).toBe('cus_1')
  })

  it('acts at the time of the test clock, for a customer that is on one', () => {
    const { world: before } = world(
      clock(NOW + 40 * 86_400),
      customer({ test_clock: 'clock_1' }),
      method(),
    )
    const at = NOW + 40 * 86_400
    expect(accepted(before, attach()).events).toEqual([{ ...attached(), at, clock: 'clock_1' }])
    const { events, result } = accepted(before, attach('pm_card_visa'))
    const { id } = result as PaymentMethodView
    expect(result).toMatchObject({ created: at, card: { exp_month: 2, exp_year: 2027 } })
    expect(events).toMatchObject([
      { type: 'PaymentMethodCreated', at, clock: 'clock_1' },
      { type: 'PaymentMethodAttached', at, clock: 'clock_1', id },
    ])
  })

  it('tells of the attachment, and not of the creation', () => {
    const { world: before } = world(customer())
    const { world: after, result } = accepted(before, attach('pm_card_visa'))
    const { id } = result as PaymentMethodView
    expect(noticesSince(before, after)).toMatchObject([
      {
        type: 'payment_method.attached',
        created: NOW,
        data: { object: methodView({ id, customer: 'cus_1' }, 'pass') },
      },
    ])
    expect(noticesSince(before, after)[0]?.data).not.toHaveProperty('previous_attributes')
  })
})

describe('AttachPaymentMethod refuses', () => {
  const usedUp = {
    message:
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
  }

  it.each(['pm_x', 'pm_card_nope', 'pm_card_constructor', 'tok_visa'])(
    'the unknown method %s',
    (id) => world(customer()).when(attach(id)).rejects(noMethod(id)),
  )

  it('an unknown customer, and one that was deleted, before an unknown method', () => {
    world(method()).when(attach()).rejects(noCustomer('cus_1'))
    world(customer(), { type: 'DeleteCustomer', id: 'cus_1' })
      .when(attach('pm_x'))
      .rejects(noCustomer('cus_1'))
  })

  it('no customer', () =>
    world(method())
      .when({ type: 'AttachPaymentMethod', id: 'pm_1', params: {} } as unknown as Command)
      .rejects({
        code: 'parameter_missing',
        param: 'customer',
        message: 'Missing required param: customer.',
      }))

  it('a method of another customer', () =>
    world(customer(), customer({ id: 'cus_2', invoice_prefix: 'B' }), method(), attached())
      .when(attach('pm_1', 'cus_2'))
      .rejects({
        message: 'The payment method you provided has already been attached to a customer.',
      }))

  it('a method that was detached, from her too', () =>
    world(customer(), method(), attached(), detached()).when(attach()).rejects(usedUp))

  it('a method that was charged without being attached', () =>
    world(customer(), method({ use: 'single_use' }))
      .when(attach())
      .rejects(usedUp))

  it('a card that its issuer declines, in the words of the live API; it may be tried again', () => {
    const before = world(customer(), method({ card: 'visa_chargeDeclined' }))
    before.when(attach()).rejects(genericDecline)
    before.when(attach()).rejects(genericDecline)
    expect(before.world.paymentMethods.need('pm_1')).toEqual(
      aMethod({ card: 'visa_chargeDeclined' }),
    )
  })

  it('a customer whose clock is advancing, before an unknown method', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }), advancing)
      .when(attach('pm_x'))
      .rejects(underway()))
})
