/**
 * One story that brings about every event there is, for the bytes of its log. Run by itself it prints their SHA-256,
 * so that a test can ask another process: `node --import tsx test/properties/story.ts`.
 */
import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { createSimulator } from '../../src/index.js'
import { alerted } from '../support/alerted.js'
import { billed } from '../support/billed.js'
import { prepaid } from '../support/prepaid.js'
import { recorded } from '../support/recorded.js'

const DAY = 86_400

/** Tells the story in a world of a seed. @returns its log. */
export const story = (seed: string): string => {
  const simulator = createSimulator({
    seed,
    now: '2026-01-01',
    settings: { preview: { meterMax: true } },
  })
  const meters = (['sum', 'count', 'last', 'max'] as const).map((formula) =>
    simulator.run({
      type: 'CreateMeter',
      params: {
        display_name: `Größe ${formula} 数`,
        event_name: formula,
        default_aggregation: { formula },
        ...(formula === 'last' ? { event_time_window: 'hour' as const } : {}),
      },
    }),
  )
  const joining = simulator.run({ type: 'CreateCustomer', params: { name: 'joins a clock' } })
  const clock = simulator.run({
    type: 'CreateTestClock',
    params: { frozen_time: simulator.now + DAY, name: 'leap', customer: joining.id },
  })
  const customers = [
    joining,
    simulator.run({ type: 'CreateCustomer', params: { metadata: { of: 'the root' } } }),
    simulator.run({ type: 'CreateCustomer', params: { test_clock: clock.id, email: 'a@b' } }),
  ]
  const report = (nth: number, identifier?: string) => ({
    event_name: meters[nth % meters.length]?.event_name as string,
    payload: {
      stripe_customer_id: customers[nth % customers.length]?.id as string,
      value: nth % 13 === 12 ? 'not a number' : `${(nth % 7) - 3}.${nth}`,
    },
    ...(identifier === undefined ? {} : { identifier }),
  })

  const product = simulator.run({
    type: 'CreateProduct',
    params: {
      name: 'Größe',
      default_price_data: { currency: 'usd', unit_amount: 900, recurring: { interval: 'month' } },
    },
  })
  const plan = simulator.run({
    type: 'CreatePlan',
    params: { currency: 'jpy', interval: 'week', amount_decimal: '0.5', product: product.id },
  })
  simulator.run({ type: 'UpdatePlan', id: plan.id, params: { nickname: 'weekly' } })
  simulator.run({ type: 'DeletePlan', id: plan.id })
  const other = simulator.run({ type: 'CreateProduct', params: { name: 'other' } })
  simulator.run({ type: 'UpdateProduct', id: other.id, params: { description: 'renamed' } })
  simulator.run({ type: 'DeleteProduct', id: other.id })
  const card = simulator.run({
    type: 'CreatePaymentMethod',
    params: { type: 'card', card: { token: 'tok_visa' }, metadata: { sim_script: 'succeed' } },
  })
  const owner = customers[2]?.id as string
  simulator.run({ type: 'AttachPaymentMethod', id: card.id, params: { customer: owner } })
  simulator.run({
    type: 'UpdatePaymentMethod',
    id: card.id,
    params: { billing_details: { name: 'A' } },
  })
  simulator.run({ type: 'DetachPaymentMethod', id: card.id })

  for (let nth = 0; nth < 200; nth += 1) {
    simulator.run({
      type: 'RecordMeterEvent',
      params: report(nth, nth % 3 === 0 ? undefined : `event ${nth}`),
    })
    if (nth % 5 === 4) simulator.advanceBy(3_600, clock.id)
    if (nth % 11 === 0) simulator.advanceBy(600)
    if (nth % 17 === 16)
      simulator.try({
        type: 'CancelMeterEvent',
        params: {
          event_name: report(nth - 1).event_name,
          type: 'cancel',
          cancel: { identifier: `event ${nth - 1}` },
        },
      })
  }

  simulator.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 90 } })
  const { authentication_token } = simulator.run({ type: 'CreateMeterEventSession' })
  simulator.run({
    type: 'StreamMeterEvents',
    params: {
      authentication_token,
      events: [0, 1, 2, 3, 4].map((nth) => ({
        ...report(nth),
        event_name: nth > 3 ? 'none' : 'sum',
      })),
    },
  })
  simulator.advanceBy(60)
  simulator.advanceBy(DAY, clock.id)
  simulator.advanceBy(DAY)
  simulator.run({
    type: 'UpdateMeter',
    id: meters[0]?.id as string,
    params: { display_name: 'new' },
  })
  simulator.run({ type: 'DeactivateMeter', id: meters[1]?.id as string })
  simulator.run({ type: 'ReactivateMeter', id: meters[1]?.id as string })
  simulator.run({ type: 'UpdateCustomer', id: joining.id, params: { metadata: { a: 'b' } } })
  const transaction = simulator.run({
    type: 'CreateCustomerBalanceTransaction',
    id: joining.id,
    params: { amount: -500, currency: 'eur', description: 'Größe' },
  })
  simulator.run({
    type: 'UpdateCustomerBalanceTransaction',
    id: joining.id,
    params: { transaction: transaction.id, metadata: { of: 'a balance' } },
  })
  simulator.run({ type: 'DeleteCustomer', id: customers[1]?.id as string })

  billed(simulator, product.id)
  prepaid(simulator, product.id)
  recorded(simulator, product.id)
  alerted(simulator)

  const failing = simulator.run({ type: 'CreateTestClock', params: { frozen_time: 1_740_000_000 } })
  simulator.run({ type: 'UpdateSettings', params: { strict: true } })
  simulator.run({ type: 'AdvanceClock', id: failing.id, params: { frozen_time: 1_740_000_001 } })
  simulator.run({ type: 'FailAdvance', id: failing.id })
  simulator.advanceBy(31 * DAY)
  return simulator.exportLog()
}

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(digest(story(process.argv[2] ?? '')))
