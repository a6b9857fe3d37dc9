import type { CustomerId, CustomerSlices } from '../customers/index.js'
import { closed, nothing, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { isWithin, listRows, pageParams, timeFilter } from '../kernel/list.js'
import { type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import { isThere, type TestClockSlices } from '../test-clocks/index.js'
import { type ChargeSlices, findCharge, unknownCharge, viewCharge } from './charge.js'
import {
  findPaymentIntent,
  type PaymentIntentSlices,
  unknownPaymentIntent,
  viewPaymentIntent,
} from './payment-intent.js'
import { type PaymentMethodSlices, unknownPaymentMethod } from './payment-method.js'
import { findRefund, type RefundSlices, unknownRefund, viewRefund } from './refund.js'
import {
  findSetupIntent,
  type SetupIntentSlices,
  unknownSetupIntent,
  viewSetupIntent,
} from './setup-intent.js'

type Reads = PaymentIntentSlices &
  ChargeSlices &
  RefundSlices &
  SetupIntentSlices &
  PaymentMethodSlices &
  CustomerSlices &
  TestClockSlices

const page = { ...pageParams, created: optional(timeFilter) }

/** Why a list cannot be narrowed to a customer, if it cannot. */
const unknownCustomer = (
  world: World<CustomerSlices>,
  customer: CustomerId | undefined,
): Rejection | undefined =>
  customer === undefined || world.customers.has(customer)
    ? undefined
    : resourceMissingIn('customer', 'customer', customer)

/** Why a list cannot be narrowed to an intent, if it cannot. */
const unknownIntent = (world: World<Reads>, intent: string | undefined): Rejection | undefined =>
  intent === undefined || findPaymentIntent(world, intent) !== undefined
    ? undefined
    : resourceMissingIn('payment_intent', 'payment_intent', intent)

/** Intents, charges, refunds and setup intents: one of them, or a page of them. */
export const intentQueries = {
  RetrievePaymentIntent: queryOn(nothing('RetrievePaymentIntent'), (world: World<Reads>, id) => {
    const intent = findPaymentIntent(world, id)
    return intent === undefined
      ? E.left(unknownPaymentIntent(id))
      : E.right(viewPaymentIntent(world, intent))
  }),
  /** @remarks Source: docs.stripe.com/api/payment_intents/list. */
  ListPaymentIntents: query(
    closed('ListPaymentIntents', { ...page, customer: optional(text()) }),
    (world: World<Reads>, { created, customer, ...rest }) => {
      const refusal = unknownCustomer(world, customer)
      if (refusal !== undefined) return E.left(refusal)
      return listRows({
        table: world.paymentIntents,
        page: rest,
        url: '/v1/payment_intents',
        noun: 'payment_intent',
        view: (intent) => viewPaymentIntent(world, intent),
        by: customer === undefined ? undefined : ['customer', customer],
        where: (intent) => isThere(world, intent) && isWithin(created, intent.created),
      })
    },
  ),
  RetrieveCharge: queryOn(nothing('RetrieveCharge'), (world: World<Reads>, id) => {
    const found = findCharge(world, id)
    return found === undefined
      ? E.left(unknownCharge(id))
      : E.right(viewCharge(world, found.charge))
  }),
  /** @remarks Source: docs.stripe.com/api/charges/list. */
  ListCharges: query(
    closed('ListCharges', {
      ...page,
      customer: optional(text()),
      payment_intent: optional(text()),
    }),
    (world: World<Reads>, { created, customer, payment_intent, ...rest }) => {
      const refusal = unknownCustomer(world, customer) ?? unknownIntent(world, payment_intent)
      if (refusal !== undefined) return E.left(refusal)
      const of =
        payment_intent === undefined ? customer : world.paymentIntents.need(payment_intent).customer
      return listRows({
        table: world.charges,
        page: rest,
        url: '/v1/charges',
        noun: 'charge',
        view: (charge) => viewCharge(world, charge),
        by: of === undefined ? undefined : ['customer', of],
        where: (charge) => {
          const intent = world.paymentIntents.need(charge.payment_intent)
          return (
            isThere(world, intent) &&
            (customer === undefined || charge.customer === customer) &&
            (payment_intent === undefined || intent.id === payment_intent) &&
            isWithin(created, charge.created)
          )
        },
      })
    },
  ),
  RetrieveRefund: queryOn(nothing('RetrieveRefund'), (world: World<Reads>, id) => {
    const found = findRefund(world, id)
    return found === undefined
      ? E.left(unknownRefund(id))
      : E.right(viewRefund(world, found.refund))
  }),
  /** @remarks Source: docs.stripe.com/api/refunds/list. */
  ListRefunds: query(
    closed('ListRefunds', {
      ...page,
      charge: optional(text()),
      payment_intent: optional(text()),
    }),
    (world: World<Reads>, { charge, created, payment_intent, ...rest }) => {
      if (charge !== undefined && findCharge(world, charge) === undefined)
        return E.left(resourceMissingIn('charge', 'charge', charge))
      const refusal = unknownIntent(world, payment_intent)
      if (refusal !== undefined) return E.left(refusal)
      return listRows({
        table: world.refunds,
        page: rest,
        url: '/v1/refunds',
        noun: 'refund',
        view: (refund) => viewRefund(world, refund),
        by: charge === undefined ? undefined : ['charge', charge],
        where: (refund) => {
          const intent = world.charges.need(refund.charge).payment_intent
          return (
            isThere(world, world.paymentIntents.need(intent)) &&
            (payment_intent === undefined || intent === payment_intent) &&
            isWithin(created, refund.created)
          )
        },
      })
    },
  ),
  RetrieveSetupIntent: queryOn(nothing('RetrieveSetupIntent'), (world: World<Reads>, id) => {
    const intent = findSetupIntent(world, id)
    return intent === undefined
      ? E.left(unknownSetupIntent(id))
      : E.right(viewSetupIntent(world, intent))
  }),
  /** @remarks Source: docs.stripe.com/api/setup_intents/list. */
  ListSetupIntents: query(
    closed('ListSetupIntents', {
      ...page,
      customer: optional(text()),
      payment_method: optional(text()),
    }),
    (world: World<Reads>, { created, customer, payment_method, ...rest }) => {
      const refusal = unknownCustomer(world, customer)
      if (refusal !== undefined) return E.left(refusal)
      if (payment_method !== undefined && !world.paymentMethods.has(payment_method))
        return E.left(unknownPaymentMethod(payment_method, 400))
      return listRows({
        table: world.setupIntents,
        page: rest,
        url: '/v1/setup_intents',
        noun: 'setupintent',
        view: (intent) => viewSetupIntent(world, intent),
        by: customer === undefined ? undefined : ['customer', customer],
        where: (intent) =>
          isThere(world, intent) &&
          (payment_method === undefined || intent.payment_method === payment_method) &&
          isWithin(created, intent.created),
      })
    },
  ),
}
