import { readLog, snapshot, type World, writeLog } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  adoptCurrency,
  balanceIn,
  changeBalance,
  setDelinquent,
  takeInvoiceNumber,
} from '../../src/domain/customers/index.js'
import type { Decision } from '../../src/domain/kernel/decision.js'
import { E } from '../../src/domain/kernel/fp.js'
import { given } from '../support/given.js'
import { aCustomer, aTransaction, clock, customer, NOW, toldOf } from './support.js'

/** What a decision answers, records and lets Stripe tell of. */
const outcome = <A>(before: World, decision: Decision<World, A>) => {
  const done = decision(before.opened())
  if (E.isLeft(done)) throw new Error(done.left.message)
  const { world, result } = done.right
  const events = Array.from({ length: world.position - before.position }, (_, at) =>
    world.line.at(before.position + at + 1),
  )
  return { world, result, events, told: toldOf(before, world) }
}

const world = given({ now: NOW })

const on = (fields: object = {}): World => world(customer(fields)).world

const usd = { currency: 'usd' }

/** A customer of a test clock that has begun to advance: only callers must wait for it. */
const advancing = given({ now: NOW, settings: { strict: true } })(
  clock(NOW),
  customer({ ...usd, test_clock: 'clock_1' }),
  { type: 'AdvanceClock', id: 'clock_1', params: { frozen_time: NOW + 60 } },
).world

describe('changeBalance', () => {
  it('S-G1: takes credit for an invoice, the opposite of the balance', () => {
    const applied = { type: 'applied_to_invoice', amount: 1_000, invoice: 'in_1', ...usd } as const
    const { result, world: after } = outcome(
      on({ ...usd, balances: { usd: -1_500 } }),
      changeBalance('cus_1', applied),
    )
    expect(result).toStrictEqual(aTransaction({ ...applied, id: result.id, ending_balance: -500 }))
    expect(balanceIn(after.customers.need('cus_1'), 'usd')).toBe(-500)
  })

  it('S-G2: adds a negative total to the credit that is there', () => {
    const { result } = outcome(
      on({ ...usd, balances: { usd: -100 } }),
      changeBalance('cus_1', { type: 'applied_to_invoice', amount: -334, ...usd }),
    )
    expect(result.ending_balance).toBe(-434)
  })

  it('keeps what is told of it, and answers the row that it has made', () => {
    const told = {
      type: 'credit_note',
      amount: -150,
      credit_note: 'cn_1',
      invoice: 'in_1',
      description: 'back',
      metadata: { a: '1' },
      ...usd,
    } as const
    const { result, world: after } = outcome(on(usd), changeBalance('cus_1', told))
    expect(result).toMatchObject(told)
    expect(after.balanceTransactions.need(result.id)).toBe(result)
  })

  it('gives transactions of one transaction of the log ids of their own', () => {
    const change = changeBalance('cus_1', { type: 'adjustment', amount: 1, ...usd })
    const one = outcome(on(usd), change)
    expect(outcome(one.world, change).result.id).not.toBe(one.result.id)
  })

  it('does not wait for a clock that is advancing', () =>
    expect(
      outcome(advancing, changeBalance('cus_1', { type: 'adjustment', amount: 1, ...usd })).events,
    ).toHaveLength(1))

  it('takes a balance that is no whole number for a defect', () =>
    expect(() =>
      outcome(on(usd), changeBalance('cus_1', { type: 'adjustment', amount: 0.5, ...usd })),
    ).toThrow('an amount is a whole number of minor units, not 0.5'))
})

describe('balanceIn', () => {
  it('is 0 in a currency that was never used', () => {
    expect(balanceIn(aCustomer({ balances: { eur: -5 } }), 'usd')).toBe(0)
    expect(balanceIn(aCustomer({ balances: { eur: -5 } }), 'eur')).toBe(-5)
  })
})

describe.each([
  ['setDelinquent', 'delinquent', false, true, (value: never) => setDelinquent('cus_1', value)],
  ['adoptCurrency', 'currency', null, 'eur', (value: never) => adoptCurrency('cus_1', value)],
  ['adoptCurrency', 'currency', 'usd', 'eur', (value: never) => adoptCurrency('cus_1', value)],
] as const)('%s', (_, field, was, is, decision) => {
  it(`changes ${field} from ${was} to ${is}, and tells of it`, () => {
    const { result, events, told } = outcome(on({ [field]: was }), decision(is as never))
    expect(result).toStrictEqual(aCustomer({ [field]: is }))
    expect(events).toStrictEqual([
      { type: 'CustomerUpdated', at: NOW, id: 'cus_1', changes: { [field]: is } },
    ])
    expect(told).toMatchObject([
      {
        type: 'customer.updated',
        object: { [field]: is },
        previous_attributes: { [field]: was },
      },
    ])
  })

  it(`records nothing where ${field} is ${is} already`, () => {
    const { result, events, told } = outcome(on({ [field]: is }), decision(is as never))
    expect({ result, events, told }).toEqual({
      result: aCustomer({ [field]: is }),
      events: [],
      told: [],
    })
  })

  it(`does not wait for a clock that is advancing to change ${field} to ${is}`, () =>
    expect(outcome(advancing, decision(is as never)).events).toMatchObject([
      { type: 'CustomerUpdated', clock: 'clock_1', changes: { [field]: is } },
    ]))
})

describe('takeInvoiceNumber', () => {
  it('answers the next number, which no other invoice will have, and tells of nothing', () => {
    const first = outcome(on(), takeInvoiceNumber('cus_1'))
    expect(first.result).toBe('PREFIX01-0001')
    expect(first.events).toStrictEqual([
      { type: 'CustomerInvoiceNumberTaken', at: NOW, id: 'cus_1' },
    ])
    expect(first.told).toEqual([])
    const second = outcome(first.world, takeInvoiceNumber('cus_1'))
    expect(second.result).toBe('PREFIX01-0002')
    expect(second.world.customers.need('cus_1')).toStrictEqual(
      aCustomer({ next_invoice_sequence: 3 }),
    )
  })

  it.each([
    [999, 'PREFIX01-0999'],
    [10_000, 'PREFIX01-10000'],
    [1_000_000_000, 'PREFIX01-1000000000'],
  ])('writes %i with four digits at least', (next_invoice_sequence, number) =>
    expect(outcome(on({ next_invoice_sequence }), takeInvoiceNumber('cus_1')).result).toBe(number),
  )

  it('does not wait for a clock that is advancing', () =>
    expect(outcome(advancing, takeInvoiceNumber('cus_1')).events).toMatchObject([
      { type: 'CustomerInvoiceNumberTaken', clock: 'clock_1' },
    ]))

  it('leaves the world that it was given as it was', () => {
    const before = on()
    const was = snapshot(before)
    outcome(before, takeInvoiceNumber('cus_1'))
    expect(snapshot(before)).toEqual(was)
  })
})

describe('a log of what happened to customers', () => {
  it('reads back as the same world', () => {
    const change = { type: 'invoice_too_small', amount: 30, invoice: 'in_1', ...usd } as const
    const { world: after } = outcome(
      outcome(outcome(on(), changeBalance('cus_1', change)).world, takeInvoiceNumber('cus_1'))
        .world,
      setDelinquent('cus_1', true),
    )
    const lines = [...writeLog(after)]
    const read = readLog(lines)
    if (E.isLeft(read)) throw new Error(read.left.message)
    expect([...writeLog(read.right)]).toEqual(lines)
    expect(snapshot(read.right)).toEqual(snapshot(after))
  })
})
