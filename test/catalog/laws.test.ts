import {
  addDecimals,
  type Command,
  createSimulator,
  type Decimal,
  formatDecimal,
  importLog,
  type Pricing,
  pricedParts,
  priceOf,
  type Simulator,
  snapshot,
  type Tier,
  toDecimal,
} from 'clepsydra'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/** A tier as the oracle knows it: whole minor units, `up_to` with an end. */
interface Step {
  readonly size: number
  readonly unit: number
  readonly flat: number | null
}

const steps = fc.array(
  fc.record<Step>({
    size: fc.integer({ min: 1, max: 20 }),
    unit: fc.integer({ min: 0, max: 1_000 }),
    flat: fc.option(fc.integer({ min: 0, max: 5_000 })),
  }),
  { minLength: 1, maxLength: 5 },
)

/** The last step is without end. */
const tiersOf = (made: readonly Step[], unitOf = (unit: number): string => String(unit)) => {
  let end = 0
  return made.map(({ size, unit, flat }, at): Tier => {
    end += size
    return {
      flat_amount: flat,
      flat_amount_decimal: flat === null ? null : String(flat),
      unit_amount: null,
      unit_amount_decimal: unitOf(unit),
      up_to: at === made.length - 1 ? null : end,
    }
  })
}

/** The place of the step that the nth unit lies in, from 1; the first one's for none at all. */
const placeOf = (made: readonly Step[], n: number): number => {
  let left = n
  for (const [at, { size }] of made.entries()) {
    if (left <= size || at === made.length - 1) return at
    left -= size
  }
  return 0
}

const mode = fc.constantFrom('graduated' as const, 'volume' as const)
const count = fc.integer({ min: 0, max: 150 })
const whole = (n: number): Decimal => ({ units: n, scale: 0 })

/** A quantity of up to 150 with up to three decimals. */
const quantity = fc
  .tuple(fc.integer({ min: 0, max: 150_000 }), fc.constantFrom(0, 1, 2, 3))
  .map(([units, scale]) => toDecimal((units / 10 ** 3).toFixed(scale)))

const decimalTiers = steps.map((made) => tiersOf(made, (unit) => (unit / 1_000).toFixed(3)))

const pricings: fc.Arbitrary<Pricing> = fc.oneof(
  fc.record({
    billing_scheme: fc.constant('tiered' as const),
    tiers_mode: mode,
    tiers: decimalTiers,
  }),
  fc.record({
    billing_scheme: fc.constant('per_unit' as const),
    unit_amount_decimal: fc.integer({ min: 0, max: 99_999 }).map((n) => (n / 1_000).toFixed(3)),
    transform_quantity: fc.option(
      fc.record({
        divide_by: fc.integer({ min: 1, max: 12 }),
        round: fc.constantFrom('up' as const, 'down' as const),
      }),
    ),
  }),
)

describe('laws of prices', () => {
  it('graduated, a whole number of units costs what they cost one by one', () =>
    fc.assert(
      fc.property(steps, count, (made, n) => {
        const reached = placeOf(made, n)
        let sum = made.slice(0, reached + 1).reduce((flats, { flat }) => flats + (flat ?? 0), 0)
        for (let unit = 1; unit <= n; unit += 1) sum += made[placeOf(made, unit)]?.unit as number
        const pricing = {
          billing_scheme: 'tiered',
          tiers_mode: 'graduated',
          tiers: tiersOf(made),
        } as const
        expect(priceOf(pricing, whole(n))).toBe(sum)
      }),
    ))

  it('by volume, each unit costs what the last one does', () =>
    fc.assert(
      fc.property(steps, count, (made, n) => {
        const { unit, flat } = made[placeOf(made, n)] as Step
        let sum = flat ?? 0
        for (let at = 0; at < n; at += 1) sum += unit
        const pricing = {
          billing_scheme: 'tiered',
          tiers_mode: 'volume',
          tiers: tiersOf(made),
        } as const
        expect(priceOf(pricing, whole(n))).toBe(sum)
      }),
    ))

  it('graduated, more never costs less', () =>
    fc.assert(
      fc.property(decimalTiers, quantity, quantity, (tiers, few, more) => {
        const pricing = { billing_scheme: 'tiered', tiers_mode: 'graduated', tiers } as const
        expect(priceOf(pricing, addDecimals(few, more))).toBeGreaterThanOrEqual(
          priceOf(pricing, few),
        )
      }),
    ))

  it('the parts of a charge add up to it, and hold the whole quantity', () =>
    fc.assert(
      fc.property(pricings, quantity, (pricing, asked) => {
        const parts = pricedParts(pricing, asked)
        expect(parts.reduce((sum, { amount }) => sum + amount, 0)).toBe(priceOf(pricing, asked))
        expect(
          formatDecimal(parts.map((part) => part.quantity).reduce(addDecimals, whole(0))),
        ).toBe(formatDecimal(asked))
      }),
    ))

  it('packages are counted as one fills them', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('up' as const, 'down' as const),
        (tenths, divide_by, round) => {
          let full = 0
          let left = tenths
          while (left >= divide_by * 10) {
            left -= divide_by * 10
            full += 1
          }
          const packages = round === 'up' && left > 0 ? full + 1 : full
          const pricing = {
            billing_scheme: 'per_unit',
            unit_amount_decimal: '7',
            transform_quantity: { divide_by, round },
          } as const
          expect(priceOf(pricing, toDecimal((tenths / 10).toFixed(1)))).toBe(7 * packages)
        },
      ),
    ))

  it('an amount is the nearest to the exact one, and the greater of two as near', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999 }),
        fc.integer({ min: 0, max: 9_999 }),
        (thousandths, n) => {
          const amount = priceOf(
            {
              billing_scheme: 'per_unit',
              unit_amount_decimal: (thousandths / 1_000).toFixed(3),
              transform_quantity: null,
            },
            whole(n),
          )
          const over = amount * 1_000 - thousandths * n
          expect(over).toBeGreaterThan(-500)
          expect(over).toBeLessThanOrEqual(500)
        },
      ),
    ))
})

const name = fc.constantFrom('a', 'b', 'c')
const decimals = fc.constantFrom('0', '0.05', '123.45', '1000', '999999999999')

/** Commands on a catalogue of three products, some of which are refused. */
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ id: name, tax_code: name }, { requiredKeys: ['id'] }).map(
    (params): Command => ({
      type: 'CreateProduct',
      params: { ...params, name: 'x', metadata: { constructor: '1' } },
    }),
  ),
  fc.tuple(name, name).map(
    ([id, description]): Command => ({
      type: 'UpdateProduct',
      id,
      params: { description, images: [description] },
    }),
  ),
  name.map((id): Command => ({ type: 'DeleteProduct', id })),
  fc.tuple(name, name, decimals, fc.boolean()).map(
    ([product, lookup_key, unit_amount_decimal, transfer_lookup_key]): Command => ({
      type: 'CreatePrice',
      params: {
        currency: 'usd',
        product,
        lookup_key,
        transfer_lookup_key,
        unit_amount_decimal,
        currency_options: { eur: { unit_amount_decimal } },
      },
    }),
  ),
  fc.tuple(name, name, decimals, mode).map(
    ([id, product, unit_amount_decimal, tiers_mode]): Command => ({
      type: 'CreatePlan',
      params: {
        id,
        currency: 'usd',
        interval: 'month',
        product,
        billing_scheme: 'tiered',
        tiers_mode,
        tiers: [
          { up_to: 5, unit_amount_decimal },
          { up_to: null, flat_amount_decimal: '999999999999' },
        ],
      },
    }),
  ),
  fc
    .tuple(name, name)
    .map(([id, nickname]): Command => ({ type: 'UpdatePlan', id, params: { nickname } })),
  name.map(
    (id): Command => ({
      type: 'UpdatePrice',
      id,
      params: { currency_options: { gbp: { tiers: [{ up_to: null, unit_amount: 1 }] } } },
    }),
  ),
  name.map((id): Command => ({ type: 'DeletePlan', id })),
)

describe('laws of a log with a catalogue', () => {
  it('an imported log makes the world that was exported', () =>
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 40 }), (run) => {
        const sim: Simulator = createSimulator({ now: 1_767_225_600 })
        for (const command of run) sim.try(command as never)
        const log = sim.exportLog()
        const back = importLog(log)
        expect(snapshot(back.world)).toEqual(snapshot(sim.world))
        expect(back.exportLog()).toBe(log)
      }),
    ))
})
