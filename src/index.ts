/** The front door: all that an embedder imports. It loads no HTTP, SQL or terminal code. */
export { type Clock, frozenClock, type ManualClock, manualClock } from './clock/clock.js'
export type { RootClock } from './clock/family.js'
export {
  ALERTS_MAX,
  type Alert,
  type AlertTriggered,
  type AlertTriggeredView,
  type AlertView,
} from './domain/alerts/index.js'
export {
  type CurrencyOption,
  type PlanView,
  type Price,
  type PricedPart,
  type PriceView,
  type Pricing,
  type Product,
  type ProductView,
  pricedParts,
  priceOf,
  pricingIn,
  type Tier,
  type TransformQuantity,
  transformed,
} from './domain/catalog/index.js'
export {
  type CreditBalanceTransaction,
  type CreditBalanceTransactionView,
  type CreditGrant,
  type CreditGrantState,
  type CreditGrantView,
  type CreditsOf,
  type CreditTotals,
  stateOfGrant,
} from './domain/credits/index.js'
export type {
  Address,
  Customer,
  CustomerBalanceTransaction,
  CustomerBalanceTransactionView,
  CustomerView,
  DeletedCustomer,
  Shipping,
} from './domain/customers/index.js'
export {
  amountRemainingOf,
  type Invoice,
  type InvoiceItem,
  type InvoiceItemView,
  type InvoiceLine,
  type InvoiceLineView,
  type InvoicePaymentView,
  type InvoiceView,
  subtotalOf,
  totalOf,
} from './domain/invoicing/index.js'
export {
  addInterval,
  addMonths,
  type CivilTime,
  formatDay,
  formatInstant,
  fromCivil,
  type Interval,
  parseInstant,
  toCivil,
  toInstant,
  type WrittenInstant,
  weekday,
} from './domain/kernel/calendar.js'
export type { Recurrence } from './domain/kernel/cycle.js'
export type { Deadline } from './domain/kernel/deadline.js'
export {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimalToNumber,
  formatDecimal,
  type Rounding,
  subtractDecimals,
  toDecimal,
} from './domain/kernel/decimal.js'
export { Defect } from './domain/kernel/defect.js'
export type { DomainEvent } from './domain/kernel/event.js'
export { E, type Either } from './domain/kernel/fp.js'
export {
  DAY,
  days,
  HOUR,
  hours,
  type Instant,
  MINUTE,
  minutes,
  type Seconds,
} from './domain/kernel/instant.js'
export type { List } from './domain/kernel/list.js'
export {
  entries,
  eventsBetween,
  type LogEntry,
  type Transaction,
  transactions,
} from './domain/kernel/log.js'
export type { Rejection } from './domain/kernel/rejection.js'
export {
  aggregate,
  type Formula,
  hasIdentifier,
  type Meter,
  type MeterEventRecorded,
  type MeterEventSummary,
  type MeterEventView,
  type MeterView,
  type RecordedBatch,
  type RecordMeterEvent,
} from './domain/metering/index.js'
export type {
  BillingDetails,
  Charge,
  ChargeView,
  PaymentIntent,
  PaymentIntentView,
  PaymentMethod,
  PaymentMethodView,
  Refund,
  RefundView,
  SetupIntent,
  SetupIntentView,
} from './domain/payments/index.js'
export { DEFAULT_SETTINGS, type DunningSchedule, type Settings } from './domain/settings/index.js'
export type { CreditBalanceSummary, InvoicePreview } from './domain/stories/index.js'
export type {
  Subscription,
  SubscriptionItem,
  SubscriptionItemView,
  SubscriptionStatus,
  SubscriptionView,
} from './domain/subscriptions/index.js'
export { advanceLimit, type TestClock, type TestClockView } from './domain/test-clocks/index.js'
export type { UsageRecordSummary, UsageRecordView } from './domain/usage-records/index.js'
export * from './projections/index.js'
export { systemClock } from './system-clock.js'
export {
  type AnswerOf,
  ask,
  type BatchRejection,
  type Command,
  type CommandOf,
  type CommandType,
  createWorld,
  execute,
  executeAll,
  type Outcome,
  type Query,
  type QueryOf,
  type QueryType,
  type ResultOf,
  type World,
  type WorldOptions,
} from './world/execute.js'
export {
  type LogDamage,
  type RewindPoint,
  readLog,
  replay,
  rewind,
  snapshot,
  writeLog,
} from './world/log.js'
export {
  createSimulator,
  importLog,
  LogDamageError,
  RejectionError,
  Simulator,
  type SimulatorOptions,
} from './world/simulator.js'
