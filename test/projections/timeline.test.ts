import { formatTimelineEntry, project, timeline } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { lived } from './support.js'

describe('The timeline', () => {
  const { sim, meter, clock, ada, bob } = lived()
  const lines = project(timeline, sim.world).value

  it('has a line for every event, in the order of the log', () => {
    expect(lines).toHaveLength(sim.world.position)
    expect(lines.map(({ position }) => position)).toEqual(lines.map((_, at) => at + 1))
  })

  it('says when, on which clock, what, and whom it is about', () => {
    expect(lines.slice(0, 4)).toEqual([
      { position: 1, at: 1_767_225_600, clock: null, type: 'MeterCreated', text: meter.id },
      { position: 2, at: 1_767_225_600, clock: null, type: 'TestClockCreated', text: clock.id },
      { position: 3, at: 1_767_226_600, clock: clock.id, type: 'CustomerCreated', text: ada.id },
      { position: 4, at: 1_767_225_600, clock: null, type: 'CustomerCreated', text: bob.id },
    ])
  })

  it('reads like a sentence', () => {
    expect(lines.slice(2, 4).map(formatTimelineEntry)).toEqual([
      `2026-01-01T00:16:40Z CustomerCreated ${ada.id}`,
      `2026-01-01T00:00:00Z CustomerCreated ${bob.id}`,
    ])
    expect(lines.filter(({ type }) => /Clock/.test(type)).map(formatTimelineEntry)).toEqual([
      `2026-01-01T00:00:00Z TestClockCreated ${clock.id}`,
      `2026-01-01T00:16:40Z TestClockAdvanceStarted ${clock.id}`,
      `2026-01-01T00:18:20Z TestClockAdvanced ${clock.id}`,
      '2026-01-01T00:01:40Z RootClockAdvanced',
      `2026-01-01T00:01:40Z TestClockDeleted ${clock.id}`,
    ])
  })
})
