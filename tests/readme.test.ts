import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { type RoutesOptions, routes } from '../src/routes.ts';

const README = readFileSync('README.md', 'utf8');

/**
 * Commands of the README that its session (`tests/process/readme.test.ts`) does not contain, and what
 * runs them instead. A new command needs a row, an old row a command.
 */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci && npm start':
    '`.ci/run` installs by `npm ci`; tests/process/readme.test.ts runs what `npm start` runs',
  'npm start': 'the same; its arguments: tests/process/exit-codes.test.ts',
  'npm ci': '`.ci/run`',
  'npm ci && npm test': '`.ci/run` runs this very line',
  'IGGY_CONNECTION_STRING=iggy://iggy:iggy@127.0.0.1:8090 npm start':
    'tests/process/broker-kill-rounds.slow.ts starts it so, on another port',
  'npm run broker': 'tests/process/broker.test.ts runs what it runs',
  'npm run broker -- --help': 'tests/unit/arguments.test.ts asks for it',
  'npm run broker -- check': 'tests/process/broker-commands.test.ts runs what it runs',
  'npm run broker -- backup FILE': 'tests/process/broker-commands.test.ts runs what it runs',
  'npm run test:slow':
    'by hand and every night (.github/workflows/nightly.yml): it takes many minutes',
  'npm run test:container': 'where there is Docker (.github/workflows/ci.yml)',
  'docker build -t sluice .': 'tests/container/image.test.ts builds it',
  'docker run -p 127.0.0.1:3000:3000 -e IGGY_CONNECTION_STRING=iggy://user:password@broker:8090 sluice':
    'tests/container/image.test.ts runs it, on a free port',
  'docker run -p 127.0.0.1:3000:3000 -e EMBEDDED_BROKER=on -v sluice-data:/data sluice':
    'tests/container/image.test.ts runs it, on a free port',
  'docker run -p 127.0.0.1:8090:8090 -e BROKER_PASSWORD=secret -v sluice-data:/data --no-healthcheck sluice dist/broker-main.js':
    'tests/container/image.test.ts runs it, on a free port',
  'docker compose up --build':
    'tests/compose.test.ts checks the file; the images cannot be pulled everywhere',
  'docker stop --time 30': 'tests/container/image.test.ts stops it',
  'apt-get install chromium': '`.ci/run` installs it so, where it is missing',
};

/** Lines of shell blocks, and what stands in backticks and begins like a command. */
function commands(): string[] {
  const blocks = [...README.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  );
  const inline = [...README.matchAll(/`((?:npm|npx|docker|apt-get) [^`]+)`/g)].map(
    ([, command = '']) => command,
  );
  return [...new Set([...blocks, ...inline])];
}

test('every command of the README is run by a test, or says why not', () => {
  expect(commands().toSorted()).toEqual(Object.keys(RUN_ELSEWHERE).toSorted());
});

test('every file that is said to run a command exists', () => {
  for (const [, file = ''] of Object.values(RUN_ELSEWHERE)
    .join(' ')
    .matchAll(/((?:tests|\.github)\/[\w./-]+\.\w+)/g)) {
    expect(readFileSync(file, 'utf8'), file).not.toBe('');
  }
});

test('the README lists every endpoint, and no other', () => {
  // The handlers are not called, so what they need may be missing.
  const options = { deadline: async () => {}, document: {} } as unknown as RoutesOptions;
  const served = routes(options)
    .router.stack.flatMap(({ methods, path }) =>
      methods
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    .filter((route) => !route.startsWith('GET /docs/'));
  const rows = [...README.matchAll(/^\| ((?:GET|POST|PUT|DELETE)[A-Z, ]*) (.+?) \| \d/gm)];
  const listed = rows.flatMap(([, methods = '', paths = '']) =>
    [...paths.matchAll(/`(\/[^`]*)`/g)].flatMap(([, path = '']) =>
      methods.split(', ').map((method) => `${method} ${path}`),
    ),
  );
  // On a port of its own.
  expect(listed.toSorted()).toEqual([...served, 'GET /metrics'].toSorted());
});
