import {
  type Instant,
  type Notification,
  notifications,
  type PaymentMethod,
  type PaymentMethodView,
  project,
  type World,
} from 'clepsydra'
import { NOW } from '../customers/support.js'
import type { Fact, Refusal } from '../support/given.js'

export { advance, underway } from '../clocks/support.js'
export { aCustomer, clock, customer, NOW, view } from '../customers/support.js'

export const NO_DETAILS = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
}

/** A Visa card as a log holds it; `pm_1`, attached to nobody, good to January 2027, unless said. */
export const aMethod = (fields: Partial<PaymentMethod> = {}): PaymentMethod => ({
  id: 'pm_1',
  allow_redisplay: 'unspecified',
  billing_details: NO_DETAILS,
  card: 'visa',
  created: NOW,
  customer: null,
  exp_month: 1,
  exp_year: 2027,
  metadata: {},
  attempts: 0,
  use: 'open',
  set_up: false,
  ...fields,
})

/** The fact of a card's creation. */
export const method = (fields: Partial<PaymentMethod> = {}): Fact => ({
  type: 'PaymentMethodCreated',
  at: NOW,
  payment_method: aMethod(fields),
})

export const attached = (id = 'pm_1', customer = 'cus_1', at: Instant = NOW): Fact => ({
  type: 'PaymentMethodAttached',
  at,
  id,
  customer,
})

export const detached = (id = 'pm_1', customer = 'cus_1', at: Instant = NOW): Fact => ({
  type: 'PaymentMethodDetached',
  at,
  id,
  customer,
})

/** The card of {@link aMethod} as Stripe renders it. Its code is unchecked unless said. */
export const methodView = (
  fields: Partial<PaymentMethodView> = {},
  cvc_check: 'pass' | 'unchecked' = 'unchecked',
) => ({
  id: 'pm_1',
  object: 'payment_method',
  allow_redisplay: 'unspecified',
  billing_details: NO_DETAILS,
  card: {
    brand: 'visa',
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check },
    country: 'US',
    display_brand: 'visa',
    exp_month: 1,
    exp_year: 2027,
    fingerprint: 'jW2gZbzy97HDWuUa',
    funding: 'credit',
    generated_from: null,
    last4: '4242',
    networks: { available: ['visa'], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  },
  created: NOW,
  customer: null,
  customer_account: null,
  livemode: false,
  metadata: {},
  shared_payment_granted_token: null,
  type: 'card',
  ...fields,
})

export const noMethod = (id: string, status = 404): Refusal => ({
  status,
  code: 'resource_missing',
  param: 'payment_method',
  message: `No such PaymentMethod: '${id}'; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication`,
})

export const noCustomer = (id: string): Refusal => ({
  code: 'resource_missing',
  param: 'customer',
  message: `No such customer: '${id}'`,
})

export const genericDecline: Refusal = {
  status: 402,
  type: 'card_error',
  code: 'card_declined',
  decline_code: 'generic_decline',
  advice_code: 'try_again_later',
  network_decline_code: '01',
  param: '',
  message: 'Your card was declined.',
}

/** The fact that `clock_1` has begun to advance and is not done. */
export const advancing: Fact = {
  type: 'TestClockAdvanceStarted',
  at: NOW,
  clock: 'clock_1',
  frozen_time: NOW + 60,
}

/** The snapshot events since a world, oldest first. */
export const noticesSince = (before: World, after: World): readonly Notification[] =>
  project(notifications, after).value.events.slice(
    project(notifications, before).value.events.length,
  )
