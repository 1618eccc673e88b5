import type { Timer } from '../../utils/clock.ts';
import { invariant } from '../../utils/invariant.ts';
import type { DialTurns } from './dial-turns.ts';
import type { Address } from './duplex.ts';
import { type Identity, mintIdentity, type RandomBytes } from './identity.ts';
import {
  type Effect,
  type Event,
  IDLE,
  type Loss,
  type ReconnectPolicy,
  type State,
  transition,
} from './machine.ts';
import type { KnownLeader } from './known-leader.ts';
import { type Outcome, unfinished } from './outcome.ts';
import type { Recovery } from './recovery.ts';
import { Session, type SessionOptions, type SessionRequest } from './session.ts';

/** Leaders followed in a row before a node is kept as it is (iggy-vsr-0.11 §2.11). */
const REDIRECTS_MAX = 3;

export interface ConnectionOptions {
  /**
   * At least one; the next one is tried after each failed attempt. Besides, the leader is followed to
   * wherever the cluster says it is.
   */
  readonly addresses: readonly Address[];
  readonly session: SessionOptions;
  readonly randomBytes: RandomBytes;
  /** Shared by all connections of a pool. */
  readonly turns: DialTurns;
  /** Shared by all connections of a pool. */
  readonly leader: KnownLeader;
  /** Asked at each event: giving up may depend on how the other connections are. */
  readonly policy: () => ReconnectPolicy;
}

export interface ConnectionListener {
  /** After each effect, with the state it belongs to. */
  performed(effect: Effect): void;
  /** Its turn has come: the address is being dialed. */
  dialing(): void;
  /** The session is free for the next request. */
  idle(): void;
}

/** A request whose connection ended before its answer came. */
interface Lost {
  readonly request: SessionRequest;
  readonly recovery: Recovery;
  /** Under which it was written. */
  readonly identity: Identity;
  readonly number: bigint;
  readonly settle: (outcome: Outcome) => void;
  /** Of the attempt to recover it that is under way. */
  attempt: Promise<void> | undefined;
}

/**
 * One session slot: performs what the machine decides, and owns what outlives a socket: the identity,
 * and the request that was in flight when the last one ended. Everything that happens to the connection
 * comes in through `#apply`.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  #state: State = IDLE;
  #identity: Identity | undefined;
  #session: Session | undefined;
  #retry: Timer | undefined;
  #serverVersion: string | undefined;
  #lost: Lost | undefined;
  #redirects = 0;

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    invariant(options.addresses.length > 0, 'a connection needs an address');
    this.#options = options;
    this.#listener = listener;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether an attempt is under way, not merely due. */
  get isDialing(): boolean {
    return this.#state.kind === 'dialing' && this.#session !== undefined;
  }

  /** What the broker said of itself at the last login. */
  get serverVersion(): string | undefined {
    return this.#serverVersion;
  }

  /** Logged in, and free for a request. */
  get isIdle(): boolean {
    return this.#session?.isIdle === true;
  }

  open(): void {
    this.#apply({ kind: 'open' });
  }

  close(): void {
    this.#apply({ kind: 'close' });
  }

  /** Only while idle: tells the broker that it is over. */
  async logOut(deadlineMs: number): Promise<void> {
    await this.#session?.logOut(deadlineMs);
  }

  /**
   * Only while idle. Settles as soon as the outcome is known or the caller's signal fires. A request with
   * a recovery outlives its connection: its outcome may come over the next one. Never rejects.
   */
  async request(request: SessionRequest): Promise<Outcome> {
    const session = this.#session;
    const identity = this.#identity;
    invariant(session !== undefined && identity !== undefined, 'an idle connection has a session');
    const number = identity.numberFor(request.operation);
    const outcome = await session.request(request, number);
    const { recovery, signal } = request;
    // The next login is a timer away: nothing has been taken from or put into this slot since the loss.
    const recoverable = session.isOver && !signal.aborted && this.#state.kind !== 'closed';
    if (outcome.kind !== 'in-doubt' || recovery === undefined || !recoverable) return outcome;
    return this.#awaitRecovery({ request, recovery, identity, number });
  }

  #awaitRecovery(lost: Omit<Lost, 'settle' | 'attempt'>): Promise<Outcome> {
    const { signal } = lost.request;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const settle = (outcome: Outcome): void => {
      signal.removeEventListener('abort', onAbort);
      if (this.#lost === entry) this.#lost = undefined;
      resolve(outcome);
    };
    const entry: Lost = { ...lost, settle, attempt: undefined };
    const onAbort = (): void => {
      const released = entry.attempt ?? Promise.resolve();
      settle({ kind: 'in-doubt', cause: signal.reason, released });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#lost = entry;
    return promise;
  }

  /** Takes the session before anybody else can; what is lost again waits for the next one. */
  #recover(lost: Lost, session: Session, serverVersion: string): void {
    const { request, identity, number, recovery, settle } = lost;
    lost.attempt = session.reserve(async (ask) => {
      const isOurs = identity === this.#identity;
      const outcome = await recovery({
        ask,
        resend: isOurs ? () => ask(request, number) : undefined,
        serverVersion,
      });
      const isFinal = outcome.kind === 'answered' || outcome.kind === 'refused';
      if (isFinal) settle(outcome);
      else if (!session.isOver) settle(unfinished(outcome.cause, true));
    });
  }

  #apply(event: Event): void {
    const [next, ...effects] = transition(this.#state, event, this.#options.policy());
    this.#state = next;
    for (const effect of effects) {
      this.#perform(effect);
      this.#listener.performed(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'dial':
        this.#options.turns.take(this, () => this.#dial(effect));
        return;
      case 'wait':
        this.#retry = this.#options.session.clock.after(effect.delayMs, () => {
          this.#apply({ kind: 'retry-due', epoch: effect.epoch });
        });
        return;
      case 'hang-up':
        this.#retry?.cancel();
        this.#session?.end(effect.loss);
        this.#session = undefined;
        if (this.#state.kind === 'closed') this.#lost?.settle(unfinished(effect.loss.error, true));
        return;
      case 'admit-waiters':
      case 'turn-waiters-away':
        // The owner's to do: it keeps the waiters.
        return;
    }
  }

  #dial({ epoch, rotation, newIdentity }: Extract<Effect, { kind: 'dial' }>): void {
    const { addresses, session, randomBytes, leader } = this.#options;
    if (newIdentity || this.#identity === undefined) this.#identity = mintIdentity(randomBytes);
    const followed = leader.address;
    const address = followed ?? addresses[rotation % addresses.length];
    invariant(address !== undefined, 'a rotation within the addresses');
    const opened = new Session(session, address, this.#identity, {
      ready: (serverVersion) => {
        this.#serverVersion = serverVersion;
        this.#redirects = 0;
        if (this.#lost !== undefined) this.#recover(this.#lost, opened, serverVersion);
        this.#apply({ kind: 'ready', epoch });
      },
      idle: () => this.#listener.idle(),
      follows: (next) => this.#redirects < REDIRECTS_MAX && !leader.isUnreachable(next),
      lost: (loss, next) => this.#end(epoch, loss, followed, next),
    });
    this.#session = opened;
    this.#listener.dialing();
  }

  /**
   * @param followed The leader that was dialed, if it was not a configured address.
   * @param next The leader to go to instead.
   */
  #end(epoch: number, loss: Loss, followed?: Address, next?: Address): void {
    const isOpening = this.#state.kind === 'dialing';
    if (next !== undefined) {
      this.#options.leader.found(next);
      this.#redirects += 1;
    } else if (isOpening && followed !== undefined) {
      this.#options.leader.missed(followed);
      // What is wrong there, such as the certificate, waits for no person: a configured address is next.
      this.#apply({ kind: 'lost', epoch, loss: { ...loss, permanent: false } });
      return;
    }
    const redirected = isOpening && next !== undefined;
    this.#apply(redirected ? { kind: 'redirected', epoch } : { kind: 'lost', epoch, loss });
  }
}
