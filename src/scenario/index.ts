/** Scenarios: stories with a clock, as data, for tests and for `clepsydra run`. It loads no terminal code. */
export {
  type BarsBlock,
  type Block,
  bars,
  type Cell,
  type PunchCardBlock,
  punchCard,
  type TableBlock,
  type TimelineBlock,
  table,
} from './blocks.js'
export { type Pair, paired } from './compare.js'
export {
  assertPassed,
  type Failure,
  type Gained,
  type ReportItem,
  ScenarioFailure,
  type ScenarioReport,
  type StepItem,
  stepsOf,
} from './report.js'
export type { Observer } from './runner.js'
export { SCENARIO, Scenario, scenario } from './scenario.js'
export type {
  Given,
  ListQueryType,
  Names,
  ScenarioOptions,
  Scene,
  Step,
  TimedReport,
  UsageOptions,
} from './steps.js'
