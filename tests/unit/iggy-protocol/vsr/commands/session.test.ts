import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  ByteReader,
  clientVersion,
  encodeBody,
  login,
  loginWithPat,
  readCredentials,
  WireError,
} from '../../../../../src/iggy-protocol/index.ts';
import { name, shortText } from '../../support/arbitraries.ts';

const VERSION = { protocolVersion: 0x2c00, sdkName: 'sluice', sdkVersion: '1' };

/** What a server reads of a Register body: the version, then whatever it takes the rest for. */
function register(body: Buffer) {
  const input = new ByteReader(body);
  return [clientVersion.read(input), readCredentials(input)];
}

describe('a server that is not told which login it is', () => {
  test('knows every password login', () => {
    fc.assert(
      fc.property(name, shortText, fc.option(name), (username, password, context) => {
        const body = encodeBody(login.request, { ...VERSION, username, password, context });
        expect(register(body)).toEqual([
          VERSION,
          { kind: 'password', username, password, context },
        ]);
      }),
    );
  });

  test('knows a login by token of any length, context left out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), (length) => {
        const token = 't'.repeat(length);
        const body = encodeBody(loginWithPat.request, { ...VERSION, token, context: null });
        expect(register(body)).toEqual([VERSION, { kind: 'token', token, context: null }]);
      }),
    );
  });

  test('does not mind bytes behind the context', () => {
    const fields = { ...VERSION, username: 'iggy', password: 'iggy', context: null };
    const body = Buffer.concat([encodeBody(login.request, fields), Buffer.alloc(32, 9)]);
    expect(register(body)).toMatchObject([VERSION, { kind: 'password', username: 'iggy' }]);
  });

  test.each(['', '00', '046967', '0469676779'])('refuses "%s", which is neither', (rest) => {
    const version = encodeBody(clientVersion, VERSION);
    expect(() => register(Buffer.concat([version, Buffer.from(rest, 'hex')]))).toThrow(WireError);
  });
});

test('the version is readable also where the login behind it is not', () => {
  const body = encodeBody(clientVersion, { ...VERSION, protocolVersion: 12_290 });
  expect(clientVersion.read(new ByteReader(body)).protocolVersion).toBe(12_290);
});
