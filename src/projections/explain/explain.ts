import type { CreditGrant } from '../../domain/credits/index.js'
import type { Currency } from '../../domain/kernel/currency.js'
import { E, type Either } from '../../domain/kernel/fp.js'
import type { Instant } from '../../domain/kernel/instant.js'
import type { LogView } from '../../domain/kernel/log.js'
import { type Rejection, resourceMissingIn } from '../../domain/kernel/rejection.js'
import { explainedBalance, explainedEntry } from './credits.js'
import { Facts } from './facts.js'
import { explainedInvoice, explainedLine } from './lines.js'
import type { Explanation } from './step.js'

/** What can be explained. `at` is an instant of the customer's clock, what happened at it included; left out it is now. */
export type Explainable =
  | { readonly line: string }
  | { readonly invoice: string }
  | { readonly credit_balance_transaction: string }
  | { readonly credit_grant: string; readonly at?: Instant }
  | { readonly customer: string; readonly currency: Currency; readonly at?: Instant }

const found = (
  explained: Explanation | undefined,
  param: string,
  noun: string,
  id: string,
): Either<Rejection, Explanation> =>
  explained === undefined ? E.left(resourceMissingIn(param, noun, id)) : E.right(explained)

const explainIn = (facts: Facts, what: Explainable): Either<Rejection, Explanation> => {
  if ('line' in what) return found(explainedLine(facts, what.line), 'line', 'line item', what.line)
  if ('invoice' in what)
    return found(explainedInvoice(facts, what.invoice), 'invoice', 'invoice', what.invoice)
  if ('credit_balance_transaction' in what) {
    const { credit_balance_transaction: id } = what
    const param = 'credit_balance_transaction'
    return found(explainedEntry(facts, id), param, 'credit balance transaction', id)
  }
  if ('credit_grant' in what) {
    const { credit_grant: id, at } = what
    const grant = id.startsWith('credgr_') ? facts.row<CreditGrant>(id) : undefined
    if (grant === undefined) return E.left(resourceMissingIn('credit_grant', 'credit grant', id))
    const { customer, currency } = grant
    return E.right(explainedBalance(facts, `credit grant ${id}`, customer, currency, id, at))
  }
  const { customer, currency, at } = what
  if (facts.ofType(customer, 'CustomerCreated').length === 0)
    return E.left(resourceMissingIn('customer', 'customer', customer))
  const of = `credits of ${customer}`
  return E.right(explainedBalance(facts, of, customer, currency, undefined, at))
}

/**
 * A log as one who answers why. The log is read once, from end to end; then every answer costs what it tells.
 * @returns For each question its explanation, or a refusal where there is no such thing.
 */
export const explainer = (
  log: LogView,
): ((what: Explainable) => Either<Rejection, Explanation>) => {
  const facts = new Facts(log)
  return (what) => explainIn(facts, what)
}

/**
 * Why an invoice line, an invoice's total, a credit balance transaction or a balance of credits is what it is: the facts
 * of the log from which it follows, and how.
 */
export const explain = (log: LogView, what: Explainable): Either<Rejection, Explanation> =>
  explainer(log)(what)
