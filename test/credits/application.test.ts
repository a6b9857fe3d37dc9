import { createSimulator } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { FEBRUARY, FINAL, JANUARY, MARCH, Prepaid } from './support.js'

/** The invoice of the renewal, so many units having been used in January. */
const RENEWAL = 0

const used = (life: Prepaid, units: number): Prepaid => {
  life.to(JANUARY + 10 * 86_400).uses(units)
  return life
}

describe('credits pay metered lines when an invoice becomes final', () => {
  it('M-E1: the credits go, and the rest is charged', () => {
    const life = new Prepaid()
    const A = life.grant(1_000)
    used(life, 1_250).to(FINAL)
    const invoice = life.invoice(RENEWAL)
    const [entry] = life.entries(A).slice(1)
    const credits = [
      { amount: 1_000, credit_balance_transaction: entry?.id, type: 'credit_balance_transaction' },
    ]
    expect(invoice).toMatchObject({
      subtotal: 1_250,
      subtotal_excluding_tax: 1_250,
      total: 250,
      total_excluding_tax: 250,
      amount_due: 250,
      amount_paid: 250,
      status: 'paid',
      total_pretax_credit_amounts: credits,
    })
    expect(invoice.lines.data[0]).toMatchObject({
      amount: 1_250,
      subtotal: 1_250,
      pretax_credit_amounts: credits,
    })
    expect(entry).toMatchObject({
      object: 'billing.credit_balance_transaction',
      created: FINAL,
      effective_at: FINAL,
      credit: null,
      credit_grant: A.id,
      debit: {
        amount: { type: 'monetary', monetary: { currency: 'usd', value: 1_000 } },
        type: 'credits_applied',
        credits_applied: {
          invoice: invoice.id,
          invoice_line_item: invoice.lines.data[0]?.id,
        },
      },
      type: 'debit',
      test_clock: life.clock,
    })
    expect(life.left(A)).toBe(0)
  })

  it('M-E2: where they cover everything nothing is charged', () => {
    const life = new Prepaid()
    const A = life.grant(1_000)
    used(life, 400).to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({
      total: 0,
      amount_due: 0,
      status: 'paid',
      attempt_count: 0,
    })
    expect(life.paidBy(RENEWAL, { A })).toEqual(['A/400'])
    expect(life.left(A)).toBe(600)
    expect(
      life.sim.ask({ type: 'ListInvoicePayments', params: { invoice: life.invoice(RENEWAL).id } })
        .data,
    ).toEqual([])
  })

  it('M-E4: what expires first burns first, what never does last', () => {
    const life = new Prepaid()
    const A = life.grant(1_000, { expires_at: 1_775_001_600 })
    const B = life.grant(1_000, { expires_at: MARCH })
    const C = life.grant(1_000)
    used(life, 1_500).to(FINAL)
    expect(life.paidBy(RENEWAL, { A, B, C })).toEqual(['B/1000', 'A/500'])
    expect([life.left(A), life.left(B), life.left(C)]).toEqual([500, 0, 1_000])
  })

  it('M-E5: promotional credits burn before paid ones', () => {
    const life = new Prepaid()
    const A = life.grant(1_000, { category: 'paid' })
    life.to(JANUARY + 5)
    const B = life.grant(1_000, { category: 'promotional' })
    used(life, 1_500).to(FINAL)
    expect(life.paidBy(RENEWAL, { A, B })).toEqual(['B/1000', 'A/500'])
  })

  it('M-E7: of equal grants what took effect first burns first, then what was created first', () => {
    const life = new Prepaid()
    const A = life.grant(200, { effective_at: JANUARY + 100 })
    life.to(JANUARY + 1)
    const B = life.grant(200, { effective_at: JANUARY + 50 })
    used(life, 300).to(FINAL)
    expect(life.paidBy(RENEWAL, { A, B })).toEqual(['B/200', 'A/100'])

    const other = new Prepaid()
    const first = other.grant(200, { effective_at: JANUARY + 100 })
    other.to(JANUARY + 1)
    const second = other.grant(200, { effective_at: JANUARY + 100 })
    used(other, 300).to(FINAL)
    expect(other.paidBy(RENEWAL, { first, second })).toEqual(['first/200', 'second/100'])
  })

  it('the lower priority goes before all else', () => {
    const life = new Prepaid()
    const A = life.grant(100, { category: 'promotional', expires_at: MARCH })
    const B = life.grant(100, { priority: 49 })
    const C = life.grant(100, { priority: 0 })
    used(life, 250).to(FINAL)
    expect(life.paidBy(RENEWAL, { A, B, C })).toEqual(['C/100', 'B/100', 'A/50'])
  })

  it('M-E10: only metered lines of the subscription are paid', () => {
    const life = new Prepaid()
    const A = life.grant(5_000)
    life.run({
      type: 'CreateInvoiceItem',
      params: {
        customer: life.customer,
        subscription: life.subscription_id,
        amount: 2_000,
        currency: 'usd',
      },
    })
    used(life, 500).to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({ subtotal: 2_500, total: 2_000 })
    expect(life.paidBy(RENEWAL, { A })).toEqual(['A/500'])

    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 2_000, currency: 'usd' },
    })
    const { id } = life.run({
      type: 'CreateInvoice',
      params: { customer: life.customer, pending_invoice_items_behavior: 'include' },
    })
    life.run({ type: 'FinalizeInvoice', id })
    expect(life.sim.ask({ type: 'RetrieveInvoice', id })).toMatchObject({
      total: 2_000,
      total_pretax_credit_amounts: [],
    })

    const legacy = life.price(1, {
      interval: 'month',
      usage_type: 'metered',
      aggregate_usage: 'sum',
    })
    const { items } = life.subscribe({ items: [{ price: legacy }] })
    life.run({
      type: 'CreateUsageRecord',
      id: items.data[0]?.id ?? '',
      params: { quantity: 800 },
    })
    life.to(MARCH + 7_200)
    expect(life.invoice(-1)).toMatchObject({
      subtotal: 800,
      total: 800,
      total_pretax_credit_amounts: [],
    })
  })

  it('a licensed line is not paid', () => {
    const life = new Prepaid()
    const A = life.grant(5_000)
    life.run({
      type: 'CreateSubscriptionItem',
      params: {
        subscription: life.subscription_id,
        price: life.price(700),
        proration_behavior: 'none',
      },
    })
    used(life, 500).to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({ subtotal: 1_200, total: 700 })
    expect(life.paidBy(RENEWAL, { A })).toEqual(['A/500'])
  })

  it('M-E15: a grant of the second after the period does not pay it', () => {
    const life = new Prepaid()
    const A = life.grant(1_000, { effective_at: FEBRUARY + 1 })
    used(life, 500).to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({ total: 500, total_pretax_credit_amounts: [] })
    expect(life.left(A)).toBe(1_000)
  })

  it.each([
    ['effective with the renewal', { effective_at: FEBRUARY }, 500],
    ['effective a second later', { effective_at: FEBRUARY + 1 }, 0],
    ['expiring with the renewal', { expires_at: FEBRUARY }, 0],
    ['expiring a second later, before the invoice is final', { expires_at: FEBRUARY + 1 }, 0],
    ['expiring in the second in which it becomes final', { expires_at: FINAL }, 0],
    ['expiring a second after that', { expires_at: FINAL + 1 }, 500],
  ])('a grant %s', (_, params, paid) => {
    const life = new Prepaid()
    life.grant(1_000, params)
    used(life, 500).to(FINAL)
    expect(life.invoice(RENEWAL).total).toBe(500 - paid)
  })

  it('M-E16: credits pay in their own currency', () => {
    const life = new Prepaid()
    const A = life.grantIn('eur', 1_000)
    const B = life.grant(300)
    used(life, 1_000).to(FINAL)
    expect(life.paidBy(RENEWAL, { A, B })).toEqual(['B/300'])
    expect(life.left(A)).toBe(1_000)
  })

  it('M-E18: what stands on a draft is not available, and not used', () => {
    const life = new Prepaid()
    const A = life.grant(1_000)
    used(life, 1_250).to(FEBRUARY)
    expect(life.invoice(RENEWAL)).toMatchObject({
      status: 'draft',
      total: 250,
      amount_due: 250,
      total_pretax_credit_amounts: [
        { amount: 1_000, credit_balance_transaction: null, type: 'credit_balance_transaction' },
      ],
    })
    expect(life.balances()).toEqual([{ currency: 'usd', available: 0, ledger: 1_000 }])
    life.to(FINAL)
    expect(life.balances()).toEqual([{ currency: 'usd', available: 0, ledger: 0 }])
    expect(life.left(A)).toBe(0)
  })

  it('M-E19: a draft that grows takes more when it becomes final', () => {
    const life = new Prepaid()
    const A = life.grant(1_000)
    used(life, 400).to(FEBRUARY)
    expect(life.invoice(RENEWAL).total_pretax_credit_amounts).toMatchObject([{ amount: 400 }])
    life.uses(300, FEBRUARY - 60)
    life.to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({ subtotal: 700, total: 0 })
    expect(life.paidBy(RENEWAL, { A })).toEqual(['A/700'])
  })

  it('a grant that is for some prices pays their lines only', () => {
    const life = new Prepaid()
    const dear = life.price(2, {
      interval: 'month',
      usage_type: 'metered',
      meter: life.usage.meter,
    })
    life.run({
      type: 'CreateSubscriptionItem',
      params: { subscription: life.subscription_id, price: dear, proration_behavior: 'none' },
    })
    const A = life.grant(5_000, { applicability_config: { scope: { prices: [{ id: dear }] } } })
    used(life, 100).to(FINAL)
    const invoice = life.invoice(RENEWAL)
    expect(invoice).toMatchObject({ subtotal: 300, total: 100 })
    expect(
      invoice.lines.data.map(({ amount, pretax_credit_amounts }) => [
        amount,
        pretax_credit_amounts.length,
      ]),
    ).toEqual([
      [200, 1],
      [100, 0],
    ])
    expect(life.left(A)).toBe(4_800)
  })

  it('the balance of a customer pays what credits leave', () => {
    const life = new Prepaid()
    life.grant(1_000)
    life.run({
      type: 'CreateCustomerBalanceTransaction',
      id: life.customer,
      params: { amount: -100, currency: 'usd' },
    })
    used(life, 1_250).to(FINAL)
    expect(life.invoice(RENEWAL)).toMatchObject({
      total: 250,
      starting_balance: -100,
      ending_balance: 0,
      amount_due: 150,
    })
  })

  it('a preview shows what credits would pay, and takes nothing', () => {
    const life = new Prepaid()
    life.grant(1_000)
    used(life, 1_250)
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: { subscription: life.subscription_id },
    })
    expect(preview).toMatchObject({
      subtotal: 1_250,
      total: 250,
      total_pretax_credit_amounts: [{ amount: 1_000, credit_balance_transaction: null }],
    })
    expect(life.balances()).toEqual([{ currency: 'usd', available: 1_000, ledger: 1_000 }])
  })

  it('two drafts show the same credits, and available is never below nothing', () => {
    const life = new Prepaid()
    life.grant(1_000)
    life.subscribe({ items: [{ price: life.usage.price }] })
    used(life, 800).to(FEBRUARY)
    expect(
      life
        .invoices()
        .filter(({ status }) => status === 'draft')
        .map(({ total }) => total),
    ).toEqual([0, 0])
    expect(life.balances()).toEqual([{ currency: 'usd', available: 0, ledger: 1_000 }])
    life.to(FINAL)
    expect(
      life
        .invoices()
        .slice(-2)
        .map(({ total }) => total),
    ).toEqual([0, 600])
  })
})

it('credits that are over pay nothing, though the clock that they came to has not said so yet', () => {
  const sim = createSimulator({ seed: 'credits', now: JANUARY })
  const { id: customer } = sim.run({ type: 'CreateCustomer', params: {} })
  const { id: meter } = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'Requests',
      event_name: 'requests',
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: price } = sim.run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'X' },
      unit_amount: 1,
      recurring: { interval: 'month', usage_type: 'metered', meter },
    },
  })
  sim.run({
    type: 'CreateCreditGrant',
    params: {
      customer,
      amount: { type: 'monetary', monetary: { currency: 'usd', value: 100 } },
      applicability_config: { scope: { price_type: 'metered' } },
      expires_at: FEBRUARY + 60,
    },
  })
  const { id: subscription } = sim.run({
    type: 'CreateSubscription',
    params: {
      customer,
      collection_method: 'send_invoice',
      days_until_due: 5,
      items: [{ price }],
    },
  })
  sim.run({
    type: 'RecordMeterEvent',
    params: { event_name: 'requests', payload: { stripe_customer_id: customer, value: '70' } },
  })
  sim.advanceTo(FEBRUARY)
  const newest = () => sim.ask({ type: 'ListInvoices', params: { subscription } }).data[0]
  expect(newest()?.total).toBe(0)
  sim.run({ type: 'CreateTestClock', params: { frozen_time: FEBRUARY + 60, customer } })
  expect(newest()?.total).toBe(70)
  sim.run({ type: 'FinalizeInvoice', id: newest()?.id ?? '' })
  expect(newest()).toMatchObject({ total: 70, total_pretax_credit_amounts: [] })
})

describe('an invoice that is void gives its credits back', () => {
  const open = (params: Parameters<Prepaid['grant']>[1] = {}) => {
    const life = new Prepaid()
    life.paysBy('pm_card_chargeCustomerFail')
    const A = life.grant(1_000, params)
    used(life, 1_250).to(FINAL)
    return { life, A, id: life.invoice(RENEWAL).id }
  }

  it('to the grant, in an entry of its own', () => {
    const { life, A, id } = open()
    expect(life.left(A)).toBe(0)
    life.run({ type: 'VoidInvoice', id })
    expect(life.ledger(A)).toEqual([
      ['credits_granted', 1_000],
      ['credits_applied', 1_000],
      ['credits_application_invoice_voided', 1_000],
    ])
    expect(life.entries(A).at(-1)).toMatchObject({
      type: 'credit',
      credit: {
        credits_application_invoice_voided: { invoice: id },
        type: 'credits_application_invoice_voided',
      },
      debit: null,
    })
    expect(life.left(A)).toBe(1_000)
    expect(life.sim.ask({ type: 'RetrieveInvoice', id })).toMatchObject({
      status: 'void',
      total: 250,
      total_pretax_credit_amounts: [{ amount: 1_000 }],
    })
  })

  it('what belongs to a grant that is over expires at once', () => {
    const { life, A, id } = open({ expires_at: FINAL + 10 })
    life.to(FINAL + 10).run({ type: 'VoidInvoice', id })
    expect(life.ledger(A).slice(2)).toEqual([
      ['credits_application_invoice_voided', 1_000],
      ['credits_expired', 1_000],
    ])
    expect(life.left(A)).toBe(0)
  })

  it('credits that came back burn again, and their grant cannot be voided', () => {
    const { life, A, id } = open()
    life.run({ type: 'VoidInvoice', id })
    expect(() => life.run({ type: 'VoidCreditGrant', id: A.id })).toThrow(
      'has been applied to an invoice and cannot be voided',
    )
    life.uses(300)
    life.to(MARCH + 3_600)
    expect(life.left(A)).toBe(700)
  })

  it('writing an invoice off gives nothing back', () => {
    const { life, A, id } = open()
    life.run({ type: 'MarkInvoiceUncollectible', id })
    expect(life.left(A)).toBe(0)
  })
})

it('M-D4: cancelling an event after the invoice is final changes neither it nor its credits', () => {
  const life = new Prepaid()
  const A = life.grant(30)
  used(life, 40)
  life.to(1_769_900_000).run({
    type: 'RecordMeterEvent',
    params: {
      event_name: 'requests',
      identifier: 'z',
      payload: { stripe_customer_id: life.customer, value: '2' },
    },
  })
  life.to(FINAL)
  expect(life.invoice(RENEWAL).lines.data[0]).toMatchObject({ quantity: 42, amount: 42 })
  life.to(1_769_910_000).run({
    type: 'CancelMeterEvent',
    params: { event_name: 'requests', type: 'cancel', cancel: { identifier: 'z' } },
  })
  const [summary] = life.sim.ask({
    type: 'ListMeterEventSummaries',
    id: life.usage.meter,
    params: { customer: life.customer, start_time: JANUARY, end_time: FEBRUARY },
  }).data
  expect(summary?.aggregated_value).toBe(40)
  expect(life.invoice(RENEWAL).lines.data[0]).toMatchObject({ quantity: 42, amount: 42 })
  expect(life.invoices()).toHaveLength(1)
  expect(life.left(A)).toBe(0)
})
