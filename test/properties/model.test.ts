import { type Command, createWorld, E, type MeterEventView, type World } from 'clepsydra'
import {
  arbitraries,
  decide,
  laws,
  models,
  nowOf,
  type Script,
  worldAfter,
} from 'clepsydra/testing'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { PATIENCE, runs } from './setup.js'

const { adjustments, instants, lengths, reportIn, seeds, soundReports } = arbitraries

/** A world, and all that the naive model knows of it: what was received, in a list of its own. */
interface Node {
  readonly world: World
  readonly usage: models.Usage
}

const meter = (event_name: string, formula: string, event_time_window?: string) => ({
  type: 'CreateMeter',
  given: {
    display_name: event_name,
    event_name,
    default_aggregation: { formula },
    ...(event_time_window === undefined ? {} : { event_time_window }),
  },
})

const customer = (clock: number | null) => ({
  type: 'CreateCustomer',
  given: { clock, params: {} },
})

const THINGS: Script = [
  meter('raw', 'sum'),
  meter('hourly', 'last', 'hour'),
  meter('daily', 'count', 'day'),
  { type: 'CreateTestClock', given: { ahead: -100_000, customer: null } },
  customer(null),
  customer(0),
]

type Params = ReturnType<typeof reportIn>

/** What the model makes of a meter event, given the identifier that it gets where it has none. */
const modelled = (
  { world, usage }: Node,
  { event_name, payload, timestamp, identifier }: Params,
  given: string,
): models.Usage | undefined => {
  const { id, value_settings } = world.meters.firstBy('active', event_name) as NonNullable<
    ReturnType<typeof world.meters.get>
  >
  const who = payload.stripe_customer_id as string
  const receivedAt = nowOf(world, who)
  return models.record(usage, {
    meter: id,
    customer: who,
    identifier: identifier ?? given,
    receivedAt,
    timestamp: timestamp ?? receivedAt,
    units: models.unitsOf(payload[value_settings.event_payload_key]),
  })
}

const AGREE = 'worlds and the naive model agree'

/** Records one event, and holds the world to what the model expected. */
const recorded = (node: Node, params: Params): Node => {
  const done = decide(node.world, { type: 'RecordMeterEvent', params })
  const given = E.isRight(done) ? (done.right.result as MeterEventView).identifier : ''
  const usage = modelled(node, params, given)
  laws.same(AGREE, E.isRight(done), usage !== undefined, `${params.identifier} is accepted`)
  return E.isRight(done) ? { world: done.right.world, usage: usage as models.Usage } : node
}

/** Records a batch; its generated identifiers are read from the log. */
const batched = (node: Node, batch: readonly Params[]): Node => {
  const done = decide(node.world, {
    type: 'RecordMeterEvents',
    params: { events: batch, on_refusal: 'skip' },
  })
  if (E.isLeft(done)) throw new Error(done.left.message)
  const facts = done.right.events as unknown as readonly { readonly identifier: string }[]
  let { usage } = node
  const refused: number[] = []
  for (const [index, params] of batch.entries()) {
    const given = facts[index - refused.length]?.identifier ?? ''
    const next = modelled({ ...node, usage }, params, given)
    if (next === undefined) refused.push(index)
    else usage = next
  }
  const { refused: skipped } = done.right.result as { refused: readonly { index: number }[] }
  laws.same(
    AGREE,
    skipped.map(({ index }) => index),
    refused,
    'what a batch refuses',
  )
  return { world: done.right.world, usage }
}

const cancelled = (
  node: Node,
  { meter: place, of }: { meter: number; of: string | number },
): Node => {
  const { world, usage } = node
  const target =
    typeof of === 'string' ? undefined : usage.at(-1 - (of % Math.max(1, usage.length)))
  const identifier = target?.identifier ?? String(of)
  const event_name =
    target === undefined
      ? (world.meters.at(place % world.meters.size)?.event_name as string)
      : world.meters.need(target.meter).event_name
  const done = decide(world, {
    type: 'CancelMeterEvent',
    params: { event_name, type: 'cancel', cancel: { identifier } },
  })
  const meters = [...world.meters].filter((one) => one.event_name === event_name)
  const expected = models.cancel(
    usage,
    meters.map(({ id }) => id),
    identifier,
    (who) => nowOf(world, who),
  )
  laws.same(AGREE, E.isRight(done), expected !== undefined, `${identifier} can be cancelled`)
  return E.isRight(done) ? { world: done.right.world, usage: expected as models.Usage } : node
}

const advanced = (node: Node, onClock: boolean, by: number): Node => {
  const { world } = node
  const [clock] = world.testClocks
  const command: Command =
    onClock && clock !== undefined
      ? { type: 'AdvanceClock', id: clock.id, params: { frozen_time: clock.frozen_time + by } }
      : { type: 'AdvanceClock', params: { frozen_time: world.now + by } }
  const done = decide(world, command)
  return E.isRight(done) ? { ...node, world: done.right.world } : node
}

const roots = fc.record({ seed: seeds, now: instants })

/** Enough usage that branches look through to it: up to 32 entries they would copy. */
const PAST = 34

const rootOf = (options: { readonly seed: string; readonly now: number }): Node => {
  const world = worldAfter(createWorld(options), THINGS)
  const past = Array.from({ length: PAST * 2 }, (_, nth) =>
    reportIn(world, {
      meter: nth % 2,
      customer: 0,
      ahead: (nth - PAST * 2) * 90,
      grain: 1,
      value: `${nth % 7}`,
      identifier: `past ${nth}`,
      extra: {},
      wrong: null,
    }),
  )
  return batched({ world, usage: [] }, past)
}

/** Meter events of which all have whole values, or any: so that branches differ in how fine they count. */
const bursts = (maxLength: number) =>
  fc
    .tuple(fc.boolean(), fc.array(soundReports, { minLength: 1, maxLength, size: 'max' }))
    .map(([areWhole, all]) =>
      areWhole ? all.map((one) => ({ ...one, value: one.value?.split('.')[0] ?? null })) : all,
    )

/** What can happen to some node of the tree; each makes a new node. */
const actions = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      events: bursts(6),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      events: bursts(40),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('cancel' as const), adjustment: adjustments }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      onClock: fc.boolean(),
      // To the second at which an identifier is free and nothing can be cancelled any more, and elsewhere. Together it
      // is less than 30 days: the clock stays.
      by: fc.oneof(
        fc.constantFrom(86_400, 86_401),
        lengths.filter((by) => by <= 90_000),
      ),
    }),
  },
)

type Action = typeof actions extends fc.Arbitrary<infer A> ? A : never

const grown = (node: Node, action: Action): Node => {
  const { world } = node
  switch (action.do) {
    case 'record':
      return action.events.reduce((at, event) => recorded(at, reportIn(at.world, event)), node)
    case 'batch':
      return batched(
        node,
        action.events.map((event) => reportIn(world, event)),
      )
    case 'cancel':
      return cancelled(node, action.adjustment)
    case 'advance':
      return advanced(node, action.onClock, action.by)
  }
}

/** Any node of a tree so far: the newest (0) more often than the older ones. */
const parents = fc.oneof(fc.constant(0), fc.nat({ max: 40 }))

const nodeAt = (nodes: readonly Node[], back: number): Node =>
  nodes.at(-1 - (back % nodes.length)) as Node

describe('the usage of one customer on one meter', () => {
  const times = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -7_200, max: 0 }) },
    { weight: 1, arbitrary: fc.constantFrom(-35 * 86_400, -35 * 86_400 - 1, 300, 301) },
  )
  const named = fc.constantFrom('a', 'b', 'c')
  const events = fc.record({
    meter: fc.constant(0),
    customer: fc.constant(0),
    ahead: fc.option(times),
    grain: fc.constantFrom(1 as const, 60 as const),
    value: arbitraries.values,
    identifier: fc.option(named, { freq: 2 }),
    extra: fc.constant({}),
    wrong: fc.constant(null),
  })
  const moves = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('record' as const),
        events: fc.array(events, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('cancel' as const),
        adjustment: fc.record({ meter: fc.constant(0), of: fc.oneof(named, fc.nat({ max: 4 })) }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('advance' as const),
        onClock: fc.constant(false),
        by: fc.constantFrom(86_400, 86_399, 86_401, 3_600),
      }),
    },
  )

  for (const window of [undefined, 'hour', 'day'])
    it(
      `agrees with a naive model, ${window === undefined ? 'event by event' : `of each ${window} the last received`}`,
      () =>
        fc.assert(
          fc.property(
            fc.constantFrom(0, 60, 7_200),
            fc.array(moves, { maxLength: 24, size: 'max' }),
            (delay, run) => {
              const world = worldAfter(
                createWorld({
                  now: '2026-03-04T12:00:00Z',
                  settings: { meterProcessingDelaySeconds: delay },
                }),
                [meter('only', 'sum', window), customer(null)],
              )
              const end = run.reduce(grown, { world, usage: [] })
              const { world: done, usage } = advanced(end, false, delay + 1) // Nothing waits then.
              laws.usage(done, usage)
            },
          ),
          runs(150),
        ),
      PATIENCE,
    )
})

describe('two branches that are written in turns', () => {
  const turns = fc.array(
    fc.record({
      isLeft: fc.boolean(),
      value: fc.oneof(fc.integer({ min: -9, max: 9 }).map(String), arbitraries.values),
      after: fc.integer({ min: 0, max: 1_800 }),
    }),
    { minLength: 2, maxLength: 12, size: 'max' },
  )

  for (const window of [undefined, 'hour'])
    it(
      `do not disturb each other's totals, however fine they count${window === undefined ? '' : ', with windows'}`,
      () =>
        fc.assert(
          fc.property(turns, (run) => {
            const world = worldAfter(createWorld({ now: '2026-03-04T12:00:00Z' }), [
              meter('only', 'sum', window),
              customer(null),
            ])
            const at = (node: Node, value: string, ahead: number) =>
              recorded(
                node,
                reportIn(node.world, {
                  meter: 0,
                  customer: 0,
                  ahead,
                  grain: 1,
                  value,
                  identifier: null,
                  extra: {},
                  wrong: null,
                }),
              )
            const start = -30_000
            let trunk: Node = { world, usage: [] }
            for (let nth = 0; nth <= PAST; nth += 1) trunk = at(trunk, `${nth % 3}`, start + nth)
            let left = trunk
            let right = trunk
            let time = start + PAST
            for (const { isLeft, value, after } of run) {
              time += after
              if (isLeft) left = at(left, value, time)
              else right = at(right, value, time)
            }
            for (const { world: end, usage } of [trunk, left, right]) laws.usage(end, usage)
          }),
          runs(60),
        ),
      PATIENCE,
    )
})

describe('a tree of worlds', () => {
  it(
    'agrees with a naive model in every node, and no node ever changes',
    () =>
      fc.assert(
        fc.property(
          roots,
          fc.array(fc.tuple(parents, actions), { minLength: 1, maxLength: 18, size: 'max' }),
          (options, moves) => {
            const root = rootOf(options)
            const nodes = [root]
            const unchanged = [laws.oldWorld(root.world)]
            for (const [back, action] of moves) {
              const node = grown(nodeAt(nodes, back), action)
              nodes.push(node)
              unchanged.push(laws.oldWorld(node.world))
            }
            for (const [index, { world, usage }] of nodes.entries()) {
              unchanged[index]?.()
              laws.usage(world, usage)
            }
            for (const { world } of nodes.slice(-2)) laws.replay(world)
          },
        ),
        runs(25),
      ),
    PATIENCE,
  )

  it(
    'agrees with a naive model where branches nest deeper than 32 levels',
    () =>
      fc.assert(
        fc.property(
          roots,
          fc.array(soundReports, { minLength: 33, maxLength: 40, size: 'max' }),
          fc.integer({ min: 34, max: 45 }),
          fc.array(fc.tuple(fc.nat({ max: 45 }), actions), { maxLength: 6 }),
          (options, events, levels, moves) => {
            const root = rootOf(options)
            // Each level is a branch of its own: a sibling has written first. And each is long enough to stay one.
            const path = [root]
            let node = root
            for (let level = 0; level < levels; level += 1) {
              const batch = events.map((event, nth) => ({
                ...reportIn(node.world, event),
                identifier: `${level} ${nth}`,
              }))
              batched(node, batch.slice(0, 3))
              node = batched(node, batch)
              path.push(node)
            }
            const leaves = moves.map(([back, action]) => grown(nodeAt(path, back), action))
            for (const { world, usage } of [...leaves, node, nodeAt(path, levels >> 1)])
              laws.usage(world, usage)
            laws.replay(node.world)
          },
        ),
        runs(6),
      ),
    PATIENCE,
  )
})
