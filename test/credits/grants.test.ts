import { ask, createSimulator, stateOfGrant } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { FINAL, JANUARY, MARCH, Prepaid } from './support.js'

const FIFTEENTH = 1_768_435_200

/** What a life was told of credits since an instant. */
const told = (life: Prepaid, since = 0) =>
  life.told(since).filter(([, type]) => type.startsWith('billing.credit_'))

const stateOf = (life: Prepaid, id: string) =>
  stateOfGrant(
    life.sim.world.creditGrants.need(id),
    life.sim.world.testClocks.need(life.clock).frozen_time,
  )

describe('a credit grant', () => {
  it('has every field of the documented object', () => {
    const life = new Prepaid()
    const grant = life.grant(1_000, { name: 'Welcome', metadata: { of: 'sales' }, priority: 10 })
    expect(grant).toEqual({
      id: expect.stringMatching(/^credgr_\w{24}$/),
      object: 'billing.credit_grant',
      amount: { monetary: { currency: 'usd', value: 1_000 }, type: 'monetary' },
      applicability_config: { scope: { price_type: 'metered' } },
      category: 'paid',
      created: JANUARY,
      customer: life.customer,
      customer_account: null,
      effective_at: JANUARY,
      expires_at: null,
      livemode: false,
      metadata: { of: 'sales' },
      name: 'Welcome',
      priority: 10,
      test_clock: life.clock,
      updated: JANUARY,
      voided_at: null,
    })
    expect(life.sim.ask({ type: 'RetrieveCreditGrant', id: grant.id })).toEqual(grant)
    expect(life.grant(1).priority).toBe(50)
  })

  it('is told of when it is created, with its first entry', () => {
    const life = new Prepaid()
    life.grant(1_000)
    expect(told(life)).toEqual([
      [JANUARY, 'billing.credit_grant.created'],
      [JANUARY, 'billing.credit_balance_transaction.created'],
    ])
  })

  it('M-F1: expired by hand it ends now, and what is left goes', () => {
    const life = new Prepaid(1_726_688_741)
    const grant = life.grant(1_000)
    const now = 1_726_688_796
    const expired = life.to(now).run({ type: 'ExpireCreditGrant', id: grant.id })
    expect(expired).toEqual({ ...grant, expires_at: now, updated: now })
    expect(life.ledger(grant)).toEqual([
      ['credits_granted', 1_000],
      ['credits_expired', 1_000],
    ])
    expect(told(life, now)).toEqual([
      [now, 'billing.credit_grant.updated'],
      [now, 'billing.credit_balance_transaction.created'],
    ])
    expect(
      life.notices(now).find(({ type }) => type.endsWith('grant.updated'))?.data,
    ).toMatchObject({ previous_attributes: { expires_at: null, updated: grant.created } })
  })

  it('M-F2: voided it never was', () => {
    const life = new Prepaid(1_726_688_817)
    const grant = life.grant(1_000)
    const now = 1_726_688_829
    const voided = life.to(now).run({ type: 'VoidCreditGrant', id: grant.id })
    expect(voided).toEqual({ ...grant, voided_at: now, updated: now })
    expect(life.ledger(grant)).toEqual([
      ['credits_granted', 1_000],
      ['credits_voided', 1_000],
    ])
    expect(stateOf(life, grant.id)).toBe('voided')
  })

  it('M-F3: its ledger is listed newest first', () => {
    const life = new Prepaid()
    const grant = life.grant(1_000)
    life.uses(1_000)
    life.to(FINAL)
    const { data } = life.sim.ask({
      type: 'ListCreditBalanceTransactions',
      params: { credit_grant: grant.id },
    })
    expect(data.map(({ created, effective_at, type }) => [type, created, effective_at])).toEqual([
      ['debit', FINAL, FINAL],
      ['credit', JANUARY, JANUARY],
    ])
  })

  it('M-F4: one currency is one balance', () => {
    const life = new Prepaid()
    life.grant(1_000)
    const amount = { monetary: { currency: 'usd', value: 1_000 }, type: 'monetary' }
    expect(
      life.sim.ask({
        type: 'RetrieveCreditBalanceSummary',
        params: {
          customer: life.customer,
          filter: { type: 'applicability_scope', applicability_scope: { price_type: 'metered' } },
        },
      }),
    ).toEqual({
      object: 'billing.credit_balance_summary',
      balances: [{ available_balance: amount, ledger_balance: amount }],
      customer: life.customer,
      customer_account: null,
      livemode: false,
    })
  })

  it('M-F5: one of the future comes into effect by the clock', () => {
    const life = new Prepaid()
    const grant = life.grant(500, { effective_at: FIFTEENTH })
    expect(stateOf(life, grant.id)).toBe('pending')
    expect(life.entries(grant)).toEqual([])
    expect(life.balances()).toEqual([{ currency: 'usd', available: 0, ledger: 0 }])
    life.to(FIFTEENTH + 100)
    expect(life.entries(grant)).toMatchObject([
      { created: FIFTEENTH, effective_at: FIFTEENTH, credit: { type: 'credits_granted' } },
    ])
    expect(stateOf(life, grant.id)).toBe('granted')
    expect(life.balances()).toEqual([{ currency: 'usd', available: 500, ledger: 500 }])
    expect(told(life, FIFTEENTH)).toEqual([
      [FIFTEENTH, 'billing.credit_balance_transaction.created'],
    ])
  })

  it('M-F6: what is left expires by the clock, and of the grant nobody is told', () => {
    const life = new Prepaid(1_764_547_200)
    const grant = life.grant(1_000, { expires_at: FIFTEENTH })
    life.uses(300)
    life.to(1_769_904_000)
    expect(life.ledger(grant)).toEqual([
      ['credits_granted', 1_000],
      ['credits_applied', 300],
      ['credits_expired', 700],
    ])
    expect(life.entries(grant).at(-1)).toMatchObject({ effective_at: FIFTEENTH })
    expect(told(life, FIFTEENTH)).toEqual([
      [FIFTEENTH, 'billing.credit_balance_transaction.created'],
    ])
    expect(life.sim.ask({ type: 'RetrieveCreditGrant', id: grant.id })).toEqual(grant)
  })

  it('M-F7: what paid a cent can be expired only, and what is over is over', () => {
    const life = new Prepaid()
    const grant = life.grant(1_000)
    life.uses(1)
    life.to(FINAL)
    expect(() => life.run({ type: 'VoidCreditGrant', id: grant.id })).toThrow('cannot be voided')
    expect(life.run({ type: 'ExpireCreditGrant', id: grant.id })).toMatchObject({
      expires_at: FINAL,
    })
    const fresh = life.grant(1_000)
    life.run({ type: 'VoidCreditGrant', id: fresh.id })
    expect(() => life.run({ type: 'VoidCreditGrant', id: fresh.id })).toThrow('already voided')
    expect(() => life.run({ type: 'ExpireCreditGrant', id: fresh.id })).toThrow('already voided')
  })

  it('stands where its ledger and its times say', () => {
    const life = new Prepaid()
    const grant = life.grant(100, { expires_at: MARCH })
    life.uses(100)
    life.to(FINAL)
    expect(stateOf(life, grant.id)).toBe('depleted')
    life.to(MARCH)
    expect(stateOf(life, grant.id)).toBe('expired')
    expect(life.ledger(grant).map(([type]) => type)).toEqual(['credits_granted', 'credits_applied'])
  })

  it('expired before it came into effect it never does', () => {
    const life = new Prepaid()
    const grant = life.grant(500, { effective_at: FIFTEENTH })
    life.run({ type: 'ExpireCreditGrant', id: grant.id })
    life.to(FIFTEENTH + 1)
    expect(life.entries(grant)).toEqual([])
    expect(stateOf(life, grant.id)).toBe('expired')
  })

  it('voided before it came into effect it never does', () => {
    const life = new Prepaid()
    const grant = life.grant(500, { effective_at: FIFTEENTH })
    life.run({ type: 'VoidCreditGrant', id: grant.id })
    life.to(FIFTEENTH + 1)
    expect(life.entries(grant)).toEqual([])
    expect(stateOf(life, grant.id)).toBe('voided')
  })

  it('may expire later, or never, and its metadata be merged', () => {
    const life = new Prepaid()
    const grant = life.grant(500, { expires_at: FIFTEENTH, metadata: { a: '1', b: '2' } })
    const later = life.to(JANUARY + 5).run({
      type: 'UpdateCreditGrant',
      id: grant.id,
      params: { expires_at: MARCH, metadata: { b: '', c: '3' } },
    })
    expect(later).toEqual({
      ...grant,
      expires_at: MARCH,
      metadata: { a: '1', c: '3' },
      updated: JANUARY + 5,
    })
    life.run({ type: 'UpdateCreditGrant', id: grant.id, params: { expires_at: null } })
    life.to(MARCH + 1)
    expect(life.left(grant)).toBe(500)
  })

  it('an update that changes nothing records nothing', () => {
    const life = new Prepaid()
    const grant = life.grant(500, { expires_at: FIFTEENTH })
    const { position } = life.sim.world
    life.run({ type: 'UpdateCreditGrant', id: grant.id, params: { expires_at: FIFTEENTH } })
    expect(life.sim.world.position).toBe(position)
  })

  it('goes with its customer to her clock', () => {
    const sim = createSimulator({ seed: 'credits', now: JANUARY })
    const { id: customer } = sim.run({ type: 'CreateCustomer', params: {} })
    const { id } = sim.run({
      type: 'CreateCreditGrant',
      params: {
        customer,
        amount: { type: 'monetary', monetary: { currency: 'usd', value: 10 } },
        applicability_config: { scope: { price_type: 'metered' } },
        expires_at: FIFTEENTH,
      },
    })
    const clock = sim.run({
      type: 'CreateTestClock',
      params: { frozen_time: JANUARY, customer },
    }).id
    expect(sim.ask({ type: 'RetrieveCreditGrant', id }).test_clock).toBe(clock)
    sim.advanceTo(FIFTEENTH + 1)
    expect(sim.world.creditGrants.need(id).balance).toBe(10)
    sim.advanceTo(FIFTEENTH, clock)
    expect(sim.world.creditGrants.need(id).balance).toBe(0)
  })
})

describe('what is refused', () => {
  const life = new Prepaid()
  const licensed = life.price(100)
  const amount = (value: number) => ({
    type: 'monetary' as const,
    monetary: { currency: 'usd', value },
  })
  const scope = (given: object) => ({ applicability_config: { scope: given as never } })
  const metered = { price_type: 'metered' as const }
  const one = [{ id: life.usage.price }]

  it('M-F11: a scope is every metered price, or 1 to 20 of them', () => {
    expect(() => life.grant(1, scope({ ...metered, prices: one }))).toThrow(
      'You may only specify one of these parameters: price_type, prices.',
    )
    expect(() =>
      life.grant(1, scope({ prices: Array.from({ length: 21 }, () => one[0]) })),
    ).toThrow('1 to 20 prices')
    expect(() => life.grant(1, scope({ prices: [{ id: licensed }] }))).toThrow(
      'Credit grants apply to metered prices that have a meter only.',
    )
  })

  it.each([
    ['no scope', scope({}), 'applicability_config[scope]', 'price_type, prices'],
    ['an empty scope', scope({ prices: [] }), 'applicability_config[scope][prices]', '0'],
    [
      'an unknown price',
      scope({ prices: [...one, { id: 'price_x' }] }),
      'applicability_config[scope][prices][1][id]',
      "No such price: 'price_x'",
    ],
    [
      'no amount',
      { amount: { type: 'monetary' as const } },
      'amount[monetary]',
      'Missing required',
    ],
    ['nothing granted', { amount: amount(0) }, 'amount[monetary][value]', ''],
    ['a priority beyond 100', { priority: 101 }, 'priority', ''],
    ['a name beyond 100', { name: 'x'.repeat(101) }, 'name', ''],
    ['an effect in the past', { effective_at: JANUARY - 1 }, 'effective_at', 'in the past'],
    ['an expiry now', { expires_at: JANUARY }, 'expires_at', 'in the future'],
    [
      'an expiry with the effect',
      { effective_at: JANUARY + 9, expires_at: JANUARY + 9 },
      'expires_at',
      'after `effective_at`',
    ],
    ['an unknown customer', { customer: 'cus_x' }, 'customer', "No such customer: 'cus_x'"],
    ['an account', { customer_account: 'acct_x' }, undefined, 'only specify one of'],
  ])('%s', (_, params, param, text) => {
    const done = life.sim.try({
      type: 'CreateCreditGrant',
      params: {
        customer: life.customer,
        amount: amount(1),
        ...scope(metered),
        ...params,
      },
    })
    expect(done).toMatchObject({ _tag: 'Left', left: { status: 400 } })
    if (done._tag === 'Left') {
      expect(done.left.param).toBe(param)
      expect(done.left.message).toContain(text)
    }
  })

  it('a grant for the price of a plan that was deleted', () => {
    const { id } = life.run({
      type: 'CreatePlan',
      params: {
        currency: 'usd',
        interval: 'month',
        amount: 1,
        product: life.product,
        usage_type: 'metered',
        meter: life.usage.meter,
      },
    })
    const params = { applicability_config: { scope: { prices: [{ id }] } } }
    expect(life.grant(1, params)).toMatchObject(params)
    life.run({ type: 'DeletePlan', id })
    expect(() => life.grant(1, params)).toThrow(`No such price: '${id}'`)
  })

  it('a grant to nobody, or to an account alone', () => {
    const params = { amount: amount(1), ...scope(metered) }
    const refused = (more: object) =>
      life.sim.try({ type: 'CreateCreditGrant', params: { ...params, ...more } })
    expect(refused({})).toMatchObject({ left: { code: 'parameter_missing', param: 'customer' } })
    expect(refused({ customer_account: 'acct_x' })).toMatchObject({
      left: { code: 'resource_missing', param: 'customer_account' },
    })
  })

  it('the 101st that is unused, until one is used up or over', () => {
    const full = new Prepaid()
    const first = full.grant(10)
    for (let nth = 1; nth < 100; nth += 1) full.grant(10, { effective_at: MARCH })
    expect(() => full.grant(10)).toThrow('at most 100 unused credit grants')
    full.uses(10)
    full.to(1_769_904_000)
    // On a draft it is not used yet.
    expect(() => full.grant(10)).toThrow('at most 100 unused credit grants')
    full.to(FINAL)
    expect(full.left(first)).toBe(0)
    const next = full.grant(10)
    expect(() => full.grant(10)).toThrow('at most 100')
    full.run({ type: 'VoidCreditGrant', id: next.id })
    full.grant(10)
  })

  it.each(['UpdateCreditGrant', 'ExpireCreditGrant', 'VoidCreditGrant'] as const)(
    '%s of an unknown grant, and of one that is over',
    (type) => {
      const other = new Prepaid()
      const refused = (id: string) =>
        other.sim.try({
          type,
          id,
          params: type === 'UpdateCreditGrant' ? { metadata: { a: 'b' } } : {},
        } as never)
      expect(refused('credgr_x')).toMatchObject({ left: { status: 404, code: 'resource_missing' } })
      const over = other.grant(1)
      other.run({ type: 'ExpireCreditGrant', id: over.id })
      expect(refused(over.id)).toMatchObject({
        left: { status: 400, message: expect.stringContaining('already expired') },
      })
    },
  )

  it('anything while the clock of its customer advances', () => {
    const busy = new Prepaid()
    const { id } = busy.grant(10)
    busy.run({ type: 'UpdateSettings', params: { strict: true } })
    busy.run({ type: 'AdvanceClock', id: busy.clock, params: { frozen_time: JANUARY + 60 } })
    const locked = { left: { status: 429, code: 'lock_timeout' } }
    for (const type of ['ExpireCreditGrant', 'VoidCreditGrant'] as const)
      expect(busy.sim.try({ type, id })).toMatchObject(locked)
    expect(
      busy.sim.try({ type: 'UpdateCreditGrant', id, params: { expires_at: MARCH } }),
    ).toMatchObject(locked)
    expect(() => busy.grant(10)).toThrow('Test clock advancement underway')
  })

  it('moving an expiry into the past, or before the effect', () => {
    const other = new Prepaid()
    const grant = other.grant(1, { effective_at: MARCH })
    const move = (expires_at: number) => () =>
      other.run({ type: 'UpdateCreditGrant', id: grant.id, params: { expires_at } })
    expect(move(JANUARY)).toThrow('in the future')
    expect(move(MARCH)).toThrow('after `effective_at`')
    move(MARCH + 1)()
  })

  it('what the clock does, before its time', () => {
    const other = new Prepaid()
    const grant = other.grant(1, { effective_at: FIFTEENTH, expires_at: MARCH })
    expect(() => other.run({ type: 'ActivateCreditGrant', id: grant.id })).toThrow(
      `due at ${FIFTEENTH}, not before`,
    )
    expect(() => other.run({ type: 'LapseCreditGrant', id: grant.id })).toThrow(
      'nothing like LapseCreditGrant',
    )
    expect(() => other.run({ type: 'ActivateCreditGrant', id: 'credgr_x' })).toThrow('nothing like')
  })

  it('of two things wrong, the one that is looked at first', () => {
    const params = {
      customer: 'cus_x',
      amount: { type: 'monetary' as const },
      ...scope({}),
      effective_at: JANUARY - 1,
      expires_at: JANUARY - 1,
    }
    const first = (more: object) => {
      const done = life.sim.try({ type: 'CreateCreditGrant', params: { ...params, ...more } })
      return done._tag === 'Left' ? done.left.param : undefined
    }
    const { customer } = life
    expect(first({})).toBe('customer')
    expect(first({ customer })).toBe('amount[monetary]')
    expect(first({ customer, amount: amount(1) })).toBe('applicability_config[scope]')
    expect(first({ customer, amount: amount(1), ...scope(metered) })).toBe('effective_at')
    expect(first({ customer, amount: amount(1), ...scope(metered), effective_at: JANUARY })).toBe(
      'expires_at',
    )
  })
})

describe('reading', () => {
  const life = new Prepaid()
  const paid = life.grant(100)
  const euros = life.grantIn('eur', 50)
  const narrow = life.grant(30, {
    applicability_config: { scope: { prices: [{ id: life.usage.price }] } },
  })
  const summary = (filter: object) =>
    ask(life.sim.world, {
      type: 'RetrieveCreditBalanceSummary',
      params: { customer: life.customer, filter: filter as never },
    })
  const values = (filter: object) => {
    const done = summary(filter)
    return done._tag === 'Left'
      ? done.left
      : done.right.balances.map(({ ledger_balance: { monetary } }) => [
          monetary.currency,
          monetary.value,
        ])
  }

  it('sums what could pay every price of a scope, by currency', () => {
    const type = 'applicability_scope'
    expect(values({ type, applicability_scope: { price_type: 'metered' } })).toEqual([
      ['eur', 50],
      ['usd', 100],
    ])
    expect(values({ type, applicability_scope: { prices: [{ id: life.usage.price }] } })).toEqual([
      ['eur', 50],
      ['usd', 130],
    ])
    expect(
      values({
        type,
        applicability_scope: { prices: [{ id: life.usage.price }, { id: life.price(5) }] },
      }),
    ).toEqual([
      ['eur', 50],
      ['usd', 100],
    ])
    expect(values({ type: 'credit_grant', credit_grant: narrow.id })).toEqual([['usd', 30]])
  })

  it('a summary of nothing is empty', () => {
    const empty = new Prepaid()
    expect(empty.balances()).toEqual([])
  })

  it.each([
    [{ type: 'credit_grant' }, 'filter[credit_grant]'],
    [{ type: 'credit_grant', credit_grant: 'credgr_x' }, 'filter[credit_grant]'],
    [{ type: 'applicability_scope' }, 'filter[applicability_scope]'],
    [{ type: 'applicability_scope', applicability_scope: {} }, 'filter[applicability_scope]'],
    [
      { type: 'applicability_scope', applicability_scope: { prices: [{ id: 'price_x' }] } },
      'filter[applicability_scope][prices][0][id]',
    ],
    [
      { type: 'applicability_scope', applicability_scope: { prices: [] } },
      'filter[applicability_scope][prices]',
    ],
    [
      { type: 'credit_grant', credit_grant: 'x', applicability_scope: {} },
      'filter[applicability_scope]',
    ],
    [
      { type: 'applicability_scope', credit_grant: 'x', applicability_scope: {} },
      'filter[credit_grant]',
    ],
    [
      {
        type: 'applicability_scope',
        applicability_scope: { price_type: 'metered', prices: [] },
      },
      'filter[applicability_scope]',
    ],
  ])('the filter %j is refused', (filter, param) => {
    expect(summary(filter)).toMatchObject({ left: { status: 400, param } })
  })

  it('another customer’s grant is not hers', () => {
    const { id } = life.run({ type: 'CreateCustomer', params: { test_clock: life.clock } })
    expect(
      ask(life.sim.world, {
        type: 'RetrieveCreditBalanceSummary',
        params: { customer: id, filter: { type: 'credit_grant', credit_grant: paid.id } },
      }),
    ).toMatchObject({ left: { code: 'resource_missing', param: 'filter[credit_grant]' } })
  })

  it('lists grants, those of clocks only by their customer', () => {
    const ids = (params: object) =>
      life.sim.ask({ type: 'ListCreditGrants', params }).data.map(({ id }) => id)
    expect(ids({})).toEqual([])
    expect(ids({ customer: life.customer })).toEqual([narrow.id, euros.id, paid.id])
    expect(ids({ customer: life.customer, limit: 1, starting_after: narrow.id })).toEqual([
      euros.id,
    ])
    expect(ids({ customer_account: 'acct_x' })).toEqual([])
  })

  it('lists entries of a customer, of a grant, or of the root clock', () => {
    const grants = (params: object) =>
      life.sim
        .ask({ type: 'ListCreditBalanceTransactions', params })
        .data.map(({ credit_grant }) => credit_grant)
    expect(grants({})).toEqual([])
    expect(grants({ customer: life.customer })).toEqual([narrow.id, euros.id, paid.id])
    expect(grants({ customer: life.customer, credit_grant: euros.id })).toEqual([euros.id])
    expect(grants({ customer: 'cus_x', credit_grant: euros.id })).toEqual([])
  })

  it('unknown ones are missing', () => {
    expect(ask(life.sim.world, { type: 'RetrieveCreditGrant', id: 'credgr_x' })).toMatchObject({
      left: { status: 404 },
    })
    expect(
      ask(life.sim.world, { type: 'RetrieveCreditBalanceTransaction', id: 'cbtxn_x' }),
    ).toMatchObject({
      left: { status: 404, message: "No such credit balance transaction: 'cbtxn_x'" },
    })
  })
})
