import { describe, expect, test } from 'vitest';

import { DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { openBroker } from '../../../src/iggy-broker/open-broker.ts';
import { commands, EvictionReason, STATUS } from '../../../src/iggy-protocol/index.ts';
import { ROOT, serverFrame } from '../../support/broker-client.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { assigned, GROUP, groupWorld, joined, pollAs, storeAs } from './support/group-world.ts';

const SECOND = 1_000_000n;

function later({ broker }: ReturnType<typeof groupWorld>, seconds: bigint) {
  broker.nowMicros += seconds * SECOND;
  broker.core.tick();
  return broker.core.commit();
}

describe('a member that says nothing', () => {
  test('is evicted after 36 seconds, and what it had goes to the others', () => {
    const world = groupWorld();
    const [silent, other] = [world.member(), world.member()];
    expect(later(world, 20n)).toEqual([]);
    other.done(commands.ping, {});
    expect(later(world, 16n)).toEqual([]);
    const [told, ...more] = later(world, 1n);
    expect(more).toEqual([]);
    if (told === undefined || !('bytes' in told)) throw new Error('nobody was told');
    expect(told.connectionId).toBe(silent.id);
    expect(serverFrame(told.bytes)).toMatchObject({
      kind: 'eviction',
      header: { reason: EvictionReason.StaleClient, client: silent.identity.clientId },
    });
    expect(assigned(other)).toEqual([0, 1]);
    expect(later(world, 1n)).toEqual([]);
  });

  test('is logged out, and may come back on the same connection', () => {
    const world = groupWorld();
    const silent = world.member();
    later(world, 37n);
    expect(silent.call(commands.ping, {}).ok).toBe(true);
    expect(silent.call(commands.getStreams, {})).toEqual({
      ok: false,
      code: STATUS.Unauthenticated,
    });
    const frame = silent.identity.frame(commands.createStream, { name: 'x', options: [] });
    expect(serverFrame(silent.answer(frame))).toMatchObject({
      header: { reason: EvictionReason.NoSession },
    });
    silent.logIn();
    expect(assigned(silent)).toBeNull();
    expect(assigned(joined(silent))).toEqual([0, 1]);
  });

  test('has not been silent while it took its replies', () => {
    const world = groupWorld();
    const member = world.member();
    world.broker.core.receive(member.id, member.identity.frame(commands.ping, {}));
    world.broker.core.commit();
    world.broker.nowMicros += 30n * SECOND;
    world.broker.core.resume(member.id);
    expect(later(world, 7n)).toEqual([]);
  });

  test('has not been silent while the broker stood still', () => {
    const world = groupWorld();
    const member = world.member();
    world.broker.nowMicros += 60n * SECOND;
    world.broker.core.tick(60_000);
    expect(world.broker.core.commit()).toEqual([]);
    expect(assigned(member)).toEqual([0, 1]);
  });

  test('keeps nothing because its connection takes long to close', () => {
    const world = groupWorld();
    const closing = world.member();
    world.broker.core.receive(closing.id, Buffer.alloc(256));
    world.broker.core.commit();
    const other = world.member();
    later(world, 36n);
    other.done(commands.ping, {});
    expect(later(world, 30n)).toEqual([]);
    expect(assigned(other)).toEqual([0, 1]);
  });

  test('is left alone once it is no member, as everybody who is none', () => {
    const world = groupWorld();
    const client = world.member();
    client.done(commands.leaveConsumerGroup, GROUP);
    expect(later(world, 3600n)).toEqual([]);
    expect(client.call(commands.getStreams, {}).ok).toBe(true);
  });

  test('hears of it at once, though it asks for nothing', async () => {
    const clock = new FakeClock();
    const settings = { host: '127.0.0.1', port: 0, dataDirectory: ':memory:', root: ROOT };
    const broker = await openBroker({ ...settings, limits: DEFAULT_LIMITS }, clock);
    const client = await (await SocketClient.connect(broker.port)).logIn();
    await client.done(commands.createStream, { name: 's', options: [] });
    const topic = { stream: GROUP.stream, name: 't', partitionsCount: 1, options: [] };
    await client.done(commands.createTopic, topic);
    await client.done(commands.createConsumerGroup, { ...GROUP, name: 'g' });
    await client.done(commands.joinConsumerGroup, GROUP);
    await clock.advance(38_000);
    expect(serverFrame(await client.next()).kind).toBe('eviction');
    await broker.stop();
  });
});

describe('a partition that is handed over', () => {
  test('is waited for 30 seconds, and then moves whatever was committed', () => {
    const world = groupWorld();
    const first = world.member();
    pollAs(first, 1);
    const second = world.member();
    expect([assigned(first), assigned(second)]).toEqual([[0], []]);
    later(world, 29n);
    expect([assigned(first), assigned(second)]).toEqual([[0], []]);
    later(world, 1n);
    expect([assigned(first), assigned(second)]).toEqual([[0], [1]]);
    expect(storeAs(first, 1)).toEqual({ ok: false, code: STATUS.ConsumerGroupPartitionNotOwned });
    expect(pollAs(second, 1)).toMatchObject({ value: { messagesCount: 2 } });
  });

  test('moves when all that was served is committed, and not before', () => {
    const world = groupWorld();
    const first = world.member();
    pollAs(first, 1);
    storeAs(first, 1);
    pollAs(first, 1);
    const second = world.member();
    storeAs(first, 1);
    expect(assigned(second)).toEqual([]);
    const rest = { ...GROUP, consumer: { kind: 'consumer_group', id: GROUP.group } } as const;
    first.done(commands.storeConsumerOffset, { ...rest, partition: 1, offset: 2n, ack: 1 });
    expect(assigned(second)).toEqual([1]);
  });

  test('moves at once when what was served is purged', () => {
    const world = groupWorld();
    pollAs(world.member(), 1);
    const second = world.member();
    world.admin.done(commands.purgeTopic, GROUP);
    later(world, 0n);
    expect(assigned(second)).toEqual([1]);
  });

  test('is nobody’s to wait for when all who were served are gone', () => {
    const world = groupWorld();
    const gone = world.member();
    pollAs(gone, 1);
    world.broker.core.disconnect(gone.id);
    expect(assigned(world.member())).toEqual([0, 1]);
    expect(assigned(world.member())).toEqual([1]);
  });
});
