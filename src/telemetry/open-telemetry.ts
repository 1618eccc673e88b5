import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

import type { TraceContext } from '../utils/traceparent.ts';
import type { BrokerCall, RequestSpan, Tracing } from './tracing.ts';

export interface OpenTelemetryOptions {
  endpoint: string;
  serviceName: string;
  version: string;
}

/** Spans that wait to be sent; while the collector is away, later ones are dropped. */
const WAITING_SPANS_MAX = 2048;
const SPANS_PER_EXPORT_MAX = 512;
const EXPORT_TIMEOUT_MS = 10_000;

/**
 * Sends spans to an OTLP collector over HTTP, as JSON. Nothing is registered globally: what is started
 * here is seen by this gateway only, and ends with its `stop`.
 */
export function traceTo({ endpoint, serviceName, version }: OpenTelemetryOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    // A caller that keeps its trace wants our part of it, and one that does not does not.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: WAITING_SPANS_MAX,
        maxExportBatchSize: SPANS_PER_EXPORT_MAX,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  const tracer = provider.getTracer('sluice', version);

  return {
    startRequest(method, parent) {
      const above = parent === undefined ? ROOT_CONTEXT : remote(parent);
      const options = {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method },
      };
      const span = tracer.startSpan(method, options, above);
      return requestSpan(span, method, trace.setSpan(above, span), contexts);
    },

    inBrokerSpan(call, work) {
      const active = contexts.active();
      // What the gateway asks for its own sake belongs to no trace.
      if (trace.getSpan(active) === undefined) return work();
      return inSpan(startBrokerSpan(tracer, call, active), work);
    },

    async stop() {
      await provider.shutdown().catch(() => undefined);
      contexts.disable();
    },
  };
}

function remote({ traceId, spanId, flags }: TraceContext): Context {
  const caller = { traceId, spanId, traceFlags: flags, isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, caller);
}

function requestSpan(
  span: Span,
  method: string,
  within: Context,
  contexts: AsyncLocalStorageContextManager,
): RequestSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    context: { traceId, spanId, flags: traceFlags },
    run: (work) => contexts.with(within, work),
    end({ route, status, aborted }) {
      if (route !== undefined) {
        span.updateName(`${method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', status);
      if (aborted) span.setAttribute('error.type', 'aborted');
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function startBrokerSpan(tracer: Tracer, { family, stream, topic }: BrokerCall, above: Context) {
  return tracer.startSpan(
    `iggy ${family}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'messaging.system': 'iggy',
        'messaging.operation.name': family,
        ...(stream !== undefined && { 'sluice.stream': stream }),
        ...(topic !== undefined && { 'messaging.destination.name': topic }),
      },
    },
    above,
  );
}

async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The name only: a message may quote what a client wrote.
    const type = error instanceof Error ? error.name : 'unknown';
    span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
