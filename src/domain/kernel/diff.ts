const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two JSON values are equal, whatever the order of their keys. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  if (!isPlain(a) || !isPlain(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  )
}

/**
 * What `previous_attributes` of a notification holds: the old value of every attribute that changed. Of nested
 * objects only the changed keys, of arrays the whole old array; a key that is new stands with `null`.
 * @remarks Source: docs.stripe.com/api/events/object.
 */
export const previousAttributes = (
  before: object,
  after: object,
): Readonly<Record<string, unknown>> => {
  // Maps, since a caller's own key (of metadata, say) may be `constructor` or `__proto__`.
  const old = new Map(Object.entries(before))
  const now = new Map(Object.entries(after))
  const changed = new Map<string, unknown>()
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was: unknown = old.get(key)
    const is: unknown = now.get(key)
    if (sameJson(was, is)) continue
    changed.set(key, isPlain(was) && isPlain(is) ? previousAttributes(was, is) : (was ?? null))
  }
  return Object.fromEntries(changed)
}

/** The fields of a row that differ after a change, with their new values: what an update's event carries. */
export const changedFields = <Row extends object>(before: Row, after: Row): Partial<Row> =>
  Object.fromEntries(
    Object.entries(after).filter(([key, value]) => !sameJson(value, before[key as keyof Row])),
  ) as Partial<Row>

/** Changes with their keys in the order of the row that they are of: the order in which a log is read back. */
export const inOrderOf = <Row extends object>(row: Row, changes: Partial<Row>): Partial<Row> => {
  const ordered: Partial<Row> = {}
  for (const key in row) if (key in changes) ordered[key] = changes[key] as Row[typeof key]
  return ordered
}
