import { expect, test } from 'vitest';

import { Calls, encodeOrRefuse, readReply } from '../../../src/iggy-client/calls.ts';
import type { PoolOutcome } from '../../../src/iggy-client/pool.ts';
import { commands, EMPTY, STATUS } from '../../../src/iggy-protocol/index.ts';

const patience = new AbortController().signal;

function calls(outcome: PoolOutcome, frameBytesMax = 1_000) {
  let requests = 0;
  const carrier = {
    request: () => {
      requests += 1;
      return Promise.resolve(outcome);
    },
  };
  return { calls: new Calls(carrier, frameBytesMax), requests: () => requests };
}

test('a reply becomes its value', async () => {
  const payload = Buffer.alloc(0);
  const { calls: it } = calls({ kind: 'answered', payload });
  expect(await it.call(commands.getStreams, EMPTY, 'read', patience)).toEqual({ streams: [] });
});

test('a reply that cannot be read is garbage of a read, and an unknown outcome of a write', async () => {
  const { calls: it } = calls({ kind: 'answered', payload: Buffer.of(1) });
  const options = { name: 's', options: [] };
  await expect(it.call(commands.getStreams, EMPTY, 'read', patience)).rejects.toMatchObject({
    kind: 'wire',
  });
  await expect(it.call(commands.createStream, options, 'write', patience)).rejects.toMatchObject({
    kind: 'outcome-unknown',
    cause: { name: 'WireError' },
  });
});

test('a failure is thrown', async () => {
  const { calls: it } = calls({ kind: 'refused', code: 41 });
  await expect(it.call(commands.getStreams, EMPTY, 'read', patience)).rejects.toMatchObject({
    kind: 'refused',
    code: 41,
  });
});

test('what does not fit its layout is refused, and not written', async () => {
  const { calls: it, requests } = calls({ kind: 'answered', payload: Buffer.alloc(0) });
  const request = { name: 'n'.repeat(256), options: [] };
  await expect(it.call(commands.createStream, request, 'write', patience)).rejects.toMatchObject({
    kind: 'refused',
    code: STATUS.InvalidCommand,
  });
  expect(requests()).toBe(0);
});

test('what does not fit a frame is refused, and not written', () => {
  const { calls: it } = calls({ kind: 'answered', payload: Buffer.alloc(0) }, 256 + 10);
  const create = (name: string) => it.encode(commands.createStream, { name, options: [] });
  expect(create('n'.repeat(9)).body).toHaveLength(10);
  expect(() => create('n'.repeat(10))).toThrow(
    expect.objectContaining({ kind: 'refused', code: STATUS.TooBigMessagePayload }),
  );
});

function bug(): never {
  throw new TypeError('bug');
}

test('our own bugs are not dressed up as answers', () => {
  expect(() => encodeOrRefuse(bug)).toThrow(TypeError);
  expect(() => readReply('read', bug)).toThrow(TypeError);
});
