/** How a customer comes to be, and what her caller may change. */
import { type Draft, produce } from 'immer'
import { andThen, type Decision, decided, newId, type World } from '../kernel/decision.js'
import { E, pipe } from '../kernel/fp.js'
import { drawCode } from '../kernel/ids.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { invalidRequest, type Rejection, resourceMissingIn } from '../kernel/rejection.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancingRefusal,
  clockNow,
  onClock,
  type TestClockId,
  type TestClockSlices,
} from '../test-clocks/index.js'
import { DEFAULT_CURRENCY, setBalance } from './balances.js'
import { becomes, writableCustomer } from './changes.js'
import type { CreateCustomer, UpdateCustomer } from './codec.js'
import type { Address, Customer, CustomerEvent, CustomerId, InvoiceSettings } from './customer.js'
import type { CustomerSlices } from './slices.js'

/** All that a customer's decisions read. */
type Slices = CustomerSlices & TestClockSlices & SettingsSlices

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
      balance: _,
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
      balances: {},
      business_name: null,
      created: clockNow(world, test_clock),
      currency: params.balance ? DEFAULT_CURRENCY : null,
      delinquent: false,
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

/** The fact of a customer's creation, and that of her first balance, in minor units, where it is not 0. */
export const addCustomer =
  (customer: Customer, balance = 0): Decision<CustomerSlices & TestClockSlices, Customer> =>
  (world) =>
    setBalance(
      customer.id,
      'initial',
      balance,
    )(
      world.record<CustomerEvent>({
        type: 'CustomerCreated',
        at: customer.created,
        ...onClock(customer.test_clock),
        customer,
      }),
    )

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
    andThen(() => setBalance(id, 'adjustment', params.balance)),
  )
