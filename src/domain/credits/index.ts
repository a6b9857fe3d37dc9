import { closed, nothing, optional, text } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { command, commandOn, family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { listRows, pageParams } from '../kernel/list.js'
import { resourceMissing } from '../kernel/rejection.js'
import { dueCommands, isThere, type TestClockSlices } from '../test-clocks/index.js'
import {
  activateGrant,
  type CreditReads,
  type CreditSlices,
  createCreditGrant,
  expireCreditGrant,
  findCreditGrant,
  lapseGrant,
  unknownCreditGrant,
  updateCreditGrant,
  voidCreditGrant,
} from './decisions.js'
import { type CreditGrant, creditGrantDeadlines, creditGrantsSlice } from './grant.js'
import { creditNotifications } from './notifications.js'
import { createCreditGrantParams, creditEvents, updateCreditGrantParams } from './params.js'
import { creditTransactionsSlice } from './transaction.js'
import { viewCreditGrant, viewCreditTransaction } from './view.js'

export {
  type AppliedCredit,
  applyCredits,
  type CreditedInvoice,
  type CreditUse,
  creditsFor,
  eligibleGrants,
  inBurningOrder,
  type PayableLine,
  reinstateCredits,
} from './application.js'
export {
  type CreditSlices,
  holderOf,
  scopeRefusal,
  UNUSED_GRANTS_MAX,
} from './decisions.js'
export {
  type CreditGrant,
  type CreditGrantCreated,
  type CreditGrantEvent,
  type CreditGrantState,
  type CreditGrantUpdated,
  type CreditGrantVoided,
  stateOfGrant,
} from './grant.js'
export type { CreditBalanceTransactionId, CreditGrantId } from './ids.js'
export { type CreateCreditGrant, scopeParams, type UpdateCreditGrant } from './params.js'
export {
  type CreditBalanceTransaction,
  type CreditBalanceTransactionCreated,
  type CreditsOf,
  type CreditTotals,
  type CreditTransactionType,
  type Entry,
  entriesOf,
  leftOf,
  NO_TOTALS,
  signed,
  totalsAt,
  totalsWith,
} from './transaction.js'
export {
  type Amount,
  type CreditBalanceTransactionView,
  type CreditGrantView,
  viewAmount,
  viewCreditGrant,
  viewCreditTransaction,
} from './view.js'

type Reads = CreditSlices & TestClockSlices

const view = (_: World<CreditReads>, grant: CreditGrant) => viewCreditGrant(grant)

/** A command of the clock's. */
const due = dueCommands(
  (world: World<CreditReads>, id) => world.creditGrants.get(id),
  creditGrantDeadlines,
  view,
)

/** A grant that a list is narrowed to, or a customer; without either things on test clocks are left out. */
const listParams = { ...pageParams, customer: optional(text()), customer_account: optional(text()) }

export const creditsFamily = family({
  name: 'credits',
  slices: { creditGrants: creditGrantsSlice, creditTransactions: creditTransactionsSlice },
  events: creditEvents,
  commands: {
    CreateCreditGrant: command(createCreditGrantParams, createCreditGrant, view),
    UpdateCreditGrant: commandOn(updateCreditGrantParams, updateCreditGrant, view),
    ExpireCreditGrant: commandOn(nothing('ExpireCreditGrant'), expireCreditGrant, view),
    VoidCreditGrant: commandOn(nothing('VoidCreditGrant'), voidCreditGrant, view),
    ActivateCreditGrant: due('ActivateCreditGrant', activateGrant),
    LapseCreditGrant: due('LapseCreditGrant', lapseGrant),
  },
  queries: {
    RetrieveCreditGrant: queryOn(nothing('RetrieveCreditGrant'), (world: World<Reads>, id) => {
      const grant = findCreditGrant(world, id)
      return grant === undefined ? E.left(unknownCreditGrant(id)) : E.right(viewCreditGrant(grant))
    }),
    /** @remarks Source: docs.stripe.com/api/billing/credit-grant/list. */
    ListCreditGrants: query(
      closed('ListCreditGrants', listParams),
      (world: World<Reads>, { customer, customer_account, ...page }) =>
        listRows({
          table: world.creditGrants,
          page,
          url: '/v1/billing/credit_grants',
          noun: 'credit grant',
          view: viewCreditGrant,
          by: customer === undefined ? undefined : ['customer', customer],
          where: (grant) =>
            customer_account === undefined &&
            (customer === undefined ? grant.test_clock === null : isThere(world, grant)),
        }),
    ),
    /** @remarks Source: docs.stripe.com/api/billing/credit-balance-transaction/retrieve. */
    RetrieveCreditBalanceTransaction: queryOn(
      nothing('RetrieveCreditBalanceTransaction'),
      (world: World<Reads>, id) => {
        const entry = world.creditTransactions.get(id)
        return entry === undefined || findCreditGrant(world, entry.credit_grant) === undefined
          ? E.left(resourceMissing('credit balance transaction', id))
          : E.right(viewCreditTransaction(world, entry))
      },
    ),
    /** @remarks Source: docs.stripe.com/api/billing/credit-balance-transaction/list. */
    ListCreditBalanceTransactions: query(
      closed('ListCreditBalanceTransactions', { ...listParams, credit_grant: optional(text()) }),
      (world: World<Reads>, { customer, customer_account, credit_grant, ...page }) =>
        listRows({
          table: world.creditTransactions,
          page,
          url: '/v1/billing/credit_balance_transactions',
          noun: 'credit balance transaction',
          view: (entry) => viewCreditTransaction(world, entry),
          by:
            credit_grant !== undefined
              ? ['credit_grant', credit_grant]
              : customer === undefined
                ? undefined
                : ['customer', customer],
          where: (entry) => {
            const grant = world.creditGrants.need(entry.credit_grant)
            return (
              customer_account === undefined &&
              (customer === undefined || entry.customer === customer) &&
              (customer === undefined && credit_grant === undefined
                ? grant.test_clock === null
                : isThere(world, grant))
            )
          },
        }),
    ),
  },
  watches: [creditGrantDeadlines],
  notifications: creditNotifications,
})
