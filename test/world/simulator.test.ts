import {
  createSimulator,
  E,
  importLog,
  LogDamageError,
  RejectionError,
  replay,
  snapshot,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'

const NOW = 1_767_225_600
const unknown = { type: 'DeleteCustomer', id: 'cus_x' } as const

describe('A simulator', () => {
  it('runs commands, one world after the other', () => {
    const sim = createSimulator({ now: NOW })
    const ada = sim.run({ type: 'CreateCustomer', params: { name: 'Ada' } })
    expect(sim.ask({ type: 'RetrieveCustomer', id: ada.id })).toEqual(ada)
    expect(sim.world.position).toBe(1)
  })

  it('throws a refusal, which carries it whole, and stands where it stood', () => {
    const sim = createSimulator({ now: NOW })
    const before = sim.world
    const refused = { code: 'resource_missing', param: 'id', status: 404 }
    expect(() => sim.run(unknown)).toThrow(RejectionError)
    expect(() => sim.run(unknown)).toThrow("No such customer: 'cus_x'")
    for (const attempt of [
      () => sim.run(unknown),
      () => sim.ask({ type: 'RetrieveCustomer', id: 'cus_x' }),
    ])
      try {
        attempt()
        expect.unreachable()
      } catch (error) {
        expect((error as RejectionError).rejection).toMatchObject(refused)
      }
    expect(sim.world).toBe(before)
  })

  it('tries a command: a value either way', () => {
    const sim = createSimulator({ now: NOW })
    expect(sim.try(unknown)).toMatchObject(E.left({ code: 'resource_missing' }))
    expect(sim.world.position).toBe(0)
    expect(sim.try({ type: 'CreateCustomer' })).toMatchObject(E.right({ object: 'customer' }))
    expect(sim.world.position).toBe(1)
  })

  it('runs many commands, all or none', () => {
    const sim = createSimulator({ now: NOW })
    expect(() => sim.runAll([{ type: 'CreateCustomer' }, unknown])).toThrow(RejectionError)
    expect(sim.world.position).toBe(0)
    expect(sim.runAll([{ type: 'CreateCustomer' }, { type: 'CreateCustomer' }])).toHaveLength(2)
    expect(sim.world.position).toBe(2)
  })

  it('moves clocks to an instant, written or counted, and on by seconds', () => {
    const sim = createSimulator({ now: '2026-01-01' })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    const frozen = () => sim.ask({ type: 'RetrieveTestClock', id }).frozen_time
    sim.advanceTo('2026-01-02')
    expect(sim.now).toBe(NOW + 86_400)
    sim.advanceBy(60)
    expect(sim.now).toBe(NOW + 86_460)
    sim.advanceTo('2026-01-01T00:01:00Z', id)
    expect(frozen()).toBe(NOW + 60)
    sim.advanceBy(60, id)
    expect(frozen()).toBe(NOW + 120)
    expect(() => sim.advanceBy(-1)).toThrow(RejectionError)
    expect(() => sim.advanceBy(0, id)).toThrow(RejectionError)
    expect(() => sim.advanceBy(60, 'clock_x')).toThrow("No such test clock: 'clock_x'")
  })

  it('finishes a strict advance at once', () => {
    const sim = createSimulator({ now: NOW, settings: { strict: true } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    sim.advanceBy(60, id)
    expect(sim.ask({ type: 'RetrieveTestClock', id })).toMatchObject({
      status: 'ready',
      frozen_time: NOW + 60,
    })
  })

  it('forks: both go on by themselves, from the same world', () => {
    const sim = createSimulator({ now: NOW })
    sim.run({ type: 'CreateCustomer' })
    const fork = sim.fork()
    expect(fork.world).toBe(sim.world)
    fork.run({ type: 'CreateCustomer', params: { name: 'fork' } })
    sim.run({ type: 'CreateCustomer', params: { name: 'sim' } })
    sim.run({ type: 'CreateCustomer' })
    expect([fork, sim].map(({ world }) => world.position)).toEqual([2, 3])
    expect([...fork.world.customers].at(-1)?.name).toBe('fork')
    expect([...sim.world.customers].map(({ name }) => name)).toEqual([null, 'sim', null])
    for (const { world } of [fork, sim]) expect(snapshot(replay(world))).toEqual(snapshot(world))
  })

  it('rewinds, and goes on from there', () => {
    const sim = createSimulator({ now: NOW })
    sim.run({ type: 'CreateCustomer', params: { name: 'kept' } })
    const kept = snapshot(sim.world)
    sim.run({ type: 'CreateCustomer', params: { name: 'undone' } })
    sim.rewind({ position: 1 })
    expect(snapshot(sim.world)).toEqual(kept)
    sim.run({ type: 'CreateCustomer', params: { name: 'instead' } })
    expect([...sim.world.customers].map(({ name }) => name)).toEqual(['kept', 'instead'])
  })

  it('writes a log that another simulator reads', () => {
    const sim = createSimulator({ seed: 'log', now: NOW, settings: { strict: true } })
    sim.run({ type: 'CreateCustomer', params: { business_name: 'Ada & Co', name: 'Ada' } })
    sim.advanceBy(60)
    const log = sim.exportLog()
    expect(log.endsWith('}\n')).toBe(true)
    for (const text of [log, log.trimEnd(), log.replaceAll('\n', '\r\n')]) {
      const copy = importLog(text)
      expect(snapshot(copy.world)).toEqual(snapshot(sim.world))
      expect(copy.exportLog()).toBe(log)
    }
    const next = { type: 'CreateCustomer' } as const
    expect(importLog(log.trimEnd().split('\n')).run(next)).toEqual(sim.run(next))
  })

  it('throws at a damaged log, and names the line', () => {
    const sim = createSimulator({ now: NOW })
    sim.run({ type: 'CreateCustomer' })
    const log = sim.exportLog().replace('CustomerCreated', 'CustomerDanced')
    expect(() => importLog(log)).toThrow(LogDamageError)
    expect(() => importLog(log)).toThrow('line 2: unknown type of event "CustomerDanced"')
  })
})
