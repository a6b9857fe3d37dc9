/** A scenario as data: what its builder writes and its runner reads. */
import type {
  AnswerOf,
  Command,
  CustomerView,
  Instant,
  List,
  MeterView,
  Projection,
  QueryOf,
  QueryType,
  RecordMeterEvent,
  Rejection,
  Seconds,
  TimelineEntry,
  World,
  WorldOptions,
  WrittenInstant,
} from '../index.js'
import type { Block } from './blocks.js'

/** What the scenario has named so far: each name holds the object that its command answered. */
export type Names = Readonly<Record<string, unknown>>

/** A query that answers a list. */
export type ListQueryType = {
  [T in QueryType]: AnswerOf<T> extends List<unknown> ? T : never
}[QueryType]

/** What readers of a scenario may ask of the world as it stands at their step. */
export interface Scene {
  readonly world: World
  /** Answers a query; a refusal fails the step. */
  ask<T extends QueryType>(query: QueryOf<T>): AnswerOf<T>
  /** All pages of a list, newest first. */
  all<T extends ListQueryType>(
    query: QueryOf<T>,
  ): AnswerOf<T> extends List<infer View> ? readonly View[] : never
  /** What a projection of the whole log says. */
  project<View>(projection: Projection<View, World>): View
  /** What a customer used of a meter from one instant to another, the second excluded, as its event summary says. */
  used(
    meter: Pick<MeterView, 'id'>,
    customer: Pick<CustomerView, 'id'>,
    from: WrittenInstant,
    to: WrittenInstant,
  ): number
  /** The root clock, or the test clock of a name. */
  now(clock?: string): Instant
}

/** Something that is known beforehand, or that follows from what was named. */
export type Given<N, T> = T | ((names: N, scene: Scene) => T)

/** A report of usage that says when it was used. */
export type TimedReport = RecordMeterEvent & { readonly timestamp: Instant }

/** How usage is imported. */
export interface UsageOptions<Clock extends string> {
  /** The name of the test clock that is moved on; without one it is the root clock. */
  readonly clock?: Clock
  /** How far the clock moves at once, in seconds: a day where absent, at most 35. */
  readonly every?: Seconds
}

/** The line of the scenario file that wrote a step, as `file:line`, if the platform tells. */
export type Place = () => string | undefined

export type Step =
  | { readonly kind: 'section'; readonly title: string }
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'command'
      readonly name: string | undefined
      readonly command: Given<any, Command>
      readonly place: Place
    }
  | {
      readonly kind: 'refused'
      readonly command: Given<any, Command>
      readonly rejection: Partial<Rejection>
      readonly place: Place
    }
  | {
      readonly kind: 'advance'
      readonly move: { readonly to: Instant } | { readonly by: Seconds }
      readonly clock: string | undefined
      readonly place: Place
    }
  | {
      readonly kind: 'usage'
      readonly reports: Given<any, readonly TimedReport[]>
      readonly clock: string | undefined
      readonly every: Seconds
      readonly place: Place
    }
  | { readonly kind: 'gains'; readonly lines: readonly string[]; readonly place: Place }
  | {
      readonly kind: 'gains-by-type'
      readonly counts: Readonly<Record<string, number>>
      readonly place: Place
    }
  | {
      readonly kind: 'answers'
      readonly title: string
      readonly read: (names: any, scene: Scene) => unknown
      readonly expected: Given<any, unknown>
      readonly place: Place
    }
  | {
      readonly kind: 'show'
      readonly block: (names: any, scene: Scene) => Block
      readonly place: Place
    }
  | {
      readonly kind: 'timeline'
      readonly title: string
      readonly keep: (entry: TimelineEntry) => boolean
      readonly place: Place
    }

export interface ScenarioOptions extends WorldOptions {
  /** A sentence or two for the report, under the title. */
  readonly about?: string
}

/** What a runner needs to know of a scenario. */
export interface Story {
  readonly title: string
  readonly about: string | undefined
  readonly start: WorldOptions
  readonly steps: readonly Step[]
}
