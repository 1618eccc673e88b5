import {
  commands,
  EMPTY,
  replyOutcome,
  STATUS,
  statusName,
  WireError,
} from '../../iggy-protocol/index.ts';
import type { Clock, Timer } from '../../utils/clock.ts';
import { invariant } from '../../utils/invariant.ts';
import { type Answer, Conversation } from './conversation.ts';
import type { Address, Dial } from './duplex.ts';
import type { Identity } from './identity.ts';
import { ASK_FOR_CLUSTER, findLeader } from './leader.ts';
import { type LoginOptions, logIn } from './login.ts';
import { passingLoss } from './loss.ts';
import type { Loss } from './machine.ts';
import { encodeCommand, encodeFrame, type WireRequest } from './request.ts';
import { type Outcome, stillInDoubt, unfinished } from './outcome.ts';
import type { Recovery } from './recovery.ts';
import {
  FOLLOW_AFTER_MS,
  isDeduplicated,
  isTransient,
  pauseBeforeResend,
  RESEND_BUDGET_MS,
} from './resend.ts';

/** A request and its caller's patience. */
export interface SessionRequest extends WireRequest {
  readonly signal: AbortSignal;
  /** How to learn what became of it if its connection ends; without one, nobody will ever know. */
  readonly recovery?: Recovery;
  /** Kept true to what is known of it, for a caller who must know before the outcome is there. */
  readonly progress?: Progress;
}

export interface Progress {
  /** Whether the request may have happened, as far as is known at this moment. */
  inDoubt: boolean;
  /** Set by the caller while it is not in doubt: it is not to be written again. */
  isRecalled: boolean;
}

export interface SessionOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly login: LoginOptions;
  /** Until the connection is made (and trusted). */
  readonly connectTimeoutMs: number;
  /** For each frame, less the time nothing was heard before it; then the connection is ended. */
  readonly replyDeadlineMs: number;
  /** Idle for so long, the connection is tried with a ping. */
  readonly heartbeatIntervalMs: number;
  readonly pingDeadlineMs: number;
  readonly frameBytesMax: number;
}

export interface SessionListener {
  /** Logged in, and idle. */
  ready(serverVersion: string): void;
  /** Free for the next request. */
  idle(): void;
  /** Whether to leave this node for the cluster's leader. */
  follows(leader: Address): boolean;
  /**
   * Once, and last. Not called if the owner ended it.
   *
   * @param leader Where to go instead, if that is why.
   */
  lost(loss: Loss, leader?: Address): void;
}

const PING = encodeCommand(commands.ping, EMPTY);
const LOGOUT = encodeCommand(commands.logout, EMPTY);

/**
 * One logged-in conversation with a broker, from dialing to its end. One request at a time: it is free
 * again when the reply has come, whether or not the caller still waits for it.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #address: Address;
  readonly #identity: Identity;
  readonly #listener: SessionListener;
  readonly #conversation: Conversation;
  #phase: 'opening' | 'idle' | 'busy' | 'over' = 'opening';
  /** The connect timeout at first, the heartbeat later. */
  #timer: Timer;
  /** The number the broker gave this login; every frame after it carries it. */
  #number = 0n;
  #serverVersion = '';
  /** When to ask who leads, while nothing is taken: it may be one request after the other. */
  #followMs: number | undefined;

  constructor(
    options: SessionOptions,
    address: Address,
    identity: Identity,
    listener: SessionListener,
  ) {
    const { clock, dial, frameBytesMax, connectTimeoutMs } = options;
    this.#options = options;
    this.#address = address;
    this.#identity = identity;
    this.#listener = listener;
    this.#timer = clock.after(connectTimeoutMs, () => {
      const { host, port } = address;
      this.#lose(
        passingLoss(new Error(`no connection to ${host}:${port} within ${connectTimeoutMs} ms`)),
      );
    });
    this.#conversation = new Conversation(
      { dial, address, clock, frameBytesMax },
      { opened: () => void this.#open(), ended: (loss) => this.#lose(loss) },
    );
  }

  get isIdle(): boolean {
    return this.#phase === 'idle';
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /**
   * Only while idle. Settles as soon as the outcome is known or the caller's signal fires; in the
   * latter case the session stays busy until the reply has come. Never rejects.
   *
   * @param number By default the identity's next.
   */
  request(
    request: SessionRequest,
    number = this.#identity.numberFor(request.operation),
  ): Promise<Outcome> {
    this.#occupy();
    const { signal } = request;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const progress = request.progress ?? { inDoubt: false, isRecalled: false };
    const released = this.#run(request, number, progress, (outcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
    const onAbort = (): void => {
      const cause: unknown = signal.reason;
      resolve(
        progress.inDoubt ? { kind: 'in-doubt', cause, released } : { kind: 'not-executed', cause },
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  /**
   * Only while idle: until `work` is done the session carries what it asks for, one after the other, and
   * nothing else. `ask` never rejects.
   */
  async reserve<Value>(work: (ask: Ask) => Promise<Value>): Promise<Value> {
    this.#occupy();
    try {
      return await work((request, copyOf) => this.#ask(request, copyOf));
    } finally {
      this.#release();
    }
  }

  /** Tells an idle session's broker that it is over, so that nothing is left to clean up there. */
  async logOut(deadlineMs: number): Promise<void> {
    this.#occupy();
    await this.#exchange(LOGOUT, deadlineMs);
    this.end(passingLoss(new Error('logged out')));
  }

  /** Hangs up, without a word to the listener. What is in flight ends as `in-doubt`. */
  end(loss: Loss): void {
    this.#phase = 'over';
    this.#timer.cancel();
    this.#conversation.end(loss);
  }

  #lose(loss: Loss, leader?: Address): void {
    if (this.#phase === 'over') return;
    this.end(loss);
    this.#listener.lost(loss, leader);
  }

  async #open(): Promise<void> {
    this.#timer.cancel();
    const { login, clock } = this.#options;
    const outcome = await logIn(this.#conversation, this.#identity, login, clock);
    if (outcome.kind === 'out') {
      this.#lose(outcome.loss);
      return;
    }
    if (this.#phase !== 'opening') return;
    this.#number = outcome.session;
    this.#serverVersion = outcome.serverVersion;
    await this.#followLeader();
    if (this.#phase !== 'opening') return;
    this.#rest();
    this.#listener.ready(outcome.serverVersion);
  }

  /** Ends the session if the cluster's leader is another node: this one would take no writes. */
  async #followLeader(): Promise<void> {
    const { clock, pingDeadlineMs: deadlineMs } = this.#options;
    const frame = () => encodeFrame(ASK_FOR_CLUSTER, this.#identity, this.#number);
    const times = { clock, deadlineMs };
    const leader = await findLeader(this.#conversation, frame, this.#address, times);
    if (leader === undefined || !this.#listener.follows(leader)) return;
    const where = `${leader.host}:${leader.port}`;
    this.#lose(passingLoss(new Error(`the leader of the cluster is ${where}`)), leader);
  }

  #rest(): void {
    this.#phase = 'idle';
    const { clock, heartbeatIntervalMs } = this.#options;
    this.#timer = clock.after(heartbeatIntervalMs, () => void this.#ping());
  }

  #occupy(): void {
    invariant(this.#phase === 'idle', 'a session takes one request at a time');
    this.#phase = 'busy';
    this.#timer.cancel();
  }

  #release(): void {
    if (this.#phase !== 'busy') return;
    this.#rest();
    this.#listener.idle();
  }

  async #ping(): Promise<void> {
    this.#occupy();
    await this.#exchange(PING, this.#options.pingDeadlineMs);
    this.#release();
  }

  #exchange(request: WireRequest, deadlineMs: number): Promise<Answer> {
    const frame = encodeFrame(request, this.#identity, this.#number);
    return this.#conversation.exchange(frame, deadlineMs);
  }

  async #run(
    request: SessionRequest,
    number: bigint,
    progress: Progress,
    settle: (outcome: Outcome) => void,
  ): Promise<void> {
    settle(await this.#converse(request, number, progress, false));
    this.#release();
  }

  #ask(request: SessionRequest, copyOf?: bigint): Promise<Outcome> {
    const number = copyOf ?? this.#identity.numberFor(request.operation);
    return this.#converse(
      request,
      number,
      { inDoubt: true, isRecalled: false },
      copyOf !== undefined,
    );
  }

  /**
   * Until an answer that is final; 57 and 58 get the identical frame again (iggy-vsr-0.11 §2.10). Not
   * 57 to what the broker would not know for a copy: whether it is harmless only its caller knows.
   *
   * @param isCopy It was written before, over another connection: that copy may have been executed.
   */
  async #converse(
    request: SessionRequest,
    number: bigint,
    progress: Progress,
    isCopy: boolean,
  ): Promise<Outcome> {
    const { clock } = this.#options;
    const frame = encodeFrame(request, this.#identity, this.#number, number);
    const endsMs = clock.monotonicMs() + RESEND_BUDGET_MS;
    let uncommitted = isCopy;
    for (;;) {
      progress.inDoubt = true;
      const answer = await this.#conversation.exchange(frame, this.#patienceMs());
      if (answer.kind === 'ended') {
        return unfinished(answer.loss.error, uncommitted || answer.executed);
      }
      const outcome = this.#read(answer);
      if (outcome.kind !== 'refused' || !isTransient(outcome.code)) {
        this.#followMs = undefined;
        return uncommitted ? stillInDoubt(outcome, answer.header.status) : outcome;
      }
      uncommitted ||= outcome.code === STATUS.TransientNotCommitted;
      progress.inDoubt = uncommitted;
      const cause = new Error(`the broker answered ${statusName(outcome.code)} (${outcome.code})`);
      if (clock.monotonicMs() >= endsMs) return uncommitted ? unfinished(cause, true) : outcome;
      this.#followMs ??= clock.monotonicMs() + FOLLOW_AFTER_MS;
      if (clock.monotonicMs() >= this.#followMs) {
        // A node that lost the lead takes nothing any more (iggy-vsr-0.11 §2.10).
        await this.#followLeader();
        this.#followMs = clock.monotonicMs() + FOLLOW_AFTER_MS;
      }
      const goOn = AbortSignal.any([request.signal, this.#conversation.over]);
      await pauseBeforeResend(clock, goOn);
      // In the same step as the write: an abort between the two would call "not executed" what is sent.
      if (goOn.aborted || progress.isRecalled) return unfinished(cause, uncommitted);
      if (uncommitted && !isDeduplicated(request.operation, this.#serverVersion)) {
        return unfinished(cause, true);
      }
    }
  }

  /**
   * A connection that has been silent before the request gets so much less time: else a request in the
   * middle of a black hole would put off its discovery. But never less than a ping gets.
   */
  #patienceMs(): number {
    const { replyDeadlineMs, pingDeadlineMs } = this.#options;
    return Math.max(replyDeadlineMs - this.#conversation.silentMs, pingDeadlineMs);
  }

  #read({ header, body }: Reply): Outcome {
    try {
      const outcome = replyOutcome(header, body);
      if (outcome.ok) return { kind: 'answered', payload: outcome.payload };
      if (!SESSION_GONE.has(outcome.code)) return { kind: 'refused', code: outcome.code };
      const error = new Error(`the broker ended the session: ${statusName(outcome.code)}`);
      this.#lose(passingLoss(error));
      return unfinished(error, false);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#lose(passingLoss(error));
      return unfinished(error, true);
    }
  }
}

/**
 * Writes a request and sees it to its outcome. With `copyOf` it is one that was written before under that
 * number: until an execution speaks for it, it stays in doubt.
 */
export type Ask = (request: SessionRequest, copyOf?: bigint) => Promise<Outcome>;

type Reply = Extract<Answer, { kind: 'reply' }>;

/** Denials by a broker that has forgotten our login: a new one is needed (iggy-vsr-0.11 §2.10). */
const SESSION_GONE: ReadonlySet<number> = new Set<number>([
  STATUS.Unauthenticated,
  STATUS.StaleClient,
]);
