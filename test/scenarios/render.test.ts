import {
  type Block,
  bars,
  paired,
  punchCard,
  type ScenarioReport,
  scenario,
  table,
} from 'clepsydra/scenario'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderReport } from '../../src/cli/render.js'

const PLAIN = { color: false, width: 80 }

const drawn = (block: Block, width = 80): readonly string[] =>
  renderReport(
    scenario('x')
      .show(() => block)
      .run(),
    { color: false, width },
  )
    .split('\n')
    .slice(3, -4)
    .map((line) => line.replace(/^ {4}/, ''))

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ANSI = /\x1b\[\d+m/g

const failing = (expected: string, found: string): ScenarioReport =>
  scenario('x')
    .section('A section')
    .note('A note')
    .answers('an answer', () => found.split(' '), expected.split(' '))
    .show(() => bars('bars', [['a', 1]]))
    .show(() => punchCard('card', [{ at: 0, value: 1 }]))
    .show(() => table('table', [{ a: 1 }]))
    .timeline('timeline')
    .run()

describe('lines side by side', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })

  it('lose nothing, keep the order of both sides, and stand level only where they are equal', () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const pairs = paired(left, right)
        expect(pairs.flatMap(({ expected }) => (expected === undefined ? [] : [expected]))).toEqual(
          left,
        )
        expect(pairs.flatMap(({ found }) => (found === undefined ? [] : [found]))).toEqual(right)
        for (const { same, expected, found } of pairs)
          expect(same === 'yes').toBe(expected === found)
      }),
    )
  })

  it('of equal lists are all equal', () => {
    fc.assert(
      fc.property(lines, (left) => {
        expect(paired(left, left).every(({ same }) => same === 'yes')).toBe(true)
      }),
    )
  })

  it('one line put in moves the others, and does not make them differ', () => {
    const found = ['a', 'new', 'b', 'c']
    expect(paired(['a', 'b', 'c'], found).map(({ same }) => same)).toEqual([
      'yes',
      'unexpected',
      'yes',
      'yes',
    ])
  })

  it('beyond a million comparisons are paired by their numbers', () => {
    const long = Array.from({ length: 1_100 }, (_, index) => String(index))
    const pairs = paired(long, [...long.slice(0, 1_000), 'x'])
    expect(pairs.filter(({ same }) => same === 'yes')).toHaveLength(1_000)
    expect(pairs[1_000]).toEqual({ same: 'no', expected: '1000', found: 'x' })
    expect(pairs.at(-1)).toEqual({ same: 'missing', expected: '1099', found: undefined })
  })
})

describe('a report in a terminal', () => {
  it('has bars to an eighth of a column; the least shows, what is below zero is hatched', () => {
    expect(
      drawn(
        bars('b', [
          ['all', 800],
          ['half', 400],
          ['least', 1],
          ['none', 0],
          ['less', -400],
        ]),
      ),
    ).toEqual([
      `all     800  ${'█'.repeat(40)}`,
      `half    400  ${'█'.repeat(20)}`,
      'least     1  ▏',
      'none      0  ',
      `less   -400  ${'░'.repeat(20)}`,
    ])
  })

  it('has tables whose numbers stand right and words left', () => {
    expect(
      drawn(
        table('t', [
          { month: 'May', calls: 5 },
          { month: 'June', calls: 1_234 },
        ]),
      ),
    ).toEqual(['month  calls', 'May        5', 'June    1234'])
  })

  it('has punch cards with a row a day and the sum of each', () => {
    const lines = drawn(
      punchCard('c', [
        { at: 4 * 86_400, value: 8 },
        { at: 4 * 86_400 + 3_600, value: 1 },
      ]),
    )
    expect(lines[1]).toBe(`Mon  █ ▁ ${'· '.repeat(22)} 9`)
    expect(lines[2]).toBe(`Tue  ${'· '.repeat(24)} 0`)
    expect(lines).toHaveLength(9)
  })

  it('draws what is empty', () => {
    expect(drawn(bars('b', []))).toEqual([])
    expect(drawn(bars('b', [['none', 0]]))).toEqual(['none  0  '])
    expect(drawn(punchCard('c', []))[1]).toBe(`Mon  ${'· '.repeat(24)} 0`)
  })

  it('is the same text with colours and without', () => {
    const report = failing('a b c', 'a x c d')
    const colored = renderReport(report, { ...PLAIN, color: true })
    expect(colored).not.toBe(renderReport(report, PLAIN))
    expect(colored.replaceAll(ANSI, '')).toBe(renderReport(report, PLAIN))
  })

  it('keeps within the width, whatever failed', () => {
    const words = fc.lorem({ maxCount: 40 })
    const widths = fc.integer({ min: 60, max: 140 })
    fc.assert(
      fc.property(words, words, widths, (expected, found, width) => {
        const report = failing(expected, `${found} ${'long'.repeat(50)}`)
        const text = renderReport(report, { color: false, width })
        for (const line of text.split('\n').filter((line) => !line.includes('at /')))
          expect(line.length).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('names files from the folder that the command runs in', () => {
    const report = failing('a', 'b')
    const text = renderReport(report, { ...PLAIN, folder: process.cwd() })
    expect(text).toMatch(/ at test\/scenarios\/render\.test\.ts:\d+\n/)
  })
})
