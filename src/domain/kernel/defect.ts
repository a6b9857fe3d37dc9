/** Our own bug: an impossible event, a broken invariant. Thrown, never returned, never caught by the core. */
export class Defect extends Error {
  override readonly name = 'Defect'
}

export const defect = (message: string): never => {
  throw new Defect(message)
}

/** Throws a {@link Defect} unless the condition holds; `message` says what was believed. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) defect(`broken invariant: ${message}`)
}

/** Ends an exhaustive `switch`: a case that is not handled does not compile. */
export const assertNever = (value: never): never =>
  defect(`unexpected case: ${JSON.stringify(value)}`)
