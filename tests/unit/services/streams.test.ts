import { expect, test } from 'vitest';

import { resourceName } from '../../../src/models/name.ts';
import { streamService } from '../../../src/services/streams.ts';
import { askBrokerWithin } from '../../../src/services/translate-error.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const { signal } = new AbortController();
const S = resourceName.parse('s');

test('a stream is made, found, listed and removed by its name', async () => {
  const client = new FakeIggy();
  const askBroker = askBrokerWithin({ phase: () => 'running', status: () => client.status() });
  const streams = streamService({ client, askBroker });

  const made = await streams.create(S, signal);
  expect(await streams.get(S, signal)).toEqual(made);
  expect(await streams.list(signal)).toEqual([made]);
  await streams.remove(S, signal);
  expect(await streams.list(signal)).toEqual([]);
  expect((await rejectionOf(streams.get(S, signal))).message).toBe("Stream 's' does not exist");
  expect((await rejectionOf(streams.remove(S, signal))).code).toBe('not_found');
  expect(client.signals.every((it) => it === signal)).toBe(true);
});
