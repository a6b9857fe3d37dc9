import type { CommandOf } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { type Refusal, refusal } from '../support/given.js'
import { DAY, HOUR, Life } from './support.js'

const APRIL = 1_775_001_600
const MAY = 1_777_593_600
const JUNE = 1_780_272_000

type Update = NonNullable<CommandOf<'UpdateSubscription'>['params']>

/** What a wish is refused with; the world is as it was. */
const refused = (life: Life, wish: () => unknown): unknown => {
  const before = life.sim.world
  try {
    wish()
  } catch (error) {
    expect(life.sim.world).toBe(before)
    return (error as { readonly rejection: unknown }).rejection
  }
  return undefined
}

const started = () => {
  const life = new Life(APRIL)
  const subscription = life.monthly(1_000)
  return { life, id: subscription.id, item: subscription.items.data[0]?.id as string }
}

describe('UpdateSubscription', () => {
  it('changes what it is told, and records nothing where nothing changes', () => {
    const { life, id } = started()
    const params: Update = {
      collection_method: 'send_invoice',
      days_until_due: 14,
      description: 'For the team',
      metadata: { team: 'red' },
      invoice_settings: { footer: 'Thanks', custom_fields: [{ name: 'PO', value: '7' }] },
      payment_settings: { save_default_payment_method: 'on_subscription' },
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    }
    expect(life.update(id, params)).toMatchObject({
      collection_method: 'send_invoice',
      days_until_due: 14,
      description: 'For the team',
      metadata: { team: 'red' },
      invoice_settings: { footer: 'Thanks', custom_fields: [{ name: 'PO', value: '7' }] },
      payment_settings: { save_default_payment_method: 'on_subscription' },
    })
    const before = life.sim.world
    life.update(id, params)
    expect(life.sim.world).toBe(before)
    life.to(MAY)
    expect(life.invoice(1)).toMatchObject({
      collection_method: 'send_invoice',
      due_date: MAY + 14 * DAY,
      footer: 'Thanks',
      custom_fields: [{ name: 'PO', value: '7' }],
      parent: { subscription_details: { metadata: { team: 'red' } } },
    })
  })

  it('bills another price and quantity from the next period on', () => {
    const { life, id, item } = started()
    const price = life.price(2_000)
    life.to(APRIL + DAY).update(id, {
      items: [{ id: item, price, quantity: 3 }],
      proration_behavior: 'none',
    })
    expect(life.invoices()).toHaveLength(1)
    life.to(MAY)
    expect(life.lines(1)).toStrictEqual([[6_000, '3 × X (at $20.00 / month)', MAY, JUNE]])
  })

  it('takes one for the quantity of another price', () => {
    const { life, id, item } = started()
    life.update(id, { items: [{ id: item, quantity: 5 }], proration_behavior: 'none' })
    const price = life.price(2_000)
    const { items } = life.update(id, { items: [{ id: item, price }], proration_behavior: 'none' })
    expect(items.data[0]).toMatchObject({ quantity: 1, price: { id: price } })
  })

  it('adds items to the running period, and takes them off', () => {
    const { life, id, item } = started()
    const price = life.price(300)
    life.to(APRIL + DAY)
    const { items } = life.update(id, { items: [{ price }], proration_behavior: 'none' })
    expect(life.periods(id)).toStrictEqual([
      [APRIL, MAY],
      [APRIL, MAY],
    ])
    life.update(id, { items: [{ id: item, deleted: true }], proration_behavior: 'none' })
    expect(life.subscription(id).items.data.map((one) => one.id)).toStrictEqual([items.data[1]?.id])
    life.to(MAY)
    expect(life.lines(1).map(([amount]) => amount)).toStrictEqual([300])
  })

  it('changes prices in a trial without a word about money', () => {
    const life = new Life(APRIL)
    const { id, items } = life.monthly(1_000, { trial_period_days: 7 })
    const price = life.price(2_000)
    life.update(id, { items: [{ id: items.data[0]?.id as string, price }] })
    expect(life.invoices()).toHaveLength(1)
    expect(life.to(APRIL + 7 * DAY).invoice(1).total).toBe(2_000)
  })

  it('moves to another interval on the same anchor', () => {
    const { life, id, item } = started()
    const price = life.price(10_000, { interval: 'year' })
    life.to(APRIL + DAY).update(id, { items: [{ id: item, price }], proration_behavior: 'none' })
    expect(life.periods(id)).toStrictEqual([[APRIL, 1_806_537_600]])
    expect(life.subscription(id).billing_cycle_anchor).toBe(APRIL)
  })

  it('starts the cycle anew where nobody is to be credited', () => {
    const { life, id } = started()
    const now = APRIL + 10 * DAY
    const restarted = life.to(now).update(id, {
      billing_cycle_anchor: 'now',
      proration_behavior: 'none',
    })
    expect(restarted.billing_cycle_anchor).toBe(now)
    expect(life.periods(id)).toStrictEqual([[now, now + 30 * DAY]])
    expect(life.invoices()).toHaveLength(1)
    life.to(now + 30 * DAY + HOUR)
    expect(life.invoice(1)).toMatchObject({ status: 'paid', total: 1_000 })
  })

  it('starts a classic cycle anew with an invoice', () => {
    const life = new Life(APRIL)
    const { id } = life.monthly(1_000, { billing_mode: { type: 'classic' } })
    life.to(APRIL + 10 * DAY).update(id, {
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'none',
    })
    expect(life.invoice(1)).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
      total: 1_000,
    })
  })

  it('leaves what it adds pending for the next invoice', () => {
    const { life, id } = started()
    const { id: product } = life.run({ type: 'CreateProduct', params: { name: 'Visit' } })
    const { id: price } = life.run({
      type: 'CreatePrice',
      params: { currency: 'usd', product, unit_amount: 250 },
    })
    life.update(id, { add_invoice_items: [{ price }] })
    life.to(MAY)
    expect(life.lines(1).map(([amount, text]) => [amount, text])).toStrictEqual([
      [250, 'Visit'],
      [1_000, '1 × X (at $10.00 / month)'],
    ])
  })

  const NEEDS_PRORATIONS = 'This change needs prorations, which are not simulated yet.'

  it.each([
    [
      'another quantity',
      (item: string): Update => ({ items: [{ id: item, quantity: 2 }] }),
      'proration_behavior',
    ],
    ['a trial', (): Update => ({ trial_end: MAY + DAY }), 'trial_end'],
    ['another anchor', (): Update => ({ billing_cycle_anchor: 'now' }), 'billing_cycle_anchor'],
    ['an end within the period', (): Update => ({ cancel_at: APRIL + DAY }), 'cancel_at'],
  ] as const)('refuses %s that would have to be prorated', (_, params, param) => {
    const { life, id, item } = started()
    const answer = refused(life, () => life.update(id, params(item)))
    expect(answer).toMatchObject({
      status: 400,
      param,
      message: expect.stringContaining(NEEDS_PRORATIONS),
    })
  })

  const wrong: readonly (readonly [string, (item: string, life: Life) => Update, Refusal])[] = [
    [
      'the last item to go',
      (item) => ({ items: [{ id: item, deleted: true }], proration_behavior: 'none' }),
      { message: 'A subscription must have at least one active plan.' },
    ],
    [
      'an unknown item',
      () => ({ items: [{ id: 'si_nope', quantity: 2 }] }),
      {
        message: "No such subscription item: 'si_nope'",
        code: 'resource_missing',
        param: 'items[0][id]',
      },
    ],
    [
      'more than a line can hold',
      (item) => ({ items: [{ id: item, quantity: 1e12 }], proration_behavior: 'none' }),
      {
        message:
          'A quantity of 1000000000000 comes to more than 999999999999, the most that a line can.',
        code: 'amount_too_large',
        param: 'items[quantity]',
      },
    ],
    [
      'two endings',
      () => ({ cancel_at: MAY + DAY, cancel_at_period_end: true }),
      {
        message: 'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
        code: 'parameters_exclusive',
      },
    ],
    [
      'an end in the past',
      () => ({ cancel_at: APRIL - 1 }),
      {
        message: `The parameter \`cancel_at\` expects a unix timestamp representing a date and time in the future. You specified the value \`${APRIL - 1}\` which is in the past.`,
        param: 'cancel_at',
      },
    ],
    [
      'a pause that is over',
      () => ({ pause_collection: { behavior: 'void', resumes_at: APRIL } }),
      {
        message: `The parameter \`pause_collection[resumes_at]\` expects a unix timestamp representing a date and time in the future. You specified the value \`${APRIL}\` which is in the past.`,
        param: 'pause_collection[resumes_at]',
      },
    ],
    [
      'pending updates',
      (item) => ({
        items: [{ id: item, quantity: 2 }],
        payment_behavior: 'pending_if_incomplete',
      }),
      { message: 'Pending updates are not simulated yet.', param: 'payment_behavior' },
    ],
    [
      'days without invoices to send',
      () => ({ days_until_due: 5 }),
      {
        message:
          "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.",
      },
    ],
    [
      'the same price twice',
      (_, life) => ({
        items: [
          {
            price: life.subscription(life.sim.world.subscriptions.at(0)?.id ?? '').items.data[0]
              ?.price.id as string,
          },
        ],
        proration_behavior: 'none',
      }),
      {
        message: expect.stringContaining(
          'Cannot create a Subscription with multiple Subscription Items with the same Price',
        ) as unknown as string,
        param: 'plan',
      },
    ],
  ]

  it.each(wrong)('refuses %s', (_, params, expected) => {
    const { life, id, item } = started()
    const update = params(item, life)
    expect(refused(life, () => life.update(id, update))).toStrictEqual(refusal(expected))
  })

  it('changes nothing of what waits for its first payment that would make other lines', () => {
    const life = new Life(APRIL, { card: 'pm_card_chargeCustomerFail' })
    const { id } = life.monthly(1_000)
    expect(refused(life, () => life.update(id, { trial_end: APRIL + DAY }))).toMatchObject({
      param: 'trial_end',
    })
    expect(life.update(id, { metadata: { k: 'v' } }).metadata).toStrictEqual({ k: 'v' })
  })

  it('is refused of a subscription that is not there', () => {
    const { life } = started()
    expect(refused(life, () => life.update('sub_nope', {}))).toStrictEqual(
      refusal({
        status: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such subscription: 'sub_nope'",
      }),
    )
  })
})

describe('Subscription items by themselves', () => {
  it('are added, changed and taken off', () => {
    const { life, id } = started()
    const added = life.run({
      type: 'CreateSubscriptionItem',
      params: { subscription: id, price: life.price(300), proration_behavior: 'none' },
    })
    expect(added).toMatchObject({ subscription: id, quantity: 1 })
    expect(
      life.run({
        type: 'UpdateSubscriptionItem',
        id: added.id,
        params: { quantity: 4, metadata: { k: 'v' }, proration_behavior: 'none' },
      }),
    ).toMatchObject({ quantity: 4, metadata: { k: 'v' } })
    expect(
      life.run({
        type: 'DeleteSubscriptionItem',
        id: added.id,
        params: { proration_behavior: 'none' },
      }),
    ).toStrictEqual({ id: added.id, object: 'subscription_item', deleted: true })
    expect(life.subscription(id).items.total_count).toBe(1)
  })

  it.each(['UpdateSubscriptionItem', 'DeleteSubscriptionItem'] as const)(
    'that are not there are refused (%s)',
    (type) => {
      const { life } = started()
      expect(refused(life, () => life.run({ type, id: 'si_nope' }))).toStrictEqual(
        refusal({ status: 404, message: 'Invalid subscription_item id: si_nope' }),
      )
    },
  )

  it('of no subscription are refused', () => {
    const { life } = started()
    const price = life.price(300)
    expect(
      refused(life, () =>
        life.run({ type: 'CreateSubscriptionItem', params: { subscription: 'sub_nope', price } }),
      ),
    ).toStrictEqual(
      refusal({
        code: 'resource_missing',
        param: 'subscription',
        message: "No such subscription: 'sub_nope'",
      }),
    )
  })
})

describe('CreateInvoicePreview', () => {
  it('shows the next renewal, and stores nothing', () => {
    const { life, id } = started()
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 700, currency: 'usd', description: 'Extra' },
    })
    const before = life.sim.world
    const preview = life.sim.ask({ type: 'CreateInvoicePreview', params: { subscription: id } })
    expect(preview).toMatchObject({
      billing_reason: 'upcoming',
      status: 'draft',
      number: null,
      created: MAY,
      next_payment_attempt: MAY + HOUR,
      period_start: APRIL,
      period_end: MAY,
      total: 1_700,
    })
    expect(preview.id).toMatch(/^upcoming_in_/)
    expect(preview.lines.data.map(({ id: line }) => line.slice(0, 7))).toStrictEqual([
      'il_tmp_',
      'il_tmp_',
    ])
    expect(life.sim.world).toBe(before)
    life.to(MAY)
    expect(life.invoice(1).total).toBe(preview.total)
  })

  it('shows a change that might be made', () => {
    const { life, id, item } = started()
    const subscription_details = {
      items: [{ id: item, quantity: 4 }],
      proration_behavior: 'none' as const,
    }
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: { subscription: id, subscription_details },
    })
    expect(preview.total).toBe(4_000)
  })

  it('shows a subscription that might be made', () => {
    const life = new Life(APRIL, { card: null })
    const price = life.price(1_000)
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: {
        customer: life.customer,
        subscription_details: { items: [{ price, quantity: 2 }] },
        invoice_items: [{ amount: 50, description: 'Shipping' }],
      },
    })
    expect(preview).toMatchObject({ created: APRIL, total: 2_050 })
  })

  it('shows only what comes round where that is asked for', () => {
    const { life, id } = started()
    life.run({
      type: 'CreateInvoiceItem',
      params: { customer: life.customer, amount: 700, currency: 'usd' },
    })
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: { subscription: id, preview_mode: 'recurring' },
    })
    expect(preview.total).toBe(1_000)
  })

  it.each([
    [{}, { code: 'parameter_missing', param: 'customer' }],
    [{ customer: 'cus_nope' }, { status: 404, code: 'resource_missing', param: 'customer' }],
    [{ subscription: 'sub_nope' }, { code: 'resource_missing', param: 'subscription' }],
  ])('is refused of %j', (params, expected) => {
    const { life } = started()
    expect(
      refused(life, () => life.sim.ask({ type: 'CreateInvoicePreview', params })),
    ).toMatchObject(expected)
  })

  it('has nothing to show where nothing is to come', () => {
    const { life, id } = started()
    life.update(id, { cancel_at_period_end: true })
    for (const params of [{ subscription: id }, { customer: life.customer }])
      expect(
        refused(life, () => life.sim.ask({ type: 'CreateInvoicePreview', params })),
      ).toStrictEqual(
        refusal({
          status: 404,
          code: 'invoice_upcoming_none',
          message: `No upcoming invoices for customer: ${life.customer}`,
        }),
      )
  })

  it('is what is announced a week ahead', () => {
    const { life } = started()
    life.to(MAY)
    const announced = life.notices().find(({ type }) => type === 'invoice.upcoming')
    expect(announced?.created).toBe(MAY - 7 * DAY)
    expect(announced?.data.object).toMatchObject({ total: 1_000, billing_reason: 'upcoming' })
    expect(announced?.data.object).not.toHaveProperty('id')
  })
})

describe('What falls due by the clock', () => {
  const SUBSCRIPTIONS = [
    'RenewSubscription',
    'EndTrial',
    'EndSubscription',
    'ExpireSubscription',
    'ResumeCollection',
    'InvoicePendingItems',
    'WarnOfTrialEnd',
    'AnnounceInvoice',
  ] as const
  const INVOICES = [
    'AutoFinalizeInvoice',
    'RetryInvoice',
    'PassInvoiceDueDate',
    'RemindOfInvoice',
    'EndUnpaidInvoice',
  ] as const

  it.each([...SUBSCRIPTIONS, ...INVOICES])(
    'is not done before its time, nor unasked (%s)',
    (type) => {
      const life = new Life(APRIL)
      const { id } = life.monthly(1_000, {
        pending_invoice_item_interval: { interval: 'week' },
      })
      life.update(id, { pause_collection: { behavior: 'void', resumes_at: MAY - DAY } })
      const target = (INVOICES as readonly string[]).includes(type) ? life.invoice(0).id : id
      const owed = [
        'RenewSubscription',
        'ResumeCollection',
        'InvoicePendingItems',
        'AnnounceInvoice',
      ]
      const answer = refused(life, () => life.run({ type, id: target } as never))
      expect(answer).toMatchObject({
        param: 'id',
        message: owed.includes(type)
          ? expect.stringMatching(/is due at \d+, not before\.$/)
          : `There is nothing like ${type} to be done for '${target}'.`,
      })
    },
  )

  it('is not done for what waited on a clock that is gone', () => {
    const life = new Life(APRIL)
    const { latest_invoice: id } = life.monthly(1_000, {
      collection_method: 'send_invoice',
      days_until_due: 5,
    })
    life.to(APRIL + DAY)
    life.run({ type: 'DeleteTestClock', id: life.clock })
    const wish = { type: 'PassInvoiceDueDate', id: id as string } as const
    expect(refused(life, () => life.run(wish))).toMatchObject({
      param: 'id',
      message: `There is nothing like PassInvoiceDueDate to be done for '${id}'.`,
    })
  })
})
