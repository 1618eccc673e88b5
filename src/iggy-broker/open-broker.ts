import type { Clock } from '../utils/clock.ts';
import { argon2Passwords } from './argon2.ts';
import { BrokerCore } from './core.ts';
import { systemSecrets } from './hasher.ts';
import { hostFactsSource } from './host-facts.ts';
import type { BrokerLimits } from './limits.ts';
import { lockDirectory } from './lock.ts';
import type { ServerTls } from './serve-tls.ts';
import { IN_MEMORY, openStorage, type SqliteStorage } from './sqlite-storage.ts';
import type { Room } from './storage.ts';
import { dataFailure } from './start-error.ts';
import { Sweeper } from './sweeper.ts';
import { TcpListener } from './tcp-listener.ts';
import { Ticker } from './ticker.ts';
import type { RootCredentials } from './users.ts';

export interface BrokerSettings {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** `:memory:` keeps nothing. */
  readonly dataDirectory: string;
  readonly root: RootCredentials;
  readonly limits: BrokerLimits;
  /** Undefined: without TLS. */
  readonly tls?: ServerTls | undefined;
}

export interface OpenBroker {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A broker in this thread: data, core, listener, and what tidies up behind them. `onRoom` is told when
 * storage takes more or less than before.
 *
 * @throws BrokerStartError
 */
export async function openBroker(
  settings: BrokerSettings,
  clock: Clock,
  onRoom: (room: Room) => void = () => {},
): Promise<OpenBroker> {
  const { host, port, limits, tls } = settings;
  const { core, close } = openData(settings, clock);
  try {
    const listener = await TcpListener.listen({ core, limits, clock, host, port, tls });
    const sweeper = new Sweeper(core, clock, onRoom);
    const ticker = new Ticker(core, clock);
    return {
      port: listener.port,
      async stop() {
        sweeper.stop();
        ticker.stop();
        await listener.stop();
        close();
      },
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

/** The core over the data of `dataDirectory`, which is locked until `close`. */
function openData({ dataDirectory, root, limits }: BrokerSettings, clock: Clock) {
  const onDisk = dataDirectory === IN_MEMORY ? undefined : dataDirectory;
  const lock = onDisk === undefined ? undefined : lockDirectory(onDisk);
  let storage: SqliteStorage | undefined;
  const close = (): void => {
    storage?.close();
    lock?.release();
  };
  try {
    storage = openStorage(dataDirectory, limits.diskReserveBytes);
    storage.checkLastBatches();
    const hostFacts = hostFactsSource(clock, onDisk);
    const parts = {
      storage,
      clock,
      secrets: systemSecrets,
      passwords: argon2Passwords,
      root,
      limits,
      hostFacts,
    };
    const core = new BrokerCore(parts);
    // What a start changes, such as a root configured anew, must not wait for the first client.
    core.commit();
    return { core, close };
  } catch (cause) {
    close();
    throw dataFailure(dataDirectory, cause);
  }
}
