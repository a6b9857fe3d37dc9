/**
 * The order of deadlines of one instant, lower first. Within a rank the owner that had a deadline first goes first,
 * which for owners born with one is the order of creation.
 * @remarks Source: the same-instant order of docs/time.md, classes (a) to (g).
 */
export const RANK = {
  grantActivation: 10,
  grantExpiry: 20,
  meterProcessing: 30,
  period: 40,
  finalization: 50,
  payment: 60,
  notice: 70,
  /** A test clock past its days goes last, when all else of the instant is done. */
  clockDeletion: 80,
} as const
