import {
  type AnswerOf,
  type CommandOf,
  type CommandType,
  createSimulator,
  DAY,
  E,
  type Either,
  notifications,
  project,
  type QueryOf,
  type QueryType,
  type Rejection,
  type ResultOf,
  Simulator,
  type World,
} from 'clepsydra'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Decided } from '../../src/domain/kernel/decision.js'
import {
  attemptIntent,
  authenticateSetupIntent,
  cancelIntent,
  cancelSetupIntent,
  confirmSetupIntent,
  failAuthentication,
  openIntent,
} from '../../src/domain/payments/index.js'
import { registry } from '../../src/world/execute.js'
import { compileLiterals, type Literal } from './compile.js'

/**
 * The types that the official `stripe` package publishes. What its client adds to an answer (`lastResponse`,
 * `fetchRelatedObject`) is no part of the answer. Of `previous_attributes` only the outermost level is published as
 * partial; the documentation says the same of nested objects, and that an attribute that is new stands with `null`.
 * The client makes objects of decimals that are texts in the answer: `OnWire` takes that back. Usage records are written
 * down here as version 17.7 published them, the last that did.
 */
const PRELUDE = `
import type Stripe from 'stripe'
type Wire<E> = E extends unknown ? Omit<E, 'fetchRelatedObject'> : never
type OnWire<T> = T extends string ? T : T extends Stripe.Decimal ? string : T extends object ? { [K in keyof T]: OnWire<T[K]> } : T
type Told<Type extends Stripe.Event['type']> = OnWire<Extract<Stripe.Event, { type: Type }>>
type Unpublished<T> = T extends { object: 'list' } ? { total_count?: number } : T extends { object: 'subscription' } ? { plan?: unknown; quantity?: number | null } : unknown
interface UsageRecord { id: string; object: 'usage_record'; livemode: boolean; quantity: number; subscription_item: string; timestamp: number }
interface UsageRecordSummary { id: string; object: 'usage_record_summary'; invoice: string | null; livemode: boolean; period: { end: number | null; start: number | null }; subscription_item: string; total_usage: number }
type Previous<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Previous<T[K]> | null } & Unpublished<T> : T
`

const TYPES = {
  CreateCustomer: 'Stripe.Customer',
  UpdateCustomer: 'Stripe.Customer',
  DeleteCustomer: 'Stripe.DeletedCustomer',
  RetrieveCustomer: 'Stripe.Customer',
  ListCustomers: 'Stripe.ApiList<Stripe.Customer>',
  CreateCustomerBalanceTransaction: 'Stripe.CustomerBalanceTransaction',
  UpdateCustomerBalanceTransaction: 'Stripe.CustomerBalanceTransaction',
  RetrieveCustomerBalanceTransaction: 'Stripe.CustomerBalanceTransaction',
  ListCustomerBalanceTransactions: 'Stripe.ApiList<Stripe.CustomerBalanceTransaction>',
  CreatePaymentMethod: 'Stripe.PaymentMethod',
  UpdatePaymentMethod: 'Stripe.PaymentMethod',
  AttachPaymentMethod: 'Stripe.PaymentMethod',
  DetachPaymentMethod: 'Stripe.PaymentMethod',
  RetrievePaymentMethod: 'Stripe.PaymentMethod',
  ListPaymentMethods: 'Stripe.ApiList<Stripe.PaymentMethod>',
  ListCustomerPaymentMethods: 'Stripe.ApiList<Stripe.PaymentMethod>',
  RetrieveCustomerPaymentMethod: 'Stripe.PaymentMethod',
  UpdatePaymentIntent: 'Stripe.PaymentIntent',
  CancelPaymentIntent: 'Stripe.PaymentIntent',
  RetrievePaymentIntent: 'Stripe.PaymentIntent',
  ListPaymentIntents: 'Stripe.ApiList<Stripe.PaymentIntent>',
  UpdateCharge: 'Stripe.Charge',
  RetrieveCharge: 'Stripe.Charge',
  ListCharges: 'Stripe.ApiList<Stripe.Charge>',
  CreateRefund: 'Stripe.Refund',
  UpdateRefund: 'Stripe.Refund',
  RetrieveRefund: 'Stripe.Refund',
  ListRefunds: 'Stripe.ApiList<Stripe.Refund>',
  CreateSetupIntent: 'Stripe.SetupIntent',
  UpdateSetupIntent: 'Stripe.SetupIntent',
  RetrieveSetupIntent: 'Stripe.SetupIntent',
  ListSetupIntents: 'Stripe.ApiList<Stripe.SetupIntent>',
  ConfirmPaymentIntent: 'Stripe.PaymentIntent',
  AuthenticatePaymentIntent: 'Stripe.PaymentIntent',
  ConfirmSetupIntent: 'Stripe.SetupIntent',
  AuthenticateSetupIntent: 'Stripe.SetupIntent',
  CancelSetupIntent: 'Stripe.SetupIntent',
  CreateSubscription: 'OnWire<Stripe.Subscription>',
  UpdateSubscription: 'OnWire<Stripe.Subscription>',
  CancelSubscription: 'OnWire<Stripe.Subscription>',
  RetrieveSubscription: 'OnWire<Stripe.Subscription>',
  ListSubscriptions: 'OnWire<Stripe.ApiList<Stripe.Subscription>>',
  CreateSubscriptionItem: 'OnWire<Stripe.SubscriptionItem>',
  UpdateSubscriptionItem: 'OnWire<Stripe.SubscriptionItem>',
  DeleteSubscriptionItem: 'Stripe.DeletedSubscriptionItem',
  RetrieveSubscriptionItem: 'OnWire<Stripe.SubscriptionItem>',
  ListSubscriptionItems: 'OnWire<Stripe.ApiList<Stripe.SubscriptionItem>>',
  CreateInvoicePreview: 'OnWire<Stripe.Invoice>',
  CreateInvoice: 'OnWire<Stripe.Invoice>',
  UpdateInvoice: 'OnWire<Stripe.Invoice>',
  DeleteInvoice: 'Stripe.DeletedInvoice',
  FinalizeInvoice: 'OnWire<Stripe.Invoice>',
  PayInvoice: 'OnWire<Stripe.Invoice>',
  SendInvoice: 'OnWire<Stripe.Invoice>',
  VoidInvoice: 'OnWire<Stripe.Invoice>',
  MarkInvoiceUncollectible: 'OnWire<Stripe.Invoice>',
  RetrieveInvoice: 'OnWire<Stripe.Invoice>',
  ListInvoices: 'OnWire<Stripe.ApiList<Stripe.Invoice>>',
  AddInvoiceLines: 'OnWire<Stripe.Invoice>',
  UpdateInvoiceLines: 'OnWire<Stripe.Invoice>',
  RemoveInvoiceLines: 'OnWire<Stripe.Invoice>',
  UpdateInvoiceLine: 'OnWire<Stripe.InvoiceLineItem>',
  ListInvoiceLines: 'OnWire<Stripe.ApiList<Stripe.InvoiceLineItem>>',
  CreateInvoiceItem: 'OnWire<Stripe.InvoiceItem>',
  UpdateInvoiceItem: 'OnWire<Stripe.InvoiceItem>',
  DeleteInvoiceItem: 'Stripe.DeletedInvoiceItem',
  RetrieveInvoiceItem: 'OnWire<Stripe.InvoiceItem>',
  ListInvoiceItems: 'OnWire<Stripe.ApiList<Stripe.InvoiceItem>>',
  RetrieveInvoicePayment: 'Stripe.InvoicePayment',
  ListInvoicePayments: 'Stripe.ApiList<Stripe.InvoicePayment>',
  CreateProduct: 'Stripe.Product',
  UpdateProduct: 'Stripe.Product',
  DeleteProduct: 'Stripe.DeletedProduct',
  RetrieveProduct: 'Stripe.Product',
  ListProducts: 'Stripe.ApiList<Stripe.Product>',
  CreatePrice: 'OnWire<Stripe.Price>',
  UpdatePrice: 'OnWire<Stripe.Price>',
  RetrievePrice: 'OnWire<Stripe.Price>',
  ListPrices: 'OnWire<Stripe.ApiList<Stripe.Price>>',
  CreatePlan: 'OnWire<Stripe.Plan>',
  UpdatePlan: 'OnWire<Stripe.Plan>',
  DeletePlan: 'Stripe.DeletedPlan',
  RetrievePlan: 'OnWire<Stripe.Plan>',
  ListPlans: 'OnWire<Stripe.ApiList<Stripe.Plan>>',
  CreateMeter: 'Stripe.Billing.Meter',
  UpdateMeter: 'Stripe.Billing.Meter',
  DeactivateMeter: 'Stripe.Billing.Meter',
  ReactivateMeter: 'Stripe.Billing.Meter',
  RetrieveMeter: 'Stripe.Billing.Meter',
  ListMeters: 'Stripe.ApiList<Stripe.Billing.Meter>',
  RecordMeterEvent: 'Stripe.Billing.MeterEvent',
  RecordMeterEventV2: 'Stripe.V2.Billing.MeterEvent',
  CancelMeterEvent: 'Stripe.Billing.MeterEventAdjustment',
  CancelMeterEventV2: 'Stripe.V2.Billing.MeterEventAdjustment',
  ListMeterEventSummaries: 'Stripe.ApiList<Stripe.Billing.MeterEventSummary>',
  CreateMeterEventSession: 'Stripe.V2.Billing.MeterEventSession',
  StreamMeterEvents: 'Record<string, never>',
  CreateAlert: 'Stripe.Billing.Alert',
  ActivateAlert: 'Stripe.Billing.Alert',
  DeactivateAlert: 'Stripe.Billing.Alert',
  ArchiveAlert: 'Stripe.Billing.Alert',
  RetrieveAlert: 'Stripe.Billing.Alert',
  ListAlerts: 'Stripe.ApiList<Stripe.Billing.Alert>',
  CreateUsageRecord: 'UsageRecord',
  ListUsageRecordSummaries: 'Stripe.ApiList<UsageRecordSummary>',
  CreateCreditGrant: 'Stripe.Billing.CreditGrant',
  UpdateCreditGrant: 'Stripe.Billing.CreditGrant',
  ExpireCreditGrant: 'Stripe.Billing.CreditGrant',
  VoidCreditGrant: 'Stripe.Billing.CreditGrant',
  RetrieveCreditGrant: 'Stripe.Billing.CreditGrant',
  ListCreditGrants: 'Stripe.ApiList<Stripe.Billing.CreditGrant>',
  RetrieveCreditBalanceTransaction: 'Stripe.Billing.CreditBalanceTransaction',
  ListCreditBalanceTransactions: 'Stripe.ApiList<Stripe.Billing.CreditBalanceTransaction>',
  RetrieveCreditBalanceSummary: 'Stripe.Billing.CreditBalanceSummary',
  CreateTestClock: 'Stripe.TestHelpers.TestClock',
  DeleteTestClock: 'Stripe.TestHelpers.DeletedTestClock',
  AdvanceClock: 'Stripe.TestHelpers.TestClock',
  FinishAdvance: 'Stripe.TestHelpers.TestClock',
  FailAdvance: 'Stripe.TestHelpers.TestClock',
  RetrieveTestClock: 'Stripe.TestHelpers.TestClock',
  ListTestClocks: 'Stripe.ApiList<Stripe.TestHelpers.TestClock>',
} satisfies Partial<Record<CommandType | QueryType, string>>

/** What Stripe has no object for: our own. */
const OURS: readonly (CommandType | QueryType)[] = [
  'UpdateSettings',
  'RetrieveSettings',
  'RetrieveRootClock',
  'RecordMeterEvents',
  'ProcessMeterWork',
  'ActivateCreditGrant',
  'LapseCreditGrant',
  'RenewSubscription',
  'EndTrial',
  'EndSubscription',
  'ExpireSubscription',
  'ResumeCollection',
  'InvoicePendingItems',
  'WarnOfTrialEnd',
  'AnnounceInvoice',
  'AutoFinalizeInvoice',
  'RetryInvoice',
  'PassInvoiceDueDate',
  'RemindOfInvoice',
  'EndUnpaidInvoice',
]

/** The types of what notifications are of, by how their names begin. */
const RESOURCES: Readonly<Record<string, string>> = {
  customer: 'Stripe.Customer',
  'customer.subscription': 'OnWire<Stripe.Subscription>',
  'billing.meter': 'Stripe.Billing.Meter',
  'billing.credit_grant': 'Stripe.Billing.CreditGrant',
  product: 'Stripe.Product',
  price: 'OnWire<Stripe.Price>',
  plan: 'OnWire<Stripe.Plan>',
  payment_method: 'Stripe.PaymentMethod',
  payment_intent: 'Stripe.PaymentIntent',
  charge: 'Stripe.Charge',
  refund: 'Stripe.Refund',
  setup_intent: 'Stripe.SetupIntent',
  invoice: 'OnWire<Stripe.Invoice>',
  invoiceitem: 'OnWire<Stripe.InvoiceItem>',
  invoice_payment: 'Stripe.InvoicePayment',
}

/** Fields that recorded answers of the live API hold and the published types leave out, by `object`. */
const UNPUBLISHED: Readonly<Record<string, readonly string[]>> = {
  list: ['total_count'],
  payment_method: ['shared_payment_granted_token'],
  product: ['attributes'],
  subscription: ['plan', 'quantity'],
}

/** The answer without its unpublished fields. */
const published = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(published)
  if (typeof value !== 'object' || value === null) return value
  const hidden = 'object' in value ? UNPUBLISHED[String(value.object)] : undefined
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => hidden?.includes(key) !== true)
      .map(([key, field]) => [key, published(field)]),
  )
}

type Asked = keyof typeof TYPES

/** Real answers of every command and query, in as many states as there are. */
const answers = (): readonly (Literal & { readonly of: string })[] => {
  let sim = createSimulator({ now: '2026-01-15' })
  const all: (Literal & { readonly of: string })[] = []
  const kept = <A>(of: Asked, value: A, type: string = TYPES[of]): A => {
    all.push({ of, type, value: published(value) })
    return value
  }
  const run = <T extends Asked & CommandType>(command: CommandOf<T>): ResultOf<T> =>
    kept(command.type, sim.run(command))
  const ask = <T extends Asked & QueryType>(query: QueryOf<T>, type?: string): AnswerOf<T> =>
    kept(query.type, sim.ask(query), type)
  /** What no command of the family begins: a decision, in a transaction of its own. */
  const decide = <A>(decision: (world: World) => Either<Rejection, Decided<World, A>>): A => {
    const done = decision(sim.world)
    if (E.isLeft(done)) throw new Error(done.left.message)
    sim = new Simulator(done.right.world.opened())
    return done.right.result
  }

  // Customers
  const bare = run({ type: 'CreateCustomer' })
  const full = run({
    type: 'CreateCustomer',
    params: {
      address: { city: 'Bern', country: 'CH' },
      business_name: 'Ada & Co',
      description: 'first',
      email: 'ada@example.com',
      individual_name: 'Ada',
      invoice_settings: {
        custom_fields: [{ name: 'PO', value: '7' }],
        footer: 'Thanks',
        rendering_options: { amount_tax_display: 'exclude_tax' },
      },
      metadata: { a: '1', b: '2' },
      name: 'Ada',
      phone: '031',
      preferred_locales: ['de'],
      shipping: { address: { city: 'Bern' }, name: 'Ada', phone: '031' },
      tax_exempt: 'reverse',
    },
  })
  run({
    type: 'UpdateCustomer',
    id: full.id,
    params: {
      business_name: '',
      invoice_settings: { footer: '' },
      metadata: { a: '', c: '3' },
      preferred_locales: ['fr'],
      shipping: '' as never,
    },
  })
  run({ type: 'UpdateCustomer', id: bare.id, params: { address: { city: 'Bern' } } })
  ask({ type: 'RetrieveCustomer', id: full.id })
  ask({ type: 'ListCustomers' })
  ask({ type: 'ListCustomers', params: { limit: 1 } })

  // Payment methods, and what they are to their customer
  const card = run({
    type: 'CreatePaymentMethod',
    params: {
      type: 'card',
      allow_redisplay: 'always',
      billing_details: { address: { city: 'Bern' }, email: 'ada@example.com', name: 'Ada' },
      card: { number: '378282246310005', exp_month: 12, exp_year: 2030, cvc: '1234' },
      metadata: { a: '1', sim_script: 'action,succeed' },
    },
  })
  ask({ type: 'RetrievePaymentMethod', id: card.id })
  run({ type: 'AttachPaymentMethod', id: card.id, params: { customer: full.id } })
  run({ type: 'AttachPaymentMethod', id: 'pm_card_gb_debit', params: { customer: full.id } })
  run({
    type: 'UpdatePaymentMethod',
    id: card.id,
    params: {
      billing_details: { address: { country: 'CH' }, name: '' },
      card: { exp_year: 2031 },
      metadata: { a: '' },
    },
  })
  run({
    type: 'UpdateCustomer',
    id: full.id,
    params: { invoice_settings: { default_payment_method: card.id } },
  })
  run({
    type: 'CreateCustomer',
    params: {
      payment_method: 'pm_card_unionpay',
      invoice_settings: { default_payment_method: 'pm_card_unionpay' },
    },
  })
  ask({ type: 'ListPaymentMethods', params: { customer: full.id } })
  ask({ type: 'ListCustomerPaymentMethods', id: full.id })
  ask({
    type: 'RetrieveCustomerPaymentMethod',
    id: full.id,
    params: { payment_method: card.id },
  })
  run({ type: 'DetachPaymentMethod', id: card.id })
  ask({ type: 'RetrievePaymentMethod', id: card.id })

  // Payments
  const pays = (payment_method: string | null, invoice: string | null = null) =>
    decide(
      openIntent({
        customer: { id: full.id, test_clock: null },
        amount: 2_000,
        currency: 'usd',
        description: 'Subscription creation',
        invoice,
        payment_method,
        setup_future_usage: 'off_session',
      }),
    )
  const cardOf = (test: string) =>
    sim.run({ type: 'AttachPaymentMethod', id: `pm_card_${test}`, params: { customer: full.id } })
      .id
  const visa = cardOf('visa')
  const asking = cardOf('authenticationRequired')
  const attempt = (id: string, payment_method: string | null, offSession = false) =>
    decide(attemptIntent(id, { payment_method, offSession }))
  const paid = pays(visa)
  run({
    type: 'UpdatePaymentIntent',
    id: paid.id,
    params: { description: '', metadata: { a: '1' } },
  })
  const made = attempt(paid.id, null)
  if (made.kind !== 'succeeded') throw new Error(made.kind)
  ask({ type: 'RetrievePaymentIntent', id: paid.id })
  run({ type: 'UpdateCharge', id: made.charge.id, params: { description: 'Seats' } })
  const part = run({
    type: 'CreateRefund',
    params: { charge: made.charge.id, amount: 500, reason: 'duplicate', metadata: { a: '1' } },
  })
  run({ type: 'UpdateRefund', id: part.id, params: { metadata: { a: '2' } } })
  ask({ type: 'RetrieveRefund', id: part.id })
  run({ type: 'CreateRefund', params: { payment_intent: paid.id } })
  ask({ type: 'RetrieveCharge', id: made.charge.id })
  const returned = pays(cardOf('refundFail'))
  attempt(returned.id, null)
  run({ type: 'CreateRefund', params: { payment_intent: returned.id } })
  const refused = pays(null)
  ask({ type: 'RetrievePaymentIntent', id: refused.id })
  attempt(refused.id, cardOf('chargeCustomerFail'))
  attempt(refused.id, asking, true)
  attempt(refused.id, asking)
  ask({ type: 'RetrievePaymentIntent', id: refused.id })
  decide(failAuthentication(refused.id))
  ask({ type: 'RetrievePaymentIntent', id: refused.id })
  run({
    type: 'CancelPaymentIntent',
    id: refused.id,
    params: { cancellation_reason: 'abandoned' },
  })
  decide(cancelIntent(pays(visa, 'in_1').id, 'void_invoice'))
  ask({ type: 'ListPaymentIntents', params: { customer: full.id } })
  ask({ type: 'ListCharges' })
  ask({ type: 'ListRefunds' })
  const later = run({
    type: 'CreateSetupIntent',
    params: { customer: full.id, payment_method: asking, description: 'Later' },
  })
  run({ type: 'UpdateSetupIntent', id: later.id, params: { metadata: { a: '1' } } })
  decide(confirmSetupIntent(later.id))
  ask({ type: 'RetrieveSetupIntent', id: later.id })
  decide(authenticateSetupIntent(later.id, false))
  ask({ type: 'RetrieveSetupIntent', id: later.id })
  decide(confirmSetupIntent(later.id, { payment_method: visa }))
  decide(cancelSetupIntent(run({ type: 'CreateSetupIntent' }).id, 'abandoned'))
  ask({ type: 'ListSetupIntents' })

  // Meters
  const meter = run({
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  const hourly = run({
    type: 'CreateMeter',
    params: {
      display_name: 'Seats',
      event_name: 'seats',
      default_aggregation: { formula: 'last' },
      customer_mapping: { type: 'by_id', event_payload_key: 'who' },
      value_settings: { event_payload_key: 'seats' },
      event_time_window: 'hour',
    },
  })
  run({ type: 'UpdateMeter', id: meter.id, params: { display_name: 'All calls' } })
  run({ type: 'DeactivateMeter', id: hourly.id })
  ask({ type: 'RetrieveMeter', id: hourly.id })
  ask({ type: 'ListMeters', params: { status: 'inactive' } })
  run({ type: 'ReactivateMeter', id: hourly.id })
  ask({ type: 'RetrieveMeter', id: meter.id })
  ask({ type: 'ListMeters' })

  // The catalogue
  const plain = run({ type: 'CreateProduct', params: { name: 'Plain' } })
  const product = run({
    type: 'CreateProduct',
    params: {
      name: 'Full',
      default_price_data: { currency: 'usd', unit_amount: 1500, recurring: { interval: 'month' } },
      description: 'd',
      images: ['https://example.test/i.png'],
      marketing_features: [{ name: 'feature one' }],
      metadata: { a: '1' },
      package_dimensions: { height: 1, length: 2, weight: 3, width: 4 },
      shippable: true,
      statement_descriptor: 'P7 DESC',
      tax_code: 'txcd_10103000',
      unit_label: 'widget',
      url: 'https://example.test/full',
    },
  })
  run({
    type: 'UpdateProduct',
    id: product.id,
    params: { description: '', metadata: { a: '', c: '3' }, tax_code: '' } as never,
  })
  ask({ type: 'RetrieveProduct', id: product.id })
  ask({ type: 'ListProducts' })
  const once = run({
    type: 'CreatePrice',
    params: { currency: 'usd', product: product.id, unit_amount_decimal: '0.05' },
  })
  run({
    type: 'CreatePrice',
    params: { currency: 'usd', product: product.id, custom_unit_amount: { enabled: true } },
  })
  const metered = run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      currency_options: { eur: { unit_amount: 2 } },
      lookup_key: 'calls',
      metadata: { a: '1' },
      nickname: 'n',
      product: product.id,
      recurring: { interval: 'month', meter: meter.id, usage_type: 'metered' },
      tax_behavior: 'inclusive',
      transform_quantity: { divide_by: 5, round: 'up' },
      unit_amount: 1,
    },
  })
  run({
    type: 'UpdatePrice',
    id: once.id,
    params: { lookup_key: 'calls', transfer_lookup_key: true, metadata: { b: '2' } },
  })
  run({ type: 'UpdatePrice', id: metered.id, params: { metadata: { a: '' }, nickname: 'm' } })
  const plan = run({
    type: 'CreatePlan',
    params: {
      currency: 'usd',
      interval: 'year',
      product: product.id,
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: [{ up_to: null, unit_amount: 5 }],
    },
  })
  run({ type: 'UpdatePlan', id: plan.id, params: { nickname: 'n', trial_period_days: 7 } })
  ask({ type: 'RetrievePrice', id: metered.id })
  ask({ type: 'ListPrices' })
  ask({ type: 'RetrievePlan', id: plan.id })
  ask({ type: 'ListPlans' })
  run({ type: 'DeletePlan', id: plan.id })
  run({ type: 'DeleteProduct', id: plain.id })

  // Subscriptions, and what time does to them
  const months = sim.run({ type: 'CreateTestClock', params: { frozen_time: sim.now } })
  const member = sim.run({
    type: 'CreateCustomer',
    params: {
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
      test_clock: months.id,
    },
  })
  const seat = (fields: object) =>
    sim.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product: product.id, unit_amount: 1_000, ...fields },
    })
  const monthly = seat({ recurring: { interval: 'month' } })
  const yearly = seat({ recurring: { interval: 'year' } })
  const counted = seat({
    recurring: { interval: 'month', meter: meter.id, usage_type: 'metered' },
  })
  const setup = seat({})
  const subscribe = (params: Partial<CommandOf<'CreateSubscription'>['params']>) =>
    run({
      type: 'CreateSubscription',
      params: { customer: member.id, items: [{ price: monthly.id }], ...params },
    })
  const plainSubscription = subscribe({})
  const rich = subscribe({
    add_invoice_items: [{ price: setup.id }],
    billing_cycle_anchor_config: { day_of_month: 31 },
    cancel_at: 'max_period_end',
    days_until_due: 30,
    collection_method: 'send_invoice',
    description: 'All of it',
    invoice_settings: { custom_fields: [{ name: 'PO', value: '7' }], footer: 'Thanks' },
    items: [{ price: monthly.id, metadata: { a: '1' } }, { price: counted.id }],
    metadata: { a: '1' },
    payment_settings: { payment_method_types: ['card'] },
    pending_invoice_item_interval: { interval: 'week' },
  })
  ask({ type: 'RetrieveSubscription', id: rich.id })
  const trial = subscribe({
    billing_mode: { type: 'classic' },
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  })
  const other = run({
    type: 'CreateSubscriptionItem',
    params: { subscription: plainSubscription.id, price: yearly.id, proration_behavior: 'none' },
  })
  run({
    type: 'UpdateSubscriptionItem',
    id: other.id,
    params: { quantity: 3, metadata: { a: '1' }, proration_behavior: 'none' },
  })
  ask({ type: 'RetrieveSubscriptionItem', id: other.id })
  ask({ type: 'ListSubscriptionItems', params: { subscription: plainSubscription.id } })
  run({
    type: 'DeleteSubscriptionItem',
    id: other.id,
    params: { proration_behavior: 'none' },
  })
  run({
    type: 'UpdateSubscription',
    id: plainSubscription.id,
    params: {
      cancellation_details: { comment: 'Too slow', feedback: 'unused' },
      metadata: { b: '2' },
      pause_collection: { behavior: 'void', resumes_at: sim.now + 40 * 86_400 },
    },
  })
  ask({ type: 'CreateInvoicePreview', params: { subscription: plainSubscription.id } })
  ask({
    type: 'CreateInvoicePreview',
    params: {
      customer: member.id,
      invoice_items: [{ amount: 100 }],
      subscription_details: { items: [{ price: yearly.id }] },
    },
  })
  const pays3DS = sim.run({
    type: 'AttachPaymentMethod',
    id: 'pm_card_authenticationRequired',
    params: { customer: member.id },
  })
  const unpaid = (default_payment_method: string) => {
    subscribe({ default_payment_method })
    const [intent] = ask({ type: 'ListPaymentIntents', params: { customer: member.id } }).data
    return (intent as { readonly id: string }).id
  }
  run({
    type: 'AuthenticatePaymentIntent',
    id: unpaid(pays3DS.id),
    params: { outcome: 'succeed' },
  })
  run({
    type: 'ConfirmPaymentIntent',
    id: unpaid(pays3DS.id),
    params: { payment_method: 'pm_card_visa' },
  })
  const unable = sim.run({ type: 'CreateCustomer', params: { test_clock: months.id } })
  const waits = () =>
    subscribe({
      customer: unable.id,
      trial_period_days: 20,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    }).pending_setup_intent as string
  const set = waits()
  run({
    type: 'ConfirmSetupIntent',
    id: set,
    params: { payment_method: 'pm_card_authenticationRequired' },
  })
  run({ type: 'AuthenticateSetupIntent', id: set, params: { outcome: 'succeed' } })
  run({ type: 'CancelSetupIntent', id: waits() })
  run({ type: 'CancelSubscription', id: trial.id, params: { invoice_now: true } })
  const declined = sim.run({
    type: 'AttachPaymentMethod',
    id: 'pm_card_chargeCustomerFail',
    params: { customer: member.id },
  })
  unpaid(declined.id)
  run({
    type: 'UpdateSubscription',
    id: subscribe({}).id,
    params: { default_payment_method: declined.id },
  })
  sim.run({
    type: 'UpdateSettings',
    params: { dunning: { finalAction: 'unpaid', finalInvoice: 'uncollectible' } },
  })
  sim.advanceTo(months.frozen_time + 60 * 86_400, months.id)
  ask({ type: 'ListSubscriptions', params: { status: 'all', test_clock: months.id } })
  ask({ type: 'RetrieveSubscription', id: plainSubscription.id })

  // Invoices made by hand, and how they end
  const payer = sim.run({
    type: 'CreateCustomer',
    params: {
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
      shipping: { address: { city: 'Bern' }, name: 'Ada' },
    },
  }).id
  const invoiced = (amount: number, params: Partial<CommandOf<'CreateInvoice'>['params']> = {}) => {
    run({ type: 'CreateInvoiceItem', params: { customer: payer, amount, currency: 'usd' } })
    return run({
      type: 'CreateInvoice',
      params: { customer: payer, pending_invoice_items_behavior: 'include', ...params },
    }).id
  }
  const reminders = { dueSoonBeforeDays: 1, overdueAfterDays: 1 }
  sim.run({ type: 'UpdateSettings', params: { automation: reminders } })
  const written = invoiced(1_000, { custom_fields: [{ name: 'PO', value: '7' }], footer: 'Bye' })
  run({
    type: 'UpdateInvoice',
    id: written,
    params: { auto_advance: true, description: 'By hand', metadata: { a: '1' } },
  })
  const withLines = run({
    type: 'AddInvoiceLines',
    id: written,
    params: { lines: [{ amount: 999 }, { unit_amount_decimal: '1.5', quantity_decimal: '2.5' }] },
  })
  const [firstLine, secondLine] = withLines.lines.data.map(({ id }) => id) as [string, string]
  run({
    type: 'UpdateInvoiceLines',
    id: written,
    params: { lines: [{ id: firstLine, amount: 500, metadata: { b: '2' } }] },
  })
  run({ type: 'UpdateInvoiceLine', id: written, params: { line: firstLine, description: 'x' } })
  run({
    type: 'RemoveInvoiceLines',
    id: written,
    params: { lines: [{ id: secondLine, behavior: 'unassign' }] },
  })
  ask({ type: 'ListInvoiceLines', id: written })
  run({ type: 'FinalizeInvoice', id: written })
  ask({ type: 'ListInvoicePayments', params: { invoice: written } })
  run({ type: 'PayInvoice', id: written })
  const paidPayment = ask({ type: 'ListInvoicePayments', params: { invoice: written } }).data[0]
  ask({ type: 'RetrieveInvoicePayment', id: paidPayment?.id as string })
  const item = run({
    type: 'CreateInvoiceItem',
    params: { customer: payer, amount: -5, description: 'credit' },
  }).id
  run({ type: 'UpdateInvoiceItem', id: item, params: { description: '', metadata: { a: '1' } } })
  ask({ type: 'RetrieveInvoiceItem', id: item })
  ask({ type: 'ListInvoiceItems', params: { customer: payer } })
  run({ type: 'DeleteInvoiceItem', id: item })
  run({ type: 'DeleteInvoice', id: invoiced(1) })
  const sent = { collection_method: 'send_invoice', days_until_due: 3 } as const
  run({ type: 'SendInvoice', id: invoiced(1_000, sent) })
  run({ type: 'VoidInvoice', id: run({ type: 'FinalizeInvoice', id: invoiced(700) }).id })
  const lost = run({ type: 'FinalizeInvoice', id: invoiced(800) }).id
  run({ type: 'MarkInvoiceUncollectible', id: lost })
  run({ type: 'PayInvoice', id: lost, params: { paid_out_of_band: true } })
  sim.advanceTo(sim.now + 5 * 86_400)
  ask({ type: 'RetrieveInvoice', id: written })
  ask({ type: 'ListInvoices', params: { customer: payer } })

  // Balances
  const { id: transaction } = run({
    type: 'CreateCustomerBalanceTransaction',
    id: full.id,
    params: { amount: -500, currency: 'usd', metadata: { a: 'b' } },
  })
  run({
    type: 'UpdateCustomerBalanceTransaction',
    id: full.id,
    params: { transaction, description: 'credit' },
  })
  ask({ type: 'RetrieveCustomerBalanceTransaction', id: full.id, params: { transaction } })
  ask({ type: 'ListCustomerBalanceTransactions', id: full.id })

  // Usage
  const payload = { stripe_customer_id: full.id, value: '2.5' }
  run({ type: 'RecordMeterEvent', params: { event_name: 'calls', payload } })
  run({
    type: 'RecordMeterEvent',
    params: { event_name: 'calls', payload: { ...payload, value: 'many' }, identifier: 'bad' },
  })
  for (const identifier of ['v1', 'v2'])
    run({ type: 'RecordMeterEventV2', params: { event_name: 'calls', payload, identifier } })
  run({
    type: 'CancelMeterEvent',
    params: { event_name: 'calls', type: 'cancel', cancel: { identifier: 'v1' } },
  })
  run({
    type: 'CancelMeterEventV2',
    params: { event_name: 'calls', type: 'cancel', cancel: { identifier: 'v2' } },
  })
  const range = { customer: full.id, start_time: 1_767_225_600, end_time: 1_769_904_000 }
  ask({ type: 'ListMeterEventSummaries', id: meter.id, params: range })
  ask({
    type: 'ListMeterEventSummaries',
    id: meter.id,
    params: { ...range, value_grouping_window: 'day' },
  })
  const { authentication_token } = run({ type: 'CreateMeterEventSession' })
  run({
    type: 'StreamMeterEvents',
    params: {
      authentication_token,
      events: [
        { event_name: 'calls', payload },
        { event_name: 'nothing', payload },
      ],
    },
  })

  // Alerts
  const alert = (more: object) =>
    run({
      type: 'CreateAlert',
      params: {
        alert_type: 'usage_threshold',
        title: 'much',
        usage_threshold: { gte: 3, meter: meter.id, recurrence: 'one_time', ...more },
      },
    }).id
  const watched = alert({ filters: [{ type: 'customer', customer: full.id }] })
  alert({})
  run({ type: 'RecordMeterEvent', params: { event_name: 'calls', payload } })
  run({ type: 'DeactivateAlert', id: watched })
  run({ type: 'ActivateAlert', id: watched })
  ask({ type: 'ListAlerts', params: { alert_type: 'usage_threshold', meter: meter.id } })
  run({ type: 'ArchiveAlert', id: watched })
  ask({ type: 'RetrieveAlert', id: watched })

  // Billing credits
  const { id: prepaid } = run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'Calls' },
      unit_amount: 50_000,
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
    },
  })
  const grant = (params: object = {}) =>
    run({
      type: 'CreateCreditGrant',
      params: {
        customer: full.id,
        amount: { type: 'monetary', monetary: { currency: 'usd', value: 60 } },
        applicability_config: { scope: { price_type: 'metered' } },
        ...params,
      },
    }).id
  const paying = grant({ name: 'Welcome', metadata: { a: '1' }, expires_at: sim.now + 90 * DAY })
  run({ type: 'UpdateCreditGrant', id: paying, params: { metadata: { a: '2' } } })
  run({ type: 'VoidCreditGrant', id: grant({ effective_at: sim.now + DAY }) })
  run({
    type: 'ExpireCreditGrant',
    id: grant({ applicability_config: { scope: { prices: [{ id: prepaid }] } } }),
  })
  const { id: subscription } = run({
    type: 'CreateSubscription',
    params: {
      customer: full.id,
      collection_method: 'send_invoice',
      days_until_due: 5,
      items: [{ price: prepaid }],
    },
  })
  run({ type: 'RecordMeterEvent', params: { event_name: 'calls', payload } })
  sim.advanceBy(31 * DAY)
  ask({ type: 'ListInvoices', params: { subscription, limit: 1 } })
  sim.advanceBy(DAY)
  const [credited] = ask({ type: 'ListInvoices', params: { subscription, limit: 1 } }).data
  run({ type: 'VoidInvoice', id: credited?.id ?? '' })
  ask({ type: 'RetrieveCreditGrant', id: paying })
  ask({ type: 'ListCreditGrants', params: { customer: full.id } })
  const [entry] = ask({
    type: 'ListCreditBalanceTransactions',
    params: { customer: full.id },
  }).data
  ask({ type: 'RetrieveCreditBalanceTransaction', id: entry?.id ?? '' })
  ask({
    type: 'RetrieveCreditBalanceSummary',
    params: { customer: full.id, filter: { type: 'credit_grant', credit_grant: paying } },
  })

  // Usage records, in a world of their own: prices show what the newest types have no more
  const earlier = createSimulator({ now: '2025-01-15' })
  const { id: legacy } = earlier.run({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'Calls' },
      unit_amount: 5,
      recurring: { interval: 'month', usage_type: 'metered', aggregate_usage: 'sum' },
    },
  })
  const { id: caller } = earlier.run({ type: 'CreateCustomer' })
  const calls = earlier.run({
    type: 'CreateSubscription',
    params: { customer: caller, items: [{ price: legacy }] },
  })
  const called = calls.items.data[0]?.id ?? ''
  kept(
    'CreateUsageRecord',
    earlier.run({ type: 'CreateUsageRecord', id: called, params: { quantity: 100 } }),
  )
  earlier.advanceBy(32 * DAY)
  kept('ListUsageRecordSummaries', earlier.ask({ type: 'ListUsageRecordSummaries', id: called }))

  // Test clocks, and what lives on them
  const frozen_time = sim.now
  const clock = run({ type: 'CreateTestClock', params: { frozen_time, name: 'January' } })
  run({ type: 'CreateCustomer', params: { test_clock: clock.id } })
  run({ type: 'CreateTestClock', params: { frozen_time, customer: bare.id } })
  const advance = (seconds: number) => {
    const done = sim.run({
      type: 'AdvanceClock',
      id: clock.id,
      params: { frozen_time: frozen_time + seconds },
    })
    return kept('AdvanceClock', done)
  }
  advance(60)
  sim.run({ type: 'UpdateSettings', params: { strict: true } })
  advance(120)
  ask({ type: 'RetrieveTestClock', id: clock.id })
  ask({ type: 'ListTestClocks' })
  run({ type: 'FinishAdvance', id: clock.id })
  ask({ type: 'RetrieveTestClock', id: clock.id })
  advance(180)
  run({ type: 'FailAdvance', id: clock.id })
  ask({ type: 'RetrieveTestClock', id: clock.id })
  ask({ type: 'ListCustomers', params: { test_clock: clock.id } })
  run({ type: 'DeleteTestClock', id: clock.id })
  run({ type: 'DeleteCustomer', id: full.id })
  ask({ type: 'RetrieveCustomer', id: full.id }, 'Stripe.DeletedCustomer')

  // What a webhook would carry
  const { events, thin } = project(notifications, sim.world).value
  for (const { data, ...event } of events) {
    const { previous_attributes, ...rest } = data
    const kind = event.type.slice(0, event.type.lastIndexOf('.'))
    const holdsDecimals = RESOURCES[kind]?.startsWith('OnWire') === true || kind === 'product'
    // An announced invoice has no id yet, and is published as if it had.
    if (event.type === 'invoice.upcoming') {
      const type = "OnWire<Omit<Stripe.Invoice, 'id'>>"
      all.push({ of: event.type, type, value: published(data.object) })
      continue
    }
    all.push({
      of: event.type,
      type: holdsDecimals ? `Told<'${event.type}'>` : 'Stripe.Event',
      value: published({ ...event, data: rest }),
    })
    if (previous_attributes !== undefined)
      all.push({
        of: `${event.type} previous_attributes`,
        type: `Previous<${RESOURCES[kind]}>`,
        value: previous_attributes,
      })
  }
  // On the wire a v2 event has `null` for what the published types write as absent.
  for (const { reason, related_object, ...event } of thin)
    all.push({
      of: event.type,
      type: 'Wire<Stripe.V2.Core.Event>',
      value: {
        ...event,
        ...(reason === null ? {} : { reason }),
        ...(related_object === null ? {} : { related_object }),
      },
    })
  return all
}

/** What is wrong with each of these, and the answer that has it. */
const wrong = (
  customer: object,
  clock: object,
  price: object,
): readonly (readonly [string, Literal])[] => [
  [
    `'"nope"' does not exist in type 'Customer'`,
    { type: 'Stripe.Customer', value: { ...customer, nope: 1 } },
  ],
  [
    "Type 'string' is not assignable to type 'number'.",
    { type: 'Stripe.Customer', value: { ...customer, created: '2026-01-01' } },
  ],
  [
    "Property 'email' is missing in type",
    { type: 'Stripe.Customer', value: { ...customer, email: undefined } },
  ],
  [
    "Type 'number' is not assignable to type 'string'.",
    { type: 'Stripe.Customer', value: { ...customer, metadata: { a: 1 } } },
  ],
  [
    `'"frozen"' does not exist in type 'Advancing'`,
    {
      type: 'Stripe.TestHelpers.TestClock',
      value: {
        ...clock,
        status_details: { advancing: { target_frozen_time: 1, frozen: 1 } },
      },
    },
  ],
  [
    "Type 'number' is not assignable to type 'string'.",
    { type: 'OnWire<Stripe.Price>', value: { ...price, unit_amount_decimal: 5 } },
  ],
  [
    `'"nope"' does not exist in type '{ id: string; object: "price"`,
    { type: 'OnWire<Stripe.Price>', value: { ...price, nope: 1 } },
  ],
  [
    `'"frozen_time"' does not exist in type 'Customer'`,
    {
      type: 'Stripe.Event',
      value: {
        id: 'evt_1',
        object: 'event',
        api_version: null,
        created: 1,
        data: { object: { ...customer, frozen_time: 1 } },
        livemode: false,
        pending_webhooks: 0,
        request: null,
        type: 'customer.created',
      },
    },
  ],
  [
    `'"reason"' does not exist in type 'RelatedObject'`,
    {
      type: 'Wire<Stripe.V2.Core.Event>',
      value: {
        id: 'evt_1',
        object: 'v2.core.event',
        created: '2026-01-01T00:00:00.000Z',
        livemode: false,
        type: 'v1.test_helpers.test_clock.ready',
        related_object: { id: 'a', type: 'b', url: 'c', reason: 'd' },
      },
    },
  ],
]

describe("Stripe's published types", () => {
  const real = answers()
  const answerOf = (of: Asked): object => real.find((answer) => answer.of === of)?.value as object
  const bad = wrong(
    answerOf('CreateCustomer'),
    answerOf('CreateTestClock'),
    answerOf('CreatePrice'),
  )
  let errors: readonly (readonly string[])[] = []

  beforeAll(() => {
    errors = compileLiterals(PRELUDE, [...real, ...bad.map(([, literal]) => literal)])
  }, 180_000)

  it('hold for every answer and every notification', () => {
    const failed = real.flatMap(({ of, value }, at) =>
      (errors[at] as readonly string[]).map((error) => ({ of, error, value })),
    )
    expect(failed).toEqual([])
  })

  it.each(bad.map(([message], at) => [message, at] as const))(
    'do not hold for a wrong answer: %s',
    (message, at) => {
      const [error, ...others] = errors[real.length + at] as readonly string[]
      expect(error).toContain(message)
      expect(others).toEqual([])
    },
  )

  it('are compared with an answer of every command and query but our own', () => {
    const known = [...registry.commands.keys(), ...registry.queries.keys()]
    expect([...Object.keys(TYPES), ...OURS].sort()).toEqual(known.sort())
    const seen = new Set(real.map(({ of }) => of))
    expect(Object.keys(TYPES).filter((type) => !seen.has(type))).toEqual([])
  })

  it('are compared with every notification that there is', () => {
    const told = new Set(real.map(({ of }) => of))
    for (const type of [
      ...['created', 'updated', 'deleted'].map((name) => `customer.${name}`),
      ...['attached', 'updated', 'detached'].map((name) => `payment_method.${name}`),
      ...['created', 'succeeded', 'payment_failed', 'requires_action', 'canceled'].map(
        (name) => `payment_intent.${name}`,
      ),
      ...['succeeded', 'failed', 'refunded', 'updated'].map((name) => `charge.${name}`),
      ...['created', 'updated', 'failed'].map((name) => `refund.${name}`),
      ...['created', 'succeeded', 'setup_failed', 'requires_action', 'canceled'].map(
        (name) => `setup_intent.${name}`,
      ),
      ...['product', 'price', 'plan'].flatMap((kind) =>
        ['created', 'updated', 'deleted'].map((name) => `${kind}.${name}`),
      ),
      ...['created', 'updated', 'deactivated', 'reactivated'].map(
        (name) => `billing.meter.${name}`,
      ),
      ...['created', 'advancing', 'ready', 'internal_failure', 'deleted'].map(
        (name) => `test_helpers.test_clock.${name}`,
      ),
      ...['created', 'updated', 'deleted', 'paused', 'trial_will_end'].map(
        (name) => `customer.subscription.${name}`,
      ),
      'billing.credit_grant.created',
      'billing.credit_grant.updated',
      'billing.credit_balance_transaction.created',
      'invoice.upcoming',
      'v1.billing.meter.error_report_triggered',
      'v1.billing.meter.no_meter_found',
    ])
      expect(told).toContain(type)
  })

  it('are compared with all that has a status in every status', () => {
    type Shown = { readonly status?: string; readonly data?: { readonly object?: Shown } }
    const statuses = new Set(
      real.flatMap(({ value }) => {
        const { status, data } = value as Shown
        return status ?? data?.object?.status ?? []
      }),
    )
    expect([...statuses].sort()).toEqual([
      'active',
      'advancing',
      'archived',
      'canceled',
      'draft',
      'failed',
      'inactive',
      'incomplete',
      'incomplete_expired',
      'internal_failure',
      'open',
      'paid',
      'past_due',
      'paused',
      'pending',
      'ready',
      'requires_action',
      'requires_confirmation',
      'requires_payment_method',
      'succeeded',
      'trialing',
      'uncollectible',
      'unpaid',
      'void',
    ])
  })
})
