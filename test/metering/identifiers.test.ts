import { E, hasIdentifier, type RecordMeterEvent } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, attempt, given, on } from '../support/given.js'
import { advance, cancel, clock, customer, meter, NOW, record, report, used } from './support.js'

const DAY = 86_400

const world = given({ now: NOW })

const duplicate = (identifier: string) => ({
  message: `An event already exists with identifier ${identifier}.`,
})

const identifierOf = (result: unknown): string => (result as { identifier: string }).identifier

describe('identifiers', () => {
  it('M-A5: are refused for 86399 seconds after their receipt, and count again from 86400 on', () => {
    const { world: start } = given({ now: 1_768_435_200 })(meter(), customer())
    const first = accepted(start, record(1, { identifier: 'e1' })).world
    on(accepted(first, advance(1_768_521_599)).world)
      .when(record(1, { identifier: 'e1' }))
      .rejects(duplicate('e1'))
    const free = accepted(first, advance(1_768_521_600)).world
    const second = accepted(free, record(1, { identifier: 'e1' })).world
    expect(used(second)).toBe('2')
    on(accepted(second, advance(1_768_521_600 + DAY - 1)).world)
      .when(record(1, { identifier: 'e1' }))
      .rejects(duplicate('e1'))
  })

  it('M-A6: are taken in the whole account, across event names', () => {
    const { world: start } = world(
      meter({ event_name: 'tokens_in' }),
      meter({ id: 'mtr_2', event_name: 'tokens_out' }),
      customer(),
    )
    const first = accepted(start, record(1, { event_name: 'tokens_in', identifier: 'e1' })).world
    on(accepted(first, advance(NOW + 60)).world)
      .when(record(1, { event_name: 'tokens_out', identifier: 'e1' }))
      .rejects(duplicate('e1'))
  })

  it('are taken across customers', () => {
    const { world: start } = world(meter(), customer(), customer('cus_2'))
    on(accepted(start, record(1, { identifier: 'e1' })).world)
      .when(record(1, { identifier: 'e1', customer: 'cus_2' }))
      .rejects(duplicate('e1'))
  })

  it('are compared as they stand: case and spaces tell them apart', () => {
    const { world: start } = world(meter(), customer())
    const taken = accepted(start, record(1, { identifier: 'e1' })).world
    for (const identifier of ['E1', 'e1 ', 'constructor', '__proto__'])
      expect(E.isRight(attempt(taken, record(1, { identifier })))).toBe(true)
  })

  it('are measured from the receipt, not from the timestamp', () => {
    const { world: start } = world(meter(), customer())
    const first = accepted(start, record(1, { identifier: 'e1', timestamp: NOW - 10 * DAY })).world
    on(accepted(first, advance(NOW + DAY - 1)).world)
      .when(record(1, { identifier: 'e1' }))
      .rejects(duplicate('e1'))
  })

  it('M-H18: live on the clock of the customer: free after an advance, and what is old cannot be cancelled', () => {
    const { world: start } = world(meter(), clock(1_768_435_200), customer('cus_1', 'clock_1'))
    const first = accepted(start, record(1, { identifier: 'd1' })).world
    const later = accepted(first, advance(1_768_867_200, 'clock_1')).world
    on(later).when(cancel('d1')).rejects({
      code: 'resource_missing',
      param: 'cancel[identifier]',
      message:
        'No meter event found with identifier d1 for event name calls within the last 24 hours.',
    })
    const again = accepted(later, record(2, { identifier: 'd1' })).world
    expect(used(again)).toBe('3')
    expect(used(accepted(again, cancel('d1')).world)).toBe('1')
  })

  it('of one clock are taken on another one less than a day ahead, and free from a day on', () => {
    const { world: start } = world(
      meter(),
      customer(),
      clock(NOW + DAY - 1),
      customer('cus_2', 'clock_1'),
    )
    const first = accepted(start, record(1, { identifier: 'e1' })).world
    on(first)
      .when(record(1, { identifier: 'e1', customer: 'cus_2' }))
      .rejects(duplicate('e1'))
    const ahead = accepted(first, advance(NOW + DAY, 'clock_1')).world
    const second = accepted(ahead, record(1, { identifier: 'e1', customer: 'cus_2' })).world
    // On a clock that is behind, the receipt lies ahead: the identifier is taken.
    on(second)
      .when(record(1, { identifier: 'e1' }))
      .rejects(duplicate('e1'))
  })

  it('that are left out are drawn from the seed: a UUID, another for each event', () => {
    const { world: start } = world(meter(), customer())
    const first = accepted(start, record(1))
    const second = accepted(first.world, record(1))
    const identifiers = [first, second].map(({ result }) => identifierOf(result))
    for (const identifier of identifiers)
      expect(identifier).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
    expect(new Set(identifiers).size).toBe(2)
    expect(identifierOf(accepted(start, record(1)).result)).toBe(identifiers[0])
    const other = given({ now: NOW, seed: 'another' })(meter(), customer()).world
    expect(identifierOf(accepted(other, record(1)).result)).not.toBe(identifiers[0])
  })

  it('that were drawn are taken like any other, and can be cancelled', () => {
    const { world: start } = world(meter(), customer())
    const { world: after, result } = accepted(start, record(4))
    const identifier = identifierOf(result)
    expect(hasIdentifier(start, identifier)).toBe(false)
    expect(hasIdentifier(after, identifier)).toBe(true)
    on(after).when(record(1, { identifier })).rejects(duplicate(identifier))
    expect(used(accepted(after, cancel(identifier)).world)).toBe('0')
  })

  it('are the same drawn one by one or in a batch', () => {
    const { world: start } = world(meter(), customer())
    const events: readonly RecordMeterEvent[] = [report(1), report('x'), report(2), report('1.50')]
    const alone = events.reduce(
      (at, params) => accepted(at, { type: 'RecordMeterEvent', params }).world,
      start,
    )
    const { events: together } = accepted(start, { type: 'RecordMeterEvents', params: { events } })
    expect(together).toStrictEqual(
      Array.from({ length: together.length }, (_, at) => alone.line.at(start.position + 1 + at)),
    )
  })

  it('used on one branch of a history stay free on another', () => {
    const { world: start } = world(meter(), customer())
    const left = accepted(start, record(1, { identifier: 'e1' })).world
    const right = accepted(start, record(2, { identifier: 'e2' })).world
    on(left)
      .when(record(1, { identifier: 'e1' }))
      .rejects(duplicate('e1'))
    expect(used(accepted(right, record(5, { identifier: 'e1' })).world)).toBe('7')
    expect(used(accepted(left, record(5, { identifier: 'e2' })).world)).toBe('6')
  })
})
