import { describe, expect, it } from 'vitest'
import { type Codec, decode } from '../../src/domain/kernel/codec.js'
import { E } from '../../src/domain/kernel/fp.js'
import {
  cancelSubscriptionParams,
  createSubscriptionItemParams,
  createSubscriptionParams,
  deleteSubscriptionItemParams,
  updateSubscriptionItemParams,
  updateSubscriptionParams,
} from '../../src/domain/subscriptions/index.js'
import { type Refusal, refusal } from '../support/given.js'

const base = { customer: 'cus_1', items: [{ price: 'price_1' }] }

const unknown = (param: string): Refusal => ({
  code: 'parameter_unknown',
  param,
  message: `Received unknown parameter: ${param}`,
})

const missing = (param: string): Refusal => ({
  code: 'parameter_missing',
  param,
  message: `Missing required param: ${param}.`,
})

const outside = (param: string, words: string): Refusal => ({
  param,
  message: `Invalid ${param}: must be ${words}`,
})

const tooLow = (param: string, min: number): Refusal => ({
  code: 'parameter_invalid_integer',
  param,
  message: `This value must be greater than or equal to ${min}.`,
})

const tooHigh = (param: string, max: number): Refusal => ({
  code: 'parameter_invalid_integer',
  param,
  message: `This value must be less than or equal to ${max}.`,
})

const many = (count: number) => Array.from({ length: count }, () => ({ price: 'price_1' }))

const refuses = (codec: Codec<any>, input: unknown, expected: Refusal): void => {
  const read = decode(codec, input)
  expect(E.isLeft(read) ? read.left : 'accepted').toStrictEqual(refusal(expected))
}

describe('the parameters of a creation', () => {
  it.each<[string, object, Refusal]>([
    ['no items', { customer: 'cus_1' }, missing('items')],
    ['no customer', { items: [] }, missing('customer')],
    ...[
      'application_fee_percent',
      'automatic_tax',
      'billing_thresholds',
      'default_source',
      'default_tax_rates',
      'discounts',
      'on_behalf_of',
      'transfer_data',
    ].map((name): [string, object, Refusal] => [name, { ...base, [name]: 1 }, unknown(name)]),
    [
      'taxes of an item',
      { ...base, items: [{ price: 'price_1', tax_rates: [] }] },
      unknown('items[0][tax_rates]'),
    ],
    [
      'too many items',
      { ...base, items: many(21) },
      { param: 'items', message: 'Invalid array: at most 20 items are allowed' },
    ],
    [
      'a wrong payment behavior',
      { ...base, payment_behavior: 'bogus' },
      outside(
        'payment_behavior',
        'one of allow_incomplete, error_if_incomplete, pending_if_incomplete, or default_incomplete',
      ),
    ],
    [
      'a negative quantity',
      { ...base, items: [{ price: 'price_1', quantity: -1 }] },
      tooLow('items[0][quantity]', 0),
    ],
    ['a trial of no day', { ...base, trial_period_days: 0 }, tooLow('trial_period_days', 1)],
    ['a trial too long', { ...base, trial_period_days: 731 }, tooHigh('trial_period_days', 730)],
    [
      'a trial end that is neither a time nor now',
      { ...base, trial_end: 'soon' },
      {
        code: 'parameter_invalid_integer',
        param: 'trial_end',
        message: 'Invalid integer: soon',
      },
    ],
    [
      'a day that no month has',
      { ...base, billing_cycle_anchor_config: { day_of_month: 32 } },
      tooHigh('billing_cycle_anchor_config[day_of_month]', 31),
    ],
    [
      'more than a year between pending items',
      { ...base, pending_invoice_item_interval: { interval: 'month', interval_count: 13 } },
      tooHigh('pending_invoice_item_interval[interval_count]', 12),
    ],
    [
      'an added item of an unknown period',
      {
        ...base,
        add_invoice_items: [{ price: 'price_2', period: { start: { type: 'later' }, end: {} } }],
      },
      outside(
        'add_invoice_items[0][period][start][type]',
        'one of max_item_period_start, now, or timestamp',
      ),
    ],
  ])('refuse %s', (_, input, expected) => refuses(createSubscriptionParams, input, expected))

  it.each<[string, object, object]>([
    ['a time as text', { trial_end: '1798761600' }, { trial_end: 1_798_761_600 }],
    ['a word for a time', { trial_end: 'now' }, { trial_end: 'now' }],
    ['a word for a cancellation', { cancel_at: 'min_period_end' }, { cancel_at: 'min_period_end' }],
    [
      'an empty text that unsets',
      { pending_invoice_item_interval: '' },
      { pending_invoice_item_interval: null },
    ],
    ['a currency in capitals', { currency: 'EUR' }, { currency: 'eur' }],
  ])('take %s', (_, input, read) =>
    expect(decode(createSubscriptionParams, { ...base, ...input })).toStrictEqual(
      E.right({ ...base, ...read }),
    ),
  )
})

describe('the other parameters', () => {
  it.each<[string, Codec<any>, object, Refusal]>([
    [
      'an update of the currency',
      updateSubscriptionParams,
      { currency: 'usd' },
      unknown('currency'),
    ],
    [
      'an update of the start',
      updateSubscriptionParams,
      { backdate_start_date: 1 },
      unknown('backdate_start_date'),
    ],
    [
      'an anchor at a time',
      updateSubscriptionParams,
      { billing_cycle_anchor: 1_798_761_600 },
      outside('billing_cycle_anchor', 'one of now or unchanged'),
    ],
    [
      'a pause of no kind',
      updateSubscriptionParams,
      { pause_collection: {} },
      missing('pause_collection[behavior]'),
    ],
    [
      'an unknown feedback',
      cancelSubscriptionParams,
      { cancellation_details: { feedback: 'bored' } },
      outside(
        'cancellation_details[feedback]',
        'one of customer_service, low_quality, missing_features, other, switched_service, too_complex, too_expensive, or unused',
      ),
    ],
    ['an item of nothing', createSubscriptionItemParams, {}, missing('subscription')],
    [
      'an item moved to another subscription',
      updateSubscriptionItemParams,
      { subscription: 'sub_2' },
      unknown('subscription'),
    ],
    [
      'a deletion with a quantity',
      deleteSubscriptionItemParams,
      { quantity: 1 },
      unknown('quantity'),
    ],
  ])('refuse %s', (_, codec, input, expected) => refuses(codec, input, expected))

  it.each(['now', { type: 'now' }])('take the anchor as a word and as an object', (anchor) =>
    expect(decode(updateSubscriptionParams, { billing_cycle_anchor: anchor })).toStrictEqual(
      E.right({ billing_cycle_anchor: anchor }),
    ),
  )
})
