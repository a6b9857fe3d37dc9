export {
  type BurnDownPoint,
  burnDown,
  type CreditBalance,
  creditBalances,
  creditsAt,
} from './credit-balances.js'
export {
  type BillingRule,
  type CountedUsage,
  type Explainable,
  type ExplainedStep,
  type Explanation,
  explain,
  explained,
  explainer,
  type GrantCandidate,
  type Ground,
  recomputed,
} from './explain/index.js'
export {
  API_VERSION,
  type Notification,
  type Notifications,
  notifications,
  type ThinNotification,
} from './notifications.js'
export { type Projected, type Projection, project, type RowHandlers, rowsBy } from './projection.js'
export {
  type AgedReceivables,
  agedReceivables,
  type Receivable,
  receivables,
} from './receivables.js'
export {
  type Revenue,
  type RevenueMonth,
  type RevenueMonthWithMrr,
  revenueByMonth,
  revenueMonths,
} from './revenue.js'
export { type SubscriptionState, subscriptionState } from './subscription-state.js'
export { formatTimelineEntry, type TimelineEntry, timeline } from './timeline.js'
export { type UsageTotal, usageKey, usageTotals } from './usage-totals.js'
