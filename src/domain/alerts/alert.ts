import type { CustomerId } from '../customers/index.js'
import {
  arrayOf,
  type Codec,
  closed,
  FAIL,
  idOf,
  integer,
  leaf,
  nullable,
  oneOf,
  optional,
  type TypeOf,
  text,
} from '../kernel/codec.js'
import { parseDecimal } from '../kernel/decimal.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { slice } from '../kernel/family.js'
import type { Id } from '../kernel/ids.js'
import { invalidRequest } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'

export type AlertId = Id<'billing.alert'>

/** @remarks Source: docs.stripe.com/api/billing/alert/object. Alerts live on the root clock. */
export interface Alert {
  readonly id: AlertId
  readonly alert_type: 'usage_threshold'
  readonly status: 'active' | 'inactive' | 'archived'
  readonly title: string
  readonly usage_threshold: UsageThreshold
}

export interface UsageThreshold {
  /** One customer; `null` watches every customer. */
  readonly filters: readonly { readonly type: 'customer'; readonly customer: CustomerId }[] | null
  /** In the meter's unit, at least 1. */
  readonly gte: number
  readonly meter: Id<'billing.meter'>
  readonly recurrence: 'one_time'
}

export type AlertView = Alert & { readonly object: 'billing.alert'; readonly livemode: false }

export const viewAlert = (alert: Alert): AlertView => ({
  object: 'billing.alert',
  ...alert,
  livemode: false,
})

/** Whose usage of which meter is looked at: of one customer, or (`null`) of each. */
export const scopeOf = (meter: string, customer: string | null): string =>
  `${meter} ${customer ?? '*'}`

/** The one customer whom an alert watches, `null` where it watches all. */
export const watchedBy = ({ usage_threshold: { filters } }: Alert): CustomerId | null =>
  filters?.[0]?.customer ?? null

/** `watched`: the meter of an active alert. `scope`: what an alert that is not archived looks at. */
export type Alerts = Table<Alert, 'watched' | 'scope'>

export interface AlertSlices {
  readonly alerts: Alerts
  readonly alertTriggers: Table<AlertTrigger>
}

/** That an alert has fired for a customer. */
export interface AlertTrigger {
  readonly id: string
}

export const triggerId = (alert: AlertId, customer: CustomerId): string => `${alert} ${customer}`

// Events

export interface AlertCreated extends DomainEvent {
  readonly type: 'AlertCreated'
  readonly alert: Alert
}
export interface AlertActivated extends DomainEvent {
  readonly type: 'AlertActivated'
  readonly id: AlertId
}
export interface AlertDeactivated extends DomainEvent {
  readonly type: 'AlertDeactivated'
  readonly id: AlertId
}
export interface AlertArchived extends DomainEvent {
  readonly type: 'AlertArchived'
  readonly id: AlertId
}
/** A customer's usage has reached the threshold. It stands right behind the meter event that did it. */
export interface AlertTriggered extends DomainEvent {
  readonly type: 'AlertTriggered'
  readonly alert: AlertId
  readonly customer: CustomerId
  /** All that the customer has used of the meter by then: an exact decimal. */
  readonly value: string
}

export type AlertEvent =
  | AlertCreated
  | AlertActivated
  | AlertDeactivated
  | AlertArchived
  | AlertTriggered

const withStatus =
  (status: Alert['status']) =>
  (alerts: Alerts, { id }: { readonly id: AlertId }): Alerts =>
    alerts.update(id, (alert) => ({ ...alert, status }))

export const alertsSlice = slice<Alerts, Exclude<AlertEvent, AlertTriggered>>({
  initial: () =>
    Table.of<Alert, Record<'watched' | 'scope', (alert: Alert) => string | null>>({
      watched: ({ status, usage_threshold }) =>
        status === 'active' ? usage_threshold.meter : null,
      scope: (alert) =>
        alert.status === 'archived' ? null : scopeOf(alert.usage_threshold.meter, watchedBy(alert)),
    }),
  evolve: {
    AlertCreated: (alerts, event) => alerts.insert(event.alert),
    AlertActivated: withStatus('active'),
    AlertDeactivated: withStatus('inactive'),
    AlertArchived: withStatus('archived'),
  },
})

export const alertTriggersSlice = slice<Table<AlertTrigger>, AlertTriggered>({
  initial: () => Table.of<AlertTrigger>(),
  evolve: {
    AlertTriggered: (triggers, { alert, customer }) =>
      triggers.insert({ id: triggerId(alert, customer) }),
  },
})

// Codecs

const TITLE_MAX = 256

/** Of a total, before the point. */
const DIGITS_MAX = 40

const alertType = oneOf('alert_type', ['usage_threshold'])
const recurrence = oneOf('recurrence', ['one_time'])
const ofCustomer = oneOf('type', ['customer'])

/** Parameters of POST /v1/billing/alerts. */
export const createAlertParams = closed('CreateAlert', {
  alert_type: alertType,
  title: text(TITLE_MAX),
  usage_threshold: optional(
    closed('UsageThreshold', {
      filters: optional(
        arrayOf(closed('Filter', { customer: optional(text()), type: ofCustomer })),
      ),
      gte: integer(1),
      meter: text(),
      recurrence,
    }),
  ),
})

export type CreateAlert = TypeOf<typeof createAlertParams>

const id = idOf<AlertId>()

/** A total as a record holds it: longer than any one value may be. */
const total: Codec<string> = leaf(
  'total',
  (input) =>
    typeof input === 'string' && typeof parseDecimal(input, DIGITS_MAX) === 'object' ? input : FAIL,
  (input, param) => invalidRequest(`Invalid decimal: ${String(input)}`, { param }),
)

const alertRow: Codec<Alert> = closed('Alert', {
  id,
  alert_type: alertType,
  status: oneOf('status', ['active', 'inactive', 'archived']),
  title: text(TITLE_MAX),
  usage_threshold: closed('UsageThreshold', {
    filters: nullable(
      arrayOf(closed('Filter', { type: ofCustomer, customer: idOf<CustomerId>() })),
    ),
    gte: integer(1),
    meter: idOf<Id<'billing.meter'>>(),
    recurrence,
  }),
})

export const alertEvents = {
  AlertCreated: eventFormat<AlertCreated>('AlertCreated', { alert: alertRow }),
  AlertActivated: eventFormat<AlertActivated>('AlertActivated', { id }),
  AlertDeactivated: eventFormat<AlertDeactivated>('AlertDeactivated', { id }),
  AlertArchived: eventFormat<AlertArchived>('AlertArchived', { id }),
  AlertTriggered: eventFormat<AlertTriggered>(
    'AlertTriggered',
    { alert: id, customer: idOf<CustomerId>(), value: total },
    { tell: ({ alert, customer, value }) => `${alert} ${customer} ${value}` },
  ),
}
