import type { PriceId } from '../catalog/index.js'
import {
  type CustomerId,
  type CustomerJoinedTestClock,
  joinedTestClock,
} from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { Deadline } from '../kernel/deadline.js'
import type { DomainEvent } from '../kernel/event.js'
import { slice, watch } from '../kernel/family.js'
import type { Instant } from '../kernel/instant.js'
import type { Metadata } from '../kernel/metadata.js'
import { minorUnits } from '../kernel/money.js'
import { RANK } from '../kernel/rank.js'
import { Table } from '../kernel/table.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { CreditGrantId } from './ids.js'
import { type CreditBalanceTransactionCreated, signed } from './transaction.js'

/** @remarks Source: docs.stripe.com/api/billing/credit-grant/object. */
export interface CreditGrant {
  readonly id: CreditGrantId
  readonly category: 'paid' | 'promotional'
  readonly created: Instant
  readonly currency: Currency
  readonly customer: CustomerId
  readonly effective_at: Instant
  /** `null`: never. */
  readonly expires_at: Instant | null
  readonly metadata: Metadata
  readonly name: string | null
  /** The prices that it may pay; `null`: every metered one. */
  readonly prices: readonly PriceId[] | null
  /** 0 to 100, the lowest first. */
  readonly priority: number
  readonly test_clock: TestClockId | null
  readonly updated: Instant
  /** What was granted, in minor units. */
  readonly value: number
  readonly voided_at: Instant | null
  /** What its ledger holds. */
  readonly balance: number
  /** Whether it has come into effect. */
  readonly is_granted: boolean
  /** Whether any of it ever paid an invoice, also one that was voided later. */
  readonly was_applied: boolean
}

export interface CreditGrantSlices {
  /** By `customer`. */
  readonly creditGrants: Table<CreditGrant, 'customer'>
}

export type CreditGrantState = 'pending' | 'granted' | 'depleted' | 'expired' | 'voided'

/**
 * Where a grant stands at a time of its customer's. It follows from the row; answers do not have it.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits.
 */
export const stateOfGrant = (
  { balance, expires_at, is_granted, voided_at }: CreditGrant,
  now: Instant,
): CreditGrantState => {
  if (voided_at !== null) return 'voided'
  if (expires_at !== null && expires_at <= now) return 'expired'
  if (!is_granted) return 'pending'
  return balance > 0 ? 'granted' : 'depleted'
}

// Events

export interface CreditGrantCreated extends DomainEvent {
  readonly type: 'CreditGrantCreated'
  readonly credit_grant: Omit<CreditGrant, 'balance' | 'is_granted' | 'was_applied'>
}
/** Its expiry or metadata changed; an end by hand is a change of its expiry. */
export interface CreditGrantUpdated extends DomainEvent {
  readonly type: 'CreditGrantUpdated'
  readonly id: CreditGrantId
  readonly changes: Partial<Pick<CreditGrant, 'expires_at' | 'metadata' | 'updated'>>
}
export interface CreditGrantVoided extends DomainEvent {
  readonly type: 'CreditGrantVoided'
  readonly id: CreditGrantId
}

export type CreditGrantEvent = CreditGrantCreated | CreditGrantUpdated | CreditGrantVoided

export const creditGrantsSlice = slice<
  CreditGrantSlices['creditGrants'],
  CreditGrantEvent | CreditBalanceTransactionCreated | CustomerJoinedTestClock
>({
  initial: () =>
    Table.of<CreditGrant, { customer: (grant: CreditGrant) => string }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    CreditGrantCreated: (grants, { credit_grant }) =>
      grants.insert({ ...credit_grant, balance: 0, is_granted: false, was_applied: false }),
    CreditGrantUpdated: (grants, { id, changes }) =>
      grants.update(id, (grant) => ({ ...grant, ...changes })),
    CreditGrantVoided: (grants, { id, at }) =>
      grants.update(id, (grant) => ({ ...grant, updated: at, voided_at: at })),
    CreditBalanceTransactionCreated: (grants, { credit_balance_transaction: transaction }) =>
      grants.update(transaction.credit_grant, (grant) => ({
        ...grant,
        balance: minorUnits(grant.balance + signed(transaction)),
        is_granted: true,
        was_applied: grant.was_applied || transaction.type === 'credits_applied',
      })),
    // What a customer was granted goes with her to her clock.
    CustomerJoinedTestClock: joinedTestClock,
  },
})

/** A grant comes into effect, and what is left of it expires. */
export const creditGrantDeadlines = watch<CreditGrant>('creditGrants', (grant) => {
  const deadlines: Deadline[] = []
  const { id, balance, effective_at, expires_at, is_granted, test_clock: clock } = grant
  if (grant.voided_at !== null) return deadlines
  if (!is_granted) {
    if (expires_at === null || expires_at > effective_at)
      deadlines.push({
        due: effective_at,
        rank: RANK.grantActivation,
        clock,
        command: { type: 'ActivateCreditGrant', id },
      })
  } else if (balance > 0 && expires_at !== null)
    deadlines.push({
      due: expires_at,
      rank: RANK.grantExpiry,
      clock,
      command: { type: 'LapseCreditGrant', id },
    })
  return deadlines
})
