import { slice } from '../kernel/family.js'
import { type Row, Table } from '../kernel/table.js'
import type { TestClockSlices } from '../test-clocks/index.js'
import type {
  BalanceTransactionEvent,
  CustomerBalanceTransaction,
  CustomerBalanceTransactionCreated,
} from './balance-transaction.js'
import type { Customer, CustomerEvent, CustomerJoinedTestClock } from './customer.js'

export interface CustomerSlices {
  /** By `test_clock`: the clock's id, or `''` for those on the root clock. By `invoice_prefix`: at most one. */
  readonly customers: Table<Customer, 'test_clock' | 'invoice_prefix'>
  /** By `customer`: all that ever changed her balances. */
  readonly balanceTransactions: Table<CustomerBalanceTransaction, 'customer'>
}

/** What is a customer's goes with her to her clock. */
export const joinedTestClock = <R extends Row & Pick<Customer, 'test_clock'>, Names extends string>(
  rows: Table<R, Names | 'customer'>,
  { id: customer, test_clock }: Pick<CustomerJoinedTestClock, 'id' | 'test_clock'>,
): Table<R, Names | 'customer'> =>
  [...rows.by('customer', customer)].reduce(
    (all, { id }) => all.update(id, (row) => ({ ...row, test_clock })),
    rows,
  )

export const customersSlice = slice<
  CustomerSlices['customers'],
  CustomerEvent | CustomerBalanceTransactionCreated,
  TestClockSlices
>({
  initial: () =>
    Table.of<
      Customer,
      { test_clock: (row: Customer) => string; invoice_prefix: (row: Customer) => string }
    >({
      test_clock: ({ test_clock }) => test_clock ?? '',
      invoice_prefix: ({ invoice_prefix }) => invoice_prefix,
    }),
  evolve: {
    CustomerCreated: (customers, event, { world }) => {
      if (event.customer.test_clock !== null) world.testClocks.need(event.customer.test_clock)
      return customers.insert(event.customer)
    },
    CustomerUpdated: (customers, event) =>
      customers.update(event.id, (customer) => ({ ...customer, ...event.changes })),
    CustomerJoinedTestClock: (customers, event, { world }) => {
      const { id: test_clock } = world.testClocks.need(event.test_clock)
      return customers.update(event.id, (customer) => ({ ...customer, test_clock }))
    },
    CustomerInvoiceNumberTaken: (customers, event) =>
      customers.update(event.id, (customer) => ({
        ...customer,
        next_invoice_sequence: customer.next_invoice_sequence + 1,
      })),
    CustomerBalanceTransactionCreated: (
      customers,
      { customer_balance_transaction: { customer: id, currency, ending_balance } },
    ) =>
      customers.update(id, (customer) => ({
        ...customer,
        balances: { ...customer.balances, [currency]: ending_balance },
      })),
    CustomerDeleted: (customers, event) => customers.remove(event.id),
  },
})

export const balanceTransactionsSlice = slice<
  CustomerSlices['balanceTransactions'],
  BalanceTransactionEvent
>({
  initial: () =>
    Table.of<CustomerBalanceTransaction, { customer: (row: CustomerBalanceTransaction) => string }>(
      { customer: ({ customer }) => customer },
    ),
  evolve: {
    CustomerBalanceTransactionCreated: (transactions, event) =>
      transactions.insert(event.customer_balance_transaction),
    CustomerBalanceTransactionUpdated: (transactions, event) =>
      transactions.update(event.id, (transaction) => ({ ...transaction, ...event.changes })),
  },
})
