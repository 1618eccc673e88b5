import { createHash, timingSafeEqual } from 'node:crypto';

import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';

import { KeyRing } from '../../../src/http/key-ring.ts';
import type { ApiKey } from '../../../src/models/api-key.ts';

vi.mock(import('node:crypto'), async (load) => {
  const crypto = await load();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});
const compare = vi.mocked(timingSafeEqual);
beforeEach(() => void compare.mockClear());

function keyNamed(name: string, text: string): ApiKey {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name, sha256, scopes: 'everything' };
}

test('a key is found by its text, and nothing else is', () => {
  const ring = new KeyRing([keyNamed('a', 'alpha'), keyNamed('b', 'beta')]);
  expect(ring.find('alpha')?.name).toBe('a');
  expect(ring.find('beta')?.name).toBe('b');
  for (const wrong of ['', 'alph', 'alphaa', 'ALPHA', 'alpha ', keyNamed('a', 'alpha').sha256]) {
    expect(ring.find(wrong)).toBeUndefined();
  }
});

test('without keys nobody comes in', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(new KeyRing([]).find(text)).toBeUndefined();
    }),
  );
});

test('the keys can be replaced, all at once', () => {
  const ring = new KeyRing([keyNamed('old', 'alpha')]);
  ring.replace([keyNamed('new', 'beta')]);
  expect(ring.find('alpha')).toBeUndefined();
  expect(ring.find('beta')?.name).toBe('new');
});

test('of two with the same text the later one counts', () => {
  const ring = new KeyRing([keyNamed('from the file', 'alpha'), keyNamed('API_KEY', 'alpha')]);
  expect(ring.find('alpha')?.name).toBe('API_KEY');
});

test('fault 11: every key, of any length, right, wrong or unknown, costs one comparison of 32 bytes', () => {
  const known = 'a key of forty-two characters, or about it';
  const ring = new KeyRing([keyNamed('a', known)]);
  const given = fc.oneof(
    fc.constant(known),
    fc.constant(''),
    fc.string({ maxLength: 2000 }),
    fc.string({ minLength: known.length, maxLength: known.length }),
    fc.nat({ max: known.length - 1 }).map((length) => known.slice(0, length)),
  );
  fc.assert(
    fc.property(given, (text) => {
      compare.mockClear();
      ring.find(text);
      expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([
        [32, 32],
      ]);
    }),
  );
});
