import { onTestFinished } from 'vitest';

import { startApp } from '../../src/app.ts';
import type { Environment } from '../../src/config/read-settings.ts';
import { createIggyClient } from '../../src/iggy-client/index.ts';
import { decodeRequest, type RequestHeader } from '../../src/iggy-protocol/index.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { ROOT } from './broker-client.ts';
import { checkedFetch } from './check-answer.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryBroker } from './memory-broker.ts';
import type { MemoryLink } from './memory-duplex.ts';
import { until } from './spawn-gateway.ts';
import { testConfig } from './start-app.ts';

/** A command, as the header of a request names it. */
type Asked = Pick<RequestHeader, 'operation'> & { code: number };

/**
 * The broker behind a network with faults that a test turns on and off: it may be away, or hold back
 * requests of one kind until it is told to go on.
 */
class FaultyBroker {
  readonly broker = new MemoryBroker();
  /** Requests that were held back, so far. */
  heldBack = 0;
  /** The link over which the last one came. */
  lastHeld: MemoryLink | undefined;
  #held: Asked | undefined;
  #away = false;
  readonly #release: (() => void)[] = [];

  constructor() {
    const { network } = this.broker;
    const serve = network.onDial;
    network.onDial = (link) => {
      if (this.#away) link.end('refused');
      else this.#serve(link, serve);
    };
  }

  /** Ends its connections, and takes no others. */
  leave(): void {
    this.#away = true;
    for (const link of this.broker.network.links) link.end('gone');
  }

  comeBack(): void {
    this.#away = false;
  }

  holdBack(command: Asked): void {
    this.#held = command;
  }

  /** What was held back arrives after all, where its connection is still there. */
  goOn(): void {
    this.#held = undefined;
    for (const release of this.#release.splice(0)) release();
  }

  #serve(link: MemoryLink, serve: (link: MemoryLink) => void): void {
    serve(link);
    const { onReceive } = link;
    link.onReceive = (bytes) => {
      if (!this.#isHeld(bytes)) return onReceive(bytes);
      this.heldBack += 1;
      this.lastHeld = link;
      this.#release.push(() => {
        if (link.isOpen) onReceive(bytes);
      });
    };
  }

  #isHeld(bytes: Buffer): boolean {
    const { operation, code } = decodeRequest(bytes).header;
    const held = this.#held;
    if (held?.operation !== operation) return false;
    return code === null || code === held.code;
  }
}

export interface VirtualGateway {
  clock: FakeClock;
  broker: FaultyBroker;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Begins a request, and returns once so many in all are held back by the broker. */
  begin(heldBack: number, path: string, init?: RequestInit): Promise<{ answer: Promise<Response> }>;
  post(path: string, body: unknown): Promise<Response>;
}

/** So seldom that no background task gets in the way of a test. */
const QUIET: Environment = { STATS_CACHE_TTL_SECS: '86400', HEALTH_CHECK_INTERVAL_SECS: '86400' };

/** The whole product but its sockets to the broker, on a clock that stands still; ready. */
export async function startVirtualGateway(env: Environment = {}): Promise<VirtualGateway> {
  const clock = new FakeClock();
  const broker = new FaultyBroker();
  let minted = 0;
  const app = await startApp({
    config: testConfig({
      IGGY_CONNECTION_STRING: `iggy://${ROOT.username}:${ROOT.password}@broker:8090`,
      ...QUIET,
      ...env,
    }),
    clock,
    log: silentLogger,
    version: '0.0.0-test',
    link: async ({ config, onEvent }) => {
      const client = createIggyClient({
        ...config.client,
        addresses: [{ host: 'broker', port: 8090 }],
        credentials: ROOT,
        software: { name: 'test', version: '1' },
        randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
        random: () => 0.5,
        clock,
        dial: broker.broker.network.dial,
        onEvent,
      });
      return { client, description: 'a broker in memory', stop: () => client.stop() };
    },
  });
  onTestFinished(async () => {
    const stopped = app.stop();
    await clock.advance(60_000);
    await stopped;
  });

  const url = `http://127.0.0.1:${app.port}`;
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    checkedFetch(url + path, init);
  await until(async () => (await fetch(`${url}/ready`)).ok);
  return {
    clock,
    broker,
    fetch: request,
    async begin(heldBack, path, init) {
      const answer = request(path, init);
      // Whoever begins it looks at the answer later.
      answer.catch(() => undefined);
      await until(() => broker.heldBack >= heldBack);
      return { answer };
    },
    post: (path, body) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}
