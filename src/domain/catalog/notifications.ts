import type { World } from '../kernel/decision.js'
import { previousAttributes, sameJson } from '../kernel/diff.js'
import type { DomainEvent } from '../kernel/event.js'
import type { Notice } from '../kernel/notice.js'
import type { PriceId } from './ids.js'
import { viewPlan } from './plan.js'
import { type Price, type PriceSlices, viewPrice } from './price.js'

type Happened = 'created' | 'updated' | 'deleted'

/** What Stripe notifies of a price, and of the plan that a recurring one is; the plan goes first, and only where it changed. */
const notices = (
  what: Happened,
  created: number,
  price: Price,
  before?: Price,
): readonly Notice[] => {
  const told = (type: string, object: object, was: object | undefined): Notice => ({
    type: `${type}.${what}`,
    created,
    object,
    ...(was === undefined ? {} : { previous_attributes: previousAttributes(was, object) }),
  })
  const plan = viewPlan(price)
  const was = before && viewPlan(before)
  return [
    ...(plan === undefined || sameJson(was, plan) ? [] : [told('plan', plan, was)]),
    told('price', viewPrice(price), before && viewPrice(before)),
  ]
}

type OnPrice = DomainEvent & { readonly id: PriceId }

export const priceNotifications = {
  PriceCreated: (event: DomainEvent & { readonly price: Price }): readonly Notice[] =>
    notices('created', event.at, event.price),
  PriceUpdated: (
    event: OnPrice,
    before: World<PriceSlices>,
    after: World<PriceSlices>,
  ): readonly Notice[] => {
    const old = before.prices.get(event.id)
    return old === undefined ? [] : notices('updated', event.at, after.prices.need(event.id), old)
  },
  PriceDeleted: (event: OnPrice, before: World<PriceSlices>): readonly Notice[] =>
    notices('deleted', event.at, before.prices.need(event.id)),
}
