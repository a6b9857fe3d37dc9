import type { PriceId } from '../catalog/index.js'
import type { CustomerId } from '../customers/index.js'
import {
  anyText,
  arrayOf,
  type Codec,
  closed,
  emptyable,
  idOf,
  integer,
  mapOf,
  nullable,
  oneOf,
  optional,
  partial,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import { currencyCode } from '../kernel/currency.js'
import { eventFormat } from '../kernel/event-format.js'
import { metadataParam } from '../kernel/metadata.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import type { TestClockId } from '../test-clocks/index.js'
import type { CreditGrantCreated, CreditGrantUpdated, CreditGrantVoided } from './grant.js'
import type { CreditBalanceTransactionId, CreditGrantId } from './ids.js'
import {
  CREDIT_TRANSACTION_TYPES,
  type CreditBalanceTransaction,
  type CreditBalanceTransactionCreated,
} from './transaction.js'

const CATEGORIES = ['paid', 'promotional'] as const
const NAME_MAX = 100
const PRIORITY_MAX = 100

/** Prices: every metered one, or those that are named. */
export const scopeParams = {
  price_type: optional(oneOf('price_type', ['metered'])),
  prices: optional(arrayOf(closed('Price', { id: text() }))),
}

/** Parameters of POST /v1/billing/credit_grants. */
export const createCreditGrantParams = closed('CreateCreditGrant', {
  amount: closed('Amount', {
    monetary: optional(
      closed('Monetary', { currency: currencyCode, value: integer(1, AMOUNT_MAX) }),
    ),
    type: oneOf('type', ['monetary']),
  }),
  applicability_config: closed('ApplicabilityConfig', {
    scope: closed('Scope', scopeParams),
  }),
  category: optional(oneOf('category', CATEGORIES)),
  customer: optional(text()),
  customer_account: optional(text()),
  effective_at: optional(timestamp),
  expires_at: optional(timestamp),
  metadata: optional(metadataParam),
  name: optional(text(NAME_MAX)),
  priority: optional(integer(0, PRIORITY_MAX)),
})

/** Parameters of POST /v1/billing/credit_grants/{id}. An empty `expires_at` is never. */
export const updateCreditGrantParams = closed('UpdateCreditGrant', {
  expires_at: optional(emptyable(timestamp)),
  metadata: optional(metadataParam),
})

export type CreateCreditGrant = TypeOf<typeof createCreditGrantParams>
export type PriceScope = CreateCreditGrant['applicability_config']['scope']
export type UpdateCreditGrant = TypeOf<typeof updateCreditGrantParams>

// Codecs of a log's records

const id = idOf<CreditGrantId>()

const grantRow = closed('CreditGrant', {
  id,
  category: oneOf('category', CATEGORIES),
  created: timestamp,
  currency: currencyCode,
  customer: idOf<CustomerId>(),
  effective_at: timestamp,
  expires_at: nullable(timestamp),
  metadata: mapOf(anyText),
  name: nullable(anyText),
  prices: nullable(arrayOf(idOf<PriceId>())),
  priority: integer(0, PRIORITY_MAX),
  test_clock: nullable(idOf<TestClockId>()),
  updated: timestamp,
  value: integer(1),
  voided_at: nullable(timestamp),
}) as Codec<CreditGrantCreated['credit_grant']>

const transactionRow = closed('CreditBalanceTransaction', {
  id: idOf<CreditBalanceTransactionId>(),
  amount: integer(1),
  created: timestamp,
  credit_grant: id,
  currency: currencyCode,
  customer: idOf<CustomerId>(),
  effective_at: timestamp,
  invoice: nullable(anyText),
  invoice_line_item: nullable(anyText),
  type: oneOf('type', CREDIT_TRANSACTION_TYPES),
}) as Codec<CreditBalanceTransaction>

export const creditEvents = {
  CreditGrantCreated: eventFormat<CreditGrantCreated>('CreditGrantCreated', {
    credit_grant: grantRow,
  }),
  CreditGrantUpdated: eventFormat<CreditGrantUpdated>('CreditGrantUpdated', {
    id,
    changes: partial('Changes', {
      expires_at: nullable(timestamp),
      metadata: mapOf(anyText),
      updated: timestamp,
    }) as Codec<CreditGrantUpdated['changes']>,
  }),
  CreditGrantVoided: eventFormat<CreditGrantVoided>('CreditGrantVoided', { id }),
  CreditBalanceTransactionCreated: eventFormat<CreditBalanceTransactionCreated>(
    'CreditBalanceTransactionCreated',
    { credit_balance_transaction: transactionRow },
    {
      tell: ({ credit_balance_transaction: { amount, credit_grant, currency, type } }) =>
        `${credit_grant} ${type} ${amount} ${currency}`,
    },
  ),
}
