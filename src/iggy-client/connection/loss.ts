import { type EvictionHeader, EvictionReason } from '../../iggy-protocol/index.ts';
import type { Loss } from './machine.ts';

/** A loss that the next attempt may well mend. */
export function passingLoss(error: Error): Loss {
  return { error, permanent: false, identitySpent: false };
}

/** A loss that only a person can mend: retried, but slowly. */
export function permanentLoss(error: Error): Loss {
  return { error, permanent: true, identitySpent: false };
}

/** What to say of the reasons a broker gives for ending a session (iggy-vsr-0.11 §1.8). */
const REASONS: ReadonlyMap<number, string> = new Map<number, string>([
  [EvictionReason.NoSession, 'it knows of no such session'],
  [EvictionReason.ClientReleaseTooLow, 'this client is too old for it'],
  [EvictionReason.ClientReleaseTooHigh, 'this client is too new for it'],
  [EvictionReason.InvalidRequestOperation, 'it does not take this operation from clients'],
  [EvictionReason.InvalidRequestBody, 'a request could not be read'],
  [EvictionReason.InvalidRequestBodySize, 'a request had the wrong size'],
  [EvictionReason.SessionTooLow, 'the session is outdated'],
  [EvictionReason.SessionReleaseMismatch, 'the session belongs to another release'],
  [EvictionReason.InvalidCredentials, 'the user name or the password is wrong'],
  [EvictionReason.InvalidToken, 'the access token is unknown or expired'],
  [EvictionReason.UserInactive, 'the user is not active'],
  [EvictionReason.SessionError, 'the client id belongs to somebody else'],
  [EvictionReason.StaleClient, 'it heard nothing from this client for too long'],
  [EvictionReason.IncompatibleProtocol, 'it does not speak protocol 0.11'],
  [EvictionReason.MalformedLogin, 'it could not read the login'],
]);

/** No attempt will fare better until credentials, versions or code change. */
const PERMANENT: ReadonlySet<number> = new Set<number>([
  EvictionReason.ClientReleaseTooLow,
  EvictionReason.ClientReleaseTooHigh,
  EvictionReason.InvalidCredentials,
  EvictionReason.InvalidToken,
  EvictionReason.UserInactive,
  EvictionReason.IncompatibleProtocol,
  EvictionReason.MalformedLogin,
]);

/** The request an eviction answers was turned away at the door, not executed (iggy-vsr-0.11 §2.10). */
const NOT_EXECUTED: ReadonlySet<number> = new Set<number>([
  EvictionReason.NoSession,
  EvictionReason.InvalidRequestOperation,
  EvictionReason.SessionTooLow,
]);

export function evictionLoss({ reason }: Pick<EvictionHeader, 'reason'>): Loss {
  const words = REASONS.get(reason) ?? `reason ${reason}`;
  return {
    error: new Error(`the broker ended the session: ${words}`),
    permanent: PERMANENT.has(reason),
    identitySpent: reason === EvictionReason.SessionError,
  };
}

export function isNotExecuted({ reason }: Pick<EvictionHeader, 'reason'>): boolean {
  return NOT_EXECUTED.has(reason);
}
