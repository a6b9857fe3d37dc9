import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agenda, type Entry, inFiringOrder } from '../../src/clock/agenda.js'
import type { Deadline } from '../../src/domain/kernel/deadline.js'

const deadline = (
  due: number,
  { rank = 10, clock = null as string | null, type = 'Work' } = {},
): Deadline => ({ due, rank, clock, command: { type } })

const CLOCKS = [null, 'clock_a', 'clock_b'] as const

const anyDeadline: fc.Arbitrary<Deadline> = fc
  .tuple(fc.nat(4), fc.constantFrom(10, 20), fc.constantFrom(...CLOCKS), fc.nat(99))
  .map(([due, rank, clock, type]) => deadline(due, { rank, clock, type: `Work${type}` }))

/** What the model knows of a row: its age, and the deadlines that it announces. */
interface Announced {
  readonly age: number
  readonly deadlines: readonly Deadline[]
}
type Model = ReadonlyMap<string, Announced>

const before = (a: Deadline, b: Deadline): number => a.due - b.due || a.rank - b.rank

/** Of every row its first deadline, ordered by instant, rank and age. */
const queueOf = (model: Model, clock: string | null): readonly Deadline[] =>
  [...model.values()]
    .flatMap(({ age, deadlines }) => {
      const [first] = [...deadlines].sort(before)
      return first === undefined || first.clock !== clock ? [] : [{ first, age }]
    })
    .sort((a, b) => before(a.first, b.first) || a.age - b.age)
    .map(({ first }) => first)

const check = (agenda: Agenda, model: Model): void => {
  const json: Record<string, readonly Deadline[]> = {}
  for (const clock of CLOCKS) {
    const queue = queueOf(model, clock)
    expect(agenda.next(clock)?.deadline).toStrictEqual(queue[0])
    if (queue.length > 0) json[clock ?? 'root'] = queue
  }
  expect(agenda.toJSON()).toStrictEqual(json)
}

const planned = (
  [agenda, model]: readonly [Agenda, Model],
  table: number,
  slot: number,
  deadlines: readonly Deadline[],
): readonly [Agenda, Model] => {
  const key = `${table}/${slot}`
  const next = new Map(model)
  const age = model.get(key)?.age ?? model.size
  if (deadlines.length > 0 || model.has(key)) next.set(key, { age, deadlines })
  return [agenda.plan(table, slot, deadlines), next]
}

describe('Agenda', () => {
  it('agrees with a sorted list in any tree of versions: replanned rows, rows without work, many clocks', () => {
    const step = fc.record({
      on: fc.nat(),
      table: fc.nat(2),
      slot: fc.oneof(fc.nat(3), fc.constant(70)),
      deadlines: fc.array(anyDeadline, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const versions: (readonly [Agenda, Model])[] = [[Agenda.empty, new Map()]]
        for (const { on, table, slot, deadlines } of steps)
          versions.push(
            planned(
              versions.at(-1 - (on % versions.length)) as (typeof versions)[number],
              table,
              slot,
              deadlines,
            ),
          )
        for (const [agenda, model] of versions) check(agenda, model)
      }),
      { numRuns: 200 },
    )
  })

  it('orders by instant, then by rank, then by age', () => {
    const agenda = Agenda.empty
      .plan(0, 0, [deadline(20, { rank: 1, type: 'third' })])
      .plan(0, 1, [deadline(10, { rank: 2, type: 'second' })])
      .plan(1, 0, [deadline(10, { rank: 1, type: 'first' })])
      .plan(0, 2, [deadline(20, { rank: 1, type: 'fourth' })])
    expect(agenda.toJSON().root?.map(({ command }) => command.type)).toStrictEqual([
      'first',
      'second',
      'third',
      'fourth',
    ])
  })

  it("keeps a row's age while it has no work", () => {
    const agenda = Agenda.empty
      .plan(0, 0, [deadline(10, { type: 'older' })])
      .plan(0, 1, [deadline(10, { type: 'younger' })])
      .plan(0, 0, [])
    expect(agenda.next(null)?.deadline.command.type).toBe('younger')
    const again = agenda.plan(0, 0, [deadline(10, { type: 'older' })])
    expect(again.next(null)?.deadline.command.type).toBe('older')
  })

  it('takes the earliest of the deadlines of a row, by rank where two are due at once, then as they stand', () => {
    const first = deadline(10, { rank: 1, type: 'first' })
    const row = [deadline(20), deadline(10, { rank: 2 }), first, deadline(10, { rank: 1 })]
    expect(Agenda.empty.plan(0, 0, row).next(null)?.deadline).toBe(first)
  })

  it('follows a row from one clock to another', () => {
    const there = Agenda.empty.plan(0, 0, [deadline(10)])
    const gone = there.plan(0, 0, [deadline(10, { clock: 'clock_a' })])
    expect([gone.next(null), gone.next('clock_a')?.deadline.due]).toStrictEqual([undefined, 10])
    expect([there.next(null)?.deadline.due, there.next('clock_a')]).toStrictEqual([10, undefined])
  })

  it('is the same value where a row without work still has none', () => {
    expect(Agenda.empty.plan(3, 5, [])).toBe(Agenda.empty)
  })
})

describe('inFiringOrder', () => {
  it('is total: of two entries of different ages one goes first, whatever else they share', () => {
    const anyEntry: fc.Arbitrary<Entry> = fc.record({ deadline: anyDeadline, seen: fc.nat(3) })
    fc.assert(
      fc.property(anyEntry, anyEntry, anyEntry, (a, b, c) => {
        const order = Math.sign(inFiringOrder(a, b))
        expect(order + Math.sign(inFiringOrder(b, a))).toBe(0)
        if (a.seen !== b.seen) expect(order).not.toBe(0)
        if (order <= 0 && inFiringOrder(b, c) <= 0)
          expect(inFiringOrder(a, c)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 1_000 },
    )
  })
})
