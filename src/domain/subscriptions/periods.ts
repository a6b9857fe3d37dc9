/** The first cycle of a new subscription: its trial, its anchor, its items' periods, and what is billed of them. */

import { toCivil } from '../kernel/calendar.js'
import {
  type Anchor,
  type AnchorConfig,
  anchorAt,
  boundary,
  configuredAnchor,
  type Period,
  periodAt,
  periodNumber,
  type Recurrence,
} from '../kernel/cycle.js'
import { type Instant, later } from '../kernel/instant.js'
import type { SubscriptionItem } from './subscription.js'

/** A fraction of a full amount, in seconds of a period; 1 of 1 is all of it. */
export interface Share {
  readonly part: number
  readonly whole: number
}

/**
 * What a first invoice bills of an item: a trial at nothing, a period at the sum of its shares, or a metered item that
 * classic billing shows at nothing.
 */
export interface Charge {
  readonly item: SubscriptionItem
  readonly kind: 'trial' | 'period' | 'usage_zero'
  readonly period: Period
  /** Of the full amount of a period; none where nothing is owed. */
  readonly shares: readonly Share[]
}

/** When a new subscription's time begins and how it is cut. */
export interface Terms {
  readonly now: Instant
  /** When it began: now, or before. */
  readonly start: Instant
  readonly trialEnd: Instant | null
  readonly anchor: Anchor
  /** The first full invoice of a configured anchor: it may lie beyond the natural period. */
  readonly first: Instant | null
  readonly cancelAt: Instant | null
  readonly mode: 'classic' | 'flexible'
  readonly prorates: boolean
}

const WHOLE: Share = { part: 1, whole: 1 }

interface Piece {
  readonly period: Period
  readonly share: Share
}

/** The natural periods that a span touches, each cut to the span, with the share that is left of it. */
export const piecesOf = (
  anchor: Anchor,
  recurrence: Recurrence,
  { start, end }: Period,
): readonly Piece[] => {
  const pieces: Piece[] = []
  let k = periodNumber(anchor, recurrence, start)
  for (let from = start; from < end; k += 1) {
    const until = boundary(anchor, recurrence, k + 1)
    const period = { start: from, end: Math.min(until, end) }
    const part = period.end - period.start
    const whole = until - boundary(anchor, recurrence, k)
    pieces.push({ period, share: part === whole ? WHOLE : { part, whole } })
    from = until
  }
  return pieces
}

/**
 * Where a new cycle stands. A trial comes first: what was asked for is counted from its end.
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle. Cases: S-B9, S-B11, S-B12.
 */
export const cycleOf = (
  { now, start, trialEnd, mode }: Pick<Terms, 'now' | 'start' | 'trialEnd' | 'mode'>,
  asked: { readonly at?: Instant | undefined; readonly config?: AnchorConfig | undefined },
  shortest: Recurrence,
): Pick<Terms, 'anchor' | 'first'> => {
  if (asked.config !== undefined) {
    const { hour, minute, second } = toCivil(now)
    const config = {
      ...asked.config,
      hour: asked.config.hour ?? hour,
      minute: asked.config.minute ?? minute,
      second: asked.config.second ?? second,
    }
    return configuredAnchor(trialEnd ?? now, config, shortest)
  }
  const at = asked.at ?? trialEnd ?? (mode === 'flexible' ? start : now)
  return { anchor: anchorAt(at), first: null }
}

/** The first running period of an item, where nothing is to cut it short. */
export const uncutPeriod = (
  { now, start, trialEnd, anchor, first }: Omit<Terms, 'cancelAt' | 'prorates'>,
  recurrence: Recurrence,
): Period => {
  if (trialEnd !== null) return { start: now, end: trialEnd }
  const natural = periodAt(anchor, recurrence, now)
  return {
    start: later(natural.start, start),
    end: first === null ? natural.end : later(natural.end, first),
  }
}

const cutAt = (period: Period, cancelAt: Instant | null): Period =>
  cancelAt === null || cancelAt >= period.end ? period : { ...period, end: cancelAt }

/** The first running period of an item: a cancellation within it ends it. */
export const firstPeriod = (terms: Terms, recurrence: Recurrence): Period =>
  cutAt(uncutPeriod(terms, recurrence), terms.cancelAt)

/** Without prorations the past is free, and so is a stub: only a period that begins now and is whole is billed. */
const wholeOnly = (terms: Terms, item: SubscriptionItem, recurrence: Recurrence): Charge[] => {
  const { now, anchor, cancelAt, mode } = terms
  const uncut = { start: now, end: uncutPeriod(terms, recurrence).end }
  const [only, ...more] = piecesOf(anchor, recurrence, uncut)
  if (only === undefined || more.length > 0 || only.share !== WHOLE) return []
  const period = cutAt(uncut, cancelAt)
  const shares =
    mode === 'flexible' ? [WHOLE] : piecesOf(anchor, recurrence, period).map(({ share }) => share)
  return [{ item, kind: 'period', period, shares }]
}

/** One charge of several pieces that follow on each other. */
const chargeOf = (item: SubscriptionItem, pieces: readonly Piece[]): Charge[] => {
  const [first] = pieces
  const last = pieces.at(-1)
  return first === undefined || last === undefined
    ? []
    : [
        {
          item,
          kind: 'period',
          period: { start: first.period.start, end: last.period.end },
          shares: pieces.map(({ share }) => share),
        },
      ]
}

/** What a span is billed: classic as one, flexible each natural period before the running one by itself. */
const spanCharges = (
  { now, anchor, mode }: Terms,
  item: SubscriptionItem,
  recurrence: Recurrence,
  span: Period,
): Charge[] => {
  const pieces = piecesOf(anchor, recurrence, span)
  if (mode === 'classic') return chargeOf(item, pieces)
  const past = pieces.filter(({ period }) => period.end <= now)
  return [
    ...past.flatMap((piece) => chargeOf(item, [piece])),
    ...chargeOf(item, pieces.slice(past.length)),
  ]
}

/**
 * What the first invoice bills of an item.
 * @remarks Source: docs.stripe.com/billing/subscriptions/billing-cycle and /billing-mode. Cases: S-B9, S-B17.
 */
export const chargesOf = (
  terms: Terms,
  item: SubscriptionItem,
  recurrence: Recurrence,
): readonly Charge[] => {
  const { now, start, trialEnd, mode, prorates } = terms
  const period = { start: item.current_period_start, end: item.current_period_end }
  if (item.quantity === null)
    return mode === 'classic' ? [{ item, kind: 'usage_zero', period, shares: [] }] : []
  if (trialEnd !== null) {
    const past = prorates ? spanCharges(terms, item, recurrence, { start, end: now }) : []
    return [...past, { item, kind: 'trial', period, shares: [] }]
  }
  return prorates
    ? spanCharges(terms, item, recurrence, { start, end: period.end })
    : wholeOnly(terms, item, recurrence)
}
