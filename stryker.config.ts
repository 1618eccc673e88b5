import process from 'node:process';

/**
 * Mutation testing, `MUTATION_GROUP=http npm run test:mutation`; what came of it stands in docs/mutation.md.
 * Every group is judged by its own unit tests alone: a promise that only an integration test holds survives.
 */
const GROUPS: Readonly<Record<string, { mutate: readonly string[]; tests: readonly string[] }>> = {
  validation: {
    mutate: ['src/validation.ts'],
    tests: ['tests/unit/validation.test.ts'],
  },
  http: {
    mutate: [
      'src/http/{client-ip,gcra-limiter,json-body,json-span,key-ring,parse,poll-answer,problem,send-body}.ts',
    ],
    tests: [
      'tests/unit/http/{client-ip,gcra-limiter,json-body,json-span,key-ring,parse,poll-answer,problem,send-body}.test.ts',
    ],
  },
  // What needs a listening server to be tested. src/http/openapi and the page under /docs are no logic, but
  // text: a schema validator, a browser and their own tests judge them.
  server: {
    mutate: [
      'src/http/{answer,body,connection-limit,content-encoding,metrics-server,outcome,query,request-id,server}.ts',
    ],
    tests: [
      'tests/unit/http/{body,connection-limit,content-encoding,metrics-server,query,server}.test.ts',
      'tests/unit/middleware/{access-log,linger,measure-requests,request-id}.test.ts',
      'tests/unit/handlers/messages.test.ts',
      'tests/unit/app.test.ts',
      'tests/integration/raw-http.test.ts',
    ],
  },
  client: {
    mutate: [
      'src/iggy-client/{breaker,circuit-guard,dialect,lanes,partitioner,recover-send,waiting-line}.ts',
      'src/iggy-client/connection/{leader,machine}.ts',
    ],
    tests: [
      'tests/unit/iggy-client/{breaker,circuit-guard,dialect,lanes,partitioner,waiting-line}.test.ts',
      'tests/unit/iggy-client/recover-send{,.*}.test.ts',
      'tests/unit/iggy-client/connection/{leader,machine}.test.ts',
      'tests/unit/iggy-client/resilient-client.leader.test.ts',
    ],
  },
  protocol: {
    mutate: ['src/iggy-protocol/**/*.ts'],
    tests: ['tests/unit/iggy-protocol/**/*.test.ts'],
  },
};

const name = process.env['MUTATION_GROUP'] ?? 'all';
const groups = Object.entries(GROUPS)
  .filter(([key]) => name === 'all' || name === key)
  .map(([, group]) => group);
if (groups.length === 0) {
  throw new Error(`MUTATION_GROUP is none of ${Object.keys(GROUPS).join(', ')}, all`);
}

/** For vitest.mutation.config.ts. */
export const TESTS = groups.flatMap(({ tests }) => tests);

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // `related` finds no test in vitest 5 when a mutant is in module scope: such mutants would all survive.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  mutate: groups.flatMap(({ mutate }) => mutate),
  // Without tsconfig.json: Stryker would rewrite it with an interface that TypeScript 7 no longer has.
  ignorePatterns: ['**', '!src/**', '!tests/**', '!package.json', '!*.config.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 8_000,
  incremental: true,
  incrementalFile: `coverage/mutation/${name}.incremental.json`,
  tempDirName: 'coverage/mutation-sandbox',
  cleanTempDir: 'always',
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false },
  htmlReporter: { fileName: `coverage/mutation/${name}.html` },
  jsonReporter: { fileName: `coverage/mutation/${name}.json` },
  thresholds: { high: 95, low: 85, break: 85 },
};
