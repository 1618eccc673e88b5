import { Worker } from 'node:worker_threads';

import { sleep, systemClock } from '../utils/clock.ts';
import { deferred } from '../utils/deferred.ts';
import { type BrokerLimits, DEFAULT_LIMITS } from './limits.ts';
import type { BrokerSettings } from './open-broker.ts';
import type { ServerTls } from './serve-tls.ts';
import { BrokerStartError } from './start-error.ts';
import type { Room } from './storage.ts';
import type { RootCredentials } from './users.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** How long the thread may take to finish when it is stopped, before it is ended from outside. */
const STOP_TIMEOUT_MS = 10_000;

export interface BrokerOptions {
  /** What to listen on; loopback if not given. */
  readonly host?: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Made if missing, used by one broker at a time. `:memory:` keeps nothing. */
  readonly dataDirectory: string;
  /** The user that may do everything: names of 3..=50 bytes, passwords of 3..=100. */
  readonly root: RootCredentials;
  readonly limits?: Partial<BrokerLimits>;
  /** Certificate and key, if clients are to be served over TLS, and over nothing else. */
  readonly tls?: ServerTls | undefined;
  /** Told when the disk takes more or less than before; `enough` is what it starts with. */
  readonly onRoom?: ((room: Room) => void) | undefined;
}

export interface RunningBroker {
  /** The one it really listens on. */
  readonly port: number;
  /** Settles, with the cause, if the broker ends without having been stopped. It cannot be revived. */
  readonly died: Promise<Error>;
  /** Finishes and keeps everything that was acknowledged, then ends. Idempotent; never rejects. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded broker in a thread of its own: storing blocks, and must not block the caller.
 *
 * @throws BrokerStartError
 */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const settings: BrokerSettings = {
    host: options.host ?? '127.0.0.1',
    port: options.port,
    dataDirectory: options.dataDirectory,
    root: options.root,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    tls: options.tls,
  };
  // The compiler does not rewrite this path, so it follows the ending of this very file.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
    name: 'iggy-broker',
    workerData: settings,
  });
  return supervise(worker, options.onRoom);
}

async function supervise(worker: Worker, onRoom: BrokerOptions['onRoom']): Promise<RunningBroker> {
  const started = deferred<Exclude<FromWorker, { kind: 'room' }>>();
  const exited = deferred<void>();
  const died = deferred<Error>();
  let stopping: Promise<void> | undefined;

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'room') onRoom?.(message.room);
    else started.resolve(message);
  });
  worker.once('error', (error) => {
    started.reject(new BrokerStartError('io', 'The broker could not start', { cause: error }));
    died.resolve(error instanceof Error ? error : new Error('The broker failed', { cause: error }));
  });
  worker.once('exit', (code) => {
    const error = new Error(`The thread of the broker ended with code ${code}`);
    started.reject(error);
    if (stopping === undefined) died.resolve(error);
    exited.resolve();
  });

  const outcome = await started.promise;
  // Nothing is left running behind a failure.
  if (outcome.kind === 'failed') await exited.promise;
  if (outcome.kind === 'failed') throw new BrokerStartError(outcome.reason, outcome.message);
  return {
    port: outcome.port,
    died: died.promise,
    stop: () => (stopping ??= stop(worker, exited.promise)),
  };
}

async function stop(worker: Worker, exited: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const message: ToWorker = { kind: 'stop' };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message);
  const enough = sleep(systemClock, STOP_TIMEOUT_MS, patience.signal).catch(() => {});
  await Promise.race([exited, enough]);
  patience.abort();
  await worker.terminate();
}
