import { expect, test } from 'vitest';

import { commands } from '../../../../src/iggy-protocol/index.ts';
import {
  evictionCode,
  EvictionReason,
  isOperation,
  Operation,
  replyOperation,
} from '../../../../src/iggy-protocol/vsr/operations.ts';

const NO_WINDOW = { serverProtocolVersion: 0, serverProtocolVersionMin: 0 };

test('three operations are answered under another name, all others under their own', () => {
  const renamed = Object.values(Operation).filter((op) => replyOperation(op) !== op);
  expect(renamed.map((op) => [op, replyOperation(op)])).toEqual([
    [132, 64],
    [136, 65],
    [138, 68],
  ]);
});

test('an operation is one of the table, and 0 is none', () => {
  expect(Array.from({ length: 256 }, (_, byte) => byte).filter(isOperation)).toEqual(
    Object.values(Operation),
  );
});

test('every operation but the server-internal ones belongs to a command', () => {
  const used = new Set(Object.values(commands).map(({ operation }) => operation));
  const unused = Object.values(Operation).filter((operation) => !used.has(operation));
  expect(unused).toEqual([64, 65, 66, 67, 68]);
});

test('every command code of the released version is there once', () => {
  const codes = Object.values(commands).map(({ code }) => code);
  expect(codes.toSorted((a, b) => a - b).join(' ')).toBe(
    '1 10 11 12 13 14 20 21 22 31 32 33 34 35 36 37 39 40 41 42 43 45 ' +
      '100 101 102 103 104 120 121 122 123 200 201 202 203 204 205 ' +
      '300 301 302 303 304 305 402 403 503 600 601 602 603 604 605 606',
  );
});

test('an eviction means what the released clients make of its reason', () => {
  const codes = Object.fromEntries(
    Object.entries(EvictionReason).map(([name, reason]) => [name, evictionCode(reason, NO_WINDOW)]),
  );
  expect(codes).toEqual({
    NoSession: 40,
    ClientReleaseTooLow: 3,
    ClientReleaseTooHigh: 3,
    InvalidRequestOperation: 3,
    InvalidRequestBody: 3,
    InvalidRequestBodySize: 3,
    SessionTooLow: 40,
    SessionReleaseMismatch: 40,
    InvalidCredentials: 42,
    InvalidToken: 53,
    UserInactive: 40,
    SessionError: 40,
    StaleClient: 30,
    IncompatibleProtocol: 40,
    MalformedLogin: 4,
  });
});

test('an eviction of an unknown reason ends the session like a lost login', () => {
  expect(evictionCode(16, NO_WINDOW)).toBe(40);
  expect(evictionCode(255, NO_WINDOW)).toBe(40);
  expect(evictionCode(0, NO_WINDOW)).toBe(3);
});

test.each([
  { min: 11_264, max: 11_264, code: 14_003 },
  { min: 0, max: 11_264, code: 40 },
  { min: 11_265, max: 11_264, code: 40 },
])('a version window of $min to $max means $code', ({ min, max, code }) => {
  const window = { serverProtocolVersion: max, serverProtocolVersionMin: min };
  expect(evictionCode(EvictionReason.IncompatibleProtocol, window)).toBe(code);
});
