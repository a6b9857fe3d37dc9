/** Why lines, invoices, entries of the ledger and balances are what they are. */
import {
  type CreditGrantView,
  E,
  type Explainable,
  type Explanation,
  entries,
  explain,
  explained,
  importLog,
  recomputed,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { FEBRUARY, FINAL, JANUARY, MARCH, Prepaid } from '../credits/support.js'
import { DAY } from '../stories/support.js'
import { restsOn, stepOf, why } from './explain-support.js'

const lineOf = (life: Prepaid, nth = 0, invoice = -1): Explanation => {
  const { id } = life.invoice(invoice).lines.data[nth] as { readonly id: string }
  return why(life.sim.world, { line: id })
}

/** Another price of the meter, on the subscription. */
const adds = (life: Prepaid, form: object): string => {
  const { id } = life.run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product: life.product,
      recurring: { interval: 'month', usage_type: 'metered', meter: life.usage.meter },
      ...form,
    },
  })
  life.run({
    type: 'CreateSubscriptionItem',
    params: { subscription: life.subscription_id, price: id, proration_behavior: 'none' },
  })
  return id
}

/** What each line of the last invoice is worked out from, its numbers in words and in order. */
const shown = (step: Explanation, depth = 2): readonly string[] => {
  const tell = (one: Explanation['parts'][number], left: number): readonly string[] => [
    `${one.by} ${one.value}`,
    ...(left === 0 ? [] : one.parts.flatMap((part) => tell(part, left - 1))),
  ]
  return tell(step, depth)
}

describe('A line of usage', () => {
  it('says which reports count, what they come to, and what put it on the invoice', () => {
    const life = new Prepaid()
    life.uses(100)
    life.to(JANUARY + DAY).uses(250)
    life.to(FINAL)
    const line = lineOf(life)
    expect(line).toMatchObject({ amount: 350, currency: 'usd', value: '350', by: 'half-up' })
    expect(restsOn(line)).toEqual(['InvoiceCreated', 'InvoiceFinalized'])
    const usage = stepOf(line, 'usage')
    expect(usage).toMatchObject({ by: 'sum-of-usage', value: '350', unit: 'units' })
    expect(usage.counted.map(({ at, value }) => [at, value])).toEqual([
      [JANUARY, '100'],
      [JANUARY + DAY, '250'],
    ])
    for (const { position, value } of usage.counted)
      expect(life.sim.world.line.at(position)).toMatchObject({ type: 'MeterEventRecorded', value })
    expect(line.parts[0]?.parts.map(restsOn)).toEqual([['PriceCreated'], ['MeterCreated']])
  })

  it('has what came while it was a draft, and not what came later', () => {
    const life = new Prepaid()
    life.uses(100)
    life.to(FEBRUARY)
    const draft = lineOf(life)
    expect([draft.amount, restsOn(draft)]).toEqual([100, ['InvoiceCreated']])
    life.uses(20, FEBRUARY - 60)
    expect(lineOf(life).amount).toBe(100)
    life.to(FINAL)
    life.uses(5, FEBRUARY - 60)
    const line = lineOf(life)
    expect(line.amount).toBe(120)
    expect(stepOf(line, 'usage').counted.map(({ value }) => value)).toEqual(['100', '20'])
  })

  it('has no report that was cancelled before, and one that was cancelled after', () => {
    const life = new Prepaid()
    const use = (identifier: string, timestamp: number) =>
      life.run({
        type: 'RecordMeterEvent',
        params: {
          event_name: 'requests',
          identifier,
          timestamp,
          payload: { stripe_customer_id: life.customer, value: '10' },
        },
      })
    const cancel = (identifier: string) =>
      life.run({
        type: 'CancelMeterEvent',
        params: { event_name: 'requests', type: 'cancel', cancel: { identifier } },
      })
    life.to(FEBRUARY - 60)
    for (const name of ['before', 'after', 'never']) use(name, FEBRUARY - 60)
    cancel('before')
    life.to(FINAL)
    cancel('after')
    const line = lineOf(life)
    const named = stepOf(line, 'usage').counted.map(({ position }) => {
      const event = life.sim.world.line.at(position) as unknown as { readonly identifier: string }
      return event.identifier
    })
    expect([line.amount, named]).toEqual([20, ['after', 'never']])
  })

  it('says what each tier costs, with the quantity that reaches its flat amount', () => {
    const life = new Prepaid()
    adds(life, {
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 100, unit_amount: 5, flat_amount: 300 },
        { up_to: 'inf', unit_amount_decimal: '3.25' },
      ],
    })
    life.uses(130)
    life.to(FINAL)
    expect(shown(lineOf(life, 0), 3)).toEqual([
      'half-up 500',
      'product 500',
      'given 5',
      'least 100',
      'sum-of-usage 130',
      'given 100',
    ])
    const flat = lineOf(life, 1)
    expect(shown(flat)).toEqual(['half-up 300', 'given 300'])
    expect(flat.parts[0]?.because).toMatchObject([{ by: 'sum-of-usage', value: '130' }])
    expect(shown(lineOf(life, 2), 3)).toEqual([
      'half-up 98',
      'product 97.5',
      'given 3.25',
      'difference 30',
      'sum-of-usage 130',
      'given 100',
    ])
  })

  it('says the one tier that prices a whole volume', () => {
    const life = new Prepaid()
    adds(life, {
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: [
        { up_to: 100, unit_amount: 5 },
        { up_to: 'inf', unit_amount: 3 },
      ],
    })
    life.uses(101)
    life.to(FINAL)
    expect(shown(lineOf(life))).toEqual([
      'half-up 303',
      'product 303',
      'given 3',
      'sum-of-usage 101',
    ])
    expect(stepOf(lineOf(life), 'tier 2').rule?.text).toMatch(/whole quantity/)
  })

  it('says how units make packages', () => {
    const life = new Prepaid()
    adds(life, { unit_amount: 40, transform_quantity: { divide_by: 30, round: 'up' } })
    life.uses(100)
    life.to(FINAL)
    expect(shown(lineOf(life), 4)).toEqual([
      'half-up 160',
      'product 160',
      'given 40',
      'up 4',
      'quotient 10/3',
      'sum-of-usage 100',
      'given 30',
    ])
  })

  it('is never less than nothing', () => {
    const life = new Prepaid()
    life.uses(-5)
    life.to(FINAL)
    expect(shown(lineOf(life), 3)).toEqual([
      'half-up 0',
      'product 0',
      'given 1',
      'greatest 0',
      'sum-of-usage -5',
      'given 0',
    ])
  })

  it('counts the last report of each window where the meter has one', () => {
    const life = new Prepaid()
    const { id: meter } = life.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Seats',
        event_name: 'seats',
        default_aggregation: { formula: 'sum' },
        event_time_window: 'hour',
      },
    })
    adds(life, {
      unit_amount: 100,
      recurring: { interval: 'month', usage_type: 'metered', meter },
    })
    const use = (value: string, timestamp: number) =>
      life.run({
        type: 'RecordMeterEvent',
        params: {
          event_name: 'seats',
          timestamp,
          payload: { stripe_customer_id: life.customer, value },
        },
      })
    life.to(JANUARY + DAY)
    use('3', JANUARY + 7_000)
    use('4', JANUARY + 3_600)
    use('2', JANUARY + 7_200)
    life.to(FINAL)
    const usage = stepOf(lineOf(life), 'usage')
    expect(usage.counted.map(({ at, value }) => [at, value])).toEqual([
      [JANUARY + 3_600, '4'],
      [JANUARY + 7_200, '2'],
    ])
    expect(lineOf(life).amount).toBe(600)
  })

  it('of an end right now counts to this very second', () => {
    const life = new Prepaid()
    life.to(JANUARY + DAY).uses(70)
    life.run({
      type: 'CancelSubscription',
      id: life.subscription_id,
      params: { invoice_now: true },
    })
    const line = lineOf(life)
    expect(line.amount).toBe(70)
    life.uses(1, JANUARY + DAY)
    life.to(JANUARY + 2 * DAY)
    expect(lineOf(life)).toEqual(line)
  })

  it('of usage records says which of them count', () => {
    const life = new Prepaid()
    const price = life.price(3, {
      interval: 'month',
      usage_type: 'metered',
      aggregate_usage: 'sum',
    })
    const { items } = life.subscribe({ items: [{ price }] })
    const id = items.data[0]?.id ?? ''
    const use = (quantity: number, timestamp: number, action: 'set' | 'increment') =>
      life.run({ type: 'CreateUsageRecord', id, params: { quantity, timestamp, action } })
    life.to(JANUARY + 10)
    use(5, JANUARY + 1, 'increment')
    use(7, JANUARY + 2, 'increment')
    use(2, JANUARY + 1, 'set')
    life.to(FINAL)
    const invoice = life.invoices().findIndex(({ subtotal }) => subtotal === 27)
    const line = lineOf(life, 0, invoice)
    expect(stepOf(line, 'usage').counted.map(({ at, value }) => [at - JANUARY, value])).toEqual([
      [1, '5'],
      [1, '-3'],
      [2, '7'],
    ])
    expect(stepOf(line, 'usage').rule?.source).toBe('docs.stripe.com/api/usage_records/create')
  })
})

describe('A line of a licensed item', () => {
  it('says the quantity, and the facts that made it so', () => {
    const life = new Prepaid()
    const price = life.price(700)
    const { id, items } = life.subscribe({ items: [{ price, quantity: 3 }] })
    expect(shown(lineOf(life))).toEqual(['half-up 2100', 'product 2100', 'given 700', 'given 3'])
    expect(restsOn(stepOf(lineOf(life), 'quantity'))).toEqual(['SubscriptionCreated'])
    life.update(id, {
      items: [{ id: items.data[0]?.id ?? '', quantity: 4 }],
      proration_behavior: 'none',
    })
    life.to(FINAL)
    const renewed = life.invoices().findIndex(({ subtotal }) => subtotal === 2_800)
    expect(restsOn(stepOf(lineOf(life, 0, renewed), 'quantity'))).toEqual(['SubscriptionUpdated'])
  })

  it('says the share of a period that it is for', () => {
    const life = new Prepaid()
    life.monthly(2_000, { billing_cycle_anchor: JANUARY + 10 * DAY })
    const line = lineOf(life)
    expect(shown(line, 3)).toEqual([
      'half-up 645',
      'product 20000/31',
      'product 2000',
      'given 2000',
      'given 1',
      'quotient 10/31',
      `given ${10 * DAY}`,
      `given ${31 * DAY}`,
    ])
    expect(stepOf(line, 'share').rule?.source).toBe(
      'docs.stripe.com/billing/subscriptions/billing-cycle',
    )
    expect(explained(line)).toContain('≈ $6.451613')
  })

  it('of a trial is free', () => {
    const life = new Prepaid()
    life.monthly(2_000, { trial_period_days: 7 })
    expect(lineOf(life)).toMatchObject({
      value: '0',
      by: 'given',
      rule: { text: 'A trial is free.' },
    })
    expect(restsOn(lineOf(life))).toEqual(['SubscriptionCreated', 'InvoiceCreated'])
  })

  it('of a metered item on a first invoice has nothing yet', () => {
    const life = new Prepaid()
    life.subscribe({ items: [{ price: life.usage.price }], billing_mode: { type: 'classic' } })
    expect(lineOf(life)).toMatchObject({
      value: '0',
      by: 'given',
      rule: { text: expect.stringMatching(/a first invoice has none/) },
    })
  })
})

describe('A line of an invoice item', () => {
  const billed = (life: Prepaid, params: object): Explanation => {
    life.run({ type: 'CreateInvoiceItem', params: { customer: life.customer, ...params } })
    life.run({
      type: 'CreateInvoice',
      params: { customer: life.customer, pending_invoice_items_behavior: 'include' },
    })
    return lineOf(life)
  }

  it('is the amount as it was given', () => {
    const line = billed(new Prepaid(), { amount: -250, currency: 'usd' })
    expect(line).toMatchObject({
      by: 'given',
      amount: -250,
      rule: { text: expect.stringMatching(/as it is/) },
    })
    expect(restsOn(line)).toEqual(['InvoiceItemCreated', 'InvoiceCreated'])
  })

  it('is a unit amount for each of a quantity', () => {
    const line = billed(new Prepaid(), { unit_amount_decimal: '0.5', quantity: 3, currency: 'usd' })
    expect(shown(line)).toEqual(['half-up 2', 'product 1.5', 'given 0.5', 'given 3'])
  })

  it('is what a price of the catalogue makes of a quantity', () => {
    const life = new Prepaid()
    const { id } = life.run({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product: life.product,
        unit_amount: 40,
        transform_quantity: { divide_by: 30, round: 'down' },
      },
    })
    const line = billed(life, { pricing: { price: id }, quantity: 100 })
    expect(shown(line)).toEqual(['half-up 120', 'product 120', 'given 40', 'down 3'])
  })

  it('follows what was changed of the item', () => {
    const life = new Prepaid()
    billed(life, { amount: 100, currency: 'usd' })
    const item = life.invoice(-1).lines.data[0]?.parent.invoice_item_details?.invoice_item
    life.run({ type: 'UpdateInvoiceItem', id: item ?? '', params: { amount: 300 } })
    expect(lineOf(life).amount).toBe(300)
    expect(restsOn(lineOf(life))).toEqual([
      'InvoiceItemUpdated',
      'InvoiceCreated',
      'InvoiceUpdated',
    ])
  })
})

it('A line that somebody wrote over on a draft is what she wrote', () => {
  const life = new Prepaid()
  life.uses(100)
  life.to(FEBRUARY)
  const { id, lines } = life.invoice(-1)
  life.run({
    type: 'UpdateInvoiceLine',
    id,
    params: { line: lines.data[0]?.id ?? '', amount: 42 },
  })
  expect(lineOf(life)).toMatchObject({
    by: 'given',
    amount: 42,
    rule: { text: expect.stringMatching(/wrote/) },
  })
  life.to(FINAL)
  expect(restsOn(lineOf(life))).toEqual(['InvoiceCreated', 'InvoiceUpdated'])
})

it('A total is its lines, less the credits that paid them', () => {
  const life = new Prepaid()
  life.grant(200)
  life.uses(500)
  life.to(FINAL)
  const total = why(life.sim.world, { invoice: life.invoice(-1).id })
  expect(total.amount).toBe(300)
  expect(shown(total, 1)).toEqual(['difference 300', 'sum 500', 'given 200'])
})

describe('An entry of the ledger', () => {
  const entry = (life: Prepaid, grant: CreditGrantView, nth: number): Explanation =>
    why(life.sim.world, {
      credit_balance_transaction: life.entries(grant)[nth]?.id as string,
    })

  it('that was applied is what the grant held, or what was left of the line', () => {
    const life = new Prepaid()
    const gift = life.grant(200, { category: 'promotional' })
    const paid = life.grant(1_000)
    life.uses(700)
    life.to(FINAL)
    expect(shown(entry(life, gift, 1), 1)).toEqual(['least 200', 'given 700', 'sum 200'])
    expect(shown(entry(life, paid, 1), 2)).toEqual([
      'least 500',
      'difference 500',
      'given 700',
      'given 200',
      'sum 1000',
      'given 1000',
    ])
  })

  it.each<[string, (life: Prepaid) => CreditGrantView, number | null, string]>([
    [
      'a lower priority',
      (life) => life.grant(9, { priority: 1 }),
      1,
      'before it: priority 1, not 50',
    ],
    [
      'a higher priority',
      (life) => life.grant(9, { priority: 60 }),
      2,
      'after it: priority 60, not 50',
    ],
    [
      'an expiry',
      (life) => life.grant(9, { expires_at: MARCH }),
      1,
      'before it: expiry 2026-03-01T00:00:00Z, not never',
    ],
    [
      'a gift',
      (life) => life.grant(9, { category: 'promotional' }),
      1,
      'before it: category promotional, not paid',
    ],
    [
      'a later effect',
      (life) => life.grant(9, { effective_at: FEBRUARY }),
      2,
      'after it: effect 2026-02-01T00:00:00Z, not 2026-01-01T00:00:00Z',
    ],
    ['a later creation', (life) => life.grant(9), 2, 'after it: created later'],
    ['another currency', (life) => life.grantIn('eur', 9), null, 'it is in eur'],
    [
      'an effect after the period',
      (life) => life.grant(9, { effective_at: FEBRUARY + 1 }),
      null,
      'it takes effect at 2026-02-01T00:00:01Z, after the period',
    ],
    [
      'an expiry before its end',
      (life) => life.grant(9, { expires_at: FEBRUARY }),
      null,
      'it expires at 2026-02-01T00:00:00Z, not after the period',
    ],
    [
      'an expiry before the invoice is final',
      (life) => life.grant(9, { expires_at: FEBRUARY + 1 }),
      null,
      'it holds nothing',
    ],
    [
      'other prices',
      (life) => {
        const other = adds(life, { unit_amount: 0 })
        return life.grant(9, { applicability_config: { scope: { prices: [{ id: other }] } } })
      },
      null,
      'it pays other prices',
    ],
  ])('places beside the one that paid a grant of %s', (_, make, place, reason) => {
    const life = new Prepaid()
    const paid = life.grant(500)
    const other = make(life)
    life.uses(300)
    life.to(FINAL)
    const { candidates } = entry(life, paid, 1)
    expect(candidates.find(({ credit_grant }) => credit_grant === other.id)).toMatchObject({
      place,
      why: reason,
    })
    expect(candidates.find(({ credit_grant }) => credit_grant === paid.id)?.why).toBe(
      'this one paid',
    )
  })

  it('says what was left of each grant when it was its turn', () => {
    const life = new Prepaid()
    const first = life.grant(100, { priority: 1 })
    const second = life.grant(900)
    life.uses(300)
    life.to(FINAL)
    expect(
      entry(life, second, 1).candidates.map(({ credit_grant, held, left }) => [
        credit_grant,
        held,
        left,
      ]),
    ).toEqual([
      [first.id, 100, 0],
      [second.id, 900, 900],
    ])
  })

  it('says what was granted, given back, expired and voided, and by which facts', () => {
    const life = new Prepaid()
    life.paysBy('pm_card_chargeCustomerFail')
    const grant = life.grant(1_000, { expires_at: MARCH })
    const voided = life.grant(30)
    life.run({ type: 'VoidCreditGrant', id: voided.id })
    life.uses(1_200)
    life.to(FINAL)
    life.run({ type: 'VoidInvoice', id: life.invoice(-1).id })
    life.to(MARCH)
    const told = [0, 2, 3].map((nth) => {
      const one = entry(life, grant, nth)
      return [one.amount, ...restsOn(one)]
    })
    expect(told).toEqual([
      [1_000, 'CreditGrantCreated', 'CreditBalanceTransactionCreated'],
      [
        1_000,
        'CreditBalanceTransactionCreated',
        'InvoiceVoided',
        'CreditBalanceTransactionCreated',
      ],
      [1_000, 'CreditGrantCreated', 'CreditBalanceTransactionCreated'],
    ])
    expect(restsOn(entry(life, voided, 1))).toEqual([
      'CreditGrantVoided',
      'CreditBalanceTransactionCreated',
    ])
  })
})

describe('A balance', () => {
  it('is the entries of its ledger up to an instant', () => {
    const life = new Prepaid()
    const grant = life.grant(1_000)
    life.grant(50, { effective_at: FEBRUARY })
    life.uses(300)
    life.to(FINAL)
    const of = { customer: life.customer, currency: 'usd' }
    const at = (what: Explainable) => shown(why(life.sim.world, what), 1)
    expect(at({ ...of, at: JANUARY - 1 })).toEqual(['sum 0'])
    expect(at({ ...of, at: FEBRUARY - 1 })).toEqual(['sum 1000', 'given 1000'])
    expect(at({ ...of, at: FEBRUARY })).toEqual(['sum 1050', 'given 1000', 'given 50'])
    expect(at(of)).toEqual(['sum 750', 'given 1000', 'given 50', 'given -300'])
    expect(at({ credit_grant: grant.id })).toEqual(['sum 700', 'given 1000', 'given -300'])
    expect(at({ credit_grant: grant.id, at: FINAL - 1 })).toEqual(['sum 1000', 'given 1000'])
    expect(at({ customer: life.customer, currency: 'eur' })).toEqual(['sum 0'])
  })
})

describe('What is refused', () => {
  it.each<[Explainable, string]>([
    [{ line: 'il_none' }, 'line'],
    [{ invoice: 'in_none' }, 'invoice'],
    [{ credit_balance_transaction: 'cbtxn_none' }, 'credit_balance_transaction'],
    [{ credit_grant: 'credgr_none' }, 'credit_grant'],
    [{ customer: 'cus_none', currency: 'usd' }, 'customer'],
  ])('%j is of nothing', (what, param) => {
    expect(explain(new Prepaid().sim.world, what)).toMatchObject({
      left: { code: 'resource_missing', param },
    })
  })

  it('is of another kind of thing', () => {
    const life = new Prepaid()
    expect(E.isLeft(explain(life.sim.world, { invoice: life.customer }))).toBe(true)
    expect(E.isLeft(explain(life.sim.world, { credit_grant: life.customer }))).toBe(true)
    expect(E.isLeft(explain(life.sim.world, { credit_balance_transaction: life.customer }))).toBe(
      true,
    )
    expect(E.isLeft(explain(life.sim.world, { customer: life.product, currency: 'usd' }))).toBe(
      true,
    )
  })

  it('is a line of a draft that is deleted, or that was taken off it', () => {
    const life = new Prepaid()
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 100, currency: 'usd' },
    })
    const { id } = life.run({
      type: 'CreateInvoice',
      params: { customer: life.customer, pending_invoice_items_behavior: 'include' },
    })
    const line = life.invoice(-1).lines.data[0]?.id ?? ''
    const draft = life.sim.fork()
    draft.run({ type: 'DeleteInvoice', id })
    expect(E.isLeft(explain(draft.world, { line }))).toBe(true)
    life.run({
      type: 'RemoveInvoiceLines',
      id,
      params: { lines: [{ id: line, behavior: 'delete' }] },
    })
    expect(E.isLeft(explain(life.sim.world, { line }))).toBe(true)
  })
})

describe('As data and as text', () => {
  const used = (times: number): Explanation => {
    const life = new Prepaid()
    for (let nth = 1; nth <= times; nth += 1) {
      life.to(JANUARY + nth * 60)
      life.uses(nth)
    }
    life.to(FINAL)
    return lineOf(life)
  }

  it('is plain data that can be worked out again', () => {
    const line = used(40)
    const copy = JSON.parse(JSON.stringify(line)) as Explanation
    expect(copy).toEqual(line)
    expect(recomputed(copy)).toBe('820')
    expect(stepOf(line, 'usage').counted).toHaveLength(40)
  })

  it('shortens what is long', () => {
    const text = explained(used(2_000))
    expect(text).toContain('... 1,996 more')
    expect(text.split('\n').length).toBeLessThan(24)
  })

  it('fits a screen, whatever an invoice has', () => {
    const life = new Prepaid()
    for (let nth = 0; nth < 30; nth += 1)
      life.run({
        type: 'CreateInvoiceItem',
        params: {
          customer: life.customer,
          unit_amount_decimal: '1.5',
          quantity: nth + 2,
          currency: 'usd',
        },
      })
    const { id } = life.run({
      type: 'CreateInvoice',
      params: { customer: life.customer, pending_invoice_items_behavior: 'include' },
    })
    const text = explained(why(life.sim.world, { invoice: id }))
    expect(text).toContain('... 26 more')
    expect(text.split('\n').length).toBeLessThan(45)
  })

  it('reads the log alone: what comes later changes nothing', () => {
    const life = new Prepaid()
    life.uses(10)
    life.to(FINAL)
    const line = lineOf(life)
    const { world } = life.sim
    const id = line.of.replace('line ', '')
    life.uses(10)
    life.to(MARCH + 7_200)
    expect([...entries(life.sim.world)].length).toBeGreaterThan(world.position)
    expect(why(life.sim.world, { line: id })).toEqual(line)
    expect(why(world, { line: id })).toEqual(line)
    expect(why(importLog(life.sim.exportLog()).world, { line: id })).toEqual(line)
  })
})
