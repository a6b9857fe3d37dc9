import type { CustomerId } from '../customers/index.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import type { Id } from '../kernel/ids.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import {
  type Alert,
  type AlertActivated,
  type AlertArchived,
  type AlertDeactivated,
  type AlertEvent,
  type AlertId,
  type AlertSlices,
  scopeOf,
} from './alert.js'

/** The most alerts of a meter that look at the same customer, archived ones left out. @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/alerts. */
export const ALERTS_MAX = 25

const tooMany = (meter: string, customer: CustomerId | null): Rejection =>
  invalidRequest(
    customer === null
      ? `You can only have up to ${ALERTS_MAX} alerts for all customers on the meter ${meter}.`
      : `You can only have up to ${ALERTS_MAX} alerts for the customer ${customer} on the meter ${meter}.`,
    { param: 'usage_threshold' },
  )

/** What an alert is to watch, once its meter and its customer are known to be there. */
export interface NewAlert {
  readonly title: string
  readonly gte: number
  readonly meter: Id<'billing.meter'>
  /** `null` watches every customer. */
  readonly customer: CustomerId | null
}

/**
 * Opens an alert, active at once.
 * @remarks Source: docs.stripe.com/api/billing/alert/create; the limit's text and `param` are ours.
 */
export const openAlert =
  ({ title, gte, meter, customer }: NewAlert): Decision<AlertSlices, Alert> =>
  (world) => {
    if (world.alerts.slotsBy('scope', scopeOf(meter, customer)).size >= ALERTS_MAX)
      return E.left(tooMany(meter, customer))
    const alert: Alert = {
      id: newId(world, 'alrt_', 24),
      alert_type: 'usage_threshold',
      status: 'active',
      title,
      usage_threshold: {
        filters: customer === null ? null : [{ type: 'customer', customer }],
        gte,
        meter,
        recurrence: 'one_time',
      },
    }
    return decided(world.record<AlertEvent>({ type: 'AlertCreated', at: world.now, alert }), alert)
  }

const archivedAlready = (id: AlertId): Rejection =>
  invalidRequest(`The alert ${id} is archived and cannot be changed.`, { param: 'id' })

export const unknownAlert = (id: string): Rejection => resourceMissing('alert', id)

/** The fact, and the alert as it is then. */
const recorded = <W extends World<AlertSlices>>(
  world: W,
  event: AlertActivated | AlertDeactivated | AlertArchived,
) => {
  const after = world.record<AlertEvent>(event)
  return decided(after, after.alerts.need(event.id))
}

/** Brings an alert to a status. One that has it already changes nothing; an archived one is archived for good. */
const brought =
  (status: Alert['status'], type: 'AlertActivated' | 'AlertDeactivated' | 'AlertArchived') =>
  (id: AlertId): Decision<AlertSlices, Alert> =>
  (world) => {
    const alert = world.alerts.get(id)
    if (alert === undefined) return E.left(unknownAlert(id))
    if (alert.status === status) return decided(world, alert)
    if (alert.status === 'archived') return E.left(archivedAlready(id))
    return recorded(world, { type, at: world.now, id })
  }

/** Lets an alert fire again, for whom it has not fired yet. @remarks Source: docs.stripe.com/api/billing/alert/activate. */
export const activateAlert = brought('active', 'AlertActivated')

/** Keeps an alert from firing. @remarks Source: docs.stripe.com/api/billing/alert/deactivate. */
export const deactivateAlert = brought('inactive', 'AlertDeactivated')

/** Takes an alert out of lists, for good. @remarks Source: docs.stripe.com/api/billing/alert/archive. */
export const archiveAlert = brought('archived', 'AlertArchived')
