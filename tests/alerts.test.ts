import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { PROBLEMS } from '../src/errors.ts';
import { createPrometheusMetrics } from '../src/telemetry/prometheus.ts';
import { documentedName, metricsOf } from './support/dashboard.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const FILE = 'compose/alerts.yaml';
const { groups } = parse(readFileSync(FILE, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** What Prometheus itself knows of each target. */
const OF_PROMETHEUS = new Set(['up']);
const documented = new Set(
  createPrometheusMetrics()
    .describe()
    .map(({ name }) => name),
);

describe('an alert', () => {
  test.each(rules)('asks for metrics that there are: $alert', ({ expr }) => {
    const metrics = metricsOf(expr).map((metric) => documentedName(metric, documented));
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((it) => !documented.has(it) && !OF_PROMETHEUS.has(it))).toEqual([]);
  });

  test.each(rules)('names codes that there are: $alert', ({ expr }) => {
    const codes = [...expr.matchAll(/code=~?"([^"]*)"/g)].flatMap(([, text = '']) =>
      text.split('|'),
    );
    expect(codes.filter((code) => !(code in PROBLEMS))).toEqual([]);
  });

  test.each(rules)(
    'says what is wrong, where, and how urgent it is: $alert',
    ({ labels, annotations }) => {
      expect(labels.severity).toMatch(/^(?:page|ticket)$/);
      expect(annotations.summary).toContain('{{ $labels.instance }}');
    },
  );
});

test('each has a section in docs/operations.md that begins with its expression, in the same order', () => {
  const [, alerts = ''] = readFileSync('docs/operations.md', 'utf8').split('\n## Alerts\n');
  const [section = ''] = alerts.split('\n## ');
  const described = [...section.matchAll(/^### (\w+)\n\n([^]*?)\n\n(?!#)./gm)].map(
    ([, name, opening = '']) => ({ name, opening: opening.replaceAll('\n', ' ') }),
  );
  expect(described).toEqual(
    rules.map(({ alert, expr, for: held, labels }) => ({
      name: alert,
      opening: `\`${expr}\`${held === undefined ? '' : `, for ${held}`} (${labels.severity})`,
    })),
  );
});

test('the Prometheus of compose.yaml loads them, and names the job as they do', () => {
  const config = parse(readFileSync('compose/prometheus.yaml', 'utf8')) as {
    rule_files: string[];
    scrape_configs: { job_name: string }[];
  };
  expect(config.rule_files).toEqual(['alerts.yaml']);
  const { services } = parse(readFileSync('compose.yaml', 'utf8')) as {
    services: { prometheus: { volumes: string[] } };
  };
  // Beside the configuration, which names it without a folder.
  expect(services.prometheus.volumes).toContain(`./${FILE}:/etc/prometheus/alerts.yaml:ro`);
  expect(services.prometheus.volumes).toContain(
    './compose/prometheus.yaml:/etc/prometheus/prometheus.yml:ro',
  );
  const jobs = new Set(config.scrape_configs.map(({ job_name: name }) => name));
  const named = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/job="([^"]*)"/g)].map(([, it]) => it),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((job) => !jobs.has(job ?? ''))).toEqual([]);
});
