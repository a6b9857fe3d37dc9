import type { CommandOf, QueryOf, Rejection } from 'clepsydra'
import { expect } from 'vitest'
import { DAY, HOUR, Life } from '../stories/support.js'

export { DAY, HOUR }

/** The bounds of January, and of the months after it, in 2026. */
export const JANUARY = 1_767_225_600
export const FEBRUARY = 1_769_904_000
export const MARCH = 1_772_323_200
export const APRIL = 1_775_001_600
/** 2026-01-05 and 2026-01-08. */
export const FIFTH = 1_767_571_200
export const EIGHTH = 1_767_830_400

type Aggregate = 'sum' | 'max' | 'last_during_period' | 'last_ever'
type Report = NonNullable<CommandOf<'CreateUsageRecord'>['params']>
type Subscribe = Parameters<Life['monthly']>[1]

/** A customer on a clock of her own with one item, at a legacy price of a dollar for each unit. */
export class Usage extends Life {
  readonly price_id: string
  readonly id: string
  readonly item: string

  constructor(
    aggregate: Aggregate = 'sum',
    params: Subscribe = {},
    options: ConstructorParameters<typeof Life>[1] = {},
  ) {
    super(JANUARY, options)
    this.price_id = this.legacy(aggregate)
    const { id, items } = this.subscribe({ items: [{ price: this.price_id }], ...params })
    this.id = id
    this.item = items.data[0]?.id as string
  }

  legacy(aggregate_usage: Aggregate, unit_amount = 100): string {
    return this.price(unit_amount, { interval: 'month', usage_type: 'metered', aggregate_usage })
  }

  report(quantity: number, timestamp?: Report['timestamp'], action?: Report['action']) {
    return this.run({
      type: 'CreateUsageRecord',
      id: this.item,
      params: {
        quantity,
        ...(timestamp === undefined ? {} : { timestamp }),
        ...(action === undefined ? {} : { action }),
      },
    })
  }

  summaries(params: NonNullable<QueryOf<'ListUsageRecordSummaries'>['params']> = {}) {
    return this.sim.ask({ type: 'ListUsageRecordSummaries', id: this.item, params })
  }

  /** Start, end and total of each period, newest first. */
  totals(): readonly (readonly [number, number | null, number])[] {
    return this.summaries({ limit: 100 }).data.map(({ period, total_usage }) => [
      period.start,
      period.end,
      total_usage,
    ])
  }

  /** The quantities that the lines of an invoice bill. */
  billed(nth: number): readonly (number | null)[] {
    return this.invoice(nth).lines.data.map(({ quantity }) => quantity)
  }

  finalize(nth: number): void {
    this.run({ type: 'FinalizeInvoice', id: this.invoice(nth).id as string })
  }

  /** The rejection of what is refused, which leaves the world as it was. */
  refusal(act: () => unknown): Rejection | undefined {
    const before = this.sim.world
    try {
      act()
    } catch (error) {
      expect(this.sim.world).toBe(before)
      return (error as { readonly rejection: Rejection }).rejection
    }
    return undefined
  }
}
