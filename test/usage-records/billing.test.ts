import { describe, expect, it } from 'vitest'
import { refusal } from '../support/given.js'
import { DAY, EIGHTH, FEBRUARY, FIFTH, HOUR, JANUARY, MARCH, Usage } from './support.js'

/** 15 at the fifth, set to 7, and 3 at the eighth of January. */
const reported = (...args: ConstructorParameters<typeof Usage>): Usage => {
  const life = new Usage(...args)
  life.to(EIGHTH)
  life.report(15, FIFTH)
  life.report(7, FIFTH, 'set')
  life.report(3, EIGHTH, 'increment')
  return life
}

describe('A legacy metered item', () => {
  it.each([
    ['sum', 10, 0],
    ['max', 7, 0],
    ['last_during_period', 3, 0],
    ['last_ever', 3, 3],
  ] as const)('M-G4: bills by %s: %d for January, %d for February', (aggregate, first, second) => {
    const life = reported(aggregate)
    life.to(MARCH + HOUR)
    expect(life.lines(1)).toStrictEqual([
      [first * 100, `${first} × X (at $1.00 / month)`, JANUARY, FEBRUARY],
    ])
    expect(life.lines(2)).toStrictEqual([
      [second * 100, `${second} × X (at $1.00 / month)`, FEBRUARY, MARCH],
    ])
    expect(life.invoice(1)).toMatchObject({ status: 'paid', amount_paid: first * 100 })
  })

  it('bills the latest timestamp, whatever was reported last', () => {
    const life = new Usage('last_during_period')
    life.to(EIGHTH).report(3)
    life.report(9, FIFTH)
    expect(life.to(FEBRUARY).billed(1)).toStrictEqual([3])
  })

  it('carries over what was ever reported last, a zero too', () => {
    const life = new Usage('last_ever')
    life.report(3)
    life.to(FEBRUARY + DAY).report(0)
    life.to(MARCH + HOUR)
    expect(life.billed(1)).toStrictEqual([3])
    expect(life.billed(2)).toStrictEqual([0])
  })

  it('is shown by classic billing at nothing at first, and put there unless said', () => {
    const life = new Usage()
    expect(life.subscription(life.id).billing_mode).toStrictEqual({
      flexible: null,
      type: 'classic',
    })
    expect(life.lines(0)).toStrictEqual([[0, '0 × X (at $1.00 / month)', JANUARY, FEBRUARY]])
  })

  it('has no quantity of its own', () => {
    const life = new Usage()
    expect(life.subscription(life.id).items.data[0]).not.toHaveProperty('quantity')
  })

  it('bills the tiers of its price', () => {
    const life = new Usage()
    const price = life.price(0, undefined, {
      unit_amount: undefined as never,
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 5, unit_amount: 100 },
        { up_to: 'inf' as never, unit_amount: 50 },
      ],
      recurring: { interval: 'month', usage_type: 'metered', aggregate_usage: 'sum' },
    })
    const { items } = life.subscribe({ items: [{ price }] })
    life.run({
      type: 'CreateUsageRecord',
      id: items.data[0]?.id as string,
      params: { quantity: 8 },
    })
    life.to(FEBRUARY)
    expect(life.lines(-1).map(([amount]) => amount)).toStrictEqual([500, 150])
  })

  it('is shown by a preview with what was reported so far', () => {
    const life = reported()
    const preview = life.sim.ask({
      type: 'CreateInvoicePreview',
      params: { subscription: life.id },
    })
    expect(preview).toMatchObject({ total: 1_000 })
    expect(
      life.sim.ask({
        type: 'CreateInvoicePreview',
        params: { subscription: life.id, subscription_details: { cancel_now: true } },
      }),
    ).toMatchObject({ total: 1_000 })
  })

  it('bills what it had when it was canceled, if that is asked for', () => {
    const life = reported()
    life.report(2, EIGHTH + 300)
    life.run({ type: 'CancelSubscription', id: life.id, params: { invoice_now: true } })
    expect(life.lines(1)).toStrictEqual([[1_200, '12 × X (at $1.00 / month)', JANUARY, EIGHTH]])
    expect(life.to(EIGHTH + HOUR).invoice(1).total).toBe(1_200)
    expect(life.summaries().data).toMatchObject([
      { invoice: life.invoice(1).id, period: { start: JANUARY, end: EIGHTH }, total_usage: 12 },
    ])
  })

  it('bills nothing more when it was canceled, if that is not asked for', () => {
    const life = reported()
    life.run({ type: 'CancelSubscription', id: life.id })
    expect(life.to(MARCH).invoices()).toHaveLength(1)
    expect(life.summaries().data).toMatchObject([
      { invoice: null, period: { start: JANUARY, end: EIGHTH }, total_usage: 10 },
    ])
  })

  it('bills its last period when it ends by its time', () => {
    const life = reported('sum', { cancel_at_period_end: true })
    life.to(FEBRUARY + HOUR)
    expect(life.billed(1)).toStrictEqual([10])
    expect(life.summaries().data).toMatchObject([
      { invoice: life.invoice(1).id, period: { end: FEBRUARY }, total_usage: 10 },
    ])
  })

  it('leaves usage of before it was added unbilled, and in the summary', () => {
    const life = new Usage()
    const price = life.legacy('sum', 200)
    life.to(EIGHTH)
    const one = life.run({
      type: 'CreateSubscriptionItem',
      params: { subscription: life.id, price, proration_behavior: 'none' },
    })
    const report = (quantity: number, timestamp: number) =>
      life.run({ type: 'CreateUsageRecord', id: one.id, params: { quantity, timestamp } })
    report(4, FIFTH)
    report(5, EIGHTH)
    life.to(FEBRUARY)
    expect(life.billed(1)).toStrictEqual([5, 0])
    expect(
      life.sim
        .ask({ type: 'ListUsageRecordSummaries', id: one.id })
        .data.map((row) => [row.period.start, row.total_usage]),
    ).toStrictEqual([
      [FEBRUARY, 0],
      [JANUARY, 9],
    ])
  })

  it('counts by the formula of its new price from the change on', () => {
    const life = reported('sum')
    life.to(EIGHTH + DAY)
    life.update(life.id, {
      items: [{ id: life.item, price: life.legacy('max') }],
      proration_behavior: 'none',
    })
    life.report(4)
    life.report(2, EIGHTH + DAY + 1)
    expect(life.to(FEBRUARY).billed(1)).toStrictEqual([4])
  })
})

describe('Flexible billing', () => {
  const refused = (price: string) =>
    refusal({
      param: 'items',
      message: `The price \`${price}\` bills usage records, which subscriptions with \`billing_mode[type]=flexible\` cannot have.`,
    })

  it('refuses a legacy metered price of a new subscription', () => {
    const life = new Usage()
    expect(
      life.refusal(() =>
        life.subscribe({
          items: [{ price: life.price_id }],
          billing_mode: { type: 'flexible' },
        }),
      ),
    ).toStrictEqual(refused(life.price_id))
  })

  it('refuses one that is to be added', () => {
    const life = new Usage()
    const { id } = life.monthly(500)
    expect(
      life.refusal(() =>
        life.update(id, { items: [{ price: life.price_id }], proration_behavior: 'none' }),
      ),
    ).toStrictEqual(refused(life.price_id))
  })
})

describe('The removal of a legacy metered item', () => {
  const removable = () => {
    const life = new Usage()
    life.update(life.id, { items: [{ price: life.price(500) }], proration_behavior: 'none' })
    return life
  }
  const remove = (life: Usage, clear_usage?: boolean) =>
    life.run({
      type: 'DeleteSubscriptionItem',
      id: life.item,
      params: {
        proration_behavior: 'none',
        ...(clear_usage === undefined ? {} : { clear_usage }),
      },
    })

  it('needs nothing said where there is no usage', () => {
    const life = removable()
    expect(remove(life)).toMatchObject({ deleted: true })
  })

  it.each([undefined, false])('is refused with usage, where clear_usage is %s', (clear_usage) => {
    const life = removable()
    life.report(3)
    expect(life.refusal(() => remove(life, clear_usage))).toStrictEqual(
      refusal({
        param: 'clear_usage',
        message: `The subscription item \`${life.item}\` has usage records. Pass \`clear_usage=true\` to discard them with it.`,
      }),
    )
  })

  it('is refused in an update with usage, too, where its place names the parameter', () => {
    const life = removable()
    life.report(0)
    expect(
      life.refusal(() =>
        life.update(life.id, {
          items: [{ id: life.item, deleted: true }],
          proration_behavior: 'none',
        }),
      ),
    ).toMatchObject({ status: 400, param: 'items[0][clear_usage]' })
  })

  it('is refused before what would have to be prorated', () => {
    const life = removable()
    life.report(3)
    expect(
      life.refusal(() => life.run({ type: 'DeleteSubscriptionItem', id: life.item }))?.param,
    ).toBe('clear_usage')
  })

  it('discards the usage where clear_usage says so', () => {
    const life = removable()
    life.report(3)
    const before = life.sim.world.position
    remove(life, true)
    expect(life.sim.world.line.at(before + 1)).toStrictEqual({
      type: 'UsageCleared',
      at: JANUARY,
      clock: life.clock,
      subscription_item: life.item,
    })
    expect([...life.sim.world.usageRecords.need(life.item).quantities]).toStrictEqual([])
    life.to(FEBRUARY)
    expect(life.lines(-1)).toStrictEqual([[500, '1 × X (at $5.00 / month)', FEBRUARY, MARCH]])
    expect(life.refusal(() => life.report(1))?.status).toBe(404)
    expect(life.refusal(() => life.summaries())?.status).toBe(404)
  })

  it('keeps what a draft of the period before bills', () => {
    const life = removable()
    life.report(3)
    life.to(FEBRUARY + 60).report(4, FEBRUARY - 1)
    life.report(9)
    life.update(life.id, {
      items: [{ id: life.item, deleted: true, clear_usage: true }],
      proration_behavior: 'none',
    })
    life.to(FEBRUARY + HOUR)
    expect(life.billed(-1)).toStrictEqual([1, 7])
    expect(life.invoice(-1).status).toBe('paid')
  })

  it('is what clear_usage is for', () => {
    const life = removable()
    expect(
      life.refusal(() => life.update(life.id, { items: [{ id: life.item, clear_usage: true }] })),
    ).toStrictEqual(
      refusal({
        param: 'items[0][clear_usage]',
        message: 'You can only set `clear_usage` where `deleted` is `true`.',
      }),
    )
  })

  it('does nothing to the usage of a meter', () => {
    const life = removable()
    const { price } = life.metered(10)
    const { items } = life.update(life.id, { items: [{ price }], proration_behavior: 'none' })
    life.uses(5)
    const id = items.data.at(-1)?.id as string
    life.run({
      type: 'DeleteSubscriptionItem',
      id,
      params: { clear_usage: true, proration_behavior: 'none' },
    })
    expect(life.sim.world.line.at(life.sim.world.position)).toMatchObject({
      type: 'SubscriptionUpdated',
    })
  })
})
