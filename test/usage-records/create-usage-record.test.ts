import { describe, expect, it } from 'vitest'
import { refusal } from '../support/given.js'
import { APRIL, DAY, EIGHTH, FEBRUARY, FIFTH, HOUR, JANUARY, MARCH, Usage } from './support.js'

const because = (why: string): string =>
  `Cannot create the usage record with this timestamp because timestamps must ${why}`

const tooEarly = refusal({
  param: 'timestamp',
  message: because(
    "be after the subscription's last invoice period (or current period start time).",
  ),
})
const tooLate = refusal({ param: 'timestamp', message: because('not be in the future.') })
const canceled = refusal({
  message: 'Cannot create the usage record because the subscription has been canceled.',
})

const NOW = 1_768_435_200

describe('CreateUsageRecord', () => {
  it('M-G1: adds to what is stored at the timestamp, and answers what it comes to', () => {
    const life = new Usage()
    life.to(EIGHTH)
    expect(life.report(10, FIFTH, 'increment')).toMatchObject({ quantity: 10, timestamp: FIFTH })
    expect(life.report(5, FIFTH, 'increment')).toMatchObject({ quantity: 15, timestamp: FIFTH })
    expect(life.totals()).toStrictEqual([[JANUARY, null, 15]])
  })

  it('M-G3: answers every field, and records one fact on the clock of the customer', () => {
    const life = new Usage()
    life.to(1_770_000_000)
    const before = life.sim.world.position
    const record = life.report(100, 1_769_999_999, 'increment')
    expect(record).toStrictEqual({
      id: expect.stringMatching(/^mbur_1[0-9A-Za-z]{23}$/),
      object: 'usage_record',
      livemode: false,
      quantity: 100,
      subscription_item: life.item,
      timestamp: 1_769_999_999,
    })
    expect(life.sim.world.position).toBe(before + 1)
    expect(life.sim.world.line.at(before + 1)).toStrictEqual({
      type: 'UsageRecorded',
      at: 1_770_000_000,
      clock: life.clock,
      subscription_item: life.item,
      timestamp: 1_769_999_999,
      quantity: 100,
    })
    expect(life.told(1_770_000_000)).toStrictEqual([])
  })

  it('keeps one record of a timestamp, under one id', () => {
    const life = new Usage()
    const first = life.report(1)
    expect(life.report(2).id).toBe(first.id)
    expect(life.report(2, JANUARY + 1).id).not.toBe(first.id)
  })

  it('puts a quantity in the place of the one before where it is told to set it', () => {
    const life = new Usage()
    life.report(15)
    expect(life.report(7, 'now', 'set').quantity).toBe(7)
    expect(life.report(0, 'now', 'set').quantity).toBe(0)
    expect(life.totals()).toStrictEqual([[JANUARY, null, 0]])
  })

  it('records nothing where nothing changes', () => {
    const life = new Usage()
    life.report(7)
    const before = life.sim.world
    expect(life.report(7, 'now', 'set').quantity).toBe(7)
    expect(life.report(0).quantity).toBe(7)
    expect(life.sim.world).toBe(before)
  })

  it('takes its parameters as a form writes them', () => {
    const life = new Usage()
    const params = { quantity: '3', timestamp: String(JANUARY), action: 'set' }
    expect(
      life.run({ type: 'CreateUsageRecord', id: life.item, params: params as never }),
    ).toMatchObject({ quantity: 3, timestamp: JANUARY })
  })

  it('M-G8: counts what is reported in the second of the beginning', () => {
    const life = new Usage()
    expect(life.report(3, 'now')).toMatchObject({ timestamp: JANUARY, quantity: 3 })
    expect(life.report(1).timestamp).toBe(JANUARY)
    expect(life.to(FEBRUARY).billed(1)).toStrictEqual([4])
  })

  it('M-G7: takes a timestamp of five minutes ahead, and no later one', () => {
    const life = new Usage()
    life.to(NOW)
    expect(life.report(1, NOW + 300).timestamp).toBe(NOW + 300)
    expect(life.refusal(() => life.report(1, NOW + 301))).toStrictEqual(tooLate)
  })

  it('takes no timestamp of the next period, however near', () => {
    const life = new Usage()
    life.to(FEBRUARY - 10)
    expect(life.report(1, FEBRUARY - 1).timestamp).toBe(FEBRUARY - 1)
    expect(life.refusal(() => life.report(1, FEBRUARY))).toStrictEqual(tooLate)
  })

  it('M-G5: takes no timestamp of a period that is over', () => {
    const life = new Usage()
    life.to(1_770_249_600)
    expect(life.refusal(() => life.report(1, 1_769_558_400))).toStrictEqual(tooEarly)
    expect(life.refusal(() => life.report(1, FEBRUARY - 1))).toStrictEqual(tooEarly)
    expect(life.report(1, FEBRUARY).timestamp).toBe(FEBRUARY)
  })

  it('takes no timestamp of before the first period', () => {
    const life = new Usage()
    expect(life.refusal(() => life.report(1, JANUARY - 1))).toStrictEqual(tooEarly)
  })

  it('M-G9: adds where there are no thresholds, and sets', () => {
    const life = new Usage()
    expect(life.report(2, 'now', 'increment').quantity).toBe(2)
    expect(life.report(3, 'now', 'set').quantity).toBe(3)
  })

  it('M-G10: sends whoever reports for a meter to the meter', () => {
    const life = new Usage()
    const { items } = life.subscribe({ items: [{ price: life.metered(100).price }] })
    const id = items.data[0]?.id as string
    expect(
      life.refusal(() => life.run({ type: 'CreateUsageRecord', id, params: { quantity: 1 } })),
    ).toStrictEqual(
      refusal({
        message: `Cannot create a usage record for \`${id}\` because it is not on the legacy metered billing system. Call /v1/billing/meter_events instead.`,
      }),
    )
  })

  it('M-G10: refuses usage of a subscription that was canceled', () => {
    const life = new Usage()
    life.run({ type: 'CancelSubscription', id: life.id })
    expect(life.refusal(() => life.report(1))).toStrictEqual(canceled)
  })

  it('refuses usage of a subscription that has ended by itself, or never began', () => {
    const life = new Usage('sum', { cancel_at_period_end: true })
    life.to(FEBRUARY)
    expect(life.refusal(() => life.report(1, FEBRUARY - 1))).toStrictEqual(canceled)
    const poor = new Usage('sum', {}, { card: null })
    const { items } = poor.subscribe({
      items: [{ price: poor.price(500) }, { price: poor.price_id }],
      payment_behavior: 'default_incomplete',
    })
    const id = items.data[1]?.id as string
    const report = () =>
      poor.run({ type: 'CreateUsageRecord', id, params: { quantity: 1, timestamp: JANUARY } })
    expect(report()).toMatchObject({ quantity: 1 })
    poor.to(JANUARY + DAY)
    expect(poor.refusal(report)).toStrictEqual(canceled)
  })

  it('refuses usage of a licensed item', () => {
    const life = new Usage()
    const id = life.monthly(500).items.data[0]?.id as string
    expect(
      life.refusal(() => life.run({ type: 'CreateUsageRecord', id, params: { quantity: 1 } })),
    ).toStrictEqual(
      refusal({
        message: `Cannot create a usage record for \`${id}\` because the price is not metered.`,
      }),
    )
  })

  it('refuses an unknown item, and one whose clock is gone', () => {
    const life = new Usage()
    const unknown = (id: string) =>
      refusal({ status: 404, message: `Invalid subscription_item id: ${id}` })
    expect(
      life.refusal(() =>
        life.run({ type: 'CreateUsageRecord', id: 'si_none', params: { quantity: 1 } }),
      ),
    ).toStrictEqual(unknown('si_none'))
    life.run({ type: 'DeleteTestClock', id: life.clock })
    expect(life.refusal(() => life.report(1))).toStrictEqual(unknown(life.item))
  })

  it('refuses usage while the clock advances', () => {
    const life = new Usage()
    life.run({ type: 'UpdateSettings', params: { strict: true } })
    life.run({ type: 'AdvanceClock', id: life.clock, params: { frozen_time: FIFTH } })
    expect(life.refusal(() => life.report(1))).toStrictEqual(
      refusal({
        status: 429,
        code: 'lock_timeout',
        message: `Test clock advancement underway - cannot perform modifications: ${life.clock}`,
      }),
    )
  })

  it.each<readonly [object, object]>([
    [{}, { code: 'parameter_missing', param: 'quantity' }],
    [{ quantity: -1 }, { code: 'parameter_invalid_integer', param: 'quantity' }],
    [{ quantity: 1.5 }, { code: 'parameter_invalid_integer', param: 'quantity' }],
    [{ quantity: 1e15 }, { code: 'parameter_invalid_integer', param: 'quantity' }],
    [{ quantity: 1, timestamp: 'then' }, { param: 'timestamp' }],
    [{ quantity: 1, action: 'add' }, { param: 'action' }],
    [
      { quantity: 1, idempotency: 'a' },
      { code: 'parameter_unknown', param: 'idempotency' },
    ],
  ])('refuses the parameters %j', (params, expected) => {
    const life = new Usage()
    const run = () =>
      life.run({ type: 'CreateUsageRecord', id: life.item, params: params as never })
    expect(life.refusal(run)).toMatchObject({ status: 400, ...expected })
  })

  it('refuses more at one timestamp than fifteen digits hold', () => {
    const life = new Usage()
    life.update(life.id, {
      items: [
        {
          id: life.item,
          price: life.price(0, {
            interval: 'month',
            usage_type: 'metered',
            aggregate_usage: 'sum',
          }),
        },
      ],
      proration_behavior: 'none',
    })
    life.report(999_999_999_999_999)
    expect(life.refusal(() => life.report(1))).toStrictEqual(
      refusal({
        param: 'quantity',
        message: 'The quantity of one timestamp can come to 999999999999999 at most.',
      }),
    )
  })

  it('refuses more in one period than a line can bill', () => {
    const life = new Usage()
    life.report(9_999_999_999)
    expect(life.refusal(() => life.report(1, JANUARY + 1))).toStrictEqual(
      refusal({
        code: 'amount_too_large',
        param: 'quantity',
        message:
          'The usage of the period comes to more than 999999999999, the most that a line can.',
      }),
    )
  })

  it.each([
    ['the form before the item', 'si_none', { quantity: -1 }, 'quantity'],
    ['an unknown item before a timestamp', 'si_none', { quantity: 1, timestamp: 0 }, undefined],
  ])('%s', (_, id, params, param) => {
    const life = new Usage()
    expect(life.refusal(() => life.run({ type: 'CreateUsageRecord', id, params }))?.param).toBe(
      param,
    )
  })

  it('a price of a meter before a cancellation, and that before a timestamp', () => {
    const life = new Usage()
    const { id, items } = life.subscribe({ items: [{ price: life.metered(100).price }] })
    const item = items.data[0]?.id as string
    life.run({ type: 'CancelSubscription', id })
    const wish = { type: 'CreateUsageRecord', params: { quantity: 1, timestamp: 0 } } as const
    expect(life.refusal(() => life.run({ ...wish, id: item }))?.message).toMatch(/legacy metered/)
    life.run({ type: 'CancelSubscription', id: life.id })
    expect(life.refusal(() => life.report(1, 0))).toStrictEqual(canceled)
  })

  it('a timestamp before too large a quantity', () => {
    const life = new Usage()
    expect(life.refusal(() => life.report(99_999_999_999, JANUARY - 1))).toStrictEqual(tooEarly)
  })
})

describe('Usage of the last minutes of a period', () => {
  it('is added to its draft within the first minutes of the next', () => {
    const life = new Usage()
    life.report(3)
    life.to(FEBRUARY + 300)
    expect(life.report(4, FEBRUARY - 300)).toMatchObject({ quantity: 4, timestamp: FEBRUARY - 300 })
    life.to(FEBRUARY + HOUR)
    expect(life.billed(1)).toStrictEqual([7])
    expect(life.totals()).toStrictEqual([
      [FEBRUARY, null, 0],
      [JANUARY, FEBRUARY, 7],
    ])
    expect(life.to(MARCH + HOUR).billed(2)).toStrictEqual([0])
  })

  it('counts in the next one where the invoice is final', () => {
    const life = new Usage()
    life.report(3, 'now')
    life.to(FEBRUARY - 100).report(2)
    life.to(FEBRUARY)
    life.finalize(1)
    life.to(FEBRUARY + 60)
    expect(life.report(4, FEBRUARY - 100).quantity).toBe(6)
    expect(life.sim.world.line.at(life.sim.world.position)).toMatchObject({
      timestamp: FEBRUARY - 100,
      quantity: 6,
      counted_at: FEBRUARY,
    })
    expect(life.totals()).toStrictEqual([
      [FEBRUARY, null, 4],
      [JANUARY, FEBRUARY, 5],
    ])
    life.to(MARCH + HOUR)
    expect(life.billed(1)).toStrictEqual([5])
    expect(life.billed(2)).toStrictEqual([4])
  })

  it('lowers the next one, down to nothing, where a final quantity is lowered', () => {
    const life = new Usage()
    life.to(FEBRUARY - 100).report(5)
    life.to(FEBRUARY)
    life.finalize(1)
    life.report(2, FEBRUARY - 100, 'set')
    expect(life.totals()).toStrictEqual([
      [FEBRUARY, null, -3],
      [JANUARY, FEBRUARY, 5],
    ])
    life.report(1)
    expect(life.to(MARCH + HOUR).billed(2)).toStrictEqual([0])
  })

  it.each([
    ['later than five minutes into the next', FEBRUARY + 301, FEBRUARY - 1],
    ['for more than its last five minutes', FEBRUARY, FEBRUARY - 301],
  ])('is refused %s', (_, now, timestamp) => {
    const life = new Usage()
    life.to(now)
    expect(life.refusal(() => life.report(1, timestamp))).toStrictEqual(tooEarly)
  })

  it.each(['max', 'last_during_period', 'last_ever'] as const)(
    'is refused where the price takes %s',
    (aggregate) => {
      const life = new Usage(aggregate)
      life.to(FEBRUARY)
      expect(life.refusal(() => life.report(1, FEBRUARY - 1))).toStrictEqual(tooEarly)
    },
  )

  it('stays free where the period was a trial', () => {
    const life = new Usage('sum', { trial_end: FEBRUARY })
    life.report(5)
    life.to(FEBRUARY).report(2, FEBRUARY - 1)
    life.report(1)
    life.to(APRIL)
    expect(life.totals()).toStrictEqual([
      [APRIL, null, 0],
      [MARCH, APRIL, 0],
      [FEBRUARY, MARCH, 1],
      [JANUARY, FEBRUARY, 7],
    ])
    expect(life.summaries().data.map(({ invoice }) => invoice === null)).toStrictEqual([
      true,
      false,
      false,
      true,
    ])
  })
})
