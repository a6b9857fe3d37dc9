import {
  type Command,
  createWorld,
  type DomainEvent,
  eventsBetween,
  type Instant,
  transactions,
  type World,
} from 'clepsydra'
import {
  arbitraries,
  type billing,
  commandOf,
  creditLaws,
  credits,
  everyLaw,
  LawBroken,
  laws,
  play,
  type Script,
  type Step,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kitOf, PATIENCE, priceStep, runs, worldOf } from '../properties/setup.js'
import { FEBRUARY, FINAL, Prepaid } from './support.js'

const DAY = 86_400

/** Some steps of a family, as often as said. */
const only = (name: string, weights: Readonly<Record<string, number>>) =>
  kitOf(name).map((kit) => ({
    ...kit,
    steps: Object.fromEntries(
      Object.entries(weights).map(([type, weight]) => [
        type,
        { ...(kit.steps[type] as object), weight } as never,
      ]),
    ),
  }))

/** Grants often, and little else than what makes, ends and pays the invoices that they pay. */
const kits = [
  ...kitOf('credits').map((kit) => ({
    ...kit,
    steps: {
      ...kit.steps,
      ExpireCreditGrant: { ...(kit.steps.ExpireCreditGrant as object), weight: 4 } as never,
      VoidCreditGrant: { ...(kit.steps.VoidCreditGrant as object), weight: 4 } as never,
      CreateCreditGrant: { ...(kit.steps.CreateCreditGrant as object), weight: 16 } as never,
    },
  })),
  ...only('clocks', { AdvanceClock: 20, CreateTestClock: 1, DeleteTestClock: 1, FinishAdvance: 2 }),
  ...only('customers', { DeleteCustomer: 1, CreateCustomerBalanceTransaction: 1 }),
  ...only('invoicing', {
    FinalizeInvoice: 3,
    PayInvoice: 2,
    CreateInvoiceItem: 2,
    UpdateInvoiceLine: 1,
    MarkInvoiceUncollectible: 1,
  }),
  ...only('subscriptions', {
    CreateSubscription: 2,
    UpdateSubscription: 4,
    CancelSubscription: 1,
    CreateSubscriptionItem: 1,
  }),
  ...only('metering', { CancelMeterEvent: 2 }),
]

const used: fc.Arbitrary<Step> = fc
  .record({ customer: fc.nat({ max: 2 }), value: fc.integer({ min: 1, max: 60 }) })
  .map(({ customer, value }) => usage(customer, value))

const usage = (customer: number, value: number): Step => ({
  type: 'RecordMeterEvent',
  given: {
    meter: 0,
    customer,
    ahead: null,
    grain: 1,
    value: String(value),
    identifier: null,
    extra: {},
    wrong: null,
  },
})

const price = (form: Partial<billing.PriceForm>): Step =>
  priceStep({ amount: 7, meter: 0, ...form })

const SENT = { collection_method: 'send_invoice', days_until_due: 30 }

const subscription = (customer: number, items: readonly number[], collection: object): Step => ({
  type: 'CreateSubscription',
  given: {
    customer,
    items: items.map((place) => ({ price: place, quantity: 1 })),
    cycle: { kind: 'plain', seconds: 0 },
    ends: null,
    collection,
    classic: false,
    extra: null,
    plain: {},
  },
})

/**
 * A meter, prices by use and one that is not, and customers who use them: one pays at once, one by two invoices, one on a
 * clock. A fourth has credits only, and may go to a clock.
 */
const SHOP: Script = [
  {
    type: 'CreateMeter',
    given: { display_name: 'm', event_name: 'm', default_aggregation: { formula: 'sum' } },
  },
  { type: 'CreateProduct', given: { id: null, name: 'one', price: null } },
  price({}),
  price({ scheme: 'graduated', amount: 3, flat: 40 }),
  price({ meter: null, amount: 500 }),
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'visa' } },
  { type: 'CreateCustomer', given: { clock: null, params: {} } },
  { type: 'CreateCustomer', given: { clock: 0, params: {}, card: 'visa' } },
  { type: 'CreateCustomer', given: { clock: null, params: {} } },
  subscription(0, [0, 1], {}),
  subscription(1, [0, 1, 2], SENT),
  subscription(1, [0], SENT),
  subscription(2, [0, 1], {}),
  ...[0, 1, 2].map((customer) => usage(customer, 30)),
]

/** A second of the first month that matters: the renewal, the finalization, and the one before and after each. */
const seconds = fc.record({
  from: fc.constantFrom('renewal' as const, 'finalization' as const),
  by: fc.integer({ min: -1, max: 1 }),
})

/** Grants that are accepted, most of which can pay an invoice. */
const soundGrants = fc.record({
  customer: fc.constantFrom(0, 0, 1, 1, 2, 2, 3),
  value: fc.integer({ min: 1, max: 300 }),
  currency: fc.constant('usd'),
  scope: fc.oneof(fc.constant('metered'), fc.constant([0]), fc.constant([1])),
  category: fc.constantFrom('paid', 'promotional'),
  priority: fc.constantFrom(0, 50, null),
  effective: fc.option(seconds, { freq: 2 }),
  expires: fc.option(seconds, { freq: 2 }),
  name: fc.constant(null),
  metadata: fc.constant(null),
  wrong: fc.constant(null),
})

const steps = fc.oneof(
  { weight: 16, arbitrary: arbitraries.stepsOf(kits) },
  { weight: 3, arbitrary: used },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 2 })
      .map(
        (days): Step => ({ type: 'CreateTestClock', given: { ahead: days * DAY, customer: 3 } }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc.nat({ max: 3 }).map((nth): Step => ({ type: 'VoidInvoice', given: nth * 2 })),
  },
  {
    weight: 8,
    arbitrary: soundGrants.map((given): Step => ({ type: 'CreateCreditGrant', given })),
  },
)

/** So many days on the root clock and on the first other one. */
const daysOn = (days: number): Script =>
  [null, 0].map((clock) => ({ type: 'AdvanceClock', given: { clock, by: days * DAY } }))

/** To the second of a renewal in most months, when drafts stand open, or well after it. */
const months = fc.constantFrom(28, 30, 31, 31, 32, 36).map(daysOn)

const parts = (maxLength: number) => fc.array(steps, { maxLength, size: 'max' })

/** A shop, some steps, about a month on all clocks, some steps more, and a day in which drafts become final. */
const drawn = fc
  .tuple(arbitraries.worldOptions, parts(12), months, parts(8), parts(8))
  .map(([options, first, month, second, third]) => {
    const told: Script = [...first, ...month, ...second, ...daysOn(1), ...third]
    return {
      options,
      script: [...SHOP, ...told] as Script,
      toString: () => JSON.stringify({ options, told }),
    }
  })

interface Entered extends DomainEvent {
  readonly credit_balance_transaction: { readonly type: string; readonly credit_grant: string }
}

const isEntered = (event: DomainEvent): event is Entered =>
  event.type === 'CreditBalanceTransactionCreated'

/** The types of the ledger's entries, each once. */
const entryTypes = (world: World): ReadonlySet<string> =>
  new Set(Array.from(world.creditTransactions, ({ type }) => type))

const ofCredits = Object.entries(creditLaws.ofCredits)

describe('billing credits', () => {
  it(
    'keep their laws',
    () =>
      fc.assert(
        fc.property(drawn, (sketch) => {
          const world = worldOf(sketch)
          for (const [, law] of ofCredits) law(world)
        }),
        runs(300),
      ),
    PATIENCE,
  )

  it(
    'keep them after every command',
    () =>
      fc.assert(
        fc.property(drawn, ({ options, script }) => {
          for (const { after, before } of play(createWorld(options), script))
            if (after !== before) for (const [, law] of ofCredits) law(after)
        }),
        runs(40),
      ),
    PATIENCE,
  )

  it(
    'keep every law of every family',
    () =>
      fc.assert(
        fc.property(drawn, (sketch) => everyLaw(worldOf(sketch))),
        runs(60),
      ),
    PATIENCE,
  )

  it('are applied, given back, expired and voided in the histories that are drawn', () => {
    const counts = new Map<string, number>()
    for (const sketch of fc.sample(drawn, { numRuns: 300, seed: 4 }))
      for (const type of entryTypes(worldOf(sketch))) counts.set(type, (counts.get(type) ?? 0) + 1)
    const atLeast = {
      credits_granted: 150,
      credits_applied: 50,
      credits_application_invoice_voided: 5,
      credits_expired: 50,
      credits_voided: 12,
    }
    for (const [type, least] of Object.entries(atLeast))
      expect(counts.get(type), type).toBeGreaterThanOrEqual(least)
  })

  it(
    'come to the same whatever a grant is called',
    () =>
      fc.assert(
        fc.property(drawn, ({ options, script }) =>
          creditLaws.namesDoNotCount((own) => play(createWorld(options), own), script),
        ),
        runs(120),
      ),
    PATIENCE,
  )
})

// Seconds

const journeys = fc.record({
  options: arbitraries.worldOptions,
  grants: fc.array(soundGrants, { minLength: 1, maxLength: 6 }),
  onClock: fc.boolean(),
  days: fc.constantFrom(32, 65),
  stops: fc.array(seconds, { minLength: 1, maxLength: 6 }),
  moments: fc.array(fc.record({ at: seconds, steps: fc.array(steps, { maxLength: 3 }) }), {
    maxLength: 2,
  }),
})

type Sketch = typeof journeys extends fc.Arbitrary<infer S> ? S : never

const journeyOf = ({ options, grants, onClock, days, stops, moments }: Sketch): laws.Journey => {
  const world = worldAfter(createWorld(options), [
    ...SHOP,
    ...grants.map((given) => ({ type: 'CreateCreditGrant', given })),
  ])
  const nth = onClock ? 2 : 0
  const customer = world.customers.at(nth)?.id as string
  const [clock] = world.testClocks
  const at = (time: credits.GrantTime): Instant => credits.grantTimeIn(world, customer, time)
  return {
    world,
    ...(onClock && clock !== undefined ? { clock: clock.id } : {}),
    to: at({ from: 'now', by: days * DAY }),
    stops: stops.map(at),
    moments: moments.map((moment) => ({
      at: at(moment.at),
      commands: moment.steps.map(
        (step) =>
          (on: World): Command =>
            commandOf(standardKits, step, on),
      ),
    })),
  }
}

describe('grants that begin and end with a renewal or a finalization, or the second beside it', () => {
  it(
    'come to the same in one jump and in many steps',
    () => {
      const told = new Map<string, number>()
      fc.assert(
        fc.property(journeys, (sketch) => {
          const journey = journeyOf(sketch)
          const after = laws.jumpEqualsSteps(journey)
          for (const [, law] of ofCredits) law(after)
          for (const { fired, entries: facts } of transactions(after, journey.world.position))
            for (const { event } of facts)
              if (fired && isEntered(event)) {
                const { type } = event.credit_balance_transaction
                told.set(type, (told.get(type) ?? 0) + 1)
              }
        }),
        runs(150),
      )
      for (const type of ['credits_granted', 'credits_applied', 'credits_expired'])
        expect(told.get(type), type).toBeGreaterThan(50)
    },
    PATIENCE,
  )
})

// The laws themselves

const entry = (world: World, nth: number, changes: object): DomainEvent => {
  const row = [...world.creditTransactions][nth]
  if (row === undefined) throw new Error('there is no such entry')
  const { of_grant, of_customer, ...rest } = row
  return {
    type: 'CreditBalanceTransactionCreated',
    at: rest.created,
    ...{ credit_balance_transaction: { ...rest, id: `cbtxn_${world.position}`, ...changes } },
  }
}

describe('a law of credits', () => {
  const life = new Prepaid()
  const first = life.grant(100, { priority: 1 })
  const second = life.grant(900)
  life.to(FEBRUARY - 10).uses(250)
  const before = life.to(FINAL - 1).sim.world
  const { world } = life.to(FINAL).sim
  const invoice = [...world.invoices].find((one) => one.credits.length > 0)
  if (invoice === undefined) throw new Error('nothing was paid')
  const changed = (changes: object): DomainEvent => ({
    type: 'InvoiceUpdated',
    at: FINAL,
    ...{ id: invoice.id, changes },
  })
  const applied = entry(world, 2, {})

  it('is told of a history with credits of two grants', () => {
    expect(invoice.credits.map(({ amount }) => amount)).toEqual([100, 150])
    expect([life.left(first), life.left(second)]).toEqual([0, 750])
    for (const [, law] of ofCredits) expect(() => law(world)).not.toThrow()
  })

  it.each<[string, keyof typeof creditLaws & `${string}`, DomainEvent]>([
    ['a grant is granted twice', 'creditsAddUp', entry(world, 0, {})],
    ['a grant is overdrawn', 'creditsAddUp', entry(world, 2, { amount: 1 })],
    [
      'more comes back than was applied',
      'creditsAddUp',
      entry(world, 1, { type: 'credits_application_invoice_voided', amount: 151 }),
    ],
    [
      'a grant is over and holds something',
      'grantsAreOnTime',
      {
        type: 'CreditGrantUpdated',
        at: FINAL,
        ...{ id: second.id, changes: { expires_at: FINAL } },
      },
    ],
    ['an invoice knows nothing of its credits', 'creditsArePaid', changed({ credits: [] })],
    ['an invoice claims one credit twice', 'creditsArePaid', changed({ credits: twice() })],
    ['a line is paid more than it comes to', 'creditsArePaid', changed({ lines: lines(249) })],
    ['a line that is paid bills no meter', 'creditsArePaid', changed({ lines: lines(250, null) })],
    ['a void invoice keeps its credits', 'creditsArePaid', changed({ status: 'void' })],
    ['credits pay what is final already', 'burnsInOrder', applied],
  ])('is broken where %s', (_, name, event) => {
    const law = creditLaws[name] as (world: World) => void
    expect(() => law(world)).not.toThrow()
    expect(() => law(world.record(event))).toThrow(LawBroken)
  })

  it('is broken where an invoice takes from the grant that goes after', () => {
    const facts = eventsBetween(world, before.position)
    const told = (swap: boolean): World =>
      facts.reduce((on: World, fact) => {
        if (!isEntered(fact) || !swap) return on.record(fact)
        const { credit_balance_transaction: row } = fact
        const credit_grant = row.credit_grant === first.id ? second.id : first.id
        return on.record({
          ...fact,
          ...{ credit_balance_transaction: { ...row, credit_grant, amount: 50 } },
        })
      }, before)
    expect(() => creditLaws.burnsInOrder(told(false))).not.toThrow()
    expect(() => creditLaws.burnsInOrder(told(true))).toThrow(LawBroken)
  })

  it('is broken where a name changes what is paid', () => {
    const script: Script = [...SHOP, { type: 'CreateCreditGrant', given: given({ name: 'x' }) }]
    const at = (own: Script) => play(createWorld(), own)
    expect(() => creditLaws.namesDoNotCount(at, script)).not.toThrow()
    // One of the two runs goes on for a month more.
    let nth = 0
    expect(() =>
      creditLaws.namesDoNotCount((own) => {
        nth += 1
        return at(nth === 1 ? own : [...own, ...daysOn(32)])
      }, script),
    ).toThrow(LawBroken)
  })

  function twice() {
    return [invoice?.credits[0], invoice?.credits[0]]
  }

  function lines(amount: number, price?: null) {
    return invoice?.lines.map((line) => ({
      ...line,
      amount,
      ...(price === undefined ? {} : { price }),
    }))
  }
})

/** A grant of a dollar that is in effect now, for every metered price. */
function given(changes: object) {
  return {
    customer: 0,
    value: 100,
    currency: 'usd',
    scope: 'metered',
    category: null,
    priority: null,
    effective: null,
    expires: null,
    name: null,
    metadata: null,
    wrong: null,
    ...changes,
  }
}
