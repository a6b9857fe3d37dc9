import type { DomainEvent } from 'clepsydra'
import { arbitraries, everyLaw, LawBroken, type Script } from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  histories,
  kitOf,
  PATIENCE,
  priceStep,
  runs,
  subscriptionStep,
  worldOf,
} from '../properties/setup.js'

const DAY = 86_400

/** Usage records often, and little else than what moves the periods in which they count. */
const kits = [
  ...kitOf('usage-records').map((kit) => ({
    ...kit,
    steps: Object.fromEntries(
      Object.entries(kit.steps).map(([type, step]) => [type, { ...step, weight: 40 }]),
    ),
  })),
  ...kitOf('subscriptions'),
  ...kitOf('invoicing').map((kit) => ({
    ...kit,
    steps: { FinalizeInvoice: kit.steps.FinalizeInvoice as never },
  })),
  ...kitOf('clocks').map((kit) => ({
    ...kit,
    steps: { AdvanceClock: { ...(kit.steps.AdvanceClock as object), weight: 12 } as never },
  })),
]

const ownLaws = kitOf('usage-records').flatMap(({ laws }) => Object.values(laws))

const price = (
  aggregate: 'sum' | 'max' | 'last_during_period' | 'last_ever' | null,
  amount = 100,
) => priceStep({ amount, aggregate })

const SHOP: Script = [
  { type: 'CreateProduct', given: { id: null, name: 'one', price: null } },
  price('sum'),
  price('max'),
  price('last_during_period'),
  price('last_ever'),
  price(null),
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'visa' } },
  { type: 'CreateCustomer', given: { clock: 0, params: {}, card: 'visa' } },
  ...[0, 1].map((customer) =>
    subscriptionStep(
      customer,
      [0, 1, 2, 3, 4].map((nth) => ({ price: nth, quantity: 1 })),
    ),
  ),
]

const drawn = histories(arbitraries.scriptsOf(kits, { opening: SHOP, maxLength: 30 }))

describe('usage records', () => {
  it(
    'add up to their summaries, and are billed as they add up',
    () =>
      fc.assert(
        fc.property(drawn, (sketch) => {
          const world = worldOf(sketch)
          for (const law of ownLaws) law(world)
        }),
        runs(300),
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

  it('break their law where a fact says more than the summaries', () => {
    const world = worldOf({
      options: {},
      script: [...SHOP, { type: 'CreateUsageRecord', given: { item: 0, quantity: 3, at: null } }],
    })
    const stray = world.record({
      type: 'UsageRecorded',
      at: world.now,
      subscription_item: [...world.usageRecords][0]?.id as string,
      timestamp: world.now - 40 * DAY,
      quantity: 5,
    } as DomainEvent)
    for (const law of ownLaws) expect(() => law(world)).not.toThrow()
    expect(() => {
      for (const law of ownLaws) law(stray)
    }).toThrow(LawBroken)
  })
})
