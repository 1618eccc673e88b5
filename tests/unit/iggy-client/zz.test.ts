import { expect, test } from 'vitest';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import { confirm, createClient, sendRequest } from './open-client.ts';
const patience = { signal: new AbortController().signal };
const A = { host: '10.0.0.1', port: 8090 };
const B = { host: '10.0.0.2', port: 8090 };
function make() {
  const opened = createClient({ addresses: [A] });
  const { broker } = opened;
  const rest = { quic: 0, http: 0, websocket: 0, status: 0 };
  broker.onCluster = (request) => request.accept(commands.getClusterMetadata, { name: 'c', nodes: [
    { ...rest, name: 'A', ip: A.host, tcp: A.port, role: 1 },
    { ...rest, name: 'B', ip: B.host, tcp: B.port, role: 0 },
  ]});
  broker.onRequest = (request) => {
    if (request.link.address.host === B.host) confirm(request, 3n);
    else request.deny(STATUS.TransientNotAccepted);
  };
  return opened;
}
test('unreachable leader comes back', async () => {
  const { client, broker, clock } = make();
  broker.network.onDial = (link) => link.address.host === B.host ? link.end('no route') : broker.serve(link);
  client.start();
  await clock.advance(10_000);
  expect(client.status().state).toBe('ready');
  broker.network.onDial = (link) => broker.serve(link);
  const results: unknown[] = [];
  for (let i = 0; i < 6; i++) {
    const p = client.send(sendRequest(), patience).then((r) => r, (e) => e);
    await clock.advance(31_000);
    results.push(await Promise.race([p, Promise.resolve('hang')]));
  }
  console.log(results.map(String));
  console.log(broker.network.links.map((l) => l.address.host));
  await client.stop();
});
test('TLS at leader', async () => {
  const { client, broker, clock, events } = make();
  broker.network.onDial = (link) => link.address.host === B.host ? link.end('certificate', true) : broker.serve(link);
  client.start();
  await clock.advance(3_000);
  console.log(client.status(), events);
  await client.stop();
});
