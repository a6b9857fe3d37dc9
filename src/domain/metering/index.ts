import { closed, nothing, oneOf, optional } from '../kernel/codec.js'
import type { World } from '../kernel/decision.js'
import { command, commandOn, family, query, queryOn } from '../kernel/family.js'
import { E } from '../kernel/fp.js'
import { listRows, pageParams } from '../kernel/list.js'
import { resourceMissing } from '../kernel/rejection.js'
import {
  cancelMeterEvent,
  cancelMeterEventParams,
  cancelMeterEventParamsV2,
  cancelMeterEventV2,
  viewAdjustment,
  viewAdjustmentV2,
} from './adjustments.js'
import { meteringEvents } from './event-formats.js'
import {
  createMeter,
  createMeterParams,
  deactivateMeter,
  type MeterSlices,
  meterNotifications,
  metersSlice,
  reactivateMeter,
  updateMeter,
  updateMeterParams,
  viewMeter,
} from './meter.js'
import { processWork } from './processing.js'
import { queueDeadlines, queueSlice } from './queue.js'
import {
  meterEventParams,
  meterEventParamsV2,
  viewMeterEvent,
  viewMeterEventV2,
} from './reception.js'
import { recordMeterEvent, recordMeterEvents, recordMeterEventsParams } from './record-v1.js'
import { recordMeterEventV2 } from './record-v2.js'
import { reportNotice } from './reports.js'
import {
  createSession,
  createSessionParams,
  sessionsSlice,
  streamMeterEvents,
  streamParams,
  viewSession,
} from './sessions.js'
import { listSummaries, summariesParams } from './summaries.js'
import { usageSlice } from './usage.js'

export { ADJUSTMENT_WINDOW } from './adjustments.js'
export type {
  FailureCode,
  MeterEventCancelled,
  MeterEventFailed,
  MeterEventRecorded,
  MeterEventSession,
  MeteringEvent,
  Payload,
} from './events.js'
export {
  type Formula,
  type Meter,
  type MeterId,
  type MeterSlices,
  type MeterView,
  viewMeter,
  windowOf,
} from './meter.js'
export {
  FUTURE_MAX,
  IDENTIFIER_WINDOW,
  type MeterEventView,
  PAST_MAX,
  type RecordMeterEvent,
} from './reception.js'
export type { RecordedBatch, RecordMeterEvents } from './record-v1.js'
export { SESSION_TTL, STREAM_EVENTS_MAX } from './sessions.js'
export type { MeterEventSummary } from './summaries.js'
export { aggregate, hasIdentifier, receiptOf, type UsageReads, type UsageSlices } from './usage.js'

export const meteringFamily = family({
  name: 'metering',
  slices: {
    meters: metersSlice,
    usage: usageSlice,
    meterQueue: queueSlice,
    meterEventSessions: sessionsSlice,
  },
  events: meteringEvents,
  commands: {
    CreateMeter: command(createMeterParams, createMeter, (_, meter) => viewMeter(meter)),
    UpdateMeter: commandOn(updateMeterParams, updateMeter, (_, meter) => viewMeter(meter)),
    DeactivateMeter: commandOn(nothing('DeactivateMeter'), deactivateMeter, (_, meter) =>
      viewMeter(meter),
    ),
    ReactivateMeter: commandOn(nothing('ReactivateMeter'), reactivateMeter, (_, meter) =>
      viewMeter(meter),
    ),
    RecordMeterEvent: command(meterEventParams, recordMeterEvent, (_, event) =>
      viewMeterEvent(event),
    ),
    RecordMeterEvents: command(recordMeterEventsParams, recordMeterEvents, (_, batch) => batch),
    RecordMeterEventV2: command(meterEventParamsV2, recordMeterEventV2, (_, event) =>
      viewMeterEventV2(event),
    ),
    CancelMeterEvent: command(cancelMeterEventParams, cancelMeterEvent, (_, adjustment) =>
      viewAdjustment(adjustment),
    ),
    CancelMeterEventV2: command(cancelMeterEventParamsV2, cancelMeterEventV2, (_, adjustment) =>
      viewAdjustmentV2(adjustment),
    ),
    CreateMeterEventSession: command(
      createSessionParams,
      () => createSession,
      (_, session) => viewSession(session),
    ),
    StreamMeterEvents: command(streamParams, streamMeterEvents, () => ({})),
    ProcessMeterWork: commandOn(nothing('ProcessMeterWork'), processWork, (_, work) => work),
  },
  queries: {
    RetrieveMeter: queryOn(nothing('RetrieveMeter'), (world: World<MeterSlices>, id) => {
      const meter = world.meters.get(id)
      return meter === undefined ? E.left(resourceMissing('meter', id)) : E.right(viewMeter(meter))
    }),
    ListMeters: query(
      closed('ListMeters', {
        ...pageParams,
        status: optional(oneOf('status', ['active', 'inactive'])),
      }),
      (world: World<MeterSlices>, { status, ...page }) =>
        listRows({
          table: world.meters,
          page,
          url: '/v1/billing/meters',
          noun: 'meter',
          view: viewMeter,
          where: status === undefined ? undefined : (meter) => meter.status === status,
        }),
    ),
    ListMeterEventSummaries: queryOn(summariesParams, listSummaries),
  },
  watches: [queueDeadlines],
  notifications: { ...meterNotifications, MeterErrorsReported: reportNotice },
})
