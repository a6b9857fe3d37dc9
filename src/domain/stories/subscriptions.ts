/** The commands of subscriptions, and what the clock does to them. */

import type { Decision, World } from '../kernel/decision.js'
import { command, commandOn, family, type Notify, query } from '../kernel/family.js'
import {
  cancelSubscriptionParams,
  createSubscriptionItemParams,
  createSubscriptionParams,
  deleteSubscriptionItemParams,
  type Subscription,
  type SubscriptionId,
  type SubscriptionInvoiceAnnounced,
  type SubscriptionItem,
  type SubscriptionView,
  subscriptionDeadlines,
  updateSubscriptionItemParams,
  updateSubscriptionParams,
  viewSubscription,
  viewSubscriptionItem,
} from '../subscriptions/index.js'
import { dueCommands } from '../test-clocks/index.js'
import type { Billing } from './billing.js'
import { abandoned, cancelSubscription } from './cancel.js'
import { announcedInvoice, createPreview, createPreviewParams } from './preview.js'
import {
  announceInvoice,
  announceTrialEnd,
  endSubscription,
  endTrial,
  invoicePendingItems,
  renewSubscription,
  resumeCollection,
} from './renew.js'
import { createSubscription } from './subscribe.js'
import {
  createSubscriptionItem,
  deleteSubscriptionItem,
  updateSubscriptionItem,
} from './subscription-items.js'
import { updateSubscription } from './update.js'

/** A first invoice was not paid in time. @remarks Source: docs.stripe.com/billing/subscriptions/overview. Case: S-C10. */
const expireSubscription =
  (id: SubscriptionId): Decision<Billing, Subscription> =>
  (world) =>
    abandoned(world.subscriptions.need(id))(world)

/** A command of the clock's. */
const due = dueCommands<Billing, Subscription, SubscriptionView>(
  (world, id) => world.subscriptions.get(id),
  subscriptionDeadlines,
  viewSubscription,
)

const viewOne = (
  world: World<Billing>,
  { subscription, item }: { readonly subscription: Subscription; readonly item: SubscriptionItem },
) => viewSubscriptionItem(world, subscription, item)

export const subscriptionStories = family({
  name: 'subscription-stories',
  slices: {},
  events: {},
  commands: {
    CreateSubscription: command(createSubscriptionParams, createSubscription, viewSubscription),
    UpdateSubscription: commandOn(updateSubscriptionParams, updateSubscription, viewSubscription),
    CancelSubscription: commandOn(cancelSubscriptionParams, cancelSubscription, viewSubscription),
    CreateSubscriptionItem: command(createSubscriptionItemParams, createSubscriptionItem, viewOne),
    UpdateSubscriptionItem: commandOn(
      updateSubscriptionItemParams,
      updateSubscriptionItem,
      viewOne,
    ),
    DeleteSubscriptionItem: commandOn(
      deleteSubscriptionItemParams,
      deleteSubscriptionItem,
      (_, id) => ({ id, object: 'subscription_item' as const, deleted: true as const }),
    ),
    RenewSubscription: due('RenewSubscription', renewSubscription),
    EndTrial: due('EndTrial', endTrial),
    EndSubscription: due('EndSubscription', endSubscription),
    ExpireSubscription: due('ExpireSubscription', expireSubscription),
    ResumeCollection: due('ResumeCollection', resumeCollection),
    InvoicePendingItems: due('InvoicePendingItems', invoicePendingItems),
    WarnOfTrialEnd: due('WarnOfTrialEnd', announceTrialEnd),
    AnnounceInvoice: due('AnnounceInvoice', announceInvoice),
  },
  queries: {
    /** Shows the next invoice; it stores nothing, so it is a query although Stripe's is a POST. */
    CreateInvoicePreview: query(createPreviewParams, createPreview),
  },
  watches: [],
  notifications: {
    SubscriptionInvoiceAnnounced: ((event, _before, after) => {
      const subscription = after.subscriptions.need(event.id)
      const object = announcedInvoice(after, subscription)
      return object === undefined ? [] : [{ type: 'invoice.upcoming', created: event.at, object }]
    }) satisfies Notify<Billing, SubscriptionInvoiceAnnounced>,
  },
})
