/** Items by themselves: each change of one is an update of its subscription. */
import { andThen, type Decision, decided, type World } from '../kernel/decision.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import { type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import {
  type CreateSubscriptionItem,
  type DeleteSubscriptionItem,
  itemOf,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionItemId,
  type UpdateSubscriptionItem,
  unknownSubscriptionItem,
} from '../subscriptions/index.js'
import { type Billing, writableSubscription } from './billing.js'
import { updateSubscription } from './update.js'

type Reads = World<Billing>

type One = { readonly subscription: Subscription; readonly item: SubscriptionItem }

const writableItem = (world: Reads, id: SubscriptionItemId): Either<Rejection, One> => {
  const found = itemOf(world, id)
  if (found === undefined) return E.left(unknownSubscriptionItem(id))
  const writable = writableSubscription(world, found.subscription.id)
  return E.isLeft(writable) ? writable : E.right(found)
}

const found =
  (id: SubscriptionItemId): Decision<Billing, One> =>
  (world) =>
    decided(world, itemOf(world, id) as One)

/** Adds an item to a subscription. @remarks Source: docs.stripe.com/api/subscription_items/create. */
export const createSubscriptionItem =
  ({
    subscription: id,
    payment_behavior,
    proration_behavior,
    proration_date,
    ...item
  }: CreateSubscriptionItem): Decision<Billing, One> =>
  (world) => {
    const owner = world.subscriptions.get(id)
    if (owner === undefined) return E.left(resourceMissingIn('subscription', 'subscription', id))
    return pipe(
      updateSubscription(id, {
        items: [item],
        ...optional({ payment_behavior, proration_behavior, proration_date }),
      }),
      andThen((subscription) => found((subscription.items.at(-1) as SubscriptionItem).id)),
    )(world)
  }

/** Changes one item. @remarks Source: docs.stripe.com/api/subscription_items/update. */
export const updateSubscriptionItem =
  (
    id: SubscriptionItemId,
    {
      payment_behavior,
      proration_behavior,
      proration_date,
      off_session,
      ...item
    }: UpdateSubscriptionItem,
  ): Decision<Billing, One> =>
  (world) => {
    const one = writableItem(world, id)
    if (E.isLeft(one)) return one
    return pipe(
      updateSubscription(one.right.subscription.id, {
        items: [{ ...item, id }],
        ...optional({ off_session, payment_behavior, proration_behavior, proration_date }),
      }),
      andThen(() => found(id)),
    )(world)
  }

/** Takes an item off its subscription. @remarks Source: docs.stripe.com/api/subscription_items/delete. */
export const deleteSubscriptionItem =
  (
    id: SubscriptionItemId,
    { clear_usage, payment_behavior, proration_behavior, proration_date }: DeleteSubscriptionItem,
  ): Decision<Billing, SubscriptionItemId> =>
  (world) => {
    const one = writableItem(world, id)
    if (E.isLeft(one)) return one
    const done = updateSubscription(one.right.subscription.id, {
      items: [{ id, deleted: true, ...optional({ clear_usage }) }],
      ...optional({ payment_behavior, proration_behavior, proration_date }),
    })(world)
    if (E.isRight(done)) return decided(done.right.world, id)
    return E.left(
      done.left.param === 'items[0][clear_usage]'
        ? { ...done.left, param: 'clear_usage' }
        : done.left,
    )
  }

/** The parameters that were given. */
const optional = <P extends object>(params: P): { [K in keyof P]?: Exclude<P[K], undefined> } =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as {
    [K in keyof P]?: Exclude<P[K], undefined>
  }
