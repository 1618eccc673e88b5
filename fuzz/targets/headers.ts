import fc from 'fast-check';

import { must } from '../oracle.ts';
import { target } from '../target.ts';

const anyHeader = fc.constantFrom(
  'X-Request-Id',
  'X-Request-Timeout',
  'X-Forwarded-For',
  'X-Real-IP',
  'X-API-Key',
  'Authorization',
  'traceparent',
  'tracestate',
  'Origin',
  'Access-Control-Request-Method',
  'Content-Type',
  'Content-Encoding',
  'Expect',
  'Upgrade',
  'Connection',
  'Host',
);

/** Every byte but those that end the line. */
const anyByte = fc
  .integer({ min: 1, max: 255 })
  .filter((byte) => byte !== 10 && byte !== 13)
  .map((byte) => String.fromCharCode(byte));

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEFg')),
    minLength: length,
    maxLength: length,
  });

const anyValue = fc.oneof(
  fc.string({ unit: anyByte, maxLength: 200 }),
  fc.integer().map(String),
  fc
    .oneof(fc.ipV4(), fc.ipV6(), fc.constant('::ffff:1.2.3.4%lo'))
    .map((address) => `${address}, ::1`),
  fc.tuple(hex(2), hex(32), hex(16), hex(2)).map((parts) => parts.join('-')),
  fc.constantFrom(
    '',
    'Bearer ',
    'Bearer x',
    'null',
    '100-continue',
    'upgrade',
    'h2c',
    'gzip',
    'x'.repeat(5000),
  ),
);

export const headers = target({
  name: 'headers',
  arbitrary: fc.array(fc.tuple(anyHeader, anyValue), { maxLength: 5 }),
  async check(lines, gateway) {
    const { status, headers: answered } = await gateway.ask([
      'GET /streams HTTP/1.1',
      ...lines.map(([name, value]) => `${name}: ${value}`),
    ]);
    must([200, 400, 417].includes(status), `the headers were answered with ${status}`);
    if (status !== 200) return;
    const timeoutMs = Number(answered.get('x-effective-timeout'));
    must(timeoutMs >= 100 && timeoutMs <= 30_000, `the timeout in force is ${timeoutMs} ms`);
  },
});
