import { ask, type Command, createWorld, DEFAULT_SETTINGS, Defect, E } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { accepted, given } from '../support/given.js'

const NOW = 1_767_225_600
const world = given({ now: NOW })

const update = (params: object): Command => ({ type: 'UpdateSettings', params }) as Command

describe('RetrieveSettings', () => {
  it('answers the defaults of a new world', () =>
    expect(ask(createWorld(), { type: 'RetrieveSettings' })).toStrictEqual(
      E.right({
        strict: false,
        allowWritesWhileAdvancing: false,
        meterEventValidation: 'asynchronous',
        meterProcessingDelaySeconds: 0,
        preview: { meterMax: false },
        invoice: { draftDelaySeconds: 3_600, numbering: 'customer', accountPrefix: 'ACCOUNT1' },
        dunning: {
          schedule: { type: 'smart', retries: 8, windowDays: 14 },
          finalAction: 'cancel',
          finalInvoice: 'leave_open',
        },
        incomplete: { ttlSeconds: 82_800 },
        upcoming: { days: 7 },
        automation: { overdueAfterDays: null, dueSoonBeforeDays: null },
        sendInvoice: { finalActionAfterDays: null },
        pauseOnPaymentFailure: false,
        minimumCharge: {},
        alertsOnTestClocks: true,
      }),
    ))

  it('answers what the world was made with, and defaults for the rest', () =>
    expect(
      ask(createWorld({ settings: { strict: true, preview: { meterMax: true } } }), {
        type: 'RetrieveSettings',
      }),
    ).toStrictEqual(E.right({ ...DEFAULT_SETTINGS, strict: true, preview: { meterMax: true } })))
})

describe('UpdateSettings', () => {
  it('changes what is given, leaves the rest, and records all of them', () => {
    const settings = { ...DEFAULT_SETTINGS, strict: true, meterProcessingDelaySeconds: 60 }
    const change = update({ strict: true, meterProcessingDelaySeconds: 60 })
    world().when(change).answers(settings)
    world().when(change).yields({ type: 'SettingsUpdated', at: NOW, settings })
    expect(ask(accepted(world().world, change).world, { type: 'RetrieveSettings' })).toEqual(
      E.right(settings),
    )
  })

  it('changes settings again and back', () =>
    world(update({ strict: true }), update({ allowWritesWhileAdvancing: true }))
      .when(update({ strict: false }))
      .answers({ ...DEFAULT_SETTINGS, allowWritesWhileAdvancing: true }))

  it('changes nothing where all is so already', () => {
    world().when(update({})).yieldsNothing()
    world()
      .when(update({ strict: false, preview: {} }))
      .yieldsNothing()
  })

  it('reads the strings of a form body', () => {
    world()
      .when(update({ strict: 'true', meterProcessingDelaySeconds: '5' }))
      .answers({ ...DEFAULT_SETTINGS, strict: true, meterProcessingDelaySeconds: 5 })
    world()
      .when(
        update({
          automation: { overdueAfterDays: '3' },
          sendInvoice: { finalActionAfterDays: '30' },
        }),
      )
      .answers({
        ...DEFAULT_SETTINGS,
        automation: { overdueAfterDays: 3, dueSoonBeforeDays: null },
        sendInvoice: { finalActionAfterDays: 30 },
      })
  })

  it.each([
    ['preview', { meterMax: true }],
    ['invoice', { numbering: 'account' }],
    ['invoice', { draftDelaySeconds: 0, accountPrefix: 'A' }],
    ['dunning', { finalAction: 'past_due' }],
    ['dunning', { finalInvoice: 'uncollectible' }],
    ['incomplete', { ttlSeconds: 60 }],
    ['upcoming', { days: 3 }],
    ['automation', { dueSoonBeforeDays: 2 }],
    ['sendInvoice', { finalActionAfterDays: 90 }],
  ] as const)('changes a part of %s, %j, and leaves the rest of it', (group, part) =>
    world()
      .when(update({ [group]: part }))
      .answers({ ...DEFAULT_SETTINGS, [group]: { ...DEFAULT_SETTINGS[group], ...part } }),
  )

  it('pauses subscriptions whose payment fails, once told to', () =>
    world()
      .when(update({ pauseOnPaymentFailure: true }))
      .answers({ ...DEFAULT_SETTINGS, pauseOnPaymentFailure: true }))

  const withSchedule = (schedule: object) => ({
    ...DEFAULT_SETTINGS,
    dunning: { ...DEFAULT_SETTINGS.dunning, schedule },
  })

  it('changes a part of a smart schedule, or all of a custom one', () => {
    const custom = { type: 'custom', days: [3, 5, 7] }
    const told = update({ dunning: { schedule: custom } })
    world().when(told).answers(withSchedule(custom))
    world(told)
      .when(update({ dunning: { schedule: { type: 'custom', days: [1] } } }))
      .answers(withSchedule({ type: 'custom', days: [1] }))
    const smart = update({ dunning: { schedule: { type: 'smart', retries: 2 } } })
    const two = withSchedule({ type: 'smart', retries: 2, windowDays: 14 })
    world().when(smart).answers(two)
    world(told).when(smart).answers(two)
    world(smart)
      .when(update({ dunning: { schedule: { type: 'smart', windowDays: 7 } } }))
      .answers(withSchedule({ type: 'smart', retries: 2, windowDays: 7 }))
  })

  it('adds minimum charges to the others, and takes away those that are empty', () => {
    const both = update({ minimumCharge: { usd: 100, jpy: 0 } })
    world(both)
      .when(update({ minimumCharge: { eur: '5', usd: '' } }))
      .answers({ ...DEFAULT_SETTINGS, minimumCharge: { eur: 5, jpy: 0 } })
    world()
      .when(update({ minimumCharge: { usd: '' } }))
      .yieldsNothing()
  })

  it('takes days away by an empty value', () =>
    world(
      update({ automation: { overdueAfterDays: 3 }, sendInvoice: { finalActionAfterDays: 60 } }),
    )
      .when(
        update({
          automation: { overdueAfterDays: '' },
          sendInvoice: { finalActionAfterDays: null },
        }),
      )
      .answers(DEFAULT_SETTINGS))

  it.each([
    [
      'an unknown setting',
      { speed: 1 },
      { code: 'parameter_unknown', param: 'speed', message: 'Received unknown parameter: speed' },
    ],
    [
      'an unknown preview',
      { preview: { x: true } },
      {
        code: 'parameter_unknown',
        param: 'preview[x]',
        message: 'Received unknown parameter: preview[x]',
      },
    ],
    [
      'a strict that is no boolean',
      { strict: 1 },
      { param: 'strict', message: 'Invalid boolean: 1' },
    ],
    [
      'an unknown validation',
      { meterEventValidation: 'never' },
      {
        param: 'meterEventValidation',
        message: 'Invalid meterEventValidation: must be one of asynchronous or synchronous',
      },
    ],
    [
      'a delay of less than nothing',
      { meterProcessingDelaySeconds: -1 },
      {
        code: 'parameter_invalid_integer',
        param: 'meterProcessingDelaySeconds',
        message: 'This value must be greater than or equal to 0.',
      },
    ],
    [
      'a delay of more than a day',
      { meterProcessingDelaySeconds: 86_401 },
      {
        code: 'parameter_invalid_integer',
        param: 'meterProcessingDelaySeconds',
        message: 'This value must be less than or equal to 86400.',
      },
    ],
    [
      'a draft that waits for more than three days',
      { invoice: { draftDelaySeconds: 259_201 } },
      {
        code: 'parameter_invalid_integer',
        param: 'invoice[draftDelaySeconds]',
        message: 'This value must be less than or equal to 259200.',
      },
    ],
    [
      'another numbering',
      { invoice: { numbering: 'none' } },
      {
        param: 'invoice[numbering]',
        message: 'Invalid invoice[numbering]: must be one of customer or account',
      },
    ],
    [
      'a prefix in small letters',
      { invoice: { accountPrefix: 'acc' } },
      {
        param: 'invoice[accountPrefix]',
        message: 'Invoice number prefix must be 1–12 uppercase letters or numbers.',
      },
    ],
    [
      'a schedule of no type',
      { dunning: { schedule: { retries: 3 } } },
      {
        code: 'parameter_missing',
        param: 'dunning[schedule][type]',
        message: 'Missing required param: dunning[schedule][type].',
      },
    ],
    [
      'more than eight smart retries',
      { dunning: { schedule: { type: 'smart', retries: 9 } } },
      {
        code: 'parameter_invalid_integer',
        param: 'dunning[schedule][retries]',
        message: 'This value must be less than or equal to 8.',
      },
    ],
    [
      'a window of more than two months',
      { dunning: { schedule: { type: 'smart', windowDays: 61 } } },
      {
        code: 'parameter_invalid_integer',
        param: 'dunning[schedule][windowDays]',
        message: 'This value must be less than or equal to 60.',
      },
    ],
    [
      'a custom schedule without a retry',
      { dunning: { schedule: { type: 'custom', days: [] } } },
      {
        param: 'dunning[schedule][days]',
        message: 'Invalid dunning[schedule][days]: at least one entry is needed',
      },
    ],
    [
      'a custom schedule of more than three retries',
      { dunning: { schedule: { type: 'custom', days: [1, 2, 3, 4] } } },
      {
        param: 'dunning[schedule][days]',
        message: 'Invalid array: at most 3 items are allowed',
      },
    ],
    [
      'another final action',
      { dunning: { finalAction: 'forget' } },
      {
        param: 'dunning[finalAction]',
        message: 'Invalid dunning[finalAction]: must be one of cancel, unpaid, or past_due',
      },
    ],
    [
      'another end of an invoice',
      { dunning: { finalInvoice: 'void' } },
      {
        param: 'dunning[finalInvoice]',
        message: 'Invalid dunning[finalInvoice]: must be one of leave_open or uncollectible',
      },
    ],
    [
      'a first invoice that expires at once',
      { incomplete: { ttlSeconds: 0 } },
      {
        code: 'parameter_invalid_integer',
        param: 'incomplete[ttlSeconds]',
        message: 'This value must be greater than or equal to 1.',
      },
    ],
    [
      'to tell of renewals no day before',
      { upcoming: { days: 0 } },
      {
        code: 'parameter_invalid_integer',
        param: 'upcoming[days]',
        message: 'This value must be greater than or equal to 1.',
      },
    ],
    [
      'a reminder of more than a year',
      { automation: { overdueAfterDays: 366 } },
      {
        code: 'parameter_invalid_integer',
        param: 'automation[overdueAfterDays]',
        message: 'This value must be less than or equal to 365.',
      },
    ],
    [
      'another wait for the final action',
      { sendInvoice: { finalActionAfterDays: 45 } },
      {
        param: 'sendInvoice[finalActionAfterDays]',
        message: 'Invalid sendInvoice[finalActionAfterDays]: must be one of 30, 60, or 90',
      },
    ],
    [
      'a pause that is no boolean',
      { pauseOnPaymentFailure: 1 },
      { param: 'pauseOnPaymentFailure', message: 'Invalid boolean: 1' },
    ],
    [
      'a minimum charge of no currency',
      { minimumCharge: { constructor: 5 } },
      { param: 'minimumCharge', message: 'Invalid currency: constructor' },
    ],
    [
      'a minimum charge of less than nothing',
      { minimumCharge: { usd: -1 } },
      {
        code: 'parameter_invalid_integer',
        param: 'minimumCharge[usd]',
        message: 'This value must be greater than or equal to 0.',
      },
    ],
  ])('refuses %s', (_, params, refused) => world().when(update(params)).rejects(refused))
})

describe('createWorld', () => {
  it.each([
    ['unknown settings', { settings: { speed: 1 } as object }, /speed.*unknown parameter/],
    ['settings of a wrong form', { settings: { strict: 'maybe' } as object }, /Invalid boolean/],
    ['a time that is none', { now: '2026-13-01' }, /'2026-13-01' is a date/],
    ['a fraction of a second', { now: 1.5 }, /'1.5' is a date/],
  ])('takes %s for a defect of its caller', (_, options, message) => {
    expect(() => createWorld(options)).toThrow(Defect)
    expect(() => createWorld(options)).toThrow(message)
  })

  it('begins in 2026 on a seed of its own name, with no fact', () => {
    const { now, position } = createWorld()
    expect({ now, position }).toEqual({ now: NOW, position: 0 })
  })
})
