import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closed, decode } from '../../src/domain/kernel/codec.js'
import { E } from '../../src/domain/kernel/fp.js'
import { type List, listRows, type Page, pageParams } from '../../src/domain/kernel/list.js'
import { invalidRequest, resourceMissingIn } from '../../src/domain/kernel/rejection.js'
import { Table } from '../../src/domain/kernel/table.js'

interface Invoice {
  readonly id: string
  readonly customer: string
  readonly paid: boolean
}

const indexes = { customer: (row: Invoice) => row.customer }
type Invoices = Table<Invoice, 'customer'>

const idAt = (at: number) => `in_${at}`

/** Invoices of which some were removed, and some went from one customer to another. */
const anyInvoices = fc
  .array(
    fc.record({
      customer: fc.constantFrom('ada', 'bob'),
      paid: fc.boolean(),
      fate: fc.constantFrom('stays', 'stays', 'stays', 'goes', 'moves'),
    }),
    { maxLength: 40 },
  )
  .map((rows) => {
    let table: Invoices = Table.of<Invoice, typeof indexes>(indexes)
    for (const [at, { customer, paid }] of rows.entries())
      table = table.insert({ id: idAt(at), customer, paid })
    for (const [at, { fate }] of rows.entries()) {
      if (fate === 'goes') table = table.remove(idAt(at))
      if (fate === 'moves') table = table.update(idAt(at), (row) => ({ ...row, customer: 'eve' }))
    }
    return table
  })

const anyFilter = fc.record({
  customer: fc.option(fc.constantFrom('ada', 'bob', 'eve', 'nobody'), { nil: undefined }),
  paid: fc.option(fc.boolean(), { nil: undefined }),
})
type Filter = typeof anyFilter extends fc.Arbitrary<infer F> ? F : never

const list = (table: Invoices, page: Page, { customer, paid }: Partial<Filter> = {}) =>
  listRows({
    table,
    page,
    url: '/v1/invoices',
    noun: 'invoice',
    view: ({ id }) => id,
    by: customer === undefined ? undefined : ['customer', customer],
    where: paid === undefined ? undefined : (row) => row.paid === paid,
  })

const pageOf = (...args: Parameters<typeof list>): List<string> => {
  const done = list(...args)
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right
}

/** The model: every id that belongs into the list, newest first, told by its number. */
const wanted = (table: Invoices, { customer, paid }: Partial<Filter>): readonly number[] =>
  [...table]
    .filter(
      (row) =>
        (customer === undefined || row.customer === customer) &&
        (paid === undefined || row.paid === paid),
    )
    .map(({ id }) => Number(id.slice(3)))
    .reverse()

describe('listRows', () => {
  const cursor = fc.option(fc.nat(), { nil: undefined })

  it('gives the page that a plain filter of all rows gives, in both directions', () => {
    fc.assert(
      fc.property(
        anyInvoices,
        anyFilter,
        fc.integer({ min: 1, max: 12 }),
        cursor,
        fc.boolean(),
        (table, filter, limit, given, backwards) => {
          const at = given === undefined || table.size === 0 ? undefined : given % table.size
          const all = wanted(table, filter)
          if (at === undefined) {
            expect(pageOf(table, { limit }, filter)).toStrictEqual({
              object: 'list',
              data: all.slice(0, limit).map(idAt),
              has_more: all.length > limit,
              url: '/v1/invoices',
            })
            return
          }
          const page = pageOf(
            table,
            { limit, [backwards ? 'ending_before' : 'starting_after']: idAt(at) },
            filter,
          )
          const rest = backwards ? all.filter((n) => n > at) : all.filter((n) => n < at)
          expect(page.data).toStrictEqual(
            (backwards ? rest.slice(-limit) : rest.slice(0, limit)).map(idAt),
          )
          expect(page.has_more).toBe(rest.length > limit)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('walked page by page shows every row once, there and back', () => {
    fc.assert(
      fc.property(
        anyInvoices,
        anyFilter,
        fc.integer({ min: 1, max: 7 }),
        (table, filter, limit) => {
          const all = wanted(table, filter).map(idAt)
          let page = pageOf(table, { limit }, filter)
          const there = [...page.data]
          while (page.has_more) {
            page = pageOf(table, { limit, starting_after: there.at(-1) as string }, filter)
            there.push(...page.data)
          }
          expect(there).toStrictEqual(all)
          const last = all.at(-1)
          if (last === undefined) return
          const back = [last]
          do {
            page = pageOf(table, { limit, ending_before: back[0] as string }, filter)
            back.unshift(...page.data)
          } while (page.has_more)
          expect(back).toStrictEqual(all)
        },
      ),
      { numRuns: 200 },
    )
  })

  const invoices = (count: number): Invoices => {
    let table: Invoices = Table.of<Invoice, typeof indexes>(indexes)
    for (let at = 0; at < count; at += 1)
      table = table.insert({ id: idAt(at), customer: 'ada', paid: false })
    return table
  }

  it('has ten rows where no limit is given', () => {
    expect(pageOf(invoices(11), {}).data).toHaveLength(10)
    expect(pageOf(invoices(11), {}).has_more).toBe(true)
    expect(pageOf(invoices(10), {}).has_more).toBe(false)
  })

  it('takes the id of a removed row for the place where it stood', () => {
    const table = invoices(4).remove(idAt(2))
    expect(pageOf(table, { starting_after: idAt(2) }).data).toStrictEqual([idAt(1), idAt(0)])
    expect(pageOf(table, { ending_before: idAt(2) }).data).toStrictEqual([idAt(3)])
  })

  it('refuses an unknown cursor, and two cursors', () => {
    for (const param of ['starting_after', 'ending_before'])
      expect(list(invoices(1), { [param]: 'in_9' })).toStrictEqual(
        E.left(resourceMissingIn(param, 'invoice', 'in_9')),
      )
    expect(list(invoices(2), { starting_after: idAt(0), ending_before: 'in_9' })).toStrictEqual(
      E.left(
        invalidRequest(
          'Received both starting_after and ending_before parameters. Please pass in only one.',
        ),
      ),
    )
  })

  it('of an older version knows no cursor of a later one', () => {
    const table = invoices(2)
    table.insert({ id: idAt(2), customer: 'ada', paid: false })
    expect(E.isLeft(list(table, { starting_after: idAt(2) }))).toBe(true)
  })
})

describe('pageParams', () => {
  const params = closed('Page', pageParams)

  it('take a limit of 1 to 100 and cursors that are not empty', () => {
    for (const page of [
      {},
      { limit: 1 },
      { limit: 100, starting_after: 'a' },
      { ending_before: 'b' },
    ])
      expect(decode(params, page)).toStrictEqual(E.right(page))
    expect(decode(params, { limit: '7' })).toStrictEqual(E.right({ limit: 7 }))
  })

  it.each([
    [{ limit: 0 }, 'limit', 'This value must be greater than or equal to 1.'],
    [{ limit: 101 }, 'limit', 'This value must be less than or equal to 100.'],
    [{ starting_after: 5 }, 'starting_after', 'Invalid string: 5'],
  ])('refuse %j', (page, param, message) => {
    expect(decode(params, page)).toMatchObject(E.left({ param, message }))
  })
})
