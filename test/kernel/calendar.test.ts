import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addInterval,
  addMonths,
  daysInMonth,
  formatDay,
  formatInstant,
  formatInstantInWords,
  formatInstantV2,
  fromCivil,
  isLeapYear,
  parseInstant,
  toCivil,
  toInstant,
  weekday,
} from '../../src/domain/kernel/calendar.js'
import { Defect } from '../../src/domain/kernel/defect.js'
import { DAY } from '../../src/domain/kernel/instant.js'

const YEAR_1 = Date.UTC(2000, 0, 1) / 1_000 - 730_119 * DAY // 0001-01-01, counted back in days.
const YEAR_9999_END = Date.UTC(9_999, 11, 31, 23, 59, 59) / 1_000

const anyMoment = fc.oneof(
  fc.integer({ min: YEAR_1, max: YEAR_9999_END }),
  // Around the turns of months, where calendars go wrong.
  fc
    .tuple(
      fc.integer({ min: 1, max: 9_999 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(-1, 0, 1),
    )
    .map(
      ([year, month, off]) =>
        fromCivil({ year, month, day: 1, hour: 0, minute: 0, second: 0 }) + off,
    )
    .filter((moment) => moment >= YEAR_1 && moment <= YEAR_9999_END),
)

const at = (text: string): number => {
  const moment = parseInstant(text)
  if (moment === undefined) throw new Error(`${text} is no moment`)
  return moment
}

/** What the platform makes of a moment. */
const platform = (moment: number) => {
  const date = new Date(moment * 1_000)
  return {
    civil: {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    },
    weekday: date.getUTCDay(),
    iso: date.toISOString(),
  }
}

describe('the civil calendar', () => {
  it('agrees with the platform from year 1 to year 9999, both ways', () => {
    fc.assert(
      fc.property(anyMoment, (moment) => {
        const { civil, weekday: day, iso } = platform(moment)
        expect(toCivil(moment)).toStrictEqual(civil)
        expect(fromCivil(civil)).toBe(moment)
        expect(weekday(moment)).toBe(day)
        expect(formatInstantV2(moment)).toBe(iso)
      }),
      { numRuns: 2_000 },
    )
  })

  it('agrees with the platform on every day of 1600 to 2420', () => {
    const end = Date.UTC(2_420, 0, 1) / 1_000
    let [year, month, day] = [1_600, 1, 1]
    for (let moment = Date.UTC(1_600, 0, 1) / 1_000; moment < end; moment += DAY) {
      const civil = toCivil(moment)
      if (civil.year !== year || civil.month !== month || civil.day !== day)
        expect(civil).toMatchObject({ year, month, day })
      day += 1
      if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) [month, day] = [month + 1, 1]
      if (month > 12) [year, month] = [year + 1, 1]
    }
    expect([year, month, day]).toStrictEqual([2_420, 1, 1])
  })

  it('writes years outside of 0 to 9999 as the platform does', () => {
    for (const year of [-271_000, -1, 0, 10_000, 275_000]) {
      const moment = fromCivil({ year, month: 3, day: 1, hour: 1, minute: 2, second: 3 })
      expect(formatInstantV2(moment)).toBe(platform(moment).iso)
    }
  })

  it('knows leap years and the lengths of months', () => {
    expect([2_000, 2_024, 1_600].every(isLeapYear)).toBe(true)
    expect([1_900, 2_100, 2_023, 2_026].some(isLeapYear)).toBe(false)
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 9_999 }),
        fc.integer({ min: 1, max: 12 }),
        (year, month) => {
          expect(daysInMonth(year, month)).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate())
        },
      ),
    )
    expect(() => daysInMonth(2_026, 0)).toThrow(Defect)
    expect(() => daysInMonth(2_026, 13)).toThrow(Defect)
  })
})

describe('addMonths', () => {
  it.each([
    ['2026-01-31T08:27:07Z', 1, '2026-02-28T08:27:07Z'],
    ['2024-01-31T08:27:07Z', 1, '2024-02-29T08:27:07Z'],
    ['2026-03-31T00:00:00Z', -1, '2026-02-28T00:00:00Z'],
    ['2026-12-15T23:59:59Z', 1, '2027-01-15T23:59:59Z'],
    ['2026-01-15T00:00:00Z', -1, '2025-12-15T00:00:00Z'],
    ['2024-02-29T12:00:00Z', 12, '2025-02-28T12:00:00Z'],
    ['2024-02-29T12:00:00Z', 48, '2028-02-29T12:00:00Z'],
    ['2026-05-31T00:00:00Z', 0, '2026-05-31T00:00:00Z'],
    ['1970-01-31T00:00:00Z', -11, '1969-02-28T00:00:00Z'],
  ])('%s and %i months is %s', (from, months, to) => {
    expect(formatInstant(addMonths(at(from), months))).toBe(to)
  })

  it("returns to the anchor's day in months that have it", () => {
    let moment = at('2026-01-31T10:00:00Z')
    const days = Array.from({ length: 6 }, () => {
      moment = addMonths(moment, 1, 31)
      return formatDay(moment)
    })
    expect(days).toStrictEqual([
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
      '2026-06-30',
      '2026-07-31',
    ])
  })

  it('keeps the time of day, lands in the month asked for, and clamps no more than it must', () => {
    fc.assert(
      fc.property(
        anyMoment,
        fc.integer({ min: -500, max: 500 }),
        fc.option(fc.integer({ min: 1, max: 31 }), { nil: undefined }),
        (moment, months, anchorDay) => {
          const from = toCivil(moment)
          const to = toCivil(addMonths(moment, months, anchorDay))
          expect(to.year * 12 + to.month).toBe(from.year * 12 + from.month + months)
          expect(to.day).toBe(Math.min(anchorDay ?? from.day, daysInMonth(to.year, to.month)))
          expect([to.hour, to.minute, to.second]).toStrictEqual([
            from.hour,
            from.minute,
            from.second,
          ])
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('in anchored single steps ends where one long step does', () => {
    fc.assert(
      fc.property(anyMoment, fc.nat(40), (moment, months) => {
        const { day } = toCivil(moment)
        let stepped = moment
        for (let month = 0; month < months; month += 1) stepped = addMonths(stepped, 1, day)
        expect(stepped).toBe(addMonths(moment, months))
      }),
    )
  })
})

describe('addInterval', () => {
  it('steps days and weeks in seconds, months and years in the calendar', () => {
    const from = at('2024-02-29T06:00:00Z')
    const stepped = (['day', 'week', 'month', 'year'] as const).map((interval) => [
      formatInstant(addInterval(from, interval, 1)),
      formatInstant(addInterval(from, interval, -4)),
    ])
    expect(stepped).toStrictEqual([
      ['2024-03-01T06:00:00Z', '2024-02-25T06:00:00Z'],
      ['2024-03-07T06:00:00Z', '2024-02-01T06:00:00Z'],
      ['2024-03-29T06:00:00Z', '2023-10-29T06:00:00Z'],
      ['2025-02-28T06:00:00Z', '2020-02-29T06:00:00Z'],
    ])
  })
})

describe('formats', () => {
  it('write the day, both forms of a time, and the words of messages', () => {
    const moment = at('2026-01-31T08:27:07Z')
    expect(formatDay(moment)).toBe('2026-01-31')
    expect(formatInstant(moment)).toBe('2026-01-31T08:27:07Z')
    expect(formatInstantV2(moment)).toBe('2026-01-31T08:27:07.000Z')
    expect(formatInstantInWords(moment)).toBe('2026-01-31 08:27:07 UTC')
    expect(formatInstant(-1)).toBe('1969-12-31T23:59:59Z')
  })
})

describe('parseInstant', () => {
  it('reads what the formats write', () => {
    fc.assert(
      fc.property(anyMoment, (moment) => {
        expect(parseInstant(formatInstant(moment))).toBe(moment)
        expect(parseInstant(formatInstantV2(moment))).toBe(moment)
        expect(parseInstant(formatDay(moment))).toBe(moment - (((moment % DAY) + DAY) % DAY))
      }),
    )
  })

  it('reads offsets from UTC as the platform does', () => {
    const two = (value: number) => String(value).padStart(2, '0')
    fc.assert(
      fc.property(
        anyMoment,
        fc.constantFrom('+', '-'),
        fc.nat(23),
        fc.nat(59),
        (moment, sign, h, m) => {
          const text = formatInstant(moment).replace('Z', `${sign}${two(h)}:${two(m)}`)
          expect(parseInstant(text)).toBe(Date.parse(text) / 1_000)
        },
      ),
    )
  })

  it('reads minutes without seconds, and drops fractions', () => {
    expect(at('2026-01-31T08:27Z')).toBe(at('2026-01-31T08:27:00Z'))
    expect(at('2026-01-31T08:27:07.999999999Z')).toBe(at('2026-01-31T08:27:07Z'))
  })

  it('takes exactly the days that exist', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999 }),
        fc.nat(14),
        fc.nat(33),
        (year, month, day) => {
          const text = [year, month, day]
            .map((n, i) => String(n).padStart(i ? 2 : 4, '0'))
            .join('-')
          // The platform rolls 02-30 over into March: the day exists where it comes back unchanged.
          const date = new Date(`${text.slice(0, 4)}-01-01T00:00:00Z`)
          date.setUTCMonth(month - 1, day)
          const exists = month >= 1 && month <= 12 && date.toISOString().startsWith(text)
          expect(parseInstant(text) !== undefined).toBe(exists)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it.each([
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:60:00Z',
    '2026-01-31T23:59:60Z',
    '2026-01-31T08:27:07',
    '2026-01-31T08:27:07+24:00',
    '2026-01-31T08:27:07+01:60',
    '2026-01-31T08:27:07+0100',
    '2026-01-31 08:27:07Z',
    '2026-1-31',
    '26-01-31',
    '+2026-01-31',
    '2026-01-31\n',
    ' 2026-01-31',
    '1767225600',
    '',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeUndefined()
  })
})

describe('toInstant', () => {
  it('takes seconds, dates and times', () => {
    expect(toInstant(1_767_225_600)).toBe(1_767_225_600)
    expect(toInstant('2026-01-01')).toBe(1_767_225_600)
    expect(toInstant('2026-01-01T01:00:00+01:00')).toBe(1_767_225_600)
  })

  it.each(['2026-02-30', 'now', 1.5, Number.NaN])('takes %s for a defect', (written) => {
    expect(() => toInstant(written)).toThrow(Defect)
  })
})
