import {
  type ByteWriter,
  composeReply,
  encodeEviction,
  encodeReply,
  EvictionReason,
  PROTOCOL_VERSION,
  type ReplyHeader,
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

/** The answer to a read: what `writeBody` writes, if there is anything. `op` is the session, or 0. */
export function directReply(
  request: RequestHeader,
  op: bigint,
  commit: bigint,
  writeBody: (out: ByteWriter) => void = () => {},
): Buffer {
  const { operation, timestamp } = request;
  const fields = { operation, status: 0, op, commit, timestamp };
  return composeReply(replyHeader(request, fields), writeBody);
}

/** The answer to what was not executed. `op` is the session of a read, else 0. */
export function denial(request: RequestHeader, status: number, op: bigint, commit: bigint): Buffer {
  const { operation, timestamp } = request;
  return reply(request, { operation, status, op, commit, timestamp }, NOTHING);
}

function reply(request: RequestHeader, fields: ReplyFields, body: Buffer): Buffer {
  return encodeReply(replyHeader(request, fields), body);
}

/** `client` and `request` are echoed: there are clients that look for them (iggy-vsr-0.11 §1.7). */
function replyHeader(request: RequestHeader, fields: ReplyFields): ReplyHeader {
  return {
    requestChecksum: request.requestChecksum,
    client: request.client,
    request: request.request,
    cluster: 0n,
    view: 0,
    replica: 0,
    ...fields,
  };
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
