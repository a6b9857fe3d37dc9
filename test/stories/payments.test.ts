import type { CommandOf, Rejection } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { refusal } from '../support/given.js'
import { DAY, HOUR, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600

type Params = Omit<CommandOf<'CreateSubscription'>['params'], 'customer'>
type Behavior = NonNullable<Params['payment_behavior']>

const rejection = (act: () => unknown): Rejection | undefined => {
  try {
    act()
  } catch (error) {
    return (error as { readonly rejection: Rejection }).rejection
  }
  return undefined
}

const FAILS = 'pm_card_chargeCustomerFail'
const ASKS = 'pm_card_authenticationRequired'
const WORKS = 'pm_card_visa'

describe('A first payment', () => {
  it.each<
    readonly [
      Behavior,
      string | null,
      readonly [status: string, invoice: string, attempts: number, intent: string],
    ]
  >([
    ['allow_incomplete', WORKS, ['active', 'paid', 1, 'succeeded']],
    ['allow_incomplete', FAILS, ['incomplete', 'open', 1, 'requires_payment_method']],
    ['allow_incomplete', ASKS, ['incomplete', 'open', 0, 'requires_action']],
    ['default_incomplete', WORKS, ['incomplete', 'open', 0, 'requires_confirmation']],
    ['default_incomplete', null, ['incomplete', 'open', 0, 'requires_payment_method']],
    ['error_if_incomplete', WORKS, ['active', 'paid', 1, 'succeeded']],
  ])('with %s by %s leaves this', (payment_behavior, card, expected) => {
    const life = new Life(APRIL, { card })
    const { id } = life.monthly(1_000, { payment_behavior })
    const { status, attempt_count } = life.invoice(0)
    expect([
      life.subscription(id).status,
      status,
      attempt_count,
      life.intent().status,
    ]).toStrictEqual(expected)
  })

  it.each(['allow_incomplete', 'default_incomplete', 'error_if_incomplete'] as const)(
    'is none where nothing is to be paid (%s)',
    (payment_behavior) => {
      const life = new Life(APRIL, { card: FAILS })
      expect(life.monthly(0, { payment_behavior }).status).toBe('active')
      expect(life.monthly(1_000, { payment_behavior, trial_period_days: 7 }).status).toBe(
        'trialing',
      )
      expect(
        life.sim.ask({ type: 'ListPaymentIntents', params: { customer: life.customer } }).data,
      ).toStrictEqual([])
    },
  )

  it('fails where the customer is away and would be asked', () => {
    const life = new Life(APRIL, { card: ASKS })
    expect(life.monthly(1_000, { off_session: true }).status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({ status: 'open', attempt_count: 1 })
    expect(life.intent()).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'authentication_required' },
    })
  })

  it('is told to need authentication where that is refused, in these words', () => {
    const life = new Life(APRIL, { card: ASKS })
    const items = [{ price: life.price(1_000) }]
    const before = life.sim.world
    expect(
      rejection(() => life.subscribe({ items, payment_behavior: 'error_if_incomplete' })),
    ).toStrictEqual(
      refusal({
        status: 402,
        type: 'card_error',
        code: 'subscription_payment_intent_requires_action',
        message:
          "Payment for this subscription requires additional user action, but the requested payment behavior doesn't save the invoice or PaymentIntent. Retry the request with `payment_behavior=allow_incomplete` or `payment_behavior=default_incomplete`, then complete the PaymentIntent on the subscription's latest invoice. Additional information is available here: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
      }),
    )
    expect(life.sim.world).toBe(before)
  })

  it('is made by any of three methods, the nearest first', () => {
    const life = new Life(APRIL, { card: FAILS })
    const { id: own } = life.run({
      type: 'AttachPaymentMethod',
      id: 'pm_card_mastercard',
      params: { customer: life.customer },
    })
    const { id } = life.monthly(1_000, { default_payment_method: own })
    expect(life.subscription(id).status).toBe('active')
    expect(life.intent()).toMatchObject({ payment_method: own })
    life.to(MAY)
    const draft = life.invoice(-1).id
    const third = life.run({
      type: 'AttachPaymentMethod',
      id: 'pm_card_amex',
      params: { customer: life.customer },
    }).id
    life.run({ type: 'UpdateInvoice', id: draft, params: { default_payment_method: third } })
    life.to(MAY + HOUR)
    expect(life.intent()).toMatchObject({ payment_method: third, status: 'succeeded' })
  })

  it.each([
    ['void', 'ConfirmPaymentIntent', {}, 'cancel'],
    ['void', 'AuthenticatePaymentIntent', { outcome: 'succeed' }, 'cancel'],
    ['paid out of band', 'ConfirmPaymentIntent', {}, 'can no longer be paid.'],
    [
      'paid out of band',
      'AuthenticatePaymentIntent',
      { outcome: 'succeed' },
      'The invoice of this PaymentIntent can no longer be paid.',
    ],
  ] as const)('of an invoice that is %s is not made by %s', (how, type, params, message) => {
    const life = new Life(APRIL, { card: ASKS })
    life.monthly(1_000)
    const { id } = life.intent()
    const invoice = life.invoice(0).id
    if (how === 'void') life.run({ type: 'VoidInvoice', id: invoice })
    else life.run({ type: 'PayInvoice', id: invoice, params: { paid_out_of_band: true } })
    const before = life.sim.world
    expect(rejection(() => life.run({ type, id, params } as never))).toMatchObject({
      status: 400,
      code: 'payment_intent_unexpected_state',
      message: expect.stringContaining(message),
    })
    expect(life.sim.world).toBe(before)
  })
})

describe('Of an incomplete subscription', () => {
  const incomplete = (params: Partial<Params> = {}) => {
    const life = new Life(APRIL, { card: FAILS })
    const { id } = life.monthly(1_000, params)
    return { life, id, invoice: life.invoice(0).id, intent: life.intent().id }
  }

  it('a confirmation by another method begins it, and the method is kept where that was asked', () => {
    const { life, id, intent } = incomplete({
      payment_settings: { save_default_payment_method: 'on_subscription' },
    })
    const { id: works } = life.run({
      type: 'AttachPaymentMethod',
      id: WORKS,
      params: { customer: life.customer },
    })
    life.run({ type: 'ConfirmPaymentIntent', id: intent, params: { payment_method: works } })
    expect(life.subscription(id)).toMatchObject({ status: 'active', default_payment_method: works })
  })

  it('a confirmation that fails again leaves it as it was', () => {
    const { life, id, intent } = incomplete()
    expect(life.run({ type: 'ConfirmPaymentIntent', id: intent })).toMatchObject({
      status: 'requires_payment_method',
    })
    expect(life.subscription(id).status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({ attempt_count: 1, next_payment_attempt: null })
  })

  it('a payment out of band begins it', () => {
    const { life, id, invoice } = incomplete()
    life.run({ type: 'PayInvoice', id: invoice, params: { paid_out_of_band: true } })
    expect(life.subscription(id).status).toBe('active')
  })

  it('a void first invoice expires it', () => {
    const { life, id, invoice } = incomplete()
    life.run({ type: 'VoidInvoice', id: invoice })
    expect(life.subscription(id)).toMatchObject({
      status: 'incomplete_expired',
      ended_at: APRIL,
      canceled_at: null,
      cancellation_details: { reason: null },
    })
  })
})

describe('A setup that a subscription waits for', () => {
  const waiting = (params: Partial<Params> = {}, card: string | null = null) => {
    const life = new Life(APRIL, { card })
    const { id, pending_setup_intent } = life.monthly(1_000, { trial_period_days: 7, ...params })
    return { life, id, setup: pending_setup_intent as string }
  }

  it.each([
    [null, 'requires_payment_method'],
    [ASKS, 'requires_confirmation'],
  ] as const)('is asked for where the method is %s', (card, status) => {
    const { life, setup } = waiting({}, card)
    expect(life.sim.ask({ type: 'RetrieveSetupIntent', id: setup })).toMatchObject({
      status,
      usage: 'off_session',
      customer: life.customer,
    })
  })

  it.each([
    ['a card that works', {}, WORKS],
    ['an invoice that is sent', { collection_method: 'send_invoice', days_until_due: 5 }, null],
  ] as const)('is none with %s', (_, params, card) =>
    expect(waiting(params, card).setup).toBeNull(),
  )

  it('is done once the customer has authenticated, and not before', () => {
    const { life, id, setup } = waiting()
    const { id: asks } = life.run({
      type: 'AttachPaymentMethod',
      id: ASKS,
      params: { customer: life.customer },
    })
    life.run({ type: 'ConfirmSetupIntent', id: setup, params: { payment_method: asks } })
    expect(life.subscription(id).pending_setup_intent).toBe(setup)
    life.run({ type: 'AuthenticateSetupIntent', id: setup, params: { outcome: 'fail' } })
    expect(life.subscription(id).pending_setup_intent).toBe(setup)
    life.run({ type: 'ConfirmSetupIntent', id: setup, params: { payment_method: asks } })
    life.run({ type: 'AuthenticateSetupIntent', id: setup, params: { outcome: 'succeed' } })
    expect(life.subscription(id)).toMatchObject({
      pending_setup_intent: null,
      default_payment_method: null,
    })
  })

  it('is waited for no longer once it is canceled', () => {
    const { life, id, setup } = waiting()
    life.run({ type: 'CancelSetupIntent', id: setup })
    expect(life.subscription(id).pending_setup_intent).toBeNull()
  })

  it('is canceled with the subscription', () => {
    const { life, id, setup } = waiting()
    life.run({ type: 'CancelSubscription', id })
    expect(life.subscription(id).pending_setup_intent).toBeNull()
    expect(life.sim.ask({ type: 'RetrieveSetupIntent', id: setup }).status).toBe('canceled')
  })
})

describe('The payment of an early end of a trial', () => {
  const trialing = (card: string) => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { trial_period_days: 7 })
    life.paysBy(card)
    return { life, id }
  }

  it.each<readonly [Behavior, string, readonly [string, string, number]]>([
    ['allow_incomplete', WORKS, ['active', 'paid', 1]],
    ['allow_incomplete', FAILS, ['past_due', 'open', 1]],
    ['allow_incomplete', ASKS, ['past_due', 'open', 1]],
    ['default_incomplete', WORKS, ['past_due', 'open', 0]],
    ['error_if_incomplete', WORKS, ['active', 'paid', 1]],
  ])('with %s by %s leaves this', (payment_behavior, card, expected) => {
    const { life, id } = trialing(card)
    life.update(id, { trial_end: 'now', payment_behavior, off_session: true })
    const { status, attempt_count } = life.invoice(-1)
    expect([life.subscription(id).status, status, attempt_count]).toStrictEqual(expected)
  })

  it('that asks for its customer is past due until she has authenticated', () => {
    const { life, id } = trialing(ASKS)
    life.update(id, { trial_end: 'now' })
    expect(life.subscription(id).status).toBe('past_due')
    life.run({
      type: 'AuthenticatePaymentIntent',
      id: life.intent().id,
      params: { outcome: 'succeed' },
    })
    expect(life.subscription(id).status).toBe('active')
  })

  it.each([
    [FAILS, 'card_declined'],
    [ASKS, 'subscription_payment_intent_requires_action'],
  ])('by %s is refused where it is told to fail whole', (card, code) => {
    const { life, id } = trialing(card)
    const before = life.sim.world
    const end = (): unknown =>
      life.update(id, { trial_end: 'now', payment_behavior: 'error_if_incomplete' })
    expect(rejection(end)).toMatchObject({ status: 402, type: 'card_error', code })
    expect(life.sim.world).toBe(before)
  })
})

describe('An authentication that fails', () => {
  it('is no failure of an invoice that was paid out of band meanwhile', () => {
    const life = new Life(APRIL, { card: ASKS })
    const { id } = life.monthly(1_000)
    const intent = life.intent().id
    life.run({ type: 'PayInvoice', id: life.invoice(0).id, params: { paid_out_of_band: true } })
    const before = life.sim.world
    const fail = (): unknown =>
      life.run({ type: 'AuthenticatePaymentIntent', id: intent, params: { outcome: 'fail' } })
    expect(rejection(fail)).toStrictEqual(
      refusal({
        code: 'payment_intent_unexpected_state',
        message: 'The invoice of this PaymentIntent can no longer be paid.',
      }),
    )
    expect(life.sim.world).toBe(before)
    expect(life.subscription(id).status).toBe('active')
  })
})

describe('a method that is gone when its time comes', () => {
  it('is passed over where an open invoice expected it', () => {
    const life = new Life(APRIL)
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 2_000, currency: 'usd' },
    })
    const { id } = life.run({
      type: 'CreateInvoice',
      params: {
        customer: life.customer,
        auto_advance: true,
        pending_invoice_items_behavior: 'include',
      },
    })
    life.run({ type: 'FinalizeInvoice', id, params: { auto_advance: true } })
    const { payment_method } = life.intent() as { readonly payment_method?: string | null }
    life.run({ type: 'DetachPaymentMethod', id: payment_method ?? '' })
    life.to(APRIL + 40 * DAY)
    expect(life.invoice(0)).toMatchObject({ status: 'open', attempted: true, amount_paid: 0 })
    expect(life.sim.ask({ type: 'ListCharges', params: { customer: life.customer } }).data).toEqual(
      [],
    )
  })
})
