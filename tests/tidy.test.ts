import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { importViolations } from './support/import-rules.ts';

const LINES_MAX = 350;

function sources(folder: string): { file: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({
      file: file.split(path.sep).join('/'),
      text: readFileSync(path.join(folder, file), 'utf8'),
    }));
}

/** Calls that have one home, because time, chance and the process are arguments everywhere else. */
const BANNED: readonly { call: RegExp; homes: readonly string[] }[] = [
  { call: /\bDate\.now\(|\bnew Date\(\)/, homes: ['utils'] },
  { call: /\bsetTimeout\(|\bsetInterval\(|\bsetImmediate\(/, homes: ['utils'] },
  { call: /\bMath\.random\(/, homes: ['utils'] },
  { call: /\bAbortSignal\.timeout\(/, homes: [] },
  { call: /\bprocess\.(?:env|exit|on|once)\b/, homes: ['main.ts', 'process-edge.ts'] },
  { call: /\bconsole\./, homes: [] },
];

function bannedCalls(file: string, text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return BANNED.filter(
    ({ homes }) => !homes.some((home) => file === home || file.startsWith(`${home}/`)),
  )
    .filter(({ call }) => call.test(code))
    .map(({ call }) => `src/${file} calls ${call.source}`);
}

describe('imports', () => {
  test('follow the layers', () => {
    expect(sources('src').flatMap(({ file, text }) => importViolations(file, text))).toEqual([]);
  });

  test.each([
    ['services/streams.ts', `import { x } from '../http/body.ts';`],
    ['services/streams.ts', `import type Koa from 'koa';`],
    ['services/streams.ts', `import { x } from '../iggy-client/pool.ts';`],
    ['handlers/streams.ts', `import { x } from './topics.ts';`],
    ['handlers/streams.ts', `import { x } from '../iggy-client/port.ts';`],
    ['middleware/deadline.ts', `import {\n  x,\n} from './request-id.ts';`],
    ['iggy-client/pool.ts', `import { x } from '../iggy-broker/index.ts';`],
    ['iggy-client/pool.ts', `import { connect } from 'node:net';`],
    ['iggy-client/pool.ts', `import { x } from '../iggy-protocol/vsr/frame.ts';`],
    ['iggy-client/connection/machine.ts', `import { x } from '../../utils/clock.ts';`],
    ['iggy-broker/core.ts', `import { DatabaseSync } from 'node:sqlite';`],
    ['iggy-protocol/vsr/frame.ts', `import { x } from '../../utils/clock.ts';`],
    ['models/stream.ts', `const { x } = await import('../services/streams.ts');`],
    ['utils/clock.ts', `export { x } from '../errors.ts';`],
    ['state.ts', `import { x } from './main.ts';`],
    ['broker-main.ts', `import { x } from './app.ts';`],
    ['broker-main.ts', `import { x } from './iggy-client/index.ts';`],
    ['new-folder/file.ts', ''],
  ])('a planted violation in %s is found: %s', (file, text) => {
    expect(importViolations(file, text)).toHaveLength(1);
  });

  test.each([
    ['services/streams.ts', `import type { IggyClient } from '../iggy-client/port.ts';`],
    ['iggy-client/pool.ts', `import { xxh32 } from '../iggy-protocol/index.ts';`],
    ['iggy-client/connection/transport.ts', `import { connect } from 'node:net';`],
    ['iggy-protocol/vsr/frame.ts', `import { WireError } from '../bytes.ts';`],
  ])('what the table allows in %s is not refused: %s', (file, text) => {
    expect(importViolations(file, text)).toEqual([]);
  });
});

describe('house rules', () => {
  test('time, chance and the process are touched in their one home only', () => {
    expect(sources('src').flatMap(({ file, text }) => bannedCalls(file, text))).toEqual([]);
  });

  test('a planted call is found, and a comment about one is not', () => {
    expect(bannedCalls('services/x.ts', 'const at = Date.now();')).toHaveLength(1);
    expect(bannedCalls('services/x.ts', '// never Date.now() here')).toEqual([]);
  });

  test(`no file is longer than ${LINES_MAX} lines`, () => {
    const long = [...sources('src'), ...sources('tests')].filter(
      ({ text }) => text.split('\n').length > LINES_MAX,
    );
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  test('every unit test stands where the file it tests stands', () => {
    const orphans = sources('tests/unit')
      .map(({ file }) => file)
      .filter((file) => file.endsWith('.test.ts'))
      .filter(
        (file) => !existsSync(path.join('src', file.replace(/(?:\.[a-z-]+)?\.test\.ts$/, '.ts'))),
      );
    expect(orphans).toEqual([]);
  });

  test('nothing is switched off or left for later', () => {
    const hits = [...sources('src'), ...sources('tests')]
      .filter(({ file }) => file !== 'tidy.test.ts')
      .filter(({ text }) =>
        /\b(?:TODO|FIXME|XXX)\b|\b(?:it|test|describe)\.(?:only|todo)\(/.test(text),
      );
    expect(hits.map(({ file }) => file)).toEqual([]);
  });

  test('no registry host and no absolute path of a machine is tracked', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
      .split('\0')
      .filter((file) => file !== '' && file !== 'tests/tidy.test.ts' && existsSync(file));
    const hits = tracked.filter((file) =>
      /registry\.npmjs|\/root\/|\/home\/[a-z]/.test(readFileSync(file, 'utf8')),
    );
    expect(hits).toEqual([]);
  });
});
