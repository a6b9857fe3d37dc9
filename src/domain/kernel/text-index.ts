/** A hash of 32 bits: FNV-1a over the code units, then mixed so that every bit of it depends on all of them. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

const CELL = 2
const CELLS_MIN = 8

/** Code units of text: one byte each while all of them fit, as in nearly all identifiers. */
type CodeUnits = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

const BYTE_MAX = 255

/**
 * A grow-only map from text to a whole number of 32 bits, by open addressing. It keeps nothing but numbers in a few long
 * arrays, the code units of its keys too: a key that is not there, as a fresh identifier, is told by reading one place in
 * memory, and the garbage collector has nothing to look through. A `Map` of millions of texts costs both, and ends at
 * 2^24 keys.
 */
export class TextIndex {
  /** Cells of a hash and a key's place plus one; 0 where the cell is free. */
  #cells = new Int32Array(CELLS_MIN * CELL)
  #values = new Int32Array(CELLS_MIN)
  #units: CodeUnits = new Uint8Array(CELLS_MIN * 8)
  /** Where the code units of the key at a place end. */
  #ends = new Uint32Array(CELLS_MIN)
  #size = 0
  /** What was looked for last, and its hash and cell: who adds a key has mostly just found it missing. */
  #sought: string | undefined
  #hash = 0
  #cell = 0

  get size(): number {
    return this.#size
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, number]> {
    for (let place = 0; place < this.#size; place += 1)
      yield [this.keyAt(place), this.#values[place] as number]
  }

  get(key: string): number | undefined {
    const place = this.placeOf(key)
    return place === undefined ? undefined : this.#values[place]
  }

  set(key: string, value: number): void {
    const place = this.placeOf(key) ?? this.#add(key)
    this.#values[place] = value
  }

  /** Keys are numbered as they come, from 0, and keep their place. */
  placeOf(key: string): number | undefined {
    this.#seek(key)
    const found = this.#cells[this.#cell + 1] as number
    return found === 0 ? undefined : found - 1
  }

  keyAt(place: number): string {
    return String.fromCharCode.apply(
      undefined,
      this.#units.subarray(this.#startOf(place), this.#ends[place]) as unknown as number[],
    )
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] as number)
  }

  /** Goes to the cell of a key, or to the free one where it belongs. */
  #seek(key: string): void {
    if (key === this.#sought) return
    const hash = hashOf(key)
    const cells = this.#cells
    const last = cells.length - CELL
    let cell = (hash << 1) & last
    for (;;) {
      const found = cells[cell + 1] as number
      if (found === 0 || (cells[cell] === hash && this.#isAt(found - 1, key))) break
      cell = (cell + CELL) & last
    }
    this.#sought = key
    this.#hash = hash
    this.#cell = cell
  }

  #isAt(place: number, key: string): boolean {
    const start = this.#startOf(place)
    if ((this.#ends[place] as number) - start !== key.length) return false
    const units = this.#units
    for (let at = 0; at < key.length; at += 1)
      if (units[start + at] !== key.charCodeAt(at)) return false
    return true
  }

  /** Adds the key that was sought last. */
  #add(key: string): number {
    const place = this.#size
    if (place === this.#values.length) {
      this.#values = grown(this.#values, new Int32Array(place * 2))
      this.#ends = grown(this.#ends, new Uint32Array(place * 2))
    }
    this.#ends[place] = this.#write(key, this.#startOf(place))
    this.#cells[this.#cell] = this.#hash
    this.#cells[this.#cell + 1] = place + 1
    this.#size = place + 1
    if (this.#size * CELL * 4 > this.#cells.length * 3) this.#spread()
    return place
  }

  /** @returns where the text ends. */
  #write(text: string, start: number): number {
    const end = start + text.length
    const room = this.#units.length
    if (end > room) {
      const length = Math.max(end, room * 2)
      const wide = this.#units instanceof Uint16Array
      this.#units = grown(this.#units, wide ? new Uint16Array(length) : new Uint8Array(length))
    }
    let units = this.#units
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit > BYTE_MAX && units instanceof Uint8Array) {
        units = new Uint16Array(units)
        this.#units = units
      }
      units[start + at] = unit
    }
    return end
  }

  /** Gives the keys twice the room. */
  #spread(): void {
    const cells = this.#cells
    const spread = new Int32Array(cells.length * 2)
    const last = spread.length - CELL
    for (let from = 0; from < cells.length; from += CELL) {
      if (cells[from + 1] === 0) continue
      let to = ((cells[from] as number) << 1) & last
      while (spread[to + 1] !== 0) to = (to + CELL) & last
      spread[to] = cells[from] as number
      spread[to + 1] = cells[from + 1] as number
    }
    this.#cells = spread
    this.#sought = undefined
  }
}

const grown = <T extends { set(from: ArrayLike<number>): void }>(
  from: ArrayLike<number>,
  to: T,
): T => {
  to.set(from)
  return to
}
