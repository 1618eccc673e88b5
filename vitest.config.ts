import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['tests/**/*.test.ts'],
          // With Docker: `npm run test:container`.
          exclude: ['tests/container/**'],
        },
      },
      {
        // Again without the short cut for the busy routes: nobody may see a difference.
        extends: true,
        test: {
          name: 'routed',
          include: ['tests/integration/*.test.ts'],
          env: { TEST_HOT_PATH: 'off' },
        },
      },
    ],
    reporters: ['default', './tests/support/count-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
