/** What a customer's credits come to, and what of them stands on drafts. */
import type { PriceSlices } from '../catalog/index.js'
import {
  type Amount,
  type CreditGrant,
  type CreditSlices,
  holderOf,
  scopeParams,
  scopeRefusal,
  viewAmount,
} from '../credits/index.js'
import type { CustomerId, CustomerSlices } from '../customers/index.js'
import { creditsOnDrafts, type InvoiceSlices } from '../invoicing/index.js'
import { closed, oneOf, optional, type TypeOf, text } from '../kernel/codec.js'
import type { Currency } from '../kernel/currency.js'
import type { World } from '../kernel/decision.js'
import { family, query } from '../kernel/family.js'
import { E, type Either } from '../kernel/fp.js'
import { minorUnits } from '../kernel/money.js'
import {
  parameterMissing,
  parameterUnknown,
  type Rejection,
  resourceMissingIn,
} from '../kernel/rejection.js'
import type { TestClockSlices } from '../test-clocks/index.js'

/** Parameters of GET /v1/billing/credit_balance_summary. */
const summaryParams = closed('RetrieveCreditBalanceSummary', {
  customer: optional(text()),
  customer_account: optional(text()),
  filter: closed('Filter', {
    applicability_scope: optional(closed('ApplicabilityScope', scopeParams)),
    credit_grant: optional(text()),
    type: oneOf('type', ['applicability_scope', 'credit_grant']),
  }),
})

type SummaryParams = TypeOf<typeof summaryParams>
type Reads = World<CreditSlices & CustomerSlices & InvoiceSlices & PriceSlices & TestClockSlices>

/** @remarks Source: docs.stripe.com/api/billing/credit-balance-summary/object. */
export interface CreditBalanceSummary {
  readonly object: 'billing.credit_balance_summary'
  readonly balances: readonly {
    /** The ledger's less what stands on open drafts, never below 0. */
    readonly available_balance: Amount
    readonly ledger_balance: Amount
  }[]
  readonly customer: CustomerId
  readonly customer_account: null
  readonly livemode: false
}

type Chosen = (grant: CreditGrant) => boolean

/** The grants that could pay for every price asked for. @remarks Inferred. */
const inScope = (
  world: Reads,
  scope: SummaryParams['filter']['applicability_scope'],
): Either<Rejection, Chosen> => {
  const param = 'filter[applicability_scope]'
  if (scope === undefined) return E.left(parameterMissing(param))
  const refusal = scopeRefusal(world, scope, param, 'A scope has')
  if (refusal !== undefined) return E.left(refusal)
  const { prices } = scope
  if (prices === undefined) return E.right((grant) => grant.prices === null)
  return E.right(
    (grant) => grant.prices === null || prices.every(({ id }) => grant.prices?.includes(id)),
  )
}

const chosenBy = (
  world: Reads,
  customer: CustomerId,
  { applicability_scope, credit_grant, type }: SummaryParams['filter'],
): Either<Rejection, Chosen> => {
  if (type === 'applicability_scope')
    return credit_grant === undefined
      ? inScope(world, applicability_scope)
      : E.left(parameterUnknown('filter[credit_grant]'))
  if (applicability_scope !== undefined)
    return E.left(parameterUnknown('filter[applicability_scope]'))
  if (credit_grant === undefined) return E.left(parameterMissing('filter[credit_grant]'))
  return world.creditGrants.get(credit_grant)?.customer === customer
    ? E.right(({ id }) => id === credit_grant)
    : E.left(resourceMissingIn('filter[credit_grant]', 'credit grant', credit_grant))
}

/** @remarks Source: docs.stripe.com/api/billing/credit-balance-summary/retrieve. Cases: M-F4, M-E18. */
const retrieveSummary = (
  world: Reads,
  params: SummaryParams,
): Either<Rejection, CreditBalanceSummary> => {
  const held = holderOf(world, params)
  if (E.isLeft(held)) return held
  const { id: customer } = held.right
  const chosen = chosenBy(world, customer, params.filter)
  if (E.isLeft(chosen)) return chosen
  const standing = creditsOnDrafts(world, customer)
  const sums = new Map<Currency, { ledger: number; available: number }>()
  for (const grant of world.creditGrants.by('customer', customer)) {
    if (!chosen.right(grant)) continue
    const { id, balance, currency } = grant
    const sum = sums.get(currency) ?? { ledger: 0, available: 0 }
    sums.set(currency, {
      ledger: minorUnits(sum.ledger + balance),
      available: minorUnits(sum.available + Math.max(0, balance - (standing.get(id) ?? 0))),
    })
  }
  return E.right({
    object: 'billing.credit_balance_summary',
    balances: [...sums]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, { ledger, available }]) => ({
        available_balance: viewAmount(currency, available),
        ledger_balance: viewAmount(currency, ledger),
      })),
    customer,
    customer_account: null,
    livemode: false,
  })
}

export const creditStories = family({
  name: 'credit-stories',
  slices: {},
  events: {},
  commands: {},
  queries: { RetrieveCreditBalanceSummary: query(summaryParams, retrieveSummary) },
  watches: [],
  notifications: {},
})
