import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { findTextHeader } from '../../../src/iggy-client/text-headers.ts';
import { IggyError } from '../../../src/iggy-client/errors.ts';
import { TRACE_FLUSH_MS_MAX } from '../../../src/telemetry-link.ts';
import { anEvent } from '../../support/events.ts';
import type { FakeIggy } from '../../support/fake-iggy.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp, type TestApp } from '../../support/start-app.ts';
import { startTraceCollector } from '../../support/trace-collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${CALLER}-01`;
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

async function startTraced(env: Record<string, string> = {}) {
  const collector = await startTraceCollector();
  const gateway = await startTestApp({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, ...env },
  });
  return { ...gateway, collector };
}

/** Stops the gateway, which sends what it has, without letting time pass. */
async function stop({ app, clock }: Pick<TestApp, 'app' | 'clock'>): Promise<void> {
  const stopped = app.stop();
  await clock.advance(0);
  await stopped;
}

/** The trace that the last message stored was sent in. */
function storedTrace({ sends }: FakeIggy): string | undefined {
  const headers = sends.at(-1)?.messages[0]?.userHeaders;
  return headers && findTextHeader(Buffer.from(headers), 'traceparent');
}

describe('with a collector', () => {
  test('a request is a span named by its route, below its caller, with the broker below it', async () => {
    const gateway = await startTraced({ OTEL_SERVICE_NAME: 'shop-gateway' });
    await gateway.post(
      '/streams/sample-stream/topics/events/messages',
      { event: anEvent() },
      { traceparent: SAMPLED },
    );
    await stop(gateway);

    const { spans, resources, paths } = gateway.collector;
    const request = spans.find(({ kind }) => kind === SERVER);
    const broker = spans.find(({ kind }) => kind === CLIENT);
    expect(spans).toHaveLength(2);
    expect(request).toMatchObject({
      traceId: TRACE,
      parentSpanId: CALLER,
      name: 'POST /streams/:stream/topics/:topic/messages',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/streams/:stream/topics/:topic/messages',
        'http.response.status_code': 201,
      },
    });
    expect(broker).toMatchObject({
      traceId: TRACE,
      parentSpanId: request?.spanId,
      name: 'iggy send',
      attributes: { 'messaging.system': 'iggy', 'messaging.destination.name': 'events' },
    });
    expect(resources[0]).toMatchObject({ 'service.name': 'shop-gateway' });
    expect(paths).toEqual(['/v1/traces']);
    // Whoever reads the message continues from our span.
    expect(storedTrace(gateway.client)).toBe(`00-${TRACE}-${request?.spanId}-01`);
  });

  test('a request without a caller begins a trace of its own', async () => {
    const gateway = await startTraced();
    await gateway.fetch('/streams', { headers: { traceparent: 'no-trace-at-all' } });
    await stop(gateway);
    const request = gateway.collector.spans.find(({ kind }) => kind === SERVER);
    expect(request?.parentSpanId).toBeUndefined();
    expect(request?.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a trace that its caller does not keep is not kept here, but handed on', async () => {
    const gateway = await startTraced();
    const unsampled = `00-${TRACE}-${CALLER}-00`;
    await gateway.post('/messages', { event: anEvent() }, { traceparent: unsampled });
    await stop(gateway);
    expect(gateway.collector.spans).toEqual([]);
    expect(storedTrace(gateway.client)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  test('a failure is marked on both spans, and nothing of its text is told', async () => {
    const gateway = await startTraced();
    gateway.client.failures.set('listStreams', new IggyError('lost', 'hush-hush'));
    await gateway.fetch('/streams?api_key=hush-hush');
    await stop(gateway);
    const { spans } = gateway.collector;
    expect(spans.map(({ status }) => status.code)).toEqual([ERROR, ERROR]);
    expect(JSON.stringify(spans)).not.toContain('hush-hush');
  });

  test('requests at the same time keep their calls to the broker apart', async () => {
    const gateway = await startTraced();
    await Promise.all(Array.from({ length: 20 }, () => gateway.fetch('/streams')));
    await stop(gateway);
    const requests = gateway.collector.spans.filter(({ kind }) => kind === SERVER);
    const parents = gateway.collector.spans
      .filter(({ kind }) => kind === CLIENT)
      .map(({ parentSpanId }) => parentSpanId);
    expect(new Set(parents)).toEqual(new Set(requests.map(({ spanId }) => spanId)));
    expect(parents).toHaveLength(20);
  });

  test('one that never answers delays the end of a stop by its bound, and no more', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { app, clock, fetch } = await startTestApp({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    });
    await fetch('/health');
    let stopped = false;
    const stopping = app.stop().then(() => (stopped = true));
    await clock.advance(0);
    // Everything else has stopped by then.
    await until(() => clock.pendingTimers === 1);
    await clock.advance(TRACE_FLUSH_MS_MAX - 1);
    expect(stopped).toBe(false);
    await clock.advance(1);
    await stopping;
  });
});

describe('without a collector', () => {
  test('the trace that came is the one that is stored, and given back by a poll', async () => {
    const { client, post, fetch } = await startTestApp();
    const events = [anEvent(), anEvent()];
    await post('/messages/batch', { events }, { traceparent: SAMPLED });
    await post('/messages', { event: anEvent() });
    expect(client.sends.map(({ messages }) => messages.length)).toEqual([2, 1]);
    const page = (await (await fetch('/messages?offset=0')).json()) as {
      messages: { traceparent?: string }[];
    };
    expect(page.messages.map(({ traceparent }) => traceparent)).toEqual([
      SAMPLED,
      SAMPLED,
      undefined,
    ]);
  });

  test.each(['', 'nonsense', `00-${TRACE}-${CALLER}-01-more`, `00-${'0'.repeat(32)}-${CALLER}-01`])(
    'what is no trace is not stored: %j',
    async (traceparent) => {
      const { client, post } = await startTestApp();
      await post('/messages', { event: anEvent() }, { traceparent });
      expect(client.sends[0]?.messages[0]).not.toHaveProperty('userHeaders');
    },
  );
});
