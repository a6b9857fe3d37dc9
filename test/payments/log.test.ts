import { createWorld, E, readLog, snapshot, writeLog } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  attemptIntent,
  authenticateSetupIntent,
  cancelIntent,
  cancelSetupIntent,
  confirmSetupIntent,
  failAuthentication,
} from '../../src/domain/payments/index.js'
import { accepted, given } from '../support/given.js'
import { charge, decide, genericFailure, intent, setup } from './intents.js'
import { attached, customer, method, NOW } from './support.js'

const asking = 'authenticationRequired'

/** A world in whose past all has happened that happens to intents, charges, refunds and setup intents. */
const lived = () => {
  let { world } = given({ now: NOW })(
    customer(),
    method({ card: 'refundFail' }),
    attached(),
    method({ id: 'pm_2', card: asking }),
    attached('pm_2'),
    method({ id: 'pm_3', card: 'chargeDeclinedExpiredCard' }),
    intent({ setup_future_usage: 'off_session' }),
    charge({ failure: genericFailure }),
    setup({ payment_method: 'pm_2', subscription: 'sub_1' }),
    setup({ id: 'seti_2', customer: null, payment_method: 'pm_3' }),
  )
  const tries = (payment_method: string, offSession: boolean, authenticated = false) => {
    world = decide(
      world,
      attemptIntent('pi_1', { payment_method, offSession, authenticated }),
    ).world
  }
  tries('pm_2', true)
  tries('pm_2', false)
  world = decide(world, failAuthentication('pi_1')).world
  tries('pm_2', false)
  tries('pm_2', false, true)
  world = world.record(intent({ id: 'pi_2', payment_method: 'pm_1' })).opened()
  world = decide(world, attemptIntent('pi_2', { payment_method: null, offSession: true })).world
  for (const command of [
    { type: 'UpdatePaymentIntent', id: 'pi_1', params: { description: 'Seats' } },
    { type: 'UpdateCharge', id: 'ch_1', params: { metadata: { a: '1' } } },
    { type: 'CreateRefund', params: { payment_intent: 'pi_2', reason: 'fraudulent' } },
    { type: 'CreateRefund', params: { payment_intent: 'pi_1', amount: 5 } },
    { type: 'UpdateSetupIntent', id: 'seti_1', params: { metadata: { a: '1' } } },
  ] as const)
    ({ world } = accepted(world, command))
  for (const { id } of world.refunds)
    ({ world } = accepted(world, { type: 'UpdateRefund', id, params: { metadata: { a: '1' } } }))
  world = world.record(intent({ id: 'pi_3' })).opened()
  world = decide(world, cancelIntent('pi_3', 'void_invoice')).world
  world = decide(world, confirmSetupIntent('seti_1')).world
  world = decide(world, authenticateSetupIntent('seti_1', true)).world
  world = decide(world, confirmSetupIntent('seti_2')).world
  return decide(world, cancelSetupIntent('seti_2', 'abandoned')).world
}

describe('a log of payments', () => {
  const world = lived()
  const lines = [...writeLog(world)]

  it.each([
    'PaymentIntentCreated',
    'PaymentIntentUpdated',
    'PaymentIntentFailed',
    'PaymentIntentRequiresAction',
    'PaymentIntentAuthenticationFailed',
    'PaymentIntentCanceled',
    'ChargeCreated',
    'ChargeUpdated',
    'RefundCreated',
    'RefundUpdated',
    'RefundFailed',
    'SetupIntentCreated',
    'SetupIntentUpdated',
    'SetupIntentRequiresAction',
    'SetupIntentSucceeded',
    'SetupIntentFailed',
    'SetupIntentCanceled',
  ])('holds the fact %s', (type) =>
    expect(lines.some((line) => line.includes(`"type":"${type}"`))).toBe(true),
  )

  it('is read back to the same world', () => {
    const read = readLog(lines)
    expect(E.isRight(read) ? snapshot(read.right) : read.left).toEqual(snapshot(world))
    expect(snapshot(world)).not.toEqual(snapshot(createWorld({ now: NOW })))
  })

  it('has given back what was given back, and no more', () =>
    expect([...world.charges].map(({ amount_refunded }) => amount_refunded)).toEqual([0, 5, 0]))
})
