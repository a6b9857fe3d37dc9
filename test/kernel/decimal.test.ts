import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDecimals,
  addUnits,
  compareDecimals,
  type Decimal,
  decimal,
  decimalToNumber,
  divideRounded,
  formatDecimal,
  multiplyDecimals,
  negateDecimal,
  parseDecimal,
  type Rounding,
  rescale,
  roundDecimal,
  subtractDecimals,
  subtractUnits,
  toDecimal,
  type Units,
  ZERO,
} from '../../src/domain/kernel/decimal.js'
import { Defect } from '../../src/domain/kernel/defect.js'

const MAX = Number.MAX_SAFE_INTEGER
const SCALE = 40

/** The oracle: every value as a bigint of 10^-40. */
const exact = ({ units, scale }: Decimal): bigint => BigInt(units) * 10n ** BigInt(SCALE - scale)

/** Units on both sides of where a number stops being exact. */
const anyUnits: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  fc.bigInt({ min: -1_000n, max: 1_000n }),
  fc.tuple(fc.constantFrom(-1n, 1n), fc.bigInt({ min: -3n, max: 3n })).map(([sign, off]) => {
    return sign * BigInt(MAX) + off
  }),
  fc.tuple(fc.bigInt({ min: -99n, max: 99n }), fc.nat(18)).map(([n, zeros]) => {
    return n * 10n ** BigInt(zeros)
  }),
)
const anyDecimal = fc
  .tuple(anyUnits, fc.nat(12))
  .map(([units, scale]): Decimal => decimal(units, scale))

const isCanonical = ({ units, scale }: Decimal): boolean =>
  scale >= 0 &&
  (scale === 0 || BigInt(units) % 10n !== 0n) &&
  (typeof units === 'number'
    ? Number.isSafeInteger(units) && !Object.is(units, -0)
    : !Number.isSafeInteger(Number(units)))

describe('parseDecimal', () => {
  it.each<[string, Units, number]>([
    ['0', 0, 0],
    ['7', 7, 0],
    ['-7', -7, 0],
    ['+7', 7, 0],
    ['007', 7, 0],
    ['1.50', 15, 1],
    ['-0.75', -75, 2],
    ['0.000000000001', 1, 12],
    ['100', 100, 0],
    ['100.00', 100, 0],
    ['9007199254740991', MAX, 0],
    ['9007199254740992', 2n ** 53n, 0],
    ['-9007199254740993', -(2n ** 53n) - 1n, 0],
    ['900719925474099.3', 9_007_199_254_740_993n, 1],
    ['9007199254740993.0', 9_007_199_254_740_993n, 0],
    ['999999999999999.999999999999', 999_999_999_999_999_999_999_999_999n, 12],
  ])('reads %s', (text, units, scale) => {
    expect(parseDecimal(text, 16, 12)).toStrictEqual({ units, scale })
  })

  it.each(['-0', '+0', '0.000', '-0.0', '-00.00'])('reads %s as the one zero', (text) => {
    const zero = parseDecimal(text)
    expect(zero).toStrictEqual(ZERO)
    expect(Object.is((zero as Decimal).units, -0)).toBe(false)
  })

  it.each([
    '',
    '+',
    '-',
    '.',
    '.5',
    '5.',
    '-.5',
    '1.2.3',
    '1..2',
    '--1',
    '+-1',
    '1-',
    '1e3',
    '1E3',
    '0x1f',
    '1_000',
    '1,5',
    ' 1',
    '1 ',
    '1\n',
    'NaN',
    'Infinity',
    '١',
    '１',
    '1n',
  ])('refuses %j as no decimal', (text) => {
    expect(parseDecimal(text)).toBe('invalid')
  })

  it('takes 15 digits before and 12 after the point, as written, and not one more', () => {
    expect(parseDecimal('1'.repeat(15))).toMatchObject({ scale: 0 })
    expect(parseDecimal('1'.repeat(16))).toBe('too_many_digits')
    expect(parseDecimal(`-${'0'.repeat(15)}1`)).toBe('too_many_digits')
    expect(parseDecimal(`0.${'1'.repeat(12)}`)).toMatchObject({ scale: 12 })
    expect(parseDecimal(`0.${'0'.repeat(13)}`)).toBe('too_many_digits')
    expect(parseDecimal('123', 2, 0)).toBe('too_many_digits')
    expect(parseDecimal('1.0', 2, 0)).toBe('too_many_digits')
  })

  it('tells a wrong form before too many digits', () => {
    expect(parseDecimal(`${'1'.repeat(40)}x`)).toBe('invalid')
    expect(parseDecimal(`${'1'.repeat(40)}.`)).toBe('invalid')
  })

  it('reads exactly the texts of the grammar', () => {
    const grammar = /^[+-]?\d+(\.\d+)?$/
    const letters = fc.constantFrom(...'0123456789.+-e ')
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 8 }), (text) => {
        expect(typeof parseDecimal(text) === 'object').toBe(grammar.test(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads what it writes, in canonical form', () => {
    fc.assert(
      fc.property(anyDecimal, (value) => {
        expect(toDecimal(formatDecimal(value))).toStrictEqual(value)
        expect(isCanonical(value)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads every spelling of a value as the same value', () => {
    fc.assert(
      fc.property(anyDecimal, fc.nat(9), fc.nat(9), (value, before, after) => {
        const text = formatDecimal(value)
        const digits = text.replace('-', '')
        const sign = text.startsWith('-') ? '-' : '+'
        const padded = `${sign}${'0'.repeat(before)}${digits}${digits.includes('.') ? '' : '.0'}${'0'.repeat(after)}`
        expect(toDecimal(padded)).toStrictEqual(value)
      }),
    )
  })
})

describe('toDecimal', () => {
  it('takes a wrong text for a defect', () => {
    expect(() => toDecimal('1e3')).toThrow(Defect)
    expect(() => toDecimal('1'.repeat(401))).toThrow(Defect)
  })
})

describe('decimal', () => {
  it('gives equal values one form', () => {
    expect(decimal(1_500, 3)).toStrictEqual({ units: 15, scale: 1 })
    expect(decimal(-(10n ** 20n), 18)).toStrictEqual({ units: -100, scale: 0 })
    expect(decimal(10n ** 20n)).toStrictEqual({ units: 10n ** 20n, scale: 0 })
    expect(decimal(0n, 5)).toStrictEqual(ZERO)
    expect(decimal(-0, 5)).toStrictEqual(ZERO)
  })

  it('is canonical and keeps its value, whatever it is made from', () => {
    fc.assert(
      fc.property(anyUnits, fc.nat(12), (units, scale) => {
        const value = decimal(units, scale)
        expect(isCanonical(value)).toBe(true)
        expect(exact(value)).toBe(units * 10n ** BigInt(SCALE - scale))
        if (Number.isSafeInteger(Number(units)))
          expect(decimal(Number(units), scale)).toStrictEqual(value)
      }),
    )
  })
})

describe('formatDecimal', () => {
  it.each<[Units, number, string]>([
    [0, 0, '0'],
    [-75, 2, '-0.75'],
    [5, 12, '0.000000000005'],
    [125, 2, '1.25'],
    [10n ** 21n + 1n, 1, '100000000000000000000.1'],
    [-(10n ** 21n), 0, '-1000000000000000000000'],
  ])('writes %s at scale %s as %s', (units, scale, text) => {
    expect(formatDecimal({ units, scale })).toBe(text)
  })
})

describe('decimalToNumber', () => {
  it('gives the double nearest to the value', () => {
    fc.assert(
      fc.property(anyDecimal, (value) => {
        expect(decimalToNumber(value)).toBe(Number(formatDecimal(value)))
      }),
    )
    expect(decimalToNumber(toDecimal('0.1'))).toBe(0.1)
    expect(decimalToNumber(toDecimal('-9007199254740993'))).toBe(-9_007_199_254_740_992)
  })
})

describe('arithmetic', () => {
  it('adds, subtracts and negates exactly', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        const sum = addDecimals(a, b)
        const difference = subtractDecimals(a, b)
        expect(exact(sum)).toBe(exact(a) + exact(b))
        expect(exact(difference)).toBe(exact(a) - exact(b))
        expect(exact(negateDecimal(a))).toBe(-exact(a))
        for (const value of [sum, difference, negateDecimal(a)])
          expect(isCanonical(value)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('multiplies exactly', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        const product = multiplyDecimals(a, b)
        expect(exact(product) * 10n ** BigInt(SCALE)).toBe(exact(a) * exact(b))
        expect(isCanonical(product)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('compares by value', () => {
    const near = fc.tuple(anyDecimal, fc.bigInt({ min: -2n, max: 2n })).map(([a, off]) => {
      return [a, addDecimals(a, decimal(off, 12))] as const
    })
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(anyDecimal, anyDecimal)), ([a, b]) => {
        const difference = exact(a) - exact(b)
        expect(compareDecimals(a, b)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves numbers for bigints at the first unsafe sum, and comes back', () => {
    expect(addUnits(MAX, 0)).toBe(MAX)
    expect(addUnits(MAX, 1)).toBe(2n ** 53n)
    expect(addUnits(MAX, MAX)).toBe(2n * BigInt(MAX))
    expect(subtractUnits(-MAX, 1)).toBe(-(2n ** 53n))
    expect(subtractUnits(2n ** 53n, 1)).toBe(MAX)
    expect(addUnits(-(2n ** 53n), 1)).toBe(-MAX)
    expect(subtractUnits(10n ** 20n, 10n ** 20n)).toBe(0)
    expect(subtractUnits(0, 0)).toBe(0)
    expect(multiplyDecimals(decimal(0), decimal(-5)).units).toBe(0)
    expect(multiplyDecimals(decimal(94_906_267), decimal(94_906_267)).units).toBe(94_906_267n ** 2n)
  })

  it('adds a million tenths to a hundred thousand', () => {
    let sum = ZERO
    const tenth = toDecimal('0.1')
    for (let at = 0; at < 1_000_000; at += 1) sum = addDecimals(sum, tenth)
    expect(sum).toStrictEqual({ units: 100_000, scale: 0 })
  })
})

describe('rescale', () => {
  it('counts the same value in smaller units', () => {
    fc.assert(
      fc.property(anyUnits, fc.nat(12), fc.nat(20), (units, from, more) => {
        const given = decimal(units).units
        const counted = rescale(given, from, from + more)
        expect(BigInt(counted)).toBe(units * 10n ** BigInt(more))
        expect(typeof counted).toBe(Number.isSafeInteger(Number(counted)) ? 'number' : 'bigint')
      }),
    )
  })
})

describe('rounding', () => {
  it.each<[Rounding, readonly [string, number][]]>([
    [
      'half-up',
      [
        ['0.5', 1],
        ['-0.5', -1],
        ['1.5', 2],
        ['-1.5', -2],
        ['0.49', 0],
        ['-0.51', -1],
      ],
    ],
    [
      'half-down',
      [
        ['0.5', 0],
        ['-0.5', -1],
        ['1.5', 1],
        ['-1.5', -2],
        ['0.51', 1],
        ['-0.49', 0],
      ],
    ],
    [
      'floor',
      [
        ['0.9', 0],
        ['-0.1', -1],
        ['-1', -1],
        ['1', 1],
      ],
    ],
    [
      'ceil',
      [
        ['0.1', 1],
        ['-0.9', 0],
        ['-1', -1],
        ['1', 1],
      ],
    ],
    [
      'truncate',
      [
        ['0.9', 0],
        ['-0.9', 0],
        ['-1.9', -1],
        ['1.9', 1],
      ],
    ],
  ])('rounds %s as its name says', (rounding, cases) => {
    for (const [text, rounded] of cases)
      expect(roundDecimal(toDecimal(text), rounding)).toBe(rounded)
  })

  /** The rule in words: which of the two integers around n/d is taken, by what lies between them. */
  const oracle = (n: bigint, d: bigint, rounding: Rounding): bigint => {
    let low = n / d
    while (low * d > n) low -= 1n
    if (low * d === n) return low
    const high = low + 1n
    const nearer = 2n * n - (low + high) * d // Negative below the middle, zero at it.
    switch (rounding) {
      case 'floor':
        return low
      case 'ceil':
        return high
      case 'truncate':
        return n > 0n ? low : high
      case 'half-up':
        return nearer < 0n ? low : nearer > 0n ? high : n > 0n ? high : low
      case 'half-down':
        return nearer > 0n ? high : low
    }
  }
  const anyRounding = fc.constantFrom<Rounding>('half-up', 'half-down', 'floor', 'ceil', 'truncate')
  const halves = fc
    .tuple(fc.bigInt({ min: -50n, max: 50n }), fc.bigInt({ min: 1n, max: 9n }))
    .map(([odd, d]) => [(2n * odd + 1n) * d, 2n * d] as const)
  const anyFraction = fc.oneof(
    halves,
    fc.tuple(anyUnits, fc.bigInt({ min: 1n, max: 10n ** 18n })),
    fc.tuple(fc.bigInt({ min: -30n, max: 30n }), fc.bigInt({ min: 1n, max: 7n })),
  )

  it('agrees with the rule in words for every fraction', () => {
    fc.assert(
      fc.property(anyFraction, anyRounding, ([n, d], rounding) => {
        expect(divideRounded(n, d, rounding)).toBe(oracle(n, d, rounding))
      }),
      { numRuns: 2_000 },
    )
  })

  it('rounds a decimal as its fraction, to a number where that is safe', () => {
    fc.assert(
      fc.property(anyDecimal, anyRounding, (value, rounding) => {
        const rounded = roundDecimal(value, rounding)
        expect(BigInt(rounded)).toBe(
          oracle(BigInt(value.units), 10n ** BigInt(value.scale), rounding),
        )
        expect(typeof rounded).toBe(Number.isSafeInteger(Number(rounded)) ? 'number' : 'bigint')
        expect(Object.is(rounded, -0)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes a divisor that is not positive for a defect', () => {
    expect(() => divideRounded(1n, 0n, 'floor')).toThrow(Defect)
    expect(() => divideRounded(1n, -1n, 'floor')).toThrow(Defect)
  })
})
