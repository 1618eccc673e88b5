import {
  encodeEviction,
  encodeReply,
  EvictionReason,
  PROTOCOL_VERSION,
  type RequestHeader,
} from '../iggy-protocol/index.ts';

const NOTHING = Buffer.alloc(0);

/** How far the broker has come: one step per committed reply. Starts again with each start. */
export class LogPosition {
  #current = 0n;

  get current(): bigint {
    return this.#current;
  }

  advance(): bigint {
    this.#current += 1n;
    return this.#current;
  }
}

interface ReplyFields {
  operation: number;
  status: number;
  op: bigint;
  commit: bigint;
  timestamp: bigint;
}

/** The outcome of something that was executed, good or bad (iggy-vsr-0.11 §1.3). */
export function committedReply(
  request: RequestHeader,
  operation: number,
  position: bigint,
  timestamp: bigint,
  body: Buffer,
): Buffer {
  return reply(request, { operation, status: 0, op: position, commit: position, timestamp }, body);
}

/** The answer to a read. `op` is the session, or 0. */
export function directReply(
  request: RequestHeader,
  op: bigint,
  commit: bigint,
  body: Buffer,
): Buffer {
  const { operation, timestamp } = request;
  return reply(request, { operation, status: 0, op, commit, timestamp }, body);
}

/** The answer to what was not executed. `op` is the session of a read, else 0. */
export function denial(request: RequestHeader, status: number, op: bigint, commit: bigint): Buffer {
  const { operation, timestamp } = request;
  return reply(request, { operation, status, op, commit, timestamp }, NOTHING);
}

/** `client` and `request` are echoed: there are clients that look for them (iggy-vsr-0.11 §1.7). */
function reply(request: RequestHeader, fields: ReplyFields, body: Buffer): Buffer {
  return encodeReply(
    {
      requestChecksum: request.requestChecksum,
      client: request.client,
      request: request.request,
      cluster: 0n,
      view: 0,
      replica: 0,
      ...fields,
    },
    body,
  );
}

/** The end of a session, or the refusal of one; it tells the version window only where that is why. */
export function eviction(client: bigint, reason: EvictionReason): Buffer {
  const version = reason === EvictionReason.IncompatibleProtocol ? PROTOCOL_VERSION : 0;
  return encodeEviction({
    client,
    reason,
    serverProtocolVersion: version,
    serverProtocolVersionMin: version,
  });
}
