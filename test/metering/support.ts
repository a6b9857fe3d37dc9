import {
  aggregate,
  type Command,
  type Customer,
  formatDecimal,
  type Instant,
  type Meter,
  notifications,
  project,
  type RecordMeterEvent,
  type World,
} from 'clepsydra'
import type { Fact } from '../support/given.js'

/** 2026-01-15T00:00:00Z: what the examples of this folder call now. */
export const NOW = 1_768_435_200
/** 2020-09-13, before all that the examples tell: when their meters and customers came to be. */
export const CREATED = 1_600_000_000
/** The bounds of January and the end of February 2026. */
export const JANUARY = 1_767_225_600
export const FEBRUARY = 1_769_904_000
export const MARCH = 1_772_323_200

/** Any of a meter's fields. */
export type MeterFields = Partial<Meter>

export const aMeter = (fields: MeterFields = {}): Meter =>
  ({
    id: 'mtr_1',
    created: CREATED,
    updated: CREATED,
    display_name: 'Calls',
    event_name: 'calls',
    customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
    value_settings: { event_payload_key: 'value' },
    default_aggregation: { formula: 'sum' },
    event_time_window: null,
    status: 'active',
    status_transitions: { deactivated_at: null },
    ...fields,
  }) as Meter

/** The fact of a meter's creation; `mtr_1`, a raw `sum` of `calls`, unless said. */
export const meter = (fields: MeterFields = {}): Fact => ({
  type: 'MeterCreated',
  at: CREATED,
  meter: aMeter(fields),
})

/** The fact of a customer's creation; `cus_1`, on no clock, unless said. */
export const customer = (id = 'cus_1', test_clock: string | null = null): Fact => ({
  type: 'CustomerCreated',
  at: CREATED,
  ...(test_clock === null ? {} : { clock: test_clock }),
  customer: {
    id,
    address: null,
    balances: {},
    created: CREATED,
    currency: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: 'ABCDEFGH',
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock,
  } satisfies Customer,
})

/** The fact of a test clock's creation, standing at an instant. */
export const clock = (frozen_time: Instant, id = 'clock_1'): Fact => ({
  type: 'TestClockCreated',
  at: JANUARY,
  test_clock: {
    id,
    created: JANUARY,
    deletes_after: JANUARY + 2_592_000,
    frozen_time,
    name: null,
    status: 'ready',
    status_details: {},
  },
})

interface ReportFields extends Partial<RecordMeterEvent> {
  readonly customer?: string
}

/** The parameters of a report: so much, of `calls`, by `cus_1` unless said. */
export const report = (
  value: string | number,
  { customer: id = 'cus_1', ...fields }: ReportFields = {},
): RecordMeterEvent => ({
  event_name: 'calls',
  payload: { stripe_customer_id: id, value: String(value) },
  ...fields,
})

/** The command that records a report through v1. */
export const record = (value: string | number, fields: ReportFields = {}) =>
  ({ type: 'RecordMeterEvent', params: report(value, fields) }) as const

export const recordV2 = (value: string | number, fields: ReportFields = {}) =>
  ({ type: 'RecordMeterEventV2', params: report(value, fields) }) as const

export const cancel = (identifier: string, event_name = 'calls') =>
  ({
    type: 'CancelMeterEvent',
    params: { event_name, type: 'cancel', cancel: { identifier } },
  }) as const

export const advance = (frozen_time: Instant, id?: string): Command =>
  id === undefined
    ? { type: 'AdvanceClock', params: { frozen_time } }
    : { type: 'AdvanceClock', id, params: { frozen_time } }

interface Range {
  readonly start?: Instant
  readonly end?: Instant
  readonly customer?: string
  readonly meter?: string
}

/** What a customer used of a meter, exactly: of `mtr_1` by `cus_1` in January unless said. */
export const used = (
  world: World,
  { start = JANUARY, end = FEBRUARY, customer: by = 'cus_1', meter: of = 'mtr_1' }: Range = {},
): string => formatDecimal(aggregate(world, world.meters.need(of), by, start, end))

/** The thin events of error reports, oldest first. */
export const errorReports = (world: World) =>
  project(notifications, world).value.thin.filter(({ type }) =>
    ['v1.billing.meter.error_report_triggered', 'v1.billing.meter.no_meter_found'].includes(type),
  )

/** The snapshot events, oldest first. */
export const notices = (world: World) => project(notifications, world).value.events
