import { expect, test } from 'vitest';

import { startTestApp } from '../../support/start-app.ts';

test.each(['/health', '/streams', '/nowhere'])(
  '%s is neither guessed at nor kept',
  async (path) => {
    const { fetch } = await startTestApp();
    const { headers } = await fetch(path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  },
);
