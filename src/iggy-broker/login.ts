import {
  acceptsVersion,
  ByteReader,
  clientVersion,
  EvictionReason,
  readCredentials,
  WireError,
} from '../iggy-protocol/index.ts';
import type { BrokerState } from './context.ts';

export type LoginVerdict =
  | { admitted: true; userId: number }
  | { admitted: false; reason: EvictionReason };

/** Reads the body of a Register request and judges it, in the order of iggy-vsr-0.11 §2.3. */
export function judgeLogin(body: Buffer, { users, tokens, clock }: BrokerState): LoginVerdict {
  const input = new ByteReader(body);
  try {
    const { protocolVersion } = clientVersion.read(input);
    if (!acceptsVersion(protocolVersion)) return refuse(EvictionReason.IncompatibleProtocol);
    const credentials = readCredentials(input);
    switch (credentials.kind) {
      case 'password': {
        const userId = users.userOf(credentials.username, credentials.password);
        return admit(userId, EvictionReason.InvalidCredentials);
      }
      case 'token':
        return admit(
          tokens.userOf(credentials.token, clock.nowMicros()),
          EvictionReason.InvalidToken,
        );
    }
  } catch (error) {
    if (error instanceof WireError) return refuse(EvictionReason.MalformedLogin);
    throw error;
  }
}

function admit(userId: number | undefined, otherwise: EvictionReason): LoginVerdict {
  return userId === undefined ? refuse(otherwise) : { admitted: true, userId };
}

function refuse(reason: EvictionReason): LoginVerdict {
  return { admitted: false, reason };
}
