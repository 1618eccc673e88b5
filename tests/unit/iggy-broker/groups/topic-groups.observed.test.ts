import { expect, test } from 'vitest';

import { commands, decodeRequest, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named, serverFrame } from '../../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../../support/start-broker.ts';
import { loadObserved } from '../../iggy-protocol/support/observed.ts';

const VEC = { stream: named('vec'), topic: named('t') };

/** The recorded server was a pre-release; these are the release's answers (iggy-vsr-0.11 §0, §3.6). */
const RELEASE_DIFFERS: Record<string, number> = {
  'group-poll-no-partition': STATUS.InvalidIdentifier,
  'group-store-offset-no-partition': STATUS.InvalidIdentifier,
  'second-member-store-not-owned': STATUS.ConsumerGroupPartitionNotOwned,
  'missing-group-store': STATUS.ConsumerGroupIdNotFound,
};

/** Its body holds messages of the recorded server. */
const POLL = 'group-poll-partition-0';

/** With as many partitions and messages as the recorded topic had. */
function withTopic(broker: InProcessBroker): void {
  const client = broker.client();
  client.done(commands.createStream, { name: 'vec', options: [] });
  const topic = { stream: named('vec'), name: 't', partitionsCount: 4, options: [] };
  client.done(commands.createTopic, topic);
  client.done(commands.sendMessages, {
    ...VEC,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: 10,
    batch: batchOf(...'abcdefghij'),
  });
}

test('members recorded on a real server see the same of each other here, byte for byte', () => {
  const exchanges = loadObserved('groups-and-clients').filter(({ name }) => !/client/.test(name));
  expect(exchanges.length).toBeGreaterThan(20);
  const broker = new InProcessBroker();
  withTopic(broker);
  const clients = new Map<bigint, InProcessClient>();
  const clientOf = (id: bigint): InProcessClient => {
    const client = clients.get(id) ?? broker.client(id);
    clients.set(id, client);
    return client;
  };
  const secondMember = exchanges
    .map(({ request }) => decodeRequest(request).header.client)
    .find((id, _, [first]) => id !== first);
  const join = (client: InProcessClient): void => {
    client.done(commands.joinConsumerGroup, { ...VEC, group: named('g1') });
  };

  for (const { name, request, reply } of exchanges) {
    const { header } = decodeRequest(request);
    const client = clientOf(header.client);
    // The second member's join is not in the recording; its first request follows what it changed.
    if (name === 'first-member-sync-after-second-joined') join(clientOf(secondMember ?? 0n));
    const answer = serverFrame(client.answer(request));
    const recorded = serverFrame(reply);
    if (answer.kind !== 'reply' || recorded.kind !== 'reply') throw new Error(`${name}: evicted`);
    expect(answer.header.status, name).toBe(RELEASE_DIFFERS[name] ?? recorded.header.status);
    if (name in RELEASE_DIFFERS || name === POLL) continue;
    expect(answer.body.toString('hex'), name).toBe(recorded.body.toString('hex'));
  }
});
