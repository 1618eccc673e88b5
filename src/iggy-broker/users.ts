import {
  ByteReader,
  ByteWriter,
  type GlobalPermissions,
  type Identifier,
  type Permissions,
  readSizedPermissions,
  STATUS,
  writeSizedPermissions,
} from '../iggy-protocol/index.ts';
import type { BrokerLimits } from './limits.ts';
import { Grants, ROOT_ID } from './permissions.ts';
import { notAdmitted, Refusal } from './refusal.ts';
import { Registry } from './registry.ts';
import { BrokerStartError } from './start-error.ts';
import type { Storage, StoredUser } from './storage.ts';

const ACTIVE = 1;
const INACTIVE = 2;
const USERNAME_LENGTH = { min: 3, max: 50 } as const;
const PASSWORD_LENGTH = { min: 3, max: 100 } as const;
/** When root was created, as clients are told; they want it to be above 0 (iggy-vsr-0.11 §10). */
const ROOT_CREATED_AT = 1n;

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

/** A user. The object is the identity: a later user may have the same id and the same name. */
export interface Account {
  readonly id: number;
  name: string;
  readonly createdAtMicros: bigint;
  /** 1 active, 2 inactive. */
  status: number;
  /** Its hash; null for root while it has the configured one. */
  password: string | null;
  permissions: Permissions | null;
  grants: Grants;
}

export interface NewUser {
  readonly name: string;
  readonly status: number;
  /** Its hash. */
  readonly password: string;
  readonly permissions: Permissions | null;
}

type UserLimits = Pick<BrokerLimits, 'usersMax' | 'permissionEntriesMax'>;

interface UsersParts {
  readonly storage: Storage;
  readonly limits: UserLimits;
  readonly root: RootCredentials;
  readonly stored: readonly StoredUser[];
  /** Whether `hash` was made of `text`. May block: it is asked at the start only. */
  readonly verifyNow: (hash: string, text: string) => boolean;
}

/**
 * Who may log in, and what they may do: in memory and written through.
 *
 * Root is named by the broker's owner. What clients change of it is kept, together with a hash of what was
 * configured then: once the configuration says something else it wins, and root is as configured again,
 * and active. So the owner can always get back in.
 */
export class Users {
  /** What the owner configured, as it is hashed to be recognised. */
  readonly configuredText: string;
  readonly #accounts = new Registry<Account>();
  readonly #storage: Storage;
  readonly #limits: UserLimits;
  /** Hash of `configuredText`, once root was changed. */
  #configuredHash: string | null = null;

  /** @throws BrokerStartError `conflict` if another user has root's configured name */
  constructor({ storage, limits, root, stored, verifyNow }: UsersParts) {
    this.configuredText = JSON.stringify([root.username, root.password]);
    this.#storage = storage;
    this.#limits = limits;
    const changed = stored.find(({ id }) => id === ROOT_ID);
    this.#accounts.add(this.#restoreRoot(root, changed, verifyNow));
    for (const row of stored) {
      if (row.id === ROOT_ID) continue;
      if (this.#accounts.hasName(row.name)) {
        const text = `Root cannot be called ${row.name}: another user has that name`;
        throw new BrokerStartError('conflict', text);
      }
      this.#accounts.add(accountOf(row, decodePermissions(row.permissions)));
    }
  }

  find(identifier: Identifier): Account | undefined {
    return this.#accounts.find(identifier);
  }

  list(): Account[] {
    return this.#accounts.list();
  }

  /** False once it was deleted, whoever has its id since. */
  has(account: Account): boolean {
    return this.find({ kind: 'numeric', value: account.id }) === account;
  }

  /** The same user as another object; itself, which nobody has any more, if there is none. */
  successorOf(account: Account): Account {
    const found = this.find({ kind: 'numeric', value: account.id });
    return found?.createdAtMicros === account.createdAtMicros ? found : account;
  }

  /** Refuses what `create` would refuse, before anybody takes the trouble to hash its password. */
  checkNew(name: string, permissions: Permissions | null): void {
    this.#checkSize(permissions);
    checkName(name);
    if (this.#accounts.hasName(name)) throw new Refusal(STATUS.UserAlreadyExists);
    if (this.#accounts.size > this.#limits.usersMax) throw new Refusal(STATUS.UsersLimitReached);
  }

  create(user: NewUser, createdAtMicros: bigint): Account {
    this.checkNew(user.name, user.permissions);
    const id = this.#accounts.nextId;
    // What is no status is the one that users have by default, as on the official server.
    const status = isStatus(user.status) ? user.status : ACTIVE;
    const account = accountOf({ ...user, id, createdAtMicros, status }, user.permissions);
    this.#accounts.add(account);
    this.#save(account);
    return account;
  }

  /** Null keeps what there is, and so does a status that is none. */
  update(account: Account, name: string | null, status: number | null): void {
    this.#require(account);
    if (name !== null) {
      checkName(name);
      if (name !== account.name && this.#accounts.hasName(name)) {
        throw new Refusal(STATUS.UserAlreadyExists);
      }
      this.#accounts.rename(account, name);
    }
    if (status !== null && isStatus(status)) account.status = status;
    this.#save(account);
  }

  /** `password` is its hash. */
  setPassword(account: Account, password: string): void {
    this.#require(account);
    account.password = password;
    this.#save(account);
  }

  setPermissions(account: Account, permissions: Permissions | null): void {
    this.#checkSize(permissions);
    if (account.id === ROOT_ID) throw new Refusal(STATUS.CannotChangePermissions);
    account.permissions = permissions;
    account.grants = new Grants(permissions);
    this.#save(account);
  }

  /** Its tokens are somebody else's business. */
  delete(account: Account): void {
    if (account.id === ROOT_ID) throw new Refusal(STATUS.CannotDeleteUser);
    this.#accounts.remove(account);
    this.#storage.deleteUser(account.id);
  }

  /** Whether `noteConfigured` has to come before the next change of `account`. */
  isUnderUnknownConfiguration(account: Account): boolean {
    return account.id === ROOT_ID && this.#configuredHash === null;
  }

  /** `hash` is the one of `configuredText`. */
  noteConfigured(hash: string): void {
    this.#configuredHash = hash;
  }

  #restoreRoot(
    root: RootCredentials,
    changed: StoredUser | undefined,
    verifyNow: UsersParts['verifyNow'],
  ): Account {
    const permissions = { global: ALL_PERMISSIONS, streams: [] };
    const configured = changed?.configured ?? null;
    if (changed !== undefined && configured !== null) {
      if (verifyNow(configured, this.configuredText)) {
        this.#configuredHash = configured;
        return accountOf(changed, permissions);
      }
      // Not where it would fail again and again: everything is read anew after a failure.
      if (this.#storage.room !== 'none') this.#storage.deleteUser(ROOT_ID);
    }
    const asConfigured = {
      id: ROOT_ID,
      name: root.username,
      createdAtMicros: ROOT_CREATED_AT,
      status: ACTIVE,
      password: null,
    };
    return accountOf(asConfigured, permissions);
  }

  /** It may have been deleted while something was hashed. */
  #require(account: Account): void {
    if (!this.has(account)) throw new Refusal(STATUS.ResourceNotFound);
  }

  #checkSize(permissions: Permissions | null): void {
    let entries = 0;
    for (const { topics } of permissions?.streams ?? []) entries += 1 + topics.length;
    if (entries > this.#limits.permissionEntriesMax) throw notAdmitted(STATUS.InvalidCommand);
  }

  #save({ id, name, createdAtMicros, status, password, permissions }: Account): void {
    const isRoot = id === ROOT_ID;
    this.#storage.putUser({
      id,
      name,
      createdAtMicros,
      status,
      password,
      permissions: isRoot ? null : encodePermissions(permissions),
      configured: isRoot ? this.#configuredHash : null,
    });
  }
}

/** The lengths of what a login presents: others are not worth a hash (iggy-vsr-0.11 §2.3). */
export function isPossible(username: string, password: string): boolean {
  return hasLength(username, USERNAME_LENGTH) && hasLength(password, PASSWORD_LENGTH);
}

export function isActive({ status }: Account): boolean {
  return status === ACTIVE;
}

function accountOf(
  row: Pick<StoredUser, 'id' | 'name' | 'createdAtMicros' | 'status' | 'password'>,
  permissions: Permissions | null,
): Account {
  const { id, name, createdAtMicros, status, password } = row;
  const grants = new Grants(permissions);
  return { id, name, createdAtMicros, status, password, permissions, grants };
}

function isStatus(status: number): boolean {
  return status === ACTIVE || status === INACTIVE;
}

function checkName(name: string): void {
  if (!hasLength(name, USERNAME_LENGTH)) throw new Refusal(STATUS.InvalidUsername);
}

/** In bytes of UTF-8, as on the wire (iggy-vsr-0.11 §2.3). */
function hasLength(text: string, { min, max }: { min: number; max: number }): boolean {
  const length = Buffer.byteLength(text, 'utf8');
  return length >= min && length <= max;
}

function encodePermissions(permissions: Permissions | null): Buffer | null {
  if (permissions === null) return null;
  const out = new ByteWriter();
  writeSizedPermissions(out, permissions);
  return out.finish();
}

/** @throws WireError if they are damaged */
export function decodePermissions(stored: Buffer | null): Permissions | null {
  return stored === null ? null : readSizedPermissions(new ByteReader(stored));
}
