import type { Command, CustomerView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import {
  aCustomer,
  advancing,
  attached,
  clock,
  customer,
  detached,
  genericDecline,
  method,
  NOW,
  noMethod,
  noticesSince,
  underway,
} from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command => ({ type: 'CreateCustomer', params }) as Command

const update = (params: object, id = 'cus_1'): Command =>
  ({ type: 'UpdateCustomer', id, params }) as Command

const settings = (default_payment_method: string | null) => ({
  ...aCustomer().invoice_settings,
  default_payment_method,
})

const byDefault = (id: string) => ({ invoice_settings: { default_payment_method: id } })

const notHers = (id: string): Refusal => ({
  code: 'resource_missing',
  param: 'invoice_settings[default_payment_method]',
  message: `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
})

describe('CreateCustomer with a payment method', () => {
  it('attaches it first, and makes it no default', () => {
    const { world: before } = world(method())
    const { events, result, world: after } = accepted(before, create({ payment_method: 'pm_1' }))
    const { id, invoice_prefix } = result as CustomerView
    expect(events).toStrictEqual([
      attached('pm_1', id),
      { type: 'CustomerCreated', at: NOW, customer: aCustomer({ id, invoice_prefix }) },
    ])
    expect(noticesSince(before, after).map(({ type }) => type)).toEqual([
      'payment_method.attached',
      'customer.created',
    ])
  })

  it('makes a fresh card of a test id, the default too where the same id is named', () => {
    const {
      events,
      world: after,
      result,
    } = accepted(
      world().world,
      create({ payment_method: 'pm_card_visa', ...byDefault('pm_card_visa') }),
    )
    const [card] = [...after.paymentMethods]
    expect(events.map(({ type }) => type)).toEqual([
      'PaymentMethodCreated',
      'PaymentMethodAttached',
      'CustomerCreated',
    ])
    expect(card).toMatchObject({ customer: (result as CustomerView).id })
    expect(result).toMatchObject({ invoice_settings: settings(card?.id ?? null) })
  })

  it('makes it the default where its own id is named', () =>
    expect(
      accepted(world(method()).world, create({ payment_method: 'pm_1', ...byDefault('pm_1') }))
        .result,
    ).toMatchObject({ invoice_settings: settings('pm_1') }))

  it('draws ids that nobody has, whatever comes next', () => {
    const first = accepted(world().world, create({ payment_method: 'pm_card_visa' })).world
    const second = accepted(first, create({ payment_method: 'pm_card_visa' })).world
    const third = accepted(second, create({})).world
    expect(new Set([...third.customers].map(({ id }) => id)).size).toBe(3)
    expect(third.paymentMethods.count).toBe(2)
  })

  it('acts at the time of her test clock', () => {
    const { events } = accepted(
      world(clock(NOW + 60), method()).world,
      create({ payment_method: 'pm_1', test_clock: 'clock_1' }),
    )
    expect(events).toMatchObject([
      { type: 'PaymentMethodAttached', at: NOW + 60, clock: 'clock_1' },
      { type: 'CustomerCreated', at: NOW + 60, clock: 'clock_1' },
    ])
  })

  it('refuses with what is wrong with the card, and then there is neither', () => {
    const declined = create({ payment_method: 'pm_card_chargeDeclined' })
    world().when(declined).rejects(genericDecline)
    world()
      .when(create({ payment_method: 'pm_x' }))
      .rejects(noMethod('pm_x', 400))
    world(customer(), method(), attached())
      .when(create({ payment_method: 'pm_1' }))
      .rejects({
        message: 'The payment method you provided has already been attached to a customer.',
      })
  })

  it('refuses what is wrong with the customer before what is wrong with the card', () => {
    world(customer({ invoice_prefix: 'TAKEN' }))
      .when(create({ payment_method: 'pm_x', invoice_prefix: 'TAKEN' }))
      .rejects({
        param: 'invoice_prefix',
        message:
          'This invoice number prefix is taken by customer: cus_1. Please enter a different prefix.',
      })
    world(clock(NOW), advancing)
      .when(create({ payment_method: 'pm_x', test_clock: 'clock_1' }))
      .rejects(underway())
  })

  it.each(['pm_1', 'pm_x', 'pm_card_visa'])('refuses the default %s, which is not hers', (id) => {
    world(method())
      .when(create(byDefault(id)))
      .rejects(notHers(id))
    world(method())
      .when(create({ payment_method: 'pm_card_mastercard', ...byDefault(id) }))
      .rejects(notHers(id))
  })
})

describe('UpdateCustomer with a default payment method', () => {
  it('sets one that is attached to her, and unsets it', () => {
    const set = {
      type: 'CustomerUpdated',
      at: NOW,
      id: 'cus_1',
      changes: { invoice_settings: settings('pm_1') },
    }
    world(customer(), method(), attached())
      .when(update(byDefault('pm_1')))
      .yields(set)
    world(customer(), method(), attached(), update(byDefault('pm_1')))
      .when(update(byDefault('')))
      .yields({ ...set, changes: { invoice_settings: settings(null) } })
  })

  it('leaves it alone where other invoice settings change', () =>
    expect(
      accepted(
        world(customer(), method(), attached(), update(byDefault('pm_1'))).world,
        update({ invoice_settings: { footer: 'Thanks' } }),
      ).result,
    ).toMatchObject({ invoice_settings: { ...settings('pm_1'), footer: 'Thanks' } }))

  it('refuses one that is not hers: unknown, attached to nobody, to another, or no more', () => {
    const other = customer({ id: 'cus_2', invoice_prefix: 'B' })
    world(customer())
      .when(update(byDefault('pm_1')))
      .rejects(notHers('pm_1'))
    world(customer(), method())
      .when(update(byDefault('pm_1')))
      .rejects(notHers('pm_1'))
    world(customer(), other, method(), attached('pm_1', 'cus_2'))
      .when(update(byDefault('pm_1')))
      .rejects(notHers('pm_1'))
    world(customer(), method(), attached(), detached())
      .when(update(byDefault('pm_1')))
      .rejects(notHers('pm_1'))
  })

  it('refuses an unknown customer before that, and a payment method', () => {
    world()
      .when(update(byDefault('pm_1')))
      .rejects({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such customer: 'cus_1'",
      })
    world(customer())
      .when(update({ payment_method: 'pm_1' }))
      .rejects({
        code: 'parameter_unknown',
        param: 'payment_method',
        message: 'Received unknown parameter: payment_method',
      })
  })
})

describe('A customer who goes takes her payment methods along', () => {
  const two = [
    method(),
    method({ id: 'pm_2' }),
    method({ id: 'pm_3' }),
    attached('pm_2'),
    attached('pm_1'),
  ]

  it('DeleteCustomer detaches them in the order of their creation', () => {
    const { world: before } = world(customer(), ...two, update(byDefault('pm_1')))
    const { events, world: after } = accepted(before, { type: 'DeleteCustomer', id: 'cus_1' })
    expect(events).toStrictEqual([
      detached('pm_1'),
      detached('pm_2'),
      { type: 'CustomerDeleted', at: NOW, id: 'cus_1' },
    ])
    expect([...after.paymentMethods].map(({ customer, use }) => [customer, use])).toEqual([
      [null, 'gone'],
      [null, 'gone'],
      [null, 'open'],
    ])
    expect(noticesSince(before, after)).toMatchObject([
      { type: 'payment_method.detached', data: { object: { id: 'pm_1', customer: null } } },
      { type: 'payment_method.detached', data: { object: { id: 'pm_2', customer: null } } },
      { type: 'customer.deleted', data: { object: { invoice_settings: settings('pm_1') } } },
    ])
  })

  it('DeleteTestClock does so at the time of the clock', () => {
    const at = NOW + 60
    const { world: before } = world(
      clock(at),
      customer({ test_clock: 'clock_1' }),
      method(),
      attached(),
    )
    expect(accepted(before, { type: 'DeleteTestClock', id: 'clock_1' }).events).toEqual([
      { ...detached(), at, clock: 'clock_1' },
      { type: 'CustomerDeleted', at, clock: 'clock_1', id: 'cus_1' },
      { type: 'TestClockDeleted', at: NOW, id: 'clock_1' },
    ])
  })

  it('DeleteCustomer refuses while her clock is advancing', () =>
    world(clock(NOW), customer({ test_clock: 'clock_1' }), method(), attached(), advancing)
      .when({ type: 'DeleteCustomer', id: 'cus_1' })
      .rejects(underway()))
})
