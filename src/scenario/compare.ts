/** Values as lines of text, and two lists of lines side by side. */

const INDENT = '  '
const IDENTIFIER = /^[\w$]+$/

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * A value as text that people read, the keys of an object in the order of the alphabet: two values are equal where
 * their texts are. Maps and other collections are read as lists; a field that is `undefined` is absent.
 */
const written = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const inside = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0
      ? open + close
      : `${open}\n${parts.map((part) => INDENT + part.replaceAll('\n', `\n${INDENT}`)).join('\n')}\n${close}`
  if (Symbol.iterator in value)
    return inside('[', Array.from(value as Iterable<unknown>, written), ']')
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${IDENTIFIER.test(key) ? key : JSON.stringify(key)}: ${written(field)}`)
  const name = isPlain(value) ? '' : `${value.constructor.name} `
  return name + inside('{', fields, '}')
}

export const linesOf = (value: unknown): readonly string[] => written(value).split('\n')

/** A line of each side; `missing` has an expected one only, `unexpected` a found one only. */
export interface Pair {
  readonly same: 'yes' | 'no' | 'missing' | 'unexpected'
  readonly expected: string | undefined
  readonly found: string | undefined
}

/** Beyond it lines are paired by their numbers: the work grows with the product of the lengths. */
const ALIGNED_MAX = 1_000_000

/** For each pair of suffixes, how many lines they share in order. */
const shared = (left: readonly string[], right: readonly string[]): readonly number[][] => {
  const table = Array.from({ length: left.length + 1 }, () =>
    Array.from({ length: right.length + 1 }, () => 0),
  )
  const at = (i: number, j: number): number => (table[i] as number[])[j] as number
  for (let i = left.length - 1; i >= 0; i -= 1)
    for (let j = right.length - 1; j >= 0; j -= 1)
      (table[i] as number[])[j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  return table
}

/** Between two lines that both sides share, what differs stands side by side. */
const differing = (left: readonly string[], right: readonly string[]): readonly Pair[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const expected = left[index]
    const found = right[index]
    const same = expected === undefined ? 'unexpected' : found === undefined ? 'missing' : 'no'
    return { same, expected, found }
  })

/** Lines side by side: those that both have in order stand level, whatever was put in or left out between. */
export const paired = (left: readonly string[], right: readonly string[]): readonly Pair[] => {
  if (left.length * right.length > ALIGNED_MAX)
    return differing(left, right).map((pair) =>
      pair.expected === pair.found ? { ...pair, same: 'yes' } : pair,
    )
  const table = shared(left, right)
  const pairs: Pair[] = []
  let from = { left: 0, right: 0 }
  let i = 0
  let j = 0
  const flush = (): void => {
    pairs.push(...differing(left.slice(from.left, i), right.slice(from.right, j)))
  }
  while (i < left.length && j < right.length)
    if (left[i] === right[j]) {
      flush()
      pairs.push({ same: 'yes', expected: left[i], found: right[j] })
      i += 1
      j += 1
      from = { left: i, right: j }
    } else if (
      ((table[i + 1] as number[])[j] as number) >= ((table[i] as number[])[j + 1] as number)
    )
      i += 1
    else j += 1
  i = left.length
  j = right.length
  flush()
  return pairs
}
