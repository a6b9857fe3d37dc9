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

/**
 * A grow-only map from text to a whole number of 32 bits, by open addressing. It holds the hashes beside each other in one
 * array of numbers, so a key that is not there, as a fresh identifier, is told by reading one place in it. A `Map` of
 * millions of texts follows several of them in memory for that, and ends at 2^24 keys.
 */
export class TextIndex {
  /** Cells of a hash and a key's number from 1; 0 where the cell is free. */
  #cells = new Int32Array(CELLS_MIN * CELL)
  readonly #keys: string[] = []
  #values = new Int32Array(CELLS_MIN)
  /** The text that was hashed last: who adds a key has mostly just looked for it. */
  #hashed = ''
  #hash = hashOf('')

  get size(): number {
    return this.#keys.length
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, number]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#values[at] as number]
  }

  get(key: string): number | undefined {
    const number = this.#cells[this.#cellOf(key) + 1] as number
    return number === 0 ? undefined : this.#values[number - 1]
  }

  set(key: string, value: number): void {
    const cell = this.#cellOf(key)
    const number = this.#cells[cell + 1] as number
    if (number > 0) {
      this.#values[number - 1] = value
      return
    }
    const size = this.#keys.push(key)
    if (size > this.#values.length) this.#values = doubled(this.#values)
    this.#values[size - 1] = value
    this.#cells[cell] = this.#hash
    this.#cells[cell + 1] = size
    if (size * CELL * 4 > this.#cells.length * 3) this.#spread()
  }

  /** The cell of a key, or the free one where it belongs. */
  #cellOf(key: string): number {
    if (key !== this.#hashed) {
      this.#hash = hashOf(key)
      this.#hashed = key
    }
    const cells = this.#cells
    const last = cells.length - CELL
    const hash = this.#hash
    for (let cell = (hash << 1) & last; ; cell = (cell + CELL) & last) {
      const number = cells[cell + 1] as number
      if (number === 0 || (cells[cell] === hash && this.#keys[number - 1] === key)) return cell
    }
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
  }
}

const doubled = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const twice = new Int32Array(array.length * 2)
  twice.set(array)
  return twice
}
