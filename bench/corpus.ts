import {
  type Command,
  createWorld,
  E,
  execute,
  type RecordMeterEvent,
  type World,
} from '../src/index.js'

export const NOW = 1_767_225_600
const SPAN = 30 * 86_400
const LATE_MAX = 3 * 86_400
const CUSTOMERS = 100

/** The two meters of every corpus: whole numbers, and numbers with decimals. */
export const METERS = [
  { event_name: 'api_requests', valueKey: 'value' },
  { event_name: 'gigabytes_stored', valueKey: 'value' },
] as const

/** Executes a command that must be accepted. */
export const accepted = (world: World, command: Command): World => {
  const done = execute(world, command)
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right.world
}

export interface Start {
  readonly world: World
  readonly meters: readonly string[]
  readonly customers: readonly string[]
}

/** A world with the meters and customers that the events are about, and nothing else. */
export const start = (customers = CUSTOMERS): Start => {
  let world = createWorld({ seed: 'bench', now: NOW })
  for (const { event_name } of METERS)
    world = accepted(world, {
      type: 'CreateMeter',
      params: {
        display_name: event_name,
        event_name,
        default_aggregation: { formula: 'sum' },
      },
    })
  for (let at = 0; at < customers; at += 1)
    world = accepted(world, { type: 'CreateCustomer', params: { name: `Customer ${at}` } })
  return {
    world,
    meters: Array.from(world.meters, ({ id }) => id),
    customers: Array.from(world.customers, ({ id }) => id),
  }
}

/** A number below `bound` that looks drawn at random; the same on every run. */
export const drawn = (at: number, bound: number): number => {
  let x = Math.imul(at + 1, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
  x ^= x >>> 13
  return (x >>> 0) % bound
}

export const BATCH = 500

/**
 * `count` meter events in order of time, or every second of them up to three days late, as a program gets them: parsed
 * from JSON, so that each has strings of its own, of which nobody has worked out a hash yet.
 */
export function* batches(
  customers: readonly string[],
  count: number,
  late = false,
): IterableIterator<RecordMeterEvent[]> {
  for (let from = 0; from < count; from += BATCH) {
    const events: unknown[] = []
    for (let at = from; at < Math.min(count, from + BATCH); at += 1) {
      const whole = drawn(at, 3) > 0
      const onTime = NOW - SPAN + Math.floor((at * SPAN) / count)
      events.push({
        event_name: METERS[whole ? 0 : 1].event_name,
        payload: {
          stripe_customer_id: customers[drawn(at * 7, customers.length)],
          value: whole ? String(drawn(at, 500)) : (drawn(at, 9_999) / 100).toString(),
        },
        identifier: `req-${drawn(at, 2 ** 31).toString(36)}-${at.toString(36)}`,
        timestamp: late && at % 2 === 1 ? onTime - 1 - drawn(at, LATE_MAX) : onTime,
      })
    }
    yield JSON.parse(JSON.stringify(events))
  }
}

/** Records events in batches. */
export const recorded = (world: World, all: Iterable<readonly RecordMeterEvent[]>): World => {
  let after = world
  for (const events of all)
    after = accepted(after, { type: 'RecordMeterEvents', params: { events } })
  return after
}
