/**
 * The life of one session slot's connection, as a pure function: no socket, timer, clock or
 * randomness. `connection.ts` performs the effects it returns; tests drive it through random histories.
 *
 *     idle ──open──▶ dialing ──ready──▶ ready
 *                     ▲   │               │           any ──close──▶ closed
 *           retry-due │   └─────lost──┐   │ lost      lost too often ──▶ closed
 *                     │               ▼   ▼
 *                     └───────────── waiting
 *
 * Dialing is connecting *and* logging in: a socket that dies during login is a failed attempt like
 * any other; one that was given up to follow the cluster's leader is not, and is followed by the next at
 * once. Every attempt has its epoch. An event from an older epoch is a dead socket talking; it
 * is ignored here, once, and nowhere else.
 */
export type State =
  | { readonly kind: 'idle'; readonly epoch: 0; readonly rotation: 0 }
  | {
      readonly kind: 'dialing';
      readonly epoch: number;
      readonly attempt: number;
      /** Failed attempts in a row since giving up became possible. */
      readonly strikes: number;
      readonly rotation: number;
    }
  | { readonly kind: 'ready'; readonly epoch: number; readonly rotation: number }
  | {
      readonly kind: 'waiting';
      readonly epoch: number;
      readonly attempt: number;
      readonly strikes: number;
      readonly rotation: number;
      readonly newIdentity: boolean;
    }
  | { readonly kind: 'closed'; readonly epoch: number; readonly rotation: number };

export const IDLE: State = { kind: 'idle', epoch: 0, rotation: 0 };

/** Why an attempt failed or a connection ended. */
export interface Loss {
  /** Its message is shown to people: no secrets. */
  readonly error: Error;
  /** Waiting does not mend it: credentials, protocol version, TLS. Retried all the same, slowly. */
  readonly permanent: boolean;
  /** The broker will not take this client id again (iggy-vsr-0.11 §1.8, reason 12). */
  readonly identitySpent: boolean;
}

export type Event =
  | { readonly kind: 'open' | 'close' }
  | { readonly kind: 'ready' | 'redirected' | 'retry-due'; readonly epoch: number }
  | { readonly kind: 'lost'; readonly epoch: number; readonly loss: Loss };

export type Effect =
  | {
      readonly kind: 'dial';
      readonly epoch: number;
      /** Number of this attempt in a row, from 1. */
      readonly attempt: number;
      /** Failed attempts ever: the address to dial is this, modulo their number. */
      readonly rotation: number;
      /** Only where the protocol demands it: a counter never restarts under an old id. */
      readonly newIdentity: boolean;
    }
  | { readonly kind: 'wait'; readonly epoch: number; readonly delayMs: number }
  /** Destroy the socket and cancel the wait. What was in flight is never replayed from here: only the
   *  caller knows whether doing it twice is harmless. */
  | { readonly kind: 'hang-up'; readonly loss: Loss }
  | { readonly kind: 'admit-waiters' }
  | { readonly kind: 'turn-waiters-away'; readonly loss: Loss; readonly gaveUp: boolean };

export interface ReconnectPolicy {
  /** Failed attempts in a row before giving up; 0 means not now, and what fails now does not count. */
  readonly attemptsMax: number;
  /** Before an attempt that follows a permanent failure. */
  readonly slowDelayMs: number;
  /** After `failures` failed attempts in a row, from 1; a connection that was good counts as one. */
  delayMs(failures: number): number;
}

export type Step = readonly [next: State, ...effects: Effect[]];

const CLOSED_BY_OWNER: Loss = {
  error: new Error('closed by its owner'),
  permanent: false,
  identitySpent: false,
};

export function transition(state: State, event: Event, policy: ReconnectPolicy): Step {
  if ('epoch' in event && event.epoch !== state.epoch) return [state];

  switch (event.kind) {
    case 'open':
      return state.kind === 'idle' ? dial(state, 1, 0, true) : [state];
    case 'ready':
      if (state.kind !== 'dialing') return [state];
      return [
        { kind: 'ready', epoch: state.epoch, rotation: state.rotation },
        { kind: 'admit-waiters' },
      ];
    case 'lost':
      if (state.kind === 'ready') return wait(state, 1, 0, event.loss, policy);
      return state.kind === 'dialing' ? fail(state, event.loss, policy) : [state];
    case 'redirected':
      if (state.kind !== 'dialing') return [state];
      return dial(state, state.attempt, state.strikes, false);
    case 'retry-due':
      if (state.kind !== 'waiting') return [state];
      return dial(state, state.attempt, state.strikes, state.newIdentity);
    case 'close':
      return state.kind === 'closed' ? [state] : close(state, CLOSED_BY_OWNER, false);
  }
}

function dial(
  { epoch, rotation }: State,
  attempt: number,
  strikes: number,
  newIdentity: boolean,
): Step {
  const next = epoch + 1;
  return [
    { kind: 'dialing', epoch: next, attempt, strikes, rotation },
    { kind: 'dial', epoch: next, attempt, rotation, newIdentity },
  ];
}

function fail(
  state: Extract<State, { kind: 'dialing' }>,
  loss: Loss,
  policy: ReconnectPolicy,
): Step {
  const { attempt, rotation } = state;
  const strikes = policy.attemptsMax > 0 ? state.strikes + 1 : 0;
  if (strikes > 0 && strikes >= policy.attemptsMax) return close(state, loss, true);
  return wait({ ...state, rotation: rotation + 1 }, attempt + 1, strikes, loss, policy);
}

function wait(
  { epoch, rotation }: State,
  attempt: number,
  strikes: number,
  loss: Loss,
  policy: ReconnectPolicy,
): Step {
  const delayMs = loss.permanent ? policy.slowDelayMs : policy.delayMs(Math.max(1, attempt - 1));
  return [
    { kind: 'waiting', epoch, attempt, strikes, rotation, newIdentity: loss.identitySpent },
    { kind: 'hang-up', loss },
    { kind: 'wait', epoch, delayMs },
  ];
}

function close({ epoch, rotation }: State, loss: Loss, gaveUp: boolean): Step {
  return [
    { kind: 'closed', epoch, rotation },
    { kind: 'hang-up', loss },
    { kind: 'turn-waiters-away', loss, gaveUp },
  ];
}
