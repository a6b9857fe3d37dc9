/** What the families that bill add to the kit: arbitraries of prices, cards, subscriptions and invoices, and the steps. */
import fc from 'fast-check'
import type { Command, CommandOf, Invoice, Price, Subscription, World } from '../index.js'
import { places } from './arbitraries.js'
import * as billing from './billing-laws.js'
import {
  customerIdAt,
  type FamilyKit,
  fittingAt,
  meterIdAt,
  nowOf,
  rowAt,
  stepKind,
} from './kit.js'

const DAY = 86_400

const always = () => true

// Prices

const amounts = fc.integer({ min: 0, max: 5_000 })

/** How often a price recurs: mostly every month, so that steps of days bring renewals about. */
export const recurrences = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ interval: 'month' as const }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { interval: 'week' as const },
      { interval: 'year' as const },
      { interval: 'month' as const, interval_count: 3 },
      { interval: 'week' as const, interval_count: 2 },
    ),
  },
)

/** A price list's entry before it is known which meters there are. Amounts are minor units. */
export interface PriceForm {
  readonly scheme: 'unit' | 'decimal' | 'package' | 'graduated' | 'volume'
  readonly amount: number
  /** The end of the first tier, or how many units a package holds. */
  readonly size: number
  /** A flat amount of the first tier. */
  readonly flat: number | null
  /** `null`: for one time. */
  readonly recurring: {
    readonly interval: 'day' | 'week' | 'month' | 'year'
    readonly interval_count?: number
  } | null
  /** The place of the meter that a recurring price bills; `null` is licensed. */
  readonly meter: number | null
  /** How usage records add up, where a recurring price bills those instead; absent or `null` is not at all. */
  readonly aggregate?: 'sum' | 'max' | 'last_during_period' | 'last_ever' | null
}

export const priceForms: fc.Arbitrary<PriceForm> = fc.record({
  scheme: fc.constantFrom('unit', 'unit', 'decimal', 'package', 'graduated', 'volume'),
  amount: amounts,
  size: fc.integer({ min: 1, max: 20 }),
  flat: fc.option(amounts),
  recurring: fc.option(recurrences, { freq: 6 }),
  meter: fc.option(places, { freq: 1 }),
  aggregate: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('sum', 'max', 'last_during_period', 'last_ever'),
    },
  ),
})

/** How often a form's price recurs, and what it counts. */
const recurringIn = (world: World, { recurring, meter, aggregate }: PriceForm): object => {
  if (recurring === null) return {}
  const usage_type = 'metered' as const
  if (aggregate !== undefined && aggregate !== null)
    return { recurring: { ...recurring, usage_type, aggregate_usage: aggregate } }
  return {
    recurring:
      meter === null ? recurring : { ...recurring, usage_type, meter: meterIdAt(world, meter) },
  }
}

/** The parameters of `CreatePrice` that a form stands for in a world, but for product and currency. */
export const priceIn = (world: World, form: PriceForm): object => {
  const { scheme, amount, size, flat } = form
  const often = recurringIn(world, form)
  switch (scheme) {
    case 'unit':
      return { ...often, unit_amount: amount }
    case 'decimal':
      return { ...often, unit_amount_decimal: `${amount % 100}.${String(amount).padStart(4, '0')}` }
    case 'package':
      return {
        ...often,
        unit_amount: amount,
        transform_quantity: { divide_by: size, round: amount % 2 === 0 ? 'up' : 'down' },
      }
    default:
      return {
        ...often,
        billing_scheme: 'tiered',
        tiers_mode: scheme,
        tiers: [
          { up_to: size, unit_amount: amount, ...(flat === null ? {} : { flat_amount: flat }) },
          { up_to: size + 5, unit_amount_decimal: `${amount % 10}.5` },
          { up_to: null, unit_amount: amount >> 1 },
        ],
      }
  }
}

/** The ids of the prices that recur, or of those that do not, oldest first. */
const pricesOf = (world: World, recurs: boolean): readonly Price[] =>
  [...world.prices].filter(({ recurring }) => (recurring !== null) === recurs)

const recurringAt = (world: World, place: number): Price | undefined => {
  const prices = pricesOf(world, true)
  return place < 0 ? undefined : prices[place % Math.max(1, prices.length)]
}

// Cards

/** Names of test cards: mostly such that work, and such that fail when they are charged, or ask. */
export const cardNames = fc.constantFrom(
  'visa',
  'visa',
  'visa',
  'mastercard',
  'chargeCustomerFail',
  'visa_chargeCustomerFailLostCard',
  'authenticationRequired',
  'authenticationRequiredOnSetup',
  'authenticationRequiredSetupForOffSession',
  'refundFail',
)

/** How a card meets one attempt after the other. */
export const cardScripts: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('succeed', 'action', 'decline:insufficient_funds', 'decline:lost_card'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((words) => words.join(','))

// Subscriptions

interface Entry {
  readonly price: number
  readonly quantity: number
}

const entries: fc.Arbitrary<Entry> = fc.record({
  price: places,
  quantity: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(25)),
})

const itemsIn = (world: World, given: readonly Entry[]): readonly object[] => {
  const items = new Map<string, object>()
  for (const { price: place, quantity } of given) {
    const price = recurringAt(world, place)
    const isMetered = price?.recurring?.usage_type === 'metered'
    const id = price?.id ?? 'price_none_yet'
    items.set(id, { price: id, ...(isMetered ? {} : { quantity }) })
  }
  return [...items.values()]
}

/** A sum for one time that goes along with an invoice of a subscription. */
const extras = fc.record({ amount: amounts, quantity: fc.integer({ min: 1, max: 3 }) })

const extraIn = (
  world: World,
  { amount, quantity }: { readonly amount: number; readonly quantity: number },
): object => {
  const price = pricesOf(world, false).find(({ currency }) => currency === 'usd')
  return {
    quantity,
    ...(price === undefined || amount % 2 === 0
      ? {
          price_data: {
            currency: 'usd',
            product: world.products.at(0)?.id ?? 'prod_none_yet',
            unit_amount: amount,
          },
        }
      : { price: price.id }),
  }
}

const collections = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 5, 30)
      .map((days_until_due) => ({ collection_method: 'send_invoice' as const, days_until_due })),
  },
)

const pendingIntervals = fc.constantFrom(
  { interval: 'day' as const, interval_count: 10 },
  { interval: 'week' as const },
)

const behaviors = fc.constantFrom(
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
)

const endings = fc.record(
  {
    billing_cycle_anchor: fc.constantFrom('now', 'unchanged'),
    missing_payment_method: fc.constantFrom('cancel', 'create_invoice', 'pause'),
  },
  { requiredKeys: [] },
)

/** What of a creation and of an update is the same whatever the world. */
const plainFields = {
  payment_behavior: behaviors,
  proration_behavior: fc.constantFrom('none', 'create_prorations', 'always_invoice'),
  off_session: fc.boolean(),
  pending_invoice_item_interval: pendingIntervals,
  trial_settings: endings.map((end_behavior) => ({ end_behavior })),
  payment_settings: fc
    .constantFrom('off', 'on_subscription')
    .map((save_default_payment_method) => ({ save_default_payment_method })),
  metadata: fc.constantFrom({ a: '1' }, { a: '', b: '2' }),
}

/** How the cycle of a new subscription stands, in seconds from now: mostly by itself, then in each way that there is. */
const cycles = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'plain' as const, seconds: 0 }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('trial', 'trial end', 'anchor', 'config', 'backdated', 'both'),
      seconds: fc.oneof(
        fc.integer({ min: 1, max: 40 }).map((days) => days * DAY),
        fc.integer({ min: 1, max: 60 * DAY }),
      ),
    }),
  },
)

const cycleIn = (
  now: number,
  { kind, seconds }: { readonly kind: string; readonly seconds: number },
): object => {
  switch (kind) {
    case 'trial':
      return { trial_period_days: Math.ceil(seconds / DAY) }
    case 'trial end':
      return { trial_end: now + seconds }
    case 'anchor':
      return { billing_cycle_anchor: now + (seconds % (28 * DAY)) }
    case 'config':
      return { billing_cycle_anchor_config: { day_of_month: (seconds % 31) + 1 } }
    case 'backdated':
      return { backdate_start_date: now - seconds }
    case 'both':
      return {
        backdate_start_date: now - seconds,
        billing_cycle_anchor: now + ((seconds * 7) % (28 * DAY)),
      }
    default:
      return {}
  }
}

/** When a subscription is to end: `null` is never, a number is in so many days. */
const ends = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'period' as const,
      'min_period_end' as const,
      'max_period_end' as const,
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 80 }) },
)

const endIn = (now: number, end: string | number | null): object => {
  if (end === null) return {}
  if (end === 'period') return { cancel_at_period_end: true }
  return { cancel_at: typeof end === 'number' ? now + end * DAY : end }
}

/** A creation before it is known which customers and prices there are. */
export const subscriptionSketches = fc.record({
  customer: places,
  items: fc.array(entries, { minLength: 1, maxLength: 3 }),
  cycle: cycles,
  ends,
  collection: collections,
  classic: fc.constantFrom(false, false, true),
  extra: fc.option(extras, { freq: 1 }),
  plain: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.record(plainFields, { requiredKeys: [] }) },
  ),
})

export type SubscriptionSketch =
  typeof subscriptionSketches extends fc.Arbitrary<infer S> ? S : never

/** The parameters of `CreateSubscription` that a sketch stands for in a world. */
export const subscriptionIn = (
  world: World,
  sketch: SubscriptionSketch,
): CommandOf<'CreateSubscription'>['params'] => {
  const customer = customerIdAt(world, sketch.customer)
  const now = nowOf(world, customer)
  return {
    customer,
    items: itemsIn(world, sketch.items),
    ...cycleIn(now, sketch.cycle),
    ...endIn(now, sketch.ends),
    ...sketch.collection,
    ...(sketch.classic ? { billing_mode: { type: 'classic' } } : {}),
    ...(sketch.extra === null ? {} : { add_invoice_items: [extraIn(world, sketch.extra)] }),
    ...sketch.plain,
  } as CommandOf<'CreateSubscription'>['params']
}

const subscriptionAt = (world: World, place: number): Subscription | undefined =>
  rowAt(world.subscriptions, place)

const subscriptionIdAt = (world: World, place: number): string =>
  subscriptionAt(world, place)?.id ?? 'sub_none_yet'

/** A change of a subscription before it is known which there are. */
const changes = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('quantity'), by: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add'), by: places }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('price'), by: places }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('trial'), by: fc.integer({ min: -1, max: 40 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'end',
        'go on',
        'trial now',
        'pause',
        'collect',
        'send',
        'charge',
        'anchor',
        'extra',
        'metadata',
        'method',
        'pending',
      ),
      by: fc.nat({ max: 40 }),
    }),
  },
)

const PAUSES = ['keep_as_draft', 'mark_uncollectible', 'void'] as const

const changeIn = (
  world: World,
  subscription: Subscription | undefined,
  { kind, by }: { readonly kind: string; readonly by: number },
): object => {
  const now = subscription === undefined ? world.now : nowOf(world, subscription.customer)
  const item = subscription?.items[Math.max(0, by) % (subscription.items.length || 1)]
  const none = { proration_behavior: by === 9 ? 'create_prorations' : 'none' }
  switch (kind) {
    case 'quantity':
      return { items: [{ id: item?.id ?? 'si_none', quantity: by }], ...none }
    case 'add':
      return { items: itemsIn(world, [{ price: by, quantity: 1 }]), ...none }
    case 'price':
      return {
        items: [{ id: item?.id ?? 'si_none', price: recurringAt(world, by)?.id ?? 'price_none' }],
        ...none,
      }
    case 'trial':
      return { trial_end: now + by * DAY, proration_behavior: 'none' }
    case 'trial now':
      return { trial_end: 'now', proration_behavior: 'none' }
    case 'end':
      return by % 2 === 0 ? { cancel_at_period_end: true } : { cancel_at: now + by * DAY }
    case 'go on':
      return { cancel_at_period_end: false }
    case 'pause':
      return {
        pause_collection: {
          behavior: PAUSES[by % 3],
          ...(by % 2 === 0 ? { resumes_at: now + (by + 1) * DAY } : {}),
        },
      }
    case 'collect':
      return { pause_collection: '' }
    case 'send':
      return { collection_method: 'send_invoice', days_until_due: by }
    case 'charge':
      return { collection_method: 'charge_automatically' }
    case 'anchor':
      return { billing_cycle_anchor: 'now', proration_behavior: 'none' }
    case 'extra':
      return { add_invoice_items: [extraIn(world, { amount: by * 10, quantity: 1 })] }
    case 'method':
      return { default_payment_method: rowAt(world.paymentMethods, by)?.id ?? 'pm_none_yet' }
    case 'pending':
      return { pending_invoice_item_interval: by % 2 === 0 ? { interval: 'week' } : '' }
    default:
      return { metadata: { by: String(by) } }
  }
}

/** Mostly of those that are not alone on their subscription. */
const itemIdAt = (world: World, place: number): string =>
  fittingAt(
    world.subscriptionItems,
    place,
    ({ subscription }) => world.subscriptions.need(subscription).items.length > 1,
  )?.id ?? 'si_none_yet'

const ofSubscription = (type: string) =>
  stepKind({
    given: places,
    command: (place, world) => ({ type, id: subscriptionIdAt(world, place) }) as Command,
    weight: 1,
    isIdempotent: always, // A clock has done it before anybody else could ask.
  })

export const subscriptionsKit: FamilyKit = {
  name: 'subscriptions',
  steps: {
    CreateSubscription: stepKind({
      given: subscriptionSketches,
      command: (sketch, world) => ({
        type: 'CreateSubscription',
        params: subscriptionIn(world, sketch),
      }),
      weight: 8,
    }),
    UpdateSubscription: stepKind({
      given: fc.record({ subscription: places, change: changes }),
      command: ({ subscription, change }, world) => ({
        type: 'UpdateSubscription',
        id: subscriptionIdAt(world, subscription),
        params: changeIn(world, subscriptionAt(world, subscription), change),
      }),
      weight: 8,
    }),
    CancelSubscription: stepKind({
      given: fc.record({ subscription: places, invoice_now: fc.boolean() }),
      command: ({ subscription, invoice_now }, world) => ({
        type: 'CancelSubscription',
        id: subscriptionIdAt(world, subscription),
        params: { invoice_now },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    CreateSubscriptionItem: stepKind({
      given: fc.record({ subscription: places, entry: entries }),
      command: ({ subscription, entry }, world) => ({
        type: 'CreateSubscriptionItem',
        params: {
          subscription: subscriptionIdAt(world, subscription),
          ...itemsIn(world, [entry])[0],
          proration_behavior: 'none',
        },
      }),
      weight: 2,
    }),
    UpdateSubscriptionItem: stepKind({
      given: fc.record({ item: places, quantity: fc.nat({ max: 9 }) }),
      command: ({ item, quantity }, world) => ({
        type: 'UpdateSubscriptionItem',
        id: itemIdAt(world, item),
        params: { quantity, proration_behavior: 'none' },
      }),
      weight: 2,
      isIdempotent: always,
    }),
    DeleteSubscriptionItem: stepKind({
      given: places,
      command: (place, world) => ({
        type: 'DeleteSubscriptionItem',
        id: itemIdAt(world, place),
        params: { clear_usage: place % 3 !== 0, proration_behavior: 'none' },
      }),
      weight: 2,
    }),
    RenewSubscription: ofSubscription('RenewSubscription'),
    EndTrial: ofSubscription('EndTrial'),
    EndSubscription: ofSubscription('EndSubscription'),
    ExpireSubscription: ofSubscription('ExpireSubscription'),
    ResumeCollection: ofSubscription('ResumeCollection'),
    InvoicePendingItems: ofSubscription('InvoicePendingItems'),
    WarnOfTrialEnd: ofSubscription('WarnOfTrialEnd'),
    AnnounceInvoice: ofSubscription('AnnounceInvoice'),
  },
  laws: billing.ofSubscriptions,
}

// Invoices

const isDraft = ({ status }: Invoice): boolean => status === 'draft'
const isPayable = ({ status }: Invoice): boolean => status === 'open' || status === 'uncollectible'
const isSent = ({ status, collection_method }: Invoice): boolean =>
  collection_method === 'send_invoice' && (status === 'draft' || status === 'open')
const isAny = (): boolean => true

type Fits = (invoice: Invoice) => boolean

const invoiceAt = (world: World, place: number, fits: Fits): Invoice | undefined =>
  fittingAt(world.invoices, place, fits)

const invoiceIdAt = (world: World, place: number, fits: Fits): string =>
  invoiceAt(world, place, fits)?.id ?? 'in_none_yet'

const invoiceItemIdAt = (world: World, place: number): string =>
  rowAt(world.invoiceItems, place)?.id ?? 'ii_none_yet'

/** What an item may come to, in minor units: a charge, a credit, nothing. */
const itemAmounts = fc.integer({ min: -1_500, max: 3_000 })

/** The id of a line of a draft, mostly of one that shows an invoice item. */
const lineAt = (world: World, invoice: number, place: number): string => {
  const lines = invoiceAt(world, invoice, isDraft)?.lines ?? []
  const own = lines.filter(({ invoice_item }) => invoice_item !== null)
  return (place % 3 === 0 ? lines[0] : own[place % Math.max(1, own.length)])?.id ?? 'il_none_yet'
}

const ofInvoice = (type: string, fits: Fits = isAny, weight = 1, isOnce = true) =>
  stepKind({
    given: places,
    command: (place, world) => ({ type, id: invoiceIdAt(world, place, fits) }) as Command,
    weight,
    ...(isOnce ? { isIdempotent: always } : {}),
  })

export const invoicingKit: FamilyKit = {
  name: 'invoicing',
  steps: {
    CreateInvoiceItem: stepKind({
      given: fc.record({
        customer: places,
        amount: itemAmounts,
        on: fc.oneof(
          { weight: 4, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: fc.record({ invoice: places }) },
          { weight: 1, arbitrary: fc.record({ subscription: places }) },
        ),
      }),
      command: ({ customer, amount, on }, world) => {
        const invoice =
          on !== null && 'invoice' in on ? invoiceAt(world, on.invoice, isDraft) : undefined
        const subscription =
          on !== null && 'subscription' in on ? subscriptionAt(world, on.subscription) : undefined
        return {
          type: 'CreateInvoiceItem',
          params: {
            customer: (invoice ?? subscription)?.customer ?? customerIdAt(world, customer),
            amount,
            ...(invoice === undefined ? {} : { invoice: invoice.id }),
            ...(subscription === undefined ? {} : { subscription: subscription.id }),
          },
        }
      },
    }),
    UpdateInvoiceItem: stepKind({
      given: fc.record({ item: places, amount: itemAmounts }),
      command: ({ item, amount }, world) => ({
        type: 'UpdateInvoiceItem',
        id: invoiceItemIdAt(world, item),
        params: { amount },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    DeleteInvoiceItem: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeleteInvoiceItem', id: invoiceItemIdAt(world, place) }),
      weight: 1,
    }),
    CreateInvoice: stepKind({
      given: fc.record({
        customer: places,
        auto_advance: fc.boolean(),
        pending_invoice_items_behavior: fc.constantFrom('include', 'include', 'exclude'),
        collection: collections,
      }),
      command: ({ customer, collection, ...params }, world) => ({
        type: 'CreateInvoice',
        params: { customer: customerIdAt(world, customer), ...params, ...collection },
      }),
    }),
    UpdateInvoice: stepKind({
      given: fc.record({
        invoice: places,
        params: fc.record(
          {
            auto_advance: fc.boolean(),
            description: fc.constantFrom('', 'one'),
            metadata: fc.constantFrom({ a: '1' }, { a: '' }),
          },
          { requiredKeys: [] },
        ),
      }),
      command: ({ invoice, params }, world) => ({
        type: 'UpdateInvoice',
        id: invoiceIdAt(world, invoice, isDraft),
        params,
      }),
      weight: 2,
    }),
    DeleteInvoice: ofInvoice('DeleteInvoice', isDraft, 1, false),
    AddInvoiceLines: stepKind({
      given: fc.record({ invoice: places, amounts: fc.array(itemAmounts, { maxLength: 3 }) }),
      command: ({ invoice, amounts: all }, world) => ({
        type: 'AddInvoiceLines',
        id: invoiceIdAt(world, invoice, isDraft),
        params: { lines: all.map((amount) => ({ amount, description: 'added' })) },
      }),
      weight: 1,
    }),
    UpdateInvoiceLines: stepKind({
      given: fc.record({ invoice: places, line: places, amount: itemAmounts }),
      command: ({ invoice, line, amount }, world) => ({
        type: 'UpdateInvoiceLines',
        id: invoiceIdAt(world, invoice, isDraft),
        params: { lines: [{ id: lineAt(world, invoice, line), amount }] },
      }),
      weight: 1,
    }),
    UpdateInvoiceLine: stepKind({
      given: fc.record({ invoice: places, line: places, amount: itemAmounts }),
      command: ({ invoice, line, amount }, world) => ({
        type: 'UpdateInvoiceLine',
        id: invoiceIdAt(world, invoice, isDraft),
        params: { line: lineAt(world, invoice, line), amount },
      }),
      weight: 1,
    }),
    RemoveInvoiceLines: stepKind({
      given: fc.record({
        invoice: places,
        line: places,
        behavior: fc.constantFrom('delete', 'unassign'),
      }),
      command: ({ invoice, line, behavior }, world) => ({
        type: 'RemoveInvoiceLines',
        id: invoiceIdAt(world, invoice, isDraft),
        params: { lines: [{ id: lineAt(world, invoice, line), behavior }] },
      }),
      weight: 1,
    }),
    FinalizeInvoice: stepKind({
      given: fc.record({ invoice: places, auto_advance: fc.boolean() }),
      command: ({ invoice, auto_advance }, world) => ({
        type: 'FinalizeInvoice',
        id: invoiceIdAt(world, invoice, isDraft),
        params: { auto_advance },
      }),
      weight: 2,
      isIdempotent: always,
    }),
    PayInvoice: stepKind({
      given: fc.record({
        invoice: places,
        params: fc.record(
          { paid_out_of_band: fc.boolean(), off_session: fc.boolean() },
          { requiredKeys: [] },
        ),
        method: fc.option(places, { freq: 1 }),
      }),
      command: ({ invoice, params, method }, world) => ({
        type: 'PayInvoice',
        id: invoiceIdAt(world, invoice, isPayable),
        params: {
          ...params,
          ...(method === null
            ? {}
            : { payment_method: rowAt(world.paymentMethods, method)?.id ?? 'pm_none_yet' }),
        },
      }),
      weight: 3,
    }),
    SendInvoice: ofInvoice('SendInvoice', isSent, 2, false),
    VoidInvoice: ofInvoice('VoidInvoice', isPayable),
    MarkInvoiceUncollectible: ofInvoice('MarkInvoiceUncollectible', isPayable),
    AutoFinalizeInvoice: ofInvoice('AutoFinalizeInvoice', isDraft, 2),
    RetryInvoice: ofInvoice('RetryInvoice'),
    PassInvoiceDueDate: ofInvoice('PassInvoiceDueDate'),
    RemindOfInvoice: ofInvoice('RemindOfInvoice'),
    EndUnpaidInvoice: ofInvoice('EndUnpaidInvoice'),
  },
  laws: billing.ofInvoices,
}

// Payments of invoices, refunds and setups

/** Mostly of those that wait for something. */
const intentIdAt = (world: World, place: number): string =>
  fittingAt(
    world.paymentIntents,
    place,
    ({ status }) => status !== 'succeeded' && status !== 'canceled',
  )?.id ?? 'pi_none_yet'

const chargeIdAt = (world: World, place: number): string =>
  rowAt(world.charges, place)?.id ?? 'ch_none_yet'

/** Charges of the rare card whose refunds fail. */
const isHardToRefund =
  (world: World) =>
  ({ payment_method }: { readonly payment_method: string }): boolean =>
    world.paymentMethods.get(payment_method)?.card === 'refundFail'

const setupIdAt = (world: World, place: number): string =>
  fittingAt(world.setupIntents, place, ({ status }) => status === 'requires_action')?.id ??
  'seti_none_yet'

const outcomes = fc.constantFrom('succeed', 'succeed', 'fail')

/** Steps of the family of payments beside those of the cards. */
export const paymentSteps: FamilyKit['steps'] = {
  UpdatePaymentIntent: stepKind({
    given: fc.record({ intent: places, description: fc.constantFrom('', 'one') }),
    command: ({ intent, description }, world) => ({
      type: 'UpdatePaymentIntent',
      id: intentIdAt(world, intent),
      params: { description },
    }),
    weight: 1,
    isIdempotent: always,
  }),
  CancelPaymentIntent: stepKind({
    given: places,
    command: (place, world) => ({ type: 'CancelPaymentIntent', id: intentIdAt(world, place) }),
    weight: 1,
    isIdempotent: always,
  }),
  ConfirmPaymentIntent: stepKind({
    given: fc.record({ intent: places, off_session: fc.boolean() }),
    command: ({ intent, off_session }, world) => ({
      type: 'ConfirmPaymentIntent',
      id: intentIdAt(world, intent),
      params: { off_session },
    }),
    weight: 2,
  }),
  AuthenticatePaymentIntent: stepKind({
    given: fc.record({ intent: places, outcome: outcomes }),
    command: ({ intent, outcome }, world) => ({
      type: 'AuthenticatePaymentIntent',
      id: intentIdAt(world, intent),
      params: { outcome },
    }),
    weight: 2,
  }),
  UpdateCharge: stepKind({
    given: fc.record({ charge: places, description: fc.constantFrom('', 'one') }),
    command: ({ charge, description }, world) => ({
      type: 'UpdateCharge',
      id: chargeIdAt(world, charge),
      params: { description },
    }),
    weight: 1,
    isIdempotent: always,
  }),
  CreateRefund: stepKind({
    given: fc.record({ charge: places, amount: fc.option(fc.integer({ min: 1, max: 2_000 })) }),
    command: ({ charge, amount }, world) => ({
      type: 'CreateRefund',
      params: {
        charge: fittingAt(world.charges, charge, isHardToRefund(world))?.id ?? 'ch_none_yet',
        ...(amount === null ? {} : { amount }),
      },
    }),
    weight: 2,
  }),
  UpdateRefund: stepKind({
    given: fc.record({ refund: places, a: fc.constantFrom('', '1') }),
    command: ({ refund, a }, world) => ({
      type: 'UpdateRefund',
      id: rowAt(world.refunds, refund)?.id ?? 're_none_yet',
      params: { metadata: { a } },
    }),
    weight: 1,
    isIdempotent: always,
  }),
  CreateSetupIntent: stepKind({
    given: fc.record({ customer: places, method: fc.option(places) }),
    command: ({ customer, method }, world) => {
      const card = method === null ? undefined : rowAt(world.paymentMethods, method)
      return {
        type: 'CreateSetupIntent',
        params: {
          customer: card?.customer ?? customerIdAt(world, customer),
          ...(card === undefined ? {} : { payment_method: card.id }),
        },
      }
    },
    weight: 2,
  }),
  UpdateSetupIntent: stepKind({
    given: fc.record({ setup: places, description: fc.constantFrom('', 'one') }),
    command: ({ setup, description }, world) => ({
      type: 'UpdateSetupIntent',
      id: setupIdAt(world, setup),
      params: { description },
    }),
    weight: 1,
    isIdempotent: always,
  }),
  ConfirmSetupIntent: stepKind({
    given: fc.record({ setup: places, method: fc.option(places) }),
    command: ({ setup, method }, world) => ({
      type: 'ConfirmSetupIntent',
      id: setupIdAt(world, setup),
      params:
        method === null
          ? {}
          : { payment_method: rowAt(world.paymentMethods, method)?.id ?? 'pm_none_yet' },
    }),
    weight: 2,
  }),
  AuthenticateSetupIntent: stepKind({
    given: fc.record({ setup: places, outcome: outcomes }),
    command: ({ setup, outcome }, world) => ({
      type: 'AuthenticateSetupIntent',
      id: setupIdAt(world, setup),
      params: { outcome },
    }),
    weight: 2,
  }),
  CancelSetupIntent: stepKind({
    given: places,
    command: (place, world) => ({ type: 'CancelSetupIntent', id: setupIdAt(world, place) }),
    weight: 1,
    isIdempotent: always,
  }),
}
