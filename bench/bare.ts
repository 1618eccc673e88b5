import type { BareReport } from './bare-process.ts';
import type { Load } from './load.ts';
import type { LoadJob, LoadResult } from './load-run.ts';
import { Helper, SERVER_CPU } from './processes.ts';
import { get, post, type Target } from './requests.ts';

type Job = Pick<LoadJob, 'connections' | 'seconds'>;

/** node:http without anything around it, in a process of its own: the measure of what Node can do. */
export class BareServer {
  readonly target: Target;
  readonly #process: Helper<object, BareReport>;

  static async start(): Promise<BareServer> {
    const helper = new Helper<object, BareReport>(SERVER_CPU, 'bare-process.ts');
    const { port } = await helper.ask({});
    return new BareServer(helper, { host: '127.0.0.1', port, headers: {} });
  }

  private constructor(helper: Helper<object, BareReport>, target: Target) {
    this.#process = helper;
    this.target = target;
  }

  /** It parses `body` and acknowledges it. */
  parse(load: Load, body: string, job: Job): Promise<LoadResult> {
    return load({ ...job, target: this.target, requests: post(this.target, '/', body) });
  }

  /** It hands out these bytes. */
  async handOut(load: Load, bytes: Buffer<ArrayBuffer>, job: Job): Promise<LoadResult> {
    const { host, port } = this.target;
    await fetch(`http://${host}:${port}/bytes`, { method: 'PUT', body: bytes });
    const requests = get(this.target, ['/bytes']);
    return load({ ...job, target: this.target, requests, bodyBytesMin: bytes.length });
  }

  /** How many POSTs it has answered so far, and the CPU time it took for everything. */
  usage(): Promise<BareReport> {
    return this.#process.ask({});
  }

  stop(): Promise<void> {
    return this.#process.end();
  }
}
