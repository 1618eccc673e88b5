import { expect, test } from 'vitest';

import { parseRustLog } from '../../../src/config/log-level.ts';

test.each([
  ['info', 'info', []],
  ['WARN', 'warn', []],
  ['off', 'silent', []],
  ['debug, iggy_sample=trace', 'debug', ['iggy_sample=trace']],
  ['iggy_sample=trace', 'info', ['iggy_sample=trace']],
  ['tower_http,error', 'error', ['tower_http']],
  ['info,debug', 'debug', []],
  [' , ', 'info', []],
])('%s is %s', (text, level, ignored) => {
  expect(parseRustLog(text)).toEqual({ level, ignored });
});
