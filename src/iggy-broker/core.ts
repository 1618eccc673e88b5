import { WireError } from '../iggy-protocol/index.ts';
import type { Peer } from './context.ts';
import type { CoreParts } from './core-parts.ts';
import { Credentials } from './credentials.ts';
import {
  type Connection,
  excuse,
  HeldBytes,
  largestHolder,
  loginsBefore,
  newConnection,
  putBackRequests,
  takeBackAnswers,
  type Outgoing,
  stopWaiting,
} from './connection.ts';
import { Inbox } from './inbox.ts';
import type { Later } from './later.ts';
import type { BrokerLimits } from './limits.ts';
import { type Executed, OpenGroup } from './open-group.ts';
import { type ChangingParts, groupsBefore, load, type Loaded, replaceLoaded } from './loaded.ts';
import { HashingQueue } from './passwords.ts';
import { LogPosition } from './replies.ts';
import type { Retention } from './retention.ts';
import { type Login, Session } from './session.ts';
import { type Room, type Storage, StorageUnavailableError } from './storage.ts';

export type { Outgoing } from './connection.ts';

/**
 * The broker without its sockets, files and clocks: bytes in, bytes out, the same for the same input.
 *
 * Requests are executed as they arrive, in order for each connection, and their writes gather in one
 * group of the storage. Every answer, that of a read too, is held back until `commit` has made the group
 * permanent: so whatever a client was told is true after a crash. If storage does not take a write for now,
 * nothing of its group has happened, and the requests are answered accordingly. If a call throws, nothing
 * of the open group was or may be answered, and the core must not be used any more.
 *
 * A connection whose peer does not take its replies stands still at `unsentBytesPauseAt`; the shell
 * calls `resume` when they are taken. So does one whose request has to wait for a password to be hashed;
 * `onProgress` tells when it goes on. No other connection waits for that.
 */
export class BrokerCore {
  readonly #storage: Storage;
  readonly #limits: BrokerLimits;
  readonly #parts: ChangingParts;
  readonly #load: () => Loaded;
  #retention: Retention;
  readonly #connections = new Map<number, Connection>();
  readonly #held = new HeldBytes();
  readonly #group = new OpenGroup<Connection, Login>();
  #groupBytes = 0;
  #duplicates = 0;
  #onProgress: (connectionId: number) => void = () => {};

  /** Reads the whole catalog; throws what the storage throws. */
  constructor({ storage, clock, secrets, passwords, root, limits, hostFacts }: CoreParts) {
    const hashing = new HashingQueue(passwords, limits);
    const verifyNow = (hash: string, text: string) => hashing.verifyNow(hash, text);
    this.#load = () => load({ storage, secrets, root, limits, verifyNow });
    const { catalog, tokens, users, clients, retention } = this.#load();
    const state = {
      catalog,
      tokens,
      users,
      credentials: new Credentials(hashing, secrets, root),
      hashing,
      clock,
      limits,
      startedAtMicros: clock.nowMicros(),
      hostFacts,
      room: () => storage.room,
      connections: () => [...this.#connections.values()].map(({ session }) => session.view),
      countDuplicate: () => (this.#duplicates += 1),
    };
    this.#storage = storage;
    this.#limits = limits;
    this.#retention = retention;
    this.#parts = { state, clients, position: new LogPosition() };
  }

  /** Sends and writes of offsets that had been done before, since the start (iggy-vsr-0.11 §2.9). */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** True when there is something to commit or to answer. */
  get hasPending(): boolean {
    return !this.#group.isEmpty || this.#storage.dirty;
  }

  /** What storage takes. */
  get room(): Room {
    return this.#storage.room;
  }

  /** True when the open group has gathered as much as one may. */
  get groupIsFull(): boolean {
    return this.#groupBytes >= this.#limits.groupBytesMax;
  }

  /** False if there are too many connections: then this one does not exist. `id` is a u32. */
  connect(id: number, peer: Peer): boolean {
    if (this.#connections.size >= this.#limits.connectionsMax) return false;
    const session = new Session(id, peer, this.#parts);
    const inbox = new Inbox(this.#limits.frameBytesMax);
    const nowMicros = this.#parts.state.clock.nowMicros();
    this.#connections.set(id, newConnection(id, session, inbox, nowMicros));
    return true;
  }

  receive(id: number, chunk: Buffer): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.closing) return;
    connection.heardAtMicros = this.#parts.state.clock.nowMicros();
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
    connection.heardAtMicros = this.#parts.state.clock.nowMicros();
    this.#executeWaiting(connection);
  }

  /**
   * Calls `listener` whenever a connection that had to wait has gone on by itself, and there may be
   * something to commit for it. Never from within `receive` or `resume`.
   */
  onProgress(listener: (connectionId: number) => void): void {
    this.#onProgress = listener;
  }

  /** Gives up everything that takes its time: what comes of it is executed for nobody. */
  stopWaiting(): void {
    for (const { waiting } of this.#connections.values()) waiting?.cancel();
  }

  /** Whether nothing of what arrived waits for execution any more. */
  isIdle(id: number): boolean {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.closing) return true;
    return connection.waiting === undefined && connection.inbox.isEmpty;
  }

  /** What it had sent in full before is executed or dropped; what was executed stays done. */
  disconnect(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#held.forget(connection);
    connection.waiting?.cancel();
    this.#guard(() => connection.session.end());
  }

  /** Makes the open group permanent and releases its answers; some may be for connections that are gone. */
  commit(): readonly Outgoing[] {
    // Again, if it fails: what could be done without writing may then have written something smaller.
    do {
      this.#guard(() => this.#storage.commit());
    } while (this.#storage.dirty);
    this.#groupBytes = 0;
    return this.#group.release();
  }

  /**
   * Ends what has lasted too long: the membership of clients that fell silent, and the handing over of a
   * partition to another member. Nothing else in here watches the clock; about once a second will do.
   *
   * @param stoodStillMs How long nothing was received, because the whole process did not run.
   */
  tick(stoodStillMs = 0): void {
    const { catalog, clock } = this.#parts.state;
    const nowMicros = clock.nowMicros();
    if (stoodStillMs > 0) excuse(this.#connections.values(), stoodStillMs);
    catalog.memberships.finishHandovers(nowMicros);
    const silentMicros = BigInt(this.#limits.memberSilenceMsMax) * 1000n;
    for (const connection of this.#connections.values()) {
      // Who waits for us is not silent.
      if (connection.waiting !== undefined) continue;
      if (nowMicros - connection.heardAtMicros <= silentMicros) continue;
      this.#guard(() => {
        const farewell = connection.session.endSilent();
        // Whose connection is being closed hears nothing more, but must not keep its place either.
        if (farewell === undefined || connection.closing) return;
        this.#send(connection, farewell);
        this.#onProgress(connection.id);
      });
    }
    this.#tellSetFree();
  }

  /** One bounded slice of tidying up; false when nothing is left to do. Between groups only. */
  sweep(): boolean {
    let retentionGoesOn = false;
    this.#guard(() => {
      retentionGoesOn = this.#retention.slice(this.#parts.state.clock.nowMicros());
      this.#storage.commit();
    });
    // Those whom a failure has set free are a group by now, which has to be committed first.
    this.#tellSetFree();
    if (this.hasPending) return true;
    const goesOn = this.#storage.sweep() || retentionGoesOn;
    if (!goesOn) this.#storage.seekRoom();
    return goesOn;
  }

  /** Does what may write. If storage does not take it, the open group is done again, as far as it can be. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StorageUnavailableError)) throw error;
      this.#recover();
    }
  }

  /**
   * Everything goes back to what storage has, and the requests of the group are executed again: reads are
   * answered from that, writes are refused, and what frees space is tried once more. What fails even then
   * is refused, whatever it is. Whoever is gone by now is not answered, so nothing is done for them.
   */
  #recover(): void {
    const isFirst = this.#storage.room !== 'none';
    this.#storage.rollback();
    const undone = this.#group
      .takeBack(this.#storage.commits)
      .filter(({ connection }) => this.#connections.get(connection.id) === connection);
    this.#reload(undone);
    const stopped = stopWaiting(this.#connections.values());
    takeBackAnswers(undone);
    if (isFirst) putBackRequests(undone);
    for (const { connection, frame } of isFirst ? [] : undone) {
      if (!connection.closing) this.#send(connection, connection.session.readOrRefuse(frame));
    }
    const again = new Set([...undone.map(({ connection }) => connection), ...stopped]);
    for (const connection of again) this.#executeWaiting(connection);
    this.#group.setFree.push(...stopped);
  }

  /** Where nobody commits as a matter of course. */
  #tellSetFree(): void {
    for (const { id } of this.#group.setFree.splice(0)) this.#onProgress(id);
  }

  #reload(undone: readonly Executed<Connection, Login>[]): void {
    const logins = loginsBefore(undone, this.#connections.values());
    const { retention, ...loaded } = this.#load();
    this.#retention = retention;
    replaceLoaded(this.#parts, loaded, logins, groupsBefore(undone));
  }

  #executeWaiting(connection: Connection): void {
    this.#guard(() => this.#executeAll(connection));
    this.#held.weigh(connection);
  }

  #executeAll(connection: Connection): void {
    while (
      !connection.closing &&
      connection.waiting === undefined &&
      connection.unsentBytes < this.#limits.unsentBytesPauseAt
    ) {
      const frame = connection.inbox.take();
      if (frame === undefined) break;
      this.#groupBytes += frame.length;
      this.#execute(connection, frame);
    }
  }

  #execute(connection: Connection, frame: Buffer): void {
    const executed = this.#begin(connection, frame);
    const answer = connection.session.execute(frame);
    switch (answer.kind) {
      case 'send':
        executed.answer = this.#send(connection, answer.frame);
        break;
      case 'close':
        this.#close(connection, answer.reason);
        break;
      case 'wait':
        this.#group.cancelLast();
        this.#wait(connection, frame, answer.work);
        break;
    }
  }

  #begin(connection: Connection, frame: Buffer): Executed<Connection, Login> {
    const { login, groups } = connection.session;
    return this.#group.begin({ connection, frame, login, groups, commits: this.#storage.commits });
  }

  #wait(connection: Connection, frame: Buffer, work: Later<Buffer>): void {
    let done = false;
    let within = true;
    const cancel = work.start((finish) => {
      done = true;
      connection.waiting = undefined;
      if (connection.closing) return;
      this.#guard(() => {
        const executed = this.#begin(connection, frame);
        executed.answer = this.#send(connection, finish());
      });
      if (within) return;
      this.#executeWaiting(connection);
      this.#onProgress(connection.id);
    });
    within = false;
    if (!done) connection.waiting = { frame, cancel };
  }

  #send(connection: Connection, bytes: Buffer): Outgoing {
    const outgoing = { connectionId: connection.id, bytes };
    this.#group.add(outgoing);
    this.#groupBytes += bytes.length;
    connection.unsentBytes += bytes.length;
    return outgoing;
  }

  #close(connection: Connection, reason: string): void {
    connection.closing = true;
    connection.waiting?.cancel();
    connection.waiting = undefined;
    this.#held.weigh(connection);
    this.#group.add({ connectionId: connection.id, close: reason });
  }

  /** Whoever holds the most goes first: a few that send much and finish nothing must not crowd out the rest. */
  #shedReceived(): void {
    while (this.#held.bytes > this.#limits.receivedBytesMax) {
      const largest = largestHolder(this.#connections.values());
      if (largest === undefined) return;
      this.#close(largest, 'too many bytes received and not executed');
    }
  }
}
