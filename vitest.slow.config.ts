import { defineConfig } from 'vitest/config';

/** Real periods, kill rounds and load: minutes, not seconds. One file at a time, for two cores. */
export default defineConfig({
  test: {
    include: ['tests/**/*.slow.ts'],
    reporters: ['default', './tests/support/count-reporter.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
