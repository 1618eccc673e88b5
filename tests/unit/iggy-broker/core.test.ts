import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Outgoing } from '../../../src/iggy-broker/core.ts';
import { IN_MEMORY, openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands, HEADER_BYTES } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, resultOf, serverFrame } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };

function withTopic(broker: InProcessBroker, partitionsCount = 1): InProcessClient {
  const client = broker.client();
  client.done(commands.createStream, { name: 's', options: [] });
  client.done(commands.createTopic, {
    stream: named('s'),
    name: 't',
    partitionsCount,
    options: [],
  });
  return client;
}

function send(client: InProcessClient, ...payloads: string[]): Buffer {
  return client.identity.frame(commands.sendMessages, {
    ...TARGET,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: payloads.length,
    batch: batchOf(...payloads),
  });
}

function poll(client: InProcessClient, count = 10): Buffer {
  return client.identity.frame(commands.pollMessages, {
    ...TARGET,
    consumer: { kind: 'consumer', id: { kind: 'numeric', value: 1 } },
    partition: 0,
    strategy: { kind: 'first', value: 0n },
    count,
    autoCommit: false,
  });
}

const ping = (client: InProcessClient): Buffer => client.identity.frame(commands.ping, {});

const operationsOf = (released: readonly Outgoing[]): unknown[] =>
  released.map((outgoing) => {
    if ('close' in outgoing) return `${outgoing.connectionId} closed`;
    const { header } = serverFrame(outgoing.bytes);
    return 'operation' in header ? `${outgoing.connectionId} ${header.operation}` : header;
  });

describe('commit', () => {
  test('no answer leaves before it, not even that of a read', () => {
    const broker = new InProcessBroker();
    const writer = withTopic(broker);
    const reader = broker.client();

    broker.core.receive(writer.id, send(writer, 'a'));
    broker.core.receive(reader.id, poll(reader));
    broker.core.receive(reader.id, ping(reader));
    expect(broker.core.hasPending).toBe(true);
    expect(broker.storage.dirty).toBe(true);

    const released = broker.core.commit();
    expect(broker.storage.dirty).toBe(false);
    expect(broker.core.hasPending).toBe(false);
    expect(operationsOf(released)).toEqual([
      `${writer.id} 160`,
      `${reader.id} 2`,
      `${reader.id} 2`,
    ]);
    expect(broker.core.commit()).toEqual([]);
  });

  test('one that fails releases nothing', () => {
    const storage = openStorage(IN_MEMORY);
    const broker = new InProcessBroker({ storage });
    const client = withTopic(broker);
    broker.core.receive(client.id, send(client, 'lost'));
    // The disk is full, the file is gone: whatever it was, it throws.
    storage.close();
    expect(() => broker.core.commit()).toThrow(/database is not open/);
  });

  test('is due at once when a group has gathered its fill', () => {
    const broker = new InProcessBroker({ limits: { groupBytesMax: 2 * HEADER_BYTES } });
    const client = broker.connect();
    expect(broker.core.groupIsFull).toBe(false);
    // A ping and its answer are as much as two headers.
    broker.core.receive(client.id, ping(client));
    expect(broker.core.groupIsFull).toBe(true);
    broker.core.commit();
    expect(broker.core.groupIsFull).toBe(false);
  });
});

describe('limits', () => {
  test('connections: the last one is served, one more does not exist', () => {
    const broker = new InProcessBroker({ limits: { connectionsMax: 2 } });
    const first = broker.connect();
    broker.connect();
    expect(() => broker.connect()).toThrow('refused');
    broker.core.disconnect(first.id);
    expect(broker.connect().answer(ping(first))).toBeDefined();
  });

  test('frame: the largest is taken, one byte more ends the connection', () => {
    const body = batchOf('x');
    const frameBytesMax = 600;
    const broker = new InProcessBroker({ limits: { frameBytesMax } });
    const client = withTopic(broker);
    const filler = frameBytesMax - send(client, 'x').length;
    expect(body.length).toBeGreaterThan(0);

    const fits = client.answer(send(client, 'x'.repeat(filler + 1)));
    expect(resultOf(commands.sendMessages, fits).ok).toBe(true);
    const [outgoing] = client.exchange(send(client, 'x'.repeat(filler + 2)));
    expect(outgoing).toEqual({
      connectionId: client.id,
      close: 'frame declares 601 bytes, not 256..=600',
    });
    expect(client.exchange(ping(client))).toEqual([]);
  });

  test('received bytes: whoever holds the most of them is closed, the others go on', () => {
    const broker = new InProcessBroker({ limits: { receivedBytesMax: 1000 } });
    const [modest, greedy] = [broker.connect(), broker.connect()];
    const large = send(broker.client(), 'x'.repeat(2000));

    expect(modest.exchange(large.subarray(0, 400))).toEqual([]);
    expect(greedy.exchange(large.subarray(0, 600))).toEqual([]);
    broker.core.receive(greedy.id, large.subarray(600, 601));
    expect(operationsOf(broker.core.commit())).toEqual([`${greedy.id} closed`]);
    expect(modest.answer(large.subarray(400))).toBeDefined();
  });

  test('received bytes: what a lost connection had sent counts no more', () => {
    const broker = new InProcessBroker({ limits: { receivedBytesMax: 1000 } });
    const part = send(broker.client(), 'x'.repeat(2000)).subarray(0, 900);
    for (let index = 0; index < 3; index += 1) {
      const client = broker.connect();
      expect(client.exchange(part)).toEqual([]);
      broker.core.disconnect(client.id);
    }
  });

  test('unsent bytes: a peer that does not read stands still, and goes on in order', () => {
    const broker = new InProcessBroker({ limits: { unsentBytesPauseAt: 1000 } });
    const client = withTopic(broker);
    client.answer(send(client, 'x'.repeat(800)));
    const requests = [poll(client), ping(client), send(client, 'y')];
    broker.core.receive(client.id, Buffer.concat(requests));

    expect(operationsOf(broker.core.commit())).toEqual([`${client.id} 2`]);
    expect(broker.core.isIdle(client.id)).toBe(false);
    expect(broker.core.hasPending).toBe(false);

    broker.core.resume(client.id);
    expect(broker.core.isIdle(client.id)).toBe(true);
    expect(operationsOf(broker.core.commit())).toEqual([`${client.id} 2`, `${client.id} 160`]);
  });
});

describe('connections', () => {
  test('what arrives for one that is gone, or closing, is nobody’s', () => {
    const broker = new InProcessBroker();
    const client = withTopic(broker);
    broker.core.disconnect(client.id);
    broker.core.disconnect(client.id);
    // Its newest reply is forgotten.
    broker.core.commit();
    broker.core.resume(client.id);
    broker.core.receive(client.id, ping(client));
    expect(broker.core.isIdle(client.id)).toBe(true);
    expect(broker.core.hasPending).toBe(false);
  });

  test('what came before the garbage is done and answered, then the connection ends', () => {
    const broker = new InProcessBroker();
    const client = withTopic(broker);
    const released = client.exchange(Buffer.concat([send(client, 'kept'), Buffer.alloc(300)]));
    expect(operationsOf(released)).toEqual([`${client.id} 160`, `${client.id} closed`]);
    expect(broker.storage.load().partitions).toMatchObject([{ extent: { nextOffset: 1n } }]);
  });

  test('garbage ends the connection it came on and no other, whatever it is', () => {
    const broker = new InProcessBroker({ limits: { frameBytesMax: 4096 } });
    const bystander = withTopic(broker);
    const frames = [send(bystander, 'a', 'b'), poll(bystander), bystander.identity.login()];
    const damaged = fc
      .tuple(fc.constantFrom(...frames), fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([frame, at, noise]) => {
        const copy = Buffer.from(frame);
        Buffer.from(noise).copy(copy, at % copy.length);
        return copy;
      });
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
      damaged,
    );

    fc.assert(
      fc.property(
        fc.array(chunk, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (chunks, login) => {
          const client = login ? broker.client() : broker.connect();
          for (const bytes of chunks) client.exchange(bytes);
          broker.core.disconnect(client.id);
          expect(bystander.answer(ping(bystander))).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
    expect(bystander.done(commands.getClients, {}).clients).toHaveLength(1);
  });
});
