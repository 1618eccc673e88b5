import { expect, test } from 'vitest';

import { startTestApp } from '../../support/start-app.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test.each(['a', 'trace/42:b+c=d.e_f-g', 'x'.repeat(128)])('%s is taken as it is', async (id) => {
  const { fetch } = await startTestApp();
  const response = await fetch('/health', { headers: { 'x-request-id': id } });
  expect(response.headers.get('x-request-id')).toBe(id);
});

test.each(['', 'a b', 'a"b', 'x'.repeat(129), 'a,b', 'é'])(
  '%j is replaced by a new one',
  async (id) => {
    const { fetch } = await startTestApp();
    const response = await fetch('/health', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toMatch(UUID);
  },
);

test('every answer carries one, and a problem has the same in its body', async () => {
  const { fetch } = await startTestApp();
  const response = await fetch('/nowhere');
  const { request_id: id } = (await response.json()) as { request_id: string };
  expect(response.headers.get('x-request-id')).toBe(id);
  expect(id).toMatch(UUID);
});
