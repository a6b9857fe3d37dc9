/**
 * The parts of worked examples that are not done yet stand in expected-failures.txt, one a line:
 * `S-A9 half-period proration: prorations are not done` is the id, the part and the reason.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const lines = readFileSync('test/conformance/expected-failures.txt', 'utf8').trimEnd().split('\n')

const LINE = /^([A-Z]-[A-Z])(\d+) ([a-z][^:]*[^: ]): (\S.*[^. ])$/

const WHOLE = 'whole example'

const entries = lines.map((line) => {
  const [, letters = '', number = '', part = '', reason = ''] = LINE.exec(line) ?? []
  return { line, letters, number: Number(number), id: `${letters}${number}`, part, reason }
})

const testFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(test|scenario)\.ts$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))

/** The ids with which titles of tests and scenarios begin. */
const claimed = new Set(
  [...testFiles('test'), ...readdirSync('scenarios').map((file) => join('scenarios', file))]
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      Array.from(readFileSync(file, 'utf8').matchAll(/['"`]([A-Z]-[A-Z]\d+): /g), ([, id]) => id),
    ),
)

describe('the list of expected failures', () => {
  it('has an id, a part and a reason on every line', () => {
    expect(lines.filter((line) => !LINE.test(line))).toEqual([])
  })

  it('is sorted by id, and names no part twice', () => {
    const inOrder = [...entries].sort(
      (a, b) => a.letters.localeCompare(b.letters) || a.number - b.number,
    )
    expect(entries.map(({ line }) => line)).toEqual(inOrder.map(({ line }) => line))
    expect(new Set(entries.map(({ id, part }) => `${id} ${part}`)).size).toBe(entries.length)
  })

  it('names no other part of an example that it names as a whole', () => {
    for (const { id } of entries.filter(({ part }) => part === WHOLE))
      expect(entries.filter((other) => other.id === id)).toHaveLength(1)
  })

  it('names as a whole only examples that no test claims', () => {
    expect(claimed.size).toBeGreaterThan(0)
    const whole = entries.filter(({ part }) => part === WHOLE).map(({ id }) => id)
    expect(whole.filter((id) => claimed.has(id))).toEqual([])
  })
})
