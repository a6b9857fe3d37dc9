/** What a report shows beside its steps, as data: who draws it knows nothing of worlds. */
import { type Instant, toCivil, weekday } from '../index.js'

export type Cell = string | number

export interface TableBlock {
  readonly kind: 'table'
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface BarsBlock {
  readonly kind: 'bars'
  readonly title: string
  readonly bars: readonly { readonly label: string; readonly value: number }[]
}

/** Amounts by weekday and hour, UTC. */
export interface PunchCardBlock {
  readonly kind: 'punch-card'
  readonly title: string
  /** Seven rows, Monday first, of 24 hours. */
  readonly hours: readonly (readonly number[])[]
}

/** Facts of the log, in its order, created things by their names in the scenario. */
export interface TimelineBlock {
  readonly kind: 'timeline'
  readonly title: string
  readonly facts: readonly {
    /** `2026-01-31T08:27:07Z` */
    readonly at: string
    /** The name (or id) of the test clock that it happened on; `null` is the root clock. */
    readonly clock: string | null
    readonly type: string
    readonly text: string
  }[]
}

export type Block = TableBlock | BarsBlock | PunchCardBlock | TimelineBlock

/** A table whose columns are the keys of its first row. */
export const table = (
  title: string,
  rows: readonly Readonly<Record<string, Cell>>[],
): TableBlock => {
  const columns = Object.keys(rows[0] ?? {})
  return {
    kind: 'table',
    title,
    columns,
    rows: rows.map((row) => columns.map((column) => row[column] ?? '')),
  }
}

/** A bar chart. */
export const bars = (
  title: string,
  values: Iterable<readonly [label: string, value: number]>,
): BarsBlock => ({
  kind: 'bars',
  title,
  bars: Array.from(values, ([label, value]) => ({ label, value })),
})

/** A punch card: what came together in each hour of the week, UTC. */
export const punchCard = (
  title: string,
  points: Iterable<{ readonly at: Instant; readonly value: number }>,
): PunchCardBlock => {
  const hours = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  for (const { at, value } of points) {
    const day = hours[(weekday(at) + 6) % 7] as number[]
    const { hour } = toCivil(at)
    day[hour] = (day[hour] ?? 0) + value
  }
  return { kind: 'punch-card', title, hours }
}
