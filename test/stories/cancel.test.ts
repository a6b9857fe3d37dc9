import { describe, expect, it } from 'vitest'
import { DAY, HOUR, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600
const REQUESTED = 1_775_779_200

describe('A cancellation', () => {
  it('S-C14: at the period end, then at once', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    const asked = life.to(REQUESTED).update(id, { cancel_at_period_end: true })
    expect(asked).toMatchObject({
      status: 'active',
      cancel_at: MAY,
      cancel_at_period_end: true,
      canceled_at: REQUESTED,
      cancellation_details: { reason: 'cancellation_requested' },
    })
    const left = life.sim.fork()
    const now = 1_776_643_200
    life.to(now).run({ type: 'CancelSubscription', id })
    expect(life.subscription(id)).toMatchObject({
      status: 'canceled',
      ended_at: now,
      canceled_at: REQUESTED,
      cancel_at: null,
      cancel_at_period_end: false,
    })
    expect(life.invoices()).toHaveLength(1)
    left.advanceTo(MAY, life.clock)
    expect(left.ask({ type: 'RetrieveSubscription', id })).toMatchObject({
      status: 'canceled',
      ended_at: MAY,
      canceled_at: REQUESTED,
    })
    expect(
      left.ask({ type: 'ListInvoices', params: { customer: life.customer } }).data,
    ).toHaveLength(1)
  })

  it('is taken back before its time', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    life.update(id, { cancel_at_period_end: true })
    expect(life.update(id, { cancel_at_period_end: false })).toMatchObject({
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { reason: null },
    })
    life.to(MAY + HOUR)
    expect(life.subscription(id).status).toBe('active')
  })

  it('at a later time cuts the last period and bills its share', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(3_000)
    const middle = MAY + 15 * DAY
    expect(life.update(id, { cancel_at: middle }).cancel_at).toBe(middle)
    life.to(MAY)
    expect(life.periods(id)).toStrictEqual([[MAY, middle]])
    expect(life.lines(1).map(([amount]) => amount)).toStrictEqual([Math.round((3_000 * 15) / 31)])
    life.to(middle)
    expect(life.subscription(id)).toMatchObject({ status: 'canceled', ended_at: middle })
  })

  it('bills the usage of the period that it ends', () => {
    const life = new Life(APRIL)
    const { id } = life.subscribe({ items: [{ price: life.metered(2).price }] })
    life.update(id, { cancel_at_period_end: true })
    life.to(APRIL + DAY).uses(50)
    life.to(MAY)
    expect(life.subscription(id).status).toBe('canceled')
    expect(life.invoice(0)).toMatchObject({
      billing_reason: 'subscription_cycle',
      status: 'draft',
      total: 100,
      automatically_finalizes_at: MAY + HOUR,
    })
    expect(life.told(MAY).map(([, type]) => type)).toStrictEqual([
      'invoice.created',
      'customer.subscription.deleted',
    ])
    life.uses(5, MAY - 1)
    expect(life.to(MAY + HOUR).invoice(0)).toMatchObject({ status: 'paid', total: 110 })
  })

  it('at once bills no usage unless it is asked to, and then what was used until now', () => {
    const used = () => {
      const life = new Life(APRIL)
      const { id } = life.subscribe({ items: [{ price: life.metered(2).price }] })
      life.to(APRIL + DAY).uses(50)
      return { life, id }
    }
    const without = used()
    without.life.run({ type: 'CancelSubscription', id: without.id })
    expect(without.life.invoices()).toStrictEqual([])
    const { life, id } = used()
    const canceled = life.run({ type: 'CancelSubscription', id, params: { invoice_now: true } })
    expect(life.invoice(0)).toMatchObject({
      id: canceled.latest_invoice,
      status: 'draft',
      number: null,
      auto_advance: true,
      automatically_finalizes_at: APRIL + DAY + HOUR,
      billing_reason: 'subscription_cycle',
      period_start: APRIL,
      period_end: APRIL + DAY,
      total: 100,
    })
    life.uses(5, APRIL + DAY - 1)
    expect(life.to(APRIL + DAY + HOUR).invoice(0)).toMatchObject({ status: 'paid', total: 100 })
  })

  it('stops the drafts and the retries that it finds', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    life.paysBy('pm_card_chargeCustomerFail')
    life.to(MAY + HOUR)
    life.run({
      type: 'CancelSubscription',
      id,
      params: { cancellation_details: { comment: 'Too dear', feedback: 'too_expensive' } },
    })
    expect(life.invoice(1)).toMatchObject({
      status: 'open',
      auto_advance: false,
      next_payment_attempt: null,
    })
    expect(life.subscription(id).cancellation_details).toMatchObject({
      comment: 'Too dear',
      feedback: 'too_expensive',
      reason: 'cancellation_requested',
    })
    expect(life.to(MAY + 30 * DAY).invoice(1).attempt_count).toBe(1)
  })

  it('of what waits for its first payment expires it', () => {
    const life = new Life(APRIL, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(1_000)
    expect(life.run({ type: 'CancelSubscription', id })).toMatchObject({
      status: 'incomplete_expired',
      canceled_at: APRIL,
      ended_at: APRIL,
    })
    expect(life.invoice(0).status).toBe('void')
    expect(life.told(APRIL).at(-1)?.[1]).toBe('customer.subscription.updated')
  })

  it('in a trial ends with the trial, without an invoice', () => {
    const life = new Life(APRIL)
    const { id, trial_end } = life.monthly(1_000, { trial_period_days: 7 })
    expect(life.update(id, { cancel_at_period_end: true }).cancel_at).toBe(trial_end)
    life.to(trial_end as number)
    expect(life.subscription(id)).toMatchObject({ status: 'canceled', ended_at: trial_end })
    expect(life.invoices()).toHaveLength(1)
  })

  it('cannot be made twice, nor changed after', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    life.run({ type: 'CancelSubscription', id })
    expect(() => life.run({ type: 'CancelSubscription', id })).toThrow(
      `No such subscription: '${id}'`,
    )
    expect(() => life.update(id, { description: 'after death' })).toThrow(
      'A canceled subscription can only update its cancellation_details and metadata.',
    )
    expect(life.update(id, { metadata: { k: 'v' } }).metadata).toStrictEqual({ k: 'v' })
  })

  it('with prorations is refused by name', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    expect(() => life.run({ type: 'CancelSubscription', id, params: { prorate: true } })).toThrow(
      'This change needs prorations, which are not simulated yet.',
    )
  })
})
