import {
  type Command,
  encodeBody,
  encodeRequest,
  Operation,
  xxh3,
} from '../../iggy-protocol/index.ts';
import type { RequestFrame } from './conversation.ts';
import type { Identity } from './identity.ts';

/** A request that has its body and waits for a session, which gives it its number. */
export interface WireRequest {
  readonly operation: number;
  /** On the wire only if the operation is NonReplicated. */
  readonly code: number;
  readonly body: Buffer;
}

/** Throws WireError if `value` does not fit the command's layout. */
export function encodeCommand<Request, Response>(
  command: Command<Request, Response>,
  value: Request,
): WireRequest {
  const { operation, code } = command;
  return { operation, code, body: encodeBody(command.request, value) };
}

/**
 * The frame to write now.
 *
 * @param number By default the identity's next, which is taken here: whoever calls this writes next.
 */
export function encodeFrame(
  { operation, code, body }: WireRequest,
  identity: Identity,
  session: bigint,
  number = identity.numberFor(operation),
): RequestFrame {
  const header = {
    client: identity.clientId,
    requestChecksum: isStamped(operation) ? xxh3(body) : 0n,
    timestamp: 0n,
    request: number,
    operation,
    session,
    userId: 0,
    code: operation === Operation.NonReplicated ? code : null,
  };
  return { bytes: encodeRequest(header, body), operation, number };
}

/** Which requests the official Rust client stamps with a checksum of their body (iggy-vsr-0.11 §1.2). */
function isStamped(operation: number): boolean {
  if (operation === Operation.Register || operation === Operation.Logout) return true;
  return operation >= Operation.CreateStream && operation <= Operation.LeaveConsumerGroup;
}
