import {
  commands,
  type Permissions,
  type UserDetails,
} from '../../../../src/iggy-protocol/index.ts';
import {
  InProcessBroker,
  type InProcessClient,
  type InProcessOptions,
} from '../../../support/start-broker.ts';

export const PASSWORD = 'secret';

/** A broker, with root logged in, that makes users and logs them in. */
export class WithUsers {
  readonly broker: InProcessBroker;
  readonly root: InProcessClient;

  constructor(options: InProcessOptions = {}) {
    this.broker = new InProcessBroker(options);
    this.root = this.broker.client(undefined, options.root);
  }

  create(username: string, permissions: Permissions | null = null, status = 1): UserDetails {
    return this.root.done(commands.createUser, newUser(username, permissions, status));
  }

  client(username: string, password = PASSWORD): InProcessClient {
    return this.broker.client(undefined, { username, password });
  }
}

export function newUser(username: string, permissions: Permissions | null = null, status = 1) {
  return { username, password: PASSWORD, status, permissions, options: [] };
}
