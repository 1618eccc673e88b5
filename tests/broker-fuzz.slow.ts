import { expect, test } from 'vitest';

import { runAssault } from '../fuzz/broker/assault.ts';

const SECONDS = 300;

test('five minutes of damaged sessions: no crash, hang or leak, and no harm to the well-behaved', async () => {
  const seed = Math.trunc(performance.now() * 1000) % 2 ** 31;
  const again = `npm run fuzz -- broker-live --seed ${seed} --seconds ${SECONDS}`;
  const { failure, suspects, visits, ended, observed } = await runAssault({
    seed,
    seconds: SECONDS,
  });
  expect(failure, `${again}\n${JSON.stringify(suspects)}`).toBeUndefined();
  expect(visits).toBeGreaterThan(5000);
  expect(ended).toBeGreaterThan(1000);
  expect(observed).toBeGreaterThan(1000);
});
