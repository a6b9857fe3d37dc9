import { burnDown, creditBalances, creditsAt, project } from 'clepsydra'
import { expect, it } from 'vitest'
import { FEBRUARY, FINAL, JANUARY, MARCH, Prepaid } from '../credits/support.js'

const lived = () => {
  const life = new Prepaid()
  const grant = life.grant(1_000, { expires_at: MARCH })
  const other = life.grant(50, { effective_at: FEBRUARY })
  life.paysBy('pm_card_chargeCustomerFail')
  life.uses(1_200)
  life.to(FINAL)
  life.run({ type: 'VoidInvoice', id: life.invoice(0).id })
  life.to(MARCH)
  return { life, grant, other }
}

it('says what became of the credits of each grant', () => {
  const { life, grant, other } = lived()
  expect([...project(creditBalances, life.sim.world).value.values()]).toEqual([
    {
      credit_grant: grant.id,
      customer: life.customer,
      currency: 'usd',
      granted: 1_000,
      applied: 1_000,
      reinstated: 1_000,
      expired: 1_000,
      voided: 0,
      left: 0,
    },
    {
      credit_grant: other.id,
      customer: life.customer,
      currency: 'usd',
      granted: 50,
      applied: 50,
      reinstated: 50,
      expired: 0,
      voided: 0,
      left: 50,
    },
  ])
})

it('says what was left at any instant, of a grant and of a customer', () => {
  const { life, grant } = lived()
  const { customer } = life
  const at = (instant: number) => [
    creditsAt(life.sim.world, { credit_grant: grant.id }, instant).left,
    creditsAt(life.sim.world, { customer, currency: 'usd' }, instant).left,
  ]
  expect(at(JANUARY - 1)).toEqual([0, 0])
  expect(at(JANUARY)).toEqual([1_000, 1_000])
  expect(at(FEBRUARY)).toEqual([1_000, 1_050])
  expect(at(FINAL - 1)).toEqual([1_000, 1_050])
  expect(at(FINAL)).toEqual([1_000, 1_050])
  expect(at(MARCH - 1)).toEqual([1_000, 1_050])
  expect(at(MARCH)).toEqual([0, 50])
  expect(creditsAt(life.sim.world, { customer, currency: 'eur' }, MARCH).left).toBe(0)
})

it('tells how they burnt down', () => {
  const { life, grant } = lived()
  const points = burnDown(life.sim.world, { credit_grant: grant.id })
  expect(points).toEqual([
    { at: JANUARY, type: 'credits_granted', change: 1_000, left: 1_000 },
    { at: FINAL, type: 'credits_applied', change: -1_000, left: 0 },
    { at: FINAL, type: 'credits_application_invoice_voided', change: 1_000, left: 1_000 },
    { at: MARCH, type: 'credits_expired', change: -1_000, left: 0 },
  ])
  expect(
    burnDown(life.sim.world, { customer: life.customer, currency: 'usd' }, FEBRUARY, FINAL),
  ).toEqual([{ at: FEBRUARY, type: 'credits_granted', change: 50, left: 1_050 }])
})
