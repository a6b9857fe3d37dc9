/**
 * The property-testing kit: arbitraries, models and laws for whoever builds on the library and wants to hold her own
 * rules against the same laws. It needs `fast-check`, and no test runner.
 */
import type fc from 'fast-check'
import type { World } from '../index.js'
import * as alerts from './alerts.js'
import * as arbitraries from './arbitraries.js'
import * as billing from './billing.js'
import * as billingLaws from './billing-laws.js'
import * as credits from './credits.js'
import * as creditLaws from './credits-laws.js'
import * as explanations from './explanations.js'
import { standardKits } from './families.js'
import { type FamilyKit, playWith, type Script, type Step, type Turn } from './kit.js'
import * as laws from './laws.js'
import * as models from './models.js'
import * as usageRecords from './usage-records.js'

export {
  after,
  clockIdAt,
  commandOf,
  customerIdAt,
  decide,
  type FamilyKit,
  kindOf,
  type Law,
  LawBroken,
  meterIdAt,
  nowOf,
  type Script,
  type Step,
  type StepKind,
  stepKind,
  type Turn,
} from './kit.js'
export {
  alerts,
  arbitraries,
  billing,
  billingLaws,
  creditLaws,
  credits,
  explanations,
  laws,
  models,
  standardKits,
  usageRecords,
}

/** A monthly subscription of a customer, by the first price. */
const SUBSCRIBED = {
  customer: 0,
  items: [{ price: 0, quantity: 1 }],
  cycle: { kind: 'plain', seconds: 0 },
  ends: null,
  collection: {},
  classic: false,
  extra: null,
  plain: {},
}

/**
 * Two meters, three prices, a customer with subscriptions and a draft, a clock with another whose card asks for her, and a
 * third whose refunds fail: something for a script to be about.
 */
const OPENING: Script = [
  meterStep('sum', null),
  meterStep('last', 'hour'),
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'visa' } },
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: 0, params: {}, card: 'authenticationRequired' } },
  { type: 'CreateProduct', given: { id: null, name: 'one', price: null } },
  priceStep(1_000),
  priceStep(250),
  priceStep(100, 'sum'),
  { type: 'CreateSubscription', given: SUBSCRIBED },
  { type: 'CreateSubscription', given: { ...SUBSCRIBED, customer: 1 } },
  {
    type: 'CreateSubscription',
    given: {
      ...SUBSCRIBED,
      items: [
        { price: 1, quantity: 1 },
        { price: 2, quantity: 1 },
      ],
    },
  },
  { type: 'CreateUsageRecord', given: { item: 0, quantity: 5, at: null, action: 'set' } },
  { type: 'CreateInvoiceItem', given: { customer: 0, amount: 500, on: null } },
  {
    type: 'CreateInvoice',
    given: {
      customer: 0,
      auto_advance: true,
      pending_invoice_items_behavior: 'include',
      collection: { collection_method: 'send_invoice', days_until_due: 5 },
    },
  },
  { type: 'CreateSetupIntent', given: { customer: 1, method: 1 } },
  { type: 'CreateAlert', given: { meter: 0, customer: null, gte: 20 } },
  { type: 'CreateCustomer', given: { clock: null, params: {}, card: 'refundFail' } },
]

function meterStep(formula: string, event_time_window: string | null): Step {
  return {
    type: 'CreateMeter',
    given: {
      display_name: formula,
      event_name: `opening_${formula}`,
      default_aggregation: { formula },
      ...(event_time_window === null ? {} : { event_time_window }),
    },
  }
}

function priceStep(amount: number, aggregate: string | null = null): Step {
  const form = {
    scheme: 'unit',
    amount,
    size: 1,
    flat: null,
    recurring: { interval: 'month' },
    meter: null,
    aggregate,
  }
  return {
    type: 'CreatePrice',
    given: { product: 0, form, lookup_key: null, transfer: false },
  }
}

/**
 * Scripts of commands on resources that they create themselves. They shrink to few and simple steps.
 * @param kits - The families whose commands occur, yours among them.
 */
export const scripts = ({
  kits = standardKits,
  opening = OPENING,
  maxLength = 30,
}: {
  readonly kits?: readonly FamilyKit[]
  readonly opening?: Script
  readonly maxLength?: number
} = {}): fc.Arbitrary<Script> => arbitraries.scriptsOf(kits, { opening, maxLength })

/** Plays a script on a world: each turn with the worlds before and after it. */
export const play = (world: World, script: Script, kits = standardKits): readonly Turn[] =>
  playWith(kits, world, script)

/** The world that a script leads to. */
export const worldAfter = (world: World, script: Script, kits = standardKits): World =>
  play(world, script, kits).at(-1)?.after ?? world

/** Holds a world to all laws: those of every world, and those that the families add. */
export const everyLaw = (world: World, kits = standardKits): void => {
  for (const law of Object.values(laws.ofWorlds)) law(world)
  for (const kit of kits) for (const law of Object.values(kit.laws)) law(world)
}
