import type { Price, PriceSlices } from '../catalog/index.js'
import type { Customer, CustomerId, CustomerSlices } from '../customers/index.js'
import { andThen, type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { minorUnits } from '../kernel/money.js'
import {
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  isThere,
  onClock,
  type TestClockSlices,
  writable,
} from '../test-clocks/index.js'
import {
  type CreditGrant,
  type CreditGrantCreated,
  type CreditGrantEvent,
  type CreditGrantSlices,
  stateOfGrant,
} from './grant.js'
import type { CreditGrantId } from './ids.js'
import type { CreateCreditGrant, PriceScope, UpdateCreditGrant } from './params.js'
import type {
  CreditBalanceTransaction,
  CreditBalanceTransactionCreated,
  CreditTransactionSlices,
} from './transaction.js'

export type CreditSlices = CreditGrantSlices & CreditTransactionSlices
/** All that decisions about credits read. */
export type CreditReads = CreditSlices &
  CustomerSlices &
  PriceSlices &
  SettingsSlices &
  TestClockSlices

type Ledger = CreditSlices & TestClockSlices

/** Grants with something left, or still to come, that a customer may have. @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits. */
export const UNUSED_GRANTS_MAX = 100
/** @remarks Source: docs.stripe.com/api/billing/credit-grant/create. */
export const SCOPE_PRICES_MAX = 20

const DEFAULT_PRIORITY = 50

export const unknownCreditGrant = (id: string): Rejection => resourceMissing('credit grant', id)

// The ledger

type Entry = Pick<CreditBalanceTransaction, 'type' | 'amount'> &
  Partial<Pick<CreditBalanceTransaction, 'invoice' | 'invoice_line_item'>>

/** An entry of a grant's ledger, now. */
export const entered =
  (grant: CreditGrantId, entry: Entry): Decision<Ledger, CreditBalanceTransaction> =>
  (world) => {
    const { currency, customer, test_clock } = world.creditGrants.need(grant)
    const at = clockNow(world, test_clock)
    const credit_balance_transaction: CreditBalanceTransaction = {
      id: newId(world, 'cbtxn_', 24),
      amount: minorUnits(entry.amount),
      created: at,
      credit_grant: grant,
      currency,
      customer,
      effective_at: at,
      invoice: entry.invoice ?? null,
      invoice_line_item: entry.invoice_line_item ?? null,
      type: entry.type,
    }
    const after = world.record<CreditBalanceTransactionCreated>({
      type: 'CreditBalanceTransactionCreated',
      at,
      ...onClock(test_clock),
      credit_balance_transaction,
    })
    return decided(after, credit_balance_transaction)
  }

/** A grant once its ledger has an entry more. */
const moved = (id: CreditGrantId, entry: Entry): Decision<Ledger, CreditGrant> =>
  pipe(
    entered(id, entry),
    andThen(
      (): Decision<Ledger, CreditGrant> => (world) => decided(world, world.creditGrants.need(id)),
    ),
  )

/** Takes what is left of a grant out of its ledger. */
export const emptied =
  (id: CreditGrantId, type: 'credits_expired' | 'credits_voided'): Decision<Ledger, CreditGrant> =>
  (world) => {
    const grant = world.creditGrants.need(id)
    return grant.balance === 0
      ? decided(world, grant)
      : moved(id, { type, amount: grant.balance })(world)
  }

/** The credits of a grant, now that they are in effect. */
export const activateGrant =
  (id: CreditGrantId): Decision<Ledger, CreditGrant> =>
  (world) =>
    moved(id, { type: 'credits_granted', amount: world.creditGrants.need(id).value })(world)

/** A grant's time is over: what is left of it expires. Nobody is told of the grant itself. */
export const lapseGrant = (id: CreditGrantId): Decision<Ledger, CreditGrant> =>
  emptied(id, 'credits_expired')

// Creating

/**
 * Why prices cannot be named so: both ways or neither, none or too many, one that is not there.
 * @param param - What the scope is called.
 * @param has - What the refusal of a number begins with.
 * @param wrong - What else may be wrong with a price that is there.
 */
export const scopeRefusal = (
  world: World<PriceSlices>,
  { price_type, prices }: PriceScope,
  param: string,
  has: string,
  wrong: (price: Price, param: string) => Rejection | undefined = () => undefined,
): Rejection | undefined => {
  if (price_type !== undefined && prices !== undefined)
    return onlyOneOf(['price_type', 'prices'], param)
  if (prices === undefined)
    return price_type === undefined
      ? invalidRequest('You must specify one of these parameters: price_type, prices.', { param })
      : undefined
  if (prices.length === 0 || prices.length > SCOPE_PRICES_MAX)
    return invalidRequest(
      `${has} 1 to ${SCOPE_PRICES_MAX} prices, but you passed in ${prices.length}.`,
      { param: `${param}[prices]` },
    )
  for (const [index, { id }] of prices.entries()) {
    const price = world.prices.get(id)
    const at = `${param}[prices][${index}][id]`
    if (price === undefined || price.deleted) return resourceMissingIn(at, 'price', id)
    const refusal = wrong(price, at)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const noMeter = ({ id, recurring }: Price, param: string): Rejection | undefined =>
  (recurring?.meter ?? null) === null
    ? invalidRequest(
        `Credit grants apply to metered prices that have a meter only. The price ${id} has none.`,
        { param },
      )
    : undefined

const timesRefusal = (
  { effective_at, expires_at }: CreateCreditGrant,
  now: Instant,
): Rejection | undefined => {
  if (effective_at !== undefined && effective_at < now)
    return invalidRequest('`effective_at` must not be in the past.', { param: 'effective_at' })
  return expires_at === undefined ? undefined : expiryRefusal(expires_at, effective_at ?? now, now)
}

const expiryRefusal = (
  expires_at: Instant,
  effective_at: Instant,
  now: Instant,
): Rejection | undefined => {
  if (expires_at <= now)
    return invalidRequest('`expires_at` must be in the future.', { param: 'expires_at' })
  return expires_at <= effective_at
    ? invalidRequest('`expires_at` must be after `effective_at`.', { param: 'expires_at' })
    : undefined
}

/** Whether a grant counts towards the limit: credits that only stand on a draft are not used. */
const isUnused = (grant: CreditGrant, now: Instant): boolean => {
  const state = stateOfGrant(grant, now)
  return state === 'pending' || state === 'granted'
}

const limitRefusal = (
  world: World<CreditSlices>,
  customer: CustomerId,
  now: Instant,
): Rejection | undefined => {
  let unused = 0
  for (const grant of world.creditGrants.by('customer', customer))
    if (isUnused(grant, now)) unused += 1
  return unused < UNUSED_GRANTS_MAX
    ? undefined
    : invalidRequest(
        `A customer can have at most ${UNUSED_GRANTS_MAX} unused credit grants, and ${customer} has ${unused}.`,
      )
}

/** Whose credits are asked for: a customer's, whom one of two parameters names. */
export const holderOf = (
  world: World<CustomerSlices>,
  { customer, customer_account }: Pick<CreateCreditGrant, 'customer' | 'customer_account'>,
): Either<Rejection, Customer> => {
  if (customer !== undefined && customer_account !== undefined)
    return E.left(onlyOneOf(['customer', 'customer_account']))
  if (customer_account !== undefined)
    return E.left(resourceMissingIn('customer_account', 'account', customer_account))
  if (customer === undefined) return E.left(parameterMissing('customer'))
  const row = world.customers.get(customer)
  return row === undefined
    ? E.left(resourceMissingIn('customer', 'customer', customer))
    : E.right(row)
}

/**
 * Grants a customer credits, in effect now or later.
 * @remarks Source: docs.stripe.com/api/billing/credit-grant/create. Cases: M-F5, M-F11.
 */
export const createCreditGrant =
  (params: CreateCreditGrant): Decision<CreditReads, CreditGrant> =>
  (world) => {
    const found = holderOf(world, params)
    if (E.isLeft(found)) return found
    const { id: customer, test_clock } = found.right
    const advancing = advancingRefusal(world, test_clock)
    if (advancing !== undefined) return E.left(advancing)
    const now = clockNow(world, test_clock)
    const { monetary } = params.amount
    if (monetary === undefined) return E.left(parameterMissing('amount[monetary]'))
    const { scope } = params.applicability_config
    const metadata = newMetadata(params.metadata)
    const refusal =
      scopeRefusal(
        world,
        scope,
        'applicability_config[scope]',
        'A credit grant is applicable to',
        noMeter,
      ) ??
      timesRefusal(params, now) ??
      metadataRefusal(metadata) ??
      limitRefusal(world, customer, now)
    if (refusal !== undefined) return E.left(refusal)
    const credit_grant: CreditGrantCreated['credit_grant'] = {
      id: newId(world, 'credgr_', 24),
      category: params.category ?? 'paid',
      created: now,
      currency: monetary.currency,
      customer,
      effective_at: params.effective_at ?? now,
      expires_at: params.expires_at ?? null,
      metadata,
      name: params.name ?? null,
      prices: scope.prices === undefined ? null : scope.prices.map(({ id }) => id),
      priority: params.priority ?? DEFAULT_PRIORITY,
      test_clock,
      updated: now,
      value: monetary.value,
      voided_at: null,
    }
    const after = world.record<CreditGrantEvent>({
      type: 'CreditGrantCreated',
      at: now,
      ...onClock(test_clock),
      credit_grant,
    })
    return credit_grant.effective_at === now
      ? activateGrant(credit_grant.id)(after)
      : decided(after, after.creditGrants.need(credit_grant.id))
  }

// Changing

const isOver = (state: 'expired' | 'voided', id: CreditGrantId): Rejection =>
  invalidRequest(`The credit grant ${id} is already ${state}.`)

/** A grant that a path names, if it may be changed: it is there, its clock is not advancing, and it is not over. */
const changeable = (
  world: World<CreditReads>,
  id: CreditGrantId,
): Either<Rejection, CreditGrant> => {
  const found = writable(world, world.creditGrants.get(id), () => unknownCreditGrant(id))
  if (E.isLeft(found)) return found
  const state = stateOfGrant(found.right, clockNow(world, found.right.test_clock))
  return state === 'expired' || state === 'voided' ? E.left(isOver(state, id)) : found
}

const changed =
  (
    { id, test_clock }: CreditGrant,
    changes: (now: Instant) => Partial<CreditGrant>,
  ): Decision<Ledger, CreditGrant> =>
  (world) => {
    const at = clockNow(world, test_clock)
    const after = world.record<CreditGrantEvent>({
      type: 'CreditGrantUpdated',
      at,
      ...onClock(test_clock),
      id,
      changes: changes(at),
    })
    return decided(after, after.creditGrants.need(id))
  }

/**
 * Moves a grant's expiry or changes its metadata; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/billing/credit-grant/update.
 */
export const updateCreditGrant =
  (id: CreditGrantId, params: UpdateCreditGrant): Decision<CreditReads, CreditGrant> =>
  (world) => {
    const found = changeable(world, id)
    if (E.isLeft(found)) return found
    const grant = found.right
    const expires_at = params.expires_at === undefined ? grant.expires_at : params.expires_at
    const metadata = mergeMetadata(grant.metadata, params.metadata)
    const now = clockNow(world, grant.test_clock)
    const refusal =
      (params.expires_at === undefined || expires_at === null
        ? undefined
        : expiryRefusal(expires_at, grant.effective_at, now)) ?? metadataRefusal(metadata)
    if (refusal !== undefined) return E.left(refusal)
    const changes = changedFields(
      { expires_at: grant.expires_at, metadata: grant.metadata },
      { expires_at, metadata },
    )
    return Object.keys(changes).length === 0
      ? decided(world, grant)
      : changed(grant, (updated) => ({ ...changes, updated }))(world)
  }

/**
 * Ends a grant at once: what is left of it expires. One that is still to come never comes into effect.
 * @remarks Source: docs.stripe.com/api/billing/credit-grant/expire. Case: M-F1.
 */
export const expireCreditGrant =
  (id: CreditGrantId): Decision<CreditReads, CreditGrant> =>
  (world) => {
    const found = changeable(world, id)
    if (E.isLeft(found)) return found
    const ended = changed(found.right, (now) => ({ expires_at: now, updated: now }))(world)
    return E.isLeft(ended) ? ended : lapseGrant(id)(ended.right.world)
  }

/**
 * Takes a grant back that never paid anything.
 * @remarks Source: docs.stripe.com/api/billing/credit-grant/void. Cases: M-F2, M-F7.
 */
export const voidCreditGrant =
  (id: CreditGrantId): Decision<CreditReads, CreditGrant> =>
  (world) => {
    const found = changeable(world, id)
    if (E.isLeft(found)) return found
    const { test_clock, was_applied } = found.right
    if (was_applied)
      return E.left(
        invalidRequest(
          `The credit grant ${id} has been applied to an invoice and cannot be voided. You can expire it instead.`,
        ),
      )
    const after = world.record<CreditGrantEvent>({
      type: 'CreditGrantVoided',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id,
    })
    return emptied(id, 'credits_voided')(after)
  }

/** A grant that a path names, to be read. */
export const findCreditGrant = (
  world: World<CreditSlices & TestClockSlices>,
  id: CreditGrantId,
): CreditGrant | undefined => {
  const grant = world.creditGrants.get(id)
  return grant !== undefined && isThere(world, grant) ? grant : undefined
}
