import type { Id } from '../kernel/ids.js'

export type CreditGrantId = Id<'credit_grant'>
export type CreditBalanceTransactionId = Id<'credit_balance_transaction'>
