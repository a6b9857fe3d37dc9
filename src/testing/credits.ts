/** What billing credits add to the kit: arbitraries of grants, and the steps. Their laws stand in credits-laws.ts. */
import fc from 'fast-check'
import type { Command, CommandOf, CreditGrant, World } from '../index.js'
import { places } from './arbitraries.js'
import { ofCredits } from './credits-laws.js'
import { customerIdAt, type FamilyKit, fittingAt, nowOf, stepKind } from './kit.js'

const DAY = 86_400

const always = () => true

/**
 * A time of a grant: so many seconds from the customer's now, from the next renewal of hers, or from when the invoice of
 * that renewal becomes final.
 */
export interface GrantTime {
  readonly from: 'now' | 'renewal' | 'finalization'
  readonly by: number
}

/** Mostly what can be: days ahead, and the very seconds at which invoices are made and become final, and those beside them. */
export const grantTimes: fc.Arbitrary<GrantTime> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      from: fc.constant('now' as const),
      by: fc.integer({ min: -1, max: 60 }).map((days) => days * DAY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      from: fc.constantFrom('renewal' as const, 'finalization' as const),
      by: fc.integer({ min: -1, max: 1 }),
    }),
  },
)

/** When the first of a customer's periods ends; now where none does. */
const renewalOf = (world: World, customer: string): number => {
  const ends = [...world.subscriptions.by('customer', customer)]
    .filter(({ ended_at }) => ended_at === null)
    .flatMap(({ items }) => items.map(({ current_period_end }) => current_period_end))
  return ends.length === 0 ? nowOf(world, customer) : Math.min(...ends)
}

/** The instant that a time means for a customer. */
export const grantTimeIn = (world: World, customer: string, { from, by }: GrantTime): number => {
  if (from === 'now') return nowOf(world, customer) + by
  const renewal = renewalOf(world, customer)
  return (from === 'renewal' ? renewal : renewal + world.settings.invoice.draftDelaySeconds) + by
}

/** A grant before it is known which customers, prices and periods there are. */
export const grantSketches = fc.record({
  customer: places,
  value: fc.oneof(fc.integer({ min: 1, max: 800 }), fc.constantFrom(1, 5_000, 999_999_999_999)),
  currency: fc.constantFrom('usd', 'usd', 'usd', 'usd', 'eur', 'jpy'),
  scope: fc.oneof(
    { weight: 6, arbitrary: fc.constant('metered' as const) },
    { weight: 4, arbitrary: fc.array(places, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom('both' as const, 'neither' as const) },
    { weight: 1, arbitrary: fc.constant<number[]>([]) },
  ),
  category: fc.option(fc.constantFrom('paid', 'promotional')),
  priority: fc.option(fc.constantFrom(0, 49, 50, 51, 100)),
  effective: fc.option(grantTimes, { freq: 1 }),
  expires: fc.option(grantTimes, { freq: 1 }),
  name: fc.option(fc.constantFrom('', 'one', 'Größe')),
  metadata: fc.option(fc.constantFrom({ of: 'a' }, { of: 'b' })),
  wrong: fc.oneof(
    { weight: 16, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('account', 'both', 'nobody', 'amount') },
  ),
})

export type GrantSketch = typeof grantSketches extends fc.Arbitrary<infer S> ? S : never

/** Mostly of a price that bills a meter. */
const priceIdAt = (world: World, place: number): string =>
  fittingAt(world.prices, place, ({ recurring }) => (recurring?.meter ?? null) !== null)?.id ??
  'price_none_yet'

const scopeIn = (world: World, scope: GrantSketch['scope']): object => {
  const metered = { price_type: 'metered' }
  if (scope === 'metered') return metered
  if (scope === 'neither') return {}
  if (scope === 'both') return { ...metered, prices: [{ id: priceIdAt(world, 0) }] }
  return { prices: scope.map((place) => ({ id: priceIdAt(world, place) })) }
}

const holderIn = (customer: string, wrong: GrantSketch['wrong']): object => {
  if (wrong === 'nobody') return {}
  if (wrong === 'account') return { customer_account: 'acct_1' }
  return wrong === 'both' ? { customer, customer_account: 'acct_1' } : { customer }
}

/** The parameters of `CreateCreditGrant` that a sketch stands for in a world. */
export const grantIn = (
  world: World,
  sketch: GrantSketch,
): CommandOf<'CreateCreditGrant'>['params'] => {
  const customer = customerIdAt(world, sketch.customer)
  const { value, currency, category, priority, effective, expires, name, metadata, wrong } = sketch
  return {
    ...holderIn(customer, wrong),
    amount: { type: 'monetary', ...(wrong === 'amount' ? {} : { monetary: { currency, value } }) },
    applicability_config: { scope: scopeIn(world, sketch.scope) },
    ...(category === null ? {} : { category }),
    ...(priority === null ? {} : { priority }),
    ...(effective === null ? {} : { effective_at: grantTimeIn(world, customer, effective) }),
    ...(expires === null ? {} : { expires_at: grantTimeIn(world, customer, expires) }),
    ...(name === null ? {} : { name }),
    ...(metadata === null ? {} : { metadata }),
  } as CommandOf<'CreateCreditGrant'>['params']
}

const isStanding = ({ voided_at, expires_at }: CreditGrant): boolean =>
  voided_at === null && expires_at === null
const isUntouched = ({ voided_at, was_applied }: CreditGrant): boolean =>
  voided_at === null && !was_applied
const isAny = (): boolean => true

type Fits = (grant: CreditGrant) => boolean

const grantAt = (world: World, place: number, fits: Fits): CreditGrant | undefined =>
  fittingAt(world.creditGrants, place, fits)

const ofGrant = (type: string, fits: Fits = isAny, weight = 1) =>
  stepKind({
    given: places,
    command: (place, world) =>
      ({ type, id: grantAt(world, place, fits)?.id ?? 'credgr_none_yet' }) as Command,
    weight,
    isIdempotent: always, // A grant that is over is over, and a clock has done its part before anybody else could ask.
  })

export const creditsKit: FamilyKit = {
  name: 'credits',
  steps: {
    CreateCreditGrant: stepKind({
      given: grantSketches,
      command: (sketch, world) => ({ type: 'CreateCreditGrant', params: grantIn(world, sketch) }),
    }),
    UpdateCreditGrant: stepKind({
      given: fc.record(
        {
          grant: places,
          expires: fc.oneof(grantTimes, fc.constant('' as const)),
          metadata: fc.constantFrom({ a: '1' }, { a: '' }),
        },
        { requiredKeys: ['grant'] },
      ),
      command: ({ grant: place, expires, metadata }, world) => {
        const grant = grantAt(world, place, isStanding)
        const time = (): object => {
          if (expires === undefined || grant === undefined) return {}
          return {
            expires_at: expires === '' ? '' : grantTimeIn(world, grant.customer, expires),
          }
        }
        return {
          type: 'UpdateCreditGrant',
          id: grant?.id ?? 'credgr_none_yet',
          params: { ...time(), ...(metadata === undefined ? {} : { metadata }) },
        }
      },
      weight: 2,
      isIdempotent: always,
    }),
    ExpireCreditGrant: ofGrant('ExpireCreditGrant', isStanding),
    VoidCreditGrant: ofGrant('VoidCreditGrant', isUntouched),
    ActivateCreditGrant: ofGrant('ActivateCreditGrant'),
    LapseCreditGrant: ofGrant('LapseCreditGrant'),
  },
  laws: ofCredits,
}
