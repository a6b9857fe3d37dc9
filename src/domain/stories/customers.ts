import {
  addCustomer,
  type CreateCustomer,
  type Customer,
  type CustomerId,
  type CustomerSlices,
  createCustomerParams,
  forgetPaymentMethod,
  newCustomer,
  removeCustomer,
  type UpdateCustomer,
  updateCustomerParams,
  updateCustomer as updateCustomerRow,
  viewCustomer,
  viewDeletedCustomer,
  withDefaultPaymentMethod,
  writableCustomer,
} from '../customers/index.js'
import { closed } from '../kernel/codec.js'
import { andThen, type Decision, decided, each, mapResult, succeed } from '../kernel/decision.js'
import { command, commandOn, family } from '../kernel/family.js'
import { E, pipe } from '../kernel/fp.js'
import { invalidRequest } from '../kernel/rejection.js'
import {
  attachTo,
  detachPaymentMethod as detach,
  type PaymentMethod,
  type PaymentMethodId,
  type PaymentMethodSlices,
  releasePaymentMethod,
  viewPaymentMethod,
} from '../payments/index.js'
import type { SettingsSlices } from '../settings/index.js'
import type { TestClockSlices } from '../test-clocks/index.js'

type Slices = CustomerSlices & PaymentMethodSlices & TestClockSlices & SettingsSlices

/**
 * Holds a customer's default payment method to being attached to her.
 * @remarks The text is known from the live API.
 */
const withOwnDefault =
  (customer: Customer): Decision<PaymentMethodSlices, Customer> =>
  (world) => {
    const { default_payment_method: method } = customer.invoice_settings
    return method === null || world.paymentMethods.get(method)?.customer === customer.id
      ? decided(world, customer)
      : E.left(
          invalidRequest(
            `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
            {
              code: 'resource_missing',
              param: 'invoice_settings[default_payment_method]',
            },
          ),
        )
  }

/**
 * Attaches the method that a customer is created with. Where the same test id is to be her default, the card that it
 * made is meant.
 */
const bringing = (customer: Customer, id: PaymentMethodId): Decision<Slices, Customer> =>
  pipe(
    attachTo(id, customer, 400),
    mapResult((method) =>
      customer.invoice_settings.default_payment_method === id
        ? withDefaultPaymentMethod(customer, method.id)
        : customer,
    ),
  )

/**
 * Creates a customer. A payment method that she brings is attached first; if it cannot be, neither is there.
 * @remarks Source: docs.stripe.com/api/customers/create.
 */
export const createCustomer = ({
  payment_method,
  ...params
}: CreateCustomer): Decision<Slices, Customer> =>
  pipe(
    newCustomer(params),
    andThen((customer) =>
      payment_method === undefined ? succeed(customer) : bringing(customer, payment_method),
    ),
    andThen(withOwnDefault),
    andThen((customer) => addCustomer(customer, params.balance)),
  )

/** Changes a customer. @remarks Source: docs.stripe.com/api/customers/update. */
export const updateCustomer = (
  id: CustomerId,
  params: UpdateCustomer,
): Decision<Slices, Customer> => pipe(updateCustomerRow(id, params), andThen(withOwnDefault))

/** Detaches all that is attached to a customer, in the order of its creation, and then deletes her. */
export const removeWithMethods =
  (customer: Customer): Decision<Slices, CustomerId> =>
  (world) =>
    pipe(
      each([...world.paymentMethods.by('customer', customer.id)], (method) =>
        releasePaymentMethod(method, customer),
      ),
      andThen(() => removeCustomer(customer)),
    )(world)

/** Deletes a customer for good. @remarks Source: docs.stripe.com/api/customers/delete. */
export const deleteCustomer = (id: CustomerId): Decision<Slices, CustomerId> =>
  pipe(writableCustomer(id), andThen(removeWithMethods))

/**
 * Detaches a payment method and clears the defaults that point to it.
 * @remarks Source: docs.stripe.com/api/payment_methods/detach.
 */
export const detachPaymentMethod =
  (id: PaymentMethodId): Decision<Slices, PaymentMethod> =>
  (world) => {
    const owner = world.paymentMethods.get(id)?.customer
    const detached = detach(id)
    if (owner === undefined || owner === null) return detached(world)
    return pipe(
      detached,
      andThen((method) => mapResult(() => method)(forgetPaymentMethod(owner, id))),
    )(world)
  }

export const customerStories = family({
  name: 'customer-stories',
  slices: {},
  events: {},
  commands: {
    CreateCustomer: command(createCustomerParams, createCustomer, (_, customer) =>
      viewCustomer(customer),
    ),
    UpdateCustomer: commandOn(updateCustomerParams, updateCustomer, (_, customer) =>
      viewCustomer(customer),
    ),
    DeleteCustomer: commandOn(closed('DeleteCustomer', {}), deleteCustomer, (_, id) =>
      viewDeletedCustomer(id),
    ),
    DetachPaymentMethod: commandOn(
      closed('DetachPaymentMethod', {}),
      detachPaymentMethod,
      (_, method) => viewPaymentMethod(method),
    ),
  },
  queries: {},
  watches: [],
  notifications: {},
})
