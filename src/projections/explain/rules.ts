import type { Rule } from './step.js'

const rule = (text: string, page: string | null): Rule => ({
  text,
  source: page === null ? null : `docs.stripe.com/${page}`,
})

const CREDITS = 'billing/subscriptions/usage-based/billing-credits'
const MODELS = 'products-prices/pricing-models'
const USAGE = 'billing/subscriptions/usage-based'

/** The rules that explanations name. */
export const RULES = {
  rounding: rule('Rounded half away from zero, once, at the end.', MODELS),
  unit: rule('Each unit costs the unit amount.', MODELS),
  packages: rule('A package is billed whole: the quantity is divided and rounded first.', MODELS),
  graduated: rule('Each tier prices the units that lie in it.', MODELS),
  volume: rule('The tier that the whole quantity reaches prices every unit.', MODELS),
  flat: rule('A tier that is reached costs its flat amount, too.', MODELS),
  share: rule(
    'A part of a period costs its share of it, to the second.',
    'billing/subscriptions/billing-cycle',
  ),
  quantity: rule(
    'A licensed item is billed for the quantity that it has.',
    'billing/subscriptions/quantities',
  ),
  trial: rule('A trial is free.', 'billing/subscriptions/trials'),
  began: rule('Usage is billed when its period ends: a first invoice has none.', USAGE),
  usage: rule(
    'Usage of the period counts, as far as it was reported when the line was written.',
    USAGE,
  ),
  window: rule('Of each window the report that came last counts.', 'api/billing/meter/object'),
  records: rule('What the usage records of the item come to.', 'api/usage_records/create'),
  noLess: rule('Nobody is billed for less than nothing.', null),
  item: rule('An invoice item is billed as it is.', 'api/invoiceitems/create'),
  written: rule(
    'What somebody wrote on a draft is billed as it is.',
    'api/invoice-line-item/update',
  ),
  lines: rule('A total is what the lines come to, less billing credits.', 'api/invoices/object'),
  granted: rule('In effect, a grant has what was granted.', CREDITS),
  applied: rule(
    'A grant pays what it holds, or what is left of the line if that is less.',
    CREDITS,
  ),
  givenBack: rule('An invoice that is voided gives back what it took.', CREDITS),
  expired: rule('At its expiry a grant loses what is left.', CREDITS),
  voided: rule('A grant that is voided loses what it held.', CREDITS),
  ledger: rule(
    'A balance is what the entries of its ledger come to.',
    'api/billing/credit-balance-transaction/object',
  ),
} as const
