/** What explanations add to the kit: no steps, and the law that they come to what they explain. */
import {
  creditsAt,
  E,
  type Explainable,
  type ExplainedStep,
  type Explanation,
  explainer,
  recomputed,
  totalOf,
  type World,
} from '../index.js'
import { type FamilyKit, type Law, LawBroken } from './kit.js'
import { same } from './laws.js'

const EXPLAINED = 'an explanation adds up again to what it explains'

/** Every step of it, the whole first. */
function* stepsOf(step: ExplainedStep): Iterable<ExplainedStep> {
  yield step
  for (const part of [...step.parts, ...step.because]) yield* stepsOf(part)
}

/** An explanation that holds: each of its numbers follows from the leaves below, and what it rests on is in the log. */
const holding = (world: World, what: Explainable, explanation: Explanation, amount: number) => {
  const where = JSON.stringify(what)
  same(EXPLAINED, explanation.amount, amount, where)
  same(EXPLAINED, recomputed(explanation), String(amount), where)
  for (const step of stepsOf(explanation)) {
    same(EXPLAINED, recomputed(step), step.value, `${where}: ${step.what}`)
    for (const { position, type, at } of step.grounds) {
      const { type: found, at: foundAt } = world.line.at(position)
      same(EXPLAINED, [type, at], [found, foundAt], `${where}: ${step.what} at ${position}`)
    }
  }
}

/** All that bills or holds money adds up again to its amount, exactly, from the facts that its explanation names. */
export const explanationsAddUp: Law = (world) => {
  const explain = explainer(world)
  const holds = (what: Explainable, amount: number): void => {
    const done = explain(what)
    if (E.isLeft(done))
      throw new LawBroken(EXPLAINED, `${JSON.stringify(what)}: ${done.left.message}`)
    holding(world, what, done.right, amount)
  }
  for (const invoice of world.invoices) {
    for (const { id, amount } of invoice.lines) holds({ line: id }, amount)
    holds({ invoice: invoice.id }, totalOf(invoice))
  }
  for (const { id, amount, currency, customer, effective_at: at } of world.creditTransactions) {
    holds({ credit_balance_transaction: id }, amount)
    const of = { customer, currency }
    holds({ ...of, at }, creditsAt(world, of, at).left)
    holds(of, creditsAt(world, of, Number.POSITIVE_INFINITY).left)
  }
  for (const { id, balance, effective_at: at } of world.creditGrants) {
    holds({ credit_grant: id }, balance)
    holds({ credit_grant: id, at }, creditsAt(world, { credit_grant: id }, at).left)
  }
}

export const explanationsKit: FamilyKit = {
  name: 'explanations',
  steps: {},
  laws: { [EXPLAINED]: explanationsAddUp },
}
