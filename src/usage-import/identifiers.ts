import { hash } from 'node:crypto'
import type { UsageRow } from './usage-row.js'

const HASH_LENGTH = 40

/**
 * Gives identifiers to the rows of a source that brings none: each follows from the source's name, what the row reports
 * and how many rows before it report the same. So a second import of the file finds them again, whatever was added to
 * it, removed or moved, and two equal rows still count twice. It remembers every row: some 100 bytes each.
 */
export const derivedIdentifiers = (source: string): ((row: UsageRow) => string) => {
  const seen = new Map<string, number>()
  return ({ event_name, customer, value, timestamp, payload }) => {
    const content = JSON.stringify([source, event_name, customer, value, timestamp, payload])
    const digest = hash('sha256', content).slice(0, HASH_LENGTH)
    const before = seen.get(digest) ?? 0
    seen.set(digest, before + 1)
    return before === 0 ? `row_${digest}` : `row_${digest}_${before + 1}`
  }
}
