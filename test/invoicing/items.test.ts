import type { CommandOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../support/given.js'
import { APRIL, DAY, MAY, Shop } from './support.js'

type Params = Omit<CommandOf<'CreateInvoiceItem'>['params'], 'customer'>
type UpdateParams = NonNullable<CommandOf<'UpdateInvoiceItem'>['params']>

const AMOUNT_MAX = 999_999_999_999

const creating = (shop: Shop, params: Params, customer = shop.customer) => ({
  type: 'CreateInvoiceItem' as const,
  params: { customer, ...params },
})

const create = (shop: Shop, params: Params) => shop.run(creating(shop, params))

const product = (shop: Shop) => shop.run({ type: 'CreateProduct', params: { name: 'Mug' } }).id

type PriceParams = Partial<CommandOf<'CreatePrice'>['params']>

const price = (shop: Shop, params: PriceParams = {}) =>
  shop.run({
    type: 'CreatePrice',
    params: { currency: 'usd', product: product(shop), unit_amount: 700, ...params },
  }).id

const notEditable: Refusal = {
  code: 'invoice_not_editable',
  message: 'Invalid invoice: This invoice is no longer editable',
}

const unknown = (id: string): Refusal => ({
  status: 404,
  code: 'resource_missing',
  param: 'id',
  message: `No such Invoice Item: '${id}'(livemode=false)`,
})

const missing = (param: string, noun: string, id: string): Refusal => ({
  code: 'resource_missing',
  param,
  message: `No such ${noun}: '${id}'`,
})

describe('CreateInvoiceItem', () => {
  it('makes a pending item of an amount, with a price of its own', () => {
    const shop = new Shop()
    const item = create(shop, { amount: 2_000, currency: 'usd', description: 'Setup' })
    expect(item).toMatchObject({
      object: 'invoiceitem',
      amount: 2_000,
      currency: 'usd',
      date: APRIL,
      description: 'Setup',
      discountable: true,
      invoice: null,
      parent: null,
      period: { start: APRIL, end: APRIL },
      pricing: {
        type: 'price_details',
        price_details: {
          price: expect.stringMatching(/^price_1/),
          product: expect.stringMatching(/^prod_/),
        },
        unit_amount_decimal: '2000',
      },
      quantity: 1,
      quantity_decimal: '1',
    })
    expect(shop.sim.world.customers.need(shop.customer).currency).toBe('usd')
    expect(shop.facts(creating(shop, { amount: 1, currency: 'usd' }))).toEqual([
      'InvoiceItemCreated',
    ])
  })

  it('can be a credit, which no discount lowers', () =>
    expect(new Shop().item(-500)).toMatchObject({ amount: -500, discountable: false }))

  it("is in the customer's currency where it says none, or in usd", () => {
    const shop = new Shop()
    expect(create(shop, { amount: 1 }).currency).toBe('usd')
    const other = new Shop()
    other.balance(-1, 'eur')
    expect(create(other, { amount: 1 }).currency).toBe('eur')
    expect(create(other, { unit_amount_decimal: '1' }).currency).toBe('eur')
  })

  it.each([
    ['2.5', 3, undefined, 8],
    ['0.05', 30, undefined, 2],
    ['10', undefined, '1.25', 13],
    ['-2.5', 1, undefined, -3],
  ])(
    'multiplies a unit amount of %s',
    (unit_amount_decimal, quantity, quantity_decimal, amount) => {
      const item = create(new Shop(), {
        unit_amount_decimal,
        ...(quantity === undefined ? {} : { quantity }),
        ...(quantity_decimal === undefined ? {} : { quantity_decimal }),
      })
      expect(item).toMatchObject({ amount, pricing: { unit_amount_decimal } })
      expect(item.quantity_decimal).toBe(quantity_decimal ?? String(quantity))
    },
  )

  it('takes a price of the catalogue, once and for so many, and its product’s name', () => {
    const shop = new Shop()
    const id = price(shop)
    for (const params of [{ price: id }, { pricing: { price: id } }])
      expect(create(shop, { ...params, quantity: 3 })).toMatchObject({
        amount: 2_100,
        description: 'Mug',
        quantity: 3,
        pricing: { price_details: { price: id }, unit_amount_decimal: '700' },
      })
  })

  it('counts the packages of a price', () => {
    const shop = new Shop()
    const id = price(shop, { transform_quantity: { divide_by: 10, round: 'up' } })
    expect(create(shop, { price: id, quantity: 12 })).toMatchObject({ amount: 1_400, quantity: 12 })
  })

  it('takes the amount of a price in its own currency, or in another that it knows', () => {
    const shop = new Shop()
    const id = price(shop, { currency_options: { eur: { unit_amount: 600 } } })
    expect(create(shop, { price: id, currency: 'eur' })).toMatchObject({
      amount: 600,
      currency: 'eur',
    })
  })

  it('takes a price of its own, which may be negative', () => {
    const shop = new Shop()
    const id = product(shop)
    expect(
      create(shop, {
        price_data: { currency: 'usd', product: id, unit_amount: -250 },
        quantity: 2,
      }),
    ).toMatchObject({
      amount: -500,
      description: 'Mug',
      pricing: { price_details: { product: id }, unit_amount_decimal: '-250' },
    })
    expect(
      create(shop, { price_data: { currency: 'usd', product: id, unit_amount_decimal: '0.5' } }),
    ).toMatchObject({ amount: 1 })
  })

  it('keeps its period, its metadata and its subscription', () => {
    const shop = new Shop()
    const { id: subscription } = shop.run({
      type: 'CreateSubscription',
      params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
    })
    expect(
      create(shop, {
        amount: 100,
        subscription,
        period: { start: APRIL, end: MAY },
        metadata: { a: 'b' },
        discountable: false,
      }),
    ).toMatchObject({
      period: { start: APRIL, end: MAY },
      metadata: { a: 'b' },
      discountable: false,
      parent: { type: 'subscription_details', subscription_details: { subscription } },
    })
  })

  it('goes on a draft, last of its lines, and tells of both', () => {
    const shop = new Shop()
    const draft = shop.drafted(1_000)
    const item = shop.item(250, { invoice: draft.id })
    expect(item.invoice).toBe(draft.id)
    const { lines, total } = shop.invoice(draft.id)
    expect(total).toBe(1_250)
    expect(lines.data.at(-1)).toMatchObject({
      amount: 250,
      parent: {
        type: 'invoice_item_details',
        invoice_item_details: { invoice_item: item.id },
      },
    })
    expect(shop.notices()).toEqual(['invoice.created', 'invoice.updated'])
  })

  const mug = (shop: Shop) => ({ currency: 'usd', product: product(shop) })
  it.each<[string, (shop: Shop) => Params, Refusal]>([
    [
      'nothing that it costs',
      () => ({ currency: 'usd' }),
      {
        code: 'parameter_missing',
        param: 'amount',
        message: 'Missing required param: amount.',
      },
    ],
    [
      'an amount and a price',
      (shop) => ({ amount: 1, price: price(shop) }),
      {
        code: 'parameters_exclusive',
        param: 'price',
        message: 'You may only specify one of these parameters: amount, price.',
      },
    ],
    [
      'a price of its own and a unit amount',
      (shop) => ({ price_data: { ...mug(shop), unit_amount: 1 }, unit_amount_decimal: '1' }),
      {
        code: 'parameters_exclusive',
        param: 'unit_amount_decimal',
        message: 'You may only specify one of these parameters: price_data, unit_amount_decimal.',
      },
    ],
    ...(['quantity', 'quantity_decimal'] as const).map((key): [string, () => Params, Refusal] => [
      `an amount and a ${key}`,
      () => ({ amount: 1, [key]: 2 }),
      {
        code: 'parameters_exclusive',
        param: 'quantity',
        message: 'You may only specify one of these parameters: amount, quantity.',
      },
    ]),
    [
      'more than an item can come to',
      () => ({ unit_amount_decimal: String(AMOUNT_MAX), quantity: 2 }),
      {
        code: 'amount_too_large',
        param: 'amount',
        message: `The amount of an invoice item can be at most ${AMOUNT_MAX}, either way.`,
      },
    ],
    [
      'more of a price than an item can come to',
      (shop) => ({ price: price(shop, { unit_amount: 99_999_999 }), quantity: AMOUNT_MAX }),
      {
        code: 'amount_too_large',
        param: 'amount',
        message: `The amount of an invoice item can be at most ${AMOUNT_MAX}, either way.`,
      },
    ],
    [
      'a product that is not there',
      () => ({ price_data: { currency: 'usd', product: 'prod_nope', unit_amount: 1 } }),
      missing('price_data[product]', 'product', 'prod_nope'),
    ],
    [
      'a price of its own without an amount',
      (shop) => ({ price_data: mug(shop) }),
      {
        code: 'parameter_missing',
        param: 'price_data[unit_amount]',
        message: 'Missing required param: price_data[unit_amount].',
      },
    ],
    [
      'a price of its own in another currency',
      (shop) => ({ currency: 'eur', price_data: { ...mug(shop), unit_amount: 1 } }),
      {
        message:
          "The price specified supports currencies of `usd`. This doesn't match the expected currency: `eur`.",
      },
    ],
    [
      'a price without the currency',
      (shop) => ({
        currency: 'gbp',
        price: price(shop, { currency_options: { eur: { unit_amount: 600 } } }),
      }),
      {
        message:
          "The price specified supports currencies of `usd`, `eur`. This doesn't match the expected currency: `gbp`.",
      },
    ],
    [
      'a price that is not there',
      () => ({ price: 'price_nope' }),
      missing('pricing[price]', 'price', 'price_nope'),
    ],
    [
      'a price that recurs',
      (shop) => ({ price: shop.monthly(1_000) }),
      {
        param: 'pricing[price]',
        message:
          'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
      },
    ],
    [
      'a price that is no longer active',
      (shop) => {
        const id = price(shop)
        shop.run({ type: 'UpdatePrice', id, params: { active: false } })
        return { price: id }
      },
      {
        param: 'pricing[price]',
        message: 'The price specified is inactive. This field only accepts active prices.',
      },
    ],
    [
      'a period that ends before it starts',
      () => ({ amount: 1, period: { start: MAY, end: APRIL } }),
      { param: 'period', message: 'The end of a period cannot be before its start.' },
    ],
    [
      'a subscription that is not there',
      () => ({ amount: 1, subscription: 'sub_nope' }),
      missing('subscription', 'subscription', 'sub_nope'),
    ],
    [
      'an invoice that is not there',
      () => ({ amount: 1, invoice: 'in_nope' }),
      missing('invoice', 'invoice', 'in_nope'),
    ],
    [
      'an invoice that is final',
      (shop) => ({ amount: 1, invoice: shop.opened(1_000).id }),
      notEditable,
    ],
    [
      'another currency than what is pending',
      (shop) => {
        shop.item(1)
        return { amount: 1, currency: 'eur' }
      },
      {
        message:
          'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency usd',
      },
    ],
    [
      'another currency than that of a running subscription',
      (shop) => {
        shop.run({
          type: 'CreateSubscription',
          params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
        })
        return { amount: 1, currency: 'eur' }
      },
      {
        message:
          'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency usd',
      },
    ],
    [
      'a decimal that is none',
      () => ({ unit_amount_decimal: 'x' }),
      {
        param: 'unit_amount_decimal',
        message: 'Invalid decimal: x; must have at most 12 digits on either side of the point',
      },
    ],
  ])('refuses %s', (_, params, expected) => {
    const shop = new Shop()
    shop.refuses(creating(shop, params(shop)), expected)
  })

  it('refuses a customer that is not there', () => {
    const shop = new Shop()
    shop.refuses(
      creating(shop, { amount: 1, invoice: 'in_nope' }, 'cus_nope'),
      missing('customer', 'customer', 'cus_nope'),
    )
  })

  it("refuses another customer's invoice", () => {
    const shop = new Shop()
    const other = shop.run({ type: 'CreateCustomer' }).id
    const { id } = shop.draft()
    shop.refuses(creating(shop, { amount: 1, invoice: id }, other), {
      param: 'invoice',
      message: `The invoice ${id} belongs to another customer.`,
    })
  })
})

describe('which of two refusals of an item wins', () => {
  /** What is wrong, the earliest first. */
  const wrongs: readonly (readonly [string, Params])[] = [
    ['invoice', { invoice: 'in_nope' }],
    ['subscription', { subscription: 'sub_nope' }],
    ['costs', { price: 'price_nope' }],
    ['period', { period: { start: MAY, end: APRIL } }],
    ['currency', { currency: 'eur' }],
  ]
  const pairs = wrongs.flatMap((first, place) =>
    wrongs.slice(place + 1).map((second) => [first, second] as const),
  )
  it.each(pairs)('%j before %j', ([, first], [, second]) => {
    const shop = new Shop()
    shop.item(1)
    const told = (params: Params): string => {
      const amount = 'price' in params ? {} : { amount: 1 }
      try {
        create(shop, { ...amount, ...params })
        return 'accepted'
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(told(first)).not.toBe('accepted')
    expect(told(second)).not.toBe(told(first))
    expect(told({ ...second, ...first })).toBe(told(first))
  })
})

describe('UpdateInvoiceItem', () => {
  const updating = (id: string, params: UpdateParams) => ({
    type: 'UpdateInvoiceItem' as const,
    id,
    params,
  })

  it('changes what it was given, and tells nobody', () => {
    const shop = new Shop()
    const item = create(shop, { amount: 100, metadata: { a: '1', b: '2' } })
    const changes = {
      amount: 300,
      description: 'Better',
      discountable: false,
      period: { start: APRIL, end: MAY },
    }
    const changed = shop.run(updating(item.id, { ...changes, metadata: { a: '' } }))
    expect(changed).toMatchObject({ ...changes, metadata: { b: '2' } })
    expect(changed.pricing.price_details).toEqual(item.pricing.price_details)
    expect(changed.pricing.unit_amount_decimal).toBe('300')
    expect(shop.run(updating(item.id, { description: '' })).description).toBeNull()
    expect(shop.notices()).toEqual([])
    expect(shop.facts(updating(item.id, { amount: 300 }))).toEqual([])
    expect(shop.facts(updating(item.id, { amount: 301 }))).toEqual(['InvoiceItemUpdated'])
  })

  it.each([
    [{ price: true }, 700, 2_100],
    [{ unit_amount_decimal: '2.5' }, 3, 8],
    [{ amount: 50 }, 50, 150],
  ] as const)('of %j counts its unit amount again for another quantity', (of, one, three) => {
    const shop = new Shop()
    const { id, amount } = create(shop, 'price' in of ? { price: price(shop) } : of)
    expect(amount).toBe(one)
    expect(shop.run(updating(id, { quantity: 3 }))).toMatchObject({
      amount: three,
      quantity: 3,
    })
    expect(shop.run(updating(id, { quantity_decimal: '0' })).amount).toBe(0)
  })

  it('can get another price', () => {
    const shop = new Shop()
    const other = price(shop)
    const { id } = shop.item(100)
    expect(shop.run(updating(id, { price: other, quantity: 2 }))).toMatchObject({
      amount: 1_400,
      pricing: { price_details: { price: other } },
    })
  })

  it('changes the line of its draft with it', () => {
    const shop = new Shop()
    const { id } = shop.item(100)
    const draft = shop.draft({ pending_invoice_items_behavior: 'include' })
    shop.run(updating(id, { amount: 300, description: 'Better' }))
    expect(shop.invoice(draft.id)).toMatchObject({
      total: 300,
      lines: { data: [{ id: draft.lines.data[0]?.id, amount: 300, description: 'Better' }] },
    })
    expect(shop.notices()).toEqual(['invoice.created', 'invoice.updated'])
  })

  it('refuses one that is on a final invoice', () => {
    const shop = new Shop()
    const { id } = shop.item(1_000)
    shop.finalize(shop.draft({ pending_invoice_items_behavior: 'include' }).id)
    shop.refuses(updating(id, { description: 'x' }), notEditable)
  })

  it('refuses one that was deleted, and one that never was', () => {
    const shop = new Shop()
    const { id } = shop.item(1_000)
    shop.run({ type: 'DeleteInvoiceItem', id })
    shop.refuses(updating(id, { description: 'x' }), {
      message: 'This invoice item has been deleted.',
    })
    shop.refuses(updating('ii_nope', { description: 'x' }), unknown('ii_nope'))
  })

  it.each<[string, UpdateParams, Refusal]>([
    [
      'another currency',
      { price_data: { currency: 'eur', product: 'Mug', unit_amount: 1 } },
      {
        message:
          "The price specified supports currencies of `eur`. This doesn't match the expected currency: `usd`.",
      },
    ],
    [
      'a quantity that makes it too large',
      { quantity: AMOUNT_MAX },
      {
        code: 'amount_too_large',
        param: 'amount',
        message: `The amount of an invoice item can be at most ${AMOUNT_MAX}, either way.`,
      },
    ],
    [
      'a period that ends before it starts',
      { period: { start: MAY, end: APRIL } },
      { param: 'period', message: 'The end of a period cannot be before its start.' },
    ],
    [
      'more metadata than there can be',
      { metadata: { more: 'x' } },
      {
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      },
    ],
  ])('refuses %s', (_, params, expected) => {
    const shop = new Shop()
    const { id } = create(shop, {
      amount: 100,
      metadata: Object.fromEntries(Array.from({ length: 50 }, (__, at) => [`k${at}`, 'x'])),
    })
    const { price_data } = params
    shop.refuses(
      updating(id, {
        ...params,
        ...(price_data === undefined
          ? {}
          : { price_data: { ...price_data, product: product(shop) } }),
      }),
      expected,
    )
  })
})

describe('DeleteInvoiceItem', () => {
  const deleting = (id: string) => ({ type: 'DeleteInvoiceItem' as const, id })

  it('takes a pending item away, and tells of it', () => {
    const shop = new Shop()
    const { id } = shop.item(100)
    expect(shop.facts(deleting(id))).toEqual(['InvoiceItemDeleted'])
    expect(shop.run(deleting(id))).toEqual({ id, object: 'invoiceitem', deleted: true })
    expect(() => shop.sim.ask({ type: 'RetrieveInvoiceItem', id })).toThrow(
      `No such Invoice Item: '${id}'(livemode=false)`,
    )
  })

  it('takes its line off a draft', () => {
    const shop = new Shop()
    shop.item(100)
    const { id } = shop.item(250)
    const draft = shop.draft({ pending_invoice_items_behavior: 'include' })
    expect(shop.facts(deleting(id))).toEqual(['InvoiceItemDeleted', 'InvoiceUpdated'])
    shop.run(deleting(id))
    expect(shop.invoice(draft.id)).toMatchObject({ total: 100, lines: { total_count: 1 } })
  })

  const fixed: Refusal = {
    message:
      "Can't delete an invoice item that is attached to an invoice that is no longer editable",
  }
  it('refuses one that is on a final invoice, that was deleted, and that never was', () => {
    const shop = new Shop()
    const { id } = shop.item(1_000)
    shop.finalize(shop.draft({ pending_invoice_items_behavior: 'include' }).id)
    shop.refuses(deleting(id), fixed)
    const gone = shop.item(1_000).id
    shop.run(deleting(gone))
    shop.refuses(deleting(gone), fixed)
    shop.refuses(deleting('ii_nope'), unknown('ii_nope'))
  })
})

describe('ListInvoiceItems', () => {
  it('lists the newest first, by customer, invoice, date and whether they are pending', () => {
    const shop = new Shop()
    const first = shop.item(1).id
    const draft = shop.draft({ pending_invoice_items_behavior: 'include' })
    shop.sim.advanceTo(APRIL + DAY)
    const second = shop.item(2).id
    const other = shop.run({ type: 'CreateCustomer' }).id
    const third = shop.run(creating(shop, { amount: 3 }, other)).id
    const listed = (params: NonNullable<Parameters<typeof ask>[0]>) =>
      ask(params).data.map(({ id }) => id)
    const ask = (params: {
      customer?: string
      invoice?: string
      pending?: boolean
      created?: { gte: number }
      limit?: number
    }) => shop.sim.ask({ type: 'ListInvoiceItems', params })
    expect(listed({})).toEqual([third, second, first])
    expect(listed({ customer: shop.customer })).toEqual([second, first])
    expect(listed({ invoice: draft.id })).toEqual([first])
    expect(listed({ pending: true })).toEqual([third, second])
    expect(listed({ pending: false })).toEqual([first])
    expect(listed({ created: { gte: APRIL + DAY } })).toEqual([third, second])
    expect(ask({ limit: 1 })).toMatchObject({ has_more: true, url: '/v1/invoiceitems' })
  })

  it("leaves out a test clock's, unless its customer is asked for", () => {
    const shop = new Shop()
    const clock = shop.run({ type: 'CreateTestClock', params: { frozen_time: APRIL } }).id
    const other = shop.run({ type: 'CreateCustomer', params: { test_clock: clock } }).id
    shop.run(creating(shop, { amount: 3 }, other))
    const count = (params = {}) => shop.sim.ask({ type: 'ListInvoiceItems', params }).data.length
    expect([count(), count({ customer: other })]).toEqual([0, 1])
  })
})
