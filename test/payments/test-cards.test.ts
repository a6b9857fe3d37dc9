import type { Command, PaymentMethodView } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import {
  type ChargeOutcome,
  chargeOutcome,
  isHardDecline,
  TEST_CARDS,
} from '../../src/domain/payments/index.js'
import { DECLINES, type DeclineName } from '../../src/domain/payments/test-cards.js'
import { accepted, attempt, given, refusal } from '../support/given.js'
import { aMethod, customer, NOW } from './support.js'

const world = given({ now: NOW })

/** An outcome in a word: `ok`, `action`, or the name of the decline. */
const word = (outcome: ChargeOutcome): string =>
  outcome.kind === 'succeeds'
    ? 'ok'
    : outcome.kind === 'requires_action'
      ? 'action'
      : (outcome.decline.decline_code ?? outcome.decline.code)

const charged = (card: string, set_up: boolean, offSession: boolean, authenticated: boolean) =>
  word(chargeOutcome(aMethod({ card, set_up }), { offSession, authenticated }))

/**
 * Last four digits, country, and what becomes of: attaching; a charge on session, off session; the same of a card
 * that is set up; a charge on session that was authenticated.
 */
const CARDS: Readonly<Record<string, string>> = {
  visa: '4242 US ok ok ok ok ok ok',
  visa_debit: '5556 US ok ok ok ok ok ok',
  mastercard: '4444 US ok ok ok ok ok ok',
  mastercard_debit: '8210 US ok ok ok ok ok ok',
  mastercard_prepaid: '5100 US ok ok ok ok ok ok',
  amex: '0005 US ok ok ok ok ok ok',
  discover: '1117 US ok ok ok ok ok ok',
  diners: '0004 US ok ok ok ok ok ok',
  jcb: '0505 JP ok ok ok ok ok ok',
  unionpay: '0005 CN ok ok ok ok ok ok',
  chargeCustomerFail:
    '0341 US ok generic_decline generic_decline generic_decline generic_decline generic_decline',
  visa_chargeCustomerFailLostCard: '0341 US ok lost_card lost_card lost_card lost_card lost_card',
  visa_chargeCustomerFailStolenCard:
    '0341 US ok stolen_card stolen_card stolen_card stolen_card stolen_card',
  authenticationRequired:
    '3184 DE ok action authentication_required action authentication_required ok',
  authenticationRequiredOnSetup: '3155 FR ok action authentication_required ok ok ok',
  authenticationRequiredSetupForOffSession: '0446 IT ok action ok ok ok ok',
  authenticationRequiredChargeDeclinedInsufficientFunds:
    '3178 GB ok action authentication_required action authentication_required insufficient_funds',
  threeDSecure2Required:
    '3220 IE ok action authentication_required action authentication_required ok',
  refundFail: '5126 US ok ok ok ok ok ok',
  ae_mastercard: '0022 AE ok ok ok ok ok ok',
  gb_debit: '0005 GB ok ok ok ok ok ok',
  gb_mastercard: '4449 GB ok ok ok ok ok ok',
  th_credit: '0003 TH ok ok ok ok ok ok',
  th_debit: '0008 TH ok ok ok ok ok ok',
}

/** What stands behind `chargeDeclined` and `visa_chargeDeclined`: last four digits, and why. */
const REFUSED = {
  '': '0002 generic_decline',
  InsufficientFunds: '9995 insufficient_funds',
  LostCard: '9987 lost_card',
  StolenCard: '9979 stolen_card',
  ExpiredCard: '0069 expired_card',
  IncorrectCvc: '0127 incorrect_cvc',
  ProcessingError: '0119 processing_error',
  VelocityLimitExceeded: '6975 card_velocity_exceeded',
}

/** The last four digits of the cards by country. */
const COUNTRIES =
  'us4242 ar0021 br0002 ca0000 cl0001 co0003 cr0005 ec0000 mx8001 pa0000 py0066 pe0068 uy0003 ' +
  'ae0001 at0008 be0004 bg0000 by0005 hr0009 cy0008 cz0002 dk0001 ee0009 fi0001 fr0003 de0016 ' +
  'gi0005 gr0030 hu0005 ie0005 it0008 lv0005 li0004 lt0000 lu0006 mt0007 nl0002 no0007 pl0005 ' +
  'pt0007 ro0001 si0006 sk0001 es0007 se0008 ch0009 gb0000 au0006 cn0002 hk0004 in0008 jp0003 ' +
  'my0002 nz0008 sg0003 tw0008'

const ROWS: readonly (readonly [string, string])[] = [
  ...Object.entries(CARDS),
  ...['', 'visa_'].flatMap((prefix) =>
    Object.entries(REFUSED).map(([suffix, row]) => {
      const [last4, why] = row.split(' ')
      return [
        `${prefix}chargeDeclined${suffix}`,
        `${last4} US ${why} ${Array(5).fill(why).join(' ')}`,
      ] as const
    }),
  ),
  ...COUNTRIES.split(' ').map(
    (text) =>
      [
        text.slice(0, 2),
        `${text.slice(2)} ${text.slice(0, 2).toUpperCase()} ok ok ok ok ok ok`,
      ] as const,
  ),
]

/** The whole refusal of a card that its issuer declines. */
const declinedToAttach = (name: DeclineName) => {
  const { decline_code, ...decline } = DECLINES[name]
  return refusal({
    status: 402,
    type: 'card_error',
    ...decline,
    ...(decline_code === null ? {} : { decline_code }),
    param: '',
  })
}

describe('Test cards', () => {
  it('are exactly those of the table', () =>
    expect([...TEST_CARDS.keys()].sort()).toEqual(ROWS.map(([name]) => name).sort()))

  it.each(ROWS)('%s: %s', (name, row) => {
    const [last4, country, attach, onSession, offSession, setUp, setUpAway, authenticated] =
      row.split(' ')
    const made = accepted(world().world, {
      type: 'CreatePaymentMethod',
      params: { type: 'card', card: { token: `tok_${name}` } },
    }).result as PaymentMethodView
    expect(made.card).toMatchObject({ last4, country })

    const done = attempt(world(customer()).world, {
      type: 'AttachPaymentMethod',
      id: `pm_card_${name}`,
      params: { customer: 'cus_1' },
    } as Command)
    if (attach === 'ok')
      expect(done).toMatchObject({ right: { result: { customer: 'cus_1', card: { last4 } } } })
    else expect(done).toStrictEqual({ _tag: 'Left', left: declinedToAttach(attach as DeclineName) })

    expect({
      onSession: charged(name, false, false, false),
      offSession: charged(name, false, true, false),
      setUp: charged(name, true, false, false),
      setUpAway: charged(name, true, true, false),
      authenticated: charged(name, false, false, true),
    }).toEqual({ onSession, offSession, setUp, setUpAway, authenticated })
  })

  it('have numbers with a right check digit', () => {
    const sum = (number: string) =>
      [...number].reverse().reduce((total, digit, at) => {
        const value = Number(digit) * (at % 2 === 0 ? 1 : 2)
        return total + (value > 9 ? value - 9 : value)
      }, 0)
    expect([...TEST_CARDS].filter(([, { number }]) => sum(number) % 10 !== 0)).toEqual([])
  })

  it.each([
    ['visa', 'visa'],
    ['mastercard', 'mastercard'],
    ['amex', 'american_express'],
    ['discover', 'discover'],
    ['diners', 'diners_club'],
    ['jcb', 'jcb'],
    ['unionpay', 'union_pay'],
  ])('%s are displayed as %s', (brand, display_brand) => {
    const { result } = accepted(world(customer()).world, {
      type: 'AttachPaymentMethod',
      id: `pm_card_${brand}`,
      params: { customer: 'cus_1' },
    })
    expect((result as PaymentMethodView).card).toMatchObject({
      brand,
      display_brand,
      networks: { available: [brand] },
    })
  })

  it('say which refunds fail', () =>
    expect([...TEST_CARDS].filter(([, card]) => card.refundFails).map(([name]) => name)).toEqual([
      'refundFail',
    ]))
})

describe('Declines', () => {
  it.each<readonly [DeclineName, string, string]>([
    ['generic_decline', 'card_declined', 'Your card was declined.'],
    ['insufficient_funds', 'card_declined', 'Your card has insufficient funds.'],
    ['lost_card', 'card_declined', 'Your card was declined.'],
    ['stolen_card', 'card_declined', 'Your card was declined.'],
    [
      'card_velocity_exceeded',
      'card_declined',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ],
    ['expired_card', 'expired_card', 'Your card has expired.'],
    ['incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."],
    [
      'processing_error',
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
    ],
    [
      'authentication_required',
      'authentication_required',
      'Your card was declined. This transaction requires authentication.',
    ],
  ])('%s has the code %s and says: %s', (name, code, message) =>
    expect(DECLINES[name]).toMatchObject({
      code,
      decline_code: ['expired_card', 'incorrect_cvc', 'processing_error'].includes(name)
        ? null
        : name,
      message,
    }),
  )

  it('are hard where another try is of no use', () =>
    expect(
      Object.entries(DECLINES)
        .filter(([, decline]) => isHardDecline(decline))
        .map(([name]) => name)
        .sort(),
    ).toEqual([
      'authentication_required',
      'lost_card',
      'pickup_card',
      'stolen_card',
      'transaction_not_allowed',
    ]))
})

describe('A script', () => {
  const outcomes = (sim_script: string, tries: number, offSession = false): readonly string[] =>
    Array.from({ length: tries }, (_, attempts) =>
      word(
        chargeOutcome(aMethod({ attempts, metadata: { sim_script } }), {
          offSession,
          authenticated: false,
        }),
      ),
    )

  it('gives one outcome after the other, the last again and again', () =>
    expect(outcomes('decline:insufficient_funds, decline:lost_card ,succeed', 5)).toEqual([
      'insufficient_funds',
      'lost_card',
      'ok',
      'ok',
      'ok',
    ]))

  it.each(Object.keys(DECLINES))('may decline for %s', (name) =>
    expect(outcomes(`decline:${name}`, 2)).toEqual([name, name]),
  )

  it('may ask for authentication, which fails while the customer is away', () => {
    expect(outcomes('action', 1)).toEqual(['action'])
    expect(outcomes('action', 1, true)).toEqual(['authentication_required'])
    const method = aMethod({ metadata: { sim_script: 'action' } })
    expect(word(chargeOutcome(method, { offSession: false, authenticated: true }))).toBe('ok')
  })

  it('goes before what the card does by itself, and ends with the script', () => {
    const fails = (metadata: Record<string, string>) =>
      word(
        chargeOutcome(aMethod({ card: 'chargeCustomerFail', metadata }), {
          offSession: true,
          authenticated: false,
        }),
      )
    expect(fails({ sim_script: 'succeed' })).toBe('ok')
    expect(fails({})).toBe('generic_decline')
  })

  it.each([
    ',',
    'succeed,',
    'Succeed',
    'decline',
    'decline:',
    'decline:nope',
    'decline:constructor',
    'succeed;action',
  ])('is not written like %j', (sim_script) =>
    world()
      .when({
        type: 'CreatePaymentMethod',
        params: { type: 'card', card: { token: 'tok_visa' }, metadata: { sim_script } },
      })
      .rejects({
        param: 'metadata[sim_script]',
        message:
          'Invalid sim_script: write outcomes separated by commas, each of them succeed, action or decline:CODE (decline:insufficient_funds)',
      }),
  )
})
