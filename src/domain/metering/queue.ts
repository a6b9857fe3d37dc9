import type { Deadline } from '../kernel/deadline.js'
import { newId, type World } from '../kernel/decision.js'
import { slice, watch } from '../kernel/family.js'
import { type Instant, later, plus, type Seconds } from '../kernel/instant.js'
import { RANK } from '../kernel/rank.js'
import { Table } from '../kernel/table.js'
import {
  clockNow,
  onClock,
  type TestClockEvent,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'
import type { MeteringEvent, QueuedWork, QueueEvent } from './events.js'

export interface QueueSlices {
  /** Work on meters that waits for its time; empty unless processing is delayed. */
  readonly meterQueue: MeterQueue
}

/** By `clock`: the test clock that the work waits on. */
type MeterQueue = Table<QueuedWork, 'clock'>

export type TestClockDeleted = Extract<TestClockEvent, { type: 'TestClockDeleted' }>

export const queueSlice = slice<MeterQueue, QueueEvent | TestClockDeleted>({
  initial: () =>
    Table.of<QueuedWork, { clock: (work: QueuedWork) => string | null }>({
      clock: ({ clock }) => clock,
    }),
  evolve: {
    MeterWorkQueued: (queue, event) => queue.insert(event.work),
    MeterWorkDone: (queue, event) => queue.remove(event.id),
    // What waits on a clock goes with it.
    TestClockDeleted: (queue, event) =>
      [...queue.by('clock', event.id)].reduce((left, work) => left.remove(work.id), queue),
  },
})

/**
 * Puts work off for the delay that the settings ask for, on the time line of its customers.
 * @param behind - When work that must go before it is due: the delay may have been longer then.
 */
export const queueWork = <W extends World<QueueSlices & TestClockSlices>>(
  world: W,
  clock: TestClockId | null,
  delay: Seconds,
  work: Pick<QueuedWork, 'events' | 'cancel'>,
  behind?: Instant,
): W => {
  const at = clockNow(world, clock)
  const due = later(plus(at, delay), behind ?? at)
  const id = newId(world, 'mtrq_', 24)
  return world.record<MeteringEvent>({
    type: 'MeterWorkQueued',
    at,
    ...onClock(clock),
    work: { id, clock, received_at: at, due, ...work },
  })
}

export const queueDeadlines = watch<QueuedWork>(
  'meterQueue',
  ({ id, clock, due }): readonly Deadline[] => [
    { due, rank: RANK.meterProcessing, clock, command: { type: 'ProcessMeterWork', id } },
  ],
)
