import type { World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  type AttemptIntent,
  attemptIntent,
  cancelIntent,
  failAuthentication,
  isOpenIntent,
  openIntent,
} from '../../src/domain/payments/index.js'
import { accepted, given, refusal } from '../support/given.js'
import {
  aCharge,
  anIntent,
  authenticationRequired,
  charge,
  decide,
  genericFailure,
  intent,
  refused,
  typesOf,
} from './intents.js'
import { aCustomer, aMethod, attached, clock, customer, method, NOW, noMethod } from './support.js'

const world = given({ now: NOW })

const opening = (fields: Partial<Parameters<typeof openIntent>[0]> = {}) =>
  openIntent({
    customer: aCustomer(),
    amount: 2_000,
    currency: 'usd',
    description: null,
    invoice: 'in_1',
    payment_method: null,
    setup_future_usage: null,
    ...fields,
  })

const attempt = (fields: Partial<AttemptIntent> = {}) =>
  attemptIntent('pi_1', { payment_method: null, offSession: false, ...fields })

/** A customer with an intent and a card of a kind. */
const ready = (card = 'visa', fields: Parameters<typeof intent>[0] = {}): World =>
  world(customer(), method({ card }), attached(), intent(fields)).world

const asked = (card = 'authenticationRequired', fields: Parameters<typeof intent>[0] = {}) =>
  decide(ready(card, fields), attempt()).world

describe('openIntent', () => {
  it('opens a payment that waits for a method', () => {
    const { result, events, notices } = decide(world(customer()).world, opening())
    const { id } = result
    expect(id).toMatch(/^pi_3[0-9A-Za-z]{23}$/)
    expect(result).toStrictEqual(
      anIntent({ id, payment_method: null, status: 'requires_payment_method' }),
    )
    expect(events).toStrictEqual([
      { type: 'PaymentIntentCreated', at: NOW, payment_intent: result },
    ])
    expect(notices).toMatchObject([
      { type: 'payment_intent.created', created: NOW, data: { object: { id, amount: 2_000 } } },
    ])
  })

  it('waits for confirmation only where there is a method', () => {
    const before = world(customer(), method(), attached()).world
    const { result } = decide(
      before,
      opening({
        payment_method: 'pm_1',
        description: 'Subscription creation',
        setup_future_usage: 'off_session',
      }),
    )
    expect(result).toMatchObject({
      status: 'requires_confirmation',
      payment_method: 'pm_1',
      description: 'Subscription creation',
      setup_future_usage: 'off_session',
    })
  })

  it('opens at the time of the test clock', () => {
    const at = NOW + 86_400
    const before = world(clock(at), customer({ test_clock: 'clock_1' })).world
    const { events } = decide(before, opening({ customer: { id: 'cus_1', test_clock: 'clock_1' } }))
    expect(events).toMatchObject([
      { at, clock: 'clock_1', payment_intent: { created: at, test_clock: 'clock_1' } },
    ])
  })
})

describe('attemptIntent', () => {
  it('charges the card of the intent', () => {
    const { result, events, notices, world: after } = decide(ready(), attempt())
    if (result.kind !== 'succeeded') throw new Error(result.kind)
    const { id } = result.charge
    expect(id).toMatch(/^ch_3[0-9A-Za-z]{23}$/)
    expect(result.charge).toStrictEqual(aCharge({ id }))
    expect(result.intent).toStrictEqual(anIntent({ latest_charge: id, status: 'succeeded' }))
    expect(isOpenIntent(result.intent)).toBe(false)
    expect(events).toStrictEqual([charge({ id })])
    expect(after.paymentMethods.need('pm_1')).toStrictEqual(
      aMethod({ customer: 'cus_1', attempts: 1 }),
    )
    expect(notices).toMatchObject([
      { type: 'charge.succeeded', data: { object: { id, paid: true, status: 'succeeded' } } },
      {
        type: 'payment_intent.succeeded',
        data: { object: { id: 'pi_1', amount_received: 2_000, latest_charge: id } },
      },
    ])
  })

  it('writes on the charge what is written on the intent, at the time of its clock', () => {
    const at = NOW + 86_400
    const before = world(
      clock(at),
      customer({ test_clock: 'clock_1' }),
      method(),
      attached(),
      intent({ test_clock: 'clock_1', description: 'Seats', metadata: { a: '1' } }),
    ).world
    expect(decide(before, attempt({ offSession: true })).events).toMatchObject([
      {
        type: 'ChargeCreated',
        at,
        clock: 'clock_1',
        charge: { created: at, description: 'Seats', metadata: { a: '1' } },
      },
    ])
  })

  it('makes a failed charge of a decline, and waits for another method', () => {
    const { result, events, notices } = decide(ready('chargeCustomerFail'), attempt())
    if (result.kind !== 'declined' || result.charge === null) throw new Error(result.kind)
    const { id } = result.charge
    expect(result.decline).toEqual(genericFailure)
    expect(result.intent).toStrictEqual(
      anIntent({
        last_payment_error: { decline: genericFailure, payment_method: 'pm_1', charge: id },
        latest_charge: id,
        payment_method: null,
        status: 'requires_payment_method',
      }),
    )
    expect(events).toStrictEqual([charge({ id, failure: genericFailure })])
    expect(notices).toMatchObject([
      {
        type: 'charge.failed',
        data: {
          object: {
            failure_code: 'card_declined',
            failure_message: 'Your card was declined.',
            outcome: { reason: 'generic_decline', type: 'issuer_declined' },
            paid: false,
            amount_captured: 0,
            receipt_url: null,
          },
        },
      },
      {
        type: 'payment_intent.payment_failed',
        data: {
          object: {
            amount_received: 0,
            last_payment_error: {
              charge: id,
              code: 'card_declined',
              decline_code: 'generic_decline',
              doc_url: 'https://stripe.com/docs/error-codes/card-declined',
              payment_method: { id: 'pm_1', object: 'payment_method', customer: 'cus_1' },
              type: 'card_error',
            },
          },
        },
      },
    ])
  })

  it('pays with another card after a decline, with a charge of its own', () => {
    const before = decide(ready('chargeCustomerFail'), attempt())
      .world.record(method({ id: 'pm_2' }))
      .record(attached('pm_2'))
      .opened()
    const { result, world: after } = decide(before, attempt({ payment_method: 'pm_2' }))
    expect(result).toMatchObject({
      kind: 'succeeded',
      intent: { last_payment_error: null, payment_method: 'pm_2', status: 'succeeded' },
    })
    expect([...after.charges.by('customer', 'cus_1')].map(({ failure }) => failure)).toEqual([
      genericFailure,
      null,
    ])
  })

  it('follows the script of a card from attempt to attempt', () => {
    const sim_script = 'decline:insufficient_funds,succeed'
    const before = world(
      customer(),
      method({ metadata: { sim_script } }),
      attached(),
      intent(),
    ).world
    const first = decide(before, attempt({ offSession: true }))
    expect(first.result).toMatchObject({
      kind: 'declined',
      decline: { decline_code: 'insufficient_funds' },
    })
    expect(first.notices[0]).toMatchObject({
      data: {
        object: {
          outcome: { seller_message: 'The bank returned the decline code `insufficient_funds`.' },
        },
      },
    })
    const second = decide(first.world, attempt({ payment_method: 'pm_1', offSession: true }))
    expect(second.result.kind).toBe('succeeded')
  })

  it('asks for authentication while the customer is there', () => {
    const {
      result,
      events,
      notices,
      world: after,
    } = decide(ready('authenticationRequired'), attempt())
    expect(result).toStrictEqual({
      kind: 'requires_action',
      intent: anIntent({ status: 'requires_action' }),
    })
    expect(events).toStrictEqual([
      { type: 'PaymentIntentRequiresAction', at: NOW, id: 'pi_1', payment_method: 'pm_1' },
    ])
    expect(after.paymentMethods.need('pm_1').attempts).toBe(1)
    expect(after.charges.size).toBe(0)
    expect(notices).toMatchObject([
      {
        type: 'payment_intent.requires_action',
        data: {
          object: {
            next_action: { type: 'use_stripe_sdk', use_stripe_sdk: {} },
            status: 'requires_action',
          },
        },
      },
    ])
  })

  it('succeeds once she has authenticated', () => {
    const { result, notices } = decide(asked(), attempt({ authenticated: true }))
    expect(result.kind).toBe('succeeded')
    expect(typesOf(notices)).toEqual(['charge.succeeded', 'payment_intent.succeeded'])
  })

  it('may be declined after she has authenticated', () => {
    const before = asked('authenticationRequiredChargeDeclinedInsufficientFunds')
    expect(decide(before, attempt({ authenticated: true })).result).toMatchObject({
      kind: 'declined',
      charge: { failure: { decline_code: 'insufficient_funds' } },
    })
  })

  it('makes no charge off session of a card that asks for authentication', () => {
    const {
      result,
      events,
      notices,
      world: after,
    } = decide(ready('authenticationRequired'), attempt({ offSession: true }))
    expect(result).toStrictEqual({
      kind: 'declined',
      charge: null,
      decline: authenticationRequired,
      intent: anIntent({
        last_payment_error: {
          decline: authenticationRequired,
          payment_method: 'pm_1',
          charge: null,
        },
        payment_method: null,
        status: 'requires_payment_method',
      }),
    })
    expect(events).toStrictEqual([
      {
        type: 'PaymentIntentFailed',
        at: NOW,
        id: 'pi_1',
        decline: authenticationRequired,
        payment_method: 'pm_1',
      },
    ])
    expect(after.paymentMethods.need('pm_1').attempts).toBe(1)
    expect(typesOf(notices)).toEqual(['payment_intent.payment_failed'])
    expect(notices[0]).not.toHaveProperty('data.object.last_payment_error.charge')
  })

  it('sets a card up that is kept for later, where she authenticated', () => {
    const kept = { setup_future_usage: 'off_session' } as const
    const before = asked('authenticationRequiredOnSetup', kept)
    const { world: after, events } = decide(before, attempt({ authenticated: true }))
    expect(events).toMatchObject([{ type: 'ChargeCreated', set_up: true }])
    expect(after.paymentMethods.need('pm_1').set_up).toBe(true)
    const renewal = after.record(intent({ id: 'pi_2' })).opened()
    expect(
      decide(renewal, attemptIntent('pi_2', { payment_method: null, offSession: true })).result
        .kind,
    ).toBe('succeeded')
  })

  it('sets up no card that is not kept for later', () => {
    const before = asked('authenticationRequiredOnSetup')
    const { world: after, events } = decide(before, attempt({ authenticated: true }))
    expect(events[0]).not.toHaveProperty('set_up')
    expect(after.paymentMethods.need('pm_1').set_up).toBe(false)
  })

  it('attaches a card that is kept for later, before it is charged', () => {
    const before = world(
      customer(),
      intent({ payment_method: null, setup_future_usage: 'off_session' }),
    ).world
    const {
      events,
      result,
      notices,
      world: after,
    } = decide(before, attempt({ payment_method: 'pm_card_visa' }))
    expect(events.map(({ type }) => type)).toEqual([
      'PaymentMethodCreated',
      'PaymentMethodAttached',
      'ChargeCreated',
    ])
    expect(typesOf(notices)).toEqual([
      'payment_method.attached',
      'charge.succeeded',
      'payment_intent.succeeded',
    ])
    expect(after.paymentMethods.need(result.intent.payment_method as string)).toMatchObject({
      customer: 'cus_1',
      use: 'open',
    })
  })

  it('uses up a card that is attached to nobody', () => {
    const before = world(customer(), method(), intent({ payment_method: null })).world
    const { world: after } = decide(before, attempt({ payment_method: 'pm_1' }))
    expect(after.paymentMethods.need('pm_1')).toMatchObject({ customer: null, use: 'single_use' })
  })

  it('records nothing without a method', () => {
    const before = world(
      customer(),
      intent({ payment_method: null, status: 'requires_payment_method' }),
    ).world
    const { result, world: after } = decide(before, attempt())
    expect(result.kind).toBe('no_method')
    expect(after).toBe(before)
  })
})

describe('attemptIntent refuses', () => {
  const usedUp = refusal({
    message:
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
  })
  const unexpected = (message: string) =>
    refusal({ code: 'payment_intent_unexpected_state', message })

  it('an intent that is paid', () =>
    expect(refused(decide(ready(), attempt()).world, attempt())).toEqual(
      unexpected(
        'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
      ),
    ))

  it('an intent that is canceled', () =>
    expect(refused(ready('visa', { status: 'canceled' }), attempt())).toEqual(
      unexpected(
        'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.',
      ),
    ))

  it('an authentication that nobody asked for', () => {
    const message =
      'You cannot authenticate this PaymentIntent because it has a status of requires_confirmation. Only a PaymentIntent with the status requires_action may be authenticated.'
    expect(refused(ready(), attempt({ authenticated: true }))).toEqual(unexpected(message))
    expect(refused(ready(), failAuthentication('pi_1'))).toEqual(unexpected(message))
  })

  it('an unknown method', () =>
    expect(refused(ready(), attempt({ payment_method: 'pm_x' }))).toEqual(
      refusal(noMethod('pm_x', 400)),
    ))

  it('a method of another customer', () => {
    const before = world(
      customer(),
      customer({ id: 'cus_2', invoice_prefix: 'B' }),
      method(),
      attached('pm_1', 'cus_2'),
      intent(),
    ).world
    expect(refused(before, attempt())).toEqual(
      refusal({
        param: 'payment_method',
        message:
          'The PaymentMethod pm_1 does not belong to the Customer you supplied cus_1. Please use this PaymentMethod with the Customer that it belongs to instead.',
      }),
    )
  })

  it.each(['single_use', 'gone'] as const)('a method that is %s', (use) =>
    expect(refused(world(customer(), method({ use }), intent()).world, attempt())).toEqual(usedUp),
  )
})

describe('failAuthentication', () => {
  const decline = {
    code: 'payment_intent_authentication_failure',
    decline_code: null,
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
  }

  it('waits for another method, and counts no attempt', () => {
    const { result, events, notices, world: after } = decide(asked(), failAuthentication('pi_1'))
    expect(result).toStrictEqual(
      anIntent({
        last_payment_error: { decline, payment_method: 'pm_1', charge: null },
        payment_method: null,
        status: 'requires_payment_method',
      }),
    )
    expect(events).toStrictEqual([
      {
        type: 'PaymentIntentAuthenticationFailed',
        at: NOW,
        id: 'pi_1',
        decline,
        payment_method: 'pm_1',
      },
    ])
    expect(after.paymentMethods.need('pm_1').attempts).toBe(1)
    expect(notices).toMatchObject([
      {
        type: 'payment_intent.payment_failed',
        data: { object: { last_payment_error: { type: 'invalid_request_error' } } },
      },
    ])
  })
})

describe('cancelIntent', () => {
  it('cancels for a reason of the invoice', () => {
    const { result, events, notices } = decide(ready(), cancelIntent('pi_1', 'void_invoice'))
    expect(result).toStrictEqual(
      anIntent({
        canceled_at: NOW,
        cancellation_reason: 'void_invoice',
        status: 'canceled',
      }),
    )
    expect(events).toStrictEqual([
      { type: 'PaymentIntentCanceled', at: NOW, id: 'pi_1', reason: 'void_invoice' },
    ])
    expect(notices).toMatchObject([
      {
        type: 'payment_intent.canceled',
        data: { object: { status: 'canceled', cancellation_reason: 'void_invoice' } },
      },
    ])
  })

  it('is a bug of ours where the intent is closed', () =>
    expect(() =>
      refused(ready('visa', { status: 'canceled' }), cancelIntent('pi_1', null)),
    ).toThrow('an intent that is canceled is open'))
})

describe('an intent of a customer who joins a test clock', () => {
  it('goes with her', () => {
    const { world: after } = accepted(ready(), {
      type: 'CreateTestClock',
      params: { frozen_time: NOW, customer: 'cus_1' },
    } as never)
    const { test_clock } = after.customers.need('cus_1')
    expect(after.paymentIntents.need('pi_1').test_clock).toBe(test_clock)
    expect(test_clock).not.toBeNull()
  })
})
