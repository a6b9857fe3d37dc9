import {
  ask,
  type Customer,
  E,
  type Either,
  type QueryOf,
  type Rejection,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { given, type Refusal, refusal } from '../support/given.js'
import { clock, customer, NOW, view } from './support.js'

const world = given({ now: NOW })

const answer = <A>(got: Either<Rejection, A>): A => {
  if (E.isLeft(got)) throw new Error(got.left.message)
  return got.right
}

const list = (of: World, params: object = {}) =>
  answer(ask(of, { type: 'ListCustomers', params } as QueryOf<'ListCustomers'>))

/** The ids of a page, without their prefix, and a plus where there are more. */
const page = (of: World, params: object = {}): string => {
  const { data, has_more } = list(of, params)
  return `${data.map(({ id }) => id.replace('cus_', '')).join(' ')}${has_more ? ' +' : ''}`
}

const rejects = (of: World, params: object, expected: Refusal) =>
  expect(ask(of, { type: 'ListCustomers', params } as QueryOf<'ListCustomers'>)).toStrictEqual(
    E.left(refusal(expected)),
  )

/** Customers `cus_1` to `cus_n`, created in this order. */
const many = (count: number, fields: Partial<Customer> = {}) =>
  Array.from({ length: count }, (_, at) =>
    customer({ id: `cus_${at + 1}`, invoice_prefix: `P${at + 1}`, ...fields }),
  )

const remove = (id: string) => ({ type: 'DeleteCustomer', id }) as const

describe('RetrieveCustomer', () => {
  const retrieve = { type: 'RetrieveCustomer', id: 'cus_1' } as const

  it('answers the customer', () =>
    expect(ask(world(customer({ name: 'Ada' })).world, retrieve)).toStrictEqual(
      E.right(view({ name: 'Ada' })),
    ))

  it('answers a tombstone for a deleted customer', () =>
    expect(ask(world(customer(), remove('cus_1')).world, retrieve)).toStrictEqual(
      E.right({ id: 'cus_1', object: 'customer', deleted: true }),
    ))

  it('answers a tombstone for a customer that went with its test clock', () => {
    const gone = world(clock(NOW), customer({ test_clock: 'clock_1' }), {
      type: 'DeleteTestClock',
      id: 'clock_1',
    })
    expect(ask(gone.world, retrieve)).toEqual(
      E.right({ id: 'cus_1', object: 'customer', deleted: true }),
    )
  })

  it('finds a customer on a test clock by its id', () => {
    const there = world(clock(NOW), customer({ test_clock: 'clock_1' }))
    expect(ask(there.world, retrieve)).toEqual(E.right(view({ test_clock: 'clock_1' })))
  })

  it('refuses an id that was never given', () =>
    expect(ask(world().world, retrieve)).toStrictEqual(
      E.left(
        refusal({
          status: 404,
          code: 'resource_missing',
          param: 'id',
          message: "No such customer: 'cus_1'",
        }),
      ),
    ))
})

describe('ListCustomers', () => {
  it('is an empty list where there are none', () =>
    expect(list(world().world)).toStrictEqual({
      object: 'list',
      data: [],
      has_more: false,
      url: '/v1/customers',
    }))

  it('gives ten, the newest first, and says that there are more', () => {
    const { world: eleven } = world(...many(11))
    expect(page(eleven)).toBe('11 10 9 8 7 6 5 4 3 2 +')
    expect(list(eleven).data[0]).toStrictEqual(view({ id: 'cus_11', invoice_prefix: 'P11' }))
  })

  it('goes on after a cursor, and back before one', () => {
    const { world: five } = world(...many(5))
    expect(page(five, { limit: 2 })).toBe('5 4 +')
    expect(page(five, { limit: 2, starting_after: 'cus_4' })).toBe('3 2 +')
    expect(page(five, { limit: 2, starting_after: 'cus_2' })).toBe('1')
    expect(page(five, { limit: 2, starting_after: 'cus_1' })).toBe('')
    expect(page(five, { limit: 2, ending_before: 'cus_1' })).toBe('3 2 +')
    expect(page(five, { limit: 2, ending_before: 'cus_3' })).toBe('5 4')
    expect(page(five, { limit: 2, ending_before: 'cus_5' })).toBe('')
  })

  it('says that there are no more where the page is just full', () => {
    const { world: two } = world(...many(2))
    expect(page(two, { limit: 2 })).toBe('2 1')
    expect(page(two, { limit: 1, ending_before: 'cus_1' })).toBe('2')
  })

  it('takes a deleted customer for a cursor: the page begins at its place', () => {
    const email = 's02-cohort@conformance.stripeapi.invalid'
    const { world: two } = world(...many(3, { email }), remove('cus_2'))
    expect(page(two, { email, starting_after: 'cus_2' })).toBe('1')
    expect(page(two, { email, ending_before: 'cus_2' })).toBe('3')
    expect(page(two, { email, limit: 10 })).toBe('3 1')
  })

  it('takes a customer that the filter hides for a cursor', () => {
    const { world: three } = world(...many(3), {
      type: 'UpdateCustomer',
      id: 'cus_2',
      params: { email: 'ada@example.com' },
    })
    expect(page(three, { email: 'ada@example.com', starting_after: 'cus_3' })).toBe('2')
    expect(page(three, { email: 'ada@example.com', ending_before: 'cus_3' })).toBe('')
    expect(page(three, { email: 'ada@example.com', ending_before: 'cus_1' })).toBe('2')
  })

  it('walks every customer once, whatever the limit, both ways', () => {
    const { world: all } = world(...many(23), remove('cus_7'), remove('cus_23'))
    const expected = page(all, { limit: 100 }).split(' ')
    expect(expected).toHaveLength(21)
    for (const limit of [1, 2, 5, 20, 21, 22, 100]) {
      const forward: string[] = []
      for (let after: string | undefined; ; ) {
        const { data, has_more } = list(all, after ? { limit, starting_after: after } : { limit })
        forward.push(...data.map(({ id }) => id))
        after = data.at(-1)?.id
        if (!has_more) break
      }
      const backward: string[] = []
      for (let before = 'cus_1'; ; ) {
        const { data, has_more } = list(all, { limit, ending_before: before })
        backward.unshift(...data.map(({ id }) => id))
        before = data[0]?.id ?? before
        if (!has_more) break
      }
      expect(forward.map((id) => id.replace('cus_', ''))).toEqual(expected)
      expect([...backward, 'cus_1']).toEqual(forward)
    }
  })

  it('filters by email, which must be the same to the letter', () => {
    const { world: two } = world(
      customer({ id: 'cus_1', invoice_prefix: 'A', email: 'ada@example.com' }),
      customer({ id: 'cus_2', invoice_prefix: 'B', email: 'Ada@example.com' }),
    )
    expect(page(two, { email: 'ada@example.com' })).toBe('1')
  })

  it('M-H14: hides customers of test clocks unless their clock is asked for', () => {
    const { world: three } = world(
      clock(NOW, 'clock_1'),
      clock(NOW, 'clock_2'),
      customer({ id: 'cus_x', invoice_prefix: 'X' }),
      customer({ id: 'cus_y', invoice_prefix: 'Y', test_clock: 'clock_1' }),
      customer({ id: 'cus_z', invoice_prefix: 'Z', test_clock: 'clock_2' }),
    )
    expect(page(three)).toBe('x')
    expect(page(three, { test_clock: 'clock_1' })).toBe('y')
    expect(page(three, { test_clock: 'clock_2' })).toBe('z')
    expect(page(three, { test_clock: 'clock_3' })).toBe('')
  })

  it('moves a customer that joins a clock from one list to the other', () => {
    const { world: joined } = world(...many(2), {
      type: 'CreateTestClock',
      params: { frozen_time: NOW, customer: 'cus_1' },
    })
    const clock_1 = [...joined.testClocks][0]?.id
    expect(page(joined)).toBe('2')
    expect(page(joined, { test_clock: clock_1 })).toBe('1')
  })

  it('forgets the customers of a clock that is deleted', () => {
    const { world: after } = world(clock(NOW), ...many(2, { test_clock: 'clock_1' }), {
      type: 'DeleteTestClock',
      id: 'clock_1',
    })
    expect(page(after, { test_clock: 'clock_1' })).toBe('')
    expect(page(after)).toBe('')
  })
})

describe('ListCustomers by the time of creation', () => {
  const three = world(
    customer({ id: 'cus_1', invoice_prefix: 'P1', created: 100 }),
    customer({ id: 'cus_2', invoice_prefix: 'P2', created: 200 }),
    customer({ id: 'cus_3', invoice_prefix: 'P3', created: 300 }),
  ).world

  it.each([
    [{ created: 200 }, ['cus_2']],
    [{ created: '200' }, ['cus_2']],
    [{ created: { gt: 100 } }, ['cus_3', 'cus_2']],
    [{ created: { gte: 200, lt: 300 } }, ['cus_2']],
    [{ created: { lte: 100 } }, ['cus_1']],
    [{ created: { gt: 300 } }, []],
  ])('%j answers %j', (params, ids) => {
    const answer = ask(three, { type: 'ListCustomers', params } as QueryOf<'ListCustomers'>)
    expect(E.isRight(answer) && answer.right.data.map(({ id }) => id)).toEqual(ids)
  })

  it('refuses a bound that is no time, and one that does not exist', () => {
    rejects(
      three,
      { created: { gt: 'soon' } },
      { code: 'parameter_invalid_integer', param: 'created[gt]', message: 'Invalid integer: soon' },
    )
    rejects(
      three,
      { created: { after: 1 } },
      {
        code: 'parameter_unknown',
        param: 'created[after]',
        message: 'Received unknown parameter: created[after]',
      },
    )
  })
})

describe('ListCustomers refuses', () => {
  const { world: two } = world(...many(2))

  it('a limit that is no integer', () =>
    rejects(
      two,
      { limit: 'abc' },
      { code: 'parameter_invalid_integer', param: 'limit', message: 'Invalid integer: abc' },
    ))

  it.each([
    [0, 'This value must be greater than or equal to 1.'],
    [101, 'This value must be less than or equal to 100.'],
  ])('a limit of %i', (limit, message) =>
    rejects(two, { limit }, { code: 'parameter_invalid_integer', param: 'limit', message }),
  )

  it('an unknown parameter', () =>
    rejects(
      two,
      { wat: 'x' },
      { code: 'parameter_unknown', param: 'wat', message: 'Received unknown parameter: wat' },
    ))

  it.each(['starting_after', 'ending_before'])('an unknown cursor in %s', (param) =>
    rejects(
      two,
      { [param]: 'cus_aaa' },
      { code: 'resource_missing', param, message: "No such customer: 'cus_aaa'" },
    ),
  )

  it('both cursors together, even unknown ones', () => {
    const both =
      'Received both starting_after and ending_before parameters. Please pass in only one.'
    rejects(two, { starting_after: 'cus_1', ending_before: 'cus_2' }, { message: both })
    rejects(two, { starting_after: 'cus_a', ending_before: 'cus_b' }, { message: both })
  })

  it('an id, because it asks for none', () =>
    expect(
      ask(two, { type: 'ListCustomers', id: 'cus_1' } as unknown as QueryOf<'ListCustomers'>),
    ).toStrictEqual(
      E.left(
        refusal({
          code: 'parameter_unknown',
          param: 'id',
          message: 'ListCustomers acts on no id.',
        }),
      ),
    ))
})
