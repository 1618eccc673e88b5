import { expect, test } from 'vitest';

import { argon2Passwords } from '../../../src/iggy-broker/argon2.ts';

const hash = (password: string) =>
  new Promise<string>((resolve) => argon2Passwords.hash(password, resolve));
const verify = (stored: string | undefined, password: string) =>
  new Promise<boolean>((resolve) => argon2Passwords.verify(stored, password, resolve));

test('a hash tells its parameters, has a salt of its own, and fits one password', async () => {
  const [one, other] = await Promise.all([hash('zażółć'), hash('zażółć')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(other);
  expect(await verify(one, 'zażółć')).toBe(true);
  expect(await verify(one, 'zażółc')).toBe(false);
  expect(argon2Passwords.verifyNow(one, 'zażółć')).toBe(true);
  expect(argon2Passwords.verifyNow(one, '')).toBe(false);
});

test('no password is nobody’s', async () => {
  expect(await verify(undefined, '')).toBe(false);
});

test('a hash with other parameters, made elsewhere, is understood', async () => {
  // By the reference implementation: argon2 "somesalt" -id -t 2 -m 16 -p 1 of "password".
  const reference =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await verify(reference, 'password')).toBe(true);
  expect(await verify(reference, 'passwor')).toBe(false);
});

test('what is no hash is our own mistake', () => {
  expect(() => argon2Passwords.verifyNow('$argon2i$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA', 'x')).toThrow(
    /not a hash of Argon2id/,
  );
});
