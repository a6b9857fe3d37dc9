import {
  type Codec,
  closed,
  FAIL,
  idOf,
  leaf,
  literal,
  nullable,
  oneOf,
  optional,
  type TypeOf,
  tagged,
  text,
  timestamp,
} from '../kernel/codec.js'
import { type Decision, decided, newId, type World } from '../kernel/decision.js'
import { previousAttributes } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import type { Id } from '../kernel/ids.js'
import { DAY, HOUR, type Instant } from '../kernel/instant.js'
import type { Notice } from '../kernel/notice.js'
import { invalidRequest, type Rejection, resourceMissing } from '../kernel/rejection.js'
import { Table } from '../kernel/table.js'
import type { SettingsSlices } from '../settings/index.js'

export type MeterId = Id<'billing.meter'>

/** `max` is a preview: it takes the setting `preview.meterMax`. */
export type Formula = 'sum' | 'count' | 'last' | 'max'

export interface MeterBase {
  readonly id: MeterId
  readonly created: Instant
  readonly updated: Instant
  readonly display_name: string
  readonly event_name: string
  readonly customer_mapping: { readonly type: 'by_id'; readonly event_payload_key: string }
  readonly value_settings: { readonly event_payload_key: string }
  readonly default_aggregation: { readonly formula: Formula }
  readonly event_time_window: 'day' | 'hour' | null
}

/** @remarks Source: docs.stripe.com/api/billing/meter/object. Meters live on the root clock. */
export type Meter = MeterBase &
  (
    | { readonly status: 'active'; readonly status_transitions: { readonly deactivated_at: null } }
    | {
        readonly status: 'inactive'
        readonly status_transitions: { readonly deactivated_at: Instant }
      }
  )

export type MeterView = Meter & { readonly object: 'billing.meter'; readonly livemode: false }

export const viewMeter = (meter: Meter): MeterView => ({
  object: 'billing.meter',
  ...meter,
  livemode: false,
})

/** Seconds of the window in which a meter keeps only the last event; 0 where it keeps them all. */
export const windowOf = (meter: Meter): number =>
  meter.event_time_window === null ? 0 : meter.event_time_window === 'hour' ? HOUR : DAY

export interface MeterSlices {
  /** By `active`: the event name of an active meter. By `inactive`: that of an inactive one. */
  readonly meters: Table<Meter, 'active' | 'inactive'>
}

type Slices = MeterSlices & SettingsSlices

export interface MeterCreated extends DomainEvent {
  readonly type: 'MeterCreated'
  readonly meter: Meter
}
export interface MeterRenamed extends DomainEvent {
  readonly type: 'MeterRenamed'
  readonly id: MeterId
  readonly display_name: string
}
export interface MeterDeactivated extends DomainEvent {
  readonly type: 'MeterDeactivated'
  readonly id: MeterId
}
export interface MeterReactivated extends DomainEvent {
  readonly type: 'MeterReactivated'
  readonly id: MeterId
}

export type MeterEvent = MeterCreated | MeterRenamed | MeterDeactivated | MeterReactivated

export const metersSlice = slice<MeterSlices['meters'], MeterEvent>({
  initial: () =>
    Table.of<Meter, Record<'active' | 'inactive', (meter: Meter) => string | null>>({
      active: (meter) => (meter.status === 'active' ? meter.event_name : null),
      inactive: (meter) => (meter.status === 'inactive' ? meter.event_name : null),
    }),
  evolve: {
    MeterCreated: (meters, event) => meters.insert(event.meter),
    MeterRenamed: (meters, event) =>
      meters.update(event.id, (meter) => ({
        ...meter,
        display_name: event.display_name,
        updated: event.at,
      })),
    MeterDeactivated: (meters, event) =>
      meters.update(event.id, (meter) => ({
        ...meter,
        status: 'inactive',
        status_transitions: { deactivated_at: event.at },
        updated: event.at,
      })),
    MeterReactivated: (meters, event) =>
      meters.update(event.id, (meter) => ({
        ...meter,
        status: 'active',
        status_transitions: { deactivated_at: null },
        updated: event.at,
      })),
  },
})

// Codecs

const NAME_MAX = 100
const DISPLAY_NAME_MAX = 250

const FORMULAS = ['sum', 'count', 'last', 'max'] as const

const unknownFormula = (param: string): Rejection =>
  invalidRequest(`Invalid ${param}: must be one of sum, count, or last`, { param })

/** `max` is read here and refused by the decision unless the preview is on. */
const formula: Codec<Formula> = leaf(
  'formula',
  (input) => FORMULAS.find((name) => name === input) ?? FAIL,
  (_, param) => unknownFormula(param),
)
const customerMapping = closed('CustomerMapping', {
  type: oneOf('type', ['by_id']),
  event_payload_key: text(NAME_MAX),
})
const valueSettings = closed('ValueSettings', { event_payload_key: text(NAME_MAX) })

/** Parameters of POST /v1/billing/meters. */
export const createMeterParams = closed('CreateMeter', {
  display_name: text(DISPLAY_NAME_MAX),
  event_name: text(NAME_MAX),
  default_aggregation: closed('DefaultAggregation', { formula }),
  customer_mapping: optional(customerMapping),
  event_time_window: optional(oneOf('event_time_window', ['day', 'hour'])),
  value_settings: optional(valueSettings),
})

/** Parameters of POST /v1/billing/meters/{id}: all else is fixed at creation. */
export const updateMeterParams = closed('UpdateMeter', {
  display_name: optional(text(DISPLAY_NAME_MAX)),
})

export type CreateMeter = TypeOf<typeof createMeterParams>
export type UpdateMeter = TypeOf<typeof updateMeterParams>

const row = {
  id: idOf<MeterId>(),
  created: timestamp,
  updated: timestamp,
  display_name: text(DISPLAY_NAME_MAX),
  event_name: text(NAME_MAX),
  customer_mapping: customerMapping,
  value_settings: valueSettings,
  default_aggregation: closed('DefaultAggregation', { formula }),
  event_time_window: nullable(oneOf('event_time_window', ['day', 'hour'])),
}

export const meterRow: Codec<Meter> = tagged<Meter>('Meter', 'status', {
  active: closed('Meter', {
    ...row,
    status: literal('active'),
    status_transitions: closed('StatusTransitions', { deactivated_at: literal(null) }),
  }),
  inactive: closed('Meter', {
    ...row,
    status: literal('inactive'),
    status_transitions: closed('StatusTransitions', { deactivated_at: timestamp }),
  }),
})

// Decisions

const nameTaken = (eventName: string): Rejection =>
  invalidRequest(
    `An active meter already exists for event name '${eventName}'. To create a new meter with the same event name, first deactivate the currently active meter.`,
    { param: 'event_name' },
  )

/** The active meter that takes events of a name. */
export const activeMeter = (world: World<MeterSlices>, eventName: string): Meter | undefined =>
  world.meters.firstBy('active', eventName)

/** Of the inactive meters with a name, the one that was deactivated last. */
export const archivedMeter = (world: World<MeterSlices>, eventName: string): Meter | undefined => {
  let latest: Meter | undefined
  for (const meter of world.meters.by('inactive', eventName))
    if (
      latest === undefined ||
      (meter.status_transitions.deactivated_at ?? 0) >=
        (latest.status_transitions.deactivated_at ?? 0)
    )
      latest = meter
  return latest
}

/**
 * Creates a meter; one active meter may have an event name.
 * @remarks Source: docs.stripe.com/api/billing/meter/create; the refusal's text is observed. Case: M-A14.
 */
export const createMeter =
  (params: CreateMeter): Decision<Slices, Meter> =>
  (world) => {
    if (params.default_aggregation.formula === 'max' && !world.settings.preview.meterMax)
      return E.left(unknownFormula('default_aggregation[formula]'))
    if (activeMeter(world, params.event_name) !== undefined)
      return E.left(nameTaken(params.event_name))
    const meter: Meter = {
      id: newId(world, 'mtr_test_', 32),
      created: world.now,
      updated: world.now,
      display_name: params.display_name,
      event_name: params.event_name,
      customer_mapping: params.customer_mapping ?? {
        type: 'by_id',
        event_payload_key: 'stripe_customer_id',
      },
      value_settings: params.value_settings ?? { event_payload_key: 'value' },
      default_aggregation: params.default_aggregation,
      event_time_window: params.event_time_window ?? null,
      status: 'active',
      status_transitions: { deactivated_at: null },
    }
    return decided(world.record<MeterEvent>({ type: 'MeterCreated', at: world.now, meter }), meter)
  }

/** Decides on the meter of an id that a path names. */
const onMeter =
  (id: MeterId, decide: (meter: Meter) => Decision<Slices, Meter>): Decision<Slices, Meter> =>
  (world) => {
    const meter = world.meters.get(id)
    return meter === undefined ? E.left(resourceMissing('meter', id)) : decide(meter)(world)
  }

/** The fact, and the meter as it is then. */
const recorded =
  (event: MeterRenamed | MeterDeactivated | MeterReactivated): Decision<Slices, Meter> =>
  (world) => {
    const after = world.record<MeterEvent>(event)
    return decided(after, after.meters.need(event.id))
  }

/** Renames a meter: its only change. The same name changes nothing. */
export const updateMeter = (id: MeterId, { display_name }: UpdateMeter): Decision<Slices, Meter> =>
  onMeter(
    id,
    (meter) => (world) =>
      display_name === undefined || display_name === meter.display_name
        ? decided(world, meter)
        : recorded({ type: 'MeterRenamed', at: world.now, id, display_name })(world),
  )

/**
 * Stops a meter from accepting events. Asking twice changes nothing.
 * @remarks Source: docs.stripe.com/api/billing/meter/deactivate.
 */
export const deactivateMeter = (id: MeterId): Decision<Slices, Meter> =>
  onMeter(
    id,
    (meter) => (world) =>
      meter.status === 'inactive'
        ? decided(world, meter)
        : recorded({ type: 'MeterDeactivated', at: world.now, id })(world),
  )

/**
 * Lets a meter accept events again, unless another active one has taken its event name. Asking twice changes nothing.
 * @remarks Source: docs.stripe.com/api/billing/meter/reactivate. Case: M-A14.
 */
export const reactivateMeter = (id: MeterId): Decision<Slices, Meter> =>
  onMeter(id, (meter) => (world) => {
    if (meter.status === 'active') return decided(world, meter)
    if (activeMeter(world, meter.event_name) !== undefined)
      return E.left(nameTaken(meter.event_name))
    return recorded({ type: 'MeterReactivated', at: world.now, id })(world)
  })

// Notifications

const notice = (what: string, created: Instant, meter: Meter, before?: Meter): Notice => {
  const object = viewMeter(meter)
  return {
    type: `billing.meter.${what}`,
    created,
    object,
    ...(before === undefined
      ? {}
      : { previous_attributes: previousAttributes(viewMeter(before), object) }),
    thin: {
      type: `v1.billing.meter.${what}`,
      related_object: {
        id: meter.id,
        type: 'billing.meter',
        url: `/v1/billing/meters/${meter.id}`,
      },
    },
  }
}

const changed =
  (what: string) =>
  (
    event: MeterRenamed | MeterDeactivated | MeterReactivated,
    before: World<MeterSlices>,
    after: World<MeterSlices>,
  ): readonly Notice[] => [
    notice(what, event.at, after.meters.need(event.id), before.meters.need(event.id)),
  ]

export const meterNotifications = {
  MeterCreated: (event: MeterCreated): readonly Notice[] => [
    notice('created', event.at, event.meter),
  ],
  MeterRenamed: changed('updated'),
  MeterDeactivated: changed('deactivated'),
  MeterReactivated: changed('reactivated'),
}
