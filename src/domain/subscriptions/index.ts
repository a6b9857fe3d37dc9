import type { PriceSlices } from '../catalog/index.js'
import type { CustomerSlices } from '../customers/index.js'
import { closed, oneOf, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { family, query, queryOn } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import {
  isWithin,
  type List,
  listRows,
  type Page,
  pageParams,
  paginate,
  timeFilter,
} from '../kernel/list.js'
import { type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import { isThere, type TestClockSlices } from '../test-clocks/index.js'
import { subscriptionDeadlines } from './deadlines.js'
import {
  subscriptionEvents,
  subscriptionItemsSlice,
  subscriptionNotifications,
  subscriptionsSlice,
} from './events.js'
import {
  isTerminal,
  itemOf,
  itemsUrl,
  renewalAt,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionItemView,
  type SubscriptionSlices,
  unknownSubscription,
  unknownSubscriptionItem,
  viewSubscription,
  viewSubscriptionItem,
} from './subscription.js'

export {
  daysUntilDueRefusal,
  defaultMethodRefusal,
  type ExtraCharge,
  extraCharges,
  type NewSubscription,
  newSubscription,
  notInFuture,
  pendingIntervalRefusal,
  type SubscriptionReads,
  subscriptionCountRefusal,
  trialEndRefusal,
} from './create.js'
export { subscriptionDeadlines, TRIAL_WARNING_BEFORE } from './deadlines.js'
export type { SubscriptionEvent, SubscriptionInvoiceAnnounced } from './events.js'
export {
  type AddInvoiceItem,
  type CancelSubscription,
  type CreateSubscription,
  type CreateSubscriptionItem,
  cancelSubscriptionParams,
  createSubscriptionItemParams,
  createSubscriptionParams,
  type DeleteSubscriptionItem,
  deleteSubscriptionItemParams,
  ITEMS_MAX,
  type PriceChoice,
  type UpdateSubscription,
  type UpdateSubscriptionItem,
  updateSubscriptionItemParams,
  updateSubscriptionParams,
} from './params.js'
export { type Charge, piecesOf, type Share } from './periods.js'
export {
  amountRefusal,
  choiceOf,
  intervalsRefusal,
  legacyRefusal,
  oneTimePrice,
  oneTimePricing,
  quantityRefusal,
  recurringPrice,
  samePriceTwice,
} from './prices.js'
export {
  anchorOf,
  announcementOf,
  isMetered,
  isTerminal,
  itemOf,
  naturalPeriod,
  recurrenceOf,
  recurrencesOnClock,
  renewalAt,
  type Subscription,
  type SubscriptionId,
  type SubscriptionItem,
  type SubscriptionItemId,
  type SubscriptionItemView,
  type SubscriptionSlices,
  type SubscriptionStatus,
  type SubscriptionView,
  unknownSubscription,
  unknownSubscriptionItem,
  viewSubscription,
  viewSubscriptionItem,
} from './subscription.js'

type Reads = SubscriptionSlices & CustomerSlices & PriceSlices & TestClockSlices

/** The statuses in the order of the live API's refusal. @remarks Observed. */
const status = oneOf('status', [
  'active',
  'past_due',
  'unpaid',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'trialing',
  'paused',
  'all',
  'ended',
])

const listSubscriptions = closed('ListSubscriptions', {
  ...pageParams,
  collection_method: optional(oneOf('collection_method', ['charge_automatically', 'send_invoice'])),
  created: optional(timeFilter),
  current_period_end: optional(timeFilter),
  current_period_start: optional(timeFilter),
  customer: optional(text()),
  plan: optional(text()),
  price: optional(text()),
  status: optional(status),
  test_clock: optional(text()),
})

/** Whether a status is asked for; without one, those are that have not ended. */
const isAsked = (asked: string | undefined, own: Subscription['status']): boolean => {
  if (asked === 'all') return true
  if (asked === undefined) return !isTerminal(own)
  return asked === 'ended' ? isTerminal(own) : asked === own
}

const isOn = ({ items }: Subscription, price: string | undefined): boolean =>
  price === undefined || items.some((item) => item.price === price)

const latestStart = ({ items }: Subscription): Instant =>
  Math.max(...items.map(({ current_period_start }) => current_period_start))

/** A subscription's items, the oldest first. The id of a deleted one still marks its place. @remarks Observed. */
const listItems = (
  world: World<SubscriptionSlices & PriceSlices>,
  subscription: Subscription,
  page: Page,
): Either<Rejection, List<SubscriptionItemView>> => {
  const { items } = subscription
  const slotOf = (id: string): number => world.subscriptionItems.slotOf(id) as number
  const place = (cursor: string): number | undefined => world.subscriptionItems.slotOf(cursor)
  return paginate<SubscriptionItem, SubscriptionItemView>({
    page,
    url: itemsUrl(subscription.id),
    noun: 'subscription_item',
    view: (item) => viewSubscriptionItem(world, subscription, item),
    olderThan: (cursor) => {
      if (cursor === undefined) return items
      const at = place(cursor)
      return at === undefined ? undefined : items.filter(({ id }) => slotOf(id) > at)
    },
    newerThan: (cursor) => {
      const at = place(cursor)
      return at === undefined ? undefined : items.filter(({ id }) => slotOf(id) < at).reverse()
    },
  })
}

export const subscriptionsFamily = family({
  name: 'subscriptions',
  slices: { subscriptions: subscriptionsSlice, subscriptionItems: subscriptionItemsSlice },
  events: subscriptionEvents,
  /** Whatever is done to one concerns its invoices too: all commands are stories. */
  commands: {},
  queries: {
    RetrieveSubscription: queryOn(closed('RetrieveSubscription', {}), (world: World<Reads>, id) => {
      const subscription = world.subscriptions.get(id)
      return subscription === undefined || !isThere(world, subscription)
        ? E.left(unknownSubscription(id))
        : E.right(viewSubscription(world, subscription))
    }),
    /**
     * Without `customer` and `test_clock`, those of the root clock only.
     * @remarks Source: docs.stripe.com/api/subscriptions/list.
     */
    ListSubscriptions: query(
      listSubscriptions,
      (
        world: World<Reads>,
        {
          collection_method,
          created,
          current_period_end,
          current_period_start,
          customer,
          plan,
          price,
          status: asked,
          test_clock,
          ...page
        },
      ) =>
        customer !== undefined && world.customers.slotOf(customer) === undefined
          ? E.left(resourceMissingIn('customer', 'customer', customer))
          : listRows({
              table: world.subscriptions,
              page,
              url: '/v1/subscriptions',
              noun: 'subscription',
              view: (subscription) => viewSubscription(world, subscription),
              by:
                customer === undefined ? ['test_clock', test_clock ?? ''] : ['customer', customer],
              where: (subscription) =>
                isThere(world, subscription) &&
                isAsked(asked, subscription.status) &&
                (test_clock === undefined || subscription.test_clock === test_clock) &&
                (collection_method === undefined ||
                  subscription.collection_method === collection_method) &&
                isWithin(created, subscription.created) &&
                isWithin(current_period_end, renewalAt(subscription)) &&
                isWithin(current_period_start, latestStart(subscription)) &&
                isOn(subscription, plan) &&
                isOn(subscription, price),
            }),
    ),
    RetrieveSubscriptionItem: queryOn(
      closed('RetrieveSubscriptionItem', {}),
      (world: World<Reads>, id) => {
        const found = itemOf(world, id)
        return found === undefined || !isThere(world, found.subscription)
          ? E.left(unknownSubscriptionItem(id))
          : E.right(viewSubscriptionItem(world, found.subscription, found.item))
      },
    ),
    ListSubscriptionItems: query(
      closed('ListSubscriptionItems', { ...pageParams, subscription: text() }),
      (world: World<Reads>, { subscription: id, ...page }) => {
        const subscription = world.subscriptions.get(id)
        return subscription === undefined || !isThere(world, subscription)
          ? E.left(resourceMissingIn('subscription', 'subscription', id))
          : listItems(world, subscription, page)
      },
    ),
  },
  watches: [subscriptionDeadlines],
  notifications: subscriptionNotifications,
})
