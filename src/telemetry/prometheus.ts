import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { CircuitState, Metrics } from './metrics.ts';
import { TopicFolding } from './topic-labels.ts';

/** Metrics that a Prometheus can fetch. */
export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  /** Everything counted so far, in Prometheus' text format. */
  text(): Promise<string>;
  /** Every metric there is, for the documentation. */
  describe(): readonly MetricDescription[];
}

interface MetricDescription {
  name: string;
  type: string;
  help: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MESSAGES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000];

/** Methods with a series of their own; whatever else a client writes is one label value. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
const OTHER_METHOD = 'other';
/** Of requests that reached no route: unknown paths, and what a gate refused. */
const NO_ROUTE = 'none';

/**
 * Names are those of the original where it has one (http-contract §6); docs/metrics.md lists them. Each of
 * `problemCodes` has its series from the start.
 */
export function createPrometheusMetrics(problemCodes: readonly string[] = []): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Memory, CPU, event-loop lag, garbage: what Node knows of the process, for as long as it runs.
  collectDefaultMetrics({ register: registry });
  const iggy = iggyMetrics(registers);
  const circuit = circuitMetrics(registers);
  const http = httpMetrics(registers);
  // What begins at 1 is no increase to an alert.
  for (const code of problemCodes) http.refusals.inc({ code }, 0);
  const topics = new TopicFolding();
  let connectedBefore = false;

  return {
    requestStarted: () => http.inFlight.inc(),

    requestEnded({ method, route = NO_ROUTE, status, ms, aborted, stalled }) {
      const labels = { method: METHODS.has(method) ? method : OTHER_METHOD, route, status };
      http.inFlight.dec();
      http.duration.observe(labels, ms / 1000);
      if (aborted) http.aborted.inc();
      if (stalled) http.stalled.inc();
    },

    refused: (code) => http.refusals.inc({ code }),

    sendEnded({ messages, outcome, ms, ...path }) {
      const labels = topics.fold(path, outcome === 'success');
      iggy.sent.inc({ ...labels, status: outcome }, messages);
      iggy.sendDuration.observe(ms / 1000);
      iggy.sendMessages.observe(messages);
    },

    pollEnded({ messages, outcome, ms, ...path }) {
      const labels = topics.fold(path, outcome === 'success');
      iggy.polled.inc(labels, messages);
      iggy.pollDuration.observe(ms / 1000);
      if (outcome === 'success') iggy.pollMessages.observe(messages);
    },

    batchSent: (messages) => iggy.batchMessages.observe(messages),

    connected() {
      iggy.connection.set(1);
      if (connectedBefore) iggy.reconnects.inc();
      connectedBefore = true;
    },

    disconnected: () => iggy.connection.set(0),

    circuitChanged(state) {
      circuit.state.set(CIRCUIT_STATE[state]);
      if (state === 'open') circuit.opens.inc();
    },

    circuitRejected: (state) => circuit.rejections.inc({ state }),

    contentType: registry.contentType,
    text: () => registry.metrics(),
    describe: () =>
      registry.getMetricsAsArray().map(({ name, type, help }) => ({
        name,
        type: String(type),
        help,
      })),
  };
}

/** What the gauge shows. */
const CIRCUIT_STATE = { closed: 0, open: 1, half_open: 2 } as const satisfies Record<
  CircuitState,
  number
>;

function circuitMetrics(registers: Registry[]) {
  const rejections = new Counter({
    name: 'iggy_circuit_breaker_rejections_total',
    help: 'Calls to the broker that the circuit breaker refused, by its `state`: open or half_open.',
    labelNames: ['state'],
    registers,
  });
  // Both series from the start, as those of the problems.
  for (const state of ['open', 'half_open']) rejections.inc({ state }, 0);
  return {
    rejections,
    opens: new Counter({
      name: 'iggy_circuit_breaker_opens_total',
      help: 'How often the circuit breaker opened, because the broker failed several times in a row.',
      registers,
    }),
    state: new Gauge({
      name: 'iggy_circuit_breaker_state',
      help: 'State of the circuit breaker: 0 closed, 1 open, 2 half-open.',
      registers,
    }),
  };
}

function iggyMetrics(registers: Registry[]) {
  return {
    sent: new Counter({
      name: 'iggy_messages_sent_total',
      help: 'Messages that clients sent, by `stream`, `topic` and `status`: success, error or unknown.',
      labelNames: ['stream', 'topic', 'status'],
      registers,
    }),
    polled: new Counter({
      name: 'iggy_messages_polled_total',
      help: 'Messages handed out by polls, by `stream` and `topic`.',
      labelNames: ['stream', 'topic'],
      registers,
    }),
    reconnects: new Counter({
      name: 'iggy_connection_reconnects_total',
      help: 'How often the connection to the broker came back after it was lost.',
      registers,
    }),
    connection: new Gauge({
      name: 'iggy_connection_status',
      help: 'Whether the broker is connected: 1 or 0.',
      registers,
    }),
    sendDuration: new Histogram({
      name: 'iggy_send_duration_seconds',
      help: 'How long the broker took for a send, of one message or of a batch, waiting included.',
      buckets: SECONDS,
      registers,
    }),
    pollDuration: new Histogram({
      name: 'iggy_poll_duration_seconds',
      help: 'How long the broker took for a poll, waiting included.',
      buckets: SECONDS,
      registers,
    }),
    sendMessages: new Histogram({
      name: 'iggy_send_batch_messages',
      help: 'Messages in one send.',
      buckets: MESSAGES,
      registers,
    }),
    batchMessages: new Histogram({
      name: 'iggy_broker_batch_messages',
      help: 'Messages in one request to the broker, which may hold the sends of many clients.',
      buckets: MESSAGES,
      registers,
    }),
    pollMessages: new Histogram({
      name: 'iggy_poll_batch_messages',
      help: 'Messages in one page.',
      buckets: [0, ...MESSAGES],
      registers,
    }),
  };
}

function httpMetrics(registers: Registry[]) {
  return {
    duration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests, to the end of their answers, by `method`, `route` and `status`.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    inFlight: new Gauge({
      name: 'http_requests_in_flight',
      help: 'Requests whose answers have not ended.',
      registers,
    }),
    aborted: new Counter({
      name: 'http_requests_aborted_total',
      help: 'Requests whose clients went away before they had their answer.',
      registers,
    }),
    stalled: new Counter({
      name: 'http_requests_stalled_total',
      help: 'Those of them whose clients were cut off, because they took nothing of their answer for too long.',
      registers,
    }),
    refusals: new Counter({
      name: 'http_problems_total',
      help: 'Answers that were problems, by their `code`.',
      labelNames: ['code'],
      registers,
    }),
  };
}
