import { ask, type Command, E, type Either, type Query, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import type { CustomerBalanceTransactionView } from '../../src/domain/customers/index.js'
import { accepted, given, type Refusal, refusal } from '../support/given.js'
import { clock, customer, NOW, transaction, transactionView, view } from './support.js'

const world = given({ now: NOW })

const create = (params: object, id = 'cus_1'): Command =>
  ({ type: 'CreateCustomerBalanceTransaction', id, params }) as Command

const update = (params: object, id = 'cus_1'): Command =>
  ({
    type: 'UpdateCustomerBalanceTransaction',
    id,
    params: { transaction: 'cbtxn_1', ...params },
  }) as Command

const balanceOf = (of: World): unknown => ask(of, { type: 'RetrieveCustomer', id: 'cus_1' })

const missing: Refusal = {
  status: 404,
  code: 'resource_missing',
  param: 'id',
  message: "No such customer: 'cus_1'",
}

const missingTransaction: Refusal = {
  status: 404,
  code: 'resource_missing',
  param: 'transaction',
  message: "No such customer balance transaction: 'cbtxn_1'",
}

const usd = customer({ currency: 'usd' })
const credited = customer({ currency: 'usd', balances: { usd: -200 } })

const METADATA = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))

describe('CreateCustomerBalanceTransaction', () => {
  it('adjusts the balance by the amount, and says where it then stands', () => {
    const params = { amount: -300, currency: 'usd', description: 'sorry', metadata: { a: '1' } }
    const { result, events, world: after } = accepted(world(credited).world, create(params))
    const { id } = result as CustomerBalanceTransactionView
    expect(id).toMatch(/^cbtxn_1[0-9A-Za-z]{23}$/)
    const fields = { id, ...params, ending_balance: -500 }
    expect(result).toStrictEqual(transactionView(fields))
    expect(events).toStrictEqual([transaction(fields)])
    expect(balanceOf(after)).toStrictEqual(
      E.right(view({ currency: 'usd', balances: { usd: -500 } })),
    )
  })

  it('makes its currency that of a customer who has none', () => {
    const {
      events,
      result,
      world: after,
    } = accepted(
      world(customer()).world,
      create({ amount: '700', currency: 'EUR', description: '', metadata: '' }),
    )
    const { id } = result as CustomerBalanceTransactionView
    expect(events).toStrictEqual([
      { type: 'CustomerUpdated', at: NOW, id: 'cus_1', changes: { currency: 'eur' } },
      transaction({ id, amount: 700, currency: 'eur', ending_balance: 700 }),
    ])
    expect(balanceOf(after)).toStrictEqual(
      E.right(view({ currency: 'eur', balances: { eur: 700 } })),
    )
  })

  it('keeps one balance for each currency, and shows that of the customer', () => {
    const after = accepted(world(credited).world, create({ amount: 9, currency: 'jpy' })).world
    expect(after.customers.need('cus_1').balances).toEqual({ usd: -200, jpy: 9 })
    expect(balanceOf(after)).toStrictEqual(
      E.right(view({ currency: 'usd', balances: { usd: -200 } })),
    )
  })

  it('acts at the time of the test clock, for a customer that is on one', () => {
    const { events } = accepted(
      world(clock(NOW + 60), customer({ test_clock: 'clock_1', currency: 'usd' })).world,
      create({ amount: -5, currency: 'usd' }),
    )
    expect(events).toMatchObject([
      {
        type: 'CustomerBalanceTransactionCreated',
        at: NOW + 60,
        clock: 'clock_1',
        customer_balance_transaction: { created: NOW + 60, ending_balance: -5 },
      },
    ])
  })

  it.each<[string, object, Refusal]>([
    [
      'no amount',
      { currency: 'usd' },
      {
        code: 'parameter_missing',
        param: 'amount',
        message: 'Missing required param: amount.',
      },
    ],
    [
      'an amount of nothing',
      { amount: 0, currency: 'usd' },
      {
        code: 'parameter_invalid_integer',
        param: 'amount',
        message: 'The amount of a customer balance transaction cannot be zero.',
      },
    ],
    [
      'an amount of a fraction',
      { amount: 1.5, currency: 'usd' },
      { code: 'parameter_invalid_integer', param: 'amount', message: 'Invalid integer: 1.5' },
    ],
    [
      'a balance beyond all that can be charged',
      { amount: -99_999_999_999_900, currency: 'usd' },
      {
        code: 'amount_too_large',
        param: 'amount',
        message: 'The balance of a customer can be at most 99999999999999 either way.',
      },
    ],
    [
      'no currency',
      { amount: 5 },
      {
        code: 'parameter_missing',
        param: 'currency',
        message: 'Missing required param: currency.',
      },
    ],
    [
      'an unknown currency',
      { amount: 5, currency: 'xxx' },
      { param: 'currency', message: 'Invalid currency: xxx' },
    ],
    [
      'a description of more than 350 characters',
      { amount: 5, currency: 'usd', description: 'd'.repeat(351) },
      {
        code: 'parameter_invalid_string',
        param: 'description',
        message: `Invalid string: ${'d'.repeat(100)}...; must be at most 350 characters`,
      },
    ],
    [
      'metadata with square brackets',
      { amount: 5, currency: 'usd', metadata: { 'a[b]': 'c' } },
      { param: 'metadata', message: 'Metadata keys cannot contain square brackets: a[b]' },
    ],
    [
      'an unknown parameter',
      { amount: 5, currency: 'usd', type: 'initial' },
      {
        code: 'parameter_unknown',
        param: 'type',
        message: 'Received unknown parameter: type',
      },
    ],
  ])('refuses %s', (_, params, refused) => world(credited).when(create(params)).rejects(refused))

  it('refuses a customer that is not there, or no longer, before an amount of nothing', () => {
    const nothing = create({ amount: 0, currency: 'usd' })
    world().when(nothing).rejects(missing)
    world(usd, { type: 'DeleteCustomer', id: 'cus_1' }).when(nothing).rejects(missing)
  })
})

describe('UpdateCustomerBalanceTransaction', () => {
  const past = [usd, transaction({ description: 'old', metadata: { a: '1', b: '2' } })]
  const updated = (changes: object) => ({
    type: 'CustomerBalanceTransactionUpdated',
    at: NOW,
    id: 'cbtxn_1',
    changes,
  })

  it('changes what is said of a transaction, and nothing else', () => {
    const change = update({ description: 'new', metadata: { a: '', c: '3' } })
    const changes = { description: 'new', metadata: { b: '2', c: '3' } }
    world(...past)
      .when(change)
      .yields(updated(changes))
    world(...past)
      .when(change)
      .answers(transactionView(changes))
  })

  it('unsets by an empty string', () =>
    world(...past)
      .when(update({ description: '', metadata: '' }))
      .yields(updated({ description: null, metadata: {} })))

  it.each([
    ['nothing is asked', {}],
    ['all is so already', { description: 'old', metadata: { a: '1', z: '' } }],
  ])('changes nothing where %s', (_, params) =>
    world(...past)
      .when(update(params))
      .yieldsNothing(),
  )

  it('acts at the time of the test clock, for a customer that is on one', () =>
    world(clock(NOW + 60), customer({ test_clock: 'clock_1', currency: 'usd' }), transaction())
      .when(update({ description: 'new' }))
      .yields({
        type: 'CustomerBalanceTransactionUpdated',
        at: NOW + 60,
        clock: 'clock_1',
        id: 'cbtxn_1',
        changes: { description: 'new' },
      }))

  it('refuses a transaction that is not there, or is that of another customer', () => {
    world(usd).when(update({})).rejects(missingTransaction)
    world(...past, customer({ id: 'cus_2', invoice_prefix: 'P2' }))
      .when(update({}, 'cus_2'))
      .rejects(missingTransaction)
  })

  it('refuses a customer that is not there before a transaction that is not', () =>
    world().when(update({})).rejects(missing))

  it('refuses another amount, which is an unknown parameter', () =>
    world(...past)
      .when(update({ amount: 5 }))
      .rejects({
        code: 'parameter_unknown',
        param: 'amount',
        message: 'Received unknown parameter: amount',
      }))

  it('refuses to be asked without a transaction', () =>
    world(...past)
      .when(update({ transaction: undefined }))
      .rejects({
        code: 'parameter_missing',
        param: 'transaction',
        message: 'Missing required param: transaction.',
      }))

  it('refuses a description of more than 350 characters', () =>
    world(...past)
      .when(update({ description: 'd'.repeat(351) }))
      .rejects({
        code: 'parameter_invalid_string',
        param: 'description',
        message: `Invalid string: ${'d'.repeat(100)}...; must be at most 350 characters`,
      }))

  it('refuses metadata that would outgrow 50 keys, all in all', () =>
    world(usd, transaction({ metadata: METADATA }))
      .when(update({ metadata: { another: 'v' } }))
      .rejects({
        param: 'metadata',
        message: 'You can only have up to 50 metadata keys, but the update would make 51.',
      }))
})

describe('while the clock of a customer is advancing', () => {
  const advancing = given({ now: NOW, settings: { strict: true } })(
    clock(NOW),
    customer({ test_clock: 'clock_1', currency: 'usd' }),
    transaction(),
    { type: 'AdvanceClock', id: 'clock_1', params: { frozen_time: NOW + 60 } },
  )

  it.each([
    ['a balance is not changed', create({ amount: 5, currency: 'usd' })],
    ['nothing new is said of a transaction', update({ description: 'new' })],
  ])('%s', (_, command) =>
    advancing.when(command).rejects({
      status: 429,
      code: 'lock_timeout',
      message: 'Test clock advancement underway - cannot perform modifications: clock_1',
    }),
  )
})

describe('RetrieveCustomerBalanceTransaction', () => {
  const retrieve = (id = 'cus_1', params: object = { transaction: 'cbtxn_1' }): Query =>
    ({ type: 'RetrieveCustomerBalanceTransaction', id, params }) as Query
  const of = world(usd, transaction(), customer({ id: 'cus_2', invoice_prefix: 'P2' })).world

  it('answers the transaction', () =>
    expect(ask(of, retrieve())).toStrictEqual(E.right(transactionView())))

  it.each<[string, World, Query, Refusal]>([
    ['a customer that is not there', world().world, retrieve(), missing],
    [
      'a customer that is not there any more',
      accepted(of, { type: 'DeleteCustomer', id: 'cus_1' }).world,
      retrieve(),
      missing,
    ],
    ['a transaction that is not there', world(usd).world, retrieve(), missingTransaction],
    ['the transaction of another customer', of, retrieve('cus_2'), missingTransaction],
    [
      'to be asked without a transaction',
      of,
      retrieve('cus_1', {}),
      {
        code: 'parameter_missing',
        param: 'transaction',
        message: 'Missing required param: transaction.',
      },
    ],
  ])('refuses %s', (_, asked, query, refused) =>
    expect(ask(asked, query)).toStrictEqual(E.left(refusal(refused))),
  )
})

describe('ListCustomerBalanceTransactions', () => {
  const of = world(
    usd,
    customer({ id: 'cus_2', invoice_prefix: 'P2', currency: 'usd' }),
    transaction(),
    transaction({ id: 'cbtxn_2', customer: 'cus_2' }),
    transaction({
      id: 'cbtxn_3',
      created: NOW + 10,
      amount: 500,
      ending_balance: 0,
      invoice: 'in_1',
      type: 'applied_to_invoice',
    }),
    transaction({ id: 'cbtxn_4', created: NOW + 20, ending_balance: -500 }),
  ).world
  const list = (params: object = {}, id = 'cus_1') =>
    ask(of, { type: 'ListCustomerBalanceTransactions', id, params } as Query) as Either<
      unknown,
      { readonly data: readonly { readonly id: string }[]; readonly has_more: boolean }
    >
  const page = (params: object) => {
    const got = list(params)
    return E.isLeft(got) ? got.left : got.right.data.map(({ id }) => id)
  }

  it('answers those of the customer, the newest first', () =>
    expect(list({}, 'cus_2')).toStrictEqual(
      E.right({
        object: 'list',
        data: [transactionView({ id: 'cbtxn_2', customer: 'cus_2' })],
        has_more: false,
        url: '/v1/customers/cus_2/balance_transactions',
      }),
    ))

  it.each([
    ['all', {}, ['cbtxn_4', 'cbtxn_3', 'cbtxn_1']],
    ['one page', { limit: 2 }, ['cbtxn_4', 'cbtxn_3']],
    ['the next', { starting_after: 'cbtxn_3' }, ['cbtxn_1']],
    ['the one before', { ending_before: 'cbtxn_3' }, ['cbtxn_4']],
    ['those of an invoice', { invoice: 'in_1' }, ['cbtxn_3']],
    ['those of a time', { created: { gte: NOW + 10, lt: NOW + 20 } }, ['cbtxn_3']],
  ])('pages and filters: %s', (_, params, ids) => expect(page(params)).toEqual(ids))

  it.each<[string, object, string, Refusal]>([
    [
      'a customer that is not there',
      {},
      'cus_9',
      {
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such customer: 'cus_9'",
      },
    ],
    [
      'a cursor that is not there',
      { starting_after: 'cbtxn_9' },
      'cus_1',
      {
        code: 'resource_missing',
        param: 'starting_after',
        message: "No such customer balance transaction: 'cbtxn_9'",
      },
    ],
    [
      'both cursors',
      { starting_after: 'cbtxn_1', ending_before: 'cbtxn_4' },
      'cus_1',
      {
        message:
          'Received both starting_after and ending_before parameters. Please pass in only one.',
      },
    ],
  ])('refuses %s', (_, params, id, refused) =>
    expect(list(params, id)).toStrictEqual(E.left(refusal(refused))),
  )
})
