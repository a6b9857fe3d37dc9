import type { Command, World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  authenticateSetupIntent,
  cancelSetupIntent,
  confirmSetupIntent,
  openSetupIntent,
  type SetupIntentView,
} from '../../src/domain/payments/index.js'
import { accepted, given, refusal } from '../support/given.js'
import { aSetup, decide, genericFailure, refused, setup, typesOf } from './intents.js'
import {
  aCustomer,
  advancing,
  aMethod,
  attached,
  clock,
  customer,
  method,
  NOW,
  noCustomer,
  noMethod,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const create = (params: object = {}): Command => ({ type: 'CreateSetupIntent', params }) as Command

const update = (params: object, id = 'seti_1'): Command =>
  ({ type: 'UpdateSetupIntent', id, params }) as Command

/** A customer with a setup intent and a card of a kind that is not hers yet. */
const ready = (card = 'visa', fields: Parameters<typeof setup>[0] = {}): World =>
  world(customer(), method({ card }), setup(fields)).world

const asked = () => decide(ready('authenticationRequired'), confirmSetupIntent('seti_1')).world

const unexpected = (message: string) => refusal({ code: 'setup_intent_unexpected_state', message })

describe('openSetupIntent', () => {
  it('opens what a subscription waits for', () => {
    const { result, events, notices } = decide(
      world(customer()).world,
      openSetupIntent({
        customer: aCustomer(),
        payment_method: null,
        usage: 'off_session',
        subscription: 'sub_1',
      }),
    )
    const { id } = result
    expect(id).toMatch(/^seti_1[0-9A-Za-z]{23}$/)
    expect(events).toStrictEqual([
      {
        type: 'SetupIntentCreated',
        at: NOW,
        setup_intent: aSetup({
          id,
          payment_method: null,
          status: 'requires_payment_method',
          subscription: 'sub_1',
        }),
      },
    ])
    expect(notices).toMatchObject([{ type: 'setup_intent.created', data: { object: { id } } }])
    expect(notices[0]).not.toHaveProperty('data.object.subscription')
  })
})

describe('CreateSetupIntent', () => {
  it('waits for a method, for nobody in particular', () => {
    const { events } = accepted(world().world, create())
    expect(events).toMatchObject([
      {
        setup_intent: {
          customer: null,
          payment_method: null,
          status: 'requires_payment_method',
          usage: 'off_session',
        },
      },
    ])
  })

  it('waits for confirmation where there is a method, at the time of the clock', () => {
    const at = NOW + 60
    const { world: before } = world(clock(at), customer({ test_clock: 'clock_1' }))
    const { events, result } = accepted(
      before,
      create({
        customer: 'cus_1',
        description: 'Later',
        metadata: { a: '1' },
        payment_method: 'pm_card_visa',
        payment_method_types: ['card'],
        usage: 'on_session',
      }),
    )
    expect(events).toMatchObject([
      { type: 'PaymentMethodCreated', at, clock: 'clock_1' },
      { type: 'SetupIntentCreated', at, clock: 'clock_1' },
    ])
    expect(result).toMatchObject({
      created: at,
      description: 'Later',
      metadata: { a: '1' },
      status: 'requires_confirmation',
      usage: 'on_session',
    })
    expect((result as SetupIntentView).payment_method).toMatch(/^pm_1/)
  })

  it('refuses an unknown customer, an advancing clock and an unknown method, in this order', () => {
    world()
      .when(create({ customer: 'cus_x', payment_method: 'pm_x' }))
      .rejects(noCustomer('cus_x'))
    world(clock(NOW), customer({ test_clock: 'clock_1' }), advancing)
      .when(create({ customer: 'cus_1', payment_method: 'pm_x' }))
      .rejects(underway())
    world()
      .when(create({ payment_method: 'pm_x' }))
      .rejects(noMethod('pm_x', 400))
  })

  it('refuses the method of a customer who is not named', () =>
    world(customer(), method(), attached())
      .when(create({ payment_method: 'pm_1' }))
      .rejects({
        param: 'payment_method',
        message:
          'The payment method supplied (pm_1) belongs to the Customer cus_1. Please include the Customer in the `customer` parameter on the SetupIntent.',
      }))
})

describe('UpdateSetupIntent', () => {
  it('changes description and metadata, and tells of nothing', () => {
    const before = ready()
    const { world: after, events } = accepted(
      before,
      update({ description: 'Later', metadata: { a: '1' } }),
    )
    expect(events).toStrictEqual([
      {
        type: 'SetupIntentUpdated',
        at: NOW,
        id: 'seti_1',
        changes: { description: 'Later', metadata: { a: '1' } },
      },
    ])
    expect(noticesSince(before, after)).toEqual([])
  })

  it('records nothing where nothing changes', () =>
    world(customer(), setup({ payment_method: null }))
      .when(update({}))
      .yieldsNothing())

  it('refuses an unknown intent, metadata that outgrows its bounds and an advancing clock', () => {
    world().when(update({}, 'seti_x')).rejects({
      status: 404,
      code: 'resource_missing',
      param: 'intent',
      message: "No such setupintent: 'seti_x'",
    })
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
    world(customer(), setup({ payment_method: null, metadata }))
      .when(update({ metadata: { more: 'v' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      })
    world(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      setup({ payment_method: null, test_clock: 'clock_1' }),
      advancing,
    )
      .when(update({}))
      .rejects(underway())
  })
})

describe('confirmSetupIntent', () => {
  it('attaches the method to the customer and sets it up', () => {
    const { result, events, notices, world: after } = decide(ready(), confirmSetupIntent('seti_1'))
    expect(result).toStrictEqual({
      kind: 'succeeded',
      intent: aSetup({ status: 'succeeded' }),
    })
    expect(events).toStrictEqual([
      attached(),
      { type: 'SetupIntentSucceeded', at: NOW, id: 'seti_1', payment_method: 'pm_1' },
    ])
    expect(after.paymentMethods.need('pm_1')).toStrictEqual(
      aMethod({ customer: 'cus_1', set_up: true }),
    )
    expect(typesOf(notices)).toEqual(['payment_method.attached', 'setup_intent.succeeded'])
  })

  it('takes the method that is named, for nobody in particular', () => {
    const before = ready('visa', { customer: null, payment_method: null })
    const { result, events } = decide(
      before,
      confirmSetupIntent('seti_1', { payment_method: 'pm_1' }),
    )
    expect(result).toMatchObject({ kind: 'succeeded', intent: { payment_method: 'pm_1' } })
    expect(events).toHaveLength(1)
  })

  it('asks for authentication', () => {
    const {
      result,
      events,
      notices,
      world: after,
    } = decide(ready('authenticationRequired'), confirmSetupIntent('seti_1'))
    expect(result.kind).toBe('requires_action')
    expect(events).toStrictEqual([
      { type: 'SetupIntentRequiresAction', at: NOW, id: 'seti_1', payment_method: 'pm_1' },
    ])
    expect(after.paymentMethods.need('pm_1')).toMatchObject({ customer: null, set_up: false })
    expect(notices).toMatchObject([
      {
        type: 'setup_intent.requires_action',
        data: { object: { next_action: { type: 'use_stripe_sdk' } } },
      },
    ])
  })

  it('asks a card that is set up only where each payment asks', () => {
    const again = (card: string) =>
      decide(
        world(customer(), method({ card, set_up: true }), setup()).world,
        confirmSetupIntent('seti_1'),
      ).result.kind
    expect(again('authenticationRequiredOnSetup')).toBe('succeeded')
    expect(again('authenticationRequired')).toBe('requires_action')
  })

  it('sets up a card that is declined only when it is charged', () =>
    expect(decide(ready('chargeCustomerFail'), confirmSetupIntent('seti_1')).result.kind).toBe(
      'succeeded',
    ))

  it('fails with a card whose issuer declines', () => {
    const { result, events, notices } = decide(
      ready('visa_chargeDeclined'),
      confirmSetupIntent('seti_1'),
    )
    expect(result).toStrictEqual({
      kind: 'declined',
      decline: genericFailure,
      intent: aSetup({
        last_setup_error: { decline: genericFailure, payment_method: 'pm_1' },
        payment_method: null,
        status: 'requires_payment_method',
      }),
    })
    expect(events).toStrictEqual([
      {
        type: 'SetupIntentFailed',
        at: NOW,
        id: 'seti_1',
        decline: genericFailure,
        payment_method: 'pm_1',
      },
    ])
    expect(notices).toMatchObject([
      {
        type: 'setup_intent.setup_failed',
        data: {
          object: {
            last_setup_error: { code: 'card_declined', payment_method: { id: 'pm_1' } },
          },
        },
      },
    ])
  })

  it('refuses a missing method, before it looks at the status', () =>
    expect(
      refused(
        ready('visa', { payment_method: null, status: 'canceled' }),
        confirmSetupIntent('seti_1'),
      ),
    ).toEqual(
      unexpected(
        "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      ),
    ))

  it.each([
    ['succeeded', 'already succeeded'],
    ['canceled', 'been canceled'],
  ] as const)('refuses an intent that is %s', (status, what) =>
    expect(refused(ready('visa', { status }), confirmSetupIntent('seti_1'))).toEqual(
      unexpected(`You cannot confirm this SetupIntent because it has ${what}.`),
    ),
  )

  it('refuses an unknown method, and a customer who was deleted', () => {
    expect(refused(ready(), confirmSetupIntent('seti_1', { payment_method: 'pm_x' }))).toEqual(
      refusal(noMethod('pm_x', 400)),
    )
    const { world: alone } = accepted(ready(), { type: 'DeleteCustomer', id: 'cus_1' })
    expect(refused(alone, confirmSetupIntent('seti_1'))).toEqual(refusal(noCustomer('cus_1')))
  })
})

describe('authenticateSetupIntent', () => {
  it('sets the method up', () => {
    const {
      result,
      notices,
      world: after,
    } = decide(asked(), authenticateSetupIntent('seti_1', true))
    expect(result.kind).toBe('succeeded')
    expect(after.paymentMethods.need('pm_1')).toMatchObject({ customer: 'cus_1', set_up: true })
    expect(typesOf(notices)).toEqual(['payment_method.attached', 'setup_intent.succeeded'])
  })

  it('fails, and waits for another method', () => {
    const { result, notices } = decide(asked(), authenticateSetupIntent('seti_1', false))
    expect(result).toMatchObject({
      kind: 'declined',
      intent: { payment_method: null, status: 'requires_payment_method' },
    })
    expect(notices).toMatchObject([
      {
        type: 'setup_intent.setup_failed',
        data: {
          object: {
            last_setup_error: {
              code: 'setup_intent_authentication_failure',
              type: 'invalid_request_error',
            },
          },
        },
      },
    ])
  })

  it('refuses what nobody asked for', () =>
    expect(refused(ready(), authenticateSetupIntent('seti_1', true))).toEqual(
      unexpected(
        'You cannot authenticate this SetupIntent because it has a status of requires_confirmation. Only a SetupIntent with the status requires_action may be authenticated.',
      ),
    ))
})

describe('cancelSetupIntent', () => {
  it('cancels, and keeps the method', () => {
    const { result, events, notices } = decide(ready(), cancelSetupIntent('seti_1', 'abandoned'))
    expect(result).toStrictEqual(aSetup({ cancellation_reason: 'abandoned', status: 'canceled' }))
    expect(events).toStrictEqual([
      { type: 'SetupIntentCanceled', at: NOW, id: 'seti_1', reason: 'abandoned' },
    ])
    expect(typesOf(notices)).toEqual(['setup_intent.canceled'])
  })

  it.each([
    ['canceled', 'it is already canceled.'],
    [
      'succeeded',
      'it has a status of succeeded. Only a SetupIntent with one of the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or `requires_action`.',
    ],
  ] as const)('refuses an intent that is %s', (status, why) =>
    expect(refused(ready('visa', { status }), cancelSetupIntent('seti_1'))).toEqual(
      unexpected(`You cannot cancel this SetupIntent because ${why}`),
    ),
  )
})
