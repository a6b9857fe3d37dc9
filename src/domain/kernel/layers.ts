/**
 * Histories share what they have in common. A branch keeps only its own additions and looks through to its
 * parent, of which it sees what lay below the branch point. A new layer copies its parent's additions instead where
 * they are few; and a layer more than 32 deep takes over those of a parent no more than twice its size before it is
 * branched from, so that a chain of n additions never gets longer than 33 + log2 n.
 */
export const ABSORBED_ALWAYS = 32
export const LAYERS_MAX = 32

/** What a layer keeps its own numbers in: a `Map`, or what does better by keys of their kind. */
export interface Numbers extends Iterable<readonly [string, number]> {
  readonly size: number
  get(key: string): number | undefined
  set(key: string, value: number): unknown
}

/**
 * A grow-only map from text to a number that only goes up (a slot, a position), shared by all versions of a
 * history. A version sees the numbers up to its own bound. Setting a key again keeps the earlier number for
 * the versions before it.
 */
export class LayeredIndex {
  readonly #own: Numbers
  /** The earlier numbers of a repeated key, oldest first. By key: several keys may have one number. */
  readonly #earlier = new Map<string, number[]>()
  #parent: LayeredIndex | undefined
  #bound: number
  #depth = 1

  constructor(parent?: LayeredIndex, bound = 0, own: Numbers = new Map()) {
    this.#own = own
    this.#parent = parent
    this.#bound = bound
    while (this.#parent !== undefined && this.#parent.#own.size <= ABSORBED_ALWAYS) this.#absorb()
    if (this.#parent === undefined) return
    this.#parent.#compact()
    this.#depth = this.#parent.#depth + 1
  }

  /**
   * Shortens a chain that has grown long, once for all branches of this layer. A layer that keeps a parent here is
   * less than half its size, so beyond `LAYERS_MAX` the sizes double with every layer.
   */
  #compact(): void {
    while (
      this.#depth > LAYERS_MAX &&
      this.#parent !== undefined &&
      this.#parent.#own.size <= this.#own.size * 2
    ) {
      this.#absorb()
      this.#depth -= 1
    }
  }

  /** Takes over what it sees of its parent. No reader notices: it is what they found in the parent before. */
  #absorb(): void {
    const parent = this.#parent as LayeredIndex
    for (const [key, last] of parent.#own) {
      const own = this.#own.get(key)
      const before = parent.#earlier.get(key)
      if (own === undefined && before === undefined) {
        if (last <= this.#bound) this.#own.set(key, last)
        continue
      }
      const older = [...(before ?? []), last].filter((value) => value <= this.#bound)
      const newest = own ?? older.pop()
      if (newest === undefined) continue
      this.#own.set(key, newest)
      if (older.length > 0) this.#earlier.set(key, [...older, ...(this.#earlier.get(key) ?? [])])
    }
    this.#bound = Math.min(this.#bound, parent.#bound)
    this.#parent = parent.#parent
  }

  /** The greatest number of the key that is at most `limit`. */
  get(key: string, limit: number): number | undefined {
    let value = this.#own.get(key)
    if (value !== undefined && value > limit)
      value = this.#earlier.get(key)?.findLast((earlier) => earlier <= limit)
    return value ?? this.#parent?.get(key, Math.min(limit, this.#bound))
  }

  /** Sets the number of a key that the index is known not to hold. */
  add(key: string, value: number): void {
    this.#own.set(key, value)
  }

  /** Sets the key's newest number; it must exceed all that the index holds. */
  set(key: string, value: number): void {
    const before = this.#own.get(key)
    if (before !== undefined) {
      const earlier = this.#earlier.get(key)
      if (earlier === undefined) this.#earlier.set(key, [before])
      else earlier.push(before)
    }
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
  /** The key found last: what is read once is often read again at once. A key never changes its number. */
  #lastKey = ''
  #lastNumber = Number.MAX_SAFE_INTEGER

  constructor(parent?: Keys, size = 0) {
    this.#index = new LayeredIndex(parent === undefined ? undefined : parent.#index, size - 1)
    this.#size = size
  }

  /** The number of a key, for the version that has `size` keys. */
  get(key: string, size: number): number | undefined {
    if (key === this.#lastKey && this.#lastNumber < size) return this.#lastNumber
    const number = this.#index.get(key, size - 1)
    if (number !== undefined) {
      this.#lastKey = key
      this.#lastNumber = number
    }
    return number
  }

  /** Gives a new key the number `size`. The newest version adds in place, an older one gets a layer of its own. */
  add(key: string, size: number): Keys {
    const keys = this.#size === size ? this : new Keys(this, size)
    keys.#index.add(key, size)
    keys.#size = size + 1
    return keys
  }
}
