/** Collects garbage, so that nobody pays for what somebody else left behind. */
export const collect = (): void => {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  globalThis.gc()
}

/** Milliseconds that the work takes. */
export const elapsed = (work: () => unknown): number => {
  const begun = performance.now()
  work()
  return performance.now() - begun
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Microseconds of one of `count` repetitions: the median of several rounds, after one that does not count. */
export const each = (count: number, work: (at: number) => unknown, rounds = 7): number => {
  const times: number[] = []
  let kept: unknown
  for (let round = 0; round <= rounds; round += 1) {
    collect()
    const begun = performance.now()
    for (let at = 0; at < count; at += 1) kept = work(at)
    times.push(((performance.now() - begun) * 1_000) / count)
  }
  if (kept === collect) throw new Error('the work is not to be optimized away')
  return median(times.slice(1))
}

/** What a contender does: it prepares, untimed, and answers the timed part. */
export type Contender = () => () => unknown

export interface Compared {
  /** Milliseconds, the median. */
  readonly floor: number
  readonly subject: number
  /** The median of the ratios of each pair. */
  readonly ratio: number
}

/**
 * Times two ways of doing one thing in turns, in this process, so that a machine that gets slower or faster meanwhile
 * does so for both. Every round prepares afresh; who goes first alternates; a first round does not count.
 */
export const beside = (
  floor: Contender,
  subject: Contender,
  rounds: number,
  progress: (done: number) => void,
): Compared => {
  const timed = (contender: Contender): number => {
    const work = contender()
    collect()
    return elapsed(work)
  }
  const pairs: { readonly floor: number; readonly subject: number }[] = []
  for (let round = 0; round <= rounds; round += 1) {
    if (round % 2 === 0) pairs.push({ floor: timed(floor), subject: timed(subject) })
    else {
      const first = timed(subject)
      pairs.push({ floor: timed(floor), subject: first })
    }
    progress((round + 1) / (rounds + 1))
  }
  const counted = pairs.slice(1)
  return {
    floor: median(counted.map((pair) => pair.floor)),
    subject: median(counted.map((pair) => pair.subject)),
    ratio: median(counted.map((pair) => pair.subject / pair.floor)),
  }
}
