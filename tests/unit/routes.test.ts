import { expect, test } from 'vitest';

import { createOpenApiDocument } from '../../src/http/openapi/document.ts';
import { routes } from '../../src/routes.ts';
import { createState } from '../../src/state.ts';
import { silentMetrics } from '../../src/telemetry/metrics.ts';
import { openTracing } from '../../src/telemetry/tracing.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeIggy } from '../support/fake-iggy.ts';
import { testConfig } from '../support/start-app.ts';

const DOCUMENT = createOpenApiDocument({ version: '1', batchMax: 10 });

/** Every route of the gateway, as `GET /streams/{stream}`. */
async function routed(document: object | undefined): Promise<string[]> {
  const config = testConfig();
  const tracing = await openTracing({ ...config.tracing, version: '1' });
  const { http, defaults: defaultTopic } = config;
  const { router } = routes({
    ...createState({
      config,
      client: new FakeIggy(),
      clock: new FakeClock(),
      version: '1',
      metrics: silentMetrics,
      tracing,
    }),
    ...http,
    defaultTopic,
    deadline: (_ctx, next) => next(),
    document,
  });
  return router.stack
    .flatMap(({ methods, path }) => methods.map((method) => `${method} ${String(path)}`))
    .filter((route) => !route.startsWith('HEAD '))
    .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
    .toSorted();
}

test('the document describes every route, and no other', async () => {
  const described = Object.entries(DOCUMENT.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(await routed(DOCUMENT)).toEqual(described.toSorted());
});

test('without a document nothing shows it', async () => {
  const without = await routed(undefined);
  expect(without.filter((route) => /docs|openapi/.test(route))).toEqual([]);
  expect(without).toContain('GET /streams/{stream}');
});
