import { DEFAULT_SETTINGS, type DomainEvent, E, readLog, snapshot, writeLog } from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { anyText, closed, idOf, integer } from '../../src/domain/kernel/codec.js'
import { eventFormat } from '../../src/domain/kernel/event-format.js'
import { family, slice } from '../../src/domain/kernel/family.js'
import { Table } from '../../src/domain/kernel/table.js'
import { settingsFamily } from '../../src/domain/settings/index.js'
import { createRegistry } from '../../src/world/registry.js'

/** A lamp, whose brightness was once a word, then a percentage, and is now an amount with its unit. */
interface Lamp {
  readonly id: string
  readonly brightness: { readonly amount: number; readonly unit: string }
}

interface LampHung extends DomainEvent {
  readonly type: 'LampHung'
  readonly lamp: Lamp
}

type Old = Readonly<Record<string, any>>

const PERCENT: Readonly<Record<string, number>> = { dim: 20, bright: 100 }

const lamps = family({
  name: 'lamps',
  slices: {
    lamps: slice<Table<Lamp>, LampHung>({
      initial: () => Table.of<Lamp>(),
      evolve: { LampHung: (table, { lamp }) => table.insert(lamp) },
    }),
  },
  events: {
    LampHung: eventFormat<LampHung>(
      'LampHung',
      {
        lamp: closed('Lamp', {
          id: idOf(),
          brightness: closed('Brightness', { amount: integer(0), unit: anyText }),
        }),
      },
      {
        version: 4,
        upcasts: {
          1: ({ lamp, ...rest }: Old) => ({
            ...rest,
            lamp: { ...lamp, brightness: PERCENT[lamp.brightness] },
          }),
          2: ({ lamp, ...rest }: Old) => ({
            ...rest,
            lamp: { ...lamp, brightness: { amount: lamp.brightness, unit: 'percent' } },
          }),
          // What version 3 wrote cannot be brought up to date any more.
        },
      },
    ),
  },
  commands: {},
  queries: {},
  watches: [],
  notifications: {},
})

const formatOf = (version: number) => {
  const { LampHung } = lamps.events
  return createRegistry([
    settingsFamily,
    { ...lamps, events: { LampHung: { ...LampHung, version } } },
  ])
}

/** Reads lamps as of version 3, to which there is a way from versions 1 and 2. */
const registry = formatOf(3)

const header = JSON.stringify({
  format: 'clepsydra-log',
  version: 1,
  seed: 'lamps',
  now: 0,
  settings: DEFAULT_SETTINGS,
})

const hung = (n: number, v: number, brightness: unknown, id = `lamp_${n}`): string =>
  JSON.stringify({ n, tx: 1, type: 'LampHung', v, at: n, lamp: { id, brightness } })

describe('An event of an older version', () => {
  it('is brought up to date step by step, from whichever version', () => {
    const read = readLog(
      [
        header,
        hung(1, 1, 'bright'),
        hung(2, 2, 35),
        hung(3, 3, { amount: 800, unit: 'lumen' }),
        hung(4, 1, 'dim'),
      ],
      registry,
    )
    if (E.isLeft(read)) throw new Error(read.left.message)
    expect(snapshot(read.right)).toMatchObject({
      slices: {
        lamps: [
          { id: 'lamp_1', brightness: { amount: 100, unit: 'percent' } },
          { id: 'lamp_2', brightness: { amount: 35, unit: 'percent' } },
          { id: 'lamp_3', brightness: { amount: 800, unit: 'lumen' } },
          { id: 'lamp_4', brightness: { amount: 20, unit: 'percent' } },
        ],
      },
    })
  })

  it('is written again in the newest version, which reads as the same world', () => {
    const read = readLog([header, hung(1, 1, 'bright'), hung(2, 2, 35)], registry)
    if (E.isLeft(read)) throw new Error(read.left.message)
    const lines = [...writeLog(read.right)]
    expect(lines).toEqual([
      header,
      hung(1, 3, { amount: 100, unit: 'percent' }),
      hung(2, 3, { amount: 35, unit: 'percent' }),
    ])
    expect(readLog(lines, registry)).toMatchObject(E.right({ position: 2 }))
  })

  const damaged = (line: string, message: string, known = registry) =>
    expect(readLog([header, hung(1, 3, { amount: 1, unit: 'lumen' }), line], known)).toEqual(
      E.left({ line: 3, message: `line 3: ${message}` }),
    )

  it('is held to the newest form once it is up to date', () => {
    damaged(hung(2, 1, 'blinding'), 'Missing required param: lamp[brightness][amount].')
    damaged(hung(2, 2, -5), 'This value must be greater than or equal to 0.')
  })

  it('is damage where it is newer than the program, or of no version at all', () => {
    damaged(hung(2, 4, {}), 'version 4 of LampHung is not one of 1 to 3')
    damaged(hung(2, 0, {}), 'version 0 of LampHung is not one of 1 to 3')
    damaged(hung(2, 1.5, 'dim'), 'version 1.5 of LampHung has no step to the next')
  })

  it('is damage where a step is missing', () =>
    expect(readLog([header, hung(1, 3, { amount: 1, unit: 'lumen' })], formatOf(4))).toEqual(
      E.left({ line: 2, message: 'line 2: version 3 of LampHung has no step to the next' }),
    ))

  it('is held to what came before it once it is up to date', () =>
    damaged(
      hung(2, 1, 'dim', 'lamp_1'),
      "this event does not follow from the ones before it (broken invariant: the id 'lamp_1' is new)",
    ))

  it('is unknown to a registry without its family', () =>
    expect(readLog([header, hung(1, 1, 'dim')], createRegistry([settingsFamily]))).toEqual(
      E.left({ line: 2, message: 'line 2: unknown type of event "LampHung"' }),
    ))
})
