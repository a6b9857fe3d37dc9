/** How the lines of an invoice come about. */
import { isLegacyMetered, type Price, pricingIn } from '../../domain/catalog/index.js'
import type { Invoice, InvoiceItem, InvoiceLine } from '../../domain/invoicing/index.js'
import type { Period } from '../../domain/kernel/cycle.js'
import { defect } from '../../domain/kernel/defect.js'
import { type Instant, later } from '../../domain/kernel/instant.js'
import {
  anchorOf,
  isMetered,
  piecesOf,
  recurrenceOf,
  type Share,
  type Subscription,
  type SubscriptionItem,
} from '../../domain/subscriptions/index.js'
import { AFTER_ALL } from '../../domain/usage-records/index.js'
import { type Facts, linesOf } from './facts.js'
import { exactParts, exactWhole, priceThen } from './prices.js'
import { RULES } from './rules.js'
import {
  type Explanation,
  explanation,
  from,
  type Ground,
  given,
  inAll,
  type Step,
} from './step.js'
import { meteredUsage, recordedUsage } from './usage.js'

/** A line in the shape in which its amount was worked out. */
interface Written {
  readonly line: InvoiceLine
  /** All lines that the same fact wrote. */
  readonly beside: readonly InvoiceLine[]
  /** Where: what comes later in the log has no part in it. */
  readonly position: number
  /** The fact that put it on the invoice. */
  readonly first: number
  /** Whether somebody wrote it over. */
  readonly byHand: boolean
}

/** Where a line was put on its invoice, and where its amount was written, if that is later. */
const wherever = (facts: Facts, { first, position }: Written): readonly Ground[] =>
  first === position ? [facts.ground(position)] : [facts.ground(first), facts.ground(position)]

const says = ({ amount, price, quantity, unit_amount_decimal }: InvoiceLine): string =>
  JSON.stringify([amount, price, quantity, unit_amount_decimal])

/** The fact that made a line's amount what it is; usage is worked out a last time when its invoice becomes final. */
const writtenLine = (facts: Facts, invoice: string, id: string): Written | undefined => {
  let found: Written | undefined
  for (const { position, event } of facts.about(invoice)) {
    const beside = linesOf(event)
    const line = beside?.find((one) => one.id === id)
    if (beside === undefined) continue
    if (line === undefined) {
      found = undefined
      continue
    }
    const recounts = event.type === 'InvoiceFinalized' && line.usage_from !== null
    if (found !== undefined && !recounts && says(line) === says(found.line)) continue
    const byHand = event.type === 'InvoiceUpdated' && found !== undefined
    found = { line, beside, position, first: found?.first ?? position, byHand }
  }
  return found
}

const rounded = (exact: Step): Step =>
  from('half-up', 'the line', 'money', [exact], { rule: RULES.rounding })

/** What one thing costs: its unit amount for each of it, or its amount as somebody gave it. */
const plainly = (
  {
    amount,
    quantity,
    unit_amount_decimal,
  }: Pick<InvoiceLine, 'amount' | 'quantity' | 'unit_amount_decimal'>,
  grounds: readonly Ground[],
  rule: Step['rule'],
): Step => {
  const product = from('product', 'unit amount × quantity', 'money', [
    given('unit amount', unit_amount_decimal ?? '0', 'money', { grounds }),
    given('quantity', quantity ?? '1', 'units', { grounds }),
  ])
  const step = rounded(product)
  const isAmount = unit_amount_decimal === String(amount) && quantity === '1'
  return step.value === String(amount) && !isAmount
    ? { ...step, rule }
    : given('the amount', amount, 'money', { rule, grounds })
}

/** An invoice item: a price of the catalogue for its quantity, or an amount of its own. */
const ofItem = (facts: Facts, id: string, until: number): Step => {
  const item = facts.need<InvoiceItem>(id, until)
  const ground = facts.lastChange(id, until, ({ amount, quantity, unit_amount_decimal }) => [
    amount,
    quantity,
    unit_amount_decimal,
  ])
  const then = priceThen(facts, item.price, ground.position)
  const pricing = then === undefined ? undefined : pricingIn(then.price, item.currency)
  if (then !== undefined && pricing !== undefined) {
    const quantity = given('quantity', item.quantity, 'units', { grounds: [ground] })
    const parts = exactParts(pricing, quantity, then.grounds).map(rounded)
    const step = inAll('all parts, each rounded', 'money', parts)
    // An amount may have taken the place of the price's.
    if (step.value === String(item.amount)) return { ...step, rule: RULES.item, grounds: [ground] }
  }
  return plainly(item, [ground], RULES.item)
}

/** The nth of the parts of its charge that a line is. */
const partOf = (
  { line, beside }: Written,
  sameCharge: (other: InvoiceLine) => boolean,
  parts: readonly Step[],
): Step => {
  const nth = beside.filter(sameCharge).findIndex(({ id }) => id === line.id)
  return parts[nth] ?? defect(`'${line.id}' is part ${nth + 1} of ${parts.length}`)
}

const isOfItem =
  ({ subscription_item }: InvoiceLine) =>
  (other: InvoiceLine): boolean =>
    other.subscription_item === subscription_item && other.invoice_item === null

/** From when to when usage counts, for a line that was worked out from usage. */
const usagePeriod = (
  { line, position }: Written,
  item: SubscriptionItem | undefined,
  legacy: boolean,
): Period => {
  if (line.usage_from !== null) return { start: line.usage_from, end: line.period.end }
  // The subscription ended here: usage of this very second counts, and what records are stamped a little later.
  const { current_period_start: start, usage_from } =
    item ?? defect(`'${line.id}' is of no item at ${position}`)
  return { start: later(usage_from, start), end: legacy ? AFTER_ALL : line.period.end + 1 }
}

const usageStep = (
  facts: Facts,
  written: Written,
  customer: string,
  item: SubscriptionItem | undefined,
  price: Price,
): Step => {
  const { line, position } = written
  const legacy = isLegacyMetered(price)
  const period = usagePeriod(written, item, legacy)
  if (period.end <= period.start)
    return given('usage of no time at all', 0, 'units', { rule: RULES.usage })
  return legacy
    ? recordedUsage(facts, line.subscription_item as string, price, period, position)
    : meteredUsage(facts, price.recurring?.meter ?? '', customer, period, position)
}

const shareStep = (shares: readonly Share[], grounds: readonly Ground[]): Step => {
  const steps = shares.map(({ part, whole }) =>
    from('quotient', 'part of a period', 'share', [
      given('seconds that are billed', part, 'units', { grounds }),
      given('seconds of the period', whole, 'units', { grounds }),
    ]),
  )
  return inAll('parts of periods', 'share', steps)
}

const overlaps = (period: Period, start: Instant, end: Instant): boolean =>
  period.start < end && period.end > start

/** A licensed item for its period or a part of it. */
const licensed = (
  facts: Facts,
  written: Written,
  subscription: Subscription,
  price: Price,
  parts: readonly Step[],
): Step => {
  const { line, position } = written
  const sameCharge = (other: InvoiceLine): boolean =>
    isOfItem(line)(other) &&
    other.period.start === line.period.start &&
    other.period.end === line.period.end
  const shares = piecesOf(anchorOf(subscription), recurrenceOf(price), line.period).map(
    ({ share }) => share,
  )
  const isWhole = shares.length === 1 && shares[0]?.part === shares[0]?.whole
  if (isWhole) return partOf(written, sameCharge, parts)
  const anchor = facts.lastChange(
    subscription.id,
    position,
    ({ billing_cycle_anchor, anchor_day }) => [billing_cycle_anchor, anchor_day],
  )
  const part = from(
    'product',
    'share of the whole price',
    'money',
    [exactWhole(parts), shareStep(shares, [anchor])],
    { rule: RULES.share },
  )
  if (rounded(part).value === String(line.amount)) return part
  // Without prorations, flexible billing asks for all of a first period, even where an end cuts it short.
  return partOf(written, sameCharge, parts)
}

/** A line of a subscription's own item. */
const ofSubscription = (facts: Facts, written: Written, invoice: Invoice): Step => {
  const { line, position } = written
  const id = invoice.subscription ?? line.subscription ?? ''
  const subscription = facts.need<Subscription>(id, position)
  const item = subscription.items.find((one) => one.id === line.subscription_item)
  const { price, grounds } =
    priceThen(facts, line.price ?? '', position) ?? defect(`no fact creates '${line.price}'`)
  const { trial_start, trial_end } = subscription
  if (
    isMetered(price) &&
    line.usage_from === null &&
    invoice.billing_reason === 'subscription_create'
  )
    return given('usage, which has only begun', 0, 'money', { rule: RULES.began })
  if (
    !isMetered(price) &&
    line.unit_amount_decimal === '0' &&
    line.amount === 0 &&
    trial_end !== null &&
    overlaps(line.period, trial_start ?? Number.NEGATIVE_INFINITY, trial_end)
  )
    return given('a trial', 0, 'money', {
      rule: RULES.trial,
      grounds: [facts.lastChange(id, position, (row: Subscription) => row.trial_end)],
    })
  const pricing =
    pricingIn(price, invoice.currency) ??
    defect(`'${price.id}' has no amounts in ${invoice.currency}`)
  if (isMetered(price)) {
    const usage = usageStep(facts, written, invoice.customer, item, price)
    const isUsage = (other: InvoiceLine): boolean =>
      isOfItem(line)(other) && (other.usage_from === null) === (line.usage_from === null)
    return rounded(partOf(written, isUsage, exactParts(pricing, usage, grounds)))
  }
  const quantity = given('quantity', item?.quantity ?? 0, 'units', {
    rule: RULES.quantity,
    grounds: [
      facts.lastChange(
        id,
        position,
        ({ items }: Subscription) =>
          items.find((one) => one.id === line.subscription_item)?.quantity,
      ),
    ],
  })
  const parts = exactParts(pricing, quantity, grounds)
  return rounded(licensed(facts, written, subscription, price, parts))
}

const ofWritten = (facts: Facts, written: Written, invoice: Invoice): Step => {
  const { line, position, byHand } = written
  const step =
    line.invoice_item !== null
      ? ofItem(facts, line.invoice_item, position)
      : byHand
        ? plainly(line, [], RULES.written)
        : ofSubscription(facts, written, invoice)
  return { ...step, what: 'the line', grounds: [...step.grounds, ...wherever(facts, written)] }
}

/** Why a line is what it is; `undefined` where there is no such line, or not any more. */
export const explainedLine = (facts: Facts, id: string): Explanation | undefined => {
  const of = facts.invoiceOfLine(id)
  const invoice = of === undefined ? undefined : facts.row<Invoice>(of)
  if (of === undefined || invoice === undefined) return undefined
  const written = writtenLine(facts, of, id)
  return written === undefined
    ? undefined
    : explanation(
        `line ${id}`,
        invoice.currency,
        written.line.amount,
        ofWritten(facts, written, invoice),
      )
}

/** Why an invoice comes to what it does; `undefined` where there is no such invoice, or not any more. */
export const explainedInvoice = (facts: Facts, id: string): Explanation | undefined => {
  const invoice = facts.row<Invoice>(id)
  if (invoice === undefined || invoice.lines === undefined) return undefined
  const lines = invoice.lines.map(({ id: line }): Step => {
    const {
      of,
      currency: _,
      amount: __,
      ...step
    } = explainedLine(facts, line) ?? defect(`'${line}' stands on '${id}'`)
    return { ...step, what: of }
  })
  const subtotal = from('sum', 'the lines', 'money', lines)
  const credits = invoice.credits.map(({ amount, credit_balance_transaction: entry }) =>
    given(`credits ${entry}`, amount, 'money', {
      grounds: facts.ofType(entry, 'CreditBalanceTransactionCreated'),
    }),
  )
  const total = from('difference', 'the total', 'money', [subtotal, ...credits], {
    rule: RULES.lines,
    grounds: facts.ofType(id, 'InvoiceFinalized'),
  })
  return explanation(`invoice ${id}`, invoice.currency, Number(total.value), total)
}
