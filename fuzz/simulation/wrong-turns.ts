import { denial, eviction } from '../../src/iggy-broker/replies.ts';
import {
  decodeRequest,
  EvictionReason,
  Operation,
  type RequestHeader,
  STATUS,
} from '../../src/iggy-protocol/index.ts';

/**
 * Answers that a server may give and ours does not, at least not by itself. What each says of the request
 * is true (iggy-vsr-0.11 §2.10): who denies does not execute; whose outcome is open may have.
 */
export const WRONG_TURNS = [
  'deny with 58',
  'deny with 57',
  'deny with 41',
  'execute and say 57',
  'break off',
  'execute and break off',
  'break off and execute late',
  'evict: no session',
  'evict: client id taken',
  'execute and evict: client id taken',
  'execute and evict: stale',
  'forget the login',
  'refuse the login',
  'execute and talk nonsense',
  'execute and answer twice',
  'never answer',
] as const;
export type WrongTurn = (typeof WRONG_TURNS)[number];

/** Undefined: it is not sent. */
export type Rewrite = (answer: Buffer) => Buffer | undefined;

/** What the host does with a request. */
export type Handling =
  /** `rewrite`: the answer as it leaves, instead of the one the broker gave. */
  | { readonly kind: 'execute'; readonly rewrite?: (answer: Buffer) => Buffer }
  | { readonly kind: 'answer'; readonly bytes: Buffer }
  | { readonly kind: 'ignore' }
  /** The connection breaks, and the request was executed, never will be, or will be some time later. */
  | { readonly kind: 'break-off'; readonly executed: 'yes' | 'no' | 'late' };

/** Undefined if the turn is not for a request like this. */
export function handle(turn: WrongTurn, frame: Buffer): Handling | undefined {
  const { header } = decodeRequest(frame);
  if (turn === 'never answer') return { kind: 'ignore' };
  if (header.operation === Operation.Register) return handleLogin(turn, header);
  if (header.operation === Operation.Logout || header.code === PING_CODE) return undefined;
  switch (turn) {
    case 'deny with 58':
      return answer(denial(header, STATUS.TransientNotAccepted, 0n, 0n));
    case 'deny with 41':
      return isRead(header) ? undefined : answer(denial(header, STATUS.Unauthorized, 0n, 0n));
    case 'deny with 57':
      return isRead(header) ? undefined : answer(notCommitted(header));
    case 'execute and say 57':
      return isRead(header) ? undefined : instead(notCommitted(header));
    case 'break off':
      return { kind: 'break-off', executed: 'no' };
    case 'execute and break off':
      return { kind: 'break-off', executed: 'yes' };
    case 'break off and execute late':
      return isRead(header) ? undefined : { kind: 'break-off', executed: 'late' };
    case 'evict: no session':
      return answer(eviction(header.client, EvictionReason.NoSession));
    case 'evict: client id taken':
      return answer(eviction(header.client, EvictionReason.SessionError));
    case 'execute and evict: client id taken':
      return instead(eviction(header.client, EvictionReason.SessionError));
    case 'execute and evict: stale':
      return instead(eviction(header.client, EvictionReason.StaleClient));
    case 'forget the login':
      return answer(denial(header, STATUS.Unauthenticated, 0n, 0n));
    case 'refuse the login':
      return undefined;
    case 'execute and talk nonsense':
      return instead(Buffer.alloc(300, 1));
    case 'execute and answer twice':
      // Reads share their number with the next one: of those a second answer cannot be told.
      if (isRead(header)) return undefined;
      return { kind: 'execute', rewrite: (bytes) => Buffer.concat([bytes, bytes]) };
  }
}

const PING_CODE = 1;

function handleLogin(turn: WrongTurn, header: RequestHeader): Handling | undefined {
  if (turn === 'deny with 58') return answer(denial(header, STATUS.TransientNotAccepted, 0n, 0n));
  if (turn !== 'refuse the login') return undefined;
  return answer(eviction(header.client, EvictionReason.InvalidCredentials));
}

function isRead({ operation }: RequestHeader): boolean {
  return operation === Operation.NonReplicated;
}

function notCommitted(header: RequestHeader): Buffer {
  return denial(header, STATUS.TransientNotCommitted, 0n, 0n);
}

function answer(bytes: Buffer): Handling {
  return { kind: 'answer', bytes };
}

function instead(bytes: Buffer): Handling {
  return { kind: 'execute', rewrite: () => bytes };
}
