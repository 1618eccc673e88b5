import type { Timer } from '../../utils/clock.ts';
import { invariant } from '../../utils/invariant.ts';
import type { DialTurns } from './dial-turns.ts';
import type { Address } from './duplex.ts';
import { type Identity, mintIdentity, type RandomBytes } from './identity.ts';
import {
  type Effect,
  type Event,
  IDLE,
  type ReconnectPolicy,
  type State,
  transition,
} from './machine.ts';
import { Session, type SessionOptions } from './session.ts';

export interface ConnectionOptions {
  /** At least one; the next one is tried after each failed attempt. */
  readonly addresses: readonly Address[];
  readonly session: SessionOptions;
  readonly randomBytes: RandomBytes;
  /** Shared by all connections of a pool. */
  readonly turns: DialTurns;
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

/**
 * One session slot: performs what the machine decides, and owns what outlives a socket, which is the
 * identity. Everything that happens comes in through `#apply`.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  #state: State = IDLE;
  #identity: Identity | undefined;
  #session: Session | undefined;
  #retry: Timer | undefined;
  #serverVersion: string | undefined;

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
  get idleSession(): Session | undefined {
    return this.#session?.isIdle === true ? this.#session : undefined;
  }

  open(): void {
    this.#apply({ kind: 'open' });
  }

  close(): void {
    this.#apply({ kind: 'close' });
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
        return;
      case 'admit-waiters':
      case 'turn-waiters-away':
        // The owner's to do: it keeps the waiters.
        return;
    }
  }

  #dial({ epoch, rotation, newIdentity }: Extract<Effect, { kind: 'dial' }>): void {
    const { addresses, session, randomBytes } = this.#options;
    if (newIdentity || this.#identity === undefined) this.#identity = mintIdentity(randomBytes);
    const address = addresses[rotation % addresses.length];
    invariant(address !== undefined, 'a rotation within the addresses');
    this.#session = new Session(session, address, this.#identity, {
      ready: (serverVersion) => {
        this.#serverVersion = serverVersion;
        this.#apply({ kind: 'ready', epoch });
      },
      idle: () => this.#listener.idle(),
      lost: (loss) => this.#apply({ kind: 'lost', epoch, loss }),
    });
    this.#listener.dialing();
  }
}
