import type { Command, CustomerView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Past, type Refusal } from '../support/given.js'
import { aCustomer, customer, NOW, toldOf, transaction, view } from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreateCustomer', params }) as Command

const update = (params: object): Command =>
  ({ type: 'UpdateCustomer', id: 'cus_1', params }) as Command

const adjust = (amount: number, currency: string): Command =>
  ({
    type: 'CreateCustomerBalanceTransaction',
    id: 'cus_1',
    params: { amount, currency },
  }) as Command

/** The ids that a command has drawn, by what it has made. */
const idOf = (events: readonly object[], field: string): string =>
  events.flatMap((event) => {
    const made = (event as Readonly<Record<string, { readonly id: string } | undefined>>)[field]
    return made === undefined ? [] : [made.id]
  })[0] as string

/** What a command makes Stripe tell of. */
const told = (command: Command, ...past: readonly Past[]) => {
  const before = world(...past).world
  return toldOf(before, accepted(before, command).world)
}

const tooLow: Refusal = {
  code: 'parameter_invalid_integer',
  param: 'balance',
  message: 'This value must be greater than or equal to -99999999999999.',
}

describe('the balance of CreateCustomer', () => {
  it('is an initial transaction, in dollars', () => {
    const { events, result } = accepted(world().world, create({ balance: '-250' }))
    const { id, invoice_prefix } = result as CustomerView
    expect(events).toStrictEqual([
      {
        type: 'CustomerCreated',
        at: NOW,
        customer: aCustomer({ id, invoice_prefix, currency: 'usd' }),
      },
      transaction({
        id: idOf(events, 'customer_balance_transaction'),
        customer: id,
        amount: -250,
        ending_balance: -250,
        type: 'initial',
      }),
    ])
    expect(result).toStrictEqual(
      view({ id, invoice_prefix, currency: 'usd', balances: { usd: -250 } }),
    )
  })

  it('is no transaction where it is 0, and brings no currency', () => {
    const { events, result } = accepted(world().world, create({ balance: 0 }))
    expect(events.map(({ type }) => type)).toEqual(['CustomerCreated'])
    expect(result).toMatchObject({ balance: 0, currency: null })
  })

  it('is told of with the customer, once', () =>
    expect(told(create({ balance: 40 }))).toMatchObject([
      { type: 'customer.created', object: { balance: 40, currency: 'usd' } },
    ]))

  it('is refused where it is beyond all bounds', () => {
    world()
      .when(create({ balance: -100_000_000_000_000 }))
      .rejects(tooLow)
  })
})

describe('the balance of UpdateCustomer', () => {
  const credited = customer({ currency: 'eur', balances: { eur: -100, usd: 7 } })

  it('is an adjustment by the difference, in the currency of the customer', () => {
    const { events, result } = accepted(world(credited).world, update({ balance: 50 }))
    expect(events).toStrictEqual([
      transaction({
        id: idOf(events, 'customer_balance_transaction'),
        amount: 150,
        currency: 'eur',
        ending_balance: 50,
      }),
    ])
    expect(result).toStrictEqual(view({ currency: 'eur', balances: { eur: 50 } }))
  })

  it('follows the other changes', () => {
    const { events } = accepted(world(credited).world, update({ balance: 50, name: 'Ada' }))
    expect(events.map(({ type }) => type)).toEqual([
      'CustomerUpdated',
      'CustomerBalanceTransactionCreated',
    ])
  })

  it('is in dollars for a customer without a currency, who has one then', () => {
    const { events } = accepted(world(customer()).world, update({ balance: 50 }))
    expect(events).toMatchObject([
      { type: 'CustomerUpdated', changes: { currency: 'usd' } },
      {
        type: 'CustomerBalanceTransactionCreated',
        customer_balance_transaction: { type: 'adjustment', amount: 50, currency: 'usd' },
      },
    ])
  })

  it.each([
    ['as it is', credited, -100],
    ['0 without a currency', customer(), 0],
  ])('changes nothing where it is %s', (_, who, balance) =>
    world(who).when(update({ balance })).yieldsNothing(),
  )

  it('is refused where it is beyond all bounds', () =>
    world(credited)
      .when(update({ balance: -100_000_000_000_000 }))
      .rejects(tooLow))

  it('is refused with the rest of an update', () =>
    world(credited)
      .when(update({ balance: 5, invoice_settings: { default_payment_method: 'pm_x' } }))
      .rejects({
        code: 'resource_missing',
        param: 'invoice_settings[default_payment_method]',
        message:
          'The customer does not have a payment method with the ID pm_x. The payment method must be attached to the customer.',
      }))
})

describe('a change of balance', () => {
  const credited = customer({ currency: 'eur', balances: { eur: -100 } })

  it('is told of as a change of the customer, with the balance before it', () =>
    expect(told(adjust(60, 'eur'), credited)).toEqual([
      {
        type: 'customer.updated',
        created: NOW,
        object: view({ currency: 'eur', balances: { eur: -40 } }),
        previous_attributes: { balance: -100 },
      },
    ]))

  it('is told of together with the currency that it brings', () =>
    expect(told(adjust(60, 'jpy'), customer())).toEqual([
      {
        type: 'customer.updated',
        created: NOW,
        object: view({ currency: 'jpy', balances: { jpy: 60 } }),
        previous_attributes: { balance: 0, currency: null },
      },
    ]))

  it('is told of once with all else that an update changes', () =>
    expect(told(update({ balance: 1, name: 'Ada' }), credited)).toMatchObject([
      { type: 'customer.updated', previous_attributes: { balance: -100, name: null } },
    ]))

  it('is not told of where it does not show in the customer', () =>
    expect(told(adjust(60, 'usd'), credited)).toEqual([]))

  it('is followed by none of the words that are said of it later', () =>
    expect(
      told(
        {
          type: 'UpdateCustomerBalanceTransaction',
          id: 'cus_1',
          params: { transaction: 'cbtxn_1', description: 'new' },
        },
        credited,
        transaction({ currency: 'eur' }),
      ),
    ).toEqual([]))
})
