import { type CustomerId, type CustomerSlices, joinTestClock } from '../customers/index.js'
import { closed } from '../kernel/codec.js'
import { andThen, type Decision, decided, each, mapResult } from '../kernel/decision.js'
import { command, commandOn, family } from '../kernel/family.js'
import { E, pipe } from '../kernel/fp.js'
import { invalidRequest, resourceMissingIn } from '../kernel/rejection.js'
import type { PaymentMethodSlices } from '../payments/index.js'
import type { SettingsSlices } from '../settings/index.js'
import {
  advancementUnderway,
  type CreateTestClock,
  createTestClockParams,
  openTestClock,
  removeTestClock,
  type TestClock,
  type TestClockId,
  type TestClockSlices,
  unknownTestClock,
  viewTestClock,
} from '../test-clocks/index.js'
import type { Billing } from './billing.js'
import { removeWithAll } from './customers.js'

type Slices = TestClockSlices & CustomerSlices & PaymentMethodSlices & SettingsSlices

/** Whether a customer may be put on a clock that starts at an instant: known, on no clock, and never back in time. */
const checkJoin =
  ({
    customer: id,
    frozen_time,
  }: CreateTestClock & { readonly customer: CustomerId }): Decision<Slices, undefined> =>
  (world) => {
    const customer = world.customers.get(id)
    if (customer === undefined) return E.left(resourceMissingIn('customer', 'customer', id))
    if (customer.test_clock !== null)
      return E.left(
        invalidRequest(`The customer ${id} is already on the test clock ${customer.test_clock}.`, {
          param: 'customer',
        }),
      )
    if (frozen_time < world.now)
      return E.left(
        invalidRequest(
          `A test clock for an existing customer cannot start before now (${world.now}).`,
          {
            param: 'frozen_time',
          },
        ),
      )
    return decided(world, undefined)
  }

/**
 * Creates a test clock; with `customer` it takes that customer along, for good.
 * @remarks Source: docs.stripe.com/api/test_clocks/create.
 */
export const createTestClock = ({
  customer,
  ...params
}: CreateTestClock): Decision<Slices, TestClock> => {
  if (customer === undefined) return openTestClock(params)
  return pipe(
    checkJoin({ customer, ...params }),
    andThen(() => openTestClock(params)),
    andThen((clock) => mapResult(() => clock)(joinTestClock(customer, clock.id))),
  )
}

/**
 * Deletes a clock and all that lives on it: its customers in the order of their creation, each with her payment
 * methods detached, then the clock.
 * @remarks Source: docs.stripe.com/api/test_clocks/delete. Case: M-H17.
 */
export const deleteTestClock =
  (id: TestClockId): Decision<Billing, { readonly id: TestClockId }> =>
  (world) => {
    const clock = world.testClocks.get(id)
    if (clock === undefined) return E.left(unknownTestClock(id))
    if (clock.status === 'advancing') return E.left(advancementUnderway(id))
    return pipe(
      each([...world.customers.by('test_clock', id)], removeWithAll),
      andThen(() => removeTestClock(id)),
    )(world)
  }

export const testClockStories = family({
  name: 'test-clock-stories',
  slices: {},
  events: {},
  commands: {
    CreateTestClock: command(createTestClockParams, createTestClock, (_, clock) =>
      viewTestClock(clock),
    ),
    DeleteTestClock: commandOn(closed('DeleteTestClock', {}), deleteTestClock, (_, { id }) => ({
      id,
      object: 'test_helpers.test_clock' as const,
      deleted: true as const,
    })),
  },
  queries: {},
  watches: [],
  notifications: {},
})
