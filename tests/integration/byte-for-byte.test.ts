import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { eventText } from '../support/events.ts';
import { anyJsonText, anySpace } from '../support/json-texts.ts';
import { newTopic, openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

test('what was posted is what is polled, whatever JSON it is', async () => {
  const { path } = await newTopic(gateway);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyJsonText(), { minLength: 1, maxLength: 3 }),
      anySpace(),
      async (list, space) => {
        const texts = list.map((data) => eventText(data));
        const body = `{"events":${space}[${texts.join(`,${space}`)}]${space}}`;
        const sent = await gateway.post(`${path}/messages/batch`, body);
        expect(sent.status).toBe(201);
        const [first] = (await sent.json()) as { offset: number }[];

        const query = `offset=${first?.offset}&count=${texts.length}`;
        const page = await (await gateway.fetch(`${path}/messages?${query}`)).text();
        let from = 0;
        for (const text of texts) {
          const found = page.indexOf(`"event":${text},"size":${Buffer.byteLength(text)}`, from);
          expect(found, page).toBeGreaterThan(-1);
          from = found + text.length;
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  '{"big":123456789012345678901234567890,"huge":1e400,"tiny":-1.0e-400,"zero":-0}',
  '{"__proto__":{"a":1},"constructor":{"prototype":{}},"a":1,"a":2}',
  '"\\ud800\\udfff \\u0000 \\/ \\u0041 \u2028 \u{1F600}"',
  ' [ 1 ,\t2\r\n, { } , [ ] ] '.trim(),
])('%s comes back as it was', async (data) => {
  const { path } = await newTopic(gateway);
  const text = eventText(data);
  const sent = await gateway.post(`${path}/messages`, `{"event":${text}}`);
  expect(sent.status).toBe(201);
  const page = await (await gateway.fetch(`${path}/messages?offset=0`)).text();
  expect(page).toContain(`"event":${text},"size":${Buffer.byteLength(text)}`);
});
