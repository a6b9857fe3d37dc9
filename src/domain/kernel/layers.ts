/**
 * Histories share what they have in common. A branch keeps only its own additions and looks through to its
 * parent, of which it sees what lay below the branch point. This is when a new layer copies its parent's
 * additions instead: small ones always, and beyond 32 layers those no more than twice its own, so that a chain of n
 * additions never gets longer than 32 + log2 n.
 */
export const ABSORBED_ALWAYS = 32
export const LAYERS_MAX = 32

export const absorbs = (own: number, parents: number, depth: number): boolean =>
  parents <= ABSORBED_ALWAYS ||
  (depth > LAYERS_MAX && parents <= Math.max(own, ABSORBED_ALWAYS) * 2)

/**
 * A grow-only map from text to a number that only goes up (a slot, a position), shared by all versions of a
 * history. A version sees the numbers up to its own bound. Setting a key again keeps the earlier number for
 * the versions before it.
 */
export class LayeredIndex {
  readonly #own = new Map<string, number>()
  /** Number of a repeated key -> the number that the key had before. */
  readonly #before = new Map<number, number>()
  readonly #parent: LayeredIndex | undefined
  readonly #bound: number
  readonly #depth: number

  constructor(parent?: LayeredIndex, bound = 0) {
    let ancestor = parent
    let below = bound
    let depth = (parent === undefined ? 0 : parent.#depth) + 1
    const absorbed: [LayeredIndex, number][] = []
    let size = 0
    while (ancestor !== undefined && absorbs(size, ancestor.#own.size, depth)) {
      absorbed.push([ancestor, below])
      size += ancestor.#own.size
      below = Math.min(below, ancestor.#bound)
      ancestor = ancestor.#parent
      depth -= 1
    }
    for (const [layer, limit] of absorbed.reverse())
      for (const key of layer.#own.keys()) {
        const seen = layer.#ownAt(key, limit)
        for (const value of seen) this.set(key, value)
      }
    this.#parent = ancestor
    this.#bound = below
    this.#depth = depth
  }

  /** All numbers of a key in this layer up to the limit, oldest first. */
  #ownAt(key: string, limit: number): number[] {
    const values: number[] = []
    for (let value = this.#own.get(key); value !== undefined; value = this.#before.get(value))
      if (value <= limit) values.push(value)
    return values.reverse()
  }

  /** The greatest number of the key that is at most `limit`. */
  get(key: string, limit: number): number | undefined {
    let value = this.#own.get(key)
    while (value !== undefined && value > limit) value = this.#before.get(value)
    return value ?? this.#parent?.get(key, Math.min(limit, this.#bound))
  }

  /** Sets the number of a key that the index is known not to hold. */
  add(key: string, value: number): void {
    this.#own.set(key, value)
  }

  /** Sets the key's newest number; it must exceed all that the index holds. */
  set(key: string, value: number): void {
    const before = this.#own.get(key)
    if (before !== undefined) this.#before.set(value, before)
    this.#own.set(key, value)
  }
}

/**
 * Keys numbered in the order in which they came: 0, 1, 2 ... shared by all versions of one collection. A version
 * knows how many keys it has and passes that in; what lies beyond belongs to a sibling.
 */
export class Keys {
  readonly #index: LayeredIndex
  #size: number

  constructor(parent?: Keys, size = 0) {
    this.#index = new LayeredIndex(parent === undefined ? undefined : parent.#index, size - 1)
    this.#size = size
  }

  /** The number of a key, for the version that has `size` keys. */
  get(key: string, size: number): number | undefined {
    return this.#index.get(key, size - 1)
  }

  /** Gives a new key the number `size`. The newest version adds in place, an older one gets a layer of its own. */
  add(key: string, size: number): Keys {
    const keys = this.#size === size ? this : new Keys(this, size)
    keys.#index.add(key, size)
    keys.#size = size + 1
    return keys
  }
}
