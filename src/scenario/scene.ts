import { project, type Simulator, toInstant } from '../index.js'
import type { Scene } from './steps.js'

const PAGE_MAX = 100

interface Page {
  readonly data: readonly { readonly id: string }[]
  readonly has_more: boolean
}

/**
 * What readers may ask of a simulator's world.
 * @param clockId - The id of the test clock of a name.
 */
export const sceneOf = (simulator: Simulator, clockId: (name: string) => string): Scene => ({
  get world() {
    return simulator.world
  },
  ask: (query) => simulator.ask(query),
  all: (query: any): any => {
    const rows: { readonly id: string }[] = []
    for (;;) {
      const last = rows.at(-1)
      const cursor = last === undefined ? {} : { starting_after: last.id }
      const params = { limit: PAGE_MAX, ...query.params, ...cursor }
      const page = simulator.ask({ ...query, params }) as unknown as Page
      rows.push(...page.data)
      if (!page.has_more) return rows
    }
  },
  project: (projection) => project(projection, simulator.world).value,
  used: (meter, customer, from, to) => {
    const { data } = simulator.ask({
      type: 'ListMeterEventSummaries',
      id: meter.id,
      params: { customer: customer.id, start_time: toInstant(from), end_time: toInstant(to) },
    })
    return data[0]?.aggregated_value ?? 0
  },
  now: (clock) =>
    clock === undefined
      ? simulator.now
      : simulator.ask({ type: 'RetrieveTestClock', id: clockId(clock) }).frozen_time,
})
