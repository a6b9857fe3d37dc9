/**
 * The whole fp-ts vocabulary of the core: `Either`, `Option`, read-only arrays, orderings, `pipe` and `flow`.
 * The paths end in `.js` because `fp-ts/Either` type-checks and then fails in plain Node.
 */
import * as ofEither from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as Ord from 'fp-ts/lib/Ord.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'

export type { Either } from 'fp-ts/lib/Either.js'
export type { Option } from 'fp-ts/lib/Option.js'
export { flow, O, Ord, pipe, RA }

/** fp-ts's `Either`. Its own `left` takes what stands on the right from where it is used, `any` among it; this holds none. */
export const E = {
  ...ofEither,
  left: <L>(refusal: L): ofEither.Either<L, never> => ofEither.left(refusal),
}
