import path from 'node:path';

import { Helper, SERVER_CPU } from './processes.ts';

/** The broker that a bench without a gateway uses: the one that was named, or one of its own. */
export class Broker {
  readonly connectionString: string;
  readonly #process: Helper<{ dataDirectory: string }, number> | undefined;

  static async start(directory: string, connectionString: string | undefined): Promise<Broker> {
    if (connectionString !== undefined) return new Broker(connectionString);
    const helper = new Helper<{ dataDirectory: string }, number>(SERVER_CPU, 'broker-process.ts');
    const port = await helper.ask({ dataDirectory: path.join(directory, 'broker') });
    return new Broker(`iggy://iggy:iggy@127.0.0.1:${port}`, helper);
  }

  private constructor(
    connectionString: string,
    helper?: Helper<{ dataDirectory: string }, number>,
  ) {
    this.connectionString = connectionString;
    this.#process = helper;
  }

  async stop(): Promise<void> {
    await this.#process?.end();
  }
}
