import type { Clock } from '../utils/clock.ts';
import type { Loss, State } from './connection/machine.ts';
import type { ClientEventListener } from './events.ts';
import type { ConnectionState, ConnectionStatus } from './port.ts';

/** One connection of the pool, as far as the whole depends on it. */
export interface ConnectionPicture {
  readonly state: State;
  /** An attempt is under way, not merely due. */
  readonly isDialing: boolean;
}

/** The connection as a whole: what the best of its parts makes of it. */
export function overallState(connections: readonly ConnectionPicture[]): ConnectionState {
  const has = (kind: State['kind']): boolean =>
    connections.some(({ state }) => state.kind === kind);
  if (has('ready')) return 'ready';
  if (connections.some(({ isDialing }) => isDialing)) return 'connecting';
  if (has('waiting')) return 'waiting';
  return has('idle') || has('dialing') ? 'connecting' : 'closed';
}

/** Failed attempts in a row of the connection that has most of them. */
export function failedAttempts(connections: readonly ConnectionPicture[]): number {
  return Math.max(
    0,
    ...connections.map(({ state }) => ('attempt' in state ? state.attempt - 1 : 0)),
  );
}

/** The status as far as the connections make it. */
export type BoardStatus = Omit<ConnectionStatus, 'circuit'>;

/** Owns the status that everybody sees, and tells the listener what changes in it. */
export class StatusBoard {
  readonly #clock: Clock;
  readonly #tell: ClientEventListener;
  #status: BoardStatus;

  constructor(clock: Clock, tell: ClientEventListener) {
    this.#clock = clock;
    this.#tell = tell;
    this.#status = {
      state: 'connecting',
      sinceMicros: clock.nowMicros(),
      attempts: 0,
      serverVersion: undefined,
      lastFailure: undefined,
      permanentFailure: false,
    };
  }

  get status(): BoardStatus {
    return this.#status;
  }

  /** After any change of any connection. */
  update(connections: readonly ConnectionPicture[], serverVersion: string | undefined): void {
    const before = this.#status;
    const state = overallState(connections);
    if (state === 'ready') {
      const fresh = { attempts: 0, lastFailure: undefined, permanentFailure: false };
      this.#replace({ ...before, ...fresh, state, serverVersion });
      if (before.state !== 'ready') this.#tell({ kind: 'connected', serverVersion });
      return;
    }
    this.#replace({ ...before, state, attempts: failedAttempts(connections) });
  }

  /** A connection has ended, or an attempt has failed. Call `update` first. */
  lost(loss: Loss, wasReady: boolean): void {
    const reason = loss.error.message;
    if (this.#status.state === 'ready') {
      if (wasReady) this.#tell({ kind: 'session-lost', reason });
      return;
    }
    const { lastFailure, permanentFailure } = this.#status;
    this.#replace({ ...this.#status, lastFailure: reason, permanentFailure: loss.permanent });
    if (wasReady) this.#tell({ kind: 'lost', reason });
    const alreadySaid = permanentFailure && lastFailure === reason;
    if (loss.permanent && !alreadySaid) this.#tell({ kind: 'refused', reason });
  }

  /** The next attempt is timed. Of interest only while there is no connection. */
  reconnecting(delayMs: number): void {
    const { state, attempts, lastFailure: reason = '' } = this.#status;
    if (state !== 'ready') this.#tell({ kind: 'reconnecting', attempts, delayMs, reason });
  }

  gaveUp(attempts: number, loss: Loss): void {
    const reason = loss.error.message;
    this.#replace({ ...this.#status, attempts });
    this.#tell({ kind: 'gave-up', attempts, reason });
  }

  #replace(next: BoardStatus): void {
    const { state, sinceMicros } = this.#status;
    this.#status = Object.freeze({
      ...next,
      sinceMicros: next.state === state ? sinceMicros : this.#clock.nowMicros(),
    });
  }
}
