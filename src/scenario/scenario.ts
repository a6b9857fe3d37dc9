import {
  type Command,
  type CommandOf,
  type CommandType,
  createWorld,
  DAY,
  days,
  type Rejection,
  type ResultOf,
  type Seconds,
  type TestClockView,
  type TimelineEntry,
  toInstant,
  type WorldOptions,
  type WrittenInstant,
} from '../index.js'
import type { Block } from './blocks.js'
import type { ScenarioReport } from './report.js'
import { type Observer, runStory } from './runner.js'
import type {
  Given,
  Names,
  Place,
  ScenarioOptions,
  Scene,
  Step,
  Story,
  TimedReport,
  UsageOptions,
} from './steps.js'

/** The names that hold a test clock. */
type ClockName<N> = {
  [K in keyof N]: N[K] extends { readonly object: TestClockView['object'] } ? K : never
}[keyof N] &
  string

const EVERY_MAX = days(35)

/** By this a scenario is known, whichever copy of the library has built it. */
export const SCENARIO = 'clepsydra-scenario'

/** `at f (file:///a/b.ts?namespace:12:3)`, `at /a/b.ts:12:3`: the path and the line. */
const FRAME = /(?:\(|at )(?:async )?(?:file:\/\/)?([^()?]+)(?:\?[^():]*)?:(\d+):\d+\)?$/

/**
 * Where the caller of the builder's method stands, worked out only when a step fails. Nothing where the file was
 * compiled into a `data:` URL, as loaders do with CommonJS: its lines are not the file's.
 */
const place = (): Place => {
  const error = new Error()
  return () => {
    const line = error.stack?.split('\n')[3] ?? ''
    const frame = line.includes('data:') ? null : FRAME.exec(line)
    return frame === null ? undefined : `${decodeURI(frame[1] as string)}:${frame[2]}`
  }
}

/**
 * A story with a clock, as data. Each method answers a longer scenario and leaves this one as it is; nothing happens
 * until `run`, and every run begins anew.
 */
export class Scenario<N extends Names = {}> implements Story {
  readonly format = SCENARIO
  readonly title: string
  readonly about: string | undefined
  readonly start: WorldOptions
  readonly steps: readonly Step[]

  constructor(
    title: string,
    about: string | undefined,
    start: WorldOptions,
    steps: readonly Step[] = [],
  ) {
    this.title = title
    this.about = about
    this.start = start
    this.steps = steps
  }

  #and(step: Step): Scenario<N> {
    return new Scenario<N>(this.title, this.about, this.start, [...this.steps, step])
  }

  /** A heading of the report. */
  section(title: string): Scenario<N> {
    return this.#and({ kind: 'section', title })
  }

  /** A remark for the reader of the report. */
  note(text: string): Scenario<N> {
    return this.#and({ kind: 'note', text })
  }

  /**
   * Runs a command; its refusal ends the scenario.
   * @param name - For what the command answers: later steps get the object by it, and the report writes it for the id.
   */
  command<const Name extends string, T extends CommandType>(
    name: Name,
    command: Given<N, CommandOf<T>>,
  ): Scenario<N & { readonly [K in Name]: ResultOf<T> }>
  command(command: Given<N, Command>): Scenario<N>
  command(first: unknown, second?: unknown): Scenario<any> {
    const [name, command] = typeof first === 'string' ? [first, second] : [undefined, first]
    if (name !== undefined && this.#isTaken(name))
      throw new Error(`'${name}' is already a name in the scenario '${this.title}'`)
    return this.#and({
      kind: 'command',
      name,
      command: command as Given<N, Command>,
      place: place(),
    })
  }

  #isTaken(name: string): boolean {
    return this.steps.some((step) => step.kind === 'command' && step.name === name)
  }

  /**
   * Runs a command that must be refused. What is given of the refusal must be so; the world stays as it was.
   * @param rejection - Any of `status`, `type`, `code`, `param`, `message`.
   */
  refuses(command: Given<N, Command>, rejection: Partial<Rejection>): Scenario<N> {
    return this.#and({ kind: 'refused', command, rejection, place: place() })
  }

  /**
   * Moves the root clock, or the test clock of a name, to an instant; what falls due on the way happens. The advance
   * of a strict clock is finished at once.
   */
  advanceTo(to: WrittenInstant, clock?: ClockName<N>): Scenario<N> {
    return this.#and({ kind: 'advance', move: { to: toInstant(to) }, clock, place: place() })
  }

  /** Moves the root clock, or the test clock of a name, on by seconds. */
  advanceBy(by: Seconds, clock?: ClockName<N>): Scenario<N> {
    return this.#and({ kind: 'advance', move: { by }, clock, place: place() })
  }

  /**
   * Records usage as time passes: the clock moves on by `every` again and again, and the reports whose time has come
   * are recorded at each stop. A refused report ends the scenario.
   * @throws if `every` is longer than usage may be old when it is reported: 35 days.
   */
  usage(
    reports: Given<N, readonly TimedReport[]>,
    options: UsageOptions<ClockName<N>> = {},
  ): Scenario<N> {
    const { every = DAY } = options
    if (!Number.isSafeInteger(every) || every < 1 || every > EVERY_MAX)
      throw new Error(`every is whole seconds from 1 to ${EVERY_MAX} (35 days), not ${every}`)
    return this.#and({ kind: 'usage', reports, clock: options.clock, every, place: place() })
  }

  /**
   * Says all that the log has gained since the last time that it was said (or since the beginning), a fact a line:
   * `2026-01-01T00:00:00Z CustomerCreated ada`. A scenario that says so once has to account for every fact to its end.
   * @param lines - What the scenario has named stands there by its name, all else by its id.
   */
  gains(...lines: readonly string[]): Scenario<N> {
    return this.#and({ kind: 'gains', lines, place: place() })
  }

  /** The same where the facts are many: how many of each type. */
  gainsByType(counts: Readonly<Record<string, number>>): Scenario<N> {
    return this.#and({ kind: 'gains-by-type', counts, place: place() })
  }

  /** Holds what a reader finds in the world against what is expected, field by field. */
  answers<V>(
    title: string,
    read: (names: N, scene: Scene) => V,
    expected: Given<N, NoInfer<V>>,
  ): Scenario<N> {
    return this.#and({ kind: 'answers', title, read, expected, place: place() })
  }

  /** Puts a table, a bar chart or a punch card into the report. */
  show(block: (names: N, scene: Scene) => Block): Scenario<N> {
    return this.#and({ kind: 'show', block, place: place() })
  }

  /** Puts the facts of the log so far into the report: all of them, or those that are to be kept. */
  timeline(title: string, keep: (entry: TimelineEntry) => boolean = () => true): Scenario<N> {
    return this.#and({ kind: 'timeline', title, keep, place: place() })
  }

  /** Runs the scenario on a world of its own. What does not hold is in the report; nothing is thrown. */
  run(observer?: Observer): ScenarioReport {
    return runStory(this, observer)
  }
}

/**
 * Begins a scenario.
 * @param options - Where its root clock starts, or all that its world starts from. A wrong form is a Defect.
 */
export const scenario = (
  title: string,
  options: ScenarioOptions | WrittenInstant = {},
): Scenario<{}> => {
  const { about, ...start } =
    typeof options === 'object' ? options : ({ now: options } satisfies ScenarioOptions)
  createWorld(start) // So that a wrong form is told where it was written.
  return new Scenario<{}>(title, about, start)
}
