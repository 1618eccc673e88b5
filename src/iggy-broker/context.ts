import type { Clock } from '../utils/clock.ts';
import type { Catalog } from './catalog.ts';
import type { Credentials } from './credentials.ts';
import type { BrokerLimits } from './limits.ts';
import type { HashingQueue } from './passwords.ts';
import type { HostFacts } from './server-facts.ts';
import type { Room } from './storage.ts';
import type { Tokens } from './tokens.ts';
import type { Account, Users } from './users.ts';

/** Two ends of a TCP connection, as its shell sees them. */
export interface Peer {
  /** Of the client, `ip:port`. */
  readonly address: string;
  /** Where the client reached us: what it is told to come back to. */
  readonly localIp: string;
  readonly localPort: number;
}

/** A connection as the others are told of it. */
export interface ConnectionView {
  readonly id: number;
  readonly address: string;
  /** Undefined before login. */
  readonly userId: number | undefined;
  /** u128; undefined before login. */
  readonly clientId: bigint | undefined;
}

/** What every request may touch. One per broker. */
export interface BrokerState {
  readonly catalog: Catalog;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly credentials: Credentials;
  readonly hashing: HashingQueue;
  readonly clock: Pick<Clock, 'nowMicros'>;
  readonly limits: BrokerLimits;
  readonly startedAtMicros: bigint;
  readonly hostFacts: () => HostFacts;
  readonly room: () => Room;
  readonly connections: () => ConnectionView[];
  /** A write that was done before came again, and was answered without doing it again. */
  readonly countDuplicate: () => void;
}

/** Who asks. Logged in, else no command gets this far. */
export interface Caller {
  readonly connection: ConnectionView;
  readonly peer: Peer;
  readonly userId: number;
  /** May have been deleted since it logged in. */
  readonly account: Account;
  /** u128; the one that logged in, whatever later headers say (iggy-vsr-observed §1.4). */
  readonly clientId: bigint;
  /** Number of this request. */
  readonly request: bigint;
}

/** One request in execution. */
export interface Call {
  readonly state: BrokerState;
  readonly caller: Caller;
}
