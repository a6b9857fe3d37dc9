/** Opening an alert: on a meter that is there, for a customer who is there. */
import {
  type Alert,
  type AlertSlices,
  type CreateAlert,
  createAlertParams,
  openAlert,
  viewAlert,
} from '../alerts/index.js'
import type { CustomerSlices } from '../customers/index.js'
import type { Decision, World } from '../kernel/decision.js'
import { command, family } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { invalidRequest, parameterMissing, resourceMissingIn } from '../kernel/rejection.js'
import type { MeterSlices } from '../metering/index.js'

type Slices = AlertSlices & CustomerSlices & MeterSlices

const FILTERS = 'usage_threshold[filters]'
const CUSTOMER = `${FILTERS}[0][customer]`

/** @remarks Source: docs.stripe.com/api/billing/alert/create. The texts, and what is missed in an order, are ours. */
export const createAlert =
  ({ title, usage_threshold }: CreateAlert): Decision<Slices, Alert> =>
  (world) => {
    if (usage_threshold === undefined) return E.left(parameterMissing('usage_threshold'))
    const { filters = [], gte, meter } = usage_threshold
    if (filters.length > 1)
      return E.left(
        invalidRequest('You can only specify up to one filter at this time.', { param: FILTERS }),
      )
    const [filter] = filters
    if (filter !== undefined && filter.customer === undefined)
      return E.left(parameterMissing(CUSTOMER))
    if (!world.meters.has(meter))
      return E.left(resourceMissingIn('usage_threshold[meter]', 'meter', meter))
    const customer = filter?.customer ?? null
    if (customer !== null && !world.customers.has(customer))
      return E.left(resourceMissingIn(CUSTOMER, 'customer', customer))
    return openAlert({ title, gte, meter, customer })(world)
  }

export const alertStories = family({
  name: 'alert-stories',
  slices: {},
  events: {},
  commands: {
    CreateAlert: command(createAlertParams, createAlert, (_: World<Slices>, alert) =>
      viewAlert(alert),
    ),
  },
  queries: {},
  watches: [],
  notifications: {},
})
