import type { RequestHeader } from '../iggy-protocol/index.ts';

/** Replies kept per client, for a request that is sent again (iggy-vsr-0.11 §2.8). */
const REPLIES_MAX = 5;

interface RememberedReply {
  readonly request: bigint;
  readonly operation: number;
  readonly requestChecksum: bigint;
  readonly frame: Buffer;
}

interface Entry {
  /** The connection that logged in last under this id, and owns it. */
  connectionId: number;
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

/**
 * Client ids that are logged in, each with what it did lately. An entry lives as long as the connection
 * that owns it: like the official server, which forgets a client that hung up.
 */
export class ClientTable {
  readonly #entries = new Map<bigint, Entry>();

  /** A second login under the same id takes it over, history included; the first one loses it. */
  claim(clientId: bigint, connectionId: number): void {
    const entry = this.#entries.get(clientId);
    if (entry === undefined) {
      this.#entries.set(clientId, { connectionId, watermark: 0n, replies: [] });
    } else {
      entry.connectionId = connectionId;
    }
  }

  owns(clientId: bigint, connectionId: number): boolean {
    return this.#entries.get(clientId)?.connectionId === connectionId;
  }

  release(clientId: bigint, connectionId: number): void {
    if (this.owns(clientId, connectionId)) this.#entries.delete(clientId);
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
    entry.watermark = request;
    entry.replies.push({ request, operation, requestChecksum, frame });
    if (entry.replies.length > REPLIES_MAX) entry.replies.shift();
  }
}

/** A checksum of 0 was not given, and matches any. */
function isSame(reply: RememberedReply, { operation, requestChecksum }: RequestHeader): boolean {
  if (reply.operation !== operation) return false;
  if (reply.requestChecksum === 0n || requestChecksum === 0n) return true;
  return reply.requestChecksum === requestChecksum;
}
