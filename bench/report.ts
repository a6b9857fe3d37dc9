import { cpus, totalmem } from 'node:os'
import type { Row } from './figures.js'

export interface Measured {
  readonly title: string
  readonly rows: readonly Row[]
}

/** Three digits that mean something: `1.24`, `0.0031`, `412`. */
const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

const UNITS = {
  x: (value: string) => `${value} times`,
  'M/s': (value: string) => `${value} M/s`,
  µs: (value: string) => `${value} µs`,
  s: (value: string) => `${value} s`,
  bytes: (value: string) => `${value} bytes`,
}

const written = (value: number, { unit }: Row): string => UNITS[unit](shown(value))

export const figureOf = (row: Row): string => written(row.value, row)

export const goalOf = (row: Row): string => {
  const { goal } = row
  if (goal === undefined) return ''
  return 'atMost' in goal
    ? `at most ${written(goal.atMost, row)}`
    : `at least ${written(goal.atLeast, row)}`
}

export const met = ({ goal, value }: Row): boolean =>
  goal === undefined || ('atMost' in goal ? value <= goal.atMost : value >= goal.atLeast)

const line = (row: Row): string => {
  const goal = goalOf(row)
  return `| ${row.what} | ${figureOf(row)} | ${goal} | ${goal === '' ? '' : met(row) ? 'yes' : '**no**'} |`
}

const section = ({ title, rows }: Measured): string =>
  [
    `### ${title}`,
    '',
    '| Work | Measured | Goal | Met |',
    '| --- | ---: | --- | --- |',
    ...rows.map(line),
  ].join('\n')

const machine = (): string => {
  const all = cpus()
  return [
    `${all.length} × ${all[0]?.model.trim() || 'processor of unknown make'}`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
    new Date().toISOString().slice(0, 10),
  ].join(', ')
}

const INTRODUCTION = `Written by \`npm run bench\`. Each figure is measured in a process of its own. Where a row says "times", the same work is done in
turns by a plain mutable loop that makes the same checks and the same arithmetic (nested Maps, no joined keys, events
kept as objects: \`bench/floor.ts\`, \`bench/billing-floor.ts\`), and the median of the ratios is shown; shared machines drift, and ratios drift less
than seconds. Absolute figures are medians, too.`

/** docs/performance.md. */
export const page = (all: readonly Measured[]): string => {
  const goals = all.flatMap(({ rows }) => rows).filter(({ goal }) => goal !== undefined)
  const reached = goals.filter(met).length
  return [
    '# Performance',
    INTRODUCTION,
    `Machine: ${machine()}. ${reached} of ${goals.length} goals are met.`,
    ...all.map(section),
    '',
  ].join('\n\n')
}
