import { describe, expect, it } from 'vitest'
import { DAY, HOUR, Life } from './support.js'

const MARCH = 1_772_323_200
const END = 1_773_532_800
const WARNING = 1_773_273_600
const PERIOD_END = 1_776_211_200

describe('A trial', () => {
  it('S-C4: ends with a method: an invoice for the first paid period, an hour later paid', () => {
    const life = new Life(MARCH)
    const { id, status, trial_end } = life.monthly(2_000, { trial_period_days: 14 })
    expect([status, trial_end]).toStrictEqual(['trialing', END])
    expect(life.lines(0)).toStrictEqual([[0, 'Free trial for 1 × X', MARCH, END]])
    expect(life.invoice(0)).toMatchObject({ status: 'paid', attempted: true, attempt_count: 0 })
    life.to(END)
    expect(life.subscription(id).status).toBe('active')
    expect(life.periods(id)).toStrictEqual([[END, PERIOD_END]])
    expect(life.invoice(1)).toMatchObject({
      status: 'draft',
      total: 2_000,
      billing_reason: 'subscription_cycle',
      period_start: MARCH,
      period_end: END,
    })
    expect(life.to(END + HOUR).invoice(1).status).toBe('paid')
    expect(
      life
        .told(MARCH + 1)
        .filter(
          ([, type]) => type.startsWith('customer.subscription') || type === 'invoice.created',
        ),
    ).toStrictEqual([
      [WARNING, 'customer.subscription.trial_will_end'],
      [END, 'customer.subscription.updated'],
      [END, 'invoice.created'],
    ])
  })

  it('is called a trial period in classic mode', () => {
    const life = new Life(MARCH)
    life.monthly(2_000, { trial_period_days: 14, billing_mode: { type: 'classic' } })
    expect(life.lines(0)).toStrictEqual([[0, 'Trial period for X', MARCH, END]])
  })

  const withoutMethod = (missing_payment_method: 'create_invoice' | 'cancel' | 'pause') => {
    const life = new Life(MARCH, { card: null })
    const { id, pending_setup_intent } = life.monthly(2_000, {
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method } },
    })
    expect(pending_setup_intent).toMatch(/^seti_/)
    return { life, id }
  }

  it('S-C5: ends without a method in an invoice that nobody can pay', () => {
    const { life, id } = withoutMethod('create_invoice')
    expect(life.to(END).subscription(id).status).toBe('active')
    life.to(END + HOUR)
    expect(life.subscription(id).status).toBe('past_due')
    expect(life.invoice(1)).toMatchObject({ status: 'open', attempt_count: 1 })
    const charges = life.sim.ask({ type: 'ListCharges', params: { customer: life.customer } })
    expect(charges.data).toStrictEqual([])
  })

  it('S-C5: ends without a method for good', () => {
    const { life, id } = withoutMethod('cancel')
    life.to(END)
    expect(life.subscription(id)).toMatchObject({
      status: 'canceled',
      ended_at: END,
      canceled_at: END,
      pending_setup_intent: null,
      cancellation_details: { reason: null },
    })
    expect(life.invoices()).toHaveLength(1)
    expect(life.told(END)).toStrictEqual([
      [END, 'customer.subscription.deleted'],
      [END, 'setup_intent.canceled'],
    ])
  })

  it('S-C5: ends without a method in a pause', () => {
    const { life, id } = withoutMethod('pause')
    life.to(END)
    expect(life.subscription(id)).toMatchObject({
      status: 'paused',
      status_details: {
        paused: {
          subscription: { type: 'trial_end_without_payment_method' },
          transitioned_at: END,
          type: 'subscription',
        },
      },
    })
    expect(life.periods(id)).toStrictEqual([[MARCH, END]])
    expect(life.invoices()).toHaveLength(1)
    expect(life.told(END)).toStrictEqual([
      [END, 'customer.subscription.updated'],
      [END, 'customer.subscription.paused'],
    ])
    expect(life.to(END + 60 * DAY).invoices()).toHaveLength(1)
  })

  it.each(['create_invoice', 'cancel', 'pause'] as const)(
    'S-C5: ends as usual with a card that came a second before (%s)',
    (behavior) => {
      const { life, id } = withoutMethod(behavior)
      life.to(END - 1).paysBy('pm_card_visa')
      life.to(END + HOUR)
      expect(life.subscription(id).status).toBe('active')
      expect(life.invoice(1)).toMatchObject({ status: 'paid', amount_paid: 2_000 })
    },
  )

  it('S-C5: is paid by a card that came while the invoice was a draft', () => {
    const { life, id } = withoutMethod('create_invoice')
    life.to(1_773_534_600).paysBy('pm_card_visa')
    life.to(END + HOUR)
    expect(life.subscription(id).status).toBe('active')
    expect(life.invoice(1).status_transitions.paid_at).toBe(END + HOUR)
  })

  it.each([1_772_496_000, 1_772_582_400])(
    'S-C7: that ends at %i is announced right after its creation',
    (trial_end) => {
      const life = new Life(MARCH)
      life.monthly(2_000, { trial_end })
      expect(life.told().at(-1)).toStrictEqual([MARCH, 'customer.subscription.trial_will_end'])
    },
  )

  it('S-C7: that is shortened is announced at once, and not on its old day', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    life.to(MARCH + 100).update(id, { trial_end: 1_772_496_000 })
    expect(life.told(MARCH + 1)).toStrictEqual([
      [MARCH + 100, 'customer.subscription.updated'],
      [MARCH + 100, 'customer.subscription.trial_will_end'],
    ])
    life.to(END)
    const warnings = life.told().filter(([, type]) => type.endsWith('trial_will_end'))
    expect(warnings).toHaveLength(1)
  })

  it('S-C8: that is ended now is billed in the call', () => {
    const now = 1_772_712_000
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    const ended = life.to(now).update(id, { trial_end: 'now' })
    expect(ended).toMatchObject({
      status: 'active',
      billing_cycle_anchor: now,
      trial_start: MARCH,
      trial_end: now,
    })
    expect(life.periods(id)).toStrictEqual([[now, 1_775_390_400]])
    expect(life.invoice(1)).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
      total: 2_000,
    })
    const told = life.told(now).map(([, type]) => type)
    expect(told.at(0)).toBe('invoice.created')
    expect(told.slice(-2)).toStrictEqual([
      'customer.subscription.updated',
      'customer.subscription.trial_will_end',
    ])
  })

  it('keeps its changes where the payment of an early end fails', () => {
    const life = new Life(MARCH, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    expect(life.update(id, { trial_end: 'now' }).status).toBe('past_due')
    expect(life.invoice(1)).toMatchObject({ status: 'open', attempt_count: 1 })
  })

  it('is left as it was where the payment of an early end is told to fail whole', () => {
    const life = new Life(MARCH, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    const before = life.sim.world
    expect(() =>
      life.update(id, { trial_end: 'now', payment_behavior: 'error_if_incomplete' }),
    ).toThrow('Your card was declined.')
    expect(life.sim.world).toBe(before)
  })

  it('waits for a confirmation of its early end where it is told to', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    const ended = life.update(id, { trial_end: 'now', payment_behavior: 'default_incomplete' })
    expect(ended.status).toBe('past_due')
    life.run({ type: 'ConfirmPaymentIntent', id: life.intent().id })
    expect(life.subscription(id).status).toBe('active')
  })

  it('goes on for longer without an invoice', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000, { trial_period_days: 14 })
    const longer = life.update(id, { trial_end: END + 7 * DAY })
    expect(longer).toMatchObject({ trial_end: END + 7 * DAY, billing_cycle_anchor: END + 7 * DAY })
    expect(life.invoices()).toHaveLength(1)
    life.to(END + 7 * DAY + HOUR)
    expect(life.invoice(1)).toMatchObject({ created: END + 7 * DAY, status: 'paid' })
  })

  it('begins on a subscription that runs, where what is paid is given away', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000)
    const trialing = life.update(id, { trial_end: END, proration_behavior: 'none' })
    expect(trialing).toMatchObject({ status: 'trialing', trial_start: MARCH, trial_end: END })
    expect(life.lines(1)).toStrictEqual([[0, 'Free trial for 1 × X', MARCH, END]])
    expect(life.to(END).invoice(2)).toMatchObject({ status: 'draft', total: 2_000 })
  })

  it('shows again once what was past due before it is paid', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000)
    life.paysBy('pm_card_chargeCustomerFail')
    const renewal = 1_775_001_600
    life.to(renewal + HOUR)
    const trial_end = renewal + 10 * DAY
    expect(life.update(id, { trial_end, proration_behavior: 'none' }).status).toBe('past_due')
    life.paysBy('pm_card_visa')
    life.run({ type: 'PayInvoice', id: life.invoice(1).id })
    expect(life.subscription(id).status).toBe('trialing')
    life.to(trial_end + HOUR)
    expect(life.subscription(id).status).toBe('active')
    expect(life.invoice(-1)).toMatchObject({ created: trial_end, status: 'paid', total: 2_000 })
  })

  it('is not ended by `now` where there is none', () => {
    const life = new Life(MARCH)
    const { id } = life.monthly(2_000)
    const before = life.sim.world
    life.update(id, { trial_end: 'now' })
    expect(life.sim.world).toBe(before)
  })

  it('does not bill the usage of its days', () => {
    const life = new Life(MARCH)
    const { price } = life.metered(2)
    life.subscribe({ items: [{ price }], trial_period_days: 14 })
    life.to(MARCH + DAY).uses(100)
    life.to(END + DAY).uses(7)
    life.to(PERIOD_END + HOUR)
    expect(
      life.invoices().map(({ total, billing_reason }) => [total, billing_reason]),
    ).toStrictEqual([[14, 'subscription_cycle']])
  })
})
