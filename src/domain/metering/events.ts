import type { CustomerId } from '../customers/index.js'
import type { DomainEvent } from '../kernel/event.js'
import type { Id } from '../kernel/ids.js'
import type { Instant } from '../kernel/instant.js'
import type { MeterEvent, MeterId } from './meter.js'

/** What the caller sent under `payload`: kept as it came. */
export type Payload = Readonly<Record<string, string>>

/** A usage report that counts. */
export interface MeterEventRecorded extends DomainEvent {
  readonly type: 'MeterEventRecorded'
  readonly meter: MeterId
  readonly customer: CustomerId
  /** An exact decimal; absent on a `count` meter's event that carries none. */
  readonly value?: string
  readonly timestamp: Instant
  readonly identifier: string
  /** When it was received, on the customer's clock, where that is not `at`. */
  readonly received_at?: Instant
  /** The payload, where it is not just the meter's customer key and value key, in this order. */
  readonly payload?: Payload
}

/** A usage report that was accepted and then found wanting: it counts nowhere and has used up its identifier. */
export interface MeterEventFailed extends DomainEvent {
  readonly type: 'MeterEventFailed'
  /** The meter that the report belongs to, `null` where none was found. */
  readonly meter: MeterId | null
  readonly code: FailureCode
  readonly message: string
  readonly event_name: string
  readonly timestamp: Instant
  readonly identifier: string
  readonly received_at?: Instant
  readonly payload: Payload
}

/** @remarks Source: the codes of the error report events, docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api. */
export type FailureCode =
  | 'archived_meter'
  | 'meter_event_customer_not_found'
  | 'meter_event_invalid_value'
  | 'meter_event_no_customer_defined'
  | 'meter_event_value_not_found'
  | 'meter_event_value_too_many_digits'
  | 'no_meter'
  | 'timestamp_in_future'
  | 'timestamp_too_far_in_past'

/** What one processing batch tells of one meter's failed events; `meter` is `null` where no meter was found. */
export interface MeterErrorsReported extends DomainEvent {
  readonly type: 'MeterErrorsReported'
  readonly meter: MeterId | null
  readonly error_count: number
  readonly error_types: readonly {
    readonly code: FailureCode
    readonly error_count: number
    readonly sample_errors: readonly {
      readonly error_message: string
      readonly identifier: string
    }[]
  }[]
}

export interface MeterEventCancelled extends DomainEvent {
  readonly type: 'MeterEventCancelled'
  readonly meter: MeterId
  readonly customer: CustomerId
  readonly identifier: string
  readonly timestamp: Instant
  readonly value?: string
  /** Where the cancelled event stands in the log. */
  readonly position: number
}

/** A report as it waits to be processed. */
export interface WaitingEvent {
  readonly event_name: string
  readonly payload: Payload
  readonly identifier: string
  readonly timestamp: Instant
}

/** Which event is to be cancelled: an identifier may have been used before, and may be used again while this waits. */
export interface Cancellation {
  readonly event_name: string
  readonly identifier: string
  /** When the event was received, on its time line. */
  readonly received_at: Instant
}

export type QueuedWorkId = Id<'queued_meter_work'>

/** Work on meters that waits for its time: one processing batch, or one cancellation. */
export interface QueuedWork {
  readonly id: QueuedWorkId
  readonly clock: string | null
  readonly received_at: Instant
  readonly due: Instant
  readonly events: readonly WaitingEvent[]
  readonly cancel: Cancellation | null
}

export interface MeterWorkQueued extends DomainEvent {
  readonly type: 'MeterWorkQueued'
  readonly work: QueuedWork
}
export interface MeterWorkDone extends DomainEvent {
  readonly type: 'MeterWorkDone'
  readonly id: QueuedWorkId
}

/** A short-lived token for the stream of meter events. */
export interface MeterEventSession {
  readonly id: Id<'v2.billing.meter_event_session'>
  readonly authentication_token: string
  readonly created: Instant
  readonly expires_at: Instant
}

export interface MeterEventSessionCreated extends DomainEvent {
  readonly type: 'MeterEventSessionCreated'
  readonly session: MeterEventSession
}

export type UsageEvent = MeterEventRecorded | MeterEventFailed | MeterEventCancelled
export type QueueEvent = MeterWorkQueued | MeterWorkDone
export type MeteringEvent =
  | MeterEvent
  | UsageEvent
  | QueueEvent
  | MeterErrorsReported
  | MeterEventSessionCreated
