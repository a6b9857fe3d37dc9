import { type Decision, decided } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import { clockNow, onClock } from '../test-clocks/index.js'
import { cancelNow } from './adjustments.js'
import { processBatch } from './batch.js'
import type { MeteringEvent, QueuedWork } from './events.js'
import type { RecordingSlices } from './reception.js'

const notYet = (work: QueuedWork): Rejection =>
  invalidRequest(`The queued meter work ${work.id} is due at ${work.due}, not before.`, {
    param: 'id',
  })

/** Does queued work when its time has come, and not before: what was received first is processed first. */
export const processWork =
  (id: string): Decision<RecordingSlices, QueuedWork> =>
  (world) => {
    const work = world.meterQueue.get(id)
    if (work === undefined) return E.left(resourceMissing('queued meter work', id))
    if (work.due > clockNow(world, work.clock)) return E.left(notYet(work))
    const done =
      work.cancel === null
        ? processBatch(work.events, () => work.received_at)(world)
        : cancelNow(work.cancel)(world)
    if (E.isLeft(done)) return done
    const after = done.right.world
    const at = clockNow(after, work.clock)
    return decided(
      after.record<MeteringEvent>({
        type: 'MeterWorkDone',
        at,
        ...onClock(work.clock),
        id: work.id,
      }),
      work,
    )
  }
