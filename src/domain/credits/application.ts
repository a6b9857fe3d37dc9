/** How credits pay invoices, and come back from one that is voided. */
import type { PriceId } from '../catalog/index.js'
import type { CustomerId } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import { type Decision, decided, type World } from '../kernel/decision.js'
import { E } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { clockNow, isThere, type TestClockSlices } from '../test-clocks/index.js'
import { type CreditSlices, emptied, entered } from './decisions.js'
import { type CreditGrant, type CreditGrantSlices, stateOfGrant } from './grant.js'
import type { CreditBalanceTransactionId, CreditGrantId } from './ids.js'

/** A line that credits may pay: of a subscription's metered item, and what of it is left after discounts. */
export interface PayableLine {
  readonly id: string
  readonly price: PriceId
  /** Minor units, more than 0. */
  readonly amount: number
}

/** What of an invoice counts for its credits. */
export interface CreditedInvoice {
  readonly customer: CustomerId
  readonly currency: Currency
  readonly period_end: Instant
}

/** Credits of one grant that pay a part of one line. */
export interface CreditUse {
  readonly line: string
  readonly grant: CreditGrantId
  readonly amount: number
}

/** What was applied to a line, and the entry of the ledger that says so. */
export interface AppliedCredit {
  readonly line: string
  /** Minor units. */
  readonly amount: number
  readonly credit_balance_transaction: CreditBalanceTransactionId
}

/** Now, for a grant; of one whose clock is gone only what it holds counts. */
const nowOf = (world: World<TestClockSlices>, grant: CreditGrant): Instant =>
  isThere(world, grant) ? clockNow(world, grant.test_clock) : grant.created

const CATEGORY_ORDER = { promotional: 0, paid: 1 } as const

const expiryOf = ({ expires_at }: CreditGrant): number => expires_at ?? Number.POSITIVE_INFINITY

/**
 * The order in which grants are burnt: the lower priority, the earlier expiry (never is last), promotional before paid,
 * the earlier effect, the earlier creation. Of equals the one that was created first stays first.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits. Cases: M-E4, M-E5, M-E7.
 */
export const inBurningOrder = (a: CreditGrant, b: CreditGrant): number =>
  a.priority - b.priority ||
  compared(expiryOf(a), expiryOf(b)) ||
  CATEGORY_ORDER[a.category] - CATEGORY_ORDER[b.category] ||
  a.effective_at - b.effective_at ||
  a.created - b.created

/** Infinity less itself is no number. */
const compared = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Whether a grant may pay an invoice: it holds something, was in effect at the end of the invoice's period, and is not
 * over. What has come to a clock that is ahead may be over before the clock says so.
 */
const isEligible = (
  grant: CreditGrant,
  { currency, period_end }: CreditedInvoice,
  now: Instant,
): boolean =>
  grant.balance > 0 &&
  grant.currency === currency &&
  grant.effective_at <= period_end &&
  (grant.expires_at === null || Math.max(period_end, now) < grant.expires_at)

/** The grants that may pay an invoice, in the order of burning. */
export const eligibleGrants = (
  world: World<CreditGrantSlices & TestClockSlices>,
  invoice: CreditedInvoice,
): readonly CreditGrant[] => {
  const grants: CreditGrant[] = []
  for (const grant of world.creditGrants.by('customer', invoice.customer))
    if (isEligible(grant, invoice, nowOf(world, grant))) grants.push(grant)
  return grants.sort(inBurningOrder)
}

/**
 * What the customer's credits pay of an invoice's lines, as they are now: line by line, each by grant after grant.
 * Nothing is recorded: of a draft it is what would be.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits. Cases: M-E1 to M-E16.
 */
export const creditsFor = (
  world: World<CreditGrantSlices & TestClockSlices>,
  invoice: CreditedInvoice,
  lines: readonly PayableLine[],
): readonly CreditUse[] => {
  if (lines.length === 0) return NOTHING
  const grants = eligibleGrants(world, invoice)
  if (grants.length === 0) return NOTHING
  const left = grants.map(({ balance }) => balance)
  const uses: CreditUse[] = []
  for (const { id: line, price, amount } of lines) {
    let due = amount
    for (const [at, { id: grant, prices }] of grants.entries()) {
      if (due === 0) break
      if (prices !== null && !prices.includes(price)) continue
      const used = Math.min(left[at] as number, due)
      if (used === 0) continue
      left[at] = (left[at] as number) - used
      due -= used
      uses.push({ line, grant, amount: used })
    }
  }
  return uses
}

const NOTHING: readonly never[] = []

/** Takes from the ledger what pays an invoice that becomes final. */
export const applyCredits =
  (
    invoice: CreditedInvoice & { readonly id: string },
    lines: readonly PayableLine[],
  ): Decision<CreditSlices & TestClockSlices, readonly AppliedCredit[]> =>
  (start) => {
    const uses = creditsFor(start, invoice, lines)
    if (uses.length === 0) return decided(start, NOTHING)
    let world = start
    const applied: AppliedCredit[] = []
    for (const { line, grant, amount } of uses) {
      const done = entered(grant, {
        type: 'credits_applied',
        amount,
        invoice: invoice.id,
        invoice_line_item: line,
      })(world)
      if (E.isLeft(done)) return done
      world = done.right.world
      applied.push({ line, amount, credit_balance_transaction: done.right.result.id })
    }
    return decided(world, applied)
  }

/**
 * Gives back what an invoice took that is now void. What belongs to a grant whose time is over expires at once.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits.
 */
export const reinstateCredits =
  (applied: readonly AppliedCredit[]): Decision<CreditSlices & TestClockSlices, null> =>
  (start) => {
    let world = start
    for (const { credit_balance_transaction } of applied) {
      const { amount, credit_grant, invoice, invoice_line_item } = world.creditTransactions.need(
        credit_balance_transaction,
      )
      const back = entered(credit_grant, {
        type: 'credits_application_invoice_voided',
        amount,
        invoice,
        invoice_line_item,
      })(world)
      if (E.isLeft(back)) return back
      world = back.right.world
      if (!isOver(world, credit_grant)) continue
      const gone = emptied(credit_grant, 'credits_expired')(world)
      if (E.isLeft(gone)) return gone
      world = gone.right.world
    }
    return decided(world, null)
  }

const isOver = (world: World<CreditSlices & TestClockSlices>, id: CreditGrantId): boolean => {
  const grant = world.creditGrants.need(id)
  return stateOfGrant(grant, clockNow(world, grant.test_clock)) === 'expired'
}
