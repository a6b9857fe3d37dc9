/** The parameters of the endpoints of subscriptions and their items. */
import { priceDataParams } from '../catalog/index.js'
import {
  arrayOf,
  boolean,
  closed,
  either,
  emptyable,
  integer,
  oneOf,
  optional,
  type TypeOf,
  tagged,
  text,
  timestamp,
  wordOrTime,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import type { Instant } from '../kernel/instant.js'
import { metadataParam } from '../kernel/metadata.js'
import { FEEDBACKS } from './subscription.js'

/** @remarks Source: docs.stripe.com/api/subscriptions/create. */
export const ITEMS_MAX = 20

const interval = oneOf('interval', ['day', 'week', 'month', 'year'])

const { currency, tax_behavior, unit_amount, unit_amount_decimal } = priceDataParams

/** A recurring price that is made along the way. */
const recurringPriceData = closed('PriceData', {
  currency,
  product: text(),
  recurring: closed('Recurring', { interval, interval_count: optional(integer(1)) }),
  tax_behavior,
  unit_amount,
  unit_amount_decimal,
})

/** A price for one time that is made along the way. */
const oneTimePriceData = closed('PriceData', {
  currency,
  product: text(),
  tax_behavior,
  unit_amount,
  unit_amount_decimal,
})

/** Which price an item is on. */
const priceChoice = {
  price: optional(text()),
  plan: optional(text()),
  price_data: optional(recurringPriceData),
}

const itemFields = {
  ...priceChoice,
  quantity: optional(integer(0)),
  metadata: optional(metadataParam),
}

/** Why a customer left, in the words of a caller. */
const cancellationDetails = closed('CancellationDetails', {
  comment: optional(emptyable(text())),
  feedback: optional(emptyable(oneOf('feedback', FEEDBACKS))),
})

const period = closed('Period', {
  start: tagged<
    | { readonly type: 'max_item_period_start' | 'now' }
    | { readonly type: 'timestamp'; readonly timestamp: Instant }
  >('Start', 'type', {
    max_item_period_start: closed('Start', { type: text() }),
    now: closed('Start', { type: text() }),
    timestamp: closed('Start', { type: text(), timestamp }),
  }),
  end: tagged<
    | { readonly type: 'min_item_period_end' }
    | { readonly type: 'timestamp'; readonly timestamp: Instant }
  >('End', 'type', {
    min_item_period_end: closed('End', { type: text() }),
    timestamp: closed('End', { type: text(), timestamp }),
  }),
})

const addInvoiceItems = arrayOf(
  closed('AddInvoiceItem', {
    discountable: optional(boolean),
    metadata: optional(metadataParam),
    period: optional(period),
    price: optional(text()),
    price_data: optional(oneTimePriceData),
    quantity: optional(integer(0)),
  }),
  ITEMS_MAX,
)

const paymentBehavior = oneOf('payment_behavior', [
  'allow_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
  'default_incomplete',
])

const prorationBehavior = oneOf('proration_behavior', [
  'always_invoice',
  'create_prorations',
  'none',
])

const cancelAt = wordOrTime('cancel_at', ['min_period_end', 'max_period_end', 'max_billed_until'])

/** The most that an interval for pending items may count: a year. @remarks Source: docs.stripe.com/api/subscriptions/create. */
const pendingInterval = tagged<{
  readonly interval: TypeOf<typeof interval>
  readonly interval_count?: number
}>('PendingInvoiceItemInterval', 'interval', {
  day: closed('Days', { interval, interval_count: optional(integer(1, 365)) }),
  week: closed('Weeks', { interval, interval_count: optional(integer(1, 52)) }),
  month: closed('Months', { interval, interval_count: optional(integer(1, 12)) }),
  year: closed('Years', { interval, interval_count: optional(integer(1, 1)) }),
})

/** What a creation and an update both take. */
const common = {
  add_invoice_items: optional(addInvoiceItems),
  cancel_at_period_end: optional(boolean),
  collection_method: optional(oneOf('collection_method', ['charge_automatically', 'send_invoice'])),
  days_until_due: optional(integer(0)),
  default_payment_method: optional(text()),
  invoice_settings: optional(
    closed('InvoiceSettings', {
      custom_fields: optional(
        emptyable(arrayOf(closed('CustomField', { name: text(40), value: text(140) }), 4)),
      ),
      description: optional(emptyable(text(1_500))),
      footer: optional(emptyable(text())),
    }),
  ),
  metadata: optional(metadataParam),
  off_session: optional(boolean),
  payment_behavior: optional(paymentBehavior),
  payment_settings: optional(
    closed('PaymentSettings', {
      payment_method_types: optional(emptyable(arrayOf(oneOf('payment_method_types', ['card'])))),
      save_default_payment_method: optional(
        oneOf('save_default_payment_method', ['off', 'on_subscription']),
      ),
    }),
  ),
  pending_invoice_item_interval: optional(emptyable(pendingInterval)),
  proration_behavior: optional(prorationBehavior),
  trial_end: optional(wordOrTime('trial_end', ['now'])),
  trial_from_plan: optional(boolean),
  trial_settings: optional(
    closed('TrialSettings', {
      end_behavior: closed('EndBehavior', {
        billing_cycle_anchor: optional(oneOf('billing_cycle_anchor', ['now', 'unchanged'])),
        missing_payment_method: optional(
          oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause']),
        ),
      }),
    }),
  ),
}

/** The longest trial, in days. @remarks Source: docs.stripe.com/billing/subscriptions/trials. */
export const TRIAL_DAYS_MAX = 730

/** Parameters of POST /v1/subscriptions. */
export const createSubscriptionParams = closed('CreateSubscription', {
  customer: text(),
  items: arrayOf(closed('Item', itemFields), ITEMS_MAX),
  ...common,
  backdate_start_date: optional(timestamp),
  billing_cycle_anchor: optional(timestamp),
  billing_cycle_anchor_config: optional(
    closed('BillingCycleAnchorConfig', {
      day_of_month: integer(1, 31),
      hour: optional(integer(0, 23)),
      minute: optional(integer(0, 59)),
      month: optional(integer(1, 12)),
      second: optional(integer(0, 59)),
    }),
  ),
  billing_mode: optional(closed('BillingMode', { type: oneOf('type', ['classic', 'flexible']) })),
  cancel_at: optional(cancelAt),
  currency: optional(currencyCode),
  description: optional(text(500)),
  trial_period_days: optional(integer(1, TRIAL_DAYS_MAX)),
})

const anchorChange = oneOf('billing_cycle_anchor', ['now', 'unchanged'])

/** Parameters of POST /v1/subscriptions/{id}. The anchor is a word, or an object with the word for its type. */
export const updateSubscriptionParams = closed('UpdateSubscription', {
  ...common,
  billing_cycle_anchor: optional(
    either(
      'billing_cycle_anchor',
      anchorChange,
      closed('BillingCycleAnchor', { type: anchorChange }),
    ),
  ),
  cancel_at: optional(emptyable(cancelAt)),
  cancellation_details: optional(cancellationDetails),
  default_payment_method: optional(emptyable(text())),
  description: optional(emptyable(text(500))),
  items: optional(
    arrayOf(
      closed('Item', {
        id: optional(text()),
        clear_usage: optional(boolean),
        deleted: optional(boolean),
        ...itemFields,
      }),
      ITEMS_MAX,
    ),
  ),
  pause_collection: optional(
    emptyable(
      closed('PauseCollection', {
        behavior: oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void']),
        resumes_at: optional(timestamp),
      }),
    ),
  ),
  proration_date: optional(timestamp),
})

/** Parameters of DELETE /v1/subscriptions/{id}. */
export const cancelSubscriptionParams = closed('CancelSubscription', {
  cancellation_details: optional(cancellationDetails),
  invoice_now: optional(boolean),
  prorate: optional(boolean),
})

const itemChange = {
  payment_behavior: optional(paymentBehavior),
  proration_behavior: optional(prorationBehavior),
  proration_date: optional(timestamp),
}

/** Parameters of POST /v1/subscription_items. */
export const createSubscriptionItemParams = closed('CreateSubscriptionItem', {
  subscription: text(),
  ...itemFields,
  ...itemChange,
})

/** Parameters of POST /v1/subscription_items/{id}. */
export const updateSubscriptionItemParams = closed('UpdateSubscriptionItem', {
  ...itemFields,
  ...itemChange,
  off_session: optional(boolean),
})

/** Parameters of DELETE /v1/subscription_items/{id}. */
export const deleteSubscriptionItemParams = closed('DeleteSubscriptionItem', {
  clear_usage: optional(boolean),
  ...itemChange,
})

export type CreateSubscription = TypeOf<typeof createSubscriptionParams>
export type UpdateSubscription = TypeOf<typeof updateSubscriptionParams>
export type CancelSubscription = TypeOf<typeof cancelSubscriptionParams>
export type CreateSubscriptionItem = TypeOf<typeof createSubscriptionItemParams>
export type UpdateSubscriptionItem = TypeOf<typeof updateSubscriptionItemParams>
export type DeleteSubscriptionItem = TypeOf<typeof deleteSubscriptionItemParams>

/** Which price an item is to be on: one of the three. */
export type PriceChoice = Pick<CreateSubscription['items'][number], 'price' | 'plan' | 'price_data'>
export type AddInvoiceItem = NonNullable<CreateSubscription['add_invoice_items']>[number]
