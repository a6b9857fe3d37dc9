import type { CustomerId } from '../customers/index.js'
import {
  compareDecimals,
  type Decimal,
  decimal,
  decimalToNumber,
  formatDecimal,
  toDecimal,
} from '../kernel/decimal.js'
import type { World } from '../kernel/decision.js'
import type { Notify } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import type { SettingsSlices } from '../settings/index.js'
import { clockNow, onClock, type TestClockId, type TestClockSlices } from '../test-clocks/index.js'
import {
  type Alert,
  type AlertEvent,
  type AlertSlices,
  type AlertTriggered,
  type AlertView,
  scopeOf,
  triggerId,
  viewAlert,
} from './alert.js'

/** Whose usage is looked at: a customer's, on her time line. */
export interface Watched {
  readonly id: CustomerId
  readonly clock: TestClockId | null
}

const NONE: readonly Alert[] = []

/** Whether any alert on a meter may fire at all: what most meters are asked, and no more. */
export const isWatched = ({ alerts }: World<AlertSlices>, meter: string): boolean =>
  alerts.count > 0 && alerts.firstSlotBy('watched', meter) !== undefined

/**
 * The alerts on a meter that may still fire for a customer, in the order of their creation: they are active, watch her
 * and have not fired for her yet. On test clocks there are none where the settings say so.
 */
export const openAlerts = (
  world: World<AlertSlices & SettingsSlices>,
  meter: string,
  { id: customer, clock }: Watched,
): readonly Alert[] => {
  if (clock !== null && !world.settings.alertsOnTestClocks) return NONE
  const { alerts, alertTriggers } = world
  const slots: number[] = []
  for (const scope of [scopeOf(meter, customer), scopeOf(meter, null)])
    for (const slot of alerts.slotsBy('scope', scope)) {
      const { id, status } = alerts.at(slot) as Alert
      if (status === 'active' && !alertTriggers.has(triggerId(id, customer))) slots.push(slot)
    }
  return slots.length === 0
    ? NONE
    : slots.sort((a, b) => a - b).map((slot) => alerts.at(slot) as Alert)
}

/**
 * Fires, of some open alerts, those whose threshold a customer's usage has reached.
 * @param total - All that the customer has used of their meter.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/alerts.
 */
export const fireAlerts = <W extends World<AlertSlices & TestClockSlices>>(
  world: W,
  alerts: readonly Alert[],
  { id: customer, clock }: Watched,
  total: Decimal,
): W => {
  const at = clockNow(world, clock)
  let after = world
  for (const { id, usage_threshold } of alerts) {
    if (compareDecimals(total, decimal(usage_threshold.gte)) < 0) continue
    after = after.record<AlertEvent>({
      type: 'AlertTriggered',
      at,
      ...onClock(clock),
      alert: id,
      customer,
      value: formatDecimal(total),
    })
  }
  return after
}

/** @remarks Source: docs.stripe.com/api/billing/alert/triggered-object; it has no id and cannot be read back. */
export interface AlertTriggeredView {
  readonly object: 'billing.alert_triggered'
  readonly alert: AlertView
  readonly created: Instant
  readonly customer: CustomerId
  readonly livemode: false
  readonly value: number
}

/** Alerts are told when they fire, and of nothing else. */
export const alertNotifications = {
  AlertTriggered: (({ alert, at, customer, value }, _before, _after, step) => [
    {
      type: 'billing.alert.triggered',
      created: at,
      object: {
        object: 'billing.alert_triggered',
        alert: viewAlert(step.after.alerts.need(alert)),
        created: at,
        customer,
        livemode: false,
        value: decimalToNumber(toDecimal(value)),
      } satisfies AlertTriggeredView,
      automatic: true,
    },
  ]) satisfies Notify<AlertSlices, AlertTriggered>,
}
