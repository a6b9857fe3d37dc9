import { describe, expect, it } from 'vitest'
import { refusal } from '../support/given.js'
import { APRIL, DAY, EIGHTH, FEBRUARY, HOUR, JANUARY, MARCH, Usage } from './support.js'

describe('ListUsageRecordSummaries', () => {
  it('answers one for each period, newest first, the open one without end and invoice', () => {
    const life = new Usage()
    life.report(4)
    life.to(MARCH + DAY).report(2)
    const { data, ...list } = life.summaries()
    expect(list).toStrictEqual({
      object: 'list',
      has_more: false,
      url: `/v1/subscription_items/${life.item}/usage_record_summaries`,
    })
    const summary = (
      invoice: string | null,
      start: number,
      end: number | null,
      total_usage: number,
    ) => ({
      id: expect.stringMatching(/^sis_1[0-9A-Za-z]{23}$/),
      object: 'usage_record_summary',
      invoice,
      livemode: false,
      period: { end, start },
      subscription_item: life.item,
      total_usage,
    })
    expect(data).toStrictEqual([
      summary(null, MARCH, null, 2),
      summary(life.invoice(2).id as string, FEBRUARY, MARCH, 0),
      summary(life.invoice(1).id as string, JANUARY, FEBRUARY, 4),
    ])
  })

  it('keeps the id of a period when it is over', () => {
    const life = new Usage()
    const [open] = life.summaries().data
    life.to(FEBRUARY)
    expect(life.summaries().data[1]?.id).toBe(open?.id)
  })

  it('shows usage that comes for a draft, and stays when the invoice is final', () => {
    const life = new Usage()
    life.to(FEBRUARY).report(3, FEBRUARY - 1)
    expect(life.totals()[1]).toStrictEqual([JANUARY, FEBRUARY, 3])
    life.to(FEBRUARY + HOUR)
    expect(life.totals()[1]).toStrictEqual([JANUARY, FEBRUARY, 3])
  })

  it('carries the last ever over', () => {
    const life = new Usage('last_ever')
    life.to(EIGHTH).report(8)
    life.to(APRIL)
    expect(life.totals().map(([, , total]) => total)).toStrictEqual([8, 8, 8, 8])
  })

  it('names no invoice where none bills the period', () => {
    const life = new Usage('sum', { billing_mode: { type: 'classic' } })
    life.report(5)
    life.to(EIGHTH)
    life.update(life.id, { billing_cycle_anchor: 'now', proration_behavior: 'none' })
    life.to(EIGHTH + 31 * DAY)
    expect(
      life.summaries().data.map(({ invoice, period }) => [period.start, period.end, invoice]),
    ).toStrictEqual([
      [EIGHTH + 31 * DAY, null, null],
      [EIGHTH, EIGHTH + 31 * DAY, life.invoice(-1).id],
      [JANUARY, EIGHTH, null],
    ])
  })

  it('begins with the period in which the item got its price', () => {
    const life = new Usage()
    const { id, items } = life.subscribe({
      items: [{ price: life.price(500) }],
      billing_mode: { type: 'classic' },
    })
    const item = items.data[0]?.id as string
    life.to(FEBRUARY + DAY)
    life.update(id, {
      items: [{ id: item, price: life.price_id }],
      proration_behavior: 'none',
    })
    life.to(MARCH)
    expect(
      life.sim.ask({ type: 'ListUsageRecordSummaries', id: item }).data.map(({ period }) => period),
    ).toStrictEqual([
      { start: MARCH, end: null },
      { start: FEBRUARY, end: MARCH },
    ])
  })

  it('goes from page to page, both ways', () => {
    const life = new Usage()
    life.to(APRIL)
    const all = life.summaries({ limit: 100 }).data
    expect(all).toHaveLength(4)
    const [first, second] = all.map(({ id }) => id) as [string, string]
    const page = life.summaries({ limit: 2 })
    expect([page.data, page.has_more]).toStrictEqual([all.slice(0, 2), true])
    expect(life.summaries({ limit: 2, starting_after: second })).toMatchObject({
      data: all.slice(2),
      has_more: false,
    })
    expect(life.summaries({ starting_after: all[3]?.id as string }).data).toStrictEqual([])
    expect(life.summaries({ ending_before: all[2]?.id as string, limit: 1 })).toMatchObject({
      data: [all[1]],
      has_more: true,
    })
    expect(life.summaries({ ending_before: first }).data).toStrictEqual([])
  })

  it.each(['starting_after', 'ending_before'])('refuses an unknown %s', (cursor) => {
    const life = new Usage()
    expect(life.refusal(() => life.summaries({ [cursor]: 'sis_none' }))).toStrictEqual(
      refusal({
        code: 'resource_missing',
        param: cursor,
        message: "No such usage record summary: 'sis_none'",
      }),
    )
  })

  it('refuses an unknown item, and one whose clock is gone', () => {
    const life = new Usage()
    const unknown = (id: string) =>
      refusal({ status: 404, message: `Invalid subscription_item id: ${id}` })
    expect(
      life.refusal(() => life.sim.ask({ type: 'ListUsageRecordSummaries', id: 'si_none' })),
    ).toStrictEqual(unknown('si_none'))
    life.run({ type: 'DeleteTestClock', id: life.clock })
    expect(life.refusal(() => life.summaries())).toStrictEqual(unknown(life.item))
  })

  it.each(['a meter', 'a licensed price'])('refuses an item of %s', (what) => {
    const life = new Usage()
    const price = what === 'a meter' ? life.metered(10).price : life.price(500)
    const id = life.subscribe({ items: [{ price }] }).items.data[0]?.id as string
    expect(
      life.refusal(() => life.sim.ask({ type: 'ListUsageRecordSummaries', id })),
    ).toStrictEqual(
      refusal({
        message: `Cannot list usage record summaries for \`${id}\` because it is not on the legacy metered billing system.`,
      }),
    )
  })
})
