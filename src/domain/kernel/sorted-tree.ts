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

/** How keys are ordered, and what a subtree adds up to, whatever the order in which it is added. */
export interface TreeRules<K, V, S> {
  readonly compare: (a: K, b: K) => number
  readonly measure: (value: V) => S
  readonly add: (a: S, b: S) => S
  readonly zero: S
  /** Adds to a sum that nobody else holds, in place: a draft of a great tree then leaves no sums behind. */
  readonly addTo?: (sum: S, more: S) => void
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
    const grown: Grown<S> = { isNew: false, by: this.#rules.measure(value) }
    const root = insert(this.#rules, this.#root, key, value, owner, grown)
    return new SortedTree(this.#rules, root, this.size + (grown.isNew ? 1 : 0))
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

/** Adds up a node's subtree again. */
const summed = <K, V, S>(rules: Rules<K, V, S>, node: Node<K, V, S>): Node<K, V, S> => {
  const { left, right } = node
  let sum = rules.measure(node.value)
  if (left !== undefined) sum = rules.add(left.sum, sum)
  if (right !== undefined) sum = rules.add(sum, right.sum)
  node.sum = sum
  return node
}

/** Works out again all that a node says of its subtree. */
const settled = <K, V, S>(rules: Rules<K, V, S>, node: Node<K, V, S>): Node<K, V, S> => {
  const leftHeight = heightOf(node.left)
  const rightHeight = heightOf(node.right)
  node.height = (leftHeight > rightHeight ? leftHeight : rightHeight) + 1
  return summed(rules, node)
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

/** What an insertion did: whether the key is new, and what its value adds to the sums above it. */
interface Grown<S> {
  isNew: boolean
  readonly by: S
}

const insert = <K, V, S>(
  rules: Rules<K, V, S>,
  node: Tree<K, V, S>,
  key: K,
  value: V,
  owner: Owner | undefined,
  grown: Grown<S>,
): Node<K, V, S> => {
  if (node === undefined) {
    grown.isNew = true
    return { owner, key, value, left: undefined, right: undefined, height: 1, sum: grown.by }
  }
  const order = rules.compare(key, node.key)
  const edited = editable(node, owner)
  if (order === 0) {
    edited.value = value
    return summed(rules, edited)
  }
  const child = order < 0 ? node.left : node.right
  const height = heightOf(child)
  const next = insert(rules, child, key, value, owner, grown)
  if (order < 0) edited.left = next
  else edited.right = next
  if (!grown.isNew) return summed(rules, edited)
  if (next.height !== height) return balanced(rules, edited, owner)
  // Here the node had a child already, so its sum is no measure of a value; and where the node is the owner's, so is it.
  if (edited === node && rules.addTo !== undefined) rules.addTo(edited.sum, grown.by)
  else edited.sum = rules.add(edited.sum, grown.by)
  return edited
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
