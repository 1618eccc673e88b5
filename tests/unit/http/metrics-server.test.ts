import { connect } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { METRICS_CONNECTIONS_MAX, startMetricsServer } from '../../../src/http/metrics-server.ts';
import { until } from '../../support/spawn-gateway.ts';

async function serve() {
  const source = { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' };
  const server = await startMetricsServer('127.0.0.1', 0, source);
  onTestFinished(() => server.stop());
  return { server, url: `http://127.0.0.1:${server.port}` };
}

test('GET /metrics gives the text, HEAD the same without it', async () => {
  const { url } = await serve();
  const response = await fetch(`${url}/metrics?ignored`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  expect(await response.text()).toBe('up 1\n');
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test.each(['/', '/metrics/', '/Metrics', '/health', '/streams'])('%s is a 404', async (path) => {
  const { url } = await serve();
  expect((await fetch(url + path)).status).toBe(404);
});

test('another method is a 405 that names those it knows', async () => {
  const { url } = await serve();
  const response = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('metrics that cannot be had are a 500, and the next ones are there', async () => {
  let broken = true;
  const server = await startMetricsServer('127.0.0.1', 0, {
    contentType: 'text/plain',
    text: async () => {
      if (broken) throw new Error('planted');
      return 'up 1';
    },
  });
  onTestFinished(() => server.stop());
  const url = `http://127.0.0.1:${server.port}/metrics`;
  expect((await fetch(url)).status).toBe(500);
  broken = false;
  expect((await fetch(url)).status).toBe(200);
});

test('a port that is taken is an error, not an end', async () => {
  const { server } = await serve();
  const second = startMetricsServer('127.0.0.1', server.port, {
    contentType: '',
    text: async () => '',
  });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('takes no more connections than it says, and cuts all of them when it stops', async () => {
  const { server } = await serve();
  let closed = 0;
  let open = 0;
  for (let n = 0; n < METRICS_CONNECTIONS_MAX + 5; n += 1) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('connect', () => (open += 1));
    socket.on('close', () => (closed += 1)).on('error', () => undefined);
  }
  await until(() => open === METRICS_CONNECTIONS_MAX + 5 && closed >= 5);
  expect(closed).toBe(5);
  await server.stop();
  await until(() => closed === METRICS_CONNECTIONS_MAX + 5);
});
