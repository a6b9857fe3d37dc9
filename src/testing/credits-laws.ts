/** What must be true of billing credits. Each law works out by itself what it holds the world to. */
import {
  ask,
  burnDown,
  type CreditBalanceTransaction,
  type CreditGrant,
  creditBalances,
  creditsAt,
  E,
  type Invoice,
  type InvoiceLine,
  project,
  transactions,
  type World,
} from '../index.js'
import { type Law, LawBroken, type Script, type Turn } from './kit.js'
import { same } from './laws.js'

type Fact = Readonly<Record<string, any>> & { readonly type: string; readonly at: number }

const holds = (law: string, truth: boolean, detail: () => string): void => {
  if (!truth) throw new LawBroken(law, detail())
}

const hasGrants = ({ creditGrants }: World): boolean => creditGrants.size > 0

/** The transactions of the log, each as its facts. */
const factsOf = function* (world: World): IterableIterator<readonly Fact[]> {
  for (const { entries } of transactions(world))
    yield entries.map(({ event }) => event as unknown as Fact)
}

/** The ledger as the facts tell it, oldest first. */
const ledgerOf = function* (world: World): IterableIterator<CreditBalanceTransaction> {
  for (const facts of factsOf(world))
    for (const fact of facts)
      if (fact.type === 'CreditBalanceTransactionCreated') yield fact.credit_balance_transaction
}

// The ledger

const KEPT = 'credits granted are applied and not given back, expired, voided or left'

/** What became of one grant's credits, in minor units, by a plain count. */
interface Tally {
  granted: number
  applied: number
  reinstated: number
  expired: number
  voided: number
}

const COUNTED = {
  credits_granted: 'granted',
  credits_applied: 'applied',
  credits_application_invoice_voided: 'reinstated',
  credits_expired: 'expired',
  credits_voided: 'voided',
} as const satisfies Readonly<Record<CreditBalanceTransaction['type'], keyof Tally>>

const leftOf = ({ granted, applied, reinstated, expired, voided }: Tally): number =>
  granted - applied + reinstated - expired - voided

const tallyIn = (tallies: Map<string, Tally>, key: string): Tally => {
  const tally = tallies.get(key) ?? { granted: 0, applied: 0, reinstated: 0, expired: 0, voided: 0 }
  tallies.set(key, tally)
  return tally
}

/** What was left after an entry, and from when. */
interface Point {
  readonly at: number
  readonly left: number
}

const accountOf = ({ customer, currency }: Pick<CreditGrant, 'customer' | 'currency'>): string =>
  `${customer} ${currency}`

/**
 * At every position of the log a grant's credits are applied and not given back, expired, voided or left, nothing is ever
 * below 0, and what ever paid an invoice is not voided; what readers are told of balances, in the end, after each entry and
 * at each instant, is the same count.
 */
export const creditsAddUp: Law = (world) => {
  if (!hasGrants(world)) return
  const grants = new Map<string, Tally>()
  const accounts = new Map<string, Tally>()
  const counted = new Map<string, readonly Point[]>()
  for (const entry of ledgerOf(world)) {
    const { id, credit_grant, type, amount } = entry
    const { value } = world.creditGrants.need(credit_grant)
    const tally = tallyIn(grants, credit_grant)
    const account = tallyIn(accounts, accountOf(entry))
    tally[COUNTED[type]] += amount
    account[COUNTED[type]] += amount
    const { granted, applied, reinstated, voided } = tally
    const where = () => `${id} of ${credit_grant}: ${type} ${amount}`
    holds(KEPT, amount > 0 && granted === value, where)
    holds(KEPT, leftOf(tally) >= 0 && leftOf(account) >= 0, where)
    holds(KEPT, reinstated <= applied && applied - reinstated <= value, where)
    holds(KEPT, voided === 0 || applied === 0, where)
    const { effective_at: at } = entry
    holds(KEPT, at >= (counted.get(accountOf(entry))?.at(-1)?.at ?? at), where)
    for (const [key, left] of [
      [credit_grant, leftOf(tally)],
      [accountOf(entry), leftOf(account)],
    ] as const)
      counted.set(key, [...(counted.get(key) ?? []), { at, left }])
  }
  const balances = project(creditBalances, world).value
  for (const grant of world.creditGrants) {
    const { id, balance, customer, currency } = grant
    const tally = grants.get(id)
    const left = tally === undefined ? 0 : leftOf(tally)
    same(KEPT, balance, left, id)
    if (tally === undefined) same(KEPT, balances.get(id), undefined, id)
    else same(KEPT, balances.get(id), { ...tally, credit_grant: id, customer, currency, left }, id)
    for (const [of, key] of [
      [{ credit_grant: id }, id],
      [{ customer, currency }, accountOf(grant)],
    ] as const) {
      const points = counted.get(key) ?? []
      const told = burnDown(world, of).map((point) => point.left)
      const lefts = points.map((point) => point.left)
      same(KEPT, told, lefts, `the ledger of ${key}`)
      for (const at of points.flatMap((point) => [point.at - 1, point.at])) {
        const last = points.findLast((point) => point.at <= at)
        same(KEPT, creditsAt(world, of, at).left, last?.left ?? 0, `${key} at ${at}`)
      }
    }
  }
}

const OVER = 'what is over or still to come holds nothing, and what is in effect has been granted'

/** Where a grant stands at the time of its clock, it stands in the ledger, too. One that has come to another clock may not yet. */
export const grantsAreOnTime: Law = (world) => {
  if (!hasGrants(world)) return
  for (const facts of factsOf(world))
    for (const { type, credit_grant: born } of facts) {
      if (type !== 'CreditGrantCreated') continue
      const { id, test_clock, effective_at, expires_at, voided_at, balance, is_granted } =
        world.creditGrants.need(born.id)
      if (test_clock !== born.test_clock) continue
      const clock = test_clock === null ? undefined : world.testClocks.get(test_clock)
      if (test_clock !== null && clock?.status !== 'ready') continue
      const now = clock?.frozen_time ?? world.now
      const isOver = voided_at !== null || (expires_at !== null && expires_at <= now)
      const says = () => `${id} from ${effective_at} to ${expires_at} holds ${balance} at ${now}`
      if (isOver) holds(OVER, balance === 0, says)
      else if (effective_at > now) holds(OVER, balance === 0 && !is_granted, says)
      else holds(OVER, is_granted, says)
    }
}

// What credits may pay

/** What of an invoice counts for its credits. */
type Credited = Pick<Invoice, 'id' | 'currency' | 'customer' | 'period_end' | 'subscription'>

/** Lines of a subscription's own metered items that come to something. */
const payable = (
  world: World,
  { subscription }: Pick<Invoice, 'subscription'>,
  lines: readonly InvoiceLine[],
): readonly InvoiceLine[] =>
  lines.filter(
    ({ amount, invoice_item, price, subscription_item }) =>
      subscription !== null &&
      subscription_item !== null &&
      invoice_item === null &&
      amount > 0 &&
      typeof world.prices.get(price ?? '')?.recurring?.meter === 'string',
  )

const PAID =
  'credits pay no more than the metered lines of an invoice, and the ledger says the same'

/** What an invoice says of its credits is in the ledger, and the other way round; what is void gave all of it back. */
export const creditsArePaid: Law = (world) => {
  if (!hasGrants(world)) return
  const entries = [...ledgerOf(world)]
  const plain = ({ amount, credit_grant, invoice_line_item: line }: CreditBalanceTransaction) => ({
    amount,
    credit_grant,
    line,
  })
  for (const { id, credits, currency, customer, lines, status, ...invoice } of world.invoices) {
    const own = entries.filter((entry) => entry.invoice === id)
    const applied = own.filter(({ type }) => type === 'credits_applied')
    const back = own.filter(({ type }) => type === 'credits_application_invoice_voided')
    same(
      PAID,
      credits,
      applied.map((entry) => ({
        line: entry.invoice_line_item,
        amount: entry.amount,
        credit_balance_transaction: entry.id,
      })),
      id,
    )
    same(PAID, back.map(plain), status === 'void' ? applied.map(plain) : [], `${id} is ${status}`)
    for (const entry of own)
      same(PAID, [entry.customer, entry.currency], [customer, currency], entry.id)
    if (credits.length === 0) continue
    holds(PAID, status !== 'draft', () => `${id} is a draft`)
    const eligible = payable(world, invoice, lines)
    for (const { line } of credits)
      holds(
        PAID,
        eligible.some((one) => one.id === line),
        () => `${line} of ${id}`,
      )
    for (const line of eligible) {
      const paid = credits.reduce((sum, one) => sum + (one.line === line.id ? one.amount : 0), 0)
      holds(PAID, paid <= line.amount, () => `${line.id} of ${line.amount} is paid ${paid}`)
    }
  }
}

// The order of burning

const BURNT = 'credits burn in the documented order'

/** A grant as the facts tell it, the clock that it was created on, and what it holds. */
type Held = Omit<CreditGrant, 'balance' | 'is_granted' | 'was_applied'> & {
  readonly sequence: number
  readonly born: string | null
  holds: number
  isGranted: boolean
}

/** When credits are asked for, and on which clock. */
interface Moment {
  readonly at: number
  readonly clock: string | null
}

/** What expires by a clock has expired on it. One that came to a clock that is ahead waits for it to move. */
const hasExpired = ({ born, expires_at }: Held, { at, clock }: Moment): boolean =>
  expires_at !== null && expires_at <= at && born === clock

/** What a grant has to give: all of it from the second on in which it comes into effect. */
const heldAt = (grant: Held, { at, clock }: Moment): number =>
  !grant.isGranted && grant.effective_at <= at && grant.born === clock ? grant.value : grant.holds

/** The keys by which one grant goes before another, the first that differs decides. */
const keysOf = (grant: Held): readonly number[] => [
  grant.priority,
  grant.expires_at ?? Number.POSITIVE_INFINITY,
  grant.category === 'promotional' ? 0 : 1,
  grant.effective_at,
  grant.created,
  grant.sequence,
]

const goesBefore = (one: Held, other: Held): boolean => {
  const theirs = keysOf(other)
  for (const [at, key] of keysOf(one).entries()) {
    if (key < (theirs[at] as number)) return true
    if (key > (theirs[at] as number)) return false
  }
  return false
}

/** Now, for an invoice. */
const momentOf = (world: World, { test_clock: clock }: Invoice): Moment => ({
  at: clock === null ? world.now : world.testClocks.need(clock).frozen_time,
  clock,
})

interface Burn {
  readonly credit_grant: string
  readonly line: string
  readonly amount: number
}

/**
 * What a customer's grants pay of lines, by the plainest way: of all that may pay a line the one that goes before all others
 * pays what it can, and again until nothing is due or nobody can.
 */
const burn = (
  world: World,
  grants: Iterable<Held>,
  invoice: Credited,
  lines: readonly InvoiceLine[],
  moment: Moment,
): readonly Burn[] => {
  const able = [...grants]
    .filter(
      (grant) =>
        grant.customer === invoice.customer &&
        grant.currency === invoice.currency &&
        grant.voided_at === null &&
        invoice.period_end >= grant.effective_at &&
        !(grant.expires_at !== null && grant.expires_at <= invoice.period_end) &&
        !hasExpired(grant, moment),
    )
    .map((grant) => ({ ...grant, holds: heldAt(grant, moment) }))
  const burns: Burn[] = []
  for (const { id: line, amount: whole, price } of payable(world, invoice, lines)) {
    let due = whole
    for (;;) {
      let first: Held | undefined
      for (const grant of able)
        if (grant.holds > 0 && (grant.prices?.includes(price as never) ?? true))
          if (first === undefined || goesBefore(grant, first)) first = grant
      if (first === undefined || due === 0) break
      const amount = first.holds < due ? first.holds : due
      first.holds -= amount
      due -= amount
      burns.push({ credit_grant: first.id, line, amount })
    }
  }
  return burns
}

/** The grants as they are in a world. */
const heldIn = (world: World): readonly Held[] => {
  const born = new Map<string, string | null>()
  for (const facts of factsOf(world))
    for (const { type, credit_grant: grant } of facts)
      if (type === 'CreditGrantCreated') born.set(grant.id, grant.test_clock)
  return [...world.creditGrants].map((grant, sequence) => ({
    ...grant,
    sequence,
    born: born.get(grant.id) ?? null,
    holds: grant.balance,
    isGranted: grant.is_granted,
  }))
}

/** Every invoice that became final took what the naive sorter takes, unless it was void at once; drafts show it. */
export const burnsInOrder: Law = (world) => {
  if (!hasGrants(world)) return
  const grants = new Map<string, Held>()
  const invoices = new Map<string, Invoice>()
  const gain = ({ credit_grant, type, amount }: CreditBalanceTransaction): void => {
    const isGain = COUNTED[type] === 'granted' || COUNTED[type] === 'reinstated'
    const grant = grants.get(credit_grant) as Held
    grant.holds += isGain ? amount : -amount
    grant.isGranted = true
  }
  for (const facts of factsOf(world)) {
    let taken: CreditBalanceTransaction[] = []
    for (const [nth, fact] of facts.entries()) {
      const { type, id, changes } = fact
      if (type === 'CreditGrantCreated')
        grants.set(fact.credit_grant.id, {
          ...fact.credit_grant,
          sequence: grants.size,
          born: fact.credit_grant.test_clock,
          holds: 0,
          isGranted: false,
        })
      else if (type === 'CreditGrantUpdated') Object.assign(grants.get(id) as Held, changes)
      else if (type === 'CreditGrantVoided') Object.assign(grants.get(id) as Held, { voided_at: 0 })
      else if (type === 'CreditBalanceTransactionCreated') {
        const entry: CreditBalanceTransaction = fact.credit_balance_transaction
        if (entry.type === 'credits_applied') taken.push(entry)
        else gain(entry)
      } else if (type === 'InvoiceCreated') invoices.set(fact.invoice.id, fact.invoice)
      else if (invoices.has(id) && changes !== undefined)
        invoices.set(id, { ...(invoices.get(id) as Invoice), ...changes })
      if (type !== 'InvoiceFinalized') continue
      const invoice = invoices.get(id) as Invoice
      const isVoidAtOnce = facts
        .slice(nth)
        .some((next) => next.type === 'InvoiceVoided' && next.id === id)
      same(
        BURNT,
        taken.map(({ credit_grant, invoice_line_item: line, amount }) => ({
          credit_grant,
          line,
          amount,
        })),
        isVoidAtOnce && taken.length === 0
          ? []
          : burn(world, grants.values(), invoice, invoice.lines, {
              at: fact.at,
              clock: fact.clock ?? null,
            }),
        id,
      )
      for (const entry of taken) gain(entry)
      taken = []
    }
    same(BURNT, taken, [], 'applied to what did not become final')
  }
  for (const invoice of world.invoices) {
    if (invoice.status !== 'draft') continue
    const seen = ask(world, { type: 'RetrieveInvoice', id: invoice.id })
    if (E.isLeft(seen)) continue
    same(
      BURNT,
      seen.right.total_pretax_credit_amounts.map(({ amount }) => amount),
      burn(world, heldIn(world), invoice, invoice.lines, momentOf(world, invoice)).map(
        ({ amount }) => amount,
      ),
      `the draft ${invoice.id}`,
    )
  }
}

// Summaries

const SUMMED =
  'what is available is the ledger less what drafts would take, and never below nothing'

/** By currency, ascending: what the ledgers of grants hold, and what of it does not stand on a draft. */
const summed = (grants: readonly Held[], standing: ReadonlyMap<string, number>) => {
  const currencies = [...new Set(grants.map(({ currency }) => currency))].sort()
  return currencies.map((currency) => {
    const mine = grants.filter((grant) => grant.currency === currency)
    return {
      currency,
      ledger: mine.reduce((sum, { holds: held }) => sum + held, 0),
      available: mine.reduce(
        (sum, { id, holds: held }) => sum + Math.max(0, held - (standing.get(id) ?? 0)),
        0,
      ),
    }
  })
}

/** Summaries say what grants hold less what drafts would take, of a customer in all and of each of her grants. */
export const summariesAddUp: Law = (world) => {
  if (!hasGrants(world)) return
  const all = heldIn(world)
  for (const { id: customer } of world.customers) {
    const own = all.filter((grant) => grant.customer === customer)
    const standing = new Map<string, number>()
    for (const draft of world.invoices.by('customer', customer))
      if (draft.status === 'draft')
        for (const { credit_grant, amount } of burn(
          world,
          own,
          draft,
          draft.lines,
          momentOf(world, draft),
        ))
          standing.set(credit_grant, (standing.get(credit_grant) ?? 0) + amount)
    const everything = {
      type: 'applicability_scope' as const,
      applicability_scope: { price_type: 'metered' as const },
    }
    for (const [filter, chosen] of [
      [everything, own.filter(({ prices }) => prices === null)] as const,
      ...own.map(
        (grant) =>
          [{ type: 'credit_grant' as const, credit_grant: grant.id as string }, [grant]] as const,
      ),
    ]) {
      const seen = ask(world, {
        type: 'RetrieveCreditBalanceSummary',
        params: { customer, filter },
      })
      if (E.isLeft(seen)) throw new LawBroken(SUMMED, seen.left.message)
      const told = seen.right.balances.map(({ ledger_balance, available_balance }) => ({
        currency: ledger_balance.monetary.currency,
        ledger: ledger_balance.monetary.value,
        available: available_balance.monetary.value,
      }))
      for (const { ledger, available } of told)
        holds(
          SUMMED,
          available >= 0 && available <= ledger,
          () => `${available} of ${ledger} is available to ${customer}`,
        )
      same(SUMMED, told, summed(chosen, standing), customer)
    }
  }
}

/** The laws of credits that every world keeps, by what they state. */
export const ofCredits: Readonly<Record<string, Law>> = {
  [KEPT]: creditsAddUp,
  [OVER]: grantsAreOnTime,
  [PAID]: creditsArePaid,
  [BURNT]: burnsInOrder,
  [SUMMED]: summariesAddUp,
}

// A relation between two runs

const NAMES = 'the name and metadata of a grant change nothing in any invoice or balance'

/** All that credits come to: every invoice, every entry of the ledger, and every grant but for its name and metadata. */
const outcome = (world: World): unknown => ({
  invoices: [...world.invoices],
  ledger: [...ledgerOf(world)],
  balances: [...project(creditBalances, world).value],
  grants: [...world.creditGrants].map((grant) => ({ ...grant, name: null, metadata: null })),
  customers: [...world.customers].map(({ id, balances }) => ({ id, balances })),
})

/** A script whose grants bear another name and other metadata when they are created; what is no name stays none. */
const renamed = (script: Script): Script =>
  script.map((step) => {
    if (step.type !== 'CreateCreditGrant') return step
    const given = step.given as { readonly name: string | null }
    const name = given.name === '' ? '' : 'renamed'
    return { ...step, given: { ...given, name, metadata: { of: 'c' } } }
  })

/**
 * Two runs of a script whose grants bear different names and metadata come to the same invoices and balances.
 * @param play - Plays a script on the world that both runs begin with.
 */
export const namesDoNotCount = (
  play: (script: Script) => readonly Turn[],
  script: Script,
): void => {
  const one = play(script).at(-1)?.after
  const other = play(renamed(script)).at(-1)?.after
  if (one !== undefined && other !== undefined) same(NAMES, outcome(other), outcome(one))
}
