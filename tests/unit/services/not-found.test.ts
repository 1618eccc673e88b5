import { describe, expect, test } from 'vitest';

import { namingWhatIsMissing } from '../../../src/services/not-found.ts';
import { FakeIggy, refused } from '../../support/fake-iggy.ts';

const call = { signal: new AbortController().signal };
const target = { stream: 's', topic: 't' };

async function named(client: FakeIggy, partitionId?: number): Promise<unknown> {
  const wanted = partitionId === undefined ? target : { ...target, partitionId };
  return namingWhatIsMissing(client, wanted, call, () => Promise.reject(refused(20))).catch(
    (error: unknown) => error,
  );
}

describe('a general refusal is made precise', () => {
  test('without the stream', async () => {
    expect(await named(new FakeIggy())).toMatchObject({
      code: 'not_found',
      message: "Stream 's' does not exist",
    });
  });

  test('without the topic', async () => {
    const client = new FakeIggy();
    await client.createStream('s', call);
    expect(await named(client)).toMatchObject({
      code: 'not_found',
      message: "Topic 't' does not exist in stream 's'",
    });
  });

  test('without the partition, or any', async () => {
    const client = new FakeIggy();
    await client.createStream('s', call);
    await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, call);
    expect(await named(client, 7)).toMatchObject({
      message: "Topic 't' in stream 's' has no partition 7",
    });
    expect(await named(client)).toMatchObject({
      message: "Topic 't' in stream 's' has no partitions",
    });
  });
});

test('if nobody can look, it is still a refusal', async () => {
  const client = new FakeIggy();
  client.failures.set('getStream', refused(41));
  expect(await named(client)).toMatchObject({ kind: 'refused', code: 20 });
});

test('any other failure, and any success, is left alone', async () => {
  const client = new FakeIggy();
  const other = refused(1009);
  const failing = namingWhatIsMissing(client, target, call, () => Promise.reject(other));
  await expect(failing).rejects.toBe(other);
  await expect(namingWhatIsMissing(client, target, call, async () => 1)).resolves.toBe(1);
  expect(client.calls).toEqual([]);
});
