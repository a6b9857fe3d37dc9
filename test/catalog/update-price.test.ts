import type { Command } from 'clepsydra'
import { describe, it } from 'vitest'
import { given } from '../support/given.js'
import {
  FULL_METADATA,
  monthly,
  NOW,
  outgrownMetadata,
  price,
  priceView,
  product,
  unknownParameter,
} from './support.js'

const world = given({ now: NOW })

const update = (params: object = {}, id = 'price_1'): Command =>
  ({ type: 'UpdatePrice', id, params }) as Command

const updated = (changes: object, id = 'price_1') => ({
  type: 'PriceUpdated',
  at: NOW,
  id,
  changes,
})

const eur = { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '90' } as const

const full = price({
  currency_options: { eur },
  lookup_key: 'std',
  metadata: { a: '1', b: '2' },
  nickname: 'n',
})

describe('UpdatePrice', () => {
  it('archives a price and takes it back, as the live API did', () => {
    world(full)
      .when(update({ active: false }))
      .yields(updated({ active: false }))
    world(full)
      .when(update({ active: false }))
      .answers(
        priceView({
          active: false,
          lookup_key: 'std',
          metadata: { a: '1', b: '2' },
          nickname: 'n',
        }),
      )
    world(price({ active: false }))
      .when(update({ active: true }))
      .yields(updated({ active: true }))
  })

  it.each([
    ['nothing is asked', {}],
    ['everything asked is so already', { active: true, nickname: 'n', lookup_key: 'std' }],
    ['its own lookup key is transferred', { lookup_key: 'std', transfer_lookup_key: true }],
    ['a key that is not there is removed', { metadata: { z: '' } }],
    ['the tax behaviour stays unspecified', { tax_behavior: 'unspecified' }],
    ['a currency option is the same', { currency_options: { eur: { unit_amount: 90 } } }],
  ])('changes nothing where %s', (_, params) => world(full).when(update(params)).yieldsNothing())

  it.each([
    ['currency_options', {}],
    ['lookup_key', null],
    ['metadata', {}],
    ['nickname', null],
  ])('unsets %s by an empty string', (field, unset) =>
    world(full)
      .when(update({ [field]: '' }))
      .yields(updated({ [field]: unset })),
  )

  it('merges metadata key by key', () =>
    world(full)
      .when(update({ metadata: { a: '', c: '3' } }))
      .yields(updated({ metadata: { b: '2', c: '3' } })))

  it('adds a currency and replaces one, the others staying', () =>
    world(price({ currency_options: { eur, gbp: eur } }))
      .when(
        update({
          currency_options: {
            eur: { unit_amount: 80, tax_behavior: 'inclusive' },
            jpy: { unit_amount_decimal: '0.5' },
          },
        }),
      )
      .yields(
        updated({
          currency_options: {
            eur: { tax_behavior: 'inclusive', tiers: null, unit_amount_decimal: '80' },
            gbp: eur,
            jpy: { tax_behavior: 'unspecified', tiers: null, unit_amount_decimal: '0.5' },
          },
        }),
      ))

  it.each(['inclusive', 'exclusive'])('says once that taxes are %s', (tax_behavior) => {
    world(full).when(update({ tax_behavior })).yields(updated({ tax_behavior }))
    world(price({ tax_behavior: tax_behavior as 'inclusive' }))
      .when(update({ tax_behavior }))
      .yieldsNothing()
  })

  it('takes a lookup key over from another price', () =>
    world(full, price({ id: 'price_2' }))
      .when(update({ lookup_key: 'std', transfer_lookup_key: true }, 'price_2'))
      .yields(updated({ lookup_key: null }), updated({ lookup_key: 'std' }, 'price_2')))

  it('takes a lookup key that was given up', () =>
    world(full, price({ id: 'price_2' }), update({ lookup_key: '' }))
      .when(update({ lookup_key: 'std' }, 'price_2'))
      .yields(updated({ lookup_key: 'std' }, 'price_2')))

  it('takes 50 keys of metadata where one makes room for another', () =>
    world(price({ metadata: FULL_METADATA }))
      .when(update({ metadata: { k0: 'w' } }))
      .yields(updated({ metadata: { ...FULL_METADATA, k0: 'w' } })))
})

describe('UpdatePrice refuses', () => {
  const unknown = {
    status: 404,
    code: 'resource_missing',
    param: 'price',
    message: "No such price: 'price_1'",
  }
  const onlyOnce = {
    param: 'tax_behavior',
    message: 'The `tax_behavior` of a price can be set only once.',
  }
  const ownCurrency = {
    param: 'currency_options[usd]',
    message: "The price's own currency `usd` has its amount outside of currency_options.",
  }
  const wrongOption = { currency_options: { usd: { unit_amount: 1 } } }

  it('a price that was never created', () => world().when(update()).rejects(unknown))

  it('a price that went with its plan', () =>
    world(product(), monthly(), { type: 'DeletePlan', id: 'price_1' })
      .when(update({ active: true }))
      .rejects(unknown))

  it.each(['exclusive', 'unspecified'])('to make inclusive taxes %s', (tax_behavior) =>
    world(price({ tax_behavior: 'inclusive' }))
      .when(update({ tax_behavior }))
      .rejects(onlyOnce),
  )

  it("a currency option of the price's own currency", () =>
    world(price()).when(update(wrongOption)).rejects(ownCurrency))

  it('a unit amount in another currency for a tiered price', () =>
    world(price({ billing_scheme: 'tiered', tiers: [], tiers_mode: 'volume' }))
      .when(update({ currency_options: { eur: { unit_amount: 1 } } }))
      .rejects({
        param: 'currency_options[eur][unit_amount]',
        message: 'A tiered price takes its amounts from `tiers`.',
      }))

  it('a lookup key that is taken', () =>
    world(full, price({ id: 'price_2' }))
      .when(update({ lookup_key: 'std' }, 'price_2'))
      .rejects({
        param: 'lookup_key',
        message: 'A price (`price_1`) already uses that lookup key.',
      }))

  it('metadata that would outgrow 50 keys, all in all', () =>
    world(price({ metadata: FULL_METADATA }))
      .when(update({ metadata: { another: 'v' } }))
      .rejects(outgrownMetadata))

  it.each(['unit_amount', 'currency', 'recurring', 'product', 'tiers', 'transform_quantity'])(
    'to change %s, which is fixed for good',
    (param) =>
      world(price())
        .when(update({ [param]: 1 }))
        .rejects(unknownParameter(param)),
  )

  it.each([
    ['an unknown parameter before an unknown price', { nope: 1 }, unknownParameter('nope'), false],
    ['an unknown price before its taxes', { tax_behavior: 'exclusive' }, unknown, false],
    [
      'taxes before a currency option',
      { tax_behavior: 'exclusive', ...wrongOption },
      onlyOnce,
      true,
    ],
    [
      'a currency option before outgrown metadata',
      { ...wrongOption, metadata: { another: 'v' } },
      ownCurrency,
      true,
    ],
    [
      'outgrown metadata before a taken lookup key',
      { metadata: { another: 'v' }, lookup_key: 'std' },
      outgrownMetadata,
      true,
    ],
  ] as const)('%s', (_, params, refusal, there) =>
    world(
      price({ id: 'price_A', lookup_key: 'std' }),
      ...(there ? [price({ tax_behavior: 'inclusive', metadata: FULL_METADATA })] : []),
    )
      .when(update(params))
      .rejects(refusal),
  )
})
