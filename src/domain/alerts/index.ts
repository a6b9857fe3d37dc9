import { closed, nothing, oneOf, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { commandOn, family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { listRows, pageParams } from '../kernel/list.js'
import {
  type AlertSlices,
  alertEvents,
  alertsSlice,
  alertTriggersSlice,
  viewAlert,
} from './alert.js'
import { activateAlert, archiveAlert, deactivateAlert, unknownAlert } from './decisions.js'
import { alertNotifications } from './triggers.js'

export {
  type Alert,
  type AlertEvent,
  type AlertId,
  type AlertSlices,
  type AlertTriggered,
  type AlertView,
  type CreateAlert,
  createAlertParams,
  viewAlert,
} from './alert.js'
export { ALERTS_MAX, type NewAlert, openAlert } from './decisions.js'
export {
  type AlertTriggeredView,
  fireAlerts,
  isWatched,
  openAlerts,
  type Watched,
} from './triggers.js'

const view = (_: World<AlertSlices>, alert: Parameters<typeof viewAlert>[0]) => viewAlert(alert)

/** Alerts as things. What opens one needs meters and customers, and is a story above; what fires them is metering. */
export const alertsFamily = family({
  name: 'alerts',
  slices: { alerts: alertsSlice, alertTriggers: alertTriggersSlice },
  events: alertEvents,
  commands: {
    ActivateAlert: commandOn(nothing('ActivateAlert'), activateAlert, view),
    DeactivateAlert: commandOn(nothing('DeactivateAlert'), deactivateAlert, view),
    ArchiveAlert: commandOn(nothing('ArchiveAlert'), archiveAlert, view),
  },
  queries: {
    RetrieveAlert: queryOn(nothing('RetrieveAlert'), (world: World<AlertSlices>, id) => {
      const alert = world.alerts.get(id)
      return alert === undefined ? E.left(unknownAlert(id)) : E.right(viewAlert(alert))
    }),
    /** @remarks Source: docs.stripe.com/api/billing/alert/list: active and inactive alerts. */
    ListAlerts: query(
      closed('ListAlerts', {
        ...pageParams,
        alert_type: optional(oneOf('alert_type', ['usage_threshold'])),
        meter: optional(text()),
      }),
      (world: World<AlertSlices>, { alert_type: _, meter, ...page }) =>
        listRows({
          table: world.alerts,
          page,
          url: '/v1/billing/alerts',
          noun: 'alert',
          view: viewAlert,
          where: ({ status, usage_threshold }) =>
            status !== 'archived' && (meter === undefined || usage_threshold.meter === meter),
        }),
    ),
  },
  watches: [],
  notifications: alertNotifications,
})
