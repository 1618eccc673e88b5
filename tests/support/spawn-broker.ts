import { freePort } from './free-port.ts';
import {
  newDataDir,
  outputOf,
  type SpawnedProgram,
  type SpawnOptions,
  spawnProgram,
} from './spawn-program.ts';

/** Runs the real standalone broker with nothing but these settings, and says how it ended. */
export function spawnBroker({ env = {}, ...options }: SpawnOptions = {}): SpawnedProgram {
  const entry = 'src/broker-main.ts';
  return spawnProgram({ entry, ...options, env: { BROKER_PORT: '0', ...env } });
}

export interface BrokerProcess extends SpawnedProgram {
  readonly port: number;
}

/** The same, and waits until it listens. */
export async function startBrokerProcess(options: SpawnOptions = {}): Promise<BrokerProcess> {
  const broker = spawnBroker(options);
  return { ...broker, port: Number(await outputOf(broker, /listening on \S+:(\d+) for Iggy/)) };
}

/** One broker after the other over the same data and on the same port, as a supervisor would run it. */
export class RestartingBroker {
  readonly port: number;
  readonly #env: Record<string, string>;
  #running: BrokerProcess | undefined;

  static async start(dataDirectory = newDataDir()): Promise<RestartingBroker> {
    const broker = new RestartingBroker(await freePort(), dataDirectory);
    await broker.start();
    return broker;
  }

  private constructor(port: number, dataDirectory: string) {
    this.port = port;
    this.#env = { BROKER_PORT: String(port), BROKER_DATA_DIR: dataDirectory };
  }

  get connectionString(): string {
    return `iggy://iggy:iggy@127.0.0.1:${this.port}`;
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#running?.kill('SIGKILL');
    await this.#running?.exited;
  }

  async start(): Promise<void> {
    this.#running = await startBrokerProcess({ env: this.#env });
  }
}
