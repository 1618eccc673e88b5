import { randomUUID } from 'node:crypto';

import { type RunningBroker, startBroker } from '../../src/iggy-broker/index.ts';
import { IggyCli, rowsOf } from './iggy-cli.ts';

const ROOT = { username: 'iggy', password: 'iggy' };

export const unique = (what: string): string => `${what}-${randomUUID().slice(0, 13)}`;

/** The official command line in front of a broker of its own, or of the server that is named. */
export class CliStage {
  readonly cli: IggyCli;
  /** On this machine. */
  readonly port: number;
  readonly #broker: RunningBroker | undefined;

  /** In front of `IGGY_CONNECTION_STRING`, if there is one. */
  static async open(): Promise<CliStage> {
    const server = process.env['IGGY_CONNECTION_STRING'];
    if (server !== undefined) {
      const { port, username, password } = new URL(server);
      return new CliStage(Number(port), { username, password });
    }
    const broker = await startBroker({ port: 0, dataDirectory: ':memory:', root: ROOT });
    return new CliStage(broker.port, ROOT, broker);
  }

  private constructor(port: number, { username, password } = ROOT, broker?: RunningBroker) {
    this.cli = new IggyCli(`127.0.0.1:${port}`, username, password);
    this.port = port;
    this.#broker = broker;
  }

  async close(): Promise<void> {
    this.cli.stop();
    await this.#broker?.stop();
  }

  /** A stream of its own with a topic `events`, so that tests do not meet. */
  async newTopic(partitions = 1): Promise<string> {
    const stream = unique('cli');
    await this.cli.run('stream', 'create', stream);
    await this.cli.run('topic', 'create', stream, 'events', String(partitions), 'none');
    return stream;
  }

  /** The options to run it as a new user, whose password is `first-secret`. */
  async newUser(...more: string[]): Promise<string[]> {
    const name = unique('user');
    await this.cli.run('user', 'create', name, 'first-secret', ...more);
    return ['--username', name, '--password', 'first-secret'];
  }

  send(stream: string, ...texts: string[]): Promise<string> {
    return this.cli.run('message', 'send', '--partition-id', '0', stream, 'events', ...texts);
  }

  /** The rows of a poll, without its head: offset, time, id, length, payload and headers. */
  async poll(stream: string, ...how: string[]): Promise<string[][]> {
    const output = await this.cli.run('message', 'poll', ...how, stream, 'events', '0');
    // With headers, the head of the table has two lines.
    return rowsOf(output).filter(([offset = '']) => /^\d+$/.test(offset));
  }
}
