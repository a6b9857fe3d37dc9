/** The figures: each measures one kind of work, in a process of its own. */

import { Table } from '../src/domain/kernel/table.js'
import {
  aggregate,
  E,
  type Meter,
  type RecordMeterEvent,
  readLog,
  replay,
  rewind,
  Simulator,
  type World,
  writeLog,
} from '../src/index.js'
import { billingFigures } from './billing.js'
import { accepted, batches, METERS, NOW, recorded, type Start, start } from './corpus.js'
import { creditFigures } from './credits.js'
import { Floor } from './floor.js'
import { beside, collect, each, elapsed, median } from './measure.js'

export type Unit = 'x' | 'M/s' | 'µs' | 's' | 'bytes'

/** One line of the report. */
export interface Row {
  readonly what: string
  readonly value: number
  readonly unit: Unit
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
}

/** Tells how much of the work is done, from 0 to 1. */
export type Progress = (done: number) => void

export interface Figure {
  readonly title: string
  readonly measure: (progress: Progress) => readonly Row[]
}

const MILLION = 1_000_000
const ROUNDS = 5

const perSecond = (count: number, milliseconds: number): number => count / milliseconds / 1_000

// Recording

const floorOf = ({ meters, customers }: Start): Floor =>
  new Floor(
    NOW,
    METERS.map(({ event_name }, at) => ({ event_name, id: meters[at] as string })),
    customers,
  )

/** Fails unless both counted the same. */
const agree = (floor: Floor, world: World, customers: readonly string[]): void => {
  for (const before of [NOW - 2_000_000, NOW - 1_000_000, NOW + 1])
    for (const meter of world.meters)
      for (const customer of customers) {
        const { units, scale } = aggregate(world, meter, customer, 0, before)
        const ours = Number(units) / 10 ** scale
        const theirs = floor.usedBefore(meter.event_name, customer, before)
        if (ours !== theirs) throw new Error(`counted ${ours}, the floor ${theirs}`)
      }
}

type Corpus = readonly (readonly RecordMeterEvent[])[]

const oneByOne = (world: World, corpus: Corpus): World => {
  let after = world
  for (const events of corpus)
    for (const params of events) after = accepted(after, { type: 'RecordMeterEvent', params })
  return after
}

const recording = (
  late: boolean,
  record: (world: World, corpus: Corpus) => World,
  goals: { readonly ratio: number; readonly rate: number },
): Figure['measure'] => {
  return (progress) => {
    const begin = start()
    const corpus = (): Corpus => [...batches(begin.customers, MILLION, late)]
    let floor = floorOf(begin)
    let world = begin.world
    const { ratio, subject } = beside(
      () => {
        floor = floorOf(begin)
        const all = corpus()
        return () => {
          for (const events of all) for (const event of events) floor.record(event)
        }
      },
      () => {
        world = start().world
        const all = corpus()
        return () => {
          world = record(world, all)
        }
      },
      ROUNDS,
      progress,
    )
    agree(floor, world, begin.customers)
    return [
      { what: 'beside the floor', value: ratio, unit: 'x', goal: { atMost: goals.ratio } },
      {
        what: 'events',
        value: perSecond(MILLION, subject),
        unit: 'M/s',
        goal: { atLeast: goals.rate },
      },
    ]
  }
}

// Reading

const SERIES_SIZES = [10_000, MILLION, 10 * MILLION]

const summing: Figure['measure'] = (progress) =>
  SERIES_SIZES.map((size, nth) => {
    const { world: empty, customers } = start(1)
    const world = recorded(empty, batches(customers, size))
    const meter = world.meters.firstBy('active', METERS[0].event_name) as Meter
    const customer = customers[0] as string
    const first = NOW - 2_592_000
    const value = each(20_000, (at) => {
      const from = first + ((at * 7_919) % 1_200_000)
      return aggregate(world, meter, customer, from, from + 600_000)
    })
    progress((nth + 1) / SERIES_SIZES.length)
    return {
      what: `a range of a series in a log of ${size.toLocaleString('en')} events`,
      value,
      unit: 'µs',
      goal: { atMost: 5 },
    }
  })

// The log

const millionEvents = (): World => {
  const { world, customers } = start()
  return recorded(world, batches(customers, MILLION))
}

/** Events a second, the median of several rounds. */
const rate = (rounds: number, count: number, work: () => unknown): number =>
  perSecond(
    count,
    median(
      Array.from({ length: rounds }, () => {
        collect()
        return elapsed(work)
      }),
    ),
  )

const replaying: Figure['measure'] = (progress) => {
  const world = millionEvents()
  const lines = [...writeLog(world)]
  progress(0.2)
  const { ratio, subject, floor } = beside(
    () => () => {
      for (const line of lines) JSON.parse(line)
    },
    () => () => {
      if (E.isLeft(readLog(lines))) throw new Error('the log could not be read')
    },
    ROUNDS,
    (done) => progress(0.2 + done * 0.5),
  )
  const memory = rate(ROUNDS, MILLION, () => replay(world))
  const back = rate(1, MILLION / 2, () => rewind(world, { position: MILLION / 2 }))
  return [
    {
      what: 'from JSON lines',
      value: perSecond(MILLION, subject),
      unit: 'M/s',
      goal: { atLeast: 0.4 },
    },
    { what: 'JSON.parse alone', value: perSecond(MILLION, floor), unit: 'M/s' },
    { what: 'from JSON lines, beside JSON.parse alone', value: ratio, unit: 'x' },
    { what: 'from memory', value: memory, unit: 'M/s', goal: { atLeast: 1 } },
    { what: 'rewind to the middle', value: back, unit: 'M/s' },
  ]
}

const exporting: Figure['measure'] = (progress) => {
  const world = millionEvents()
  progress(0.3)
  const lines = rate(ROUNDS, MILLION, () => {
    for (const line of writeLog(world)) if (line === '') throw new Error('a line is never empty')
  })
  progress(0.7)
  const simulator = new Simulator(world)
  const text = rate(ROUNDS, MILLION, () => simulator.exportLog())
  return [
    { what: 'writeLog, line by line', value: lines, unit: 'M/s' },
    { what: 'exportLog, one text', value: text, unit: 'M/s' },
    { what: 'text for each event', value: simulator.exportLog().length / MILLION, unit: 'bytes' },
  ]
}

// Worlds

const WORLD_SIZES = [1_000, MILLION]
const BRANCHES = 2_000

const branching: Figure['measure'] = (progress) => {
  const rows = WORLD_SIZES.flatMap((size, nth): Row[] => {
    const { world: empty, customers } = start()
    const corpus = [...batches(customers, size)]
    const half = corpus.length / 2
    const old = recorded(empty, corpus.slice(0, half))
    const simulator = new Simulator(recorded(old, corpus.slice(half)))
    const events = corpus.slice(half).flat()
    const fork = each(MILLION, () => simulator.fork())
    const write = each(BRANCHES, (at) =>
      accepted(old, {
        type: 'RecordMeterEvent',
        params: events[at % events.length] as RecordMeterEvent,
      }),
    )
    progress((nth + 1) / WORLD_SIZES.length)
    const log = `a log of ${size.toLocaleString('en')} events`
    return [
      { what: `a fork of ${log}`, value: fork, unit: 'µs', goal: { atMost: 1 } },
      {
        what: `a first write on an old world, half way through ${log}`,
        value: write,
        unit: 'µs',
        goal: { atMost: 20 },
      },
    ]
  })
  return rows
}

/** Bytes in use, those of typed arrays included. */
const used = (): number => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Arrays and Maps double as they grow: here is one size at which they are well filled, and one just after. */
const MEMORY_SIZES = [MILLION, 1_100_000]

const remembering: Figure['measure'] = (progress) =>
  MEMORY_SIZES.flatMap((size, nth): Row[] => {
    const begin = start()
    const events = () => batches(begin.customers, size)
    const atFirst = used()
    const world = recorded(begin.world, events())
    const ours = used() - atFirst
    if (world.position < size) throw new Error('the world is kept until here')
    const floor = floorOf(begin)
    const between = used()
    for (const batch of events()) for (const event of batch) floor.record(event)
    const theirs = used() - between
    if (floor.log.length !== size) throw new Error('the floor is kept until here')
    progress((nth + 1) / MEMORY_SIZES.length)
    const of = `one of ${size.toLocaleString('en')} events`
    return [
      { what: `${of}, all included`, value: ours / size, unit: 'bytes', goal: { atMost: 300 } },
      { what: `${of}, on the floor`, value: theirs / size, unit: 'bytes' },
    ]
  })

// Collections

interface Thing {
  readonly id: string
  readonly count: number
}

const ROWS = 100_000

const tabling: Figure['measure'] = () => {
  const ids = Array.from({ length: ROWS }, (_, at) => `thing_${at.toString(36)}`)
  const draft = ids.reduce(
    (rows, id) => rows.insert({ id, count: 0 }),
    Table.of<Thing>().draft() as Table<Thing>,
  )
  const full = draft.seal()
  const idAt = (at: number): string => ids[(at * 7_919) % ROWS] as string
  const more = (row: Thing): Thing => ({ ...row, count: row.count + 1 })
  let table = full
  const get = each(ROWS, (at) => full.get(idAt(at)))
  const one = each(ROWS, (at) => {
    table = table.update(idAt(at), more)
  })
  table = full.draft()
  const many = each(ROWS, (at) => {
    table = table.update(idAt(at), more)
  })
  return [
    { what: 'get', value: get, unit: 'µs' },
    { what: 'update, a new table each time', value: one, unit: 'µs' },
    { what: 'update in a draft', value: many, unit: 'µs' },
  ]
}

// Time

const HOUR = 3_600
const QUEUE_SIZES = [10_000, 100_000]

/** A world in which as many meter events wait for their time, a hundred to an instant. */
const waiting = (count: number): World => {
  const { world: empty, customers } = start()
  let world = accepted(empty, {
    type: 'UpdateSettings',
    params: { meterProcessingDelaySeconds: HOUR },
  })
  for (const events of batches(customers, count)) {
    for (let from = 0; from < events.length; from += 100) {
      const params = { events: events.slice(from, from + 100) }
      world = accepted(world, { type: 'RecordMeterEvents', params })
      world = accepted(world, { type: 'AdvanceClock', params: { frozen_time: world.now + 1 } })
    }
  }
  return world
}

const clocks = (count: number): World => {
  let { world } = start()
  for (let at = 0; at < count; at += 1)
    world = accepted(world, { type: 'CreateTestClock', params: { frozen_time: NOW } })
  return world
}

/** Microseconds for each thing that fires within an advance. */
const firing = (count: number, prepare: (count: number) => World, seconds: number): number =>
  median(
    Array.from({ length: ROUNDS }, () => {
      const world = prepare(count)
      collect()
      const before = world.position
      let after = world
      const time = elapsed(() => {
        after = accepted(world, {
          type: 'AdvanceClock',
          params: { frozen_time: world.now + seconds },
        })
      })
      if (after.position < before + count) throw new Error('not everything fired')
      return (time * 1_000) / count
    }),
  )

const advancing: Figure['measure'] = (progress) => {
  const queues = QUEUE_SIZES.map((size, nth): Row => {
    const value = firing(size, waiting, HOUR)
    progress((nth + 1) / (QUEUE_SIZES.length + 1))
    return {
      what: `one of ${size.toLocaleString('en')} meter events that fall due`,
      value,
      unit: 'µs',
    }
  })
  const expiring = firing(10_000, clocks, 31 * 24 * HOUR)
  return [...queues, { what: 'one of 10,000 test clocks that expire', value: expiring, unit: 'µs' }]
}

export const figures: Readonly<Record<string, Figure>> = {
  batches: {
    title: 'Record 1,000,000 meter events in batches of 500',
    measure: recording(false, recorded, { ratio: 2, rate: 0.5 }),
  },
  late: {
    title: 'The same, half of them late',
    measure: recording(true, recorded, { ratio: 2, rate: 0.5 }),
  },
  single: {
    title: 'Record 1,000,000 meter events one by one',
    measure: recording(false, oneByOne, { ratio: 2.5, rate: 0.25 }),
  },
  sums: { title: 'Sum any range of a series', measure: summing },
  replay: { title: 'Replay a log of 1,000,000 events', measure: replaying },
  export: { title: 'Export a log of 1,000,000 events', measure: exporting },
  branches: { title: 'Fork, and write on an old world', measure: branching },
  memory: { title: 'Memory of a meter event, its log included', measure: remembering },
  tables: { title: 'A table of 100,000 rows', measure: tabling },
  time: { title: 'Advance a clock', measure: advancing },
  ...billingFigures,
  ...creditFigures,
}
