import {
  type Command,
  type CommandOf,
  type CommandType,
  createSimulator,
  DAY,
  E,
  execute,
  formatInstant,
  formatTimelineEntry,
  HOUR,
  type Instant,
  MINUTE,
  project,
  type Rejection,
  RejectionError,
  type Seconds,
  type Simulator,
  type TimelineEntry,
  timeline,
} from '../index.js'
import type { TimelineBlock } from './blocks.js'
import { linesOf } from './compare.js'
import type { Failure, Gained, ReportItem, ScenarioReport, StepItem } from './report.js'
import { sceneOf } from './scene.js'
import type { Given, Names, Scene, Step, Story, TimedReport } from './steps.js'

/** Told of long work while it goes on. */
export type Observer = (progress: {
  /** What is being done: the title of a step. */
  readonly title: string
  readonly done: number
  readonly total: number
}) => void

type StepOf<Kind extends Step['kind']> = Extract<Step, { readonly kind: Kind }>

/** Beyond it the facts of a step are told by type. */
const LINES_MAX = 12

/** An expectation that did not hold, thrown out of its step. */
class StepFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Throws unless both are the same text, line by line. `shown` is told instead of `found`. */
const same = (
  message: string,
  expected: readonly string[],
  found: readonly string[],
  shown = found,
): void => {
  if (expected.length !== found.length || expected.some((line, index) => line !== found[index]))
    throw new StepFailure({ message, expected, found: shown })
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const

/** A length of time in the largest unit that divides it. */
const duration = (seconds: Seconds): string => {
  for (const [unit, length] of UNITS)
    if (seconds % length === 0) return plural(seconds / length, unit)
  return plural(seconds, 'second')
}

const tally = (facts: readonly TimelineEntry[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { type } of facts) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

const pick = (rejection: Rejection, keys: readonly string[]): Partial<Rejection> =>
  Object.fromEntries(Object.entries(rejection).filter(([key]) => keys.includes(key)))

/** The first stop of a clock that moves by `every` at which an instant has passed. */
const stopAfter = (moment: Instant, every: Seconds): Instant =>
  (Math.floor(moment / every) + 1) * every

const failureOf = (error: unknown, where: string | undefined): Failure => {
  const located = where === undefined ? {} : { where }
  if (error instanceof StepFailure) return { ...error.failure, ...located }
  if (!(error instanceof RejectionError)) return { message: String(error), ...located }
  const { status, code = error.rejection.type, param, message } = error.rejection
  const about = param === undefined ? '' : ` ${param}`
  return { message: `Refused (${status} ${code}${about}): ${message}`, ...located }
}

/** A scenario under way: its world, its names, and how far it has said what the log gained. */
class Run {
  readonly #simulator: Simulator
  readonly #observe: Observer
  readonly #names: Record<string, unknown> = Object.create(null)
  readonly #nameOfId = new Map<string, string>()
  readonly #scene: Scene
  /** The position up to which the log has been spoken of; `undefined` where it never was. */
  #stated: number | undefined

  constructor({ start }: Story, observe: Observer) {
    this.#simulator = createSimulator(start)
    this.#observe = observe
    this.#scene = sceneOf(this.#simulator, (name) => this.#idOf(name))
  }

  get simulator(): Simulator {
    return this.#simulator
  }

  #idOf(name: string): string {
    return (this.#names[name] as { readonly id: string }).id
  }

  readonly #named = (id: string): string => this.#nameOfId.get(id) ?? id

  /** A text with names for the ids that stand alone in it. */
  #told(text: string): string {
    return text.split(' ').map(this.#named).join(' ')
  }

  #resolve<T>(given: Given<Names, T>): T {
    return typeof given === 'function'
      ? (given as (names: Names, scene: Scene) => T)(this.#names, this.#scene)
      : given
  }

  /** The facts above a position, what has a name by its name. */
  #facts(from: number, world = this.#simulator.world): readonly TimelineEntry[] {
    const { value } = project(timeline, world, { position: from, value: [] })
    return value.map((fact) => ({
      ...fact,
      clock: fact.clock === null ? null : this.#named(fact.clock),
      text: this.#told(fact.text),
    }))
  }

  titleOf(step: Step): string {
    switch (step.kind) {
      case 'command': {
        const title = this.#commandTitle(step.command)
        return step.name === undefined ? title : `${title} → ${step.name}`
      }
      case 'refused':
        return `${this.#commandTitle(step.command)} is refused`
      case 'advance': {
        const { move, clock = 'the root clock' } = step
        return `advance ${clock} ${'to' in move ? `to ${formatInstant(move.to)}` : `by ${duration(move.by)}`}`
      }
      case 'usage':
        return `usage as time passes on ${step.clock ?? 'the root clock'}`
      case 'gains':
        return step.lines.length === 0
          ? 'the log gained nothing'
          : `the log gained ${plural(step.lines.length, 'fact')} and no more`
      case 'gains-by-type':
        return `the log gained ${Object.entries(step.counts)
          .map(([type, count]) => `${count} ${type}`)
          .join(', ')} and no more`
      case 'show':
        return 'something for the report'
      case 'note':
        return step.text
      default:
        return step.title
    }
  }

  /** What a command does and to what. One that cannot be worked out fails when it is performed, and tells why. */
  #commandTitle(given: Given<Names, Command>): string {
    try {
      const { type, id } = this.#resolve(given)
      return id === undefined ? type : `${type} ${this.#named(id)}`
    } catch {
      return 'a command'
    }
  }

  /** Does a step, and answers what it puts into the report. What does not hold is thrown. */
  perform(step: Step, title: string): ReportItem {
    const passed = { kind: 'step', status: 'passed', title } as const
    const before = this.#simulator.world.position
    switch (step.kind) {
      case 'section':
      case 'note':
        return step
      case 'show':
        return step.block(this.#names, this.#scene)
      case 'timeline':
        return this.#timeline(step)
      case 'refused':
        return { ...passed, refusal: this.#refused(step) }
      case 'command':
        this.#command(step)
        return { ...passed, ...this.#gained(before) }
      case 'advance':
        this.#advance(step)
        return { ...passed, ...this.#gained(before) }
      case 'usage':
        this.#usage(step, title)
        return { ...passed, ...this.#gained(before) }
      case 'gains':
        same('The log gained otherwise.', step.lines, this.#unstated().map(formatTimelineEntry))
        return passed
      case 'gains-by-type':
        same('The log gained otherwise.', linesOf(step.counts), linesOf(tally(this.#unstated())))
        return passed
      case 'answers': {
        const found = linesOf(step.read(this.#names, this.#scene))
        same('The answer is another.', linesOf(this.#resolve(step.expected)), found)
        return passed
      }
    }
  }

  #command({ name, command }: StepOf<'command'>): void {
    const result: unknown = this.#simulator.run(
      this.#resolve<Command>(command) as CommandOf<CommandType>,
    )
    if (name === undefined) return
    this.#names[name] = result
    const { id } = result as { readonly id?: unknown }
    if (typeof id === 'string') this.#nameOfId.set(id, name)
  }

  /** Tries a command that has to be refused, and answers why it was. */
  #refused({ command, rejection }: StepOf<'refused'>): string {
    const { world } = this.#simulator
    const done = execute(world, this.#resolve<Command>(command) as CommandOf<CommandType>)
    if (E.isRight(done)) {
      const facts = this.#facts(world.position, done.right.world).map(formatTimelineEntry)
      throw new StepFailure({
        message: 'The command is accepted. The scenario goes on without it.',
        expected: linesOf(rejection),
        found: ['accepted, and the log would gain', ...facts],
      })
    }
    const found = pick(done.left, Object.keys(rejection))
    same(
      'The command is refused in another way.',
      linesOf(rejection),
      linesOf(found),
      linesOf({ ...found, message: done.left.message }),
    )
    return this.#told(done.left.message)
  }

  #advance({ move, clock }: StepOf<'advance'>): void {
    const id = clock === undefined ? undefined : this.#idOf(clock)
    if ('to' in move) this.#simulator.advanceTo(move.to, id)
    else this.#simulator.advanceBy(move.by, id)
  }

  #usage({ reports: given, clock, every }: StepOf<'usage'>, title: string): void {
    const reports = [...this.#resolve(given)].sort((a, b) => a.timestamp - b.timestamp)
    const id = clock === undefined ? undefined : this.#idOf(clock)
    let due: TimedReport[] = []
    for (const [index, report] of reports.entries()) {
      due.push(report)
      const stop = stopAfter(report.timestamp, every)
      const next = reports[index + 1]
      if (next !== undefined && stopAfter(next.timestamp, every) === stop) continue
      if (stop > this.#scene.now(clock)) this.#simulator.advanceTo(stop, id)
      this.#simulator.run({ type: 'RecordMeterEvents', params: { events: due } })
      due = []
      this.#observe({ title, done: index + 1, total: reports.length })
    }
  }

  /** The facts that the scenario has not yet spoken of; from now on it has. */
  #unstated(): readonly TimelineEntry[] {
    const facts = this.#facts(this.#stated ?? 0)
    this.#stated = this.#simulator.world.position
    return facts
  }

  #timeline({ title, keep }: StepOf<'timeline'>): TimelineBlock {
    const facts = this.#facts(0)
      .filter(keep)
      .map(({ at, clock, type, text }) => ({ at: formatInstant(at), clock, type, text }))
    return { kind: 'timeline', title, facts }
  }

  #gained(from: number): { readonly gained?: Gained } {
    const facts = this.#facts(from)
    if (facts.length === 0) return {}
    const lines = facts.length <= LINES_MAX ? { lines: facts.map(formatTimelineEntry) } : {}
    return { gained: { count: facts.length, ...lines, byType: tally(facts) } }
  }

  /** A scenario that speaks of what the log gains leaves nothing out at its end. */
  leftover(): StepItem | undefined {
    const facts = this.#stated === undefined ? [] : this.#facts(this.#stated)
    if (facts.length === 0) return undefined
    return {
      kind: 'step',
      status: 'failed',
      title: 'the scenario has said all that the log gained',
      failure: {
        message: 'The log gained more after the last gains(...). Say so at the end.',
        expected: [],
        found: facts.length <= LINES_MAX ? facts.map(formatTimelineEntry) : linesOf(tally(facts)),
      },
    }
  }
}

/** Whether later steps build on what the step does to the world. */
const isAction = ({ kind }: Step): boolean =>
  kind === 'command' || kind === 'advance' || kind === 'usage'

/** Whether the step only adds to the report. */
const isForReaders = ({ kind }: Step): boolean =>
  kind === 'section' || kind === 'note' || kind === 'show' || kind === 'timeline'

const SILENT: Observer = () => {}

/** Runs a scenario on a new world, step by step. An action that goes wrong ends it: nothing is left to go on from. */
export const runStory = (story: Story, observe: Observer = SILENT): ScenarioReport => {
  const run = new Run(story, observe)
  const items: ReportItem[] = []
  let stopped = false
  for (const step of story.steps) {
    if (stopped && isForReaders(step)) continue
    const title = run.titleOf(step)
    if (stopped) {
      items.push({ kind: 'step', status: 'skipped', title })
      continue
    }
    try {
      items.push(run.perform(step, title))
    } catch (error) {
      const where = 'place' in step ? step.place() : undefined
      items.push({ kind: 'step', status: 'failed', title, failure: failureOf(error, where) })
      stopped = isAction(step)
    }
  }
  const leftover = stopped ? undefined : run.leftover()
  if (leftover !== undefined) items.push(leftover)
  const { world, now } = run.simulator
  return {
    title: story.title,
    ...(story.about === undefined ? {} : { about: story.about }),
    passed: items.every((item) => item.kind !== 'step' || item.status === 'passed'),
    items,
    facts: world.position,
    now: formatInstant(now),
  }
}
