import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { BrokerView, patience, type Place } from './broker-view.ts';
import type { GatewayQuestion, Usage } from './gateway-process.ts';
import type { Load } from './load.ts';
import type { LoadJob, LoadResult } from './load-run.ts';
import { Helper, SERVER_CPU } from './processes.ts';
import { get, idPrefix, post, type Target } from './requests.ts';

const ROOT = 'iggy:iggy';
const API_KEY = 'bench-key';
const PARTITIONS = 3;
const READY_POLL_MS = 20;
const READY_TRIES_MAX = 1500;

export interface GatewayOptions {
  /** For its data, its log; of nobody else. */
  readonly directory: string;
  readonly connectionString: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly alone?: boolean;
}

/** How much there is in a measurement, and of what. */
export interface Sending {
  readonly path: string;
  /** Makes the body out of the first part of its events' ids. */
  readonly body: (prefix: string) => string;
  readonly connections: number;
  readonly seconds: number;
  readonly ratePerSec?: number;
}

export interface Sent extends LoadResult {
  readonly messages: number;
  readonly messagesPerSend: number;
  readonly cpuMicrosPerMessage: number;
}

/** The gateway as users run it, with a key, a rate limit and an access log, in a process of its own. */
export class Gateway {
  readonly target: Target;
  readonly view: BrokerView;
  readonly place: Place;
  readonly #process: Helper<GatewayQuestion, Usage>;
  readonly #streams: string[];
  static #measurements = 0;

  static async start({ directory, connectionString, env, alone = false }: GatewayOptions) {
    const log = openSync(path.join(directory, `access-${randomUUID()}.log`), 'a');
    const helper = new Helper<GatewayQuestion, Usage>(SERVER_CPU, 'gateway-process.ts', log);
    closeSync(log);
    const place = {
      stream: `bench-${randomUUID()}`,
      topic: 'events',
      partitionsCount: PARTITIONS,
    };
    const settings = {
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      API_KEY,
      RATE_LIMIT_RPS: '1000000',
      RATE_LIMIT_BURST: '1000000',
      // The last answer of a connection may not be taken when its next request comes.
      MAX_IN_FLIGHT_REQUESTS: '4000',
      IGGY_STREAM: place.stream,
      IGGY_TOPIC: place.topic,
      IGGY_PARTITIONS: String(place.partitionsCount),
      ...(connectionString === undefined
        ? {
            EMBEDDED_BROKER_PORT: '0',
            EMBEDDED_BROKER_DATA_DIR: path.join(directory, `data-${randomUUID()}`),
          }
        : { IGGY_CONNECTION_STRING: connectionString }),
      ...env,
    };
    try {
      const { port } = await helper.ask({ kind: 'start', env: settings, alone });
      const target = { host: '127.0.0.1', port, headers: { 'X-API-Key': API_KEY } };
      await untilReady(target);
      const { brokerPort } = await helper.ask({ kind: 'usage' });
      const view = new BrokerView(connectionString ?? `iggy://${ROOT}@127.0.0.1:${brokerPort}`);
      return new Gateway(helper, target, view, place);
    } catch (error) {
      await helper.end();
      throw error;
    }
  }

  private constructor(
    helper: Helper<GatewayQuestion, Usage>,
    target: Target,
    view: BrokerView,
    place: Place,
  ) {
    this.#process = helper;
    this.target = target;
    this.view = view;
    this.place = place;
    this.#streams = [place.stream];
  }

  usage(): Promise<Usage> {
    return this.#process.ask({ kind: 'usage' });
  }

  /** @throws Error if an answer was not 2xx, or the broker does not hold exactly what was sent. */
  async send(load: Load, { path: to, body, ...job }: Sending): Promise<Sent> {
    Gateway.#measurements += 1;
    const prefix = idPrefix(Gateway.#measurements);
    const ends = await this.view.ends(this.place);
    const before = await this.usage();
    const requests = post(this.target, to, body(prefix));
    const result = await load({ ...job, target: this.target, requests });
    const after = await this.usage();
    const messages = result.numbers;
    await this.view.check(this.place, ends, { prefix, messages });
    return {
      ...result,
      messages,
      messagesPerSend: messages / (after.sends - before.sends),
      cpuMicrosPerMessage: (after.cpuMicros - before.cpuMicros) / messages,
    };
  }

  /** Partition 0 from each of the offsets in turn. @throws Error if a page was not full. */
  poll(
    load: Load,
    offsets: readonly number[],
    count: number,
    eventBytes: number,
    job: Pick<LoadJob, 'connections' | 'seconds'>,
  ): Promise<LoadResult> {
    const requests = get(
      this.target,
      offsets.map((offset) => pagePath(offset, count)),
    );
    return load({ ...job, target: this.target, requests, bodyBytesMin: count * eventBytes });
  }

  /** One such answer. */
  async page(offset: number, count: number): Promise<Buffer<ArrayBuffer>> {
    const { host, port, headers } = this.target;
    const answer = await fetch(`http://${host}:${port}${pagePath(offset, count)}`, { headers });
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Makes another stream and topic; it goes with the gateway. */
  async addPlace(place: Place): Promise<void> {
    await this.view.create(place);
    this.#streams.push(place.stream);
  }

  /** What it has stored with a broker of others is taken away. */
  async stop(): Promise<void> {
    for (const stream of this.#streams) {
      await this.view.client.deleteStream(stream, patience()).catch(() => {});
    }
    await this.view.stop();
    await this.#process.end();
  }
}

function pagePath(offset: number, count: number): string {
  return `/messages?partition_id=0&offset=${offset}&count=${count}`;
}

async function untilReady({ host, port }: Target): Promise<void> {
  for (let tries = 0; tries < READY_TRIES_MAX; tries += 1) {
    const { ok } = await fetch(`http://${host}:${port}/ready`);
    if (ok) return;
    await delay(READY_POLL_MS);
  }
  throw new Error('the gateway did not become ready');
}
