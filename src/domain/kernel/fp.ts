/**
 * The whole fp-ts vocabulary of the core: `Either`, `Option`, read-only arrays, orderings, `pipe` and `flow`.
 * The paths end in `.js` because `fp-ts/Either` type-checks and then fails in plain Node.
 */
import * as E from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as Ord from 'fp-ts/lib/Ord.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'

export type { Either } from 'fp-ts/lib/Either.js'
export type { Option } from 'fp-ts/lib/Option.js'
export { E, flow, O, Ord, pipe, RA }
