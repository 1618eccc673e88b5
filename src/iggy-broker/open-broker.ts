import type { Clock } from '../utils/clock.ts';
import { BrokerCore } from './core.ts';
import { systemSecrets } from './hasher.ts';
import { hostFactsSource } from './host-facts.ts';
import type { BrokerLimits } from './limits.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import { IN_MEMORY, openStorage, type SqliteStorage } from './sqlite-storage.ts';
import { dataFailure } from './start-error.ts';
import { Sweeper } from './sweeper.ts';
import { TcpListener } from './tcp-listener.ts';
import type { RootCredentials } from './users.ts';

export interface BrokerSettings {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** `:memory:` keeps nothing. */
  readonly dataDirectory: string;
  readonly root: RootCredentials;
  readonly limits: BrokerLimits;
}

export interface OpenBroker {
  readonly port: number;
  stop(): Promise<void>;
}

const NO_LOCK: DirectoryLock = { release() {} };

/**
 * A broker in this thread: data, core, listener.
 *
 * @throws BrokerStartError
 */
export async function openBroker(settings: BrokerSettings, clock: Clock): Promise<OpenBroker> {
  const { dataDirectory } = settings;
  const lock = dataDirectory === IN_MEMORY ? NO_LOCK : lockDirectory(dataDirectory);
  let storage: SqliteStorage | undefined;
  try {
    const { core, storage: opened } = openData(settings, clock);
    storage = opened;
    return await serve(settings, clock, core, () => {
      opened.close();
      lock.release();
    });
  } catch (cause) {
    storage?.close();
    lock.release();
    throw cause;
  }
}

function openData(settings: BrokerSettings, clock: Clock) {
  const { dataDirectory, root, limits } = settings;
  let storage: SqliteStorage | undefined;
  try {
    storage = openStorage(dataDirectory);
    const onDisk = dataDirectory === IN_MEMORY ? undefined : dataDirectory;
    const hostFacts = hostFactsSource(clock, onDisk);
    const core = new BrokerCore({
      storage,
      clock,
      secrets: systemSecrets,
      root,
      limits,
      hostFacts,
    });
    return { core, storage };
  } catch (cause) {
    storage?.close();
    throw dataFailure(dataDirectory, cause);
  }
}

async function serve(
  { host, port, limits }: BrokerSettings,
  clock: Clock,
  core: BrokerCore,
  close: () => void,
): Promise<OpenBroker> {
  const listener = await TcpListener.listen({ core, limits, clock, host, port });
  const sweeper = new Sweeper(core, clock);
  return {
    port: listener.port,
    async stop() {
      sweeper.stop();
      await listener.stop();
      close();
    },
  };
}
