import { DAY, E, type Instant, readLog, snapshot, type World, writeLog } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  itemOf,
  naturalPeriod,
  recurrencesOnClock,
  type Subscription,
  viewSubscription,
} from '../../src/domain/subscriptions/index.js'
import type { Fact } from '../support/given.js'
import {
  anItem,
  changed,
  clock,
  customer,
  FEBRUARY,
  made,
  NOW,
  noticesSince,
  recurring,
  SHOP,
  subscription,
  worldOf,
} from './support.js'

const start = worldOf([...SHOP, subscription()])

/** One transaction of these facts. */
const having = (...facts: readonly Fact[]): World =>
  facts.reduce((world: World, fact) => world.record(fact), start).opened()

const told = (world: World, from: World = start) =>
  noticesSince(from, world).map(({ type, data }) => [type, data])

const shown = (world: World) => viewSubscription(world, world.subscriptions.need('sub_1'))

const announced: Fact = { type: 'SubscriptionInvoiceAnnounced', at: NOW, id: 'sub_1' }
const warned: Fact = { type: 'SubscriptionTrialWillEnd', at: NOW, id: 'sub_1' }

describe('what is told of a subscription', () => {
  it('its creation, as the whole transaction left it', () => {
    const shop = worldOf(SHOP)
    const world = shop
      .record(subscription())
      .record(changed({ latest_invoice: 'in_1' }))
      .opened()
    expect(told(world, shop)).toStrictEqual([
      ['customer.subscription.created', { object: shown(world) }],
    ])
    expect(shown(world).latest_invoice).toBe('in_1')
  })

  it('a change, with what it was before the whole transaction', () => {
    const world = having(changed({ description: 'a' }), changed({ description: 'b' }))
    expect(told(world)).toStrictEqual([
      [
        'customer.subscription.updated',
        { object: shown(world), previous_attributes: { description: null } },
      ],
    ])
  })

  it('new periods, with the whole old list of items', () => {
    const world = having(
      changed({
        items: [anItem({ current_period_start: FEBRUARY, current_period_end: FEBRUARY + DAY })],
      }),
    )
    expect(told(world)).toStrictEqual([
      [
        'customer.subscription.updated',
        {
          object: shown(world),
          previous_attributes: { items: { data: shown(start).items.data } },
        },
      ],
    ])
  })

  it('nothing of a change that nobody sees', () => {
    expect(told(having(changed({ upcoming_at: NOW + 1 })))).toEqual([])
  })

  it('its next invoice, as it will be, without an id', () => {
    const [[type, { object }]] = told(having(announced)) as [[string, { object: object }]]
    expect(type).toBe('invoice.upcoming')
    expect(object).not.toHaveProperty('id')
    expect(object).toMatchObject({ billing_reason: 'upcoming', created: FEBRUARY, total: 1_000 })
  })

  it('its end', () => {
    const world = having(changed({ status: 'canceled', ended_at: NOW }, 'SubscriptionCanceled'))
    expect(told(world)).toStrictEqual([['customer.subscription.deleted', { object: shown(world) }]])
  })

  it('a pause: first that it changed, then that it is paused', () => {
    const paused = { type: 'pause_requested', transitioned_at: NOW } as const
    const world = having(changed({ status: 'paused', paused }, 'SubscriptionPaused'))
    expect(told(world).map(([type]) => type)).toEqual([
      'customer.subscription.updated',
      'customer.subscription.paused',
    ])
    expect(told(world)[1]).toStrictEqual(['customer.subscription.paused', { object: shown(world) }])
  })

  it('that its trial will end', () => {
    const world = having(warned)
    expect(told(world)).toStrictEqual([
      ['customer.subscription.trial_will_end', { object: shown(world) }],
    ])
  })
})

describe('what the facts make of it', () => {
  it('the warning and the announcement are kept', () => {
    expect(having(warned).subscriptions.need('sub_1').trial_warned).toBe(true)
    const announcing = having(changed({ upcoming_at: NOW }), announced)
    expect(announcing.subscriptions.need('sub_1').upcoming_at).toBeNull()
  })

  it('items are found by their own ids while they are there', () => {
    const two = having(changed({ items: [anItem(), anItem({ id: 'si_2', quantity: 2 })] }))
    expect(itemOf(two, 'si_2')).toEqual({
      subscription: two.subscriptions.need('sub_1'),
      item: anItem({ id: 'si_2', quantity: 2 }),
    })
    const one = two.record(changed({ items: [anItem({ id: 'si_2' })] }))
    expect([itemOf(one, 'si_1'), itemOf(one, 'si_2')?.item.quantity]).toEqual([undefined, 1])
  })

  it('a change that keeps the items leaves their table as it is', () => {
    const moved = having(changed({ items: [anItem({ current_period_end: FEBRUARY + DAY })] }))
    expect(moved.subscriptionItems).toBe(start.subscriptionItems)
  })

  it('a log of all of them is read back to the same world', () => {
    const world = having(
      changed({ pause_collection: { behavior: 'void', resumes_at: null } }),
      changed(
        { paused: { type: 'system', transitioned_at: NOW }, status: 'paused' },
        'SubscriptionPaused',
      ),
      warned,
      announced,
      changed(
        {
          cancellation_details: {
            comment: '',
            feedback: 'unused',
            reason: 'cancellation_requested',
          },
          status: 'canceled',
        },
        'SubscriptionCanceled',
      ),
    )
    const read = readLog(writeLog(world))
    expect(E.isRight(read) && snapshot(read.right)).toEqual(snapshot(world))
  })

  it('a row that a creation makes is read back byte for byte', () => {
    const { subscription: row } = made(start, {
      billing_cycle_anchor_config: { day_of_month: 5 },
      pending_invoice_item_interval: { interval: 'day', interval_count: 2 },
      invoice_settings: { custom_fields: [{ value: 'b', name: 'a' }] },
    })
    const world = having(subscription({ ...row }))
    const read = readLog(writeLog(world))
    expect(E.isRight(read) && [...writeLog(read.right)]).toEqual([...writeLog(world)])
  })

  it('the whole period of an item is counted from the anchor, whatever cut it', () => {
    const stub = anItem({ current_period_start: NOW + DAY, current_period_end: NOW + 2 * DAY })
    const world = having(changed({ items: [stub], billing_cycle_anchor: FEBRUARY }))
    const row = world.subscriptions.need('sub_1')
    expect(naturalPeriod(world, row, stub, NOW + DAY)).toEqual({ start: NOW, end: FEBRUARY })
  })

  it('what recurs on a clock is what has not ended', () => {
    const onClock = (id: string, price: string, status: Subscription['status'] = 'active') =>
      subscription({
        id,
        test_clock: 'clock_1',
        status,
        items: [anItem({ id: `si_${id}`, price })],
      })
    const world = worldOf([
      ...SHOP,
      recurring('week', 2, { id: 'price_2w' }),
      clock(NOW),
      customer({ id: 'cus_2', invoice_prefix: 'PREFIX02', test_clock: 'clock_1' }),
      onClock('sub_1', 'price_1'),
      onClock('sub_2', 'price_2w', 'canceled'),
    ])
    expect(recurrencesOnClock(world, 'clock_1')).toEqual([{ interval: 'month', interval_count: 1 }])
  })
})

describe('what is due', () => {
  const next = (fields: Partial<Subscription>): readonly [string, Instant, number] | undefined => {
    const due = worldOf([...SHOP, subscription(fields)]).nextDeadline(null)
    return due === undefined ? undefined : [due.command.type, due.due, due.rank]
  }
  const soon = NOW + 5
  const tick = { next_pending_invoice_item_invoice: FEBRUARY }
  const resume = { pause_collection: { behavior: 'void', resumes_at: FEBRUARY } } as const
  const trial = { status: 'trialing', trial_end: FEBRUARY, trial_warned: true } as const

  it.each<[string, Partial<Subscription>, readonly [string, Instant, number]]>([
    ['a renewal', {}, ['RenewSubscription', FEBRUARY, 40]],
    ['a renewal of what is past due', { status: 'past_due' }, ['RenewSubscription', FEBRUARY, 40]],
    ['a renewal of what is unpaid', { status: 'unpaid' }, ['RenewSubscription', FEBRUARY, 40]],
    [
      'the expiry of an incomplete one',
      { status: 'incomplete', incomplete_expires_at: soon },
      ['ExpireSubscription', soon, 40],
    ],
    [
      'the end of a pause of collection, before what is billed at once',
      { ...resume, ...tick, cancel_at: FEBRUARY },
      ['ResumeCollection', FEBRUARY, 40],
    ],
    [
      'an end in place of a renewal',
      { ...tick, cancel_at: FEBRUARY },
      ['EndSubscription', FEBRUARY, 40],
    ],
    [
      'an end of a paused one',
      { status: 'paused', cancel_at: soon },
      ['EndSubscription', soon, 40],
    ],
    [
      'an end before that of the trial',
      { ...trial, cancel_at: FEBRUARY },
      ['EndSubscription', FEBRUARY, 40],
    ],
    ['the end of a trial', { ...trial, ...tick }, ['EndTrial', FEBRUARY, 40]],
    ['a renewal before the pending items', tick, ['RenewSubscription', FEBRUARY, 40]],
    [
      'pending items',
      { next_pending_invoice_item_invoice: soon },
      ['InvoicePendingItems', soon, 40],
    ],
    [
      'the warning of a trial, three days ahead',
      { ...trial, trial_warned: false },
      ['WarnOfTrialEnd', FEBRUARY - 3 * DAY, 70],
    ],
    ['an announcement', { upcoming_at: soon }, ['AnnounceInvoice', soon, 70]],
  ])('%s', (_, fields, expected) => expect(next(fields)).toEqual(expected))

  it.each<[string, Partial<Subscription>]>([
    ['has ended', { status: 'canceled', cancel_at: soon }],
    ['has expired', { status: 'incomplete_expired', incomplete_expires_at: soon }],
    ['is paused', { status: 'paused', upcoming_at: soon }],
    ['is incomplete for good', { status: 'incomplete' }],
  ])('nothing of one that %s', (_, fields) => expect(next(fields)).toBeUndefined())

  it('is due on the clock of the subscription', () => {
    const world = worldOf([
      clock(NOW),
      customer({ test_clock: 'clock_1' }),
      ...SHOP.slice(3),
      subscription({ test_clock: 'clock_1' }),
    ])
    expect(world.nextDeadline(null)?.command.type).not.toBe('RenewSubscription')
    expect(world.nextDeadline('clock_1')).toEqual({
      due: FEBRUARY,
      rank: 40,
      clock: 'clock_1',
      command: { type: 'RenewSubscription', id: 'sub_1' },
    })
  })
})
