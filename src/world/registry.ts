import { invariant } from '../domain/kernel/defect.js'
import type { EventFormat } from '../domain/kernel/event-format.js'
import type { AnyCommand, AnyQuery, Family, Header, Slice, Watch } from '../domain/kernel/family.js'
import type { Notice } from '../domain/kernel/notice.js'
import { Table } from '../domain/kernel/table.js'

/** One slice's answer to one type of event. */
export interface Handler {
  readonly slot: number
  readonly evolve: (state: any, event: any, place: any) => unknown
}

/** A watched table: where it stands, and what its rows announce. */
export interface Watched {
  readonly slot: number
  readonly deadlines: Watch['deadlines']
}

/** A list of families, compiled to what a world needs at run time. */
export interface Registry {
  readonly names: readonly string[]
  readonly slots: ReadonlyMap<string, number>
  readonly handlers: ReadonlyMap<string, readonly Handler[]>
  readonly formats: ReadonlyMap<string, EventFormat<any>>
  readonly commands: ReadonlyMap<string, AnyCommand>
  readonly queries: ReadonlyMap<string, AnyQuery>
  readonly watched: readonly Watched[]
  readonly notifications: ReadonlyMap<
    string,
    (event: any, before: any, after: any, step: any) => readonly Notice[]
  >
  readonly initial: (header: Header) => readonly unknown[]
}

const merged = <T>(
  families: readonly Family[],
  part: (family: Family) => Readonly<Record<string, T>>,
): Map<string, T> => {
  const all = new Map<string, T>()
  for (const family of families)
    for (const [name, value] of Object.entries(part(family))) {
      invariant(!all.has(name), `'${name}' belongs to one family`)
      all.set(name, value)
    }
  return all
}

export const createRegistry = (families: readonly Family[]): Registry => {
  const slices: ReadonlyMap<string, Slice<any, any, any>> = merged(
    families,
    (family) => family.slices,
  )
  const names = [...slices.keys()]
  const slots = new Map(names.map((name, slot) => [name, slot]))
  const formats = merged(families, (family) => family.events)
  const handlers = new Map<string, Handler[]>()
  for (const [name, { evolve }] of slices)
    for (const [type, handler] of Object.entries(evolve)) {
      invariant(formats.has(type), `the event '${type}' has a format`)
      const list = handlers.get(type) ?? []
      list.push({ slot: slots.get(name) as number, evolve: handler as Handler['evolve'] })
      handlers.set(type, list)
    }
  const watched = families.flatMap((family) =>
    family.watches.map(({ slice, deadlines }) => {
      const slot = slots.get(slice)
      invariant(slot !== undefined, `the watched slice '${slice}' exists`)
      return { slot, deadlines }
    }),
  )
  const initial = (header: Header): readonly unknown[] => {
    const states = [...slices.values()].map((slice) => slice.initial(header))
    for (const { slot } of watched) {
      const table = states[slot]
      invariant(table instanceof Table, 'a watched slice is a table')
      states[slot] = table.watched()
    }
    return states
  }
  return {
    names,
    slots,
    handlers,
    formats,
    commands: merged(families, (family) => family.commands),
    queries: merged(families, (family) => family.queries),
    watched,
    notifications: merged(families, (family) => family.notifications),
    initial,
  }
}
