import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { parseConfig } from '../src/config/config.ts';
import { createPrometheusMetrics } from '../src/telemetry/prometheus.ts';
import { type Dashboard, documentedName, metricsOf, queriesOf } from './support/dashboard.ts';
import { GATEWAY_VARIABLES, unknownVariables, variablesInCompose } from './support/env-names.ts';
import { IGGY_IMAGE } from './support/iggy-image.ts';

const COMPOSE = readFileSync('compose.yaml', 'utf8');
const DASHBOARD = 'compose/grafana/sluice.json';

interface Service {
  image: string;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  read_only?: boolean;
  cap_drop?: string[];
}
const { services } = parse(COMPOSE) as { services: Record<string, Service> };

/** With nothing set outside: `${NAME:-value}` is the value. */
function environmentOf(service: string): Record<string, string> {
  const text = JSON.stringify(services[service]?.environment);
  return JSON.parse(text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')) as Record<string, string>;
}

describe('compose.yaml', () => {
  test('gives the gateway nothing but settings', () => {
    const named = variablesInCompose(COMPOSE, 'sluice');
    expect(named).toContain('IGGY_CONNECTION_STRING');
    expect(unknownVariables(named, GATEWAY_VARIABLES)).toEqual([]);
  });

  test('starts a gateway that can log in where Iggy listens', () => {
    const iggy = environmentOf('iggy');
    const { broker } = parseConfig({ EMBEDDED_BROKER: 'off', ...environmentOf('sluice') });
    expect(broker).toMatchObject({
      kind: 'remote',
      addresses: [{ host: 'iggy', port: 8090 }],
      credentials: {
        username: iggy['IGGY_ROOT_USERNAME'],
        password: iggy['IGGY_ROOT_PASSWORD'],
      },
    });
    expect(iggy).toMatchObject({
      IGGY_TCP_ADDRESS: '0.0.0.0:8090',
      IGGY_NODE_ADVERTISED_ADDRESS: 'iggy',
    });
  });

  test('names a version of every image, of Iggy the one that the tests take', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
    expect(services['iggy']?.image).toBe(IGGY_IMAGE);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(services['sluice']?.image).toBe(`sluice:${version}`);
    expect(readFileSync('Dockerfile', 'utf8')).toContain(`\nARG VERSION=${version}\n`);
  });

  test('opens ports to this machine alone, no two the same', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const published = ports.map((port) => port.split(':')[1]);
    expect(new Set(published).size).toBe(published.length);
  });

  test('mounts files that are there', () => {
    const mounts = Object.values(services).flatMap((service) => service.volumes ?? []);
    const files = mounts.filter((mount) => mount.startsWith('./'));
    expect(files.length).toBeGreaterThan(0);
    for (const mount of files) expect(existsSync(mount.split(':')[0] ?? ''), mount).toBe(true);
  });

  test('lets the gateway write nothing and be nothing', () => {
    expect(services['sluice']).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });
});

describe('the dashboard', () => {
  const queries = queriesOf(JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard);
  const documented = new Set(
    createPrometheusMetrics()
      .describe()
      .map(({ name }) => name),
  );
  const shown = new Set(
    queries.flatMap(metricsOf).map((metric) => documentedName(metric, documented)),
  );

  test('asks for metrics that there are', () => {
    expect([...shown].filter((name) => !documented.has(name))).toEqual([]);
  });

  test('shows every metric of ours', () => {
    const ours = [...documented].filter((name) => /^(?:iggy|http)_/.test(name));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  test('is where Grafana looks for it', () => {
    const provider = parse(
      readFileSync('compose/grafana/provisioning/dashboards/sluice.yaml', 'utf8'),
    ) as { providers: { options: { path: string } }[] };
    expect(services['grafana']?.volumes).toContain(
      `./${DASHBOARD}:${provider.providers[0]?.options.path}/sluice.json:ro`,
    );
  });

  test.each([
    ['sum by (le, route) (rate(http_x_bucket{route=~"a_b"}[$__rate_interval]))', ['http_x_bucket']],
    [
      '(sum(rate(a_total{b="c"}[5m])) or vector(0)) / sum(rate(d_total[1h]))',
      ['a_total', 'd_total'],
    ],
    ['label_values(iggy_x, instance)', ['iggy_x']],
    ['a_b * on (instance) group_left (x) c_d offset 5m', ['a_b', 'c_d']],
  ])('its queries are understood: %s', (query, metrics) => {
    expect(metricsOf(query)).toEqual(metrics);
  });
});
