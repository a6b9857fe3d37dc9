import { formatInstantV2 } from '../kernel/calendar.js'
import type { Decision, World } from '../kernel/decision.js'
import { decided } from '../kernel/decision.js'
import { floorTo, type Instant, plus, type Seconds } from '../kernel/instant.js'
import type { Notice } from '../kernel/notice.js'
import type { FailureCode, MeterErrorsReported, MeteringEvent } from './events.js'
import type { MeterId } from './meter.js'

/** A report that failed, as a processing batch remembers it. */
export interface Failure {
  readonly meter: MeterId | null
  readonly code: FailureCode
  readonly message: string
  readonly identifier: string
}

const SAMPLES_MAX = 10

/** The window that a report speaks of is aligned to this many seconds. @remarks Source: samples in the docs. */
const REPORT_WINDOW: Seconds = 10

const reportOf = (
  at: Instant,
  meter: MeterId | null,
  failures: readonly Failure[],
): MeterErrorsReported => {
  const codes = [...new Set(failures.map(({ code }) => code))].sort()
  return {
    type: 'MeterErrorsReported',
    at,
    meter,
    error_count: failures.length,
    error_types: codes.map((code) => {
      const ofCode = failures.filter((failure) => failure.code === code)
      return {
        code,
        error_count: ofCode.length,
        sample_errors: ofCode
          .slice(0, SAMPLES_MAX)
          .map(({ message, identifier }) => ({ error_message: message, identifier })),
      }
    }),
  }
}

/**
 * One report for each meter of a processing batch that has failures, and one for those without a meter. Its time is
 * the root clock's.
 * @remarks Source: docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api (error events). Cases: M-A8, M-A10.
 */
export const reportFailures =
  (failures: readonly Failure[]): Decision<unknown, undefined> =>
  (start) => {
    let world = start
    for (const meter of new Set(failures.map((failure) => failure.meter)))
      world = world.record<MeteringEvent>(
        reportOf(
          world.now,
          meter,
          failures.filter((failure) => failure.meter === meter),
        ),
      )
    return decided(world, undefined)
  }

/** The thin event of the v2 API that tells of a report. Its data is only on the fetched event. */
export const reportNotice = (
  event: MeterErrorsReported,
  _before: World,
  _after: World,
): readonly Notice[] => {
  const start = floorTo(REPORT_WINDOW, event.at)
  const { meter, error_count } = event
  return [
    {
      type:
        meter === null
          ? 'v1.billing.meter.no_meter_found'
          : 'v1.billing.meter.error_report_triggered',
      created: event.at,
      thin: {
        type:
          meter === null
            ? 'v1.billing.meter.no_meter_found'
            : 'v1.billing.meter.error_report_triggered',
        related_object:
          meter === null
            ? null
            : { id: meter, type: 'billing.meter', url: `/v1/billing/meters/${meter}` },
        data: {
          developer_message_summary:
            error_count === 1
              ? 'There is 1 invalid event'
              : `There are ${error_count} invalid events`,
          validation_start: formatInstantV2(start),
          validation_end: formatInstantV2(plus(start, REPORT_WINDOW)),
          reason: {
            error_count,
            error_types: event.error_types.map(({ code, error_count: count, sample_errors }) => ({
              code,
              error_count: count,
              sample_errors: sample_errors.map(({ error_message, identifier }) => ({
                error_message,
                request: { identifier },
              })),
            })),
          },
        },
      },
    },
  ]
}
