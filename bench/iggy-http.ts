import { randomUUID } from 'node:crypto';

import type { Load } from './load.ts';
import type { LoadJob, LoadResult } from './load-run.ts';
import type { IggyHttp } from './options.ts';
import { eventText, get, post, type PreparedRequests, type Target } from './requests.ts';

export const IGGY = "Iggy's own HTTP API";

/** A server whose HTTP API has too much to do: it has not accepted the request. */
const TOO_MANY_REQUESTS = 429;
const PARTITIONS = 3;
const TOPIC = 'events';

type Job = Pick<LoadJob, 'connections' | 'seconds' | 'bodyBytesMin'>;

/** Iggy's own HTTP API, doing what the gateway does. */
export class IggyHttpApi {
  readonly #url: string;
  readonly #target: Target;
  readonly #stream: string;

  static async start({ url, user, password }: IggyHttp): Promise<IggyHttpApi> {
    const { hostname: host, port } = new URL(url);
    const body = JSON.stringify({ username: user, password });
    const login = await fetch(`${url}/users/login`, { method: 'POST', headers: JSON_TYPE, body });
    const token = member(member(await login.json(), 'access_token'), 'token');
    if (typeof token !== 'string') throw new Error(`${url} does not let ${user} in`);
    const headers = { Authorization: `Bearer ${token}` };
    const api = new IggyHttpApi(url, { host, port: Number(port), headers });
    await api.#post('/streams', { name: api.#stream });
    await api.#post(`/streams/${api.#stream}/topics`, {
      name: TOPIC,
      partitions_count: PARTITIONS,
      compression_algorithm: 'none',
      message_expiry: 0,
      max_topic_size: 0,
    });
    return api;
  }

  private constructor(url: string, target: Target) {
    this.#url = url;
    this.#target = target;
    this.#stream = `bench-${randomUUID()}`;
  }

  /** @throws Error if the server does not hold exactly what it has accepted. */
  async send(load: Load, messagesEach: number, eventBytes: number, job: Job): Promise<LoadResult> {
    const before = await this.#messagesCount();
    const payload = Buffer.from(eventText('', eventBytes)).toString('base64');
    const messages = Array.from({ length: messagesEach }, () => ({ id: 0, payload }));
    const body = JSON.stringify({ partitioning: { kind: 'balanced', value: '' }, messages });
    const result = await this.#load(load, post(this.#target, `${this.#path}/messages`, body), job);
    const added = (await this.#messagesCount()) - before;
    if (added !== result.answers * messagesEach) {
      throw new Error(`${added} messages were added by ${result.answers} sends of ${messagesEach}`);
    }
    return result;
  }

  /** Stores as many messages in partition 0. */
  async fill(messagesCount: number, eventBytes: number): Promise<void> {
    const payload = Buffer.from(eventText('', eventBytes)).toString('base64');
    // Partition 0 as a u32, little-endian.
    const partitioning = { kind: 'partition_id', value: 'AAAAAA==' };
    const messages = Array.from({ length: messagesCount }, () => ({ id: 0, payload }));
    await this.#post(`${this.#path}/messages`, { partitioning, messages });
  }

  /** @throws Error if a page was not full. */
  poll(
    load: Load,
    offsets: readonly number[],
    count: number,
    eventBytes: number,
    job: Job,
  ): Promise<LoadResult> {
    const query = `consumer_id=1&partition_id=0&kind=offset&count=${count}&auto_commit=false`;
    const paths = offsets.map((offset) => `${this.#path}/messages?${query}&value=${offset}`);
    const bodyBytesMin = count * eventBytes;
    return this.#load(load, get(this.#target, paths), { ...job, bodyBytesMin });
  }

  async stop(): Promise<void> {
    const { headers } = this.#target;
    await fetch(`${this.#url}/streams/${this.#stream}`, { method: 'DELETE', headers });
  }

  get #path(): string {
    return `/streams/${this.#stream}/topics/${TOPIC}`;
  }

  #load(load: Load, requests: PreparedRequests, job: Job): Promise<LoadResult> {
    return load({ ...job, target: this.#target, requests, refusal: TOO_MANY_REQUESTS });
  }

  async #messagesCount(): Promise<number> {
    const { headers } = this.#target;
    const answer = await fetch(this.#url + this.#path, { headers });
    return Number(member(await answer.json(), 'messages_count'));
  }

  async #post(path: string, body: unknown): Promise<void> {
    const headers = { ...this.#target.headers, ...JSON_TYPE };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(this.#url + path, init);
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

function member(value: unknown, name: string): unknown {
  return new Map<string, unknown>(Object.entries(value ?? {})).get(name);
}
