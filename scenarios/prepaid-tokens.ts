/** An AI vendor sells tokens ahead: two models, grants that burn in order, a top-up, an expiry, and an invoice taken back. */
import {
  burnDown,
  type CreditGrantView,
  type CustomerView,
  creditBalances,
  creditsAt,
  DAY,
  formatDay,
  type InvoiceView,
  notifications,
  project,
  toInstant,
  weekday,
} from 'clepsydra'
import { bars, type Scene, scenario, type TimedReport, table } from 'clepsydra/scenario'

const START = toInstant('2026-01-01')
const APRIL = toInstant('2026-04-01')
const END = toInstant('2026-05-02')

/** Thousands of tokens on each day of a range: fewer at weekends, a little more every month. */
const tokens = (
  lab: CustomerView,
  event_name: string,
  daily: number,
  from: string,
  to: string,
): readonly TimedReport[] => {
  const reports: TimedReport[] = []
  for (let at = toInstant(from) + DAY / 2; at < toInstant(to); at += DAY) {
    const isWeekend = [0, 6].includes(weekday(at))
    const grown = daily + Math.floor(((at - START) / DAY) * (daily / 200))
    reports.push({
      event_name,
      timestamp: at,
      payload: {
        stripe_customer_id: lab.id,
        value: String(isWeekend ? Math.floor(grown / 3) : grown),
      },
    })
  }
  return reports
}

const usage =
  (from: string, to: string) =>
  ({ lab }: { readonly lab: CustomerView }): readonly TimedReport[] =>
    [
      ...tokens(lab, 'small_tokens', 3_000, from, to),
      ...tokens(lab, 'large_tokens', 300, from, to),
    ].sort((a, b) => a.timestamp - b.timestamp)

const dollars = (cents: number): string => (cents / 100).toFixed(2)

interface Grants {
  readonly gift: CreditGrantView
  readonly prepaid: CreditGrantView
  readonly topUp: CreditGrantView
}

/** The invoices of the lab, oldest first. */
const invoicesOf = ({ all }: Scene, lab: CustomerView): readonly InvoiceView[] =>
  [...all({ type: 'ListInvoices', params: { customer: lab.id } })].reverse()

/** What each grant paid of an invoice, in cents. */
const paidBy = ({ ask }: Scene, { total_pretax_credit_amounts }: InvoiceView, grant: string) => {
  let sum = 0
  for (const { amount, credit_balance_transaction: id } of total_pretax_credit_amounts)
    if (id !== null && ask({ type: 'RetrieveCreditBalanceTransaction', id }).credit_grant === grant)
      sum += amount
  return sum
}

const invoiceRows = (scene: Scene, lab: CustomerView, { gift, prepaid, topUp }: Grants) =>
  invoicesOf(scene, lab).map((invoice) => ({
    made: formatDay(invoice.created),
    status: invoice.status,
    subtotal: dollars(invoice.subtotal),
    gift: dollars(paidBy(scene, invoice, gift.id)),
    prepaid: dollars(paidBy(scene, invoice, prepaid.id)),
    'top-up': dollars(paidBy(scene, invoice, topUp.id)),
    total: dollars(invoice.total),
  }))

/** When the alert fired, and at what total. */
const alertsOf = ({ project: projected }: Scene): readonly string[] =>
  projected(notifications)
    .events.filter(({ type }) => type === 'billing.alert.triggered')
    .map(
      ({ created, data }) =>
        `${formatDay(created)} ${(data.object as { readonly value: number }).value} thousand tokens`,
    )

const leftOf = ({ world }: Scene, { id }: CreditGrantView): number =>
  creditsAt(world, { credit_grant: id }, world.now).left

export default scenario('Prepaid tokens', {
  now: START,
  about:
    'A lab prepays for the tokens of two models. A gift for the large one burns first and expires with the quarter; a platform fee is never paid by credits.',
})
  .section('What is sold')
  .command('small', {
    type: 'CreateMeter',
    params: {
      display_name: 'Small model, thousands of tokens',
      event_name: 'small_tokens',
      default_aggregation: { formula: 'sum' },
    },
  })
  .command('large', {
    type: 'CreateMeter',
    params: {
      display_name: 'Large model, thousands of tokens',
      event_name: 'large_tokens',
      default_aggregation: { formula: 'sum' },
    },
  })
  .command('smallPrice', ({ small }) => ({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'Small model' },
      recurring: { interval: 'month', usage_type: 'metered', meter: small.id },
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 50_000, unit_amount_decimal: '0.5' },
        { up_to: null, unit_amount_decimal: '0.4' },
      ],
    },
  }))
  .command('largePrice', ({ large }) => ({
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'Large model' },
      recurring: { interval: 'month', usage_type: 'metered', meter: large.id },
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 5_000, unit_amount_decimal: '3' },
        { up_to: null, unit_amount_decimal: '2.25' },
      ],
    },
  }))
  .command('platform', {
    type: 'CreatePrice',
    params: {
      currency: 'usd',
      product_data: { name: 'Platform' },
      unit_amount: 2_000,
      recurring: { interval: 'month' },
    },
  })

  .section('A customer prepays')
  .command('lab', { type: 'CreateCustomer', params: { name: 'The lab', email: 'lab@example.com' } })
  .command('prepaid', ({ lab }) => ({
    type: 'CreateCreditGrant',
    params: {
      customer: lab.id,
      name: 'Prepaid',
      amount: { type: 'monetary', monetary: { currency: 'usd', value: 100_000 } },
      applicability_config: { scope: { price_type: 'metered' } },
    },
  }))
  .command('gift', ({ lab, largePrice }) => ({
    type: 'CreateCreditGrant',
    params: {
      customer: lab.id,
      name: 'Try the large model',
      category: 'promotional',
      amount: { type: 'monetary', monetary: { currency: 'usd', value: 60_000 } },
      applicability_config: { scope: { prices: [{ id: largePrice.id }] } },
      expires_at: APRIL,
    },
  }))
  .command('subscription', ({ lab, smallPrice, largePrice, platform }) => ({
    type: 'CreateSubscription',
    params: {
      customer: lab.id,
      collection_method: 'send_invoice',
      days_until_due: 30,
      items: [{ price: smallPrice.id }, { price: largePrice.id }, { price: platform.id }],
    },
  }))
  .command('alert', ({ lab, small }) => ({
    type: 'CreateAlert',
    params: {
      alert_type: 'usage_threshold',
      title: 'Most of what is prepaid is used',
      usage_threshold: {
        filters: [{ type: 'customer', customer: lab.id }],
        gte: 200_000,
        meter: small.id,
        recurrence: 'one_time',
      },
    },
  }))

  .section('The quarter')
  .usage(usage('2026-01-01', '2026-03-14'))
  .advanceTo('2026-03-14')
  .answers(
    'the gift paid the large model alone, and what is prepaid the small one',
    ({ lab, gift, prepaid }, scene) =>
      invoicesOf(scene, lab)
        .slice(1)
        .map((invoice) => [
          paidBy(scene, invoice, gift.id) > 0,
          paidBy(scene, invoice, prepaid.id) > 0,
          invoice.total,
        ]),
    [
      [true, true, 2_000],
      [true, true, 2_000],
    ],
  )
  .answers('the alert has fired', (_, scene) => alertsOf(scene), [
    '2026-03-13 203872 thousand tokens',
  ])
  .note('The webhook tells the vendor, and the lab tops up.')
  .command('topUp', ({ lab }) => ({
    type: 'CreateCreditGrant',
    params: {
      customer: lab.id,
      name: 'Top-up',
      amount: { type: 'monetary', monetary: { currency: 'usd', value: 50_000 } },
      applicability_config: { scope: { price_type: 'metered' } },
    },
  }))
  .note('The models were down in February, and the invoice is taken back.')
  .command(({ lab }, scene) => ({
    type: 'VoidInvoice',
    id: invoicesOf(scene, lab)[2]?.id ?? '',
  }))
  .usage(usage('2026-03-14', '2026-04-01'))
  .advanceTo(APRIL)
  .answers(
    'what is left of the gift expired with the quarter',
    ({ gift }, { world }) =>
      // One entry for each tier's line.
      [
        ...new Set(
          burnDown(world, { credit_grant: gift.id }).map(
            ({ at, type }) => `${formatDay(at)} ${type}`,
          ),
        ),
      ],
    [
      '2026-01-01 credits_granted',
      '2026-02-01 credits_applied',
      '2026-03-01 credits_applied',
      '2026-03-14 credits_application_invoice_voided',
      '2026-04-01 credits_expired',
    ],
  )

  .section('One month more')
  .usage(usage('2026-04-01', '2026-05-01'))
  .advanceTo(END)
  .show(({ lab }, { world }) =>
    bars(
      'Credits left at the end of each week, in dollars',
      Array.from({ length: Math.ceil((END - START) / (7 * DAY)) }, (_, week) => {
        const at = Math.min(START + (week + 1) * 7 * DAY, END)
        const { left } = creditsAt(world, { customer: lab.id, currency: 'usd' }, at)
        return [formatDay(at), Math.round(left / 100)] as const
      }),
    ),
  )
  .show(({ lab, ...grants }, scene) =>
    table('Invoices, and the grants that paid them, in dollars', invoiceRows(scene, lab, grants)),
  )
  .show(({ gift, prepaid, topUp }, { project: projected }) =>
    table(
      'What became of each grant, in dollars',
      [gift, prepaid, topUp].map(({ id, name }) => {
        const row = projected(creditBalances).get(id)
        return {
          grant: name ?? '',
          granted: dollars(row?.granted ?? 0),
          applied: dollars(row?.applied ?? 0),
          reinstated: dollars(row?.reinstated ?? 0),
          expired: dollars(row?.expired ?? 0),
          left: dollars(row?.left ?? 0),
        }
      }),
    ),
  )
  .answers(
    'every cent of credits is accounted for',
    ({ gift, prepaid, topUp }, scene) => {
      const rows = [...project(creditBalances, scene.world).value.values()]
      return [
        rows.reduce((sum, { granted }) => sum + granted, 0),
        rows.reduce(
          (sum, { applied, reinstated, expired, voided, left }) =>
            sum + applied - reinstated + expired + voided + left,
          0,
        ),
        leftOf(scene, gift) + leftOf(scene, prepaid) + leftOf(scene, topUp),
      ]
    },
    ({ lab }, { world }) => [
      210_000,
      210_000,
      creditsAt(world, { customer: lab.id, currency: 'usd' }, END).left,
    ],
  )
