import {
  createSimulator,
  type Projection,
  type Simulator,
  transactions,
  type World,
} from 'clepsydra'

export const NOW = 1_767_225_600

/** A simulator with a meter of `calls`, a customer on a test clock and one on the root clock. */
export const begun = () => {
  const sim = createSimulator({ now: NOW })
  const meter = sim.run({
    type: 'CreateMeter',
    params: {
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    },
  })
  const clock = sim.run({ type: 'CreateTestClock', params: { frozen_time: NOW + 1_000 } })
  const ada = sim.run({ type: 'CreateCustomer', params: { test_clock: clock.id } })
  const bob = sim.run({ type: 'CreateCustomer' })
  return { sim, meter, clock, ada, bob }
}

export const record = (
  sim: Simulator,
  customer: string,
  identifier: string,
  value: string,
  event_name = 'calls',
) =>
  sim.run({
    type: 'RecordMeterEvent',
    params: { event_name, identifier, payload: { stripe_customer_id: customer, value } },
  })

export const cancel = (sim: Simulator, identifier: string) =>
  sim.run({
    type: 'CancelMeterEvent',
    params: { event_name: 'calls', type: 'cancel', cancel: { identifier } },
  })

/** A history with every kind of thing that projections tell of. */
export const lived = () => {
  const all = begun()
  const { sim, meter, clock, ada, bob } = all
  record(sim, ada.id, 'a1', '2.5')
  record(sim, bob.id, 'b1', '4')
  record(sim, bob.id, 'bad', 'many')
  cancel(sim, 'b1')
  sim.run({ type: 'UpdateCustomer', id: bob.id, params: { name: 'Bob' } })
  sim.run({ type: 'UpdateSettings', params: { meterProcessingDelaySeconds: 60 } })
  record(sim, ada.id, 'a2', '1')
  sim.advanceBy(100, clock.id)
  sim.run({ type: 'DeactivateMeter', id: meter.id })
  sim.advanceBy(100)
  sim.run({ type: 'DeleteTestClock', id: clock.id })
  return all
}

/** Folds the log of a world in batches that are cut where the numbers say, in turn. */
export const foldedInCuts = <View>(
  projection: Projection<View, World>,
  world: World,
  cuts: readonly number[],
): View => {
  const all = [...transactions(world)]
  let view = projection.initial(world)
  for (let at = 0, turn = 0; at < all.length; turn += 1) {
    const size = cuts[turn % cuts.length] as number
    view = projection.fold(view, all.slice(at, at + size), world)
    at += size
  }
  return view
}
