import {
  createSimulator,
  E,
  entries,
  hasIdentifier,
  type MeterEventRecorded,
  type Simulator,
  toInstant,
  type World,
} from 'clepsydra'
import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import {
  type CsvImport,
  type ImportOptions,
  importUsageInto,
} from '../../src/usage-import/index.js'

const NOW = toInstant('2026-03-01')
const DAY = 86_400

const aSimulator = (): Simulator => {
  const simulator = createSimulator({ now: NOW })
  simulator.run({
    type: 'CreateMeter',
    params: { display_name: 'calls', event_name: 'calls', default_aggregation: { formula: 'sum' } },
  })
  simulator.run({ type: 'CreateCustomer' })
  const clock = simulator.run({ type: 'CreateTestClock', params: { frozen_time: NOW - DAY } }).id
  simulator.run({ type: 'CreateCustomer', params: { test_clock: clock } })
  return simulator
}

const customers = [...aSimulator().world.customers].map(({ id }) => id as string)

interface AnyRow {
  readonly customer: string
  readonly value: string
  readonly time: number
  readonly id: string
  readonly region: string
}

/** Rows, wrong ones and repeated identifiers among them. */
const anyRow: fc.Arbitrary<AnyRow> = fc.record({
  customer: fc.constantFrom(...customers, ...customers, 'cus_none', ''),
  value: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }).map(String) },
    { weight: 2, arbitrary: fc.constantFrom('0.5', '1.50', '+3') },
    { weight: 1, arbitrary: fc.constantFrom('', 'x', '1e3', '1234567890123456') },
  ),
  time: fc.integer({ min: -37, max: 1 }).map((day) => NOW + day * DAY),
  id: fc.nat(12).map((n) => `id-${n}`),
  region: fc.constantFrom('', 'eu', 'a "quoted",\ncell'),
})

const anyRows = fc.array(anyRow, { maxLength: 15 })
const anyBatch = fc.constantFrom(1, 2, 3, 5, 100)

/** The facts of a world, but for how they were grouped into transactions. */
const facts = (world: World): readonly unknown[] => [...entries(world)].map(({ event }) => event)

/** What anybody would do by hand: look, then record one row, and note what came of it. */
const oneByOne = (simulator: Simulator, rows: readonly AnyRow[], stop: boolean) => {
  let recorded = 0
  let already = 0
  const refused: number[] = []
  for (const [index, { customer, value, time, id, region }] of rows.entries()) {
    if (customer !== '' && hasIdentifier(simulator.world, id)) {
      already += 1
      continue
    }
    const payload = {
      stripe_customer_id: customer,
      value,
      ...(region === '' ? {} : { region }),
    }
    const isSound = customer !== '' && /^[+-]?\d{1,15}(\.\d{1,12})?$/.test(value)
    const done = isSound
      ? simulator.try({
          type: 'RecordMeterEvent',
          params: { event_name: 'calls', payload, identifier: id, timestamp: time },
        })
      : E.left(undefined)
    if (E.isRight(done)) recorded += 1
    else {
      refused.push(index)
      if (stop) break
    }
  }
  return { recorded, already, refused }
}

const options = (changes: object = {}): ImportOptions => ({
  format: 'csv',
  mapping: {
    event_name: { constant: 'calls' },
    customer: 'customer',
    value: 'value',
    time: 'time',
    identifier: 'id',
    payload: { region: 'region' },
  },
  ...changes,
})

const textOf = (rows: readonly AnyRow[]): string =>
  Papa.unparse([...rows], { columns: ['customer', 'value', 'time', 'id', 'region'], newline: '\n' })

describe('laws of importing', () => {
  it('importing rows equals recording them one by one, whatever the batches', () =>
    fc.assert(
      fc.asyncProperty(
        anyRows,
        anyBatch,
        fc.constantFrom('stop', 'skip'),
        async (rows, batchSize, onRefusal) => {
          const [imported, byHand] = [aSimulator(), aSimulator()]
          const result = await importUsageInto(
            imported,
            textOf(rows),
            options({ batchSize, onRefusal }),
          )
          const expected = oneByOne(byHand, rows, onRefusal === 'stop')
          expect(facts(imported.world)).toEqual(facts(byHand.world))
          expect(result).toMatchObject({
            recorded: expected.recorded,
            already: expected.already,
            refusedCount: expected.refused.length,
          })
          const lines = textOf(rows).split('\n')
          for (const [at, index] of expected.refused.entries()) {
            const line = result.refused[at]?.line as number
            expect(lines[line - 1]).toContain(`,${rows[index]?.time},${rows[index]?.id}`)
          }
          expect(result.read).toBe(result.recorded + result.already + result.refusedCount)
        },
      ),
      { numRuns: 200 },
    ))

  it('no row counts twice, however often and how long after it is imported, with identifiers or without', () =>
    fc.assert(
      fc.asyncProperty(
        anyRows,
        fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        anyBatch,
        async (rows, pauses, withIds, batchSize) => {
          const simulator = aSimulator()
          const given = options({ onRefusal: 'skip', batchSize }) as CsvImport
          const { identifier: _, ...mapping } = given.mapping
          const how = withIds ? given : { ...given, mapping }
          let held = 0
          for (const pause of [0, ...pauses]) {
            simulator.advanceBy(pause * DAY)
            const result = await importUsageInto(simulator, textOf(rows), how)
            expect(result.already).toBeGreaterThanOrEqual(held)
            held += result.recorded
          }
          const identifiers = [...entries(simulator.world)].flatMap(({ event }) =>
            event.type === 'MeterEventRecorded' ? [(event as MeterEventRecorded).identifier] : [],
          )
          expect(new Set(identifiers).size).toBe(identifiers.length)
          expect(identifiers.length).toBe(held)
          expect(held).toBeLessThanOrEqual(rows.length)
        },
      ),
    ))

  it('with advance, sorted rows of any age are all recorded, each at its own time', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 12 }),
        anyBatch,
        async (days, batchSize) => {
          const simulator = aSimulator()
          const times = days.sort((a, b) => a - b).map((day) => NOW + day * DAY)
          const rows = times.map((time, at) => ({
            customer: customers[0] as string,
            value: '1',
            time,
            id: `r${at}`,
            region: '',
          }))
          const result = await importUsageInto(
            simulator,
            textOf(rows),
            options({ batchSize, advance: true }),
          )
          expect(result).toMatchObject({ recorded: times.length, refusedCount: 0 })
          const recordedAt = [...entries(simulator.world)].flatMap(({ event }) =>
            event.type === 'MeterEventRecorded' ? [event.at] : [],
          )
          expect(recordedAt).toEqual(times)
        },
      ),
    ))
})
