import type { Interval } from '../kernel/calendar.js'
import {
  anyText,
  arrayOf,
  boolean,
  Codec,
  closed,
  emptyable,
  FAIL,
  idOf,
  integer,
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
import { type Currency, currencyCode, isCurrency } from '../kernel/currency.js'
import { formatDecimal, parseDecimal, toDecimal } from '../kernel/decimal.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import {
  type Metadata,
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../kernel/metadata.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import {
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { MeterId, MeterSlices } from '../metering/index.js'
import type { PriceId, ProductId } from './ids.js'
import type { Pricing, Tier, TransformQuantity } from './pricing.js'

/** How usage records add up over a period. @remarks Source: docs.stripe.com/api/prices/object, of 2025-02-24.acacia. */
export const AGGREGATE_USAGES = ['sum', 'max', 'last_during_period', 'last_ever'] as const
export type AggregateUsage = (typeof AGGREGATE_USAGES)[number]

export interface Recurring {
  /** Of a metered price without a meter; absent on all others. */
  readonly aggregate_usage?: AggregateUsage
  readonly interval: Interval
  readonly interval_count: number
  readonly meter: MeterId | null
  readonly trial_period_days: number | null
  readonly usage_type: 'licensed' | 'metered'
}

/** An amount in another currency than the price's own. */
export interface CurrencyOption {
  readonly tax_behavior: TaxBehavior
  readonly tiers: readonly Tier[] | null
  readonly unit_amount_decimal: string | null
}

export type TaxBehavior = 'exclusive' | 'inclusive' | 'unspecified'

/** @remarks Source: docs.stripe.com/api/prices/object. Prices live on the root clock and are never deleted. */
export interface Price {
  readonly id: PriceId
  readonly active: boolean
  readonly billing_scheme: 'per_unit' | 'tiered'
  readonly created: Instant
  readonly currency: Currency
  /** Of the other currencies; the own one is not among them. */
  readonly currency_options: Readonly<Record<Currency, CurrencyOption>>
  readonly custom_unit_amount: CustomUnitAmount | null
  /** Its plan was deleted: gone from the catalogue, kept for what runs on it. */
  readonly deleted: boolean
  /** Made by the `price_data` of another request: not in lists. */
  readonly inline: boolean
  readonly lookup_key: string | null
  readonly metadata: Metadata
  readonly nickname: string | null
  readonly product: ProductId
  readonly recurring: Recurring | null
  readonly tax_behavior: TaxBehavior
  readonly tiers: readonly Tier[] | null
  readonly tiers_mode: 'graduated' | 'volume' | null
  readonly transform_quantity: TransformQuantity | null
  /** Minor units with up to 12 decimals; `null` for tiered and custom amounts. */
  readonly unit_amount_decimal: string | null
}

export interface CustomUnitAmount {
  readonly maximum: number | null
  readonly minimum: number | null
  readonly preset: number | null
}

/** Fields that Stripe shows only when they are expanded (`tiers`, `currency_options`) are read from the row. */
export interface PriceView
  extends Omit<Price, 'currency_options' | 'deleted' | 'inline' | 'tiers'> {
  readonly object: 'price'
  readonly livemode: false
  readonly type: 'one_time' | 'recurring'
  readonly unit_amount: number | null
}

/** Whether a price bills usage records, as metered prices did before there were meters. */
export const isLegacyMetered = ({ recurring }: Price): boolean =>
  recurring !== null && recurring.usage_type === 'metered' && recurring.meter === null

/** How the usage records of a price add up; `undefined` where it bills none. */
export const aggregateUsageOf = (price: Price): AggregateUsage | undefined =>
  isLegacyMetered(price) ? (price.recurring?.aggregate_usage ?? 'sum') : undefined

/** The whole number that a decimal is, or `null`. */
export const wholeAmount = (text: string | null): number | null => {
  if (text === null) return null
  const { units, scale } = toDecimal(text)
  return scale === 0 ? Number(units) : null
}

export const viewPrice = ({
  currency_options,
  deleted,
  inline,
  tiers,
  id,
  ...fields
}: Price): PriceView => ({
  id,
  object: 'price',
  ...fields,
  livemode: false,
  type: fields.recurring === null ? 'one_time' : 'recurring',
  unit_amount: wholeAmount(fields.unit_amount_decimal),
})

/** The amounts of a price in a currency; `undefined` where it has none in it. */
export const pricingIn = (price: Price, currency: Currency): Pricing | undefined => {
  const option =
    currency === price.currency
      ? price
      : Object.hasOwn(price.currency_options, currency)
        ? price.currency_options[currency]
        : undefined
  if (option === undefined) return undefined
  if (price.billing_scheme === 'tiered')
    return option.tiers === null || price.tiers_mode === null
      ? undefined
      : { billing_scheme: 'tiered', tiers_mode: price.tiers_mode, tiers: option.tiers }
  return option.unit_amount_decimal === null
    ? undefined
    : {
        billing_scheme: 'per_unit',
        unit_amount_decimal: option.unit_amount_decimal,
        transform_quantity: price.transform_quantity,
      }
}

export interface PriceSlices {
  /** By `product`, and by `lookup_key`. */
  readonly prices: Table<Price, 'product' | 'lookup_key'>
}

type Slices = PriceSlices & MeterSlices

// Events

export interface PriceCreated extends DomainEvent {
  readonly type: 'PriceCreated'
  readonly price: Price
}
export interface PriceUpdated extends DomainEvent {
  readonly type: 'PriceUpdated'
  readonly id: PriceId
  readonly changes: Partial<Price>
}

/** Its plan was deleted: it is gone from the catalogue, and what runs on it keeps running. */
export interface PriceDeleted extends DomainEvent {
  readonly type: 'PriceDeleted'
  readonly id: PriceId
}

export type PriceEvent = PriceCreated | PriceUpdated | PriceDeleted

export const pricesSlice = slice<PriceSlices['prices'], PriceEvent>({
  initial: () =>
    Table.of<Price, Record<'product' | 'lookup_key', (price: Price) => string | null>>({
      product: ({ product }) => product,
      lookup_key: ({ lookup_key }) => lookup_key,
    }),
  evolve: {
    PriceCreated: (prices, event) => prices.insert(event.price),
    PriceUpdated: (prices, event) =>
      prices.update(event.id, (price) => ({ ...price, ...event.changes })),
    PriceDeleted: (prices, event) =>
      prices.update(event.id, (price) => ({
        ...price,
        deleted: true,
        active: false,
        lookup_key: null,
      })),
  },
})

// Codecs

const LOOKUP_KEY_MAX = 200
/** Digits before and after the point: as many before it as a whole amount may have. */
const DECIMAL_DIGITS_MAX = 12

/** An amount of minor units that may have decimals, not negative: `"0.05"`. Read as its canonical text. */
const decimalAmount: Codec<string> = leaf(
  'decimalAmount',
  (input) => {
    const text = typeof input === 'number' ? String(input) : input
    if (typeof text !== 'string') return FAIL
    const value = parseDecimal(text, DECIMAL_DIGITS_MAX, DECIMAL_DIGITS_MAX)
    return typeof value === 'object' && value.units >= 0 ? formatDecimal(value) : FAIL
  },
  (input, param) =>
    invalidRequest(
      `Invalid decimal: ${String(input)}; must be 0 or more, with at most ${DECIMAL_DIGITS_MAX} digits on either side of the point`,
      { param },
    ),
)

/** A flat amount: a whole number of minor units, written as a decimal. */
const wholeDecimal: Codec<string> = leaf(
  'wholeDecimal',
  (input) => {
    const text = decimalAmount.read(input)
    return text === FAIL || text.includes('.') ? FAIL : text
  },
  (input, param) =>
    invalidRequest(
      `Invalid decimal: ${String(input)}; a flat amount is a whole number of minor units`,
      { param },
    ),
)

const amount = integer(0, AMOUNT_MAX)

const upTo: Codec<number | null> = leaf(
  'up_to',
  (input) => {
    if (input === 'inf' || input === null) return null
    const value = amount.read(input)
    return value === FAIL || value < 1 ? FAIL : value
  },
  (input, param) =>
    invalidRequest(
      `Invalid ${param}: must be a whole number of 1 or more, or inf, not ${String(input)}`,
      { param },
    ),
)

const tierParams = closed('Tier', {
  up_to: upTo,
  unit_amount: optional(amount),
  unit_amount_decimal: optional(decimalAmount),
  flat_amount: optional(amount),
  flat_amount_decimal: optional(wholeDecimal),
})

const taxBehavior = oneOf('tax_behavior', ['exclusive', 'inclusive', 'unspecified'])

const customAmountParams = closed('CustomUnitAmount', {
  enabled: boolean,
  maximum: optional(amount),
  minimum: optional(amount),
  preset: optional(amount),
})

const currencyOptionParams = closed('CurrencyOption', {
  tax_behavior: optional(taxBehavior),
  tiers: optional(arrayOf(tierParams)),
  unit_amount: optional(amount),
  unit_amount_decimal: optional(decimalAmount),
})

/** Currencies for keys, in lower case. What is no object is for the next codec to say. */
const currencyKeys: Codec<unknown> = leaf(
  'currencyKeys',
  (input) => (badCurrencyIn(input) === undefined ? input : FAIL),
  (input, param) => {
    const bad = badCurrencyIn(input) as string
    return isCurrency(bad.toLowerCase())
      ? invalidRequest(
          `Currencies must be lowercase when used as keys in a map. Use \`${bad.toLowerCase()}\` instead of \`${bad}\`.`,
          { param },
        )
      : invalidRequest(`Invalid currency: ${bad}`, { param: `${param}[${bad}]` })
  },
)

const badCurrencyIn = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.keys(input).find((key) => !isCurrency(key))
    : undefined

const optionsByCurrency = mapOf(currencyOptionParams)

const currencyOptionsParams = new Codec<Readonly<Record<Currency, CurrencyOptionParams>>>(
  'currency_options',
  (input) => (currencyKeys.read(input) === FAIL ? FAIL : optionsByCurrency.read(input)),
  (input, context) => {
    const keys = currencyKeys.validate(input, context)
    return E.isLeft(keys) ? keys : optionsByCurrency.validate(input, context)
  },
)

type CurrencyOptionParams = TypeOf<typeof currencyOptionParams>

const interval = oneOf('interval', ['day', 'week', 'month', 'year'])

/** How often, and what it bills: also a plan's own fields. */
export const recurringFields = {
  aggregate_usage: optional(oneOf('aggregate_usage', AGGREGATE_USAGES)),
  interval,
  interval_count: optional(integer(1)),
  meter: optional(text()),
  trial_period_days: optional(integer(1, 730)),
  usage_type: optional(oneOf('usage_type', ['licensed', 'metered'])),
}

const recurringParams = closed('Recurring', recurringFields)

const transformParams = closed('TransformQuantity', {
  divide_by: integer(1),
  round: oneOf('round', ['down', 'up']),
})

/** What a price says of its amount: also of the prices that come inside other requests. */
export const priceDataParams = {
  currency: currencyCode,
  active: optional(boolean),
  billing_scheme: optional(oneOf('billing_scheme', ['per_unit', 'tiered'])),
  currency_options: optional(currencyOptionsParams),
  custom_unit_amount: optional(customAmountParams),
  metadata: optional(metadataParam),
  nickname: optional(text()),
  recurring: optional(recurringParams),
  tax_behavior: optional(taxBehavior),
  tiers: optional(arrayOf(tierParams)),
  tiers_mode: optional(oneOf('tiers_mode', ['graduated', 'volume'])),
  transform_quantity: optional(transformParams),
  unit_amount: optional(amount),
  unit_amount_decimal: optional(decimalAmount),
}

/** Parameters of POST /v1/prices, but for `product_data`: that is the story's. */
export const createPriceParams = {
  ...priceDataParams,
  lookup_key: optional(text(LOOKUP_KEY_MAX)),
  product: optional(text()),
  transfer_lookup_key: optional(boolean),
}

const createCodec = closed('CreatePrice', createPriceParams)

/** Parameters of POST /v1/prices/{id}: an amount is fixed for good. */
export const updatePriceParams = closed('UpdatePrice', {
  active: optional(boolean),
  currency_options: optional(emptyable(currencyOptionsParams)),
  lookup_key: optional(emptyable(text(LOOKUP_KEY_MAX))),
  metadata: optional(metadataParam),
  nickname: optional(emptyable(text())),
  tax_behavior: optional(taxBehavior),
  transfer_lookup_key: optional(boolean),
})

export type CreatePrice = TypeOf<typeof createCodec>
export type UpdatePrice = TypeOf<typeof updatePriceParams>
type TierParams = TypeOf<typeof tierParams>

const tierRow = closed('Tier', {
  flat_amount: nullable(amount),
  flat_amount_decimal: nullable(wholeDecimal),
  unit_amount: nullable(amount),
  unit_amount_decimal: nullable(decimalAmount),
  up_to: nullable(integer(1)),
})

const row = {
  active: boolean,
  billing_scheme: oneOf('billing_scheme', ['per_unit', 'tiered']),
  created: timestamp,
  currency: currencyCode,
  currency_options: mapOf(
    closed('CurrencyOption', {
      tax_behavior: taxBehavior,
      tiers: nullable(arrayOf(tierRow)),
      unit_amount_decimal: nullable(decimalAmount),
    }),
  ),
  custom_unit_amount: nullable(
    closed('CustomUnitAmount', {
      maximum: nullable(amount),
      minimum: nullable(amount),
      preset: nullable(amount),
    }),
  ),
  deleted: boolean,
  inline: boolean,
  lookup_key: nullable(anyText),
  metadata: mapOf(anyText),
  nickname: nullable(anyText),
  product: idOf<ProductId>(),
  recurring: nullable(
    closed('Recurring', {
      aggregate_usage: optional(oneOf('aggregate_usage', AGGREGATE_USAGES)),
      interval,
      interval_count: integer(1),
      meter: nullable(idOf<MeterId>()),
      trial_period_days: nullable(integer(1)),
      usage_type: oneOf('usage_type', ['licensed', 'metered']),
    }),
  ),
  tax_behavior: taxBehavior,
  tiers: nullable(arrayOf(tierRow)),
  tiers_mode: nullable(oneOf('tiers_mode', ['graduated', 'volume'])),
  transform_quantity: nullable(transformParams),
  unit_amount_decimal: nullable(decimalAmount),
}

export const priceEvents = {
  PriceCreated: eventFormat<PriceCreated>('PriceCreated', {
    price: closed('Price', { id: idOf<PriceId>(), ...row }) as Codec<Price>,
  }),
  PriceUpdated: eventFormat<PriceUpdated>('PriceUpdated', {
    id: idOf<PriceId>(),
    changes: partial('Changes', row),
  }),
  PriceDeleted: eventFormat<PriceDeleted>('PriceDeleted', { id: idOf<PriceId>() }),
}

// What a price may be

/** The longest that a price recurs after, by unit: three years. @remarks Source: docs.stripe.com/api/prices/create; days are inferred. */
const INTERVAL_COUNT_MAX: Readonly<Record<Interval, number>> = {
  day: 1_095,
  week: 156,
  month: 36,
  year: 3,
}

type Checked<T> = { readonly refusal: Rejection } | { readonly value: T }

const refuse = (
  message: string,
  param?: string,
  code?: string,
): { readonly refusal: Rejection } => ({
  refusal: invalidRequest(message, { ...(code ? { code } : {}), ...(param ? { param } : {}) }),
})

/** The one amount of two forms; both at once are refused. */
const amountOf = (
  whole: number | undefined,
  decimal: string | undefined,
  names: readonly [string, string],
): Checked<string | null> =>
  whole !== undefined && decimal !== undefined
    ? { refusal: onlyOneOf(names, names[0]) }
    : { value: decimal ?? (whole === undefined ? null : String(whole)) }

/** Tiers go up, the last one without end, each with an amount. Refused by the tier's place. */
const checkedTiers = (tiers: readonly TierParams[], param: string): Checked<readonly Tier[]> => {
  const made: Tier[] = []
  let below = 0
  for (const [index, tier] of tiers.entries()) {
    const at = `${param}[${index}]`
    const last = index === tiers.length - 1
    if (last !== (tier.up_to === null))
      return last
        ? refuse('The last tier must have `up_to` set to `inf`.', `${at}[up_to]`)
        : refuse('Only the last tier can have `up_to` set to `inf`.', `${at}[up_to]`)
    if (tier.up_to !== null && tier.up_to <= below)
      return refuse('Each tier must go up to more than the one before it.', `${at}[up_to]`)
    below = tier.up_to ?? below
    const unit = amountOf(tier.unit_amount, tier.unit_amount_decimal, [
      `${at}[unit_amount]`,
      `${at}[unit_amount_decimal]`,
    ])
    if ('refusal' in unit) return unit
    const flat = amountOf(tier.flat_amount, tier.flat_amount_decimal, [
      `${at}[flat_amount]`,
      `${at}[flat_amount_decimal]`,
    ])
    if ('refusal' in flat) return flat
    if (unit.value === null && flat.value === null)
      return refuse('Each tier must have a `unit_amount` or a `flat_amount`.', at)
    made.push({
      flat_amount: wholeAmount(flat.value),
      flat_amount_decimal: flat.value,
      unit_amount: wholeAmount(unit.value),
      unit_amount_decimal: unit.value,
      up_to: tier.up_to,
    })
  }
  return { value: made }
}

/** What recurs, and the meter that it bills; a metered price needs one that is active, or says how usage records add up. */
const checkedRecurring = (
  world: World<MeterSlices>,
  given: NonNullable<CreatePrice['recurring']>,
): Checked<Recurring> => {
  const { interval: unit, interval_count = 1, meter = null, usage_type = 'licensed' } = given
  const { aggregate_usage } = given
  if (interval_count > INTERVAL_COUNT_MAX[unit])
    return refuse(
      `Invalid recurring[interval_count]: a price recurs at least every three years, so at most ${INTERVAL_COUNT_MAX[unit]} for ${unit}`,
      'recurring[interval_count]',
    )
  if (usage_type === 'metered' && meter === null && aggregate_usage === undefined)
    return refuse(
      'Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.',
    )
  if (usage_type === 'licensed' && meter !== null)
    return refuse(
      'You can only set `recurring[meter]` if `recurring[usage_type]` is `metered`.',
      'recurring[meter]',
    )
  if (usage_type === 'licensed' && aggregate_usage !== undefined)
    return refuse(
      'You can only set `recurring[aggregate_usage]` if `recurring[usage_type]` is `metered`.',
      'recurring[aggregate_usage]',
    )
  if (meter !== null && aggregate_usage !== undefined)
    return refuse(
      'You can only set `recurring[aggregate_usage]` without a `recurring[meter]`: a meter has its own `default_aggregation`.',
      'recurring[aggregate_usage]',
    )
  if (meter !== null) {
    const found = world.meters.get(meter)
    if (found === undefined)
      return { refusal: resourceMissingIn('recurring[meter]', 'meter', meter) }
    if (found.status === 'inactive')
      return refuse(
        `The meter ${meter} is inactive. Reactivate it before attaching it to a price.`,
        'recurring[meter]',
      )
  }
  return {
    value: {
      ...(aggregate_usage === undefined ? {} : { aggregate_usage }),
      interval: unit,
      interval_count,
      meter,
      trial_period_days: given.trial_period_days ?? null,
      usage_type,
    },
  }
}

/** The amounts of one currency: a unit amount, or tiers. */
const checkedAmounts = (
  scheme: Price['billing_scheme'],
  given: CurrencyOptionParams,
  prefix: string,
): Checked<Pick<CurrencyOption, 'tiers' | 'unit_amount_decimal'>> => {
  const name = (field: string): string => (prefix === '' ? field : `${prefix}[${field}]`)
  const unit = amountOf(given.unit_amount, given.unit_amount_decimal, [
    name('unit_amount'),
    name('unit_amount_decimal'),
  ])
  if ('refusal' in unit) return unit
  if (scheme === 'per_unit')
    return given.tiers === undefined
      ? { value: { tiers: null, unit_amount_decimal: unit.value } }
      : refuse('You can only set `tiers` if `billing_scheme` is `tiered`.', name('tiers'))
  if (unit.value !== null)
    return refuse('A tiered price takes its amounts from `tiers`.', name('unit_amount'))
  if (given.tiers === undefined || given.tiers.length === 0)
    return { refusal: parameterMissing(name('tiers')) }
  const tiers = checkedTiers(given.tiers, name('tiers'))
  return 'refusal' in tiers ? tiers : { value: { tiers: tiers.value, unit_amount_decimal: null } }
}

const checkedOptions = (
  scheme: Price['billing_scheme'],
  own: Currency,
  given: Readonly<Record<Currency, CurrencyOptionParams>>,
): Checked<Price['currency_options']> => {
  const options: Record<Currency, CurrencyOption> = {}
  for (const [currency, option] of Object.entries(given)) {
    const prefix = `currency_options[${currency}]`
    if (currency === own)
      return refuse(
        `The price's own currency \`${own}\` has its amount outside of currency_options.`,
        prefix,
      )
    const amounts = checkedAmounts(scheme, option, prefix)
    if ('refusal' in amounts) return amounts
    if (amounts.value.tiers === null && amounts.value.unit_amount_decimal === null)
      return refuse(
        'A currency option requires an `unit_amount` or `unit_amount_decimal` parameter to be set.',
        prefix,
      )
    options[currency] = { tax_behavior: option.tax_behavior ?? 'unspecified', ...amounts.value }
  }
  return { value: options }
}

/** An amount that the customer chooses: of a price that has no other and does not recur. */
const checkedCustom = (
  { custom_unit_amount: custom, billing_scheme, recurring }: CreatePrice,
  hasAmount: boolean,
): Checked<CustomUnitAmount | null> => {
  if (custom === undefined) return { value: null }
  const { enabled, maximum = null, minimum = null, preset = null } = custom
  if (!enabled)
    return refuse(
      'Leave `custom_unit_amount` out where it is not enabled.',
      'custom_unit_amount[enabled]',
    )
  if (hasAmount)
    return {
      refusal: onlyOneOf(
        ['unit_amount', 'unit_amount_decimal', 'custom_unit_amount'],
        'custom_unit_amount',
      ),
    }
  if (billing_scheme === 'tiered')
    return refuse('A tiered price takes its amounts from `tiers`.', 'custom_unit_amount')
  if (recurring !== undefined)
    return refuse('A recurring price cannot have a `custom_unit_amount`.', 'custom_unit_amount')
  const least = minimum ?? 0
  const most = maximum ?? AMOUNT_MAX
  if (least > most)
    return refuse('The maximum must not be below the minimum.', 'custom_unit_amount[maximum]')
  if (preset !== null && (preset < least || preset > most))
    return refuse(
      'The preset must lie between the minimum and the maximum.',
      'custom_unit_amount[preset]',
    )
  return { value: { maximum, minimum, preset } }
}

const lookupKeyTaken = (price: Price): Rejection =>
  invalidRequest(`A price (\`${price.id}\`) already uses that lookup key.`, { param: 'lookup_key' })

/** Frees a lookup key for another price, where the caller asks for the transfer; otherwise a taken one is refused. */
const takeLookupKey =
  (
    key: string | null | undefined,
    transfer: boolean,
    for_: PriceId | undefined,
  ): Decision<PriceSlices, undefined> =>
  (world) => {
    const holder = key ? world.prices.firstBy('lookup_key', key) : undefined
    if (holder === undefined || holder.id === for_) return decided(world, undefined)
    if (!transfer) return E.left(lookupKeyTaken(holder))
    return decided(
      world.record<PriceEvent>({
        type: 'PriceUpdated',
        at: world.now,
        id: holder.id,
        changes: { lookup_key: null },
      }),
      undefined,
    )
  }

/** How a price comes about, where that is not by its own endpoint. */
interface NewPrice {
  /** By another request's `price_data`: then it is inactive and in no list. */
  readonly inline?: boolean
  /** By a plan's, which may choose its id; it is free. */
  readonly id?: PriceId | undefined
}

/**
 * Creates a price of a product that exists.
 * @remarks Source: docs.stripe.com/api/prices/create; the refusals' texts are observed. Case: S-A12.
 */
export const createPrice =
  (
    {
      product,
      lookup_key,
      transfer_lookup_key,
      ...given
    }: CreatePrice & { readonly product: ProductId },
    { inline = false, id }: NewPrice = {},
  ): Decision<Slices, Price> =>
  (start) => {
    const billing_scheme = given.billing_scheme ?? 'per_unit'
    const tiered = billing_scheme === 'tiered'
    if (tiered && given.recurring === undefined)
      return E.left(
        invalidRequest('Prices with `type=one_time` are not supported with tiered billing.', {
          param: 'interval',
        }),
      )
    if (tiered && given.tiers_mode === undefined) return E.left(parameterMissing('tiers_mode'))
    if (!tiered && given.tiers_mode !== undefined)
      return E.left(
        invalidRequest('You can only set `tiers_mode` if `billing_scheme` is `tiered`.', {
          param: 'tiers_mode',
        }),
      )
    if (tiered && given.transform_quantity !== undefined)
      return E.left(
        invalidRequest('`transform_quantity` cannot be combined with `tiers`.', {
          param: 'transform_quantity',
        }),
      )
    const recurring =
      given.recurring === undefined ? { value: null } : checkedRecurring(start, given.recurring)
    if ('refusal' in recurring) return E.left(recurring.refusal)
    const amounts = checkedAmounts(billing_scheme, given, '')
    if ('refusal' in amounts) return E.left(amounts.refusal)
    const hasAmount = amounts.value.unit_amount_decimal !== null
    const custom = checkedCustom(given, hasAmount)
    if ('refusal' in custom) return E.left(custom.refusal)
    if (!tiered && !hasAmount && custom.value === null)
      return E.left(
        invalidRequest(
          'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
        ),
      )
    const options = checkedOptions(billing_scheme, given.currency, given.currency_options ?? {})
    if ('refusal' in options) return E.left(options.refusal)
    const freed = takeLookupKey(lookup_key, transfer_lookup_key ?? false, undefined)(start)
    if (E.isLeft(freed)) return freed
    const { world } = freed.right
    const price: Price = {
      id: id ?? newId(world, 'price_1', 23),
      active: inline ? false : (given.active ?? true),
      billing_scheme,
      created: world.now,
      currency: given.currency,
      currency_options: options.value,
      custom_unit_amount: custom.value,
      deleted: false,
      inline,
      lookup_key: lookup_key ?? null,
      metadata: newMetadata(given.metadata),
      nickname: given.nickname ?? null,
      product,
      recurring: recurring.value,
      tax_behavior: given.tax_behavior ?? 'unspecified',
      tiers: amounts.value.tiers,
      tiers_mode: given.tiers_mode ?? null,
      transform_quantity: given.transform_quantity ?? null,
      unit_amount_decimal: amounts.value.unit_amount_decimal,
    }
    return decided(world.record<PriceEvent>({ type: 'PriceCreated', at: world.now, price }), price)
  }

/** The price of an id, unless it is gone from the catalogue. */
export const priceAt = (world: World<PriceSlices>, id: PriceId): Price | undefined => {
  const price = world.prices.get(id)
  return price === undefined || price.deleted ? undefined : price
}

export const unknownPrice = (id: string): Rejection => resourceMissing('price', id, 'price')

/** Changes what may change of a price. @remarks Source: docs.stripe.com/api/prices/update. */
export const updatePrice =
  (
    id: PriceId,
    { transfer_lookup_key, metadata, currency_options, ...given }: UpdatePrice,
  ): Decision<Slices, Price> =>
  (start) => {
    const price = priceAt(start, id)
    if (price === undefined) return E.left(unknownPrice(id))
    if (
      given.tax_behavior !== undefined &&
      price.tax_behavior !== 'unspecified' &&
      given.tax_behavior !== price.tax_behavior
    )
      return E.left(
        invalidRequest('The `tax_behavior` of a price can be set only once.', {
          param: 'tax_behavior',
        }),
      )
    const options = checkedOptions(price.billing_scheme, price.currency, currency_options ?? {})
    if ('refusal' in options) return E.left(options.refusal)
    const merged = mergeMetadata(price.metadata, metadata)
    const outgrown = metadataRefusal(merged)
    if (outgrown !== undefined) return E.left(outgrown)
    const freed = takeLookupKey(given.lookup_key, transfer_lookup_key ?? false, id)(start)
    if (E.isLeft(freed)) return freed
    const { world } = freed.right
    const next: Price = {
      ...price,
      ...given,
      currency_options:
        currency_options === undefined
          ? price.currency_options
          : currency_options === null
            ? {}
            : { ...price.currency_options, ...options.value },
      metadata: merged,
    }
    const changes = changedFields(price, next)
    if (Object.keys(changes).length === 0) return decided(world, price)
    const after = world.record<PriceEvent>({ type: 'PriceUpdated', at: world.now, id, changes })
    return decided(after, after.prices.need(id))
  }

/** Takes a price out of the catalogue, as its plan's deletion does. */
export const deletePrice =
  (id: PriceId): Decision<PriceSlices, PriceId> =>
  (world) =>
    decided(world.record<PriceEvent>({ type: 'PriceDeleted', at: world.now, id }), id)
