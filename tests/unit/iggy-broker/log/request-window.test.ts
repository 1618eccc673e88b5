import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  CommittedRequests,
  WINDOW_NUMBERS,
} from '../../../../src/iggy-broker/log/request-window.ts';

const U64_MAX = 0xffff_ffff_ffff_ffffn;

const sender = (clientId: bigint, request: bigint, userId = 0) => ({
  clientId,
  userId,
  request,
});

function committed(...numbers: bigint[]): CommittedRequests {
  const requests = new CommittedRequests(10);
  for (const number of numbers) requests.add(sender(1n, number));
  return requests;
}

/** Of the numbers given, those that count as committed by client 1. */
const known = (requests: CommittedRequests, ...numbers: bigint[]): bigint[] =>
  numbers.filter((number) => requests.has(sender(1n, number)));

describe('a number', () => {
  test('is known once it was committed, and no other is', () => {
    expect(known(committed(5n, 7n), 4n, 5n, 6n, 7n, 8n)).toEqual([5n, 7n]);
  });

  test('that fills a gap is new, and known from then on', () => {
    const requests = committed(5n, 9n);
    expect(known(requests, 7n)).toEqual([]);
    requests.add(sender(1n, 7n));
    expect(known(requests, 5n, 6n, 7n, 8n, 9n)).toEqual([5n, 7n, 9n]);
    // The last place that there is.
    expect(known(committed(1000n, 873n), 872n, 873n, 874n)).toEqual([872n, 873n]);
  });

  test(`counts as committed ${WINDOW_NUMBERS} below the highest, and not one above that`, () => {
    expect(known(committed(1000n), 871n, 872n, 873n)).toEqual([871n, 872n]);
  });

  test('keeps its place in the window however the highest advances', () => {
    expect(known(committed(873n, 1000n), 872n, 873n, 874n)).toEqual([872n, 873n]);
    expect(known(committed(1n, U64_MAX), U64_MAX - 1n, U64_MAX)).toEqual([U64_MAX]);
  });
});

describe('a client', () => {
  test('has numbers of its own', () => {
    const requests = committed(5n);
    expect(requests.has(sender(2n, 5n))).toBe(false);
    requests.add(sender(2n, 500n));
    expect(known(requests, 4n, 5n, 6n)).toEqual([5n]);
  });

  test('id under which another user writes starts afresh', () => {
    const requests = committed(5n);
    expect(requests.has(sender(1n, 5n, 7))).toBe(false);
    requests.add(sender(1n, 3n, 7));
    expect(requests.has(sender(1n, 3n, 7))).toBe(true);
    expect(requests.has(sender(1n, 5n, 7))).toBe(false);
    expect(known(requests, 3n, 5n)).toEqual([]);
  });

  test('whose user is not known any more is whoever comes under its id', () => {
    const requests = new CommittedRequests(10);
    requests.add({ ...sender(1n, 5n), userId: undefined });
    expect(requests.has(sender(1n, 5n, 7))).toBe(true);
  });

  test('is forgotten when so many others have written since, and no sooner', () => {
    const requests = new CommittedRequests(3);
    for (const clientId of [1n, 2n, 3n, 1n, 4n]) requests.add(sender(clientId, 1n));
    const clients = [1n, 2n, 3n, 4n].filter((clientId) => requests.has(sender(clientId, 1n)));
    expect(clients).toEqual([1n, 3n, 4n]);
  });
});

/** The rule as the protocol says it: all numbers ever committed, and the highest of them. */
class Model {
  readonly #clients = new Map<bigint, Set<bigint>>();

  has(clientId: bigint, request: bigint): boolean {
    const numbers = this.#clients.get(clientId) ?? new Set();
    const highest = [...numbers].reduce((a, b) => (a > b ? a : b), 0n);
    return numbers.has(request) || highest >= request + BigInt(WINDOW_NUMBERS);
  }

  add(clientId: bigint, request: bigint): void {
    const numbers = this.#clients.get(clientId) ?? new Set();
    this.#clients.set(clientId, numbers.add(request));
  }
}

test('random histories of several clients agree with a set of everything there was', () => {
  const number = fc.oneof(
    fc.integer({ min: 1, max: 400 }).map(BigInt),
    fc.constantFrom(1n, 2n, 3n, 127n, 128n, 129n, 130n, 131n, 255n, 256n, 257n, 258n),
    fc.bigInt({ min: U64_MAX - 200n, max: U64_MAX }),
  );
  const step = fc.record({ clientId: fc.constantFrom(1n, 2n), number, write: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const requests = new CommittedRequests(2);
      const model = new Model();
      for (const { clientId, number: request, write } of steps) {
        expect(requests.has(sender(clientId, request))).toBe(model.has(clientId, request));
        if (!write) continue;
        requests.add(sender(clientId, request));
        model.add(clientId, request);
      }
    }),
    { numRuns: 300 },
  );
});
