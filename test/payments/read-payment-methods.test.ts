import { ask, E, type List, type PaymentMethodView, type Query, type World } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { given, type Refusal, refusal } from '../support/given.js'
import {
  attached,
  customer,
  detached,
  method,
  methodView,
  NOW,
  noCustomer,
  noMethod,
} from './support.js'

const world = given({ now: NOW })

const rejects = (on: World, query: Query, expected: Refusal) =>
  expect(ask(on, query)).toStrictEqual(E.left(refusal(expected)))

const answer = (on: World, query: Query): unknown => {
  const done = ask(on, query)
  return E.isLeft(done) ? done.left : done.right
}

/** The ids of a page, without `pm_`, newest first. */
const page = (on: World, query: Query): string =>
  (answer(on, query) as List<PaymentMethodView>).data
    .map(({ id }) => id.replace('pm_', ''))
    .join(' ')

/** `cus_1` has 1, 3 and 4 (4 limited), `cus_2` has 2; 5 is attached to nobody, 6 is no more. */
const { world: some } = world(
  customer(),
  customer({ id: 'cus_2', invoice_prefix: 'B' }),
  customer({ id: 'cus_3', invoice_prefix: 'C' }),
  { type: 'DeleteCustomer', id: 'cus_3' },
  ...[1, 2, 3, 4, 5, 6].map((at) =>
    method({ id: `pm_${at}`, allow_redisplay: at === 4 ? 'limited' : 'unspecified' }),
  ),
  attached('pm_1'),
  attached('pm_2', 'cus_2'),
  attached('pm_4'),
  attached('pm_3'),
  attached('pm_6'),
  detached('pm_6'),
)

describe('RetrievePaymentMethod', () => {
  const retrieve = (id: string) => ({ type: 'RetrievePaymentMethod', id }) as const

  it('answers a method, attached or not', () => {
    expect(answer(some, retrieve('pm_1'))).toStrictEqual(methodView({ customer: 'cus_1' }, 'pass'))
    expect(answer(some, retrieve('pm_5'))).toStrictEqual(methodView({ id: 'pm_5' }))
    expect(answer(some, retrieve('pm_6'))).toStrictEqual(methodView({ id: 'pm_6' }, 'pass'))
  })

  it('refuses one that is unknown', () =>
    rejects(some, retrieve('pm_card_visa'), noMethod('pm_card_visa')))
})

describe('ListPaymentMethods', () => {
  const list = (params: object = {}) => ({ type: 'ListPaymentMethods', params }) as Query

  it('lists what is attached to a customer, the newest first', () => {
    expect(page(some, list({ customer: 'cus_1' }))).toBe('4 3 1')
    expect(page(some, list({ customer: 'cus_2', type: 'card' }))).toBe('2')
  })

  it('is empty without a customer, as the live API is', () =>
    expect(answer(some, list({ limit: 3 }))).toStrictEqual({
      object: 'list',
      data: [],
      has_more: false,
      url: '/v1/payment_methods',
    }))

  it('filters by how a method may be shown again', () => {
    expect(page(some, list({ customer: 'cus_1', allow_redisplay: 'limited' }))).toBe('4')
    expect(page(some, list({ customer: 'cus_1', allow_redisplay: 'unspecified' }))).toBe('3 1')
    expect(page(some, list({ customer: 'cus_1', allow_redisplay: 'always' }))).toBe('')
  })

  it('walks by pages, either way', () => {
    const of = { customer: 'cus_1', limit: 2 }
    expect(answer(some, list(of))).toMatchObject({ has_more: true })
    expect(page(some, list(of))).toBe('4 3')
    expect(page(some, list({ ...of, starting_after: 'pm_3' }))).toBe('1')
    expect(page(some, list({ ...of, ending_before: 'pm_1' }))).toBe('4 3')
  })

  it.each<readonly [string, object, Refusal]>([
    ['an unknown customer', { customer: 'cus_nope' }, noCustomer('cus_nope')],
    ['a deleted customer', { customer: 'cus_3' }, noCustomer('cus_3')],
    [
      'an unknown cursor',
      { customer: 'cus_1', starting_after: 'pm_x' },
      {
        code: 'resource_missing',
        param: 'starting_after',
        message: "No such PaymentMethod: 'pm_x'",
      },
    ],
    ['another type', { type: 'klarna' }, { param: 'type', message: 'Invalid type: must be card' }],
    [
      'an unknown allow_redisplay',
      { allow_redisplay: 'never' },
      {
        param: 'allow_redisplay',
        message: 'Invalid allow_redisplay: must be one of always, limited, or unspecified',
      },
    ],
  ])('refuses %s', (_, params, expected) => rejects(some, list(params), expected))
})

describe('ListCustomerPaymentMethods', () => {
  const list = (id: string, params: object = {}) =>
    ({ type: 'ListCustomerPaymentMethods', id, params }) as Query

  it('lists what is attached to the customer, at an address of its own', () => {
    expect(page(some, list('cus_1'))).toBe('4 3 1')
    expect(page(some, list('cus_1', { type: 'card', allow_redisplay: 'limited' }))).toBe('4')
    expect(answer(some, list('cus_2'))).toStrictEqual({
      object: 'list',
      data: [methodView({ id: 'pm_2', customer: 'cus_2' }, 'pass')],
      has_more: false,
      url: '/v1/customers/cus_2/payment_methods',
    })
  })

  it.each(['cus_nope', 'cus_3'])('refuses the unknown or deleted customer %s', (id) =>
    rejects(some, list(id), {
      status: 404,
      code: 'resource_missing',
      param: 'id',
      message: `No such customer: '${id}'`,
    }),
  )
})

describe('RetrieveCustomerPaymentMethod', () => {
  const retrieve = (id: string, payment_method: string): Query => ({
    type: 'RetrieveCustomerPaymentMethod',
    id,
    params: { payment_method },
  })

  it('answers a method of the customer', () =>
    expect(answer(some, retrieve('cus_1', 'pm_1'))).toStrictEqual(
      methodView({ customer: 'cus_1' }, 'pass'),
    ))

  it.each(['pm_2', 'pm_5', 'pm_6'])('refuses %s, which is not hers, as the live API did', (id) =>
    rejects(some, retrieve('cus_1', id), {
      status: 404,
      param: 'customer',
      message: 'Invalid request',
    }),
  )

  it('refuses an unknown customer before an unknown method', () => {
    rejects(some, retrieve('cus_nope', 'pm_x'), { status: 404, ...noCustomer('cus_nope') })
    rejects(some, retrieve('cus_1', 'pm_x'), noMethod('pm_x'))
  })
})
