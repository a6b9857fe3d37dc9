import type { PriceSlices } from '../domain/catalog/index.js'
import { nothing } from '../domain/kernel/codec.js'
import { type Decision, decided, type World } from '../domain/kernel/decision.js'
import type { DomainEvent } from '../domain/kernel/event.js'
import { eventFormat } from '../domain/kernel/event-format.js'
import { type CommandDefinition, commandOn, family, query } from '../domain/kernel/family.js'
import { E } from '../domain/kernel/fp.js'
import type { Instant } from '../domain/kernel/instant.js'
import { invalidRequest } from '../domain/kernel/rejection.js'
import type { SettingsSlices } from '../domain/settings/index.js'
import { recurrencesOnClock, type SubscriptionSlices } from '../domain/subscriptions/index.js'
import {
  advanceParams,
  clockNow,
  endAdvance,
  failAdvance,
  startAdvance,
  type TestClock,
  type TestClockId,
  type TestClockSlices,
  type TestClockView,
  unknownTestClock,
  viewTestClock,
} from '../domain/test-clocks/index.js'
import { advanceTo } from './advance.js'

/** The clock of everything that is on no test clock. */
export interface RootClock {
  readonly object: 'clepsydra.root_clock'
  readonly now: Instant
}

export interface RootClockAdvanced extends DomainEvent {
  readonly type: 'RootClockAdvanced'
}

type Slices = TestClockSlices & SettingsSlices & SubscriptionSlices & PriceSlices

const viewRootClock = (world: World): RootClock => ({
  object: 'clepsydra.root_clock',
  now: world.now,
})

/**
 * Moves the root clock on and fires what falls due. The same instant changes nothing.
 * @remarks Ours: Stripe's own time passes by itself.
 */
const advanceRoot =
  (target: Instant): Decision<Slices, null> =>
  (world) => {
    if (target < world.now)
      return E.left(
        invalidRequest(`The root clock stands at ${world.now}; it only moves forward.`, {
          param: 'frozen_time',
        }),
      )
    if (target === world.now) return decided(world, null)
    const draft = advanceTo(world.draft(), null, world.now, target).opened()
    return decided(
      draft.record<RootClockAdvanced>({ type: 'RootClockAdvanced', at: target }).sealed(),
      null,
    )
  }

/** Does the work of an advance that has been recorded, and records its end. */
const runAdvance =
  (clock: TestClock): Decision<Slices, TestClock> =>
  (world) => {
    if (clock.status !== 'advancing')
      return E.left(invalidRequest(`The test clock ${clock.id} is not advancing.`))
    const target = clock.status_details.advancing.target_frozen_time
    const draft = advanceTo(world.draft(), clock.id, clockNow(world, clock.id), target).opened()
    const done = endAdvance(clock.id)(draft)
    return E.isLeft(done) ? done : decided(done.right.world.sealed(), done.right.result)
  }

/**
 * Advances a test clock: fires what falls due up to the target and answers `ready`; in strict mode it answers
 * `advancing`, and {@link finishAdvance} does the work.
 * @remarks Source: docs.stripe.com/api/test_clocks/advance.
 */
const advanceTestClock =
  (id: TestClockId, target: Instant): Decision<Slices, TestClock> =>
  (world) => {
    const started = startAdvance(id, target, (clock) => recurrencesOnClock(world, clock))(world)
    if (E.isLeft(started) || world.settings.strict) return started
    return runAdvance(started.right.result)(started.right.world)
  }

const finishAdvance =
  (id: TestClockId): Decision<Slices, TestClock> =>
  (world) => {
    const clock = world.testClocks.get(id)
    return clock === undefined ? E.left(unknownTestClock(id)) : runAdvance(clock)(world)
  }

/** Without an id the root clock, with one that test clock. */
const advanceClock: CommandDefinition<
  { readonly frozen_time: Instant },
  Slices,
  TestClock | null,
  TestClockView | RootClock,
  'optional'
> = {
  params: advanceParams,
  target: 'optional',
  decide: ({ frozen_time }, id): Decision<Slices, TestClock | null> =>
    id === undefined ? advanceRoot(frozen_time) : advanceTestClock(id, frozen_time),
  view: (world, clock) => (clock === null ? viewRootClock(world) : viewTestClock(clock)),
}

export const clockFamily = family({
  name: 'clock',
  slices: {},
  events: {
    RootClockAdvanced: eventFormat<RootClockAdvanced>(
      'RootClockAdvanced',
      {},
      { isClockRecord: true },
    ),
  },
  commands: {
    AdvanceClock: advanceClock,
    /** Does the work of a strict advance; a server calls it right after it has answered `advancing`. */
    FinishAdvance: commandOn(nothing('FinishAdvance'), finishAdvance, (_, clock) =>
      viewTestClock(clock),
    ),
    /** Makes an advance under way fail, to see how a program takes it. */
    FailAdvance: commandOn(nothing('FailAdvance'), failAdvance, (_, clock) => viewTestClock(clock)),
  },
  queries: {
    RetrieveRootClock: query(nothing('RetrieveRootClock'), (world: World) =>
      E.right(viewRootClock(world)),
    ),
  },
  watches: [],
  notifications: {},
})
