import type { Interval } from '../kernel/calendar.js'
import {
  boolean,
  closed,
  emptyable,
  integer,
  optional,
  type TypeOf,
  text,
} from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { type Metadata, mergeMetadata, metadataParam, metadataRefusal } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import type { MeterId, MeterSlices } from '../metering/index.js'
import type { PriceId, ProductId } from './ids.js'
import {
  type AggregateUsage,
  type CreatePrice,
  createPrice,
  deletePrice,
  type Price,
  type PriceEvent,
  type PriceSlices,
  priceAt,
  priceDataParams,
  recurringFields,
  wholeAmount,
} from './price.js'
import type { TransformQuantity } from './pricing.js'

/**
 * The older form of a recurring price: the same thing under the same id.
 * @remarks Source: docs.stripe.com/api/plans/object.
 */
export interface PlanView {
  readonly id: PriceId
  readonly object: 'plan'
  readonly active: boolean
  /** Of a metered plan without a meter; absent on all others. */
  readonly aggregate_usage?: AggregateUsage
  readonly amount: number | null
  readonly amount_decimal: string | null
  readonly billing_scheme: 'per_unit' | 'tiered'
  readonly created: Instant
  readonly currency: Currency
  readonly interval: Interval
  readonly interval_count: number
  readonly livemode: false
  readonly metadata: Metadata
  readonly meter: MeterId | null
  readonly nickname: string | null
  readonly product: ProductId
  readonly tiers_mode: 'graduated' | 'volume' | null
  readonly transform_usage: TransformQuantity | null
  readonly trial_period_days: number | null
  readonly usage_type: 'licensed' | 'metered'
}

/** `undefined` for a price that does not recur. */
export const viewPlan = (price: Price): PlanView | undefined =>
  price.recurring === null
    ? undefined
    : {
        id: price.id,
        object: 'plan',
        active: price.active,
        ...(price.recurring.aggregate_usage === undefined
          ? {}
          : { aggregate_usage: price.recurring.aggregate_usage }),
        amount: wholeAmount(price.unit_amount_decimal),
        amount_decimal: price.unit_amount_decimal,
        billing_scheme: price.billing_scheme,
        created: price.created,
        currency: price.currency,
        interval: price.recurring.interval,
        interval_count: price.recurring.interval_count,
        livemode: false,
        metadata: price.metadata,
        meter: price.recurring.meter,
        nickname: price.nickname,
        product: price.product,
        tiers_mode: price.tiers_mode,
        transform_usage: price.transform_quantity,
        trial_period_days: price.recurring.trial_period_days,
        usage_type: price.recurring.usage_type,
      }

export const unknownPlan = (id: string): Rejection => resourceMissing('plan', id, 'plan')

/** The recurring price of a plan's id. */
export const planAt = (world: World<PriceSlices>, id: PriceId): Price | undefined => {
  const price = priceAt(world, id)
  return price === undefined || price.recurring === null ? undefined : price
}

// Commands: each is that of the price, in the plan's words.

const { aggregate_usage, interval, interval_count, meter, trial_period_days, usage_type } =
  recurringFields

/** Parameters of POST /v1/plans, but for `product`: an id, or the fields of a new product. */
export const planParams = {
  currency: priceDataParams.currency,
  interval,
  active: priceDataParams.active,
  aggregate_usage,
  amount: priceDataParams.unit_amount,
  amount_decimal: priceDataParams.unit_amount_decimal,
  billing_scheme: priceDataParams.billing_scheme,
  id: optional(text(255)),
  interval_count,
  metadata: priceDataParams.metadata,
  meter,
  nickname: priceDataParams.nickname,
  tiers: priceDataParams.tiers,
  tiers_mode: priceDataParams.tiers_mode,
  transform_usage: priceDataParams.transform_quantity,
  trial_period_days,
  usage_type,
}

const planCodec = closed('CreatePlan', planParams)
export type CreatePlan = TypeOf<typeof planCodec>

/** Parameters of POST /v1/plans/{id}. */
export const updatePlanParams = closed('UpdatePlan', {
  active: optional(boolean),
  metadata: optional(metadataParam),
  nickname: optional(emptyable(text())),
  trial_period_days: optional(emptyable(integer(1, 730))),
})

export type UpdatePlan = TypeOf<typeof updatePlanParams>

/** What the price calls a parameter of the plan's. */
const PLAN_NAMES: readonly (readonly [price: string, plan: string])[] = [
  ['unit_amount_decimal', 'amount_decimal'],
  ['unit_amount', 'amount'],
  ['transform_quantity', 'transform_usage'],
]

/** A price's refusal in the plan's words: `recurring[meter]` is `meter`, `unit_amount` is `amount`. */
const inPlanWords = (rejection: Rejection): Rejection => {
  if (rejection.param === undefined) return rejection
  const nested = /^recurring\[(\w+)\]$/.exec(rejection.param)?.[1]
  const renamed = PLAN_NAMES.find(([price]) => price === rejection.param)?.[1]
  return { ...rejection, param: nested ?? renamed ?? rejection.param }
}

/**
 * Creates a plan: a recurring price. Its id may be the caller's own.
 * @remarks Source: docs.stripe.com/api/plans/create.
 */
export const createPlan =
  (
    {
      id,
      aggregate_usage,
      amount,
      amount_decimal,
      transform_usage,
      interval,
      interval_count,
      meter,
      trial_period_days,
      usage_type,
      ...given
    }: CreatePlan,
    product: ProductId,
  ): Decision<PriceSlices & MeterSlices, Price> =>
  (world) => {
    if (id !== undefined && world.prices.slotOf(id) !== undefined)
      return E.left(
        invalidRequest('Plan already exists.', { code: 'resource_already_exists', param: 'id' }),
      )
    const price: CreatePrice & { readonly product: ProductId } = {
      ...given,
      product,
      recurring: {
        ...(aggregate_usage === undefined ? {} : { aggregate_usage }),
        interval,
        ...(interval_count === undefined ? {} : { interval_count }),
        ...(meter === undefined ? {} : { meter }),
        ...(trial_period_days === undefined ? {} : { trial_period_days }),
        ...(usage_type === undefined ? {} : { usage_type }),
      },
      ...(amount === undefined ? {} : { unit_amount: amount }),
      ...(amount_decimal === undefined ? {} : { unit_amount_decimal: amount_decimal }),
      ...(transform_usage === undefined ? {} : { transform_quantity: transform_usage }),
    }
    const done = createPrice(price, { id })(world)
    return E.isLeft(done) ? E.left(inPlanWords(done.left)) : done
  }

/** Changes what may change of a plan, and so of its price. @remarks Source: docs.stripe.com/api/plans/update. */
export const updatePlan =
  (
    id: PriceId,
    { metadata, trial_period_days, ...given }: UpdatePlan,
  ): Decision<PriceSlices, Price> =>
  (world) => {
    const price = planAt(world, id)
    if (price === undefined || price.recurring === null) return E.left(unknownPlan(id))
    const next: Price = {
      ...price,
      ...given,
      recurring:
        trial_period_days === undefined
          ? price.recurring
          : { ...price.recurring, trial_period_days },
      metadata: mergeMetadata(price.metadata, metadata),
    }
    const outgrown = metadataRefusal(next.metadata)
    if (outgrown !== undefined) return E.left(outgrown)
    const changes = changedFields(price, next)
    if (Object.keys(changes).length === 0) return decided(world, price)
    const after = world.record<PriceEvent>({ type: 'PriceUpdated', at: world.now, id, changes })
    return decided(after, after.prices.need(id))
  }

/** Takes a plan and its price out of the catalogue; what runs on them keeps running. @remarks Source: docs.stripe.com/api/plans/delete. */
export const deletePlan =
  (id: PriceId): Decision<PriceSlices, PriceId> =>
  (world) =>
    planAt(world, id) === undefined ? E.left(unknownPlan(id)) : deletePrice(id)(world)
