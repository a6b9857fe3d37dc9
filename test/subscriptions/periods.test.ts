import { DAY } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  aSubscription,
  billed,
  clock,
  customer,
  FEBRUARY,
  made,
  metered,
  NOW,
  recurring,
  SHOP,
  worldOf,
} from './support.js'

const at = (now: number, ...more: Parameters<typeof recurring>) =>
  worldOf([...SHOP.slice(0, -1), recurring(...more)], now)

const periods = (result: ReturnType<typeof made>) =>
  result.subscription.items.map((item) => [item.current_period_start, item.current_period_end])

describe('the first period', () => {
  it('begins with the subscription and is billed in full', () => {
    const result = made(worldOf())
    expect(result.subscription.billing_cycle_anchor).toBe(NOW)
    expect(periods(result)).toEqual([[NOW, FEBRUARY]])
    expect(billed(result)).toEqual([['period', NOW, FEBRUARY, 1]])
  })

  it('S-B9: an anchor ahead makes a stub of 17 days of 31', () => {
    const [created, anchor] = [1_705_276_800, 1_706_745_600]
    const result = made(at(created), { billing_cycle_anchor: anchor })
    expect(result.subscription).toMatchObject({ billing_cycle_anchor: anchor, anchor_day: 1 })
    expect(periods(result)).toEqual([[created, anchor]])
    expect(billed(result)).toEqual([['period', created, anchor, '1468800/2678400']])
  })

  it('S-B9: without prorations the stub is free', () => {
    const result = made(at(1_705_276_800), {
      billing_cycle_anchor: 1_706_745_600,
      proration_behavior: 'none',
    })
    expect(result.charges).toEqual([])
    expect(result.subscription.status).toBe('active')
  })

  it('S-B11: the 31st is asked for in February', () => {
    const [created, first, anchor] = [1_739_179_800, 1_740_735_000, 1_743_413_400]
    const result = made(at(created), { billing_cycle_anchor_config: { day_of_month: 31 } })
    expect(result.subscription).toMatchObject({ billing_cycle_anchor: anchor, anchor_day: 31 })
    expect(periods(result)).toEqual([[created, first]])
    expect(billed(result)).toEqual([['period', created, first, '1555200/2419200']])
  })

  it('S-B12: the 31st every two months, from February', () => {
    const [created, first] = [1_770_681_600, 1_772_236_800]
    const result = made(at(created, 'month', 2), {
      billing_cycle_anchor_config: { day_of_month: 31 },
    })
    expect(result.subscription.billing_cycle_anchor).toBe(1_788_134_400)
    expect(periods(result)).toEqual([[created, first]])
  })

  it('a stub beyond a natural period is one line of whole periods and the rest', () => {
    // Every two months, on the 1st of August, from 15 February 2026: 14 of 59 days, then two whole periods.
    const [created, april, first] = [1_771_113_600, 1_775_001_600, 1_785_542_400]
    const result = made(at(created, 'month', 2), {
      billing_cycle_anchor_config: { day_of_month: 1, month: 8 },
    })
    expect(periods(result)).toEqual([[created, first]])
    expect(billed(result)).toEqual([
      ['period', created, first, `${april - created}/${59 * DAY}`, 1, 1],
    ])
  })

  it('without prorations a whole period that begins now is billed', () =>
    expect(billed(made(worldOf(), { proration_behavior: 'none' }))).toEqual([
      ['period', NOW, FEBRUARY, 1],
    ]))

  it('a cancellation within it cuts it, and what is billed', () => {
    const cancel_at = NOW + 10 * DAY
    const result = made(worldOf(), { cancel_at })
    expect(periods(result)).toEqual([[NOW, cancel_at]])
    expect(billed(result)).toEqual([['period', NOW, cancel_at, `${10 * DAY}/${31 * DAY}`]])
  })

  it.each([
    ['flexible', 1],
    ['classic', `${10 * DAY}/${31 * DAY}`],
  ])('without prorations, %s bills such a cut one so: %s', (type, share) => {
    const cancel_at = NOW + 10 * DAY
    const result = made(worldOf(), {
      cancel_at,
      billing_mode: { type },
      proration_behavior: 'none',
    })
    expect(billed(result)).toEqual([['period', NOW, cancel_at, share]])
  })
})

describe('a start in the past', () => {
  const [backdate, february, march, april] = [
    1_768_435_200, 1_769_904_000, 1_772_323_200, 1_775_001_600,
  ]
  const params = { backdate_start_date: backdate, billing_cycle_anchor: april }

  it('S-B17: classic bills it on one line', () => {
    const result = made(at(march), { ...params, billing_mode: { type: 'classic' } })
    expect(billed(result)).toEqual([['period', backdate, april, `${17 * DAY}/${31 * DAY}`, 1, 1]])
    expect(result.subscription).toMatchObject({ start_date: backdate, created: march })
  })

  it('S-B17: flexible bills each natural period on a line', () =>
    expect(billed(made(at(march), params))).toEqual([
      ['period', backdate, february, `${17 * DAY}/${31 * DAY}`],
      ['period', february, march, 1],
      ['period', march, april, 1],
    ]))

  it('is the anchor of a flexible subscription, and not of a classic one', () => {
    const anchorIn = (type: string) =>
      made(at(march), { backdate_start_date: backdate, billing_mode: { type } }).subscription
        .billing_cycle_anchor
    expect([anchorIn('flexible'), anchorIn('classic')]).toEqual([backdate, march])
  })

  it('is free without prorations', () =>
    expect(billed(made(at(march), { ...params, proration_behavior: 'none' }))).toEqual([
      ['period', march, april, 1],
    ]))
})

describe('a trial', () => {
  const trial_end = NOW + 14 * DAY

  it('S-C4: runs for so many days, is the anchor and costs nothing', () => {
    const result = made(worldOf(), { trial_period_days: 14 })
    expect(result.subscription).toMatchObject({
      status: 'trialing',
      trial_start: NOW,
      trial_end,
      billing_cycle_anchor: trial_end,
      anchor_day: 15,
      upcoming_at: null,
    })
    expect(result.subscription.items[0]?.usage_from).toBe(trial_end)
    expect(periods(result)).toEqual([[NOW, trial_end]])
    expect(billed(result)).toEqual([['trial', NOW, trial_end]])
  })

  it('of the prices is the longest of them, and only where it is asked for', () => {
    const trialing = (id: string, trial_period_days: number) =>
      recurring('month', 1, {
        id,
        recurring: {
          interval: 'month',
          interval_count: 1,
          meter: null,
          trial_period_days,
          usage_type: 'licensed',
        },
      })
    const world = worldOf([...SHOP, trialing('price_a', 7), trialing('price_b', 14)])
    const items = [{ price: 'price_a' }, { price: 'price_b' }]
    expect(made(world, { items, trial_from_plan: true }).subscription.trial_end).toBe(trial_end)
    expect(made(world, { items }).subscription.trial_end).toBeNull()
  })

  it('that ends now is none', () =>
    expect(made(worldOf(), { trial_end: 'now' }).subscription.status).toBe('active'))

  it('leaves an anchor behind it where it was asked for', () => {
    const result = made(worldOf(), { trial_end, billing_cycle_anchor: FEBRUARY })
    expect(result.subscription.billing_cycle_anchor).toBe(FEBRUARY)
    expect(periods(result)).toEqual([[NOW, trial_end]])
  })

  it('is followed by the configured day, at the time of the creation', () => {
    const result = made(worldOf(), {
      trial_end: trial_end + 60,
      billing_cycle_anchor_config: { day_of_month: 15 },
    })
    // The 15th at midnight has just passed when the trial ends.
    expect(result.subscription.billing_cycle_anchor).toBe(FEBRUARY + 14 * DAY)
  })

  it.each([
    ['classic', NOW + DAY],
    ['flexible', trial_end],
  ])('that a cancellation comes before is cut in classic only: %s', (type, end) => {
    const result = made(worldOf(), { trial_end, cancel_at: NOW + DAY, billing_mode: { type } })
    expect(result.subscription.trial_end).toBe(end)
    expect(periods(result)).toEqual([[NOW, NOW + DAY]])
  })
})

describe('a metered item', () => {
  const world = worldOf([...SHOP, metered()])
  const items = [{ price: 'price_m' }, { price: 'price_1' }]

  it('has no quantity and, in flexible, nothing on the first invoice', () => {
    const result = made(world, { items })
    expect(result.subscription.items.map(({ quantity }) => quantity)).toEqual([null, 1])
    expect(billed(result)).toEqual([['period', NOW, FEBRUARY, 1]])
  })

  it('S-C16: is shown at nothing in classic, in the order of the items', () =>
    expect(billed(made(world, { items, billing_mode: { type: 'classic' } }))).toEqual([
      ['usage_zero', NOW, FEBRUARY],
      ['period', NOW, FEBRUARY, 1],
    ]))
})

describe('mixed intervals', () => {
  const world = worldOf([...SHOP, recurring('year', 1, { id: 'price_y' })])
  const items = [{ price: 'price_1' }, { price: 'price_y' }]
  const YEAR = NOW + 365 * DAY

  it('S-B14: each item has its own period from one anchor', () =>
    expect(periods(made(world, { items }))).toEqual([
      [NOW, FEBRUARY],
      [NOW, YEAR],
    ]))

  it.each([
    [{ cancel_at_period_end: true }, FEBRUARY],
    [{ cancel_at: 'min_period_end' }, FEBRUARY],
    [{ cancel_at: 'max_period_end' }, YEAR],
    [{ cancel_at: 'max_billed_until' }, YEAR],
  ])('a cancellation in words falls on an end: %j', (params, end) =>
    expect(made(world, { items, ...params }).subscription).toMatchObject({
      cancel_at: end,
      canceled_at: NOW,
      cancellation_details: { reason: 'cancellation_requested' },
    }),
  )
})

describe('the announcement of the next invoice', () => {
  it('S-C2: is seven days ahead', () =>
    expect(made(worldOf()).subscription.upcoming_at).toBe(1_769_299_200))

  it.each([
    ['a period of seven days', worldOf([...SHOP.slice(0, -1), recurring('week')]), {}],
    ['the end of the subscription', worldOf(), { cancel_at_period_end: true }],
    [
      'a renewal that is less than seven days ahead',
      worldOf(),
      { backdate_start_date: NOW - 26 * DAY },
    ],
  ])('does not come before %s', (_, world, params) =>
    expect(made(world, params).subscription.upcoming_at).toBeNull(),
  )
})

const CLOCKED = worldOf([
  clock(NOW - DAY),
  customer({ test_clock: 'clock_1', created: NOW - DAY }),
  ...SHOP.slice(3),
])

describe('the row', () => {
  it('has every field, unset ones as null', () => {
    const { subscription: row } = made(worldOf())
    expect(row).toStrictEqual(
      aSubscription({
        id: row.id,
        items: [{ ...(aSubscription().items[0] as object), id: row.items[0]?.id } as never],
        upcoming_at: FEBRUARY - 7 * DAY,
      }),
    )
    expect(row.id).toMatch(/^sub_[A-Za-z0-9]{24}$/)
    expect(row.items[0]?.id).toMatch(/^si_[A-Za-z0-9]{14}$/)
  })

  it('keeps what was given', () => {
    const given = {
      billing_mode: { type: 'classic' },
      collection_method: 'send_invoice',
      days_until_due: 0,
      default_payment_method: 'pm_1',
      description: 'Rent',
      invoice_settings: { footer: 'Thanks' },
      metadata: { a: 'b', gone: '' },
      payment_settings: {
        payment_method_types: ['card'],
        save_default_payment_method: 'on_subscription',
      },
      pending_invoice_item_interval: { interval: 'week' },
      trial_end: NOW + 14 * DAY,
      trial_settings: {
        end_behavior: { missing_payment_method: 'pause', billing_cycle_anchor: 'unchanged' },
      },
    }
    expect(made(worldOf(), given).subscription).toMatchObject({
      billing_mode: 'classic',
      billing_mode_updated_at: null,
      collection_method: 'send_invoice',
      days_until_due: 0,
      default_payment_method: 'pm_1',
      description: 'Rent',
      invoice_settings: { custom_fields: null, description: null, footer: 'Thanks' },
      metadata: { a: 'b' },
      payment_settings: {
        payment_method_types: ['card'],
        save_default_payment_method: 'on_subscription',
      },
      pending_invoice_item_interval: { interval: 'week', interval_count: 1 },
      pending_interval_anchor: NOW,
      next_pending_invoice_item_invoice: NOW + 7 * DAY,
      missing_payment_method: 'pause',
      trial_anchor: 'unchanged',
    })
  })

  it('lives on the clock of its customer, at its time', () => {
    const { subscription: row } = made(CLOCKED)
    expect(row).toMatchObject({ test_clock: 'clock_1', created: NOW - DAY, start_date: NOW - DAY })
  })
})
