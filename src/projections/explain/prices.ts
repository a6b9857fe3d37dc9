/** What a price makes of a quantity, before any rounding. */
import type { Price, Pricing, Tier } from '../../domain/catalog/index.js'
import type { Facts } from './facts.js'
import { RULES } from './rules.js'
import { from, type Ground, given, inAll, isBelow, type Step } from './step.js'

/** A price as it was at a position, and the facts that made it so. */
export interface PriceThen {
  readonly price: Price
  readonly grounds: readonly Ground[]
}

const AMOUNTS = ({ currency, currency_options, tiers, unit_amount_decimal }: Price): unknown => [
  currency,
  currency_options,
  tiers,
  unit_amount_decimal,
]

export const priceThen = (facts: Facts, id: string, until: number): PriceThen | undefined => {
  const price = facts.row<Price>(id, until)
  return price === undefined
    ? undefined
    : { price, grounds: [facts.lastChange(id, until, AMOUNTS)] }
}

type Grounds = readonly Ground[]

const costs = (
  what: string,
  unit: string,
  quantity: Step,
  rule: Step['rule'],
  grounds: Grounds,
): Step =>
  from('product', what, 'money', [given('unit amount', unit, 'money', { grounds }), quantity], {
    rule,
  })

const flat = (nth: number, amount: string, quantity: Step, grounds: Grounds): Step =>
  given(`flat amount of tier ${nth}`, amount, 'money', {
    rule: RULES.flat,
    grounds,
    because: [quantity],
  })

/** The units of a quantity from one bound to another. */
const within = (nth: number, quantity: Step, below: number, upTo: number | null): Step => {
  const what = `units in tier ${nth}`
  const top =
    upTo === null
      ? quantity
      : from('least', `units up to ${upTo}`, 'units', [
          quantity,
          given('end of the tier', upTo, 'units'),
        ])
  return below === 0 && upTo !== null
    ? { ...top, what }
    : below === 0
      ? quantity
      : from('difference', what, 'units', [top, given('units of the tiers below', below, 'units')])
}

const tierParts = (
  nth: number,
  { unit_amount_decimal, flat_amount_decimal }: Tier,
  units: Step,
  quantity: Step,
  rule: Step['rule'],
  grounds: Grounds,
): readonly Step[] => [
  costs(`tier ${nth}`, unit_amount_decimal ?? '0', units, rule, grounds),
  ...(flat_amount_decimal === null ? [] : [flat(nth, flat_amount_decimal, quantity, grounds)]),
]

const graduated = (tiers: readonly Tier[], quantity: Step, grounds: Grounds): readonly Step[] => {
  const parts: Step[] = []
  let below = 0
  for (const [index, tier] of tiers.entries()) {
    if (index > 0 && !isBelow(given('', below, 'units'), quantity)) break
    const units = within(index + 1, quantity, below, tier.up_to)
    parts.push(...tierParts(index + 1, tier, units, quantity, RULES.graduated, grounds))
    if (tier.up_to === null) break
    below = tier.up_to
  }
  return parts
}

const volume = (tiers: readonly Tier[], quantity: Step, grounds: Grounds): readonly Step[] => {
  const index = tiers.findIndex(
    ({ up_to }) => up_to === null || !isBelow(given('', up_to, 'units'), quantity),
  )
  const tier = tiers[index]
  return tier === undefined
    ? []
    : tierParts(index + 1, tier, quantity, quantity, RULES.volume, grounds)
}

/** The parts of a charge in the order of an invoice's lines, exact: one, or for each tier its units and its flat amount. */
export const exactParts = (pricing: Pricing, quantity: Step, grounds: Grounds): readonly Step[] => {
  if (pricing.billing_scheme === 'tiered')
    return (pricing.tiers_mode === 'graduated' ? graduated : volume)(
      pricing.tiers,
      quantity,
      grounds,
    )
  const { transform_quantity: transform, unit_amount_decimal } = pricing
  if (transform === null)
    return [costs('unit amount × quantity', unit_amount_decimal, quantity, RULES.unit, grounds)]
  const size = given('units of a package', transform.divide_by, 'units', { grounds })
  const packages = from(
    transform.round,
    'packages',
    'units',
    [from('quotient', 'quantity in packages', 'units', [quantity, size])],
    { rule: RULES.packages },
  )
  return [costs('package amount × packages', unit_amount_decimal, packages, RULES.unit, grounds)]
}

/** The whole price: all parts of it. */
export const exactWhole = (parts: readonly Step[]): Step => inAll('the whole price', 'money', parts)
