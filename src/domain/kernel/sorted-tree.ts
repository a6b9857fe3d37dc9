import type { Owner } from './vector.js'

interface Node<K, V, S> {
  owner: Owner | undefined
  key: K
  value: V
  left: Node<K, V, S> | undefined
  right: Node<K, V, S> | undefined
  height: number
  /** What the subtree adds up to, this node included. */
  sum: S
}

/** How keys are ordered, and what a subtree adds up to. */
export interface TreeRules<K, V, S> {
  readonly compare: (a: K, b: K) => number
  readonly measure: (value: V) => S
  readonly add: (a: S, b: S) => S
  readonly zero: S
}

/** Rules of a tree that is only ordered. */
export const ordered = <K, V>(compare: (a: K, b: K) => number): TreeRules<K, V, undefined> => ({
  compare,
  measure: () => undefined,
  add: () => undefined,
  zero: undefined,
})

/**
 * A persistent balanced tree (AVL) that knows the sum of any range of keys. Every version stays valid; a
 * change copies one path. Given an owner it changes that owner's nodes in place.
 */
export class SortedTree<K, V, S = undefined> {
  readonly #rules: TreeRules<K, V, S>
  readonly #root: Node<K, V, S> | undefined
  readonly size: number

  private constructor(rules: TreeRules<K, V, S>, root: Node<K, V, S> | undefined, size: number) {
    this.#rules = rules
    this.#root = root
    this.size = size
  }

  static of<K, V, S>(rules: TreeRules<K, V, S>): SortedTree<K, V, S> {
    return new SortedTree<K, V, S>(rules, undefined, 0)
  }

  get(key: K): V | undefined {
    const { compare } = this.#rules
    let node = this.#root
    while (node !== undefined) {
      const order = compare(key, node.key)
      if (order === 0) return node.value
      node = order < 0 ? node.left : node.right
    }
    return undefined
  }

  set(key: K, value: V, owner?: Owner): SortedTree<K, V, S> {
    const grown = { added: 0 }
    const root = insert(this.#rules, this.#root, key, value, owner, grown)
    return new SortedTree(this.#rules, root, this.size + grown.added)
  }

  delete(key: K, owner?: Owner): SortedTree<K, V, S> {
    if (this.get(key) === undefined) return this
    return new SortedTree(this.#rules, remove(this.#rules, this.#root, key, owner), this.size - 1)
  }

  /** The entry with the least key. */
  first(): readonly [K, V] | undefined {
    let node = this.#root
    while (node?.left !== undefined) node = node.left
    return node === undefined ? undefined : [node.key, node.value]
  }

  /** The entry with the greatest key below the given one. */
  before(key: K): readonly [K, V] | undefined {
    const { compare } = this.#rules
    let best: Node<K, V, S> | undefined
    let node = this.#root
    while (node !== undefined) {
      if (compare(node.key, key) < 0) {
        best = node
        node = node.right
      } else node = node.left
    }
    return best === undefined ? undefined : [best.key, best.value]
  }

  /** What the values with keys below the given one add up to. */
  sumBelow(key: K): S {
    const { compare, measure, add, zero } = this.#rules
    let sum = zero
    let node = this.#root
    while (node !== undefined) {
      if (compare(node.key, key) < 0) {
        sum = add(sum, measure(node.value))
        if (node.left !== undefined) sum = add(sum, node.left.sum)
        node = node.right
      } else node = node.left
    }
    return sum
  }

  /** The entries in order. */
  toJSON(): readonly (readonly [K, V])[] {
    return [...this]
  }

  *[Symbol.iterator](): IterableIterator<readonly [K, V]> {
    const path: Node<K, V, S>[] = []
    let node = this.#root
    while (node !== undefined || path.length > 0) {
      while (node !== undefined) {
        path.push(node)
        node = node.left
      }
      const top = path.pop() as Node<K, V, S>
      yield [top.key, top.value]
      node = top.right
    }
  }
}

type Rules<K, V, S> = TreeRules<K, V, S>
type Tree<K, V, S> = Node<K, V, S> | undefined

const heightOf = <K, V, S>(node: Tree<K, V, S>): number => node?.height ?? 0

const editable = <K, V, S>(node: Node<K, V, S>, owner: Owner | undefined): Node<K, V, S> =>
  owner !== undefined && node.owner === owner
    ? node
    : {
        owner,
        key: node.key,
        value: node.value,
        left: node.left,
        right: node.right,
        height: node.height,
        sum: node.sum,
      }

/** Works out again what a node says of its subtree. */
const settled = <K, V, S>(rules: Rules<K, V, S>, node: Node<K, V, S>): Node<K, V, S> => {
  const { left, right } = node
  const leftHeight = heightOf(left)
  const rightHeight = heightOf(right)
  node.height = (leftHeight > rightHeight ? leftHeight : rightHeight) + 1
  let sum = rules.measure(node.value)
  if (left !== undefined) sum = rules.add(left.sum, sum)
  if (right !== undefined) sum = rules.add(sum, right.sum)
  node.sum = sum
  return node
}

const rotatedRight = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Node<K, V, S>,
  owner: Owner | undefined,
) => {
  const top = editable(node.left as Node<K, V, S>, owner)
  node.left = top.right
  top.right = settled(rules, node)
  return settled(rules, top)
}

const rotatedLeft = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Node<K, V, S>,
  owner: Owner | undefined,
) => {
  const top = editable(node.right as Node<K, V, S>, owner)
  node.right = top.left
  top.left = settled(rules, node)
  return settled(rules, top)
}

/** Restores the balance of an editable node whose subtrees differ by at most two levels. */
const balanced = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Node<K, V, S>,
  owner: Owner | undefined,
): Node<K, V, S> => {
  const tilt = heightOf(node.left) - heightOf(node.right)
  if (tilt > 1) {
    const left = node.left as Node<K, V, S>
    if (heightOf(left.left) < heightOf(left.right))
      node.left = rotatedLeft(rules, editable(left, owner), owner)
    return rotatedRight(rules, node, owner)
  }
  if (tilt < -1) {
    const right = node.right as Node<K, V, S>
    if (heightOf(right.right) < heightOf(right.left))
      node.right = rotatedRight(rules, editable(right, owner), owner)
    return rotatedLeft(rules, node, owner)
  }
  return settled(rules, node)
}

const insert = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Tree<K, V, S>,
  key: K,
  value: V,
  owner: Owner | undefined,
  grown: { added: number },
): Node<K, V, S> => {
  if (node === undefined) {
    grown.added = 1
    return {
      owner,
      key,
      value,
      left: undefined,
      right: undefined,
      height: 1,
      sum: rules.measure(value),
    }
  }
  const order = rules.compare(key, node.key)
  const edited = editable(node, owner)
  if (order === 0) edited.value = value
  else if (order < 0) edited.left = insert(rules, node.left, key, value, owner, grown)
  else edited.right = insert(rules, node.right, key, value, owner, grown)
  return balanced(rules, edited, owner)
}

const remove = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Tree<K, V, S>,
  key: K,
  owner: Owner | undefined,
): Tree<K, V, S> => {
  if (node === undefined) return undefined
  const order = rules.compare(key, node.key)
  if (order === 0) {
    if (node.left === undefined) return node.right
    if (node.right === undefined) return node.left
    let next = node.right
    while (next.left !== undefined) next = next.left
    const edited = editable(node, owner)
    edited.key = next.key
    edited.value = next.value
    edited.right = remove(rules, node.right, next.key, owner)
    return balanced(rules, edited, owner)
  }
  const edited = editable(node, owner)
  if (order < 0) edited.left = remove(rules, node.left, key, owner)
  else edited.right = remove(rules, node.right, key, owner)
  return balanced(rules, edited, owner)
}
