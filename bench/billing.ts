/** The figures of billing: months of renewals, beside a loop that changes its objects in place. */
import { createSimulator, type RecordMeterEvent, type World } from '../src/index.js'
import { BillingFloor, type FloorGrant, type FloorPrice } from './billing-floor.js'
import { accepted, drawn, NOW } from './corpus.js'
import type { Figure, Progress, Row } from './figures.js'
import { Floor } from './floor.js'
import { beside } from './measure.js'

const ROUNDS = 3
const MONTHS = 12
const UNIT_AMOUNT = 1_000
const USAGE_AMOUNT = 2
const EVENT_NAME = 'requests'

/** The first instants of the months after the start: all subscriptions are born on the first of January. */
export const MONTH_ENDS: readonly number[] = Array.from(
  { length: MONTHS },
  (_, month) => Date.UTC(2026, month + 1, 1) / 1_000,
)
/** An hour and a second after the last renewal: all is finalized and paid. */
const END = (MONTH_ENDS.at(-1) as number) + 3_601

interface Subscribed {
  readonly world: World
  readonly meter: string
  readonly customers: readonly string[]
}

/**
 * Customers with a card that works and a monthly subscription each; the first so many have a metered item, too. Each is given
 * such credits.
 */
const subscribed = (
  count: number,
  metered: number,
  grants: readonly FloorGrant[] = [],
): Subscribed => {
  const sim = createSimulator({ seed: 'bench', now: NOW })
  const { id: meter } = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: EVENT_NAME,
      event_name: EVENT_NAME,
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: product } = sim.run({ type: 'CreateProduct', params: { name: 'Plan' } })
  const price = { currency: 'usd', product }
  const { id: licensed } = sim.run({
    type: 'CreatePrice',
    params: { ...price, unit_amount: UNIT_AMOUNT, recurring: { interval: 'month' } },
  })
  const { id: used } = sim.run({
    type: 'CreatePrice',
    params: {
      ...price,
      unit_amount: USAGE_AMOUNT,
      recurring: { interval: 'month', usage_type: 'metered', meter },
    },
  })
  const customers: string[] = []
  for (let at = 0; at < count; at += 1) {
    const { id: customer } = sim.run({
      type: 'CreateCustomer',
      params: {
        payment_method: 'pm_card_visa',
        invoice_settings: { default_payment_method: 'pm_card_visa' },
      },
    })
    sim.run({
      type: 'CreateSubscription',
      params: {
        customer,
        items: at < metered ? [{ price: licensed }, { price: used }] : [{ price: licensed }],
      },
    })
    for (const { value, expires_at, ...terms } of grants)
      sim.run({
        type: 'CreateCreditGrant',
        params: {
          customer,
          amount: { type: 'monetary', monetary: { currency: 'usd', value } },
          applicability_config: { scope: { price_type: 'metered' } },
          ...terms,
          ...(expires_at === null ? {} : { expires_at }),
        },
      })
    customers.push(customer)
  }
  return { world: sim.world, meter, customers }
}

const PRICES: readonly FloorPrice[] = [
  { id: 'price_1', product: 'prod_1', name: 'Plan', unit_amount: UNIT_AMOUNT, metered: false },
  { id: 'price_2', product: 'prod_1', name: 'Plan', unit_amount: USAGE_AMOUNT, metered: true },
]

const BATCH = 500

/** One month's share of so many meter events of the metered customers, in batches, as they come in. */
function* reports(
  customers: readonly string[],
  count: number,
  month: number,
): IterableIterator<readonly RecordMeterEvent[]> {
  const end = MONTH_ENDS[month] as number
  const start = month === 0 ? NOW : (MONTH_ENDS[month - 1] as number)
  const each = Math.floor(count / MONTHS)
  for (let from = 0; from < each; from += BATCH)
    yield Array.from({ length: Math.min(BATCH, each - from) }, (_, nth) => {
      const at = from + nth
      return {
        event_name: EVENT_NAME,
        payload: {
          stripe_customer_id: customers[drawn(at * 7 + month, customers.length)] as string,
          value: String(drawn(at, 500)),
        },
        identifier: `req-${month}-${at}`,
        timestamp: start + Math.floor((at * (end - start - 1)) / each),
      }
    })
}

const paidInvoices = (world: World): number => {
  let count = 0
  for (const { status } of world.invoices) if (status === 'paid') count += 1
  return count
}

/** Fails unless a year went by as it should: a first invoice and twelve renewals for each subscription, all paid. */
const checked = (world: World, floor: BillingFloor, count: number): void => {
  const paid = paidInvoices(world)
  if (paid !== count * (MONTHS + 1)) throw new Error(`${paid} invoices were paid`)
  let theirs = 0
  for (const { amount_paid } of floor.invoices.values()) theirs += amount_paid
  let ours = 0
  for (const invoice of world.invoices)
    if (invoice.billing_reason === 'subscription_cycle') ours += invoice.amount_paid
  if (ours !== theirs) throw new Error(`${ours} was paid, on the floor ${theirs}`)
  const entries = world.creditTransactions.count
  if (entries !== floor.ledger.size)
    throw new Error(`the ledger has ${entries} entries, on the floor ${floor.ledger.size}`)
}

export interface Year {
  /** Seconds. */
  readonly floor: number
  /** Seconds. */
  readonly subject: number
  readonly ratio: number
  /** Of the ledger of credits. */
  readonly entries: number
}

/** A year of so many subscriptions, so many of them metered, with so much usage and such credits; beside the floor. */
export const year = (
  count: number,
  metered: number,
  events: number,
  progress: Progress,
  grants: readonly FloorGrant[] = [],
): Year => {
  let world: World | undefined
  let billing: BillingFloor | undefined
  const { meter, customers } = subscribed(count, metered, grants)
  const users = customers.slice(0, metered)
  const { floor, ratio, subject } = beside(
    () => {
      const counted = new Floor(NOW, [{ event_name: EVENT_NAME, id: meter }], customers)
      const floor = new BillingFloor(
        NOW,
        (customer, from, until) =>
          counted.usedBefore(EVENT_NAME, customer, until) -
          counted.usedBefore(EVENT_NAME, customer, from),
      )
      for (const [at, customer] of customers.entries())
        floor.subscribe(at, customer, at < metered ? PRICES : PRICES.slice(0, 1), grants)
      billing = floor
      return () => {
        for (const [month, end] of MONTH_ENDS.entries()) {
          floor.advance(end - 1)
          counted.advance(end - 1)
          if (events > 0)
            for (const batch of reports(users, events, month))
              for (const event of batch) counted.record(event)
        }
        floor.advance(END)
      }
    },
    () => {
      world = undefined // The year of the round before is not to be in the way.
      const { world: first } = subscribed(count, metered, grants)
      return () => {
        let now = first
        if (events > 0)
          for (const [month, end] of MONTH_ENDS.entries()) {
            now = accepted(now, { type: 'AdvanceClock', params: { frozen_time: end - 1 } })
            for (const batch of reports(users, events, month))
              now = accepted(now, { type: 'RecordMeterEvents', params: { events: batch } })
          }
        world = accepted(now, { type: 'AdvanceClock', params: { frozen_time: END } })
      }
    },
    ROUNDS,
    progress,
  )
  if (world === undefined || billing === undefined) throw new Error('nothing was measured')
  checked(world, billing, count)
  const entries = world.creditTransactions.count
  return { floor: floor / 1_000, subject: subject / 1_000, ratio, entries }
}

const SMALL = 1_000
const LARGE = 10_000

const renewing: Figure['measure'] = (progress): readonly Row[] => {
  const small = year(SMALL, 0, 0, (done) => progress(done * 0.1))
  const large = year(LARGE, 0, 0, (done) => progress(0.1 + done * 0.9))
  return [
    {
      what: '10,000 subscriptions: 120,000 renewals, drafts, finalizations and payments',
      value: large.subject,
      unit: 's',
      goal: { atMost: 8 },
    },
    { what: 'beside the floor', value: large.ratio, unit: 'x' },
    { what: '1,000 subscriptions', value: small.subject, unit: 's' },
    {
      what: '10 times the subscriptions take',
      value: large.subject / small.subject,
      unit: 'x',
      goal: { atMost: 11 },
    },
    { what: 'and on the floor', value: large.floor / small.floor, unit: 'x' },
  ]
}

const METERED = Math.floor(LARGE / 3)

const metering: Figure['measure'] = (progress): readonly Row[] => {
  const { subject, ratio } = year(LARGE, METERED, 1_000_000, progress)
  return [
    {
      what: 'renewals and usage together',
      value: subject,
      unit: 's',
      goal: { atMost: 16 },
    },
    { what: 'beside the floor', value: ratio, unit: 'x' },
  ]
}

export const billingFigures: Readonly<Record<string, Figure>> = {
  renewals: { title: 'A year of 10,000 monthly subscriptions', measure: renewing },
  metered: {
    title: 'The same, a third of them metered, with 1,000,000 meter events',
    measure: metering,
  },
}
