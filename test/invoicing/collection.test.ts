import type { CommandOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { APRIL, DAY, HOUR, MAY, Shop } from './support.js'

const DECLINES = 'pm_card_chargeCustomerFail'

/** When the smart schedule tries again first. */
const RETRY = 42 * HOUR

const pay = (shop: Shop, id: string, params: CommandOf<'PayInvoice'>['params'] = {}) =>
  shop.run({ type: 'PayInvoice', id, params })

const intentOf = (shop: Shop, invoice: string) => {
  const [payment] = shop.sim.ask({ type: 'ListInvoicePayments', params: { invoice } }).data
  return shop.sim.ask({
    type: 'RetrievePaymentIntent',
    id: payment?.payment.payment_intent as string,
  })
}

describe('FinalizeInvoice', () => {
  it('makes a draft final and leaves the payment to be made', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000)
    expect(shop.finalize(id)).toMatchObject({
      status: 'open',
      attempted: false,
      attempt_count: 0,
      auto_advance: false,
      next_payment_attempt: null,
      amount_due: 1_000,
      amount_remaining: 1_000,
      effective_at: APRIL,
      status_transitions: { finalized_at: APRIL, paid_at: null },
      customer_email: 'ada@example.com',
    })
    expect(intentOf(shop, id)).toMatchObject({ amount: 1_000, currency: 'usd' })
    shop.sim.advanceTo(MAY)
    expect(shop.invoice(id).status).toBe('open')
  })

  it('keeps how its customer was then', () => {
    const shop = new Shop()
    const draft = shop.drafted(1_000)
    const rename = (name: string) =>
      shop.run({ type: 'UpdateCustomer', id: shop.customer, params: { name } })
    rename('Ada')
    expect(shop.invoice(draft.id).customer_name).toBe('Ada')
    shop.finalize(draft.id)
    rename('Countess')
    expect(shop.invoice(draft.id).customer_name).toBe('Ada')
  })

  it('keeps an effective date that it was given', () => {
    const shop = new Shop()
    expect(shop.opened(1_000, { effective_at: APRIL - DAY }).effective_at).toBe(APRIL - DAY)
  })

  it.each([
    [true, {}],
    [false, { auto_advance: true }],
  ])('(%j, %j) sets off the payment an hour later', (auto_advance, params) => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000, { auto_advance })
    expect(shop.run({ type: 'FinalizeInvoice', id, params })).toMatchObject({
      status: 'open',
      attempted: false,
      auto_advance: true,
      automatically_finalizes_at: null,
      next_payment_attempt: APRIL + HOUR,
    })
    shop.sim.advanceTo(APRIL + HOUR - 1)
    expect(shop.invoice(id).attempted).toBe(false)
    shop.sim.advanceTo(APRIL + HOUR)
    expect(shop.invoice(id)).toMatchObject({ status: 'paid', attempt_count: 1 })
  })

  it('can stop a draft from going on', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000, { auto_advance: true })
    expect(
      shop.run({ type: 'FinalizeInvoice', id, params: { auto_advance: false } }),
    ).toMatchObject({ auto_advance: false, next_payment_attempt: null })
  })

  it('pays what nothing is due for, and says that it was attempted', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.drafted(0)
    expect(shop.facts({ type: 'FinalizeInvoice', id })).toEqual([
      'CustomerInvoiceNumberTaken',
      'InvoiceFinalized',
      'InvoicePaid',
    ])
    expect(shop.finalize(id)).toMatchObject({
      status: 'paid',
      attempted: true,
      attempt_count: 0,
      amount_paid: 0,
      auto_advance: false,
    })
    expect(shop.notices()).toEqual([
      'invoice.created',
      'invoice.finalized',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
    ])
  })

  it('refuses what is final already', () => {
    const shop = new Shop()
    shop.refuses(
      { type: 'FinalizeInvoice', id: shop.opened(1_000).id },
      {
        message: "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      },
    )
  })
})

describe('PayInvoice', () => {
  it('charges an open invoice', () => {
    const shop = new Shop()
    const { id } = shop.opened(1_000)
    expect(shop.facts({ type: 'PayInvoice', id })).toEqual(['ChargeCreated', 'InvoicePaid'])
    expect(pay(shop, id)).toMatchObject({
      status: 'paid',
      attempted: true,
      attempt_count: 1,
      amount_paid: 1_000,
      amount_remaining: 0,
      status_transitions: { paid_at: APRIL },
    })
    expect(shop.notices().slice(-3)).toEqual([
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
    ])
  })

  it('makes a draft final first', () => {
    const shop = new Shop()
    expect(pay(shop, shop.drafted(1_000).id)).toMatchObject({
      status: 'paid',
      status_transitions: { finalized_at: APRIL, paid_at: APRIL },
    })
    expect(pay(shop, shop.drafted(0).id)).toMatchObject({ status: 'paid', attempt_count: 0 })
  })

  it('leaves an invoice open that cannot be charged, and its customer delinquent', () => {
    const shop = new Shop({ card: DECLINES })
    const { id } = shop.opened(1_000)
    expect(pay(shop, id)).toMatchObject({
      status: 'open',
      attempted: true,
      attempt_count: 1,
      amount_paid: 0,
      next_payment_attempt: null,
    })
    expect(intentOf(shop, id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    })
    expect(shop.sim.world.customers.need(shop.customer).delinquent).toBe(true)
    expect(shop.notices().slice(-2)).toEqual(['invoice.updated', 'invoice.payment_failed'])
  })

  it('fails without a charge where nobody has a method', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000)
    expect(shop.facts({ type: 'PayInvoice', id })).not.toContain('ChargeCreated')
    expect(pay(shop, id)).toMatchObject({ status: 'open', attempt_count: 1 })
    expect(intentOf(shop, id)).toMatchObject({ last_payment_error: null, latest_charge: null })
  })

  it('S-H8: by hand it counts as an attempt only where it is the first', () => {
    const shop = new Shop({ card: DECLINES })
    const { id } = shop.drafted(1_000, { auto_advance: true })
    shop.sim.advanceTo(APRIL + HOUR)
    const retry = APRIL + HOUR + RETRY
    expect(shop.invoice(id)).toMatchObject({ attempt_count: 1, next_payment_attempt: retry })
    pay(shop, id)
    expect(pay(shop, id)).toMatchObject({ attempt_count: 1, next_payment_attempt: retry })
    shop.sim.advanceTo(retry)
    expect(shop.invoice(id)).toMatchObject({
      attempt_count: 2,
      next_payment_attempt: retry + RETRY,
    })
  })

  it('a retry that succeeds ends the retries', () => {
    const shop = new Shop({ card: DECLINES })
    const { id } = shop.drafted(1_000, { auto_advance: true })
    shop.sim.advanceTo(APRIL + HOUR)
    shop.paysBy('pm_card_visa')
    shop.sim.advanceTo(APRIL + HOUR + RETRY)
    expect(shop.invoice(id)).toMatchObject({
      status: 'paid',
      attempt_count: 2,
      next_payment_attempt: null,
    })
    expect(shop.sim.world.customers.need(shop.customer).delinquent).toBe(false)
  })

  it.each([
    ['leave_open', 'open'],
    ['uncollectible', 'uncollectible'],
  ] as const)(
    'retries that are used up (%s) leave a manual invoice %s, and what is written off is owed no more',
    (finalInvoice, status) => {
      const shop = new Shop({ card: DECLINES, settings: { dunning: { finalInvoice } } })
      const { id } = shop.drafted(1_000, { auto_advance: true })
      shop.sim.advanceTo(MAY)
      expect(shop.invoice(id)).toMatchObject({
        status,
        attempt_count: 9,
        auto_advance: false,
        next_payment_attempt: null,
      })
      expect(shop.sim.world.customers.need(shop.customer).delinquent).toBe(status === 'open')
    },
  )

  it('is refused to be retried by the command of the clock before its time', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000)
    shop.run({ type: 'FinalizeInvoice', id, params: { auto_advance: true } })
    shop.refuses(
      { type: 'RetryInvoice', id },
      { param: 'id', message: `RetryInvoice of '${id}' is due at ${APRIL + HOUR}, not before.` },
    )
    pay(shop, id)
    shop.refuses(
      { type: 'RetryInvoice', id },
      { param: 'id', message: `There is nothing like RetryInvoice to be done for '${id}'.` },
    )
  })

  it('notes what was paid out of band: no attempt, and no payment that succeeded', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000)
    expect(pay(shop, id, { paid_out_of_band: true })).toMatchObject({
      status: 'paid',
      attempted: false,
      attempt_count: 0,
      amount_paid: 1_000,
      amount_paid_off_stripe: 1_000,
      status_transitions: { paid_at: APRIL },
    })
    expect(shop.notices().slice(-2)).toEqual(['invoice.updated', 'invoice.paid'])
    shop.refuses(
      { type: 'ConfirmPaymentIntent', id: intentOf(shop, id).id },
      {
        code: 'payment_intent_unexpected_state',
        message: 'The invoice of this PaymentIntent can no longer be paid.',
      },
    )
  })

  it('asks a customer who is there to authenticate', () => {
    const shop = new Shop({ card: 'pm_card_authenticationRequired' })
    const { id } = shop.opened(1_000)
    const onSession = { off_session: false }
    expect(shop.facts({ type: 'PayInvoice', id, params: onSession })).toContain(
      'InvoicePaymentActionRequired',
    )
    expect(pay(shop, id, onSession)).toMatchObject({
      status: 'open',
      attempted: true,
    })
    expect(shop.notices().slice(-2)).toEqual(['invoice.updated', 'invoice.payment_action_required'])
    const intent = intentOf(shop, id)
    expect(intent.status).toBe('requires_action')
    const authenticate = (outcome: 'succeed' | 'fail') => ({
      type: 'AuthenticatePaymentIntent' as const,
      id: intent.id,
      params: { outcome },
    })
    expect(shop.facts(authenticate('fail'))).toContain('InvoicePaymentFailed')
    expect(shop.facts(authenticate('succeed'))).toContain('InvoicePaid')
    shop.run(authenticate('succeed'))
    expect(shop.invoice(id)).toMatchObject({ status: 'paid', attempt_count: 1 })
  })

  it('fails where the customer must authenticate and is away', () => {
    const shop = new Shop({ card: 'pm_card_authenticationRequired' })
    const { id } = shop.opened(1_000)
    expect(pay(shop, id)).toMatchObject({ status: 'open', attempt_count: 1 })
    expect(intentOf(shop, id)).toMatchObject({
      last_payment_error: { code: 'authentication_required' },
    })
  })

  it('is refused of what is paid or void, before the method is looked at', () => {
    const shop = new Shop()
    const { id } = shop.opened(1_000)
    pay(shop, id)
    const params = { payment_method: 'pm_nope' }
    shop.refuses({ type: 'PayInvoice', id, params }, { message: 'Invoice is already paid' })
    const { id: voided } = shop.run({ type: 'VoidInvoice', id: shop.opened(1_000).id })
    shop.refuses(
      { type: 'PayInvoice', id: voided, params },
      { message: 'You cannot pay an invoice that has been voided.' },
    )
    shop.refuses(
      { type: 'PayInvoice', id: shop.drafted(1_000).id, params },
      {
        code: 'resource_missing',
        param: 'payment_method',
        message: "No such PaymentMethod: 'pm_nope'",
      },
    )
  })

  it('forgives no difference: that is no parameter here', () => {
    const shop = new Shop()
    shop.refuses(
      { type: 'PayInvoice', id: shop.opened(1_000).id, params: { forgive: true } as never },
      {
        code: 'parameter_unknown',
        param: 'forgive',
        message: 'Received unknown parameter: forgive',
      },
    )
  })
})

describe('which method pays an invoice', () => {
  /** The method that paid a renewal, of those that were named. */
  const paidBy = (named: readonly ('invoice' | 'subscription' | 'customer' | 'pay')[]) => {
    const shop = new Shop({ card: null })
    const { id } = shop.run({
      type: 'CreateSubscription',
      params: {
        customer: shop.customer,
        items: [{ price: shop.monthly(1_000) }],
        trial_end: MAY,
      },
    })
    shop.sim.advanceTo(MAY)
    const invoice = shop.sim.ask({ type: 'RetrieveSubscription', id }).latest_invoice as string
    const methods = new Map<string | undefined, string>()
    const named_ = (where: string): string => {
      const { id: method } = shop.attach('pm_card_visa')
      methods.set(method, where)
      return method
    }
    if (named.includes('customer'))
      shop.run({
        type: 'UpdateCustomer',
        id: shop.customer,
        params: { invoice_settings: { default_payment_method: named_('customer') } },
      })
    if (named.includes('subscription'))
      shop.run({
        type: 'UpdateSubscription',
        id,
        params: { default_payment_method: named_('subscription') },
      })
    if (named.includes('invoice'))
      shop.run({
        type: 'UpdateInvoice',
        id: invoice,
        params: { default_payment_method: named_('invoice') },
      })
    const { status } = pay(
      shop,
      invoice,
      named.includes('pay') ? { payment_method: named_('pay') } : {},
    )
    const method = intentOf(shop, invoice).payment_method as string | undefined
    return [methods.get(method) ?? null, status]
  }

  it.each([
    [['pay', 'invoice', 'subscription', 'customer'], 'pay', 'paid'],
    [['invoice', 'subscription', 'customer'], 'invoice', 'paid'],
    [['subscription', 'customer'], 'subscription', 'paid'],
    [['customer'], 'customer', 'paid'],
    [[], null, 'open'],
  ] as const)('of %j it is that of %s', (named, first, status) =>
    expect(paidBy(named)).toEqual([first, status]),
  )

  it('can be another than the default, which stays', () => {
    const shop = new Shop({ card: DECLINES })
    const { id } = shop.opened(1_000)
    pay(shop, id)
    const good = shop.attach('pm_card_visa').id
    expect(pay(shop, id, { payment_method: good })).toMatchObject({
      status: 'paid',
      default_payment_method: null,
    })
  })

  it("cannot be another customer's", () => {
    const shop = new Shop()
    const other = shop.run({ type: 'CreateCustomer' }).id
    const { id: theirs } = shop.run({
      type: 'AttachPaymentMethod',
      id: 'pm_card_visa',
      params: { customer: other },
    })
    shop.refuses(
      { type: 'PayInvoice', id: shop.opened(1_000).id, params: { payment_method: theirs } },
      {
        code: 'resource_missing',
        param: 'payment_method',
        message: `No such PaymentMethod: '${theirs}'`,
      },
    )
  })
})

describe('S-G10: while the collection of a subscription is paused', () => {
  const RESUMES = 1_781_049_600
  const JUNE = 1_780_272_000
  const JULY = 1_782_864_000

  const paused = (behavior: 'void' | 'keep_as_draft' | 'mark_uncollectible') => {
    const shop = new Shop()
    const { id } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
    })
    shop.balance(-1_500)
    shop.sim.advanceTo(APRIL + 9 * DAY)
    shop.run({
      type: 'UpdateSubscription',
      id,
      params: { pause_collection: { behavior, resumes_at: RESUMES } },
    })
    const renewals = () =>
      shop.sim
        .ask({ type: 'ListInvoices', params: { subscription: id } })
        .data.slice(0, -1)
        .reverse()
    return {
      shop,
      renewals,
      status: () => shop.sim.ask({ type: 'RetrieveSubscription', id }).status,
    }
  }

  it('and its invoices are void, each is in the instant that it is made', () => {
    const { shop, renewals, status } = paused('void')
    shop.sim.advanceTo(JUNE)
    expect(renewals()).toMatchObject(
      [MAY, JUNE].map((at) => ({
        status: 'void',
        created: at,
        number: expect.any(String),
        status_transitions: { finalized_at: at, voided_at: at },
      })),
    )
    expect(shop.balanceNow()).toBe(-1_500)
    expect(status()).toBe('active')
    expect(shop.notices()).not.toContain('invoice.upcoming')
    shop.sim.advanceTo(JULY + HOUR)
    expect(renewals()[2]).toMatchObject({ status: 'paid', created: JULY, ending_balance: -500 })
    expect(shop.notices()).toContain('invoice.upcoming')
  })

  it('and its invoices are kept as drafts, they stay so when it is resumed', () => {
    const { shop, renewals } = paused('keep_as_draft')
    shop.sim.advanceTo(RESUMES + DAY)
    expect(renewals()).toMatchObject(
      [MAY, JUNE].map((created) => ({ status: 'draft', created, auto_advance: false })),
    )
    expect(shop.balanceNow()).toBe(-1_500)
  })

  it('and its invoices are written off, the balance is used up first', () => {
    const { shop, renewals, status } = paused('mark_uncollectible')
    shop.sim.advanceTo(MAY)
    expect(renewals()).toMatchObject([{ status: 'paid', amount_due: 0, ending_balance: -500 }])
    shop.sim.advanceTo(JUNE)
    expect(renewals()[1]).toMatchObject({
      status: 'uncollectible',
      amount_due: 500,
      ending_balance: 0,
      status_details: { uncollectible: { reason: 'subscription_paused' } },
    })
    expect(shop.balanceNow()).toBe(0)
    expect(status()).toBe('active')
    const id = renewals()[1]?.id as string
    expect(shop.sim.ask({ type: 'ListInvoicePayments', params: { invoice: id } }).data).toEqual([])
    expect(pay(shop, id)).toMatchObject({ status: 'paid', amount_paid: 500 })
    expect(intentOf(shop, id)).toMatchObject({ status: 'succeeded', amount: 500 })
  })
})
