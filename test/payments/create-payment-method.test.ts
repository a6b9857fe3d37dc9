import type { Command, PaymentMethodView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given, type Refusal } from '../support/given.js'
import { aMethod, methodView, NO_DETAILS, NOW, noticesSince } from './support.js'

const world = given({ now: NOW })

const create = (params: object): Command =>
  ({ type: 'CreatePaymentMethod', params: { type: 'card', ...params } }) as Command

const token = (name: string, params: object = {}) => create({ card: { token: name }, ...params })

const NUMBER = { number: '4242424242424242', exp_month: 1, exp_year: 2026 }

const made = (command: Command) => accepted(world().world, command).result as PaymentMethodView

describe('CreatePaymentMethod', () => {
  it('answers what the live API answered to a token', () => {
    const { id, ...rest } = made(token('tok_visa'))
    const { id: _, ...expected } = methodView()
    expect(id).toMatch(/^pm_1[0-9A-Za-z]{23}$/)
    expect(rest).toStrictEqual(expected)
  })

  it('records one fact, which holds which card it is', () => {
    const { events, result } = accepted(world().world, token('tok_visa_chargeDeclined'))
    const { id } = result as PaymentMethodView
    expect(events).toStrictEqual([
      {
        type: 'PaymentMethodCreated',
        at: NOW,
        payment_method: aMethod({ id, card: 'visa_chargeDeclined' }),
      },
    ])
  })

  it('takes a test number with its expiry, whatever blanks are in it', () => {
    const { card } = made(
      create({ card: { ...NUMBER, number: '5555 5555-5555 4444', cvc: '123' } }),
    )
    expect(card).toMatchObject({
      brand: 'mastercard',
      last4: '4444',
      exp_month: 1,
      exp_year: 2026,
    })
  })

  it.each([
    [1, 2026],
    [12, 2026],
    [1, 2027],
    [12, 2076],
  ])('takes an expiry in %i/%i', (exp_month, exp_year) =>
    expect(made(create({ card: { ...NUMBER, exp_month, exp_year } })).card).toMatchObject({
      exp_month,
      exp_year,
    }),
  )

  it.each(['123', '1234'])('takes the code %s', (cvc) =>
    expect(made(create({ card: { ...NUMBER, cvc } })).card.last4).toBe('4242'),
  )

  it('completes billing details with null, and unsets what is empty', () =>
    expect(
      made(
        token('tok_visa', {
          billing_details: { address: { city: 'Bern' }, email: 'ada@example.com', name: '' },
        }),
      ).billing_details,
    ).toEqual({
      ...NO_DETAILS,
      address: { ...NO_DETAILS.address, city: 'Bern' },
      email: 'ada@example.com',
    }))

  it('keeps metadata, a script too, and how it may be shown again', () =>
    expect(
      made(
        token('tok_visa', {
          allow_redisplay: 'always',
          metadata: { a: '1', b: '', sim_script: 'decline:lost_card, succeed' },
        }),
      ),
    ).toMatchObject({
      allow_redisplay: 'always',
      metadata: { a: '1', sim_script: 'decline:lost_card, succeed' },
    }))

  it('gives equal numbers equal fingerprints, and others another', () => {
    const prints = ['tok_visa', 'tok_us', 'tok_visa_debit', 'tok_mastercard'].map(
      (name) => made(token(name)).card.fingerprint,
    )
    expect(prints[1]).toBe(prints[0])
    expect(new Set(prints).size).toBe(3)
  })

  it('tells nobody', () => {
    const { world: before } = world()
    expect(noticesSince(before, accepted(before, token('tok_visa')).world)).toEqual([])
  })
})

describe('CreatePaymentMethod refuses', () => {
  const cardError = (code: string, param: string, message: string): Refusal => ({
    status: 402,
    type: 'card_error',
    code,
    param,
    message,
  })
  const missing = (param: string): Refusal => ({
    code: 'parameter_missing',
    param,
    message: `Missing required param: ${param}.`,
  })
  const month = cardError(
    'invalid_expiry_month',
    'exp_month',
    "Your card's expiration month is invalid.",
  )
  const year = cardError(
    'invalid_expiry_year',
    'exp_year',
    "Your card's expiration year is invalid.",
  )
  const number = cardError('incorrect_number', 'number', 'Your card number is incorrect.')
  const cvc = cardError('invalid_cvc', 'cvc', "Your card's security code is invalid.")
  const both = (other: string): Refusal => ({
    message: `You may only specify one of these parameters: card[token], card[${other}].`,
  })
  const noToken = (name: string): Refusal => ({
    code: 'resource_missing',
    param: 'card[token]',
    message: `No such token: '${name}'`,
  })

  it.each<readonly [string, object, Refusal]>([
    ['another type', { type: 'klarna' }, { param: 'type', message: 'Invalid type: must be card' }],
    [
      'an unknown parameter',
      { customer: 'cus_1' },
      {
        code: 'parameter_unknown',
        param: 'customer',
        message: 'Received unknown parameter: customer',
      },
    ],
    ['no card', {}, missing('card')],
    ['an empty card', { card: {} }, missing('card[number]')],
    [
      'a number without a month',
      { card: { number: '4242424242424242' } },
      missing('card[exp_month]'),
    ],
    [
      'a number without a year',
      { card: { number: '4242424242424242', exp_month: 1 } },
      missing('card[exp_year]'),
    ],
    ['an unknown token', { card: { token: 'tok_nope' } }, noToken('tok_nope')],
    ['a test id for a token', { card: { token: 'pm_card_visa' } }, noToken('pm_card_visa')],
    [
      "a token that is every object's name",
      { card: { token: 'tok_constructor' } },
      noToken('tok_constructor'),
    ],
    ['a token with a number', { card: { ...NUMBER, token: 'tok_visa' } }, both('number')],
    ['a token with a month', { card: { token: 'tok_visa', exp_month: 1 } }, both('exp_month')],
    ['a number that is no test card', { card: { ...NUMBER, number: '4111111111111111' } }, number],
    ['a month of 13', { card: { ...NUMBER, exp_month: 13, exp_year: 2027 } }, month],
    ['a month of 0', { card: { ...NUMBER, exp_month: 0, exp_year: 2027 } }, month],
    ['a year that is over', { card: { ...NUMBER, exp_year: 2025 } }, year],
    ['a year of two digits', { card: { ...NUMBER, exp_year: 95 } }, year],
    ['a year too far ahead', { card: { ...NUMBER, exp_year: 2077 } }, year],
    ['a code of two digits', { card: { ...NUMBER, cvc: '99' } }, cvc],
    ['a code of five digits', { card: { ...NUMBER, cvc: '12345' } }, cvc],
    ['a code with letters', { card: { ...NUMBER, cvc: 'abc' } }, cvc],
    [
      'an email without a domain',
      { card: { token: 'tok_visa' }, billing_details: { email: 'ada' } },
      {
        code: 'email_invalid',
        param: 'billing_details[email]',
        message: 'Invalid email address: ada',
      },
    ],
    [
      'a script with an unknown word',
      { card: { token: 'tok_visa' }, metadata: { sim_script: 'succeed,fail' } },
      {
        param: 'metadata[sim_script]',
        message:
          'Invalid sim_script: write outcomes separated by commas, each of them succeed, action or decline:CODE (decline:insufficient_funds)',
      },
    ],
    [
      'a wrong number before a wrong expiry',
      { card: { number: '1', exp_month: 13, exp_year: 1 } },
      number,
    ],
    [
      'a wrong year before a wrong month',
      { card: { ...NUMBER, exp_month: 13, exp_year: 1 } },
      year,
    ],
    ['a wrong month before a wrong code', { card: { ...NUMBER, exp_month: 13, cvc: '1' } }, month],
    [
      'a wrong card before a wrong script',
      { card: { token: 'tok_nope' }, metadata: { sim_script: 'fail' } },
      noToken('tok_nope'),
    ],
  ])('%s', (_, params, refusal) => world().when(create(params)).rejects(refusal))

  it('a month that is over', () =>
    given({ now: '2026-03-01' })()
      .when(create({ card: { ...NUMBER, exp_month: 2 } }))
      .rejects(month))
})
