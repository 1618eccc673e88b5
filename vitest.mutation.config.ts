import { defineConfig } from 'vitest/config';

import { TESTS } from './stryker.config.ts';

/** What `npm run test:mutation` runs over each mutant. */
export default defineConfig({
  test: { include: [...TESTS], testTimeout: 5_000 },
});
