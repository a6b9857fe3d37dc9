import { type Codec, closed, either, integer, optional, text, timestamp } from './codec.js'
import { E, type Either } from './fp.js'
import type { Instant } from './instant.js'
import { invalidRequest, type Rejection, resourceMissingIn } from './rejection.js'
import type { Row, Table } from './table.js'

/** A page of objects, newest first. @remarks Source: docs.stripe.com/api/pagination. */
export interface List<View> {
  readonly object: 'list'
  readonly data: readonly View[]
  readonly has_more: boolean
  readonly url: string
}

export interface Page {
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
}

/** The parameters that every list takes; `limit` is 1 to 100, 10 when absent. */
export const pageParams = {
  limit: optional(integer(1, 100)),
  starting_after: optional(text()),
  ending_before: optional(text()),
}

export const LIMIT_DEFAULT = 10

/** A moment, or bounds of one. */
export type TimeFilter =
  | Instant
  | {
      readonly gt?: Instant
      readonly gte?: Instant
      readonly lt?: Instant
      readonly lte?: Instant
    }

const bounds = closed('TimeFilter', {
  gt: optional(timestamp),
  gte: optional(timestamp),
  lt: optional(timestamp),
  lte: optional(timestamp),
})

/** `created=1767225600`, or `created[gte]=...`. @remarks Source: docs.stripe.com/api/customers/list. */
export const timeFilter: Codec<TimeFilter> = either('TimeFilter', timestamp, bounds)

/** Whether a moment passes a filter; without one it does. */
export const isWithin = (filter: TimeFilter | undefined, moment: Instant): boolean => {
  if (filter === undefined) return true
  if (typeof filter === 'number') return moment === filter
  const { gt, gte, lt, lte } = filter
  return (
    (gt === undefined || moment > gt) &&
    (gte === undefined || moment >= gte) &&
    (lt === undefined || moment < lt) &&
    (lte === undefined || moment <= lte)
  )
}

const bothCursors = invalidRequest(
  'Received both starting_after and ending_before parameters. Please pass in only one.',
)

interface Pages<T, View> {
  readonly page: Page
  readonly url: string
  readonly view: (item: T) => View
  /** Items older than the cursor, newest first; all of them without one. `undefined`: no such cursor. */
  readonly olderThan: (cursor: string | undefined) => Iterable<T> | undefined
  /** Items newer than the cursor, oldest first. `undefined`: no such cursor. */
  readonly newerThan: (cursor: string) => Iterable<T> | undefined
  /** What the thing is called in `No such ...`. */
  readonly noun: string
}

/** One page of any ordered source. Cursors are exclusive; `ending_before` gives the page just before the cursor. */
export const paginate = <T, View>(pages: Pages<T, View>): Either<Rejection, List<View>> => {
  const { limit = LIMIT_DEFAULT, starting_after, ending_before } = pages.page
  if (starting_after !== undefined && ending_before !== undefined) return E.left(bothCursors)
  const backwards = ending_before !== undefined
  const source = backwards ? pages.newerThan(ending_before) : pages.olderThan(starting_after)
  if (source === undefined)
    return E.left(
      backwards
        ? resourceMissingIn('ending_before', pages.noun, ending_before)
        : resourceMissingIn('starting_after', pages.noun, starting_after as string),
    )
  const items: T[] = []
  let has_more = false
  for (const item of source) {
    if (items.length === limit) {
      has_more = true
      break
    }
    items.push(item)
  }
  if (backwards) items.reverse()
  return E.right({ object: 'list', data: items.map(pages.view), has_more, url: pages.url })
}

interface TableList<R extends Row, Names extends string, View> {
  readonly table: Table<R, Names>
  readonly page: Page
  readonly url: string
  readonly noun: string
  readonly view: (row: R) => View
  /** Only rows with this secondary key. */
  readonly by?: readonly [index: Names, key: string] | undefined
  readonly where?: ((row: R) => boolean) | undefined
}

/** One page of a table's rows, newest first. The id of a removed row still marks its place. */
export const listRows = <R extends Row, Names extends string, View>(
  list: TableList<R, Names, View>,
): Either<Rejection, List<View>> => {
  const { table, by, where } = list
  const slots = by === undefined ? undefined : table.slotsBy(by[0], by[1])
  const size = slots === undefined ? table.size : slots.size
  const slotAt = (at: number): number => (slots === undefined ? at : (slots.get(at) as number))
  /** The first place whose slot is at least the given one. */
  const placeOf = (slot: number): number => {
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (slotAt(middle) < slot) low = middle + 1
      else high = middle
    }
    return low
  }
  function* walk(from: number, step: 1 | -1): Iterable<R> {
    for (let at = from; at >= 0 && at < size; at += step) {
      const row = table.at(slotAt(at))
      if (row !== undefined && (where === undefined || where(row))) yield row
    }
  }
  return paginate({
    ...list,
    olderThan: (cursor) => {
      if (cursor === undefined) return walk(size - 1, -1)
      const slot = table.slotOf(cursor)
      return slot === undefined ? undefined : walk(placeOf(slot) - 1, -1)
    },
    newerThan: (cursor) => {
      const slot = table.slotOf(cursor)
      return slot === undefined ? undefined : walk(placeOf(slot + 1), 1)
    },
  })
}
