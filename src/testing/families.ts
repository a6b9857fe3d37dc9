/**
 * What each family of resources adds to the kit, in one list. A new family adds its own here; whoever embeds the
 * library passes a longer list.
 */
import fc from 'fast-check'
import type { World } from '../index.js'
import {
  adjustmentIn,
  adjustments,
  customerParams,
  lengths,
  meterParams,
  places,
  type Report,
  reportIn,
  reports,
  settings,
} from './arbitraries.js'
import { clockIdAt, customerIdAt, type FamilyKit, idAt, meterIdAt, rowAt, stepKind } from './kit.js'
import * as laws from './laws.js'

const always = () => true

const settingsKit: FamilyKit = {
  name: 'settings',
  steps: {
    UpdateSettings: stepKind({
      given: settings,
      command: (params) => ({ type: 'UpdateSettings', params }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {},
}

const clocksKit: FamilyKit = {
  name: 'clocks',
  steps: {
    CreateTestClock: stepKind({
      given: fc.record({
        ahead: fc.oneof(
          fc.integer({ min: -5, max: 5 }),
          lengths,
          lengths.map((by) => -by),
        ),
        customer: fc.oneof(
          { weight: 3, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: places },
        ),
      }),
      command: ({ ahead, customer }, world) => ({
        type: 'CreateTestClock',
        params: {
          frozen_time: world.now + ahead,
          ...(customer === null ? {} : { customer: customerIdAt(world, customer) }),
        },
      }),
      weight: 2,
    }),
    DeleteTestClock: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeleteTestClock', id: clockIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    AdvanceClock: stepKind({
      given: fc.record({
        clock: fc.option(places),
        by: fc.oneof(lengths, fc.integer({ min: -1, max: 1 })),
      }),
      command: ({ clock, by }, world) => {
        if (clock === null) return { type: 'AdvanceClock', params: { frozen_time: world.now + by } }
        const now = rowAt(world.testClocks, clock)?.frozen_time ?? world.now
        return {
          type: 'AdvanceClock',
          id: clockIdAt(world, clock),
          params: { frozen_time: now + by },
        }
      },
      weight: 8,
      isIdempotent: always,
    }),
    FinishAdvance: stepKind({
      given: places,
      command: (place, world) => ({ type: 'FinishAdvance', id: clockIdAt(world, place) }),
      weight: 2,
      isIdempotent: always,
    }),
    FailAdvance: stepKind({
      given: places,
      command: (place, world) => ({ type: 'FailAdvance', id: clockIdAt(world, place) }),
      weight: 2,
      isIdempotent: always,
    }),
  },
  laws: { 'instants in the log never go back on any time line': laws.time },
}

const customersKit: FamilyKit = {
  name: 'customers',
  steps: {
    CreateCustomer: stepKind({
      given: fc.record({ clock: fc.option(places), params: customerParams }),
      command: ({ clock, params }, world) => ({
        type: 'CreateCustomer',
        params: { ...params, ...(clock === null ? {} : { test_clock: clockIdAt(world, clock) }) },
      }),
    }),
    UpdateCustomer: stepKind({
      given: fc.record({ customer: places, params: customerParams }),
      command: ({ customer, params }, world) => ({
        type: 'UpdateCustomer',
        id: customerIdAt(world, customer),
        params,
      }),
      weight: 2,
      isIdempotent: always,
    }),
    DeleteCustomer: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeleteCustomer', id: customerIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {},
}

/** An event that says its identifier is refused, or dropped, when it comes again at once. */
const isNamed = ({ identifier }: Report): boolean => identifier !== null

/** Whether a cancellation is done at once and does not wait, itself or behind a meter event. */
const cancelsAtOnce = (_: unknown, world: World): boolean =>
  world.settings.meterProcessingDelaySeconds === 0 && world.meterQueue.count === 0

const meteringKit: FamilyKit = {
  name: 'metering',
  steps: {
    CreateMeter: stepKind({
      given: meterParams,
      command: (params) => ({ type: 'CreateMeter', params }),
      isIdempotent: always, // The event name is taken then.
    }),
    UpdateMeter: stepKind({
      given: fc.record({ meter: places, display_name: fc.constantFrom('one', 'two') }),
      command: ({ meter, display_name }, world) => ({
        type: 'UpdateMeter',
        id: meterIdAt(world, meter),
        params: { display_name },
      }),
      weight: 1,
      isIdempotent: always,
    }),
    DeactivateMeter: stepKind({
      given: places,
      command: (place, world) => ({ type: 'DeactivateMeter', id: meterIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    ReactivateMeter: stepKind({
      given: places,
      command: (place, world) => ({ type: 'ReactivateMeter', id: meterIdAt(world, place) }),
      weight: 1,
      isIdempotent: always,
    }),
    RecordMeterEvent: stepKind({
      given: reports,
      command: (report, world) => ({ type: 'RecordMeterEvent', params: reportIn(world, report) }),
      weight: 24,
      isIdempotent: isNamed,
    }),
    RecordMeterEvents: stepKind({
      given: fc.record({
        events: fc.array(reports, { maxLength: 12 }),
        on_refusal: fc.constantFrom('skip', 'skip', 'stop'),
      }),
      command: ({ events, on_refusal }, world) => ({
        type: 'RecordMeterEvents',
        params: { events: events.map((report) => reportIn(world, report)), on_refusal },
      }),
      weight: 8,
      isIdempotent: ({ events }) => events.every(isNamed),
    }),
    RecordMeterEventV2: stepKind({
      given: reports,
      command: (report, world) => ({ type: 'RecordMeterEventV2', params: reportIn(world, report) }),
      isIdempotent: isNamed,
    }),
    CancelMeterEvent: stepKind({
      given: adjustments,
      command: (adjustment, world) => {
        const { event_name, identifier } = adjustmentIn(world, adjustment)
        return {
          type: 'CancelMeterEvent',
          params: { event_name, type: 'cancel', cancel: { identifier } },
        }
      },
      weight: 8,
      isIdempotent: cancelsAtOnce,
    }),
    CancelMeterEventV2: stepKind({
      given: adjustments,
      command: (adjustment, world) => {
        const { event_name, identifier } = adjustmentIn(world, adjustment)
        return {
          type: 'CancelMeterEventV2',
          params: { event_name, type: 'cancel', cancel: { identifier } },
        }
      },
      weight: 2,
      isIdempotent: cancelsAtOnce,
    }),
    CreateMeterEventSession: stepKind({
      given: fc.constant(null),
      command: () => ({ type: 'CreateMeterEventSession' }),
      weight: 2,
    }),
    StreamMeterEvents: stepKind({
      given: fc.record({
        session: places,
        events: fc.array(reports, { minLength: 1, maxLength: 6 }),
      }),
      command: ({ session, events }, world) => ({
        type: 'StreamMeterEvents',
        params: {
          authentication_token:
            rowAt(world.meterEventSessions, session)?.authentication_token ?? 'token_none_yet',
          events: events.map((report) => reportIn(world, report)),
        },
      }),
      isIdempotent: ({ events }) => events.every(isNamed),
    }),
    ProcessMeterWork: stepKind({
      given: places,
      command: (place, world) => ({
        type: 'ProcessMeterWork',
        id:
          rowAt(world.meterQueue, place)?.id ??
          idAt(world, world.meterQueue, place, ['MeterWorkQueued', 'work']),
      }),
      weight: 1,
      isIdempotent: always,
    }),
  },
  laws: {
    'aggregates equal a recomputation from the surviving events': laws.usage,
    'what waits is done on time': laws.onTime,
  },
}

/** The kits of all families of the library. */
export const standardKits: readonly FamilyKit[] = [
  settingsKit,
  clocksKit,
  customersKit,
  meteringKit,
]
