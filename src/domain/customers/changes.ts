/** Changes of a customer that is there: by her caller, and by what happens to her invoices and payment methods. */
import type { Currency } from '../kernel/currency.js'
import { type Decision, decided } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E } from '../kernel/fp.js'
import { resourceMissing } from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  onClock,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'
import type { Customer, CustomerEvent, CustomerId } from './customer.js'
import type { CustomerSlices } from './slices.js'

type Slices = CustomerSlices & TestClockSlices

/** The customer that a path names, if she may be written to: she is there, and her clock is not advancing. */
export const writableCustomer =
  (id: CustomerId): Decision<Slices & SettingsSlices, Customer> =>
  (world) => {
    const customer = world.customers.get(id)
    if (customer === undefined) return E.left(resourceMissing('customer', id))
    const refusal = advancingRefusal(world, customer.test_clock)
    return refusal === undefined ? decided(world, customer) : E.left(refusal)
  }

/** The fact of a change, if there is one, and the customer as she is then. */
export const becomes =
  (customer: Customer, next: Customer): Decision<Slices, Customer> =>
  (world) => {
    const { id, test_clock } = customer
    const changes = changedFields(customer, next)
    if (Object.keys(changes).length === 0) return decided(world, customer)
    const after = world.record<CustomerEvent>({
      type: 'CustomerUpdated',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id,
      changes,
    })
    return decided(after, after.customers.need(id))
  }

/** Sets fields of a customer, whatever her clock is doing; what is so already records nothing. */
const withFields =
  (id: CustomerId, fields: Partial<Customer>): Decision<Slices, Customer> =>
  (world) => {
    const customer = world.customers.need(id)
    return becomes(customer, { ...customer, ...fields })(world)
  }

/** Says whether a customer is behind with her newest invoice. */
export const setDelinquent = (id: CustomerId, delinquent: boolean): Decision<Slices, Customer> =>
  withFields(id, { delinquent })

/** Makes a currency the customer's own, in place of another too. */
export const adoptCurrency = (id: CustomerId, currency: Currency): Decision<Slices, Customer> =>
  withFields(id, { currency })

/** Invoice numbers have so many digits, or more where a sequence has outgrown them. */
const NUMBER_DIGITS = 4

/**
 * The number of a customer's next invoice, which no other will have: `PREFIX-0001`.
 * @remarks Source: docs.stripe.com/invoicing/customize. It is told of by nobody but the invoice.
 */
export const takeInvoiceNumber =
  (id: CustomerId): Decision<Slices, string> =>
  (world) => {
    const { invoice_prefix, next_invoice_sequence, test_clock } = world.customers.need(id)
    const after = world.record<CustomerEvent>({
      type: 'CustomerInvoiceNumberTaken',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id,
    })
    const digits = String(next_invoice_sequence).padStart(NUMBER_DIGITS, '0')
    return decided(after, [invoice_prefix, digits].join('-')) // A template of this length would keep its parts.
  }

/** The customer with another default payment method, or none. */
export const withDefaultPaymentMethod = (
  customer: Customer,
  default_payment_method: string | null,
): Customer => ({
  ...customer,
  invoice_settings: { ...customer.invoice_settings, default_payment_method },
})

/** Takes a payment method that is gone out of a customer's defaults, whatever her clock is doing. */
export const forgetPaymentMethod =
  (id: CustomerId, method: string): Decision<Slices, Customer> =>
  (world) => {
    const customer = world.customers.need(id)
    return customer.invoice_settings.default_payment_method === method
      ? becomes(customer, withDefaultPaymentMethod(customer, null))(world)
      : decided(world, customer)
  }

/** The fact of a deletion, whatever the clock is doing: a clock takes its customers along. */
export const removeCustomer =
  ({ id, test_clock }: Customer): Decision<Slices, CustomerId> =>
  (world) =>
    decided(
      world.record<CustomerEvent>({
        type: 'CustomerDeleted',
        at: clockNow(world, test_clock),
        ...onClock(test_clock),
        id,
      }),
      id,
    )

/** Puts a customer of the root clock on a test clock, for good. */
export const joinTestClock =
  (id: CustomerId, test_clock: TestClockId): Decision<Slices, Customer> =>
  (world) => {
    const after = world.record<CustomerEvent>({
      type: 'CustomerJoinedTestClock',
      at: clockNow(world, test_clock),
      clock: test_clock,
      id,
      test_clock,
    })
    return decided(after, after.customers.need(id))
  }
