/**
 * The property-testing kit: arbitraries, models and laws for whoever builds on the library and wants to hold her own
 * rules against the same laws. It needs `fast-check`, and no test runner.
 */
import type fc from 'fast-check'
import type { World } from '../index.js'
import * as arbitraries from './arbitraries.js'
import { standardKits } from './families.js'
import { type FamilyKit, playWith, type Script, type Step, type Turn } from './kit.js'
import * as laws from './laws.js'
import * as models from './models.js'

export {
  after,
  clockIdAt,
  commandOf,
  customerIdAt,
  decide,
  type FamilyKit,
  kindOf,
  type Law,
  LawBroken,
  meterIdAt,
  nowOf,
  type Script,
  type Step,
  type StepKind,
  stepKind,
  type Turn,
} from './kit.js'
export { arbitraries, laws, models, standardKits }

/** Two meters, a customer, and a clock with another: something for a script to be about. */
const OPENING: Script = [
  meterStep('sum', null),
  meterStep('last', 'hour'),
  { type: 'CreateCustomer', given: { clock: null, params: {} } },
  { type: 'CreateTestClock', given: { ahead: 0, customer: null } },
  { type: 'CreateCustomer', given: { clock: 0, params: {} } },
]

function meterStep(formula: string, event_time_window: string | null): Step {
  return {
    type: 'CreateMeter',
    given: {
      display_name: formula,
      event_name: `opening_${formula}`,
      default_aggregation: { formula },
      ...(event_time_window === null ? {} : { event_time_window }),
    },
  }
}

/**
 * Scripts of commands on resources that they create themselves. They shrink to few and simple steps.
 * @param kits - The families whose commands occur, yours among them.
 */
export const scripts = ({
  kits = standardKits,
  opening = OPENING,
  maxLength = 30,
}: {
  readonly kits?: readonly FamilyKit[]
  readonly opening?: Script
  readonly maxLength?: number
} = {}): fc.Arbitrary<Script> => arbitraries.scriptsOf(kits, { opening, maxLength })

/** Plays a script on a world: each turn with the worlds before and after it. */
export const play = (world: World, script: Script, kits = standardKits): readonly Turn[] =>
  playWith(kits, world, script)

/** The world that a script leads to. */
export const worldAfter = (world: World, script: Script, kits = standardKits): World =>
  play(world, script, kits).at(-1)?.after ?? world

/** Holds a world to all laws: those of every world, and those that the families add. */
export const everyLaw = (world: World, kits = standardKits): void => {
  for (const law of Object.values(laws.ofWorlds)) law(world)
  for (const kit of kits) for (const law of Object.values(kit.laws)) law(world)
}
