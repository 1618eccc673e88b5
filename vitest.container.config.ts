import { defineConfig } from 'vitest/config';

const bounds = { testTimeout: 120_000, hookTimeout: 900_000 };

/** What takes Docker: the image, and the integration tests once more against a real Iggy. */
export default defineConfig({
  test: {
    reporters: ['default', './tests/support/count-reporter.ts'],
    // One after the other, for two cores.
    fileParallelism: false,
    projects: [
      { test: { name: 'image', include: ['tests/container/*.test.ts'], ...bounds } },
      {
        test: {
          name: 'real-iggy',
          include: ['tests/integration/*.test.ts'],
          globalSetup: ['tests/support/start-iggy-container.ts'],
          setupFiles: ['tests/support/use-iggy-container.ts'],
          ...bounds,
        },
      },
    ],
  },
});
