import {
  createSimulator,
  createWorld,
  Defect,
  eventsBetween,
  replay,
  rewind,
  Simulator,
  snapshot,
  transactions,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'

const NOW = 1_767_225_600

const meter = {
  type: 'CreateMeter',
  params: { display_name: 'Calls', event_name: 'calls', default_aggregation: { formula: 'sum' } },
} as const

/** A history on two clocks with work that falls due in advances, and the world after each of its commands. */
const lived = () => {
  const sim = createSimulator({ now: NOW, settings: { meterProcessingDelaySeconds: 60 } })
  const worlds: World[] = [sim.world]
  const run = <A>(step: (sim: Simulator) => A): A => {
    const done = step(sim)
    worlds.push(sim.world)
    return done
  }
  const record = (id: string, value: string) =>
    run((s) =>
      s.run({
        type: 'RecordMeterEvent',
        params: { event_name: 'calls', payload: { stripe_customer_id: id, value } },
      }),
    )
  run((s) => s.run(meter))
  const a = run((s) => s.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })).id
  const b = run((s) => s.run({ type: 'CreateTestClock', params: { frozen_time: NOW - 500 } })).id
  const ada = run((s) => s.run({ type: 'CreateCustomer', params: { test_clock: a } })).id
  const bob = run((s) => s.run({ type: 'CreateCustomer' })).id
  record(ada, '1')
  record(bob, '2')
  run((s) => s.advanceTo(NOW + 50, a))
  run((s) => s.advanceTo(NOW + 100, a))
  run((s) => s.advanceTo(NOW + 200))
  record(bob, '4')
  run((s) => s.advanceTo(NOW + 300, a))
  run((s) => s.run({ type: 'DeleteTestClock', id: b }))
  run((s) => s.advanceTo(NOW + 400))
  return { sim, worlds, a, b }
}

describe('replay', () => {
  it('makes an equal world of every world', () => {
    for (const world of lived().worlds) expect(snapshot(replay(world))).toEqual(snapshot(world))
  })

  it('makes a world that goes on like the other', () => {
    const { sim } = lived()
    const copy = new Simulator(replay(sim.world))
    for (const each of [copy, sim]) {
      each.run({ type: 'CreateCustomer', params: { name: 'Cid' } })
      each.advanceBy(86_400)
    }
    expect(snapshot(copy.world)).toEqual(snapshot(sim.world))
  })
})

describe('rewind to a position', () => {
  it('finds the world after every command again', () => {
    const { sim, worlds } = lived()
    for (const world of worlds)
      expect(snapshot(rewind(sim.world, { position: world.position }))).toEqual(snapshot(world))
  })

  it('goes to the end of the last whole transaction', () => {
    const { sim } = lived()
    const ends = [0, ...[...transactions(sim.world)].map(({ entries }) => entries.at(-1)?.position)]
    for (let position = 0; position <= sim.world.position; position += 1)
      expect(rewind(sim.world, { position }).position).toBe(
        Math.max(...ends.filter((end) => end !== undefined && end <= position).map(Number)),
      )
    expect(ends.length).toBeLessThan(sim.world.position + 1)
  })

  it('takes a position beyond the ends for the end', () => {
    const { sim } = lived()
    expect(rewind(sim.world, { position: -5 }).position).toBe(0)
    expect(rewind(sim.world, { position: 1_000 }).position).toBe(sim.world.position)
  })

  it('does not touch the world that it came from', () => {
    const { sim } = lived()
    const before = snapshot(sim.world)
    const early = rewind(sim.world, { position: 4 })
    expect(early.position).toBe(4)
    expect(snapshot(sim.world)).toEqual(before)
  })
})

describe('rewind to an instant of the root clock', () => {
  it('keeps what happened at the instant and undoes what happened later', () => {
    const { sim, worlds } = lived()
    const at = (instant: number | string) => rewind(sim.world, { instant })
    expect(snapshot(at(NOW + 400))).toEqual(snapshot(sim.world))
    expect(snapshot(at(NOW + 259))).toEqual(snapshot(worlds.at(-2) as World))
    expect(snapshot(at('2026-01-01T00:04:19Z'))).toEqual(snapshot(worlds.at(-2) as World))
    expect(at(NOW + 60).now).toBe(NOW + 60)
    expect(snapshot(at(NOW + 59))).toEqual(snapshot(worlds[9] as World))
    expect(at(NOW - 1).position).toBe(0)
  })

  it('stops in the middle of an advance, after what was due by then', () => {
    const { sim, worlds } = lived()
    const halfway = rewind(sim.world, { instant: NOW + 60 })
    const from = (worlds[9] as World).position
    expect(eventsBetween(halfway, from).map(({ type }) => type)).toEqual([
      'MeterEventRecorded',
      'MeterWorkDone',
    ])
  })
})

describe('rewind to an instant of a test clock', () => {
  it('finds the world before the clock passed the instant', () => {
    const { sim, worlds, a } = lived()
    const at = (instant: number) => rewind(sim.world, { instant, clock: a })
    expect(snapshot(at(NOW + 300))).toEqual(snapshot(sim.world))
    expect(snapshot(at(NOW + 299))).toEqual(snapshot(worlds[11] as World))
    expect(snapshot(at(NOW + 100))).toEqual(snapshot(worlds[11] as World))
    expect(snapshot(at(NOW + 50))).toEqual(snapshot(worlds[8] as World))
    expect(snapshot(at(NOW))).toEqual(snapshot(worlds[7] as World))
  })

  it('goes back to before an advance that the instant lies in the middle of', () => {
    const { sim, worlds, a } = lived()
    const halfway = rewind(sim.world, { instant: NOW + 70, clock: a })
    expect(snapshot(halfway)).toEqual(snapshot(worlds[8] as World))
    expect(halfway.testClocks.need(a).status).toBe('ready')
  })

  it('goes back to before the creation of a clock that began later', () => {
    const { sim, worlds, a, b } = lived()
    expect(snapshot(rewind(sim.world, { instant: NOW - 1, clock: a }))).toEqual(
      snapshot(worlds[1] as World),
    )
    expect(snapshot(rewind(sim.world, { instant: NOW - 501, clock: b }))).toEqual(
      snapshot(worlds[2] as World),
    )
  })

  it('undoes nothing where the clock never passed the instant, even if it is deleted', () => {
    const { sim, b } = lived()
    expect(rewind(sim.world, { instant: NOW - 500, clock: b }).position).toBe(sim.world.position)
  })

  it('leaves a strict advance that has just begun as it is, and undoes it once it is done', () => {
    const sim = createSimulator({ now: NOW, settings: { strict: true } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    const before = sim.world
    sim.run({ type: 'AdvanceClock', id, params: { frozen_time: NOW + 60 } })
    const begun = sim.world
    expect(snapshot(rewind(begun, { instant: NOW, clock: id }))).toEqual(snapshot(begun))
    sim.run({ type: 'CreateCustomer' })
    sim.run({ type: 'FinishAdvance', id })
    expect(snapshot(rewind(sim.world, { instant: NOW + 59, clock: id }))).toEqual(snapshot(before))
  })

  it('goes back to before a failure no further than the instant asks', () => {
    const sim = createSimulator({ now: NOW, settings: { strict: true } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    sim.run({ type: 'AdvanceClock', id, params: { frozen_time: NOW + 60 } })
    sim.run({ type: 'FailAdvance', id })
    expect(rewind(sim.world, { instant: NOW, clock: id }).position).toBe(sim.world.position)
  })

  it('takes a clock that never was for a defect of its caller', () => {
    const { sim } = lived()
    expect(() => rewind(sim.world, { instant: NOW, clock: 'clock_x' })).toThrow(Defect)
    expect(() => rewind(createWorld(), { instant: 'soon' })).toThrow(Defect)
  })
})
