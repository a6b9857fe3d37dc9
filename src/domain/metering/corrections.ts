import { addUnits, type Decimal, rescale, subtractUnits, type Units } from '../kernel/decimal.js'
import { ordered, SortedTree, type TreeRules } from '../kernel/sorted-tree.js'
import type { Owner } from '../kernel/vector.js'

/** An event that a correction is about. */
export interface Counted {
  readonly position: number
  readonly value: Decimal
}

/** Late events of one time, newest receipt first. */
export interface LateEvents extends Counted {
  readonly before: LateEvents | undefined
}

/** What is to be corrected at one time (or window) of a series. */
export interface Correction {
  readonly late: LateEvents | undefined
  /** What the series has too little (or too much) at this time, at the corrections' scale. */
  readonly units: Units
  readonly count: number
}

export interface Difference {
  units: Units
  count: number
}

const rules: TreeRules<number, Correction, Difference> = {
  compare: (a, b) => a - b,
  measure: (correction) => correction,
  add: (a, b) => ({ units: addUnits(a.units, b.units), count: a.count + b.count }),
  zero: { units: 0, count: 0 },
  addTo: (sum, more) => {
    sum.units = addUnits(sum.units, more.units)
    sum.count += more.count
  },
}

/**
 * What late and cancelled events change in one series: a small persistent tree by time that adds up any range. It
 * stands beside the append-only series and belongs to a world, as the series belongs to the history.
 */
export interface Corrections {
  readonly scale: number
  readonly byTime: SortedTree<number, Correction, Difference>
  /** Positions of cancelled events, late or not. */
  readonly cancelled: SortedTree<number, true>
}

export const NO_CORRECTIONS: Corrections = {
  scale: 0,
  byTime: SortedTree.of(rules),
  cancelled: SortedTree.of(ordered<number, true>((a, b) => a - b)),
}

/** The same corrections counted in smaller units. */
const rescaled = (corrections: Corrections, scale: number): Corrections => {
  if (scale <= corrections.scale) return corrections
  let byTime = SortedTree.of(rules)
  for (const [time, correction] of corrections.byTime)
    byTime = byTime.set(time, {
      ...correction,
      units: rescale(correction.units, corrections.scale, scale),
    })
  return { ...corrections, scale, byTime }
}

const unitsAt = (scale: number, value: Decimal | undefined): Units =>
  value === undefined ? 0 : rescale(value.units, value.scale, scale)

/** A late event of a series without windows: it adds to its time. */
export const withLate = (
  corrections: Corrections,
  time: number,
  { position, value }: Counted,
  owner?: Owner,
): Corrections => {
  const { scale, byTime, cancelled } = rescaled(corrections, value.scale)
  const before = byTime.get(time)
  const late = { position, value, before: before?.late }
  const units = addUnits(before?.units ?? 0, unitsAt(scale, value))
  const next = { late, units, count: (before?.count ?? 0) + 1 }
  return { scale, byTime: byTime.set(time, next, owner), cancelled }
}

/** A cancelled event of a series without windows: it is taken off its time. */
export const withCancelled = (
  corrections: Corrections,
  time: number,
  { position, value }: Counted,
): Corrections => {
  const { scale, byTime, cancelled } = rescaled(corrections, value.scale)
  const before = byTime.get(time)
  const units = subtractUnits(before?.units ?? 0, unitsAt(scale, value))
  const next = { late: before?.late, units, count: (before?.count ?? 0) - 1 }
  return { scale, byTime: byTime.set(time, next), cancelled: cancelled.set(position, true) }
}

/** Makes a window count one event instead of the one that the series counts; either may be none. */
const recounted = (
  corrections: Corrections,
  window: number,
  late: LateEvents | undefined,
  counts: Decimal | undefined,
  counted: Decimal | undefined,
  owner?: Owner,
): Corrections => {
  const { scale, byTime, cancelled } = rescaled(
    corrections,
    Math.max(counts?.scale ?? 0, counted?.scale ?? 0),
  )
  const next = {
    late,
    units: subtractUnits(unitsAt(scale, counts), unitsAt(scale, counted)),
    count: (counts === undefined ? 0 : 1) - (counted === undefined ? 0 : 1),
  }
  return { scale, byTime: byTime.set(window, next, owner), cancelled }
}

/** A late event of a window is its last received: it counts instead of the one that the series `counted`. */
export const withLateInWindow = (
  corrections: Corrections,
  window: number,
  counted: Decimal | undefined,
  { position, value }: Counted,
  owner?: Owner,
): Corrections => {
  const late = { position, value, before: corrections.byTime.get(window)?.late }
  return recounted(corrections, window, late, value, counted, owner)
}

/**
 * A cancelled event of a window: of the others the last received counts again.
 * @param inOrder - The window's events in the series, newest receipt first.
 */
export const withCancelledInWindow = (
  corrections: Corrections,
  window: number,
  inOrder: Iterable<Counted>,
  position: number,
): Corrections => {
  const cancelled = corrections.cancelled.set(position, true)
  const survives = (event: Counted): boolean => cancelled.get(event.position) === undefined
  const late = corrections.byTime.get(window)?.late
  let counted: Decimal | undefined
  let counts: Counted | undefined
  for (const event of inOrder) {
    counted ??= event.value
    if (!survives(event)) continue
    counts = event
    break
  }
  // Every late event of a window was received after those in order.
  for (let link = late; link !== undefined; link = link.before)
    if (survives(link)) {
      counts = link
      break
    }
  return recounted({ ...corrections, cancelled }, window, late, counts?.value, counted)
}

export const correctionAt = (corrections: Corrections, time: number): Correction | undefined =>
  corrections.byTime.get(time)
