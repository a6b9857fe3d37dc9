/**
 * Holds the imports and the purity of the core to the rules of docs/architecture.md. Exits 1 with every violation;
 * also where the checker saw fewer modules than there are files, which would make its silence worthless.
 */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { impurities } from './purity.js'

const CORE = ['src/domain', 'src/clock', 'src/projections', 'src/world']

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
      readonly comment?: string
    }[]
  }
}
