import type { Command } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import {
  aCustomer,
  advancing,
  attached,
  clock,
  customer,
  detached,
  method,
  methodView,
  NOW,
  noMethod,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const detach: Command = { type: 'DetachPaymentMethod', id: 'pm_1' }

const settings = (default_payment_method: string | null) => ({
  ...aCustomer().invoice_settings,
  default_payment_method,
})

const withDefault = (id: string, fields = {}) =>
  customer({ invoice_settings: settings(id), ...fields })

describe('DetachPaymentMethod', () => {
  it('detaches a card, whose code stays checked, as the live API did', () => {
    world(customer(), method(), attached()).when(detach).yields(detached())
    world(customer(), method(), attached()).when(detach).answers(methodView({}, 'pass'))
  })

  it('clears the default of its customer', () =>
    world(withDefault('pm_1'), method(), attached())
      .when(detach)
      .yields(detached(), {
        type: 'CustomerUpdated',
        at: NOW,
        id: 'cus_1',
        changes: { invoice_settings: settings(null) },
      }))

  it('leaves another default alone', () =>
    world(withDefault('pm_2'), method(), method({ id: 'pm_2' }), attached(), attached('pm_2'))
      .when(detach)
      .yields(detached()))

  it('acts at the time of the test clock, for a customer that is on one', () => {
    const at = NOW + 60
    const { world: before } = world(
      clock(at),
      withDefault('pm_1', { test_clock: 'clock_1' }),
      method(),
      attached(),
    )
    expect(accepted(before, detach).events).toEqual([
      { ...detached(), at, clock: 'clock_1' },
      {
        type: 'CustomerUpdated',
        at,
        clock: 'clock_1',
        id: 'cus_1',
        changes: { invoice_settings: settings(null) },
      },
    ])
  })

  it('tells of the method whose it was, then of the customer', () => {
    const { world: before } = world(withDefault('pm_1'), method(), attached())
    expect(noticesSince(before, accepted(before, detach).world)).toMatchObject([
      {
        type: 'payment_method.detached',
        data: { object: methodView({}, 'pass'), previous_attributes: { customer: 'cus_1' } },
      },
      {
        type: 'customer.updated',
        data: {
          object: { invoice_settings: settings(null) },
          previous_attributes: { invoice_settings: { default_payment_method: 'pm_1' } },
        },
      },
    ])
  })
})

describe('DetachPaymentMethod refuses', () => {
  const impossible: Refusal = {
    message:
      'The payment method you provided is not attached to a customer so detachment is impossible.',
  }

  it('an unknown method', () => world().when(detach).rejects(noMethod('pm_1')))

  it('a method that is not attached, and the second time', () => {
    world(method()).when(detach).rejects(impossible)
    world(customer(), method(), attached(), detach).when(detach).rejects(impossible)
  })

  it('a customer whose clock is advancing', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }), method(), attached(), advancing)
      .when(detach)
      .rejects(underway()))

  it('parameters', () =>
    world(customer(), method(), attached())
      .when({ ...detach, params: { customer: 'cus_1' } } as unknown as Command)
      .rejects({
        code: 'parameter_unknown',
        param: 'customer',
        message: 'Received unknown parameter: customer',
      }))
})
