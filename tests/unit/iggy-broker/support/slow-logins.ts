import type { Outgoing } from '../../../../src/iggy-broker/core.ts';
import { commands } from '../../../../src/iggy-protocol/index.ts';
import { resultOf, serverFrame } from '../../../support/broker-client.ts';
import { SlowPasswords } from '../../../support/slow-passwords.ts';
import type { InProcessClient, InProcessOptions } from '../../../support/start-broker.ts';
import { PASSWORD, WithUsers } from './with-users.ts';

/** A broker with the user "ada", where hashing takes as long as the test wants. */
export class SlowLogins {
  readonly passwords = new SlowPasswords();
  readonly users: WithUsers;
  /** Connections that went on by themselves, in the order they did. */
  readonly progressed: number[] = [];
  #released: Outgoing[] = [];

  constructor(options: InProcessOptions = {}) {
    this.users = new WithUsers({ passwords: this.passwords, ...options });
    const { root } = this.users;
    this.send(root, root.identity.frame(commands.createUser, adasAccount));
    this.passwords.finishAll();
    this.passwords.asked.length = 0;
    this.users.broker.core.onProgress((id) => this.progressed.push(id));
    this.answersTo(root);
  }

  get hashes(): number {
    return this.passwords.asked.length;
  }

  send(client: InProcessClient, bytes: Buffer): void {
    this.users.broker.core.receive(client.id, bytes);
  }

  /** A new connection that has asked to be logged in. */
  login(username = 'ada', password = PASSWORD): InProcessClient {
    const client = this.users.broker.connect();
    this.send(client, client.identity.login({ username, password }));
    return client;
  }

  /** What was released for it since it was asked last. */
  answersTo(client: InProcessClient): Buffer[] {
    this.#released.push(...this.users.broker.core.commit());
    const own = this.#released.filter(({ connectionId }) => connectionId === client.id);
    this.#released = this.#released.filter(({ connectionId }) => connectionId !== client.id);
    return own.flatMap((outgoing) => ('bytes' in outgoing ? [outgoing.bytes] : []));
  }

  /** Of the one answer there is: the user's number, the code or reason it was refused with, or nothing. */
  outcomeOf(client: InProcessClient): string {
    const [frame, ...more] = this.answersTo(client);
    if (more.length > 0) throw new Error('there is more than one answer');
    if (frame === undefined) return 'waiting';
    const reply = serverFrame(frame);
    if (reply.kind === 'eviction') return `evicted ${reply.header.reason}`;
    const result = resultOf(commands.login, frame);
    if (!result.ok) return `code ${result.code}`;
    client.identity.session = result.value.session;
    return `user ${result.value.userId}`;
  }
}

const adasAccount = {
  username: 'ada',
  password: PASSWORD,
  status: 1,
  permissions: null,
  options: [],
};
