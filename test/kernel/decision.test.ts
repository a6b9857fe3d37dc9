import { describe, expect, it } from 'vitest'
import {
  andThen,
  type Decision,
  decided,
  each,
  mapResult,
  newId,
  succeed,
  type World,
} from '../../src/domain/kernel/decision.js'
import { E, pipe } from '../../src/domain/kernel/fp.js'
import { seedWords } from '../../src/domain/kernel/ids.js'
import { invalidRequest } from '../../src/domain/kernel/rejection.js'

interface Notes {
  readonly notes: readonly string[]
}

/** A world that is nothing but its notes: what decisions do to a world, seen from outside. */
const worldOf = (...notes: readonly string[]) => Object.freeze({ notes }) as World<Notes>

const note =
  (text: string): Decision<Notes, number> =>
  (world) =>
    decided({ ...world, notes: [...world.notes, text] }, world.notes.length + 1)

const refusal = invalidRequest('No.')
const refuse: Decision<Notes, number> = () => E.left(refusal)

const outcome = <A>(decision: Decision<Notes, A>, world = worldOf()) => {
  const done = decision(world)
  return E.isLeft(done) ? done.left : { notes: done.right.world.notes, result: done.right.result }
}

describe('succeed', () => {
  it('answers and leaves the world as it is', () => {
    const world = worldOf('a')
    expect(succeed(7)(world)).toStrictEqual(E.right({ world, result: 7 }))
    expect(E.isRight(succeed(7)(world)) && world.notes).toStrictEqual(['a'])
  })
})

describe('andThen', () => {
  it('decides on the world and the result of the decision before', () => {
    const story = pipe(
      note('first'),
      andThen((count) => note(`second after ${count}`)),
      andThen((count) => note(`third after ${count}`)),
    )
    expect(outcome(story)).toStrictEqual({
      notes: ['first', 'second after 1', 'third after 2'],
      result: 3,
    })
  })

  it('stops at the first refusal, and asks nothing after it', () => {
    let asked = 0
    const story = pipe(
      note('first'),
      andThen(() => refuse),
      andThen(() => {
        asked += 1
        return note('never')
      }),
    )
    const world = worldOf()
    expect(outcome(story, world)).toBe(refusal)
    expect(asked).toBe(0)
    expect(world.notes).toStrictEqual([])
  })
})

describe('mapResult', () => {
  it('changes the result and not the facts', () => {
    expect(outcome(mapResult((count: number) => `n${count}`)(note('a')))).toStrictEqual({
      notes: ['a'],
      result: 'n1',
    })
  })

  it('passes a refusal on', () => {
    expect(outcome(mapResult(() => 'never')(refuse))).toBe(refusal)
  })
})

describe('each', () => {
  it('decides item by item, each on the world of the one before, and keeps every result', () => {
    expect(outcome(each(['a', 'b', 'c'], note), worldOf('0'))).toStrictEqual({
      notes: ['0', 'a', 'b', 'c'],
      result: [2, 3, 4],
    })
  })

  it('of nothing changes nothing', () => {
    const world = worldOf('a')
    const done = each([], note)(world)
    expect(done).toStrictEqual(E.right({ world, result: [] }))
    expect(E.isRight(done) && done.right.world).toBe(world)
  })

  it('stops at the first refusal', () => {
    const tried: string[] = []
    const decide = (text: string) => {
      tried.push(text)
      return text === 'b' ? refuse : note(text)
    }
    expect(outcome(each(['a', 'b', 'c'], decide))).toBe(refusal)
    expect(tried).toStrictEqual(['a', 'b'])
  })

  it('may be decided again, on another world', () => {
    const both = each(['a', 'b'], note)
    expect(outcome(both)).toMatchObject({ result: [1, 2] })
    expect(outcome(both, worldOf('0'))).toMatchObject({ result: [2, 3] })
  })
})

describe('newId', () => {
  const worldAt = (serial: number) => ({ seed: seedWords('s'), serial }) as World

  it('depends on the seed, the serial number and the place in the fact, and on nothing else', () => {
    expect(newId(worldAt(1), 'cus_', 14)).toBe(newId(worldAt(1), 'cus_', 14))
    expect(newId(worldAt(1), 'cus_', 14)).not.toBe(newId(worldAt(2), 'cus_', 14))
    expect(newId(worldAt(1), 'il_', 14, 1)).not.toBe(newId(worldAt(1), 'il_', 14))
    expect(newId(worldAt(1), 'cus_', 14)).toMatch(/^cus_[0-9A-Za-z]{14}$/)
  })
})
