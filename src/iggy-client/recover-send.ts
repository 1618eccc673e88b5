import {
  decodeBody,
  encodeBody,
  type PolledMessage,
  pollMessages,
  readRecords,
  sendMessages,
  WireError,
} from '../iggy-protocol/index.ts';
import type { Calls } from './calls.ts';
import { type Outcome, unfinished } from './connection/outcome.ts';
import type { Inquiry, Recovery } from './connection/recovery.ts';
import type { Destination } from './destination.ts';
import { deduplicatesSends } from './dialect.ts';
import type { OutgoingMessage } from './port.ts';
import { named } from './views.ts';

/** A batch whose answer did not come. */
export interface LostSend {
  readonly destination: Destination;
  readonly messages: readonly OutgoingMessage[];
  /** Where the partition ended before it, as far as we know. */
  readonly fromOffset: bigint | undefined;
  readonly signal: AbortSignal;
}

/** So much a message may seem to be stored before it was sent, by clocks that differ: 1 min. */
const CLOCKS_APART_MICROS = 60_000_000n;
/** Messages looked through at most, and at first in one poll. */
const READ_BACK_MAX = 10_000n;
const PAGE_MAX = 200;
/** Any: a poll that commits nothing leaves no trace of its consumer. */
const CONSUMER_ID = 1;

/**
 * Learns over a later session whether a send was stored: reads the partition back, and where it is not
 * there writes the identical frame again, if the broker is one that takes a copy for a copy. Not finding
 * it proves nothing, for the first frame may still wait to be read somewhere; only what the broker knows
 * of its number settles that. What the broker knows may be gone after a crash; what it had stored is
 * not: that is why both happen on one session, in this order, and why nothing is written again while
 * some of what came since was not looked through.
 */
export function recoverSend(lost: LostSend, calls: Calls): Recovery {
  // Large messages may make a page too large for a frame, which costs the session: then ask for less.
  let pageMax = PAGE_MAX;

  return async ({ ask, resend, serverVersion }) => {
    const readBack = new ReadBack(lost, calls, ask, pageMax);
    const found = await readBack.run();
    if (found.kind === 'found') return stored(lost, found.baseOffset);
    if (found.kind === 'unfinished') {
      pageMax = Math.max(1, Math.floor(pageMax / 4));
      return found.outcome;
    }
    const cause = new Error('the broker does not show the messages, and might store a copy too');
    const isSafe = found.whole && deduplicatesSends(serverVersion);
    if (resend === undefined || lost.signal.aborted || !isSafe) return unfinished(cause, true);
    const outcome = await resend();
    if (outcome.kind !== 'answered' || !isRecognised(outcome.payload)) return outcome;
    const again = await readBack.run();
    return again.kind === 'found' ? stored(lost, again.baseOffset) : outcome;
  };
}

type Finding =
  | { readonly kind: 'found'; readonly baseOffset: bigint }
  /** `whole`: of what was stored since it was sent, nothing was left out. */
  | { readonly kind: 'absent'; readonly whole: boolean }
  | { readonly kind: 'unfinished'; readonly outcome: Outcome };

interface Page {
  readonly messages: readonly PolledMessage[];
  readonly currentOffset: bigint;
}

/** Looks for one batch in a partition, page by page. */
class ReadBack {
  readonly #lost: LostSend;
  readonly #calls: Calls;
  readonly #ask: Inquiry['ask'];
  readonly #pageMax: number;

  constructor(lost: LostSend, calls: Calls, ask: Inquiry['ask'], pageMax: number) {
    this.#lost = lost;
    this.#calls = calls;
    this.#ask = ask;
    this.#pageMax = pageMax;
  }

  async run(): Promise<Finding> {
    const tail = await this.#poll(0n, 1);
    if ('outcome' in tail) return tail;
    const { currentOffset } = tail;
    const { fromOffset } = this.#lost;
    const earliest = currentOffset < READ_BACK_MAX ? 0n : currentOffset - READ_BACK_MAX + 1n;
    // Behind the end: the partition was emptied, and what we remember of it is from before.
    const outdated = fromOffset === undefined || fromOffset > currentOffset + 1n;
    if (!outdated && fromOffset >= earliest) return this.#search(fromOffset, currentOffset, true);
    return this.#search(earliest, currentOffset, earliest === 0n);
  }

  async #search(fromOffset: bigint, currentOffset: bigint, fromStart: boolean): Promise<Finding> {
    const sent = this.#lost.messages;
    let whole = fromStart;
    let window: PolledMessage[] = [];
    let next = fromOffset;
    while (next <= currentOffset && !this.#lost.signal.aborted) {
      const page = await this.#poll(next, this.#pageMax);
      if ('outcome' in page) return page;
      const last = page.messages.at(-1);
      if (last === undefined) break;
      // Older than ours, then so is all that lies before it.
      whole ||= page.messages.some((message) => isOlder(message, sent));
      for (const message of page.messages) window.push(message);
      const baseOffset = findBatch(window, sent);
      if (baseOffset !== undefined) return { kind: 'found', baseOffset };
      // No more than that: each message holds on to its page, and a page may be as large as a frame.
      window = beginningOf(window, sent);
      next = last.offset + 1n;
    }
    return { kind: 'absent', whole };
  }

  async #poll(
    offset: bigint,
    count: number,
  ): Promise<Page | Extract<Finding, { outcome: Outcome }>> {
    const { destination, signal } = this.#lost;
    const outcome = await this.#ask({
      ...this.#calls.encode(pollMessages, {
        consumer: { kind: 'consumer', id: { kind: 'numeric', value: CONSUMER_ID } },
        stream: named(destination.stream),
        topic: named(destination.topic),
        partition: destination.partitionId,
        strategy: { kind: 'offset', value: offset },
        count,
        autoCommit: false,
      }),
      signal,
    });
    // A refusal of the poll says nothing of the send.
    if (outcome.kind === 'refused') return inDoubt(new Error('the partition cannot be read back'));
    if (outcome.kind !== 'answered') return inDoubt(outcome.cause);
    try {
      const { records, currentOffset } = decodeBody(pollMessages.response, outcome.payload);
      return { messages: readRecords(records), currentOffset };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return inDoubt(error);
    }
  }
}

function inDoubt(cause: unknown): Extract<Finding, { outcome: Outcome }> {
  return { kind: 'unfinished', outcome: unfinished(cause, true) };
}

/** The whole batch in sequence: a single id may be that of somebody else's copy of a message. */
function findBatch(
  window: readonly PolledMessage[],
  sent: readonly OutgoingMessage[],
): bigint | undefined {
  for (let start = 0; start + sent.length <= window.length; start += 1) {
    if (sent.every((message, index) => isSame(window[start + index], message))) {
      return window[start]?.offset;
    }
  }
  return undefined;
}

/** The end of `window`, as far as it may be the beginning of the batch. */
function beginningOf(
  window: readonly PolledMessage[],
  sent: readonly OutgoingMessage[],
): PolledMessage[] {
  for (
    let start = Math.max(0, window.length - sent.length + 1);
    start < window.length;
    start += 1
  ) {
    const end = window.slice(start);
    if (end.every((message, index) => isSame(message, sent[index]))) return end;
  }
  return [];
}

function isOlder({ timestamp }: PolledMessage, sent: readonly OutgoingMessage[]): boolean {
  return sent.every((message) => timestamp + CLOCKS_APART_MICROS < message.originTimestampMicros);
}

function isSame(shown: PolledMessage | undefined, sent: OutgoingMessage | undefined): boolean {
  if (shown === undefined || sent === undefined) return false;
  return (
    shown.id === sent.id &&
    shown.originTimestamp === sent.originTimestampMicros &&
    shown.payload.equals(sent.payload)
  );
}

/** The broker has it already, and does not say where (iggy-vsr-0.11 §2.9). */
function isRecognised(payload: Buffer): boolean {
  try {
    return decodeBody(sendMessages.response, payload).confirmations.length === 0;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}

/** In the broker's words, as if its answer had come. */
function stored({ destination }: LostSend, baseOffset: bigint): Outcome {
  const { partitionId } = destination;
  const confirmation = { streamId: 0, topicId: 0, partitionId, baseOffset };
  return {
    kind: 'answered',
    payload: encodeBody(sendMessages.response, { confirmations: [confirmation] }),
  };
}
