import { type Draft, produce } from 'immer'
import {
  anyText,
  arrayOf,
  type Codec,
  closed,
  emptyable,
  FAIL,
  idOf,
  integer,
  leaf,
  literal,
  mapOf,
  nullable,
  oneOf,
  optional,
  type TypeOf,
  text,
  timestamp,
} from '../kernel/codec.js'
import { andThen, type Decision, decided, newId, type World } from '../kernel/decision.js'
import { previousAttributes, sameJson } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { type Notify, slice } from '../kernel/family.js'
import { E, pipe } from '../kernel/fp.js'
import { drawCode, type Id } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import {
  type Metadata,
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../kernel/metadata.js'
import type { Notice } from '../kernel/notice.js'
import {
  invalidRequest,
  type Rejection,
  resourceMissing,
  resourceMissingIn,
} from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  onClock,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'

export type CustomerId = Id<'customer'>

export interface Address {
  readonly city: string | null
  readonly country: string | null
  readonly line1: string | null
  readonly line2: string | null
  readonly postal_code: string | null
  readonly state: string | null
}

export interface Shipping {
  readonly address: Address
  readonly name: string
  readonly phone: string | null
}

export interface InvoiceSettings {
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[] | null
  /** A payment method that is attached to the customer. */
  readonly default_payment_method: string | null
  readonly footer: string | null
  readonly rendering_options: {
    readonly amount_tax_display: 'exclude_tax' | 'include_inclusive_tax' | null
    readonly template: string | null
  } | null
}

/** @remarks Source: docs.stripe.com/api/customers/object. */
export interface Customer {
  readonly id: CustomerId
  readonly address: Address | null
  readonly balance: 0
  /** Absent or `null`: not set. */
  readonly business_name?: string | null
  readonly created: Instant
  readonly currency: null
  readonly description: string | null
  readonly email: string | null
  /** Absent or `null`: not set. */
  readonly individual_name?: string | null
  readonly invoice_prefix: string
  readonly invoice_settings: InvoiceSettings
  readonly metadata: Metadata
  readonly name: string | null
  readonly next_invoice_sequence: number
  readonly phone: string | null
  readonly preferred_locales: readonly string[]
  readonly shipping: Shipping | null
  readonly tax_exempt: 'none' | 'exempt' | 'reverse'
  readonly test_clock: TestClockId | null
}

export interface CustomerView extends Omit<Customer, 'business_name' | 'individual_name'> {
  readonly object: 'customer'
  /** Present where it is set. */
  readonly business_name?: string
  /** Present where it is set. */
  readonly individual_name?: string
  readonly customer_account: null
  readonly default_source: null
  readonly delinquent: false
  readonly discount: null
  readonly livemode: false
}

export interface DeletedCustomer {
  readonly id: CustomerId
  readonly object: 'customer'
  readonly deleted: true
}

export const viewCustomer = ({
  id,
  business_name,
  individual_name,
  ...fields
}: Customer): CustomerView => ({
  id,
  object: 'customer',
  ...fields,
  ...(business_name ? { business_name } : {}),
  ...(individual_name ? { individual_name } : {}),
  customer_account: null,
  default_source: null,
  delinquent: false,
  discount: null,
  livemode: false,
})

export const viewDeletedCustomer = (id: CustomerId): DeletedCustomer => ({
  id,
  object: 'customer',
  deleted: true,
})

export interface CustomerSlices {
  /** By `test_clock`: the clock's id, or `''` for those on the root clock. By `invoice_prefix`: at most one. */
  readonly customers: Table<Customer, 'test_clock' | 'invoice_prefix'>
}

/** All that a customer's decisions read. */
type Slices = CustomerSlices & TestClockSlices & SettingsSlices

// Events

export interface CustomerCreated extends DomainEvent {
  readonly type: 'CustomerCreated'
  readonly customer: Customer
}
export interface CustomerUpdated extends DomainEvent {
  readonly type: 'CustomerUpdated'
  readonly id: CustomerId
  /** The fields that changed, with their new values. */
  readonly changes: Partial<Customer>
}
export interface CustomerJoinedTestClock extends DomainEvent {
  readonly type: 'CustomerJoinedTestClock'
  readonly id: CustomerId
  readonly test_clock: TestClockId
}
export interface CustomerDeleted extends DomainEvent {
  readonly type: 'CustomerDeleted'
  readonly id: CustomerId
}

export type CustomerEvent =
  | CustomerCreated
  | CustomerUpdated
  | CustomerJoinedTestClock
  | CustomerDeleted

export const customersSlice = slice<CustomerSlices['customers'], CustomerEvent, TestClockSlices>({
  initial: () =>
    Table.of<
      Customer,
      { test_clock: (row: Customer) => string; invoice_prefix: (row: Customer) => string }
    >({
      test_clock: ({ test_clock }) => test_clock ?? '',
      invoice_prefix: ({ invoice_prefix }) => invoice_prefix,
    }),
  evolve: {
    CustomerCreated: (customers, event, { world }) => {
      if (event.customer.test_clock !== null) world.testClocks.need(event.customer.test_clock)
      return customers.insert(event.customer)
    },
    CustomerUpdated: (customers, event) =>
      customers.update(event.id, (customer) => ({ ...customer, ...event.changes })),
    CustomerJoinedTestClock: (customers, event, { world }) => {
      const { id: test_clock } = world.testClocks.need(event.test_clock)
      return customers.update(event.id, (customer) => ({ ...customer, test_clock }))
    },
    CustomerDeleted: (customers, event) => customers.remove(event.id),
  },
})

// Parameters

const NAME_MAX = 256

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

const fields = {
  address: optional(emptyable(addressParams)),
  business_name: optional(emptyable(text(150))),
  description: optional(emptyable(text())),
  email: optional(emptyable(email)),
  individual_name: optional(emptyable(text(150))),
  invoice_prefix: optional(invoicePrefix),
  invoice_settings: optional(invoiceSettingsParams),
  metadata: optional(metadataParam),
  name: optional(emptyable(text(NAME_MAX))),
  next_invoice_sequence: optional(integer(1)),
  phone: optional(emptyable(text(20))),
  preferred_locales: optional(emptyable(arrayOf(text()))),
  shipping: optional(emptyable(shippingParams)),
  tax_exempt: optional(emptyable(oneOf('tax_exempt', ['none', 'exempt', 'reverse']))),
}

/** Parameters of POST /v1/customers. Those that need sources, tax ids or a balance are refused by name. */
export const createCustomerParams = closed('CreateCustomer', {
  ...fields,
  payment_method: optional(text()),
  test_clock: optional(text()),
})

/** Parameters of POST /v1/customers/{id}. A clock cannot be changed: `test_clock` is unknown here. */
export const updateCustomerParams = closed('UpdateCustomer', fields)

export type CreateCustomer = TypeOf<typeof createCustomerParams>
export type UpdateCustomer = TypeOf<typeof updateCustomerParams>

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
  balance: literal(0),
  business_name: optional(nullable(anyText)),
  created: timestamp,
  currency: literal(null),
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

const changesOf = closed(
  'Changes',
  Object.fromEntries(
    Object.entries(row).map(([key, codec]) => [
      key,
      'optional' in codec ? codec : optional(codec as Codec<any>),
    ]),
  ),
) as Codec<Partial<Customer>>

export const customerEvents = {
  CustomerCreated: eventFormat<CustomerCreated>('CustomerCreated', { customer: customerRow }),
  CustomerUpdated: eventFormat<CustomerUpdated>('CustomerUpdated', {
    id: idOf<CustomerId>(),
    changes: changesOf,
  }),
  CustomerJoinedTestClock: eventFormat<CustomerJoinedTestClock>('CustomerJoinedTestClock', {
    id: idOf<CustomerId>(),
    test_clock: idOf<TestClockId>(),
  }),
  CustomerDeleted: eventFormat<CustomerDeleted>('CustomerDeleted', { id: idOf<CustomerId>() }),
}

// Decisions

export const NO_ADDRESS: Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

const NO_RENDERING = { amount_tax_display: null, template: null }

const NO_INVOICE_SETTINGS: InvoiceSettings = {
  custom_fields: null,
  default_payment_method: null,
  footer: null,
  rendering_options: null,
}

/** What the parameters make of a customer. Absent is unchanged; `null` (an empty string) unsets. */
const patched = (customer: Customer, params: UpdateCustomer): Customer =>
  produce(customer, (draft: Draft<Customer>) => {
    const {
      address,
      invoice_settings,
      metadata,
      preferred_locales,
      shipping,
      tax_exempt,
      ...plain
    } = params
    Object.assign(draft, plain)
    if (address !== undefined) draft.address = address && { ...NO_ADDRESS, ...address }
    if (preferred_locales !== undefined) draft.preferred_locales = [...(preferred_locales ?? [])]
    if (shipping !== undefined)
      draft.shipping = shipping && {
        address: { ...NO_ADDRESS, ...shipping.address },
        name: shipping.name,
        phone: shipping.phone ?? null,
      }
    if (tax_exempt !== undefined) draft.tax_exempt = tax_exempt ?? 'none'
    if (invoice_settings !== undefined) {
      const { rendering_options, ...given } = invoice_settings
      Object.assign(draft.invoice_settings, given)
      if (rendering_options !== undefined)
        draft.invoice_settings.rendering_options = rendering_options && {
          ...NO_RENDERING,
          ...rendering_options,
        }
    }
    draft.metadata = mergeMetadata(customer.metadata, metadata)
  })

/** @remarks Source: docs.stripe.com/billing/testing/test-clocks. Strict mode only. */
const CUSTOMERS_PER_CLOCK = 3

const clockRefusal = (
  world: World<Slices>,
  test_clock: TestClockId | null,
): Rejection | undefined => {
  if (test_clock === null) return undefined
  if (!world.testClocks.has(test_clock))
    return resourceMissingIn('test_clock', 'test clock', test_clock)
  const advancing = advancingRefusal(world, test_clock)
  if (advancing !== undefined) return advancing
  if (
    world.settings.strict &&
    world.customers.slotsBy('test_clock', test_clock).size >= CUSTOMERS_PER_CLOCK
  )
    return invalidRequest(
      `You can only have up to ${CUSTOMERS_PER_CLOCK} customers per test clock.`,
      {
        param: 'test_clock',
      },
    )
  return undefined
}

/**
 * Why a customer may not become the next one: another has its invoice prefix, its invoice numbers would go back, or
 * its metadata has grown too large; the first in this order.
 */
const changeRefusal = (
  world: World<CustomerSlices>,
  customer: Customer,
  next: Customer,
): Rejection | undefined => {
  const holder = world.customers.firstBy('invoice_prefix', next.invoice_prefix)
  if (holder !== undefined && holder.id !== next.id)
    return invalidRequest(
      `This invoice number prefix is taken by customer: ${holder.id}. Please enter a different prefix.`,
      { param: 'invoice_prefix' },
    )
  if (next.next_invoice_sequence < customer.next_invoice_sequence)
    return invalidRequest(
      `The next_invoice_sequence can only be raised; it is ${customer.next_invoice_sequence}.`,
      { param: 'next_invoice_sequence' },
    )
  return metadataRefusal(next.metadata)
}

const freeInvoicePrefix = (world: World<CustomerSlices>): string => {
  for (let nth = 0; ; nth += 1) {
    const prefix = drawCode(world.seed, world.serial + 1, 'invoice_prefix', 8, nth)
    if (world.customers.firstSlotBy('invoice_prefix', prefix) === undefined) return prefix
  }
}

/** A new customer before she exists: on which clock, and with what. */
export type NewCustomer = Omit<CreateCustomer, 'payment_method'>

/**
 * The customer that the parameters make, on a test clock if one is named. Nothing is recorded yet.
 * @remarks Source: docs.stripe.com/api/customers/create.
 */
export const newCustomer =
  ({ test_clock: onTestClock, metadata, ...params }: NewCustomer): Decision<Slices, Customer> =>
  (world) => {
    const test_clock = onTestClock ?? null
    const refusal = clockRefusal(world, test_clock)
    if (refusal !== undefined) return E.left(refusal)
    const blank: Customer = {
      id: newId(world, 'cus_', 14),
      address: null,
      balance: 0,
      business_name: null,
      created: clockNow(world, test_clock),
      currency: null,
      description: null,
      email: null,
      individual_name: null,
      invoice_prefix: freeInvoicePrefix(world),
      invoice_settings: NO_INVOICE_SETTINGS,
      metadata: newMetadata(metadata),
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock,
    }
    const customer = patched(blank, params)
    const invalid = changeRefusal(world, blank, customer)
    return invalid === undefined ? decided(world, customer) : E.left(invalid)
  }

/** The fact of a customer's creation. */
export const addCustomer =
  (customer: Customer): Decision<CustomerSlices, Customer> =>
  (world) =>
    decided(
      world.record<CustomerEvent>({
        type: 'CustomerCreated',
        at: customer.created,
        ...onClock(customer.test_clock),
        customer,
      }),
      customer,
    )

/** The customer that a path names, if she may be written to: she is there, and her clock is not advancing. */
export const writableCustomer =
  (id: CustomerId): Decision<Slices, Customer> =>
  (world) => {
    const customer = world.customers.get(id)
    if (customer === undefined) return E.left(resourceMissing('customer', id))
    const refusal = advancingRefusal(world, customer.test_clock)
    return refusal === undefined ? decided(world, customer) : E.left(refusal)
  }

/** The fact of a change, if there is one, and the customer as she is then. */
const becomes =
  (customer: Customer, next: Customer): Decision<CustomerSlices & TestClockSlices, Customer> =>
  (world) => {
    const changes = Object.fromEntries(
      Object.entries(next).filter(
        ([key, value]) => !sameJson(value, customer[key as keyof Customer] ?? null),
      ),
    ) as Partial<Customer>
    if (Object.keys(changes).length === 0) return decided(world, customer)
    const { id, test_clock } = customer
    const after = world.record<CustomerEvent>({
      type: 'CustomerUpdated',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id,
      changes,
    })
    return decided(after, after.customers.need(id))
  }

/**
 * Changes a customer; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/customers/update.
 */
export const updateCustomer = (
  id: CustomerId,
  params: UpdateCustomer,
): Decision<Slices, Customer> =>
  pipe(
    writableCustomer(id),
    andThen(
      (customer): Decision<Slices, Customer> =>
        (world) => {
          const next = patched(customer, params)
          const invalid = changeRefusal(world, customer, next)
          return invalid === undefined ? becomes(customer, next)(world) : E.left(invalid)
        },
    ),
  )

/** The customer with another default payment method, or none. */
export const withDefaultPaymentMethod = (
  customer: Customer,
  default_payment_method: string | null,
): Customer => ({
  ...customer,
  invoice_settings: { ...customer.invoice_settings, default_payment_method },
})

/** Takes a payment method that is gone out of a customer's defaults, whatever her clock is doing. */
export const forgetPaymentMethod =
  (id: CustomerId, method: string): Decision<CustomerSlices & TestClockSlices, Customer> =>
  (world) => {
    const customer = world.customers.need(id)
    return customer.invoice_settings.default_payment_method === method
      ? becomes(customer, withDefaultPaymentMethod(customer, null))(world)
      : decided(world, customer)
  }

/** The fact of a deletion, whatever the clock is doing: a clock takes its customers along. */
export const removeCustomer =
  ({ id, test_clock }: Customer): Decision<CustomerSlices & TestClockSlices, CustomerId> =>
  (world) =>
    decided(
      world.record<CustomerEvent>({
        type: 'CustomerDeleted',
        at: clockNow(world, test_clock),
        ...onClock(test_clock),
        id,
      }),
      id,
    )

/** Puts a customer of the root clock on a test clock, for good. */
export const joinTestClock =
  (id: CustomerId, test_clock: TestClockId): Decision<CustomerSlices & TestClockSlices, Customer> =>
  (world) => {
    const after = world.record<CustomerEvent>({
      type: 'CustomerJoinedTestClock',
      at: clockNow(world, test_clock),
      clock: test_clock,
      id,
      test_clock,
    })
    return decided(after, after.customers.need(id))
  }

// Notifications

const updated: Notify<CustomerSlices, CustomerUpdated | CustomerJoinedTestClock> = (
  event,
  before,
  after,
): readonly Notice[] => {
  const now = after.customers.get(event.id)
  if (now === undefined) return []
  const object = viewCustomer(now)
  const previous_attributes = previousAttributes(
    viewCustomer(before.customers.get(event.id) ?? now),
    object,
  )
  return [{ type: 'customer.updated', created: event.at, object, previous_attributes }]
}

export const customerNotifications = {
  CustomerCreated: (event: CustomerCreated): readonly Notice[] => [
    { type: 'customer.created', created: event.at, object: viewCustomer(event.customer) },
  ],
  CustomerUpdated: updated,
  CustomerJoinedTestClock: updated,
  CustomerDeleted: ((event, before) => [
    {
      type: 'customer.deleted',
      created: event.at,
      object: viewCustomer(before.customers.need(event.id)),
    },
  ]) satisfies Notify<CustomerSlices, CustomerDeleted>,
}
