import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';

import { onTestFinished } from 'vitest';

export interface KeepAliveAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
  /** The gateway will not take another request on this connection. */
  readonly closes: boolean;
}

/** One connection that is kept, as a client behind a load balancer has it; closed when the test ends. */
export class KeepAliveClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
    onTestFinished(() => this.#agent.destroy());
  }

  /** Rejects with the system's error if the connection breaks before the answer is whole. */
  async post(path: string, body: unknown): Promise<KeepAliveAnswer> {
    const answer = await this.#request(path, Buffer.from(JSON.stringify(body)));
    return {
      status: answer.statusCode ?? 0,
      body: await json(answer),
      retryAfter: answer.headers['retry-after'],
      closes: answer.headers.connection === 'close',
    };
  }

  #request(path: string, bytes: Buffer): Promise<IncomingMessage> {
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
    return new Promise((resolve, reject) => {
      request(this.#url + path, { method: 'POST', agent: this.#agent, headers }, resolve)
        .on('error', reject)
        .end(bytes);
    });
  }
}
