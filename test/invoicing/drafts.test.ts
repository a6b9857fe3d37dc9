import type { CommandOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { APRIL, DAY, HOUR, MAY, Shop } from './support.js'

type Params = NonNullable<CommandOf<'UpdateInvoice'>['params']>

const updating = (shop: Shop, id: string) => (params: Params) =>
  shop.run({ type: 'UpdateInvoice', id, params })

const missing = (id: string, param = 'id') => ({
  status: 404,
  code: 'resource_missing',
  param,
  message: `No such invoice: '${id}'`,
})

describe('CreateInvoice', () => {
  it('makes an empty draft that stays one, as the live API did', () => {
    const shop = new Shop()
    shop.item(2_000)
    const draft = shop.draft()
    expect(draft).toMatchObject({
      status: 'draft',
      billing_reason: 'manual',
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
      collection_method: 'charge_automatically',
      created: APRIL,
      period_start: APRIL,
      period_end: APRIL,
      currency: 'usd',
      number: null,
      total: 0,
      amount_due: 0,
      attempted: false,
      effective_at: null,
      parent: null,
      hosted_invoice_url: null,
      lines: { data: [], total_count: 0 },
    })
    shop.sim.advanceTo(MAY)
    expect(shop.invoice(draft.id)).toMatchObject({ status: 'draft' })
  })

  it('takes the pending items of its currency, the newest first', () => {
    const shop = new Shop()
    shop.item(2_000)
    shop.item(1_500)
    const draft = shop.draft({ pending_invoice_items_behavior: 'include' })
    expect(draft.lines.data.map(({ amount }) => amount)).toEqual([1_500, 2_000])
    expect(draft).toMatchObject({ total: 3_500, amount_due: 3_500, amount_remaining: 3_500 })
    const items = shop.sim.ask({ type: 'ListInvoiceItems', params: { customer: shop.customer } })
    expect(items.data.map(({ invoice }) => invoice)).toEqual([draft.id, draft.id])
    expect(shop.draft({ pending_invoice_items_behavior: 'include' }).lines.total_count).toBe(0)
  })

  it('takes only the items of a subscription that it names, and refuses where there are none', () => {
    const shop = new Shop()
    const { id: subscription } = shop.run({
      type: 'CreateSubscription',
      params: {
        customer: shop.customer,
        items: [{ price: shop.monthly(1_000) }],
        metadata: { plan: 'gold' },
      },
    })
    shop.item(100)
    const create = (params: Partial<CommandOf<'CreateInvoice'>['params']> = {}) => ({
      type: 'CreateInvoice' as const,
      params: {
        customer: shop.customer,
        subscription,
        pending_invoice_items_behavior: 'include' as const,
        ...params,
      },
    })
    const none = {
      code: 'invoice_no_subscription_line_items',
      message: 'Nothing to invoice for subscription',
    }
    shop.refuses(create(), none)
    shop.run({
      type: 'CreateInvoiceItem',
      params: { customer: shop.customer, subscription, amount: 300, currency: 'usd' },
    })
    shop.refuses(create({ pending_invoice_items_behavior: 'exclude' }), none)
    expect(shop.run(create())).toMatchObject({
      total: 300,
      billing_reason: 'manual',
      parent: {
        type: 'subscription_details',
        subscription_details: { subscription, metadata: { plan: 'gold' } },
      },
    })
    const other = shop.run({ type: 'CreateCustomer' }).id
    for (const [params, id] of [
      [{ customer: other }, subscription],
      [{ subscription: 'sub_nope' }, 'sub_nope'],
    ] as const)
      shop.refuses(create(params), {
        code: 'resource_missing',
        param: 'subscription',
        message: `No such subscription: '${id}'`,
      })
  })

  it("keeps what it was given, and else the customer's own words", () => {
    const shop = new Shop({
      customer: {
        invoice_settings: { footer: 'Thanks', custom_fields: [{ name: 'PO', value: '7' }] },
      },
    })
    expect(shop.draft()).toMatchObject({
      footer: 'Thanks',
      custom_fields: [{ name: 'PO', value: '7' }],
    })
    const given = {
      custom_fields: [{ name: 'VAT', value: '8' }],
      description: 'For April',
      effective_at: APRIL - DAY,
      footer: 'Bye',
      metadata: { a: 'b' },
      number: 'MINE-7',
      payment_settings: { payment_method_types: ['card'] },
      statement_descriptor: 'SHOP',
    }
    expect(shop.draft(given)).toMatchObject(given)
  })

  it("is in the parameter's currency, else the customer's, else usd", () => {
    const shop = new Shop()
    expect(shop.draft({ currency: 'eur' }).currency).toBe('eur')
    expect(shop.draft().currency).toBe('eur')
    expect(new Shop().draft().currency).toBe('usd')
  })

  it.each([
    [
      { nope: 1 },
      {
        code: 'parameter_unknown',
        param: 'nope',
        message: 'Received unknown parameter: nope',
      },
    ],
    [
      { pending_invoice_items_behavior: 'bogus', auto_advance: true },
      {
        param: 'pending_invoice_items_behavior',
        message: 'Invalid pending_invoice_items_behavior: must be one of include or exclude',
      },
    ],
  ])('refuses %j in the words of the live API', (params, expected) => {
    const shop = new Shop()
    shop.refuses(
      { type: 'CreateInvoice', params: { customer: shop.customer, ...params } as never },
      expected,
    )
  })

  it('refuses a customer that is not there, before all else', () =>
    new Shop().refuses(
      { type: 'CreateInvoice', params: { customer: 'cus_nope', days_until_due: 5 } },
      {
        code: 'resource_missing',
        param: 'customer',
        message: "No such customer: 'cus_nope'",
      },
    ))

  it('refuses another currency than that of what is pending', () => {
    const shop = new Shop()
    shop.item(100)
    shop.refuses(
      { type: 'CreateInvoice', params: { customer: shop.customer, currency: 'eur' } },
      {
        message:
          'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency usd',
      },
    )
  })
})

describe('a draft that advances by itself', () => {
  it('is finalized an hour from its creation, and charged in the same instant', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000, { auto_advance: true })
    expect(shop.invoice(id)).toMatchObject({
      automatically_finalizes_at: APRIL + HOUR,
      next_payment_attempt: APRIL + HOUR,
    })
    shop.sim.advanceTo(APRIL + HOUR - 1)
    expect(shop.invoice(id).status).toBe('draft')
    shop.sim.advanceTo(APRIL + HOUR)
    expect(shop.invoice(id)).toMatchObject({
      status: 'paid',
      attempted: true,
      attempt_count: 1,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
      effective_at: APRIL + HOUR,
      status_transitions: { finalized_at: APRIL + HOUR, paid_at: APRIL + HOUR },
    })
  })

  it('waits as long as the settings say', () => {
    const shop = new Shop({ settings: { invoice: { draftDelaySeconds: 60 } } })
    expect(shop.draft({ auto_advance: true }).automatically_finalizes_at).toBe(APRIL + 60)
  })

  it('loses both times when it is told not to, and has them again', () => {
    const shop = new Shop()
    const update = updating(shop, shop.draft({ auto_advance: true }).id)
    expect(update({ auto_advance: false })).toMatchObject({
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    })
    shop.sim.advanceTo(APRIL + 60)
    expect(update({ auto_advance: true })).toMatchObject({
      automatically_finalizes_at: APRIL + HOUR,
      next_payment_attempt: APRIL + HOUR,
    })
  })

  it('has an hour from now where its own is over', () => {
    const shop = new Shop()
    const { id } = shop.draft()
    shop.sim.advanceTo(APRIL + DAY)
    expect(updating(shop, id)({ auto_advance: true }).automatically_finalizes_at).toBe(
      APRIL + DAY + HOUR,
    )
  })

  it('can be given its time, which stays until it is changed', () => {
    const shop = new Shop()
    const { id } = shop.draft({ auto_advance: true, automatically_finalizes_at: MAY })
    const update = updating(shop, id)
    expect(update({ description: 'later' })).toMatchObject({
      automatically_finalizes_at: MAY,
      next_payment_attempt: MAY,
    })
    expect(update({ automatically_finalizes_at: MAY + 1 }).automatically_finalizes_at).toBe(MAY + 1)
    expect(update({ collection_method: 'send_invoice', days_until_due: 1 })).toMatchObject({
      automatically_finalizes_at: MAY + 1,
      next_payment_attempt: null,
    })
  })

  const FIVE_YEARS = 5 * 366 * DAY
  const wrongTime =
    'The automatically_finalizes_at of an invoice must be in the future, and at most five years ahead.'
  it.each([
    [false, MAY, "You can only set 'automatically_finalizes_at' if 'auto_advance' is true."],
    [true, APRIL, wrongTime],
    [true, APRIL + FIVE_YEARS + 1, wrongTime],
  ])('(%j) refuses the time %i', (auto_advance, automatically_finalizes_at, message) => {
    const shop = new Shop()
    const params = { auto_advance, automatically_finalizes_at }
    const refusal = { message, param: 'automatically_finalizes_at' }
    shop.refuses({ type: 'CreateInvoice', params: { customer: shop.customer, ...params } }, refusal)
    shop.refuses({ type: 'UpdateInvoice', id: shop.draft().id, params }, refusal)
  })

  it('can be finalized as late as five years ahead', () =>
    expect(
      new Shop().draft({
        auto_advance: true,
        automatically_finalizes_at: APRIL + FIVE_YEARS,
      }).automatically_finalizes_at,
    ).toBe(APRIL + FIVE_YEARS))

  it('is refused to be finalized before its time by the command of the clock', () => {
    const shop = new Shop()
    const { id } = shop.draft({ auto_advance: true })
    shop.refuses(
      { type: 'AutoFinalizeInvoice', id },
      {
        param: 'id',
        message: `AutoFinalizeInvoice of '${id}' is due at ${APRIL + HOUR}, not before.`,
      },
    )
    const idle = shop.draft().id
    shop.refuses(
      { type: 'AutoFinalizeInvoice', id: idle },
      {
        param: 'id',
        message: `There is nothing like AutoFinalizeInvoice to be done for '${idle}'.`,
      },
    )
  })
})

describe('the draft of a renewal', () => {
  it('S-G8: takes items and shows them last for an hour, and none after that', () => {
    const shop = new Shop()
    const { id } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
    })
    shop.sim.advanceTo(MAY + HOUR / 2)
    const draft = shop.sim.ask({ type: 'RetrieveSubscription', id }).latest_invoice as string
    expect(shop.invoice(draft)).toMatchObject({ status: 'draft', total: 1_000, created: MAY })
    shop.item(250, { invoice: draft })
    const { lines, total } = shop.invoice(draft)
    expect(total).toBe(1_250)
    expect(lines.data.map(({ amount }) => amount)).toEqual([1_000, 250])
    shop.sim.advanceTo(MAY + HOUR + 1)
    expect(shop.invoice(draft)).toMatchObject({ status: 'paid', amount_paid: 1_250 })
    shop.refuses(
      {
        type: 'CreateInvoiceItem',
        params: { customer: shop.customer, invoice: draft, amount: 250, currency: 'usd' },
      },
      {
        code: 'invoice_not_editable',
        message: 'Invalid invoice: This invoice is no longer editable',
      },
    )
    expect(shop.item(250).invoice).toBeNull()
    shop.sim.advanceTo(1_780_272_000)
    const june = shop.sim.ask({ type: 'RetrieveSubscription', id }).latest_invoice as string
    expect(shop.invoice(june).lines.data.map(({ amount }) => amount)).toEqual([250, 1_000])
  })

  it('cannot be deleted', () => {
    const shop = new Shop()
    const { id } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
    })
    shop.sim.advanceTo(MAY)
    const draft = shop.sim.ask({ type: 'RetrieveSubscription', id }).latest_invoice as string
    shop.refuses(
      { type: 'DeleteInvoice', id: draft },
      { message: 'You can only delete draft invoices.' },
    )
  })
})

describe('DeleteInvoice', () => {
  it('takes a draft away; its items keep its id and are gone', () => {
    const shop = new Shop()
    const item = shop.item(800)
    const { id } = shop.draft({ pending_invoice_items_behavior: 'include' })
    expect(shop.facts({ type: 'DeleteInvoice', id })).toEqual(['InvoiceDeleted'])
    expect(shop.run({ type: 'DeleteInvoice', id })).toEqual({
      id,
      object: 'invoice',
      deleted: true,
    })
    expect(shop.notices().at(-1)).toBe('invoice.deleted')
    expect(() => shop.invoice(id)).toThrow(`No such invoice: '${id}'`)
    expect(shop.sim.ask({ type: 'RetrieveInvoiceItem', id: item.id }).invoice).toBe(id)
    expect(
      shop.sim.ask({
        type: 'ListInvoiceItems',
        params: { customer: shop.customer, pending: true },
      }).data,
    ).toEqual([])
    shop.refuses(
      { type: 'UpdateInvoiceItem', id: item.id, params: { description: 'gone' } },
      { message: 'This invoice item has been deleted.' },
    )
    shop.refuses(
      { type: 'DeleteInvoiceItem', id: item.id },
      {
        message:
          "Can't delete an invoice item that is attached to an invoice that is no longer editable",
      },
    )
  })

  it('refuses what is final, and what is not there', () => {
    const shop = new Shop()
    shop.refuses(
      { type: 'DeleteInvoice', id: shop.opened(1_000).id },
      { message: 'You can only delete draft invoices.' },
    )
    shop.refuses({ type: 'DeleteInvoice', id: 'in_nope' }, missing('in_nope', 'invoice'))
  })
})

describe('UpdateInvoice', () => {
  it('changes a draft freely, and tells what changed', () => {
    const shop = new Shop()
    const card = shop.attach('pm_card_visa').id
    const { id } = shop.draft({ description: 'a', metadata: { keep: '1', drop: '2' } })
    const update = updating(shop, id)
    const changes = {
      custom_fields: [{ name: 'VAT', value: '8' }],
      default_payment_method: card,
      description: 'b',
      effective_at: APRIL - DAY,
      footer: 'Bye',
      payment_settings: { payment_method_types: ['card'] },
      statement_descriptor: 'SHOP',
    }
    expect(update(changes)).toMatchObject(changes)
    expect(update({ metadata: { drop: '' } }).metadata).toEqual({ keep: '1' })
    expect(
      update({
        custom_fields: '' as never,
        default_payment_method: '',
        description: '',
        footer: '',
      }),
    ).toMatchObject({
      custom_fields: null,
      default_payment_method: null,
      description: null,
      footer: null,
    })
    expect(shop.notices()).toEqual([
      'invoice.created',
      'invoice.updated',
      'invoice.updated',
      'invoice.updated',
    ])
  })

  it('records nothing where nothing changes', () => {
    const shop = new Shop()
    const { id } = shop.draft({ description: 'a' })
    expect(
      shop.facts({ type: 'UpdateInvoice', id, params: { description: 'a', auto_advance: false } }),
    ).toEqual([])
  })

  it('changes of an open one what concerns its collection', () => {
    const shop = new Shop({ card: null })
    const card = shop.attach('pm_card_visa').id
    const update = updating(shop, shop.opened(1_000).id)
    expect(update({ auto_advance: true })).toMatchObject({
      auto_advance: true,
      next_payment_attempt: APRIL + HOUR,
    })
    expect(update({ auto_advance: false }).next_payment_attempt).toBeNull()
    expect(update({ default_payment_method: card }).default_payment_method).toBe(card)
    expect(update({ statement_descriptor: 'SHOP' }).statement_descriptor).toBe('SHOP')
    expect(
      update({ payment_settings: { payment_method_types: ['card'] } }).payment_settings,
    ).toMatchObject({ payment_method_types: ['card'] })
    expect(update({ metadata: { open: 'yes' } }).metadata).toEqual({ open: 'yes' })
  })

  const fixed: readonly (readonly [Params, string])[] = [
    [{ automatically_finalizes_at: MAY }, 'automatically_finalizes_at'],
    [{ collection_method: 'send_invoice', days_until_due: 1 }, 'collection_method'],
    [{ custom_fields: [] }, 'custom_fields'],
    [{ days_until_due: 1 }, 'days_until_due'],
    [{ description: 'no longer editable' }, 'description'],
    [{ due_date: MAY }, 'due_date'],
    [{ effective_at: MAY }, 'effective_at'],
    [{ footer: 'x' }, 'footer'],
    [{ number: 'MINE-7' }, 'number'],
    [{ metadata: { a: 'b' }, description: 'x' }, 'description'],
  ]
  it.each(fixed)('does not change of an open one %j', (params, param) => {
    const shop = new Shop({ card: null })
    shop.refuses(
      { type: 'UpdateInvoice', id: shop.opened(1_000).id, params },
      { param, message: "Finalized invoices can't be updated in this way" },
    )
  })

  it.each([['PayInvoice'], ['VoidInvoice'], ['MarkInvoiceUncollectible']] as const)(
    'after %s it changes the metadata only',
    (type) => {
      const shop = new Shop()
      const { id } = shop.run({ type, id: shop.opened(1_000).id })
      expect(updating(shop, id)({ metadata: { a: 'b' } }).metadata).toEqual({ a: 'b' })
      for (const param of ['auto_advance', 'description', 'statement_descriptor'] as const)
        shop.refuses(
          { type: 'UpdateInvoice', id, params: { [param]: param === 'auto_advance' ? true : 'x' } },
          { param, message: "Finalized invoices can't be updated in this way" },
        )
    },
  )

  it.each([
    ['UpdateInvoice', 'id'],
    ['FinalizeInvoice', 'id'],
    ['PayInvoice', 'id'],
    ['VoidInvoice', 'id'],
    ['MarkInvoiceUncollectible', 'id'],
  ] as const)('%s refuses an invoice that is not there', (type, param) =>
    new Shop().refuses({ type, id: 'in_nope' }, missing('in_nope', param)),
  )
})

const unknownMethod = (id: string) => ({
  code: 'resource_missing',
  param: 'default_payment_method',
  message: `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
})
describe('which of two refusals of a draft wins', () => {
  const full = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'x']))
  /** What is wrong, the earliest first. */
  const wrongs = [
    ['due date', { days_until_due: 5 }],
    ['finalization', { automatically_finalizes_at: MAY }],
    ['method', { default_payment_method: 'pm_nope' }],
    ['number', { number: 'TAKEN' }],
    ['metadata', { metadata: { more: 'x' } }],
  ] as const

  const messageOf = (
    shop: Shop,
    params: object,
    type: 'CreateInvoice' | 'UpdateInvoice',
    id: string,
  ) => {
    try {
      shop.run(
        type === 'CreateInvoice'
          ? { type, params: { customer: shop.customer, ...params } }
          : { type, id, params },
      )
      return 'accepted'
    } catch (error) {
      return (error as Error).message
    }
  }

  it.each(['CreateInvoice', 'UpdateInvoice'] as const)('%s tells the earlier', (type) => {
    const shop = new Shop()
    shop.draft({ number: 'TAKEN' })
    const { id } = shop.draft({ metadata: full })
    // Of what is new the form bounds the metadata.
    const order = type === 'CreateInvoice' ? [0, 1, 2, 3] : [1, 0, 2, 3, 4]
    const alone = wrongs
      .slice(0, order.length)
      .map(([, params]) => messageOf(shop, params, type, id))
    expect(new Set(alone).size).toBe(order.length)
    expect(alone).not.toContain('accepted')
    order.forEach((earlier, place) => {
      for (const later of order.slice(place + 1)) {
        const both = { ...wrongs[earlier]?.[1], ...wrongs[later]?.[1] }
        expect(messageOf(shop, both, type, id)).toBe(alone[earlier])
      }
    })
    shop.refuses(
      type === 'CreateInvoice'
        ? { type, params: { customer: shop.customer, default_payment_method: 'pm_nope' } }
        : { type, id, params: { default_payment_method: 'pm_nope' } },
      unknownMethod('pm_nope'),
    )
    if (type === 'UpdateInvoice')
      shop.refuses(
        { type, id, params: { metadata: { more: 'x' } } },
        {
          param: 'metadata',
          message: 'You can only have up to 50 metadata keys, but the update would make 51.',
        },
      )
  })

  it('a final invoice tells that it is final before what is wrong with its default', () => {
    const shop = new Shop()
    shop.refuses(
      {
        type: 'UpdateInvoice',
        id: shop.opened(1_000).id,
        params: { default_payment_method: 'pm_nope', description: 'x' },
      },
      { param: 'description', message: "Finalized invoices can't be updated in this way" },
    )
  })
})
