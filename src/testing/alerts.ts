/** What usage alerts add to the kit: their steps, and the law of when they fire. */
import fc from 'fast-check'
import { type Command, type DomainEvent, entries, type Meter, type World } from '../index.js'
import { places } from './arbitraries.js'
import { customerIdAt, type FamilyKit, fittingAt, LawBroken, meterIdAt, stepKind } from './kit.js'
import { same } from './laws.js'
import * as model from './models.js'

const always = () => true

const LAW =
  'an alert fires once for a customer, right behind the first event while it is active that finds the total there'

/** An alert as the model knows it. */
interface Watching {
  readonly id: string
  readonly meter: string
  readonly customer: string | null
  readonly gte: number
  status: 'active' | 'inactive' | 'archived'
  readonly fired: Set<string>
}

type Fact = DomainEvent & Readonly<Record<string, any>>

const STATUS = {
  AlertActivated: 'active',
  AlertDeactivated: 'inactive',
  AlertArchived: 'archived',
} as const

const opened = ({ alert }: Fact): Watching => {
  const { gte, meter, filters } = alert.usage_threshold
  const customer = filters?.[0]?.customer ?? null
  return { id: alert.id, meter, customer, gte, status: alert.status, fired: new Set() }
}

/** All that was reported, worked out anew for each event, against what stands right behind it in the log. */
export const alertsFire = (world: World): void => {
  const usage: model.Received[] = []
  const alerts: Watching[] = []
  const places = new Map<number, number>()
  let onClocks = world.beginning().settings.alertsOnTestClocks
  let owed: string[] = []
  const total = (meter: string, customer: string): bigint =>
    model.aggregate(
      usage,
      world.meters.need(meter) as Meter,
      customer,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    )
  for (const { event, position } of entries(world)) {
    const fact = event as Fact
    if (fact.type === 'AlertTriggered') {
      const { alert, customer, value, at, clock = null } = fact
      const units = model.textOf(model.unitsOf(value))
      same(LAW, [alert, customer, units, at, clock].join(' '), owed.shift(), `position ${position}`)
      continue
    }
    if (owed.length > 0) throw new LawBroken(LAW, `missing before ${position}: ${owed[0]}`)
    switch (fact.type) {
      case 'SettingsUpdated':
        onClocks = fact.settings.alertsOnTestClocks
        break
      case 'AlertCreated':
        alerts.push(opened(fact))
        break
      case 'AlertActivated':
      case 'AlertDeactivated':
      case 'AlertArchived':
        for (const alert of alerts) if (alert.id === fact.id) alert.status = STATUS[fact.type]
        break
      case 'MeterEventCancelled': {
        const place = places.get(fact.position) as number
        usage[place] = { ...(usage[place] as model.Received), cancelled: true }
        break
      }
      case 'MeterEventRecorded': {
        const { meter, customer, identifier, timestamp, at, clock = null } = fact
        const units = model.unitsOf(fact.value)
        places.set(position, usage.length)
        usage.push({
          meter,
          customer,
          identifier,
          timestamp,
          units,
          receivedAt: at,
          cancelled: false,
        })
        if (clock !== null && !onClocks) break
        const sum = total(meter, customer)
        owed = alerts
          .filter(
            (alert) =>
              alert.status === 'active' &&
              alert.meter === meter &&
              (alert.customer ?? customer) === customer &&
              !alert.fired.has(customer) &&
              sum >= model.unitsOf(String(alert.gte)),
          )
          .map((alert) => {
            alert.fired.add(customer)
            return [alert.id, customer, model.textOf(sum), at, clock].join(' ')
          })
      }
    }
  }
  if (owed.length > 0) throw new LawBroken(LAW, `missing at the end: ${owed[0]}`)
}

/** An alert before it is known which meters and customers there are; `customer: null` watches all. */
export const alertSketches = fc.record({
  meter: places,
  customer: fc.option(places, { freq: 1 }),
  gte: fc.oneof(fc.integer({ min: 1, max: 150 }), fc.constantFrom(1, 2, 1_000_000)),
})

const ofAlert = (type: 'ActivateAlert' | 'DeactivateAlert' | 'ArchiveAlert') =>
  stepKind({
    given: places,
    command: (place, world) =>
      ({
        type,
        id:
          fittingAt(world.alerts, place, ({ status }) => status !== 'archived')?.id ??
          'alrt_none_yet',
      }) as Command,
    weight: 1,
    isIdempotent: always,
  })

export const alertsKit: FamilyKit = {
  name: 'alerts',
  steps: {
    CreateAlert: stepKind({
      given: alertSketches,
      command: ({ meter, customer, gte }, world) => ({
        type: 'CreateAlert',
        params: {
          alert_type: 'usage_threshold',
          title: 'much',
          usage_threshold: {
            gte,
            meter: meterIdAt(world, meter),
            recurrence: 'one_time',
            ...(customer === null
              ? {}
              : { filters: [{ type: 'customer', customer: customerIdAt(world, customer) }] }),
          },
        },
      }),
    }),
    ActivateAlert: ofAlert('ActivateAlert'),
    DeactivateAlert: ofAlert('DeactivateAlert'),
    ArchiveAlert: ofAlert('ArchiveAlert'),
  },
  laws: { [LAW]: alertsFire },
}
