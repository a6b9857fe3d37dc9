/**
 * What each family of resources adds to the kit, in one list. A new family adds its own here; whoever embeds the
 * library passes a longer list.
 */
import fc from 'fast-check'
import type { World } from '../index.js'
import { alertsKit } from './alerts.js'
import {
  adjustmentIn,
  adjustments,
  customerParams,
  lengths,
  meterParams,
  places,
  type Report,
  reportIn,
  reports,
  settings,
} from './arbitraries.js'
import {
  cardNames,
  cardScripts,
  invoicingKit,
  paymentSteps,
  priceForms,
  priceIn,
  subscriptionsKit,
} from './billing.js'
import { ofPayments } from './billing-laws.js'
import { creditsKit } from './credits.js'
import { explanationsKit } from './explanations.js'
import {
  clockIdAt,
  customerIdAt,
  type FamilyKit,
  fittingAt,
  idAt,
  LawBroken,
  meterIdAt,
  rowAt,
  stepKind,
} from './kit.js'
import * as laws from './laws.js'
import { usageRecordsKit } from './usage-records.js'

const always = () => true

const settingsKit: FamilyKit = {
  name: 'settings',
  steps: {
    UpdateSettings: stepKind({
      given: settings,
      command: (params) => ({ type: 'UpdateSettings', params }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {},
}

const clocksKit: FamilyKit = {
  name: 'clocks',
  steps: {
    CreateTestClock: stepKind({
      given: fc.record({
        ahead: fc.oneof(
          fc.integer({ min: -5, max: 5 }),
          lengths,
          lengths.map((by) => -by),
        ),
        customer: fc.oneof(
          { weight: 3, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: places },
        ),
      }),
      command: ({ ahead, customer }, world) => ({
        type: 'CreateTestClock',
        params: {
          frozen_time: world.now + ahead,
          ...(customer === null ? {} : { customer: customerIdAt(world, customer) }),
        },
      }),
      weight: 2,
    }),
    DeleteTestClock: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeleteTestClock', id: clockIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    AdvanceClock: stepKind({
      given: fc.record({
        clock: fc.option(places),
        by: fc.oneof(lengths, fc.integer({ min: -1, max: 1 })),
      }),
      command: ({ clock, by }, world) => {
        if (clock === null) return { type: 'AdvanceClock', params: { frozen_time: world.now + by } }
        const now = rowAt(world.testClocks, clock)?.frozen_time ?? world.now
        return {
          type: 'AdvanceClock',
          id: clockIdAt(world, clock),
          params: { frozen_time: now + by },
        }
      },
      weight: 8,
      isIdempotent: always,
    }),
    FinishAdvance: stepKind({
      given: places,
      command: (place, world) => ({ type: 'FinishAdvance', id: clockIdAt(world, place) }),
      weight: 2,
      isIdempotent: always,
    }),
    FailAdvance: stepKind({
      given: places,
      command: (place, world) => ({ type: 'FailAdvance', id: clockIdAt(world, place) }),
      weight: 2,
      isIdempotent: always,
    }),
  },
  laws: { 'instants in the log never go back on any time line': laws.time },
}

/** Amounts of balances, in minor units: credit, debt, and nothing at all. */
const balances = fc.integer({ min: -2_000, max: 2_000 })

/** Every balance is what the transactions of its currency add up to. */
const balancesAddUp = (world: World): void => {
  for (const { id, balances: kept } of world.customers) {
    const sums = new Map<string, number>()
    for (const { amount, currency, ending_balance } of world.balanceTransactions.by(
      'customer',
      id,
    )) {
      const sum = (sums.get(currency) ?? 0) + amount
      if (sum !== ending_balance)
        throw new LawBroken('balances', `${id} is said to end at ${ending_balance}, not ${sum}`)
      sums.set(currency, sum)
    }
    for (const currency of new Set([...sums.keys(), ...Object.keys(kept)]))
      if (kept[currency] !== sums.get(currency))
        throw new LawBroken('balances', `${id} has ${kept[currency]} ${currency}`)
  }
}

const customersKit: FamilyKit = {
  name: 'customers',
  steps: {
    CreateCustomer: stepKind({
      given: fc.record(
        { clock: fc.option(places), params: customerParams, card: cardNames },
        { requiredKeys: ['clock', 'params'] },
      ),
      command: ({ clock, params, card }, world) => ({
        type: 'CreateCustomer',
        params: {
          ...params,
          ...(clock === null ? {} : { test_clock: clockIdAt(world, clock) }),
          ...(card === undefined
            ? {}
            : {
                payment_method: `pm_card_${card}`,
                invoice_settings: { default_payment_method: `pm_card_${card}` },
              }),
        },
      }),
    }),
    UpdateCustomer: stepKind({
      given: fc.record(
        { customer: places, params: customerParams, balance: balances, method: places },
        { requiredKeys: ['customer', 'params'] },
      ),
      command: ({ customer, params, balance, method }, world) => ({
        type: 'UpdateCustomer',
        id: customerIdAt(world, customer),
        params: {
          ...params,
          ...(balance === undefined ? {} : { balance }),
          ...(method === undefined
            ? {}
            : { invoice_settings: { default_payment_method: methodIdAt(world, method) } }),
        },
      }),
      weight: 2,
      isIdempotent: always,
    }),
    CreateCustomerBalanceTransaction: stepKind({
      given: fc.record({
        customer: places,
        amount: balances,
        currency: fc.constantFrom('usd', 'usd', 'eur', 'jpy'),
      }),
      command: ({ customer, amount, currency }, world) => ({
        type: 'CreateCustomerBalanceTransaction',
        id: customerIdAt(world, customer),
        params: { amount, currency },
      }),
      weight: 2,
    }),
    UpdateCustomerBalanceTransaction: stepKind({
      given: fc.record({ transaction: places, description: fc.constantFrom('', 'one', 'two') }),
      command: ({ transaction, description }, world) => {
        const row = rowAt(world.balanceTransactions, transaction)
        return {
          type: 'UpdateCustomerBalanceTransaction',
          id: row?.customer ?? 'cus_none_yet',
          params: { transaction: row?.id ?? 'cbtxn_none_yet', description },
        }
      },
      weight: 1,
      isIdempotent: always,
    }),
    DeleteCustomer: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeleteCustomer', id: customerIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: { 'balances are the sums of their transactions': balancesAddUp },
}

/** An event that says its identifier is refused, or dropped, when it comes again at once. */
const isNamed = ({ identifier }: Report): boolean => identifier !== null

/** Whether a cancellation is done at once and does not wait, itself or behind a meter event. */
const cancelsAtOnce = (_: unknown, world: World): boolean =>
  world.settings.meterProcessingDelaySeconds === 0 && world.meterQueue.count === 0

const meteringKit: FamilyKit = {
  name: 'metering',
  steps: {
    CreateMeter: stepKind({
      given: meterParams,
      command: (params) => ({ type: 'CreateMeter', params }),
      isIdempotent: always, // The event name is taken then.
    }),
    UpdateMeter: stepKind({
      given: fc.record({ meter: places, display_name: fc.constantFrom('one', 'two') }),
      command: ({ meter, display_name }, world) => ({
        type: 'UpdateMeter',
        id: meterIdAt(world, meter),
        params: { display_name },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    DeactivateMeter: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeactivateMeter', id: meterIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    ReactivateMeter: stepKind({
      given: places,
      command: (place, world) => ({
        type: 'ReactivateMeter',
        id:
          fittingAt(world.meters, place, ({ status }) => status === 'inactive')?.id ??
          meterIdAt(world, place),
      }),
      weight: 1,
      isIdempotent: always,
    }),
    RecordMeterEvent: stepKind({
      given: reports,
      command: (report, world) => ({ type: 'RecordMeterEvent', params: reportIn(world, report) }),
      weight: 24,
      isIdempotent: isNamed,
    }),
    RecordMeterEvents: stepKind({
      given: fc.record({
        events: fc.array(reports, { maxLength: 12 }),
        on_refusal: fc.constantFrom('skip', 'skip', 'stop'),
      }),
      command: ({ events, on_refusal }, world) => ({
        type: 'RecordMeterEvents',
        params: { events: events.map((report) => reportIn(world, report)), on_refusal },
      }),
      weight: 8,
      isIdempotent: ({ events }) => events.every(isNamed),
    }),
    RecordMeterEventV2: stepKind({
      given: reports,
      command: (report, world) => ({ type: 'RecordMeterEventV2', params: reportIn(world, report) }),
      isIdempotent: isNamed,
    }),
    CancelMeterEvent: stepKind({
      given: adjustments,
      command: (adjustment, world) => {
        const { event_name, identifier } = adjustmentIn(world, adjustment)
        return {
          type: 'CancelMeterEvent',
          params: { event_name, type: 'cancel', cancel: { identifier } },
        }
      },
      weight: 8,
      isIdempotent: cancelsAtOnce,
    }),
    CancelMeterEventV2: stepKind({
      given: adjustments,
      command: (adjustment, world) => {
        const { event_name, identifier } = adjustmentIn(world, adjustment)
        return {
          type: 'CancelMeterEventV2',
          params: { event_name, type: 'cancel', cancel: { identifier } },
        }
      },
      weight: 2,
      isIdempotent: cancelsAtOnce,
    }),
    CreateMeterEventSession: stepKind({
      given: fc.constant(null),
      command: () => ({ type: 'CreateMeterEventSession' }),
      weight: 2,
    }),
    StreamMeterEvents: stepKind({
      given: fc.record({
        session: places,
        events: fc.array(reports, { minLength: 1, maxLength: 6 }),
      }),
      command: ({ session, events }, world) => ({
        type: 'StreamMeterEvents',
        params: {
          authentication_token:
            rowAt(world.meterEventSessions, session)?.authentication_token ?? 'token_none_yet',
          events: events.map((report) => reportIn(world, report)),
        },
      }),
      isIdempotent: ({ events }) => events.every(isNamed),
    }),
    ProcessMeterWork: stepKind({
      given: places,
      command: (place, world) => ({
        type: 'ProcessMeterWork',
        id:
          rowAt(world.meterQueue, place)?.id ??
          idAt(world, world.meterQueue, place, ['MeterWorkQueued', 'work']),
      }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {
    'aggregates equal a recomputation from the surviving events': laws.usage,
    'what waits is done on time': laws.onTime,
  },
}

const amounts = fc.integer({ min: 0, max: 5_000 })

const productIdAt = (world: World, place: number): string =>
  rowAt(world.products, place)?.id ?? 'prod_none_yet'

const priceIdAt = (world: World, place: number): string =>
  rowAt(world.prices, place)?.id ?? 'price_none_yet'

const monthly = { interval: 'month' } as const

const lookupKeys = fc.option(fc.constantFrom('standard', 'pro'))

const catalogKit: FamilyKit = {
  name: 'catalog',
  steps: {
    CreateProduct: stepKind({
      given: fc.record({
        id: fc.option(fc.constant('prod_own')),
        name: fc.constantFrom('one', 'two'),
        price: fc.option(amounts),
      }),
      command: ({ id, name, price }) => ({
        type: 'CreateProduct',
        params: {
          name,
          ...(id === null ? {} : { id }),
          ...(price === null
            ? {}
            : { default_price_data: { currency: 'usd', unit_amount: price, recurring: monthly } }),
        },
      }),
      weight: 2,
    }),
    UpdateProduct: stepKind({
      given: fc.record({ product: places, name: fc.constantFrom('one', 'two') }),
      command: ({ product, name }, world) => ({
        type: 'UpdateProduct',
        id: productIdAt(world, product),
        params: { name },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    DeleteProduct: stepKind({
      given: places,
      command: (place, world) => ({
        type: 'DeleteProduct',
        id:
          fittingAt(world.products, place, ({ id }) =>
            [...world.prices].every(({ product }) => product !== id),
          )?.id ?? 'prod_none_yet',
      }),
      weight: 3,
      isIdempotent: always,
    }),
    CreatePrice: stepKind({
      given: fc.record({
        product: places,
        form: priceForms,
        lookup_key: lookupKeys,
        transfer: fc.boolean(),
      }),
      command: ({ product, form, lookup_key, transfer }, world) => ({
        type: 'CreatePrice',
        params: {
          currency: 'usd',
          product: productIdAt(world, product),
          ...priceIn(world, form),
          ...(lookup_key === null ? {} : { lookup_key, transfer_lookup_key: transfer }),
        },
      }),
      weight: 2,
    }),
    UpdatePrice: stepKind({
      given: fc.record({ price: places, active: fc.boolean(), lookup_key: lookupKeys }),
      command: ({ price, active, lookup_key }, world) => ({
        type: 'UpdatePrice',
        id: priceIdAt(world, price),
        params: { active, lookup_key, transfer_lookup_key: true },
      }),
      weight: 2,
      isIdempotent: always,
    }),
    CreatePlan: stepKind({
      given: fc.record({ product: places, amount: amounts }),
      command: ({ product, amount }, world) => ({
        type: 'CreatePlan',
        params: { currency: 'usd', interval: 'week', amount, product: productIdAt(world, product) },
      }),
      weight: 1,
    }),
    UpdatePlan: stepKind({
      given: fc.record({ plan: places, nickname: fc.constantFrom('one', 'two') }),
      command: ({ plan, nickname }, world) => ({
        type: 'UpdatePlan',
        id: priceIdAt(world, plan),
        params: { nickname },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    DeletePlan: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeletePlan', id: priceIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {},
}

const methodIdAt = (world: World, place: number): string =>
  rowAt(world.paymentMethods, place)?.id ?? 'pm_none_yet'

const paymentsKit: FamilyKit = {
  name: 'payments',
  steps: {
    CreatePaymentMethod: stepKind({
      given: fc.record(
        {
          token: fc.oneof(
            cardNames.map((name) => `tok_${name}`),
            fc.constantFrom('tok_visa_chargeDeclined', 'tok_unknown'),
          ),
          script: cardScripts,
        },
        { requiredKeys: ['token'] },
      ),
      command: ({ token, script }) => ({
        type: 'CreatePaymentMethod',
        params: {
          type: 'card',
          card: { token },
          ...(script === undefined ? {} : { metadata: { sim_script: script } }),
        },
      }),
      weight: 2,
    }),
    UpdatePaymentMethod: stepKind({
      given: fc.record({ method: places, name: fc.constantFrom('one', 'two') }),
      command: ({ method, name }, world) => ({
        type: 'UpdatePaymentMethod',
        id: methodIdAt(world, method),
        params: { billing_details: { name } },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    AttachPaymentMethod: stepKind({
      given: fc.record({ method: places, customer: places }),
      command: ({ method, customer }, world) => ({
        type: 'AttachPaymentMethod',
        id: methodIdAt(world, method),
        params: { customer: customerIdAt(world, customer) },
      }),
      isIdempotent: always,
    }),
    DetachPaymentMethod: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DetachPaymentMethod', id: methodIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    ...paymentSteps,
  },
  laws: ofPayments,
}

/** The kits of all families of the library. */
export const standardKits: readonly FamilyKit[] = [
  settingsKit,
  clocksKit,
  customersKit,
  meteringKit,
  catalogKit,
  paymentsKit,
  invoicingKit,
  subscriptionsKit,
  usageRecordsKit,
  creditsKit,
  explanationsKit,
  alertsKit,
]
