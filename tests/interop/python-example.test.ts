import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { findPython } from '../support/python-client.ts';

const python = await findPython();

test.skipIf('missing' in python)('the example of docs/interop.md does what it says', async () => {
  const document = readFileSync('docs/interop.md', 'utf8');
  const [, program = ''] = /```python\n(.*?)```/s.exec(document) ?? [];
  const interpreter = 'interpreter' in python ? python.interpreter : '';
  const command = `${process.execPath} ${path.resolve('src/broker-main.ts')} serve`;
  const { stdout } = await promisify(execFile)(interpreter, ['-c', program], {
    env: { PATH: process.env['PATH'], SLUICE_BROKER: command },
  });
  expect(stdout).toBe("[b'hello']\n");
});
