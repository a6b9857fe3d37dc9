/** How a customer's balances change: always by a transaction, which stays. */
import type { Currency } from '../kernel/currency.js'
import { andThen, type Decision, decided, newId } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, pipe } from '../kernel/fp.js'
import { type Metadata, mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { minorUnits } from '../kernel/money.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import { clockNow, onClock, type TestClockSlices } from '../test-clocks/index.js'
import type {
  BalanceTransactionEvent,
  BalanceTransactionType,
  CustomerBalanceTransaction,
  CustomerBalanceTransactionId,
} from './balance-transaction.js'
import { adoptCurrency, writableCustomer } from './changes.js'
import {
  BALANCE_MAX,
  type CreateBalanceTransaction,
  type UpdateBalanceTransaction,
} from './codec.js'
import { balanceIn, type Customer, type CustomerId } from './customer.js'
import type { CustomerSlices } from './slices.js'

type Slices = CustomerSlices & TestClockSlices

/** The currency of a balance where the customer has none yet: the account's. */
export const DEFAULT_CURRENCY: Currency = 'usd'

/** What changes a balance, and on whose account. */
export interface BalanceChange {
  readonly type: BalanceTransactionType
  /** Minor units, not 0; negative is a credit to the customer. */
  readonly amount: number
  readonly currency: Currency
  readonly credit_note?: string
  readonly description?: string | null
  readonly invoice?: string
  readonly metadata?: Metadata | null
}

const withCurrency =
  (id: CustomerId, currency: Currency): Decision<Slices, Customer> =>
  (world) => {
    const customer = world.customers.need(id)
    return customer.currency === null
      ? adoptCurrency(id, currency)(world)
      : decided(world, customer)
  }

/**
 * Changes a customer's balance, whatever her clock is doing. One without a currency takes that of the change.
 * @remarks Source: docs.stripe.com/billing/customer/balance.
 */
export const changeBalance = (
  customer: CustomerId,
  change: BalanceChange,
): Decision<Slices, CustomerBalanceTransaction> =>
  pipe(
    withCurrency(customer, change.currency),
    andThen(
      (owner): Decision<Slices, CustomerBalanceTransaction> =>
        (world) => {
          const { type, currency } = change
          const amount = minorUnits(change.amount)
          const created = clockNow(world, owner.test_clock)
          const customer_balance_transaction: CustomerBalanceTransaction = {
            id: newId(world, 'cbtxn_1', 23),
            amount,
            created,
            credit_note: change.credit_note ?? null,
            currency,
            customer,
            description: change.description ?? null,
            ending_balance: minorUnits(balanceIn(owner, currency) + amount),
            invoice: change.invoice ?? null,
            metadata: newMetadata(change.metadata),
            type,
          }
          const after = world.record<BalanceTransactionEvent>({
            type: 'CustomerBalanceTransactionCreated',
            at: created,
            ...onClock(owner.test_clock),
            customer_balance_transaction,
          })
          return decided(after, customer_balance_transaction)
        },
    ),
  )

/**
 * Brings the balance in the customer's own currency to an amount, by a transaction for the difference if there is one.
 * @remarks Source: docs.stripe.com/api/customers/create and update, `balance`.
 */
export const setBalance =
  (
    id: CustomerId,
    type: 'initial' | 'adjustment',
    balance: number | undefined,
  ): Decision<Slices, Customer> =>
  (world) => {
    const customer = world.customers.need(id)
    const currency = customer.currency ?? DEFAULT_CURRENCY
    const amount = balance === undefined ? 0 : balance - balanceIn(customer, currency)
    if (amount === 0) return decided(world, customer)
    return pipe(
      changeBalance(id, { type, amount, currency }),
      andThen(
        (): Decision<Slices, Customer> => (after) => decided(after, after.customers.need(id)),
      ),
    )(world)
  }

const amountRefusal = (balance: number, amount: number): Rejection | undefined => {
  if (amount === 0)
    return invalidRequest('The amount of a customer balance transaction cannot be zero.', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    })
  return Math.abs(balance + amount) > BALANCE_MAX
    ? invalidRequest(`The balance of a customer can be at most ${BALANCE_MAX} either way.`, {
        code: 'amount_too_large',
        param: 'amount',
      })
    : undefined
}

/**
 * Adjusts a customer's balance by hand.
 * @remarks Source: docs.stripe.com/api/customer_balance_transactions/create.
 */
export const createBalanceTransaction = (
  id: CustomerId,
  params: CreateBalanceTransaction,
): Decision<Slices & SettingsSlices, CustomerBalanceTransaction> =>
  pipe(
    writableCustomer(id),
    andThen((customer): Decision<Slices, CustomerBalanceTransaction> => {
      const refusal = amountRefusal(balanceIn(customer, params.currency), params.amount)
      return refusal === undefined
        ? changeBalance(id, { type: 'adjustment', ...params })
        : () => E.left(refusal)
    }),
  )

/** The transaction of a customer that a path names; another customer's is not hers. */
export const transactionOf = (
  { balanceTransactions }: CustomerSlices,
  customer: CustomerId,
  id: CustomerBalanceTransactionId,
): CustomerBalanceTransaction | undefined => {
  const transaction = balanceTransactions.get(id)
  return transaction?.customer === customer ? transaction : undefined
}

/** @remarks The text is inferred. */
export const unknownTransaction = (id: CustomerBalanceTransactionId): Rejection =>
  resourceMissing('customer balance transaction', id, 'transaction')

/**
 * Changes what is said of a transaction; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/customer_balance_transactions/update.
 */
export const updateBalanceTransaction = (
  id: CustomerId,
  { transaction: named, description, metadata }: UpdateBalanceTransaction,
): Decision<Slices & SettingsSlices, CustomerBalanceTransaction> =>
  pipe(
    writableCustomer(id),
    andThen(
      ({ test_clock }): Decision<Slices, CustomerBalanceTransaction> =>
        (world) => {
          const transaction = transactionOf(world, id, named)
          if (transaction === undefined) return E.left(unknownTransaction(named))
          const next = {
            ...transaction,
            ...(description === undefined ? {} : { description }),
            metadata: mergeMetadata(transaction.metadata, metadata),
          }
          const refusal = metadataRefusal(next.metadata)
          if (refusal !== undefined) return E.left(refusal)
          const changes = changedFields(transaction, next)
          if (Object.keys(changes).length === 0) return decided(world, transaction)
          const after = world.record<BalanceTransactionEvent>({
            type: 'CustomerBalanceTransactionUpdated',
            at: clockNow(world, test_clock),
            ...onClock(test_clock),
            id: named,
            changes,
          })
          return decided(after, after.balanceTransactions.need(named))
        },
    ),
  )
