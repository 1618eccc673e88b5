import { WireError } from '../iggy-protocol/index.ts';
import type { Clock } from '../utils/clock.ts';
import { Catalog } from './catalog.ts';
import { ClientTable } from './client-table.ts';
import type { BrokerState, Peer } from './context.ts';
import { Inbox } from './inbox.ts';
import type { BrokerLimits } from './limits.ts';
import { LogPosition } from './replies.ts';
import type { Secrets } from './secrets.ts';
import type { HostFacts } from './server-facts.ts';
import { Session } from './session.ts';
import type { Storage } from './storage.ts';
import { Tokens } from './tokens.ts';
import { type RootCredentials, Users } from './users.ts';
import type { SessionParts } from './write-plane.ts';

/** What a shell has to do for a connection, in this order. */
export type Outgoing =
  | { readonly connectionId: number; readonly bytes: Buffer }
  /** For good; nothing comes after it. */
  | { readonly connectionId: number; readonly close: string };

export interface CoreParts {
  readonly storage: Storage;
  readonly clock: Pick<Clock, 'nowMicros'>;
  readonly secrets: Secrets;
  readonly root: RootCredentials;
  readonly limits: BrokerLimits;
  readonly hostFacts: () => HostFacts;
}

interface Connection {
  readonly id: number;
  readonly session: Session;
  readonly inbox: Inbox;
  /** Part of the total; follows the inbox. */
  heldBytes: number;
  /** Of replies made since the peer was last known to have taken all of them. */
  unsentBytes: number;
  closing: boolean;
}

/**
 * The broker without its sockets, files and clocks: bytes in, bytes out, the same for the same input.
 *
 * Requests are executed as they arrive, in order for each connection, and their writes gather in one
 * group of the storage. Every answer, that of a read too, is held back until `commit` has made the group
 * permanent: so whatever a client was told is true after a crash. If a call throws, nothing of the open
 * group was or may be answered, and the core must not be used any more.
 *
 * A connection whose peer does not take its replies stands still at `unsentBytesPauseAt`; the shell
 * calls `resume` when they are taken.
 */
export class BrokerCore {
  readonly #storage: Storage;
  readonly #limits: BrokerLimits;
  readonly #parts: SessionParts;
  readonly #connections = new Map<number, Connection>();
  #outgoing: Outgoing[] = [];
  #groupBytes = 0;
  #heldBytes = 0;
  #duplicates = 0;

  /** Reads the whole catalog; throws what the storage throws. */
  constructor({ storage, clock, secrets, root, limits, hostFacts }: CoreParts) {
    const stored = storage.load();
    const state: BrokerState = {
      catalog: new Catalog(storage, stored, limits),
      tokens: new Tokens(storage, secrets, limits.tokensPerUserMax, stored.tokens),
      users: new Users(root, secrets),
      clock,
      limits,
      startedAtMicros: clock.nowMicros(),
      hostFacts,
      connections: () => [...this.#connections.values()].map(({ session }) => session.view),
      countDuplicate: () => (this.#duplicates += 1),
    };
    this.#storage = storage;
    this.#limits = limits;
    this.#parts = { state, clients: new ClientTable(), position: new LogPosition() };
  }

  /** Sends and writes of offsets that had been done before, since the start (iggy-vsr-0.11 §2.9). */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** True when there is something to commit or to answer. */
  get hasPending(): boolean {
    return this.#outgoing.length > 0 || this.#storage.dirty;
  }

  /** True when the open group has gathered as much as one may. */
  get groupIsFull(): boolean {
    return this.#groupBytes >= this.#limits.groupBytesMax;
  }

  /** False if there are too many connections: then this one does not exist. `id` is a u32. */
  connect(id: number, peer: Peer): boolean {
    if (this.#connections.size >= this.#limits.connectionsMax) return false;
    this.#connections.set(id, {
      id,
      session: new Session(id, peer, this.#parts),
      inbox: new Inbox(this.#limits.frameBytesMax),
      heldBytes: 0,
      unsentBytes: 0,
      closing: false,
    });
    return true;
  }

  receive(id: number, chunk: Buffer): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.closing) return;
    try {
      connection.inbox.push(chunk);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // What came before the bytes that make no sense was asked for all the same.
      this.#executeWaiting(connection);
      this.#close(connection, error.message);
      return;
    }
    this.#executeWaiting(connection);
    this.#shedReceived();
  }

  /** The peer has taken what it was sent. Harmless for connections that are gone. */
  resume(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.unsentBytes = 0;
    this.#executeWaiting(connection);
  }

  /** Whether nothing of what arrived waits for execution any more. */
  isIdle(id: number): boolean {
    const connection = this.#connections.get(id);
    return connection === undefined || connection.closing || connection.inbox.isEmpty;
  }

  /** What it had sent in full before is executed or dropped; what was executed stays done. */
  disconnect(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.session.end();
    this.#connections.delete(id);
    this.#heldBytes -= connection.heldBytes;
  }

  /**
   * Makes the open group permanent and releases its answers. Some may be for connections that are gone
   * by now.
   */
  commit(): readonly Outgoing[] {
    this.#storage.commit();
    const released = this.#outgoing;
    this.#outgoing = [];
    this.#groupBytes = 0;
    return released;
  }

  /** One bounded slice of tidying up; false when nothing is left to do. Between groups only. */
  sweep(): boolean {
    return this.#storage.sweep();
  }

  #executeWaiting(connection: Connection): void {
    while (!connection.closing && connection.unsentBytes < this.#limits.unsentBytesPauseAt) {
      const frame = connection.inbox.take();
      if (frame === undefined) break;
      this.#groupBytes += frame.length;
      const answer = connection.session.execute(frame);
      if (answer.kind === 'close') this.#close(connection, answer.reason);
      else this.#send(connection, answer.frame);
    }
    this.#weigh(connection);
  }

  #send(connection: Connection, bytes: Buffer): void {
    this.#outgoing.push({ connectionId: connection.id, bytes });
    this.#groupBytes += bytes.length;
    connection.unsentBytes += bytes.length;
  }

  #close(connection: Connection, reason: string): void {
    connection.closing = true;
    this.#weigh(connection);
    this.#outgoing.push({ connectionId: connection.id, close: reason });
  }

  /** What a closing connection holds is as good as gone. */
  #weigh(connection: Connection): void {
    const heldBytes = connection.closing ? 0 : connection.inbox.heldBytes;
    this.#heldBytes += heldBytes - connection.heldBytes;
    connection.heldBytes = heldBytes;
  }

  /** Whoever holds the most goes first: a few that send much and finish nothing must not crowd out the rest. */
  #shedReceived(): void {
    while (this.#heldBytes > this.#limits.receivedBytesMax) {
      let largest: Connection | undefined;
      for (const connection of this.#connections.values()) {
        if (connection.heldBytes > (largest?.heldBytes ?? 0)) largest = connection;
      }
      if (largest === undefined) return;
      this.#close(largest, 'too many bytes received and not executed');
    }
  }
}
