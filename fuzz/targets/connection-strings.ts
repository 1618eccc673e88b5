import fc from 'fast-check';

import {
  ConnectionStringError,
  parseConnectionString,
} from '../../src/iggy-client/connection-string.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const PASSWORD = 'pass-not-to-be-told';

const anyPiece = fc.oneof(
  fc.constantFrom(
    'iggy://',
    'iggy+tcp://',
    'iggy+quic://',
    PASSWORD,
    `user:${PASSWORD}@`,
    'token@',
  ),
  fc.constantFrom('host:8090', '[::1]:8090', ',', '?', '&', '=', ':', '@', '://', '%', '%40'),
  fc.constantFrom(
    'tls=true',
    'tls_domain=x',
    'reconnection_retries=',
    'heartbeat_interval=5s',
    'x=1',
  ),
  fc.nat().map(String),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

/** It is read, or refused without a word of its password. */
export const connectionStrings = target({
  name: 'connection-strings',
  arbitrary: fc.array(anyPiece, { maxLength: 10 }).map((pieces) => pieces.join('')),
  check(text) {
    try {
      const { addresses } = parseConnectionString(text);
      must(addresses.length > 0, 'there is no address');
    } catch (error) {
      must(error instanceof ConnectionStringError, `another error: ${String(error)}`);
      must(!error.message.includes(PASSWORD), 'the password is told');
    }
  },
});
