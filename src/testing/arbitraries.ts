/** Arbitraries of everything that a world is made of. All are plain data and shrink towards the simple case. */
import fc from 'fast-check'
import type {
  CommandOf,
  CommandType,
  Formula,
  Instant,
  Meter,
  World,
  WorldOptions,
} from '../index.js'
import {
  customerIdAt,
  type FamilyKit,
  meterAt,
  meterIdAt,
  nowOf,
  type Script,
  type Step,
} from './kit.js'

type Params<T extends CommandType> =
  CommandOf<T> extends { readonly params?: infer P } ? NonNullable<P> : never

/** Seeds: any text, the empty one and those beyond ASCII too. */
export const seeds: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)

/** Where calendars and columns have their edges: a leap day, a new year, the epoch, the end of 32 bits. */
const EDGES = [
  1_767_225_600, 1_709_164_800, 1_709_251_199, 1_735_689_599, 0, -86_401, 4_294_967_290,
  2_147_483_647,
]

/** Instants: mostly of the years 2020 to 2030, now and then where something rolls over. */
export const instants: fc.Arbitrary<Instant> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1_577_836_800, max: 1_893_456_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
)

/** Lengths of time that a clock moves on: a second, an hour, a day and the seconds about it, a clock's whole life. */
export const lengths: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1, 59, 60, 3_600, 86_399, 86_400, 86_401, 30 * 86_400, 36 * 86_400),
  fc.integer({ min: 1, max: 3 * 86_400 }),
)

/** Settings, the preview of `max` always on. Delays, strictness, dunning and the rest come now and then. */
export const settings: fc.Arbitrary<Params<'UpdateSettings'>> = fc.record(
  {
    preview: fc.constant({ meterMax: true }),
    meterProcessingDelaySeconds: fc.constantFrom(0, 0, 1, 60, 3_600, 86_400),
    meterEventValidation: fc.constantFrom('asynchronous', 'synchronous'),
    strict: fc.boolean(),
    allowWritesWhileAdvancing: fc.boolean(),
    invoice: fc.record(
      {
        draftDelaySeconds: fc.constantFrom(0, 3_600, 86_400),
        numbering: fc.constantFrom('customer', 'account'),
      },
      { requiredKeys: [] },
    ),
    dunning: fc.record(
      {
        schedule: fc.constantFrom(
          { type: 'smart' as const },
          { type: 'smart' as const, retries: 2, windowDays: 7 },
          { type: 'custom' as const, days: [1, 2] },
        ),
        finalAction: fc.constantFrom('cancel', 'unpaid', 'past_due'),
        finalInvoice: fc.constantFrom('leave_open', 'uncollectible'),
      },
      { requiredKeys: [] },
    ),
    automation: fc.record({
      overdueAfterDays: fc.constantFrom(null, 3),
      dueSoonBeforeDays: fc.constantFrom(null, 2),
    }),
    sendInvoice: fc.record({ finalActionAfterDays: fc.constantFrom(null, 30) }),
    pauseOnPaymentFailure: fc.boolean(),
    minimumCharge: fc.constantFrom({ usd: 100 }, { usd: null }),
    alertsOnTestClocks: fc.boolean(),
  },
  { requiredKeys: ['preview'] },
)

/** What new worlds start from. */
export const worldOptions: fc.Arbitrary<WorldOptions> = fc.record({
  seed: seeds,
  now: instants,
  settings: fc.oneof(
    { weight: 2, arbitrary: fc.constant({ preview: { meterMax: true } }) },
    { weight: 1, arbitrary: settings },
  ),
})

// Values and identifiers

const digits = (most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most })
    .map((all) => all.join(''))

/** Values that count: whole and with decimals, negative, zero, and the largest and finest there are. */
export const values: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -20, max: 100 }).map(String) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('', '-', '+'), digits(15), digits(12))
      .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '-0',
      '1.50',
      '007',
      '0.000000000001',
      '999999999999999.999999999999',
      '-999999999999999.999999999999',
    ),
  },
)

/** Values that are accepted on v1 and then fail: no number, or too many digits. */
export const wrongValues: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'abc',
  '1e3',
  '.5',
  '1.',
  ' 1',
  '--1',
  '1234567890123456',
  '0.1234567890123',
)

/** Identifiers, of a small pool so that they come again, and one a character too long. */
export const identifiers: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') },
  { weight: 1, arbitrary: fc.constantFrom('constructor', '__proto__', 'é'.repeat(100)) },
  { weight: 1, arbitrary: fc.constant('x'.repeat(101)) },
)

// Meters and customers

export const formulas: fc.Arbitrary<Formula> = fc.constantFrom('sum', 'count', 'last', 'max')

export const windows: fc.Arbitrary<Meter['event_time_window']> = fc.constantFrom(
  null,
  'hour',
  'day',
)

const payloadKeys = fc.constantFrom('id', 'amount', 'stripe_customer_id', 'toString', '__proto__')

/** Parameters of `CreateMeter`: every formula, window and mapping; event names of a small pool, so that they clash. */
export const meterParams: fc.Arbitrary<Params<'CreateMeter'>> = fc
  .record(
    {
      display_name: fc.string({ minLength: 1, maxLength: 8 }),
      event_name: fc.constantFrom('calls', 'storage', 'seats', 'größe'),
      default_aggregation: fc.record({ formula: formulas }),
      event_time_window: windows,
      customer_mapping: fc.record({
        type: fc.constant('by_id' as const),
        event_payload_key: payloadKeys,
      }),
      value_settings: fc.record({ event_payload_key: payloadKeys }),
    },
    { requiredKeys: ['display_name', 'event_name', 'default_aggregation', 'event_time_window'] },
  )
  .map(({ event_time_window, ...params }) =>
    event_time_window === null ? params : { ...params, event_time_window },
  )

const shortText = fc.string({ maxLength: 6 })

const address = fc.record(
  { city: shortText, country: shortText, line1: shortText, postal_code: shortText },
  { requiredKeys: [] },
)

/** Parameters of `UpdateCustomer` and, without its clock, of `CreateCustomer`; empty texts unset. */
export const customerParams: fc.Arbitrary<Params<'UpdateCustomer'>> = fc.record(
  {
    name: shortText,
    email: fc.constantFrom('', 'a@b', 'water@clock.example'),
    description: shortText,
    address: fc.oneof(address, fc.constant('' as unknown as null)),
    shipping: fc.record(
      { address, name: fc.constantFrom('Ada', 'Bo') },
      { requiredKeys: ['address', 'name'] },
    ),
    metadata: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), shortText),
    tax_exempt: fc.constantFrom('none' as const, 'exempt' as const, 'reverse' as const),
    preferred_locales: fc.array(fc.constantFrom('en', 'de')),
    individual_name: shortText,
    next_invoice_sequence: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: [] },
)

/** A place in the list of the things of a kind; now and then one where nothing is. */
export const places: fc.Arbitrary<number> = fc.oneof(
  { weight: 15, arbitrary: fc.nat({ max: 5 }) },
  { weight: 1, arbitrary: fc.constant(-1) },
)

// Meter events

/** A meter event before it is known which meters and customers there are. */
export interface Report {
  readonly meter: number
  readonly customer: number
  /** Seconds from the customer's now; `null` where the event says no time. */
  readonly ahead: number | null
  /** The timestamp is brought down to a multiple of this many seconds, so that events meet in one instant. */
  readonly grain: 1 | 60 | 3_600
  readonly value: string | null
  readonly identifier: string | null
  /** Further keys of the payload. */
  readonly extra: Readonly<Record<string, string>>
  readonly wrong: 'meter' | 'customer' | 'no customer' | null
}

const HOUR = 3_600
const DAY = 86_400

/** How far from now events happened: mostly in the last hours and days, in and out of order, and about the ends of the window. */
export const offsets: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2 * HOUR, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: -3 * DAY, max: 0 }) },
  { weight: 1, arbitrary: fc.constantFrom(-35 * DAY, -35 * DAY - 1, 300, 301, -DAY, -HOUR, -1) },
)

/** Meter events that are well formed: only their time or their identifier can be wrong. */
export const soundReports: fc.Arbitrary<Report> = fc.record({
  meter: fc.nat({ max: 5 }),
  customer: fc.nat({ max: 5 }),
  ahead: fc.option(offsets),
  grain: fc.constantFrom(1, 60, 3_600),
  value: values,
  identifier: fc.option(
    identifiers.filter((identifier) => identifier.length <= 100),
    { freq: 2 },
  ),
  extra: fc.constant({}),
  wrong: fc.constant(null),
})

/** Meter events of every kind: in order, late, of one instant, repeated, and wrong in each way there is. */
export const reports: fc.Arbitrary<Report> = fc.oneof(
  { weight: 3, arbitrary: soundReports },
  {
    weight: 2,
    arbitrary: fc.record({
      meter: places,
      customer: places,
      ahead: fc.option(offsets),
      grain: fc.constantFrom(1, 60, 3_600),
      value: fc.oneof(values, wrongValues, fc.constant(null)),
      identifier: fc.option(identifiers, { freq: 3 }),
      extra: fc.dictionary(fc.constantFrom('note', '__proto__'), shortText, { maxKeys: 1 }),
      wrong: fc.constantFrom(null, null, null, 'meter', 'customer', 'no customer'),
    }),
  },
)

/** The parameters of `RecordMeterEvent` that a report stands for in a world. */
export const reportIn = (world: World, report: Report): Params<'RecordMeterEvent'> => {
  const meter = meterAt(world, report.meter)
  const customer = customerIdAt(world, report.customer)
  const customerKey = meter?.customer_mapping.event_payload_key ?? 'stripe_customer_id'
  const valueKey = meter?.value_settings.event_payload_key ?? 'value'
  const now = nowOf(world, customer)
  const { ahead, grain, value, identifier, extra, wrong } = report
  const named = { [customerKey]: wrong === 'customer' ? 'cus_of_nobody' : customer }
  return {
    event_name: wrong === 'meter' ? 'unheard_of' : (meter?.event_name ?? 'none_yet'),
    payload: {
      ...extra,
      ...(value === null ? {} : { [valueKey]: value }),
      ...(wrong === 'no customer' ? {} : named),
    },
    ...(identifier === null ? {} : { identifier }),
    ...(ahead === null ? {} : { timestamp: Math.floor((now + ahead) / grain) * grain }),
  }
}

/** A cancellation before it is known which meters there are. */
export interface Adjustment {
  readonly meter: number
  /** An identifier, or the place of a meter event in the log, counted round from the newest. */
  readonly of: string | number
}

export const adjustments: fc.Arbitrary<Adjustment> = fc.record({
  meter: places,
  of: fc.oneof(identifiers, fc.nat({ max: 8 })),
})

/** The event name and identifier that a cancellation means in a world. */
export const adjustmentIn = (
  world: World,
  { meter, of }: Adjustment,
): { readonly event_name: string; readonly identifier: string } => {
  if (typeof of === 'string')
    return { event_name: meterAt(world, meter)?.event_name ?? 'none_yet', identifier: of }
  let left = of
  for (let position = world.position; position > 0; position -= 1) {
    const event = world.line.at(position) as unknown as Readonly<Record<string, string>>
    if (event.type === 'MeterEventRecorded' && left-- === 0)
      return {
        event_name: world.meters.need(event.meter as string).event_name,
        identifier: event.identifier as string,
      }
  }
  return { event_name: meterIdAt(world, meter), identifier: 'none_yet' }
}

// Scripts

/** Steps of all the commands of some families, by their weights. */
export const stepsOf = (kits: readonly FamilyKit[]): fc.Arbitrary<Step> =>
  fc.oneof(
    ...kits.flatMap(({ steps }) =>
      Object.entries(steps).map(([type, { given, weight = 4 }]) => ({
        weight,
        arbitrary: (given as fc.Arbitrary<unknown>).map((drawn): Step => ({ type, given: drawn })),
      })),
    ),
  )

/** Any steps, after a few that make things for them to be about. */
export const scriptsOf = (
  kits: readonly FamilyKit[],
  { opening = [], maxLength = 30 }: { readonly opening?: Script; readonly maxLength?: number } = {},
): fc.Arbitrary<Script> =>
  fc.array(stepsOf(kits), { maxLength, size: 'max' }).map((steps) => [...opening, ...steps])
