/** Whoever holds the token may change, in place, the nodes that carry it. One token is one private draft. */
export interface Owner {
  readonly draft: true
}

export const newOwner = (): Owner => ({ draft: true })

const BITS = 5
const WIDTH = 32
const MASK = 31

interface Node {
  readonly owner: Owner | undefined
  readonly items: unknown[]
}

const EMPTY_NODE: Node = { owner: undefined, items: [] }

/** The node itself where the owner may write to it, a copy of its own otherwise. */
const editable = (node: Node, owner: Owner | undefined): Node =>
  owner !== undefined && node.owner === owner ? node : { owner, items: node.items.slice() }

/**
 * A persistent vector: a radix tree of 32-wide nodes. Every version stays valid; a change copies one path.
 * Given an owner it changes that owner's nodes in place.
 */
export class Vector<T> {
  static readonly empty: Vector<never> = new Vector<never>(0, BITS, EMPTY_NODE)

  private constructor(
    size: number,
    /** Bits that the root shifts by: 5 for one level, 10 for two ... */
    shift: number,
    root: Node,
  ) {
    this.size = size
    this.#shift = shift
    this.#root = root
  }

  readonly size: number
  readonly #shift: number
  readonly #root: Node

  /** The item at an index below `size`; `undefined` beyond it. */
  get(index: number): T | undefined {
    if (index < 0 || index >= this.size) return undefined
    let node = this.#root
    for (let level = this.#shift - BITS; level > 0; level -= BITS)
      node = node.items[(index >>> level) & MASK] as Node
    return node.items[index & MASK] as T
  }

  push(item: T, owner?: Owner): Vector<T> {
    if (this.size === 2 ** this.#shift) {
      const root: Node = { owner, items: [this.#root] }
      const shift = this.#shift + BITS
      return new Vector(this.size + 1, shift, write(root, shift - BITS, this.size, item, owner))
    }
    return new Vector(
      this.size + 1,
      this.#shift,
      write(this.#root, this.#shift - BITS, this.size, item, owner),
    )
  }

  /** Replaces the item at an index below `size`. */
  set(index: number, item: T, owner?: Owner): Vector<T> {
    const root = write(this.#root, this.#shift - BITS, index, item, owner)
    return root === this.#root ? this : new Vector(this.size, this.#shift, root)
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.size; index += WIDTH) {
      let node = this.#root
      for (let level = this.#shift - BITS; level > 0; level -= BITS)
        node = node.items[(index >>> level) & MASK] as Node
      for (let at = 0; at < WIDTH && index + at < this.size; at += 1) yield node.items[at] as T
    }
  }
}

const write = (
  node: Node,
  level: number,
  index: number,
  item: unknown,
  owner: Owner | undefined,
): Node => {
  const edited = editable(node, owner)
  const at = (index >>> level) & MASK
  edited.items[at] =
    level === 0
      ? item
      : write(
          (edited.items[at] as Node | undefined) ?? EMPTY_NODE,
          level - BITS,
          index,
          item,
          owner,
        )
  return edited
}
