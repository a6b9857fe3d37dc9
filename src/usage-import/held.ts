/** What an identifier that the world already holds stands for. */
import { compareDecimals, parseDecimal } from '../domain/kernel/decimal.js'
import {
  type Meter,
  type MeteringEvent,
  type RecordMeterEvent,
  receiptOf,
} from '../domain/metering/index.js'
import type { World } from '../world/execute.js'
import { ownText } from './own-text.js'
import type { UsageRow } from './usage-row.js'

/**
 * The parameters of the meter event that a row becomes. The world keeps them, so they hold on to nothing else.
 * @param customer - The id as the world has it.
 */
export const meterEventOf = (
  { event_name, value, timestamp, payload: others }: UsageRow,
  identifier: string,
  { customer_mapping, value_settings }: Meter,
  customer: string,
): RecordMeterEvent => {
  const payload: Record<string, string> = { [customer_mapping.event_payload_key]: customer }
  if (value !== undefined) payload[value_settings.event_payload_key] = ownText(value)
  for (const key in others) payload[key] = ownText(others[key] as string)
  return { event_name, payload, identifier: ownText(identifier), timestamp }
}

type Held = Pick<UsageRow, 'event_name' | 'customer' | 'value' | 'timestamp'>

/** The usage for which an identifier was taken; a text says why it counts nowhere. */
const heldBy = (world: World, identifier: string): Held | string | undefined => {
  const position = receiptOf(world, identifier)
  if (position === undefined) return undefined
  const event = world.line.at(position) as MeteringEvent
  if (event.type === 'MeterEventFailed') return `failed when it was recorded (${event.message})`
  if (event.type === 'MeterEventRecorded')
    return {
      event_name: world.meters.need(event.meter).event_name,
      customer: event.customer,
      value: event.value,
      timestamp: event.timestamp,
    }
  if (event.type !== 'MeterWorkQueued') return undefined
  const waiting = event.work.events.find((one) => one.identifier === identifier)
  if (waiting === undefined) return undefined
  const { event_name, payload, timestamp } = waiting
  const meter = world.meters.firstBy('active', event_name)
  if (meter === undefined) return undefined
  return {
    event_name,
    customer: payload[meter.customer_mapping.event_payload_key] ?? '',
    value: payload[meter.value_settings.event_payload_key],
    timestamp,
  }
}

const sameValue = (a: string | undefined, b: string | undefined): boolean => {
  if (a === undefined || b === undefined || a === b) return a === b
  const left = parseDecimal(a)
  const right = parseDecimal(b)
  return typeof left === 'object' && typeof right === 'object' && compareDecimals(left, right) === 0
}

/** In what a row differs from the event that holds its identifier, if it does. */
export const differenceFrom = (
  world: World,
  row: UsageRow,
  identifier: string,
): string | undefined => {
  const held = heldBy(world, identifier)
  if (held === undefined) return undefined
  const which = `the event '${identifier}' in the log`
  if (typeof held === 'string') return `${which} ${held}`
  const differing = (['event_name', 'customer', 'timestamp'] as const).find(
    (name) => held[name] !== row[name],
  )
  if (differing !== undefined)
    return `${which} has the ${differing} ${held[differing]}, the row ${row[differing]}`
  return sameValue(held.value, row.value)
    ? undefined
    : `${which} has the value ${held.value ?? '(none)'}, the row ${row.value ?? '(none)'}`
}
