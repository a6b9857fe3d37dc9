/** How billing credits came, went, and add up. */
import {
  type CreditBalanceTransaction,
  type CreditGrant,
  inBurningOrder,
  signed,
} from '../../domain/credits/index.js'
import type { Invoice, InvoiceLine } from '../../domain/invoicing/index.js'
import { formatInstant } from '../../domain/kernel/calendar.js'
import type { Currency } from '../../domain/kernel/currency.js'
import { defect } from '../../domain/kernel/defect.js'
import type { Instant } from '../../domain/kernel/instant.js'
import type { Facts } from './facts.js'
import { RULES } from './rules.js'
import {
  type Candidate,
  type Explanation,
  explanation,
  from,
  type Ground,
  given,
  type Step,
} from './step.js'

interface Entry {
  readonly position: number
  readonly entry: CreditBalanceTransaction
}

const entryOf = (facts: Facts, id: string): Entry | undefined => {
  const [created] = facts.about(id)
  return created?.event.type === 'CreditBalanceTransactionCreated'
    ? { position: created.position, entry: created.event.credit_balance_transaction }
    : undefined
}

/** A customer's entries before a position, oldest first. */
const entriesOf = (
  facts: Facts,
  customer: string,
  before = Number.POSITIVE_INFINITY,
): readonly Entry[] =>
  facts
    .transactionsOf(customer)
    .map((id) => entryOf(facts, id) ?? defect(`no fact creates '${id}'`))
    .filter(({ position }) => position < before)

const KINDS: Readonly<Record<CreditBalanceTransaction['type'], string>> = {
  credits_granted: 'granted',
  credits_applied: 'applied',
  credits_application_invoice_voided: 'given back',
  credits_expired: 'expired',
  credits_voided: 'voided',
}

/** An entry as it counts: what went is taken away. */
const asEntry = (facts: Facts, { position, entry }: Entry, of = ''): Step => {
  const { invoice_line_item: line, type } = entry
  const to = line === null ? '' : `, ${line}`
  return given(`${KINDS[type]}${of}${to}`, signed(entry), 'money', {
    grounds: [facts.ground(position)],
  })
}

/** What the ledger of a grant held before a position. */
const held = (facts: Facts, { id, customer }: CreditGrant, before: number): Step =>
  from(
    'sum',
    `what ${id} held`,
    'money',
    entriesOf(facts, customer, before)
      .filter(({ entry }) => entry.credit_grant === id)
      .map((entry) => asEntry(facts, entry)),
    { rule: RULES.ledger },
  )

// The order of burning

type Key = readonly [what: string, value: (grant: CreditGrant) => number | string]

/** What decides between two grants, in this order. */
const KEYS: readonly Key[] = [
  ['priority', ({ priority }) => priority],
  ['expiry', ({ expires_at }) => (expires_at === null ? 'never' : formatInstant(expires_at))],
  ['category', ({ category }) => category],
  ['effect', ({ effective_at }) => formatInstant(effective_at)],
  ['creation', ({ created }) => formatInstant(created)],
]

const whyBeside = (grant: CreditGrant, one: CreditGrant, isBefore: boolean): string => {
  const where = isBefore ? 'before' : 'after'
  for (const [what, value] of KEYS)
    if (value(grant) !== value(one))
      return `${where} it: ${what} ${value(grant)}, not ${value(one)}`
  return `${where} it: created ${isBefore ? 'first' : 'later'}`
}

/** Why a grant could not pay a line at all. */
const whyNot = (
  { currency, effective_at, expires_at, prices }: CreditGrant,
  invoice: Invoice,
  line: InvoiceLine,
  balance: number,
): string | undefined => {
  if (currency !== invoice.currency) return `it is in ${currency}`
  if (effective_at > invoice.period_end)
    return `it takes effect at ${formatInstant(effective_at)}, after the period`
  if (expires_at !== null && expires_at <= invoice.period_end)
    return `it expires at ${formatInstant(expires_at)}, not after the period`
  if (balance <= 0) return 'it holds nothing'
  return prices === null || prices.includes(line.price ?? '') ? undefined : 'it pays other prices'
}

/** All grants of the customer, those that could pay first and in the order in which they burn. */
const candidatesFor = (
  facts: Facts,
  { position, entry }: Entry,
  invoice: Invoice,
  line: InvoiceLine,
): readonly Candidate[] => {
  const before = entriesOf(facts, entry.customer, position)
  const first = before.find(({ entry: other }) => other.invoice === entry.invoice)?.position
  const balance = (grant: string, until: number): number =>
    before
      .filter((other) => other.position < until && other.entry.credit_grant === grant)
      .reduce((sum, other) => sum + signed(other.entry), 0)
  const one = facts.need<CreditGrant>(entry.credit_grant, position)
  const rows = facts
    .grantsOf(entry.customer)
    .flatMap((id) => facts.row<CreditGrant>(id, position) ?? [])
    .map((grant) => {
      const standing = balance(grant.id, first ?? position)
      return {
        grant,
        standing,
        left: balance(grant.id, position),
        not: whyNot(grant, invoice, line, standing),
      }
    })
  const able = rows
    .filter(({ not }) => not === undefined)
    .sort((a, b) => inBurningOrder(a.grant, b.grant))
  const own = able.findIndex(({ grant }) => grant.id === one.id)
  return [
    ...able.map(({ grant, standing, left }, index) => ({
      credit_grant: grant.id,
      place: index + 1,
      held: standing,
      left,
      why: index === own ? 'this one paid' : whyBeside(grant, one, index < own),
    })),
    ...rows.flatMap(({ grant, standing, left, not }) =>
      not === undefined
        ? []
        : [{ credit_grant: grant.id, place: null, held: standing, left, why: not }],
    ),
  ]
}

// Entries

/** What a grant paid of a line: what it held, or what was left of the line if that was less. */
const applied = (facts: Facts, one: Entry): Step => {
  const { position, entry } = one
  const { credit_grant, customer, invoice: of, invoice_line_item: id } = entry
  const invoice = facts.need<Invoice>(of ?? '')
  const line =
    invoice.lines.find((other) => other.id === id) ?? defect(`'${of}' has no line '${id}'`)
  const whole = given(`line ${id}`, line.amount, 'money', {
    grounds: facts.ofType(of ?? '', 'InvoiceFinalized'),
  })
  const earlier = entriesOf(facts, customer, position)
    .filter(({ entry: other }) => other.invoice_line_item === id)
    .map((other) =>
      given(`paid by ${other.entry.credit_grant}`, other.entry.amount, 'money', {
        grounds: [facts.ground(other.position)],
      }),
    )
  const due =
    earlier.length === 0
      ? whole
      : from('difference', `what was left of ${id}`, 'money', [whole, ...earlier])
  return from(
    'least',
    `paid by ${credit_grant}`,
    'money',
    [due, held(facts, facts.need<CreditGrant>(credit_grant, position), position)],
    { rule: RULES.applied, candidates: candidatesFor(facts, one, invoice, line) },
  )
}

const givenBack = (facts: Facts, { entry }: Entry): Step => {
  const { amount, credit_grant, customer, invoice, invoice_line_item } = entry
  const back = entriesOf(facts, customer).find(
    ({ entry: other }) =>
      other.type === 'credits_applied' &&
      other.credit_grant === credit_grant &&
      other.invoice_line_item === invoice_line_item,
  )
  return given(
    `what ${credit_grant} had paid of ${invoice_line_item}`,
    back?.entry.amount ?? amount,
    'money',
    {
      rule: RULES.givenBack,
      grounds: [
        ...(back === undefined ? [] : [facts.ground(back.position)]),
        ...facts.ofType(invoice ?? '', 'InvoiceVoided'),
      ],
    },
  )
}

const lost = (facts: Facts, { position, entry }: Entry): Step => {
  const { credit_grant: id, type } = entry
  const before = held(facts, facts.need<CreditGrant>(id, position), position)
  const isExpiry = type === 'credits_expired'
  return {
    ...before,
    rule: isExpiry ? RULES.expired : RULES.voided,
    grounds: isExpiry
      ? [facts.lastChange(id, position, ({ expires_at }: CreditGrant) => expires_at)]
      : facts.ofType(id, 'CreditGrantVoided'),
  }
}

const granted = (facts: Facts, { entry }: Entry): Step => {
  const { value } = facts.need<CreditGrant>(entry.credit_grant)
  return given(`granted by ${entry.credit_grant}`, value, 'money', {
    rule: RULES.granted,
    grounds: facts.ofType(entry.credit_grant, 'CreditGrantCreated'),
  })
}

const HOW: Readonly<Record<CreditBalanceTransaction['type'], (facts: Facts, one: Entry) => Step>> =
  {
    credits_granted: granted,
    credits_applied: applied,
    credits_application_invoice_voided: givenBack,
    credits_expired: lost,
    credits_voided: lost,
  }

/** Why an entry of the ledger is what it is; `undefined` where there is none. */
export const explainedEntry = (facts: Facts, id: string): Explanation | undefined => {
  const one = entryOf(facts, id)
  if (one === undefined) return undefined
  const { amount, currency, type } = one.entry
  const step = HOW[type](facts, one)
  const ground: Ground = facts.ground(one.position)
  return explanation(`credit balance transaction ${id}`, currency, amount, {
    ...step,
    grounds: [...step.grounds, ground],
  })
}

/** Why a ledger holds what it does: its entries up to an instant, added up. */
export const explainedBalance = (
  facts: Facts,
  of: string,
  customer: string,
  currency: Currency,
  grant: string | undefined,
  at: Instant = Number.POSITIVE_INFINITY,
): Explanation => {
  const counted: Entry[] = []
  for (const one of entriesOf(facts, customer)) {
    if (one.entry.currency !== currency) continue
    if (one.entry.effective_at > at) break
    if (grant === undefined || one.entry.credit_grant === grant) counted.push(one)
  }
  const sum = from(
    'sum',
    'the entries',
    'money',
    counted.map((one) =>
      asEntry(facts, one, grant === undefined ? `, ${one.entry.credit_grant}` : ''),
    ),
    {
      rule: RULES.ledger,
    },
  )
  return explanation(of, currency, Number(sum.value), sum)
}
