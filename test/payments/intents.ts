import { E, type Either, type Rejection, replay, snapshot, type World } from 'clepsydra'
import { expect } from 'vitest'
import type { Decided } from '../../src/domain/kernel/decision.js'
import { eventsBetween } from '../../src/domain/kernel/log.js'
import type { Charge, PaymentIntent, Refund, SetupIntent } from '../../src/domain/payments/index.js'
import { frozen } from '../support/freeze.js'
import type { Fact } from '../support/given.js'
import { NOW, noticesSince } from './support.js'

/** A decision that the examples make by themselves: no command of the family makes it. */
type Deciding<A> = (world: World) => Either<Rejection, Decided<World, A>>

/** What a decision comes to on a frozen world, in a transaction of its own; it is held to the laws of every command. */
export const decide = <A>(world: World, decision: Deciding<A>) => {
  const done = decision(frozen(world))
  if (E.isLeft(done)) throw new Error(`refused: ${done.left.message}`)
  const { result } = done.right
  const after = done.right.world === world ? world : done.right.world.opened()
  expect(snapshot(replay(after))).toEqual(snapshot(after))
  return {
    world: after,
    result,
    events: eventsBetween(after, world.position),
    notices: noticesSince(world, after),
  }
}

/** Why a decision is refused. */
export const refused = (world: World, decision: Deciding<unknown>): Rejection | 'accepted' => {
  const done = decision(frozen(world))
  return E.isLeft(done) ? done.left : 'accepted'
}

const onClockOf = (test_clock: string | null) => (test_clock === null ? {} : { clock: test_clock })

/** `pi_1`, 20 dollars of `cus_1` for the invoice `in_1`, to be paid with `pm_1`, unless said. */
export const anIntent = (fields: Partial<PaymentIntent> = {}): PaymentIntent => ({
  id: 'pi_1',
  amount: 2_000,
  canceled_at: null,
  cancellation_reason: null,
  created: NOW,
  currency: 'usd',
  customer: 'cus_1',
  description: null,
  invoice: 'in_1',
  last_payment_error: null,
  latest_charge: null,
  metadata: {},
  payment_method: 'pm_1',
  setup_future_usage: null,
  status: 'requires_confirmation',
  test_clock: null,
  ...fields,
})

export const intent = (fields: Partial<PaymentIntent> = {}): Fact => ({
  type: 'PaymentIntentCreated',
  at: NOW,
  ...onClockOf(fields.test_clock ?? null),
  payment_intent: anIntent(fields),
})

/** `ch_1`, which paid {@link anIntent}, unless said. */
export const aCharge = (fields: Partial<Charge> = {}): Charge => ({
  id: 'ch_1',
  amount: 2_000,
  amount_refunded: 0,
  created: NOW,
  customer: 'cus_1',
  description: null,
  failure: null,
  metadata: {},
  payment_intent: 'pi_1',
  payment_method: 'pm_1',
  ...fields,
})

export const charge = (fields: Partial<Charge> = {}, test_clock: string | null = null): Fact => ({
  type: 'ChargeCreated',
  at: NOW,
  ...onClockOf(test_clock),
  charge: aCharge(fields),
})

export const aRefund = (fields: Partial<Refund> = {}): Refund => ({
  id: 're_1',
  amount: 2_000,
  charge: 'ch_1',
  created: NOW,
  metadata: {},
  reason: null,
  status: 'succeeded',
  ...fields,
})

export const refund = (fields: Partial<Refund> = {}): Fact => ({
  type: 'RefundCreated',
  at: NOW,
  refund: aRefund(fields),
})

export const aSetup = (fields: Partial<SetupIntent> = {}): SetupIntent => ({
  id: 'seti_1',
  cancellation_reason: null,
  created: NOW,
  customer: 'cus_1',
  description: null,
  last_setup_error: null,
  metadata: {},
  payment_method: 'pm_1',
  status: 'requires_confirmation',
  subscription: null,
  test_clock: null,
  usage: 'off_session',
  ...fields,
})

export const setup = (fields: Partial<SetupIntent> = {}): Fact => ({
  type: 'SetupIntentCreated',
  at: NOW,
  ...onClockOf(fields.test_clock ?? null),
  setup_intent: aSetup(fields),
})

export const genericFailure = {
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
  advice_code: 'try_again_later',
  network_decline_code: '01',
}

export const authenticationRequired = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

/** Types of notices, in order. */
export const typesOf = (notices: readonly { readonly type: string }[]) =>
  notices.map(({ type }) => type)
