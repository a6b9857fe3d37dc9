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

  it('reads the strings of a form body', () =>
    world()
      .when(update({ strict: 'true', meterProcessingDelaySeconds: '5' }))
      .answers({ ...DEFAULT_SETTINGS, strict: true, meterProcessingDelaySeconds: 5 }))

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
