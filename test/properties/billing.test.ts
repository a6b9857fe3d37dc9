import {
  type Command,
  createSimulator,
  createWorld,
  type DomainEvent,
  entries,
  type Invoice,
  type Pricing,
  priceOf,
  type Subscription,
  toDecimal,
  transactions,
  type World,
} from 'clepsydra'
import {
  arbitraries,
  billing,
  billingLaws,
  commandOf,
  everyLaw,
  LawBroken,
  laws,
  models,
  play,
  type Script,
  scripts,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { billed } from '../support/billed.js'
import { histories, PATIENCE, priceStep, runs } from './setup.js'

const DAY = 86_400

/** Families without meters and settings, so that most steps are about money. */
const kits = standardKits
  .filter(({ name }) => name !== 'settings')
  .map((kit) =>
    kit.name === 'metering'
      ? { ...kit, steps: { RecordMeterEvent: kit.steps.RecordMeterEvent as never } }
      : kit,
  )

/** A shop: meters, a price list of every form, customers whose cards work, fail and ask. */
const SHOP: Script = [
  {
    type: 'CreateMeter',
    given: { display_name: 'm', event_name: 'm', default_aggregation: { formula: 'sum' } },
  },
  { type: 'CreateProduct', given: { id: null, name: 'one', price: null } },
  priceStep({}),
  priceStep({ scheme: 'graduated', flat: 300 }),
  priceStep({ meter: 0, amount: 7 }),
  priceStep({ recurring: { interval: 'year' }, amount: 9_000 }),
  priceStep({ recurring: { interval: 'week' }, scheme: 'decimal' }),
  priceStep({ recurring: null, amount: 250 }),
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'visa' } },
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'chargeCustomerFail' } },
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: 0, params: {}, card: 'visa' } },
  { type: 'CreateCustomer', given: { clock: 0, params: {}, card: 'authenticationRequired' } },
]

const worlds = histories(scripts({ kits, opening: SHOP, maxLength: 24 }))

/** The world a month and a half after a script. */
const laterOf = ({ options, script }: { options: object; script: Script }): World =>
  worldAfter(createWorld(options), [
    ...script,
    { type: 'AdvanceClock', given: { clock: null, by: 45 * DAY } },
    { type: 'AdvanceClock', given: { clock: 0, by: 45 * DAY } },
    { type: 'FinishAdvance', given: 0 },
  ])

const BILLING = {
  ...billingLaws.ofSubscriptions,
  ...billingLaws.ofInvoices,
  ...billingLaws.ofPayments,
}

describe('every world that bills', () => {
  it(
    'keeps the laws of billing',
    () =>
      fc.assert(
        fc.property(worlds, (drawn) => {
          const world = laterOf(drawn)
          for (const law of Object.values(BILLING)) law(world)
        }),
        runs(300),
      ),
    PATIENCE,
  )
})

/** The ways a subscription can begin, one that lasts for years. */
const lasting = fc.tuple(
  fc.constantFrom(0, 1, 2, 3, 4),
  fc.array(fc.record({ price: fc.nat({ max: 4 }), quantity: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  billing.subscriptionSketches,
)

const journeys = fc.record({
  options: arbitraries.worldOptions,
  subscriptions: fc.array(lasting, { minLength: 1, maxLength: 2 }),
  days: fc.integer({ min: 300, max: 800 }),
  stops: fc.array(fc.integer({ min: 1, max: 800 * DAY }), { maxLength: 8 }),
  moments: fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 200 * DAY }),
      steps: fc.array(arbitraries.stepsOf(kits), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
})

type Sketch = typeof journeys extends fc.Arbitrary<infer S> ? S : never

const journeyOf = ({ options, subscriptions, days, stops, moments }: Sketch): laws.Journey => {
  const world = worldAfter(createWorld(options), [
    ...SHOP,
    ...subscriptions.map(([customer, items, sketch]) => ({
      type: 'CreateSubscription',
      given: { ...sketch, customer, items },
    })),
  ])
  const [clock] = world.testClocks
  const onClock = subscriptions.some(([customer]) => customer >= 2) && clock !== undefined
  const from = onClock ? clock.frozen_time : world.now
  return {
    world,
    ...(onClock ? { clock: clock.id } : {}),
    to: from + days * DAY,
    stops: stops.map((after) => from + after),
    moments: moments.map(({ after, steps }) => ({
      at: from + after,
      commands: steps.map(
        (step) =>
          (on: World): Command =>
            commandOf(standardKits, step, on),
      ),
    })),
  }
}

describe('years of subscriptions', () => {
  it(
    'come to the same in one jump and in many steps, and keep the laws of billing',
    () => {
      let renewals = 0
      fc.assert(
        fc.property(journeys, (sketch) => {
          const { world, ...way } = journeyOf(sketch)
          const after = laws.jumpEqualsSteps({ world, ...way })
          for (const law of Object.values(BILLING)) law(after)
          for (const { fired } of transactions(after, world.position)) if (fired) renewals += 1
        }),
        runs(60),
      )
      expect(renewals).toBeGreaterThan(500)
    },
    PATIENCE,
  )
})

describe('every command on a world that bills', () => {
  it(
    'is refused and leaves the world as it was, or gives a world that keeps all laws',
    () =>
      fc.assert(
        fc.property(
          arbitraries.worldOptions,
          scripts({ kits, opening: SHOP, maxLength: 12 }),
          (options, script) => {
            let world = createWorld(options)
            const shop = script.slice(0, SHOP.length)
            world = worldAfter(world, shop)
            for (const { command } of play(world, script.slice(SHOP.length)))
              world = laws.execution(world, command)
            everyLaw(world)
          },
        ),
        runs(40),
      ),
    PATIENCE,
  )
})

describe('tiers', () => {
  const tiers = fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat({ max: 900 }), fc.nat({ max: 500 })), {
        minLength: 5,
        maxLength: 5,
      }),
    )
    .map(([bounds, amounts]) =>
      [...bounds.sort((a, b) => a - b), null].map((up_to, at) => ({
        up_to,
        unit: amounts[at]?.[0] as number,
        flat: amounts[at]?.[1] as number,
      })),
    )

  it('cost what their units cost one by one', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('graduated' as const, 'volume' as const),
        tiers,
        fc.nat({ max: 120 }),
        (mode, ladder, quantity) => {
          const pricing: Pricing = {
            billing_scheme: 'tiered',
            tiers_mode: mode,
            tiers: ladder.map(({ up_to, unit, flat }) => ({
              up_to,
              unit_amount: unit,
              unit_amount_decimal: String(unit),
              flat_amount: flat,
              flat_amount_decimal: String(flat),
            })),
          }
          expect(priceOf(pricing, toDecimal(String(quantity)))).toBe(
            models.unitByUnit({ mode, tiers: ladder }, quantity),
          )
        },
      ),
      runs(300),
    ))
})

const LAWS = {
  periodsTile: billingLaws.periodsTile,
  periodsAreAnchored: billingLaws.periodsAreAnchored,
  billedOnce: billingLaws.billedOnce,
  statusFollows: billingLaws.statusFollows,
  invoicesAddUp: billingLaws.invoicesAddUp,
  finalIsFinal: billingLaws.finalIsFinal,
  moneyStays: billingLaws.moneyStays,
  refundsAddUp: billingLaws.refundsAddUp,
}

describe('a law of billing', () => {
  const told = worldAfter(createWorld({ now: '2026-01-31' }), [
    ...SHOP,
    {
      type: 'CreateSubscription',
      given: {
        customer: 0,
        items: [{ price: 0, quantity: 1 }],
        cycle: { kind: 'plain', seconds: 0 },
        ends: null,
        collection: {},
        classic: false,
        extra: null,
        plain: {},
      },
    },
    { type: 'AdvanceClock', given: { clock: null, by: 40 * DAY } },
    { type: 'CreateRefund', given: { charge: 0, amount: 100 } },
  ])
  const subscription = told.subscriptions.at(0) as Subscription
  const [item] = subscription.items as readonly [Subscription['items'][number]]
  const invoice = told.invoices.at(0) as Invoice
  const renewal = told.invoices.at(1) as Invoice
  const { now: at } = told

  const moved = (by: object): DomainEvent => ({
    type: 'SubscriptionUpdated',
    at,
    ...{ id: subscription.id, changes: { items: [{ ...item, ...by }] } },
  })
  const changed = (id: string, changes: object): DomainEvent => ({
    type: 'InvoiceUpdated',
    at,
    ...{ id, changes },
  })
  const [line] = renewal.lines

  it.each<[string, keyof typeof LAWS, DomainEvent]>([
    [
      'a period begins a day after the one before',
      'periodsTile',
      moved({
        current_period_start: item.current_period_end + DAY,
        current_period_end: item.current_period_end + 30 * DAY,
      }),
    ],
    ['a period is empty', 'periodsTile', moved({ current_period_end: item.current_period_start })],
    [
      'a period ends a second late',
      'periodsAreAnchored',
      moved({ current_period_end: item.current_period_end + 1 }),
    ],
    [
      'two invoices bill the same days',
      'billedOnce',
      changed(renewal.id, {
        lines: [
          {
            ...line,
            period: { start: item.current_period_start - 1, end: item.current_period_end },
          },
        ],
      }),
    ],
    [
      'a paid-up subscription is past due',
      'statusFollows',
      {
        type: 'SubscriptionUpdated',
        at,
        ...{ id: subscription.id, changes: { status: 'past_due' } },
      },
    ],
    [
      'a running subscription has ended',
      'statusFollows',
      { type: 'SubscriptionUpdated', at, ...{ id: subscription.id, changes: { ended_at: at } } },
    ],
    ['a line is left out of what is due', 'invoicesAddUp', changed(invoice.id, { lines: [] })],
    ['more is paid than is due', 'invoicesAddUp', changed(invoice.id, { amount_paid: 1 })],
    ['the number of a final invoice changes', 'finalIsFinal', changed(invoice.id, { number: 'X' })],
    ['a paid invoice is open again', 'finalIsFinal', changed(invoice.id, { status: 'open' })],
    ['a paid invoice is tried again', 'finalIsFinal', changed(invoice.id, { attempt_count: 9 })],
    ['an invoice is paid with no charge', 'moneyStays', changed(invoice.id, { amount_paid: 1 })],
    [
      'an invoice moved a balance that it did not',
      'moneyStays',
      changed(invoice.id, { ending_balance: 1 }),
    ],
    [
      'a charge gave back what no refund did',
      'refundsAddUp',
      {
        type: 'ChargeUpdated',
        at,
        ...{ id: told.charges.at(0)?.id, changes: { amount_refunded: 99 } },
      },
    ],
  ])('is broken where %s', (_, name, event) => {
    expect(() => LAWS[name](told)).not.toThrow()
    expect(() => LAWS[name](told.record(event))).toThrow(LawBroken)
  })
})

describe('the story of billing', () => {
  const sim = createSimulator({ now: '2026-01-01', seed: 'billed' })
  billed(sim, sim.run({ type: 'CreateProduct', params: { name: 'one' } }).id)
  const toldOf = (id: string): readonly string[] =>
    [...entries(sim.world)].flatMap(({ event }) => {
      const of = event as unknown as { id?: string; invoice?: { id?: string } }
      return (of.id ?? of.invoice?.id) === id ? [event.type] : []
    })
  const invoiceWhere = (is: (invoice: Invoice) => boolean): string =>
    [...sim.world.invoices].find(is)?.id as string

  it('has a sent invoice fall due, be reminded of and written off, each once', () =>
    expect(toldOf(invoiceWhere(({ fell_due }) => fell_due))).toEqual([
      'InvoiceCreated',
      'InvoiceUpdated',
      'InvoiceFinalized',
      'InvoiceSent',
      'InvoiceFellDue',
      'InvoiceReminded',
      'InvoiceMarkedUncollectible',
    ]))

  it('has a first invoice ask for the customer, fail twice and be void', () =>
    expect(toldOf(invoiceWhere(({ status }) => status === 'void'))).toEqual([
      'InvoiceCreated',
      'InvoiceFinalized',
      'InvoicePaymentActionRequired',
      'InvoicePaymentFailed',
      'InvoicePaymentFailed',
      'InvoiceVoided',
    ]))

  it('keeps all laws', () => expect(() => everyLaw(sim.world)).not.toThrow())
})
