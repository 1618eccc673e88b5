import { GatewayError } from '../../src/errors.ts';

/** The GatewayError that `work` fails with; anything else fails the test. */
export function problemOf(work: () => unknown): GatewayError {
  try {
    work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The same for work that takes its time. */
export async function rejectionOf(work: Promise<unknown>): Promise<GatewayError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof GatewayError) return outcome;
  throw new Error('this is no GatewayError', { cause: outcome });
}
