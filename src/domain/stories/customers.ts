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
import { changeInvoice, dropDraft, dropItem } from '../invoicing/index.js'
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
import { isTerminal } from '../subscriptions/index.js'
import type { TestClockSlices } from '../test-clocks/index.js'
import { type Billing, subscriptionChanged } from './billing.js'
import { cancelNow } from './cancel.js'

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

/** Ends at once all that a customer subscribes to: nothing more is billed. */
const endSubscriptions =
  (customer: Customer): Decision<Billing, unknown> =>
  (world) =>
    each(
      [...world.subscriptions.by('customer', customer.id)].filter(
        ({ status }) => !isTerminal(status),
      ),
      (subscription) => cancelNow(subscription, {}),
    )(world)

/** Drops what was to be billed to a customer; what is open stays open, and nobody collects it. */
const dropUnbilled =
  ({ id }: Customer): Decision<Billing, unknown> =>
  (world) => {
    const invoices = [...world.invoices.by('customer', id)]
    const halted = invoices.filter(({ status, auto_advance }) => status === 'open' && auto_advance)
    return pipe(
      each(
        [...world.invoiceItems.by('customer', id)].filter(({ invoice }) => invoice === null),
        dropItem,
      ),
      andThen(() =>
        each(
          invoices.filter(({ status }) => status === 'draft'),
          dropDraft,
        ),
      ),
      andThen(() =>
        each(halted, (invoice) =>
          changeInvoice(invoice, { auto_advance: false, next_payment_attempt: null }),
        ),
      ),
    )(world)
  }

/**
 * Deletes a customer with what hangs on her: her subscriptions end, what was to be billed is dropped, her methods are
 * detached in the order of their creation.
 */
export const removeWithAll =
  (customer: Customer): Decision<Billing, CustomerId> =>
  (world) =>
    pipe(
      endSubscriptions(customer),
      andThen(() => dropUnbilled(customer)),
      andThen(() =>
        each([...world.paymentMethods.by('customer', customer.id)], (method) =>
          releasePaymentMethod(method, customer),
        ),
      ),
      andThen(() => removeCustomer(customer)),
    )(world)

/** Deletes a customer for good. @remarks Source: docs.stripe.com/api/customers/delete. */
export const deleteCustomer = (id: CustomerId): Decision<Billing, CustomerId> =>
  pipe(writableCustomer(id), andThen(removeWithAll))

/** Takes a method that is gone out of the defaults of what a customer subscribes to and still owes. */
const forgottenBySubscriptions =
  (customer: CustomerId, method: PaymentMethodId): Decision<Billing, unknown> =>
  (world) =>
    pipe(
      each(
        [...world.subscriptions.by('customer', customer)].filter(
          ({ default_payment_method }) => default_payment_method === method,
        ),
        (subscription) => subscriptionChanged(subscription, { default_payment_method: null }),
      ),
      andThen(() =>
        each(
          [...world.invoices.by('customer', customer)].filter(
            ({ default_payment_method, status }) =>
              default_payment_method === method && status !== 'paid' && status !== 'void',
          ),
          (invoice) => changeInvoice(invoice, { default_payment_method: null }),
        ),
      ),
    )(world)

/**
 * Detaches a payment method and clears the defaults that point to it.
 * @remarks Source: docs.stripe.com/api/payment_methods/detach.
 */
export const detachPaymentMethod =
  (id: PaymentMethodId): Decision<Billing, PaymentMethod> =>
  (world) => {
    const owner = world.paymentMethods.get(id)?.customer
    const detached = detach(id)
    if (owner === undefined || owner === null) return detached(world)
    return pipe(
      detached,
      andThen((method) =>
        pipe(
          forgetPaymentMethod(owner, id),
          andThen(() => forgottenBySubscriptions(owner, id)),
          mapResult(() => method),
        ),
      ),
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
