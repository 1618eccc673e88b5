import {
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

/** 0 was not given. */
export function checksumHolds({ header: { requestChecksum }, body }: Request): boolean {
  return requestChecksum === 0n || requestChecksum === xxh3(body);
}
