import type { World } from '../kernel/decision.js'
import { previousAttributes } from '../kernel/diff.js'
import type { Notify } from '../kernel/family.js'
import type { Notice } from '../kernel/notice.js'
import type {
  CreditGrantCreated,
  CreditGrantSlices,
  CreditGrantUpdated,
  CreditGrantVoided,
} from './grant.js'
import type { CreditGrantId } from './ids.js'
import type { CreditBalanceTransactionCreated } from './transaction.js'
import { viewCreditGrant, viewCreditTransaction } from './view.js'

type Reads = CreditGrantSlices

const updated = (
  id: CreditGrantId,
  created: number,
  before: World<Reads>,
  after: World<Reads>,
): readonly Notice[] => {
  const object = viewCreditGrant(after.creditGrants.need(id))
  const previous_attributes = previousAttributes(
    viewCreditGrant(before.creditGrants.need(id)),
    object,
  )
  return [{ type: 'billing.credit_grant.updated', created, object, previous_attributes }]
}

/** @remarks Source: docs.stripe.com/api/events/types. Of what comes into effect or expires by itself the ledger tells. */
export const creditNotifications = {
  CreditGrantCreated: (({ credit_grant, at }, _before, after) => [
    {
      type: 'billing.credit_grant.created',
      created: at,
      object: viewCreditGrant(after.creditGrants.need(credit_grant.id)),
    },
  ]) satisfies Notify<Reads, CreditGrantCreated>,
  CreditGrantUpdated: (({ id, at }, before, after) =>
    updated(id, at, before, after)) satisfies Notify<Reads, CreditGrantUpdated>,
  CreditGrantVoided: (({ id, at }, before, after) =>
    updated(id, at, before, after)) satisfies Notify<Reads, CreditGrantVoided>,
  CreditBalanceTransactionCreated: (({ credit_balance_transaction, at }, _before, after) => [
    {
      type: 'billing.credit_balance_transaction.created',
      created: at,
      object: viewCreditTransaction(after, credit_balance_transaction),
    },
  ]) satisfies Notify<Reads, CreditBalanceTransactionCreated>,
}
