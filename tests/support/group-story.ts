import { commands, type GroupAssignment, readRecords } from '../../src/iggy-protocol/index.ts';
import { batchOf, named } from './broker-client.ts';
import { SocketClient } from './socket-client.ts';

const TOPIC = { stream: named('stories'), topic: named('t') };
const GROUP = { ...TOPIC, group: named('g') };
const AS_GROUP = { kind: 'consumer_group', id: named('g') } as const;
/** So often is asked whether the group has settled; a real server needs a moment for some of it. */
const ASKED_MAX = 2000;

/** One member, or somebody who is not, with short words for what it does. */
class Person {
  readonly client: SocketClient;

  private constructor(client: SocketClient) {
    this.client = client;
  }

  static async connect(port: number, clientId: bigint): Promise<Person> {
    return new Person(await (await SocketClient.connect(port, clientId)).logIn());
  }

  async join() {
    return this.client.call(commands.joinConsumerGroup, GROUP);
  }

  async leave() {
    return this.client.call(commands.leaveConsumerGroup, GROUP);
  }

  /** `[generation, ...partitions]`, or null for who is not a member. */
  async sync(): Promise<readonly (bigint | number)[] | null> {
    const assignment = await this.client.done(commands.syncConsumerGroup, GROUP);
    return assignment && [assignment.generation, ...assignment.partitions];
  }

  /** Asks until the assignment is as it should be. */
  async settled(isSettled: (assignment: GroupAssignment) => boolean) {
    for (let asked = 0; asked < ASKED_MAX; asked += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const assignment = await this.client.done(commands.syncConsumerGroup, GROUP);
      if (assignment !== null && isSettled(assignment)) break;
    }
    return this.sync();
  }

  /** Offsets of what was served, or the partition of an empty answer. */
  async poll(partition: number | null, { count = 10, autoCommit = false } = {}) {
    const result = await this.client.call(commands.pollMessages, {
      ...TOPIC,
      consumer: AS_GROUP,
      partition,
      strategy: { kind: 'next', value: 0n },
      count,
      autoCommit,
    });
    if (!result.ok) return `refused with ${result.code}`;
    const { messagesCount, records, partition: served } = result.value;
    if (messagesCount === 0)
      return served === 0xffff_ffff ? 'sync and retry' : `nothing in ${served}`;
    return readRecords(records).map(({ offset }) => Number(offset));
  }

  async store(partition: number | null, offset: bigint) {
    const request = { ...TOPIC, consumer: AS_GROUP, partition, offset, ack: 1 } as const;
    return this.client.call(commands.storeConsumerOffset, request);
  }

  async forget(partition: number) {
    const request = { ...TOPIC, consumer: AS_GROUP, partition, ack: 1 } as const;
    return this.client.call(commands.deleteConsumerOffset, request);
  }

  async stored(partition: number) {
    const request = { ...TOPIC, consumer: AS_GROUP, partition };
    const offset = await this.client.done(commands.getConsumerOffset, request);
    return offset && [offset.partition, offset.currentOffset, offset.storedOffset];
  }

  /** Of every member its id and its partitions; null if there is no such group. */
  async members() {
    const details = await this.client.done(commands.getConsumerGroup, GROUP);
    return details && details.members.map(({ id, partitions }) => [id].concat(partitions));
  }

  async memberships() {
    const { consumerGroups } = await this.client.done(commands.getMe, {});
    return consumerGroups.map(({ groupId }) => groupId);
  }
}

/**
 * What two members of a group and a bystander see of it: joining with and without messages in flight,
 * committing, leaving, hanging up, partitions that come and go, purging, deleting.
 */
export async function tellGroupStory(port: number): Promise<[string, unknown][]> {
  const told: [string, unknown][] = [];
  const tell = (what: string, seen: unknown): void => void told.push([what, seen]);
  const ann = await Person.connect(port, 0xa11n);
  const bob = await Person.connect(port, 0xb0bn);
  const { client } = await Person.connect(port, 0xc1cn);
  const eve = await Person.connect(port, 0xe5en);
  await client.done(commands.createStream, { name: 'stories', options: [] });
  const topic = { stream: TOPIC.stream, name: 't', partitionsCount: 4, options: [] };
  await client.done(commands.createTopic, topic);
  for (const value of [0, 1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await client.call(commands.sendMessages, {
      ...TOPIC,
      partitioning: { kind: 'partition_id', value },
      messagesCount: 3,
      batch: batchOf('a', 'b', 'c'),
    });
  }

  tell('joining what is not there', await ann.join());
  const created = await client.done(commands.createConsumerGroup, { ...TOPIC, name: 'g' });
  tell('a new group', created);
  tell('not a member: sync', await ann.sync());
  tell('not a member: leave', await ann.leave());
  tell('not a member: poll', await ann.poll(0));
  tell('Ann joins', [await ann.join(), await ann.sync()]);
  tell('Ann joins again', [await ann.join(), await ann.sync()]);
  tell('Ann polls the last one', await ann.poll(3, { count: 2 }));
  tell('Ann polls and commits', await ann.poll(2, { count: 2, autoCommit: true }));
  tell('Ann polls beyond the end', await ann.poll(4));

  tell('Bob joins', [await bob.join(), await bob.sync(), await ann.sync()]);
  tell('the members', await eve.members());
  tell('Bob polls what he will get', await bob.poll(3));
  tell('Ann polls what she gives away', await ann.poll(3));
  tell('Ann commits what she gives away', await ann.store(3, 1n));
  tell('Bob has it', await bob.settled(({ partitions }) => partitions.includes(3)));
  tell('Ann has not', await ann.sync());
  tell('Bob goes on behind her', await bob.poll(3));
  tell('Bob goes on behind her commit', await bob.poll(2, { autoCommit: true }));
  tell('anybody sees what is stored', [await eve.stored(2), await eve.stored(0)]);
  tell('the memberships', [await ann.memberships(), await eve.memberships()]);

  tell('Bob leaves', [await bob.leave(), await bob.sync(), await ann.sync()]);
  tell('Ann polls what nobody committed', await ann.poll(3));
  tell('Bob joins once more', [await bob.join(), await bob.sync(), await ann.sync()]);
  bob.client.socket.destroy();
  tell('Bob hangs up', await ann.settled(({ partitions }) => partitions.length === 4));
  tell('the members that are left', await eve.members());

  await client.done(commands.createPartitions, { ...TOPIC, count: 2 });
  tell('two partitions more', await ann.sync());
  await client.done(commands.deletePartitions, { ...TOPIC, count: 3 });
  tell('three partitions less', await ann.sync());
  tell('Ann polls what is gone', await ann.poll(3));
  tell('Ann forgets', [await ann.forget(2), await eve.stored(2), await ann.forget(2)]);
  await ann.store(1, 2n);
  await client.done(commands.purgeTopic, TOPIC);
  tell('purged', [await eve.stored(1), await ann.sync()]);

  tell('deleted', await client.call(commands.deleteConsumerGroup, GROUP));
  tell('without it', [await ann.sync(), await ann.poll(0), await ann.leave(), await eve.members()]);
  tell('no membership is left', await ann.memberships());
  const again = await client.done(commands.createConsumerGroup, { ...TOPIC, name: 'g' });
  tell('its successor', again.group);
  tell('Ann joins it and logs out', [await ann.join(), await ann.sync()]);
  await ann.client.call(commands.logout, {});
  tell('and is no member any more', await eve.members());
  await client.done(commands.deleteStream, { stream: TOPIC.stream });
  return told;
}
