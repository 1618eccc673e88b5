import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything takes, even where the machine has other things to do. */
const PATIENCE_MS = 30_000;

/** What comes of it; after 30 s an error that says `what`. */
export async function patient<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const enough = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what}, for ${PATIENCE_MS} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    enough.abort();
  }
}
