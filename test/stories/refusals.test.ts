import type { CommandOf, Rejection } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { type Refusal, refusal } from '../support/given.js'
import { DAY, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600

type Update = NonNullable<CommandOf<'UpdateSubscription'>['params']>

/** The rejection of what is refused, which leaves the world as it was. */
const refused = (life: Life, act: () => unknown): Rejection | undefined => {
  const before = life.sim.world
  try {
    act()
  } catch (error) {
    expect(life.sim.world).toBe(before)
    return (error as { readonly rejection: Rejection }).rejection
  }
  return undefined
}

/** What a customer can run into: a subscription in its first period, one of its items, and prices of every kind. */
const setting = (params: Parameters<Life['monthly']>[1] = {}) => {
  const life = new Life(APRIL)
  const { id, items } = life.monthly(1_000, params)
  return { life, id, item: items.data[0]?.id as string }
}

const prorated = (param: string, hint: string): Refusal => ({
  message: `This change needs prorations, which are not simulated yet. ${hint}`,
  param,
})

const PASS_NONE = 'Pass `proration_behavior=none`.'

describe('What would have to be prorated', () => {
  it.each<readonly [string, (item: string) => Update, Refusal]>([
    [
      'another quantity',
      (id) => ({ items: [{ id, quantity: 2 }] }),
      prorated(
        'proration_behavior',
        'Pass `proration_behavior=none` to bill the change from the next period on.',
      ),
    ],
    ['a trial', () => ({ trial_end: MAY }), prorated('trial_end', PASS_NONE)],
    [
      'another anchor',
      () => ({ billing_cycle_anchor: { type: 'now' } }),
      prorated('billing_cycle_anchor', PASS_NONE),
    ],
    [
      'an end within the period',
      () => ({ cancel_at: APRIL + DAY }),
      prorated(
        'cancel_at',
        'Pass `proration_behavior=none`, or end the subscription with a period of all its items.',
      ),
    ],
  ])('is refused by name: %s', (_, params, expected) => {
    const { life, id, item } = setting()
    expect(refused(life, () => life.update(id, params(item)))).toStrictEqual(refusal(expected))
  })

  it('is refused of a classic cycle that would start anew', () => {
    const { life, id, item } = setting({ billing_mode: { type: 'classic' } })
    const yearly = life.price(9_000, { interval: 'year' })
    const change = (): unknown =>
      life.update(id, { items: [{ id: item, price: yearly }], proration_behavior: 'none' })
    expect(refused(life, change)).toStrictEqual(
      refusal(prorated('items', 'In classic billing mode this change starts the cycle anew.')),
    )
  })

  it('is refused of a cancellation with credit', () => {
    const { life, id } = setting()
    const cancel = (): unknown =>
      life.run({ type: 'CancelSubscription', id, params: { prorate: true } })
    expect(refused(life, cancel)).toStrictEqual(
      refusal(prorated('prorate', 'Cancel without `prorate`, or at the period end.')),
    )
  })

  it('is nothing in a trial, nor where only usage is billed', () => {
    const trial = setting({ trial_period_days: 7 })
    const cancel = (life: Life, id: string) =>
      life.run({ type: 'CancelSubscription', id, params: { prorate: true } }).status
    expect(cancel(trial.life, trial.id)).toBe('canceled')
    const used = new Life(APRIL)
    const { id } = used.subscribe({ items: [{ price: used.metered(2).price }] })
    expect(cancel(used, id)).toBe('canceled')
  })
})

describe('An item of a change', () => {
  const none = (items: NonNullable<Update['items']>): Update => ({
    items,
    proration_behavior: 'none',
  })

  it.each<readonly [string, (life: Life, item: string) => Update, Refusal]>([
    [
      'is on a price that is there',
      () => none([{ price: 'price_nope' }]),
      {
        message: "No such price: 'price_nope'",
        code: 'resource_missing',
        param: 'items[0][price]',
      },
    ],
    [
      'is on one that recurs',
      (life) =>
        none([
          {
            price: life.run({
              type: 'CreatePrice',
              params: { currency: 'usd', product: life.product, unit_amount: 5 },
            }).id,
          },
        ]),
      {
        message:
          'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
        param: 'items[0][price]',
      },
    ],
    [
      'is on one that is active',
      (life) => {
        const price = life.price(5)
        life.run({ type: 'UpdatePrice', id: price, params: { active: false } })
        return none([{ price }])
      },
      {
        message: 'The price specified is inactive. This field only accepts active prices.',
        param: 'items[0][price]',
      },
    ],
    [
      'names one price',
      (life, id) => none([{ id, price: life.price(5), plan: life.price(6) }]),
      {
        message: 'You may only specify one of these parameters: items[0][price], items[0][plan].',
      },
    ],
    [
      'names one where it is new',
      () => none([{ quantity: 2 }]),
      {
        message: 'Missing required param: items[0][price].',
        code: 'parameter_missing',
        param: 'items[0][price]',
      },
    ],
    [
      'counts nothing where usage is counted',
      (life, id) => none([{ id, price: life.metered(2).price, quantity: 2 }]),
      {
        message:
          'Quantity should not be specified where usage_type is `metered`. Remove quantity from `items[0]`',
        param: 'items[0][quantity]',
      },
    ],
    [
      'is in the currency of its subscription',
      (life) => none([{ price: life.price(5, { interval: 'month' }, { currency: 'eur' }) }]),
      {
        message:
          "The price specified supports currencies of `eur`. This doesn't match the expected currency: `usd`.",
        param: 'items',
      },
    ],
    [
      'recurs in time with the others',
      (life) => none([{ price: life.price(5, { interval: 'week' }) }]),
      {
        message:
          'The intervals of the prices on a subscription must each be a multiple of the shortest one.',
      },
    ],
    [
      'is one of twenty',
      (life) => none(Array.from({ length: 20 }, () => ({ price: life.price(5) }))),
      { message: 'A subscription can have up to 20 items.', param: 'items' },
    ],
  ])('%s', (_, params, expected) => {
    const { life, id, item } = setting()
    const update = params(life, item)
    expect(refused(life, () => life.update(id, update))).toStrictEqual(refusal(expected))
  })
})

describe('A field of a change', () => {
  const many = (prefix: string, length: number): Readonly<Record<string, string>> =>
    Object.fromEntries(Array.from({ length }, (_, n) => [`${prefix}${n}`, 'v']))
  const outgrown = refusal({
    message: 'You can only have up to 50 metadata keys, but the update would make 51.',
    param: 'metadata',
  })

  it.each(['running', 'ended'])('keeps metadata within bounds over several updates (%s)', (how) => {
    const { life, id } = setting({ metadata: many('a', 50) })
    if (how === 'ended') life.run({ type: 'CancelSubscription', id })
    const add = (): unknown => life.update(id, { metadata: { b: 'v' } })
    expect(refused(life, add)).toStrictEqual(outgrown)
  })

  it('keeps that of an item so, too', () => {
    const { life, id, item } = setting()
    const add = (metadata: Readonly<Record<string, string>>): unknown =>
      life.update(id, { items: [{ id: item, metadata }] })
    add(many('a', 50))
    expect(refused(life, () => add({ b: 'v' }))).toStrictEqual(outgrown)
  })

  it.each<readonly [string, Update, Refusal]>([
    [
      'a trial of more than two years',
      { trial_end: APRIL + 731 * DAY },
      { message: 'A trial can be at most 730 days long.', param: 'trial_end' },
    ],
    [
      'pending items that come no more often than invoices',
      { pending_invoice_item_interval: { interval: 'month' } },
      {
        message: 'The pending_invoice_item_interval must be shorter than the billing interval.',
        param: 'pending_invoice_item_interval',
      },
    ],
    [
      'invoices to send without days to pay them in',
      { collection_method: 'send_invoice' },
      {
        message:
          "You must specify 'days_until_due' if invoice collection method is 'send_invoice'.",
      },
    ],
    [
      'a method that is not hers',
      { default_payment_method: 'pm_nope' },
      {
        message:
          'The customer does not have a payment method with the ID pm_nope. The payment method must be attached to the customer.',
        code: 'resource_missing',
        param: 'default_payment_method',
      },
    ],
  ])('is not %s', (_, params, expected) => {
    const { life, id } = setting()
    expect(refused(life, () => life.update(id, params))).toStrictEqual(refusal(expected))
  })

  it.each<readonly [string, Update]>([
    ['items', { items: [{ quantity: 2 }] }],
    ['trial_end', { trial_end: MAY }],
    ['billing_cycle_anchor', { billing_cycle_anchor: 'now' }],
    ['add_invoice_items', { add_invoice_items: [{ price: 'price_1' }] }],
  ])('makes no lines while the first payment is awaited (%s)', (param, params) => {
    const life = new Life(APRIL, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(1_000)
    expect(refused(life, () => life.update(id, params))).toStrictEqual(
      refusal({
        message:
          'A subscription that waits for its first payment cannot be changed in ways that make other lines.',
        param,
      }),
    )
  })
})

describe('Of two refusals of a change', () => {
  const past = 'The parameter `trial_end` expects a unix timestamp'
  const over = 'A canceled subscription can only update'
  const noDays = "You can only specify 'days_until_due'"
  const notHers = 'The customer does not have a payment method with the ID pm_nope.'
  const unknown = "No such price: 'price_nope'"
  const ended = 'The parameter `cancel_at` expects a unix timestamp'
  const anchor = 'This change needs prorations'
  const oneTime = "No such price: 'price_gone'"

  it.each<readonly [string, Update, string]>([
    [
      'a trial in the past before days without invoices to send',
      { trial_end: 1, days_until_due: 5 },
      past,
    ],
    [
      'such days before a method that is not hers',
      { days_until_due: 5, default_payment_method: 'pm_nope' },
      noDays,
    ],
    [
      'such a method before an unknown price',
      { default_payment_method: 'pm_nope', items: [{ price: 'price_nope' }] },
      notHers,
    ],
    ['an unknown price before an end', { items: [{ price: 'price_nope' }], cancel_at: 1 }, unknown],
    ['an end before an anchor', { cancel_at: 1, billing_cycle_anchor: 'now' }, ended],
    [
      'an anchor before an added item',
      { billing_cycle_anchor: 'now', add_invoice_items: [{ price: 'price_gone' }] },
      anchor,
    ],
    ['an added item alone', { add_invoice_items: [{ price: 'price_gone' }] }, oneTime],
  ])('the first is told: %s', (_, params, message) => {
    const { life, id } = setting()
    expect(refused(life, () => life.update(id, params))?.message).toContain(message)
  })

  it('a trial in the past is told before that the subscription is over', () => {
    const { life, id } = setting()
    life.run({ type: 'CancelSubscription', id })
    expect(refused(life, () => life.update(id, { trial_end: 1 }))?.message).toContain(past)
    expect(refused(life, () => life.update(id, { days_until_due: 5 }))?.message).toContain(over)
  })
})

describe('While its clock advances', () => {
  it('a subscription and its items take no writes, and a new one is not begun', () => {
    const { life, id, item } = setting()
    life.run({ type: 'UpdateSettings', params: { strict: true } })
    const price = life.price(5)
    life.run({ type: 'AdvanceClock', id: life.clock, params: { frozen_time: APRIL + 1 } })
    const message = `Test clock advancement underway - cannot perform modifications: ${life.clock}`
    const writes: readonly (() => unknown)[] = [
      () => life.update(id, { description: 'x' }),
      () => life.run({ type: 'CancelSubscription', id }),
      () => life.run({ type: 'UpdateSubscriptionItem', id: item, params: { quantity: 2 } }),
      () => life.run({ type: 'DeleteSubscriptionItem', id: item }),
      () => life.run({ type: 'CreateSubscriptionItem', params: { subscription: id, price } }),
      () => life.subscribe({ items: [{ price }] }),
    ]
    for (const write of writes) expect(refused(life, write)).toMatchObject({ status: 429, message })
  })
})
