import { randomUUID } from 'node:crypto';

/** An event that nothing is wrong with, and whatever the test wants of it. */
export function anEvent(overrides: Record<string, unknown> = {}) {
  return {
    id: randomUUID(),
    event_type: 'test.happened',
    timestamp: '2026-11-21T02:22:49Z',
    payload: { type: 'Generic', data: { n: 1 } },
    ...overrides,
  };
}

/** The text of such an event whose data is this very text. */
export function eventText(data: string, id: string = randomUUID()): string {
  return (
    `{"id":"${id}","event_type":"test.happened","timestamp":"2026-11-21T02:22:49Z",` +
    `"payload":{"type":"Generic","data":${data}}}`
  );
}
