/**
 * A year of a small company that sells software: 300 customers, three plans, a metered add-on. The scenario sets the shop
 * up; the year is then lived on a fork of its world, which stays as it was: what is shown here is of the fork.
 */
import {
  addMonths,
  type CommandOf,
  DAY,
  days,
  decimalToNumber,
  formatDay,
  formatInstant,
  HOUR,
  type Instant,
  project,
  revenueByMonth,
  revenueMonths,
  Simulator,
  timeline,
  toInstant,
  usageTotals,
  type World,
} from 'clepsydra'
import { bars, type Scene, scenario, table } from 'clepsydra/scenario'

const START = toInstant('2025-01-01')
const END = toInstant('2026-01-01')
const CUSTOMERS = 300
/** One a day joins, until a few weeks before the year's end. */
const JOINING_DAYS = 300
/** Whose life is shown: her card fails, and she brings another. */
const EXAMPLE = 27

interface Shop {
  readonly clock: { readonly id: string }
  readonly solo: { readonly id: string }
  readonly team: { readonly id: string }
  readonly business: { readonly id: string }
  readonly calls: { readonly id: string }
}

/** The same number from 0 up to 1 for the same customer and question: the year has no other chance in it. */
const draw = (customer: number, question: number): number => {
  let x = Math.imul(customer + 1, 0x9e3779b1) ^ Math.imul(question + 1, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
}

/** What a customer will do, and what her card will. */
const personOf = (index: number) => {
  const joins = START + Math.floor((index * JOINING_DAYS) / CUSTOMERS) * DAY + (index % 24) * HOUR
  const trial = draw(index, 1) < 0.35 ? 14 : 0
  const plan = draw(index, 2)
  const card = draw(index, 3)
  const good = 1 + Math.floor(draw(index, 4) * 5)
  const fails = addMonths(joins + days(trial), good)
  const succeeds = Array.from({ length: good }, () => 'succeed').join(',')
  const kind =
    index === EXAMPLE || (card >= 0.14 && card < 0.22)
      ? 'replaced'
      : card < 0.08
        ? 'recovers'
        : card < 0.14
          ? 'fails'
          : 'good'
  const script =
    kind === 'recovers'
      ? `${succeeds},decline:insufficient_funds,decline:insufficient_funds,succeed`
      : kind === 'good'
        ? 'succeed'
        : `${succeeds},decline:card_velocity_exceeded`
  return {
    joins,
    trial,
    plan: plan < 0.5 ? 'solo' : plan < 0.85 ? 'team' : 'business',
    seats: 2 + Math.floor(draw(index, 5) * 9),
    script,
    replaces: kind === 'replaced' ? fails + days(5) : undefined,
    upgrades:
      draw(index, 6) < 0.3 ? joins + days(40 + Math.floor(draw(index, 7) * 120)) : undefined,
    leaves: draw(index, 8) < 0.18 ? joins + days(50 + Math.floor(draw(index, 9) * 200)) : undefined,
    calls: draw(index, 10) < 0.25 ? 20 + Math.floor(draw(index, 11) * 400) : 0,
  } as const
}

interface Customer {
  readonly id: string
  readonly subscription: string
  readonly item: string
}

/** The shop after its year. */
interface Year {
  readonly sim: Simulator
  readonly customers: ReadonlyMap<number, Customer>
}

const cardCommand = (index: number): CommandOf<'CreatePaymentMethod'> => ({
  type: 'CreatePaymentMethod',
  params: {
    type: 'card',
    card: { token: 'tok_visa' },
    metadata: { sim_script: personOf(index).script },
  },
})

const join = (sim: Simulator, shop: Shop, index: number): Customer => {
  const { plan, seats, trial, calls } = personOf(index)
  const card = sim.run(cardCommand(index))
  const { id } = sim.run({
    type: 'CreateCustomer',
    params: {
      name: `Customer ${index}`,
      test_clock: shop.clock.id,
      payment_method: card.id,
      invoice_settings: { default_payment_method: card.id },
    },
  })
  const { id: subscription, items } = sim.run({
    type: 'CreateSubscription',
    params: {
      customer: id,
      items: [
        { price: shop[plan].id, quantity: plan === 'team' ? seats : 1 },
        ...(calls > 0 ? [{ price: shop.calls.id }] : []),
      ],
      ...(trial > 0 ? { trial_period_days: trial } : {}),
    },
  })
  return { id, subscription, item: items.data[0]?.id as string }
}

const isOver = (sim: Simulator, id: string): boolean =>
  sim.ask({ type: 'RetrieveSubscription', id }).status === 'canceled'

/** All that one customer does on a day of hers. */
const act = (sim: Simulator, shop: Shop, index: number, { id, subscription, item }: Customer) => ({
  replaces: () => {
    const card = sim.run({
      type: 'AttachPaymentMethod',
      id: 'pm_card_mastercard',
      params: { customer: id },
    })
    sim.run({
      type: 'UpdateCustomer',
      id,
      params: { invoice_settings: { default_payment_method: card.id } },
    })
  },
  upgrades: () => {
    if (isOver(sim, subscription) || personOf(index).plan !== 'solo') return
    sim.run({
      type: 'UpdateSubscription',
      id: subscription,
      params: {
        items: [{ id: item, price: shop.team.id, quantity: 2 }],
        proration_behavior: 'none',
      },
    })
  },
  leaves: () => {
    if (isOver(sim, subscription)) return
    sim.run({
      type: 'UpdateSubscription',
      id: subscription,
      params: { cancel_at_period_end: true },
    })
  },
  /** A week's calls of the add-on. */
  calls: () => {
    if (isOver(sim, subscription)) return
    sim.run({
      type: 'RecordMeterEvent',
      params: {
        event_name: 'calls',
        payload: { stripe_customer_id: id, value: String(personOf(index).calls) },
      },
    })
  },
})

/** The days on which something is done, in order: `[when, what]`. */
const planOf = (sim: Simulator, shop: Shop, customers: Map<number, Customer>) => {
  const plan: (readonly [Instant, () => void])[] = []
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const person = personOf(index)
    const later = (
      when: Instant | undefined,
      what: 'calls' | 'leaves' | 'replaces' | 'upgrades',
    ): void => {
      if (when !== undefined && when < END)
        plan.push([when, () => act(sim, shop, index, customers.get(index) as Customer)[what]()])
    }
    plan.push([person.joins, () => customers.set(index, join(sim, shop, index))])
    later(person.replaces, 'replaces')
    later(person.upgrades, 'upgrades')
    later(person.leaves, 'leaves')
    if (person.calls > 0)
      for (let when = person.joins + days(6); when < END; when += days(7)) later(when, 'calls')
  }
  return plan.sort(([a], [b]) => a - b)
}

/** How far the year is, for whoever waits at a terminal. */
const progress = (text: string): void => {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\x1b[K${text}`)
}

const live = (world: World, shop: Shop): Year => {
  const sim = new Simulator(world)
  const customers = new Map<number, Customer>()
  let now = START
  for (const [when, what] of planOf(sim, shop, customers)) {
    if (when > now) {
      sim.advanceTo(when, shop.clock.id)
      now = when
      progress(formatDay(now))
    }
    what()
  }
  sim.advanceTo(END, shop.clock.id)
  progress('')
  return { sim, customers }
}

/** A world is a value: its year is lived once, however often it is asked for. */
const years = new WeakMap<World, Year>()
const yearOf = (shop: Shop, { world }: Scene): Year => {
  const lived = years.get(world) ?? live(world, shop)
  years.set(world, lived)
  return lived
}

const monthsOf = ({ sim }: Year) =>
  revenueMonths(project(revenueByMonth, sim.world).value).filter(({ month }) => month < '2026')

/** Rows of the whole world, whatever the pages of a list. */
const invoicesOf = ({ sim }: Year) => [...sim.world.invoices]
const chargesOf = ({ sim }: Year) => [...sim.world.charges]
const subscriptionsOf = ({ sim }: Year) => [...sim.world.subscriptions]

/** By customer, those who pay for all their calls: a trial's are free, and whoever is given up is billed no more. */
const payersOf = (year: Year) =>
  new Map(
    subscriptionsOf(year).flatMap((subscription) =>
      subscription.trial_end === null &&
      subscription.cancellation_details.reason !== 'payment_failed'
        ? [[subscription.customer, subscription] as const]
        : [],
    ),
  )

const sum = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

const dollars = (cents: number): string => (cents / 100).toFixed(2)

const inMonth = (at: Instant | null, month: string): boolean =>
  at !== null && formatDay(at).startsWith(month)

const outcomes = (year: Year) => {
  const failed = invoicesOf(year).filter(({ first_failed_at }) => first_failed_at !== null)
  const newCards = new Set(
    [...year.customers].flatMap(([index, { id }]) =>
      personOf(index).replaces === undefined ? [] : [id],
    ),
  )
  const of = (outcome: string, rows: typeof failed) => ({
    outcome,
    invoices: rows.length,
    attempts: sum(rows, ({ attempt_count }) => attempt_count),
    dollars: dollars(sum(rows, ({ amount_due }) => amount_due ?? 0)),
  })
  const paid = failed.filter(({ status }) => status === 'paid')
  const open = failed.filter(({ status }) => status === 'open')
  return [
    of(
      'paid by a retry',
      paid.filter(({ customer }) => !newCards.has(customer)),
    ),
    of(
      'paid by another card',
      paid.filter(({ customer }) => newCards.has(customer)),
    ),
    of(
      'tried still',
      open.filter(({ next_payment_attempt }) => next_payment_attempt !== null),
    ),
    of(
      'given up',
      open.filter(({ next_payment_attempt }) => next_payment_attempt === null),
    ),
  ]
}

const plan = (name: string, unit_amount: number): CommandOf<'CreatePrice'> => ({
  type: 'CreatePrice',
  params: {
    currency: 'usd',
    unit_amount,
    recurring: { interval: 'month' },
    product_data: { name },
  },
})

export default scenario('A year of software as a service', {
  now: START,
  about:
    '300 customers on one test clock: three plans and metered calls, trials, upgrades that are billed from the next period, cards that fail and recover, customers who leave.',
})
  .section('The shop')
  .command('clock', { type: 'CreateTestClock', params: { frozen_time: START, name: '2025' } })
  .command('solo', plan('Solo', 1_900))
  .command('team', plan('Team, a seat', 1_200))
  .command('business', plan('Business', 49_000))
  .command('meter', {
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  .command('calls', ({ meter }) => ({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      unit_amount_decimal: '1.5',
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      product_data: { name: 'Calls' },
    },
  }))

  .section('Its year')
  .show((shop, scene) =>
    bars(
      'Paid by month, in dollars',
      monthsOf(yearOf(shop, scene)).map(({ month, paid }) => [month, Math.round(paid / 100)]),
    ),
  )
  .show((shop, scene) => {
    const year = yearOf(shop, scene)
    return bars(
      'Subscriptions that ended, by month',
      monthsOf(year).map(({ month }) => [
        month,
        subscriptionsOf(year).filter(({ ended_at }) => inMonth(ended_at, month)).length,
      ]),
    )
  })
  .show((shop, scene) => {
    const year = yearOf(shop, scene)
    return table(
      'Month by month, in dollars; recurring is what a month is worth at its end',
      monthsOf(year).map((row) => ({
        month: row.month,
        billed: dollars(row.billed),
        paid: dollars(row.paid),
        gained: dollars(row.recurring_gained),
        lost: dollars(row.recurring_lost),
        recurring: dollars(row.recurring),
      })),
    )
  })
  .show((shop, scene) =>
    table('What became of invoices whose first charge failed', outcomes(yearOf(shop, scene))),
  )
  .show((shop, scene) => {
    const { sim, customers } = yearOf(shop, scene)
    const { id, subscription } = customers.get(EXAMPLE) as Customer
    const invoices = [...sim.world.invoices.by('customer', id)].map((invoice) => invoice.id)
    const numbers = new Map(invoices.map((invoice, index) => [invoice, `invoice ${index + 1}`]))
    const named = (text: string): string =>
      text
        .replace(id, 'she')
        .replace(subscription, 'her subscription')
        .replace(/in_\w+/, (invoice) => numbers.get(invoice) ?? invoice)
    return {
      kind: 'timeline',
      title: 'The life of one customer, without what is made ready',
      facts: project(timeline, sim.world)
        .value.filter(
          ({ type, text }) =>
            (text.includes(id) && /^Customer(Created|Updated)/.test(type)) ||
            (text.includes(subscription) && /Subscription(Created|Canceled)/.test(type)) ||
            (/^Invoice(Paid|PaymentFailed)/.test(type) &&
              invoices.some((one) => text.includes(one))),
        )
        .map(({ at, type, text }) => ({
          at: formatInstant(at),
          clock: null,
          type,
          text: named(text),
        })),
    }
  })

  .section('What must be true of it')
  .answers(
    'what the invoices were paid is what the cards were charged',
    (shop, scene) => sum(invoicesOf(yearOf(shop, scene)), ({ amount_paid }) => amount_paid),
    (shop, scene) =>
      sum(
        chargesOf(yearOf(shop, scene)).filter(({ failure }) => failure === null),
        ({ amount }) => amount,
      ),
  )
  .answers(
    'what was billed is paid, or open',
    (shop, scene) =>
      sum(
        revenueMonths(project(revenueByMonth, yearOf(shop, scene).sim.world).value),
        ({ billed, paid, written_off }) => billed - paid - written_off,
      ),
    (shop, scene) =>
      sum(
        invoicesOf(yearOf(shop, scene)).filter(({ status }) => status === 'open'),
        ({ amount_due, amount_paid }) => (amount_due ?? 0) - amount_paid,
      ),
  )
  .answers(
    'what recurs is what the running subscriptions are worth',
    (shop, scene) =>
      revenueMonths(project(revenueByMonth, yearOf(shop, scene).sim.world).value).at(-1)?.recurring,
    (shop, scene) => {
      const { sim } = yearOf(shop, scene)
      const amounts = new Map(
        [...sim.world.prices].map(({ id, unit_amount_decimal }) => [
          id,
          Number(unit_amount_decimal),
        ]),
      )
      return sum(
        [...sim.world.subscriptions].filter(
          ({ status }) => status === 'active' || status === 'past_due',
        ),
        ({ items }) =>
          sum(items, ({ price, quantity }) => (quantity ?? 0) * (amounts.get(price) as number)),
      )
    },
  )
  .answers(
    'whoever was given up has no subscription any more',
    (shop, scene) => {
      const year = yearOf(shop, scene)
      const running = new Set(
        subscriptionsOf(year)
          .filter(({ status }) => status !== 'canceled')
          .map(({ id }) => id),
      )
      return invoicesOf(year).filter(
        ({ status, next_payment_attempt, subscription }) =>
          status === 'open' && next_payment_attempt === null && running.has(subscription as string),
      ).length
    },
    0,
  )
  .answers(
    'no call is lost: each was billed, or is of a period that runs',
    (shop, scene) => {
      const year = yearOf(shop, scene)
      const payers = payersOf(year)
      const billed = invoicesOf(year)
        .filter(({ customer }) => payers.has(customer))
        .flatMap(({ lines }) => lines.filter(({ price }) => price === shop.calls.id))
      return (
        sum(billed, ({ quantity }) => Number(quantity)) +
        sum([...payers], ([customer, { status, items }]) => {
          const item = items.find(({ price }) => price === shop.calls.id)
          if (status === 'canceled' || item === undefined) return 0
          const { data } = year.sim.ask({
            type: 'ListMeterEventSummaries',
            id: shop.meter.id,
            params: { customer, start_time: item.usage_from, end_time: END + HOUR },
          })
          return data[0]?.aggregated_value ?? 0
        })
      )
    },
    (shop, scene) => {
      const year = yearOf(shop, scene)
      const payers = payersOf(year)
      return sum(
        [...project(usageTotals, year.sim.world).value.values()].filter(({ customer }) =>
          payers.has(customer),
        ),
        ({ units }) => decimalToNumber(units),
      )
    },
  )
