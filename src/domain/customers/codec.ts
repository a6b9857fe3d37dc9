import {
  anyText,
  arrayOf,
  boolean,
  type Codec,
  closed,
  emptyable,
  FAIL,
  idOf,
  integer,
  leaf,
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
import { invalidRequest } from '../kernel/rejection.js'
import type { TestClockId } from '../test-clocks/index.js'
import {
  BALANCE_TRANSACTION_TYPES,
  type CustomerBalanceTransactionCreated,
  type CustomerBalanceTransactionId,
  type CustomerBalanceTransactionUpdated,
} from './balance-transaction.js'
import type {
  Customer,
  CustomerCreated,
  CustomerDeleted,
  CustomerId,
  CustomerInvoiceNumberTaken,
  CustomerJoinedTestClock,
  CustomerUpdated,
} from './customer.js'

// Parameters

const NAME_MAX = 256

const BALANCE_DESCRIPTION_MAX = 350

export const addressParams = closed('Address', {
  city: optional(emptyable(text())),
  country: optional(emptyable(text())),
  line1: optional(emptyable(text())),
  line2: optional(emptyable(text())),
  postal_code: optional(emptyable(text())),
  state: optional(emptyable(text())),
})

const shippingParams = closed('Shipping', {
  address: addressParams,
  name: text(),
  phone: optional(emptyable(text(20))),
})

const EMAIL_MAX = 512

/** Anything with one `@` between a name and a domain. */
export const email: Codec<string> = leaf(
  'email',
  (input) =>
    typeof input === 'string' && input.length <= EMAIL_MAX && /^[^@\s]+@[^@\s]+$/.test(input)
      ? input
      : FAIL,
  (input, param) =>
    invalidRequest(`Invalid email address: ${String(input)}`, { code: 'email_invalid', param }),
)

/** @remarks Observed, and so is that the refusal names no parameter. */
const invoicePrefix: Codec<string> = leaf(
  'invoicePrefix',
  (input) => (typeof input === 'string' && /^[A-Z0-9]{1,12}$/.test(input) ? input : FAIL),
  () => invalidRequest('Invoice number prefix must be 1–12 uppercase letters or numbers.'),
)

const customField = closed('CustomField', { name: text(40), value: text(140) })

const invoiceSettingsParams = closed('InvoiceSettings', {
  custom_fields: optional(emptyable(arrayOf(customField, 4))),
  default_payment_method: optional(emptyable(text())),
  footer: optional(emptyable(text())),
  rendering_options: optional(
    emptyable(
      closed('RenderingOptions', {
        amount_tax_display: optional(
          emptyable(oneOf('amount_tax_display', ['exclude_tax', 'include_inclusive_tax'])),
        ),
        template: optional(text()),
      }),
    ),
  ),
})

/** The largest balance, in minor units: what can be charged at most in any currency. */
export const BALANCE_MAX = 99_999_999_999_999

const INVOICE_SEQUENCE_MAX = 1_000_000_000

const fields = {
  address: optional(emptyable(addressParams)),
  balance: optional(integer(-BALANCE_MAX, BALANCE_MAX)),
  business_name: optional(emptyable(text(150))),
  description: optional(emptyable(text())),
  email: optional(emptyable(email)),
  individual_name: optional(emptyable(text(150))),
  invoice_prefix: optional(invoicePrefix),
  invoice_settings: optional(invoiceSettingsParams),
  metadata: optional(metadataParam),
  name: optional(emptyable(text(NAME_MAX))),
  next_invoice_sequence: optional(integer(1, INVOICE_SEQUENCE_MAX)),
  phone: optional(emptyable(text(20))),
  preferred_locales: optional(emptyable(arrayOf(text()))),
  shipping: optional(emptyable(shippingParams)),
  tax_exempt: optional(emptyable(oneOf('tax_exempt', ['none', 'exempt', 'reverse']))),
}

/** Parameters of POST /v1/customers. Those that need sources or tax ids are refused by name. */
export const createCustomerParams = closed('CreateCustomer', {
  ...fields,
  payment_method: optional(text()),
  test_clock: optional(text()),
})

/** Parameters of POST /v1/customers/{id}. A clock cannot be changed: `test_clock` is unknown here. */
export const updateCustomerParams = closed('UpdateCustomer', fields)

export type CreateCustomer = TypeOf<typeof createCustomerParams>
export type UpdateCustomer = TypeOf<typeof updateCustomerParams>

/** Parameters of POST /v1/customers/{id}/balance_transactions. */
export const createBalanceTransactionParams = closed('CreateCustomerBalanceTransaction', {
  amount: integer(-BALANCE_MAX, BALANCE_MAX),
  currency: currencyCode,
  description: optional(emptyable(text(BALANCE_DESCRIPTION_MAX))),
  metadata: optional(metadataParam),
})

/** Parameters of POST /v1/customers/{id}/balance_transactions/{transaction}. */
export const updateBalanceTransactionParams = closed('UpdateCustomerBalanceTransaction', {
  transaction: text(),
  description: optional(emptyable(text(BALANCE_DESCRIPTION_MAX))),
  metadata: optional(metadataParam),
})

export type CreateBalanceTransaction = TypeOf<typeof createBalanceTransactionParams>
export type UpdateBalanceTransaction = TypeOf<typeof updateBalanceTransactionParams>

// What a log holds

/** An address as a log holds it. */
export const addressRow = closed('Address', {
  city: nullable(anyText),
  country: nullable(anyText),
  line1: nullable(anyText),
  line2: nullable(anyText),
  postal_code: nullable(anyText),
  state: nullable(anyText),
})

const row = {
  address: nullable(addressRow),
  balances: mapOf(integer()),
  business_name: optional(nullable(anyText)),
  created: timestamp,
  currency: nullable(currencyCode),
  delinquent: boolean,
  description: nullable(anyText),
  email: nullable(anyText),
  individual_name: optional(nullable(anyText)),
  invoice_prefix: anyText,
  invoice_settings: closed('InvoiceSettings', {
    custom_fields: nullable(arrayOf(customField)),
    default_payment_method: nullable(text(255)),
    footer: nullable(anyText),
    rendering_options: nullable(
      closed('RenderingOptions', {
        amount_tax_display: nullable(
          oneOf('amount_tax_display', ['exclude_tax', 'include_inclusive_tax']),
        ),
        template: nullable(anyText),
      }),
    ),
  }),
  metadata: mapOf(anyText),
  name: nullable(anyText),
  next_invoice_sequence: integer(1),
  phone: nullable(anyText),
  preferred_locales: arrayOf(anyText),
  shipping: nullable(
    closed('Shipping', { address: addressRow, name: anyText, phone: nullable(anyText) }),
  ),
  tax_exempt: oneOf('tax_exempt', ['none', 'exempt', 'reverse']),
  test_clock: nullable(idOf<TestClockId>()),
}

const customerRow = closed('Customer', { id: idOf<CustomerId>(), ...row }) as Codec<Customer>

const balanceTransactionRow = closed('CustomerBalanceTransaction', {
  id: idOf<CustomerBalanceTransactionId>(),
  amount: integer(),
  created: timestamp,
  credit_note: nullable(anyText),
  currency: currencyCode,
  customer: idOf<CustomerId>(),
  description: nullable(anyText),
  ending_balance: integer(),
  invoice: nullable(anyText),
  metadata: mapOf(anyText),
  type: oneOf('type', BALANCE_TRANSACTION_TYPES),
})

/** A customer of version 1 had neither balances nor a currency: both were constants. */
const withBalances = (customer: unknown): unknown => {
  if (typeof customer !== 'object' || customer === null) return customer
  const { balance, ...rest } = customer as Readonly<Record<string, unknown>>
  return { ...rest, balances: {}, currency: null, delinquent: false }
}

export const customerEvents = {
  CustomerCreated: eventFormat<CustomerCreated>(
    'CustomerCreated',
    { customer: customerRow },
    {
      version: 2,
      upcasts: { 1: (fields) => ({ ...fields, customer: withBalances(fields.customer) }) },
    },
  ),
  CustomerUpdated: eventFormat<CustomerUpdated>('CustomerUpdated', {
    id: idOf<CustomerId>(),
    changes: partial<Omit<Customer, 'id'>>('Changes', row),
  }),
  CustomerJoinedTestClock: eventFormat<CustomerJoinedTestClock>('CustomerJoinedTestClock', {
    id: idOf<CustomerId>(),
    test_clock: idOf<TestClockId>(),
  }),
  CustomerInvoiceNumberTaken: eventFormat<CustomerInvoiceNumberTaken>(
    'CustomerInvoiceNumberTaken',
    { id: idOf<CustomerId>() },
  ),
  CustomerBalanceTransactionCreated: eventFormat<CustomerBalanceTransactionCreated>(
    'CustomerBalanceTransactionCreated',
    { customer_balance_transaction: balanceTransactionRow },
  ),
  CustomerBalanceTransactionUpdated: eventFormat<CustomerBalanceTransactionUpdated>(
    'CustomerBalanceTransactionUpdated',
    {
      id: idOf<CustomerBalanceTransactionId>(),
      changes: closed('Changes', {
        description: optional(nullable(anyText)),
        metadata: optional(mapOf(anyText)),
      }),
    },
  ),
  CustomerDeleted: eventFormat<CustomerDeleted>('CustomerDeleted', { id: idOf<CustomerId>() }),
}
