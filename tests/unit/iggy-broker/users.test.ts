import { expect, test } from 'vitest';

import { systemSecrets } from '../../../src/iggy-broker/hasher.ts';
import { Users } from '../../../src/iggy-broker/users.ts';

test('both halves of the credentials are always hashed and compared, whatever is wrong', () => {
  const compared: string[] = [];
  const secrets = {
    ...systemSecrets,
    hash(secret: string) {
      compared.push(secret);
      return systemSecrets.hash(secret);
    },
  };
  const users = new Users({ username: 'root', password: 'secret' }, secrets);
  const attempts = [
    ['root', 'secret', 0],
    ['root', 'wrong', undefined],
    ['nobody', 'secret', undefined],
    ['x', 'y', undefined],
  ] as const;
  for (const [username, password, userId] of attempts) {
    compared.length = 0;
    expect(users.userOf(username, password)).toBe(userId);
    expect(compared).toEqual([username, password]);
  }
});

test('names and passwords have their lengths in bytes', () => {
  const users = (username: string, password: string) =>
    new Users({ username, password }, systemSecrets).userOf(username, password);
  expect(users('abc', 'abc')).toBe(0);
  expect(users('ab', 'abc')).toBeUndefined();
  expect(users('x'.repeat(50), 'x'.repeat(100))).toBe(0);
  expect(users('ż'.repeat(26), 'abc')).toBeUndefined();
  expect(users('abc', 'x'.repeat(101))).toBeUndefined();
});
