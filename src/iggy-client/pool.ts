import { invariant } from '../utils/invariant.ts';
import type { Random } from '../utils/random.ts';
import type { CircuitGuard } from './circuit-guard.ts';
import { type Backoff, backoffDelayMs } from './connection/backoff.ts';
import { Connection } from './connection/connection.ts';
import { DialTurns } from './connection/dial-turns.ts';
import type { Address } from './connection/duplex.ts';
import type { RandomBytes } from './connection/identity.ts';
import { KnownLeader } from './connection/known-leader.ts';
import type { Effect, Loss, ReconnectPolicy } from './connection/machine.ts';
import type { Outcome } from './connection/outcome.ts';
import type { SessionOptions, SessionRequest } from './connection/session.ts';
import { IggyError } from './errors.ts';
import type { ClientEventListener } from './events.ts';
import { type BoardStatus, StatusBoard } from './status.ts';
import { type LineLimits, WaitingLine } from './waiting-line.ts';

export interface Reconnect extends Backoff {
  /** Failed attempts in a row before the client closes for good; 0 = never. */
  readonly attemptsMax: number;
}

export interface PoolOptions {
  readonly addresses: readonly Address[];
  readonly session: SessionOptions;
  /** Session slots: connections, and so requests in flight. 1 and up. */
  readonly size: number;
  readonly reconnect: Reconnect;
  /** Of requests that wait for a session. */
  readonly waiting: LineLimits;
  readonly logoutDeadlineMs: number;
  readonly random: Random;
  readonly randomBytes: RandomBytes;
  readonly onEvent: ClientEventListener;
  /** Told how connecting goes. */
  readonly circuit: CircuitGuard;
}

/** What becomes of a request handed to the pool. `not-admitted`: it was never written. */
export type PoolOutcome = Outcome | { readonly kind: 'not-admitted'; readonly error: IggyError };

/** A request that is made when a session is free for it: until then it may still change. */
export interface LateRequest {
  /** What of it waits, as its owner counts it. */
  readonly waitingBytes: number;
  readonly signal: AbortSignal;
  /** Its final form, to be written now; or why there is nothing to write. Called once for each try. */
  compose(): SessionRequest | IggyError;
}

interface Waiter {
  readonly admit: (connection: Connection) => void;
  readonly turnAway: (error: IggyError) => void;
}

/**
 * A few sessions side by side, because one session takes one request at a time (iggy-vsr-0.11 §1.7). A
 * request that finds none free waits in line, for as long as its caller does.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #connections: readonly Connection[];
  readonly #ready = new Set<Connection>();
  readonly #turns = new DialTurns();
  readonly #leader: KnownLeader;
  readonly #line: WaitingLine<Waiter>;
  readonly #board: StatusBoard;
  #serverVersion: string | undefined;
  /** Why nothing is taken any more. */
  #closed: IggyError | undefined;

  constructor(options: PoolOptions) {
    invariant(options.size >= 1, 'a pool needs a session slot');
    this.#options = options;
    this.#leader = new KnownLeader(options.session.clock);
    this.#line = new WaitingLine(options.waiting);
    this.#board = new StatusBoard(options.session.clock, options.onEvent);
    this.#connections = Array.from({ length: options.size }, () => this.#connection());
  }

  get status(): BoardStatus {
    return this.#board.status;
  }

  start(): void {
    for (const connection of this.#connections) connection.open();
  }

  /** Never rejects. Once `request.signal` has fired, a request that waits is not written any more. */
  request(request: SessionRequest): Promise<PoolOutcome> {
    const { signal, body } = request;
    return this.carry({ signal, waitingBytes: body.length, compose: () => request });
  }

  /** The same for one that takes its form when its turn has come. */
  carry(late: LateRequest): Promise<PoolOutcome> {
    if (this.#closed !== undefined) return notAdmitted(this.#closed);
    if (late.signal.aborted) return notAdmitted(this.tooLate(late.signal));
    const connection = this.#idleConnection();
    return connection === undefined ? this.#wait(late) : board(late, connection);
  }

  /** The error for a caller whose patience ended before anything of its request was written. */
  tooLate({ reason: cause }: AbortSignal): IggyError {
    return this.#ready.size > 0
      ? new IggyError('timeout', 'no session became free in time', { cause })
      : new IggyError('lost', 'there was no connection to the broker in time', { cause });
  }

  /** Turns away who still waits, logs out where that is quick, and hangs up. Idempotent. */
  async stop(): Promise<void> {
    this.#turnAway(new IggyError('closed', 'the client was stopped'));
    const idle = this.#connections.filter(({ isIdle }) => isIdle);
    await Promise.all(idle.map((connection) => connection.logOut(this.#options.logoutDeadlineMs)));
    for (const connection of this.#connections) connection.close();
  }

  #connection(): Connection {
    const { addresses, session, randomBytes } = this.#options;
    const connection: Connection = new Connection(
      {
        addresses,
        session,
        randomBytes,
        turns: this.#turns,
        leader: this.#leader,
        policy: () => this.#policy(),
      },
      {
        performed: (effect) => this.#performed(effect, connection),
        dialing: () => this.#updateBoard(),
        idle: () => this.#serve(),
      },
    );
    return connection;
  }

  /** A slot gives up only if no other has a connection: then it is not the broker that is away. */
  #policy(): ReconnectPolicy {
    const { reconnect, random } = this.#options;
    return {
      attemptsMax: this.#ready.size > 0 ? 0 : reconnect.attemptsMax,
      slowDelayMs: reconnect.maxMs,
      delayMs: (failures) => backoffDelayMs(failures, reconnect, random()),
    };
  }

  #performed(effect: Effect, connection: Connection): void {
    switch (effect.kind) {
      case 'dial':
        this.#updateBoard();
        return;
      case 'admit-waiters':
        this.#ready.add(connection);
        this.#serverVersion = connection.serverVersion;
        this.#updateBoard();
        this.#options.circuit.loggedIn();
        this.#turns.release(connection);
        this.#serve();
        return;
      case 'hang-up':
        this.#hungUp(effect.loss, this.#ready.delete(connection));
        return;
      case 'wait':
        this.#board.reconnecting(effect.delayMs);
        // Others have a connection, so it is this slot's own trouble: let the next one try.
        if (this.#ready.size > 0) this.#turns.release(connection);
        return;
      case 'turn-waiters-away':
        // The turn is not given back: connections close all together, and nobody dials any more.
        if (effect.gaveUp) this.#giveUp(effect.loss);
        return;
    }
  }

  #hungUp(loss: Loss, wasReady: boolean): void {
    this.#updateBoard();
    if (this.#closed !== undefined) return;
    this.#board.lost(loss, wasReady);
    // While others have a connection, it is this slot's own trouble.
    if (!wasReady && this.#ready.size === 0)
      this.#options.circuit.attemptFailed(loss.error.message);
  }

  #giveUp(loss: Loss): void {
    const { attemptsMax } = this.#options.reconnect;
    this.#turnAway(
      new IggyError('closed', `gave up after ${attemptsMax} attempts to connect`, {
        cause: loss.error,
      }),
    );
    for (const connection of this.#connections) connection.close();
    this.#board.gaveUp(attemptsMax, loss);
  }

  #updateBoard(): void {
    this.#board.update(this.#connections, this.#serverVersion);
  }

  #idleConnection(): Connection | undefined {
    return this.#connections.find(({ isIdle }) => isIdle);
  }

  #wait(late: LateRequest): Promise<PoolOutcome> {
    const { signal, waitingBytes } = late;
    const { promise, resolve } = Promise.withResolvers<PoolOutcome>();
    const admit = (connection: Connection): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(board(late, connection));
    };
    const turnAway = (error: IggyError): void => {
      signal.removeEventListener('abort', onAbort);
      resolve({ kind: 'not-admitted', error });
    };
    const leave = this.#line.join({ admit, turnAway }, waitingBytes);
    if (leave === undefined) {
      return notAdmitted(new IggyError('overloaded', 'too many requests wait for a session'));
    }
    const onAbort = (): void => {
      leave();
      turnAway(this.tooLate(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  #serve(): void {
    for (;;) {
      const connection = this.#line.length > 0 ? this.#idleConnection() : undefined;
      if (connection === undefined) return;
      this.#line.shift()?.admit(connection);
    }
  }

  #turnAway(error: IggyError): void {
    this.#closed ??= error;
    this.#options.circuit.stop();
    for (let waiter = this.#line.shift(); waiter !== undefined; waiter = this.#line.shift()) {
      waiter.turnAway(error);
    }
  }
}

function board(late: LateRequest, connection: Connection): Promise<PoolOutcome> {
  const request = late.compose();
  return request instanceof IggyError ? notAdmitted(request) : connection.request(request);
}

function notAdmitted(error: IggyError): Promise<PoolOutcome> {
  return Promise.resolve({ kind: 'not-admitted', error });
}
