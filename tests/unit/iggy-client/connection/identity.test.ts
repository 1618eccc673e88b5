import { expect, test } from 'vitest';

import { Identity, mintIdentity } from '../../../../src/iggy-client/connection/identity.ts';
import { Operation } from '../../../../src/iggy-protocol/index.ts';

test('only replicated requests consume a number, sends and offsets among them', () => {
  const identity = new Identity(7n);
  const kinds = [
    Operation.Register,
    Operation.NonReplicated,
    Operation.CreateStream,
    Operation.NonReplicated,
    Operation.SendMessages,
    Operation.StoreConsumerOffset,
    Operation.DeleteConsumerOffset,
    Operation.DeleteSegments,
    Operation.Logout,
    Operation.NonReplicated,
    Operation.Register,
  ];
  expect(kinds.map((operation) => identity.numberFor(operation))).toEqual([
    0n,
    1n,
    1n,
    2n,
    2n,
    3n,
    4n,
    5n,
    6n,
    7n,
    0n,
  ]);
});

test('a client id takes all 128 random bits, and is never zero', () => {
  expect(mintIdentity((count) => Buffer.alloc(count, 0xff)).clientId).toBe(2n ** 128n - 1n);
  expect(mintIdentity((count) => Buffer.alloc(count)).clientId).not.toBe(0n);
});
