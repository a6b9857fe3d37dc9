import { describe, expect, it } from 'vitest'
import { APRIL, DAY, HOUR, MAY, Shop } from './support.js'

const DECLINES = 'pm_card_chargeCustomerFail'

const subscribed = (shop: Shop, params = {}) =>
  shop.run({
    type: 'CreateSubscription',
    params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }], ...params },
  }).id

describe('a customer who is deleted', () => {
  const life = () => {
    const shop = new Shop()
    const subscription = subscribed(shop)
    shop.paysBy(DECLINES)
    const open = shop.drafted(700, { auto_advance: true }).id
    shop.sim.advanceTo(APRIL + HOUR)
    const draft = shop.drafted(500, { auto_advance: true }).id
    const item = shop.item(300).id
    return { shop, subscription, open, draft, item }
  }

  it('is not billed any more: what runs ends, what is not billed yet is dropped', () => {
    const { shop, subscription, open, draft, item } = life()
    expect(shop.invoice(open)).toMatchObject({
      status: 'open',
      next_payment_attempt: APRIL + HOUR + 42 * HOUR,
    })
    shop.run({ type: 'DeleteCustomer', id: shop.customer })
    expect(shop.sim.ask({ type: 'RetrieveSubscription', id: subscription }).status).toBe('canceled')
    expect(() => shop.invoice(draft)).toThrow(`No such invoice: '${draft}'`)
    expect(() => shop.sim.ask({ type: 'RetrieveInvoiceItem', id: item })).toThrow(
      `No such Invoice Item: '${item}'(livemode=false)`,
    )
    expect(shop.invoice(open)).toMatchObject({
      status: 'open',
      auto_advance: false,
      next_payment_attempt: null,
    })
    shop.sim.advanceTo(MAY + DAY)
    expect(shop.invoice(open)).toMatchObject({ status: 'open', attempt_count: 1 })
    expect(shop.notices().filter((type) => type === 'invoice.deleted')).toHaveLength(1)
  })

  it('leaves in this order', () => {
    const { shop } = life()
    expect(shop.facts({ type: 'DeleteCustomer', id: shop.customer })).toEqual([
      'SubscriptionCanceled',
      'InvoiceItemDeleted',
      'InvoiceDeleted',
      'InvoiceUpdated',
      'PaymentMethodDetached',
      'PaymentMethodDetached',
      'CustomerDeleted',
    ])
  })

  it('still owes what is open: it can be paid out of band, voided or written off, not charged', () => {
    for (const end of [
      { type: 'PayInvoice', params: { paid_out_of_band: true } },
      { type: 'VoidInvoice' },
      { type: 'MarkInvoiceUncollectible' },
      { type: 'PayInvoice' },
    ] as const) {
      const { shop, open } = life()
      shop.run({ type: 'DeleteCustomer', id: shop.customer })
      const { status } = shop.run({ ...end, id: open })
      const wanted = {
        VoidInvoice: 'void',
        MarkInvoiceUncollectible: 'uncollectible',
        PayInvoice: 'params' in end ? 'paid' : 'open',
      }[end.type]
      expect(status).toBe(wanted)
    }
  })

  it('gets no balance back from what is voided', () => {
    const shop = new Shop({ card: null })
    shop.balance(-400)
    const { id } = shop.opened(1_000)
    shop.run({ type: 'DeleteCustomer', id: shop.customer })
    expect(shop.facts({ type: 'VoidInvoice', id })).toEqual([
      'PaymentIntentCanceled',
      'InvoiceVoided',
    ])
  })
})

describe('a method that is detached', () => {
  it('pays no subscription and no invoice any more', () => {
    const shop = new Shop({ card: null })
    const card = shop.attach('pm_card_visa').id
    const subscription = subscribed(shop, { default_payment_method: card, trial_end: MAY })
    const named = { default_payment_method: card }
    const draft = shop.drafted(1_000, named).id
    const open = shop.opened(1_000, named).id
    const paid = shop.run({ type: 'PayInvoice', id: shop.opened(1_000, named).id }).id
    shop.run({ type: 'DetachPaymentMethod', id: card })
    expect(
      shop.sim.ask({ type: 'RetrieveSubscription', id: subscription }).default_payment_method,
    ).toBeNull()
    expect([draft, open, paid].map((id) => shop.invoice(id).default_payment_method)).toEqual([
      null,
      null,
      card,
    ])
  })

  it('leaves other methods alone', () => {
    const shop = new Shop({ card: null })
    const card = shop.attach('pm_card_visa').id
    const { id } = shop.drafted(1_000, { default_payment_method: card })
    shop.run({ type: 'DetachPaymentMethod', id: shop.attach('pm_card_mastercard').id })
    expect(shop.invoice(id).default_payment_method).toBe(card)
  })
})

describe('a customer who joins a test clock', () => {
  it('takes along what she owes and what is not billed yet', () => {
    const shop = new Shop({ card: DECLINES })
    const { id } = shop.drafted(1_000, { auto_advance: true })
    const item = shop.item(300).id
    const { id: clock } = shop.run({
      type: 'CreateTestClock',
      params: { frozen_time: APRIL, customer: shop.customer },
    })
    expect(shop.invoice(id).test_clock).toBe(clock)
    expect(shop.sim.ask({ type: 'RetrieveInvoiceItem', id: item }).test_clock).toBe(clock)
    shop.sim.advanceTo(APRIL + DAY)
    expect(shop.invoice(id).status).toBe('draft')
    shop.sim.advanceTo(APRIL + HOUR, clock)
    expect(shop.invoice(id)).toMatchObject({ status: 'open', attempt_count: 1 })
    expect(shop.item(1)).toMatchObject({ date: APRIL + HOUR, test_clock: clock })
  })
})

describe('a test clock', () => {
  const onClock = (settings = {}) => {
    const shop = new Shop({ settings })
    const { id: clock } = shop.run({
      type: 'CreateTestClock',
      params: { frozen_time: APRIL, customer: shop.customer },
    })
    return { shop, clock }
  }

  it('takes all that lives on it along when it is deleted', () => {
    const { shop, clock } = onClock()
    const open = shop.opened(1_000).id
    const draft = shop.drafted(500).id
    const item = shop.item(300).id
    shop.run({ type: 'DeleteTestClock', id: clock })
    for (const id of [open, draft])
      expect(() => shop.invoice(id)).toThrow(`No such invoice: '${id}'`)
    expect(() => shop.sim.ask({ type: 'RetrieveInvoiceItem', id: item })).toThrow(
      `No such Invoice Item: '${item}'(livemode=false)`,
    )
    expect(() => shop.sim.ask({ type: 'ListInvoiceLines', id: open })).toThrow()
    expect(
      shop.sim.ask({ type: 'ListInvoices', params: { customer: shop.customer } }).data,
    ).toEqual([])
    for (const type of ['PayInvoice', 'VoidInvoice'] as const)
      shop.refuses(
        { type, id: open },
        {
          status: 404,
          code: 'resource_missing',
          param: 'id',
          message: `No such invoice: '${open}'`,
        },
      )
  })

  it('lets nobody write to what lives on it while it is advancing', () => {
    const { shop, clock } = onClock({ strict: true })
    const open = shop.opened(1_000).id
    const draft = shop.drafted(500).id
    const item = shop.item(300).id
    shop.run({ type: 'AdvanceClock', id: clock, params: { frozen_time: APRIL + HOUR } })
    const { customer } = shop
    const lines = [{ amount: 1 }]
    const commands = [
      { type: 'CreateInvoice', params: { customer } },
      { type: 'CreateInvoiceItem', params: { customer, amount: 1 } },
      { type: 'UpdateInvoiceItem', id: item, params: { amount: 1 } },
      { type: 'DeleteInvoiceItem', id: item },
      { type: 'AddInvoiceLines', id: draft, params: { lines } },
      { type: 'UpdateInvoice', id: draft, params: { description: 'x' } },
      { type: 'DeleteInvoice', id: draft },
      { type: 'FinalizeInvoice', id: draft },
      { type: 'PayInvoice', id: open },
      { type: 'SendInvoice', id: open },
      { type: 'VoidInvoice', id: open },
      { type: 'MarkInvoiceUncollectible', id: open },
    ] as const
    const refusals = commands.map((command) => {
      try {
        shop.run(command)
        return `${command.type} was accepted`
      } catch (error) {
        return (error as { rejection: { status: number } }).rejection
      }
    })
    expect(refusals[0]).toMatchObject({ status: 429 })
    expect(refusals).toEqual(commands.map(() => refusals[0]))
  })
})
