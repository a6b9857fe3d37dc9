/** The first story of Stripe's pages on test clocks: a subscription renews, and its invoice is a draft for an hour. */
import { formatInstant, type Notification, notifications, toInstant } from 'clepsydra'
import { type Scene, scenario, table } from 'clepsydra/scenario'

const START = toInstant('2026-01-01')
const RENEWAL = toInstant('2026-02-01')

/** What a webhook was told from one instant to another, both included. */
const told = ({ project }: Scene, from: number, to: number): readonly Notification[] =>
  project(notifications).events.filter(({ created }) => created >= from && created <= to)

const invoices = ({ all }: Scene, { ada }: { readonly ada: { readonly id: string } }) =>
  all({ type: 'ListInvoices', params: { customer: ada.id } }).map(
    ({ created, status, amount_due, billing_reason }) => ({
      created,
      status,
      amount_due,
      billing_reason,
    }),
  )

export default scenario('M-H8: a subscription renews on a test clock', {
  now: START,
  about:
    'Fifty euros a month, paid by card. The renewal drafts an invoice; an hour later it is final, and paid at once.',
})
  .section('The first of January')
  .command('clock', { type: 'CreateTestClock', params: { frozen_time: START } })
  .command('ada', ({ clock }) => ({
    type: 'CreateCustomer',
    params: {
      name: 'Ada',
      test_clock: clock.id,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    },
  }))
  .command('plan', {
    type: 'CreatePrice',
    params: {
      currency: 'eur',
      unit_amount: 5_000,
      recurring: { interval: 'month' },
      product_data: { name: 'Fifty a month' },
    },
  })
  .command('subscription', ({ ada, plan }) => ({
    type: 'CreateSubscription',
    params: { customer: ada.id, items: [{ price: plan.id }] },
  }))
  .answers('the first invoice is paid at once', (names, scene) => invoices(scene, names), [
    { created: START, status: 'paid', amount_due: 5_000, billing_reason: 'subscription_create' },
  ])

  .section('The first of February')
  .advanceTo(RENEWAL, 'clock')
  .answers('the second is a draft', (names, scene) => invoices(scene, names).slice(0, 1), [
    {
      created: RENEWAL,
      status: 'draft',
      amount_due: 5_000,
      billing_reason: 'subscription_cycle',
    },
  ])
  .answers(
    'the webhook was told of it a week ahead, and of the renewal',
    (_, scene) =>
      told(scene, START + 1, RENEWAL).map(
        ({ created, type }) => `${formatInstant(created)} ${type}`,
      ),
    [
      '2026-01-25T00:00:00Z invoice.upcoming',
      '2026-02-01T00:00:00Z customer.subscription.updated',
      '2026-02-01T00:00:00Z invoice.created',
      '2026-02-01T00:00:00Z test_helpers.test_clock.ready',
    ],
  )

  .section('An hour later')
  .advanceTo('2026-02-01T01:00:00Z', 'clock')
  .answers('it is paid', (names, scene) => invoices(scene, names)[0]?.status, 'paid')
  .show((_, scene) =>
    table(
      'What the webhook was told in this hour',
      told(scene, RENEWAL + 1, RENEWAL + 3_600).map(({ created, type }) => ({
        at: formatInstant(created),
        type,
      })),
    ),
  )
