/** What must be true of all that is billed and paid. */
import {
  addMonths,
  ask,
  E,
  entries,
  type Invoice,
  type Price,
  type Subscription,
  type World,
} from '../index.js'
import { type Law, LawBroken } from './kit.js'
import { same } from './laws.js'

type Fact = Readonly<Record<string, any>> & { readonly type: string; readonly at: number }

const facts = function* (world: World): IterableIterator<Fact> {
  for (const { event } of entries(world)) yield event as unknown as Fact
}

const holds = (law: string, truth: boolean, detail: () => string): void => {
  if (!truth) throw new LawBroken(law, detail())
}

/** A row before and after a fact that changed it; `before` is absent where the fact made it. */
interface Change<Row> {
  readonly fact: Fact
  readonly before: Row | undefined
  readonly after: Row
}

/** The changes of all rows of a kind, read off the facts alone. */
const changesOf = function* <Row extends { readonly id: string }>(
  world: World,
  created: string,
  field: string,
): IterableIterator<Change<Row>> {
  const rows = new Map<string, Row>()
  for (const fact of facts(world)) {
    if (fact.type === created) {
      const after = fact[field] as Row
      rows.set(after.id, after)
      yield { fact, before: undefined, after }
    } else if (fact.changes !== undefined && rows.has(fact.id)) {
      const before = rows.get(fact.id) as Row
      const after = { ...before, ...fact.changes }
      rows.set(fact.id, after)
      yield { fact, before, after }
    }
  }
}

const subscriptionChanges = (world: World) =>
  changesOf<Subscription>(world, 'SubscriptionCreated', 'subscription')

const invoiceChanges = (world: World) => changesOf<Invoice>(world, 'InvoiceCreated', 'invoice')

// Periods

const DAYS = { day: 1, week: 7 } as const
const MONTHS = { month: 1, year: 12 } as const
const DAY = 86_400
/** A mean month, to guess a number of months by. */
const MONTH = 2_629_746

/** Whether an instant is so many whole intervals from the anchor, forward or back. */
const isBoundary = (
  { billing_cycle_anchor: anchor, anchor_day }: Subscription,
  { recurring }: Price,
  at: number,
): boolean => {
  if (recurring === null) return false
  const { interval, interval_count } = recurring
  if (interval === 'day' || interval === 'week')
    return (at - anchor) % (interval_count * DAYS[interval] * DAY) === 0
  const step = interval_count * MONTHS[interval]
  const guess = Math.round((at - anchor) / MONTH / step)
  return [guess - 1, guess, guess + 1].some((k) => addMonths(anchor, k * step, anchor_day) === at)
}

const TILE = 'the periods of an item follow on each other without gap or overlap'

/** Whether the cycle was cut anew: by another anchor, a trial, a pause, or a price that recurs otherwise. */
const isCutAnew = (before: Subscription, after: Subscription): boolean =>
  before.billing_cycle_anchor !== after.billing_cycle_anchor ||
  before.trial_end !== after.trial_end ||
  before.status === 'paused' ||
  after.status === 'paused'

/** Periods of an item follow on each other unless the cycle is cut anew, and none is empty or turned round. */
export const periodsTile: Law = (world) => {
  for (const { before, after, fact } of subscriptionChanges(world))
    for (const item of after.items) {
      const { current_period_start: start, current_period_end: end } = item
      holds(
        TILE,
        start < end || (start === end && fact.at === end),
        () => `${item.id} is in [${start}, ${end})`,
      )
      const old = before?.items.find(({ id }) => id === item.id)
      if (before === undefined || old === undefined || isCutAnew(before, after)) continue
      if (old.price !== item.price) continue
      holds(
        TILE,
        start === old.current_period_start || start === old.current_period_end,
        () =>
          `${item.id} goes on at ${start} after [${old.current_period_start}, ${old.current_period_end})`,
      )
    }
}

const ANCHORED = 'every period ends at a boundary counted from the anchor'

/** A period ends where the anchor says, or is cut by the end of a trial or of the subscription. */
export const periodsAreAnchored: Law = (world) => {
  for (const { before, after, fact } of subscriptionChanges(world)) {
    if (after.status === 'canceled' || after.status === 'incomplete_expired') continue
    for (const item of after.items) {
      const { current_period_end: end } = item
      if (before?.items.some(({ current_period_end: same }) => same === end) === true) continue
      const price = world.prices.get(item.price)
      if (price === undefined) continue
      const isCut = end === after.cancel_at || end === after.trial_end
      holds(
        ANCHORED,
        isCut || (after.status === 'paused' && end === fact.at) || isBoundary(after, price, end),
        () => `${item.id} ends at ${end}, its anchor is ${after.billing_cycle_anchor}`,
      )
    }
  }
}

const TWICE = 'no period of an item is billed twice'

/**
 * What one price bills of one item on invoices that stand never overlaps: licensed periods ahead, metered ones behind.
 * A cycle that was begun anew without prorations is left out, for then the running period is not credited.
 */
export const billedOnce: Law = (world) => {
  const anew = new Set<string>()
  for (const { before, after } of subscriptionChanges(world))
    if (before !== undefined && before.billing_cycle_anchor !== after.billing_cycle_anchor)
      anew.add(after.id)
  // An anchor set to the very second at which it stood is anew, too, and only its invoice says so.
  for (const { billing_reason, created, subscription } of world.invoices)
    if (
      billing_reason === 'subscription_update' &&
      world.subscriptions.get(subscription ?? '')?.billing_cycle_anchor === created
    )
      anew.add(subscription as string)
  const billed = new Map<
    string,
    { readonly start: number; readonly end: number; readonly invoice: string }[]
  >()
  for (const invoice of world.invoices) {
    if (invoice.status === 'void' || anew.has(invoice.subscription ?? '')) continue
    for (const { subscription_item, price, period, amount } of invoice.lines) {
      if (subscription_item === null || amount === 0) continue
      // Classic billing shows a metered item ahead, for nothing, and somebody has edited that line.
      const { usage_type } = world.prices.get(price ?? '')?.recurring ?? {}
      if (usage_type === 'metered' && invoice.created < period.end) continue
      const key = `${subscription_item} ${price}`
      const others = billed.get(key) ?? []
      const same = ({
        start,
        end,
        invoice: other,
      }: {
        start: number
        end: number
        invoice: string
      }) => other === invoice.id && start === period.start && end === period.end
      if (others.some(same)) continue // The tiers of one period.
      const twice = others.find(({ start, end }) => start < period.end && period.start < end)
      holds(
        TWICE,
        twice === undefined,
        () =>
          `${key} in [${period.start}, ${period.end}) by ${invoice.id} and by ${twice?.invoice}`,
      )
      others.push({ ...period, invoice: invoice.id })
      billed.set(key, others)
    }
  }
}

// Statuses

const FOLLOWS = "a subscription's status follows from its invoices and its time"

/** An open invoice that could not be collected or is overdue. */
const isFailing = ({ status, attempt_count, fell_due }: Invoice): boolean =>
  status === 'open' && (attempt_count > 0 || fell_due)

const nowOn = (world: World, clock: string | null): number | undefined =>
  clock === null ? world.now : world.testClocks.get(clock)?.frozen_time

/** Each status says something of the invoices and of the time, and is wrong where that is not so. */
export const statusFollows: Law = (world) => {
  for (const subscription of world.subscriptions) {
    const { id, status, trial_end, ended_at, test_clock } = subscription
    const now = nowOn(world, test_clock)
    if (now === undefined || world.testClocks.get(test_clock ?? '')?.status === 'advancing')
      continue
    const says = (truth: boolean, what: string): void =>
      holds(FOLLOWS, truth, () => `${id} is ${status}, ${what}`)
    const invoices = [...world.invoices.by('subscription', id)]
    const isOver = status === 'canceled' || status === 'incomplete_expired'
    says(isOver === (ended_at !== null), `and ended at ${ended_at}`)
    const first = invoices.find(({ billing_reason }) => billing_reason === 'subscription_create')
    switch (status) {
      case 'incomplete':
        says(
          first?.status === 'open' || first?.status === 'uncollectible',
          `its first invoice ${first?.status}`,
        )
        break
      case 'incomplete_expired':
        says(first?.status !== 'paid', 'and its first invoice is paid')
        break
      case 'trialing':
        says(trial_end !== null && trial_end > now, `its trial ends at ${trial_end}`)
        break
      case 'past_due':
      case 'unpaid':
        says(
          invoices.some(
            ({ status: left, uncollectible_reason: why }) =>
              // What was written off by the same final action that leaves the subscription as it is, too.
              left === 'open' || left === 'draft' || why === 'max_payment_attempts',
          ),
          'and nothing is owed',
        )
        break
      case 'paused':
        says(subscription.paused !== null, 'for no reason')
        break
      default:
        says(
          status !== 'active' || trial_end === null || trial_end <= now,
          `its trial ends at ${trial_end}`,
        )
    }
    const decisive = invoices.findLast(
      (invoice) =>
        invoice.status === 'paid' || invoice.status === 'uncollectible' || isFailing(invoice),
    )
    if (
      status === 'active' &&
      decisive !== undefined &&
      (subscription.trial_end ?? 0) < decisive.created
    )
      says(!isFailing(decisive), `and ${decisive.id} has failed`)
  }
}

// Sums

const SUMS = 'lines sum to the subtotal, and what is due is the total with the balance applied'

const sumOf = (parts: readonly { readonly amount: number }[]): number =>
  parts.reduce((sum, { amount }) => sum + amount, 0)

/**
 * Lines sum to the subtotal, and less what credits pay to the total; of what is final, the balance before and the total
 * are what is due and left.
 */
export const invoicesAddUp: Law = (world) => {
  for (const invoice of world.invoices) {
    const { id, lines, amount_due, amount_paid, starting_balance, ending_balance, status } = invoice
    const sum = sumOf(lines)
    const seen = ask(world, { type: 'RetrieveInvoice', id })
    if (E.isRight(seen)) {
      const { subtotal, total, amount_remaining, amount_due: due } = seen.right
      const credits = sumOf(seen.right.total_pretax_credit_amounts)
      same(SUMS, [subtotal, total], [sum, sum - credits], id)
      same(SUMS, amount_remaining, due - amount_paid, `${id} remaining`)
    }
    same(SUMS, (amount_due === null) === (status === 'draft'), true, `${id} is ${status}`)
    if (amount_due === null) continue
    const start = starting_balance as number
    const end = ending_balance as number
    holds(SUMS, amount_due >= 0, () => `${id} has ${amount_due} due`)
    // An invoice that is void at once leaves the balance alone.
    const isApart = status === 'void' && start === end
    const total = sum - sumOf(invoice.credits)
    if (!isApart) same(SUMS, end, start + total - amount_due, `${id} ends with a balance`)
    same(SUMS, amount_paid, status === 'paid' ? amount_due : 0, `${id} is ${status}, and paid`)
  }
}

// What is final

/** What never changes on an invoice once it is final. */
const FIXED = [
  'amount_due',
  'billed_to',
  'billing_reason',
  'collection_method',
  'created',
  'credits',
  'currency',
  'custom_fields',
  'customer',
  'description',
  'due_date',
  'effective_at',
  'ending_balance',
  'footer',
  'lines',
  'number',
  'period_end',
  'period_start',
  'starting_balance',
  'subscription',
  'subscription_metadata',
] as const satisfies readonly (keyof Invoice)[]

/** What a status may become. */
const BECOMES: Readonly<Record<Invoice['status'], readonly Invoice['status'][]>> = {
  draft: ['draft', 'open'],
  open: ['open', 'paid', 'uncollectible', 'void'],
  uncollectible: ['uncollectible', 'paid', 'void'],
  paid: ['paid'],
  void: ['void'],
}

const FINAL = 'an invoice that is final changes by its own rules only'

/** What bills stays as it is from finalization on, statuses go forward, and what is over changes its metadata only. */
export const finalIsFinal: Law = (world) => {
  for (const { before, after, fact } of invoiceChanges(world)) {
    if (before === undefined) continue
    const where = `${fact.type} of ${after.id}`
    holds(
      FINAL,
      BECOMES[before.status].includes(after.status),
      () => `${where}: ${before.status} becomes ${after.status}`,
    )
    if (before.status === 'draft') continue
    for (const field of FIXED) same(FINAL, after[field], before[field], `${where}: ${field}`)
    if (before.status === 'paid' || before.status === 'void')
      same(FINAL, { ...after, metadata: null }, { ...before, metadata: null }, where)
  }
}

// Money

const MONEY = 'money is neither made nor lost'

/** What invoices say was paid is what charges and other ways brought, and balances moved by what invoices say. */
export const moneyStays: Law = (world) => {
  const charged = new Map<string, number>()
  for (const { amount, failure, payment_intent, id } of world.charges) {
    if (failure !== null) continue
    const intent = world.paymentIntents.need(payment_intent)
    same(MONEY, [intent.status, intent.amount], ['succeeded', amount], `${id} of ${intent.id}`)
    if (intent.invoice !== null)
      charged.set(intent.invoice, (charged.get(intent.invoice) ?? 0) + amount)
  }
  const moved = new Map<string, number>()
  for (const { invoice, amount } of world.balanceTransactions)
    if (invoice !== null) moved.set(invoice, (moved.get(invoice) ?? 0) + amount)
  for (const { id, amount_paid, amount_paid_off_stripe, ...invoice } of world.invoices) {
    same(MONEY, (charged.get(id) ?? 0) + amount_paid_off_stripe, amount_paid, `${id} is paid`)
    if (!world.customers.has(invoice.customer)) continue // The balance of nobody is kept by nobody.
    const kept = (invoice.ending_balance ?? 0) - (invoice.starting_balance ?? 0)
    same(
      MONEY,
      moved.get(id) ?? 0,
      invoice.status === 'void' ? 0 : kept,
      `${id} moves a balance by`,
    )
  }
}

const REFUNDS = 'refunds of a charge are its own money'

/** What is refunded of a charge is the sum of its refunds that did not fail, and never more than the charge. */
export const refundsAddUp: Law = (world) => {
  const refunded = new Map<string, number>()
  for (const { charge, amount, status } of world.refunds)
    if (status !== 'failed') refunded.set(charge, (refunded.get(charge) ?? 0) + amount)
  for (const { id, amount, amount_refunded, failure } of world.charges) {
    same(REFUNDS, amount_refunded, refunded.get(id) ?? 0, id)
    holds(
      REFUNDS,
      amount_refunded <= (failure === null ? amount : 0),
      () => `${id} of ${amount} gave back ${amount_refunded}`,
    )
  }
}

export const ofSubscriptions: Readonly<Record<string, Law>> = {
  [TILE]: periodsTile,
  [ANCHORED]: periodsAreAnchored,
  [TWICE]: billedOnce,
  [FOLLOWS]: statusFollows,
}

export const ofInvoices: Readonly<Record<string, Law>> = {
  [SUMS]: invoicesAddUp,
  [FINAL]: finalIsFinal,
}

export const ofPayments: Readonly<Record<string, Law>> = {
  [MONEY]: moneyStays,
  [REFUNDS]: refundsAddUp,
}
