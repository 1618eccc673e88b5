import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { BROKER_SETTINGS } from '../src/config/broker-process.ts';
import { type Setting, SETTINGS } from '../src/config/settings.ts';
import { PROBLEMS } from '../src/errors.ts';
import { createPrometheusMetrics } from '../src/telemetry/prometheus.ts';

/** The sections of a Markdown file: heading → text. */
function sectionsOf(file: string): Map<string, string> {
  const [, ...sections] = readFileSync(file, 'utf8').split(/^## /m);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end).trim(), section.slice(end + 1)];
    }),
  );
}

test('docs/problems.md explains every error code, in the order of the table, and no other', () => {
  expect([...sectionsOf('docs/problems.md').keys()]).toEqual(Object.keys(PROBLEMS));
});

test('docs/problems.md states status and retryability as the code has them', () => {
  const sections = sectionsOf('docs/problems.md');
  for (const [code, { status, retryable }] of Object.entries(PROBLEMS)) {
    const opening = `\nStatus ${status}, ${retryable ? '' : 'not '}retryable`;
    expect(sections.get(code), code).toMatch(new RegExp(`^${opening}\\b`));
  }
});

test.each([
  ['Settings', SETTINGS],
  ['The broker on its own', BROKER_SETTINGS],
])(
  'the README lists every setting below "%s" with its default, and no other',
  (section, settings) => {
    const table = sectionsOf('README.md')
      .get(section)
      ?.match(/^\| `.*\|$/gm);
    expect(table).toEqual(
      Object.values<Setting<unknown>>(settings).map(
        ({ variable, fallback = '', docs }) => `| \`${variable}\` | ${fallback} | ${docs} |`,
      ),
    );
  },
);

test('docs/metrics.md lists every metric with its type and meaning, and no other', () => {
  const rows = sectionsOf('docs/metrics.md')
    .get('Metrics')
    ?.match(/^\| `.*\|$/gm);
  const metrics = createPrometheusMetrics()
    .describe()
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  expect(rows?.toSorted()).toEqual(metrics.toSorted());
});
