import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { Calls } from '../../../src/iggy-client/calls.ts';
import { recoverSend } from '../../../src/iggy-client/recover-send.ts';
import {
  commands,
  decodeBody,
  encodeBatch,
  encodeBody,
  stampBatch,
} from '../../../src/iggy-protocol/index.ts';
import { message } from './open-client.ts';

const PAGES = 10;
const signal = new AbortController().signal;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
}

/** A page of messages that somebody else stored, as the answer to a poll. */
function foreignPage(body: Buffer, currentOffset: bigint): { payload: Buffer; count: number } {
  const { strategy, count } = decodeBody(commands.pollMessages.request, body);
  const stored = { id: 99n, originTimestamp: 5n, payload: Buffer.alloc(64) };
  const messages = Array.from({ length: count }, () => ({
    ...stored,
    userHeaders: Buffer.alloc(0),
  }));
  const place = { partitionId: 0, baseOffset: strategy.value, baseTimestamp: 7n };
  const records = stampBatch(encodeBatch(messages), place);
  const page = { partition: 0, currentOffset, messagesCount: count, records };
  return { payload: encodeBody(commands.pollMessages.response, page), count };
}

test('of what is read back only what may be the beginning of the batch is kept', async () => {
  const messages = Array.from({ length: 1_000 }, (_, index) => message('ours', BigInt(index + 1)));
  const destination = { stream: 's', topic: 't', partitionId: 0 };
  const lost = { destination, messages, fromOffset: 0n, signal };
  const calls = new Calls({ request: () => Promise.reject(new Error('nobody asks')) }, 1 << 20);
  const pages: WeakRef<ArrayBufferLike>[] = [];
  let keptMax = 0;

  await recoverSend(
    lost,
    calls,
  )({
    serverVersion: '0.9.0',
    resend: undefined,
    async ask({ body }) {
      await setImmediate();
      collectGarbage();
      keptMax = Math.max(keptMax, pages.filter((page) => page.deref() !== undefined).length);
      await setImmediate();
      const { payload } = foreignPage(body, BigInt(PAGES * 200 - 1));
      pages.push(new WeakRef(payload.buffer));
      return { kind: 'answered', payload };
    },
  });

  expect(pages).toHaveLength(1 + PAGES);
  // What the search has in hand; of each of its pages it would hold six.
  expect(keptMax).toBeLessThanOrEqual(2);
});
