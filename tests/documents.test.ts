import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { PROBLEMS } from '../src/errors.ts';
import { createOpenApiDocument } from '../src/http/openapi/document.ts';
import { createPrometheusMetrics } from '../src/telemetry/prometheus.ts';
import { documentedName } from './support/dashboard.ts';
import {
  anchorsOf,
  brokenLinks,
  codeOf,
  codeSpans,
  documents,
  relativeLinks,
} from './support/documents.ts';
import { ALL_VARIABLES, unknownVariables, variablesInMarkdown } from './support/env-names.ts';

/** Variables that are no settings of ours. */
const OTHER_VARIABLES = new Set([
  // Read by the library that sends the traces.
  'OTEL_EXPORTER_OTLP_HEADERS',
  // Read by Node.js.
  'NODE_OPTIONS',
  // Arguments of the image's build.
  'BUILD_IMAGE',
  'RUNTIME_IMAGE',
  'NPM_CONFIG_REGISTRY',
  // Which image the tests in containers take.
  'IGGY_IMAGE',
  'MUTATION_GROUP',
  'SLUICE_CACHE_DIR',
  // Of the example in Python.
  'SLUICE_BROKER',
]);

/** Words with an underscore that are neither codes, nor metrics, nor members of a request or answer. */
const OTHER_WORDS = new Set([
  // Fields of the log.
  'delay_ms',
  'trace_id',
  'unsent_status',
  // Options of the connection string.
  'tls_ca_file',
  'tls_domain',
  // What Iggy's protocol and its topics have.
  'consumer_offset_durability',
  'create_stream',
  'enforce_fsync',
  'max_topic_size',
  'message_expiry',
  'offset_delta',
  // Crates of Iggy.
  'iggy_binary_protocol',
  'iggy_common',
  // Settings of nginx, metrics of others, members of others' answers.
  'client_body_timeout',
  'keepalive_timeout',
  'kubelet_volume_stats_available_bytes',
  'node_filesystem_avail_bytes',
  'error_code',
]);

const metrics = new Set(
  createPrometheusMetrics()
    .describe()
    .map(({ name }) => name),
);
const description = JSON.stringify(createOpenApiDocument({ version: '0', batchMax: 1 }));
const known = new Set([
  ...Object.keys(PROBLEMS),
  ...metrics,
  ...OTHER_WORDS,
  ...[...description.matchAll(/"([a-z]+(?:_[a-z0-9]+)+)"/g)].map(([, word = '']) => word),
]);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

/** Settings that are named in the code of a document and do not exist. */
function unknownSettings(markdown: string): string[] {
  const named = codeOf(markdown).flatMap((code) => variablesInMarkdown(`\`${code}\``));
  return unknownVariables(named, ALL_VARIABLES).filter((name) => !OTHER_VARIABLES.has(name));
}

/** The same of metrics, alone or within a query. */
function unknownMetrics(markdown: string): string[] {
  const named = codeSpans(markdown).flatMap(
    (code) => code.match(/\b(?:iggy|http|process|nodejs)_[a-z0-9_]+/g) ?? [],
  );
  return named.filter((name) => !metrics.has(documentedName(name, metrics)) && !known.has(name));
}

/** The same of all other words with an underscore: codes, members, parameters. */
function unknownWords(markdown: string): string[] {
  const words = codeSpans(markdown).filter((code) => /^[a-z]+(?:_[a-z0-9]+)+$/.test(code));
  return words.filter((word) => !known.has(word));
}

/** Codes behind a status that is not theirs, or that is nobody's. */
function wrongStatuses(markdown: string): string[] {
  const statuses = new Map<string, number>(
    Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
  );
  return [...markdown.matchAll(/\b([45]\d\d)\s+`([a-z_]+)`/g)]
    .filter(([, status, code = '']) => statuses.get(code) !== Number(status))
    .map(([text]) => text);
}

function unknownScripts(markdown: string): string[] {
  const named = codeOf(markdown).flatMap((code) =>
    [...code.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(
      ([, script, short]) => script ?? short ?? '',
    ),
  );
  return named.filter((script) => !(script in scripts));
}

describe.each(documents())('%s', (file) => {
  const markdown = readFileSync(file, 'utf8');

  test('has links that lead somewhere', () => {
    expect(brokenLinks(file)).toEqual([]);
  });

  test('names settings, metrics, codes, members and scripts that there are', () => {
    expect(unknownSettings(markdown)).toEqual([]);
    expect(unknownMetrics(markdown)).toEqual([]);
    expect(unknownWords(markdown)).toEqual([]);
    expect(unknownScripts(markdown)).toEqual([]);
  });

  test('has the right status beside each code', () => {
    expect(wrongStatuses(markdown)).toEqual([]);
  });
});

test('docs/README.md leads to every document in docs', () => {
  const index = new Set(relativeLinks(readFileSync('docs/README.md', 'utf8')));
  const missing = documents()
    .filter((file) => /^docs\/[^/]+$/.test(file))
    .map((file) => file.slice('docs/'.length))
    .filter((name) => name !== 'README.md' && !index.has(name));
  expect(missing).toEqual([]);
});

describe('what is wrong in a document is found:', () => {
  test.each(['[x](nowhere.md)', '[x](problems.md#nowhere)', '[x](#nowhere)', '[x](../../x.md)'])(
    'a link such as %s',
    (link) => {
      expect(brokenLinks('docs/operations.md', `# Here\n\n${link}\n`)).toHaveLength(1);
    },
  );

  test.each(['[x](problems.md#overloaded)', '[x](#here)', '[x](decisions)', '[x](https://x.org)'])(
    'but not %s',
    (link) => {
      expect(brokenLinks('docs/operations.md', `# Here\n\n${link}\n`)).toEqual([]);
    },
  );

  test('settings, in spans and blocks', () => {
    expect(unknownSettings('`PORT=1` `POTR=1` `MAX_CONNECTION` GET\n')).toEqual([
      'POTR',
      'MAX_CONNECTION',
    ]);
    expect(unknownSettings('```sh\nMAX_CONNECTION=1 npm start\n```\n')).toEqual(['MAX_CONNECTION']);
  });

  test('metrics, in queries too', () => {
    const text = '`iggy_sent` `rate(http_request_duration_seconds_sum[5m]) > http_requests`';
    expect(unknownMetrics(text)).toEqual(['iggy_sent', 'http_requests']);
  });

  test('codes and scripts', () => {
    expect(unknownWords('`circuit_opened` `circuit_open` `partition_id`')).toEqual([
      'circuit_opened',
    ]);
    expect(wrongStatuses('503 `circuit_open`, 500 `circuit_open`, 404 `gone`')).toEqual([
      '500 `circuit_open`',
      '404 `gone`',
    ]);
    expect(unknownScripts('`npm test`, `npm run tset`, `npm ci && npm start`')).toEqual(['tset']);
  });
});

test('places are named as code hosts do', () => {
  const markdown =
    '# A `b_c`: d, e!\n## Same\n### Same\n```sh\n# no heading\n```\n## [x](y.md) z\n';
  expect([...anchorsOf(markdown)]).toEqual(['a-b_c-d-e', 'same', 'same-1', 'x-z']);
});
