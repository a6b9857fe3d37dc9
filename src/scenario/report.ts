import type { Block } from './blocks.js'
import { paired } from './compare.js'

/** What a step added to the log. */
export interface Gained {
  readonly count: number
  /** The facts, one a line; absent where there are too many to read. */
  readonly lines?: readonly string[]
  readonly byType: Readonly<Record<string, number>>
}

/** What did not hold. */
export interface Failure {
  readonly message: string
  /** Present where something was compared: what was expected and what was found, line by line. */
  readonly expected?: readonly string[]
  readonly found?: readonly string[]
  /** `file:line` of the step, where the platform tells. */
  readonly where?: string
}

export interface StepItem {
  readonly kind: 'step'
  /** `skipped`: an earlier step went wrong in a way that left nothing to go on from. */
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly title: string
  readonly gained?: Gained
  /** Why a command was refused, as the scenario said it would be. */
  readonly refusal?: string
  readonly failure?: Failure
}

export type ReportItem =
  | { readonly kind: 'section'; readonly title: string }
  | { readonly kind: 'note'; readonly text: string }
  | StepItem
  | Block

/** What became of a scenario: plain data, and but for paths of files the same bytes on every machine. */
export interface ScenarioReport {
  readonly title: string
  readonly about?: string
  readonly passed: boolean
  readonly items: readonly ReportItem[]
  /** Facts in the log at the end. */
  readonly facts: number
  /** The root clock at the end: `2026-01-31T08:27:07Z`. */
  readonly now: string
}

export const stepsOf = ({ items }: ScenarioReport): readonly StepItem[] =>
  items.filter((item) => item.kind === 'step')

const MARKS = { yes: ' ', missing: '-', unexpected: '+' } as const

/** A failure as lines: of what was compared, `-` marks what was expected only, `+` what was found only. */
const told = ({ message, expected = [], found = [], where }: Failure): readonly string[] => [
  message,
  ...(where === undefined ? [] : [`at ${where}`]),
  ...paired(expected, found).flatMap(({ same, expected: left, found: right }) =>
    same === 'no' ? [`- ${left}`, `+ ${right}`] : [`${MARKS[same]} ${left ?? right}`],
  ),
]

/** A scenario that did not hold, thrown: which steps, what was expected and what was found. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure'
  readonly report: ScenarioReport

  constructor(report: ScenarioReport) {
    const failures = stepsOf(report).flatMap(({ title, failure }) =>
      failure === undefined ? [] : [title, ...told(failure).map((line) => `  ${line}`)],
    )
    super([`${report.title}: a step did not hold`, ...failures].join('\n'))
    this.report = report
  }
}

/** For tests: throws a {@link ScenarioFailure} unless all of a scenario held. */
export const assertPassed = (report: ScenarioReport): void => {
  if (!report.passed) throw new ScenarioFailure(report)
}
