import { describe, expect, it } from 'vitest'
import { DAY, HOUR, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600
const JUNE = 1_780_272_000
const FIRST = MAY + HOUR
const RETRY_EVERY = 151_200

/** A monthly subscription whose card stops working before its first renewal. */
const failing = (
  settings?: ConstructorParameters<typeof Life>[1] extends infer O
    ? O extends { readonly settings?: infer S }
      ? S
      : never
    : never,
  card = 'pm_card_chargeCustomerFail',
) => {
  const life = new Life(APRIL, settings === undefined ? {} : { settings })
  const { id } = life.monthly(1_000)
  life.paysBy(card)
  return { life, id }
}

describe('Dunning', () => {
  it('S-H1: tries eight times in two weeks, and then cancels', () => {
    const { life, id } = failing()
    life.to(FIRST)
    expect(life.subscription(id).status).toBe('past_due')
    expect(life.invoice(1)).toMatchObject({
      attempt_count: 1,
      next_payment_attempt: FIRST + RETRY_EVERY,
    })
    for (let retry = 1; retry < 8; retry += 1)
      expect(life.to(FIRST + retry * RETRY_EVERY).invoice(1)).toMatchObject({
        attempt_count: retry + 1,
        next_payment_attempt: FIRST + (retry + 1) * RETRY_EVERY,
      })
    life.to(1_778_806_800)
    expect(life.invoice(1)).toMatchObject({
      status: 'open',
      attempt_count: 9,
      auto_advance: false,
      next_payment_attempt: null,
    })
    expect(life.subscription(id)).toMatchObject({
      status: 'canceled',
      ended_at: 1_778_806_800,
      cancellation_details: { reason: 'payment_failed' },
    })
    expect(life.told(1_778_806_800).map(([, type]) => type)).toStrictEqual([
      'charge.failed',
      'payment_intent.payment_failed',
      'invoice.updated',
      'invoice.payment_failed',
      'customer.subscription.deleted',
    ])
  })

  it('writes the invoice off at the end where the settings want it', () => {
    const { life, id } = failing({ dunning: { finalInvoice: 'uncollectible' } })
    life.to(1_778_806_800)
    expect(life.subscription(id).status).toBe('canceled')
    expect(life.invoice(1)).toMatchObject({
      status: 'uncollectible',
      status_details: { uncollectible: { reason: 'max_payment_attempts' } },
    })
  })

  it('S-H2: tries after 3, 5 and 7 days, and leaves an unpaid subscription with drafts', () => {
    const { life, id } = failing({
      dunning: { schedule: { type: 'custom', days: [3, 5, 7] }, finalAction: 'unpaid' },
    })
    for (const [nth, at] of [FIRST, 1_777_856_400, 1_778_288_400, 1_778_893_200].entries())
      expect(life.to(at).invoice(1).attempt_count).toBe(nth + 1)
    expect(life.subscription(id).status).toBe('unpaid')
    life.to(JUNE + HOUR)
    expect(life.invoice(2)).toMatchObject({
      status: 'draft',
      auto_advance: false,
      automatically_finalizes_at: null,
    })
    life.paysBy('pm_card_visa')
    life.to(JUNE + 4 * DAY).run({ type: 'PayInvoice', id: life.invoice(1).id })
    expect(life.invoice(1).status).toBe('paid')
    expect(life.subscription(id).status).toBe('active')
    expect(life.to(JUNE + 10 * DAY).invoice(2).status).toBe('draft')
    life.run({ type: 'FinalizeInvoice', id: life.invoice(2).id })
    expect(life.invoice(2).status).toBe('open')
  })

  it('S-H4: passes over a card that was declined for good, until there is another', () => {
    const { life, id } = failing(undefined, 'tok_visa_chargeCustomerFailStolenCard')
    life.to(FIRST)
    const charges = () =>
      life.sim.ask({ type: 'ListCharges', params: { customer: life.customer } }).data.length
    expect(charges()).toBe(2)
    const retry = 1_777_748_400
    life.to(retry)
    expect(life.invoice(1).attempt_count).toBe(2)
    expect(charges()).toBe(2)
    expect(life.told(retry)).toStrictEqual([[retry, 'invoice.updated']])
    life.paysBy('pm_card_visa')
    life.to(retry + RETRY_EVERY)
    expect(life.invoice(1)).toMatchObject({ status: 'paid', attempt_count: 3 })
    expect(life.subscription(id).status).toBe('active')
  })

  it('S-H5: goes on for an older invoice after a newer one is paid', () => {
    const { life, id } = failing({
      dunning: {
        schedule: { type: 'smart', retries: 8, windowDays: 60 },
        finalAction: 'past_due',
      },
    })
    life.to(1_780_228_800).paysBy('pm_card_visa')
    life.to(1_780_275_600)
    expect(life.invoice(2)).toMatchObject({ created: JUNE, status: 'paid' })
    expect(life.invoice(1)).toMatchObject({
      status: 'open',
      next_payment_attempt: 1_780_837_200,
    })
    expect(life.subscription(id).status).toBe('active')
    expect(life.to(1_780_837_200).invoice(1).status).toBe('paid')
  })

  it('follows a script: fails twice, then works', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    const card = life.run({
      type: 'CreatePaymentMethod',
      params: {
        type: 'card',
        card: { token: 'tok_visa' },
        metadata: { sim_script: 'decline:insufficient_funds, decline:generic_decline, succeed' },
      },
    })
    life.paysBy(card.id)
    life.to(FIRST + RETRY_EVERY)
    expect(life.subscription(id).status).toBe('past_due')
    expect(life.sim.world.customers.need(life.customer).delinquent).toBe(true)
    life.to(FIRST + 2 * RETRY_EVERY)
    expect(life.invoice(1)).toMatchObject({ status: 'paid', attempt_count: 3 })
    expect(life.subscription(id).status).toBe('active')
    expect(life.sim.world.customers.need(life.customer).delinquent).toBe(false)
    expect(life.told(FIRST + 2 * RETRY_EVERY).map(([, type]) => type)).toStrictEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice_payment.paid',
      'customer.subscription.updated',
      'customer.updated',
    ])
  })

  it('pauses a subscription whose payments fail where the settings want it', () => {
    const settings = { pauseOnPaymentFailure: true }
    const { life, id } = failing(settings)
    life.to(1_778_806_800)
    expect(life.subscription(id)).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'final_payment_failure' } } },
    })
    const first = new Life(APRIL, { card: 'pm_card_chargeCustomerFail', settings })
    expect(first.monthly(1_000)).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'first_payment_failure' } } },
    })
  })

  it('S-G14: ends where the invoice is written off, and the subscription is in order again', () => {
    const { life, id } = failing()
    life.to(FIRST)
    const invoice = life.invoice(1)
    life.run({ type: 'MarkInvoiceUncollectible', id: invoice.id })
    expect(life.invoice(1)).toMatchObject({
      status: 'uncollectible',
      next_payment_attempt: null,
      auto_advance: false,
    })
    expect(life.subscription(id).status).toBe('active')
    life.to(FIRST + RETRY_EVERY)
    expect(life.invoice(1).attempt_count).toBe(1)
    life.paysBy('pm_card_visa')
    const paid = life.sim.fork()
    paid.run({ type: 'PayInvoice', id: invoice.id })
    expect(paid.ask({ type: 'RetrieveInvoice', id: invoice.id }).status).toBe('paid')
    life.run({ type: 'VoidInvoice', id: invoice.id })
    expect(life.invoice(1).status).toBe('void')
  })

  it('S-G4: a void gives the balance back, and the subscription its status', () => {
    const { life, id } = failing()
    life.run({
      type: 'CreateCustomerBalanceTransaction',
      id: life.customer,
      params: { amount: -400, currency: 'usd' },
    })
    life.to(FIRST)
    const invoice = life.invoice(1)
    expect(invoice).toMatchObject({ status: 'open', amount_due: 600 })
    expect(life.subscription(id).status).toBe('past_due')
    life.run({ type: 'VoidInvoice', id: invoice.id })
    expect(life.intent().status).toBe('canceled')
    const [newest] = life.sim.ask({
      type: 'ListCustomerBalanceTransactions',
      id: life.customer,
    }).data
    expect(newest).toMatchObject({
      type: 'unapplied_from_invoice',
      amount: -400,
      ending_balance: -400,
      invoice: invoice.id,
    })
    expect(life.subscription(id).status).toBe('active')
  })

  it.each([
    ['void', ['void', 'void'], 0],
    ['keep_as_draft', ['draft', 'draft'], 0],
    ['mark_uncollectible', ['paid', 'uncollectible'], 0],
  ] as const)(
    'S-G10: has nothing to do while collection is paused (%s)',
    (behavior, statuses, balance) => {
      const life = new Life(APRIL)
      const { id } = life.monthly(1_000)
      life.to(1_775_779_200).update(id, {
        pause_collection: { behavior, resumes_at: 1_781_049_600 },
      })
      if (behavior === 'mark_uncollectible')
        life.run({
          type: 'CreateCustomerBalanceTransaction',
          id: life.customer,
          params: { amount: -1_500, currency: 'usd' },
        })
      life.to(JUNE)
      expect(
        life
          .invoices()
          .slice(1)
          .map(({ status }) => status),
      ).toStrictEqual(statuses)
      expect(
        life
          .invoices()
          .slice(1)
          .map(({ created }) => created),
      ).toStrictEqual([MAY, JUNE])
      expect(life.subscription(id).status).toBe('active')
      life.to(1_782_864_000 + HOUR)
      expect(life.subscription(id).pause_collection).toBeNull()
      expect(life.invoices().map(({ status }) => status)).toStrictEqual([
        'paid',
        ...statuses,
        'paid',
      ])
      expect(life.sim.world.customers.need(life.customer).balances.usd ?? 0).toBe(balance)
      const announced = life.told().filter(([, type]) => type === 'invoice.upcoming')
      expect(announced).toStrictEqual([[1_782_259_200, 'invoice.upcoming']])
    },
  )

  it('S-G5: makes a subscription whose sent invoice is late past due, until it is paid', () => {
    const life = new Life(APRIL)
    const { id, status } = life.monthly(1_000, {
      collection_method: 'send_invoice',
      days_until_due: 30,
    })
    expect(status).toBe('active')
    expect(life.invoice(0)).toMatchObject({ status: 'draft', due_date: MAY })
    life.to(APRIL + HOUR)
    expect(life.invoice(0)).toMatchObject({ status: 'open' })
    expect(life.told(APRIL + HOUR).at(-1)).toStrictEqual([APRIL + HOUR, 'invoice.sent'])
    life.to(MAY)
    expect(life.subscription(id).status).toBe('past_due')
    expect(life.invoice(1)).toMatchObject({ created: MAY, due_date: 1_780_185_600 })
    life.to(MAY + 2 * DAY).run({
      type: 'PayInvoice',
      id: life.invoice(0).id,
      params: { paid_out_of_band: true },
    })
    expect(life.subscription(id).status).toBe('active')
    expect(
      life
        .told(MAY + 2 * DAY)
        .filter(([, type]) => type.startsWith('invoice.'))
        .map(([, type]) => type),
    ).toStrictEqual(['invoice.updated', 'invoice.paid'])
  })
})

describe('Collection that is paused', () => {
  it('gives the credit of an invoice below zero, and voids nothing', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000)
    life.update(id, { pause_collection: { behavior: 'void' } })
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, subscription: id, amount: -1_700, currency: 'usd' },
    })
    life.to(MAY)
    expect(life.invoice(1)).toMatchObject({ status: 'paid', total: -700, ending_balance: -700 })
    expect(life.sim.world.customers.need(life.customer).balances.usd).toBe(-700)
  })
})
