/** The figures of credits: a year that they pay in part, and balances of a long ledger. */
import { type CreditsOf, createSimulator, creditsAt, type World } from '../src/index.js'
import { MONTH_ENDS, year } from './billing.js'
import type { FloorGrant } from './billing-floor.js'
import { drawn, NOW } from './corpus.js'
import type { Figure, Progress, Row } from './figures.js'
import { placeAbove } from './floor.js'
import { each } from './measure.js'

const DAY = 86_400

// A year

const CUSTOMERS = 1_000
const EVENTS = 120_000
const GRANTS = 20

/** The 15th of the nth month after the start. */
const middleOf = (nth: number): number => (MONTH_ENDS[nth % 12] as number) - 15 * DAY

/** A quarter of them never expire, a quarter expire on the way, a quarter begin with a month, a quarter do both. */
const TERMS: readonly FloorGrant[] = Array.from({ length: GRANTS }, (_, nth) => {
  const begins = nth % 4 >= 2
  const ends = nth % 2 === 1
  const month = nth >> 1
  return {
    category: nth % 3 === 0 ? 'promotional' : 'paid',
    effective_at: begins ? (MONTH_ENDS[month] as number) : NOW,
    expires_at: ends ? middleOf(month + 2) : null,
    priority: 50 - (nth % 5),
    value: 1_500 + nth * 50,
  }
})

// A ledger

const ITEMS = 20
const ENTRIES = 100_000
const DAYS = ENTRIES / ITEMS
const ROUNDS = 20_000

/**
 * A grant that pays the twenty metered lines of a daily invoice until its ledger has as many entries: all by the commands that
 * a customer's years are made of.
 */
const burning = (progress: Progress): { readonly world: World; readonly grant: string } => {
  const sim = createSimulator({ seed: 'bench', now: NOW })
  const { id: meter } = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'requests',
      event_name: 'requests',
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: product } = sim.run({ type: 'CreateProduct', params: { name: 'Plan' } })
  const items = Array.from({ length: ITEMS }, () => ({
    price: sim.run({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product,
        unit_amount: 1,
        recurring: { interval: 'day', usage_type: 'metered', meter },
      },
    }).id,
  }))
  const { id: customer } = sim.run({ type: 'CreateCustomer', params: { name: 'prepays' } })
  const { id: grant } = sim.run({
    type: 'CreateCreditGrant',
    params: {
      customer,
      amount: { type: 'monetary', monetary: { currency: 'usd', value: 10 * ENTRIES } },
      applicability_config: { scope: { price_type: 'metered' } },
    },
  })
  sim.run({
    type: 'CreateSubscription',
    params: { customer, collection_method: 'send_invoice', days_until_due: 1, items },
  })
  for (let day = 0; day < DAYS; day += 1) {
    const value = String(1 + drawn(day, 9))
    sim.run({
      type: 'RecordMeterEvent',
      params: { event_name: 'requests', payload: { stripe_customer_id: customer, value } },
    })
    sim.advanceTo(NOW + (day + 1) * DAY + 3_601)
    if (day % 100 === 0) progress(day / DAYS)
  }
  return { world: sim.world, grant }
}

/** The same ledger as a careful programmer keeps it: when, and what was left then. */
interface FloorLedger {
  readonly times: readonly number[]
  readonly left: readonly number[]
}

const floorOf = (world: World): FloorLedger => {
  const times: number[] = []
  const left: number[] = []
  let sum = 0
  for (const { effective_at, amount, type } of world.creditTransactions) {
    sum += type === 'credits_granted' ? amount : -amount
    times.push(effective_at)
    left.push(sum)
  }
  return { times, left }
}

const leftOnFloor = ({ times, left }: FloorLedger, at: number): number =>
  left[placeAbove(times, at) - 1] ?? 0

const crediting: Figure['measure'] = (progress): readonly Row[] => {
  const { subject, ratio, entries } = year(
    CUSTOMERS,
    CUSTOMERS,
    EVENTS,
    (done) => progress(done * 0.6),
    TERMS,
  )
  const { world, grant } = burning((done) => progress(0.6 + done * 0.4))
  if (world.creditTransactions.count !== ENTRIES + 1) throw new Error('the ledger is not as long')
  const { customer, currency } = world.creditGrants.need(grant)
  const floor = floorOf(world)
  const drawnAt = (at: number): number => NOW + drawn(at, DAYS * DAY)
  const asked: readonly (readonly [string, CreditsOf])[] = [
    ['of a grant', { credit_grant: world.creditGrants.need(grant).id }],
    ['of a customer', { customer, currency }],
  ]
  for (const [, of] of asked)
    for (let at = 0; at < ROUNDS; at += 1) {
      const ours = creditsAt(world, of, drawnAt(at)).left
      const theirs = leftOnFloor(floor, drawnAt(at))
      if (ours !== theirs) throw new Error(`${ours} was left, on the floor ${theirs}`)
    }
  const balances = asked.map(
    ([whose, of]): Row => ({
      what: `the balance ${whose} at an instant, in a ledger of ${ENTRIES.toLocaleString('en')} entries`,
      value: each(ROUNDS, (at) => creditsAt(world, of, drawnAt(at))),
      unit: 'µs',
      goal: { atMost: 50 },
    }),
  )
  const onFloor = each(ROUNDS, (at) => leftOnFloor(floor, drawnAt(at)))
  return [
    {
      what: `12,000 renewals with ${EVENTS.toLocaleString('en')} meter events and ${entries.toLocaleString('en')} entries of the ledger`,
      value: subject,
      unit: 's',
      goal: { atMost: 10 },
    },
    { what: 'beside the floor', value: ratio, unit: 'x' },
    ...balances,
    { what: 'and on the floor', value: onFloor, unit: 'µs' },
  ]
}

export const creditFigures: Readonly<Record<string, Figure>> = {
  credits: {
    title: 'A year of 1,000 customers with 20 credit grants each, and balances of a long ledger',
    measure: crediting,
  },
}
