import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { parseConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import type { Environment } from '../../../src/config/read-settings.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

function problemsOf(env: Environment): readonly string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const REMOTE = 'iggy://iggy:iggy@broker:8090';

test('an empty environment has the documented defaults', () => {
  expect(parseConfig({})).toEqual({
    http: {
      host: '0.0.0.0',
      port: 3000,
      bodyBytesMax: 10_485_760,
      bodyTimeoutMs: 10_000,
      operationTimeoutMs: 30_000,
      keepAliveTimeoutMs: 65_000,
      batchMax: 1000,
      pollCountMax: 100,
      docsEnabled: true,
      startupWait: false,
      stallTimeoutMs: 60_000,
      shutdownDelayMs: 500,
      shutdownTimeoutMs: 25_000,
    },
    gates: {
      trustedProxies: [],
      corsOrigins: '*',
      rate: { requestsPerSec: 100, burst: 50 },
      auth: undefined,
      bypassPaths: ['/health', '/ready'],
      inFlightMax: 1000,
      connectionsMax: 4000,
      loopLagMaxMs: 500,
    },
    broker: {
      kind: 'embedded',
      port: 8090,
      dataDir: './data',
      username: 'iggy',
      password: 'iggy',
    },
    client: {
      poolSize: 4,
      reconnect: { baseMs: 1000, maxMs: 30_000, attemptsMax: 0 },
      batch: { messagesMax: 1000, bytesMax: 1_048_576, callersMax: 1000, lingerMs: 0 },
      breaker: { failureThreshold: 5, successThreshold: 2, openDurationMs: 30_000 },
      heartbeatIntervalMs: 5000,
      metadataTtlMs: 30_000,
    },
    defaults: { stream: 'sample-stream', topic: 'events', partitionsCount: 3 },
    healthCheckIntervalMs: 30_000,
    statsTtlMs: 5000,
    metrics: { host: '0.0.0.0', port: 9090 },
    tracing: { endpoint: undefined, serviceName: 'sluice' },
    logLevel: 'info',
    notices: [expect.stringMatching(/^authentication is off, and HOST is 0.0.0.0/)],
  });
});

test('an empty variable counts as unset', () => {
  const empty = Object.values(SETTINGS).map(({ variable }) => [variable, '']);
  expect(parseConfig({ ...Object.fromEntries(empty), API_KEY: '' })).toEqual(parseConfig({}));
});

test('the settings cannot be changed afterwards', () => {
  const { http } = parseConfig({});
  expect(Object.isFrozen(http)).toBe(true);
});

describe('what is wrong', () => {
  test('is told all at once, one line each, with its name first', () => {
    expect(
      problemsOf({
        PORT: '65536',
        IGGY_PARTITIONS: '0',
        LOG_LEVEL: 'loud',
        IGGY_STREAM: '-x',
        HOST: 'a b',
      }),
    ).toEqual([
      'HOST: must be a host name or address, not "a b"',
      'PORT: must be an integer from 0 to 65535, not "65536"',
      expect.stringMatching(/^IGGY_STREAM: must have 1 to 255 .*, not "-x"$/),
      'IGGY_PARTITIONS: must be an integer from 1 to 1000, not "0"',
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
    ]);
  });

  test('never shows a secret', () => {
    const problems = problemsOf({
      IGGY_CONNECTION_STRING: 'iggy://user:hush@',
      EMBEDDED_BROKER_PASSWORD: 'hu',
      API_KEY: 'hush hush',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'IGGY_CONNECTION_STRING',
      'API_KEY',
      'EMBEDDED_BROKER_PASSWORD',
    ]);
    expect(problems.join('\n')).not.toMatch(/hush|user/);
  });

  test('may be that two settings do not go together', () => {
    expect(problemsOf({ RECONNECT_BASE_DELAY_MS: '40000' })).toEqual([
      'RECONNECT_BASE_DELAY_MS: must not be above RECONNECT_MAX_DELAY_MS (30000)',
    ]);
    expect(problemsOf({ SHUTDOWN_DELAY_MS: '25000' })).toEqual([
      'SHUTDOWN_DELAY_MS: must be below SHUTDOWN_TIMEOUT_SECS (25 s)',
    ]);
    expect(problemsOf({ MAX_REQUEST_BODY_SIZE: '64000000', BATCH_MAX_SIZE: '100000' })).toEqual([
      'MAX_REQUEST_BODY_SIZE: must be at most 54706816, so that 100000 events fit one frame of the protocol',
    ]);
  });

  test('is not judged together with what is wrong in itself', () => {
    const env = { RECONNECT_BASE_DELAY_MS: '40000', RECONNECT_MAX_DELAY_MS: 'x' };
    expect(problemsOf(env)).toHaveLength(1);
    expect(problemsOf({ IGGY_CONNECTION_STRING: 'x', EMBEDDED_BROKER: 'off' })).toHaveLength(1);
  });
});

describe('the broker', () => {
  test('is the embedded one unless a connection string names another', () => {
    expect(parseConfig({ EMBEDDED_BROKER: 'on' }).broker.kind).toBe('embedded');
    expect(parseConfig({ IGGY_CONNECTION_STRING: REMOTE }).broker).toEqual({
      kind: 'remote',
      addresses: [{ host: 'broker', port: 8090 }],
      credentials: { username: 'iggy', password: 'iggy' },
      tls: undefined,
    });
    const off = { EMBEDDED_BROKER: 'off', IGGY_CONNECTION_STRING: REMOTE };
    expect(parseConfig(off).broker.kind).toBe('remote');
  });

  test('cannot be none, or two', () => {
    expect(problemsOf({ EMBEDDED_BROKER: 'off' })).toHaveLength(1);
    const both = { EMBEDDED_BROKER: 'on', IGGY_CONNECTION_STRING: REMOTE };
    expect(problemsOf(both)).toHaveLength(1);
  });

  test('behind TLS may have a certificate of its own', () => {
    const file = path.join(temporaryDirectory(), 'ca.pem');
    writeFileSync(file, 'PEM');
    const string = `${REMOTE}?tls=true&tls_domain=b.example&tls_ca_file=`;
    expect(parseConfig({ IGGY_CONNECTION_STRING: string + file }).broker).toMatchObject({
      tls: { domain: 'b.example', ca: 'PEM' },
    });
    expect(problemsOf({ IGGY_CONNECTION_STRING: `${string}/nowhere` })).toEqual([
      'IGGY_CONNECTION_STRING: the file of tls_ca_file cannot be read',
    ]);
  });
});

describe('what the connection string says of the connection', () => {
  test('wins over the variables, and is announced', () => {
    const options = 'reconnection_retries=4&reconnection_interval=2m&heartbeat_interval=7s';
    const config = parseConfig({
      IGGY_CONNECTION_STRING: `${REMOTE}?${options}`,
      MAX_RECONNECT_ATTEMPTS: '9',
      HOST: '127.0.0.1',
    });
    expect(config.client.reconnect).toEqual({ baseMs: 120_000, maxMs: 120_000, attemptsMax: 5 });
    expect(config.client.heartbeatIntervalMs).toBe(7000);
    expect(config.healthCheckIntervalMs).toBe(7000);
    expect(config.notices).toHaveLength(3);
  });

  test('may be that there is no end', () => {
    const string = `${REMOTE}?reconnection_retries=unlimited`;
    const env = { IGGY_CONNECTION_STRING: string, MAX_RECONNECT_ATTEMPTS: '9' };
    expect(parseConfig(env).client.reconnect.attemptsMax).toBe(0);
  });
});

describe('the collector of traces', () => {
  test('is an http or https URL, whatever else', () => {
    for (const endpoint of ['http://collector:4318', 'https://user:secret@collector/base']) {
      expect(parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).tracing.endpoint).toBe(
        endpoint,
      );
    }
  });

  test.each(['collector:4318', 'grpc://user:hush@collector', 'http://', 'hush'])(
    'is not %s, which is not shown',
    (endpoint) => {
      expect(problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual([
        'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL',
      ]);
    },
  );
});

describe('the log level', () => {
  test('is LOG_LEVEL, else the bare word of RUST_LOG', () => {
    expect(parseConfig({ LOG_LEVEL: 'DEBUG', RUST_LOG: 'warn' }).logLevel).toBe('debug');
    expect(parseConfig({ RUST_LOG: 'warn' }).logLevel).toBe('warn');
  });

  test('leaves what it cannot apply to the notices', () => {
    const config = parseConfig({ RUST_LOG: 'warn,iggy_sample=debug', HOST: '::1' });
    expect(config.logLevel).toBe('warn');
    expect(config.notices).toEqual(['RUST_LOG: "iggy_sample=debug" means nothing here']);
  });
});

test('every setting has its own variable, and says what it is for', () => {
  const settings = Object.values(SETTINGS);
  expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
  for (const { variable, docs } of settings) {
    expect(variable).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(docs, variable).toMatch(/\.$|default info\.$/);
  }
});
