import { closed } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { listRows, type Page, pageParams } from '../kernel/list.js'
import {
  type TestClockSlices,
  testClockDeadlines,
  testClockEvents,
  testClockNotifications,
  testClocksSlice,
  unknownTestClock,
  viewTestClock,
} from './test-clock.js'

export {
  advanceLimit,
  advancementUnderway,
  advanceParams,
  advancingRefusal,
  CLOCK_TTL,
  type CreateTestClock,
  clockNow,
  createTestClockParams,
  dueCommands,
  endAdvance,
  failAdvance,
  isThere,
  onClock,
  openTestClock,
  removeTestClock,
  startAdvance,
  type TestClock,
  type TestClockEvent,
  type TestClockId,
  type TestClockSlices,
  type TestClockView,
  unknownTestClock,
  viewTestClock,
  writable,
} from './test-clock.js'

/** Test clocks as things. What moves them, and what goes with them when they are deleted, are stories above. */
export const testClocksFamily = family({
  name: 'test-clocks',
  slices: { testClocks: testClocksSlice },
  events: testClockEvents,
  commands: {},
  queries: {
    RetrieveTestClock: queryOn(
      closed('RetrieveTestClock', {}),
      (world: World<TestClockSlices>, id) => {
        const clock = world.testClocks.get(id)
        return clock === undefined ? E.left(unknownTestClock(id)) : E.right(viewTestClock(clock))
      },
    ),
    ListTestClocks: query(
      closed('ListTestClocks', pageParams),
      (world: World<TestClockSlices>, page: Page) =>
        listRows({
          table: world.testClocks,
          page,
          url: '/v1/test_helpers/test_clocks',
          noun: 'test clock',
          view: viewTestClock,
        }),
    ),
  },
  watches: [testClockDeadlines],
  notifications: testClockNotifications,
})
