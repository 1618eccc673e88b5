import { ByteReader, ByteWriter, WireError } from '../bytes.ts';
import { STATUS } from '../status.ts';
import type { ReplyHeader } from './header.ts';
import { isOperation, Operation } from './operations.ts';

/** What a reply says: the typed payload, or the error code the server refused the request with. */
export type Outcome = { ok: true; payload: Buffer } | { ok: false; code: number };

const ENTRY_BYTES = 8;
const OK = 0;

/** DeleteSegments is here because a committed one answers as TruncatePartition. */
const UNFRAMED: ReadonlySet<number> = new Set([
  Operation.Register,
  Operation.NonReplicated,
  Operation.Logout,
  Operation.DeleteSegments,
  Operation.SendMessages,
]);

/**
 * Whether a reply with this operation byte starts its body with a result section
 * (iggy-vsr-0.11 §1.6). Login replies do so, too, unless they are empty.
 */
export function isResultFramed(operation: number): boolean {
  return isOperation(operation) && !UNFRAMED.has(operation);
}

/**
 * Result section (iggy-vsr-0.11 §1.6):
 *
 *     count     u32     0 = done, the typed payload follows; else the codes follow, and nothing else
 *     count times:
 *       index   u32     0
 *       result  u32     error code
 */
export function encodeAccepted(payload: Uint8Array): Buffer {
  return new ByteWriter(4 + payload.length).u32(0).bytes(payload).finish();
}

/** The body of a reply that was refused in the course of execution. `code` is not 0. */
export function encodeRejected(code: number): Buffer {
  if (code === OK) throw new WireError('a rejection needs an error code');
  return new ByteWriter(4 + ENTRY_BYTES).u32(1).u32(0).u32(code).finish();
}

/** Takes the section off a body. Of several entries the first one's code counts, as everywhere. */
export function splitResult(body: Buffer): Outcome {
  const input = new ByteReader(body);
  const count = input.u32();
  if (count === 0) return { ok: true, payload: input.rest() };
  input.u32();
  const code = input.u32();
  if (code !== OK) return { ok: false, code };
  input.bytes((count - 1) * ENTRY_BYTES);
  return { ok: true, payload: input.rest() };
}

/**
 * Reads a reply in the order the released client does (iggy-vsr-0.11 §1.8): status, then the framing
 * that the reply's own operation byte names. An unknown operation or a cut section says nothing about
 * the request, so it is a WireError, not a refusal.
 */
export function replyOutcome(header: ReplyHeader, body: Buffer): Outcome {
  const { status, operation } = header;
  if (status !== OK) return { ok: false, code: status };
  if (!isOperation(operation)) throw new WireError(`reply has unknown operation ${operation}`);
  if (operation === Operation.Register) {
    // A login that failed for good is answered with nothing (iggy-vsr-0.11 §1.6).
    return body.length > 0 ? splitResult(body) : { ok: false, code: STATUS.InvalidFormat };
  }
  return isResultFramed(operation) ? splitResult(body) : { ok: true, payload: body };
}
