export { alertStories } from './alerts.js'
export { type CreditBalanceSummary, creditStories } from './credits.js'
export {
  createCustomer,
  customerStories,
  deleteCustomer,
  detachPaymentMethod,
  updateCustomer,
} from './customers.js'
export { invoiceStories } from './invoices.js'
export { paymentStories } from './payments.js'
export { createPreview, type InvoicePreview } from './preview.js'
export { subscriptionStories } from './subscriptions.js'
export { createTestClock, deleteTestClock, testClockStories } from './test-clocks.js'
