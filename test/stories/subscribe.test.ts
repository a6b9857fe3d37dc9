import { describe, expect, it } from 'vitest'
import { HOUR, Life } from './support.js'

const JANUARY = 1_767_225_600
const FEBRUARY = 1_769_904_000
const TTL = 82_800

describe('CreateSubscription', () => {
  it('S-C1: is paid at once by its first invoice', () => {
    const life = new Life(JANUARY, { unit_label: 'user' })
    const { status, latest_invoice } = life.monthly(2_500)
    expect(status).toBe('active')
    const invoice = life.invoice(0)
    expect(invoice).toMatchObject({
      id: latest_invoice,
      created: JANUARY,
      period_start: JANUARY,
      period_end: JANUARY,
      effective_at: JANUARY,
      status: 'paid',
      status_transitions: {
        finalized_at: JANUARY,
        marked_uncollectible_at: null,
        paid_at: JANUARY,
        voided_at: null,
      },
      billing_reason: 'subscription_create',
      attempt_count: 1,
      attempted: true,
      auto_advance: false,
      next_payment_attempt: null,
      starting_balance: 0,
      ending_balance: 0,
    })
    expect(invoice.number).toMatch(/^[A-Z0-9]{8}-0001$/)
    expect(life.lines(0)).toStrictEqual([
      [2_500, '1 user × X (at $25.00 / month)', JANUARY, FEBRUARY],
    ])
    expect(life.intent()).toMatchObject({
      description: 'Subscription creation',
      setup_future_usage: 'off_session',
      status: 'succeeded',
    })
  })

  it('S-B9: bills the stub before its anchor by its share of the natural period', () => {
    const start = 1_705_276_800
    const anchor = 1_706_745_600
    for (const [amount, stub] of [
      [3_100, 1_700],
      [1_000, 548],
    ] as const) {
      const life = new Life(start)
      life.monthly(amount, { billing_cycle_anchor: anchor })
      expect(life.lines(0).map(([of, , from, until]) => [of, from, until])).toStrictEqual([
        [stub, start, anchor],
      ])
      life.to(anchor + HOUR)
      expect(life.invoice(1)).toMatchObject({ status: 'paid', total: amount })
    }
  })

  it('S-B9: gives the stub away without prorations', () => {
    const life = new Life(1_705_276_800)
    const { id } = life.monthly(3_100, {
      billing_cycle_anchor: 1_706_745_600,
      proration_behavior: 'none',
    })
    expect(life.subscription(id)).toMatchObject({ status: 'active', latest_invoice: null })
    expect(life.to(1_706_745_600).invoice(0)).toMatchObject({
      status: 'draft',
      total: 3_100,
      automatically_finalizes_at: 1_706_749_200,
    })
  })

  it('S-B11: keeps the configured day through short months', () => {
    const life = new Life(1_739_179_800)
    const { id } = life.monthly(2_800, { billing_cycle_anchor_config: { day_of_month: 31 } })
    expect(life.subscription(id).billing_cycle_anchor).toBe(1_743_413_400)
    expect(life.lines(0)).toMatchObject([
      [1_800, '1 × X (at $28.00 / month)', 1_739_179_800, 1_740_735_000],
    ])
    life.to(1_746_005_400)
    expect(life.invoices().map(({ created, total }) => [created, total])).toStrictEqual([
      [1_739_179_800, 1_800],
      [1_740_735_000, 2_800],
      [1_743_413_400, 2_800],
      [1_746_005_400, 2_800],
    ])
  })

  it('S-B12: anchors every two months on the first aligned month with enough days', () => {
    const life = new Life(1_770_681_600)
    const price = life.price(1_000, { interval: 'month', interval_count: 2 })
    const { id } = life.subscribe({
      items: [{ price }],
      billing_cycle_anchor_config: { day_of_month: 31 },
    })
    expect(life.subscription(id).billing_cycle_anchor).toBe(1_788_134_400)
    life.to(1_803_772_800)
    expect(
      life
        .invoices()
        .slice(1)
        .map(({ created }) => created),
    ).toStrictEqual([
      1_772_236_800, 1_777_507_200, 1_782_777_600, 1_788_134_400, 1_793_404_800, 1_798_675_200,
      1_803_772_800,
    ])
  })

  it('S-B14: bills each of mixed intervals when its own period ends', () => {
    const start = 1_768_435_200
    const yearLater = 1_799_971_200
    const life = new Life(start)
    const { id } = life.subscribe({
      items: [{ price: life.price(1_000) }, { price: life.price(10_000, { interval: 'year' }) }],
    })
    life.to(yearLater - 1)
    expect(life.periods(id)[1]).toStrictEqual([start, yearLater])
    const firstYear = life.invoices().map(({ total }) => total)
    expect(firstYear).toStrictEqual([11_000, ...Array.from({ length: 11 }, () => 1_000)])
    expect(life.invoice(1).created).toBe(1_771_113_600)
    expect(life.to(yearLater).invoice(-1)).toMatchObject({ created: yearLater, total: 11_000 })
    expect(life.subscription(id).billing_cycle_anchor).toBe(start)
    const cancelled = new Life(start)
    const mixed = cancelled.subscribe({
      items: [
        { price: cancelled.price(1_000) },
        { price: cancelled.price(10_000, { interval: 'year' }) },
      ],
    })
    expect(cancelled.update(mixed.id, { cancel_at: 'max_period_end' }).cancel_at).toBe(yearLater)
  })

  it.each([
    ['classic', [[2_548, 1_768_435_200, 1_775_001_600]]],
    [
      'flexible',
      [
        [548, 1_768_435_200, 1_769_904_000],
        [1_000, 1_769_904_000, 1_772_323_200],
        [1_000, 1_772_323_200, 1_775_001_600],
      ],
    ],
  ] as const)('S-B17: bills the past in %s mode', (type, lines) => {
    const life = new Life(1_772_323_200)
    life.monthly(1_000, {
      backdate_start_date: 1_768_435_200,
      billing_cycle_anchor: 1_775_001_600,
      billing_mode: { type },
    })
    expect(life.lines(0).map(([amount, , from, until]) => [amount, from, until])).toStrictEqual(
      lines,
    )
    expect(life.invoice(0).total).toBe(2_548)
  })

  it('S-C10: expires 23 hours after a decline, and its invoice is void', () => {
    const life = new Life(JANUARY, { card: 'pm_card_chargeCustomerFail' })
    const { id, status } = life.monthly(1_000, { payment_behavior: 'allow_incomplete' })
    expect(status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({
      status: 'open',
      attempt_count: 1,
      next_payment_attempt: null,
    })
    expect(life.to(JANUARY + TTL - 1).subscription(id).status).toBe('incomplete')
    life.to(JANUARY + TTL)
    expect(life.subscription(id)).toMatchObject({
      status: 'incomplete_expired',
      ended_at: 1_767_308_400,
    })
    expect(life.invoice(0).status).toBe('void')
    expect(life.told(JANUARY + TTL).map(([, type]) => type)).toStrictEqual([
      'payment_intent.canceled',
      'invoice.updated',
      'invoice.voided',
      'customer.subscription.updated',
    ])
  })

  it('S-C10: begins where it is paid a second before it expires', () => {
    const life = new Life(JANUARY, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(1_000)
    life.to(JANUARY + TTL - 1).paysBy('pm_card_visa')
    life.run({ type: 'PayInvoice', id: life.invoice(0).id })
    expect(life.subscription(id).status).toBe('active')
    expect(life.to(JANUARY + TTL).subscription(id).status).toBe('active')
  })

  it('S-C11: waits for a confirmation where it is told to', () => {
    const life = new Life(JANUARY)
    const { id, status } = life.monthly(1_000, { payment_behavior: 'default_incomplete' })
    expect(status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({ status: 'open', attempt_count: 0 })
    const intent = life.intent()
    expect(intent.status).toBe('requires_confirmation')
    life.to(1_767_226_200).run({ type: 'ConfirmPaymentIntent', id: intent.id })
    expect(life.subscription(id)).toMatchObject({
      status: 'active',
      billing_cycle_anchor: JANUARY,
    })
    expect(life.periods(id)).toStrictEqual([[JANUARY, FEBRUARY]])
    expect(life.invoice(0).status_transitions).toMatchObject({
      finalized_at: JANUARY,
      paid_at: 1_767_226_200,
    })
  })

  it('S-C13: waits for the customer to authenticate, and begins when she has', () => {
    const life = new Life(JANUARY, { card: 'pm_card_authenticationRequired' })
    const { id, status } = life.monthly(1_000)
    expect(status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({
      status: 'open',
      auto_advance: true,
      attempted: true,
      attempt_count: 0,
      next_payment_attempt: null,
    })
    const intent = life.intent()
    expect(intent.status).toBe('requires_action')
    const payments = life.sim.ask({
      type: 'ListInvoicePayments',
      params: { invoice: life.invoice(0).id },
    })
    expect(
      payments.data.map((payment: { readonly status: string }) => payment.status),
    ).toStrictEqual(['open'])
    life.to(JANUARY + 300).run({
      type: 'AuthenticatePaymentIntent',
      id: intent.id,
      params: { outcome: 'succeed' },
    })
    expect(life.subscription(id).status).toBe('active')
  })

  it('stays incomplete where the customer fails to authenticate', () => {
    const life = new Life(JANUARY, { card: 'pm_card_authenticationRequired' })
    const { id } = life.monthly(1_000)
    life.run({
      type: 'AuthenticatePaymentIntent',
      id: life.intent().id,
      params: { outcome: 'fail' },
    })
    expect(life.subscription(id).status).toBe('incomplete')
    expect(life.intent().status).toBe('requires_payment_method')
    expect(life.invoice(0)).toMatchObject({ status: 'open', attempt_count: 1 })
  })

  it.each([
    ['classic', { latest: true, lines: [[0, '0 × X (at $0.02 / month)', JANUARY, FEBRUARY]] }],
    ['flexible', { latest: false, lines: [] }],
  ] as const)('S-C16: begins a metered item in %s mode', (type, { latest, lines }) => {
    const life = new Life(JANUARY)
    const { id, status, latest_invoice } = life.subscribe({
      items: [{ price: life.metered(2).price }],
      billing_mode: { type },
    })
    expect(status).toBe('active')
    expect(latest_invoice !== null).toBe(latest)
    if (latest) {
      expect(life.invoice(0)).toMatchObject({ status: 'paid', total: 0 })
      expect(life.lines(0)).toStrictEqual(lines)
    }
    life.to(FEBRUARY)
    expect(life.invoice(-1)).toMatchObject({ status: 'draft', total: 0 })
    expect(life.lines(-1)).toStrictEqual([[0, '0 × X (at $0.02 / month)', JANUARY, FEBRUARY]])
    expect(life.subscription(id).latest_invoice).toBe(life.invoice(-1).id)
  })

  it('takes along what is pending, and what is added, the newest first', () => {
    const life = new Life(JANUARY)
    const { id: product } = life.run({ type: 'CreateProduct', params: { name: 'Set-up' } })
    const { id: price } = life.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product, unit_amount: 300 },
    })
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 50, currency: 'usd', description: 'Before' },
    })
    life.monthly(1_000, { add_invoice_items: [{ price, quantity: 2 }] })
    expect(life.lines(0)).toStrictEqual([
      [600, 'Set-up', JANUARY, FEBRUARY],
      [50, 'Before', JANUARY, JANUARY],
      [1_000, '1 × X (at $10.00 / month)', JANUARY, FEBRUARY],
    ])
  })

  it('keeps the method that paid where it is asked to', () => {
    const life = new Life(JANUARY)
    const { default_payment_method } = life.monthly(1_000, {
      payment_settings: { save_default_payment_method: 'on_subscription' },
    })
    expect(default_payment_method).toMatch(/^pm_/)
  })

  it('asks for a method to be set up where nothing is to be paid at first', () => {
    const life = new Life(JANUARY, { card: null })
    const { id, pending_setup_intent } = life.monthly(1_000, {
      trial_period_days: 7,
      payment_settings: { save_default_payment_method: 'on_subscription' },
    })
    life.run({
      type: 'ConfirmSetupIntent',
      id: pending_setup_intent as string,
      params: { payment_method: 'pm_card_visa' },
    })
    expect(life.subscription(id).pending_setup_intent).toBeNull()
    expect(life.subscription(id).default_payment_method).toMatch(/^pm_/)
  })

  it('is free to a customer whose credit pays for it', () => {
    const life = new Life(JANUARY, { card: null })
    life.run({
      type: 'CreateCustomerBalanceTransaction',
      id: life.customer,
      params: { amount: -5_000, currency: 'usd' },
    })
    expect(life.monthly(1_000).status).toBe('active')
    expect(life.invoice(0)).toMatchObject({ amount_due: 0, ending_balance: -4_000, status: 'paid' })
  })
})

describe('A creation that cannot be paid', () => {
  const refused = (life: Life, params: Parameters<Life['subscribe']>[0]): unknown => {
    const before = life.sim.world
    try {
      life.subscribe(params)
    } catch (error) {
      expect(life.sim.world).toBe(before)
      return (error as { readonly rejection: unknown }).rejection
    }
    return undefined
  }

  it('is refused without a method, and nothing is stored', () => {
    const life = new Life(JANUARY, { card: null })
    const price = life.price(1_000)
    expect(refused(life, { items: [{ price }] })).toStrictEqual({
      status: 400,
      type: 'invalid_request_error',
      code: 'resource_missing',
      message:
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    })
    expect(life.invoices()).toStrictEqual([])
  })

  it('is refused with the decline where it is told to fail', () => {
    const life = new Life(JANUARY, { card: 'pm_card_chargeCustomerFail' })
    const items = [{ price: life.price(1_000) }]
    expect(refused(life, { items, payment_behavior: 'error_if_incomplete' })).toMatchObject({
      status: 402,
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
    })
  })

  it('is refused where it would need authentication and is told to fail', () => {
    const life = new Life(JANUARY, { card: 'pm_card_authenticationRequired' })
    const items = [{ price: life.price(1_000) }]
    expect(refused(life, { items, payment_behavior: 'error_if_incomplete' })).toMatchObject({
      status: 402,
      type: 'card_error',
      code: 'subscription_payment_intent_requires_action',
    })
  })
})
