import { expect, test } from 'vitest';

import type { IggyClientOptions } from '../../../src/iggy-client/index.ts';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedBroker } from '../../support/scripted-broker.ts';
import { confirm, createClient, sendRequest } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const A = { host: '10.0.0.1', port: 8090 };
const B = { host: '10.0.0.2', port: 8090 };
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** A cluster of two nodes that agree on who leads. */
class Cluster {
  leader: 'A' | 'B' | 'nobody' = 'A';
  readonly #broker: ScriptedBroker;

  constructor(broker: ScriptedBroker) {
    this.#broker = broker;
    broker.onCluster = (request) => {
      const role = (name: string) => (this.leader === name ? 0 : 1);
      const rest = { quic: 0, http: 0, websocket: 0, status: 0 };
      request.accept(commands.getClusterMetadata, {
        name: 'cluster',
        nodes: [
          { ...rest, name: 'A', ip: A.host, tcp: A.port, role: role('A') },
          { ...rest, name: 'B', ip: B.host, tcp: B.port, role: role('B') },
        ],
      });
    };
    broker.onRequest = (request) => {
      const isLeader = request.link.address.host === (this.leader === 'A' ? A : B).host;
      if (isLeader) confirm(request, 3n);
      else request.deny(STATUS.TransientNotAccepted);
    };
  }

  /** Hosts in the order they were dialed. */
  get dialed(): string[] {
    return this.#broker.network.links.map(({ address }) => address.host);
  }
}

function createCluster(options: Partial<IggyClientOptions> = {}) {
  const opened = createClient({ addresses: [A], ...options });
  return { ...opened, cluster: new Cluster(opened.broker) };
}

test('a client that logs in on a follower goes on to the leader at once', async () => {
  const { client, broker, clock, cluster, events } = createCluster();
  cluster.leader = 'B';
  client.start();
  await clock.settle();
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host, B.host]);
  expect(broker.network.openLinks).toBe(1);
  expect(events.map(({ kind }) => kind)).toEqual(['connected']);
  await client.send(sendRequest(), patience);
  await client.stop();
});

test('after a loss the leader is dialed again first, and the configured addresses if it is gone', async () => {
  const { client, broker, clock, cluster } = createCluster();
  cluster.leader = 'B';
  client.start();
  await clock.settle();
  broker.network.onDial = (link) => {
    if (link.address.host === B.host) link.end('refused');
    else broker.serve(link);
  };
  cluster.leader = 'A';
  broker.network.links[1]?.end('the leader has died');
  await clock.advance(10 * RECONNECT_MS);
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host, B.host, B.host, A.host]);
  await client.stop();
});

test('a leader that cannot be reached from here is not followed for ever', async () => {
  const { client, broker, clock, cluster } = createCluster();
  cluster.leader = 'B';
  broker.network.onDial = (link) => {
    if (link.address.host === B.host) link.end('no route');
    else broker.serve(link);
  };
  client.start();
  await clock.advance(10 * RECONNECT_MS);
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host, B.host, A.host]);
  await client.stop();
});

test('a leader that could not be reached for a while is followed once it can', async () => {
  const { client, broker, clock, cluster } = createCluster();
  cluster.leader = 'B';
  broker.network.onDial = (link) => {
    if (link.address.host === B.host) link.end('not up yet');
    else broker.serve(link);
  };
  client.start();
  await clock.advance(10 * RECONNECT_MS);
  expect(client.status().state).toBe('ready');
  broker.network.onDial = (link) => broker.serve(link);
  const result = client.send(sendRequest(), patience);
  await clock.advance(2_000 + RECONNECT_MS + 100);
  expect(await result).toMatchObject({ baseOffset: 3n });
  expect(cluster.dialed).toEqual([A.host, B.host, A.host, B.host]);
  await client.stop();
});

test('a leader whose certificate is not accepted holds nobody up: the configured address is', async () => {
  const { client, broker, clock, cluster, events } = createCluster();
  cluster.leader = 'B';
  broker.network.onDial = (link) => {
    if (link.address.host === B.host) link.end('not its certificate', true);
    else broker.serve(link);
  };
  client.start();
  await clock.advance(2 * RECONNECT_MS);
  expect(client.status()).toMatchObject({ state: 'ready', permanentFailure: false });
  expect(cluster.dialed).toEqual([A.host, B.host, A.host]);
  expect(events.map(({ kind }) => kind)).toEqual(['reconnecting', 'connected']);
  await client.stop();
});

test('a leader whose host is gone is waited for once, not by one connection after the other', async () => {
  const { client, broker, clock, cluster } = createCluster({ poolSize: 8 });
  cluster.leader = 'B';
  client.start();
  await clock.settle();
  expect(cluster.dialed.filter((host) => host === A.host)).toHaveLength(1);
  broker.network.onDial = (link) => {
    if (link.address.host === A.host) broker.serve(link);
  };
  cluster.leader = 'A';
  for (const link of broker.network.links) link.end('the host has died');
  await clock.advance(RECONNECT_MS + CONNECT_TIMEOUT_MS + RECONNECT_MS);
  expect(broker.network.openLinks).toBe(8);
  expect(cluster.dialed.slice(-9)).toEqual([B.host, ...Array.from({ length: 8 }, () => A.host)]);
  await client.stop();
});

test('nodes that point at each other are followed three times, and then taken as they are', async () => {
  const { client, broker, clock, cluster } = createCluster();
  const { onCluster } = broker;
  broker.onCluster = (request) => {
    cluster.leader = request.link.address.host === A.host ? 'B' : 'A';
    onCluster(request);
  };
  client.start();
  await clock.settle();
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host, B.host, A.host, B.host]);
  await client.stop();
});

test('a cluster without a leader is asked again until it has one', async () => {
  const { client, broker, clock, cluster } = createCluster();
  cluster.leader = 'nobody';
  client.start();
  await clock.advance(1_000);
  expect(client.status().state).toBe('connecting');
  cluster.leader = 'B';
  await clock.advance(250);
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host, B.host]);
  // At once, every 250 ms, and on the leader.
  expect(broker.questions).toHaveLength(1 + 5 + 1);
  await client.stop();
});

test('a cluster that elects nobody is used as it is: reads work', async () => {
  const { client, clock, cluster } = createCluster();
  cluster.leader = 'nobody';
  client.start();
  await clock.advance(5_000);
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host]);
  await client.stop();
});

test.each([
  ['is denied', STATUS.Unauthorized],
  ['is not known', STATUS.InvalidCommand],
])('where the question %s, the client stays', async (_, status) => {
  const { client, broker, clock, cluster } = createCluster();
  broker.onCluster = (request) => request.deny(status);
  client.start();
  await clock.settle();
  expect(client.status().state).toBe('ready');
  expect(cluster.dialed).toEqual([A.host]);
  await client.stop();
});

test('where the answer makes no sense, the client stays', async () => {
  const { client, broker, clock } = createCluster();
  broker.onCluster = (request) => request.acceptPayload(Buffer.alloc(3));
  client.start();
  await clock.settle();
  expect(client.status().state).toBe('ready');
  await client.stop();
});

test('where the answer does not come, the attempt has failed', async () => {
  const { client, broker, clock } = createCluster();
  broker.onCluster = () => {};
  client.start();
  await clock.advance(5_000);
  expect(client.status().state).toBe('waiting');
  await client.stop();
});

test('a send that a node no longer takes because it lost the lead is stored by the new leader', async () => {
  const { client, clock, cluster } = createCluster();
  client.start();
  await clock.settle();
  cluster.leader = 'B';
  const result = client.send(sendRequest(), patience);
  await clock.advance(2_000 + RECONNECT_MS + 100);
  expect(await result).toMatchObject({ baseOffset: 3n });
  expect(cluster.dialed).toEqual([A.host, B.host]);
  await client.stop();
});

test('callers that give up one after the other do not hide that the node has lost the lead', async () => {
  const { client, clock, cluster } = createCluster();
  client.start();
  await clock.settle();
  cluster.leader = 'B';
  for (let count = 0; count < 50; count += 1) {
    const caller = new AbortController();
    clock.after(500, () => caller.abort());
    client.send(sendRequest(), caller).catch(() => {});
    await clock.advance(100);
  }
  expect(cluster.dialed).toEqual([A.host, B.host]);
  expect(await client.send(sendRequest(), patience)).toMatchObject({ baseOffset: 3n });
  await client.stop();
});
