/**
 * What each currency allows: how many decimals its minor unit stands for, and how little or much can be charged.
 * @remarks Source: docs.stripe.com/currencies.
 */
import { type Codec, FAIL, leaf } from './codec.js'
import { invalidRequest } from './rejection.js'

/** Three letters, lower case: `usd`. */
export type Currency = string

const ZERO_DECIMAL = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'jpy',
  'kmf',
  'krw',
  'mga',
  'pyg',
  'rwf',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
])

const THREE_DECIMAL = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd'])

/** Kept with two decimals for compatibility, but only whole units are charged. */
const WHOLE_UNITS = new Set(['isk', 'ugx'])

const TWO_DECIMAL = new Set([
  'aed',
  'afn',
  'all',
  'amd',
  'ang',
  'aoa',
  'ars',
  'aud',
  'awg',
  'azn',
  'bam',
  'bbd',
  'bdt',
  'bgn',
  'bmd',
  'bnd',
  'bob',
  'brl',
  'bsd',
  'bwp',
  'byn',
  'bzd',
  'cad',
  'cdf',
  'chf',
  'cny',
  'cop',
  'crc',
  'cve',
  'czk',
  'dkk',
  'dop',
  'dzd',
  'egp',
  'etb',
  'eur',
  'fjd',
  'fkp',
  'gbp',
  'gel',
  'gip',
  'gmd',
  'gtq',
  'gyd',
  'hkd',
  'hnl',
  'hrk',
  'htg',
  'huf',
  'idr',
  'ils',
  'inr',
  'jmd',
  'kes',
  'kgs',
  'khr',
  'kyd',
  'kzt',
  'lak',
  'lbp',
  'lkr',
  'lrd',
  'lsl',
  'mad',
  'mdl',
  'mkd',
  'mmk',
  'mnt',
  'mop',
  'mur',
  'mvr',
  'mwk',
  'mxn',
  'myr',
  'mzn',
  'nad',
  'ngn',
  'nio',
  'nok',
  'npr',
  'nzd',
  'pab',
  'pen',
  'pgk',
  'php',
  'pkr',
  'pln',
  'qar',
  'ron',
  'rsd',
  'rub',
  'sar',
  'sbd',
  'scr',
  'sek',
  'sgd',
  'shp',
  'sle',
  'sos',
  'srd',
  'std',
  'szl',
  'thb',
  'tjs',
  'top',
  'try',
  'ttd',
  'twd',
  'tzs',
  'uah',
  'usd',
  'uyu',
  'uzs',
  'wst',
  'xcd',
  'xcg',
  'yer',
  'zar',
  'zmw',
])

export const isCurrency = (text: string): boolean =>
  TWO_DECIMAL.has(text) ||
  ZERO_DECIMAL.has(text) ||
  THREE_DECIMAL.has(text) ||
  WHOLE_UNITS.has(text)

/** Decimal places of the minor unit: 2 for `usd`, 0 for `jpy`, 3 for `kwd`. */
export const exponentOf = (currency: Currency): 0 | 2 | 3 =>
  ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2

/** What a charged amount is a multiple of, in minor units: 1, 10 for three decimals, 100 where only whole units are charged. */
export const chargeStepOf = (currency: Currency): 1 | 10 | 100 =>
  WHOLE_UNITS.has(currency) ? 100 : THREE_DECIMAL.has(currency) ? 10 : 1

const MINIMUM_CHARGE: Readonly<Record<Currency, number>> = {
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
}

/** The least that can be charged, in minor units; 0 where no source names one. Nothing at all is always allowed. */
export const minimumChargeOf = (currency: Currency): number => MINIMUM_CHARGE[currency] ?? 0

const MAXIMUM_CHARGE: Readonly<Record<Currency, number>> = {
  cop: 9_999_999_999_999,
  huf: 9_999_999_999_999,
  idr: 999_999_999_999,
  inr: 999_999_999,
  jpy: 9_999_999_999_999,
  lbp: 99_999_999_999_999,
}

/** The most that can be charged, in minor units. */
export const maximumChargeOf = (currency: Currency): number =>
  MAXIMUM_CHARGE[currency] ?? 99_999_999

/** A currency code, in either case; read as lower case. */
export const currencyCode: Codec<Currency> = leaf(
  'currency',
  (input) => {
    const code = typeof input === 'string' ? input.toLowerCase() : ''
    return isCurrency(code) ? code : FAIL
  },
  (input, param) => invalidRequest(`Invalid currency: ${String(input)}`, { param }),
)

const SYMBOLS: Readonly<Record<Currency, string>> = {
  aud: 'A$',
  brl: 'R$',
  cad: 'CA$',
  eur: '€',
  gbp: '£',
  inr: '₹',
  jpy: '¥',
  mxn: 'MX$',
  usd: '$',
}

/** What stands before an amount in descriptions: `$`, or the code. */
export const symbolOf = (currency: Currency): string =>
  SYMBOLS[currency] ?? `${currency.toUpperCase()} `
