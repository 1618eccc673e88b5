import type { App } from './app.ts';
import type { Config } from './config/config.ts';

/**
 * The one line an operator looks for: where the gateway listens, which broker it uses, and what is on,
 * off or limited. Holds no secret.
 */
export function describeStart(config: Config, app: App): string {
  const { http, metrics } = config;
  return [
    `listening on ${urlOf(http.host, app.port)}, using the ${app.broker}`,
    app.metricsPort === undefined
      ? 'metrics off'
      : `metrics on ${urlOf(metrics.host, app.metricsPort)}/metrics`,
    `authentication ${config.gates.auth === undefined ? 'off' : 'on'}`,
    `tracing ${config.tracing.endpoint === undefined ? 'off' : 'on'}`,
    `limits: ${describeLimits(config).join(', ')}`,
  ].join('; ');
}

function describeLimits({ http, gates }: Config): readonly string[] {
  const { requestsPerSec, burst } = gates.rate;
  return [
    requestsPerSec === 0
      ? 'any number of requests a second'
      : `${requestsPerSec} requests a second from a client (${burst} at once)`,
    `${gates.inFlightMax} requests under way`,
    `${gates.connectionsMax} connections`,
    `${http.bodyBytesMax} bytes in a body`,
    `${http.batchMax} events in a batch`,
    `${http.pollCountMax} messages in a page`,
    `${http.operationTimeoutMs} ms for a request`,
  ];
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
