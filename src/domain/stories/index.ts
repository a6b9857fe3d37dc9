export {
  createCustomer,
  customerStories,
  deleteCustomer,
  detachPaymentMethod,
  updateCustomer,
} from './customers.js'
export { createTestClock, deleteTestClock, testClockStories } from './test-clocks.js'
