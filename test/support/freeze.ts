import type { World } from 'clepsydra'

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Freezes plain data, and the rows of tables and trees, as deep as it goes. */
export const deepFreeze = <T>(value: T): T => {
  if (!isObject(value) || Object.isFrozen(value)) return value
  Object.freeze(value)
  if (Symbol.iterator in value) for (const row of value as Iterable<unknown>) deepFreeze(row)
  for (const field of Object.values(value)) deepFreeze(field)
  return value
}

/**
 * Freezes a world, the state of its slices and the rows of their tables, so that a rule which writes to what it was
 * given throws. What is private to a collection stays as it is: that it never changes under a reader is a law.
 */
export const frozen = (world: World): World => {
  const { slices, history } = world as unknown as {
    readonly slices: readonly unknown[]
    readonly history: { readonly header: unknown }
  }
  deepFreeze(slices)
  deepFreeze(history.header)
  return Object.freeze(world)
}
