import { defineConfig } from 'vitest/config';

/** Official clients that must be compiled first, which takes many minutes, once. */
export default defineConfig({
  test: {
    include: ['tests/interop/*.more.ts'],
    globalSetup: ['tests/support/install-iggy-cli.ts'],
    reporters: ['default', './tests/support/count-reporter.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
