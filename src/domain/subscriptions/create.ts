/** The decision that checks a creation and answers what it makes; a story records it, with its first invoice. */
import {
  isLegacyMetered,
  type Price,
  type PriceId,
  type PriceSlices,
  type Pricing,
  type ProductSlices,
  pricingIn,
} from '../catalog/index.js'
import type { Customer, CustomerSlices } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import { anchorAt, boundary, type Period, type Recurrence } from '../kernel/cycle.js'
import { type Decision, decided, each, newId, type World } from '../kernel/decision.js'
import { E, type Either } from '../kernel/fp.js'
import { days, type Instant } from '../kernel/instant.js'
import { type Metadata, newMetadata } from '../kernel/metadata.js'
import {
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
  resourceMissing,
} from '../kernel/rejection.js'
import type { MeterSlices } from '../metering/index.js'
import type { PaymentMethodSlices } from '../payments/index.js'
import type { SettingsSlices } from '../settings/index.js'
import { advancingRefusal, clockNow, type TestClockSlices } from '../test-clocks/index.js'
import { type AddInvoiceItem, type CreateSubscription, TRIAL_DAYS_MAX } from './params.js'
import { type Charge, chargesOf, cycleOf, firstPeriod, type Terms, uncutPeriod } from './periods.js'
import {
  amountRefusal,
  choiceOf,
  intervalsRefusal,
  legacyRefusal,
  oneTimePrice,
  oneTimePricing,
  quantityRefusal,
  recurringPrice,
  samePriceTwice,
} from './prices.js'
import {
  announcementOf,
  isMetered,
  isTerminal,
  recurrenceOf,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionSlices,
} from './subscription.js'

export type SubscriptionReads = SubscriptionSlices &
  CustomerSlices &
  PaymentMethodSlices &
  PriceSlices &
  ProductSlices &
  MeterSlices &
  TestClockSlices &
  SettingsSlices

/** Something for one time that the first invoice bills besides. */
export interface ExtraCharge {
  readonly price: PriceId
  readonly pricing: Pricing
  readonly quantity: number
  readonly period: Period
  readonly discountable: boolean
  readonly metadata: Metadata
}

export interface NewSubscription {
  /** Trialing or active, and not recorded yet. */
  readonly subscription: Subscription
  /** What the first invoice bills, in the order of the request's items. */
  readonly charges: readonly Charge[]
  readonly extra: readonly ExtraCharge[]
}

// What the parameters may be, before any price is looked at

const exclusive = (names: readonly string[]): Rejection => ({
  ...onlyOneOf(names),
  code: 'parameters_exclusive',
})

/** @remarks Source: docs.stripe.com/api/subscriptions/create. The texts without a code are observed. */
const exclusionRefusal = (params: CreateSubscription): Rejection | undefined => {
  const has = (name: keyof CreateSubscription): boolean => params[name] !== undefined
  if (params.trial_from_plan === true && (has('trial_end') || has('trial_period_days')))
    return invalidRequest(
      'You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`.',
    )
  const pairs = [
    ['trial_end', 'trial_period_days'],
    ['billing_cycle_anchor', 'billing_cycle_anchor_config'],
    ['backdate_start_date', 'billing_cycle_anchor_config'],
  ] as const
  const both = pairs.find((pair) => pair.every(has))
  if (both !== undefined) return exclusive(both)
  return has('cancel_at') && params.cancel_at_period_end === true
    ? exclusive(['cancel_at', 'cancel_at_period_end'])
    : undefined
}

/** @remarks That days are for send_invoice only is observed; the other text is like it. */
export const daysUntilDueRefusal = (
  collection_method: Subscription['collection_method'],
  days_until_due: number | null | undefined,
): Rejection | undefined => {
  const given = days_until_due !== undefined && days_until_due !== null
  if (collection_method !== 'send_invoice' && given)
    return invalidRequest(
      "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.",
    )
  return collection_method === 'send_invoice' && !given
    ? invalidRequest(
        "You must specify 'days_until_due' if invoice collection method is 'send_invoice'.",
      )
    : undefined
}

/** @remarks Observed for `trial_end`. */
export const notInFuture = (param: string, value: Instant): Rejection =>
  invalidRequest(
    `The parameter \`${param}\` expects a unix timestamp representing a date and time in the future. You specified the value \`${value}\` which is in the past.`,
    { param },
  )

/** @remarks Source: docs.stripe.com/billing/subscriptions/trials; the second text is ours. */
export const trialEndRefusal = (
  trial_end: Instant | 'now' | undefined,
  now: Instant,
): Rejection | undefined => {
  if (trial_end === undefined || trial_end === 'now') return undefined
  if (trial_end <= now) return notInFuture('trial_end', trial_end)
  return trial_end > now + days(TRIAL_DAYS_MAX)
    ? invalidRequest(`A trial can be at most ${TRIAL_DAYS_MAX} days long.`, { param: 'trial_end' })
    : undefined
}

const timesRefusal = (params: CreateSubscription, now: Instant): Rejection | undefined => {
  const { backdate_start_date: since, cancel_at } = params
  const trial = trialEndRefusal(params.trial_end, now)
  if (trial !== undefined) return trial
  if (since !== undefined && (since >= now || since < 0))
    return invalidRequest('The backdate_start_date must be in the past, and not before 1970.', {
      param: 'backdate_start_date',
    })
  return typeof cancel_at === 'number' && cancel_at <= now
    ? notInFuture('cancel_at', cancel_at)
    : undefined
}

/** @remarks That a creation has nothing to hold back is observed. */
const formRefusal = (params: CreateSubscription): Rejection | undefined => {
  if (params.payment_behavior === 'pending_if_incomplete')
    return invalidRequest(
      'Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a subscription.',
      { param: 'payment_behavior' },
    )
  return (
    exclusionRefusal(params) ??
    daysUntilDueRefusal(params.collection_method ?? 'charge_automatically', params.days_until_due)
  )
}

// What the customer may have

/** How many subscriptions a customer may have that have not ended. @remarks Source: docs.stripe.com/billing/subscriptions/overview. */
const SUBSCRIPTIONS_MAX = 500
/** The same on a test clock, in strict mode. @remarks Source: docs.stripe.com/billing/testing/test-clocks. */
const SUBSCRIPTIONS_ON_CLOCK_MAX = 3

const running = (world: World<SubscriptionSlices>, { id }: Customer): readonly Subscription[] =>
  [...world.subscriptions.by('customer', id)].filter(({ status }) => !isTerminal(status))

/** Why a customer may not have one subscription more. The text is ours. */
export const subscriptionCountRefusal = (
  world: World<SubscriptionSlices & SettingsSlices>,
  customer: Customer,
): Rejection | undefined => {
  const max =
    world.settings.strict && customer.test_clock !== null
      ? SUBSCRIPTIONS_ON_CLOCK_MAX
      : SUBSCRIPTIONS_MAX
  return world.subscriptions.slotsBy('customer', customer.id).size >= max &&
    running(world, customer).length >= max
    ? invalidRequest(
        `The customer ${customer.id} already has the maximum of ${max} subscriptions.`,
        {
          code: 'customer_max_subscriptions',
        },
      )
    : undefined
}

/** One customer's running subscriptions are in one currency. @remarks The text is known from the live API. */
const combinedCurrencies = (
  world: World<SubscriptionSlices>,
  customer: Customer,
  currency: Currency,
): Rejection | undefined => {
  const other = running(world, customer).find((subscription) => subscription.currency !== currency)
  return other === undefined
    ? undefined
    : invalidRequest(
        `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${other.currency}`,
      )
}

/** A method that is not the customer's own cannot be the default. @remarks The text is known from the live API. */
export const defaultMethodRefusal = (
  world: World<PaymentMethodSlices>,
  { id }: Customer,
  method: string | null | undefined,
): Rejection | undefined =>
  method === undefined || method === null || world.paymentMethods.get(method)?.customer === id
    ? undefined
    : invalidRequest(
        `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
        { code: 'resource_missing', param: 'default_payment_method' },
      )

// Prices, currency, cycle

type Entry = CreateSubscription['items'][number]

interface Chosen {
  readonly entry: Entry
  readonly price: Price
}

const pricesOf = (entries: readonly Entry[]): Decision<SubscriptionReads, readonly Chosen[]> =>
  each(
    [...entries.entries()],
    ([index, entry]): Decision<SubscriptionReads, Chosen> =>
      (world) => {
        const param = `items[${index}]`
        const done = recurringPrice(entry, param)(world)
        if (E.isLeft(done)) return done
        const { result: price } = done.right
        const refusal = quantityRefusal(price, entry.quantity, param)
        return refusal === undefined ? decided(done.right.world, { entry, price }) : E.left(refusal)
      },
  )

/** The currency that is asked for, the customer's where all prices know it, or the first price's own. */
const currencyOf = (
  asked: Currency | undefined,
  customer: Currency | null,
  prices: readonly Price[],
): Currency => {
  const knows = (currency: Currency): boolean =>
    prices.every((price) => pricingIn(price, currency) !== undefined)
  if (asked !== undefined) return asked
  return customer !== null && knows(customer) ? customer : (prices[0]?.currency ?? '')
}

const pricesRefusal = (
  chosen: readonly Chosen[],
  currency: Currency,
  mode: Terms['mode'],
): Rejection | undefined => {
  const seen = new Set<PriceId>()
  for (const { price } of chosen) {
    if (seen.has(price.id)) return samePriceTwice(price.id)
    seen.add(price.id)
  }
  for (const [index, { entry, price }] of chosen.entries()) {
    const param = `items[${index}]`
    const quantity = isMetered(price) ? null : (entry.quantity ?? 1)
    const refusal = amountRefusal(price, currency, quantity, param, `${param}[${choiceOf(entry)}]`)
    if (refusal !== undefined) return refusal
  }
  const prices = chosen.map(({ price }) => price)
  return legacyRefusal(prices, mode) ?? intervalsRefusal(prices.map(recurrenceOf), mode)
}

/** The one of them that comes round first. */
const shortestOf = (recurrences: readonly Recurrence[], from: Instant): Recurrence => {
  const next = (recurrence: Recurrence): Instant => boundary(anchorAt(from), recurrence, 1)
  return recurrences.reduce((least, other) => (next(other) < next(least) ? other : least))
}

const trialEndOf = (
  { trial_end, trial_period_days, trial_from_plan }: CreateSubscription,
  prices: readonly Price[],
  now: Instant,
): Instant | null => {
  if (typeof trial_end === 'number') return trial_end
  const longest = Math.max(0, ...prices.map((price) => price.recurring?.trial_period_days ?? 0))
  const length = trial_period_days ?? (trial_from_plan === true ? longest : 0)
  return length > 0 ? now + days(length) : null
}

/**
 * An anchor lies within the first natural period, or behind the trial.
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle; that it is too late is observed, the rest ours.
 */
const anchorRefusal = (
  { billing_cycle_anchor: at, billing_cycle_anchor_config: config }: CreateSubscription,
  shortest: Recurrence,
  trialEnd: Instant | null,
  now: Instant,
): Rejection | undefined => {
  if (at !== undefined) {
    const param = 'billing_cycle_anchor'
    if (trialEnd !== null)
      return at < trialEnd
        ? invalidRequest(`billing_cycle_anchor cannot be before the end of the trial`, { param })
        : undefined
    if (at < now) return notInFuture(param, at)
    const next = boundary(anchorAt(now), shortest, 1)
    return at > next
      ? invalidRequest(
          `billing_cycle_anchor cannot be later than next natural billing date (${next}) for plan`,
          { param },
        )
      : undefined
  }
  if (config === undefined) return undefined
  if (shortest.interval !== 'month' && shortest.interval !== 'year')
    return invalidRequest(
      'You can only specify `billing_cycle_anchor_config` for prices of months or years.',
      { param: 'billing_cycle_anchor_config' },
    )
  return config.month !== undefined &&
    shortest.interval === 'month' &&
    shortest.interval_count === 1
    ? invalidRequest(
        'You can only specify a month for prices that recur after several months or years.',
        { param: 'billing_cycle_anchor_config[month]' },
      )
    : undefined
}

/** Ticks for pending items come more often than invoices. @remarks Inferred, and the text ours. */
export const pendingIntervalRefusal = (
  interval: Recurrence | null,
  shortest: Recurrence,
  now: Instant,
): Rejection | undefined =>
  interval !== null && boundary(anchorAt(now), interval, 1) >= boundary(anchorAt(now), shortest, 1)
    ? invalidRequest(
        'The pending_invoice_item_interval must be shorter than the billing interval.',
        { param: 'pending_invoice_item_interval' },
      )
    : undefined

/**
 * When a cancellation that is asked for in words falls due: at an end of the items' first periods. Nothing is billed
 * beyond those, so the last of them is the last that is billed.
 */
const cancelAtOf = (
  { cancel_at, cancel_at_period_end }: CreateSubscription,
  ends: readonly Instant[],
): Instant | null => {
  if (typeof cancel_at === 'number') return cancel_at
  if (cancel_at === 'min_period_end' || cancel_at_period_end === true) return Math.min(...ends)
  return cancel_at === undefined ? null : Math.max(...ends)
}

/** The most lines of a backdated invoice. @remarks Source: docs.stripe.com/billing/subscriptions/billing-mode. */
const LINES_MAX = 250

/** Flexible unless said otherwise; classic where usage records are billed, as in the versions that have them. */
const modeOf = ({ billing_mode }: CreateSubscription, prices: readonly Price[]): Terms['mode'] =>
  billing_mode?.type ?? (prices.some(isLegacyMetered) ? 'classic' : 'flexible')

/** How a new subscription's time runs. */
const termsOf = (
  params: CreateSubscription,
  mode: Terms['mode'],
  recurrences: readonly Recurrence[],
  shortest: Recurrence,
  asked: Instant | null,
  now: Instant,
): Terms => {
  const { cancel_at } = params
  // A cancellation at a time cuts a classic trial; one in words is at an end that the uncut trial has set.
  const trialEnd =
    mode === 'classic' && asked !== null && typeof cancel_at === 'number'
      ? Math.min(asked, cancel_at)
      : asked
  const began = { now, start: params.backdate_start_date ?? now, trialEnd, mode }
  const cycle = cycleOf(
    began,
    { at: params.billing_cycle_anchor, config: params.billing_cycle_anchor_config },
    shortest,
  )
  const ends = recurrences.map((recurrence) => uncutPeriod({ ...began, ...cycle }, recurrence).end)
  return {
    ...began,
    ...cycle,
    cancelAt: cancelAtOf(params, ends),
    prorates: params.proration_behavior !== 'none',
  }
}

// Items of the first invoice besides

const extraPeriod = (
  { period }: AddInvoiceItem,
  items: readonly SubscriptionItem[],
  now: Instant,
): Period => {
  const from = Math.max(...items.map(({ current_period_start }) => current_period_start))
  const until = Math.min(...items.map(({ current_period_end }) => current_period_end))
  const { start, end } = period ?? {}
  return {
    start: start?.type === 'timestamp' ? start.timestamp : start?.type === 'now' ? now : from,
    end: end?.type === 'timestamp' ? end.timestamp : until,
  }
}

/** What else an invoice of the subscription is to bill; inline prices come about in the order of the request. */
export const extraCharges = (
  added: readonly AddInvoiceItem[],
  currency: Currency,
  items: readonly SubscriptionItem[],
  now: Instant,
): Decision<SubscriptionReads, readonly ExtraCharge[]> =>
  each(
    [...added.entries()],
    ([index, item]): Decision<SubscriptionReads, ExtraCharge> =>
      (world) => {
        const param = `add_invoice_items[${index}]`
        const done = oneTimePrice(item, param)(world)
        if (E.isLeft(done)) return done
        const { result: price } = done.right
        const quantity = item.quantity ?? 1
        const named = `${param}[${choiceOf(item)}]`
        const pricing = oneTimePricing(price, currency, quantity, param, named)
        if (E.isLeft(pricing)) return pricing
        const period = extraPeriod(item, items, now)
        if (period.end < period.start)
          return E.left(
            invalidRequest('The period must not end before it starts.', {
              param: `${param}[period]`,
            }),
          )
        return decided(done.right.world, {
          price: price.id,
          pricing: pricing.right,
          quantity,
          period,
          discountable: item.discountable ?? true,
          metadata: newMetadata(item.metadata),
        })
      },
  )

// The decision

/** The customer that a creation names, if she may have one more. */
const subscriber = (
  world: World<SubscriptionReads>,
  params: CreateSubscription,
): Either<Rejection, Customer> => {
  const customer = world.customers.get(params.customer)
  if (customer === undefined)
    return E.left(resourceMissing('customer', params.customer, 'customer'))
  const refusal =
    advancingRefusal(world, customer.test_clock) ??
    formRefusal(params) ??
    timesRefusal(params, clockNow(world, customer.test_clock)) ??
    (params.items.length === 0 ? parameterMissing('items') : undefined)
  return refusal === undefined ? E.right(customer) : E.left(refusal)
}

const configRow = (
  config: CreateSubscription['billing_cycle_anchor_config'],
): Subscription['billing_cycle_anchor_config'] =>
  config === undefined
    ? null
    : {
        day_of_month: config.day_of_month,
        hour: config.hour ?? null,
        minute: config.minute ?? null,
        month: config.month ?? null,
        second: config.second ?? null,
      }

const intervalOf = (
  given: CreateSubscription['pending_invoice_item_interval'],
): Recurrence | null =>
  given === undefined || given === null
    ? null
    : { interval: given.interval, interval_count: given.interval_count ?? 1 }

/** The row of a creation whose checks have passed. */
const rowOf = (
  world: World<SubscriptionReads>,
  params: CreateSubscription,
  customer: Customer,
  terms: Terms,
  currency: Currency,
  items: readonly SubscriptionItem[],
): Subscription => {
  const { now, trialEnd, anchor, cancelAt, mode } = terms
  const { invoice_settings = {}, payment_settings = {} } = params
  const end = params.trial_settings?.end_behavior
  const interval = intervalOf(params.pending_invoice_item_interval)
  const status = trialEnd === null ? 'active' : 'trialing'
  return {
    id: newId(world, 'sub_', 24),
    billing_cycle_anchor: anchor.at,
    anchor_day: anchor.day,
    billing_cycle_anchor_config: configRow(params.billing_cycle_anchor_config),
    billing_mode: mode,
    billing_mode_updated_at: mode === 'flexible' ? now : null,
    cancel_at: cancelAt,
    cancel_at_period_end: params.cancel_at_period_end ?? false,
    canceled_at: cancelAt === null ? null : now,
    cancellation_details: {
      comment: null,
      feedback: null,
      reason: cancelAt === null ? null : 'cancellation_requested',
    },
    collection_method: params.collection_method ?? 'charge_automatically',
    created: now,
    currency,
    customer: customer.id,
    days_until_due: params.days_until_due ?? null,
    default_payment_method: params.default_payment_method ?? null,
    description: params.description ?? null,
    ended_at: null,
    incomplete_expires_at: null,
    invoice_settings: {
      custom_fields: invoice_settings.custom_fields ?? null,
      description: invoice_settings.description ?? null,
      footer: invoice_settings.footer ?? null,
    },
    items,
    latest_invoice: null,
    metadata: newMetadata(params.metadata),
    pause_collection: null,
    paused: null,
    payment_settings: {
      payment_method_types: payment_settings.payment_method_types ?? null,
      save_default_payment_method: payment_settings.save_default_payment_method ?? 'off',
    },
    pending_invoice_item_interval: interval,
    pending_interval_anchor: interval === null ? null : now,
    next_pending_invoice_item_invoice:
      interval === null ? null : boundary(anchorAt(now), interval, 1),
    pending_setup_intent: null,
    start_date: terms.start,
    status,
    test_clock: customer.test_clock,
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : now,
    missing_payment_method: end?.missing_payment_method ?? 'create_invoice',
    trial_anchor: end?.billing_cycle_anchor ?? 'now',
    trial_warned: false,
    upcoming_at: announcementOf(
      { items, status, cancel_at: cancelAt },
      now,
      world.settings.upcoming.days,
    ),
  }
}

/**
 * Checks a creation and answers the subscription that it makes, with what its first invoice bills. Records nothing but
 * the prices that the request brings along. Whether the customer can pay is for the story to say.
 * @remarks Source: docs.stripe.com/api/subscriptions/create. The order of the checks is the README's.
 */
export const newSubscription =
  (params: CreateSubscription): Decision<SubscriptionReads, NewSubscription> =>
  (start) => {
    const found = subscriber(start, params)
    if (E.isLeft(found)) return found
    const customer = found.right
    const now = clockNow(start, customer.test_clock)

    const resolved = pricesOf(params.items)(start)
    if (E.isLeft(resolved)) return resolved
    const { result: chosen } = resolved.right
    const prices = chosen.map(({ price }) => price)
    const currency = currencyOf(params.currency, customer.currency, prices)
    const mode = modeOf(params, prices)
    const refused = pricesRefusal(chosen, currency, mode)
    if (refused !== undefined) return E.left(refused)

    const recurrences = prices.map(recurrenceOf)
    const shortest = shortestOf(recurrences, now)
    const asked = trialEndOf(params, prices, now)
    const wrong =
      anchorRefusal(params, shortest, asked, now) ??
      pendingIntervalRefusal(intervalOf(params.pending_invoice_item_interval), shortest, now) ??
      defaultMethodRefusal(start, customer, params.default_payment_method) ??
      combinedCurrencies(start, customer, currency) ??
      subscriptionCountRefusal(start, customer)
    if (wrong !== undefined) return E.left(wrong)

    const terms = termsOf(params, mode, recurrences, shortest, asked, now)
    const items = chosen.map(({ entry, price }, nth): SubscriptionItem => {
      const period = firstPeriod(terms, recurrenceOf(price))
      return {
        id: newId(resolved.right.world, 'si_', 14, nth),
        created: now,
        metadata: newMetadata(entry.metadata),
        price: price.id,
        quantity: isMetered(price) ? null : (entry.quantity ?? 1),
        current_period_start: period.start,
        current_period_end: period.end,
        usage_from: terms.trialEnd ?? period.start,
      }
    })
    const charges = items.flatMap((item, nth) =>
      chargesOf(terms, item, recurrences[nth] as Recurrence),
    )
    if (charges.length > LINES_MAX)
      return E.left(
        invalidRequest(`An invoice can have at most ${LINES_MAX} lines.`, {
          param: 'backdate_start_date',
        }),
      )
    const added = extraCharges(
      params.add_invoice_items ?? [],
      currency,
      items,
      now,
    )(resolved.right.world)
    if (E.isLeft(added)) return added
    const { world, result: extra } = added.right
    return decided(world, {
      subscription: rowOf(world, params, customer, terms, currency, items),
      charges,
      extra,
    })
  }
