import { expect, test } from 'vitest';

import type { SessionRequest } from '../../../src/iggy-client/connection/session.ts';
import { deliver, type Effect } from '../../../src/iggy-client/deliver.ts';
import { IggyError } from '../../../src/iggy-client/errors.ts';
import type { PoolOutcome } from '../../../src/iggy-client/pool.ts';
import { WireError } from '../../../src/iggy-protocol/index.ts';

const cause = new Error('cut');
const answered: PoolOutcome = { kind: 'answered', payload: Buffer.from('ok') };
const refused: PoolOutcome = { kind: 'refused', code: 1009 };
const notExecuted: PoolOutcome = { kind: 'not-executed', cause };
const inDoubt: PoolOutcome = { kind: 'in-doubt', cause, released: Promise.resolve() };
const garbledReply: PoolOutcome = { ...inDoubt, cause: new WireError('short') };
const notAdmitted: PoolOutcome = { kind: 'not-admitted', error: new IggyError('lost', 'none') };

async function delivered(effect: Effect, outcomes: PoolOutcome[], aborted = false) {
  const signal = aborted ? AbortSignal.abort('late') : new AbortController().signal;
  const request: SessionRequest = { operation: 2, code: 1, body: Buffer.alloc(0), signal };
  const seen: SessionRequest[] = [];
  const carrier = {
    request: (it: SessionRequest) => {
      seen.push(it);
      return Promise.resolve(outcomes[seen.length - 1] ?? answered);
    },
  };
  const delivery = await deliver(carrier, request, effect);
  const result = delivery.kind === 'answered' ? 'answered' : delivery.error.kind;
  return { delivery, result, attempts: seen.length };
}

test.each<[string, Effect, PoolOutcome[], string, number]>([
  ['an answer is an answer', 'write', [answered], 'answered', 1],
  ['a refusal is final', 'read', [refused], 'refused', 1],
  ['what was not admitted fails as it says', 'write', [notAdmitted], 'lost', 1],
  ['a read that was cut off is sent again', 'read', [inDoubt, inDoubt], 'answered', 3],
  ['a write that was cut off is not', 'write', [inDoubt], 'outcome-unknown', 1],
  ['a write that cannot have happened is sent again', 'write', [notExecuted], 'answered', 2],
  ['a garbled read is not asked for again', 'read', [garbledReply], 'wire', 1],
  ['a garbled write may have happened', 'write', [garbledReply], 'outcome-unknown', 1],
  [
    'what was applied before is not refused',
    'write',
    [{ kind: 'refused', code: 59 }],
    'outcome-unknown',
    1,
  ],
])('%s', async (_, effect, outcomes, result, attempts) => {
  expect(await delivered(effect, outcomes)).toMatchObject({ result, attempts });
});

test.each<[string, Effect, PoolOutcome, string]>([
  ['a read in flight', 'read', inDoubt, 'timeout'],
  ['a write in flight', 'write', inDoubt, 'outcome-unknown'],
  ['a write that has not happened', 'write', notExecuted, 'timeout'],
])('after an abort nothing is sent again: %s', async (_, effect, outcome, result) => {
  expect(await delivered(effect, [outcome], true)).toMatchObject({ result, attempts: 1 });
});

test('a refusal carries the code, every failure its cause', async () => {
  const { delivery } = await delivered('read', [refused]);
  expect(delivery).toMatchObject({ error: { kind: 'refused', code: 1009 } });
  expect((await delivered('write', [inDoubt])).delivery).toMatchObject({ error: { cause } });
});

test('what is in doubt is released when the pool says so', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { delivery } = await delivered('write', [{ ...inDoubt, released: promise }]);
  let released = false;
  void delivery.released.then(() => (released = true));
  await Promise.resolve();
  expect(released).toBe(false);
  resolve();
  await delivery.released;
  expect(released).toBe(true);
});
