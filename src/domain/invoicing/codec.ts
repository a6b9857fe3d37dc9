import type { CreditBalanceTransactionId } from '../credits/index.js'
import { addressRow, type CustomerId } from '../customers/index.js'
import {
  anyText,
  arrayOf,
  boolean,
  type Codec,
  closed,
  idOf,
  integer,
  mapOf,
  nullable,
  oneOf,
  optional,
  partial,
  text,
  timestamp,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import { eventFormat } from '../kernel/event-format.js'
import type { PaymentIntentId, PaymentMethodId } from '../payments/index.js'
import type { TestClockId } from '../test-clocks/index.js'
import { NO_CREDITS } from './credits.js'
import type { InvoiceId, InvoiceItemId } from './ids.js'
import type {
  Invoice,
  InvoiceCreated,
  InvoiceDeleted,
  InvoiceFellDue,
  InvoiceFinalized,
  InvoiceItemCreated,
  InvoiceItemDeleted,
  InvoiceItemUpdated,
  InvoiceMarkedUncollectible,
  InvoicePaid,
  InvoicePaymentActionRequired,
  InvoicePaymentFailed,
  InvoiceReminded,
  InvoiceSent,
  InvoiceUpdated,
  InvoiceVoided,
} from './invoice.js'
import { invoiceItemFields, invoiceItemRow } from './invoice-item.js'
import { invoiceLineRow } from './line.js'

const moment = nullable(timestamp)

const row = {
  id: idOf<InvoiceId>(),
  amount_due: nullable(integer()),
  amount_paid: integer(),
  amount_paid_off_stripe: integer(),
  attempt_count: integer(0),
  attempted: boolean,
  auto_advance: boolean,
  automatically_finalizes_at: moment,
  billed_to: nullable(
    closed('BilledTo', {
      address: nullable(addressRow),
      email: nullable(anyText),
      name: nullable(anyText),
      phone: nullable(anyText),
      shipping: nullable(
        closed('Shipping', { address: addressRow, name: anyText, phone: nullable(anyText) }),
      ),
      tax_exempt: oneOf('tax_exempt', ['none', 'exempt', 'reverse']),
    }),
  ),
  billing_reason: oneOf('billing_reason', [
    'automatic_pending_invoice_item_invoice',
    'manual',
    'subscription_create',
    'subscription_cycle',
    'subscription_update',
  ]),
  collection_method: oneOf('collection_method', ['charge_automatically', 'send_invoice']),
  created: timestamp,
  credits: arrayOf(
    closed('AppliedCredit', {
      line: anyText,
      amount: integer(1),
      credit_balance_transaction: idOf<CreditBalanceTransactionId>(),
    }),
  ),
  currency: currencyCode,
  custom_fields: nullable(arrayOf(closed('CustomField', { name: anyText, value: anyText }))),
  customer: idOf<CustomerId>(),
  declined_method: nullable(idOf<PaymentMethodId>()),
  default_payment_method: nullable(idOf<PaymentMethodId>()),
  description: nullable(anyText),
  due_date: moment,
  effective_at: moment,
  ending_balance: nullable(integer()),
  fell_due: boolean,
  final_action_at: moment,
  first_failed_at: moment,
  footer: nullable(anyText),
  lines: arrayOf(invoiceLineRow),
  metadata: mapOf(anyText),
  next_payment_attempt: moment,
  number: nullable(anyText),
  payment_intent: nullable(idOf<PaymentIntentId>()),
  payment_method_types: nullable(arrayOf(anyText)),
  period_end: timestamp,
  period_start: timestamp,
  remind_at: moment,
  remind_overdue_at: moment,
  retries: integer(0),
  starting_balance: nullable(integer()),
  statement_descriptor: nullable(anyText),
  status: oneOf('status', ['draft', 'open', 'paid', 'uncollectible', 'void']),
  status_transitions: closed('StatusTransitions', {
    finalized_at: moment,
    marked_uncollectible_at: moment,
    paid_at: moment,
    voided_at: moment,
  }),
  subscription: nullable(text(255)),
  subscription_metadata: nullable(mapOf(anyText)),
  test_clock: nullable(idOf<TestClockId>()),
  uncollectible_reason: nullable(
    oneOf('reason', [
      'max_payment_attempts',
      'payment_not_received',
      'subscription_canceled',
      'subscription_paused',
      'user_forgiven',
    ]),
  ),
}

const invoiceRow = closed('Invoice', row) as Codec<Invoice>

const { id: _, ...fields } = row

const id = idOf<InvoiceId>()
const changes = partial<Omit<Invoice, 'id'>>('Changes', fields)
const itemId = idOf<InvoiceItemId>()

/** An invoice of a log that knows no billing credits: none paid it. */
const withoutCredits = ({
  invoice,
  ...fields
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...fields,
  invoice:
    typeof invoice === 'object' && invoice !== null
      ? Object.fromEntries(
          Object.entries(invoice).flatMap(([key, value]) =>
            // In the order of a row.
            key === 'created'
              ? [
                  [key, value],
                  ['credits', NO_CREDITS],
                ]
              : [[key, value]],
          ),
        )
      : invoice,
})

export const invoiceEvents = {
  InvoiceCreated: eventFormat<InvoiceCreated>(
    'InvoiceCreated',
    { invoice: invoiceRow },
    { version: 2, upcasts: { 1: withoutCredits } },
  ),
  InvoiceUpdated: eventFormat<InvoiceUpdated>('InvoiceUpdated', { id, changes }),
  InvoiceDeleted: eventFormat<InvoiceDeleted>('InvoiceDeleted', { id }),
  InvoiceFinalized: eventFormat<InvoiceFinalized>('InvoiceFinalized', {
    id,
    changes,
    next_sequence: optional(integer(1)),
  }),
  InvoiceSent: eventFormat<InvoiceSent>('InvoiceSent', { id }),
  InvoicePaid: eventFormat<InvoicePaid>('InvoicePaid', { id, changes }),
  InvoicePaymentFailed: eventFormat<InvoicePaymentFailed>('InvoicePaymentFailed', { id, changes }),
  InvoicePaymentActionRequired: eventFormat<InvoicePaymentActionRequired>(
    'InvoicePaymentActionRequired',
    { id, changes },
  ),
  InvoiceVoided: eventFormat<InvoiceVoided>('InvoiceVoided', { id, changes }),
  InvoiceMarkedUncollectible: eventFormat<InvoiceMarkedUncollectible>(
    'InvoiceMarkedUncollectible',
    { id, changes },
  ),
  InvoiceFellDue: eventFormat<InvoiceFellDue>('InvoiceFellDue', { id }),
  InvoiceReminded: eventFormat<InvoiceReminded>('InvoiceReminded', {
    id,
    reminder: oneOf('reminder', ['will_be_due', 'overdue']),
  }),
  InvoiceItemCreated: eventFormat<InvoiceItemCreated>('InvoiceItemCreated', {
    invoiceitem: invoiceItemRow,
  }),
  InvoiceItemUpdated: eventFormat<InvoiceItemUpdated>('InvoiceItemUpdated', {
    id: itemId,
    changes: partial('InvoiceItem', invoiceItemFields),
  }),
  InvoiceItemDeleted: eventFormat<InvoiceItemDeleted>('InvoiceItemDeleted', { id: itemId }),
}
