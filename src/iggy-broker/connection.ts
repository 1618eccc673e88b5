import type { Inbox } from './inbox.ts';
import type { Cancel } from './later.ts';
import type { Executed } from './open-group.ts';
import type { Login, Session } from './session.ts';

/** What a shell has to do for a connection, in this order. */
export type Outgoing =
  | { readonly connectionId: number; readonly bytes: Buffer }
  /** For good; nothing comes after it. */
  | { readonly connectionId: number; readonly close: string };

/** One client's connection, as the core keeps it. */
export interface Connection {
  readonly id: number;
  readonly session: Session;
  readonly inbox: Inbox;
  /** Part of the total; follows the inbox. */
  heldBytes: number;
  /** Of replies made since the peer was last known to have taken all of them. */
  unsentBytes: number;
  closing: boolean;
  /** When it last sent something, or took what it was sent. */
  heardAtMicros: bigint;
  /** The request that takes its time, if one does. */
  waiting: { readonly frame: Buffer; readonly cancel: Cancel } | undefined;
}

export function newConnection(
  id: number,
  session: Session,
  inbox: Inbox,
  nowMicros: bigint,
): Connection {
  return {
    id,
    session,
    inbox,
    heldBytes: 0,
    unsentBytes: 0,
    closing: false,
    heardAtMicros: nowMicros,
    waiting: undefined,
  };
}

/** What was not heard while nothing could be does not count. */
export function excuse(connections: Iterable<Connection>, silenceMs: number): void {
  const silenceMicros = BigInt(Math.round(silenceMs * 1000));
  for (const connection of connections) connection.heardAtMicros += silenceMicros;
}

/**
 * Puts what waits for something outside of the broker back to where it started from, and returns whose it
 * was.
 */
export function stopWaiting(connections: Iterable<Connection>): Connection[] {
  const stopped: Connection[] = [];
  for (const connection of connections) {
    const { waiting } = connection;
    if (waiting === undefined) continue;
    waiting.cancel();
    connection.waiting = undefined;
    connection.inbox.putBack(waiting.frame);
    stopped.push(connection);
  }
  return stopped;
}

export function takeBackAnswers(undone: readonly Executed<Connection, Login>[]): void {
  for (const { connection, answer } of undone) {
    if (answer !== undefined && 'bytes' in answer) connection.unsentBytes -= answer.bytes.length;
  }
}

/** Each to where it came from, in their order. */
export function putBackRequests(undone: readonly Executed<Connection, Login>[]): void {
  for (const { connection, frame } of undone.toReversed()) connection.inbox.putBack(frame);
}

/** Who was logged in before all of `undone`, of those who are still there. */
export function loginsBefore(
  undone: readonly Executed<Connection, Login>[],
  connections: Iterable<Connection>,
): Map<Connection, Login | undefined> {
  const logins = new Map<Connection, Login | undefined>();
  for (const connection of connections) logins.set(connection, connection.session.login);
  for (const { connection, login } of undone.toReversed()) {
    if (logins.has(connection)) logins.set(connection, login);
  }
  return logins;
}

/** Who logged in last owns a client id under which several have logged in. */
export function restoreLogins(logins: ReadonlyMap<Connection, Login | undefined>): void {
  const inOrder = [...logins].toSorted(([, one], [, other]) =>
    Number((one?.session ?? 0n) - (other?.session ?? 0n)),
  );
  for (const [{ session }, login] of inOrder) session.restore(login);
}

/** Bytes that were received and wait for execution, over all connections. */
export class HeldBytes {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** What a closing connection holds is as good as gone. */
  weigh(connection: Connection): void {
    const { closing, inbox, waiting } = connection;
    const heldBytes = closing ? 0 : inbox.heldBytes + (waiting?.frame.length ?? 0);
    this.#bytes += heldBytes - connection.heldBytes;
    connection.heldBytes = heldBytes;
  }

  forget(connection: Connection): void {
    this.#bytes -= connection.heldBytes;
    connection.heldBytes = 0;
  }
}

export function largestHolder(connections: Iterable<Connection>): Connection | undefined {
  let largest: Connection | undefined;
  for (const connection of connections) {
    if (connection.heldBytes > (largest?.heldBytes ?? 0)) largest = connection;
  }
  return largest;
}
