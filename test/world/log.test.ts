import {
  type Command,
  createSimulator,
  createWorld,
  E,
  execute,
  readLog,
  replay,
  snapshot,
  transactions,
  type World,
  writeLog,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { registry } from '../../src/world/execute.js'
import { alerted } from '../support/alerted.js'
import { billed } from '../support/billed.js'
import { prepaid } from '../support/prepaid.js'
import { recorded } from '../support/recorded.js'

const NOW = 1_767_225_600

/** The version in which a type of event is written. */
const versionOf = (type: string): number => registry.formats.get(type)?.version as number

/** A history in which every type of event occurs. */
const lived = (): World => {
  const sim = createSimulator({ seed: 'log', now: NOW, settings: { strict: true } })
  const meter = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  const { id: clock } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
  const ada = sim.run({
    type: 'CreateCustomer',
    params: {
      test_clock: clock,
      name: 'Ada',
      metadata: { a: '1' },
      shipping: { address: { city: 'Bern' }, name: 'Ada' },
    },
  })
  const bob = sim.run({ type: 'CreateCustomer', params: { business_name: 'Bob & Co' } })
  sim.run({ type: 'UpdateCustomer', id: ada.id, params: { individual_name: 'Ada', phone: '1' } })
  const transaction = sim.run({
    type: 'CreateCustomerBalanceTransaction',
    id: ada.id,
    params: { amount: -500, currency: 'usd', metadata: { a: '1' } },
  })
  sim.run({
    type: 'UpdateCustomerBalanceTransaction',
    id: ada.id,
    params: { transaction: transaction.id, description: 'credit' },
  })
  const record = (customer: string, identifier: string, value: string, more: object = {}) =>
    sim.run({
      type: 'RecordMeterEvent',
      params: {
        event_name: 'calls',
        identifier,
        payload: { stripe_customer_id: customer, value, ...more },
      },
    })
  record(bob.id, 'plain', '3.5')
  record(ada.id, 'on a clock', '4', { region: 'eu' })
  record(bob.id, 'bad', 'many')
  sim.run({
    type: 'CancelMeterEvent',
    params: { event_name: 'calls', type: 'cancel', cancel: { identifier: 'plain' } },
  })
  sim.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 60 } })
  record(ada.id, 'queued', '1')
  sim.advanceBy(100, clock)
  sim.run({ type: 'CreateMeterEventSession' })
  sim.run({ type: 'UpdateMeter', id: meter.id, params: { display_name: 'All calls' } })
  const card = sim.run({
    type: 'CreatePaymentMethod',
    params: { type: 'card', card: { token: 'tok_visa' }, metadata: { sim_script: 'succeed' } },
  })
  sim.run({ type: 'AttachPaymentMethod', id: card.id, params: { customer: bob.id } })
  sim.run({
    type: 'UpdateCustomer',
    id: bob.id,
    params: { invoice_settings: { default_payment_method: card.id } },
  })
  sim.run({
    type: 'UpdatePaymentMethod',
    id: card.id,
    params: { billing_details: { address: { city: 'Bern' } }, card: { exp_month: 12 } },
  })
  sim.run({ type: 'DetachPaymentMethod', id: card.id })
  const product = sim.run({
    type: 'CreateProduct',
    params: {
      name: 'Calls',
      default_price_data: { currency: 'usd', unit_amount: 900 },
      package_dimensions: { height: 1.5, length: 2, weight: 3, width: 4 },
    },
  })
  const plan = sim.run({
    type: 'CreatePlan',
    params: {
      currency: 'usd',
      interval: 'month',
      meter: meter.id,
      product: product.id,
      usage_type: 'metered',
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 5, flat_amount: 7 },
        { up_to: null, unit_amount_decimal: '0.05' },
      ],
    },
  })
  sim.run({ type: 'UpdatePlan', id: plan.id, params: { nickname: 'calls' } })
  sim.run({ type: 'DeletePlan', id: plan.id })
  const gone = sim.run({ type: 'CreateProduct', params: { name: 'Gone' } })
  sim.run({ type: 'DeleteProduct', id: gone.id })
  sim.run({ type: 'DeactivateMeter', id: meter.id })
  sim.run({ type: 'ReactivateMeter', id: meter.id })
  sim.advanceBy(100)
  sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW + 200, customer: bob.id } })
  sim.run({ type: 'AdvanceClock', id: clock, params: { frozen_time: NOW + 200 } })
  sim.run({ type: 'FailAdvance', id: clock })
  sim.run({ type: 'DeleteTestClock', id: clock })
  billed(sim, product.id)
  prepaid(sim, product.id)
  recorded(sim, product.id)
  alerted(sim)
  sim.run({ type: 'CreateCustomer', params: { balance: -500 } })
  return sim.world
}

const world = lived()
const lines = [...writeLog(world)]
const header = JSON.parse(lines[0] as string)

const good = (read: readonly string[]): World => {
  const got = readLog(read)
  if (E.isLeft(got)) throw new Error(got.left.message)
  return got.right
}

/** The number of the line of the nth event of a type. */
const lineOf = (type: string, nth = 0): number =>
  lines.flatMap((line, at) => (JSON.parse(line).type === type ? [at + 1] : []))[nth] as number

/** The log with one line replaced, by its number. */
const withLine = (number: number, line: string): string[] => lines.with(number - 1, line)

/** The log with fields of one line changed; `undefined` takes a field away. */
const withFields = (number: number, change: object): string[] =>
  withLine(number, JSON.stringify({ ...JSON.parse(lines[number - 1] as string), ...change }))

const damaged = (read: Iterable<string>, line: number, message: string | RegExp) => {
  const got = readLog(read)
  expect(got).toMatchObject(E.left({ line }))
  if (E.isLeft(got)) expect(got.left.message).toMatch(message)
  if (E.isLeft(got)) expect(got.left.message.startsWith(`line ${line}: `)).toBe(true)
}

describe('writeLog', () => {
  it('begins with a header that holds all that a world starts from', () =>
    expect(header).toStrictEqual({
      format: 'clepsydra-log',
      version: 1,
      seed: 'log',
      now: NOW,
      settings: {
        strict: true,
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
      },
    }))

  it('numbers the events, and says where a transaction begins and who began it', () => {
    const rows = lines.slice(1).map((line) => JSON.parse(line))
    expect(rows.map(({ n }) => n)).toEqual(rows.map((_, at) => at + 1))
    expect(rows.map(({ v }) => v)).toEqual(rows.map(({ type }) => versionOf(type)))
    const openings = [...transactions(world)].map(({ entries, fired }) => [
      entries[0]?.position,
      entries.length,
      fired ? true : undefined,
    ])
    expect(
      rows.filter(({ tx }) => tx !== undefined).map(({ n, tx, fired }) => [n, tx, fired]),
    ).toEqual(openings)
    expect(openings).toContainEqual([expect.any(Number), 2, true])
  })

  it('puts the header alone for a world without events', () =>
    expect([...writeLog(createWorld())]).toHaveLength(1))

  it('has every type of event at least once in this example', () => {
    const types = new Set(lines.slice(1).map((line) => JSON.parse(line).type))
    expect([...registry.formats.keys()].filter((type) => !types.has(type))).toEqual([])
  })
})

describe('readLog', () => {
  it('makes an equal world, which writes the same bytes', () => {
    const copy = good(lines)
    expect(snapshot(copy)).toEqual(snapshot(world))
    expect([...writeLog(copy)]).toEqual(lines)
    expect(snapshot(replay(copy))).toEqual(snapshot(world))
  })

  it('brings settings of before up to date, in the header and in a change', () => {
    const { strict, allowWritesWhileAdvancing, meterEventValidation, preview } = header.settings
    const old = { strict, allowWritesWhileAdvancing, meterEventValidation, preview }
    const change = lineOf('SettingsUpdated')
    const read = lines
      .with(0, JSON.stringify({ ...header, settings: { ...old, meterProcessingDelaySeconds: 0 } }))
      .with(
        change - 1,
        JSON.stringify({
          ...JSON.parse(lines[change - 1] as string),
          v: 1,
          settings: { ...old, meterProcessingDelaySeconds: 60 },
        }),
      )
    expect([...writeLog(good(read))]).toEqual(lines)
  })

  it('brings customers of before up to date, who had no balance', () => {
    const number = lineOf('CustomerCreated')
    const { customer, ...rest } = JSON.parse(lines[number - 1] as string)
    const { balances, currency, delinquent, ...old } = customer
    expect({ balances, currency, delinquent }).toEqual({
      balances: {},
      currency: null,
      delinquent: false,
    })
    const read = withLine(
      number,
      JSON.stringify({ ...rest, v: 1, customer: { balance: 0, currency: null, ...old } }),
    )
    expect(snapshot(good(read))).toEqual(snapshot(world))
  })

  it('makes a world that goes on like the one that was written', () => {
    const commands: Command[] = [
      { type: 'CreateCustomer' },
      { type: 'AdvanceClock', params: { frozen_time: world.now + 10_000_000 } },
      { type: 'CreateTestClock', params: { frozen_time: NOW } },
    ]
    let [one, two] = [world, good(lines)]
    for (const command of commands) {
      const [first, second] = [execute(one, command), execute(two, command)]
      if (E.isLeft(first) || E.isLeft(second)) throw new Error('both accept')
      expect(second.right.result).toEqual(first.right.result)
      one = first.right.world
      two = second.right.world
    }
    expect(snapshot(two)).toEqual(snapshot(one))
  })

  it('reads every prefix that ends with a transaction, as the world of that time', () => {
    for (const { entries } of transactions(world)) {
      const end = entries.at(-1)?.position as number
      expect(snapshot(good(lines.slice(0, end + 1)))).toEqual(snapshot(replay(world, end)))
    }
  })

  it('passes over empty lines', () =>
    expect(snapshot(good([...lines, '', '']))).toEqual(snapshot(world)))

  it('reads an iterator line by line, and no further than the damage', () => {
    let read = 0
    const reader = function* () {
      for (const line of withLine(3, '{')) {
        read += 1
        yield line
      }
    }
    damaged(reader(), 3, 'this is not a JSON object')
    expect(read).toBe(3)
  })
})

describe('A damaged log is named by its line and not imported:', () => {
  it.each(lines.map((_, at) => at + 1))('line %i cut in the middle', (number) => {
    const line = lines[number - 1] as string
    damaged(
      withLine(number, line.slice(0, line.length / 2)),
      number,
      number === 1 ? 'this is not JSON' : 'this is not a JSON object',
    )
  })

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i missing', (number) => {
    const without = lines.toSpliced(number - 1, 1)
    if (number === lines.length)
      damaged(without, number - 1, 'the log ends 1 events before its last transaction does')
    else damaged(without, number, `expected event ${number - 1}, found ${number}`)
  })

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i twice', (number) => {
    const twice = lines.toSpliced(number, 0, lines[number - 1] as string)
    damaged(twice, number + 1, `expected event ${number}, found ${number - 1}`)
  })

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i of an unknown type', (number) =>
    damaged(withFields(number, { type: 'Danced' }), number, 'unknown type of event "Danced"'),
  )

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i of a version to come', (number) => {
    const { type } = JSON.parse(lines[number - 1] as string)
    const newest = versionOf(type)
    damaged(
      withFields(number, { v: newest + 1 }),
      number,
      `version ${newest + 1} of ${type} is not one of 1 to ${newest}`,
    )
  })

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i with a field too many', (number) =>
    damaged(withFields(number, { nope: 1 }), number, 'Received unknown parameter: nope'),
  )

  it.each(lines.slice(1).map((_, at) => at + 2))('line %i without its time', (number) =>
    damaged(withFields(number, { at: undefined }), number, 'Missing required param: at.'),
  )

  it.each([
    ['no version', { v: undefined }, /version undefined of CustomerCreated/],
    ['version 0', { v: 0 }, /version 0 of CustomerCreated is not one of 1 to 2/],
    ['a version in words', { v: '1' }, /version "1" of CustomerCreated/],
    ['no type', { type: undefined }, /unknown type of event undefined/],
    ['a type that objects have by themselves', { type: 'constructor' }, /unknown type of event/],
    ['a time of a fraction', { at: 1.5 }, /Invalid integer: 1.5/],
    ['no number', { n: undefined }, /expected event 3, found undefined/],
    ['a transaction of no events', { tx: 0 }, /a transaction cannot have 0 events/],
    ['a transaction of half an event', { tx: 0.5 }, /a transaction cannot have 0.5 events/],
    ['fired that is not true', { fired: false }, /fired is true on the first event/],
    ['no transaction', { tx: undefined }, /no transaction is open/],
    ['a customer in words', { customer: 'Ada' }, /Invalid object: Ada/],
    ['no customer', { customer: undefined }, /Missing required param: customer/],
  ])('a customer with %s', (_, change, message) => {
    const number = lineOf('CustomerCreated')
    damaged(withFields(number, change), number, message)
  })

  it('a transaction that ends too soon', () => {
    const number = lineOf('MeterEventRecorded', 2)
    expect(JSON.parse(lines[number - 1] as string).tx).toBe(2)
    damaged(
      withFields(number + 1, { tx: 1 }),
      number + 1,
      '1 more events of the transaction were expected',
    )
    damaged(
      withFields(number + 1, { fired: true }),
      number + 1,
      'fired is true on the first event of a transaction, or absent',
    )
  })

  it('a log that ends in the middle of a transaction', () => {
    const number = lineOf('MeterEventRecorded', 2)
    damaged(
      lines.slice(0, number),
      number,
      'the log ends 1 events before its last transaction does',
    )
  })

  it('events that cannot follow from the ones before', () => {
    const follows = 'this event does not follow from the ones before it'
    const clock = lineOf('TestClockCreated')
    const customer = lineOf('CustomerCreated')
    const twice = JSON.parse(lines[customer - 1] as string).customer.id
    damaged(
      withFields(lineOf('CustomerUpdated'), { id: 'cus_x' }),
      lineOf('CustomerUpdated'),
      follows,
    )
    damaged(
      withFields(clock, {
        test_clock: { ...JSON.parse(lines[clock - 1] as string).test_clock, id: 'clock_x' },
      }),
      customer,
      `${follows} (no row '`,
    )
    damaged(
      withFields(customer + 1, {
        customer: { ...JSON.parse(lines[customer] as string).customer, id: twice },
      }),
      customer + 1,
      `${follows} (broken invariant: the id '${twice}' is new)`,
    )
    damaged(
      withFields(lineOf('CustomerJoinedTestClock'), { test_clock: 'clock_x' }),
      lineOf('CustomerJoinedTestClock'),
      follows,
    )
    damaged(withFields(lineOf('MeterWorkDone'), { id: 'mtrq_x' }), lineOf('MeterWorkDone'), follows)
    damaged(
      withFields(lineOf('TestClockDeleted'), { id: 'clock_x' }),
      lineOf('TestClockDeleted'),
      follows,
    )
  })

  it.each([
    ['nothing', [], 'the header is missing'],
    ['an empty line', [''], 'this is not JSON'],
    ['an event instead of a header', lines.slice(1), /this is not the header of a log/],
    ['another format', withFields(1, { format: 'csv' }), /must be clepsydra-log/],
    [
      'a format to come',
      withFields(1, { version: 2 }),
      'this log has format version 2; this program reads up to 1',
    ],
    ['a format of no version', withFields(1, { version: 0 }), /greater than or equal to 1/],
    ['no settings', withFields(1, { settings: undefined }), /Missing required param: settings/],
    [
      'a setting missing',
      withFields(1, { settings: { ...header.settings, strict: undefined } }),
      /Missing required param: settings\[strict\]/,
    ],
    ['no seed', withFields(1, { seed: undefined }), /Missing required param: seed/],
    ['a time in words', withFields(1, { now: 'soon' }), /Invalid integer: soon/],
    ['a field too many', withFields(1, { nope: 1 }), /Received unknown parameter: nope/],
  ])('a header with %s', (_, read, message) => damaged(read, 1, message))

  it('any field of any event turned into something else is told by a line, never thrown', () => {
    const others = [null, -1, 1.5, '', '__proto__', [], { id: 'x' }, true]
    const change = (value: unknown, path: readonly string[], other: unknown): unknown => {
      const [key, ...rest] = path
      if (key === undefined) return other
      const of = value as Record<string, unknown>
      return { ...of, [key]: change(of[key], rest, other) }
    }
    const paths = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, inner]) => [
            [...path, key],
            ...paths(inner, [...path, key]),
          ])
        : []
    let refused = 0
    const types = new Set<string>()
    for (const [at, line] of lines.entries()) {
      const value = JSON.parse(line)
      if (types.has(value.type)) continue // One event of each type tells of its codec.
      types.add(value.type)
      for (const path of paths(value))
        for (const other of others) {
          const got = readLog(lines.with(at, JSON.stringify(change(value, path, other))))
          if (E.isRight(got)) continue
          refused += 1
          expect(got.left.line).toBeGreaterThan(at)
          expect(got.left.message.startsWith(`line ${got.left.line}: `)).toBe(true)
        }
    }
    expect(refused).toBeGreaterThan(1_000)
  })
})
