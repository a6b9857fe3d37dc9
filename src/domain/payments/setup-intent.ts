import {
  type Customer,
  type CustomerJoinedTestClock,
  type CustomerSlices,
  joinedTestClock,
} from '../customers/index.js'
import {
  anyText,
  arrayOf,
  closed,
  emptyable,
  oneOf,
  optional,
  type TypeOf,
  text,
} from '../kernel/codec.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { type Notify, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import {
  type Metadata,
  mergeMetadata,
  metadataParam,
  metadataRefusal,
  newMetadata,
} from '../kernel/metadata.js'
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
  isThere,
  type TestClockSlices,
  writable,
} from '../test-clocks/index.js'
import {
  SETUP_CANCELLATION_REASONS,
  type SetupIntent,
  type SetupIntentCanceled,
  type SetupIntentCreated,
  type SetupIntentEvent,
  type SetupIntentFailed,
  type SetupIntentRequiresAction,
  type SetupIntentSucceeded,
} from './facts.js'
import type { PaymentMethodId, SetupIntentId } from './ids.js'
import { clientSecret, isOpenIntent, nextAction, onTimeOf, viewError } from './payment-intent.js'
import { attachTo, type PaymentMethodSlices, setupOutcome, usableMethod } from './payment-method.js'
import type { Decline } from './test-cards.js'

export interface SetupIntentSlices {
  /** By `customer`. */
  readonly setupIntents: Table<SetupIntent, 'customer'>
}

type Reads = SetupIntentSlices & PaymentMethodSlices
type Opening = Reads & TestClockSlices
type Slices = Opening & CustomerSlices & SettingsSlices

// View

export type SetupIntentView = ReturnType<typeof viewSetupIntent>

export const viewSetupIntent = (world: World<PaymentMethodSlices>, intent: SetupIntent) => {
  const { id, last_setup_error, subscription, test_clock, ...fields } = intent
  return {
    id,
    object: 'setup_intent' as const,
    ...fields,
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    client_secret: clientSecret(id),
    customer_account: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: last_setup_error === null ? null : viewError(world, last_setup_error),
    latest_attempt: null,
    livemode: false as const,
    managed_payments: null,
    mandate: null,
    next_action: nextAction(intent),
    on_behalf_of: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic' as const,
      },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
  }
}

// State

export const setupIntentsSlice = slice<
  SetupIntentSlices['setupIntents'],
  SetupIntentEvent | CustomerJoinedTestClock
>({
  initial: () =>
    Table.of<SetupIntent, { customer: (intent: SetupIntent) => string | null }>({
      customer: ({ customer }) => customer,
    }),
  evolve: {
    SetupIntentCreated: (intents, event) => intents.insert(event.setup_intent),
    SetupIntentUpdated: (intents, event) =>
      intents.update(event.id, (intent) => ({ ...intent, ...event.changes })),
    SetupIntentRequiresAction: (intents, { id, payment_method }) =>
      intents.update(id, (intent) => ({
        ...intent,
        last_setup_error: null,
        payment_method,
        status: 'requires_action',
      })),
    SetupIntentSucceeded: (intents, { id, payment_method }) =>
      intents.update(id, (intent) => ({
        ...intent,
        last_setup_error: null,
        payment_method,
        status: 'succeeded',
      })),
    SetupIntentFailed: (intents, { id, decline, payment_method }) =>
      intents.update(id, (intent) => ({
        ...intent,
        last_setup_error: { decline, payment_method },
        payment_method: null,
        status: 'requires_payment_method',
      })),
    SetupIntentCanceled: (intents, { id, reason }) =>
      intents.update(id, (intent) => ({
        ...intent,
        cancellation_reason: reason,
        status: 'canceled',
      })),
    // What a customer sets up goes with her to her clock.
    CustomerJoinedTestClock: joinedTestClock,
  },
})

// Codecs

/** Parameters of POST /v1/setup_intents. */
export const createSetupIntentParams = closed('CreateSetupIntent', {
  customer: optional(text()),
  description: optional(text(1_000)),
  metadata: optional(metadataParam),
  payment_method: optional(text()),
  payment_method_types: optional(arrayOf(oneOf('payment_method_types', ['card']))),
  usage: optional(oneOf('usage', ['off_session', 'on_session'])),
})

/** Parameters of POST /v1/setup_intents/{id}. */
export const updateSetupIntentParams = closed('UpdateSetupIntent', {
  description: optional(emptyable(text(1_000))),
  metadata: optional(metadataParam),
})

/** Parameters of POST /v1/setup_intents/{id}/confirm. Where to return to after authentication changes nothing here. */
export const confirmSetupIntentParams = closed('ConfirmSetupIntent', {
  payment_method: optional(text()),
  return_url: optional(anyText),
})

/** Parameters of POST /v1/setup_intents/{id}/cancel. */
export const cancelSetupIntentParams = closed('CancelSetupIntent', {
  cancellation_reason: optional(oneOf('cancellation_reason', SETUP_CANCELLATION_REASONS)),
})

export type CreateSetupIntent = TypeOf<typeof createSetupIntentParams>
export type UpdateSetupIntent = TypeOf<typeof updateSetupIntentParams>
export type ConfirmSetupIntent = TypeOf<typeof confirmSetupIntentParams>
export type CancelSetupIntent = TypeOf<typeof cancelSetupIntentParams>

// Decisions

/** @remarks Noun and parameter are known from the live API. */
export const unknownSetupIntent = (id: string): Rejection =>
  resourceMissing('setupintent', id, 'intent')

/** The setup intent with an id, if it is there. */
export const findSetupIntent = (
  world: World<SetupIntentSlices & TestClockSlices>,
  id: SetupIntentId,
): SetupIntent | undefined => {
  const intent = world.setupIntents.get(id)
  return intent !== undefined && isThere(world, intent) ? intent : undefined
}

/** The setup intent that a path names, if it may be written to: it is there, and its clock is not advancing. */
export const writableSetupIntent =
  (
    id: SetupIntentId,
  ): Decision<SetupIntentSlices & TestClockSlices & SettingsSlices, SetupIntent> =>
  (world) => {
    const intent = writable(world, world.setupIntents.get(id), () => unknownSetupIntent(id))
    return E.isLeft(intent) ? intent : decided(world, intent.right)
  }

/** What is to be set up. */
export interface OpenSetupIntent {
  readonly customer: Pick<Customer, 'id' | 'test_clock'> | null
  readonly payment_method: PaymentMethodId | null
  readonly usage: SetupIntent['usage']
  /** The subscription that waits for it. */
  readonly subscription?: string | null
  readonly description?: string | null
  readonly metadata?: Metadata
}

/** Opens a setup that nobody has tried yet. A method must be one that the customer may use. */
export const openSetupIntent =
  ({
    customer,
    payment_method,
    usage,
    subscription = null,
    description = null,
    metadata = {},
  }: OpenSetupIntent): Decision<Opening, SetupIntent> =>
  (start) => {
    const test_clock = customer?.test_clock ?? null
    const owner = customer?.id ?? null
    const method =
      payment_method === null
        ? decided(start, null)
        : usableMethod(payment_method, owner, test_clock)(start)
    if (E.isLeft(method)) return method
    const { world, result } = method.right
    const setup_intent: SetupIntent = {
      id: newId(world, 'seti_1', 23),
      cancellation_reason: null,
      created: clockNow(world, test_clock),
      customer: owner,
      description,
      last_setup_error: null,
      metadata,
      payment_method: result?.id ?? null,
      status: result === null ? 'requires_payment_method' : 'requires_confirmation',
      subscription,
      test_clock,
      usage,
    }
    return decided(
      world.record<SetupIntentEvent>({
        type: 'SetupIntentCreated',
        ...onTimeOf(world, setup_intent),
        setup_intent,
      }),
      setup_intent,
    )
  }

/** Creates a setup intent that stands by itself. @remarks Source: docs.stripe.com/api/setup_intents/create. */
export const createSetupIntent =
  ({
    customer: id,
    description,
    metadata,
    payment_method,
    usage = 'off_session',
  }: CreateSetupIntent): Decision<Slices, SetupIntent> =>
  (world) => {
    const customer = id === undefined ? null : world.customers.get(id)
    if (customer === undefined)
      return E.left(resourceMissingIn('customer', 'customer', id as string))
    const refusal = customer && advancingRefusal(world, customer.test_clock)
    if (refusal) return E.left(refusal)
    return openSetupIntent({
      customer,
      payment_method: payment_method ?? null,
      usage,
      description: description ?? null,
      metadata: newMetadata(metadata),
    })(world)
  }

/**
 * Changes what is written on a setup intent; what changes nothing records nothing. Nothing tells of it.
 * @remarks Source: docs.stripe.com/api/setup_intents/update.
 */
export const updateSetupIntent =
  (
    id: SetupIntentId,
    { description, metadata }: UpdateSetupIntent,
  ): Decision<SetupIntentSlices & TestClockSlices & SettingsSlices, SetupIntent> =>
  (world) => {
    const found = writableSetupIntent(id)(world)
    if (E.isLeft(found)) return found
    const intent = found.right.result
    const next: SetupIntent = {
      ...intent,
      description: description === undefined ? intent.description : description,
      metadata: mergeMetadata(intent.metadata, metadata),
    }
    const refusal = metadataRefusal(next.metadata)
    if (refusal !== undefined) return E.left(refusal)
    const changes = changedFields(intent, next)
    if (Object.keys(changes).length === 0) return decided(world, intent)
    const after = world.record<SetupIntentEvent>({
      type: 'SetupIntentUpdated',
      ...onTimeOf(world, intent),
      id,
      changes,
    })
    return decided(after, after.setupIntents.need(id))
  }

const unexpectedState = (message: string): Rejection =>
  invalidRequest(message, { code: 'setup_intent_unexpected_state' })

/** What came of one attempt to set a method up. */
export type SetupAttempt =
  | { readonly kind: 'succeeded' | 'requires_action'; readonly intent: SetupIntent }
  | { readonly kind: 'declined'; readonly intent: SetupIntent; readonly decline: Decline }

type Deciding = Opening & CustomerSlices

/** Sets a method up: it is the customer's from now on, if there is one. */
const succeeded =
  (intent: SetupIntent, method: PaymentMethodId): Decision<Deciding, SetupAttempt> =>
  (start) => {
    const { id, customer, test_clock } = intent
    const attached =
      customer === null
        ? decided(start, start.paymentMethods.need(method))
        : start.customers.has(customer)
          ? attachTo(method, { id: customer, test_clock }, 400)(start)
          : E.left(resourceMissingIn('customer', 'customer', customer))
    if (E.isLeft(attached)) return attached
    const { world } = attached.right
    const after = world.record<SetupIntentEvent>({
      type: 'SetupIntentSucceeded',
      ...onTimeOf(world, intent),
      id,
      payment_method: method,
    })
    return decided(after, { kind: 'succeeded', intent: after.setupIntents.need(id) })
  }

const failed =
  (
    intent: SetupIntent,
    payment_method: PaymentMethodId,
    decline: Decline,
  ): Decision<Opening, SetupAttempt> =>
  (world) => {
    const { id } = intent
    const after = world.record<SetupIntentEvent>({
      type: 'SetupIntentFailed',
      ...onTimeOf(world, intent),
      id,
      decline,
      payment_method,
    })
    return decided(after, { kind: 'declined', intent: after.setupIntents.need(id), decline })
  }

/**
 * Tries to set a method up; the customer is there.
 * @remarks Source: docs.stripe.com/api/setup_intents/confirm. The texts, and that a missing method is told first, are known
 * from the live API.
 */
export const confirmSetupIntent =
  (
    id: SetupIntentId,
    { payment_method }: Pick<ConfirmSetupIntent, 'payment_method'> = {},
  ): Decision<Deciding, SetupAttempt> =>
  (start) => {
    const intent = start.setupIntents.need(id)
    const { customer, status, test_clock } = intent
    const named = payment_method ?? intent.payment_method
    if (named === null)
      return E.left(
        unexpectedState(
          "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
        ),
      )
    if (!isOpenIntent(intent))
      return E.left(
        unexpectedState(
          `You cannot confirm this SetupIntent because it has ${status === 'succeeded' ? 'already succeeded' : 'been canceled'}.`,
        ),
      )
    const usable = usableMethod(named, customer, test_clock)(start)
    if (E.isLeft(usable)) return usable
    const { world, result: method } = usable.right
    const outcome = setupOutcome(method, false)
    switch (outcome.kind) {
      case 'succeeds':
        return succeeded(intent, method.id)(world)
      case 'declined':
        return failed(intent, method.id, outcome.decline)(world)
      case 'requires_action': {
        const after = world.record<SetupIntentEvent>({
          type: 'SetupIntentRequiresAction',
          ...onTimeOf(world, intent),
          id,
          payment_method: method.id,
        })
        return decided(after, { kind: 'requires_action', intent: after.setupIntents.need(id) })
      }
    }
  }

/** @remarks The text is known from the live API. */
const failedAuthentication: Decline = {
  code: 'setup_intent_authentication_failure',
  decline_code: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
}

/**
 * The customer was asked to authenticate a method, and does so or fails to.
 * @remarks Authenticating has no endpoint at Stripe: the text of the refusal is ours.
 */
export const authenticateSetupIntent =
  (id: SetupIntentId, succeeds: boolean): Decision<Deciding, SetupAttempt> =>
  (world) => {
    const intent = world.setupIntents.need(id)
    if (intent.status !== 'requires_action')
      return E.left(
        unexpectedState(
          `You cannot authenticate this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with the status requires_action may be authenticated.`,
        ),
      )
    const method = intent.payment_method as PaymentMethodId
    return succeeds
      ? succeeded(intent, method)(world)
      : failed(intent, method, failedAuthentication)(world)
  }

/**
 * Cancels a setup that is not done.
 * @remarks Source: docs.stripe.com/api/setup_intents/cancel. The texts are known from the live API.
 */
export const cancelSetupIntent =
  (
    id: SetupIntentId,
    reason: SetupIntent['cancellation_reason'] = null,
  ): Decision<SetupIntentSlices & TestClockSlices, SetupIntent> =>
  (world) => {
    const intent = world.setupIntents.need(id)
    if (!isOpenIntent(intent))
      return E.left(
        unexpectedState(
          intent.status === 'canceled'
            ? 'You cannot cancel this SetupIntent because it is already canceled.'
            : 'You cannot cancel this SetupIntent because it has a status of succeeded. Only a SetupIntent with one of the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or `requires_action`.',
        ),
      )
    const after = world.record<SetupIntentEvent>({
      type: 'SetupIntentCanceled',
      ...onTimeOf(world, intent),
      id,
      reason,
    })
    return decided(after, after.setupIntents.need(id))
  }

// Notifications

/** A setup intent as it stood right after one event of a transaction. */
const told =
  (
    type: string,
  ): Notify<
    Reads,
    SetupIntentRequiresAction | SetupIntentSucceeded | SetupIntentFailed | SetupIntentCanceled
  > =>
  ({ at, id }, _before, _after, { after }) => [
    {
      type: `setup_intent.${type}`,
      created: at,
      object: viewSetupIntent(after, after.setupIntents.need(id)),
    },
  ]

export const setupIntentNotifications = {
  SetupIntentCreated: ((event, _before, after) => [
    {
      type: 'setup_intent.created',
      created: event.at,
      object: viewSetupIntent(after, event.setup_intent),
    },
  ]) satisfies Notify<Reads, SetupIntentCreated>,
  SetupIntentRequiresAction: told('requires_action'),
  SetupIntentSucceeded: told('succeeded'),
  SetupIntentFailed: told('setup_failed'),
  SetupIntentCanceled: told('canceled'),
}
