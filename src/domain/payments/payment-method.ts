import {
  type Address,
  addressParams,
  addressRow,
  type Customer,
  type CustomerId,
  type CustomerSlices,
  email,
  NO_ADDRESS,
} from '../customers/index.js'
import { toCivil } from '../kernel/calendar.js'
import {
  anyText,
  boolean,
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
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { defect } from '../kernel/defect.js'
import { changedFields, previousAttributes } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { type Notify, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { drawId, seedWords } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import {
  type Metadata,
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../kernel/metadata.js'
import {
  cardError,
  invalidRequest,
  onlyOneOf,
  parameterMissing,
  type Rejection,
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
import type {
  ChargeCreated,
  PaymentIntentFailed,
  PaymentIntentRequiresAction,
  SetupIntentSucceeded,
} from './facts.js'
import type { PaymentMethodId } from './ids.js'
import {
  attachDecline,
  type ChargeOutcome,
  type Circumstances,
  displayBrandOf,
  last4Of,
  outcomeOf,
  parseScript,
  setupOutcomeOf,
  TEST_CARDS,
  type TestCard,
  testCardNamed,
  testCardNumbered,
} from './test-cards.js'

export interface BillingDetails {
  readonly address: Address
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly tax_id: string | null
}

/** @remarks Source: docs.stripe.com/api/payment_methods/object. Cards only. */
export interface PaymentMethod {
  readonly id: PaymentMethodId
  readonly allow_redisplay: 'always' | 'limited' | 'unspecified'
  readonly billing_details: BillingDetails
  /** Which test card it is: `visa`, `chargeCustomerFail`. What it looks like and does follows from that. */
  readonly card: string
  readonly created: Instant
  readonly customer: CustomerId | null
  readonly exp_month: number
  readonly exp_year: number
  readonly metadata: Metadata
  /** Attempts to charge it so far: where its script stands. */
  readonly attempts: number
  /** `single_use` once it was charged without being attached, `gone` once it was detached: it can be attached no more. */
  readonly use: 'open' | 'single_use' | 'gone'
  /** Authenticated for use while the customer is away. */
  readonly set_up: boolean
}

export interface PaymentMethodSlices {
  /** By `customer`: those that are attached. */
  readonly paymentMethods: Table<PaymentMethod, 'customer'>
}

type Slices = PaymentMethodSlices & CustomerSlices & TestClockSlices & SettingsSlices

const cardOf = ({ card }: PaymentMethod): TestCard =>
  TEST_CARDS.get(card) ?? defect(`no test card '${card}'`)

/**
 * What becomes of the next attempt to charge a card: what its script says, or else what such a card does.
 * @param circumstances - Whether the customer is there, and whether she has just authenticated this payment.
 */
export const chargeOutcome = (
  method: PaymentMethod,
  circumstances: Omit<Circumstances, 'setUp'>,
): ChargeOutcome => {
  const { sim_script } = method.metadata
  const script = sim_script === undefined ? undefined : parseScript(sim_script)
  const step = script?.[Math.min(method.attempts, script.length - 1)]
  return outcomeOf(step ?? cardOf(method).behaviour, {
    offSession: circumstances.offSession,
    authenticated: circumstances.authenticated,
    setUp: method.set_up,
  })
}

/**
 * What becomes of setting a card up for use while the customer is away; she is there.
 * @param authenticated - She has just authenticated this card.
 */
export const setupOutcome = (method: PaymentMethod, authenticated: boolean): ChargeOutcome =>
  setupOutcomeOf(cardOf(method).behaviour, { authenticated, setUp: method.set_up })

/** Whether a refund to a card succeeds only to fail. */
export const refundFails = (method: PaymentMethod): boolean => cardOf(method).refundFails === true

export interface PaymentMethodView
  extends Omit<PaymentMethod, 'card' | 'exp_month' | 'exp_year' | 'attempts' | 'use' | 'set_up'> {
  readonly object: 'payment_method'
  readonly card: {
    readonly brand: string
    readonly checks: {
      readonly address_line1_check: null
      readonly address_postal_code_check: null
      readonly cvc_check: 'pass' | 'unchecked'
    }
    readonly country: string
    readonly display_brand: string
    readonly exp_month: number
    readonly exp_year: number
    /** The same for every card of a number. */
    readonly fingerprint: string
    readonly funding: TestCard['funding']
    readonly generated_from: null
    readonly last4: string
    readonly networks: { readonly available: readonly string[]; readonly preferred: null }
    readonly regulated_status: 'unregulated'
    readonly three_d_secure_usage: { readonly supported: true }
    readonly wallet: null
  }
  readonly customer_account: null
  readonly livemode: false
  readonly shared_payment_granted_token: null
  readonly type: 'card'
}

const FINGERPRINT_LENGTH = 16

/** @remarks Observed: the code of a card is unchecked until it is attached, and stays checked after it is detached. */
export const viewPaymentMethod = (method: PaymentMethod): PaymentMethodView => {
  const { id, card: _, exp_month, exp_year, attempts, use, set_up, ...fields } = method
  const card = cardOf(method)
  const { brand, country, funding, number } = card
  return {
    id,
    object: 'payment_method',
    ...fields,
    card: {
      brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: method.customer === null && use === 'open' ? 'unchecked' : 'pass',
      },
      country,
      display_brand: displayBrandOf(card),
      exp_month,
      exp_year,
      fingerprint: drawId(seedWords(number), 0, '', FINGERPRINT_LENGTH),
      funding,
      generated_from: null,
      last4: last4Of(card),
      networks: { available: [brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    customer_account: null,
    livemode: false,
    shared_payment_granted_token: null,
    type: 'card',
  }
}

// Events

export interface PaymentMethodCreated extends DomainEvent {
  readonly type: 'PaymentMethodCreated'
  readonly payment_method: PaymentMethod
}
export interface PaymentMethodUpdated extends DomainEvent {
  readonly type: 'PaymentMethodUpdated'
  readonly id: PaymentMethodId
  readonly changes: Partial<PaymentMethod>
}
export interface PaymentMethodAttached extends DomainEvent {
  readonly type: 'PaymentMethodAttached'
  readonly id: PaymentMethodId
  readonly customer: CustomerId
}
export interface PaymentMethodDetached extends DomainEvent {
  readonly type: 'PaymentMethodDetached'
  readonly id: PaymentMethodId
  readonly customer: CustomerId
}

export type PaymentMethodEvent =
  | PaymentMethodCreated
  | PaymentMethodUpdated
  | PaymentMethodAttached
  | PaymentMethodDetached

/** A card after one more attempt to charge it; its script moves on. */
const tried = (method: PaymentMethod): PaymentMethod => ({
  ...method,
  attempts: method.attempts + 1,
})

/** What changes a card without being about it alone: attempts to charge it, and that it was set up. */
type Used = ChargeCreated | PaymentIntentFailed | PaymentIntentRequiresAction | SetupIntentSucceeded

export const paymentMethodsSlice = slice<
  PaymentMethodSlices['paymentMethods'],
  PaymentMethodEvent | Used
>({
  initial: () =>
    Table.of<PaymentMethod, { customer: (method: PaymentMethod) => string | null }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    PaymentMethodCreated: (methods, event) => methods.insert(event.payment_method),
    PaymentMethodUpdated: (methods, event) =>
      methods.update(event.id, (method) => ({ ...method, ...event.changes })),
    PaymentMethodAttached: (methods, event) =>
      methods.update(event.id, (method) => ({ ...method, customer: event.customer })),
    PaymentMethodDetached: (methods, event) =>
      methods.update(event.id, (method) => ({ ...method, customer: null, use: 'gone' })),
    ChargeCreated: (methods, { charge, set_up = false }) =>
      methods.update(charge.payment_method, (method) => ({
        ...method,
        attempts: method.attempts + 1,
        use: method.customer === null ? 'single_use' : method.use,
        set_up: method.set_up || set_up,
      })),
    PaymentIntentFailed: (methods, event) => methods.update(event.payment_method, tried),
    PaymentIntentRequiresAction: (methods, event) => methods.update(event.payment_method, tried),
    SetupIntentSucceeded: (methods, event) =>
      methods.update(event.payment_method, (method) => ({ ...method, set_up: true })),
  },
})

// Codecs

const billingDetailsParams = closed('BillingDetails', {
  address: optional(emptyable(addressParams)),
  email: optional(emptyable(email)),
  name: optional(emptyable(text())),
  phone: optional(emptyable(text())),
  tax_id: optional(emptyable(text())),
})

const allowRedisplay = oneOf('allow_redisplay', ['always', 'limited', 'unspecified'])

/** A wrong expiry or code is a card error, which the decision answers. */
const expiry = { exp_month: optional(integer()), exp_year: optional(integer()) }

/** Parameters of POST /v1/payment_methods. */
export const createPaymentMethodParams = closed('CreatePaymentMethod', {
  type: oneOf('type', ['card']),
  allow_redisplay: optional(allowRedisplay),
  billing_details: optional(billingDetailsParams),
  card: optional(
    closed('Card', {
      ...expiry,
      cvc: optional(text()),
      number: optional(text()),
      token: optional(text()),
    }),
  ),
  metadata: optional(metadataParam),
})

/** Parameters of POST /v1/payment_methods/{id}. */
export const updatePaymentMethodParams = closed('UpdatePaymentMethod', {
  allow_redisplay: optional(allowRedisplay),
  billing_details: optional(billingDetailsParams),
  card: optional(closed('Card', expiry)),
  metadata: optional(metadataParam),
})

/** Parameters of POST /v1/payment_methods/{id}/attach. */
export const attachPaymentMethodParams = closed('AttachPaymentMethod', { customer: text() })

export type CreatePaymentMethod = TypeOf<typeof createPaymentMethodParams>
export type UpdatePaymentMethod = TypeOf<typeof updatePaymentMethodParams>
export type AttachPaymentMethod = TypeOf<typeof attachPaymentMethodParams>

const row = {
  allow_redisplay: allowRedisplay,
  billing_details: closed('BillingDetails', {
    address: addressRow,
    email: nullable(anyText),
    name: nullable(anyText),
    phone: nullable(anyText),
    tax_id: nullable(anyText),
  }),
  card: oneOf('card', [...TEST_CARDS.keys()]),
  created: timestamp,
  customer: nullable(idOf<CustomerId>()),
  exp_month: integer(1, 12),
  exp_year: integer(1970, 9_999),
  metadata: mapOf(anyText),
  attempts: integer(0),
  use: oneOf('use', ['open', 'single_use', 'gone']),
  set_up: boolean,
}

export const paymentMethodEvents = {
  PaymentMethodCreated: eventFormat<PaymentMethodCreated>('PaymentMethodCreated', {
    payment_method: closed('PaymentMethod', {
      id: idOf<PaymentMethodId>(),
      ...row,
    }) as Codec<PaymentMethod>,
  }),
  PaymentMethodUpdated: eventFormat<PaymentMethodUpdated>('PaymentMethodUpdated', {
    id: idOf<PaymentMethodId>(),
    changes: partial('Changes', row),
  }),
  PaymentMethodAttached: eventFormat<PaymentMethodAttached>('PaymentMethodAttached', {
    id: idOf<PaymentMethodId>(),
    customer: idOf<CustomerId>(),
  }),
  PaymentMethodDetached: eventFormat<PaymentMethodDetached>('PaymentMethodDetached', {
    id: idOf<PaymentMethodId>(),
    customer: idOf<CustomerId>(),
  }),
}

// Decisions

const NO_DETAILS: BillingDetails = {
  address: NO_ADDRESS,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
}

/** What is given changes, of an address too; `null` (an empty string) unsets. */
const mergedDetails = (
  current: BillingDetails,
  { address, ...plain }: NonNullable<CreatePaymentMethod['billing_details']> = {},
): BillingDetails => ({
  ...current,
  ...plain,
  address: address === null ? NO_ADDRESS : { ...current.address, ...address },
})

/** How far ahead a card may expire. */
const EXPIRY_YEARS_MAX = 50

/** @remarks Source: docs.stripe.com/error-codes. A card is good to the end of its month. */
const expiryRefusal = (
  now: Instant,
  { exp_month, exp_year }: Pick<PaymentMethod, 'exp_month' | 'exp_year'>,
): Rejection | undefined => {
  const { year, month } = toCivil(now)
  if (exp_year < year || exp_year > year + EXPIRY_YEARS_MAX)
    return cardError("Your card's expiration year is invalid.", {
      code: 'invalid_expiry_year',
      param: 'exp_year',
    })
  const first = exp_year === year ? month : 1
  return exp_month < first || exp_month > 12
    ? cardError("Your card's expiration month is invalid.", {
        code: 'invalid_expiry_month',
        param: 'exp_month',
      })
    : undefined
}

/** Metadata's `sim_script` must be one; it says what becomes of each attempt to charge. */
const scriptRefusal = ({ sim_script }: Metadata): Rejection | undefined =>
  sim_script === undefined || parseScript(sim_script) !== undefined
    ? undefined
    : invalidRequest(
        'Invalid sim_script: write outcomes separated by commas, each of them succeed, action or decline:CODE (decline:insufficient_funds)',
        { param: 'metadata[sim_script]' },
      )

/** A card as it is described: which it is, and how long it is good. */
type Described = Pick<PaymentMethod, 'card' | 'exp_month' | 'exp_year'>

const isRejection = (value: Described | Rejection): value is Rejection => 'message' in value

/** A test id describes a card that is good for a year and what is left of the month. @remarks Observed. */
const described = (card: string, now: Instant): Described => {
  const { year, month } = toCivil(now)
  return { card, exp_month: month, exp_year: year + 1 }
}

/** The card of a test token or a test number, or why it cannot be. */
const cardGiven = (
  { token, number, ...rest }: NonNullable<CreatePaymentMethod['card']>,
  now: Instant,
): Described | Rejection => {
  if (token !== undefined) {
    const [other] = Object.keys(number === undefined ? rest : { number })
    if (other !== undefined) return onlyOneOf(['card[token]', `card[${other}]`])
    const card = testCardNamed(token, 'tok_')
    return card === undefined
      ? resourceMissingIn('card[token]', 'token', token)
      : described(card, now)
  }
  const { exp_month, exp_year, cvc } = rest
  if (number === undefined) return parameterMissing('card[number]')
  if (exp_month === undefined) return parameterMissing('card[exp_month]')
  if (exp_year === undefined) return parameterMissing('card[exp_year]')
  const card = testCardNumbered(number)
  if (card === undefined)
    return cardError('Your card number is incorrect.', {
      code: 'incorrect_number',
      param: 'number',
    })
  const expired = expiryRefusal(now, { exp_month, exp_year })
  if (expired !== undefined) return expired
  return cvc === undefined || /^\d{3,4}$/.test(cvc)
    ? { card, exp_month, exp_year }
    : cardError("Your card's security code is invalid.", { code: 'invalid_cvc', param: 'cvc' })
}

const newMethod = (
  world: World,
  created: Instant,
  { card, exp_month, exp_year }: Described,
  given: Pick<CreatePaymentMethod, 'allow_redisplay' | 'billing_details' | 'metadata'> = {},
): PaymentMethod => ({
  id: newId(world, 'pm_1', 23),
  allow_redisplay: given.allow_redisplay ?? 'unspecified',
  billing_details: mergedDetails(NO_DETAILS, given.billing_details),
  card,
  created,
  customer: null,
  exp_month,
  exp_year,
  metadata: newMetadata(given.metadata),
  attempts: 0,
  use: 'open',
  set_up: false,
})

/**
 * Creates a card that is attached to nobody, on the root clock.
 * @remarks Source: docs.stripe.com/api/payment_methods/create. Only test cards exist.
 */
export const createPaymentMethod =
  (params: CreatePaymentMethod): Decision<PaymentMethodSlices, PaymentMethod> =>
  (world) => {
    if (params.card === undefined) return E.left(parameterMissing('card'))
    const card = cardGiven(params.card, world.now)
    if (isRejection(card)) return E.left(card)
    const payment_method = newMethod(world, world.now, card, params)
    const refusal = scriptRefusal(payment_method.metadata)
    if (refusal !== undefined) return E.left(refusal)
    return decided(
      world.record<PaymentMethodEvent>({
        type: 'PaymentMethodCreated',
        at: world.now,
        payment_method,
      }),
      payment_method,
    )
  }

/**
 * No such payment method: 404 where a path names it, 400 where a parameter does.
 * @remarks Observed.
 */
export const unknownPaymentMethod = (id: string, status: 400 | 404 = 404): Rejection =>
  invalidRequest(
    `No such PaymentMethod: '${id}'; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication`,
    { status, code: 'resource_missing', param: 'payment_method' },
  )

/** The card with an id. A test id (`pm_card_visa`) makes a fresh card each time, at the time of the clock. */
const methodGiven =
  (
    id: PaymentMethodId,
    test_clock: TestClockId | null,
    status: 400 | 404,
  ): Decision<PaymentMethodSlices & TestClockSlices, PaymentMethod> =>
  (world) => {
    const found = world.paymentMethods.get(id)
    if (found !== undefined) return decided(world, found)
    const name = testCardNamed(id, 'pm_card_')
    if (name === undefined) return E.left(unknownPaymentMethod(id, status))
    const at = clockNow(world, test_clock)
    const payment_method = newMethod(world, at, described(name, at))
    return decided(
      world.record<PaymentMethodEvent>({
        type: 'PaymentMethodCreated',
        at,
        ...onClock(test_clock),
        payment_method,
      }),
      payment_method,
    )
  }

/**
 * The card with an id that a parameter names, if a customer may pay with it: hers, or nobody's and not used up.
 * @param customer - `null` for nobody, whose card must be nobody's.
 * @remarks The texts are known from the live API.
 */
export const usableMethod =
  (
    id: PaymentMethodId,
    customer: CustomerId | null,
    test_clock: TestClockId | null,
  ): Decision<PaymentMethodSlices & TestClockSlices, PaymentMethod> =>
  (world) => {
    const given = methodGiven(id, test_clock, 400)(world)
    if (E.isLeft(given)) return given
    const { customer: owner, use } = given.right.result
    if (owner === null)
      return use === 'open'
        ? given
        : E.left(
            invalidRequest(
              'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
            ),
          )
    if (owner === customer) return given
    return E.left(
      invalidRequest(
        customer === null
          ? `The payment method supplied (${id}) belongs to the Customer ${owner}. Please include the Customer in the \`customer\` parameter on the SetupIntent.`
          : `The PaymentMethod ${id} does not belong to the Customer you supplied ${customer}. Please use this PaymentMethod with the Customer that it belongs to instead.`,
        { param: 'payment_method' },
      ),
    )
  }

/**
 * Attaches a card to a customer until it is detached. A test id (`pm_card_visa`) makes a fresh card each time. A card
 * that is hers already stays as it is.
 * @param owner - The customer, who may be about to be created.
 * @param status - Of the refusal of an unknown method.
 */
export const attachTo =
  (
    id: PaymentMethodId,
    { id: customer, test_clock }: Pick<Customer, 'id' | 'test_clock'>,
    status: 400 | 404,
  ): Decision<PaymentMethodSlices & TestClockSlices, PaymentMethod> =>
  (start) => {
    const given = methodGiven(id, test_clock, status)(start)
    if (E.isLeft(given)) return given
    const { world, result: method } = given.right
    if (method.customer === customer) return decided(world, method)
    if (method.customer !== null)
      return E.left(
        invalidRequest('The payment method you provided has already been attached to a customer.'),
      )
    if (method.use !== 'open')
      return E.left(
        invalidRequest(
          'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
        ),
      )
    const decline = attachDecline(cardOf(method))
    if (decline !== undefined) {
      const { message, decline_code, ...codes } = decline
      const details = decline_code === null ? codes : { ...codes, decline_code }
      return E.left(cardError(message, { ...details, param: '' }))
    }
    const after = world.record<PaymentMethodEvent>({
      type: 'PaymentMethodAttached',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id: method.id,
      customer,
    })
    return decided(after, after.paymentMethods.need(method.id))
  }

/** Attaches a card to a customer who is there. @remarks Source: docs.stripe.com/api/payment_methods/attach. */
export const attachPaymentMethod =
  (id: PaymentMethodId, { customer }: AttachPaymentMethod): Decision<Slices, PaymentMethod> =>
  (world) => {
    const owner = world.customers.get(customer)
    if (owner === undefined) return E.left(resourceMissingIn('customer', 'customer', customer))
    const refusal = advancingRefusal(world, owner.test_clock)
    return refusal === undefined ? attachTo(id, owner, 404)(world) : E.left(refusal)
  }

/** Decides on a method that a path names and on its owner, whose clock must not be advancing. */
const ofCustomer =
  (
    id: PaymentMethodId,
    unattached: string,
    decide: (method: PaymentMethod, owner: Customer) => Decision<Slices, PaymentMethod>,
  ): Decision<Slices, PaymentMethod> =>
  (world) => {
    const method = world.paymentMethods.get(id)
    if (method === undefined) return E.left(unknownPaymentMethod(id))
    if (method.customer === null) return E.left(invalidRequest(unattached))
    const owner = world.customers.need(method.customer)
    const refusal = advancingRefusal(world, owner.test_clock)
    return refusal === undefined ? decide(method, owner)(world) : E.left(refusal)
  }

/**
 * Changes a card of a customer's; what changes nothing records nothing.
 * @remarks Source: docs.stripe.com/api/payment_methods/update; that it must be attached is observed.
 */
export const updatePaymentMethod = (
  id: PaymentMethodId,
  { allow_redisplay, billing_details, card, metadata }: UpdatePaymentMethod,
): Decision<Slices, PaymentMethod> =>
  ofCustomer(
    id,
    'You must save this PaymentMethod to a customer before you can update it.',
    (method, { test_clock }) =>
      (world) => {
        const at = clockNow(world, test_clock)
        const next: PaymentMethod = {
          ...method,
          ...card,
          allow_redisplay: allow_redisplay ?? method.allow_redisplay,
          billing_details: mergedDetails(method.billing_details, billing_details),
          metadata: mergeMetadata(method.metadata, metadata),
        }
        const refusal =
          (card === undefined ? undefined : expiryRefusal(at, next)) ??
          metadataRefusal(next.metadata) ??
          scriptRefusal(next.metadata)
        if (refusal !== undefined) return E.left(refusal)
        const changes = changedFields(method, next)
        if (Object.keys(changes).length === 0) return decided(world, method)
        const after = world.record<PaymentMethodEvent>({
          type: 'PaymentMethodUpdated',
          at,
          ...onClock(test_clock),
          id,
          changes,
        })
        return decided(after, after.paymentMethods.need(id))
      },
  )

/** The fact that a card is its owner's no more, whatever her clock is doing: for good. */
export const releasePaymentMethod =
  (
    { id }: PaymentMethod,
    { id: customer, test_clock }: Customer,
  ): Decision<PaymentMethodSlices & TestClockSlices, PaymentMethod> =>
  (world) => {
    const after = world.record<PaymentMethodEvent>({
      type: 'PaymentMethodDetached',
      at: clockNow(world, test_clock),
      ...onClock(test_clock),
      id,
      customer,
    })
    return decided(after, after.paymentMethods.need(id))
  }

/**
 * Detaches a card from its customer. What points to it is for a story to clear.
 * @remarks Source: docs.stripe.com/api/payment_methods/detach; the refusal is observed.
 */
export const detachPaymentMethod = (id: PaymentMethodId): Decision<Slices, PaymentMethod> =>
  ofCustomer(
    id,
    'The payment method you provided is not attached to a customer so detachment is impossible.',
    releasePaymentMethod,
  )

// Notifications

export const paymentMethodNotifications = {
  PaymentMethodUpdated: ((event, before, after) => {
    const object = viewPaymentMethod(after.paymentMethods.need(event.id))
    const was = viewPaymentMethod(before.paymentMethods.need(event.id))
    return [
      {
        type: 'payment_method.updated',
        created: event.at,
        object,
        previous_attributes: previousAttributes(was, object),
      },
    ]
  }) satisfies Notify<PaymentMethodSlices, PaymentMethodUpdated>,
  PaymentMethodAttached: ((event, _, after) => [
    {
      type: 'payment_method.attached',
      created: event.at,
      object: viewPaymentMethod(after.paymentMethods.need(event.id)),
    },
  ]) satisfies Notify<PaymentMethodSlices, PaymentMethodAttached>,
  PaymentMethodDetached: ((event, _, after) => [
    {
      type: 'payment_method.detached',
      created: event.at,
      object: viewPaymentMethod(after.paymentMethods.need(event.id)),
      previous_attributes: { customer: event.customer },
    },
  ]) satisfies Notify<PaymentMethodSlices, PaymentMethodDetached>,
}
