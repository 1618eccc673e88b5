import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  addressText,
  isWithin,
  limitKeyOf,
  parseAddress,
  parseNetwork,
} from '../../../src/models/network.ts';

const textOf = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address && addressText(address);
};

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is written %s', (text, expected) => expect(textOf(text)).toBe(expected));

  test.each([
    '',
    'unknown',
    '010.0.0.1',
    '0x7f.1',
    '127.1',
    '1.2.3',
    '1.2.3.256',
    '::g',
    '1::2::3',
  ])('%j is none', (text) => expect(textOf(text)).toBeUndefined());

  test('is none, or one that is read back as itself, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        const written = textOf(text);
        if (written !== undefined) expect(textOf(written)).toBe(written);
      }),
    );
  });
});

describe('a network', () => {
  const holds = (network: string, address: string): boolean => {
    const parsed = parseNetwork(network);
    const inner = parseAddress(address);
    if (parsed === undefined || inner === undefined) throw new Error('a bad example');
    return isWithin(inner, parsed);
  };

  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '192.0.2.1', false],
    ['0.0.0.0/0', '192.0.2.1', true],
  ])('%s and %s: %s', (network, address, expected) =>
    expect(holds(network, address)).toBe(expected),
  );

  test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '/8', '::/129', 'x/8'])(
    '%s is none',
    (text) => expect(parseNetwork(text)).toBeUndefined(),
  );

  test('of IPv4-mapped form cannot be wider than IPv4', () => {
    expect(parseNetwork('::ffff:10.0.0.0/95')).toBeUndefined();
  });
});

describe('a client is counted', () => {
  test('by its IPv4 address', () => expect(limitKeyOf('192.0.2.1')).toBe('192.0.2.1'));

  test('by its IPv6 network of 64 bits', () => {
    expect(limitKeyOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(limitKeyOf('2001:db8::ffff:1:2:3')).toBe('2001:db8:0:0::/64');
    expect(limitKeyOf('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64');
  });

  test('by itself where it is no address', () => {
    expect(limitKeyOf('unknown')).toBe('unknown');
    expect(limitKeyOf('a:b')).toBe('a:b');
  });
});
