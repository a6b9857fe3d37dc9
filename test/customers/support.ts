import {
  type Customer,
  type CustomerView,
  type Instant,
  notifications,
  project,
  type World,
} from 'clepsydra'
import type {
  CustomerBalanceTransaction,
  CustomerBalanceTransactionView,
} from '../../src/domain/customers/index.js'
import type { Fact } from '../support/given.js'

/** 2026-01-01T00:00:00Z: what the examples of this folder call now. */
export const NOW = 1_767_225_600

export const aCustomer = (fields: Partial<Customer> = {}): Customer => ({
  id: 'cus_1',
  address: null,
  balances: {},
  business_name: null,
  created: NOW,
  currency: null,
  delinquent: false,
  description: null,
  email: null,
  individual_name: null,
  invoice_prefix: 'PREFIX01',
  invoice_settings: {
    custom_fields: null,
    default_payment_method: null,
    footer: null,
    rendering_options: null,
  },
  metadata: {},
  name: null,
  next_invoice_sequence: 1,
  phone: null,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
  ...fields,
})

/** The fact of a customer's creation; `cus_1`, on the root clock, unless said. */
export const customer = (fields: Partial<Customer> = {}): Fact => {
  const made = aCustomer(fields)
  return {
    type: 'CustomerCreated',
    at: made.created,
    ...(made.test_clock === null ? {} : { clock: made.test_clock }),
    customer: made,
  }
}

/** The customer as Stripe renders it where no name of a business or an individual is set. */
export const view = (fields: Partial<Customer> = {}): CustomerView => {
  const { balances, business_name, individual_name, id, ...rest } = aCustomer(fields)
  return {
    id,
    object: 'customer',
    ...rest,
    balance: rest.currency === null ? 0 : (balances[rest.currency] ?? 0),
    ...(business_name ? { business_name } : {}),
    ...(individual_name ? { individual_name } : {}),
    customer_account: null,
    default_source: null,
    discount: null,
    livemode: false,
  }
}

/** The fact of a test clock's creation, standing at an instant. */
export const clock = (frozen_time: Instant, id = 'clock_1'): Fact => ({
  type: 'TestClockCreated',
  at: NOW,
  test_clock: {
    id,
    created: NOW,
    deletes_after: NOW + 2_592_000,
    frozen_time,
    name: null,
    status: 'ready',
    status_details: {},
  },
})

/** A transaction of `cus_1`: 500 of credit by hand, unless said. */
export const aTransaction = (
  fields: Partial<CustomerBalanceTransaction> = {},
): CustomerBalanceTransaction => ({
  id: 'cbtxn_1',
  amount: -500,
  created: NOW,
  credit_note: null,
  currency: 'usd',
  customer: 'cus_1',
  description: null,
  ending_balance: -500,
  invoice: null,
  metadata: {},
  type: 'adjustment',
  ...fields,
})

/** The fact of a change of balance. */
export const transaction = (fields: Partial<CustomerBalanceTransaction> = {}): Fact => {
  const made = aTransaction(fields)
  return {
    type: 'CustomerBalanceTransactionCreated',
    at: made.created,
    customer_balance_transaction: made,
  }
}

/** The transaction as Stripe renders it. */
export const transactionView = (
  fields: Partial<CustomerBalanceTransaction> = {},
): CustomerBalanceTransactionView => ({
  ...aTransaction(fields),
  object: 'customer_balance_transaction',
  checkout_session: null,
  customer_account: null,
  livemode: false,
})

/** What Stripe would have told of between two worlds of one history. */
export const toldOf = (before: World, after: World) =>
  project(notifications, after)
    .value.events.slice(project(notifications, before).value.events.length)
    .map(({ type, created, data }) => ({ type, created, ...data }))
