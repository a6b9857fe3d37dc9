/** Imports point one way: kernel <- families <- clock, projections <- world <- the edges. */
const edges = '^src/(log|http|scenario|testing|cli|usage-import)/'

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that import each other cannot be read, tested or moved apart.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'kernel-knows-no-family',
      comment: 'The kernel is the ground floor.',
      severity: 'error',
      from: { path: '^src/domain/kernel/' },
      to: { path: '^src/', pathNot: '^src/domain/kernel/' },
    },
    {
      name: 'families-know-no-floor-above',
      comment: 'A family decides; clocks, projections, worlds and edges stand on it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/', pathNot: '^src/domain/' },
    },
    {
      name: 'families-meet-at-the-door',
      comment: 'A family meets another only through its index.ts.',
      severity: 'error',
      from: { path: '^src/domain/([^/]+)/' },
      to: {
        path: '^src/domain/[^/]+/',
        pathNot: ['^src/domain/kernel/', '^src/domain/$1/', '^src/domain/[^/]+/index[.]ts$'],
      },
    },
    {
      name: 'nouns-below-stories-above',
      comment: 'A story joins families; no family knows a story.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '^src/domain/(stories/|families[.]ts)' },
      to: { path: '^src/domain/stories/' },
    },
    {
      name: 'settings-and-clocks-below-the-rest',
      comment: 'Settings know no family; test clocks know settings only.',
      severity: 'error',
      from: { path: '^src/domain/(settings|test-clocks)/' },
      to: { path: '^src/domain/', pathNot: '^src/domain/(kernel|settings|test-clocks)/' },
    },
    {
      name: 'clock-and-projections-below-the-world',
      comment: 'The world joins clocks and projections, not the other way round.',
      severity: 'error',
      from: { path: '^src/(clock|projections)/' },
      to: { path: '^src/', pathNot: '^src/(domain|clock|projections)/' },
    },
    {
      name: 'world-below-the-edges',
      comment: 'The core loads no edge.',
      severity: 'error',
      from: { path: '^src/(domain|clock|projections|world)/|^src/index[.]ts$' },
      to: { path: edges },
    },
    {
      name: 'edges-meet-families-at-the-door',
      comment: 'What an edge needs of a family, the family says at its door.',
      severity: 'error',
      from: { path: edges },
      to: {
        path: '^src/domain/[^/]+/',
        pathNot: ['^src/domain/kernel/', '^src/domain/[^/]+/index[.]ts$'],
      },
    },
    {
      name: 'core-packages',
      comment: 'The core needs fp-ts, io-ts and immer, and nothing of the platform.',
      severity: 'error',
      from: { path: '^src/(domain|clock|projections|world)/|^src/index[.]ts$' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'core'],
        pathNot: 'node_modules/(fp-ts|io-ts|immer)/',
      },
    },
    {
      name: 'fp-ts-through-the-kernel',
      comment: 'kernel/fp.ts is the whole vocabulary.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/domain/kernel/fp[.]ts$' },
      to: { path: 'node_modules/fp-ts/' },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
