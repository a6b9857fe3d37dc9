import {
  arrayOf,
  boolean,
  Codec,
  closed,
  emptyable,
  FAIL,
  integer,
  leaf,
  mapOf,
  oneOf,
  optional,
  type TypeOf,
  tagged,
} from '../kernel/codec.js'
import { type Currency, isCurrency } from '../kernel/currency.js'
import { type Decision, decided } from '../kernel/decision.js'
import { sameJson } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import { eventFormat } from '../kernel/event-format.js'
import { command, family, query, slice } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { invalidRequest } from '../kernel/rejection.js'

/** When an invoice that could not be charged is tried again, counted from the first attempt or from the one before. */
export type DunningSchedule =
  | {
      /** So many tries, spread evenly over so many days after the first attempt; Stripe picks the times by a model. */
      readonly type: 'smart'
      readonly retries: number
      readonly windowDays: number
    }
  | {
      /** Each entry is how many days after the attempt before it the next one is made. */
      readonly type: 'custom'
      readonly days: readonly number[]
    }

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
  readonly invoice: {
    /** How long the draft of a renewal stays one before it is finalized. */
    readonly draftDelaySeconds: number
    /** Whose sequence invoice numbers come from: `{invoice_prefix}-0001`, or `{accountPrefix}-0001`. */
    readonly numbering: 'customer' | 'account'
    readonly accountPrefix: string
  }
  readonly dunning: {
    readonly schedule: DunningSchedule
    /** What becomes of the subscription once no retry is left. */
    readonly finalAction: 'cancel' | 'unpaid' | 'past_due'
    /** What becomes of the invoice then. */
    readonly finalInvoice: 'leave_open' | 'uncollectible'
  }
  readonly incomplete: {
    /** How long the first invoice of a subscription may stay unpaid before both expire. */
    readonly ttlSeconds: number
  }
  readonly upcoming: {
    /** How many days before a renewal `invoice.upcoming` is sent. */
    readonly days: number
  }
  /** Reminders of invoices that are sent, in days from the due date; `null` is off. */
  readonly automation: {
    readonly overdueAfterDays: number | null
    readonly dueSoonBeforeDays: number | null
  }
  readonly sendInvoice: {
    /** How many days after its due date an unpaid invoice brings about the final action; `null` is never. */
    readonly finalActionAfterDays: 30 | 60 | 90 | null
  }
  /** Pauses a subscription whose payment fails. */
  readonly pauseOnPaymentFailure: boolean
  /** The least that is charged, in minor units, where it is another than the currency's own. */
  readonly minimumCharge: Readonly<Record<Currency, number>>
  /** Lets usage alerts fire for customers on test clocks; Stripe's do not. */
  readonly alertsOnTestClocks: boolean
}

const SMART = { type: 'smart', retries: 8, windowDays: 14 } as const

/** The groups that came later: logs of before do not name them. */
const LATER = {
  invoice: { draftDelaySeconds: 3_600, numbering: 'customer', accountPrefix: 'ACCOUNT1' },
  dunning: { schedule: SMART, finalAction: 'cancel', finalInvoice: 'leave_open' },
  incomplete: { ttlSeconds: 82_800 },
  upcoming: { days: 7 },
  automation: { overdueAfterDays: null, dueSoonBeforeDays: null },
  sendInvoice: { finalActionAfterDays: null },
  pauseOnPaymentFailure: false,
  minimumCharge: {},
  alertsOnTestClocks: true,
} as const satisfies Partial<Settings>

export const DEFAULT_SETTINGS: Settings = {
  strict: false,
  allowWritesWhileAdvancing: false,
  meterEventValidation: 'asynchronous',
  meterProcessingDelaySeconds: 0,
  preview: { meterMax: false },
  ...LATER,
}

const DELAY_MAX = 86_400

/** Stripe waits at most 72 hours for an answer to `invoice.created`. */
const DRAFT_DELAY_MAX = 259_200

/** Thirty days; ours, as a bound that no story needs to pass. */
const TTL_MAX = 2_592_000

const DAYS_MAX = 365

/** The longest window of Stripe's retries is two months. */
const WINDOW_DAYS_MAX = 60

const RETRIES_MAX = 8

const CUSTOM_RETRIES_MAX = 3

const AMOUNT_MAX = 99_999_999_999_999

const validation = oneOf('MeterEventValidation', ['asynchronous', 'synchronous'])

const accountPrefix = leaf(
  'accountPrefix',
  (input) => (typeof input === 'string' && /^[A-Z0-9]{1,12}$/.test(input) ? input : FAIL),
  (_, param) =>
    invalidRequest('Invoice number prefix must be 1–12 uppercase letters or numbers.', { param }),
)

/** A codec that first asks something else of its input. */
const guarded = <A>(guard: Codec<unknown>, codec: Codec<A>): Codec<A> =>
  new Codec<A>(
    codec.name,
    (input) => (guard.read(input) === FAIL ? FAIL : codec.read(input)),
    (input, context) => {
      const asked = guard.validate(input, context)
      return E.isLeft(asked) ? asked : codec.validate(input, context)
    },
  )

const someEntry: Codec<unknown> = leaf(
  'some entry',
  (input) => (Array.isArray(input) && input.length === 0 ? FAIL : input),
  (_, param) => invalidRequest(`Invalid ${param}: at least one entry is needed`, { param }),
)

const retryDays = guarded(someEntry, arrayOf(integer(1, DAYS_MAX), CUSTOM_RETRIES_MAX))

const unknownCurrency = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null
    ? Object.keys(input).find((key) => !isCurrency(key))
    : undefined

const currencyKeys: Codec<unknown> = leaf(
  'currencies',
  (input) => (unknownCurrency(input) === undefined ? input : FAIL),
  (input, param) => invalidRequest(`Invalid currency: ${unknownCurrency(input)}`, { param }),
)

const daysOrNone = emptyable(integer(1, DAYS_MAX))

const finalActionAfterDays = emptyable(
  leaf<30 | 60 | 90>(
    'finalActionAfterDays',
    (input) => {
      const days = integer().read(input)
      return days === 30 || days === 60 || days === 90 ? days : FAIL
    },
    (_, param) => invalidRequest(`Invalid ${param}: must be one of 30, 60, or 90`, { param }),
  ),
)

const preview = { meterMax: boolean }

const invoice = {
  draftDelaySeconds: integer(0, DRAFT_DELAY_MAX),
  numbering: oneOf('numbering', ['customer', 'account']),
  accountPrefix,
}

const smart = { retries: integer(1, RETRIES_MAX), windowDays: integer(1, WINDOW_DAYS_MAX) }

const finals = {
  finalAction: oneOf('finalAction', ['cancel', 'unpaid', 'past_due']),
  finalInvoice: oneOf('finalInvoice', ['leave_open', 'uncollectible']),
}

const automation = { overdueAfterDays: daysOrNone, dueSoonBeforeDays: daysOrNone }

const incomplete = { ttlSeconds: integer(1, TTL_MAX) }

const upcoming = { days: integer(1, WINDOW_DAYS_MAX) }

const sendInvoice = { finalActionAfterDays }

const charge = integer(0, AMOUNT_MAX)

const custom = closed('Custom', { type: oneOf('type', ['custom']), days: retryDays })

const allSettings = closed('Settings', {
  strict: boolean,
  allowWritesWhileAdvancing: boolean,
  meterEventValidation: validation,
  meterProcessingDelaySeconds: integer(0, DELAY_MAX),
  preview: closed('Preview', preview),
  invoice: closed('Invoice', invoice),
  dunning: closed('Dunning', {
    schedule: tagged<DunningSchedule>('Schedule', 'type', {
      smart: closed('Smart', { type: oneOf('type', ['smart']), ...smart }),
      custom,
    }),
    ...finals,
  }),
  incomplete: closed('Incomplete', incomplete),
  upcoming: closed('Upcoming', upcoming),
  automation: closed('Automation', automation),
  sendInvoice: closed('SendInvoice', sendInvoice),
  pauseOnPaymentFailure: boolean,
  minimumCharge: guarded(currencyKeys, mapOf(charge)),
  alertsOnTestClocks: boolean,
})

/** The settings of a log of any age: the groups that it does not know yet are at their defaults. */
const upToDate = (settings: unknown): unknown =>
  typeof settings === 'object' && settings !== null ? { ...LATER, ...settings } : settings

const withAllSettings = (
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({ ...fields, settings: upToDate(fields.settings) })

/** All settings, each required but for whole groups that older logs lack: the form that a log holds. */
export const settingsCodec = new Codec<Settings>(
  'Settings',
  (input) => allSettings.read(upToDate(input)),
  (input, context) => allSettings.validate(upToDate(input), context),
)

type SomeOf<Props extends Readonly<Record<string, Codec<any>>>> = {
  readonly [K in keyof Props]: { readonly optional: Props[K] }
}

/** The same properties, each of which may be left out. */
const someOf = <const Props extends Readonly<Record<string, Codec<any>>>>(
  props: Props,
): SomeOf<Props> =>
  Object.fromEntries(
    Object.entries(props).map(([key, codec]) => [key, optional(codec)]),
  ) as SomeOf<Props>

type ScheduleParams =
  | { readonly type: 'smart'; readonly retries?: number; readonly windowDays?: number }
  | { readonly type: 'custom'; readonly days: readonly number[] }

/** Any of the settings; those left out stay as they are, and so do those left out of a group. */
export const settingsParams = closed('UpdateSettings', {
  strict: optional(boolean),
  allowWritesWhileAdvancing: optional(boolean),
  meterEventValidation: optional(validation),
  meterProcessingDelaySeconds: optional(integer(0, DELAY_MAX)),
  preview: optional(closed('Preview', someOf(preview))),
  invoice: optional(closed('Invoice', someOf(invoice))),
  dunning: optional(
    closed('Dunning', {
      schedule: optional(
        tagged<ScheduleParams>('Schedule', 'type', {
          smart: closed('Smart', { type: oneOf('type', ['smart']), ...someOf(smart) }),
          custom,
        }),
      ),
      ...someOf(finals),
    }),
  ),
  incomplete: optional(closed('Incomplete', someOf(incomplete))),
  upcoming: optional(closed('Upcoming', someOf(upcoming))),
  automation: optional(closed('Automation', someOf(automation))),
  sendInvoice: optional(closed('SendInvoice', someOf(sendInvoice))),
  pauseOnPaymentFailure: optional(boolean),
  /** An empty value takes an override away. */
  minimumCharge: optional(guarded(currencyKeys, mapOf(emptyable(charge)))),
  alertsOnTestClocks: optional(boolean),
})

export type SettingsParams = TypeOf<typeof settingsParams>

/** A smart schedule keeps what it is not told where it is one already; a custom one is told whole. */
const withSchedule = (
  schedule: DunningSchedule,
  given: ScheduleParams | undefined,
): DunningSchedule => {
  if (given === undefined) return schedule
  return given.type === 'custom'
    ? given
    : { ...(schedule.type === 'smart' ? schedule : SMART), ...given }
}

const withCharges = (
  charges: Settings['minimumCharge'],
  given: Readonly<Record<Currency, number | null>>,
): Settings['minimumCharge'] =>
  Object.fromEntries(
    Object.entries({ ...charges, ...given }).filter(
      (entry): entry is [Currency, number] => entry[1] !== null,
    ),
  )

export const withSettings = (settings: Settings, params: SettingsParams): Settings => ({
  ...settings,
  ...params,
  preview: { ...settings.preview, ...params.preview },
  invoice: { ...settings.invoice, ...params.invoice },
  dunning: {
    ...settings.dunning,
    ...params.dunning,
    schedule: withSchedule(settings.dunning.schedule, params.dunning?.schedule),
  },
  incomplete: { ...settings.incomplete, ...params.incomplete },
  upcoming: { ...settings.upcoming, ...params.upcoming },
  automation: { ...settings.automation, ...params.automation },
  sendInvoice: { ...settings.sendInvoice, ...params.sendInvoice },
  minimumCharge: withCharges(settings.minimumCharge, params.minimumCharge ?? {}),
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
    SettingsUpdated: eventFormat<SettingsUpdated>(
      'SettingsUpdated',
      { settings: allSettings },
      {
        version: 3,
        upcasts: { 1: withAllSettings, 2: withAllSettings },
      },
    ),
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
