import type { RequestHeader } from '../iggy-protocol/index.ts';
import type { BrokerLimits } from './limits.ts';
import type { Storage, StoredReply } from './storage.ts';

/** Replies kept per client, for a request that is sent again (iggy-vsr-0.11 §2.8). */
const REPLIES_MAX = 5;

type RememberedReply = Pick<StoredReply, 'request' | 'operation' | 'requestChecksum' | 'frame'>;

interface Entry {
  readonly userId: number;
  /** The connection that logged in last under this id, and owns it; none since the last start. */
  connectionId: number | undefined;
  /** Highest number of an executed metadata operation. */
  watermark: bigint;
  /** Oldest first. */
  readonly replies: RememberedReply[];
}

/**
 * - `new`: never seen; execute it.
 * - `repeated`: done before; `frame` is the reply it got then.
 * - `applied`: done so long ago that its reply is forgotten.
 * - `conflict`: the number belongs to a different request.
 */
export type Recollection =
  | { kind: 'new' }
  | { kind: 'repeated'; frame: Buffer }
  | { kind: 'applied' }
  | { kind: 'conflict' };

type TableLimits = Pick<BrokerLimits, 'repliedClientsMax' | 'repliesBytesMax'>;

/**
 * Client ids that are logged in, each with what it did lately. An entry lives as long as the connection
 * that owns it: like the official server, which forgets a client that hung up, and remembers one that was
 * connected when the server itself went down (iggy-vsr-observed §1.3). For that the newest reply of each
 * client is stored, in the commit group of what it replies to.
 */
export class ClientTable {
  readonly #storage: Storage;
  readonly #limits: TableLimits;
  /** In order of the newest replies, the one that lies longest back first. */
  readonly #entries = new Map<bigint, Entry>();
  /** Of entries that have replies. */
  #repliedCount = 0;
  #repliesBytes = 0;

  constructor(storage: Storage, stored: readonly StoredReply[], limits: TableLimits) {
    this.#storage = storage;
    this.#limits = limits;
    for (const { clientId, userId, ...reply } of stored) {
      const entry = { userId, connectionId: undefined, watermark: 0n, replies: [] };
      this.#entries.set(clientId, entry);
      this.#add(entry, reply);
    }
    this.#forgetExcess();
  }

  /**
   * A second login under the same id takes it over, history included; the first one loses it. False if
   * the id is another user's (iggy-vsr-0.11 §2.3).
   */
  claim(clientId: bigint, userId: number, connectionId: number): boolean {
    const entry = this.#entries.get(clientId);
    if (entry === undefined) {
      this.#entries.set(clientId, { userId, connectionId, watermark: 0n, replies: [] });
      return true;
    }
    if (entry.userId !== userId) return false;
    entry.connectionId = connectionId;
    return true;
  }

  owns(clientId: bigint, connectionId: number): boolean {
    return this.#entries.get(clientId)?.connectionId === connectionId;
  }

  release(clientId: bigint, connectionId: number): void {
    const entry = this.#entries.get(clientId);
    if (entry?.connectionId !== connectionId) return;
    this.#forgetReplies(clientId, entry);
    this.#entries.delete(clientId);
  }

  recall(clientId: bigint, header: RequestHeader): Recollection {
    const entry = this.#entries.get(clientId);
    if (entry === undefined || header.request > entry.watermark) return { kind: 'new' };
    const reply = entry.replies.find(({ request }) => request === header.request);
    if (reply === undefined) return { kind: 'applied' };
    return isSame(reply, header) ? { kind: 'repeated', frame: reply.frame } : { kind: 'conflict' };
  }

  remember(clientId: bigint, header: RequestHeader, frame: Buffer): void {
    const entry = this.#entries.get(clientId);
    if (entry === undefined) return;
    const { request, operation, requestChecksum } = header;
    const reply = { request, operation, requestChecksum, frame };
    this.#entries.delete(clientId);
    this.#entries.set(clientId, entry);
    this.#add(entry, reply);
    this.#storage.putReply({ clientId, userId: entry.userId, ...reply });
    this.#forgetExcess();
  }

  #add(entry: Entry, reply: RememberedReply): void {
    if (entry.replies.length === 0) this.#repliedCount += 1;
    entry.watermark = reply.request;
    entry.replies.push(reply);
    this.#repliesBytes += reply.frame.length;
    if (entry.replies.length > REPLIES_MAX) {
      this.#repliesBytes -= entry.replies.shift()?.frame.length ?? 0;
    }
  }

  #forgetExcess(): void {
    const { repliedClientsMax, repliesBytesMax } = this.#limits;
    for (const [clientId, entry] of this.#entries) {
      if (this.#repliedCount <= repliedClientsMax && this.#repliesBytes <= repliesBytesMax) return;
      this.#forgetReplies(clientId, entry);
      // Who is connected is still told that a number was used.
      if (entry.connectionId === undefined) this.#entries.delete(clientId);
    }
  }

  #forgetReplies(clientId: bigint, entry: Entry): void {
    if (entry.replies.length === 0) return;
    for (const { frame } of entry.replies.splice(0)) this.#repliesBytes -= frame.length;
    this.#repliedCount -= 1;
    if (this.#storage.room !== 'none') this.#storage.deleteReply(clientId);
  }
}

/** A checksum of 0 was not given, and matches any. */
function isSame(reply: RememberedReply, { operation, requestChecksum }: RequestHeader): boolean {
  if (reply.operation !== operation) return false;
  if (reply.requestChecksum === 0n || requestChecksum === 0n) return true;
  return reply.requestChecksum === requestChecksum;
}
