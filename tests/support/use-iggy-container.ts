import { beforeEach, inject } from 'vitest';

// Before each test file: makes tests/support/start-gateway.ts use the real server, or skips every test. Where
// SLUICE_NO_SKIPS is set that is a failure.
const realIggy = inject('realIggy');
if ('connectionString' in realIggy) {
  process.env['IGGY_CONNECTION_STRING'] = realIggy.connectionString;
} else {
  beforeEach(({ skip }) => {
    if (process.env['SLUICE_NO_SKIPS'] === '1') throw new Error(realIggy.missing);
    skip(realIggy.missing);
  });
}
