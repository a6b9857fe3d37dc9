import { commandOn, family, queryOn } from '../kernel/family.js'
import { usageRecordEvents, usageRecordsSlice } from './ledger.js'
import { listUsageRecordSummaries, usageRecordSummariesParams } from './summaries.js'
import { createUsageRecord, createUsageRecordParams, viewUsageRecord } from './usage-record.js'

export {
  AFTER_ALL,
  recordedUsage,
  type UsageCleared,
  type UsageRecordEvent,
  type UsageRecorded,
  type UsageRecordSlices,
} from './ledger.js'
export type { UsageRecordSummary } from './summaries.js'
export {
  DRIFT_GRACE,
  releaseItem,
  USAGE_RECORD_FUTURE_MAX,
  type UsageRecordReads,
  type UsageRecordView,
} from './usage-record.js'

export const usageRecordsFamily = family({
  name: 'usage-records',
  slices: { usageRecords: usageRecordsSlice },
  events: usageRecordEvents,
  commands: {
    CreateUsageRecord: commandOn(createUsageRecordParams, createUsageRecord, (_, record) =>
      viewUsageRecord(record),
    ),
  },
  queries: {
    ListUsageRecordSummaries: queryOn(usageRecordSummariesParams, listUsageRecordSummaries),
  },
  watches: [],
  notifications: {},
})
