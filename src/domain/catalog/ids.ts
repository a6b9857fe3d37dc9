import type { Id } from '../kernel/ids.js'

export type ProductId = Id<'product'>

/** A recurring price is a plan of the same id. */
export type PriceId = Id<'price'>
