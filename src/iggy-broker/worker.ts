import { parentPort, workerData } from 'node:worker_threads';

import { systemClock } from '../utils/clock.ts';
import { invariant } from '../utils/invariant.ts';
import { type BrokerSettings, openBroker } from './open-broker.ts';
import { BrokerStartError } from './start-error.ts';
import type { FromWorker } from './worker-messages.ts';

/**
 * The thread the embedded broker runs in. Whatever it does not catch ends it, and with it the process:
 * a broker that failed in the middle of a commit group has nothing true to say any more.
 */
invariant(parentPort, 'this file is the start of a worker thread');
const parent = parentPort;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- broker.ts alone starts this file
const settings = workerData as BrokerSettings;

function tell(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parent.postMessage(message);
}

try {
  const broker = await openBroker(settings, systemClock, (room) => tell({ kind: 'room', room }));
  // The one message there is says to stop.
  parent.once('message', () => {
    void broker.stop().then(() => parent.close());
  });
  tell({ kind: 'listening', port: broker.port });
} catch (error) {
  if (!(error instanceof BrokerStartError)) throw error;
  tell({ kind: 'failed', reason: error.reason, message: error.message });
  parent.close();
}
