import type { TraceContext } from '../utils/traceparent.ts';

/** Spans for requests and for what they ask of the broker. OpenTelemetry stands behind it, or nobody. */
export interface Tracing {
  /** A span for a request, below its caller's if it names one; nothing while tracing is off. */
  startRequest(method: string, parent: TraceContext | undefined): RequestSpan | undefined;
  /** Runs a call to the broker in a span below that of the request it is made for. */
  inBrokerSpan<T>(call: BrokerCall, work: () => Promise<T>): Promise<T>;
  /** Sends what was not sent yet. Never rejects: a collector that is away is no reason to fail. */
  stop(): Promise<void>;
}

export interface RequestSpan {
  /** For whoever continues the trace: logs, stored messages. */
  readonly context: TraceContext;
  /** Spans that start in `work`, and in whatever it waits for, are below this one. */
  run<T>(work: () => Promise<T>): Promise<T>;
  end(answer: { route: string | undefined; status: number; aborted: boolean }): void;
}

export interface BrokerCall {
  /** What is asked, in one word. */
  family: string;
  stream?: string;
  topic?: string;
}

export interface TracingOptions {
  /** Base URL of an OTLP collector; undefined: no tracing. */
  endpoint: string | undefined;
  serviceName: string;
  version: string;
}

const noTracing: Tracing = {
  startRequest: () => undefined,
  inBrokerSpan: (_, work) => work(),
  stop: async () => undefined,
};

/** OpenTelemetry is some 30 MB and 60 ms: it is loaded where somebody wants spans, and only there. */
export async function openTracing({ endpoint, ...service }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return noTracing;
  const { traceTo } = await import('./open-telemetry.ts');
  return traceTo({ endpoint, ...service });
}
