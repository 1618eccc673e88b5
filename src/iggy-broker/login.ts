import {
  acceptsVersion,
  ByteReader,
  clientVersion,
  EvictionReason,
  readCredentials,
  WireError,
} from '../iggy-protocol/index.ts';
import type { BrokerState } from './context.ts';
import { type Later, whenReady } from './later.ts';
import { type Account, isActive, isPossible } from './users.ts';

export type LoginVerdict =
  | { admitted: true; account: Account }
  | { admitted: false; reason: EvictionReason };

/**
 * Reads the body of a Register request and judges it, in the order of iggy-vsr-0.11 §2.3. A password may
 * have to be hashed for that.
 */
export function judgeLogin(body: Buffer, state: BrokerState): LoginVerdict | Later<LoginVerdict> {
  const input = new ByteReader(body);
  try {
    const { protocolVersion } = clientVersion.read(input);
    if (!acceptsVersion(protocolVersion)) return refuse(EvictionReason.IncompatibleProtocol);
    const credentials = readCredentials(input);
    switch (credentials.kind) {
      case 'password':
        return judgePassword(credentials.username, credentials.password, state);
      case 'token':
        return judgeToken(credentials.token, state);
    }
  } catch (error) {
    if (error instanceof WireError) return refuse(EvictionReason.MalformedLogin);
    throw error;
  }
}

/** One reason for all that can be wrong: who guesses learns nothing about the users there are. */
function judgePassword(
  username: string,
  password: string,
  { users, credentials }: BrokerState,
): LoginVerdict | Later<LoginVerdict> {
  if (!isPossible(username, password)) return refuse(EvictionReason.InvalidCredentials);
  const account = users.find({ kind: 'string', value: username });
  return whenReady(credentials.check(account, username, password), (fits): LoginVerdict => {
    const admitted = fits && account !== undefined && users.has(account) && isActive(account);
    return admitted ? { admitted, account } : refuse(EvictionReason.InvalidCredentials);
  });
}

function judgeToken(token: string, { users, tokens, clock }: BrokerState): LoginVerdict {
  const userId = tokens.userOf(token, clock.nowMicros());
  const account = userId === undefined ? undefined : users.find({ kind: 'numeric', value: userId });
  if (account === undefined) return refuse(EvictionReason.InvalidToken);
  return isActive(account) ? { admitted: true, account } : refuse(EvictionReason.UserInactive);
}

function refuse(reason: EvictionReason): LoginVerdict {
  return { admitted: false, reason };
}
