import type { DomainEvent } from '../domain/kernel/event.js'
import { type LogView, type Transaction, transactions } from '../domain/kernel/log.js'

/**
 * A named fold of the log for readers. It gets whole transactions, in order, in batches of any cut, and may go on
 * from where it stopped: `fold(fold(v, a), b)` is `fold(v, a + b)`.
 */
export interface Projection<View, Log extends LogView = LogView> {
  readonly name: string
  /** What an empty log adds up to. */
  readonly initial: (log: Log) => View
  readonly fold: (view: View, batch: Iterable<Transaction>, log: Log) => View
}

/** A view, and the position up to which the log is in it. */
export interface Projected<View> {
  readonly position: number
  readonly value: View
}

/**
 * Brings a projection up to a world, from the beginning or from where it stopped.
 * @param from - A view of the same projection at an earlier world of the same history.
 */
export const project = <View, Log extends LogView>(
  projection: Projection<View, Log>,
  log: Log,
  from: Projected<View> = { position: 0, value: projection.initial(log) },
): Projected<View> =>
  from.position === log.position
    ? from
    : {
        position: log.position,
        value: projection.fold(from.value, transactions(log, from.position), log),
      }

/** What a projection of rows does with each type of event that it cares for; the rows are a private draft. */
export type RowHandlers<E extends DomainEvent, Key, Row> = {
  readonly [T in E['type']]?: (
    rows: Map<Key, Row>,
    event: Extract<E, { readonly type: T }>,
    position: number,
  ) => void
}

/**
 * A projection whose view is rows by key. It names the events it cares for and passes over the rest. The rows are
 * copied once for each call of `fold`, so handlers may write to them.
 */
export const rowsBy =
  <E extends DomainEvent>() =>
  <Key, Row>(
    name: string,
    handlers: RowHandlers<E, Key, Row>,
  ): Projection<ReadonlyMap<Key, Row>> => ({
    name,
    initial: () => new Map(),
    fold: (view, batch) => {
      const rows = new Map(view)
      for (const { entries } of batch)
        for (const { event, position } of entries) {
          const handler = handlers[event.type as E['type']] as
            | ((rows: Map<Key, Row>, event: DomainEvent, position: number) => void)
            | undefined
          handler?.(rows, event, position)
        }
      return rows
    },
  })
