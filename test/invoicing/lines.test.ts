import type { CommandOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../support/given.js'
import { APRIL, HOUR, MAY, Shop } from './support.js'

const LINES_MAX = 250

const amounts = (shop: Shop, invoice: string) =>
  shop.invoice(invoice).lines.data.map(({ amount }) => amount)

type NewLine = CommandOf<'AddInvoiceLines'>['params']['lines'][number]

const adding = (id: string, ...lines: readonly NewLine[]) => ({
  type: 'AddInvoiceLines' as const,
  id,
  params: { lines },
})

type ChangedLine = CommandOf<'UpdateInvoiceLines'>['params']['lines'][number]

const updating = (id: string, ...lines: readonly ChangedLine[]) => ({
  type: 'UpdateInvoiceLines' as const,
  id,
  params: { lines },
})

const removing = (id: string, behavior: 'delete' | 'unassign', ...lines: readonly string[]) => ({
  type: 'RemoveInvoiceLines' as const,
  id,
  params: { lines: lines.map((line) => ({ id: line, behavior })) },
})

const lineIds = (shop: Shop, invoice: string) =>
  shop.invoice(invoice).lines.data.map(({ id }) => id)

const pending = (shop: Shop) =>
  shop.sim
    .ask({ type: 'ListInvoiceItems', params: { customer: shop.customer, pending: true } })
    .data.map(({ id }) => id)

/** The draft of a renewal: its one line is that of a subscription's item. */
const renewal = () => {
  const shop = new Shop()
  const { id } = shop.run({
    type: 'CreateSubscription',
    params: { customer: shop.customer, items: [{ price: shop.monthly(1_000) }] },
  })
  shop.sim.advanceTo(MAY)
  const invoice = shop.sim.ask({ type: 'RetrieveSubscription', id }).latest_invoice as string
  return { shop, invoice, line: lineIds(shop, invoice)[0] as string }
}

const noInvoice: Refusal = {
  status: 404,
  code: 'resource_missing',
  param: 'invoice',
  message: "No such invoice: 'in_nope'",
}
const notEditable: Refusal = {
  code: 'invoice_not_editable',
  message: 'Invalid invoice: This invoice is no longer editable',
}
const tooMany: Refusal = { param: 'lines', message: 'An invoice can have up to 250 lines.' }

describe('AddInvoiceLines', () => {
  it('adds lines after all others, each with an item of its own', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000)
    const add = adding(id, { amount: 999, description: 'Extra' }, { amount: 1 })
    expect(shop.facts(add)).toEqual([
      'InvoiceItemCreated',
      'InvoiceUpdated',
      'InvoiceItemCreated',
      'InvoiceUpdated',
    ])
    expect(shop.run(add)).toMatchObject({ total: 2_000, lines: { total_count: 3 } })
    expect(amounts(shop, id)).toEqual([1_000, 999, 1])
    const [, extra] = shop.invoice(id).lines.data
    expect(extra).toMatchObject({ description: 'Extra', currency: 'usd', invoice: id })
    const items = shop.sim.ask({ type: 'ListInvoiceItems', params: { invoice: id } }).data
    expect(items.map(({ amount }) => amount)).toEqual([1, 999, 1_000])
  })

  it('puts a pending item on the draft, changed as it is told', () => {
    const shop = new Shop()
    const { id } = shop.draft()
    const item = shop.item(300).id
    shop.run(adding(id, { invoice_item: item, description: 'Later' }))
    expect(shop.invoice(id).lines.data).toMatchObject([
      {
        amount: 300,
        description: 'Later',
        parent: { invoice_item_details: { invoice_item: item } },
      },
    ])
    expect(shop.sim.ask({ type: 'RetrieveInvoiceItem', id: item }).invoice).toBe(id)
    expect(pending(shop)).toEqual([])
  })

  it('merges the metadata of the invoice', () => {
    const shop = new Shop()
    const { id } = shop.draft({ metadata: { a: '1', b: '2' } })
    const add = { ...adding(id, { amount: 1 }) }
    expect(
      shop.run({ ...add, params: { ...add.params, invoice_metadata: { a: '', c: '3' } } }).metadata,
    ).toEqual({ b: '2', c: '3' })
  })

  it.each<[string, (shop: Shop) => NewLine, Refusal]>([
    [
      'an amount and a quantity',
      () => ({ amount: 1, quantity: 2 }),
      {
        code: 'parameters_exclusive',
        param: 'lines[1][quantity]',
        message: 'You may only specify one of these parameters: amount, quantity.',
      },
    ],
    [
      'nothing that it costs',
      () => ({}),
      {
        code: 'parameter_missing',
        param: 'lines[1][amount]',
        message: 'Missing required param: amount.',
      },
    ],
    [
      'an item that is not there',
      () => ({ invoice_item: 'ii_nope' }),
      {
        code: 'resource_missing',
        param: 'lines[1][invoice_item]',
        message: "No such invoiceitem: 'ii_nope'",
      },
    ],
  ])('refuses a line of %s, and then adds none', (_, line, expected) => {
    const shop = new Shop()
    shop.refuses(adding(shop.draft().id, { amount: 1 }, line(shop)), expected)
  })

  it("refuses an item that is on an invoice, or another customer's", () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000)
    const [taken] = shop.sim.ask({ type: 'ListInvoiceItems', params: { invoice: id } }).data
    const other = shop.run({ type: 'CreateCustomer' }).id
    const theirs = shop.run({ type: 'CreateInvoiceItem', params: { customer: other, amount: 1 } })
    for (const item of [taken?.id as string, theirs.id])
      shop.refuses(adding(id, { invoice_item: item }), {
        code: 'resource_missing',
        param: 'lines[0][invoice_item]',
        message: `No such invoiceitem: '${item}'`,
      })
  })

  it('refuses an item in another currency', () => {
    const shop = new Shop()
    const { id } = shop.draft({ currency: 'eur' })
    const item = shop.item(1).id
    shop.refuses(adding(id, { invoice_item: item }), {
      param: 'lines[0][invoice_item]',
      message: 'The currency of the invoice item (usd) is not that of the invoice (eur).',
    })
  })
})

describe('UpdateInvoiceLines and UpdateInvoiceLine', () => {
  it('change a line and its item', () => {
    const shop = new Shop()
    const { id } = shop.drafted(999)
    const [line] = lineIds(shop, id) as [string]
    expect(
      shop.run({
        type: 'UpdateInvoiceLine',
        id,
        params: { line, amount: 777, description: 'Revised' },
      }),
    ).toMatchObject({ object: 'line_item', id: line, amount: 777, description: 'Revised' })
    expect(shop.run(updating(id, { id: line, amount: 888 }))).toMatchObject({
      total: 888,
      lines: { data: [{ id: line, description: 'Revised' }] },
    })
    const [item] = shop.sim.ask({ type: 'ListInvoiceItems', params: { invoice: id } }).data
    expect(item).toMatchObject({ amount: 888, description: 'Revised' })
    expect(shop.facts(updating(id, { id: line, amount: 888 }))).toEqual([])
  })

  it("change a subscription's line, whose price stays", () => {
    const { shop, invoice, line } = renewal()
    const before = shop.invoice(invoice).lines.data[0]
    shop.run(updating(invoice, { id: line, quantity: 3 }))
    expect(shop.invoice(invoice)).toMatchObject({ total: 3_000, lines: { total_count: 1 } })
    shop.run(updating(invoice, { id: line, amount: 500, description: 'Agreed' }))
    expect(shop.invoice(invoice).lines.data[0]).toMatchObject({
      amount: 500,
      description: 'Agreed',
      pricing: { price_details: before?.pricing?.price_details },
      parent: before?.parent,
    })
    shop.sim.advanceTo(MAY + HOUR)
    expect(shop.invoice(invoice)).toMatchObject({ status: 'paid', amount_paid: 500 })
  })

  it('refuse a line that is not there, each in its own words', () => {
    const shop = new Shop()
    const { id } = shop.drafted(1_000)
    const message = "No such line item: 'il_nope'"
    shop.refuses(updating(id, { id: 'il_nope', amount: 1 }), {
      code: 'resource_missing',
      param: 'lines[0][id]',
      message,
    })
    shop.refuses(
      { type: 'UpdateInvoiceLine', id, params: { line: 'il_nope', amount: 1 } },
      { code: 'resource_missing', param: 'id', message },
    )
    shop.refuses(removing(id, 'delete', 'il_nope'), {
      code: 'resource_missing',
      param: 'lines[0][id]',
      message,
    })
  })

  it('refuse what an item would refuse, and then change none', () => {
    const { shop, invoice, line } = renewal()
    const refusal = {
      param: 'lines[1][period]',
      message: 'The end of a period cannot be before its start.',
    }
    const wrong = { id: line, period: { start: MAY, end: APRIL } }
    shop.refuses(updating(invoice, { id: line, amount: 1 }, wrong), refusal)
  })
})

describe('RemoveInvoiceLines', () => {
  it('deletes the items of lines', () => {
    const shop = new Shop()
    shop.item(1)
    const { id } = shop.drafted(2)
    const [newest] = lineIds(shop, id) as [string]
    expect(shop.facts(removing(id, 'delete', newest))).toEqual([
      'InvoiceItemDeleted',
      'InvoiceUpdated',
    ])
    expect(shop.run(removing(id, 'delete', newest))).toMatchObject({ total: 1 })
    expect(pending(shop)).toEqual([])
    expect(shop.sim.ask({ type: 'ListInvoiceItems', params: { invoice: id } }).data).toHaveLength(1)
  })

  it('makes them pending again, so that they outlive the draft', () => {
    const shop = new Shop()
    const item = shop.item(800).id
    const { id } = shop.draft({ pending_invoice_items_behavior: 'include' })
    shop.run(removing(id, 'unassign', ...lineIds(shop, id)))
    expect(shop.invoice(id)).toMatchObject({ total: 0, lines: { total_count: 0 } })
    expect(pending(shop)).toEqual([item])
    shop.run({ type: 'DeleteInvoice', id })
    expect(pending(shop)).toEqual([item])
    expect(shop.draft({ pending_invoice_items_behavior: 'include' }).total).toBe(800)
  })

  it("deletes a subscription's line, which cannot be unassigned", () => {
    const { shop, invoice, line } = renewal()
    shop.refuses(removing(invoice, 'unassign', line), {
      param: 'lines[0][behavior]',
      message: 'Only lines of invoice items can be unassigned.',
    })
    expect(shop.run(removing(invoice, 'delete', line))).toMatchObject({ total: 0 })
  })

  it('merges the metadata of the invoice, and refuses too much of it', () => {
    const shop = new Shop()
    shop.item(1)
    const { id } = shop.draft({
      pending_invoice_items_behavior: 'include',
      metadata: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'x'])),
    })
    const remove = removing(id, 'delete', ...lineIds(shop, id))
    shop.refuses(
      { ...remove, params: { ...remove.params, invoice_metadata: { more: 'x' } } },
      {
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      },
    )
  })
})

const WRITES = [
  ['AddInvoiceLines', { lines: [{ amount: 1 }] }],
  ['UpdateInvoiceLines', { lines: [{ id: 'il_nope', amount: 1 }] }],
  ['UpdateInvoiceLine', { line: 'il_nope', amount: 1 }],
  ['RemoveInvoiceLines', { lines: [{ id: 'il_nope', behavior: 'delete' }] }],
] as const

describe('the lines of what is not a draft', () => {
  it.each(WRITES)('%s refuses an invoice that is not there, before its lines', (type, params) =>
    new Shop().refuses({ type, id: 'in_nope', params } as CommandOf<typeof type>, noInvoice),
  )

  it.each(WRITES)('%s refuses one that is final, before its lines', (type, params) => {
    const shop = new Shop()
    const { id } = shop.opened(1_000)
    shop.refuses({ type, id, params } as CommandOf<typeof type>, notEditable)
  })
})

describe('the most lines that an invoice has', () => {
  it('is 250, however they come', () => {
    const shop = new Shop()
    const { id } = shop.draft()
    const lines = (count: number) => Array.from({ length: count }, () => ({ amount: 1 }))
    shop.run(adding(id, ...lines(LINES_MAX - 1)))
    shop.refuses(adding(id, ...lines(2)), tooMany)
    shop.item(1, { invoice: id })
    shop.refuses(
      { type: 'CreateInvoiceItem', params: { customer: shop.customer, invoice: id, amount: 1 } },
      tooMany,
    )
    expect(shop.invoice(id)).toMatchObject({
      total: LINES_MAX,
      lines: { total_count: LINES_MAX, has_more: true, data: { length: 10 } },
    })
  })

  it('bounds the pending items that an invoice takes', () => {
    const shop = new Shop()
    for (let made = 0; made < LINES_MAX; made += 1) shop.item(1)
    const create = {
      type: 'CreateInvoice' as const,
      params: { customer: shop.customer, pending_invoice_items_behavior: 'include' as const },
    }
    expect(shop.facts(create)).toEqual(['InvoiceCreated'])
    shop.item(1)
    shop.refuses(create, tooMany)
  })
})

describe('ListInvoiceLines', () => {
  it('lists all lines in the order of the invoice, page by page', () => {
    const shop = new Shop()
    const { id } = shop.draft()
    shop.run(adding(id, ...Array.from({ length: 12 }, (_, at) => ({ amount: at }))))
    const ask = (params = {}) => shop.sim.ask({ type: 'ListInvoiceLines', id, params })
    const page = (params = {}) => ask(params).data.map(({ amount }) => amount)
    expect(page()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const ids = ask({ limit: 12 }).data.map((line) => line.id)
    expect(ask({ limit: 2 })).toMatchObject({ has_more: true, url: `/v1/invoices/${id}/lines` })
    expect(page({ starting_after: ids[9] })).toEqual([10, 11])
    expect(page({ ending_before: ids[2] })).toEqual([0, 1])
    for (const cursor of ['starting_after', 'ending_before'])
      expect(() => page({ [cursor]: 'il_nope' })).toThrow("No such line item: 'il_nope'")
    expect(() => shop.sim.ask({ type: 'ListInvoiceLines', id: 'in_nope' })).toThrow(
      "No such invoice: 'in_nope'",
    )
  })
})
