import {
  E,
  type Explainable,
  type ExplainedStep,
  type Explanation,
  explain,
  type World,
} from 'clepsydra'

/** The answer of one who is sure that there is one. */
export const why = (world: World, what: Explainable): Explanation => {
  const done = explain(world, what)
  if (E.isLeft(done)) throw new Error(done.left.message)
  return done.right
}

/** A step and all below it, the whole first. */
export const steps = (step: ExplainedStep): readonly ExplainedStep[] => [
  step,
  ...[...step.parts, ...step.because].flatMap(steps),
]

/** The one step whose words begin like this. */
export const stepOf = (explanation: Explanation, what: string): ExplainedStep => {
  const found = steps(explanation).find((step) => step.what.startsWith(what))
  if (found === undefined) throw new Error(`no step '${what}' of ${explanation.of}`)
  return found
}

/** The types of the facts that a step rests on. */
export const restsOn = ({ grounds }: ExplainedStep): readonly string[] =>
  grounds.map(({ type }) => type)
