import type { CommandOf, Rejection } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { refusal } from '../support/given.js'
import { DAY, HOUR, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600
const FAILS = 'pm_card_chargeCustomerFail'

type Params = Omit<CommandOf<'CreateSubscription'>['params'], 'customer'>

const rejection = (act: () => unknown): Rejection | undefined => {
  try {
    act()
  } catch (error) {
    return (error as { readonly rejection: Rejection }).rejection
  }
  return undefined
}

describe('A customer', () => {
  const inEuros = (life: Life): string =>
    life.price(900, { interval: 'month' }, { currency: 'eur' })
  const refusedFor = (currency: string) =>
    refusal({
      message: `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${currency}`,
    })

  it('subscribes in one currency until what runs in it has ended', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    const items = [{ price: inEuros(life) }]
    expect(rejection(() => life.subscribe({ items }))).toStrictEqual(refusedFor('usd'))
    life.run({ type: 'CancelSubscription', id })
    expect(life.subscribe({ items }).currency).toBe('eur')
  })

  it('subscribes in no other currency than that of what is pending', () => {
    const life = new Life(APRIL)
    const { id } = life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 5, currency: 'eur' },
    })
    const items = [{ price: life.price(1_000) }]
    expect(rejection(() => life.subscribe({ items }))).toStrictEqual(refusedFor('eur'))
    life.run({ type: 'DeleteInvoiceItem', id })
    expect(life.subscribe({ items }).currency).toBe('usd')
  })

  it('is delinquent from a failure until it is made good', () => {
    const life = new Life(APRIL)
    const delinquent = (): boolean | undefined =>
      life.sim.world.customers.get(life.customer)?.delinquent
    life.monthly(1_000)
    life.paysBy(FAILS)
    life.to(MAY + HOUR - 1)
    expect(delinquent()).toBe(false)
    life.to(MAY + HOUR)
    expect(delinquent()).toBe(true)
    life.paysBy('pm_card_visa')
    life.run({ type: 'PayInvoice', id: life.invoice(-1).id })
    expect(delinquent()).toBe(false)
    expect(life.notices(MAY + HOUR).filter(({ type }) => type === 'customer.updated')).toHaveLength(
      3,
    )
  })
})

describe('The status of a subscription whose newest invoice is void', () => {
  const JUNE = 1_780_272_000

  /** May's invoice as it is told, June's open and failed. */
  const twoInvoices = (ofMay: 'paid' | 'failed' | 'uncollectible' | 'void') => {
    const life = new Life(APRIL, { settings: { dunning: { finalAction: 'past_due' } } })
    const { id } = life.monthly(1_000)
    if (ofMay !== 'paid') life.paysBy(FAILS)
    life.to(MAY + HOUR)
    const may = life.invoice(-1).id
    if (ofMay === 'uncollectible') life.run({ type: 'MarkInvoiceUncollectible', id: may })
    if (ofMay === 'void') life.run({ type: 'VoidInvoice', id: may })
    life.paysBy(FAILS)
    life.to(JUNE + HOUR)
    return { life, id, june: life.invoice(-1).id }
  }

  it.each([
    ['paid', 'active'],
    ['failed', 'past_due'],
    ['uncollectible', 'active'],
    ['void', 'active'],
  ] as const)('is told by the one before: %s leaves it %s', (ofMay, status) => {
    const { life, id, june } = twoInvoices(ofMay)
    expect(life.subscription(id).status).toBe('past_due')
    life.run({ type: 'VoidInvoice', id: june })
    expect(life.subscription(id).status).toBe(status)
  })

  it('is active once the newest is paid, whatever is open before it', () => {
    const { life, id, june } = twoInvoices('failed')
    life.run({ type: 'PayInvoice', id: june, params: { paid_out_of_band: true } })
    expect(life.subscription(id).status).toBe('active')
  })
})

describe('While collection is paused', () => {
  it.each([
    ['keep_as_draft', 'draft'],
    ['mark_uncollectible', 'uncollectible'],
    ['void', 'void'],
  ] as const)('an invoice of a change goes the way of the others (%s)', (behavior, status) => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { trial_period_days: 7 })
    life.update(id, { pause_collection: { behavior } })
    expect(life.update(id, { trial_end: 'now' }).status).toBe('active')
    expect(life.invoice(-1)).toMatchObject({
      status,
      total: 1_000,
      auto_advance: false,
      attempt_count: 0,
      billing_reason: 'subscription_update',
    })
    expect(life.subscription(id).latest_invoice).toBe(life.invoice(-1).id)
  })

  it('an invoice from before goes on, and a resumption by hand lets the next be paid', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    life.paysBy(FAILS)
    life.to(MAY + HOUR).update(id, { pause_collection: { behavior: 'void' } })
    life.paysBy('pm_card_visa')
    life.to(MAY + 3 * DAY)
    expect(life.invoice(-1)).toMatchObject({ status: 'paid', attempt_count: 2 })
    life.update(id, { pause_collection: null })
    life.to(1_780_272_000 + HOUR)
    expect(life.invoice(-1)).toMatchObject({ status: 'paid', attempt_count: 1 })
  })
})

describe('An invoice that is sent', () => {
  const SENT: Partial<Params> = { collection_method: 'send_invoice', days_until_due: 7 }

  it('is a draft for an hour where a trial ends early, too', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { ...SENT, trial_period_days: 7 })
    life.to(APRIL + DAY).update(id, { trial_end: 'now' })
    expect(life.invoice(-1)).toMatchObject({
      status: 'draft',
      automatically_finalizes_at: APRIL + DAY + HOUR,
      due_date: APRIL + 8 * DAY,
    })
    life.to(APRIL + DAY + HOUR)
    expect(life.told(APRIL + DAY + HOUR).map(([, type]) => type)).toStrictEqual([
      'invoice.finalized',
      'payment_intent.created',
      'invoice.sent',
    ])
  })

  it('asks for no method at the end of a trial', () => {
    const life = new Life(APRIL, { card: null })
    const { id, pending_setup_intent } = life.monthly(1_000, {
      ...SENT,
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    })
    expect(pending_setup_intent).toBeNull()
    life.to(APRIL + 7 * DAY)
    expect(life.subscription(id).status).toBe('active')
    expect(life.invoice(-1)).toMatchObject({ status: 'draft', total: 1_000 })
  })
})

describe('Usage', () => {
  it('that is taken back below nothing costs nothing', () => {
    const life = new Life(APRIL)
    life.subscribe({ items: [{ price: life.metered(2).price }] })
    life.to(APRIL + DAY).uses(10)
    life.uses(-30)
    expect(life.to(MAY).lines(-1)).toStrictEqual([[0, '0 × X (at $0.02 / month)', APRIL, MAY]])
  })

  it('of a price that an item leaves is dropped, and that of the next counts from then on', () => {
    const life = new Life(APRIL)
    const { meter, price } = life.metered(2)
    const { id, items } = life.subscribe({ items: [{ price }] })
    life.to(APRIL + DAY).uses(10)
    life.to(APRIL + 2 * DAY)
    const dearer = life.price(5, { interval: 'month', usage_type: 'metered', meter })
    life.update(id, {
      items: [{ id: items.data[0]?.id as string, price: dearer }],
      proration_behavior: 'none',
    })
    life.to(APRIL + 3 * DAY).uses(4)
    expect(life.to(MAY).lines(-1)).toStrictEqual([[20, '4 × X (at $0.05 / month)', APRIL, MAY]])
  })

  it('of a subscription that ends at once is fixed, whatever comes in the hour after', () => {
    const life = new Life(APRIL)
    const { id } = life.subscribe({ items: [{ price: life.metered(2).price }] })
    life.to(APRIL + DAY).uses(10)
    life.run({ type: 'CancelSubscription', id, params: { invoice_now: true } })
    life.uses(5, APRIL + DAY / 2)
    expect(life.to(APRIL + DAY + HOUR).invoice(-1)).toMatchObject({ status: 'paid', total: 20 })
  })
})

describe('A pause', () => {
  const paused = () => {
    const life = new Life(APRIL, { card: null })
    const { id } = life.monthly(1_000, {
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    })
    life.to(APRIL + 8 * DAY)
    return { life, id }
  }

  it('is shown no longer than it holds', () => {
    const { life, id } = paused()
    expect(life.subscription(id).status_details?.paused.subscription.type).toBe(
      'trial_end_without_payment_method',
    )
    expect(life.run({ type: 'CancelSubscription', id })).not.toHaveProperty('status_details')
  })

  it('lets no period begin', () => {
    const { life, id } = paused()
    life.to(MAY + 60 * DAY)
    expect(life.subscription(id).status).toBe('paused')
    expect(life.invoices()).toHaveLength(1)
  })
})

describe('A trial of what is billed besides', () => {
  it('begins once that is paid', () => {
    const life = new Life(APRIL, { card: FAILS })
    const { id: price } = life.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product: life.product, unit_amount: 500 },
    })
    const { id, status } = life.monthly(1_000, {
      trial_period_days: 7,
      add_invoice_items: [{ price }],
    })
    expect(status).toBe('incomplete')
    expect(life.invoice(0)).toMatchObject({ status: 'open', total: 500 })
    life.paysBy('pm_card_visa')
    life.run({ type: 'PayInvoice', id: life.invoice(0).id })
    expect(life.subscription(id)).toMatchObject({
      status: 'trialing',
      trial_end: APRIL + 7 * DAY,
    })
  })

  it('keeps its end in flexible mode where it is to be canceled earlier', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { trial_period_days: 14 })
    expect(life.update(id, { cancel_at: APRIL + 5 * DAY })).toMatchObject({
      cancel_at: APRIL + 5 * DAY,
      trial_end: APRIL + 14 * DAY,
    })
    expect(life.to(APRIL + 5 * DAY).subscription(id).status).toBe('canceled')
    expect(life.invoices()).toHaveLength(1)
  })
})

describe('A preview', () => {
  it('names what was wrong where it stood', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    const items = [{ price: 'price_nope' }]
    for (const params of [{ subscription: id }, { customer: life.customer }])
      expect(
        rejection(() =>
          life.sim.ask({
            type: 'CreateInvoicePreview',
            params: { ...params, subscription_details: { items } },
          }),
        ),
      ).toStrictEqual(
        refusal({
          code: 'resource_missing',
          param: 'subscription_details[items][0][price]',
          message: "No such price: 'price_nope'",
        }),
      )
  })

  it('of an end at once bills what was used', () => {
    const life = new Life(APRIL)
    const { id } = life.subscribe({ items: [{ price: life.metered(2).price }] })
    life.to(APRIL + DAY).uses(10)
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: { subscription: id, subscription_details: { cancel_now: true } },
    })
    expect(preview).toMatchObject({ total: 20, created: APRIL + DAY, status: 'draft' })
  })
})
