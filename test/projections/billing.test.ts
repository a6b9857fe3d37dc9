/** What the projections of billing say of histories in which all kinds of things happen to invoices. */
import {
  agedReceivables,
  days,
  type Projection,
  project,
  receivables,
  revenueByMonth,
  revenueMonths,
  type SubscriptionView,
  subscriptionState,
  toInstant,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { JANUARY, replaceCard, shop, traded } from './billing-support.js'
import { foldedInCuts } from './support.js'

const months = (world: World) => revenueMonths(project(revenueByMonth, world).value)

describe('Subscription state', () => {
  it('says what is billed, in which period, and since when the status is what it is', () => {
    const { sim, price, customer, subscribe, until } = shop()
    const ada = customer()
    const monthly = price(1_000)
    const own = subscribe(ada, monthly, { quantity: 3, trial_period_days: 20 })
    const state = () => project(subscriptionState, sim.world).value.get(own.id)
    expect(state()).toEqual({
      subscription: own.id,
      customer: ada.id,
      status: 'trialing',
      since: JANUARY,
      current_period: { start: JANUARY, end: JANUARY + days(20) },
      items: [{ price: monthly.id, quantity: 3 }],
    })
    until('2026-01-25')
    expect(state()).toMatchObject({
      status: 'active',
      since: JANUARY + days(20),
      current_period: { start: JANUARY + days(20), end: toInstant('2026-02-21') },
    })
    sim.run({ type: 'CancelSubscription', id: own.id })
    expect(state()).toMatchObject({ status: 'canceled', since: toInstant('2026-01-25') })
  })

  it('has the period of the item that is billed next, and metered items without a quantity', () => {
    const { sim, product, price, customer } = shop()
    const meter = sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    const metered = sim.run({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product: product.id,
        unit_amount: 2,
        recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      },
    })
    const yearly = price(9_000, { interval: 'year' })
    const own = sim.run({
      type: 'CreateSubscription',
      params: {
        customer: customer().id,
        items: [{ price: yearly.id }, { price: metered.id }],
        billing_mode: { type: 'flexible' },
      },
    })
    expect(project(subscriptionState, sim.world).value.get(own.id)).toMatchObject({
      current_period: { start: JANUARY, end: toInstant('2026-02-01') },
      items: [
        { price: yearly.id, quantity: 1 },
        { price: metered.id, quantity: null },
      ],
    })
    expect(months(sim.world).at(-1)).toMatchObject({ recurring: 750 })
  })

  it('agrees with every subscription as it is shown', () => {
    const { sim, clock } = traded()
    const shown: readonly SubscriptionView[] = sim.ask({
      type: 'ListSubscriptions',
      params: { test_clock: clock.id, status: 'all' },
    }).data
    const rows = project(subscriptionState, sim.world).value
    expect(rows.size).toBe(4)
    expect(shown.map(({ id, status }) => [id, status])).toEqual(
      shown.map(({ id }) => [id, rows.get(id)?.status]),
    )
  })
})

describe('Receivables', () => {
  it('are of an age that changes at whole days after the due date', () => {
    const { sim, price, customer, subscribe } = shop()
    const ada = customer()
    subscribe(ada, price(700), { collection_method: 'send_invoice', days_until_due: 10 })
    const rowsNow = () => project(receivables, sim.world).value
    const at = (instant: number) => agedReceivables(rowsNow(), instant).get('usd')
    expect([...rowsNow().values()].map(({ status }) => status)).toEqual(['draft'])
    expect(at(JANUARY + days(400))).toBeUndefined()
    const { data } = sim.ask({ type: 'ListInvoices', params: { customer: ada.id } })
    sim.run({ type: 'FinalizeInvoice', id: data[0]?.id as string })
    const due = data[0]?.due_date as number
    expect(due).toBe(JANUARY + days(10))
    const none = {
      not_due: 0,
      days_0_30: 0,
      days_31_60: 0,
      days_61_90: 0,
      days_over_90: 0,
      total: 700,
    }
    expect(at(due - 1)).toEqual({ ...none, not_due: 700 })
    expect(at(due)).toEqual({ ...none, days_0_30: 700 })
    expect(at(due + days(31) - 1)).toEqual({ ...none, days_0_30: 700 })
    expect(at(due + days(31))).toEqual({ ...none, days_31_60: 700 })
    expect(at(due + days(61) - 1)).toEqual({ ...none, days_31_60: 700 })
    expect(at(due + days(61))).toEqual({ ...none, days_61_90: 700 })
    expect(at(due + days(91) - 1)).toEqual({ ...none, days_61_90: 700 })
    expect(at(due + days(91))).toEqual({ ...none, days_over_90: 700 })
  })

  it('of a charged invoice are due when it is final, and gone once it is paid', () => {
    const { sim, price, customer, subscribe, until } = shop()
    const ada = customer()
    subscribe(ada, price(700))
    replaceCard(sim, ada.id, 'pm_card_chargeCustomerFail')
    until('2026-02-02')
    const rows = project(receivables, sim.world).value
    const final = toInstant('2026-02-01T01:00:00Z')
    expect([...rows.values()]).toMatchObject([{ due: final, amount_due: 700, amount_paid: 0 }])
    replaceCard(sim, ada.id, 'pm_card_visa')
    sim.run({ type: 'PayInvoice', id: [...rows.keys()][0] as string })
    expect(project(receivables, sim.world).value.size).toBe(0)
  })

  it('follow a due date that is put off, and forget a draft that is deleted', () => {
    const { sim, customer } = shop()
    const { id: owner } = customer()
    const { id } = sim.run({
      type: 'CreateInvoice',
      params: { customer: owner, collection_method: 'send_invoice', days_until_due: 5 },
    })
    const row = () => project(receivables, sim.world).value.get(id)
    expect(row()?.due).toBe(JANUARY + days(5))
    sim.run({ type: 'UpdateInvoice', id, params: { days_until_due: 9 } })
    expect(row()).toMatchObject({ due: JANUARY + days(9), status: 'draft', total: 0 })
    sim.run({ type: 'DeleteInvoice', id })
    expect(row()).toBeUndefined()
  })
})

describe('Revenue by month', () => {
  it('has every month of each currency, and what recurs at its end', () => {
    const { sim } = traded()
    const row = (currency: string, month: string, amounts: readonly number[]) => {
      const [billed, paid, written_off, recurring_gained, recurring_lost, recurring] = amounts
      return {
        currency,
        month,
        billed,
        paid,
        written_off,
        recurring_gained,
        recurring_lost,
        recurring,
      }
    }
    // 9 euros in two weeks are 19.50 a month; 120.05 dollars a year are 10.00.
    expect(months(sim.world)).toEqual([
      row('eur', '2026-01', [2_700, 0, 0, 1_950, 0, 1_950]),
      row('eur', '2026-02', [1_800, 0, 0, 0, 0, 1_950]),
      row('eur', '2026-03', [1_800, 1_800, 1_800, 0, 0, 1_950]),
      row('eur', '2026-04', [900, 0, 0, 0, 1_950, 0]),
      row('usd', '2026-01', [16_005, 16_005, 0, 5_000, 0, 5_000]),
      row('usd', '2026-02', [4_000, 2_600, 1_000, 0, 1_000, 4_000]),
      row('usd', '2026-03', [3_000, 3_000, 0, 0, 2_000, 2_000]),
      row('usd', '2026-04', [1_000, 1_000, 0, 0, 0, 2_000]),
      row('usd', '2026-05', [1_000, 1_000, 0, 0, 0, 2_000]),
      row('usd', '2026-06', [1_000, 1_000, 0, 0, 0, 2_000]),
    ])
  })

  it('balances: what was billed is paid, written off, open, or was settled by the balance', () => {
    const { sim } = traded()
    const owed = agedReceivables(project(receivables, sim.world).value, toInstant('2026-06-10'))
    const left = (currency: string) =>
      months(sim.world)
        .filter((month) => month.currency === currency)
        .reduce((sum, { billed, paid, written_off }) => sum + billed - paid - written_off, 0)
    expect(left('eur')).toBe(owed.get('eur')?.total)
    expect(left('usd') - (owed.get('usd')?.total ?? 0)).toBe(400)
  })

  it('takes what the balance had settled out of the bill when the invoice is voided', () => {
    const { sim, customer } = shop()
    const { id: owner } = customer()
    sim.run({
      type: 'CreateCustomerBalanceTransaction',
      id: owner,
      params: { amount: -300, currency: 'usd' },
    })
    sim.run({
      type: 'CreateInvoiceItem',
      params: { customer: owner, amount: 1_000, currency: 'usd' },
    })
    const { id } = sim.run({
      type: 'CreateInvoice',
      params: { customer: owner, pending_invoice_items_behavior: 'include', auto_advance: false },
    })
    sim.run({ type: 'FinalizeInvoice', id })
    sim.run({ type: 'VoidInvoice', id })
    expect(months(sim.world)).toMatchObject([{ billed: 1_000, paid: 0, written_off: 1_000 }])
  })

  it('leaves no month out in which nothing happens, and passes over trials and pauses', () => {
    const { sim, price, customer, subscribe, until } = shop()
    subscribe(customer(), price(3_000, { interval: 'month', interval_count: 6 }))
    subscribe(customer(), price(100), { trial_period_days: 700 })
    until('2026-07-02')
    expect(months(sim.world).map(({ month, recurring }) => [month, recurring])).toEqual([
      ['2026-01', 500],
      ['2026-02', 500],
      ['2026-03', 500],
      ['2026-04', 500],
      ['2026-05', 500],
      ['2026-06', 500],
      ['2026-07', 500],
    ])
  })
})

describe('the projections of billing', () => {
  it('say the same however the log is cut, and write to no view that they were given', () => {
    const { sim, until } = traded()
    const { world } = sim
    const holds = <View>(projection: Projection<View, World>): void => {
      const whole = project(projection, world).value
      for (const cuts of [[1], [7, 1, 30], [1_000]])
        expect(foldedInCuts(projection, world, cuts), projection.name).toEqual(whole)
    }
    holds(subscriptionState)
    holds(receivables)
    holds(revenueByMonth)
    const early = project(revenueByMonth, world)
    const kept = structuredClone(early)
    until('2026-08-20')
    expect(project(revenueByMonth, sim.world, early)).toEqual(project(revenueByMonth, sim.world))
    expect(early).toEqual(kept)
  })
})
