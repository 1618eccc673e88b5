import type { GlobalPermissions, Identifier, User } from '../iggy-protocol/index.ts';
import type { Secrets } from './secrets.ts';

const ROOT_ID = 0;

const ACTIVE = 1;
const USERNAME_LENGTH = { min: 3, max: 50 } as const;
const PASSWORD_LENGTH = { min: 3, max: 100 } as const;

export const ALL_PERMISSIONS: GlobalPermissions = {
  manageServers: true,
  readServers: true,
  manageUsers: true,
  readUsers: true,
  manageStreams: true,
  readStreams: true,
  manageTopics: true,
  readTopics: true,
  pollMessages: true,
  sendMessages: true,
};

export interface RootCredentials {
  /** 3..=50 bytes. */
  username: string;
  /** 3..=100 bytes. */
  password: string;
}

/** Who may log in: the root user, named by the broker's owner. It may do everything. */
export class Users {
  readonly root: User;
  readonly #secrets: Secrets;
  readonly #username: Buffer;
  readonly #password: Buffer;

  constructor({ username, password }: RootCredentials, secrets: Secrets) {
    this.#secrets = secrets;
    this.#username = secrets.hash(username);
    this.#password = secrets.hash(password);
    this.root = { id: ROOT_ID, createdAt: 1n, status: ACTIVE, username, options: [] };
  }

  find(identifier: Identifier): User | undefined {
    const wanted = identifier.kind === 'numeric' ? this.root.id : this.root.username;
    return identifier.value === wanted ? this.root : undefined;
  }

  /**
   * Whose credentials they are. Both are hashed before they are compared, and both always are: what was
   * wrong, and how much of it, cannot be told from the time it takes.
   */
  userOf(username: string, password: string): number | undefined {
    const name = this.#secrets.hashesEqual(this.#secrets.hash(username), this.#username);
    const word = this.#secrets.hashesEqual(this.#secrets.hash(password), this.#password);
    const possible = hasLength(username, USERNAME_LENGTH) && hasLength(password, PASSWORD_LENGTH);
    return name && word && possible ? ROOT_ID : undefined;
  }
}

/** In bytes of UTF-8, as on the wire (iggy-vsr-0.11 §2.3). */
function hasLength(text: string, { min, max }: { min: number; max: number }): boolean {
  const length = Buffer.byteLength(text, 'utf8');
  return length >= min && length <= max;
}
