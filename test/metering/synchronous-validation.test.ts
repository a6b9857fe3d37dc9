import type { Command } from 'clepsydra'
import { describe, it } from 'vitest'
import { given, type Refusal } from '../support/given.js'
import { customer, meter, NOW, record } from './support.js'

const world = given({ now: NOW, settings: { meterEventValidation: 'synchronous' } })
const known = [meter(), customer()]

const payload = (fields: Readonly<Record<string, string>>, more: object = {}): Command => ({
  type: 'RecordMeterEvent',
  params: { event_name: 'calls', payload: fields, ...more },
})

const NO_CUSTOMER: Refusal = {
  code: 'meter_event_no_customer_defined',
  param: 'payload[stripe_customer_id]',
  message: 'Customer mapping key stripe_customer_id not found in payload.',
}
const NO_VALUE: Refusal = {
  code: 'meter_event_value_not_found',
  param: 'payload[value]',
  message: 'Value key value not found in payload.',
}

describe("RecordMeterEvent with meterEventValidation: 'synchronous'", () => {
  it('still records what is right', () =>
    world(...known)
      .when(record('-1.5', { identifier: 'e1' }))
      .yields({
        type: 'MeterEventRecorded',
        at: NOW,
        meter: 'mtr_1',
        customer: 'cus_1',
        value: '-1.5',
        timestamp: NOW,
        identifier: 'e1',
      }))

  it.each<[string, Command, Refusal]>([
    ['a payload without the customer key', payload({ value: '1' }), NO_CUSTOMER],
    ['an empty customer key', payload({ stripe_customer_id: '', value: '1' }), NO_CUSTOMER],
    ['a payload without the value key', payload({ stripe_customer_id: 'cus_1' }), NO_VALUE],
    [
      'a value that is no number',
      record('12 apples'),
      {
        code: 'meter_event_invalid_value',
        param: 'payload[value]',
        message: 'Value 12 apples is not a valid number.',
      },
    ],
    [
      'a value of 16 integer digits',
      record('1000000000000000'),
      {
        code: 'meter_event_value_too_many_digits',
        param: 'payload[value]',
        message:
          'Value 1000000000000000 has too many digits: at most 15 before and 12 after the decimal point.',
      },
    ],
    ['a missing customer before a missing value', payload({}), NO_CUSTOMER],
    [
      'an unknown customer before a missing value',
      payload({ stripe_customer_id: 'cus_0' }),
      {
        code: 'resource_missing',
        param: 'payload[stripe_customer_id]',
        message: "No such customer: 'cus_0'",
      },
    ],
    [
      'a timestamp before the payload',
      payload({}, { timestamp: NOW + 301 }),
      { param: 'timestamp', message: 'The event timestamp cannot be in future.' },
    ],
  ])('refuses %s', (_, command, refusal) =>
    world(...known)
      .when(command)
      .rejects(refusal),
  )

  it('names the keys of the meter', () =>
    world(meter({ value_settings: { event_payload_key: 'tokens' } }), customer())
      .when(payload({ stripe_customer_id: 'cus_1', value: '1' }))
      .rejects({
        code: 'meter_event_value_not_found',
        param: 'payload[tokens]',
        message: 'Value key tokens not found in payload.',
      }))
})
