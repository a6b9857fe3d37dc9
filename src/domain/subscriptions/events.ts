import type { PriceId, PriceSlices } from '../catalog/index.js'
import {
  type CustomerId,
  type CustomerJoinedTestClock,
  joinedTestClock,
} from '../customers/index.js'
import {
  anyText,
  arrayOf,
  boolean,
  type Codec,
  closed,
  idOf,
  integer,
  mapOf,
  nullable,
  oneOf,
  partial,
  timestamp,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import { previousAttributes } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { type Notify, slice } from '../kernel/family.js'
import type { Notice } from '../kernel/notice.js'
import { Table } from '../kernel/table.js'
import type { PaymentMethodId } from '../payments/index.js'
import type { TestClockId } from '../test-clocks/index.js'
import {
  CANCELLATION_REASONS,
  FEEDBACKS,
  type ItemOwner,
  PAUSE_TYPES,
  type Subscription,
  type SubscriptionId,
  type SubscriptionItem,
  type SubscriptionItemId,
  type SubscriptionSlices,
  viewSubscription,
} from './subscription.js'

export interface SubscriptionCreated extends DomainEvent {
  readonly type: 'SubscriptionCreated'
  readonly subscription: Subscription
}
export interface SubscriptionUpdated extends DomainEvent {
  readonly type: 'SubscriptionUpdated'
  readonly id: SubscriptionId
  readonly changes: Partial<Subscription>
}
/** It has ended, by request or by itself. */
export interface SubscriptionCanceled extends DomainEvent {
  readonly type: 'SubscriptionCanceled'
  readonly id: SubscriptionId
  readonly changes: Partial<Subscription>
}
export interface SubscriptionPaused extends DomainEvent {
  readonly type: 'SubscriptionPaused'
  readonly id: SubscriptionId
  readonly changes: Partial<Subscription>
}
/** The end of its trial was announced. */
export interface SubscriptionTrialWillEnd extends DomainEvent {
  readonly type: 'SubscriptionTrialWillEnd'
  readonly id: SubscriptionId
}
/** Its next invoice was announced, or was not to be. */
export interface SubscriptionInvoiceAnnounced extends DomainEvent {
  readonly type: 'SubscriptionInvoiceAnnounced'
  readonly id: SubscriptionId
}

export type SubscriptionEvent =
  | SubscriptionCreated
  | SubscriptionUpdated
  | SubscriptionCanceled
  | SubscriptionPaused
  | SubscriptionTrialWillEnd
  | SubscriptionInvoiceAnnounced

type Subscriptions = SubscriptionSlices['subscriptions']
type Owners = SubscriptionSlices['subscriptionItems']

const changed = (
  subscriptions: Subscriptions,
  { id, changes }: { readonly id: SubscriptionId; readonly changes: Partial<Subscription> },
): Subscriptions => subscriptions.update(id, (subscription) => ({ ...subscription, ...changes }))

export const subscriptionsSlice = slice<Subscriptions, SubscriptionEvent | CustomerJoinedTestClock>(
  {
    initial: () =>
      Table.of<
        Subscription,
        Record<'customer' | 'test_clock', (subscription: Subscription) => string>
      >({
        customer: ({ customer }) => customer,
        test_clock: ({ test_clock }) => test_clock ?? '',
      }),
    evolve: {
      SubscriptionCreated: (subscriptions, event) => subscriptions.insert(event.subscription),
      SubscriptionUpdated: changed,
      SubscriptionCanceled: changed,
      SubscriptionPaused: changed,
      // What a customer pays for goes with her to her clock.
      CustomerJoinedTestClock: joinedTestClock,
      SubscriptionTrialWillEnd: (subscriptions, { id }) =>
        changed(subscriptions, { id, changes: { trial_warned: true } }),
      SubscriptionInvoiceAnnounced: (subscriptions, { id }) =>
        changed(subscriptions, { id, changes: { upcoming_at: null } }),
    },
  },
)

/** The owners once a subscription has these items. A change that only moves periods keeps them all. */
const owning = (
  owners: Owners,
  subscription: SubscriptionId,
  items: readonly SubscriptionItem[] | undefined,
): Owners => {
  if (items === undefined) return owners
  let next = owners
  for (const { id } of items) if (!next.has(id)) next = next.insert({ id, subscription })
  if (next.slotsBy('subscription', subscription).size === items.length) return next
  const kept = new Set(items.map(({ id }) => id))
  for (const { id } of [...next.by('subscription', subscription)])
    if (!kept.has(id)) next = next.remove(id)
  return next
}

const reowned = (
  owners: Owners,
  { id, changes }: { readonly id: SubscriptionId; readonly changes: Partial<Subscription> },
): Owners => owning(owners, id, changes.items)

type ItemsEvent =
  | SubscriptionCreated
  | SubscriptionUpdated
  | SubscriptionCanceled
  | SubscriptionPaused

export const subscriptionItemsSlice = slice<Owners, ItemsEvent>({
  initial: () =>
    Table.of<ItemOwner, { subscription: (owner: ItemOwner) => string }>({
      subscription: ({ subscription }) => subscription,
    }),
  evolve: {
    SubscriptionCreated: (owners, { subscription }) =>
      owning(owners, subscription.id, subscription.items),
    SubscriptionUpdated: reowned,
    SubscriptionCanceled: reowned,
    SubscriptionPaused: reowned,
  },
})

// Codecs of a log's records

const recurrence = closed('Recurrence', {
  interval: oneOf('interval', ['day', 'week', 'month', 'year']),
  interval_count: integer(1),
})

const item = closed('SubscriptionItem', {
  id: idOf<SubscriptionItemId>(),
  created: timestamp,
  metadata: mapOf(anyText),
  price: idOf<PriceId>(),
  quantity: nullable(integer(0)),
  current_period_start: timestamp,
  current_period_end: timestamp,
  usage_from: timestamp,
})

const row = {
  billing_cycle_anchor: timestamp,
  anchor_day: integer(1, 31),
  billing_cycle_anchor_config: nullable(
    closed('BillingCycleAnchorConfig', {
      day_of_month: integer(1, 31),
      hour: nullable(integer(0, 23)),
      minute: nullable(integer(0, 59)),
      month: nullable(integer(1, 12)),
      second: nullable(integer(0, 59)),
    }),
  ),
  billing_mode: oneOf('billing_mode', ['classic', 'flexible']),
  billing_mode_updated_at: nullable(timestamp),
  cancel_at: nullable(timestamp),
  cancel_at_period_end: boolean,
  canceled_at: nullable(timestamp),
  cancellation_details: closed('CancellationDetails', {
    comment: nullable(anyText),
    feedback: nullable(oneOf('feedback', FEEDBACKS)),
    reason: nullable(oneOf('reason', CANCELLATION_REASONS)),
  }),
  collection_method: oneOf('collection_method', ['charge_automatically', 'send_invoice']),
  created: timestamp,
  currency: currencyCode,
  customer: idOf<CustomerId>(),
  days_until_due: nullable(integer(0)),
  default_payment_method: nullable(idOf<PaymentMethodId>()),
  description: nullable(anyText),
  ended_at: nullable(timestamp),
  incomplete_expires_at: nullable(timestamp),
  invoice_settings: closed('InvoiceSettings', {
    custom_fields: nullable(arrayOf(closed('CustomField', { name: anyText, value: anyText }))),
    description: nullable(anyText),
    footer: nullable(anyText),
  }),
  items: arrayOf(item),
  latest_invoice: nullable(anyText),
  metadata: mapOf(anyText),
  pause_collection: nullable(
    closed('PauseCollection', {
      behavior: oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void']),
      resumes_at: nullable(timestamp),
    }),
  ),
  paused: nullable(
    closed('Paused', { type: oneOf('type', PAUSE_TYPES), transitioned_at: timestamp }),
  ),
  payment_settings: closed('PaymentSettings', {
    payment_method_types: nullable(arrayOf(oneOf('payment_method_types', ['card']))),
    save_default_payment_method: oneOf('save_default_payment_method', ['off', 'on_subscription']),
  }),
  pending_invoice_item_interval: nullable(recurrence),
  pending_interval_anchor: nullable(timestamp),
  next_pending_invoice_item_invoice: nullable(timestamp),
  pending_setup_intent: nullable(anyText),
  start_date: timestamp,
  status: oneOf('status', [
    'incomplete',
    'incomplete_expired',
    'trialing',
    'active',
    'past_due',
    'canceled',
    'unpaid',
    'paused',
  ]),
  test_clock: nullable(idOf<TestClockId>()),
  trial_end: nullable(timestamp),
  trial_start: nullable(timestamp),
  missing_payment_method: oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause']),
  trial_anchor: oneOf('trial_anchor', ['now', 'unchanged']),
  trial_warned: boolean,
  upcoming_at: nullable(timestamp),
} satisfies Record<Exclude<keyof Subscription, 'id'>, Codec<any>>

const id = idOf<SubscriptionId>()
const changes: Codec<Partial<Subscription>> = partial('Changes', row)

export const subscriptionEvents = {
  SubscriptionCreated: eventFormat<SubscriptionCreated>('SubscriptionCreated', {
    subscription: closed('Subscription', { id, ...row }) as Codec<Subscription>,
  }),
  SubscriptionUpdated: eventFormat<SubscriptionUpdated>('SubscriptionUpdated', { id, changes }),
  SubscriptionCanceled: eventFormat<SubscriptionCanceled>('SubscriptionCanceled', { id, changes }),
  SubscriptionPaused: eventFormat<SubscriptionPaused>('SubscriptionPaused', { id, changes }),
  SubscriptionTrialWillEnd: eventFormat<SubscriptionTrialWillEnd>('SubscriptionTrialWillEnd', {
    id,
  }),
  SubscriptionInvoiceAnnounced: eventFormat<SubscriptionInvoiceAnnounced>(
    'SubscriptionInvoiceAnnounced',
    { id },
  ),
}

// Notifications

type Reads = SubscriptionSlices & PriceSlices

/** The subscription as the whole transaction left it. */
const snapshot =
  (type: string): Notify<Reads, SubscriptionCanceled | SubscriptionTrialWillEnd> =>
  ({ id: of, at }, _, after) => [
    { type, created: at, object: viewSubscription(after, after.subscriptions.need(of)) },
  ]

/** What a caller sees change over the whole transaction; nothing of a subscription that it created. */
const updated: Notify<Reads, SubscriptionUpdated | SubscriptionPaused> = (
  { id: of, at },
  before,
  after,
): readonly Notice[] => {
  const old = before.subscriptions.get(of)
  if (old === undefined) return []
  const object = viewSubscription(after, after.subscriptions.need(of))
  const previous_attributes = previousAttributes(viewSubscription(before, old), object)
  return Object.keys(previous_attributes).length === 0
    ? []
    : [{ type: 'customer.subscription.updated', created: at, object, previous_attributes }]
}

export const subscriptionNotifications = {
  SubscriptionCreated: (({ subscription, at }, _, after) => [
    {
      type: 'customer.subscription.created',
      created: at,
      object: viewSubscription(after, after.subscriptions.need(subscription.id)),
    },
  ]) satisfies Notify<Reads, SubscriptionCreated>,
  SubscriptionUpdated: updated,
  SubscriptionCanceled: snapshot('customer.subscription.deleted'),
  SubscriptionPaused: ((event, before, after, step) => [
    ...updated(event, before, after, step),
    {
      type: 'customer.subscription.paused',
      created: event.at,
      object: viewSubscription(after, after.subscriptions.need(event.id)),
    },
  ]) satisfies Notify<Reads, SubscriptionPaused>,
  SubscriptionTrialWillEnd: snapshot('customer.subscription.trial_will_end'),
}
