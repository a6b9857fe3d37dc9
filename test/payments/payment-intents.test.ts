import { ask, type Command, E, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'
import { anIntent, charge, genericFailure, intent, refund, setup } from './intents.js'
import {
  advance,
  advancing,
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

const past = [customer(), method(), attached()]

const update = (type: 'UpdatePaymentIntent' | 'UpdateCharge', params: object, id: string) =>
  ({ type, id, params }) as Command

const cancel = (params: object = {}, id = 'pi_1') =>
  ({ type: 'CancelPaymentIntent', id, params }) as Command

const noIntent = (id: string) => ({
  status: 404,
  code: 'resource_missing',
  param: 'intent',
  message: `No such payment_intent: '${id}'`,
})

const noCharge = (id: string) => ({
  status: 404,
  code: 'resource_missing',
  param: 'id',
  message: `No such charge: '${id}'`,
})

const full = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
const tooMuch = {
  param: 'metadata',
  message: 'You can only have up to 50 metadata keys, but the update would make 51.',
}

/** What a world answers to a query, or its refusal. */
const on =
  (asked: World) =>
  (type: string, query: object): unknown => {
    const answer = ask(asked, { type, ...query } as never)
    return E.isLeft(answer) ? answer.left : answer.right
  }

/** The world whose test clock, with the customer and her payments on it, is deleted. */
const deleted = accepted(
  world(
    clock(NOW),
    customer({ test_clock: 'clock_1' }),
    method(),
    attached(),
    intent({ test_clock: 'clock_1' }),
    charge({}, 'clock_1'),
    { ...refund({ amount: 500 }), clock: 'clock_1' },
    setup({ test_clock: 'clock_1' }),
  ).world,
  { type: 'DeleteTestClock', id: 'clock_1' },
).world

describe('UpdatePaymentIntent', () => {
  it('changes description and metadata, and tells of nothing', () => {
    const before = world(...past, intent({ metadata: { a: '1' } }))
    const command = update(
      'UpdatePaymentIntent',
      { description: 'Seats', metadata: { b: '2' } },
      'pi_1',
    )
    before.when(command).yields({
      type: 'PaymentIntentUpdated',
      at: NOW,
      id: 'pi_1',
      changes: { description: 'Seats', metadata: { a: '1', b: '2' } },
    })
    const { world: after, result } = accepted(before.world, command)
    expect(result).toMatchObject({ description: 'Seats', metadata: { a: '1', b: '2' } })
    expect(noticesSince(before.world, after)).toEqual([])
  })

  it('takes a description away', () => {
    const before = world(...past, intent({ description: 'Seats' }))
    before.when(update('UpdatePaymentIntent', { description: '' }, 'pi_1')).yields({
      type: 'PaymentIntentUpdated',
      at: NOW,
      id: 'pi_1',
      changes: { description: null },
    })
  })

  it('records nothing where nothing changes', () =>
    world(...past, intent({ description: 'Seats' }))
      .when(update('UpdatePaymentIntent', { description: 'Seats' }, 'pi_1'))
      .yieldsNothing())

  it('refuses an unknown intent, and one that went with its clock', () => {
    world(...past)
      .when(update('UpdatePaymentIntent', {}, 'pi_x'))
      .rejects(noIntent('pi_x'))
    expect(() => accepted(deleted, update('UpdatePaymentIntent', {}, 'pi_1'))).toThrow(
      noIntent('pi_1').message,
    )
  })

  it('refuses while the clock is advancing', () =>
    world(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      intent({ test_clock: 'clock_1', payment_method: null }),
      advancing,
    )
      .when(update('UpdatePaymentIntent', {}, 'pi_1'))
      .rejects(underway()))

  it('refuses metadata that outgrows its bounds', () =>
    world(...past, intent({ metadata: full }))
      .when(update('UpdatePaymentIntent', { metadata: { more: 'v' } }, 'pi_1'))
      .rejects(tooMuch))
})

describe('CancelPaymentIntent', () => {
  it('cancels an intent that stands by itself', () => {
    const before = world(...past, intent({ invoice: null }))
    before.when(cancel({ cancellation_reason: 'abandoned' })).yields({
      type: 'PaymentIntentCanceled',
      at: NOW,
      id: 'pi_1',
      reason: 'abandoned',
    })
    const { world: after, result } = accepted(before.world, cancel())
    expect(result).toMatchObject({
      status: 'canceled',
      canceled_at: NOW,
      cancellation_reason: null,
    })
    expect(noticesSince(before.world, after)).toMatchObject([{ type: 'payment_intent.canceled' }])
  })

  it('refuses the intent of an invoice', () =>
    world(...past, intent())
      .when(cancel())
      .rejects({
        message:
          'You cannot cancel PaymentIntents created by invoices. Try voiding the invoice instead.',
      }))

  it.each(['succeeded', 'canceled'] as const)(
    'refuses an intent that is %s, before it asks for the invoice',
    (status) =>
      world(...past, intent({ status }))
        .when(cancel())
        .rejects({
          code: 'payment_intent_unexpected_state',
          message: `You cannot cancel this PaymentIntent because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
        }),
  )

  it('refuses an unknown intent', () =>
    world(...past)
      .when(cancel({}, 'pi_x'))
      .rejects(noIntent('pi_x')))
})

describe('UpdateCharge', () => {
  it('changes description and metadata, and tells what they were', () => {
    const before = world(...past, intent(), charge())
    const command = update('UpdateCharge', { description: 'Seats', metadata: { a: '1' } }, 'ch_1')
    before.when(command).yields({
      type: 'ChargeUpdated',
      at: NOW,
      id: 'ch_1',
      changes: { description: 'Seats', metadata: { a: '1' } },
    })
    const { world: after } = accepted(before.world, command)
    expect(noticesSince(before.world, after)).toMatchObject([
      {
        type: 'charge.updated',
        data: {
          object: { description: 'Seats' },
          previous_attributes: { description: null, metadata: { a: null } },
        },
      },
    ])
  })

  it('records nothing where nothing changes', () =>
    world(...past, intent(), charge())
      .when(update('UpdateCharge', { description: '' }, 'ch_1'))
      .yieldsNothing())

  it('refuses an unknown charge, metadata that outgrows its bounds and an advancing clock', () => {
    world(...past)
      .when(update('UpdateCharge', {}, 'ch_x'))
      .rejects(noCharge('ch_x'))
    world(...past, intent(), charge({ metadata: full }))
      .when(update('UpdateCharge', { metadata: { more: 'v' } }, 'ch_1'))
      .rejects(tooMuch)
    world(
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      method(),
      attached(),
      intent({ test_clock: 'clock_1' }),
      charge({}, 'clock_1'),
      advancing,
    )
      .when(update('UpdateCharge', {}, 'ch_1'))
      .rejects(underway())
  })
})

describe('reading intents, charges, refunds and setup intents', () => {
  const { world: full } = world(
    ...past,
    customer({ id: 'cus_2', invoice_prefix: 'B' }),
    method({ id: 'pm_2' }),
    attached('pm_2', 'cus_2'),
    intent(),
    charge(),
    refund({ amount: 500 }),
    intent({ id: 'pi_2', customer: 'cus_2', payment_method: 'pm_2', created: NOW + 5 }),
    charge({
      id: 'ch_2',
      payment_intent: 'pi_2',
      payment_method: 'pm_2',
      failure: genericFailure,
      customer: 'cus_2',
    }),
    charge({
      id: 'ch_3',
      payment_intent: 'pi_2',
      payment_method: 'pm_2',
      created: NOW + 5,
      customer: 'cus_2',
    }),
    refund({ id: 're_2', charge: 'ch_3', created: NOW + 5 }),
    setup(),
    setup({ id: 'seti_2', customer: 'cus_2', payment_method: 'pm_2', created: NOW + 5 }),
    setup({ id: 'seti_3', customer: null, payment_method: null }),
  )
  const asks = on(full)

  it.each([
    ['RetrievePaymentIntent', 'pi_1', 'payment_intent'],
    ['RetrieveCharge', 'ch_1', 'charge'],
    ['RetrieveRefund', 're_1', 'refund'],
    ['RetrieveSetupIntent', 'seti_1', 'setup_intent'],
  ])('%s answers the object', (type, id, object) =>
    expect(asks(type, { id })).toMatchObject({ id, object, customer: 'cus_1' }),
  )

  it.each([
    ['RetrievePaymentIntent', 'pi_1', noIntent('pi_1')],
    ['RetrieveCharge', 'ch_1', noCharge('ch_1')],
    [
      'RetrieveRefund',
      're_1',
      {
        status: 404,
        code: 'resource_missing',
        param: 'refund',
        message: "No such refund: 're_1'",
      },
    ],
    [
      'RetrieveSetupIntent',
      'seti_1',
      {
        status: 404,
        code: 'resource_missing',
        param: 'intent',
        message: "No such setupintent: 'seti_1'",
      },
    ],
  ])('%s refuses what was never there, and what went with its clock', (type, id, expected) => {
    const rejection = { type: 'invalid_request_error', ...expected }
    expect(on(world().world)(type, { id })).toEqual(rejection)
    expect(on(deleted)(type, { id })).toEqual(rejection)
  })

  it.each([
    ['ListPaymentIntents', {}, ['pi_2', 'pi_1'], '/v1/payment_intents'],
    ['ListPaymentIntents', { customer: 'cus_1' }, ['pi_1'], '/v1/payment_intents'],
    ['ListPaymentIntents', { created: { gt: NOW } }, ['pi_2'], '/v1/payment_intents'],
    ['ListPaymentIntents', { starting_after: 'pi_2' }, ['pi_1'], '/v1/payment_intents'],
    ['ListCharges', {}, ['ch_3', 'ch_2', 'ch_1'], '/v1/charges'],
    ['ListCharges', { customer: 'cus_1' }, ['ch_1'], '/v1/charges'],
    ['ListCharges', { payment_intent: 'pi_2' }, ['ch_3', 'ch_2'], '/v1/charges'],
    ['ListCharges', { payment_intent: 'pi_2', created: NOW }, ['ch_2'], '/v1/charges'],
    ['ListRefunds', {}, ['re_2', 're_1'], '/v1/refunds'],
    ['ListRefunds', { charge: 'ch_1' }, ['re_1'], '/v1/refunds'],
    ['ListRefunds', { payment_intent: 'pi_2' }, ['re_2'], '/v1/refunds'],
    ['ListRefunds', { created: { lte: NOW } }, ['re_1'], '/v1/refunds'],
    ['ListSetupIntents', {}, ['seti_3', 'seti_2', 'seti_1'], '/v1/setup_intents'],
    ['ListSetupIntents', { customer: 'cus_2' }, ['seti_2'], '/v1/setup_intents'],
    ['ListSetupIntents', { payment_method: 'pm_1' }, ['seti_1'], '/v1/setup_intents'],
    ['ListSetupIntents', { created: { gt: NOW } }, ['seti_2'], '/v1/setup_intents'],
  ])('%s %j lists %j', (type, params, ids, url) => {
    const list = asks(type, { params }) as { data: { id: string }[]; url: string }
    expect(list.data.map(({ id }) => id)).toEqual(ids)
    expect(list.url).toBe(url)
  })

  it.each(['ListPaymentIntents', 'ListCharges', 'ListRefunds', 'ListSetupIntents'])(
    '%s lists nothing that went with its clock',
    (type) => expect(on(deleted)(type, {})).toMatchObject({ data: [] }),
  )

  const noIntentIn = { ...noIntent('pi_x'), status: 400, param: 'payment_intent' }
  it.each([
    ['ListPaymentIntents', { customer: 'cus_x' }, noCustomer('cus_x')],
    ['ListCharges', { customer: 'cus_x', payment_intent: 'pi_x' }, noCustomer('cus_x')],
    ['ListCharges', { payment_intent: 'pi_x' }, noIntentIn],
    ['ListRefunds', { charge: 'ch_x' }, { ...noCharge('ch_x'), status: 400, param: 'charge' }],
    ['ListRefunds', { payment_intent: 'pi_x' }, noIntentIn],
    ['ListSetupIntents', { customer: 'cus_x', payment_method: 'pm_x' }, noCustomer('cus_x')],
    ['ListSetupIntents', { payment_method: 'pm_x' }, noMethod('pm_x', 400)],
  ])('%s %j is refused', (type, params, expected) =>
    expect(asks(type, { params })).toEqual({
      status: 400,
      type: 'invalid_request_error',
      ...expected,
    }),
  )
})

describe('an intent on a test clock', () => {
  it('is written to at the time of the clock', () => {
    const at = NOW + 60
    const before = accepted(
      world(clock(NOW), customer({ test_clock: 'clock_1' }), intent({ test_clock: 'clock_1' }))
        .world,
      advance(at, 'clock_1'),
    ).world
    const { events, world: after } = accepted(
      before,
      update('UpdatePaymentIntent', { description: 'Seats' }, 'pi_1'),
    )
    expect(events).toMatchObject([{ at, clock: 'clock_1' }])
    expect(after.paymentIntents.need('pi_1')).toEqual(
      anIntent({ description: 'Seats', test_clock: 'clock_1' }),
    )
  })
})
