import {
  anyText,
  arrayOf,
  boolean,
  type Codec,
  closed,
  emptyable,
  FAIL,
  finite,
  idOf,
  leaf,
  mapOf,
  nullable,
  oneOf,
  optional,
  partial,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields, previousAttributes } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { type Notify, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import {
  type Metadata,
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../kernel/metadata.js'
import {
  invalidRequest,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { PriceId, ProductId } from './ids.js'
import { type PriceSlices, priceAt } from './price.js'

export interface PackageDimensions {
  readonly height: number
  readonly length: number
  readonly weight: number
  readonly width: number
}

/** @remarks Source: docs.stripe.com/api/products/object. Products live on the root clock. */
export interface Product {
  readonly id: ProductId
  readonly active: boolean
  readonly created: Instant
  readonly default_price: PriceId | null
  readonly description: string | null
  readonly images: readonly string[]
  readonly marketing_features: readonly { readonly name: string }[]
  readonly metadata: Metadata
  readonly name: string
  readonly package_dimensions: PackageDimensions | null
  readonly shippable: boolean | null
  readonly statement_descriptor: string | null
  readonly tax_code: string | null
  readonly type: 'good' | 'service'
  readonly unit_label: string | null
  readonly updated: Instant
  readonly url: string | null
}

export interface ProductView extends Product {
  readonly object: 'product'
  readonly attributes: readonly []
  readonly livemode: false
  /** The tax code once more; where a service is performed is not modelled. */
  readonly tax_details: { readonly performance_location: null; readonly tax_code: string } | null
}

export const viewProduct = ({ id, ...fields }: Product): ProductView => ({
  id,
  object: 'product',
  attributes: [],
  ...fields,
  livemode: false,
  tax_details:
    fields.tax_code === null ? null : { performance_location: null, tax_code: fields.tax_code },
})

export interface ProductSlices {
  readonly products: Table<Product>
}

type Slices = ProductSlices & PriceSlices

// Events

export interface ProductCreated extends DomainEvent {
  readonly type: 'ProductCreated'
  readonly product: Product
}
export interface ProductUpdated extends DomainEvent {
  readonly type: 'ProductUpdated'
  readonly id: ProductId
  /** The fields that changed, with their new values. */
  readonly changes: Partial<Product>
}
export interface ProductDeleted extends DomainEvent {
  readonly type: 'ProductDeleted'
  readonly id: ProductId
}

export type ProductEvent = ProductCreated | ProductUpdated | ProductDeleted

export const productsSlice = slice<Table<Product>, ProductEvent>({
  initial: () => Table.of<Product>(),
  evolve: {
    ProductCreated: (products, event) => products.insert(event.product),
    ProductUpdated: (products, event) =>
      products.update(event.id, (product) => ({ ...product, ...event.changes, updated: event.at })),
    ProductDeleted: (products, event) => products.remove(event.id),
  },
})

// Parameters

const NAME_MAX = 250

/** A whole or broken number of 0 or more, as JSON or text. */
const measure: Codec<number> = leaf(
  'measure',
  (input) => {
    const value = typeof input === 'string' && /^\d+(\.\d+)?$/.test(input) ? Number(input) : input
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : FAIL
  },
  (input, param) => invalidRequest(`Invalid decimal: ${String(input)}`, { param }),
)

const fields = {
  active: optional(boolean),
  description: optional(emptyable(text(40_000))),
  images: optional(emptyable(arrayOf(text(2_048), 8))),
  marketing_features: optional(
    emptyable(arrayOf(closed('MarketingFeature', { name: text(80) }), 15)),
  ),
  metadata: optional(metadataParam),
  package_dimensions: optional(
    emptyable(
      closed('PackageDimensions', {
        height: measure,
        length: measure,
        weight: measure,
        width: measure,
      }),
    ),
  ),
  shippable: optional(boolean),
  statement_descriptor: optional(emptyable(text(22))),
  tax_code: optional(emptyable(text())),
  unit_label: optional(emptyable(text(12))),
  url: optional(emptyable(text(2_048))),
}

/** Parameters of POST /v1/products, but for `default_price_data`: that is the story's. */
export const productParams = {
  ...fields,
  id: optional(text(255)),
  name: text(NAME_MAX),
  type: optional(oneOf('type', ['good', 'service'])),
}

const createCodec = closed('CreateProduct', productParams)

/** Parameters of POST /v1/products/{id}. */
export const updateProductParams = closed('UpdateProduct', {
  ...fields,
  default_price: optional(emptyable(text())),
  name: optional(text(NAME_MAX)),
})

export type CreateProduct = TypeOf<typeof createCodec>
export type UpdateProduct = TypeOf<typeof updateProductParams>

const row = {
  active: boolean,
  created: timestamp,
  default_price: nullable(idOf<PriceId>()),
  description: nullable(anyText),
  images: arrayOf(anyText),
  marketing_features: arrayOf(closed('MarketingFeature', { name: anyText })),
  metadata: mapOf(anyText),
  name: anyText,
  package_dimensions: nullable(
    closed('PackageDimensions', { height: finite, length: finite, weight: finite, width: finite }),
  ),
  shippable: nullable(boolean),
  statement_descriptor: nullable(anyText),
  tax_code: nullable(anyText),
  type: oneOf('type', ['good', 'service']),
  unit_label: nullable(anyText),
  updated: timestamp,
  url: nullable(anyText),
}

const productRow: Codec<Product> = closed('Product', { id: idOf<ProductId>(), ...row })

export const productEvents = {
  ProductCreated: eventFormat<ProductCreated>('ProductCreated', { product: productRow }),
  ProductUpdated: eventFormat<ProductUpdated>('ProductUpdated', {
    id: idOf<ProductId>(),
    changes: partial('Changes', row),
  }),
  ProductDeleted: eventFormat<ProductDeleted>('ProductDeleted', { id: idOf<ProductId>() }),
}

// Decisions

export const unknownProduct = (id: string): Rejection => resourceMissing('product', id)

/**
 * Creates a product; an id of the caller's own must be free.
 * @remarks Source: docs.stripe.com/api/products/create.
 */
export const createProduct =
  ({ id: ownId, metadata, ...given }: CreateProduct): Decision<ProductSlices, Product> =>
  (world) => {
    if (ownId !== undefined && world.products.slotOf(ownId) !== undefined)
      return E.left(
        invalidRequest(`Product already exists with id '${ownId}'.`, {
          code: 'resource_already_exists',
          param: 'id',
        }),
      )
    const product: Product = {
      id: ownId ?? newId(world, 'prod_', 14),
      active: given.active ?? true,
      created: world.now,
      default_price: null,
      description: given.description ?? null,
      images: given.images ?? [],
      marketing_features: given.marketing_features ?? [],
      metadata: newMetadata(metadata),
      name: given.name,
      package_dimensions: given.package_dimensions ?? null,
      shippable: given.shippable ?? null,
      statement_descriptor: given.statement_descriptor ?? null,
      tax_code: given.tax_code ?? null,
      type: given.type ?? 'service',
      unit_label: given.unit_label ?? null,
      updated: world.now,
      url: given.url ?? null,
    }
    return decided(
      world.record<ProductEvent>({ type: 'ProductCreated', at: world.now, product }),
      product,
    )
  }

/** Why a price cannot be the default price of a product, if it cannot: unknown, of another product, inactive. */
const defaultPriceRefusal = (
  world: World<PriceSlices>,
  product: ProductId,
  id: PriceId,
): Rejection | undefined => {
  const price = priceAt(world, id)
  if (price === undefined) return resourceMissingIn('default_price', 'price', id)
  if (price.product !== product)
    return invalidRequest(`The price ${id} does not belong to the product ${product}.`, {
      param: 'default_price',
    })
  if (!price.active)
    return invalidRequest(`The price ${id} is inactive. A default price must be active.`, {
      param: 'default_price',
    })
  return undefined
}

/** Changes a product; what changes nothing records nothing. @remarks Source: docs.stripe.com/api/products/update. */
export const updateProduct =
  (
    id: ProductId,
    { metadata, images, marketing_features, ...given }: UpdateProduct,
  ): Decision<Slices, Product> =>
  (world) => {
    const product = world.products.get(id)
    if (product === undefined) return E.left(unknownProduct(id))
    const { default_price } = given
    const refusal = default_price ? defaultPriceRefusal(world, id, default_price) : undefined
    if (refusal !== undefined) return E.left(refusal)
    const next: Product = {
      ...product,
      ...given,
      ...(images === undefined ? {} : { images: images ?? [] }),
      ...(marketing_features === undefined ? {} : { marketing_features: marketing_features ?? [] }),
      metadata: mergeMetadata(product.metadata, metadata),
    }
    const outgrown = metadataRefusal(next.metadata)
    if (outgrown !== undefined) return E.left(outgrown)
    const changes = changedFields(product, next)
    if (Object.keys(changes).length === 0) return decided(world, product)
    const after = world.record<ProductEvent>({ type: 'ProductUpdated', at: world.now, id, changes })
    return decided(after, after.products.need(id))
  }

/** Whether a price of the product is left; one that went with its plan is not. */
const hasPrice = (world: World<PriceSlices>, id: ProductId): boolean => {
  for (const { deleted } of world.prices.by('product', id)) if (!deleted) return true
  return false
}

/** Deletes a product that has no price. @remarks Source: docs.stripe.com/api/products/delete; the text is observed. */
export const deleteProduct =
  (id: ProductId): Decision<Slices, ProductId> =>
  (world) => {
    if (!world.products.has(id)) return E.left(unknownProduct(id))
    if (hasPrice(world, id))
      return E.left(
        invalidRequest(
          'This product cannot be deleted because it has one or more user-created prices.',
        ),
      )
    return decided(world.record<ProductEvent>({ type: 'ProductDeleted', at: world.now, id }), id)
  }

// Notifications

export const productNotifications = {
  ProductCreated: ((event, _, after) => [
    {
      type: 'product.created',
      created: event.at,
      object: viewProduct(after.products.get(event.product.id) ?? event.product),
    },
  ]) satisfies Notify<ProductSlices, ProductCreated>,
  ProductUpdated: ((event, before, after) => {
    const object = viewProduct(after.products.need(event.id))
    const old = before.products.get(event.id)
    return old === undefined
      ? []
      : [
          {
            type: 'product.updated',
            created: event.at,
            object,
            previous_attributes: previousAttributes(viewProduct(old), object),
          },
        ]
  }) satisfies Notify<ProductSlices, ProductUpdated>,
  ProductDeleted: ((event, before) => [
    {
      type: 'product.deleted',
      created: event.at,
      object: viewProduct(before.products.need(event.id)),
    },
  ]) satisfies Notify<ProductSlices, ProductDeleted>,
}
