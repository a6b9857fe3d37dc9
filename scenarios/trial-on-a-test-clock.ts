/** The second story of Stripe's pages on test clocks: a trial is announced to end, ends, and is billed. */
import { days, formatInstant, notifications, toInstant } from 'clepsydra'
import { type Scene, scenario } from 'clepsydra/scenario'

const START = toInstant('2026-01-01')
const TRIAL_END = START + days(7)

const told = ({ project }: Scene, wanted: string): readonly string[] =>
  project(notifications)
    .events.filter(({ type }) => type === wanted)
    .map(({ created }) => formatInstant(created))

interface Named {
  readonly subscription: { readonly id: string }
}

const status = ({ ask }: Scene, { subscription: { id } }: Named) =>
  ask({ type: 'RetrieveSubscription', id }).status

const bills = ({ all }: Scene, { subscription }: Named) =>
  all({ type: 'ListInvoices', params: { subscription: subscription.id } }).map(
    ({ created, amount_due, status }) => `${formatInstant(created)} ${amount_due} ${status}`,
  )

export default scenario('M-H11: a trial ends on a test clock', {
  now: START,
  about: 'Seven days for nothing, then fifty euros a month from the day on which the trial ended.',
})
  .section('A trial begins')
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
    params: { customer: ada.id, items: [{ price: plan.id }], trial_end: TRIAL_END },
  }))
  .answers('its first invoice is for nothing', (names, scene) => bills(scene, names), [
    '2026-01-01T00:00:00Z 0 paid',
  ])

  .section('Three days before its end')
  .advanceTo(TRIAL_END - days(3), 'clock')
  .answers(
    'the webhook is told that it will end',
    (_, scene) => told(scene, 'customer.subscription.trial_will_end'),
    ['2026-01-05T00:00:00Z'],
  )
  .answers('it is on trial still', (names, scene) => status(scene, names), 'trialing')

  .section('Its end')
  .advanceTo(TRIAL_END, 'clock')
  .answers('it is active', (names, scene) => status(scene, names), 'active')
  .answers(
    'the first month is billed',
    (names, scene) => bills(scene, names)[0],
    '2026-01-08T00:00:00Z 5000 draft',
  )

  .section('A month later')
  .advanceTo('2026-02-08T01:00:00Z', 'clock')
  .answers('the next month is billed, and both are paid', (names, scene) => bills(scene, names), [
    '2026-02-08T00:00:00Z 5000 paid',
    '2026-01-08T00:00:00Z 5000 paid',
    '2026-01-01T00:00:00Z 0 paid',
  ])
  .timeline('What happened', ({ type }) => /Subscription|InvoicePaid|Finalized/.test(type))
