import { previousAttributes } from '../kernel/diff.js'
import type { Notify } from '../kernel/family.js'
import type { Notice } from '../kernel/notice.js'
import type { CustomerBalanceTransactionCreated } from './balance-transaction.js'
import {
  type CustomerCreated,
  type CustomerDeleted,
  type CustomerId,
  type CustomerJoinedTestClock,
  type CustomerUpdated,
  viewCustomer,
} from './customer.js'
import type { CustomerSlices } from './slices.js'

/**
 * One change of a customer, whatever facts it was made of. Of one created just now `customer.created` tells all, and
 * what does not show in her, as a balance in a currency not her own, is not told.
 */
const updated =
  <E extends CustomerUpdated | CustomerJoinedTestClock | CustomerBalanceTransactionCreated>(
    idOf: (event: E) => CustomerId,
  ): Notify<CustomerSlices, E> =>
  (event, before, after): readonly Notice[] => {
    const id = idOf(event)
    const was = before.customers.get(id)
    const now = after.customers.get(id)
    if (was === undefined || now === undefined) return []
    const object = viewCustomer(now)
    const previous_attributes = previousAttributes(viewCustomer(was), object)
    if (Object.keys(previous_attributes).length === 0) return []
    return [{ type: 'customer.updated', created: event.at, object, previous_attributes }]
  }

export const customerNotifications = {
  CustomerCreated: ((event, _, after) => [
    {
      type: 'customer.created',
      created: event.at,
      object: viewCustomer(after.customers.get(event.customer.id) ?? event.customer),
    },
  ]) satisfies Notify<CustomerSlices, CustomerCreated>,
  CustomerUpdated: updated<CustomerUpdated>(({ id }) => id),
  CustomerJoinedTestClock: updated<CustomerJoinedTestClock>(({ id }) => id),
  CustomerBalanceTransactionCreated: updated<CustomerBalanceTransactionCreated>(
    ({ customer_balance_transaction: { customer } }) => customer,
  ),
  CustomerDeleted: ((event, before) => [
    {
      type: 'customer.deleted',
      created: event.at,
      object: viewCustomer(before.customers.need(event.id)),
    },
  ]) satisfies Notify<CustomerSlices, CustomerDeleted>,
}
