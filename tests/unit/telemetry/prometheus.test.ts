import { expect, test } from 'vitest';

import { createPrometheusMetrics } from '../../../src/telemetry/prometheus.ts';
import { LABELLED_TOPICS_MAX } from '../../../src/telemetry/topic-labels.ts';

const SEND = { stream: 's', topic: 't', messages: 3, outcome: 'success', ms: 20 } as const;
const REQUEST = {
  method: 'GET',
  route: '/health',
  status: 200,
  ms: 20,
  aborted: false,
  stalled: false,
};

/** The lines about metrics whose names begin so, without the buckets. */
async function linesOf(metrics: { text(): Promise<string> }, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));
}

test('messages are counted by topic and by what became of them', async () => {
  const metrics = createPrometheusMetrics();
  metrics.sendEnded(SEND);
  metrics.sendEnded({ ...SEND, messages: 2, outcome: 'unknown' });
  metrics.sendEnded({ ...SEND, topic: 'made-up', messages: 1, outcome: 'error' });
  metrics.pollEnded({ ...SEND, messages: 5 });
  expect(await linesOf(metrics, 'iggy_messages')).toEqual([
    'iggy_messages_sent_total{stream="s",topic="t",status="success"} 3',
    'iggy_messages_sent_total{stream="s",topic="t",status="unknown"} 2',
    'iggy_messages_sent_total{stream="other",topic="other",status="error"} 1',
    'iggy_messages_polled_total{stream="s",topic="t"} 5',
  ]);
  expect(await linesOf(metrics, 'iggy_send_duration_seconds')).toEqual([
    'iggy_send_duration_seconds_sum 0.06',
    'iggy_send_duration_seconds_count 3',
  ]);
});

test('the number of series stays bounded, whatever clients name', async () => {
  const metrics = createPrometheusMetrics();
  for (let n = 0; n < 3 * LABELLED_TOPICS_MAX; n += 1) {
    metrics.sendEnded({ ...SEND, topic: `wrong-${n}`, outcome: 'error' });
    metrics.sendEnded({ ...SEND, topic: `right-${n}` });
  }
  expect(await linesOf(metrics, 'iggy_messages_sent_total')).toHaveLength(LABELLED_TOPICS_MAX + 2);

  for (let n = 0; n < 50; n += 1) metrics.requestEnded({ ...REQUEST, method: `M${n}` });
  expect(await linesOf(metrics, 'http_request_duration_seconds_count')).toEqual([
    'http_request_duration_seconds_count{method="other",route="/health",status="200"} 50',
  ]);
});

test('requests are counted while they are under way, and those nobody waited for apart', async () => {
  const metrics = createPrometheusMetrics();
  metrics.requestStarted();
  metrics.requestStarted();
  metrics.requestEnded({ ...REQUEST, route: undefined, status: 499, aborted: true });
  expect(await linesOf(metrics, 'http_requests')).toEqual([
    'http_requests_in_flight 1',
    'http_requests_aborted_total 1',
    'http_requests_stalled_total 0',
  ]);
  expect(await linesOf(metrics, 'http_request_duration_seconds_count')).toEqual([
    'http_request_duration_seconds_count{method="GET",route="none",status="499"} 1',
  ]);
});

test('the first connection is no reconnect, the next one is', async () => {
  const metrics = createPrometheusMetrics();
  expect(await linesOf(metrics, 'iggy_connection')).toEqual([
    'iggy_connection_reconnects_total 0',
    'iggy_connection_status 0',
  ]);
  metrics.connected();
  expect(await linesOf(metrics, 'iggy_connection')).toEqual([
    'iggy_connection_reconnects_total 0',
    'iggy_connection_status 1',
  ]);
  metrics.disconnected();
  metrics.connected();
  expect(await linesOf(metrics, 'iggy_connection')).toEqual([
    'iggy_connection_reconnects_total 1',
    'iggy_connection_status 1',
  ]);
});

test('the circuit breaker is told by its state, its openings and what it refused', async () => {
  const metrics = createPrometheusMetrics();
  expect(await linesOf(metrics, 'iggy_circuit')).toEqual([
    'iggy_circuit_breaker_rejections_total{state="open"} 0',
    'iggy_circuit_breaker_rejections_total{state="half_open"} 0',
    'iggy_circuit_breaker_opens_total 0',
    'iggy_circuit_breaker_state 0',
  ]);
  metrics.circuitChanged('open');
  metrics.circuitRejected('open');
  metrics.circuitChanged('half_open');
  metrics.circuitRejected('half_open');
  metrics.circuitRejected('half_open');
  expect(await linesOf(metrics, 'iggy_circuit')).toEqual([
    'iggy_circuit_breaker_rejections_total{state="open"} 1',
    'iggy_circuit_breaker_rejections_total{state="half_open"} 2',
    'iggy_circuit_breaker_opens_total 1',
    'iggy_circuit_breaker_state 2',
  ]);
  metrics.circuitChanged('closed');
  expect(await linesOf(metrics, 'iggy_circuit_breaker_state')).toEqual([
    'iggy_circuit_breaker_state 0',
  ]);
});
