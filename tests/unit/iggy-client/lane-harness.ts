import type { SessionRequest } from '../../../src/iggy-client/connection/session.ts';
import { IggyError } from '../../../src/iggy-client/errors.ts';
import type { Attempt } from '../../../src/iggy-client/flight.ts';
import { type BatchLimits, type LaneLimits, Lanes } from '../../../src/iggy-client/lanes.ts';
import { messagesBytes } from '../../../src/iggy-client/parcel.ts';
import type { LateRequest, PoolOutcome } from '../../../src/iggy-client/pool.ts';
import type { OutgoingMessage, SendResult } from '../../../src/iggy-client/port.ts';
import { encodeBody, sendMessages } from '../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { message } from './open-client.ts';

const LIMITS: LaneLimits = { perLaneMax: 10, entriesMax: 100, bytesMax: 10_000 };
const BATCH: BatchLimits = {
  messagesMax: 100,
  bytesMax: 10_000,
  callersMax: 100,
  lingerMs: 0,
};

/** One batch that was written, until it is told what becomes of it. */
export class Written {
  readonly partitionId: number;
  readonly payloads: readonly string[];
  readonly attempt: Attempt;
  readonly #settle: (outcome: PoolOutcome) => void;

  constructor(
    partitionId: number,
    messages: readonly OutgoingMessage[],
    attempt: Attempt,
    settle: (outcome: PoolOutcome) => void,
  ) {
    this.partitionId = partitionId;
    this.payloads = messages.map(({ payload }) => Buffer.from(payload).toString());
    this.attempt = attempt;
    this.#settle = settle;
  }

  stored(baseOffset: bigint): void {
    const place = { streamId: 0, topicId: 0, partitionId: this.partitionId, baseOffset };
    const payload = encodeBody(sendMessages.response, { confirmations: [place] });
    this.#settle({ kind: 'answered', payload });
  }

  end(outcome: PoolOutcome): void {
    this.#settle(outcome);
  }
}

/** Lanes whose flights are answered by the test. While `isHeld`, no session is free. */
export class LaneHarness {
  readonly clock = new FakeClock();
  readonly written: Written[] = [];
  readonly lanes: Lanes;
  isHeld = false;
  /** Why nothing is taken. */
  closed: IggyError | undefined;
  /** What cannot be written. */
  unwritable: string | undefined;
  /** How often a session was asked for. */
  asked = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    batch: Partial<BatchLimits> = {},
    limits: Partial<LaneLimits> = {},
    gather?: () => Promise<void>,
  ) {
    this.lanes = new Lanes({
      limits: { ...LIMITS, ...limits },
      batch: { ...BATCH, ...batch },
      clock: this.clock,
      gather,
      tooLate,
      flightParts: ({ partitionId }) => {
        let packed: [readonly OutgoingMessage[], Attempt] = [[], NO_ATTEMPT];
        return {
          tooLate,
          carry: (late) =>
            this.#carry(late, (settle) => new Written(partitionId, ...packed, settle)),
          pack: (messages, attempt) => {
            packed = [messages, attempt];
            return this.#request(messages);
          },
          stored: () => {},
        };
      },
    });
  }

  /** One message a send, unless `payloads` has commas. */
  send(payloads: string, { partitionId = 0, signal = PATIENCE } = {}): Promise<SendResult> {
    const messages = payloads.split(',').map((payload) => message(payload));
    const destination = { stream: 's', topic: 't', partitionId };
    const load = { bytes: messagesBytes(messages), signal };
    const result = this.lanes.send(destination, messages, load);
    result.catch(() => {});
    return result;
  }

  /** A session is free for all that wait. */
  async release(): Promise<void> {
    this.isHeld = false;
    for (const proceed of this.#waiting.splice(0)) proceed();
    await this.clock.settle();
  }

  get last(): Written {
    const last = this.written.at(-1);
    if (last === undefined) throw new Error('nothing was written');
    return last;
  }

  get payloads(): (readonly string[])[] {
    return this.written.map(({ payloads }) => payloads);
  }

  #request(messages: readonly OutgoingMessage[]): SessionRequest {
    const refused = messages.some(
      ({ payload }) => Buffer.from(payload).toString() === this.unwritable,
    );
    if (refused) throw new IggyError('refused', 'too large', { code: 4022, local: true });
    return { operation: 160, code: 101, body: Buffer.alloc(0), signal: PATIENCE };
  }

  /** As the pool does it: waits for a session, composes, writes; `attempt` as the session does it. */
  async #carry(
    late: LateRequest,
    write: (settle: (outcome: PoolOutcome) => void) => Written,
  ): Promise<PoolOutcome> {
    this.asked += 1;
    if (this.closed !== undefined) return { kind: 'not-admitted', error: this.closed };
    if (late.signal.aborted) return { kind: 'not-admitted', error: tooLate() };
    if (this.isHeld && (await this.#hold(late.signal)) === 'left') {
      return { kind: 'not-admitted', error: tooLate() };
    }
    const request = late.compose();
    if (request instanceof IggyError) return { kind: 'not-admitted', error: request };
    const { promise, resolve } = Promise.withResolvers<PoolOutcome>();
    const written = write(resolve);
    const { signal, progress } = written.attempt;
    progress.inDoubt = true;
    const released = promise.then(() => {});
    this.written.push(written);
    return new Promise((settle) => {
      void promise.then(settle);
      signal.addEventListener('abort', () => {
        const cause: unknown = signal.reason;
        settle(
          progress.inDoubt
            ? { kind: 'in-doubt', cause, released }
            : { kind: 'not-executed', cause },
        );
      });
    });
  }

  #hold(signal: AbortSignal): Promise<'free' | 'left'> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve('free'));
      signal.addEventListener('abort', () => resolve('left'));
    });
  }
}

const PATIENCE = new AbortController().signal;
const NO_ATTEMPT: Attempt = { signal: PATIENCE, progress: { inDoubt: false, isRecalled: false } };

function tooLate(): IggyError {
  return new IggyError('timeout', 'too late');
}
