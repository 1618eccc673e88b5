import {
  acceptsVersion,
  isOperation,
  Operation,
  type Request,
  type RequestHeader,
  xxh3,
} from '../iggy-protocol/index.ts';

/** Operations that servers send each other (iggy-vsr-0.11 §1.4). */
export function isInternal(operation: number): boolean {
  return operation >= 64 && operation <= 127;
}

/** Metadata operations tell their outcome in the result section; those of partitions have a status only. */
export function isMetadata(operation: number): boolean {
  return operation < Operation.SendMessages;
}

/**
 * What makes a header unanswerable (iggy-vsr-0.11 §1.2). The official server ignores such a frame and
 * leaves its sender waiting; whoever closes the connection instead tells it at once.
 */
export function headerFault({
  client,
  operation,
  session,
  request,
}: RequestHeader): string | undefined {
  if (client === 0n) return 'client id 0';
  if (operation === Operation.NonReplicated) return undefined;
  if (operation === Operation.Register) {
    return session === 0n && request === 0n ? undefined : 'login with a session or number';
  }
  if (!isInternal(operation) && !isOperation(operation)) return `unknown operation ${operation}`;
  return session > 0n && request > 0n ? undefined : 'operation without session or number';
}

/**
 * 0 was not given. Nor does a login of another version give one: from 0.12 on the field is a random
 * request id, and its sender deserves to hear of the version, not of a checksum.
 */
export function checksumHolds({ header, body }: Request): boolean {
  const { requestChecksum, operation } = header;
  if (requestChecksum === 0n || requestChecksum === xxh3(body)) return true;
  return operation === Operation.Register && announcesOtherVersion(body);
}

/** The version is the first field of every login (iggy-vsr-0.11 §2.3). */
function announcesOtherVersion(body: Buffer): boolean {
  return body.length >= VERSION_BYTES && !acceptsVersion(body.readUInt32LE());
}

const VERSION_BYTES = 4;
