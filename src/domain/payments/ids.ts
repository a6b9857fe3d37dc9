import type { Id } from '../kernel/ids.js'

export type PaymentMethodId = Id<'payment_method'>
export type PaymentIntentId = Id<'payment_intent'>
export type ChargeId = Id<'charge'>
export type RefundId = Id<'refund'>
export type SetupIntentId = Id<'setup_intent'>
