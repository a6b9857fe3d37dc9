/**
 * Stripe's test cards: what each looks like, and what becomes of attaching and charging it.
 * @remarks Source: docs.stripe.com/testing. Messages are observed.
 */

/** Why an issuer says no, in Stripe's codes. */
export interface Decline {
  readonly code: string
  readonly decline_code: string | null
  readonly message: string
  /** What the issuer advises, and the network's own code: where they are known. */
  readonly advice_code?: string
  readonly network_decline_code?: string
}

const cardDeclined = (decline_code: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  decline_code,
  message,
})

const declinedFor = (code: string, message: string): Decline => ({
  code,
  decline_code: null,
  message,
})

/** Declines by their decline code, or by their code where they have none: also what a script may name. */
export const DECLINES = {
  generic_decline: {
    ...cardDeclined('generic_decline'),
    advice_code: 'try_again_later',
    network_decline_code: '01',
  },
  insufficient_funds: cardDeclined('insufficient_funds', 'Your card has insufficient funds.'),
  lost_card: cardDeclined('lost_card'),
  stolen_card: cardDeclined('stolen_card'),
  card_velocity_exceeded: cardDeclined(
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  do_not_honor: cardDeclined('do_not_honor'),
  fraudulent: cardDeclined('fraudulent'),
  pickup_card: cardDeclined('pickup_card'),
  transaction_not_allowed: cardDeclined('transaction_not_allowed'),
  expired_card: declinedFor('expired_card', 'Your card has expired.'),
  incorrect_cvc: declinedFor('incorrect_cvc', "Your card's security code is incorrect."),
  processing_error: declinedFor(
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
  authentication_required: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
} as const satisfies Readonly<Record<string, Decline>>

export type DeclineName = keyof typeof DECLINES

const isDeclineName = (name: string): name is DeclineName => Object.hasOwn(DECLINES, name)

/**
 * After these another try with the same card is not made.
 * @remarks Source: docs.stripe.com/billing/revenue-recovery/smart-retries.
 */
const HARD: ReadonlySet<string> = new Set([
  'incorrect_number',
  'lost_card',
  'pickup_card',
  'stolen_card',
  'revocation_of_authorization',
  'revocation_of_all_authorizations',
  'authentication_required',
  'highest_risk_level',
  'transaction_not_allowed',
])

export const isHardDecline = ({ code, decline_code }: Decline): boolean =>
  HARD.has(decline_code ?? code)

/** How a card meets a charge. */
export type Behaviour =
  | 'succeeds'
  /** Declined whenever it is charged; attaching works. */
  | { readonly declined: DeclineName }
  /** Declined, and so it cannot be attached either. */
  | { readonly refused: DeclineName }
  /**
   * Asks the customer to authenticate, which fails while she is away. `always` does so for each payment,
   * `unless_set_up` until the card is set up, `on_session` the same but only while she is there. `afterwards` is what
   * becomes of it then, if it does not succeed.
   */
  | {
      readonly authentication: 'always' | 'unless_set_up' | 'on_session'
      readonly afterwards?: DeclineName
    }

/** The brand, and what it is called for display. @remarks Source: docs.stripe.com/api/payment_methods/object. */
const DISPLAY_BRANDS = {
  visa: 'visa',
  mastercard: 'mastercard',
  amex: 'american_express',
  discover: 'discover',
  diners: 'diners_club',
  jcb: 'jcb',
  unionpay: 'union_pay',
} as const

type Brand = keyof typeof DISPLAY_BRANDS

export interface TestCard {
  readonly brand: Brand
  readonly number: string
  /** Of the issuer: two capital letters. */
  readonly country: string
  readonly funding: 'credit' | 'debit' | 'prepaid'
  readonly behaviour: Behaviour
  /** A refund of it succeeds and then fails. */
  readonly refundFails?: true
}

export const displayBrandOf = ({ brand }: TestCard): string => DISPLAY_BRANDS[brand]

export const last4Of = ({ number }: TestCard): string => number.slice(-4)

const card = (number: string, fields: Partial<TestCard> = {}): TestCard => ({
  brand: 'visa',
  number,
  country: 'US',
  funding: 'credit',
  behaviour: 'succeeds',
  ...fields,
})

const NAMED: Readonly<Record<string, TestCard>> = {
  visa: card('4242424242424242'),
  visa_debit: card('4000056655665556', { funding: 'debit' }),
  mastercard: card('5555555555554444', { brand: 'mastercard' }),
  mastercard_debit: card('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  mastercard_prepaid: card('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  amex: card('378282246310005', { brand: 'amex' }),
  discover: card('6011111111111117', { brand: 'discover' }),
  diners: card('3056930009020004', { brand: 'diners' }),
  jcb: card('3566002020360505', { brand: 'jcb', country: 'JP' }),
  unionpay: card('6200000000000005', { brand: 'unionpay', country: 'CN' }),
  chargeCustomerFail: card('4000000000000341', { behaviour: { declined: 'generic_decline' } }),
  visa_chargeCustomerFailLostCard: card('4000000000000341', {
    behaviour: { declined: 'lost_card' },
  }),
  visa_chargeCustomerFailStolenCard: card('4000000000000341', {
    behaviour: { declined: 'stolen_card' },
  }),
  authenticationRequired: card('4000002760003184', {
    country: 'DE',
    behaviour: { authentication: 'always' },
  }),
  authenticationRequiredOnSetup: card('4000002500003155', {
    country: 'FR',
    behaviour: { authentication: 'unless_set_up' },
  }),
  authenticationRequiredSetupForOffSession: card('4000003800000446', {
    country: 'IT',
    behaviour: { authentication: 'on_session' },
  }),
  authenticationRequiredChargeDeclinedInsufficientFunds: card('4000008260003178', {
    country: 'GB',
    behaviour: { authentication: 'always', afterwards: 'insufficient_funds' },
  }),
  threeDSecure2Required: card('4000000000003220', {
    country: 'IE',
    behaviour: { authentication: 'always' },
  }),
  refundFail: card('4000000000005126', { refundFails: true }),
  ae_mastercard: card('5200007840000022', { brand: 'mastercard', country: 'AE' }),
  gb_debit: card('4000058260000005', { country: 'GB', funding: 'debit' }),
  gb_mastercard: card('5555558265554449', { brand: 'mastercard', country: 'GB' }),
  th_credit: card('4000007640000003', { country: 'TH' }),
  th_debit: card('4000057640000008', { country: 'TH', funding: 'debit' }),
}

/** Cards that cannot be attached, by what stands behind `chargeDeclined` or `visa_chargeDeclined`. */
const REFUSED: Readonly<Record<string, readonly [number: string, decline: DeclineName]>> = {
  '': ['4000000000000002', 'generic_decline'],
  InsufficientFunds: ['4000000000009995', 'insufficient_funds'],
  LostCard: ['4000000000009987', 'lost_card'],
  StolenCard: ['4000000000009979', 'stolen_card'],
  ExpiredCard: ['4000000000000069', 'expired_card'],
  IncorrectCvc: ['4000000000000127', 'incorrect_cvc'],
  ProcessingError: ['4000000000000119', 'processing_error'],
  VelocityLimitExceeded: ['4000000000006975', 'card_velocity_exceeded'],
}

/** The Visa card of a country, by the two letters that name it. */
const COUNTRIES: Readonly<Record<string, string>> = {
  us: '4242424242424242',
  ar: '4000000320000021',
  br: '4000000760000002',
  ca: '4000001240000000',
  cl: '4000001520000001',
  co: '4000001700000003',
  cr: '4000001880000005',
  ec: '4000002180000000',
  mx: '4000004840008001',
  pa: '4000005910000000',
  py: '4000006000000066',
  pe: '4000006040000068',
  uy: '4000008580000003',
  ae: '4000007840000001',
  at: '4000000400000008',
  be: '4000000560000004',
  bg: '4000001000000000',
  by: '4000001120000005',
  hr: '4000001910000009',
  cy: '4000001960000008',
  cz: '4000002030000002',
  dk: '4000002080000001',
  ee: '4000002330000009',
  fi: '4000002460000001',
  fr: '4000002500000003',
  de: '4000002760000016',
  gi: '4000002920000005',
  gr: '4000003000000030',
  hu: '4000003480000005',
  ie: '4000003720000005',
  it: '4000003800000008',
  lv: '4000004280000005',
  li: '4000004380000004',
  lt: '4000004400000000',
  lu: '4000004420000006',
  mt: '4000004700000007',
  nl: '4000005280000002',
  no: '4000005780000007',
  pl: '4000006160000005',
  pt: '4000006200000007',
  ro: '4000006420000001',
  si: '4000007050000006',
  sk: '4000007030000001',
  es: '4000007240000007',
  se: '4000007520000008',
  ch: '4000007560000009',
  gb: '4000008260000000',
  au: '4000000360000006',
  cn: '4000001560000002',
  hk: '4000003440000004',
  in: '4000003560000008',
  jp: '4000003920000003',
  my: '4000004580000002',
  nz: '4000005540000008',
  sg: '4000007020000003',
  tw: '4000001580000008',
}

/** Every test card by its name: what stands behind `pm_card_` and `tok_`. */
export const TEST_CARDS: ReadonlyMap<string, TestCard> = new Map([
  ...Object.entries(NAMED),
  ...['', 'visa_'].flatMap((prefix) =>
    Object.entries(REFUSED).map(([suffix, [number, decline]]): [string, TestCard] => [
      `${prefix}chargeDeclined${suffix}`,
      card(number, { behaviour: { refused: decline } }),
    ]),
  ),
  ...Object.entries(COUNTRIES).map(([name, number]): [string, TestCard] => [
    name,
    card(number, { country: name.toUpperCase() }),
  ]),
])

/** The name of the first card that has a number. */
const NAMES_BY_NUMBER: ReadonlyMap<string, string> = new Map(
  [...TEST_CARDS].reverse().map(([name, { number }]) => [number, name]),
)

/** The name of the card that a test id means: `visa` of `pm_card_visa`. */
export const testCardNamed = (id: string, prefix: 'pm_card_' | 'tok_'): string | undefined => {
  const name = id.startsWith(prefix) ? id.slice(prefix.length) : ''
  return TEST_CARDS.has(name) ? name : undefined
}

/** The name of the card with a number, whatever blanks and dashes are in it. */
export const testCardNumbered = (number: string): string | undefined =>
  NAMES_BY_NUMBER.get(number.replace(/[ -]/g, ''))

/** What becomes of one attempt to charge. */
export type ChargeOutcome =
  | { readonly kind: 'succeeds' }
  | { readonly kind: 'requires_action' }
  | { readonly kind: 'declined'; readonly decline: Decline }

const SUCCEEDS: ChargeOutcome = { kind: 'succeeds' }

const declined = (name: DeclineName): ChargeOutcome => ({
  kind: 'declined',
  decline: DECLINES[name],
})

/** Under which circumstances a card is charged. */
export interface Circumstances {
  /** The customer is away: a renewal. */
  readonly offSession: boolean
  /** Authentication for this payment has just succeeded. */
  readonly authenticated: boolean
  /** The card was set up for later use, with authentication. */
  readonly setUp: boolean
}

export const outcomeOf = (
  behaviour: Behaviour,
  { offSession, authenticated, setUp }: Circumstances,
): ChargeOutcome => {
  if (behaviour === 'succeeds') return SUCCEEDS
  if ('declined' in behaviour) return declined(behaviour.declined)
  if ('refused' in behaviour) return declined(behaviour.refused)
  const { authentication, afterwards } = behaviour
  const spared =
    authentication !== 'always' && (setUp || (authentication === 'on_session' && offSession))
  if (!authenticated && !spared)
    return offSession ? declined('authentication_required') : { kind: 'requires_action' }
  return afterwards === undefined ? SUCCEEDS : declined(afterwards)
}

/** Why a card cannot be attached, if it cannot. */
export const attachDecline = ({ behaviour }: TestCard): Decline | undefined =>
  typeof behaviour === 'object' && 'refused' in behaviour ? DECLINES[behaviour.refused] : undefined

/**
 * What becomes of setting a card up while the customer is there. Only an issuer who lets nobody attach the card declines,
 * and what each payment asks for is asked again.
 */
export const setupOutcomeOf = (
  behaviour: Behaviour,
  { authenticated, setUp }: Omit<Circumstances, 'offSession'>,
): ChargeOutcome => {
  if (behaviour === 'succeeds' || 'declined' in behaviour) return SUCCEEDS
  if ('refused' in behaviour) return declined(behaviour.refused)
  return authenticated || (setUp && behaviour.authentication !== 'always')
    ? SUCCEEDS
    : { kind: 'requires_action' }
}

/**
 * How a card meets one attempt after the other, the last repeating: `succeed`, `action`,
 * `decline:insufficient_funds`, separated by commas.
 * @returns `undefined` for a text that is no script.
 */
export const parseScript = (text: string): readonly Behaviour[] | undefined => {
  const steps: Behaviour[] = []
  for (const part of text.split(',')) {
    const word = part.trim()
    const name = word.startsWith('decline:') ? word.slice('decline:'.length) : ''
    if (word === 'succeed') steps.push('succeeds')
    else if (word === 'action') steps.push({ authentication: 'always' })
    else if (isDeclineName(name)) steps.push({ declined: name })
    else return undefined
  }
  return steps
}
