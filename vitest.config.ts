import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^clepsydra$/, replacement: source('./src/index.ts') },
      { find: /^clepsydra\/scenario$/, replacement: source('./src/scenario/index.ts') },
      {
        find: /^clepsydra\/usage-import$/,
        replacement: source('./src/usage-import/index.ts'),
      },
      { find: /^clepsydra\/testing$/, replacement: source('./src/testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    reporters: ['default'],
  },
})
