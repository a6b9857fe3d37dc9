import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Defect } from '../../src/domain/kernel/defect.js'
import { Table } from '../../src/domain/kernel/table.js'

interface Invoice {
  readonly id: string
  readonly customer: string | null
  readonly number: number
}

const INDEXES = {
  customer: (row: Invoice) => row.customer,
  parity: (row: Invoice) => (row.number % 2 === 0 ? 'even' : undefined),
}

type Invoices = Table<Invoice, keyof typeof INDEXES>

const empty = (): Invoices => Table.of<Invoice, typeof INDEXES>(INDEXES)

/** All that the model knows: the ids in the order of their creation, and the rows that are there. */
interface Model {
  readonly ids: readonly string[]
  readonly rows: ReadonlyMap<string, Invoice>
}

const CUSTOMERS = ['ada', 'bob', '', 'constructor'] as const

const check = (table: Invoices, { ids, rows }: Model): void => {
  const there = ids.flatMap((id) => rows.get(id) ?? [])
  expect([...table]).toStrictEqual(there)
  expect([table.size, table.count]).toStrictEqual([ids.length, rows.size])
  for (const [slot, id] of ids.entries()) {
    expect([table.slotOf(id), table.at(slot), table.get(id), table.has(id)]).toStrictEqual([
      slot,
      rows.get(id),
      rows.get(id),
      rows.has(id),
    ])
  }
  for (const [index, keys] of [
    ['customer', CUSTOMERS],
    ['parity', ['even', 'odd']],
  ] as const)
    for (const key of keys) {
      const expected = there.filter((row) => INDEXES[index](row) === key)
      expect([...table.by(index, key)]).toStrictEqual(expected)
      expect(table.firstBy(index, key)).toStrictEqual(expected[0])
      expect([...table.slotsBy(index, key)]).toStrictEqual(
        expected.map(({ id }) => ids.indexOf(id)),
      )
      expect(table.firstSlotBy(index, key)).toBe(
        expected[0] === undefined ? undefined : ids.indexOf(expected[0].id),
      )
    }
  expect(table.toJSON()).toStrictEqual(ids.map((id) => rows.get(id) ?? null))
}

interface Change {
  readonly kind: 'insert' | 'update' | 'remove'
  readonly which: number
  readonly customer: string | null
  readonly number: number
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'update', 'update', 'remove'),
  which: fc.nat(),
  customer: fc.constantFrom(...CUSTOMERS, null),
  number: fc.nat(9),
})

/** The table and the model after a change; one that names no row inserts. */
const changed = (
  table: Invoices,
  { ids, rows }: Model,
  { kind, which, customer, number }: Change,
): readonly [Invoices, Model, slot: number] => {
  const there = [...rows.keys()]
  const id = there[which % there.length]
  if (kind === 'insert' || id === undefined) {
    // Named by its place, so that siblings insert the same ids, with other rows.
    const row = { id: `in_${ids.length}`, customer, number }
    const model = { ids: [...ids, row.id], rows: new Map(rows).set(row.id, row) }
    return [table.insert(row), model, ids.length]
  }
  const next = new Map(rows)
  if (kind === 'remove') next.delete(id)
  else next.set(id, { id, customer, number })
  return [
    kind === 'remove'
      ? table.remove(id)
      : table.update(id, (row) => ({ ...row, customer, number })),
    { ids, rows: next },
    ids.indexOf(id),
  ]
}

const nothing: Model = { ids: [], rows: new Map() }

/** A table of 40 rows, and its model. */
const filled = (): readonly [Invoices, Model] => {
  let [table, model]: readonly [Invoices, Model] = [empty(), nothing]
  for (let at = 0; at < 40; at += 1) {
    const change = { which: 0, customer: CUSTOMERS[at % 3] as string, number: at } as const
    ;[table, model] = changed(table, model, { kind: 'insert', ...change })
  }
  return [table, model]
}

describe('Table', () => {
  it('agrees with a Map in any tree of versions; old versions stay, siblings do not see each other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), anyChange), { maxLength: 40 }), (steps) => {
        const versions: (readonly [Invoices, Model])[] = [[empty(), nothing]]
        for (const [on, change] of steps) {
          const [table, model] = versions.at(
            -1 - (on % versions.length),
          ) as (typeof versions)[number]
          const [next, nextModel] = changed(table, model, change)
          versions.push([next, nextModel])
        }
        for (const [table, model] of versions) check(table, model)
      }),
      { numRuns: 100 },
    )
  })

  it('may be drafted and sealed: what it came from, and two drafts of one source, do not notice', () => {
    const changes = fc.array(anyChange, { maxLength: 30 })
    fc.assert(
      fc.property(changes, changes, changes, (first, second, after) => {
        const source = filled()
        const drafted = [first, second].map((steps) => {
          let [table, model]: readonly [Invoices, Model] = [source[0].draft(), source[1]]
          for (const step of steps) [table, model] = changed(table, model, step)
          return [table.seal(), model] as const
        })
        check(...source)
        for (const [table, model] of drafted) check(table, model)
        const [[sealed, model]] = drafted as [readonly [Invoices, Model]]
        let [table, next] = [sealed.draft(), model]
        for (const step of after) [table, next] = changed(table, next, step)
        check(table.seal(), next)
        check(sealed, model)
        check(...source)
      }),
      { numRuns: 60 },
    )
  })

  it('counts the slots that changed since it was watched, each once', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyChange, { maxLength: 20 }), (draft, changes) => {
        let [table, model] = filled()
        table = draft ? table.watched().draft() : table.watched()
        expect([table.isTouched, table.touched()]).toStrictEqual([false, []])
        const slots: number[] = []
        for (const change of changes) {
          const [next, nextModel, slot] = changed(table, model, change)
          slots.push(slot)
          ;[table, model] = [next, nextModel]
        }
        expect(table.isTouched).toBe(slots.length > 0)
        expect(new Set(table.touched())).toStrictEqual(new Set(slots))
        expect(table.touched()).toHaveLength(new Set(slots).size)
        expect(table.seal().touched()).toStrictEqual(table.touched())
        expect(table.watched().touched()).toStrictEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('tells what changed last at the end', () => {
    const table = filled()[0].watched()
    const renumbered = (number: number) => (row: Invoice) => ({ ...row, number })
    expect(
      table
        .update('in_3', renumbered(1))
        .update('in_1', renumbered(1))
        .update('in_2', renumbered(1))
        .touched(),
    ).toStrictEqual([3, 1, 2])
    expect(
      table
        .update('in_3', renumbered(1))
        .update('in_1', renumbered(1))
        .update('in_3', renumbered(2))
        .touched(),
    ).toStrictEqual([1, 3])
  })

  it('keeps no count where nobody watches', () => {
    const [table] = filled()
    expect(table.remove('in_0').isTouched).toBe(false)
    expect(table.remove('in_0').touched()).toStrictEqual([])
  })

  it('is the same value where an update changes nothing', () => {
    const [table] = filled()
    const watched = table.watched()
    expect(watched.update('in_1', (row) => row)).toBe(watched)
    expect(watched.isTouched).toBe(false)
  })

  it('takes what cannot be for a defect', () => {
    const [table] = filled()
    const row = { id: 'in_1', customer: null, number: 0 }
    expect(() => table.insert(row)).toThrow(Defect)
    expect(() => table.remove('in_1').insert(row)).toThrow(Defect)
    expect(() => table.update('in_99', (other) => other)).toThrow(Defect)
    expect(() => table.remove('in_1').update('in_1', (other) => other)).toThrow(Defect)
    expect(() => table.remove('in_1').remove('in_1')).toThrow(Defect)
    expect(() => table.need('in_99')).toThrow(Defect)
    expect(() => table.slotsBy('color' as 'parity', 'red')).toThrow(Defect)
    expect(table.need('in_1').id).toBe('in_1')
  })

  it('knows no id before it is given, those of every object included', () => {
    const [table] = filled()
    for (const id of ['constructor', '__proto__', 'in_40', ''])
      expect([table.get(id), table.slotOf(id), table.has(id)]).toStrictEqual([
        undefined,
        undefined,
        false,
      ])
  })

  it('has rows without any index', () => {
    const table = Table.of<Invoice>().insert({ id: 'a', customer: null, number: 1 })
    expect(table.get('a')?.number).toBe(1)
  })
})
