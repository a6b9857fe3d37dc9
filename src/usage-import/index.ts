/** The entry `clepsydra/usage-import`: usage from CSV, JSON lines and CloudEvents into a world. */
export { CLOUD_EVENT_MAPPING, cloudEventIdentifier } from './cloud-events.js'
export {
  type CloudEventsImport,
  type CsvImport,
  IMPORT_FORMATS,
  type ImportFormat,
  type ImportInput,
  type ImportOptions,
  type ImportProgress,
  importUsage,
  importUsageInto,
  type JsonLinesImport,
  type UnusableInput,
  UnusableInputError,
} from './import.js'
export {
  type Constant,
  type Field,
  type FromColumn,
  type Mapping,
  type MappingInFull,
  readMapping,
  TIME_FORMATS,
  type TimeFormat,
} from './mapping.js'
export type { ImportResult, RowNote } from './recorder.js'
export type { RowField } from './usage-row.js'
