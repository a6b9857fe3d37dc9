import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Defect } from '../../src/domain/kernel/defect.js'
import type { DomainEvent } from '../../src/domain/kernel/event.js'
import {
  CONTINUES,
  FIRED,
  Line,
  OPENS,
  type Opening,
  type PackedEvents,
  type Store,
  type StoreKey,
} from '../../src/domain/kernel/line.js'

const event = (at: number): DomainEvent => ({ type: 'Noted', at })

/** A store that keeps the instants of events in a column, and counts what a reader at a position sees. */
class Column implements Store<Column>, PackedEvents {
  readonly #parent: Column | undefined
  readonly #bound: number
  readonly #rows: number[] = []
  readonly #positions: number[] = []

  constructor(parent?: Column, bound = 0) {
    this.#parent = parent
    this.#bound = bound
  }

  branch(bound: number): Column {
    return new Column(this, bound)
  }

  add(at: number): number {
    return this.#rows.push(at) - 1
  }

  noted(position: number): void {
    this.#positions.push(position)
  }

  eventAt(row: number): DomainEvent {
    return { type: 'Packed', at: this.#rows[row] as number }
  }

  /** Positions noted by a reader's own past. */
  seen(position: number): readonly number[] {
    return [
      ...(this.#parent?.seen(Math.min(position, this.#bound)) ?? []),
      ...this.#positions.filter((noted) => noted <= position),
    ]
  }
}
const column: StoreKey<Column> = { create: () => new Column() }

/** A world: a position on a line, and the whole past that it must see there. */
interface Version {
  readonly line: Line
  readonly position: number
  readonly past: readonly (DomainEvent & { readonly opening: Opening; readonly noted: boolean })[]
}

const start = (): Version => ({ line: new Line(), position: 0, past: [] })

interface Step {
  readonly on: number
  readonly packed: boolean
  readonly noted: boolean
  readonly opening: Opening
}

const written = ({ line, position, past }: Version, step: Step, at: number): Version => {
  const own = line.writable(position)
  const { packed, noted, opening } = step
  const store = noted || packed ? own.store(column) : undefined
  const next =
    packed && store !== undefined
      ? own.pushPacked(store, store.add(at), opening)
      : own.push(event(at), opening)
  if (noted) store?.noted(next)
  const fact = { type: packed ? 'Packed' : 'Noted', at, opening, noted }
  return { line: own, position: next, past: [...past, fact] }
}

const check = ({ line, position, past }: Version): void => {
  expect(position).toBe(past.length)
  for (const [index, { type, at, opening }] of past.entries()) {
    expect(line.at(index + 1)).toStrictEqual({ type, at })
    expect(line.openingAt(index + 1)).toBe(opening)
  }
  expect(line.store(column).seen(position)).toStrictEqual(
    past.flatMap(({ noted }, index) => (noted ? [index + 1] : [])),
  )
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  on: fc.nat(),
  packed: fc.boolean(),
  noted: fc.boolean(),
  opening: fc.constantFrom<Opening>(CONTINUES, OPENS, FIRED),
})

describe('Line', () => {
  it('is written in place by its newest world and branches for an older one', () => {
    const line = new Line()
    expect(line.writable(0)).toBe(line)
    expect(line.push(event(10), OPENS)).toBe(1)
    expect(line.push(event(20), CONTINUES)).toBe(2)
    expect(line.writable(2)).toBe(line)
    const branch = line.writable(1)
    expect(branch).not.toBe(line)
    expect([line.length, branch.length]).toStrictEqual([2, 1])
    expect(branch.push(event(30), FIRED)).toBe(2)
    expect([1, 2].map((at) => branch.at(at).at)).toStrictEqual([10, 30])
    expect([1, 2].map((at) => line.at(at).at)).toStrictEqual([10, 20])
    expect([1, 2].map((at) => branch.openingAt(at))).toStrictEqual([OPENS, FIRED])
  })

  it('shows every world its own past in any tree of worlds, packed events and stores included', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const versions = [start()]
        for (const [at, step] of steps.entries())
          versions.push(written(versions[step.on % versions.length] as Version, step, at))
        for (const version of versions) check(version)
      }),
      { numRuns: 300 },
    )
  })

  it('shows a world at the end of a long chain of branches its own past only', () => {
    let version = start()
    const kept = [version]
    for (let at = 0; at < 120; at += 1) {
      const step = { on: 0, packed: at % 3 === 0, noted: at % 2 === 0, opening: OPENS } as const
      const next = written(version, step, at)
      written(version, { ...step, opening: FIRED }, 1_000 + at) // A sibling: whichever comes second branches.
      version = at % 2 === 0 ? next : written(version, step, at)
      kept.push(version)
    }
    for (const world of kept) check(world)
  })

  it('shows a branch that leaves below the point where its parent left only what lies below both', () => {
    const line = new Line()
    for (let at = 1; at <= 10; at += 1) line.store(column).noted(line.push(event(at), OPENS))
    const branch = new Line(new Line(line, 8), 5)
    expect(branch.store(column).seen(99)).toStrictEqual([1, 2, 3, 4, 5])
    expect(branch.push(event(60), FIRED)).toBe(6)
    expect([5, 6].map((at) => branch.at(at).at)).toStrictEqual([5, 60])
  })

  it('keeps what it holds while it grows', () => {
    const line = new Line()
    for (let at = 1; at <= 1_000; at += 1)
      expect(line.push(event(at), at % 7 === 0 ? FIRED : CONTINUES)).toBe(at)
    for (let at = 1; at <= 1_000; at += 1) {
      expect(line.at(at).at).toBe(at)
      expect(line.openingAt(at)).toBe(at % 7 === 0 ? FIRED : CONTINUES)
    }
  })

  it('packs the events of one store', () => {
    const line = new Line()
    line.pushPacked(line.store(column), line.store(column).add(1), OPENS)
    const other = new Column()
    expect(() => line.pushPacked(other, other.add(2), OPENS)).toThrow(Defect)
  })

  it('has one store of a kind, and others of other kinds', () => {
    const line = new Line()
    const other: StoreKey<Column> = { create: () => new Column() }
    const first = line.store(column)
    expect(line.store(column)).toBe(first)
    expect(line.store(other)).not.toBe(first)
    expect(line.store(column)).toBe(first)
    expect(line.writable(0)).toBe(line)
  })

  it('finds a store that was first asked for at the end of 20,000 branches', () => {
    let line = new Line()
    line.store(column).noted(1)
    for (let position = 1; position <= 20_000; position += 1) {
      line.push(event(position), OPENS)
      line = new Line(line, position)
    }
    expect(line.store(column).seen(20_000)).toStrictEqual([1])
  })
})
