import {
  type DomainEvent,
  notifications,
  type Projection,
  project,
  rowsBy,
  timeline,
  usageTotals,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { begun, foldedInCuts, lived, record } from './support.js'

interface Created extends DomainEvent {
  readonly type: 'CustomerCreated'
}
interface Recorded extends DomainEvent {
  readonly type: 'MeterEventRecorded'
}
interface Count {
  readonly count: number
  readonly position: number
}

/** Counts events by type; remembers where each was last seen. */
const counts = rowsBy<Created | Recorded>()<string, Count>('counts', {
  CustomerCreated: (rows, event, position) => {
    rows.set(event.type, { count: (rows.get(event.type)?.count ?? 0) + 1, position })
  },
  MeterEventRecorded: (rows, event, position) => {
    rows.set(event.type, { count: (rows.get(event.type)?.count ?? 0) + 1, position })
  },
})

describe('project', () => {
  it('folds the whole log and says up to where', () => {
    const { sim } = begun()
    expect(project(counts, sim.world)).toEqual({
      position: 4,
      value: new Map([['CustomerCreated', { count: 2, position: 4 }]]),
    })
  })

  it('goes on from an earlier view, which stays as it was', () => {
    const { sim, bob } = begun()
    const first = project(counts, sim.world)
    record(sim, bob.id, 'a', '1')
    const second = project(counts, sim.world, first)
    expect(second).toEqual(project(counts, sim.world))
    expect(second.value.size).toBe(2)
    expect(first.value.size).toBe(1)
    expect(project(counts, sim.world, second)).toBe(second)
  })

  it('goes on from one view on every branch of a history', () => {
    const { sim, ada, bob } = begun()
    const shared = project(usageTotals, sim.world)
    const fork = sim.fork()
    record(sim, ada.id, 'a', '1')
    record(fork, bob.id, 'b', '2')
    for (const { world } of [sim, fork])
      expect(project(usageTotals, world, shared)).toEqual(project(usageTotals, world))
    expect(shared.value.size).toBe(0)
  })

  const all: readonly Projection<unknown, World>[] = [
    counts,
    usageTotals,
    timeline,
    notifications,
  ] as unknown as readonly Projection<unknown, World>[]

  it.each(all.map((projection) => [projection.name, projection] as const))(
    '%s comes to the same however the log is cut into batches',
    (_, projection) => {
      const { world } = lived().sim
      const bare = (view: unknown) =>
        projection.name === 'notifications' ? { ...(view as object), world: null } : view
      const whole = bare(project(projection, world).value)
      for (const cuts of [[1], [2], [3, 1], [1, 5, 2], [7], [1_000]])
        expect(bare(foldedInCuts(projection, world, cuts))).toEqual(whole)
      expect(whole).not.toEqual(bare(projection.initial(world)))
    },
  )

  it('hands over whole transactions, and says which a clock fired', () => {
    const { world } = lived().sim
    const seen: Projection<readonly string[], World> = {
      name: 'seen',
      initial: () => [],
      fold: (view, batch) => [
        ...view,
        ...Array.from(
          batch,
          ({ entries, fired }) =>
            `${entries.map(({ event }) => event.type).join('+')}${fired ? ' fired' : ''}`,
        ),
      ],
    }
    expect(project(seen, world).value.slice(4)).toEqual([
      'MeterEventRecorded',
      'MeterEventRecorded',
      'MeterEventFailed+MeterErrorsReported',
      'MeterEventCancelled',
      'CustomerUpdated',
      'SettingsUpdated',
      'MeterWorkQueued',
      'TestClockAdvanceStarted',
      'MeterEventRecorded+MeterWorkDone fired',
      'TestClockAdvanced',
      'MeterDeactivated',
      'RootClockAdvanced',
      'CustomerDeleted+TestClockDeleted',
    ])
  })
})

describe('rowsBy', () => {
  it('passes over events that it does not name', () => {
    const odd = rowsBy<DomainEvent>()<string, number>('odd', {})
    const { world } = begun().sim
    expect(project(odd, world).value.size).toBe(0)
  })
})
