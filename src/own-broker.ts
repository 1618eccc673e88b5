import { AppFailure } from './app-failure.ts';
import { EXIT } from './exit-codes.ts';
import {
  type BrokerOptions,
  BrokerStartError,
  type RunningBroker,
  startBroker,
} from './iggy-broker/index.ts';

/**
 * Starts a broker of our own, which the log calls `name`.
 *
 * @throws AppFailure with the code of http-contract §6: 69 if somebody else listens there, else 70
 */
export async function startOwnBroker(name: string, options: BrokerOptions): Promise<RunningBroker> {
  try {
    return await startBroker(options);
  } catch (cause) {
    if (!(cause instanceof BrokerStartError)) throw cause;
    const exitCode = cause.reason === 'address-in-use' ? EXIT.unavailable : EXIT.software;
    throw new AppFailure(exitCode, `${name} cannot start: ${cause.message}`, cause);
  }
}
