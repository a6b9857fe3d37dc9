import { closed, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { isWithin, listRows, pageParams, timeFilter } from '../kernel/list.js'
import { resourceMissing } from '../kernel/rejection.js'
import {
  type CustomerSlices,
  type CustomerView,
  customerEvents,
  customerNotifications,
  customersSlice,
  type DeletedCustomer,
  viewCustomer,
  viewDeletedCustomer,
} from './customer.js'

export {
  type Address,
  addCustomer,
  addressParams,
  addressRow,
  type CreateCustomer,
  type Customer,
  type CustomerEvent,
  type CustomerId,
  type CustomerSlices,
  type CustomerView,
  createCustomerParams,
  type DeletedCustomer,
  email,
  forgetPaymentMethod,
  joinTestClock,
  NO_ADDRESS,
  newCustomer,
  removeCustomer,
  type Shipping,
  type UpdateCustomer,
  updateCustomer,
  updateCustomerParams,
  viewCustomer,
  viewDeletedCustomer,
  withDefaultPaymentMethod,
  writableCustomer,
} from './customer.js'

const listCustomers = closed('ListCustomers', {
  ...pageParams,
  created: optional(timeFilter),
  email: optional(text(512)),
  test_clock: optional(text()),
})

export const customersFamily = family({
  name: 'customers',
  slices: { customers: customersSlice },
  events: customerEvents,
  /** To create, change or delete one concerns payment methods too: those commands are stories. */
  commands: {},
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
  },
  watches: [],
  notifications: customerNotifications,
})
