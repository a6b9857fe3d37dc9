/**
 * What must be true, as functions that anybody can call with worlds and commands of her own. Each throws a
 * {@link LawBroken} that names the law and the first place where it fails.
 */
import {
  aggregate,
  ask,
  type Command,
  type Deadline,
  E,
  entries,
  eventsBetween,
  type Instant,
  type Meter,
  notifications,
  type Projection,
  project,
  type RecordMeterEvent,
  readLog,
  replay as replayed,
  snapshot,
  timeline,
  transactions,
  usageTotals,
  type World,
  writeLog,
} from '../index.js'
import { registry } from '../world/execute.js'
import { after, decide, type Law, LawBroken } from './kit.js'
import * as model from './models.js'

// Telling two values apart

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Collections as plain data; a world inside a view is told by its log. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value]
  return isObject(value) && 'line' in value && 'position' in value
    ? [...writeLog(value as World)]
    : value
}

/** Where two values first differ, in words; `undefined` where they are equal. The order of keys does not count. */
export const difference = (left: unknown, right: unknown, path = ''): string | undefined => {
  const a = plain(left)
  const b = plain(right)
  if (Object.is(a, b)) return undefined
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b))
    return `${path || 'the whole'} is ${shown(a)} and not ${shown(b)}`
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(
      (a as Readonly<Record<string, unknown>>)[key],
      (b as Readonly<Record<string, unknown>>)[key],
      path === '' ? key : `${path}.${key}`,
    )
    if (found !== undefined) return found
  }
  return undefined
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? `${field}n` : field)) ??
  String(value)

/** Breaks a law where two values differ. */
export const same = (law: string, actual: unknown, expected: unknown, where = ''): void => {
  const found = difference(actual, expected)
  if (found !== undefined) throw new LawBroken(law, where === '' ? found : `${where}: ${found}`)
}

const holds = (law: string, truth: boolean, detail: string): void => {
  if (!truth) throw new LawBroken(law, detail)
}

/** Freezes plain data, and the rows of tables and trees, as deep as it goes. */
const deepFreeze = <T>(value: T): T => {
  if (!isObject(value) || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  if (Symbol.iterator in value) for (const row of value as Iterable<unknown>) deepFreeze(row)
  for (const field of Object.values(value)) deepFreeze(field)
  return value
}

/** The world, its state, the rows of its tables and its events, frozen: whoever writes to them throws. */
export const frozen = (world: World): World => {
  const { slices, history } = world as unknown as {
    readonly slices: readonly unknown[]
    readonly history: { readonly header: unknown }
  }
  deepFreeze(slices)
  deepFreeze(history.header)
  for (const { event } of entries(world)) deepFreeze(event)
  return Object.freeze(world)
}

// What readers see

/** From 1696 to 2243, in whole days. */
const FOREVER = [-8_640_000_000, 8_640_000_000] as const

/** What all customers used of all meters, in all and by the hour: all that a bill could depend on. */
export const figures = (world: World): readonly unknown[] => {
  const rows: unknown[] = []
  for (const meter of world.meters)
    for (const customer of world.customers) {
      const total = aggregate(world, meter, customer.id, ...FOREVER)
      if (model.unitsOfDecimal(total) === 0n && !hasUsage(world, meter, customer.id)) continue
      const hours = rowsOf(world, meter, customer.id, ...FOREVER, 'hour')
      rows.push({ meter: meter.id, customer: customer.id, total, hours })
    }
  return rows
}

const hasUsage = (world: World, meter: Meter, customer: string): boolean => {
  const count = { ...meter, default_aggregation: { formula: 'count' as const } }
  return aggregate(world, count, customer, ...FOREVER).units !== 0
}

const PAGE = 100

/** All pages of a meter's summaries. */
const rowsOf = (
  world: World,
  meter: Meter,
  customer: string,
  start: Instant,
  end: Instant,
  grouping: 'hour' | 'day',
): readonly { readonly start: number; readonly end: number; readonly value: number }[] => {
  const rows: { start: number; end: number; value: number }[] = []
  let cursor: { readonly starting_after?: string } = {}
  for (;;) {
    const page = ask(world, {
      type: 'ListMeterEventSummaries',
      id: meter.id,
      params: {
        customer,
        start_time: start,
        end_time: end,
        value_grouping_window: grouping,
        limit: PAGE,
        ...cursor,
      },
    })
    if (E.isLeft(page)) throw new Error(page.left.message)
    for (const { id, start_time, end_time, aggregated_value } of page.right.data) {
      rows.push({ start: start_time, end: end_time, value: aggregated_value })
      cursor = { starting_after: id }
    }
    if (!page.right.has_more) return rows
  }
}

// Laws of every world

/** Replay gives an equal world: its state, what is due, and all that readers see. */
export const replay: Law = (world) => {
  const law = 'replay gives an equal world'
  const copy = replayed(world)
  same(law, snapshot(copy), snapshot(world))
  same(law, figures(copy), figures(world))
}

/** Reading back what was written gives the same header and events, the same world, and the same bytes when written again. */
export const encoding: Law = (world) => {
  const law = 'decode after encode is identity'
  const lines = [...writeLog(world)]
  const back = readLog(lines)
  if (E.isLeft(back)) throw new LawBroken(law, back.left.message)
  same(law, [...writeLog(back.right)], lines)
  same(law, eventsBetween(back.right, 0), eventsBetween(world, 0))
  same(law, snapshot(back.right), snapshot(world))
  same(law, figures(back.right), figures(world))
}

/** The projections of the library. */
const STANDARD: readonly Projection<any, any>[] = [usageTotals, timeline, notifications]

/** A view does not depend on how the log was cut into batches. */
export const views = (
  world: World,
  projections: readonly Projection<any, any>[] = STANDARD,
): void => {
  const law = 'a view does not depend on batch cuts'
  const all = [...transactions(world)]
  for (const projection of projections) {
    const whole = project(projection, world).value
    const fold = (cuts: readonly number[]): unknown => {
      let view = projection.initial(world)
      let from = 0
      for (const to of [...cuts, all.length]) {
        view = projection.fold(view, all.slice(from, to), world)
        from = to
      }
      return view
    }
    same(law, fold(all.map((_, index) => index)), whole, `${projection.name}, one by one`)
    same(law, fold([all.length >> 1]), whole, `${projection.name}, in halves`)
  }
}

/** Instants in the log never go back on any time line: the root clock's, and each test clock's. */
export const time: Law = (world) => {
  const latest = new Map<string | undefined, Instant>()
  for (const { position, event } of entries(world)) {
    const before = latest.get(event.clock) ?? event.at
    holds(
      'instants in the log never go back on any time line',
      event.at >= before,
      `${event.type} at position ${position} is of ${event.at}, after ${before} on ${event.clock ?? 'the root clock'}`,
    )
    latest.set(event.clock, event.at)
  }
}

const FORMULAS = ['sum', 'count', 'last', 'max'] as const
const RANGES_MAX = 12

/** Ranges worth asking about: whole, around single events, cut within hours and days. */
const rangesOf = (usage: model.Usage): readonly (readonly [Instant, Instant])[] => {
  const times = [...new Set(usage.map(({ timestamp }) => timestamp))].sort((a, b) => a - b)
  const step = Math.max(1, Math.floor((times.length * 3) / RANGES_MAX))
  const chosen = times.filter((_, index) => index % step === 0)
  return [
    FOREVER,
    ...chosen.flatMap((at, index): (readonly [Instant, Instant])[] => [
      [at, at + 1],
      [at + 1, chosen[index + 2] ?? at + 100_000],
      [at - 5_400, at + 90_000],
    ]),
  ]
}

/**
 * Aggregates equal a recomputation from the events that survive, for every formula over every range, and by the hour
 * and the day.
 * @param usage - What the naive model knows; by default what the log says.
 */
export const usage = (world: World, known: model.Usage = model.usageOf(world)): void => {
  const law = 'aggregates equal a recomputation from the surviving events'
  for (const meter of world.meters)
    for (const customer of new Set(known.map((event) => event.customer))) {
      const mine = known.filter((event) => event.meter === meter.id && event.customer === customer)
      const ranges = rangesOf(mine)
      for (const formula of FORMULAS) {
        const asked = { ...meter, default_aggregation: { formula } }
        for (const [start, end] of ranges)
          same(
            law,
            model.unitsOfDecimal(aggregate(world, asked, customer, start, end)),
            model.aggregate(mine, asked, customer, start, end),
            `${formula} of ${meter.id} and ${customer} in [${start}, ${end})`,
          )
      }
      if (!world.customers.has(customer)) continue // The summaries of a deleted customer are refused.
      for (const grouping of ['hour', 'day'] as const) {
        const width = grouping === 'hour' ? 3_600 : 86_400
        for (const [from, to] of ranges.slice(0, 4)) {
          const start = Math.floor(from / width) * width
          const end = Math.ceil(to / width) * width
          same(
            law,
            rowsOf(world, meter, customer, start, end, grouping),
            model
              .summaries(mine, meter, customer, start, end, grouping)
              .map(({ units, ...row }) => ({ ...row, value: Number(model.textOf(units)) })),
            `each ${grouping} of ${meter.id} and ${customer} in [${start}, ${end})`,
          )
        }
      }
    }
}

/** The laws that every world keeps, by what they state. */
export const ofWorlds: Readonly<Record<string, Law>> = {
  'replay gives an equal world': replay,
  'decode after encode is identity': encoding,
  'a view does not depend on batch cuts': views,
}

// Laws of commands

/** Remembers a world as it is now and freezes it. What it answers breaks the law where the world has changed since. */
export const oldWorld = (world: World): (() => void) => {
  const before = snapshot(frozen(world))
  const seen = figures(world)
  return () => {
    same('an old world never changes', snapshot(world), before)
    same('an old world never changes', figures(world), seen)
  }
}

/**
 * A command is refused, or gives a new world; the old one stays as it was either way, and deciding again on it comes
 * to the same, byte for byte, although its successor has been there first.
 * @returns The world after the command; the same world where it was refused.
 */
export const execution = (world: World, command: Command): World => {
  const law = 'a command gives one outcome and leaves the old world as it was'
  const unchanged = oldWorld(world)
  const first = decide(world, deepFreeze(command))
  unchanged()
  const second = decide(world, command)
  unchanged()
  if (E.isLeft(first) || E.isLeft(second)) {
    same(law, second, first)
    return world
  }
  same(law, second.right.result, first.right.result)
  same(law, second.right.events, first.right.events)
  same(law, snapshot(second.right.world), snapshot(first.right.world))
  same(law, figures(second.right.world), figures(first.right.world))
  return first.right.world
}

/** A command that is asked again at once adds no event: it is refused, or has nothing left to do. */
export const repetition = (world: World, command: Command): void => {
  const once = after(world, command)
  const twice = after(once, command)
  same(`${command.type} asked again adds no event`, eventsBetween(twice, once.position), [])
}

/** A clock that has arrived has nothing left to do: all that was due up to its now has happened. */
export const nothingLeft = (world: World, clock: string | null): void => {
  const now = clock === null ? world.now : world.testClocks.get(clock)?.frozen_time
  if (now === undefined) return
  const { agenda } = world as unknown as {
    readonly agenda: { toJSON(): Readonly<Record<string, readonly Deadline[]>> }
  }
  for (const { due, command } of agenda.toJSON()[clock ?? 'root'] ?? [])
    holds(
      'an advance does all that falls due, the last second included',
      due > now,
      `${command.type} was due at ${due} and it is ${now}`,
    )
}

/** What waits is done when its time has come, to the second. */
export const onTime: Law = (world) => {
  const due = new Map<string, Instant>()
  for (const { event } of entries(world) as Iterable<{ readonly event: any }>) {
    if (event.type === 'MeterWorkQueued') due.set(event.work.id, event.work.due)
    if (event.type === 'MeterWorkDone')
      same('what waits is done on time', event.at, due.get(event.id), event.id)
  }
}

/** How a journey in time goes: where from, on which clock, how far, and what happens on the way. */
export interface Journey {
  readonly world: World
  /** A test clock; absent is the root clock. */
  readonly clock?: string
  readonly to: Instant
  /** Where one of the two travellers stops without need. */
  readonly stops: readonly Instant[]
  /** What is asked on the way, once the clock shows the instant. */
  readonly moments?: readonly {
    readonly at: Instant
    readonly commands: readonly ((world: World) => Command)[]
  }[]
}

/** Finishes a strict advance that is under way. */
const finished = (world: World, clock: string): World =>
  world.testClocks.get(clock)?.status === 'advancing'
    ? after(world, { type: 'FinishAdvance', id: clock })
    : world

/** Moves a clock on, once it is ready. A refusal changes nothing, but of a way that is too long at once: that is halved. */
const advanced = (world: World, clock: string | undefined, frozen_time: Instant): World => {
  const params = { frozen_time }
  if (clock === undefined) return after(world, { type: 'AdvanceClock', params })
  const ready = finished(world, clock)
  const moved = after(ready, { type: 'AdvanceClock', id: clock, params })
  if (moved !== ready) return finished(moved, clock)
  const { frozen_time: now, status } = ready.testClocks.get(clock) ?? {}
  if (now === undefined || status !== 'ready' || !ready.settings.strict || frozen_time - now < 2)
    return ready
  return advanced(advanced(ready, clock, now + ((frozen_time - now) >> 1)), clock, frozen_time)
}

const travelled = (
  { world: start, clock, to, moments = [] }: Journey,
  stops: readonly Instant[],
) => {
  const instants = new Set([...stops, ...moments.map(({ at }) => at), to])
  let world = start
  for (const instant of [...instants].filter((at) => at <= to).sort((a, b) => a - b)) {
    const before = world
    world = advanced(world, clock, instant)
    if (world !== before) nothingLeft(world, clock ?? null)
    for (const { at, commands } of moments)
      if (at === instant) for (const ask of commands) world = after(world, ask(world))
  }
  return world
}

const isClockRecord = (type: string): boolean => registry.formats.get(type)?.isClockRecord === true

/** The log without the clock's own records, and with positions counted without them. */
const withoutClockRecords = (world: World): readonly unknown[] => {
  const serials = new Map<unknown, number>()
  for (const { position, event } of entries(world))
    if (!isClockRecord(event.type)) serials.set(position, serials.size + 1)
  return [...transactions(world)].flatMap(({ entries: all, fired }) => {
    const facts = all.flatMap(({ event }) => {
      if (isClockRecord(event.type)) return []
      return ['position' in event ? { ...event, position: serials.get(event.position) } : event]
    })
    return facts.length === 0 ? [] : [{ fired, facts }]
  })
}

/**
 * One jump equals many steps, whatever is recorded on the way: the same log but for the clock's own records, ids
 * included, the same things due, and the same usage.
 * @returns The world after the journey in jumps.
 */
export const jumpEqualsSteps = (journey: Journey): World => {
  const law = 'one jump equals many steps'
  const jumped = travelled(journey, [])
  const stepped = travelled(journey, journey.stops)
  same(law, withoutClockRecords(stepped), withoutClockRecords(jumped))
  same(law, figures(stepped), figures(jumped))
  const state = (world: World): unknown => {
    // The usage slice speaks of positions; `figures` has compared what it says.
    const { position: _, log: __, slices, ...rest } = snapshot(world) as any
    return { ...rest, slices: { ...slices, usage: null } }
  }
  same(law, state(stepped), state(jumped))
  return jumped
}

/**
 * Any cut of a batch of meter events gives the same events and the same usage as one by one. Those that are refused
 * are skipped; a batch that may not skip is refused whole and leaves nothing.
 * @param cuts - Where a new batch begins.
 */
export const anyCut = (
  world: World,
  events: readonly RecordMeterEvent[],
  cuts: readonly number[],
): void => {
  const law = 'any cut of a batch gives the same world as one by one'
  const refused: number[] = []
  let single = world
  for (const [index, params] of events.entries()) {
    const done = decide(single, { type: 'RecordMeterEvent', params })
    if (E.isLeft(done)) refused.push(index)
    else single = done.right.world
  }
  const places = [...new Set(cuts)].filter((cut) => cut > 0 && cut < events.length)
  const starts = [0, ...places.sort((a, b) => a - b)]
  const refusedInBatches: number[] = []
  let batched = world
  for (const [nth, from] of starts.entries()) {
    const part = events.slice(from, starts[nth + 1])
    const done = decide(batched, {
      type: 'RecordMeterEvents',
      params: { events: part, on_refusal: 'skip' },
    })
    if (E.isLeft(done)) throw new LawBroken(law, `the batch was refused: ${done.left.message}`)
    const { refused: skipped } = done.right.result as {
      readonly refused: readonly { readonly index: number }[]
    }
    refusedInBatches.push(...skipped.map(({ index }) => from + index))
    batched = done.right.world
  }
  same(law, refusedInBatches, refused, 'places of the refused')
  same(law, eventsBetween(batched, world.position), eventsBetween(single, world.position))
  same(law, figures(batched), figures(single))
  const { log: _, ...left } = snapshot(batched) as any
  const { log: __, ...right } = snapshot(single) as any
  same(law, left, right)

  const strict = decide(world, { type: 'RecordMeterEvents', params: { events } })
  same(law, E.isLeft(strict), refused.length > 0, 'a batch that may not skip is refused')
  if (E.isRight(strict)) same(law, eventsBetween(strict.right.world, 0), eventsBetween(single, 0))
}

/** A cancelled event counts as never sent: usage is what it would be without the two. */
export const cancelledNeverSent = (
  world: World,
  event: RecordMeterEvent & { readonly identifier: string },
  between: readonly ((world: World) => Command)[] = [],
): void => {
  const law = 'a cancelled event counts as never sent'
  const through = (start: World): World => between.reduce((at, ask) => after(at, ask(at)), start)
  const sent = decide(world, { type: 'RecordMeterEvent', params: event })
  if (E.isLeft(sent)) return
  const { event_name, identifier } = event
  const cancelled = decide(through(sent.right.world), {
    type: 'CancelMeterEvent',
    params: { event_name, type: 'cancel', cancel: { identifier } },
  })
  if (E.isLeft(cancelled)) throw new LawBroken(law, cancelled.left.message)
  same(law, figures(cancelled.right.world), figures(through(world)))
}

/** Two commands that are accepted in either order leave readers with the same figures. */
export const commute = (world: World, first: Command, second: Command): void => {
  const law = 'two commands commute'
  const oneWay = [first, second].reduce(after, world)
  const otherWay = [second, first].reduce(after, world)
  holds(law, oneWay.position === otherWay.position, 'one of them is refused after the other')
  same(law, figures(oneWay), figures(otherWay))
}

/** The log as it goes into a file: what a seed and a list of commands determine, to the byte. */
export const bytesOf = (world: World): string => `${[...writeLog(world)].join('\n')}\n`
