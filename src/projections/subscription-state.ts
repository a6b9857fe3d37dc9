import type { PriceId } from '../domain/catalog/index.js'
import type { CustomerId } from '../domain/customers/index.js'
import type { Instant } from '../domain/kernel/instant.js'
import type {
  Subscription,
  SubscriptionEvent,
  SubscriptionId,
  SubscriptionStatus,
} from '../domain/subscriptions/index.js'
import { rowsBy } from './projection.js'

/** Where a subscription stands, and what it bills. */
export interface SubscriptionState {
  readonly subscription: SubscriptionId
  readonly customer: CustomerId
  readonly status: SubscriptionStatus
  /** When it came into that status. */
  readonly since: Instant
  /** Of the item that is billed next: `[start, end)`. */
  readonly current_period: { readonly start: Instant; readonly end: Instant }
  /** `quantity` is `null` where usage is metered. */
  readonly items: readonly { readonly price: PriceId; readonly quantity: number | null }[]
}

/** Of items whose periods end together, the period that began last: the one that renews. */
const billedNext = (items: Subscription['items']): SubscriptionState['current_period'] => {
  let [start, end] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const { current_period_start, current_period_end } of items)
    if (current_period_end < end) [start, end] = [current_period_start, current_period_end]
    else if (current_period_end === end) start = Math.max(start, current_period_start)
  return { start, end }
}

const billing = ({ items }: Pick<Subscription, 'items'>) => ({
  current_period: billedNext(items),
  items: items.map(({ price, quantity }) => ({ price, quantity })),
})

const change = (
  rows: Map<SubscriptionId, SubscriptionState>,
  {
    id,
    at,
    changes: { status, items },
  }: { readonly id: SubscriptionId; readonly at: Instant; readonly changes: Partial<Subscription> },
): void => {
  const row = rows.get(id)
  if (row === undefined) return
  rows.set(id, {
    ...row,
    ...(status === undefined || status === row.status ? {} : { status, since: at }),
    ...(items === undefined ? {} : billing({ items })),
  })
}

/** Every subscription that ever was, ended ones as they ended. */
export const subscriptionState = rowsBy<SubscriptionEvent>()<SubscriptionId, SubscriptionState>(
  'subscription-state',
  {
    SubscriptionCreated: (rows, { subscription, at }) => {
      const { id, customer, status } = subscription
      rows.set(id, { subscription: id, customer, status, since: at, ...billing(subscription) })
    },
    SubscriptionUpdated: change,
    SubscriptionCanceled: change,
    SubscriptionPaused: change,
  },
)
