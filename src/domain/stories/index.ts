export { createTestClock, deleteTestClock, testClockStories } from './test-clocks.js'
