import { boolean, closed, integer, oneOf, optional, type TypeOf } from '../kernel/codec.js'
import { type Decision, decided } from '../kernel/decision.js'
import { sameJson } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { command, family, query, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'

/** What Stripe keeps in its dashboard, and what a simulator may do that Stripe does not. Part of the world. */
export interface Settings {
  /** Stripe's own limits on test clocks and its asynchronous `advancing` protocol. */
  readonly strict: boolean
  /** Lets writes through to objects whose clock is advancing; Stripe answers 429. */
  readonly allowWritesWhileAdvancing: boolean
  /** `synchronous` refuses v1 meter events whose payload is wrong with a 400 instead of a report later. */
  readonly meterEventValidation: 'asynchronous' | 'synchronous'
  /** How long after receipt, on the customer's clock, meter events are processed. 0: at once. */
  readonly meterProcessingDelaySeconds: number
  readonly preview: {
    /** Lets meters aggregate by `max`. */
    readonly meterMax: boolean
  }
}

export const DEFAULT_SETTINGS: Settings = {
  strict: false,
  allowWritesWhileAdvancing: false,
  meterEventValidation: 'asynchronous',
  meterProcessingDelaySeconds: 0,
  preview: { meterMax: false },
}

const DELAY_MAX = 86_400

const validation = oneOf('MeterEventValidation', ['asynchronous', 'synchronous'])

/** All settings, each required: the form that a log holds. */
export const settingsCodec = closed('Settings', {
  strict: boolean,
  allowWritesWhileAdvancing: boolean,
  meterEventValidation: validation,
  meterProcessingDelaySeconds: integer(0, DELAY_MAX),
  preview: closed('Preview', { meterMax: boolean }),
})

/** Any of the settings; those left out stay as they are. */
export const settingsParams = closed('UpdateSettings', {
  strict: optional(boolean),
  allowWritesWhileAdvancing: optional(boolean),
  meterEventValidation: optional(validation),
  meterProcessingDelaySeconds: optional(integer(0, DELAY_MAX)),
  preview: optional(closed('Preview', { meterMax: optional(boolean) })),
})

export type SettingsParams = TypeOf<typeof settingsParams>

export const withSettings = (settings: Settings, params: SettingsParams): Settings => ({
  ...settings,
  ...params,
  preview: { ...settings.preview, ...params.preview },
})

export interface SettingsUpdated extends DomainEvent {
  readonly type: 'SettingsUpdated'
  readonly settings: Settings
}

export interface SettingsSlices {
  readonly settings: Settings
}

const updateSettings =
  (params: SettingsParams): Decision<SettingsSlices, Settings> =>
  (world) => {
    const settings = withSettings(world.settings, params)
    if (sameJson(settings, world.settings)) return decided(world, settings)
    return decided(
      world.record<SettingsUpdated>({ type: 'SettingsUpdated', at: world.now, settings }),
      settings,
    )
  }

export const settingsFamily = family({
  name: 'settings',
  slices: {
    settings: slice<Settings, SettingsUpdated>({
      initial: (header) => header.settings as Settings,
      evolve: { SettingsUpdated: (_, event) => event.settings },
    }),
  },
  events: {
    SettingsUpdated: eventFormat<SettingsUpdated>('SettingsUpdated', { settings: settingsCodec }),
  },
  commands: { UpdateSettings: command(settingsParams, updateSettings, (_, settings) => settings) },
  queries: {
    RetrieveSettings: query(
      closed('RetrieveSettings', {}),
      (world: SettingsSlices, _params: object) => E.right(world.settings),
    ),
  },
  watches: [],
  notifications: {},
})
