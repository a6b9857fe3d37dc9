import { type Alert, type Command, notifications, project, type World } from 'clepsydra'
import type { Fact } from '../support/given.js'

export {
  advance,
  CREATED,
  cancel,
  clock,
  customer,
  meter,
  NOW,
  record,
  recordV2,
  report,
  used,
} from '../metering/support.js'

const CREATED = 1_600_000_000

interface Fields extends Partial<Pick<Alert, 'id' | 'status' | 'title'>> {
  readonly gte?: number
  readonly meter?: string
  /** Whom it watches: every customer unless said. */
  readonly customer?: string
}

/** An alert: `alrt_1`, active, on 10 or more of `mtr_1`, unless said. */
export const anAlert = ({
  id = 'alrt_1',
  status = 'active',
  title = 'ten',
  gte = 10,
  meter = 'mtr_1',
  customer,
}: Fields = {}): Alert => ({
  id,
  alert_type: 'usage_threshold',
  status,
  title,
  usage_threshold: {
    filters: customer === undefined ? null : [{ type: 'customer', customer }],
    gte,
    meter,
    recurrence: 'one_time',
  },
})

/** The fact of an alert's creation. */
export const alert = (fields: Fields = {}): Fact => ({
  type: 'AlertCreated',
  at: CREATED,
  alert: anAlert(fields),
})

/** The command that creates one. */
export const create = ({ title = 'ten', gte = 10, meter = 'mtr_1', customer }: Fields = {}) =>
  ({
    type: 'CreateAlert',
    params: {
      alert_type: 'usage_threshold',
      title,
      usage_threshold: {
        gte,
        meter,
        recurrence: 'one_time',
        ...(customer === undefined ? {} : { filters: [{ type: 'customer' as const, customer }] }),
      },
    },
  }) as const

export const change = (
  type: 'ActivateAlert' | 'DeactivateAlert' | 'ArchiveAlert',
  id = 'alrt_1',
): Command => ({ type, id })

/** For whom which alerts have fired, at what total, oldest first: `alrt_1 cus_1 12`. */
export const fired = (world: World): readonly string[] =>
  Array.from({ length: world.position }, (_, at) => world.line.at(at + 1) as Fact)
    .filter(({ type }) => type === 'AlertTriggered')
    .map(({ alert: id, customer: by, value }) => `${id} ${by} ${value}`)

/** The types of what a log holds behind a world. */
export const typesSince = (before: World, after: World): readonly string[] =>
  Array.from(
    { length: after.position - before.position },
    (_, at) => after.line.at(before.position + at + 1).type,
  )

/** What is told of alerts, oldest first. */
export const told = (world: World) =>
  project(notifications, world).value.events.filter(({ type }) => type.startsWith('billing.alert'))
