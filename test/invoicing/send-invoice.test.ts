import { type CommandOf, entries } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { APRIL, DAY, HOUR, MAY, Shop } from './support.js'

type SettingsParams = NonNullable<CommandOf<'UpdateSettings'>['params']>

const SENT = { collection_method: 'send_invoice', days_until_due: 30 } as const

describe('an invoice that is sent', () => {
  it('S-G5: is due so many days after its creation, and late makes its subscription late', () => {
    const shop = new Shop({ card: null })
    const { id, status } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }], ...SENT },
    })
    expect(status).toBe('active')
    const subscription = () => shop.sim.ask({ type: 'RetrieveSubscription', id })
    const first = subscription().latest_invoice as string
    expect(shop.invoice(first)).toMatchObject({
      status: 'draft',
      automatically_finalizes_at: APRIL + HOUR,
      next_payment_attempt: null,
      due_date: MAY,
    })
    shop.sim.advanceTo(APRIL + HOUR)
    expect(shop.invoice(first)).toMatchObject({
      status: 'open',
      number: expect.stringMatching(/-0001$/),
      attempted: false,
      next_payment_attempt: null,
    })
    expect(shop.notices()).toEqual(['invoice.created', 'invoice.finalized', 'invoice.sent'])
    shop.sim.advanceTo(MAY - 1)
    expect(subscription().status).toBe('active')
    shop.sim.advanceTo(MAY)
    expect(subscription()).toMatchObject({ status: 'past_due' })
    const renewal = subscription().latest_invoice as string
    expect(shop.invoice(renewal)).toMatchObject({ status: 'draft', due_date: 1_780_185_600 })
    const types = shop.notices()
    shop.sim.advanceTo(MAY + 2 * DAY)
    const paid = shop.run({ type: 'PayInvoice', id: first, params: { paid_out_of_band: true } })
    expect(paid).toMatchObject({
      status: 'paid',
      amount_paid: 1_000,
      amount_paid_off_stripe: 1_000,
      amount_remaining: 0,
      attempted: false,
      attempt_count: 0,
    })
    expect(subscription().status).toBe('active')
    expect(shop.notices().slice(types.length)).toEqual([
      'invoice.finalized',
      'invoice.sent',
      'invoice.updated',
      'invoice.paid',
    ])
  })

  it('makes its customer delinquent once it is late, until it is settled', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000, SENT)
    const delinquent = () => shop.sim.world.customers.need(shop.customer).delinquent
    shop.sim.advanceTo(MAY - 1)
    expect(delinquent()).toBe(false)
    shop.sim.advanceTo(MAY)
    expect(delinquent()).toBe(true)
    shop.run({ type: 'VoidInvoice', id })
    expect(delinquent()).toBe(false)
  })

  it('is not late where it was settled before', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.opened(1_000, SENT)
    shop.run({ type: 'MarkInvoiceUncollectible', id })
    shop.sim.advanceTo(MAY + DAY)
    expect(shop.sim.world.customers.need(shop.customer).delinquent).toBe(false)
    expect(shop.invoice(id).status).toBe('uncollectible')
  })

  it('can be due at once', () => {
    const shop = new Shop({ card: null })
    expect(shop.drafted(1_000, { ...SENT, days_until_due: 0 }).due_date).toBe(APRIL)
  })

  it('is not charged, whatever its customer has', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000, { ...SENT, auto_advance: true })
    shop.sim.advanceTo(APRIL + DAY)
    expect(shop.invoice(id)).toMatchObject({ status: 'open', attempted: false })
  })
})

describe('SendInvoice', () => {
  it('makes a draft final, and tells its customer', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.drafted(1_000, SENT)
    expect(shop.facts({ type: 'SendInvoice', id })).toEqual([
      'CustomerInvoiceNumberTaken',
      'InvoiceFinalized',
      'PaymentIntentCreated',
      'InvoiceSent',
    ])
    expect(shop.run({ type: 'SendInvoice', id })).toMatchObject({ status: 'open' })
    expect(shop.notices().slice(-2)).toEqual(['invoice.finalized', 'invoice.sent'])
  })

  it('sends an open one again, which changes nothing of it', () => {
    const shop = new Shop({ card: null })
    const open = shop.opened(1_000, SENT)
    expect(shop.run({ type: 'SendInvoice', id: open.id })).toEqual(open)
    shop.run({ type: 'SendInvoice', id: open.id })
    expect(shop.notices().slice(-2)).toEqual(['invoice.sent', 'invoice.sent'])
  })

  it('sends nothing where nothing is to be paid', () => {
    const shop = new Shop({ card: null })
    const { id } = shop.drafted(0, SENT)
    expect(shop.run({ type: 'SendInvoice', id }).status).toBe('paid')
    expect(shop.notices()).not.toContain('invoice.sent')
  })

  const message =
    'This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help.'
  it.each<[string, (shop: Shop) => string]>([
    ['one that is charged', (shop) => shop.drafted(1_000).id],
    [
      'one that is paid',
      (shop) =>
        shop.run({
          type: 'PayInvoice',
          id: shop.opened(1_000, SENT).id,
          params: { paid_out_of_band: true },
        }).id,
    ],
    [
      'one that is void',
      (shop) => shop.run({ type: 'VoidInvoice', id: shop.opened(1_000, SENT).id }).id,
    ],
  ])('refuses %s', (_, make) => {
    const shop = new Shop()
    shop.refuses({ type: 'SendInvoice', id: make(shop) }, { message })
  })

  it('refuses one that is not there', () =>
    new Shop().refuses(
      { type: 'SendInvoice', id: 'in_nope' },
      {
        status: 404,
        code: 'resource_missing',
        param: 'invoice',
        message: "No such invoice: 'in_nope'",
      },
    ))
})

const noDueDate =
  "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'."
const onlyWhenSent =
  "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'."
const one = {
  code: 'parameters_exclusive',
  param: 'days_until_due',
  message: 'You may only specify one of these parameters: due_date, days_until_due.',
}

describe('a due date', () => {
  it.each([
    [{ collection_method: 'send_invoice' }, { message: noDueDate }],
    [{ days_until_due: 5 }, { message: onlyWhenSent }],
    [{ due_date: MAY }, { message: onlyWhenSent }],
    [{ days_until_due: 5, due_date: MAY }, { message: onlyWhenSent }],
    [{ collection_method: 'send_invoice', days_until_due: 5, due_date: MAY }, one],
  ] as const)('does not go with %j, at creation or later', (params, expected) => {
    const shop = new Shop()
    const { customer } = shop
    shop.refuses({ type: 'CreateInvoice', params: { customer, ...params } }, expected)
    shop.refuses({ type: 'UpdateInvoice', id: shop.draft().id, params }, expected)
  })

  it('comes and goes with the way that a draft is collected', () => {
    const shop = new Shop()
    const { id } = shop.draft({ auto_advance: true })
    const changed = (params: NonNullable<CommandOf<'UpdateInvoice'>['params']>) =>
      shop.run({ type: 'UpdateInvoice', id, params })
    expect(changed({ ...SENT })).toMatchObject({ due_date: MAY, next_payment_attempt: null })
    expect(changed({ days_until_due: 1 }).due_date).toBe(APRIL + DAY)
    expect(changed({ due_date: MAY + 7 }).due_date).toBe(MAY + 7)
    expect(changed({ description: 'x' }).due_date).toBe(MAY + 7)
    expect(changed({ collection_method: 'charge_automatically' })).toMatchObject({
      due_date: null,
      next_payment_attempt: APRIL + HOUR,
    })
  })

  it('counts from the creation, also when it is changed later', () => {
    const shop = new Shop()
    const { id } = shop.draft(SENT)
    shop.sim.advanceTo(APRIL + DAY)
    expect(shop.run({ type: 'UpdateInvoice', id, params: { days_until_due: 2 } }).due_date).toBe(
      APRIL + 2 * DAY,
    )
  })
})

describe('reminders of a sent invoice', () => {
  /** What was told of an invoice due on May 1st, and when, in days from then. */
  const told = (settings: SettingsParams, finalizedAt = APRIL) => {
    const shop = new Shop({ card: null, settings })
    const { id } = shop.drafted(1_000, SENT)
    shop.sim.advanceTo(finalizedAt)
    shop.finalize(id)
    shop.sim.advanceTo(MAY + 40 * DAY)
    return shop.reminders().map(([type, at]) => [type, (at - MAY) / DAY])
  }

  it('are not sent unless the settings ask for them', () => expect(told({})).toEqual([]))

  it.each([
    [
      7,
      3,
      [
        ['invoice.will_be_due', -7],
        ['invoice.overdue', 3],
      ],
    ],
    [null, 1, [['invoice.overdue', 1]]],
    [
      1,
      1,
      [
        ['invoice.will_be_due', -1],
        ['invoice.overdue', 1],
      ],
    ],
    [5, null, [['invoice.will_be_due', -5]]],
    [31, null, []],
  ])('are sent %j days before the due date and %j days after it', (ahead, after, expected) => {
    const automation = { dueSoonBeforeDays: ahead, overdueAfterDays: after }
    expect(told({ automation })).toEqual(expected)
  })

  it('are not sent ahead of what was made final later than that, and once if it is overdue', () => {
    const automation = { dueSoonBeforeDays: 7, overdueAfterDays: 3 }
    expect(told({ automation }, MAY - 2 * DAY)).toEqual([['invoice.overdue', 3]])
    expect(told({ automation }, MAY + 10 * DAY)).toEqual([['invoice.overdue', 10]])
  })

  it('move with the due date', () => {
    const shop = new Shop({
      card: null,
      settings: { automation: { dueSoonBeforeDays: 7, overdueAfterDays: null } },
    })
    const { id } = shop.drafted(1_000, SENT)
    shop.run({ type: 'UpdateInvoice', id, params: { days_until_due: 20 } })
    shop.finalize(id)
    shop.sim.advanceTo(MAY)
    expect(shop.reminders()).toEqual([['invoice.will_be_due', APRIL + 13 * DAY]])
  })

  it('end with the payment', () => {
    const shop = new Shop({
      card: null,
      settings: { automation: { dueSoonBeforeDays: 7, overdueAfterDays: 3 } },
    })
    const { id } = shop.opened(1_000, SENT)
    shop.run({ type: 'PayInvoice', id, params: { paid_out_of_band: true } })
    shop.sim.advanceTo(MAY + 40 * DAY)
    expect(shop.reminders()).toEqual([])
  })
})

describe('the final action on a sent invoice', () => {
  /** A sent subscription that is never paid, 31 days after the first due date. */
  const unpaid = (settings: SettingsParams) => {
    const shop = new Shop({
      card: null,
      settings: { sendInvoice: { finalActionAfterDays: 30 }, ...settings },
    })
    const { id, latest_invoice } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }], ...SENT },
    })
    shop.sim.advanceTo(MAY + 30 * DAY - 1)
    expect(shop.sim.ask({ type: 'RetrieveSubscription', id }).status).toBe('past_due')
    shop.sim.advanceTo(MAY + 30 * DAY)
    return {
      subscription: shop.sim.ask({ type: 'RetrieveSubscription', id }),
      invoice: shop.invoice(latest_invoice as string),
    }
  }

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ] as const)('of %s leaves the subscription %s', (finalAction, status) => {
    const { subscription, invoice } = unpaid({ dunning: { finalAction } })
    expect(subscription.status).toBe(status)
    expect(invoice).toMatchObject({ status: 'open', auto_advance: false })
  })

  it('is not told of where nothing of the invoice shows it', () => {
    const shop = new Shop({ card: null, settings: { sendInvoice: { finalActionAfterDays: 30 } } })
    const { id } = shop.opened(1_000, SENT)
    const { position } = shop.sim.world
    shop.sim.advanceTo(MAY + 31 * DAY)
    const facts = [...entries(shop.sim.world, position)].map(({ event }) => event.type)
    expect(facts).toContain('InvoiceUpdated')
    expect(shop.notices()).toEqual(['invoice.created', 'invoice.finalized'])
    expect(shop.invoice(id).status).toBe('open')
  })

  it('can write the invoice off', () => {
    const { invoice } = unpaid({ dunning: { finalInvoice: 'uncollectible' } })
    expect(invoice).toMatchObject({
      status: 'uncollectible',
      status_details: { uncollectible: { reason: 'payment_not_received' } },
    })
  })
})

describe('what the clock does to a sent invoice', () => {
  it('is recorded in order: said ahead, late, its customer delinquent, said again, the end', () => {
    const shop = new Shop({
      card: null,
      settings: {
        automation: { dueSoonBeforeDays: 1, overdueAfterDays: 1 },
        sendInvoice: { finalActionAfterDays: 30 },
        dunning: { finalInvoice: 'uncollectible' },
      },
    })
    shop.opened(1_000, SENT)
    const { position } = shop.sim.world
    shop.sim.advanceTo(MAY + 40 * DAY)
    const facts = [...entries(shop.sim.world, position)].map(({ event }) => event)
    expect(
      facts
        .filter(({ type }) => type !== 'RootClockAdvanced')
        .map(({ type, at }) => [type, (at - MAY) / DAY]),
    ).toEqual([
      ['InvoiceReminded', -1],
      ['InvoiceFellDue', 0],
      ['CustomerUpdated', 0],
      ['InvoiceReminded', 1],
      ['InvoiceUpdated', 30],
      ['InvoiceMarkedUncollectible', 30],
      ['CustomerUpdated', 30],
    ])
  })

  it.each(['PassInvoiceDueDate', 'RemindOfInvoice', 'EndUnpaidInvoice'] as const)(
    '%s is refused before its time, and of what it does not concern',
    (type) => {
      const shop = new Shop({
        card: null,
        settings: {
          automation: { dueSoonBeforeDays: null, overdueAfterDays: 1 },
          sendInvoice: { finalActionAfterDays: 30 },
        },
      })
      const { id } = shop.opened(1_000, SENT)
      const due = {
        PassInvoiceDueDate: MAY,
        RemindOfInvoice: MAY + DAY,
        EndUnpaidInvoice: MAY + 30 * DAY,
      }[type]
      shop.refuses(
        { type, id },
        { param: 'id', message: `${type} of '${id}' is due at ${due}, not before.` },
      )
      for (const other of [shop.drafted(1_000).id, 'in_nope'])
        shop.refuses(
          { type, id: other },
          { param: 'id', message: `There is nothing like ${type} to be done for '${other}'.` },
        )
    },
  )
})
