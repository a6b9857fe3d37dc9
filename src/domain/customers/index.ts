import { closed, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { commandOn, family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { isWithin, listRows, pageParams, timeFilter } from '../kernel/list.js'
import { resourceMissing } from '../kernel/rejection.js'
import { viewBalanceTransaction } from './balance-transaction.js'
import {
  createBalanceTransaction,
  transactionOf,
  unknownTransaction,
  updateBalanceTransaction,
} from './balances.js'
import {
  createBalanceTransactionParams,
  customerEvents,
  updateBalanceTransactionParams,
} from './codec.js'
import {
  type CustomerView,
  type DeletedCustomer,
  viewCustomer,
  viewDeletedCustomer,
} from './customer.js'
import { customerNotifications } from './notifications.js'
import { balanceTransactionsSlice, type CustomerSlices, customersSlice } from './slices.js'

export {
  type BalanceTransactionType,
  type CustomerBalanceTransaction,
  type CustomerBalanceTransactionCreated,
  type CustomerBalanceTransactionId,
  type CustomerBalanceTransactionUpdated,
  type CustomerBalanceTransactionView,
  viewBalanceTransaction,
} from './balance-transaction.js'
export { type BalanceChange, changeBalance, DEFAULT_CURRENCY } from './balances.js'
export {
  adoptCurrency,
  forgetPaymentMethod,
  joinTestClock,
  removeCustomer,
  setDelinquent,
  takeInvoiceNumber,
  withDefaultPaymentMethod,
  writableCustomer,
} from './changes.js'
export {
  addressParams,
  addressRow,
  type CreateCustomer,
  createCustomerParams,
  email,
  type UpdateCustomer,
  updateCustomerParams,
} from './codec.js'
export {
  type Address,
  balanceIn,
  type Customer,
  type CustomerCreated,
  type CustomerDeleted,
  type CustomerEvent,
  type CustomerId,
  type CustomerInvoiceNumberTaken,
  type CustomerJoinedTestClock,
  type CustomerUpdated,
  type CustomerView,
  type DeletedCustomer,
  type Shipping,
  viewCustomer,
  viewDeletedCustomer,
} from './customer.js'
export { addCustomer, NO_ADDRESS, newCustomer, updateCustomer } from './decisions.js'
export { type CustomerSlices, joinedTestClock } from './slices.js'

const listCustomers = closed('ListCustomers', {
  ...pageParams,
  created: optional(timeFilter),
  email: optional(text(512)),
  test_clock: optional(text()),
})

const listBalanceTransactions = closed('ListCustomerBalanceTransactions', {
  ...pageParams,
  created: optional(timeFilter),
  invoice: optional(text()),
})

export const customersFamily = family({
  name: 'customers',
  slices: { customers: customersSlice, balanceTransactions: balanceTransactionsSlice },
  events: customerEvents,
  /** To create, change or delete one concerns payment methods too: those commands are stories. */
  commands: {
    CreateCustomerBalanceTransaction: commandOn(
      createBalanceTransactionParams,
      createBalanceTransaction,
      (_, transaction) => viewBalanceTransaction(transaction),
    ),
    UpdateCustomerBalanceTransaction: commandOn(
      updateBalanceTransactionParams,
      updateBalanceTransaction,
      (_, transaction) => viewBalanceTransaction(transaction),
    ),
  },
  queries: {
    /** A deleted customer answers `deleted: true`. */
    RetrieveCustomer: queryOn(
      closed('RetrieveCustomer', {}),
      (world: World<CustomerSlices>, id) => {
        const customer = world.customers.get(id)
        if (customer !== undefined)
          return E.right<never, CustomerView | DeletedCustomer>(viewCustomer(customer))
        return world.customers.slotOf(id) === undefined
          ? E.left(resourceMissing('customer', id))
          : E.right(viewDeletedCustomer(id))
      },
    ),
    /** Without `test_clock`, customers of the root clock only. @remarks Source: docs.stripe.com/api/customers/list. */
    ListCustomers: query(
      listCustomers,
      (world: World<CustomerSlices>, { created, email, test_clock, ...page }) =>
        listRows({
          table: world.customers,
          page,
          url: '/v1/customers',
          noun: 'customer',
          view: viewCustomer,
          by: ['test_clock', test_clock ?? ''],
          where: (customer) =>
            isWithin(created, customer.created) &&
            (email === undefined || customer.email === email),
        }),
    ),
    /** @remarks Source: docs.stripe.com/api/customer_balance_transactions/retrieve. */
    RetrieveCustomerBalanceTransaction: queryOn(
      closed('RetrieveCustomerBalanceTransaction', { transaction: text() }),
      (world: World<CustomerSlices>, id, { transaction: named }) => {
        if (!world.customers.has(id)) return E.left(resourceMissing('customer', id))
        const transaction = transactionOf(world, id, named)
        return transaction === undefined
          ? E.left(unknownTransaction(named))
          : E.right(viewBalanceTransaction(transaction))
      },
    ),
    /** @remarks Source: docs.stripe.com/api/customer_balance_transactions/list. */
    ListCustomerBalanceTransactions: queryOn(
      listBalanceTransactions,
      (world: World<CustomerSlices>, id, { created, invoice, ...page }) =>
        world.customers.has(id)
          ? listRows({
              table: world.balanceTransactions,
              page,
              url: `/v1/customers/${id}/balance_transactions`,
              noun: 'customer balance transaction',
              view: viewBalanceTransaction,
              by: ['customer', id],
              where: (transaction) =>
                isWithin(created, transaction.created) &&
                (invoice === undefined || transaction.invoice === invoice),
            })
          : E.left(resourceMissing('customer', id)),
    ),
  },
  watches: [],
  notifications: customerNotifications,
})
