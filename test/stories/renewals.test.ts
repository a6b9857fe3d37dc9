import { advanceLimit, notifications, project } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, Life } from './support.js'

const JANUARY = 1_767_225_600
const FEBRUARY = 1_769_904_000
const MARCH = 1_772_323_200
const APRIL = 1_775_001_600
const MAY = 1_777_593_600

describe('A renewal', () => {
  it('S-C2: drafts at the boundary, is final and paid an hour later', () => {
    const life = new Life(JANUARY)
    const { id } = life.monthly(1_000)
    life.to(FEBRUARY)
    expect(life.periods(id)).toStrictEqual([[FEBRUARY, MARCH]])
    expect(life.invoice(1)).toMatchObject({
      status: 'draft',
      created: FEBRUARY,
      period_start: JANUARY,
      period_end: FEBRUARY,
      auto_advance: true,
      automatically_finalizes_at: FEBRUARY + HOUR,
      next_payment_attempt: FEBRUARY + HOUR,
      number: null,
    })
    expect(life.lines(1)).toStrictEqual([[1_000, '1 × X (at $10.00 / month)', FEBRUARY, MARCH]])
    expect(life.to(FEBRUARY + HOUR - 1).invoice(1).status).toBe('draft')
    life.to(FEBRUARY + HOUR)
    expect(life.invoice(1)).toMatchObject({ status: 'paid', attempt_count: 1 })
    expect(life.invoice(1).number).toMatch(/-0002$/)
    expect(life.subscription(id).status).toBe('active')
    expect(life.told(JANUARY + 1).at(0)).toStrictEqual([1_769_299_200, 'invoice.upcoming'])
  })

  it('S-M7: is told in this order', () => {
    const life = new Life(JANUARY)
    const { latest_invoice } = life.monthly(1_000)
    life.to(FEBRUARY + HOUR)
    expect(life.told(FEBRUARY)).toStrictEqual([
      [FEBRUARY, 'customer.subscription.updated'],
      [FEBRUARY, 'invoice.created'],
      [FEBRUARY + HOUR, 'invoice.finalized'],
      [FEBRUARY + HOUR, 'payment_intent.created'],
      [FEBRUARY + HOUR, 'charge.succeeded'],
      [FEBRUARY + HOUR, 'payment_intent.succeeded'],
      [FEBRUARY + HOUR, 'invoice.updated'],
      [FEBRUARY + HOUR, 'invoice.paid'],
      [FEBRUARY + HOUR, 'invoice.payment_succeeded'],
      [FEBRUARY + HOUR, 'invoice_payment.paid'],
    ])
    const [renewed, drafted, finalized] = life.notices(FEBRUARY)
    expect(renewed?.data.previous_attributes).toMatchObject({
      items: { data: [{ current_period_start: JANUARY, current_period_end: FEBRUARY }] },
      latest_invoice,
    })
    expect(drafted?.data.object).toMatchObject({ status: 'draft', number: null })
    expect(finalized?.data.object).toMatchObject({ status: 'open', amount_remaining: 1_000 })
    const updated = life.notices(FEBRUARY).find(({ type }) => type === 'invoice.updated')
    expect(updated?.data.previous_attributes).toMatchObject({
      amount_paid: 0,
      amount_remaining: 1_000,
      attempt_count: 0,
      attempted: false,
      status: 'open',
    })
    expect(life.notices(FEBRUARY).map(({ request }) => request.id)).toStrictEqual(
      Array.from({ length: 10 }, () => null),
    )
  })

  it('S-M8: that fails is told in an order that real logs show, too', () => {
    const life = new Life(JANUARY)
    life.monthly(1_000)
    life.paysBy('pm_card_chargeCustomerFail')
    life.to(FEBRUARY + HOUR)
    const seen = [
      'invoice.created',
      'invoice.finalized',
      'invoice.payment_failed',
      'customer.subscription.updated',
    ]
    const told = life.told(FEBRUARY + 1).map(([, type]) => type)
    expect(['invoice.created', ...told].filter((type) => seen.includes(type))).toStrictEqual(seen)
    expect(life.notices(FEBRUARY).at(-2)?.data).toMatchObject({
      object: { status: 'past_due' },
      previous_attributes: { status: 'active' },
    })
  })

  it('S-M9: of a sent invoice that nobody pays is told exactly so', () => {
    const life = new Life(APRIL)
    life.monthly(100)
    life.run({ type: 'CancelSubscription', id: life.sim.world.subscriptions.at(0)?.id ?? '' })
    const known = life.sim.world.position
    const { id } = life.monthly(1_000, { collection_method: 'send_invoice', days_until_due: 30 })
    const born = life.sim.world
    life.to(MAY)
    expect(
      project(notifications, life.sim.world)
        .value.events.slice(project(notifications, born).value.events.length)
        .filter(({ type }) => !type.startsWith('test_helpers'))
        .map(({ created, type }) => [created, type]),
    ).toStrictEqual([
      [APRIL + HOUR, 'invoice.finalized'],
      [APRIL + HOUR, 'payment_intent.created'],
      [APRIL + HOUR, 'invoice.sent'],
      [1_776_988_800, 'invoice.upcoming'],
      [MAY, 'customer.subscription.updated'],
      [MAY, 'invoice.created'],
      [MAY, 'customer.subscription.updated'],
      [MAY, 'customer.updated'],
    ])
    expect(known).toBeGreaterThan(0)
    expect(
      life
        .told(APRIL)
        .filter(([at]) => at === APRIL)
        .slice(-2)
        .map(([, type]) => type),
    ).toStrictEqual(['customer.subscription.created', 'invoice.created'])
    const [due, owing] = life.notices(MAY).slice(-2)
    expect(due?.data).toMatchObject({
      object: { id, status: 'past_due' },
      previous_attributes: { status: 'active' },
    })
    expect(due?.data.previous_attributes).toStrictEqual({ status: 'active' })
    expect(owing?.data).toMatchObject({ object: { delinquent: true } })
  })

  it('M-B10: bills the whole usage to each of two subscriptions', () => {
    const life = new Life(JANUARY)
    const { price } = life.metered(1)
    life.subscribe({ items: [{ price }] })
    life.subscribe({ items: [{ price }] })
    life.to(JANUARY + DAY).uses(100)
    life.to(FEBRUARY + HOUR)
    expect(life.invoices().map(({ total }) => total)).toStrictEqual([100, 100])
  })

  it('counts usage that comes while the invoice is a draft, and none after', () => {
    const life = new Life(JANUARY)
    life.subscribe({ items: [{ price: life.metered(2).price }] })
    life.to(JANUARY + DAY).uses(50)
    life.to(FEBRUARY)
    expect(life.invoice(0).total).toBe(100)
    life.uses(7, FEBRUARY - 1)
    expect(life.to(FEBRUARY + HOUR).invoice(0)).toMatchObject({ status: 'paid', total: 114 })
    life.uses(1, FEBRUARY - 1)
    expect(life.invoice(0).total).toBe(114)
    life.to(MARCH)
    expect(life.invoice(1).total).toBe(0)
  })

  it('bills usage from the instant at which its item was added', () => {
    const life = new Life(JANUARY)
    const { price } = life.metered(2)
    const { id } = life.monthly(1_000)
    life.to(JANUARY + DAY).uses(50)
    life.to(JANUARY + 2 * DAY).run({
      type: 'CreateSubscriptionItem',
      params: { subscription: id, price },
    })
    life.to(JANUARY + 3 * DAY).uses(5)
    life.to(FEBRUARY)
    expect(life.lines(1).map(([amount]) => amount)).toStrictEqual([10, 1_000])
  })

  it('adds tiers to a draft that grows out of its first', () => {
    const life = new Life(JANUARY)
    const { meter } = life.metered(1)
    const price = life.run({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product: life.product,
        billing_scheme: 'tiered',
        tiers_mode: 'graduated',
        tiers: [
          { up_to: 10, unit_amount: 5 },
          { up_to: null, unit_amount: 3 },
        ],
        recurring: { interval: 'month', usage_type: 'metered', meter },
      },
    }).id
    life.subscribe({ items: [{ price }] })
    life.to(JANUARY + DAY).uses(4)
    life.to(FEBRUARY)
    const before = life.invoice(0).lines.data.map(({ id }) => id)
    expect(life.lines(0).map(([amount]) => amount)).toStrictEqual([20])
    life.uses(10, FEBRUARY - 1)
    life.to(FEBRUARY + HOUR)
    expect(life.lines(0).map(([amount, text]) => [amount, text])).toStrictEqual([
      [50, '10 × X (Tier 1 at $0.05 / month)'],
      [12, '4 × X (Tier 2 at $0.03 / month)'],
    ])
    const after = life.invoice(0).lines.data.map(({ id }) => id)
    expect(after.slice(0, 1)).toStrictEqual(before)
    expect(new Set(after).size).toBe(2)
  })

  it('S-G13: bills pending items between two renewals, where there are any', () => {
    const life = new Life(APRIL)
    const { id, next_pending_invoice_item_invoice } = life.subscribe({
      items: [{ price: life.price(9_000, { interval: 'year' }) }],
      pending_invoice_item_interval: { interval: 'week' },
    })
    expect(next_pending_invoice_item_invoice).toBe(1_775_606_400)
    life.to(APRIL + 100).run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, subscription: id, amount: 700, currency: 'usd' },
    })
    life.to(1_775_606_400)
    expect(life.invoice(1)).toMatchObject({
      billing_reason: 'automatic_pending_invoice_item_invoice',
      status: 'draft',
      total: 700,
    })
    expect(life.to(1_775_610_000).invoice(1).status).toBe('paid')
    life.to(1_776_211_200)
    expect(life.invoices()).toHaveLength(2)
    expect(life.subscription(id).next_pending_invoice_item_invoice).toBe(1_776_816_000)
    expect(life.update(id, { pending_invoice_item_interval: '' as never })).toMatchObject({
      next_pending_invoice_item_invoice: null,
      pending_invoice_item_interval: null,
    })
  })

  it('S-N3: is one of a whole life', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { trial_period_days: 7 })
    life.to(MAY)
    expect(life.invoice(1)).toMatchObject({ created: 1_775_606_400, status: 'paid' })
    expect(life.invoice(1).number).toMatch(/-0002$/)
    life.paysBy('pm_card_chargeCustomerFail')
    life.to(1_778_202_000)
    expect(life.subscription(id).status).toBe('past_due')
    life.to(1_779_411_600)
    expect(life.subscription(id)).toMatchObject({ status: 'canceled', ended_at: 1_779_411_600 })
    expect(life.invoices().map(({ status }) => status)).toStrictEqual(['paid', 'paid', 'open'])
    const warned = life.told().filter(([, type]) => type.endsWith('trial_will_end'))
    expect(warned).toStrictEqual([[1_775_347_200, 'customer.subscription.trial_will_end']])
    expect(advanceLimit(APRIL, [{ interval: 'month', interval_count: 1 }])).toBe(1_780_272_000)
  })

  it('M-H8: is seen on a test clock as the docs have it', () => {
    const life = new Life(JANUARY)
    const price = life.price(5_000, { interval: 'month' }, { currency: 'eur' })
    life.subscribe({ items: [{ price }] })
    expect(life.invoice(0)).toMatchObject({ status: 'paid', total: 5_000, currency: 'eur' })
    life.to(FEBRUARY)
    expect(life.invoice(1)).toMatchObject({ status: 'draft', total: 5_000, created: FEBRUARY })
    life.to(FEBRUARY + HOUR)
    expect(life.invoice(1).status).toBe('paid')
    const all = project(notifications, life.sim.world).value.events.map(({ type }) => type)
    const from = all.indexOf('test_helpers.test_clock.advancing')
    expect(all.slice(from, from + 5)).toStrictEqual([
      'test_helpers.test_clock.advancing',
      'invoice.upcoming',
      'customer.subscription.updated',
      'invoice.created',
      'test_helpers.test_clock.ready',
    ])
    const second = all.slice(from + 5)
    expect(second.slice(0, 2)).toStrictEqual([
      'test_helpers.test_clock.advancing',
      'invoice.finalized',
    ])
    expect(second).toContain('invoice.paid')
    expect(second.at(-1)).toBe('test_helpers.test_clock.ready')
  })

  it('M-H11: follows a trial on a test clock as the docs have it', () => {
    const life = new Life(JANUARY)
    const price = life.price(5_000, { interval: 'month' }, { currency: 'eur' })
    const { id } = life.subscribe({ items: [{ price }], trial_period_days: 7 })
    expect(life.invoice(0).total).toBe(0)
    life.to(1_767_830_400)
    expect(life.told(JANUARY + 1).at(0)).toStrictEqual([
      1_767_571_200,
      'customer.subscription.trial_will_end',
    ])
    expect(life.invoice(1)).toMatchObject({ total: 5_000, status: 'draft' })
    expect(life.subscription(id).status).toBe('active')
    expect(life.to(1_770_508_800).invoice(2).created).toBe(1_770_508_800)
  })
})

describe('A strict advance', () => {
  const refusal = (life: Life, to: number): string | undefined => {
    try {
      life.sim.advanceTo(to, life.clock)
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }

  it.each([
    ['M-H3', 1_762_590_427, 1_767_860_827, ['month']],
    ['M-H4', 1_732_320_000, 1_737_590_400, ['month']],
    ['M-H4', 1_732_320_000, 1_737_590_400, ['month', 'year']],
  ] as const)(
    '%s: goes two of the shortest intervals from %i, to %i, at most',
    (_, from, limit, intervals) => {
      const life = new Life(from, { settings: { strict: true } })
      for (const interval of intervals)
        life.subscribe({ items: [{ price: life.price(1_000, { interval }) }] })
      expect(refusal(life, limit + 1)).toContain(String(limit))
      expect(refusal(life, limit)).toBeUndefined()
    },
  )

  it('M-H15: takes no fourth subscription of a customer', () => {
    const life = new Life(JANUARY, { settings: { strict: true } })
    for (let nth = 0; nth < 3; nth += 1) life.monthly(1_000)
    expect(() => life.monthly(1_000)).toThrow('already has the maximum of 3 subscriptions')
  })
})
