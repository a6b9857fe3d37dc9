import {
  createSimulator,
  type Notification,
  notifications,
  project,
  type ThinNotification,
  type World,
} from 'clepsydra'
import { describe, expect, it } from 'vitest'
import { begun, cancel, lived, NOW, record } from './support.js'

const told = (world: World) => project(notifications, world).value
const types = (list: readonly { readonly type: string }[]) => list.map(({ type }) => type)
const last = <A>(list: readonly A[]): A => list.at(-1) as A

describe('Notifications', () => {
  it('are what Stripe would tell of, in the order of the log', () => {
    const { events, thin } = told(lived().sim.world)
    expect(types(events)).toEqual([
      'billing.meter.created',
      'test_helpers.test_clock.created',
      'customer.created',
      'customer.created',
      'customer.updated',
      'test_helpers.test_clock.advancing',
      'test_helpers.test_clock.ready',
      'billing.meter.deactivated',
      'customer.deleted',
      'test_helpers.test_clock.deleted',
    ])
    expect(types(thin)).toEqual([
      'v1.billing.meter.created',
      'v1.test_helpers.test_clock.created',
      'v1.billing.meter.error_report_triggered',
      'v1.test_helpers.test_clock.advancing',
      'v1.test_helpers.test_clock.ready',
      'v1.billing.meter.deactivated',
      'v1.test_helpers.test_clock.deleted',
    ])
  })

  it('have ids of their own, the same in every replay', () => {
    const { sim } = lived()
    const { events, thin } = told(sim.world)
    const ids = [...events, ...thin].map(({ id }) => id)
    expect(new Set(ids).size).toBe(17)
    for (const { id } of events) expect(id).toMatch(/^evt_1[0-9A-Za-z]{23}$/)
    for (const { id } of thin) expect(id).toMatch(/^evt_test_[0-9A-Za-z]{24}$/)
    expect(told(lived().sim.world).events).toEqual(events)
  })

  it('come as snapshot events with the object as Stripe renders it', () => {
    const { sim, bob } = begun()
    expect(last(told(sim.world).events)).toStrictEqual({
      id: expect.stringMatching(/^evt_1/),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: NOW,
      data: { object: bob },
      livemode: false,
      pending_webhooks: 0,
      request: { id: expect.stringMatching(/^req_[0-9A-Za-z]{14}$/), idempotency_key: null },
      type: 'customer.created',
    } satisfies Notification)
  })

  it('come as thin events that point to the object', () => {
    const { sim, clock } = begun()
    expect(last(told(sim.world).thin)).toStrictEqual({
      id: expect.stringMatching(/^evt_test_/),
      object: 'v2.core.event',
      created: '2026-01-01T00:00:00.000Z',
      livemode: false,
      reason: null,
      related_object: {
        id: clock.id,
        type: 'test_helpers.test_clock',
        url: `/v1/test_helpers/test_clocks/${clock.id}`,
      },
      type: 'v1.test_helpers.test_clock.created',
    } satisfies ThinNotification)
  })

  it('are told on the time line of their object', () => {
    const { sim, ada, clock } = begun()
    sim.run({ type: 'UpdateCustomer', id: ada.id, params: { name: 'Ada' } })
    sim.advanceBy(100, clock.id)
    sim.run({ type: 'DeleteTestClock', id: clock.id })
    expect(
      told(sim.world)
        .events.slice(-5)
        .map(({ type, created }) => [type, created]),
    ).toEqual([
      ['customer.updated', NOW + 1_000],
      ['test_helpers.test_clock.advancing', NOW + 1_000],
      ['test_helpers.test_clock.ready', NOW + 1_100],
      ['customer.deleted', NOW + 1_100],
      ['test_helpers.test_clock.deleted', NOW],
    ])
  })

  it('show a clock as it was told to advance, and as it arrived', () => {
    const { sim, clock } = begun()
    sim.advanceBy(100, clock.id)
    const [advancing, ready] = told(sim.world).events.slice(-2)
    expect(advancing?.data.object).toEqual({
      ...clock,
      status: 'advancing',
      status_details: { advancing: { target_frozen_time: NOW + 1_100 } },
    })
    expect(ready?.data.object).toEqual({ ...clock, frozen_time: NOW + 1_100 })
    expect(advancing?.data).not.toHaveProperty('previous_attributes')
    expect(ready?.data).not.toHaveProperty('previous_attributes')
  })

  it('tell of the same in strict mode, and of a failure', () => {
    const sim = createSimulator({ now: NOW, settings: { strict: true } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    sim.advanceBy(60, id)
    sim.run({ type: 'AdvanceClock', id, params: { frozen_time: NOW + 120 } })
    sim.run({ type: 'FailAdvance', id })
    const { events } = told(sim.world)
    expect(types(events)).toEqual(
      ['created', 'advancing', 'ready', 'advancing', 'internal_failure'].map(
        (name) => `test_helpers.test_clock.${name}`,
      ),
    )
    expect(last(events)).toMatchObject({
      created: NOW + 60,
      data: { object: { status: 'internal_failure', frozen_time: NOW + 60 } },
    })
  })

  it('show deleted things as they last were', () => {
    const { sim, bob } = begun()
    sim.run({ type: 'UpdateCustomer', id: bob.id, params: { name: 'Bob' } })
    sim.run({ type: 'DeleteCustomer', id: bob.id })
    expect(last(told(sim.world).events).data.object).toEqual({ ...bob, name: 'Bob' })
  })

  it('do not tell of usage, cancellations, settings and the root clock', () => {
    const { sim, bob } = begun()
    const before = told(sim.world)
    record(sim, bob.id, 'a', '1')
    cancel(sim, 'a')
    sim.run({ type: 'UpdateSettings', params: { strict: true } })
    sim.advanceBy(60)
    sim.run({ type: 'CreateMeterEventSession' })
    const after = told(sim.world)
    expect([after.events, after.thin]).toEqual([before.events, before.thin])
  })

  it('tell nothing of a command that changes nothing, and nothing of one that is refused', () => {
    const { sim, bob } = begun()
    const before = told(sim.world)
    sim.run({ type: 'UpdateCustomer', id: bob.id, params: {} })
    sim.try({ type: 'UpdateCustomer', id: bob.id, params: { email: 'bob' } })
    expect(told(sim.world)).toEqual(before)
  })
})

describe('previous_attributes', () => {
  const previous = (first: object, second: object) => {
    const sim = createSimulator({ now: NOW })
    const { id } = sim.run({ type: 'CreateCustomer', params: first })
    sim.run({ type: 'UpdateCustomer', id, params: second })
    return last(told(sim.world).events).data.previous_attributes
  }

  it('hold the old value of what changed, and nothing else', () =>
    expect(previous({ name: 'Ada', phone: '1' }, { name: 'Eva', phone: '1' })).toStrictEqual({
      name: 'Ada',
    }))

  it('hold null for what was not set, and of a name what it was before it was unset', () => {
    expect(previous({}, { name: 'Ada', business_name: 'Ada & Co' })).toStrictEqual({
      name: null,
      business_name: null,
    })
    expect(previous({ business_name: 'Ada & Co' }, { business_name: '' })).toStrictEqual({
      business_name: 'Ada & Co',
    })
  })

  it('hold of metadata the keys that changed; a new key stands with null', () =>
    expect(
      previous({ metadata: { a: '1', b: '2', c: '3' } }, { metadata: { a: '9', b: '', d: '4' } }),
    ).toStrictEqual({ metadata: { a: '1', b: '2', d: null } }))

  it('hold of nested objects the keys that changed, and of arrays the whole old array', () =>
    expect(
      previous(
        {
          preferred_locales: ['de', 'fr'],
          invoice_settings: { footer: 'old', custom_fields: [{ name: 'a', value: '1' }] },
        },
        {
          preferred_locales: ['de', 'it'],
          invoice_settings: {
            footer: 'old',
            custom_fields: [
              { name: 'a', value: '1' },
              { name: 'b', value: '2' },
            ],
          },
        },
      ),
    ).toStrictEqual({
      preferred_locales: ['de', 'fr'],
      invoice_settings: { custom_fields: [{ name: 'a', value: '1' }] },
    }))

  it('hold the whole address where there is none any more, and null where there was none', () => {
    const address = {
      city: 'Bern',
      country: null,
      line1: null,
      line2: null,
      postal_code: null,
      state: null,
    }
    expect(previous({ address: { city: 'Bern' } }, { address: '' })).toStrictEqual({ address })
    expect(previous({}, { address: { city: 'Bern' } })).toStrictEqual({ address: null })
  })

  it('hold the test clock of a customer that joins one', () => {
    const { sim, bob } = begun()
    const { id } = sim.run({
      type: 'CreateTestClock',
      params: { frozen_time: NOW + 60, customer: bob.id },
    })
    expect(last(told(sim.world).events)).toMatchObject({
      type: 'customer.updated',
      created: NOW + 60,
      data: { object: { ...bob, test_clock: id }, previous_attributes: { test_clock: null } },
    })
  })

  it('hold the status of a meter, and when it last changed', () => {
    const { sim, meter } = begun()
    sim.advanceBy(60)
    sim.run({ type: 'DeactivateMeter', id: meter.id })
    expect(last(told(sim.world).events)).toMatchObject({
      type: 'billing.meter.deactivated',
      data: {
        previous_attributes: {
          status: 'active',
          status_transitions: { deactivated_at: null },
          updated: NOW,
        },
      },
    })
  })
})

describe('The request of a snapshot event', () => {
  it('is one for all events of a command, and another for the next command', () => {
    const { sim, bob } = begun()
    sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW, customer: bob.id } })
    sim.run({ type: 'UpdateCustomer', id: bob.id, params: { name: 'Bob' } })
    const [created, joined, updated] = told(sim.world).events.slice(-3)
    expect(types([created, joined] as Notification[])).toEqual([
      'test_helpers.test_clock.created',
      'customer.updated',
    ])
    expect(created?.request.id).toMatch(/^req_/)
    expect(joined?.request).toEqual(created?.request)
    expect(updated?.request.id).toMatch(/^req_/)
    expect(updated?.request).not.toEqual(created?.request)
  })

  it('is null where a clock did it: a deletion whose time has come', () => {
    const { sim } = begun()
    sim.advanceBy(30 * 86_400)
    expect(
      told(sim.world)
        .events.slice(-2)
        .map(({ type, request }) => [type, request.id]),
    ).toEqual([
      ['customer.deleted', null],
      ['test_helpers.test_clock.deleted', null],
    ])
  })

  it('is that of the advance for advancing, and null for ready and internal_failure', () => {
    const sim = createSimulator({ now: NOW, settings: { strict: true } })
    const { id } = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW } })
    sim.advanceBy(60, id)
    sim.run({ type: 'AdvanceClock', id, params: { frozen_time: NOW + 120 } })
    sim.run({ type: 'FailAdvance', id })
    const requests = told(sim.world)
      .events.slice(1)
      .map(({ request }) => request.id)
    const req = expect.stringMatching(/^req_/)
    expect(requests).toEqual([req, null, req, null])
    expect(requests[0]).not.toBe(requests[2])
  })

  it('does not shift the ids of what follows when time is cut otherwise', () => {
    const ids = (steps: number) => {
      const { sim, clock } = begun()
      for (let step = 0; step < steps; step += 1) sim.advanceBy(600 / steps, clock.id)
      sim.run({ type: 'CreateCustomer' })
      const { id, request } = last(told(sim.world).events)
      return [id, request]
    }
    expect(ids(6)).toEqual(ids(1))
  })
})

describe('Error reports', () => {
  it('point to the meter, and carry what was wrong, in a window of ten seconds', () => {
    const sim = createSimulator({ now: NOW + 17 })
    const meter = sim.run({
      type: 'CreateMeter',
      params: {
        display_name: 'Calls',
        event_name: 'calls',
        default_aggregation: { formula: 'sum' },
      },
    })
    const { id } = sim.run({ type: 'CreateCustomer' })
    record(sim, id, 'bad', 'many')
    expect(last(told(sim.world).thin)).toStrictEqual({
      id: expect.stringMatching(/^evt_test_/),
      object: 'v2.core.event',
      created: '2026-01-01T00:00:17.000Z',
      data: {
        developer_message_summary: 'There is 1 invalid event',
        validation_start: '2026-01-01T00:00:10.000Z',
        validation_end: '2026-01-01T00:00:20.000Z',
        reason: {
          error_count: 1,
          error_types: [
            {
              code: 'meter_event_invalid_value',
              error_count: 1,
              sample_errors: [
                {
                  error_message: 'Value many is not a valid number.',
                  request: { identifier: 'bad' },
                },
              ],
            },
          ],
        },
      },
      livemode: false,
      reason: null,
      related_object: {
        id: meter.id,
        type: 'billing.meter',
        url: `/v1/billing/meters/${meter.id}`,
      },
      type: 'v1.billing.meter.error_report_triggered',
    })
  })

  it('point to nothing where there is no meter', () => {
    const { sim, bob } = begun()
    const { authentication_token } = sim.run({ type: 'CreateMeterEventSession' })
    sim.run({
      type: 'StreamMeterEvents',
      params: {
        authentication_token,
        events: ['a', 'b'].map((identifier) => ({
          event_name: 'nothing',
          identifier,
          payload: { stripe_customer_id: bob.id, value: '1' },
        })),
      },
    })
    expect(last(told(sim.world).thin)).toMatchObject({
      type: 'v1.billing.meter.no_meter_found',
      related_object: null,
      data: {
        developer_message_summary: 'There are 2 invalid events',
        reason: {
          error_count: 2,
          error_types: [{ code: 'no_meter', error_count: 2, sample_errors: [{}, {}] }],
        },
      },
    })
  })

  it('have no snapshot twin', () => {
    const { sim, bob } = begun()
    const before = told(sim.world).events
    record(sim, bob.id, 'bad', 'many')
    expect(told(sim.world).events).toEqual(before)
  })
})
