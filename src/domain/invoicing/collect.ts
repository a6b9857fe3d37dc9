/** How an invoice gets paid, or does not. Which method pays and what follows from it is for a story. */
import { type Decision, decided, type World } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import { inOrderOf } from '../kernel/diff.js'
import { E } from '../kernel/fp.js'
import { DAY, days, type Instant, plus } from '../kernel/instant.js'
import {
  type Attempt,
  attemptIntent,
  type Decline,
  failAuthentication,
  isHardDecline,
  type PaymentIntentId,
  type PaymentMethodId,
} from '../payments/index.js'
import type { SettingsSlices } from '../settings/index.js'
import { clockNow } from '../test-clocks/index.js'
import { type InvoicingReads, recordOn } from './draft.js'
import { withPayment } from './finalize.js'
import type { InvoiceId } from './ids.js'
import { amountRemainingOf, type Invoice } from './invoice.js'

/** Under which circumstances an invoice is tried to be collected. */
export interface Collection {
  /** The method that pays; `null` where nobody has one. */
  readonly method: PaymentMethodId | null
  /** The customer is away. */
  readonly offSession: boolean
  /** She has just authenticated this payment. */
  readonly authenticated?: boolean
  /** The clock tries again by itself. */
  readonly isRetry?: boolean
  /** A failure sets off retries: not for the first invoice of a subscription that waits for it. */
  readonly mayRetry: boolean
}

export type Collected =
  | { readonly kind: 'paid'; readonly invoice: Invoice }
  | { readonly kind: 'requires_action'; readonly invoice: Invoice }
  | {
      readonly kind: 'failed'
      readonly invoice: Invoice
      /** Why; `null` where there was no method to try. */
      readonly decline: Decline | null
      /** No retry is left. */
      readonly exhausted: boolean
    }

/** When the kth retry after a first failure is due; `null` where there are no more. */
const retryAt = (
  { settings }: World<SettingsSlices>,
  first: Instant,
  previous: Instant,
  k: number,
): Instant | null => {
  const { schedule } = settings.dunning
  if (schedule.type === 'custom') {
    const after = schedule.days[k - 1]
    return after === undefined ? null : plus(previous, days(after))
  }
  const { retries, windowDays } = schedule
  return k > retries ? null : plus(first, Math.floor((k * windowDays * DAY) / retries))
}

type Dunning = Pick<
  Invoice,
  'auto_advance' | 'first_failed_at' | 'next_payment_attempt' | 'retries'
>

/**
 * What a failure makes of the retries: the first sets them off, one that was due is used up, and one by hand in between
 * changes nothing.
 * @remarks Source: docs.stripe.com/billing/revenue-recovery/smart-retries. Cases: S-H1, S-H2, S-H8.
 */
const afterFailure = (
  world: World<SettingsSlices>,
  invoice: Invoice,
  now: Instant,
  { isRetry = false, mayRetry }: Collection,
): Dunning => {
  const { auto_advance, collection_method, first_failed_at, next_payment_attempt } = invoice
  const retries = invoice.retries + (isRetry ? 1 : 0)
  const retried = mayRetry && auto_advance && collection_method === 'charge_automatically'
  if (!retried) return { auto_advance, first_failed_at, next_payment_attempt: null, retries }
  const first = first_failed_at ?? now
  if (first_failed_at !== null && !isRetry)
    return { auto_advance, first_failed_at, next_payment_attempt, retries }
  const next = retryAt(world, first, now, retries + 1)
  return {
    auto_advance: next !== null,
    first_failed_at: first,
    next_payment_attempt: next,
    retries,
  }
}

/** @remarks The first attempt of any kind counts, and after that those that the clock makes. Case: S-H8. */
const attemptsAfter = ({ attempt_count }: Invoice, { isRetry = false }: Collection): number =>
  isRetry ? attempt_count + 1 : Math.max(attempt_count, 1)

const paid = (invoice: Invoice, now: Instant, collection: Collection): Partial<Invoice> => ({
  amount_paid: invoice.amount_due ?? 0,
  attempt_count: attemptsAfter(invoice, collection),
  attempted: true,
  auto_advance: false,
  next_payment_attempt: null,
  status: 'paid',
  status_transitions: { ...invoice.status_transitions, paid_at: now },
  uncollectible_reason: null,
})

/** Whether a retry would try a card again that is known to decline for good. @remarks Case: S-H4. */
const isPassedOver = ({ declined_method }: Invoice, { isRetry, method }: Collection): boolean =>
  isRetry === true && declined_method !== null && declined_method === method

const passedOver =
  (invoice: Invoice, collection: Collection): Decision<InvoicingReads, Collected> =>
  (world) => {
    const { id, test_clock } = invoice
    const now = clockNow(world, test_clock)
    const dunning = afterFailure(world, invoice, now, collection)
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoiceUpdated',
      at,
      id,
      changes: inOrderOf(invoice, {
        ...dunning,
        attempt_count: attemptsAfter(invoice, collection),
      }),
    }))
    return decided(after, {
      kind: 'failed',
      invoice: after.invoices.need(id),
      decline: null,
      exhausted: dunning.next_payment_attempt === null,
    })
  }

const recorded =
  (
    invoice: Invoice,
    attempt: Attempt,
    collection: Collection,
  ): Decision<InvoicingReads, Collected> =>
  (world) => {
    const { id, test_clock } = invoice
    const now = clockNow(world, test_clock)
    switch (attempt.kind) {
      case 'succeeded': {
        const after = recordOn(world, test_clock, (at) => ({
          type: 'InvoicePaid',
          at,
          id,
          changes: paid(invoice, now, collection),
        }))
        return decided(after, { kind: 'paid', invoice: after.invoices.need(id) })
      }
      case 'requires_action': {
        const after = recordOn(world, test_clock, (at) => ({
          type: 'InvoicePaymentActionRequired',
          at,
          id,
          changes: { attempted: true, next_payment_attempt: null },
        }))
        return decided(after, { kind: 'requires_action', invoice: after.invoices.need(id) })
      }
      default: {
        const decline = attempt.kind === 'declined' ? attempt.decline : null
        const dunning = afterFailure(world, invoice, now, collection)
        const after = recordOn(world, test_clock, (at) => ({
          type: 'InvoicePaymentFailed',
          at,
          id,
          changes: inOrderOf(invoice, {
            ...dunning,
            attempt_count: attemptsAfter(invoice, collection),
            attempted: true,
            declined_method: decline !== null && isHardDecline(decline) ? collection.method : null,
          }),
        }))
        return decided(after, {
          kind: 'failed',
          invoice: after.invoices.need(id),
          decline,
          exhausted:
            collection.isRetry === true &&
            collection.mayRetry &&
            dunning.next_payment_attempt === null,
        })
      }
    }
  }

/**
 * Tries to collect an open or uncollectible invoice.
 * @remarks Source: docs.stripe.com/invoicing/automatic-collection.
 */
export const collectInvoice =
  (id: InvoiceId, collection: Collection): Decision<InvoicingReads, Collected> =>
  (world) => {
    const invoice = world.invoices.need(id)
    if (isPassedOver(invoice, collection)) return passedOver(invoice, collection)(world)
    const named =
      invoice.payment_intent === null
        ? withPayment(invoice, collection.method)(world)
        : decided(world, invoice)
    if (E.isLeft(named)) return named
    const attempt = attemptIntent(named.right.result.payment_intent as PaymentIntentId, {
      payment_method: collection.method,
      offSession: collection.offSession,
      authenticated: collection.authenticated ?? false,
    })(named.right.world)
    if (E.isLeft(attempt)) return attempt
    return recorded(named.right.result, attempt.right.result, collection)(attempt.right.world)
  }

/**
 * The customer was asked to authenticate the payment of an invoice, and did not.
 * @remarks Source: docs.stripe.com/payments/3d-secure.
 */
export const failInvoiceAuthentication =
  (id: InvoiceId, collection: Collection): Decision<InvoicingReads, Collected> =>
  (world) => {
    const invoice = world.invoices.need(id)
    const failed = failAuthentication(
      invoice.payment_intent ?? defect(`the invoice '${id}' has no payment`),
    )(world)
    if (E.isLeft(failed)) return failed
    const { result: intent, world: after } = failed.right
    const decline = intent.last_payment_error?.decline
    if (decline === undefined) return defect(`the intent '${intent.id}' says why it failed`)
    return recorded(invoice, { kind: 'declined', intent, charge: null, decline }, collection)(after)
  }

/**
 * Notes that an invoice was paid by other ways: no attempt counts.
 * @remarks Source: docs.stripe.com/api/invoices/pay, `paid_out_of_band`; observed.
 */
export const payOutOfBand =
  (invoice: Invoice): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const { id, test_clock } = invoice
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoicePaid',
      at,
      id,
      changes: {
        amount_paid: invoice.amount_due ?? 0,
        amount_paid_off_stripe: amountRemainingOf(invoice),
        auto_advance: false,
        next_payment_attempt: null,
        status: 'paid',
        status_transitions: { ...invoice.status_transitions, paid_at: at },
        uncollectible_reason: null,
      },
    }))
    return decided(after, after.invoices.need(id))
  }
