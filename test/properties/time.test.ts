import { type Command, createWorld, transactions, type World } from 'clepsydra'
import {
  arbitraries,
  commandOf,
  LawBroken,
  laws,
  scripts,
  standardKits,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENCE, runs } from './setup.js'

const DAY = 86_400

/** Worlds in which things fall due: meter events wait, and clocks delete themselves. */
const options = arbitraries.worldOptions.chain((drawn) =>
  fc.constantFrom(1, 3_600, DAY, DAY, 0).map((meterProcessingDelaySeconds) => ({
    ...drawn,
    settings: { ...drawn.settings, meterProcessingDelaySeconds },
  })),
)

const steps = fc.oneof(
  arbitraries.soundReports.map((given) => ({ type: 'RecordMeterEvent', given })),
  arbitraries.stepsOf(standardKits),
)

/** When something happens, in seconds from the start: any time, and about the end of a test clock's days. */
const afters = fc.oneof(
  fc.integer({ min: 0, max: DAY }),
  fc.integer({ min: 0, max: 40 * DAY }),
  fc.constantFrom(-DAY, -3_600, -60, 0, 60).map((by) => 30 * DAY + by),
)

const sketches = fc.record({
  options,
  script: scripts({ maxLength: 12 }),
  clock: fc.option(fc.nat({ max: 3 }), { freq: 2 }),
  length: fc.oneof(afters, fc.constantFrom(2, 120, 7_200, 31 * DAY, 70 * DAY)).map((by) => by + 1),
  stops: fc.array(afters, { maxLength: 12 }),
  moments: fc.array(
    fc.record({ after: afters, steps: fc.array(steps, { maxLength: 6, size: 'max' }) }),
    { maxLength: 4, size: 'max' },
  ),
})

type Sketch = typeof sketches extends fc.Arbitrary<infer S> ? S : never

/** A meter event still waits when a test clock's days end: what is due first is done first, whatever it is. */
const CLOCK_ENDS_BEFORE_WORK: Sketch = {
  options: { settings: { meterProcessingDelaySeconds: DAY } },
  script: [
    {
      type: 'CreateMeter',
      given: { display_name: 'm', event_name: 'm', default_aggregation: { formula: 'sum' } },
    },
    { type: 'CreateCustomer', given: { clock: null, params: {} } },
    { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  ],
  clock: null,
  length: 40 * DAY,
  stops: [30 * DAY + 60],
  moments: [
    {
      after: 30 * DAY - 60,
      steps: [
        {
          type: 'RecordMeterEvent',
          given: {
            meter: 0,
            customer: 0,
            ahead: null,
            grain: 1,
            value: '1',
            identifier: null,
            extra: {},
            wrong: null,
          },
        },
      ],
    },
  ],
}

const journeyOf = ({ options, script, clock, length, stops, moments }: Sketch): laws.Journey => {
  const world = worldAfter(createWorld(options), script)
  const clocks = [...world.testClocks]
  const travelling = clock === null ? undefined : clocks[clock % Math.max(1, clocks.length)]
  const from = travelling?.frozen_time ?? world.now
  return {
    world,
    ...(travelling === undefined ? {} : { clock: travelling.id }),
    to: from + length,
    stops: stops.map((after) => from + after),
    moments: moments.map((moment) => ({
      at: from + moment.after,
      commands: moment.steps.map(
        (step) =>
          (on: World): Command =>
            commandOf(standardKits, step, on),
      ),
    })),
  }
}

describe('time', () => {
  it(
    'comes to the same in one jump and in many steps, whatever is recorded on the way',
    () => {
      let deadlines = 0
      fc.assert(
        fc.property(sketches, (sketch) => {
          const journey = journeyOf(sketch)
          const after = laws.jumpEqualsSteps(journey)
          for (const { fired } of transactions(after, journey.world.position))
            if (fired) deadlines += 1
        }),
        { ...runs(250), examples: [[CLOCK_ENDS_BEFORE_WORK]] },
      )
      expect(deadlines).toBeGreaterThan(250) // The law says little where nothing falls due.
    },
    PATIENCE,
  )

  it('breaks the law of jumps where something depends on how time was cut', () => {
    const world = createWorld()
    const byPosition = ({ position }: World): Command => ({
      type: 'CreateCustomer',
      params: { name: `at ${position}` },
    })
    const journey = {
      world,
      to: world.now + 10,
      moments: [{ at: world.now + 10, commands: [byPosition] }],
    }
    expect(() => laws.jumpEqualsSteps({ ...journey, stops: [] })).not.toThrow()
    expect(() => laws.jumpEqualsSteps({ ...journey, stops: [world.now + 5] })).toThrow(LawBroken)
  })

  it('breaks the law of instants where one goes back on its time line', () => {
    const world = createWorld()
    const late = world.record({ type: 'RootClockAdvanced', at: world.now + 10 })
    expect(() => laws.time(late)).not.toThrow()
    expect(() => laws.time(late.record({ type: 'RootClockAdvanced', at: world.now + 9 }))).toThrow(
      'instants in the log never go back on any time line: RootClockAdvanced at position 2',
    )
  })
})
