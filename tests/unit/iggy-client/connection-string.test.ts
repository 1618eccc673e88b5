import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  CONNECTION_STRING_DEFAULTS,
  ConnectionStringError,
  parseConnectionString,
} from '../../../src/iggy-client/connection-string.ts';
import { loadVectors } from '../../support/vectors.ts';

interface Vector {
  input: string;
  result:
    | { ok: false; code: number }
    | { ok: true; transport: 'quic' | 'http' }
    | {
        ok: true;
        transport: 'tcp';
        server_address: string;
        credentials: { username: string; password: string } | { token: string };
        tls: boolean;
        tls_domain: string;
        tls_ca_file: string | null;
        nodelay: boolean;
        retries: number | null;
        interval_us: string;
        reestablish_us: string;
        heartbeat_us: string;
      };
}

const vectors = loadVectors<Vector>('vsr-0.11', 'connection-strings');

function micros(ms: number): string {
  return String(ms * 1_000);
}

/** The settings in the words of the vectors: what the official client makes of the same string. */
function inOfficialWords(text: string) {
  const { addresses, credentials, options } = parseConnectionString(text);
  const all = { ...CONNECTION_STRING_DEFAULTS, ...options };
  return {
    ok: true,
    transport: 'tcp',
    server_address: addresses.map(({ host, port }) => `${host}:${port}`).join(','),
    credentials,
    tls: all.tls,
    tls_domain: all.tlsDomain,
    tls_ca_file: options.tlsCaFile ?? null,
    nodelay: all.noDelay,
    retries: all.reconnectionRetries === 'unlimited' ? null : all.reconnectionRetries,
    interval_us: micros(all.reconnectionIntervalMs),
    reestablish_us: micros(all.reestablishAfterMs),
    heartbeat_us: micros(all.heartbeatIntervalMs),
  };
}

function refusal(text: string): ConnectionStringError {
  try {
    parseConnectionString(text);
  } catch (error) {
    if (error instanceof ConnectionStringError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('the official client and we agree', () => {
  test.each(
    vectors.flatMap(({ input, result }) => (result.ok ? [] : [{ input, code: result.code }])),
  )('on the refusal $code of $input', ({ input, code }) => {
    expect(refusal(input).code).toBe(code);
  });

  test.each(
    vectors.flatMap(({ input, result }) =>
      result.ok && result.transport === 'tcp' ? [{ input, result }] : [],
    ),
  )('on the meaning of $input', ({ input, result }) => {
    // What stands behind a second colon is ignored by both, and kept by the official client.
    const address = result.server_address.split(':').slice(0, 2).join(':');
    expect(inOfficialWords(input)).toEqual({ ...result, server_address: address });
  });
});

test('several addresses are separated by commas', () => {
  expect(parseConnectionString('iggy://u:p@h1:1,h2:2,h3:0').addresses).toEqual([
    { host: 'h1', port: 1 },
    { host: 'h2', port: 2 },
    { host: 'h3', port: 0 },
  ]);
  expect(refusal('iggy://u:p@h1:1,').code).toBe(8000);
  expect(refusal('iggy://u:p@h1:1,,h2:2').code).toBe(8000);
});

test('what the string does not say is absent, what it says is there even if it is the default', () => {
  expect(parseConnectionString('iggy://u:p@h:1').options).toEqual({});
  expect(
    parseConnectionString('iggy://u:p@h:1?heartbeat_interval=5s&reconnection_retries=unlimited')
      .options,
  ).toEqual({ heartbeatIntervalMs: 5_000, reconnectionRetries: 'unlimited' });
});

test('transports that we do not speak are named in the refusal', () => {
  for (const scheme of ['iggy+quic', 'iggy+http', 'iggy+ws']) {
    expect(refusal(`${scheme}://u:p@h:1`).message).toContain(`${scheme}://`);
  }
});

test.each([
  'iggy://u:p@[::1]:8090',
  'IGGY://u:p@h:1',
  'iggy://u:p@h:+1',
  'iggy://u:p@h:1?TLS=true',
  'iggy://u:p@h:1?tls=true?nodelay=true',
  'iggy://u:p@h:1?tls=a=b',
  'iggy://u:p@h:1?toString=1',
  'iggy:u:p@h:1',
  '',
])('"%s" is refused', (text) => {
  expect(refusal(text).code).toBe(8000);
});

test('a number that is none has its own code', () => {
  for (const value of ['x', '-1', '4294967296', '1.0', '']) {
    expect(refusal(`iggy://u:p@h:1?reconnection_retries=${value}`).code).toBe(84);
  }
});

/** What is said about the string, if anything is. */
function complaint(text: string): string {
  try {
    parseConnectionString(text);
    return '';
  } catch (error) {
    if (error instanceof ConnectionStringError) return error.message;
    throw error;
  }
}

test('no message ever shows the credentials, however the string is put together', () => {
  const secret = 'S3cr3t';
  const noise = fc.constantFrom(
    '',
    '@',
    '?',
    ':',
    ',',
    '=',
    '&',
    'h:1',
    'tls=x',
    'iggy://',
    'quic',
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 4 }), fc.array(noise, { maxLength: 6 }), (a, b) => {
      const text = `iggy://${a.join('')}${secret}user:${secret}pass@${b.join('')}`;
      expect(complaint(text)).not.toContain(secret);
    }),
    { numRuns: 2_000 },
  );
});
