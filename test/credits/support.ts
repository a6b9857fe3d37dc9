import type { CommandOf, CreditBalanceTransactionView, CreditGrantView } from 'clepsydra'
import { Life } from '../stories/support.js'

type GrantParams = Partial<CommandOf<'CreateCreditGrant'>['params']>

export const JANUARY = 1_767_225_600
/** The renewal, and the end of the period that it bills. */
export const FEBRUARY = 1_769_904_000
/** When that invoice is made final. */
export const FINAL = FEBRUARY + 3_600
export const MARCH = 1_772_323_200

/** A customer who subscribes to a cent for each request on the first of January, and pays by card. */
export class Prepaid extends Life {
  readonly usage: { readonly meter: string; readonly price: string }
  readonly subscription_id: string

  constructor(now = JANUARY) {
    super(now)
    this.usage = this.metered(1)
    this.subscription_id = this.subscribe({ items: [{ price: this.usage.price }] }).id
  }

  grant(value: number, params: GrantParams = {}): CreditGrantView {
    return this.run({
      type: 'CreateCreditGrant',
      params: {
        customer: this.customer,
        amount: { type: 'monetary', monetary: { currency: 'usd', value } },
        applicability_config: { scope: { price_type: 'metered' } },
        ...params,
      },
    })
  }

  /** A grant in another currency. */
  grantIn(currency: string, value: number): CreditGrantView {
    return this.grant(value, { amount: { type: 'monetary', monetary: { currency, value } } })
  }

  /** What a grant's ledger holds. */
  left(grant: CreditGrantView): number {
    return this.sim.world.creditGrants.need(grant.id).balance
  }

  /** The ledger of a grant, oldest first: type and amount. */
  ledger(grant: CreditGrantView): readonly (readonly [string, number])[] {
    return this.entries(grant).map(({ credit, debit }) => {
      const entry = credit ?? debit
      return [entry?.type as string, entry?.amount.monetary.value as number]
    })
  }

  entries(grant: CreditGrantView): readonly CreditBalanceTransactionView[] {
    return [
      ...this.sim.ask({
        type: 'ListCreditBalanceTransactions',
        params: { credit_grant: grant.id, limit: 100 },
      }).data,
    ].reverse()
  }

  /** What credits paid of an invoice, by grant. */
  paidBy(nth: number, names: Readonly<Record<string, CreditGrantView>>): readonly string[] {
    return this.invoice(nth).total_pretax_credit_amounts.map(
      ({ amount, credit_balance_transaction: id }) => {
        const entry = this.sim.ask({
          type: 'RetrieveCreditBalanceTransaction',
          id: id as string,
        })
        const name = Object.keys(names).find((key) => names[key]?.id === entry.credit_grant)
        return `${name}/${amount}`
      },
    )
  }

  balances() {
    return this.sim
      .ask({
        type: 'RetrieveCreditBalanceSummary',
        params: {
          customer: this.customer,
          filter: { type: 'applicability_scope', applicability_scope: { price_type: 'metered' } },
        },
      })
      .balances.map(({ available_balance, ledger_balance }) => ({
        currency: ledger_balance.monetary.currency,
        available: available_balance.monetary.value,
        ledger: ledger_balance.monetary.value,
      }))
  }
}
