/**
 * CloudEvents in structured mode, one event a line, or in batches.
 * @remarks Source: github.com/cloudevents/spec, CloudEvents 1.0.2 and its JSON event format.
 */
import { hash } from 'node:crypto'
import { JsonReader } from './json.js'
import type { Mapping } from './mapping.js'
import type { RowData } from './rows.js'
import { IDENTIFIER_MAX } from './usage-row.js'

/** What a CloudEvent says by itself: `subject` is the customer, `type` the event name, `data.value` the value. */
export const CLOUD_EVENT_MAPPING: Mapping = {
  event_name: 'type',
  customer: 'subject',
  value: 'data.value',
  time: { from: 'time', format: 'rfc3339' },
}

const REQUIRED = ['id', 'source', 'type'] as const

const problemOf = (event: Readonly<Record<string, unknown>>): string | undefined => {
  if (event.specversion !== '1.0')
    return `is no CloudEvent 1.0: specversion is ${JSON.stringify(event.specversion) ?? 'missing'}`
  for (const name of REQUIRED) {
    const value = event[name]
    if (typeof value !== 'string' || value === '')
      return `is no CloudEvent: '${name}' must be a text that is not empty`
  }
  return /\s/.test(event.source as string)
    ? "is no CloudEvent: 'source' must be a URI reference, which holds no spaces"
    : undefined
}

/**
 * The identifier of the meter event of a CloudEvent: `source` and `id` together tell one event from another. They are
 * joined by a space, which no source holds; what is too long for an identifier is hashed.
 */
export const cloudEventIdentifier = (source: string, id: string): string => {
  const both = `${source} ${id}`
  return both.length <= IDENTIFIER_MAX ? both : `sha256 ${hash('sha256', both)}`
}

export const cloudEventReader = (): JsonReader =>
  new JsonReader(problemOf, (data: RowData) => {
    const { source, id } = data as { readonly source: string; readonly id: string }
    return cloudEventIdentifier(source, id)
  })
