import type { CustomerId, CustomerSlices } from '../customers/index.js'
import { closed, oneOf, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { command, commandOn, family, query, queryOn } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import { type List, listRows, type Page, pageParams } from '../kernel/list.js'
import {
  invalidRequest,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import {
  type ChargeSlices,
  chargeNotifications,
  chargesSlice,
  updateCharge,
  updateChargeParams,
  viewCharge,
} from './charge.js'
import { factFormats } from './facts.js'
import {
  cancelPaymentIntent,
  cancelPaymentIntentParams,
  type PaymentIntentSlices,
  paymentIntentNotifications,
  paymentIntentsSlice,
  updatePaymentIntent,
  updatePaymentIntentParams,
  viewPaymentIntent,
} from './payment-intent.js'
import {
  attachPaymentMethod,
  attachPaymentMethodParams,
  createPaymentMethod,
  createPaymentMethodParams,
  type PaymentMethod,
  type PaymentMethodSlices,
  type PaymentMethodView,
  paymentMethodEvents,
  paymentMethodNotifications,
  paymentMethodsSlice,
  unknownPaymentMethod,
  updatePaymentMethod,
  updatePaymentMethodParams,
  viewPaymentMethod,
} from './payment-method.js'
import { intentQueries } from './queries.js'
import {
  createRefund,
  createRefundParams,
  type RefundSlices,
  refundNotifications,
  refundsSlice,
  updateRefund,
  updateRefundParams,
  viewRefund,
} from './refund.js'
import {
  createSetupIntent,
  createSetupIntentParams,
  type SetupIntentSlices,
  setupIntentNotifications,
  setupIntentsSlice,
  updateSetupIntent,
  updateSetupIntentParams,
  viewSetupIntent,
} from './setup-intent.js'

export {
  type Attempt,
  type AttemptIntent,
  attemptIntent,
  type ChargeSlices,
  type ChargeView,
  viewCharge,
} from './charge.js'
export type {
  CancellationReason,
  Charge,
  ChargeEvent,
  PaymentError,
  PaymentIntent,
  PaymentIntentEvent,
  Refund,
  RefundEvent,
  SetupIntent,
  SetupIntentEvent,
} from './facts.js'
export type {
  ChargeId,
  PaymentIntentId,
  PaymentMethodId,
  RefundId,
  SetupIntentId,
} from './ids.js'
export {
  type ConfirmPaymentIntent,
  cancelIntent,
  confirmPaymentIntentParams,
  failAuthentication,
  isOpenIntent,
  nextPaymentIntentId,
  type OpenIntent,
  openIntent,
  type PaymentIntentSlices,
  type PaymentIntentView,
  viewPaymentIntent,
  writablePaymentIntent,
} from './payment-intent.js'
export {
  attachTo,
  type BillingDetails,
  chargeOutcome,
  detachPaymentMethod,
  type PaymentMethod,
  type PaymentMethodSlices,
  type PaymentMethodView,
  releasePaymentMethod,
  viewPaymentMethod,
} from './payment-method.js'
export { type RefundSlices, type RefundView, viewRefund } from './refund.js'
export {
  authenticateSetupIntent,
  type CancelSetupIntent,
  type ConfirmSetupIntent,
  cancelSetupIntent,
  cancelSetupIntentParams,
  confirmSetupIntent,
  confirmSetupIntentParams,
  type OpenSetupIntent,
  openSetupIntent,
  type SetupAttempt,
  type SetupIntentSlices,
  type SetupIntentView,
  viewSetupIntent,
  writableSetupIntent,
} from './setup-intent.js'
export { type ChargeOutcome, type Decline, isHardDecline, TEST_CARDS } from './test-cards.js'

/** All that the family keeps. */
export type PaymentSlices = PaymentMethodSlices &
  PaymentIntentSlices &
  ChargeSlices &
  RefundSlices &
  SetupIntentSlices

type Reads = PaymentMethodSlices & CustomerSlices

const filters = {
  ...pageParams,
  allow_redisplay: optional(oneOf('allow_redisplay', ['always', 'limited', 'unspecified'])),
  type: optional(oneOf('type', ['card'])),
}

type Filters = Page & { readonly allow_redisplay?: PaymentMethod['allow_redisplay'] }

/** One page of what is attached to a customer; of nothing without one. */
const listOf = (
  world: World<Reads>,
  customer: CustomerId | undefined,
  url: string,
  { allow_redisplay, ...page }: Filters,
): Either<Rejection, List<PaymentMethodView>> =>
  listRows({
    table: world.paymentMethods,
    page,
    url,
    noun: 'PaymentMethod',
    view: viewPaymentMethod,
    by: ['customer', customer ?? ''],
    where: (method) => allow_redisplay === undefined || method.allow_redisplay === allow_redisplay,
  })

export const paymentsFamily = family({
  name: 'payments',
  slices: {
    paymentMethods: paymentMethodsSlice,
    paymentIntents: paymentIntentsSlice,
    charges: chargesSlice,
    refunds: refundsSlice,
    setupIntents: setupIntentsSlice,
  },
  events: { ...paymentMethodEvents, ...factFormats },
  /**
   * To detach a method concerns its customer too, to pay or set up what a subscription or an invoice waits for concerns
   * these: those commands are stories.
   */
  commands: {
    CreatePaymentMethod: command(createPaymentMethodParams, createPaymentMethod, (_, method) =>
      viewPaymentMethod(method),
    ),
    UpdatePaymentMethod: commandOn(updatePaymentMethodParams, updatePaymentMethod, (_, method) =>
      viewPaymentMethod(method),
    ),
    AttachPaymentMethod: commandOn(attachPaymentMethodParams, attachPaymentMethod, (_, method) =>
      viewPaymentMethod(method),
    ),
    UpdatePaymentIntent: commandOn(
      updatePaymentIntentParams,
      updatePaymentIntent,
      (world: World<PaymentMethodSlices>, intent) => viewPaymentIntent(world, intent),
    ),
    CancelPaymentIntent: commandOn(
      cancelPaymentIntentParams,
      cancelPaymentIntent,
      (world: World<PaymentMethodSlices>, intent) => viewPaymentIntent(world, intent),
    ),
    UpdateCharge: commandOn(updateChargeParams, updateCharge, (world, charge) =>
      viewCharge(world, charge),
    ),
    CreateRefund: command(createRefundParams, createRefund, (world, refund) =>
      viewRefund(world, refund),
    ),
    UpdateRefund: commandOn(updateRefundParams, updateRefund, (world, refund) =>
      viewRefund(world, refund),
    ),
    CreateSetupIntent: command(createSetupIntentParams, createSetupIntent, (world, intent) =>
      viewSetupIntent(world, intent),
    ),
    UpdateSetupIntent: commandOn(
      updateSetupIntentParams,
      updateSetupIntent,
      (world: World<PaymentSlices>, intent) => viewSetupIntent(world, intent),
    ),
  },
  queries: {
    ...intentQueries,
    RetrievePaymentMethod: queryOn(
      closed('RetrievePaymentMethod', {}),
      (world: World<PaymentMethodSlices>, id) => {
        const method = world.paymentMethods.get(id)
        return method === undefined
          ? E.left(unknownPaymentMethod(id))
          : E.right(viewPaymentMethod(method))
      },
    ),
    /** Without `customer` there is nothing. @remarks Source: docs.stripe.com/api/payment_methods/list; observed. */
    ListPaymentMethods: query(
      closed('ListPaymentMethods', { ...filters, customer: optional(text()) }),
      (world: World<Reads>, { customer, type: _, ...page }) =>
        customer === undefined || world.customers.has(customer)
          ? listOf(world, customer, '/v1/payment_methods', page)
          : E.left(resourceMissingIn('customer', 'customer', customer)),
    ),
    /** @remarks Source: docs.stripe.com/api/payment_methods/customer_list. */
    ListCustomerPaymentMethods: queryOn(
      closed('ListCustomerPaymentMethods', filters),
      (world: World<Reads>, id, { type: _, ...page }) =>
        world.customers.has(id)
          ? listOf(world, id, `/v1/customers/${id}/payment_methods`, page)
          : E.left(resourceMissing('customer', id)),
    ),
    /** A method of the customer with the id. @remarks Source: docs.stripe.com/api/payment_methods/customer; observed. */
    RetrieveCustomerPaymentMethod: queryOn(
      closed('RetrieveCustomerPaymentMethod', { payment_method: text() }),
      (world: World<Reads>, id, { payment_method }) => {
        if (!world.customers.has(id)) return E.left(resourceMissing('customer', id, 'customer'))
        const method = world.paymentMethods.get(payment_method)
        if (method === undefined) return E.left(unknownPaymentMethod(payment_method))
        return method.customer === id
          ? E.right(viewPaymentMethod(method))
          : E.left(invalidRequest('Invalid request', { status: 404, param: 'customer' }))
      },
    ),
  },
  watches: [],
  notifications: {
    ...paymentMethodNotifications,
    ...paymentIntentNotifications,
    ...chargeNotifications,
    ...refundNotifications,
    ...setupIntentNotifications,
  },
})
