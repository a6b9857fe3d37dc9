/** Why an amount is what it is: the facts from which it follows, and how. */
export { type Explainable, explain, explainer } from './explain.js'
export {
  type Candidate as GrantCandidate,
  type Counted as CountedUsage,
  type Explanation,
  type Ground,
  type Rule as BillingRule,
  recomputed,
  type Step as ExplainedStep,
} from './step.js'
export { explained } from './text.js'
