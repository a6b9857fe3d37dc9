import { addInterval, formatInstantInWords } from '../kernel/calendar.js'
import {
  type Codec,
  closed,
  idOf,
  integer,
  literal,
  nothing,
  nullable,
  optional,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import type { Recurrence } from '../kernel/cycle.js'
import type { Deadline } from '../kernel/deadline.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { commandOn, type Notify, slice, type Watch, watch } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import type { Id } from '../kernel/ids.js'
import { days, type Instant, plus, type Seconds } from '../kernel/instant.js'
import { RANK } from '../kernel/rank.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'

export type TestClockId = Id<'test_helpers.test_clock'>

export interface TestClockBase {
  readonly id: TestClockId
  /** On the root clock. */
  readonly created: Instant
  /** On the root clock: the clock deletes itself then. */
  readonly deletes_after: Instant
  /** The time that its objects live at; during an advance still the old one. */
  readonly frozen_time: Instant
  readonly name: string | null
}

/** @remarks Source: docs.stripe.com/api/test_clocks/object. */
export type TestClock = TestClockBase &
  (
    | {
        readonly status: 'ready' | 'internal_failure'
        readonly status_details: Readonly<Record<string, never>>
      }
    | {
        readonly status: 'advancing'
        readonly status_details: { readonly advancing: { readonly target_frozen_time: Instant } }
      }
  )

export type TestClockView = TestClock & {
  readonly object: 'test_helpers.test_clock'
  readonly livemode: false
}

export const viewTestClock = (clock: TestClock): TestClockView => ({
  object: 'test_helpers.test_clock',
  ...clock,
  livemode: false,
})

export interface TestClockSlices {
  readonly testClocks: Table<TestClock>
}

// Events. Those of an advance are records of time passing only.

export interface TestClockCreated extends DomainEvent {
  readonly type: 'TestClockCreated'
  readonly test_clock: TestClock
}
export interface TestClockAdvanceStarted extends DomainEvent {
  readonly type: 'TestClockAdvanceStarted'
  readonly clock: TestClockId
  readonly frozen_time: Instant
}
export interface TestClockAdvanced extends DomainEvent {
  readonly type: 'TestClockAdvanced'
  readonly clock: TestClockId
}
export interface TestClockFailed extends DomainEvent {
  readonly type: 'TestClockFailed'
  readonly clock: TestClockId
}
export interface TestClockDeleted extends DomainEvent {
  readonly type: 'TestClockDeleted'
  readonly id: TestClockId
}

export type TestClockEvent =
  | TestClockCreated
  | TestClockAdvanceStarted
  | TestClockAdvanced
  | TestClockFailed
  | TestClockDeleted

const readyClock = closed('TestClock', {
  id: idOf<TestClockId>(),
  created: timestamp,
  deletes_after: timestamp,
  frozen_time: timestamp,
  name: nullable(text(300)),
  status: literal('ready'),
  status_details: closed('StatusDetails', {}),
}) as Codec<TestClock>

export const testClockEvents = {
  TestClockCreated: eventFormat<TestClockCreated>('TestClockCreated', { test_clock: readyClock }),
  TestClockAdvanceStarted: eventFormat<TestClockAdvanceStarted>(
    'TestClockAdvanceStarted',
    { frozen_time: timestamp },
    { isClockRecord: true },
  ),
  TestClockAdvanced: eventFormat<TestClockAdvanced>(
    'TestClockAdvanced',
    {},
    { isClockRecord: true },
  ),
  TestClockFailed: eventFormat<TestClockFailed>('TestClockFailed', {}, { isClockRecord: true }),
  TestClockDeleted: eventFormat<TestClockDeleted>('TestClockDeleted', { id: idOf<TestClockId>() }),
}

export const testClocksSlice = slice<Table<TestClock>, TestClockEvent>({
  initial: () => Table.of<TestClock>(),
  evolve: {
    TestClockCreated: (clocks, event) => clocks.insert(event.test_clock),
    TestClockAdvanceStarted: (clocks, event) =>
      clocks.update(event.clock, (clock) => ({
        ...clock,
        status: 'advancing',
        status_details: { advancing: { target_frozen_time: event.frozen_time } },
      })),
    TestClockAdvanced: (clocks, event) =>
      clocks.update(event.clock, (clock) => ({
        ...clock,
        frozen_time: event.at,
        status: 'ready',
        status_details: {},
      })),
    TestClockFailed: (clocks, event) =>
      clocks.update(event.clock, (clock) => ({
        ...clock,
        status: 'internal_failure',
        status_details: {},
      })),
    TestClockDeleted: (clocks, event) => clocks.remove(event.id),
  },
})

// Time, as everything on a clock reads it.

/** The simulated now of a time line: of a test clock, or of the root clock for `null`. */
export const clockNow = (world: World<TestClockSlices>, clock: TestClockId | null): Instant => {
  if (clock === null) return world.now
  const { processing } = world
  return processing !== undefined && processing.clock === clock
    ? processing.at
    : world.testClocks.need(clock).frozen_time
}

/** The field of an event that says which time line its `at` is on: absent for the root clock. */
export const onClock = (clock: TestClockId | null): { readonly clock?: TestClockId } =>
  clock === null ? {} : { clock }

/** Whether a thing is there still: what lives on a test clock goes with it. */
export const isThere = (
  world: World<TestClockSlices>,
  { test_clock }: { readonly test_clock: TestClockId | null },
): boolean => test_clock === null || world.testClocks.has(test_clock)

/**
 * Why a write to an object on the clock is refused now, if it is: its clock is advancing.
 * @remarks Source: docs.stripe.com/billing/testing/test-clocks; the text is observed. 429 `lock_timeout`.
 */
export const advancingRefusal = (
  world: World<TestClockSlices & SettingsSlices>,
  clock: TestClockId | null,
): Rejection | undefined => {
  if (clock === null || world.processing?.clock === clock) return undefined
  if (
    world.testClocks.need(clock).status !== 'advancing' ||
    world.settings.allowWritesWhileAdvancing
  )
    return undefined
  return advancementUnderway(clock)
}

/** A row that a path names, if it may be written to: it is there, and its clock is not advancing. */
export const writable = <R extends { readonly test_clock: TestClockId | null }>(
  world: World<TestClockSlices & SettingsSlices>,
  row: R | undefined,
  unknown: () => Rejection,
): Either<Rejection, R> => {
  if (row === undefined || !isThere(world, row)) return E.left(unknown())
  const refusal = advancingRefusal(world, row.test_clock)
  return refusal === undefined ? E.right(row) : E.left(refusal)
}

export const advancementUnderway = (clock: TestClockId): Rejection =>
  invalidRequest(`Test clock advancement underway - cannot perform modifications: ${clock}`, {
    status: 429,
    code: 'lock_timeout',
  })

/**
 * A maker of commands of the clock's: on the row that announced it, and not before its time. Whoever asks for it earlier,
 * or for what is not owed, is refused.
 * @param rowOf - The row with an id.
 * @param watch - What the row announces.
 */
export const dueCommands =
  <Slices extends TestClockSlices, Row, View>(
    rowOf: (world: World<Slices>, id: string) => Row | undefined,
    { deadlines }: Watch,
    view: (world: World<Slices>, row: Row) => View,
  ) =>
  (type: string, decide: (id: string) => Decision<Slices, Row>) =>
    commandOn(
      nothing(type),
      (id: string): Decision<Slices, Row> =>
        (world) => {
          if (world.isFired) return decide(id)(world)
          const row = rowOf(world, id)
          const deadline = (row === undefined ? [] : deadlines(row)).find(
            // What waited on a clock that is gone went with it.
            ({ command, clock }) => command.type === type && isThere(world, { test_clock: clock }),
          )
          if (deadline === undefined)
            return E.left(
              invalidRequest(`There is nothing like ${type} to be done for '${id}'.`, {
                param: 'id',
              }),
            )
          return deadline.due <= clockNow(world, deadline.clock)
            ? decide(id)(world)
            : E.left(
                invalidRequest(`${type} of '${id}' is due at ${deadline.due}, not before.`, {
                  param: 'id',
                }),
              )
        },
      view,
    )

// Creating

/** The years 1 to 9999: times that RFC 3339 can write, and far from where sums of seconds cease to be exact. */
const frozenTime = integer(-62_135_596_800, 253_402_300_799)

/** Parameters of POST /v1/test_helpers/test_clocks. `customer` puts an existing customer on the new clock, for good. */
export const createTestClockParams = closed('CreateTestClock', {
  frozen_time: frozenTime,
  name: optional(text(300)),
  customer: optional(text()),
})

export type CreateTestClock = TypeOf<typeof createTestClockParams>

/** How long a clock lives, on the root clock. @remarks Observed: github.com/stripe/stripe-python/issues/789. */
export const CLOCK_TTL: Seconds = days(30)

/** Creates a clock that stands at `frozen_time`, in the past or in the future. */
export const openTestClock =
  (params: Pick<CreateTestClock, 'frozen_time' | 'name'>): Decision<TestClockSlices, TestClock> =>
  (world) => {
    const test_clock: TestClock = {
      id: newId(world, 'clock_', 24),
      created: world.now,
      deletes_after: plus(world.now, CLOCK_TTL),
      frozen_time: params.frozen_time,
      name: params.name ?? null,
      status: 'ready',
      status_details: {},
    }
    return decided(
      world.record<TestClockEvent>({ type: 'TestClockCreated', at: world.now, test_clock }),
      test_clock,
    )
  }

// Advancing: what is checked and recorded. The clock itself fires the deadlines between the two records.

/** Parameters of POST /v1/test_helpers/test_clocks/{id}/advance. */
export const advanceParams = closed('AdvanceClock', { frozen_time: frozenTime })

/** The most that a strict clock without subscriptions moves at once. */
const ADVANCE_MAX_YEARS = 2

/** How intervals of different units compare: a month counts as 30.44 days, a year as twelve of those. */
const INTERVAL_DAYS = { day: 1, week: 7, month: 30.44, year: 365.28 } as const

/**
 * How far a clock may be advanced in one step in strict mode: two of the shortest recurring interval on it, in UTC
 * calendar steps from the current frozen time, or two years where nothing recurs.
 * @remarks Source: docs.stripe.com/api/test_clocks/advance; that it counts from the current frozen time is observed.
 */
export const advanceLimit = (frozenTime: Instant, recurring: readonly Recurrence[]): Instant => {
  const length = ({ interval, interval_count }: Recurrence): number =>
    INTERVAL_DAYS[interval] * interval_count
  const [first, ...others] = recurring
  if (first === undefined) return addInterval(frozenTime, 'year', ADVANCE_MAX_YEARS)
  const shortest = others.reduce(
    (least, other) => (length(other) < length(least) ? other : least),
    first,
  )
  return addInterval(frozenTime, shortest.interval, 2 * shortest.interval_count)
}

const notLater = invalidRequest(
  "The frozen_time must be after the test clock's current frozen time.",
  {
    param: 'frozen_time',
  },
)

const tooFar = (current: Instant, limit: Instant): Rejection =>
  invalidRequest(
    `The frozen time of this clock is ${current} (${formatInstantInWords(current)}). You can only advance it up to ${limit} (${formatInstantInWords(limit)}). You can only advance a test clock up to two intervals from the current frozen time at a time, based on the shortest subscription interval in the test clock. For example, if a test clock has a monthly and yearly subscription, you may only advance up to two months at a time. If the test clock has no subscriptions or subscription schedules, you can advance up to 2 years from the current frozen time.`,
    { param: 'frozen_time' },
  )

export const unknownTestClock = (id: string): Rejection => resourceMissing('test clock', id)

const notReady = (clock: TestClock): Rejection | undefined => {
  if (clock.status === 'advancing') return advancementUnderway(clock.id)
  if (clock.status === 'internal_failure')
    return invalidRequest(
      `The test clock ${clock.id} failed to advance and cannot be advanced again. Delete it.`,
    )
  return undefined
}

/**
 * Checks an advance and records its beginning. Refuses an unknown clock, one that is not ready, a time that is not
 * later and, in strict mode, one beyond the limit; in this order.
 */
export const startAdvance =
  (
    id: TestClockId,
    target: Instant,
    recurring: (clock: TestClockId) => readonly Recurrence[],
  ): Decision<TestClockSlices & SettingsSlices, TestClock> =>
  (world) => {
    const clock = world.testClocks.get(id)
    if (clock === undefined) return E.left(unknownTestClock(id))
    const refusal = notReady(clock)
    if (refusal !== undefined) return E.left(refusal)
    if (target <= clock.frozen_time) return E.left(notLater)
    if (world.settings.strict) {
      const limit = advanceLimit(clock.frozen_time, recurring(id))
      if (target > limit) return E.left(tooFar(clock.frozen_time, limit))
    }
    const after = world.record<TestClockEvent>({
      type: 'TestClockAdvanceStarted',
      at: clock.frozen_time,
      clock: id,
      frozen_time: target,
    })
    return decided(after, after.testClocks.need(id))
  }

const whileAdvancing =
  (
    id: TestClockId,
    finish: (target: Instant) => TestClockEvent,
  ): Decision<TestClockSlices, TestClock> =>
  (world) => {
    const clock = world.testClocks.get(id)
    if (clock === undefined) return E.left(unknownTestClock(id))
    if (clock.status !== 'advancing')
      return E.left(invalidRequest(`The test clock ${id} is not advancing.`))
    const after = world.record<TestClockEvent>(
      finish(clock.status_details.advancing.target_frozen_time),
    )
    return decided(after, after.testClocks.need(id))
  }

/** Records that all is done up to the target. */
export const endAdvance = (id: TestClockId): Decision<TestClockSlices, TestClock> =>
  whileAdvancing(id, (target) => ({ type: 'TestClockAdvanced', at: target, clock: id }))

/** A fault on purpose: the advance under way fails for good. */
export const failAdvance =
  (id: TestClockId): Decision<TestClockSlices, TestClock> =>
  (world) =>
    whileAdvancing(id, () => ({
      type: 'TestClockFailed',
      at: world.testClocks.need(id).frozen_time,
      clock: id,
    }))(world)

// Deleting

/** The last fact of a deletion; what goes with the clock has gone before. */
export const removeTestClock =
  (id: TestClockId): Decision<TestClockSlices, { readonly id: TestClockId }> =>
  (world) =>
    decided(world.record<TestClockEvent>({ type: 'TestClockDeleted', at: world.now, id }), { id })

/** A clock deletes itself on the root clock, whatever its frozen time; not while it is advancing. */
export const testClockDeadlines = watch<TestClock>('testClocks', (clock): readonly Deadline[] =>
  clock.status === 'advancing'
    ? []
    : [
        {
          due: clock.deletes_after,
          rank: RANK.clockDeletion,
          clock: null,
          command: { type: 'DeleteTestClock', id: clock.id },
        },
      ],
)

// Notifications

const notice = (type: string, created: Instant, clock: TestClock) => {
  const name = `test_helpers.test_clock.${type}`
  return {
    type: name,
    created,
    object: viewTestClock(clock),
    thin: {
      type: `v1.${name}`,
      related_object: {
        id: clock.id,
        type: 'test_helpers.test_clock',
        url: `/v1/test_helpers/test_clocks/${clock.id}`,
      },
    },
  }
}

/** @remarks `created` of `advancing` and `ready` is on the clock's own time line, of the others on the root clock. */
export const testClockNotifications: {
  readonly [T in TestClockEvent['type']]: Notify<
    TestClockSlices,
    Extract<TestClockEvent, { type: T }>
  >
} = {
  TestClockCreated: (event) => [notice('created', event.at, event.test_clock)],
  TestClockAdvanceStarted: (event, before) => {
    const clock = before.testClocks.need(event.clock)
    return [
      notice('advancing', event.at, {
        ...clock,
        status: 'advancing',
        status_details: { advancing: { target_frozen_time: event.frozen_time } },
      }),
    ]
  },
  TestClockAdvanced: (event, _, after) => [
    { ...notice('ready', event.at, after.testClocks.need(event.clock)), automatic: true },
  ],
  TestClockFailed: (event, _, after) => [
    {
      ...notice('internal_failure', event.at, after.testClocks.need(event.clock)),
      automatic: true,
    },
  ],
  TestClockDeleted: (event, before) => [
    notice('deleted', event.at, before.testClocks.need(event.id)),
  ],
}
