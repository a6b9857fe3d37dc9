import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawCode, drawId, drawUuid, seedWords } from '../../src/domain/kernel/ids.js'

const seed = seedWords('clepsydra')
const DRAWS = 200_000

describe('seedWords', () => {
  it('gives the same four words for the same seed, on every machine', () => {
    expect(seedWords('clepsydra')).toStrictEqual(seedWords('clepsydra'))
    expect(seedWords('clepsydra')).toStrictEqual([
      1_164_955_440, 1_744_895_462, 2_562_620_631, 786_949_314,
    ])
  })

  it('gives other words for another seed', () => {
    const seeds = ['', ' ', 'a', 'b', 'aa', 'ab', 'ba', '1', '01', '10', 'Ω', '\0', '\0\0']
    for (let at = 0; at < 50_000; at += 1) seeds.push(`seed-${at}`)
    expect(new Set(seeds.map((text) => seedWords(text).join())).size).toBe(seeds.length)
  })
})

describe('drawId', () => {
  it('gives the same id for the same seed, serial and prefix, on every machine', () => {
    expect(drawId(seed, 1, 'cus_', 14)).toBe('cus_31ApdSlHOvyXfK')
    expect(drawId(seed, 1, 'mtr_test_', 32)).toBe('mtr_test_MYx23ObJdU3b6x4TYVceEAasuVgoe6mv')
  })

  it('has its prefix, its length and letters and digits only', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(Number.MAX_SAFE_INTEGER),
        fc.integer({ min: 1, max: 60 }),
        (text, serial, length) => {
          const id = drawId(seedWords(text), serial, 'x_', length)
          expect(id).toMatch(/^x_[0-9A-Za-z]+$/)
          expect(id).toHaveLength(2 + length)
        },
      ),
    )
  })

  it.each([
    ['cus_', 14],
    ['mtr_test_', 32],
  ] as const)(`draws no id twice in ${DRAWS} draws of %s`, (prefix, length) => {
    const drawn = new Set<string>()
    for (let serial = 0; serial < DRAWS; serial += 1)
      drawn.add(drawId(seed, serial, prefix, length))
    expect(drawn.size).toBe(DRAWS)
  })

  it('tells apart what one fact brings about, and facts beyond 32 bits', () => {
    const drawn = new Set<string>()
    for (let serial = 0; serial < 300; serial += 1)
      for (let nth = 0; nth < 300; nth += 1) drawn.add(drawId(seed, serial, 'il_', 14, nth))
    for (let high = 1; high <= 100; high += 1)
      for (let low = 0; low < 100; low += 1)
        drawn.add(drawId(seed, high * 2 ** 32 + low, 'il_', 14))
    expect(drawn.size).toBe(300 * 300 + 100 * 100)
  })

  it('tells apart seeds and prefixes', () => {
    const bodies = new Set<string>()
    for (let at = 0; at < 10_000; at += 1) {
      bodies.add(drawId(seedWords(String(at)), 1, 'cus_', 14).slice(-14))
      bodies.add(drawId(seed, at, 'in_', 14).slice(-14))
      bodies.add(drawId(seed, at, 'si_', 14).slice(-14))
    }
    expect(bodies.size).toBe(30_000)
  })

  it('uses every character about equally often in every place', () => {
    const length = 32
    const counts = Array.from({ length }, () => new Map<string, number>())
    for (let serial = 0; serial < 20_000; serial += 1) {
      const id = drawId(seed, serial, '', length)
      for (const [place, character] of [...id].entries()) {
        const count = counts[place] as Map<string, number>
        count.set(character, (count.get(character) ?? 0) + 1)
      }
    }
    for (const count of counts) {
      expect(count.size).toBe(62)
      // 20,000 draws of 62: 323 expected, a standard deviation of 18.
      for (const seen of count.values()) expect(Math.abs(seen - 20_000 / 62)).toBeLessThan(18 * 6)
    }
  })
})

describe('drawCode', () => {
  it('has upper-case letters and digits only, and does not repeat soon', () => {
    const codes = new Set<string>()
    for (let serial = 0; serial < 10_000; serial += 1)
      codes.add(drawCode(seed, serial, 'prefix', 8))
    expect(codes.size).toBe(10_000)
    for (const code of codes) expect(code).toMatch(/^[0-9A-Z]{8}$/)
    expect(drawCode(seed, 1, 'prefix', 8)).not.toBe(drawCode(seed, 1, 'other', 8))
    expect(drawCode(seed, 1, 'prefix', 8, 1)).not.toBe(drawCode(seed, 1, 'prefix', 8))
  })
})

describe('drawUuid', () => {
  it(`has the form of version 4 and does not repeat in ${DRAWS} draws`, () => {
    const drawn = new Set<string>()
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    for (let serial = 0; serial < DRAWS; serial += 1) {
      const uuid = drawUuid(seed, serial, 'identifier')
      if (!form.test(uuid)) expect(uuid).toMatch(form)
      drawn.add(uuid)
    }
    expect(drawn.size).toBe(DRAWS)
  })

  it('depends on seed, serial and purpose', () => {
    const one = drawUuid(seed, 1, 'a')
    expect(drawUuid(seed, 1, 'a')).toBe(one)
    expect(one).toBe('e68bd628-19b0-415c-b247-6481312202e0')
    expect(drawUuid(seed, 1, 'b')).not.toBe(one)
    expect(drawUuid(seed, 2, 'a')).not.toBe(one)
    expect(drawUuid(seedWords('other'), 1, 'a')).not.toBe(one)
  })
})
