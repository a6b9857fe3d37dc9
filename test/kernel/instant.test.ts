import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Defect } from '../../src/domain/kernel/defect.js'
import {
  DAY,
  days,
  floorTo,
  HOUR,
  hours,
  instant,
  isInstant,
  later,
  MINUTE,
  minutes,
  plus,
} from '../../src/domain/kernel/instant.js'

describe('instant', () => {
  it('takes whole seconds, before 1970 too', () => {
    expect(instant(1_767_225_600)).toBe(1_767_225_600)
    expect(instant(-1)).toBe(-1)
  })

  it.each([1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, 1e300])(
    'takes %s for a defect',
    (seconds) => expect(() => instant(seconds)).toThrow(Defect),
  )

  it.each(['0', null, undefined, 1n, {}, true])('does not take %s for a moment', (value) => {
    expect(isInstant(value)).toBe(false)
  })
})

describe('lengths of time', () => {
  it('count in seconds', () => {
    expect([MINUTE, HOUR, DAY]).toStrictEqual([60, 3_600, 86_400])
    expect([minutes(3), hours(2), days(-1)]).toStrictEqual([180, 7_200, -86_400])
    expect(plus(100, days(-1))).toBe(-86_300)
  })

  it('lead to a defect where they leave whole seconds', () => {
    expect(() => plus(0, 0.5)).toThrow(Defect)
    expect(() => plus(Number.MAX_SAFE_INTEGER, 1)).toThrow(Defect)
  })
})

describe('later', () => {
  it('is the later of two moments', () => {
    expect([later(1, 2), later(2, 1), later(-3, -3)]).toStrictEqual([2, 2, -3])
  })
})

describe('floorTo', () => {
  it('is the start of the window that holds the moment', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(10, 60, HOUR, DAY),
        fc.integer({ min: -1e11, max: 1e11 }),
        (length, moment) => {
          const start = floorTo(length, moment)
          expect(start <= moment && moment < start + length).toBe(true)
          expect(Math.abs(start % length)).toBe(0)
        },
      ),
    )
    expect(floorTo(HOUR, -1)).toBe(-3_600)
  })
})
