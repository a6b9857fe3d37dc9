import {
  type Command,
  createWorld,
  Defect,
  E,
  execute,
  executeAll,
  replay,
  snapshot,
  transactions,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, refusal } from '../support/given.js'

const NOW = 1_767_225_600
const create = (params: object = {}): Command => ({ type: 'CreateCustomer', params }) as Command
const meter = {
  type: 'CreateMeter',
  params: { display_name: 'Calls', event_name: 'calls', default_aggregation: { formula: 'sum' } },
} as const
const wrong = (command: object) => command as unknown as Command

describe('execute', () => {
  const world = given({ now: NOW })

  it.each([
    [
      'an unknown command',
      { type: 'Dance' },
      { param: 'type', message: 'Unknown command type: Dance' },
    ],
    ['no command', {}, { param: 'type', message: 'Unknown command type: undefined' }],
    [
      'a command named like what objects have by themselves',
      { type: 'constructor' },
      { param: 'type', message: 'Unknown command type: constructor' },
    ],
    [
      'a query',
      { type: 'RetrieveSettings' },
      { param: 'type', message: 'Unknown command type: RetrieveSettings' },
    ],
    [
      'parameters beside params',
      { type: 'CreateCustomer', name: 'Ada' },
      {
        code: 'parameter_unknown',
        param: 'name',
        message: "A command has type, id and params; 'name' belongs into params.",
      },
    ],
    [
      'an id that is empty',
      { type: 'DeleteCustomer', id: '' },
      { code: 'parameter_missing', param: 'id', message: 'Missing required param: id.' },
    ],
    [
      'an id that is no text',
      { type: 'DeleteCustomer', id: 7 },
      { code: 'parameter_missing', param: 'id', message: 'Missing required param: id.' },
    ],
    [
      'parameters that are no object',
      { type: 'CreateCustomer', params: 'name' },
      { message: 'Invalid object: name' },
    ],
    [
      'parameters in an array',
      { type: 'CreateCustomer', params: [] },
      { message: 'Invalid object: []' },
    ],
  ])('refuses %s', (_, command, refused) => world().when(wrong(command)).rejects(refused))

  it('takes absent and null parameters for none', () => {
    const { world: start } = world()
    for (const command of [{ type: 'CreateCustomer' }, { type: 'CreateCustomer', params: null }])
      expect(accepted(start, wrong(command)).events).toHaveLength(1)
  })

  it('never reads an unknown parameter that is undefined', () =>
    expect(accepted(world().world, create({ nope: undefined })).events).toHaveLength(1))

  it('gives every branch of a history the same next id, and keeps them apart', () => {
    const { world: start } = world()
    const left = accepted(start, create({ name: 'left' })).world
    const right = accepted(start, create({ name: 'right' })).world
    const names = (of: World) => [...of.customers].map(({ id, name }) => [id, name])
    const [[id]] = names(left) as [[string, string]]
    expect(names(left)).toEqual([[id, 'left']])
    expect(names(right)).toEqual([[id, 'right']])
    expect(start.customers.count).toBe(0)
    expect(names(accepted(left, create()).world)[0]).toEqual([id, 'left'])
  })

  it('gives the same log to the same seed and commands, and other ids to another seed', () => {
    const run = (seed: string) => {
      let world = createWorld({ seed, now: NOW })
      for (const command of [meter, create(), create()]) world = accepted(world, command).world
      return snapshot(world)
    }
    expect(run('a')).toEqual(run('a'))
    expect(run('a')).not.toEqual(run('b'))
  })

  it('shows the events of an outcome even after the world has gone on', () => {
    const first = accepted(world().world, create({ name: 'Ada' }))
    accepted(first.world, create({ name: 'Bob' }))
    expect(first.events).toMatchObject([{ type: 'CustomerCreated', customer: { name: 'Ada' } }])
  })
})

describe('executeAll', () => {
  const many = [meter, create({ name: 'Ada' }), create({ name: 'Bob' })]

  it('does what one command after the other does, each in its own transaction', () => {
    const start = createWorld({ now: NOW })
    const batch = executeAll(start, many)
    if (E.isLeft(batch)) throw new Error(batch.left.rejection.message)
    let single = start
    const results: unknown[] = []
    for (const command of many) {
      const done = accepted(single, command)
      single = done.world
      results.push(done.result)
    }
    expect(snapshot(batch.right.world)).toEqual(snapshot(single))
    expect(batch.right.result).toEqual(results)
    expect(batch.right.events).toHaveLength(3)
    expect([...transactions(batch.right.world)].map(({ entries }) => entries.length)).toEqual([
      1, 1, 1,
    ])
    expect(snapshot(replay(batch.right.world))).toEqual(snapshot(batch.right.world))
  })

  it('does nothing at all where one command is refused, and says which', () => {
    const { world: start } = given({ now: NOW })(create({ name: 'Before' }))
    const before = snapshot(start)
    expect(executeAll(start, [...many, create({ email: 'ada' }), create()])).toStrictEqual(
      E.left({
        index: 3,
        rejection: refusal({
          code: 'email_invalid',
          param: 'commands[3][email]',
          message: 'Invalid email address: ada',
        }),
      }),
    )
    expect(snapshot(start)).toEqual(before)
    const next = accepted(start, create({ name: 'After' }))
    expect([...next.world.customers].map(({ name }) => name)).toEqual(['Before', 'After'])
    expect(next.world.position).toBe(2)
  })

  it('leaves the world that it began with usable, branch by branch', () => {
    const start = createWorld({ now: NOW })
    const [one, two] = [1, 2].map(() => executeAll(start, many))
    if (one === undefined || two === undefined || E.isLeft(one) || E.isLeft(two))
      throw new Error('both batches are accepted')
    expect(snapshot(one.right.world)).toEqual(snapshot(two.right.world))
    const more = accepted(one.right.world, create({ name: 'Cid' })).world
    expect(more.customers.count).toBe(3)
    expect(two.right.world.customers.count).toBe(2)
    expect(start.customers.count).toBe(0)
  })

  it('lets clocks advance in the middle of a batch', () => {
    const { world: start } = given({
      now: NOW,
      settings: { meterProcessingDelaySeconds: 60 },
    })(meter)
    const ada = accepted(start, create())
    const { id } = ada.result as { id: string }
    const batch: Command[] = [
      {
        type: 'RecordMeterEvent',
        params: { event_name: 'calls', payload: { stripe_customer_id: id, value: '3' } },
      },
      { type: 'AdvanceClock', params: { frozen_time: NOW + 60 } },
      create({ name: 'Bob' }),
    ]
    const done = executeAll(ada.world, batch)
    if (E.isLeft(done)) throw new Error(done.left.rejection.message)
    expect(done.right.events.map(({ type }) => type)).toEqual([
      'MeterWorkQueued',
      'MeterEventRecorded',
      'MeterWorkDone',
      'RootClockAdvanced',
      'CustomerCreated',
    ])
    expect(snapshot(replay(done.right.world))).toEqual(snapshot(done.right.world))
  })

  it('is the same world where there is nothing to do', () => {
    const start = createWorld({ now: NOW })
    const done = executeAll(start, [])
    if (E.isLeft(done)) throw new Error(done.left.rejection.message)
    expect(snapshot(done.right.world)).toEqual(snapshot(start))
    expect(done.right.events).toEqual([])
  })
})

describe('A defect', () => {
  it('is thrown where a fact cannot follow from the ones before it', () => {
    const { world } = given({ now: NOW })()
    expect(() => world.record({ type: 'CustomerDeleted', at: NOW, id: 'cus_x' } as never)).toThrow(
      Defect,
    )
    expect(() => world.record({ type: 'Danced', at: NOW } as never)).toThrow(
      "no family has the event 'Danced'",
    )
    expect(E.isRight(execute(world, { type: 'CreateCustomer' }))).toBe(true)
  })
})
