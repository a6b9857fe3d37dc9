/** The registry: one line a family. Order is the order of slices and, for ties of one instant, of their rows. */

import { alertsFamily } from './alerts/index.js'
import { catalogFamily } from './catalog/index.js'
import { creditsFamily } from './credits/index.js'
import { customersFamily } from './customers/index.js'
import { invoicingFamily } from './invoicing/index.js'
import { meteringFamily } from './metering/index.js'
import { paymentsFamily } from './payments/index.js'
import { settingsFamily } from './settings/index.js'
import {
  alertStories,
  creditStories,
  customerStories,
  invoiceStories,
  paymentStories,
  subscriptionStories,
  testClockStories,
} from './stories/index.js'
import { subscriptionsFamily } from './subscriptions/index.js'
import { testClocksFamily } from './test-clocks/index.js'
import { usageRecordsFamily } from './usage-records/index.js'

export const families = [
  settingsFamily,
  testClocksFamily,
  customersFamily,
  alertsFamily,
  meteringFamily,
  catalogFamily,
  creditsFamily,
  paymentsFamily,
  invoicingFamily,
  subscriptionsFamily,
  usageRecordsFamily,
  customerStories,
  paymentStories,
  invoiceStories,
  creditStories,
  subscriptionStories,
  testClockStories,
  alertStories,
] as const
